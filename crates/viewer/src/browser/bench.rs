//! The page with `?bench=1`: [`crate::bench`] on the canvas, and what `window.__bench` is made of.
//! The interface itself is in `web/boot.js`, since it has to be there before the program is.

#![expect(unreachable_pub, reason = "reached from JavaScript")]

use super::{
    App,
    overlay::{self, Tooltip},
};
use crate::{
    bench::Bench,
    marks::Mark,
    state::{Action, Redraw, Status, ViewState, reduce},
};
use lossland_surface::{Axis, FieldKind, Grid, main_surfaces};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use web_sys::js_sys::{Function, Promise};
use web_sys::wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// What the page is while it is measured.
pub(super) struct Mode {
    bench: RefCell<Bench>,
    /// Surfaces that [`bench_add`] has brought and [`bench_show`] will show.
    next: RefCell<Bench>,
    pointer: Cell<Option<[f32; 2]>>,
    ready: Promise,
    /// Keeps or breaks `ready`, once.
    settle: RefCell<Option<[Function; 2]>>,
}

thread_local! {
    /// Alpha, beta and the loss of the last pick.
    static PICKED: Cell<[f64; 3]> = const { Cell::new([f64::NAN; 3]) };
}

impl Mode {
    /// The mode, where the address asks for it; `web/boot.js` has looked.
    pub(super) fn asked_for() -> Option<Self> {
        let root = super::dom::document().document_element()?;
        root.class_list().contains("bench").then(|| {
            let mut settle = None;
            let ready = Promise::new(&mut |keep, fail| settle = Some([keep, fail]));
            Self {
                bench: RefCell::default(),
                next: RefCell::default(),
                pointer: Cell::default(),
                ready,
                settle: RefCell::new(settle),
            }
        })
    }

    /// What becomes of an action. Files arrive as ever, and the canvas may be resized and pointed at;
    /// nothing else is to be seen.
    pub(super) fn dispatch(&self, app: &Rc<App>, action: Action) {
        if let Action::PointAt(at) = action {
            return self.point_at(app, at);
        }
        let is_catalog = matches!(action, Action::CatalogLoaded(_));
        let is_waited_for = self.settle.borrow().is_some();
        let redraw = reduce(&mut app.state.borrow_mut(), action);
        if is_catalog {
            choose_main(&mut app.state.borrow_mut());
        }
        app.load_what_is_shown();
        app.build_scene_in_time();
        if is_waited_for {
            self.draw_first(app);
        } else {
            app.request(redraw);
        }
    }

    fn point_at(&self, app: &Rc<App>, at: Option<[f32; 2]>) {
        if self.pointer.replace(at) != at {
            app.request(Redraw::Text);
        }
    }

    /// Draws the first picture, if all of it is there.
    fn draw_first(&self, app: &App) {
        let state = app.state.borrow();
        if state.is_loading() {
            return;
        }
        let Some([keep, fail]) = self.settle.take() else { return };
        let outcome = self.show_main(&state);
        drop(state);
        self.draw(app);
        // Nobody may be waiting, and that is no error.
        let _ = match outcome {
            Ok(()) => keep.call0(&JsValue::NULL),
            Err(why) => fail.call1(&JsValue::NULL, &why.into()),
        };
    }

    fn show_main(&self, state: &ViewState) -> Result<(), String> {
        if let Some(why) = &state.catalog_error {
            return Err(why.clone());
        }
        for entry in state.entries.iter().filter(|entry| entry.is_shown) {
            match &entry.status {
                Status::Ready(sheet) => {
                    let (grid, losses) = (*sheet.surface().grid(), sheet.field().values().to_vec());
                    let added = self.bench.borrow_mut().add(entry.title.clone(), grid, losses);
                    added.map_err(|error| error.to_string())?;
                }
                Status::Failed(why) => return Err(why.clone()),
                Status::Listed | Status::Loading { .. } => {}
            }
        }
        Ok(())
    }

    /// What a frame of the page does in this mode.
    pub(super) fn frame(&self, app: &App, redraw: Redraw) {
        if redraw == Redraw::Picture {
            self.draw(app);
        }
        let bench = self.bench.borrow();
        let picked = self.pointer.get().and_then(|at| Some((at, bench.pick(at)?)));
        let Some((at, pick)) = picked else {
            overlay::hide_tooltip();
            overlay::set_marks(Vec::new());
            return;
        };
        let place = [pick.alpha, pick.beta];
        let mut others = bench.rows(place);
        let own = others.remove(pick.index);
        let [width, height] = bench.canvas;
        overlay::show_tooltip(&Tooltip {
            title: &own.name,
            swatch: own.swatch,
            place,
            value: &own.text,
            value_name: FieldKind::TrainLoss.label(),
            nearest: None,
            others: &others.iter().collect::<Vec<_>>(),
            at: Some(at),
            free: [0.0, 0.0, width, height],
        });
        overlay::set_marks(vec![(bench.project(pick.world), Mark::Pointer)]);
    }

    fn draw(&self, app: &App) {
        let picture = {
            let mut bench = self.bench.borrow_mut();
            let viewport = app.state.borrow().viewport;
            bench.canvas = [viewport.width, viewport.height];
            bench.pixel_ratio = viewport.pixel_ratio;
            bench.picture()
        };
        app.draw_or_do_without(&picture);
    }
}

/// Has the main surfaces of the catalogue loaded, and no other.
fn choose_main(state: &mut ViewState) {
    let offered = state.entries.iter().filter(|entry| !entry.is_aside);
    let ids: Vec<String> = offered.map(|entry| entry.id.clone()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let wanted: Vec<&str> = main_surfaces(&ids).into_iter().map(|index| ids[index]).collect();
    for index in 0..state.entries.len() {
        let is_wanted = wanted.contains(&&*state.entries[index].id);
        reduce(state, Action::Show(index, is_wanted));
    }
}

/// Calls `of` with the program and its mode.
///
/// # Errors
/// If the page was not opened with `?bench=1`.
fn with<T>(of: impl FnOnce(&Rc<App>, &Mode) -> T) -> Result<T, JsValue> {
    super::APP.with_borrow(|app| {
        let found = app.as_ref().and_then(|app| Some((app, app.bench.as_ref()?)));
        found
            .map(|(app, mode)| of(app, mode))
            .ok_or_else(|| "expected ?bench=1 in the address".into())
    })
}

/// Kept when the first picture has been drawn.
#[wasm_bindgen]
pub fn bench_ready() -> Result<Promise, JsValue> {
    with(|_, mode| mode.ready.clone())
}

/// Draws frame `i`, at once. The tooltip goes: what it told is elsewhere now.
#[wasm_bindgen]
pub fn bench_frame(i: f64) -> Result<(), JsValue> {
    with(|app, mode| {
        mode.bench.borrow_mut().set_frame(i);
        mode.draw(app);
        mode.point_at(app, None);
    })
}

/// Takes a surface in, to be shown by [`bench_show`]: the first and last value of both axes, and the
/// losses row-major `[beta][alpha]`.
#[wasm_bindgen]
pub fn bench_add(
    name: String,
    n_columns: u32,
    n_rows: u32,
    ends: &[f64],
    losses: Vec<f32>,
) -> Result<(), JsValue> {
    with(|_, mode| {
        let &[x0, x1, y0, y1] = ends else { return Err("expected two ends of two axes".into()) };
        let grid = Axis::new(x0, x1, n_columns)
            .and_then(|x| Ok(Grid { x, y: Axis::new(y0, y1, n_rows)? }));
        let added = grid.and_then(|grid| mode.next.borrow_mut().add(name, grid, losses));
        added.map_err(|error| error.to_string().into())
    })
    .flatten()
}

/// Draws what was taken in, in place of what was shown, at once.
#[wasm_bindgen]
pub fn bench_show() -> Result<(), JsValue> {
    with(|app, mode| {
        let mut next = mode.next.take();
        next.set_frame(mode.bench.borrow().frame());
        mode.bench.replace(next);
        mode.draw(app);
        mode.point_at(app, None);
    })
}

/// The names of what is shown.
#[wasm_bindgen]
pub fn bench_names() -> Result<Vec<String>, JsValue> {
    with(|_, mode| mode.bench.borrow().names().map(str::to_owned).collect())
}

/// The number of the surface in front at a point of the canvas in CSS pixels, or -1. The tooltip
/// follows at the next frame, as after a move of the pointer.
#[wasm_bindgen]
pub fn bench_pick(x: f32, y: f32) -> i32 {
    let picked = with(|app, mode| {
        mode.point_at(app, Some([x, y]));
        mode.bench.borrow().pick([x, y])
    });
    let picked = picked.ok().flatten();
    PICKED.set(picked.map_or([f64::NAN; 3], |pick| [pick.alpha, pick.beta, pick.loss]));
    picked.map_or(-1, |pick| pick.index as i32)
}

/// Of the last pick, alpha (0), beta (1) or the loss (2). One number at a time, since an array to
/// hold them would cost as much as the pick.
#[wasm_bindgen]
pub fn bench_picked(which: usize) -> f64 {
    PICKED.get().get(which).copied().unwrap_or(f64::NAN)
}
