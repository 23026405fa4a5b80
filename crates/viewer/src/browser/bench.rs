//! The page with `?bench=1`: [`crate::bench`] on the canvas, and what `window.__bench` is made of.
//! The interface itself is in `web/boot.js`, since it has to be there before the program is.

#![expect(unreachable_pub, reason = "reached from JavaScript")]

use super::{App, dom, overlay};
use crate::{
    bench::Bench,
    picture::Picture,
    state::{Action, Pointer, Redraw, Status, ViewState, reduce},
    ticks::value_text,
};
use lossland_surface::{Axis, Grid, main_surfaces};
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
    ready: Promise,
    /// Keeps or breaks `ready`, once.
    settle: Cell<Option<[Function; 2]>>,
}

impl Mode {
    /// The mode, where the address asks for it; `web/boot.js` has looked.
    pub(super) fn asked_for() -> Option<Self> {
        let root = dom::document().document_element()?;
        root.class_list().contains("bench").then(|| {
            let mut settle = None;
            let ready = Promise::new(&mut |keep, fail| settle = Some([keep, fail]));
            Self {
                bench: RefCell::default(),
                next: RefCell::default(),
                ready,
                settle: Cell::new(settle),
            }
        })
    }

    /// Has the main surfaces of the catalogue loaded, and no other.
    pub(super) fn choose(state: &mut ViewState) {
        let ids: Vec<&str> = state.entries.iter().map(|entry| entry.id.as_str()).collect();
        let wanted = main_surfaces(&ids);
        for index in 0..state.entries.len() {
            reduce(state, Action::Show(index, wanted.contains(&index)));
        }
    }

    /// Draws the first picture as soon as all of it is there; until then there is none.
    pub(super) fn follow(&self, app: &App) {
        let state = app.state.borrow();
        let mut shown = state.entries.iter().filter(|entry| entry.is_shown);
        let is_waiting =
            |status: &Status| matches!(status, Status::Listed | Status::Loading { .. });
        if !state.is_catalog_known || shown.any(|entry| is_waiting(&entry.status)) {
            return;
        }
        let Some([keep, fail]) = self.settle.take() else { return };
        let failed = state.entries.iter().find_map(|entry| match &entry.status {
            Status::Failed(why) => Some(why.clone()),
            _ => None,
        });
        let mut bench = self.bench.borrow_mut();
        let mut outcome = failed.or(state.catalog_error.clone()).map_or(Ok(()), Err);
        for (index, sheet) in state.shown() {
            let (name, surface) = (state.entries[index].title.clone(), sheet.surface());
            let added = bench.add(name, *surface.grid(), sheet.field().values().to_vec());
            outcome = outcome.and(added.map_err(|error| error.to_string()));
        }
        drop(bench);
        self.draw(app);
        // Nobody may be waiting, and that is no error.
        let _ = match outcome {
            Ok(()) => keep.call0(&JsValue::NULL),
            Err(why) => fail.call1(&JsValue::NULL, &why.into()),
        };
    }

    /// What a frame of the page does in this mode.
    pub(super) fn frame(&self, app: &App, redraw: Redraw) {
        if redraw == Redraw::Picture {
            self.draw(app);
        }
        self.update_tooltip(match app.state.borrow().pointer {
            Some(Pointer::Screen(at)) => Some(at),
            _ => None,
        });
    }

    fn draw(&self, app: &App) {
        let picture: Picture = {
            let mut bench = self.bench.borrow_mut();
            let viewport = app.state.borrow().viewport;
            bench.canvas = [viewport.width, viewport.height];
            bench.pixel_ratio = dom::window().device_pixel_ratio() as f32;
            bench.picture()
        };
        app.draw(&picture);
    }

    fn update_tooltip(&self, pointer: Option<[f32; 2]>) {
        let bench = self.bench.borrow();
        let Some((at, pick)) = pointer.and_then(|at| Some((at, bench.pick(at)?))) else {
            overlay::hide_tooltip();
            overlay::set_marks(Vec::new());
            return;
        };
        let [width, height] = bench.canvas;
        overlay::show_tooltip(&overlay::Tooltip {
            title: bench.names().nth(pick.index).unwrap_or_default(),
            swatch: bench.hue(pick.index),
            place: [pick.alpha, pick.beta],
            value: &value_text(pick.loss),
            value_name: "training loss",
            nearest: None,
            others: &[],
            at: Some(at),
            free: [0.0, 0.0, width, height],
        });
        overlay::set_marks(vec![(bench.project(pick.world), "")]);
    }
}

/// Calls `of` with the program and its mode.
///
/// # Errors
/// If the page was not opened with `?bench=1`.
fn with<T>(of: impl FnOnce(&Rc<App>, &Mode) -> T) -> Result<T, JsValue> {
    let app = super::APP.with_borrow(Clone::clone);
    let found = app.as_ref().and_then(|app| Some((app, app.bench.as_ref()?)));
    found.map(|(app, mode)| of(app, mode)).ok_or("expected ?bench=1 in the address".into())
}

/// Kept when the first picture has been drawn.
#[wasm_bindgen]
pub fn bench_ready() -> Result<Promise, JsValue> {
    with(|_, mode| mode.ready.clone())
}

/// Draws frame `i`, at once. What the tooltip told is no longer under the pointer.
#[wasm_bindgen]
pub fn bench_frame(i: f64) -> Result<(), JsValue> {
    with(|app, mode| {
        mode.bench.borrow_mut().frame = i;
        mode.draw(app);
        app.dispatch(Action::PointAt(None));
    })
}

/// Takes a surface in, to be shown by [`bench_show`]: its axes as first and last value, and its
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
        next.frame = mode.bench.borrow().frame;
        mode.bench.replace(next);
        mode.draw(app);
        app.dispatch(Action::PointAt(None));
    })
}

/// The names of what is shown.
#[wasm_bindgen]
pub fn bench_names() -> Result<Vec<String>, JsValue> {
    with(|_, mode| mode.bench.borrow().names().map(str::to_owned).collect())
}

/// The number of the surface in front at a point of the canvas in CSS pixels, alpha, beta and loss
/// there; nothing where there is none. The tooltip follows as it does after a move of the pointer.
#[wasm_bindgen]
pub fn bench_pick(x: f32, y: f32) -> Result<Option<Vec<f64>>, JsValue> {
    with(|app, mode| {
        app.dispatch(Action::PointAt(Some([x, y])));
        let pick = mode.bench.borrow().pick([x, y])?;
        Some(vec![pick.index as f64, pick.alpha, pick.beta, pick.loss])
    })
}
