//! The panel's controls: one table from element and event to action.

use super::{App, dom, loader};
use crate::{
    color::ColorMap,
    scale::CutSlider,
    state::{Action, Cut, Light, Tint, ViewState},
};
use std::rc::Rc;
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{Element, Event, HtmlInputElement, HtmlSelectElement};

/// The steps of the slider of the cut, as its `max` in `web/index.html`.
pub(super) const CUT_STEPS: f64 = 1000.0;

/// What a control says: its value and, for a box or a switch, whether it is checked.
struct Control {
    value: String,
    is_checked: bool,
}

impl Control {
    fn number(&self) -> Option<f32> {
        self.value.trim().replace(',', ".").parse().ok()
    }
}

/// The id of an element, the event, and the action, given the state before.
type Row = (&'static str, &'static str, fn(&Control, &ViewState) -> Option<Action>);

const CONTROLS: &[Row] = &[
    ("cut-on", "change", |control, _| {
        Some(Action::SetCut(if control.is_checked { Cut::Auto } else { Cut::Off }))
    }),
    ("cut-level", "change", |control, _| Some(Action::SetCut(Cut::At(control.number()?)))),
    ("cut-slider", "input", |control, state| {
        let position = f64::from(control.number()?) / CUT_STEPS;
        Some(Action::SetCut(Cut::At(CutSlider::new(state.extent()).level(position))))
    }),
    ("scale-linear", "change", |_, _| Some(Action::SetLog(false))),
    ("scale-log", "change", |_, _| Some(Action::SetLog(true))),
    ("wireframe", "change", |control, _| Some(Action::SetWireframe(control.is_checked))),
    ("contours", "change", |control, _| Some(Action::SetContours(control.is_checked))),
    ("map", "change", |control, _| Some(Action::SetMap(ColorMap::from_name(&control.value)?))),
    ("tint", "change", |control, _| {
        Some(Action::SetTint(match control.value.as_str() {
            "loss" => Tint::Loss,
            "surface" => Tint::Surface,
            _ => Tint::Auto,
        }))
    }),
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
        });
    }
    let retry_app = app.clone();
    dom::listen(&dom::by_id::<Element>("catalog-retry"), "click", move |_: Event| {
        loader::load_catalog(&retry_app);
    });
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
