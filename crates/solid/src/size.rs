//! How large a thing is.

use lossland_surface::SurfaceError;

/// The page's box is this high, its width being 1.
const HEIGHT_SHARE: f64 = 0.62;
const BASE_MM: f64 = 3.0;
/// From what a nozzle can make to what fits no printer, so that `f32` can tell neighbours apart.
const RANGE_MM: std::ops::RangeInclusive<f64> = 0.1..=10_000.0;

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
        let lengths =
            [("width", width_mm), ("depth", depth_mm), ("height", height_mm), ("base", base_mm)];
        match lengths.into_iter().find(|(_, mm)| !RANGE_MM.contains(mm)) {
            None => Ok(()),
            Some((name, mm)) => Err(SurfaceError::Invalid(format!(
                "{name}: expected {} to {} mm, found {mm}",
                RANGE_MM.start(),
                RANGE_MM.end()
            ))),
        }
    }
}
