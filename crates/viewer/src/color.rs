//! Colours of data: perceptual maps for the loss, one hue a surface where several are overlaid.

/// Red, green and blue in sRGB, 0 to 255.
pub type Rgb = [u8; 3];

/// A map from low to high, perceptually even, readable by people who are colour-blind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorMap {
    /// Dark violet over green to yellow.
    #[default]
    Viridis,
    /// Dark blue over grey to yellow: made for colour-blind readers.
    Cividis,
    /// Black over purple to cream.
    Magma,
    /// Blue over white to red, for values on both sides of a middle.
    Diverging,
}

impl ColorMap {
    /// All maps, in the order of the list on the page.
    pub const ALL: [Self; 4] = [Self::Viridis, Self::Cividis, Self::Magma, Self::Diverging];

    /// The name, as in the address and in the page's list.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::Magma => "magma",
            Self::Diverging => "diverging",
        }
    }

    /// The map with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|map| map.name() == name)
    }

    /// The colour at `t`, 0 (low) to 1 (high).
    pub fn rgb(self, t: f64) -> Rgb {
        let t = t.clamp(0.0, 1.0);
        let color = match self {
            Self::Viridis => colorous::VIRIDIS.eval_continuous(t),
            Self::Cividis => colorous::CIVIDIS.eval_continuous(t),
            Self::Magma => colorous::MAGMA.eval_continuous(t),
            // Red is up.
            Self::Diverging => colorous::RED_BLUE.eval_continuous(1.0 - t),
        };
        [color.r, color.g, color.b]
    }
}

/// Okabe and Ito's palette (2008) without black, which would hide the shading.
const OKABE_ITO: [Rgb; 7] = [
    [230, 159, 0],
    [86, 180, 233],
    [0, 158, 115],
    [240, 228, 66],
    [0, 114, 178],
    [213, 94, 0],
    [204, 121, 167],
];

/// How many hues there are to tell surfaces apart.
pub const N_HUES: usize = OKABE_ITO.len();

/// The colour that stands for surface number `index` of the list.
pub fn surface_color(index: usize) -> Rgb {
    OKABE_ITO[index % OKABE_ITO.len()]
}

/// How a surface's heights become colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ramp {
    /// By a map shared with all surfaces.
    Map(ColorMap),
    /// By the lightness of the surface's own hue.
    Hue(Rgb),
}

impl Ramp {
    /// The colour at `t`, 0 (low) to 1 (high).
    pub fn rgb(self, t: f64) -> Rgb {
        match self {
            Self::Map(map) => map.rgb(t),
            Self::Hue(hue) if t < 0.5 => {
                mix(hue.map(|c| (f64::from(c) * 0.32) as u8), hue, 2.0 * t)
            }
            Self::Hue(hue) => mix(hue, mix(hue, [255; 3], 0.72), 2.0 * t - 1.0),
        }
    }
}

/// Between two colours: `a` at 0, `b` at 1.
pub fn mix(a: Rgb, b: Rgb, t: f64) -> Rgb {
    std::array::from_fn(|i| {
        let (a, b) = (f64::from(a[i]), f64::from(b[i]));
        (a + (b - a) * t.clamp(0.0, 1.0)).round() as u8
    })
}

/// `#rrggbb`.
pub fn css([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lightness([r, g, b]: Rgb) -> f64 {
        0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b)
    }

    #[test]
    fn every_ramp_grows_lighter_from_low_to_high() {
        let ramps = [ColorMap::Viridis, ColorMap::Cividis, ColorMap::Magma]
            .map(Ramp::Map)
            .into_iter()
            .chain((0..OKABE_ITO.len()).map(|i| Ramp::Hue(surface_color(i))));
        for ramp in ramps {
            for i in 0..20 {
                let (low, high) = (f64::from(i) / 20.0, f64::from(i + 1) / 20.0);
                assert!(lightness(ramp.rgb(low)) < lightness(ramp.rgb(high)) + 0.5, "{ramp:?} {i}");
            }
        }
    }

    #[test]
    fn the_diverging_map_is_lightest_in_its_middle_and_blue_is_low() {
        let map = Ramp::Map(ColorMap::Diverging);
        for i in 0..10 {
            let (outer, inner) = (f64::from(i) / 20.0, f64::from(i + 1) / 20.0);
            assert!(lightness(map.rgb(outer)) < lightness(map.rgb(inner)), "{i}");
            assert!(lightness(map.rgb(1.0 - outer)) < lightness(map.rgb(1.0 - inner)), "{i}");
        }
        let ([low_r, _, low_b], [high_r, _, high_b]) = (map.rgb(0.1), map.rgb(0.9));
        assert!(low_b > low_r && high_r > high_b);
    }

    #[test]
    fn maps_are_found_by_name_and_end_where_they_should() {
        assert!(ColorMap::ALL.iter().all(|map| ColorMap::from_name(map.name()) == Some(*map)));
        assert_eq!(ColorMap::from_name("jet"), None);
        assert_eq!(css(ColorMap::Viridis.rgb(0.0)), "#440154");
        assert_eq!(css(ColorMap::Viridis.rgb(7.0)), "#fde725");
    }
}
