//! The page's state, and the one place where it changes.
//!
//! Handlers, keys, the address and arriving files all become an [`Action`]; [`reduce`] applies it
//! and says what has to be drawn again. Nothing else changes a [`ViewState`]. What follows from it
//! (which surfaces stand in which box) is in [`crate::compare`].

use crate::{
    ball::Ball,
    camera::{Camera, Viewport},
    compare::Comparison,
    hover,
    sheet::Sheet,
    style::{Cut, Fields, Light, Look, Style},
    whole::{Whole, WholeStatus},
};
use lossland_surface::{FieldKind, network_of};
use std::rc::Rc;

pub use crate::action::Action;

/// Clicks that are no further apart are on one place.
const SAME_PLACE_PX: f32 = 12.0;

/// Everything that the picture and the panel are made from.
#[derive(Clone, Debug, Default)]
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
    /// Which fields are shown.
    pub fields: Fields,
    /// Of a difference, the second one minus the first.
    pub is_swapped: bool,
    /// The key light.
    pub light: Light,
    /// What is being read off.
    pub pointer: Option<Pointer>,
    /// What was pointed at last, alpha and beta, for whoever goes from there to a button.
    pub last_place: Option<[f64; 2]>,
    /// A place whose values stay on the screen, alpha and beta.
    pub pin: Option<[f64; 2]>,
    /// The ends of the cross-section, alpha and beta each.
    pub section: Option<[[f64; 2]; 2]>,
    /// The ball that is rolled on each surface.
    pub ball: Option<Ball>,
    /// The last one that was taken away: another one moves as it did.
    pub old_ball: Option<Ball>,
    /// What a click does.
    pub tool: Tool,
    /// Whether the table of measures is open.
    pub has_measures: bool,
    /// Whether there is nothing to draw in space with.
    pub lacks_scene: bool,
    /// A remark on the address, where a part of it could not be used.
    pub note: Option<String>,
    /// Whether the panel is unfolded, where it lies below the picture.
    pub is_panel_open: bool,
    /// The stop of the tour, from 1, that the page is at.
    pub tour: Option<u32>,
    /// The difference of two surfaces, where that is what is shown.
    pub(crate) comparison: Option<Comparison>,
}

/// A surface of the catalogue.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name in the address.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Where the file that it is drawn from at first is, relative to the page.
    pub url: String,
    /// That file's length, as the catalogue has it.
    pub n_bytes: u64,
    /// The whole of it, where that is another file.
    pub whole: Option<Whole>,
    /// What surfaces of one network have in common, whatever their planes.
    pub network: String,
    /// Whether it comes from a file of the visitor's own, which no address leads to.
    pub is_own: bool,
    /// Whether it is not offered by itself.
    pub is_aside: bool,
    /// Whether it is to be shown, loaded or not.
    pub is_shown: bool,
    /// Whether the page tells where it comes from.
    pub has_account: bool,
    /// How it looks among others.
    pub look: Look,
    /// How far it has come.
    pub status: Status,
    /// What is drawn of it: the field chosen; `None` where it has no such field.
    pub(crate) sheet: Option<Rc<Sheet>>,
}

impl Entry {
    /// One that is listed and no more.
    pub fn new(id: String, title: String, url: String, n_bytes: u64) -> Self {
        Self {
            id,
            title,
            url,
            n_bytes,
            whole: None,
            network: String::new(),
            is_own: false,
            is_aside: false,
            is_shown: false,
            has_account: false,
            look: Look::default(),
            status: Status::Listed,
            sheet: None,
        }
    }
}

/// How far a surface has come.
#[derive(Clone, Debug)]
pub enum Status {
    /// Not asked for yet.
    Listed,
    /// On its way.
    Loading {
        /// Bytes so far.
        n_bytes: u64,
    },
    /// There; its main field as height.
    Ready(Rc<Sheet>),
    /// It can't be shown, and why.
    Failed(String),
}

/// What is pointed at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pointer {
    /// A place of the canvas, in CSS pixels.
    Screen([f32; 2]),
    /// A place of the plane, alpha and beta, set by keys.
    Plane([f64; 2]),
}

/// What a click does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Tool {
    /// Pins the place, or takes the pin away.
    #[default]
    Pin,
    /// Sets the first end of a cross-section.
    SectionFrom,
    /// Sets the other end.
    SectionTo([f64; 2]),
    /// Lets a ball go.
    Ball,
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
    // A contour plot has no camera.
    if state.is_flat() && action.is_camera_move() {
        return Redraw::Nothing;
    }
    let redraw = apply(state, action);
    state.follow();
    redraw
}

fn apply(state: &mut ViewState, action: Action) -> Redraw {
    let style = &mut state.style;
    match action {
        Action::CatalogLoaded(mut entries) => {
            let ids: Vec<String> = entries.iter().map(|entry| entry.id.clone()).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            for entry in &mut entries {
                entry.network = network_of(&entry.id, &ids).to_owned();
            }
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
        Action::Opened(sheets) => {
            for entry in &mut state.entries {
                entry.is_shown = false;
            }
            for sheet in sheets {
                let number = state.entries.iter().filter(|entry| entry.is_own).count() + 1;
                let title = sheet.surface().title().to_owned();
                let id = format!("file {number}");
                state.entries.push(Entry {
                    network: id.clone(),
                    is_own: true,
                    is_shown: true,
                    status: Status::Ready(sheet),
                    ..Entry::new(id, title, String::new(), 0)
                });
            }
            state.camera = None;
            // Of what was tried before.
            state.note = None;
            Redraw::Picture
        }
        Action::Tell(text) => {
            // Where it stands.
            state.is_panel_open = true;
            state.note = Some(text);
            Redraw::Text
        }
        Action::Progress(index, n_bytes) => set_status(state, index, Status::Loading { n_bytes }),
        Action::Loaded(index, sheet) => set_status(state, index, Status::Ready(sheet)),
        Action::LoadedFirst(index, sheet, kinds) => {
            if let Some(whole) = whole(state, index) {
                whole.kinds = kinds;
            }
            set_status(state, index, Status::Ready(sheet))
        }
        Action::RetryWhole(index) => set_whole(state, index, WholeStatus::Wanted),
        Action::DoWithoutWhole(index) => set_whole(state, index, WholeStatus::DoneWithout),
        Action::LoadingWhole(index) => set_whole(state, index, WholeStatus::Loading),
        Action::WholeFailed(index, why) => set_whole(state, index, WholeStatus::Failed(why)),
        Action::LoadedWhole(index, sheet) => {
            take_whole(state, index);
            set_status(state, index, Status::Ready(sheet))
        }
        Action::LoadFailed(index, why) => {
            // What is wrong with a first part need not be wrong with the whole file.
            if take_whole(state, index) {
                return set_status(state, index, Status::Listed);
            }
            // Where the reason stands.
            state.is_panel_open = true;
            set_status(state, index, Status::Failed(why))
        }
        Action::Retry(index) => set_status(state, index, Status::Listed),
        Action::Show(index, is_shown) => {
            show(state, |i, entry| if i == index { is_shown } else { entry.is_shown })
        }
        Action::ShowOnly(index) => show(state, |i, _| i == index),
        Action::ShowPlane(old, new) => {
            show(state, |i, entry| (entry.is_shown && i != old) || i == new)
        }
        Action::TellOrigin(index, has_account) => match state.entries.get_mut(index) {
            Some(entry) => set(&mut entry.has_account, has_account).min(Redraw::Text),
            None => Redraw::Nothing,
        },
        Action::SetLook(index, look) => match state.entries.get_mut(index) {
            Some(entry) => {
                set(&mut entry.look, Look { opacity: look.opacity.clamp(0.1, 1.0), ..look })
            }
            None => Redraw::Nothing,
        },
        Action::HasScene(has_scene) => {
            // Where it is said why.
            state.is_panel_open |= !has_scene;
            set(&mut state.lacks_scene, !has_scene)
        }
        Action::Resize(viewport) => {
            // What a finger has pointed at stays what it is, wherever that is seen from now on.
            if viewport != state.viewport
                && let Some(place) = state.place()
            {
                state.pointer = Some(Pointer::Plane(place));
            }
            // A first view follows the canvas; one that the user chose stays.
            let is_first_view = state.is_first_view();
            let redraw = set(&mut state.viewport, viewport);
            if is_first_view {
                state.camera = None;
            }
            redraw
        }
        Action::Orbit(azimuth, elevation) => {
            move_camera(state, |camera, _| camera.orbit(azimuth, elevation))
        }
        Action::Zoom(factor) => move_camera(state, |camera, _| camera.zoom(factor)),
        Action::ZoomAt(factor, at) => {
            let viewport = state.view_at(at).viewport;
            move_camera(state, |camera, _| camera.zoom_at(&viewport, factor, at))
        }
        Action::Pan(dx, dy) => move_camera(state, |camera, viewport| camera.pan(viewport, dx, dy)),
        Action::Turn(preset) => {
            state.style.is_flat = false;
            let first = state.first_view();
            move_camera(state, |camera, _| *camera = first.turned(preset)).max(Redraw::Text)
        }
        Action::Centre(at) => match hover::hover(state, at) {
            Some(found) => move_camera(state, |camera, _| camera.target = found.world),
            None => Redraw::Nothing,
        },
        Action::ResetView => {
            let redraw = if state.is_first_view() { Redraw::Nothing } else { Redraw::Picture };
            state.camera = None;
            redraw
        }
        Action::SetCut(Cut::At(level)) if !level.is_finite() => Redraw::Nothing,
        Action::SetCut(cut) => set(&mut style.cut, cut),
        Action::SetLog(is_log) => set(&mut style.is_log, is_log),
        Action::SetWireframe(is_wireframe) => set(&mut style.is_wireframe, is_wireframe),
        Action::ToggleWireframe => {
            style.is_wireframe = !style.is_wireframe;
            Redraw::Picture
        }
        Action::SetContours(has_contours) => set(&mut style.has_contours, has_contours),
        Action::SetFloorMap(has_floor_map) => set(&mut style.has_floor_map, has_floor_map),
        Action::SetNoise(has_noise) => set(&mut style.has_noise, has_noise),
        Action::SetMinima(has_minima) => set(&mut style.has_minima, has_minima),
        Action::SetFlat(is_flat) => set(&mut style.is_flat, is_flat),
        Action::SetMap(map) => set(&mut style.map, map),
        Action::SetTint(tint) => set(&mut style.tint, tint),
        Action::SetLayout(layout) => {
            let is_first_view = state.is_first_view();
            let redraw = set(&mut state.style.layout, layout);
            if is_first_view {
                state.camera = None;
            }
            redraw
        }
        Action::SetOwnScales(has_own) => set(&mut style.has_own_scales, has_own),
        Action::Swap => {
            state.is_swapped = !state.is_swapped;
            Redraw::Picture
        }
        Action::SetHeightField(field) => {
            // A level of losses means nothing to per cent, and the other way round.
            let was_loss = state.is_loss(&state.fields.height);
            if was_loss != state.is_loss(&field) && matches!(state.style.cut, Cut::At(_)) {
                state.style.cut = Cut::Auto;
            }
            set(&mut state.fields.height, field)
        }
        Action::SetColorField(field) => set(&mut state.fields.color, field),
        Action::SetLight(light) => set(&mut state.light, light.clamped()),
        Action::TogglePanel => {
            state.is_panel_open = !state.is_panel_open;
            Redraw::Text
        }
        Action::ToggleMeasures => {
            state.has_measures = !state.has_measures;
            Redraw::Picture
        }
        Action::DismissNote => set(&mut state.note, None).min(Redraw::Text),
        Action::PointAt(at) => point(state, at.map(Pointer::Screen)),
        Action::PointAtPlane(place) => point(state, place.map(Pointer::Plane)),
        Action::MovePointer(columns, rows) => {
            let moved = state.moved_pointer(columns, rows).map(Pointer::Plane);
            point(state, moved)
        }
        Action::Click(at) => click(state, at),
        Action::UseTool => match state.place() {
            Some(place) => use_tool(state, place),
            None => Redraw::Nothing,
        },
        Action::TogglePin => {
            let place = match (state.place(), state.pin) {
                (None, None) => state.last_place,
                (place, _) => place,
            };
            let is_there = state.pin.is_some_and(|pin| Some(pin) == place);
            set(&mut state.pin, if is_there { None } else { place })
        }
        Action::ToggleSectionTool => {
            let is_idle = matches!(state.tool, Tool::Pin | Tool::Ball);
            // Not over the place that is to be clicked.
            state.is_panel_open &= !is_idle;
            set(&mut state.tool, if is_idle { Tool::SectionFrom } else { Tool::Pin })
                .min(Redraw::Text)
        }
        Action::SetSection(section) => {
            state.tool = Tool::Pin;
            set(&mut state.section, section).max(Redraw::Text)
        }
        Action::ToggleBallTool => {
            let is_chosen = state.tool == Tool::Ball;
            state.is_panel_open &= is_chosen;
            set(&mut state.tool, if is_chosen { Tool::Pin } else { Tool::Ball }).min(Redraw::Text)
        }
        Action::SetBall(ball) => {
            state.old_ball = state.ball;
            set(&mut state.ball, ball)
        }
        Action::Restore(permalink) | Action::Visit(permalink) => permalink.apply(state),
        Action::EndTour => set(&mut state.tour, None),
    }
}

fn point(state: &mut ViewState, pointer: Option<Pointer>) -> Redraw {
    let had_basin = state.has_basin();
    if pointer.is_none() {
        state.last_place = state.place().or(state.last_place);
    }
    let redraw = set(&mut state.pointer, pointer).min(Redraw::Text);
    // The basin under the pointer is part of the picture.
    let is_seen = had_basin || state.has_basin();
    if redraw > Redraw::Nothing && is_seen { Redraw::Picture } else { redraw }
}

fn click(state: &mut ViewState, at: [f32; 2]) -> Redraw {
    state.pointer = Some(Pointer::Screen(at));
    match state.place() {
        Some(place) => use_tool(state, place),
        None => Redraw::Text,
    }
}

fn use_tool(state: &mut ViewState, place: [f64; 2]) -> Redraw {
    match state.tool {
        Tool::Pin => {
            // Once more at the same place takes it away.
            let is_near = |pin| {
                let pairs = [state.marks(pin), state.marks(place)];
                pairs[0]
                    .iter()
                    .zip(&pairs[1])
                    .any(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]) < SAME_PLACE_PX)
            };
            let is_there = state.pin.is_some_and(is_near);
            set(&mut state.pin, (!is_there).then_some(place)).max(Redraw::Text)
        }
        Tool::SectionFrom => set(&mut state.tool, Tool::SectionTo(place)).min(Redraw::Text),
        Tool::SectionTo(from) => {
            state.tool = Tool::Pin;
            set(&mut state.section, Some([from, place])).max(Redraw::Text)
        }
        Tool::Ball => {
            state.tool = Tool::Pin;
            // Another one moves as the last did.
            let last = state.ball.or(state.old_ball).unwrap_or(Ball::at(place));
            let ball = Ball { start: place, ..last };
            set(&mut state.ball, Some(ball)).max(Redraw::Text)
        }
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
    entry.sheet = None;
    if is_visible { Redraw::Picture } else { Redraw::Text }
}

fn whole(state: &mut ViewState, index: usize) -> Option<&mut Whole> {
    state.entries.get_mut(index)?.whole.as_mut()
}

/// From now on the whole file is what the surface is drawn from, where that was another.
fn take_whole(state: &mut ViewState, index: usize) -> bool {
    let Some(entry) = state.entries.get_mut(index) else { return false };
    let Some(whole) = entry.whole.take() else { return false };
    (entry.url, entry.n_bytes) = (whole.url, whole.n_bytes);
    true
}

fn set_whole(state: &mut ViewState, index: usize, status: WholeStatus) -> Redraw {
    let Some(whole) = whole(state, index) else { return Redraw::Nothing };
    whole.status = status;
    Redraw::Text
}

fn show(state: &mut ViewState, is_shown: impl Fn(usize, &Entry) -> bool) -> Redraw {
    let is_first_view = state.is_first_view();
    let mut redraw = Redraw::Nothing;
    for (i, entry) in state.entries.iter_mut().enumerate() {
        let wanted = is_shown(i, entry);
        redraw = redraw.max(set(&mut entry.is_shown, wanted));
    }
    // Side by side, every box gets another size.
    if is_first_view {
        state.camera = None;
    }
    redraw
}

fn move_camera(state: &mut ViewState, change: impl Fn(&mut Camera, &Viewport)) -> Redraw {
    let mut camera = state.camera();
    change(&mut camera, &state.views()[0].viewport);
    set(&mut state.camera, Some(camera))
}

impl ViewState {
    /// Whether contour plots are shown: as asked for, or since there is nothing else to draw with.
    pub fn is_flat(&self) -> bool {
        self.style.is_flat || self.lacks_scene
    }

    /// Whether a field is a loss; the main one where none is given.
    fn is_loss(&self, field: &Option<FieldKind>) -> bool {
        let main = || self.shown().next().map(|(_, sheet)| sheet.surface().main_field().kind());
        field.as_ref().or_else(main).is_none_or(FieldKind::is_loss)
    }

    /// The camera; the first view where none has been set.
    pub fn camera(&self) -> Camera {
        self.camera.unwrap_or_else(|| self.first_view())
    }

    /// Whether the camera is where it was first.
    pub fn is_first_view(&self) -> bool {
        self.camera.is_none_or(|camera| camera.is_close(&self.first_view()))
    }

    /// Whether the catalogue, or a surface that is to be shown, is still on its way.
    pub fn is_loading(&self) -> bool {
        let is_on_its_way = |entry: &Entry| {
            entry.is_shown && matches!(entry.status, Status::Listed | Status::Loading { .. })
        };
        !self.is_catalog_known || self.entries.iter().any(is_on_its_way)
    }

    /// The number of the next surface that is to be shown and has not been asked for.
    pub fn next_to_load(&self) -> Option<usize> {
        let is_wanted = |index: usize| self.entries[index].is_shown || self.wants_beside(index);
        (0..self.entries.len()).find(|index| {
            matches!(self.entries[*index].status, Status::Listed) && is_wanted(*index)
        })
    }

    /// The number of the next surface whose whole file is wanted and has not been asked for.
    pub fn next_whole_to_load(&self) -> Option<usize> {
        self.entries.iter().position(|entry| {
            let is_drawn = matches!(entry.status, Status::Ready(_));
            is_drawn && entry.whole.as_ref().is_some_and(|whole| whole.is_wanted())
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
