//! The program in the page: it owns the state, hands every action to the reducer, and draws at
//! the next frame what the reducer says has changed. Nothing is drawn otherwise.

mod account;
mod bench;
mod canvas;
mod cards;
mod clipboard;
mod controls;
mod dom;
mod drawing;
mod export;
mod files;
mod gestures;
mod json;
mod legend;
mod list;
mod loader;
mod measures;
mod motion;
mod overlay;
mod panel;
mod plots;
mod save;
mod scene;
mod tour;
mod worker;

use crate::{
    camera::Viewport,
    drawing::Palette,
    permalink::Permalink,
    picture::picture,
    plots::FlatView,
    state::{Action, Redraw, ViewState, reduce},
};
use motion::Motion;
use scene::{Scene, Theme};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use web_sys::wasm_bindgen::{JsCast as _, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{
    Element, Event, File, HtmlCanvasElement, HtmlElement, ResizeObserver, js_sys::Promise,
};

/// The address follows the state after this pause, since browsers limit how often it may change.
const ADDRESS_DELAY_MS: i32 = 300;
/// The visitor is listened to when surfaces have been asked for, or after this time.
const CONNECT_DELAY_MS: i32 = 50;
/// What the legend's veil reaches beyond it, as in `web/style.css`.
const VEIL_PX: f32 = 6.0;
/// Space around what covers the canvas.
const MARGIN_PX: f32 = 8.0;

pub(crate) struct App {
    state: RefCell<ViewState>,
    canvas: HtmlCanvasElement,
    /// Its width and height, as set last.
    canvas_px: Cell<[u32; 2]>,
    /// `None` without WebGL 2, and while its context is lost.
    scene: RefCell<Option<Scene>>,
    /// Whether the visitor is listened to.
    is_connected: Cell<bool>,
    /// Until it has been made, or refused, for the first time.
    is_scene_due: Cell<bool>,
    theme: Cell<Theme>,
    /// What the next frame has to draw.
    pending: Cell<Redraw>,
    is_address_due: Cell<bool>,
    /// What the address asked for, until the catalogue is there.
    asked: RefCell<Option<Permalink>>,
    /// The cards shown, so that they are made anew only when they change.
    cards: RefCell<String>,
    n_draws: Cell<u32>,
    motion: Motion,
    /// What the page calls itself at first.
    name: String,
    /// What the table of measures is of.
    measured: RefCell<Vec<usize>>,
    /// The contour plots that are shown.
    flat: RefCell<Vec<FlatView>>,
    /// Instead of the page's own picture, where it is measured.
    bench: Option<bench::Mode>,
    has_asked_for_rest: Cell<bool>,
    /// The visitor's own files, as the list has their surfaces.
    own_files: RefCell<Vec<File>>,
}

#[wasm_bindgen]
extern "C" {
    /// Has `web/boot.js` fetch what no first picture needs of this program: the site is built with the
    /// program cut in two (`crates/xtask/src/halves.rs`), and what takes the place of a function that
    /// is elsewhere calls this, too, with `true`.
    #[wasm_bindgen(js_name = askForRest)]
    fn ask_for_rest(is_needed_now: bool);
}

thread_local! {
    static APP: RefCell<Option<Rc<App>>> = const { RefCell::new(None) };
}

/// Starts the program in the page. `catalog` is to give the bytes of the catalogue, or nothing.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "reached from JavaScript")]
pub fn start(catalog: Promise) {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&format!("lossland: {info}").into());
        dom::set_shown(&dom::by_id("crash-card"), true);
    }));
    let app = Rc::new(App {
        state: RefCell::default(),
        canvas: dom::by_id("canvas"),
        canvas_px: Cell::default(),
        scene: RefCell::new(None),
        is_connected: Cell::new(false),
        is_scene_due: Cell::new(true),
        theme: Cell::new(theme()),
        pending: Cell::new(Redraw::Nothing),
        is_address_due: Cell::new(false),
        asked: RefCell::new(Some(tour::resolved(Permalink::parse(&address())))),
        cards: RefCell::default(),
        n_draws: Cell::new(0),
        motion: Motion::new(),
        name: dom::document().title(),
        measured: RefCell::default(),
        flat: RefCell::default(),
        bench: bench::Mode::asked_for(),
        has_asked_for_rest: Cell::new(false),
        own_files: RefCell::default(),
    });
    APP.set(Some(app.clone()));
    app.size_canvas();
    loader::load_catalog(&app, Some(catalog));
    dom::after(CONNECT_DELAY_MS, move || app.connect());
}

/// Where a point of the surfaces' axes is on the screen: `[x, y]` in CSS pixels for the data's
/// own alpha, beta and value, heights cut and scaled as they are drawn; nothing where the point is
/// behind the eye. For tests, and for pages that put marks of their own onto the picture.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "reached from JavaScript")]
pub fn project(alpha: f64, beta: f64, value: f32) -> Option<Vec<f32>> {
    let app = APP.with_borrow(Clone::clone)?;
    let state = app.state.borrow();
    let plot = state.plot();
    let world = plot.world(alpha, beta, plot.scale.height(value).min(1.0));
    let viewport = state.views()[0].viewport;
    state.camera().project(&viewport, world).map(Vec::from)
}

impl App {
    /// Applies an action, and draws at the next frame what it changed.
    pub(crate) fn dispatch(self: &Rc<Self>, action: Action) {
        if let Some(mode) = &self.bench {
            return mode.dispatch(self, action);
        }
        let is_catalog = matches!(action, Action::CatalogLoaded(_));
        let is_other_list = is_catalog || matches!(action, Action::Opened(_));
        let is_step = action.is_step();
        let redraw = reduce(&mut self.state.borrow_mut(), action);
        if is_other_list {
            list::build(self);
        }
        if is_catalog && let Some(link) = self.asked.borrow_mut().take() {
            reduce(&mut self.state.borrow_mut(), Action::Restore(link));
        }
        self.load_what_is_shown();
        self.build_scene_in_time();
        self.request(redraw);
        if is_step && self.write_address(true) {
            return;
        }
        if redraw == Redraw::Picture {
            self.request_address();
        }
    }

    /// Draws at the next frame; several requests before it are one.
    fn request(self: &Rc<Self>, redraw: Redraw) {
        let before = self.pending.get();
        self.pending.set(before.max(redraw));
        if before == Redraw::Nothing && redraw > Redraw::Nothing {
            let app = self.clone();
            let frame = Closure::once_into_js(move || app.frame());
            // It can't fail in a page that is shown; in one that is closed nothing matters.
            let _ = dom::window().request_animation_frame(frame.unchecked_ref());
        }
    }

    fn frame(self: &Rc<Self>) {
        let redraw = self.pending.replace(Redraw::Nothing);
        if let Some(mode) = &self.bench {
            return mode.frame(self, redraw);
        }
        let state = self.state.borrow();
        if redraw == Redraw::Picture {
            self.note_frame();
            let is_flat = state.is_flat();
            if !is_flat {
                self.draw_or_do_without(&picture(&state, self.motion.resolution()));
            }
            plots::update_flat(self, &state, is_flat);
            overlay::update_labels(&state, !is_flat);
            overlay::update_paths(&state, !is_flat);
        }
        panel::update(self, &state);
        plots::update_profile(&state);
        measures::update(self, &state);
        overlay::update_reading(&state, &self.flat.borrow());
        let is_started = state.shown().next().is_some() || state.next_to_load().is_none();
        dom::set_shown(&dom::by_id("placeholder"), !is_started || self.scene.borrow().is_none());
        if is_started && !self.is_scene_due.get() {
            self.ask_for_rest();
        }
    }

    /// Has the rest of the program fetched, once, when there is a picture.
    fn ask_for_rest(&self) {
        if !self.has_asked_for_rest.replace(true) {
            ask_for_rest(false);
        }
    }

    /// Points at a place of the canvas, or at nothing.
    fn point_at(self: &Rc<Self>, at: Option<[f32; 2]>) {
        let is_flat = self.state.borrow().is_flat();
        self.dispatch(if is_flat {
            let place = at.and_then(|at| plots::place_at(&self.flat.borrow(), at));
            Action::PointAtPlane(place)
        } else {
            Action::PointAt(at)
        });
    }

    /// What the tool does at a place of the canvas.
    fn click(self: &Rc<Self>, at: [f32; 2]) {
        if self.state.borrow().is_flat() {
            self.point_at(Some(at));
            self.dispatch(Action::UseTool);
        } else {
            self.dispatch(Action::Click(at));
        }
    }

    fn load_what_is_shown(self: &Rc<Self>) {
        loop {
            let (next, next_whole) = {
                let state = self.state.borrow();
                (state.next_to_load(), state.next_whole_to_load())
            };
            let asked = match (next, next_whole) {
                (Some(index), _) => {
                    loader::load_surface(self, index);
                    Action::Progress(index, 0)
                }
                (None, Some(index)) => {
                    loader::load_whole(self, index);
                    Action::LoadingWhole(index)
                }
                (None, None) => return,
            };
            let redraw = reduce(&mut self.state.borrow_mut(), asked);
            self.request(redraw);
        }
    }

    /// Listens to the visitor, from the first call on.
    fn connect(self: &Rc<Self>) {
        if self.is_connected.replace(true) {
            return;
        }
        controls::connect(self);
        gestures::connect(self, &self.canvas);
        plots::connect(self);
        files::connect(self);
        save::connect(self);
        tour::connect(self);
        self.connect_page();
        self.measure();
    }

    fn connect_page(self: &Rc<Self>) {
        // Everything that decides how much of the canvas is free.
        let app = self.clone();
        let resized = Closure::<dyn FnMut()>::new(move || app.measure());
        if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) {
            for id in ["canvas", "head", "panel", "legend", "profile"] {
                observer.observe(&dom::by_id::<Element>(id));
            }
        }
        resized.forget();

        let app = self.clone();
        if let Ok(Some(query)) = dom::window().match_media("(prefers-color-scheme: dark)") {
            dom::listen(&query, "change", move |_: Event| {
                app.theme.set(theme());
                app.request(Redraw::Picture);
            });
        }

        let app = self.clone();
        // Typed, or gone back to.
        dom::listen(&dom::window(), "hashchange", move |_: Event| {
            let link = tour::resolved(Permalink::parse(&address()));
            if link != Permalink::of(&app.state.borrow()) {
                app.dispatch(Action::Restore(link));
            }
        });

        let app = self.clone();
        dom::listen(&self.canvas, "webglcontextlost", move |event: Event| {
            // Without this the browser never gives the context back.
            event.prevent_default();
            app.do_without_scene("the graphics device was taken away");
        });
        let app = self.clone();
        dom::listen(&self.canvas, "webglcontextrestored", move |_: Event| {
            app.build_scene();
            app.load_what_is_shown();
            app.request(Redraw::Picture);
        });
    }

    /// Reads how large the canvas is and what covers it.
    fn measure(self: &Rc<Self>) {
        let canvas = self.canvas.get_bounding_client_rect();
        let (width, height) = (canvas.width() as f32, canvas.height() as f32);
        let rect = |id: &str| dom::by_id::<HtmlElement>(id).get_bounding_client_rect();
        let (head, panel, legend) = (rect("head"), rect("panel"), rect("legend"));
        // Under the picture, or beside it.
        let is_sheet = panel.width() as f32 > 0.75 * width;
        let bottom = if is_sheet { height - panel.top() as f32 } else { 0.0 };
        let legend_top = if legend.height() > 0.0 { legend.top() as f32 } else { height };
        // The cross-section stands below the picture, the legend above it.
        let profile = rect("profile");
        let profile_px = if profile.height() > 0.0 { height - profile.top() as f32 } else { 0.0 };
        dom::set_style(
            &dom::document().document_element().unwrap_or_else(|| unreachable!()).unchecked_into(),
            "--profile",
            &format!("{profile_px:.0}px"),
        );
        let viewport = Viewport {
            width,
            height,
            pixel_ratio: self.max_pixel_ratio() as f32,
            insets: [
                head.bottom() as f32 + MARGIN_PX,
                if is_sheet { 0.0 } else { width - panel.left() as f32 },
                if is_sheet {
                    bottom.max(height - legend_top).max(profile_px) + MARGIN_PX
                } else {
                    profile_px
                },
                0.0,
            ],
            legend: ["legend-name", "legend-scale"].map(rect).map(|rect| {
                let [left, top] = [rect.left(), rect.top()].map(|end| end as f32 - VEIL_PX);
                let [right, bottom] = [rect.right(), rect.bottom()].map(|end| end as f32 + VEIL_PX);
                [left, top, right, bottom]
            }),
        };
        self.dispatch(Action::Resize(viewport));
    }

    /// Writes the address, after a pause.
    fn request_address(self: &Rc<Self>) {
        if self.is_address_due.replace(true) {
            return;
        }
        let app = self.clone();
        dom::after(ADDRESS_DELAY_MS, move || {
            app.is_address_due.set(false);
            app.write_address(false);
        });
    }
}

impl App {
    /// Makes the address that of the state; as a step that the browser can go back from, or in
    /// place of the last one. Says whether it has become another.
    fn write_address(&self, is_step: bool) -> bool {
        if !self.state.borrow().is_catalog_known {
            return false;
        }
        let url = format!("#{}", Permalink::of(&self.state.borrow()));
        if url == address() {
            return false;
        }
        let Ok(history) = dom::window().history() else { return false };
        // Refused on pages from disk and when too frequent: the address is then a view behind, and
        // nothing else suffers.
        let written = if is_step {
            history.push_state_with_url(&JsValue::NULL, "", Some(&url))
        } else {
            history.replace_state_with_url(&JsValue::NULL, "", Some(&url))
        };
        written.is_ok()
    }

    /// Puts the address of the view into the clipboard, and says so.
    fn copy_link(&self) {
        self.write_address(false);
        clipboard::copy(
            dom::window().location().href().unwrap_or_default(),
            dom::by_id("copy-text"),
            self.copied_text(),
            "The browser refused: copy the address from its bar.".into(),
        );
    }

    /// What is said of an address that was copied.
    fn copied_text(&self) -> &'static str {
        let state = self.state.borrow();
        if state.entries.iter().any(|entry| entry.is_own && entry.is_shown) {
            "Copied. No address leads to files of your own."
        } else {
            "Copied."
        }
    }
}

fn address() -> String {
    dom::window().location().hash().unwrap_or_default()
}

/// The page's colours, as far as the picture has them.
fn theme() -> Theme {
    let Palette { ground, ink, cut, .. } = palette();
    Theme { ground, ink, cut }
}

/// The page's colours, from its style sheet.
fn palette() -> Palette {
    let style = dom::document()
        .document_element()
        .and_then(|root| dom::window().get_computed_style(&root).ok().flatten());
    let color = |property: &str| {
        let text = style
            .as_ref()
            .and_then(|style| style.get_property_value(property).ok())
            .unwrap_or_default();
        let digits = u32::from_str_radix(text.trim().trim_start_matches('#'), 16);
        let [_, r, g, b] = digits.unwrap_or(0x80_80_80).to_be_bytes();
        [r, g, b]
    };
    Palette {
        ground: color("--ground"),
        ink: color("--ink"),
        secondary: color("--secondary"),
        hairline: color("--hairline"),
        accent: color("--accent"),
        cut: color("--cut"),
    }
}
