//! The height scale: one for all surfaces shown, linear or logarithmic, up to the cut.
//!
//! Heights are shares of the box: 0 at its floor, 1 at its top. Where values go beyond the cut,
//! the box's top is the cut, and heights above 1 are drawn flat at the top.

use crate::ticks;

/// How a value becomes a height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The value at the floor of the box.
    pub lo: f32,
    /// The value at its top.
    pub hi: f32,
    /// Whether heights are the logarithms of values.
    pub is_log: bool,
    /// Whether values above `hi` exist, or may: the top is the cut then.
    pub is_cut: bool,
    /// Whether values below `lo` are cut as well: they lie on the floor.
    pub is_cut_below: bool,
}

/// Heights end here, so that an overflowed point is a place, too. Drawing and picking both stop
/// at it; the wall from a cell's low corner to its high one is less than a pixel off by that.
pub const HEIGHT_CAP: f32 = 24.0;

/// A logarithmic scale spans at most this many decades.
const MAX_DECADES: i32 = 6;

/// The loss above which surfaces are cut unless something else is asked for.
pub const DEFAULT_CUT: f32 = 10.0;

/// Where heights end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Cut {
    /// At [`DEFAULT_CUT`] for losses, nowhere for anything else.
    #[default]
    Auto,
    /// At this value.
    At(f32),
    /// Nowhere.
    Off,
}

impl Cut {
    /// The value above which everything is cut; `None` where nothing is.
    pub fn level(self, is_loss: bool) -> Option<f32> {
        match self {
            Self::Auto => is_loss.then_some(DEFAULT_CUT),
            Self::At(level) => Some(level),
            Self::Off => None,
        }
    }
}

/// What the surfaces to be shown span together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The smallest finite value.
    pub min: f32,
    /// The smallest finite value above zero, if any.
    pub min_positive: Option<f32>,
    /// The largest finite value.
    pub max: f32,
}

impl Extent {
    /// Of all these values; `None` where none is finite.
    pub fn of(values: &[f32]) -> Option<Self> {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        Some(Self {
            min: finite().reduce(f32::min)?,
            min_positive: finite().filter(|value| *value > 0.0).reduce(f32::min),
            max: finite().reduce(f32::max)?,
        })
    }

    /// The extent of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            min_positive: match (self.min_positive, other.min_positive) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
            max: self.max.max(other.max),
        }
    }
}

impl Scale {
    /// The scale for surfaces of this extent, cut at `cut`. Without any finite value it is 0 to
    /// the cut, or to 1.
    pub fn new(extent: Option<Extent>, cut: Option<f32>, wants_log: bool) -> Self {
        let cut = cut.filter(|cut| cut.is_finite());
        let Some(extent) = extent else {
            let hi = cut.filter(|cut| *cut > 0.0).unwrap_or(1.0);
            return Self { lo: 0.0, hi, is_log: false, is_cut: true, is_cut_below: false };
        };
        let cut = cut.filter(|cut| *cut < extent.max);
        let hi = cut.unwrap_or(extent.max);
        match extent.min_positive {
            Some(min_positive) if wants_log && hi > min_positive => {
                let first = min_positive.log10().floor() as i32;
                let last = hi.log10().ceil() as i32;
                let lo = 10_f64.powi(first.max(last - MAX_DECADES)) as f32;
                Self { lo, hi, is_log: true, is_cut: cut.is_some(), is_cut_below: false }
            }
            _ => Self::linear(extent, cut),
        }
    }

    /// The scale for differences: zero in the middle of the box, cut on both sides.
    pub fn symmetric(extent: Option<Extent>, cut: Option<f32>) -> Self {
        let largest = extent.map_or(0.0, |extent| extent.max.abs().max(extent.min.abs()));
        let cut = cut.map(f32::abs).filter(|cut| *cut > 0.0 && *cut < largest);
        let hi = match cut {
            Some(cut) => cut,
            None if largest > 0.0 => {
                let step = ticks::round_step(f64::from(largest), 2);
                ((f64::from(largest) / step).ceil() * step).min(f64::from(f32::MAX)) as f32
            }
            None => 1.0,
        };
        Self { lo: -hi, hi, is_log: false, is_cut: cut.is_some(), is_cut_below: cut.is_some() }
    }

    fn linear(extent: Extent, cut: Option<f32>) -> Self {
        let (min, top) = (f64::from(extent.min), f64::from(cut.unwrap_or(extent.max)));
        // A floor at zero is worth having where the values come near it.
        let bottom = if min >= 0.0 && min <= 0.5 * top { 0.0 } else { min };
        let (lo, hi) = match (cut, top - bottom) {
            (None, span) if span > top.abs() * 1e-6 => {
                let step = ticks::round_step(span, 5);
                (round_down(bottom, step), -round_down(-top, step))
            }
            (Some(_), span) if span > 0.0 => (round_down(bottom, ticks::round_step(span, 5)), top),
            // All values are above the cut: nothing but its plane will be seen.
            (Some(_), _) => (top - top.abs().max(1.0), top),
            // All values are one: show it halfway up.
            (None, _) => {
                let half = (top.abs() / 2.0).max(0.5);
                (top - half, top + half)
            }
        };
        // Rounding outward can leave f32 where the values fill it.
        let [lo, hi] =
            [lo, hi].map(|end| end.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32);
        Self { lo, hi, is_log: false, is_cut: cut.is_some(), is_cut_below: false }
    }

    /// The height of a value: 0 at `lo`, 1 at `hi`, on beyond both, at most [`HEIGHT_CAP`].
    /// NaN, not computed, has none and stays NaN; +infinity is at the cap.
    pub fn height(&self, value: f32) -> f32 {
        // In f64, since hi - lo may be beyond f32.
        let [value, lo, hi] = [value, self.lo, self.hi].map(f64::from);
        let height = if !self.is_log {
            (value - lo) / (hi - lo)
        } else if value <= lo {
            // Zero and below have no logarithm: they lie on the floor.
            0.0
        } else {
            (value / lo).ln() / (hi / lo).ln()
        };
        let least = if self.is_cut_below { 0.0 } else { -f64::from(HEIGHT_CAP) };
        // `clamp` leaves NaN as it is.
        height.clamp(least, f64::from(HEIGHT_CAP)) as f32
    }

    /// The same for plots, where what is cut below need not lie on the floor: its heights are below 0.
    #[must_use]
    pub fn beyond_floor(self) -> Self {
        Self { is_cut_below: false, ..self }
    }

    /// Round values on the scale with their heights and how they are written, low to high.
    pub fn ticks(&self, n: usize) -> Vec<(f32, String)> {
        let (lo, hi) = (f64::from(self.lo), f64::from(self.hi));
        let values = if self.is_log {
            let decades = ticks::decade_ticks(lo, hi, n);
            if decades.len() > 1 { decades } else { vec![lo, hi] }
        } else {
            ticks::round_ticks(lo, hi, n)
        };
        let step = if values.len() > 1 { values[1] - values[0] } else { hi - lo };
        values
            .into_iter()
            .map(|value| {
                let step = if self.is_log { value } else { step };
                (self.height(value as f32), ticks::tick_text(value, step))
            })
            .collect()
    }

    /// Contour lines lie where `height * factor + offset` is a whole number; every fifth is
    /// stronger. On a logarithmic scale there are five a decade.
    pub fn contours(&self) -> (f32, f32) {
        if self.is_log {
            let per_height = 5.0 * (self.hi / self.lo).log10();
            (per_height, 5.0 * self.lo.log10())
        } else {
            let (lo, hi) = (f64::from(self.lo), f64::from(self.hi));
            let step = ticks::round_step(hi - lo, 5) / 5.0;
            (((hi - lo) / step) as f32, (lo / step) as f32)
        }
    }
}

/// The largest multiple of `step` that is not above `value`, errors of rounding aside.
fn round_down(value: f64, step: f64) -> f64 {
    let n_steps = value / step;
    let nearest = n_steps.round();
    (if (n_steps - nearest).abs() < 1e-5 { nearest } else { n_steps.floor() }) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(min: f32, max: f32) -> Option<Extent> {
        Extent::of(&[min, f32::NAN, f32::INFINITY, max])
    }

    #[test]
    fn a_loss_surface_stands_on_zero_and_ends_at_the_cut() {
        let scale = Scale::new(extent(0.007, 276.0), Some(10.0), false);
        assert_eq!((scale.lo, scale.hi, scale.is_cut), (0.0, 10.0, true));
        assert_eq!(scale.height(5.0), 0.5);
        assert_eq!(scale.height(f32::INFINITY), HEIGHT_CAP);
        assert!(scale.height(f32::NAN).is_nan());
        let low = Scale::new(extent(0.0014, 4.96), Some(10.0), false);
        assert_eq!((low.lo, low.hi, low.is_cut), (0.0, 5.0, false));
    }

    #[test]
    fn differences_have_zero_in_the_middle() {
        let scale = Scale::symmetric(extent(-0.3, 41.0), Some(10.0));
        assert_eq!((scale.lo, scale.hi, scale.is_cut), (-10.0, 10.0, true));
        assert_eq!(scale.height(0.0), 0.5);
        let whole = Scale::symmetric(extent(-0.3, 0.2), Some(10.0));
        assert_eq!((whole.lo, whole.hi, whole.is_cut), (-0.4, 0.4, false));
        for extent in [None, extent(0.0, 0.0), extent(f32::MIN, f32::MAX)] {
            let scale = Scale::symmetric(extent, None);
            assert!(scale.lo < scale.hi && scale.hi.is_finite(), "{scale:?}");
        }
    }

    #[test]
    fn other_ranges_are_rounded_outward() {
        let scale = Scale::new(extent(-3.7, 3.9), None, false);
        assert_eq!((scale.lo, scale.hi), (-4.0, 4.0));
        let far = Scale::new(extent(91.2, 98.9), None, false);
        assert_eq!((far.lo, far.hi), (90.0, 100.0));
    }

    #[test]
    fn a_logarithmic_scale_spans_whole_decades_down() {
        let scale = Scale::new(extent(0.007, 276.0), Some(10.0), true);
        assert!(scale.is_log);
        assert!((scale.lo - 1e-3).abs() < 1e-6);
        assert!((scale.height(0.1) - 0.5).abs() < 1e-5);
        let zero = Scale::new(Extent::of(&[0.0, 1.0, 100.0]), None, true);
        assert!(zero.is_log && zero.height(0.0) == 0.0);
        assert!(!Scale::new(extent(-5.0, -1.0), None, true).is_log, "no positive value");
    }

    #[test]
    fn no_range_is_no_trouble() {
        let scales = [
            Scale::new(None, Some(10.0), false),
            Scale::new(None, None, true),
            Scale::new(extent(3.0, 3.0), None, false),
            Scale::new(extent(0.0, 0.0), None, false),
            Scale::new(extent(12.0, 20.0), Some(10.0), false),
            Scale::new(extent(12.0, 20.0), Some(-1.0), false),
            Scale::new(extent(12.0, 12.0), Some(10.0), true),
            Scale::new(extent(1.0, 1.0), Some(10.0), true),
            Scale::new(extent(f32::MIN, f32::MAX), None, false),
            Scale::new(extent(f32::MIN_POSITIVE, f32::MAX), None, true),
        ];
        for scale in scales {
            assert!(scale.lo < scale.hi, "{scale:?}");
            assert!(scale.lo.is_finite() && scale.hi.is_finite(), "{scale:?}");
            assert!(!scale.ticks(5).is_empty(), "{scale:?}");
            assert!(scale.height(12.0).is_finite(), "{scale:?}");
        }
    }

    #[test]
    fn contours_pass_through_the_ticks() {
        for is_log in [false, true] {
            let scale = Scale::new(extent(0.007, 276.0), Some(10.0), is_log);
            let (factor, offset) = scale.contours();
            for (height, text) in scale.ticks(5) {
                let fifth = (height * factor + offset) / 5.0;
                assert!((fifth - fifth.round()).abs() < 1e-3, "{text}: {fifth}");
            }
        }
    }
}
