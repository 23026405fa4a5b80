//! How things are drawn and laid out: the user's choices, all with a default.

use crate::color::ColorMap;
use lossland_surface::FieldKind;
pub use lossland_surface::{Cut, DEFAULT_CUT};

/// How surfaces are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Where heights end.
    pub cut: Cut,
    /// Heights are logarithms.
    pub is_log: bool,
    /// Lines along the grid, nothing between them.
    pub is_wireframe: bool,
    /// Lines of equal height.
    pub has_contours: bool,
    /// The same lines on the floor of the box.
    pub has_floor_map: bool,
    /// Hatched where what is seen lies within the noise.
    pub has_noise: bool,
    /// The local minima are marked.
    pub has_minima: bool,
    /// The colours of heights.
    pub map: ColorMap,
    /// Whether surfaces shown together are told apart by colour.
    pub tint: Tint,
    /// How several surfaces are shown.
    pub layout: Layout,
    /// Side by side, each has a scale of its own.
    pub has_own_scales: bool,
    /// A contour plot instead of the surface.
    pub is_flat: bool,
}

/// What colour stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tint {
    /// The loss where one surface is shown, the surface where there are several in one box.
    #[default]
    Auto,
    /// The loss, by one map for all surfaces.
    Loss,
    /// The surface, each with its own hue.
    Surface,
}

/// How several surfaces are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// In one box.
    #[default]
    Overlay,
    /// Each in a box of its own, the cameras linked.
    Side,
    /// The first minus the second.
    Difference,
}

/// The fields shown. `None` is each surface's main one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// As height.
    pub height: Option<FieldKind>,
    /// As colour; `None` is the height.
    pub color: Option<FieldKind>,
}

/// How one surface looks among others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Its colours.
    pub paint: Paint,
    /// 1 is opaque.
    pub opacity: f32,
}

/// The colours of one surface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// As [`Tint`] says.
    #[default]
    Auto,
    /// A map.
    Map(ColorMap),
    /// The hue of this number ([`crate::color::surface_color`]).
    Hue(usize),
}

/// The key light, seen from the eye. Angles in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Light {
    /// To the right of the eye; negative is left.
    pub azimuth: f32,
    /// Above the eye.
    pub elevation: f32,
    /// 0 is none, 1 the default.
    pub intensity: f32,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            cut: Cut::Auto,
            is_log: false,
            is_wireframe: false,
            has_contours: true,
            has_floor_map: false,
            has_noise: false,
            has_minima: false,
            map: ColorMap::default(),
            tint: Tint::Auto,
            layout: Layout::Overlay,
            has_own_scales: false,
            is_flat: false,
        }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self { paint: Paint::Auto, opacity: 1.0 }
    }
}

impl Default for Light {
    fn default() -> Self {
        Self { azimuth: -45.0, elevation: 25.0, intensity: 1.0 }
    }
}

impl Light {
    /// Towards it, of length 1, along the [axes](crate::camera::Camera::axes) of a camera: to the right, up
    /// and back.
    pub fn direction(self) -> [f32; 3] {
        let (sin_a, cos_a) = self.azimuth.to_radians().sin_cos();
        let (sin_e, cos_e) = self.elevation.to_radians().sin_cos();
        [cos_e * sin_a, sin_e, cos_e * cos_a]
    }

    /// Within what the sliders allow.
    pub fn clamped(self) -> Self {
        Self {
            azimuth: self.azimuth.clamp(-180.0, 180.0),
            elevation: self.elevation.clamp(-90.0, 90.0),
            intensity: self.intensity.clamp(0.0, 2.0),
        }
    }
}

/// The names of choices, in the address and as the values of the page's controls.
pub const LAYOUTS: [(&str, Layout); 3] =
    [("overlay", Layout::Overlay), ("side", Layout::Side), ("difference", Layout::Difference)];
/// Likewise.
pub const TINTS: [(&str, Tint); 3] =
    [("auto", Tint::Auto), ("loss", Tint::Loss), ("surface", Tint::Surface)];

/// The choice with this name.
pub fn choice<T: Copy>(choices: &[(&str, T)], name: &str) -> Option<T> {
    choices.iter().find(|(of, _)| *of == name).map(|(_, choice)| *choice)
}

/// The name of a choice; empty for one that has none.
pub fn name_of<T: PartialEq>(choices: &[(&'static str, T)], choice: &T) -> &'static str {
    choices.iter().find(|(_, of)| of == choice).map_or("", |(name, _)| name)
}

impl Paint {
    /// The name, in the address and as a control's value.
    pub fn name(self) -> String {
        match self {
            Self::Auto => "auto".into(),
            Self::Map(map) => map.name().into(),
            Self::Hue(number) => number.to_string(),
        }
    }

    /// The paint with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "auto" {
            return Some(Self::Auto);
        }
        let hue = || name.parse().ok().filter(|hue| *hue < crate::color::N_HUES).map(Self::Hue);
        ColorMap::from_name(name).map(Self::Map).or_else(hue)
    }
}
