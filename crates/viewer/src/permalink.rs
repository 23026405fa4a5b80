//! The state in the page's address: what follows `#`, as `key=value` pairs joined by `&`.
//!
//! Only what differs from the default is written, so that a plain address stays plain. Reading is
//! lenient: what can't be used is left at its default and reported in a note.

use crate::{
    ball::{self, Ball, METHODS},
    camera::Camera,
    color::ColorMap,
    number,
    state::{Redraw, Tool, ViewState},
    style::{
        Cut, Fields, LAYOUTS, Layout, Light, Look, Paint, Style, TINTS, Tint, choice, name_of,
    },
};
use cgmath::Point3;
use lossland_surface::FieldKind;
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
    /// Which fields are shown.
    pub fields: Fields,
    /// Of a difference, the second one minus the first.
    pub is_swapped: bool,
    /// Surfaces that look otherwise than they would, by id.
    pub looks: Vec<(String, Look)>,
    /// The key light.
    pub light: Light,
    /// A pinned place, alpha and beta.
    pub pin: Option<[f64; 2]>,
    /// The ends of the cross-section.
    pub section: Option<[[f64; 2]; 2]>,
    /// The ball that is rolled.
    pub ball: Option<Ball>,
    /// Whether the table of measures is open.
    pub has_measures: bool,
    /// The stop of the tour, from 1.
    pub tour: Option<u32>,
    /// Keys whose values could not be used.
    pub unusable: Vec<String>,
}

impl Permalink {
    /// The address of a state.
    pub fn of(state: &ViewState) -> Self {
        Self {
            shown: shown(state),
            camera: (!state.is_first_view()).then(|| state.camera()),
            style: state.style,
            fields: state.fields.clone(),
            is_swapped: state.is_swapped,
            looks: (state.entries.iter())
                .filter(|entry| entry.look != Look::default() && !entry.is_own)
                .map(|entry| (entry.id.clone(), entry.look))
                .collect(),
            light: state.light,
            pin: state.pin,
            section: state.section,
            ball: state.ball,
            has_measures: state.has_measures,
            tour: state.tour,
            unusable: Vec::new(),
        }
    }

    /// What leads to a state where files of the visitor's own are at hand, too, as they are in a page in
    /// one file; but not to the tour, whose surfaces are not.
    pub fn of_all(state: &ViewState) -> Self {
        let shown = state.shown().map(|(index, _)| state.entries[index].id.clone());
        let looks = state.entries.iter().filter(|entry| entry.look != Look::default());
        Self {
            shown: Some(shown.collect()),
            looks: looks.map(|entry| (entry.id.clone(), entry.look)).collect(),
            tour: None,
            ..Self::of(state)
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
            "scale" => self.style.is_log = choice(&[("linear", false), ("log", true)], value)?,
            "map" => self.style.map = ColorMap::from_name(value)?,
            "colour" => self.style.tint = choice(&TINTS, value)?,
            "view" => self.style.layout = choice(&LAYOUTS, value)?,
            "field" => self.fields.height = Some(FieldKind::from_name(value).ok()?),
            "by" => self.fields.color = Some(FieldKind::from_name(value).ok()?),
            "look" => {
                for part in value.split(',') {
                    let (id, look) = part.split_once(':')?;
                    // Opaque ones do not say so.
                    let (paint, opacity) = look.split_once(':').unwrap_or((look, "1"));
                    let opacity = number(opacity).filter(|share| (0.1..=1.0).contains(share))?;
                    let look = Look { paint: Paint::from_name(paint)?, opacity };
                    self.looks.push((decode(id)?, look));
                }
            }
            "pin" => self.pin = Some(numbers(value)?.map(f64::from)),
            "line" => {
                let [a, b, c, d] = numbers(value)?.map(f64::from);
                self.section = Some([[a, b], [c, d]]);
            }
            "tour" => {
                let stop = number(value).filter(|stop| (1.0..100.0).contains(stop))?;
                self.tour = Some(stop as u32);
            }
            "ball" => self.ball = Some(read_ball(value)?),
            "swap" => self.is_swapped = switch(value)?,
            "measures" => self.has_measures = switch(value)?,
            key if SWITCHES.iter().any(|(name, ..)| *name == key) => {
                let (.., set) = SWITCHES.iter().find(|(name, ..)| *name == key)?;
                set(&mut self.style, switch(value)?);
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
        for entry in &mut state.entries {
            let look = self.looks.iter().find(|(id, _)| *id == entry.id);
            entry.look = look.map_or(Look::default(), |(_, look)| *look);
        }
        state.camera = self.camera;
        state.style = self.style;
        state.fields = self.fields;
        state.is_swapped = self.is_swapped;
        state.light = self.light.clamped();
        state.pin = self.pin;
        state.section = self.section;
        state.ball = self.ball;
        state.has_measures = self.has_measures;
        state.tour = self.tour;
        state.tool = Tool::Pin;
        state.note = (!unusable.is_empty()).then(|| {
            format!(
                "Left out from the address, since it is not known here: {}",
                unusable.join(", ")
            )
        });
        // Where the note stands, and the list to choose from.
        let is_any_shown = state.entries.iter().any(|entry| entry.is_shown);
        state.is_panel_open |= state.tour.is_some() || state.note.is_some() || !is_any_shown;
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
                rounded(
                    &[azimuth, elevation, *distance, target.x, target.y, target.z].map(f64::from),
                ),
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
        for (name, get, _) in SWITCHES {
            if get(style) != get(&plain) {
                put(name, if get(style) { "on" } else { "off" }.into());
            }
        }
        if style.map != plain.map {
            put("map", style.map.name().into());
        }
        if style.tint != Tint::Auto {
            put("colour", name_of(&TINTS, &style.tint).into());
        }
        if style.layout != Layout::Overlay {
            put("view", name_of(&LAYOUTS, &style.layout).into());
        }
        for (key, field) in [("field", &self.fields.height), ("by", &self.fields.color)] {
            if let Some(kind) = field {
                put(key, kind.name().into());
            }
        }
        if !self.looks.is_empty() {
            let looks = self.looks.iter().map(|(id, Look { paint, opacity })| {
                let opacity = if *opacity < 1.0 { format!(":{opacity}") } else { String::new() };
                format!("{}:{}{opacity}", encode(id), paint.name())
            });
            put("look", looks.collect::<Vec<_>>().join(","));
        }
        if let Some(pin) = self.pin {
            put("pin", rounded(&pin));
        }
        if let Some(section) = self.section {
            put("line", rounded(&section.concat()));
        }
        if let Some(ball) = self.ball {
            put("ball", ball_text(&ball));
        }
        for (key, is_on) in [("swap", self.is_swapped), ("measures", self.has_measures)] {
            if is_on {
                put(key, "on".into());
            }
        }
        if self.light != Light::default() {
            let Light { azimuth, elevation, intensity } = self.light;
            put("light", format!("{azimuth},{elevation},{intensity}"));
        }
        if let Some(stop) = self.tour {
            put("tour", stop.to_string());
        }
        f.write_str(&pairs.join("&"))
    }
}

/// The ids of what is shown. No address leads to files of the visitor's own: where there is nothing else,
/// it says nothing of what to show, and so not that it is nothing.
fn shown(state: &ViewState) -> Option<Vec<String>> {
    let shown = || state.entries.iter().filter(|entry| entry.is_shown);
    let ids: Vec<String> =
        shown().filter(|entry| !entry.is_own).map(|entry| entry.id.clone()).collect();
    let is_own_alone = ids.is_empty() && shown().next().is_some();
    (state.is_catalog_known && !is_own_alone).then_some(ids)
}

/// A switch's key, how it stands in a style, and how it is set.
type Switch = (&'static str, fn(&Style) -> bool, fn(&mut Style, bool));

const SWITCHES: [Switch; 7] = [
    ("wireframe", |style| style.is_wireframe, |style, is_on| style.is_wireframe = is_on),
    ("contours", |style| style.has_contours, |style, is_on| style.has_contours = is_on),
    ("floor", |style| style.has_floor_map, |style, is_on| style.has_floor_map = is_on),
    ("noise", |style| style.has_noise, |style, is_on| style.has_noise = is_on),
    ("minima", |style| style.has_minima, |style, is_on| style.has_minima = is_on),
    ("own", |style| style.has_own_scales, |style, is_on| style.has_own_scales = is_on),
    ("flat", |style| style.is_flat, |style, is_on| style.is_flat = is_on),
];

// Apart, as what follows from a ball elsewhere: no first picture has one.
#[inline(never)]
fn ball_text(Ball { start, method, step }: &Ball) -> String {
    format!("{},{},{step}", rounded(start), name_of(&METHODS, method))
}

#[inline(never)]
fn read_ball(text: &str) -> Option<Ball> {
    let (place, moves) = text.split_at(text.match_indices(',').nth(1)?.0);
    let (method, step) = moves[1..].split_once(',')?;
    let step = number(step).filter(|step| (ball::STEPS[0]..=ball::STEPS[1]).contains(step))?;
    Some(Ball { start: numbers(place)?.map(f64::from), method: choice(&METHODS, method)?, step })
}

/// Numbers to four decimals.
fn rounded(numbers: &[f64]) -> String {
    let texts = numbers.iter().map(|number| ((number * 1e4).round() / 1e4 + 0.0).to_string());
    texts.collect::<Vec<_>>().join(",")
}

fn number(text: &str) -> Option<f32> {
    number::parse(text).map(|number| number as f32).filter(|number| number.is_finite())
}

fn numbers<const N: usize>(text: &str) -> Option<[f32; N]> {
    let numbers: Vec<f32> = text.split(',').map(number).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

fn switch(text: &str) -> Option<bool> {
    choice(&[("on", true), ("off", false)], text)
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
    use crate::ball::Method;
    use crate::sheet::{Sheet, tests::surface};
    use crate::state::{Action, reduce, tests::listed};
    use std::rc::Rc;

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
            Action::SetFloorMap(true),
            Action::SetNoise(true),
            Action::SetMinima(true),
            Action::SetFlat(true),
            Action::SetLayout(Layout::Side),
            Action::SetOwnScales(true),
            Action::Swap,
            Action::SetHeightField(Some(FieldKind::TestLoss)),
            Action::SetColorField(Some(FieldKind::TestAccuracy)),
            Action::SetLook(1, Look { paint: Paint::Hue(3), opacity: 0.5 }),
            Action::SetLook(2, Look { paint: Paint::Map(ColorMap::Cividis), opacity: 1.0 }),
            Action::SetSection(Some([[-1.0, 0.25], [0.5, -0.125]])),
            Action::ToggleMeasures,
        ];
        for action in actions {
            reduce(&mut state, action);
        }
        state.pin = Some([0.1, -0.9]);
        let ball = Ball { start: [0.5, -0.25], method: Method::Adam, step: 0.037 };
        state.ball = Some(ball);
        let address = Permalink::of(&state).to_string();
        let mut restored = listed();
        reduce(&mut restored, Action::Restore(Permalink::parse(&address)));
        assert_eq!(Permalink::of(&restored).to_string(), address);
        assert_eq!(restored.style, state.style);
        assert_eq!(restored.fields, state.fields);
        assert_eq!(restored.section, state.section);
        assert_eq!(restored.ball, Some(ball));
        assert!(restored.pin.is_some_and(|pin| (pin[0] - 0.1).abs() + (pin[1] + 0.9).abs() < 1e-6));
        assert_eq!(restored.entries[1].look, state.entries[1].look);
        assert!(restored.is_swapped && restored.has_measures);
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
    fn an_opaque_surface_need_not_say_so_and_a_file_of_ones_own_is_in_no_address() {
        let mut state = listed();
        reduce(&mut state, Action::Restore(Permalink::parse("#show=a,b&look=a:magma,b:3:0.5")));
        assert_eq!(state.note, None);
        assert_eq!(
            state.entries[0].look,
            Look { paint: Paint::Map(ColorMap::Magma), opacity: 1.0 }
        );
        assert_eq!(state.entries[1].look, Look { paint: Paint::Hue(3), opacity: 0.5 });
        let address = Permalink::of(&state).to_string();
        assert!(address.contains("look=a:magma,b:3:0.5"), "{address}");

        let values = vec![0.0; 4];
        let own = Sheet::new(surface("0:1:2", "0:1:2", &[("train_loss", values)]));
        reduce(&mut state, Action::Opened(vec![Rc::new(own)]));
        assert_eq!(state.shown().count(), 1);
        assert_eq!(Permalink::of(&state).shown, None, "not an address of nothing");
        reduce(&mut state, Action::Show(2, true));
        assert_eq!(Permalink::of(&state).shown, Some(vec!["c".to_owned()]));
    }

    #[test]
    fn what_is_broken_is_noted_and_the_rest_holds() {
        let link = "#show=a,nosuch&cut=NaN&map=jet&camera=1,2&wireframe=on&%%%&x=%e4&pin=1\
            &look=a:9:1&line=1,2,3&field=a%20b&view=top&ball=1";
        let mut state = listed();
        reduce(&mut state, Action::Restore(Permalink::parse(link)));
        assert!(state.style.is_wireframe && state.entries[0].is_shown);
        assert_eq!(state.style.cut, Cut::Auto);
        let note = state.note.expect("a note");
        for part in [
            "nosuch", "cut", "map", "camera", "%%%", "pin", "look", "line", "field", "view", "ball",
        ] {
            assert!(note.contains(part), "{part}: {note}");
        }
        for ball in ["", "0,0", "0,0,adam", "0,0,jump,0.1", "0,NaN,adam,0.1", "0,0,adam,9", ",,,"] {
            assert_eq!(read_ball(ball), None, "{ball}");
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
