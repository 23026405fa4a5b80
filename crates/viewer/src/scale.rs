//! The height scale, which is the surface's own business ([`lossland_surface::Scale`]), and the slider
//! of its cut.

pub use lossland_surface::{Extent, HEIGHT_CAP, Scale};

/// The slider of the cut: positions 0 to 1 over the levels that make a difference. Losses span
/// decades, so equal ways are equal factors where all values are above zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CutSlider {
    lo: f64,
    hi: f64,
    is_log: bool,
}

impl CutSlider {
    /// For values of this extent.
    pub fn new(extent: Option<Extent>) -> Self {
        let extent = extent.unwrap_or(Extent { min: 0.0, min_positive: None, max: 1.0 });
        let (min, max) = (f64::from(extent.min), f64::from(extent.max));
        if min >= 0.0 && max > 0.0 {
            let lowest = extent.min_positive.map_or(max, f64::from);
            Self { lo: lowest.max(max * 1e-4).min(max / 2.0), hi: max, is_log: true }
        } else {
            Self { lo: min, hi: max.max(min + 1e-6), is_log: false }
        }
    }

    /// The level at a position, to three digits.
    pub fn level(&self, position: f64) -> f32 {
        let position = position.clamp(0.0, 1.0);
        let level = if self.is_log {
            self.lo * (self.hi / self.lo).powf(position)
        } else {
            self.lo + (self.hi - self.lo) * position
        };
        if level == 0.0 {
            return 0.0;
        }
        let unit = 10_f64.powf(level.abs().log10().floor() - 2.0);
        ((level / unit).round() * unit) as f32
    }

    /// The position of a level; at an end where it is beyond.
    pub fn position(&self, level: f32) -> f64 {
        let level = f64::from(level);
        let position = if self.is_log {
            (level.max(f64::MIN_POSITIVE) / self.lo).ln() / (self.hi / self.lo).ln()
        } else {
            (level - self.lo) / (self.hi - self.lo)
        };
        position.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(min: f32, max: f32) -> Option<Extent> {
        Extent::of(&[min, max])
    }

    #[test]
    fn the_slider_of_the_cut_inverts_itself() {
        for extent in [extent(0.007, 276.0), extent(-3.0, 5.0), extent(2.0, 2.0), None] {
            let slider = CutSlider::new(extent);
            for position in [0.0, 0.3, 0.8, 1.0] {
                let found = slider.position(slider.level(position));
                assert!((found - position).abs() < 0.01, "{extent:?} {position} {found}");
            }
        }
        assert_eq!(CutSlider::new(extent(0.007, 276.0)).level(1.0), 276.0);
    }
}
