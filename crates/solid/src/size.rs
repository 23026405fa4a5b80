//! How large a thing is.

use lossland_surface::SurfaceError;
use std::ops::RangeInclusive;

/// The page's box is this high, its width being 1.
const HEIGHT_SHARE: f64 = 0.62;
const BASE_MM: f64 = 3.0;
/// What fits some printer, so that `f32` can tell neighbours apart.
const RANGE_MM: RangeInclusive<f64> = 1.0..=10_000.0;
const BASE_RANGE_MM: RangeInclusive<f64> = 0.1..=100.0;

/// Lengths in millimetres. As on the page, the grid fills its rectangle whatever the units of its axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Along alpha.
    pub width_mm: f64,
    /// Along beta.
    pub depth_mm: f64,
    /// From the scale's floor to its top.
    pub height_mm: f64,
    /// Of the plate below a printed solid.
    pub base_mm: f64,
}

impl Default for Size {
    fn default() -> Self {
        Self::of_width(100.0)
    }
}

impl Size {
    /// As wide as this and shaped as the page's box, on a plate of 3 mm.
    pub fn of_width(width_mm: f64) -> Self {
        Self { width_mm, depth_mm: width_mm, height_mm: HEIGHT_SHARE * width_mm, base_mm: BASE_MM }
    }

    pub(crate) fn check(&self) -> Result<(), SurfaceError> {
        let Self { width_mm, depth_mm, height_mm, base_mm } = *self;
        for (name, mm, range) in [
            ("width", width_mm, RANGE_MM),
            ("depth", depth_mm, RANGE_MM),
            ("height", height_mm, RANGE_MM),
            ("base", base_mm, BASE_RANGE_MM),
        ] {
            if !range.contains(&mm) {
                let (least, most) = (range.start(), range.end());
                return Err(SurfaceError::Invalid(format!(
                    "{name}: expected {least} to {most} mm, found {mm}"
                )));
            }
        }
        Ok(())
    }
}
