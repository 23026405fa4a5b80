//! The page's state, and the one place where it changes.
//!
//! Handlers, keys, the address and arriving files all become an [`Action`]; [`reduce`] applies it
//! and says what has to be drawn again. Nothing else changes a [`ViewState`].

use crate::{
    camera::{Camera, Viewport},
    color::{ColorMap, Ramp, surface_color},
    permalink::Permalink,
    plot::{self, Plot},
    scale::Extent,
    sheet::Sheet,
};
use std::rc::Rc;

/// The loss above which surfaces are cut unless the user says otherwise.
pub const DEFAULT_CUT: f32 = 10.0;

/// What the first view leaves around the box for its labels and some air, in CSS pixels: at the
/// top, right, bottom and left.
const MARGINS_PX: [f32; 4] = [40.0, 72.0, 56.0, 72.0];
/// The same on a narrow canvas, where there is less to spare.
const MARGINS_NARROW_PX: [f32; 4] = [8.0, 36.0, 44.0, 44.0];
const NARROW_PX: f32 = 560.0;

/// Everything that the picture and the panel are made from.
#[derive(Debug, Default)]
pub struct ViewState {
    /// The surfaces of the catalogue, in its order.
    pub entries: Vec<Entry>,
    /// What went wrong with the catalogue, if anything did.
    pub catalog_error: Option<String>,
    /// Whether the catalogue has been read.
    pub is_catalog_known: bool,
    /// The canvas.
    pub viewport: Viewport,
    /// `None` until the canvas has a size, and whenever the first view is wanted again.
    pub camera: Option<Camera>,
    /// How surfaces are drawn.
    pub style: Style,
    /// The key light.
    pub light: Light,
    /// Where the pointer is over the canvas, in CSS pixels.
    pub pointer: Option<[f32; 2]>,
    /// A remark on the address, where a part of it could not be used.
    pub note: Option<String>,
    /// Whether the panel is unfolded, where it lies below the picture.
    pub is_panel_open: bool,
}

/// A surface of the catalogue.
#[derive(Debug)]
pub struct Entry {
    /// Its name in the address.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Where its file is, relative to the page.
    pub url: String,
    /// The file's length, as the catalogue has it.
    pub n_bytes: u64,
    /// Whether it is to be shown, loaded or not.
    pub is_shown: bool,
    /// How far it has come.
    pub status: Status,
}

/// How far a surface has come.
#[derive(Debug)]
pub enum Status {
    /// Not asked for yet.
    Listed,
    /// On its way.
    Loading {
        /// Bytes so far.
        n_bytes: u64,
    },
    /// There.
    Ready(Rc<Sheet>),
    /// It can't be shown, and why.
    Failed(String),
}

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
    /// The colours of heights.
    pub map: ColorMap,
    /// Whether surfaces shown together are told apart by colour.
    pub tint: Tint,
}

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

/// What colour stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tint {
    /// The loss where one surface is shown, the surface where there are several.
    #[default]
    Auto,
    /// The loss, by one map for all surfaces.
    Loss,
    /// The surface, each with its own hue.
    Surface,
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
            map: ColorMap::default(),
            tint: Tint::Auto,
        }
    }
}

impl Default for Light {
    fn default() -> Self {
        Self { azimuth: -45.0, elevation: 25.0, intensity: 1.0 }
    }
}

/// All that can happen.
#[derive(Debug)]
pub enum Action {
    /// The catalogue is there; the first entries of it are shown unless the address says more.
    CatalogLoaded(Vec<Entry>),
    /// The catalogue can't be had.
    CatalogFailed(String),
    /// A surface's file was asked for, or more of it came.
    Progress(usize, u64),
    /// A surface is there.
    Loaded(usize, Rc<Sheet>),
    /// A surface can't be had.
    LoadFailed(usize, String),
    /// Show a surface, or hide it.
    Show(usize, bool),
    /// Show this surface and no other.
    ShowOnly(usize),
    /// Ask for a surface again that could not be had.
    Retry(usize),
    /// The canvas changed, or what covers it.
    Resize(Viewport),
    /// Turn by radians: around the vertical, and up.
    Orbit(f32, f32),
    /// Multiply the distance.
    Zoom(f32),
    /// Move the scene by CSS pixels.
    Pan(f32, f32),
    /// Back to the first view.
    ResetView,
    /// Cut elsewhere.
    SetCut(Cut),
    /// Linear or logarithmic heights.
    SetLog(bool),
    /// Surface or wireframe.
    SetWireframe(bool),
    /// The other of both.
    ToggleWireframe,
    /// Contour lines or none.
    SetContours(bool),
    /// Another colour map.
    SetMap(ColorMap),
    /// Another meaning of colour.
    SetTint(Tint),
    /// Another light.
    SetLight(Light),
    /// Fold the panel, or unfold it.
    TogglePanel,
    /// Take the remark on the address away.
    DismissNote,
    /// The pointer is there, or gone.
    PointAt(Option<[f32; 2]>),
    /// The address says how the page is to look.
    Restore(Permalink),
}

/// What has to be done after a change; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Redraw {
    /// Nothing.
    Nothing,
    /// The page's text: panel, tooltip, labels.
    Text,
    /// The picture, too.
    Picture,
}

/// Applies an action.
pub fn reduce(state: &mut ViewState, action: Action) -> Redraw {
    match action {
        Action::CatalogLoaded(entries) => {
            state.entries = entries;
            state.catalog_error = None;
            state.is_catalog_known = true;
            Redraw::Picture
        }
        Action::CatalogFailed(why) => {
            state.catalog_error = Some(why);
            state.is_catalog_known = true;
            state.is_panel_open = true;
            Redraw::Picture
        }
        Action::Progress(index, n_bytes) => set_status(state, index, Status::Loading { n_bytes }),
        Action::Loaded(index, sheet) => set_status(state, index, Status::Ready(sheet)),
        Action::LoadFailed(index, why) => {
            // Where the reason stands.
            state.is_panel_open = true;
            set_status(state, index, Status::Failed(why))
        }
        Action::Retry(index) => set_status(state, index, Status::Listed),
        Action::Show(index, is_shown) => {
            show(state, |i, entry| if i == index { is_shown } else { entry.is_shown })
        }
        Action::ShowOnly(index) => show(state, |i, _| i == index),
        Action::Resize(viewport) => {
            // A first view follows the canvas; one that the user chose stays.
            if state.is_first_view() {
                state.camera = Some(first_view(&viewport));
            }
            set(&mut state.viewport, viewport)
        }
        Action::Orbit(azimuth, elevation) => {
            move_camera(state, |camera, _| camera.orbit(azimuth, elevation))
        }
        Action::Zoom(factor) => move_camera(state, |camera, _| camera.zoom(factor)),
        Action::Pan(dx, dy) => move_camera(state, |camera, viewport| camera.pan(viewport, dx, dy)),
        Action::ResetView => move_camera(state, |camera, viewport| *camera = first_view(viewport)),
        Action::SetCut(cut) => match cut {
            Cut::At(level) if !level.is_finite() => Redraw::Nothing,
            cut => set(&mut state.style.cut, cut),
        },
        Action::SetLog(is_log) => set(&mut state.style.is_log, is_log),
        Action::SetWireframe(is_wireframe) => set(&mut state.style.is_wireframe, is_wireframe),
        Action::ToggleWireframe => {
            let flipped = !state.style.is_wireframe;
            set(&mut state.style.is_wireframe, flipped)
        }
        Action::SetContours(has_contours) => set(&mut state.style.has_contours, has_contours),
        Action::SetMap(map) => set(&mut state.style.map, map),
        Action::SetTint(tint) => set(&mut state.style.tint, tint),
        Action::SetLight(light) => set(
            &mut state.light,
            Light {
                azimuth: light.azimuth.clamp(-180.0, 180.0),
                elevation: light.elevation.clamp(-90.0, 90.0),
                intensity: light.intensity.clamp(0.0, 2.0),
            },
        ),
        Action::TogglePanel => {
            state.is_panel_open = !state.is_panel_open;
            Redraw::Text
        }
        Action::DismissNote => set(&mut state.note, None).min(Redraw::Text),
        Action::PointAt(pointer) => set(&mut state.pointer, pointer).min(Redraw::Text),
        Action::Restore(permalink) => permalink.apply(state),
    }
}

fn set<T: PartialEq>(place: &mut T, value: T) -> Redraw {
    let is_changed = *place != value;
    *place = value;
    if is_changed { Redraw::Picture } else { Redraw::Nothing }
}

/// Answers from files arrive later: an index that is no more is no entry's.
fn set_status(state: &mut ViewState, index: usize, status: Status) -> Redraw {
    let Some(entry) = state.entries.get_mut(index) else { return Redraw::Nothing };
    let is_visible = matches!(status, Status::Ready(_)) && entry.is_shown;
    entry.status = status;
    if is_visible { Redraw::Picture } else { Redraw::Text }
}

fn show(state: &mut ViewState, is_shown: impl Fn(usize, &Entry) -> bool) -> Redraw {
    let mut redraw = Redraw::Nothing;
    for (i, entry) in state.entries.iter_mut().enumerate() {
        let wanted = is_shown(i, entry);
        redraw = redraw.max(set(&mut entry.is_shown, wanted));
    }
    redraw
}

fn move_camera(state: &mut ViewState, change: impl Fn(&mut Camera, &Viewport)) -> Redraw {
    let mut camera = state.camera();
    change(&mut camera, &state.viewport);
    set(&mut state.camera, Some(camera))
}

fn first_view(viewport: &Viewport) -> Camera {
    let [_, _, width, _] = viewport.free();
    let margins = if width < NARROW_PX { MARGINS_NARROW_PX } else { MARGINS_PX };
    Camera::first_view(viewport, &plot::corners(viewport), margins)
}

impl ViewState {
    /// The camera; the first view where none has been set.
    pub fn camera(&self) -> Camera {
        self.camera.unwrap_or_else(|| first_view(&self.viewport))
    }

    /// Whether the camera is where it was first.
    pub fn is_first_view(&self) -> bool {
        self.camera().is_close(&first_view(&self.viewport))
    }

    /// The surfaces that are shown and there, with their number in the list.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &Rc<Sheet>)> + Clone {
        self.entries.iter().enumerate().filter_map(|(index, entry)| match &entry.status {
            Status::Ready(sheet) if entry.is_shown => Some((index, sheet)),
            _ => None,
        })
    }

    /// The number of the next surface that is to be shown and has not been asked for.
    pub fn next_to_load(&self) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| entry.is_shown && matches!(entry.status, Status::Listed))
    }

    /// The value above which everything is cut; `None` where nothing is.
    pub fn cut(&self) -> Option<f32> {
        match self.style.cut {
            Cut::Auto => self.shown().any(|(_, sheet)| sheet.is_loss()).then_some(DEFAULT_CUT),
            Cut::At(level) => Some(level),
            Cut::Off => None,
        }
    }

    /// What all surfaces shown span together.
    pub fn extent(&self) -> Option<Extent> {
        self.shown().filter_map(|(_, sheet)| sheet.extent()).reduce(Extent::union)
    }

    /// The box of all surfaces shown.
    pub fn plot(&self) -> Plot {
        let sheets = self.shown().map(|(_, sheet)| sheet.as_ref());
        Plot::new(sheets, self.cut(), self.style.is_log, &self.viewport)
    }

    /// Whether colour tells surfaces apart, instead of losses.
    pub fn is_tinted(&self) -> bool {
        match self.style.tint {
            Tint::Auto => self.shown().count() > 1,
            Tint::Loss => false,
            Tint::Surface => true,
        }
    }

    /// The colours of surface number `index`.
    pub fn ramp(&self, index: usize) -> Ramp {
        if self.is_tinted() { Ramp::Hue(surface_color(index)) } else { Ramp::Map(self.style.map) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::sheet::tests::surface;

    /// Three listed surfaces, the first shown, on a canvas.
    pub(crate) fn listed() -> ViewState {
        let mut state = ViewState::default();
        let entry = |id: &str, is_shown| Entry {
            id: id.into(),
            title: id.to_uppercase(),
            url: format!("{id}.lossland"),
            n_bytes: 0,
            is_shown,
            status: Status::Listed,
        };
        let entries = vec![entry("a", true), entry("b", false), entry("c", false)];
        reduce(&mut state, Action::CatalogLoaded(entries));
        let viewport = Viewport { width: 1280.0, height: 720.0, ..Viewport::default() };
        reduce(&mut state, Action::Resize(viewport));
        state
    }

    fn sheet(field: &str, values: [f32; 4]) -> Rc<Sheet> {
        Rc::new(Sheet::new(surface("-1:1:2", "-1:1:2", &[(field, values.to_vec())])))
    }

    #[test]
    fn only_what_is_shown_is_loaded_and_only_once() {
        let mut state = listed();
        assert_eq!(state.next_to_load(), Some(0));
        reduce(&mut state, Action::Progress(0, 0));
        assert_eq!(state.next_to_load(), None);
        assert_eq!(reduce(&mut state, Action::Show(2, true)), Redraw::Picture);
        assert_eq!(state.next_to_load(), Some(2));
        reduce(&mut state, Action::LoadFailed(2, "broken".into()));
        assert_eq!(state.next_to_load(), None, "a broken file is not asked for again");
        reduce(&mut state, Action::Retry(2));
        assert_eq!(state.next_to_load(), Some(2));
    }

    #[test]
    fn a_file_that_is_not_shown_draws_nothing() {
        let mut state = listed();
        let loaded = sheet("train_loss", [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(reduce(&mut state, Action::Loaded(1, loaded.clone())), Redraw::Text);
        assert_eq!(reduce(&mut state, Action::Loaded(0, loaded.clone())), Redraw::Picture);
        assert_eq!(reduce(&mut state, Action::Loaded(9, loaded)), Redraw::Nothing);
        assert_eq!(state.shown().map(|(index, _)| index).collect::<Vec<_>>(), [0]);
        reduce(&mut state, Action::ShowOnly(1));
        assert_eq!(state.shown().map(|(index, _)| index).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn what_changes_nothing_draws_nothing() {
        let mut state = listed();
        assert_eq!(reduce(&mut state, Action::SetWireframe(false)), Redraw::Nothing);
        assert_eq!(reduce(&mut state, Action::ToggleWireframe), Redraw::Picture);
        assert_eq!(reduce(&mut state, Action::ResetView), Redraw::Nothing);
        assert_eq!(reduce(&mut state, Action::Orbit(0.1, 0.0)), Redraw::Picture);
        assert_eq!(reduce(&mut state, Action::PointAt(Some([1.0, 2.0]))), Redraw::Text);
        assert_eq!(reduce(&mut state, Action::PointAt(Some([1.0, 2.0]))), Redraw::Nothing);
        assert_eq!(reduce(&mut state, Action::SetCut(Cut::At(f32::NAN))), Redraw::Nothing);
    }

    #[test]
    fn the_first_view_follows_the_canvas_and_a_chosen_one_stays() {
        let mut state = listed();
        let narrow = Viewport { width: 390.0, height: 844.0, ..Viewport::default() };
        reduce(&mut state, Action::Resize(narrow));
        assert!(state.is_first_view());
        reduce(&mut state, Action::Zoom(0.5));
        let chosen = state.camera();
        reduce(&mut state, Action::Resize(Viewport { width: 500.0, ..narrow }));
        assert_eq!(state.camera(), chosen);
    }

    #[test]
    fn losses_are_cut_at_first_and_other_fields_are_not() {
        let mut state = listed();
        reduce(&mut state, Action::Loaded(0, sheet("train_loss", [0.0, 1.0, 2.0, 30.0])));
        assert_eq!((state.cut(), state.plot().scale.hi), (Some(10.0), 10.0));
        reduce(&mut state, Action::Loaded(0, sheet("train_accuracy", [0.0, 1.0, 2.0, 100.0])));
        assert_eq!((state.cut(), state.plot().scale.hi), (None, 100.0));
        reduce(&mut state, Action::SetCut(Cut::At(50.0)));
        assert_eq!(state.cut(), Some(50.0));
    }

    #[test]
    fn overlaid_surfaces_are_told_apart() {
        let mut state = listed();
        reduce(&mut state, Action::Loaded(0, sheet("train_loss", [0.0; 4])));
        assert_eq!(state.ramp(0), Ramp::Map(ColorMap::Viridis));
        reduce(&mut state, Action::Loaded(1, sheet("train_loss", [1.0; 4])));
        reduce(&mut state, Action::Show(1, true));
        assert_ne!(state.ramp(0), state.ramp(1));
        reduce(&mut state, Action::SetTint(Tint::Loss));
        assert_eq!(state.ramp(0), state.ramp(1));
    }
}
