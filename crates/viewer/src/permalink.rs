//! The state in the page's address: what follows `#`, as `key=value` pairs joined by `&`.
//!
//! Only what differs from the default is written, so that a plain address stays plain. Reading is
//! lenient: what can't be used is left at its default and reported in a note.

use crate::{
    camera::Camera,
    color::ColorMap,
    state::{Cut, Light, Redraw, Style, Tint, ViewState},
};
use cgmath::Point3;
use std::fmt::Write as _;

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Permalink {
    /// The surfaces to show, by id; `None` leaves the choice to the catalogue.
    pub shown: Option<Vec<String>>,
    /// The camera; `None` is the first view.
    pub camera: Option<Camera>,
    /// How surfaces are drawn.
    pub style: Style,
    /// The key light.
    pub light: Light,
    /// Keys whose values could not be used.
    pub unusable: Vec<String>,
}

impl Permalink {
    /// The address of a state.
    pub fn of(state: &ViewState) -> Self {
        Self {
            shown: state.is_catalog_known.then(|| {
                let shown = state.entries.iter().filter(|entry| entry.is_shown);
                shown.map(|entry| entry.id.clone()).collect()
            }),
            camera: (!state.is_first_view()).then(|| state.camera()),
            style: state.style,
            light: state.light,
            unusable: Vec::new(),
        }
    }

    /// Parses what follows `#` in an address.
    pub fn parse(hash: &str) -> Self {
        let mut link = Self::default();
        for pair in hash.trim_start_matches('#').split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if link.read(key, value).is_none() {
                link.unusable.push(key.chars().take(20).collect());
            }
        }
        link
    }

    fn read(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "show" => {
                let ids = value.split(',').filter(|id| !id.is_empty());
                self.shown = Some(ids.map(decode).collect::<Option<_>>()?);
            }
            "camera" => {
                let [azimuth, elevation, distance, x, y, z] = numbers(value)?;
                let mut camera = Camera {
                    azimuth: 0.0,
                    elevation: 0.0,
                    distance,
                    target: Point3::new(x, y, z).map(|coordinate: f32| coordinate.clamp(-1.1, 1.1)),
                };
                camera.orbit(azimuth.to_radians(), elevation.to_radians());
                // Through the limits of the camera itself.
                camera.zoom(1.0);
                self.camera = Some(camera);
            }
            "cut" if value == "off" => self.style.cut = Cut::Off,
            "cut" => self.style.cut = Cut::At(number(value)?),
            "scale" => self.style.is_log = choice(value, &[("linear", false), ("log", true)])?,
            "wireframe" => self.style.is_wireframe = switch(value)?,
            "contours" => self.style.has_contours = switch(value)?,
            "map" => self.style.map = ColorMap::from_name(value)?,
            "colour" => {
                self.style.tint =
                    choice(value, &[("loss", Tint::Loss), ("surface", Tint::Surface)])?;
            }
            "light" => {
                let [azimuth, elevation, intensity] = numbers(value)?;
                self.light = Light { azimuth, elevation, intensity };
            }
            _ => return None,
        }
        Some(())
    }

    /// Makes the state what the address asks for.
    pub(crate) fn apply(self, state: &mut ViewState) -> Redraw {
        let mut unusable = self.unusable;
        if let Some(ids) = self.shown {
            for id in &ids {
                if !state.entries.iter().any(|entry| entry.id == *id) {
                    unusable.push(id.chars().take(40).collect());
                }
            }
            // Of an address that names nothing known, the rest is still good.
            if ids.is_empty() || ids.iter().any(|id| !unusable.contains(id)) {
                for entry in &mut state.entries {
                    entry.is_shown = ids.contains(&entry.id);
                }
            }
        }
        state.camera = self.camera;
        state.style = self.style;
        state.light = self.light;
        state.note = (!unusable.is_empty()).then(|| {
            format!(
                "Left out from the address, since it is not known here: {}",
                unusable.join(", ")
            )
        });
        // Where the note stands, and the list to choose from.
        let is_any_shown = state.entries.iter().any(|entry| entry.is_shown);
        state.is_panel_open |= state.note.is_some() || !is_any_shown;
        Redraw::Picture
    }
}

impl std::fmt::Display for Permalink {
    /// What follows `#`; empty where everything is as it is at first.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut pairs = Vec::new();
        let mut put = |key: &str, value: String| pairs.push(format!("{key}={value}"));
        if let Some(ids) = &self.shown {
            put("show", ids.iter().map(|id| encode(id)).collect::<Vec<_>>().join(","));
        }
        if let Some(camera) = &self.camera {
            let Camera { azimuth, elevation, distance, target } = camera;
            let [azimuth, elevation] = [azimuth, elevation].map(|angle| angle.to_degrees());
            put(
                "camera",
                [azimuth, elevation, *distance, target.x, target.y, target.z]
                    .map(|number| format!("{}", (number * 1e4).round() / 1e4 + 0.0))
                    .join(","),
            );
        }
        let (style, plain) = (&self.style, Style::default());
        match style.cut {
            Cut::Auto => {}
            Cut::At(level) => put("cut", level.to_string()),
            Cut::Off => put("cut", "off".into()),
        }
        if style.is_log != plain.is_log {
            put("scale", "log".into());
        }
        if style.is_wireframe != plain.is_wireframe {
            put("wireframe", "on".into());
        }
        if style.has_contours != plain.has_contours {
            put("contours", "off".into());
        }
        if style.map != plain.map {
            put("map", style.map.name().into());
        }
        match style.tint {
            Tint::Auto => {}
            Tint::Loss => put("colour", "loss".into()),
            Tint::Surface => put("colour", "surface".into()),
        }
        if self.light != Light::default() {
            let Light { azimuth, elevation, intensity } = self.light;
            put("light", format!("{azimuth},{elevation},{intensity}"));
        }
        f.write_str(&pairs.join("&"))
    }
}

fn number(text: &str) -> Option<f32> {
    text.parse().ok().filter(|number: &f32| number.is_finite())
}

fn numbers<const N: usize>(text: &str) -> Option<[f32; N]> {
    let numbers: Vec<f32> = text.split(',').map(number).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Option<T> {
    choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value)
}

fn switch(text: &str) -> Option<bool> {
    choice(text, &[("on", true), ("off", false)])
}

/// Percent-encodes all but the characters that ids are usually made of.
fn encode(id: &str) -> String {
    let mut text = String::new();
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"_-.".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Action, reduce, tests::listed};

    #[test]
    fn a_state_survives_its_address() {
        let mut state = listed();
        let actions = [
            Action::Show(2, true),
            Action::Orbit(0.7, -0.1),
            Action::Zoom(0.8),
            Action::SetCut(Cut::At(2.5)),
            Action::SetLog(true),
            Action::SetWireframe(true),
            Action::SetContours(false),
            Action::SetMap(ColorMap::Magma),
            Action::SetTint(Tint::Surface),
            Action::SetLight(Light { azimuth: 20.0, elevation: 30.0, intensity: 0.5 }),
        ];
        for action in actions {
            reduce(&mut state, action);
        }
        let address = Permalink::of(&state).to_string();
        let mut restored = listed();
        reduce(&mut restored, Action::Restore(Permalink::parse(&address)));
        assert_eq!(Permalink::of(&restored).to_string(), address);
        assert_eq!(restored.style, state.style);
        assert!(restored.entries[2].is_shown && !restored.entries[1].is_shown);
        assert!((restored.camera().azimuth - state.camera().azimuth).abs() < 1e-4);
        assert_eq!(restored.note, None);
    }

    #[test]
    fn a_plain_state_has_a_plain_address() {
        assert_eq!(Permalink::of(&listed()).to_string(), "show=a");
        assert_eq!(Permalink::parse(""), Permalink::default());
    }

    #[test]
    fn what_is_broken_is_noted_and_the_rest_holds() {
        let link = "#show=a,nosuch&cut=NaN&map=jet&camera=1,2&wireframe=on&%%%&x=%e4";
        let mut state = listed();
        reduce(&mut state, Action::Restore(Permalink::parse(link)));
        assert!(state.style.is_wireframe && state.entries[0].is_shown);
        assert_eq!(state.style.cut, Cut::Auto);
        let note = state.note.expect("a note");
        for part in ["nosuch", "cut", "map", "camera", "%%%"] {
            assert!(note.contains(part), "{part}: {note}");
        }
    }

    #[test]
    fn any_id_can_stand_in_an_address() {
        for id in ["resnet20", "a b&c=d,e#%", "ü", "<b>"] {
            assert_eq!(decode(&encode(id)).as_deref(), Some(id));
        }
        assert_eq!(decode("%4"), None);
        assert_eq!(decode("%ff"), None);
    }
}
