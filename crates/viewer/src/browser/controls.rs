//! The panel's controls: one table from element and event to action.

use super::{App, dom, loader};
use crate::{
    ball::{self, Ball, METHODS},
    camera::Preset,
    color::ColorMap,
    number,
    scale::CutSlider,
    state::{Action, ViewState},
    style::{Cut, Layout, Light, TINTS, choice},
};
use lossland_surface::{Axis, FieldKind};
use std::rc::Rc;
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{
    Element, Event, HtmlDialogElement, HtmlElement, HtmlInputElement, HtmlSelectElement,
};

/// The steps of the slider of the cut, as its `max` in `web/index.html`.
pub(super) const CUT_STEPS: f64 = 1000.0;

/// Likewise of the slider of a ball's step size.
pub(super) const BALL_STEPS: f64 = 300.0;

/// What a control says: its value and, for a box or a switch, whether it is checked.
struct Control {
    value: String,
    is_checked: bool,
}

impl Control {
    fn number(&self) -> Option<f32> {
        number::parse(&self.value.trim().replace(',', ".")).map(|number| number as f32)
    }
}

/// The id of an element, the event, and the action, given the state before.
type Row = (&'static str, &'static str, fn(&Control, &ViewState) -> Option<Action>);

const CONTROLS: &[Row] = &[
    ("cut-on", "change", |control, _| {
        Some(Action::SetCut(if control.is_checked { Cut::Auto } else { Cut::Off }))
    }),
    // Left empty it is what it is by itself; below all values there would be nothing to see.
    ("cut-level", "change", |control, state| {
        let extent = state.extent();
        let hides_all = |level: &f32| extent.is_some_and(|extent| *level <= extent.min);
        Some(Action::SetCut(match control.number() {
            None => Cut::Auto,
            Some(level) if hides_all(&level) => Cut::At(CutSlider::new(extent).level(0.0)),
            Some(level) => Cut::At(level),
        }))
    }),
    ("cut-slider", "input", |control, state| {
        let position = f64::from(control.number()?) / CUT_STEPS;
        Some(Action::SetCut(Cut::At(CutSlider::new(state.extent()).level(position))))
    }),
    ("scale-linear", "change", |_, _| Some(Action::SetLog(false))),
    ("scale-log", "change", |_, _| Some(Action::SetLog(true))),
    ("wireframe", "change", |control, _| Some(Action::SetWireframe(control.is_checked))),
    ("contours", "change", |control, _| Some(Action::SetContours(control.is_checked))),
    ("map", "change", |control, _| Some(Action::SetMap(ColorMap::from_name(&control.value)?))),
    ("tint", "change", |control, _| Some(Action::SetTint(choice(&TINTS, &control.value)?))),
    ("floor-map", "change", |control, _| Some(Action::SetFloorMap(control.is_checked))),
    ("noise", "change", |control, _| Some(Action::SetNoise(control.is_checked))),
    ("minima", "change", |control, _| Some(Action::SetMinima(control.is_checked))),
    ("height-field", "change", |control, _| Some(Action::SetHeightField(field(control)))),
    ("color-field", "change", |control, _| Some(Action::SetColorField(field(control)))),
    ("layout-overlay", "change", |_, _| Some(Action::SetLayout(Layout::Overlay))),
    ("layout-side", "change", |_, _| Some(Action::SetLayout(Layout::Side))),
    ("layout-difference", "change", |_, _| Some(Action::SetLayout(Layout::Difference))),
    ("own-scales", "change", |control, _| Some(Action::SetOwnScales(control.is_checked))),
    ("swap", "click", |_, _| Some(Action::Swap)),
    ("flat-off", "change", |_, _| Some(Action::SetFlat(false))),
    ("flat-on", "change", |_, _| Some(Action::SetFlat(true))),
    ("view-top", "click", |_, _| Some(Action::Turn(Preset::Top))),
    ("view-front", "click", |_, _| Some(Action::Turn(Preset::Front))),
    ("view-side", "click", |_, _| Some(Action::Turn(Preset::Side))),
    ("view-isometric", "click", |_, _| Some(Action::Turn(Preset::Isometric))),
    ("section-tool", "click", |_, _| Some(Action::ToggleSectionTool)),
    ("section-alpha", "click", |_, state| {
        let ends = |axis: &Axis| [[axis.first(), 0.0], [axis.last(), 0.0]];
        Some(Action::SetSection(Some(ends(&state.shown().next()?.1.surface().grid().x))))
    }),
    ("section-beta", "click", |_, state| {
        let ends = |axis: &Axis| [[0.0, axis.first()], [0.0, axis.last()]];
        Some(Action::SetSection(Some(ends(&state.shown().next()?.1.surface().grid().y))))
    }),
    ("profile-close", "click", |_, _| Some(Action::SetSection(None))),
    ("ball-tool", "click", |_, _| Some(Action::ToggleBallTool)),
    ("ball-method", "change", |control, state| {
        let method = choice(&METHODS, &control.value)?;
        Some(Action::SetBall(Some(Ball { method, ..state.ball? })))
    }),
    ("ball-step", "input", |control, state| {
        let step = ball::slider_step(f64::from(control.number()?) / BALL_STEPS);
        Some(Action::SetBall(Some(Ball { step, ..state.ball? })))
    }),
    ("ball-remove", "click", |_, _| Some(Action::SetBall(None))),
    ("pin-toggle", "click", |_, _| Some(Action::TogglePin)),
    ("measures-toggle", "click", |_, _| Some(Action::ToggleMeasures)),
    ("measures-close", "click", |_, _| Some(Action::ToggleMeasures)),
    ("light-azimuth", "input", |control, state| {
        Some(Action::SetLight(Light { azimuth: control.number()?, ..state.light }))
    }),
    ("light-elevation", "input", |control, state| {
        Some(Action::SetLight(Light { elevation: control.number()?, ..state.light }))
    }),
    ("light-intensity", "input", |control, state| {
        Some(Action::SetLight(Light { intensity: control.number()? / 100.0, ..state.light }))
    }),
    ("light-reset", "click", |_, _| Some(Action::SetLight(Light::default()))),
    ("view-reset", "click", |_, _| Some(Action::ResetView)),
    ("panel-toggle", "click", |_, _| Some(Action::TogglePanel)),
    ("note-close", "click", |_, _| Some(Action::DismissNote)),
];

/// What closes a box, and what opens it again.
const CLOSED: [(&str, &str); 2] =
    [("measures-close", "measures-toggle"), ("profile-close", "section-tool")];

/// A field of a list of fields, where the first, without a name, stands for none.
fn field(control: &Control) -> Option<FieldKind> {
    FieldKind::from_name(&control.value).ok()
}

/// Connects all controls.
pub(super) fn connect(app: &Rc<App>) {
    for &(id, event, action) in CONTROLS {
        let element: Element = dom::by_id(id);
        let app = app.clone();
        dom::listen(&element.clone(), event, move |_: Event| {
            let action = action(&read(&element), &app.state.borrow());
            if let Some(action) = action {
                app.dispatch(action);
            }
            if let Some((_, opener)) = CLOSED.iter().find(|(closer, _)| *closer == id) {
                // What had the focus is hidden now.
                let _ = dom::by_id::<HtmlElement>(opener).focus();
            }
        });
    }
    connect_help();
    let copy_app = app.clone();
    dom::listen(&dom::by_id::<Element>("copy-link"), "click", move |_: Event| {
        copy_app.copy_link();
    });
    let retry_app = app.clone();
    dom::listen(&dom::by_id::<Element>("catalog-retry"), "click", move |_: Event| {
        loader::load_catalog(&retry_app, None);
    });
}

fn connect_help() {
    dom::listen(&dom::by_id::<Element>("help-open"), "click", |_: Event| open_help());
    dom::listen(&dom::by_id::<Element>("help-close"), "click", |_: Event| {
        dom::by_id::<HtmlDialogElement>("help").close();
    });
}

/// Shows the list of keys and gestures.
pub(super) fn open_help() {
    // It only throws for a dialog that is open already.
    let _ = dom::by_id::<HtmlDialogElement>("help").show_modal();
}

fn read(element: &Element) -> Control {
    if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        Control { value: input.value(), is_checked: input.checked() }
    } else if let Some(select) = element.dyn_ref::<HtmlSelectElement>() {
        Control { value: select.value(), is_checked: false }
    } else {
        Control { value: String::new(), is_checked: false }
    }
}
