//! Mouse, wheel, touch and keys over the canvas.
//!
//! Left button or one finger turns, middle button, wheel or two fingers zoom, right button or two
//! fingers move, a click is what the tool does with the place. Keys work while the canvas has the
//! focus, or nothing has.

use super::{App, controls, dom};
use crate::{
    camera::Preset,
    state::{Action, Pointer, Tool, ViewState},
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{
    Element, Event, HtmlCanvasElement, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent,
};

/// Radians for a CSS pixel of a drag, and for an arrow key.
const ORBIT_PER_PX: f32 = 0.008;
const ORBIT_PER_KEY: f32 = 0.087_266_46; // 5 degrees
const PAN_PER_KEY_PX: f32 = 24.0;
const ZOOM_PER_KEY: f32 = 1.1;
/// Natural logarithm of the zoom for a pixel of the wheel, and of a drag.
const ZOOM_PER_WHEEL_PX: f32 = 0.0015;
const ZOOM_PER_DRAG_PX: f32 = 0.006;
/// A wheel that counts in lines or pages, in pixels.
const LINE_PX: f32 = 16.0;
const PAGE_PX: f32 = 400.0;
/// A finger that has moved less than this has tapped.
const TAP_PX: f32 = 8.0;
/// Two taps that are no further apart are on one place.
const SAME_TAP_PX: f32 = 24.0;

#[derive(Clone, Copy)]
enum Drag {
    Orbit,
    Zoom,
    Pan,
}

/// A pressed button or a finger.
struct Contact {
    id: i32,
    at: [f32; 2],
    began_at: [f32; 2],
    drag: Drag,
}

/// Connects the canvas.
pub(super) fn connect(app: &Rc<App>, canvas: &HtmlCanvasElement) {
    let contacts: Rc<RefCell<Vec<Contact>>> = Rc::default();
    connect_pointer(app, canvas, &contacts);

    let wheel_app = app.clone();
    dom::listen(canvas, "wheel", move |event: WheelEvent| {
        event.prevent_default();
        let px_per_unit = match event.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => LINE_PX,
            WheelEvent::DOM_DELTA_PAGE => PAGE_PX,
            _ => 1.0,
        };
        // A pinch on a touchpad arrives as a wheel with Ctrl, in small steps.
        let gain = if event.ctrl_key() { 6.0 } else { 1.0 };
        let px = event.delta_y() as f32 * px_per_unit * gain;
        let factor = (px * ZOOM_PER_WHEEL_PX).clamp(-1.0, 1.0).exp();
        let at = [event.client_x() as f32, event.client_y() as f32];
        wheel_app.dispatch(Action::ZoomAt(factor, at));
    });
    // The right button moves, the middle one zooms: no menu, no scrolling. The left one gives the
    // canvas the focus by itself, without the frame that a focus set from here would have.
    dom::listen(canvas, "contextmenu", |event: Event| event.prevent_default());
    dom::listen(canvas, "mousedown", |event: MouseEvent| {
        if event.button() != 0 {
            event.prevent_default();
        }
    });

    let centre_app = app.clone();
    dom::listen(canvas, "dblclick", move |event: MouseEvent| {
        let at = [event.client_x() as f32, event.client_y() as f32];
        centre_app.dispatch(Action::Centre(at));
    });

    let key_app = app.clone();
    dom::listen(&dom::document(), "keydown", move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_ours = target
            .as_ref()
            .is_none_or(|element| matches!(element.tag_name().as_str(), "BODY" | "CANVAS"));
        if event.key() == "Escape" {
            // From anywhere but a dialog and a list, which it closes itself.
            let is_within = |element: Element| element.closest("dialog, select").ok().flatten();
            let action = escape_action(&key_app.state.borrow());
            if let Some(action) = action.filter(|_| target.and_then(is_within).is_none()) {
                key_app.dispatch(action);
            }
            return;
        }
        if !is_ours {
            return;
        }
        if event.key() == "?" {
            controls::open_help();
            return;
        }
        let action = if event.alt_key() {
            reading_action(&event.key())
        } else {
            key_action(&key_app.state.borrow(), &event.key(), event.shift_key())
        };
        if let Some(action) = action {
            event.prevent_default();
            key_app.dispatch(action);
        }
    });
}

/// What is pointed at is moved by keys, too.
fn reading_action(key: &str) -> Option<Action> {
    Some(match key {
        "ArrowLeft" => Action::MovePointer(-1, 0),
        "ArrowRight" => Action::MovePointer(1, 0),
        "ArrowUp" => Action::MovePointer(0, 1),
        "ArrowDown" => Action::MovePointer(0, -1),
        _ => return None,
    })
}

fn key_action(state: &ViewState, key: &str, has_shift: bool) -> Option<Action> {
    let (pan, orbit) = (PAN_PER_KEY_PX, ORBIT_PER_KEY);
    Some(match (key, has_shift) {
        ("ArrowLeft", true) => Action::Pan(-pan, 0.0),
        ("ArrowRight", true) => Action::Pan(pan, 0.0),
        ("ArrowUp", true) => Action::Pan(0.0, -pan),
        ("ArrowDown", true) => Action::Pan(0.0, pan),
        ("ArrowLeft", false) => Action::Orbit(orbit, 0.0),
        ("ArrowRight", false) => Action::Orbit(-orbit, 0.0),
        ("ArrowUp", false) => Action::Orbit(0.0, -orbit),
        ("ArrowDown", false) => Action::Orbit(0.0, orbit),
        ("+" | "=", _) => Action::Zoom(1.0 / ZOOM_PER_KEY),
        ("-" | "_", _) => Action::Zoom(ZOOM_PER_KEY),
        ("Home" | "0", _) => Action::ResetView,
        ("w" | "W", _) => Action::ToggleWireframe,
        ("c" | "C", _) => Action::SetFlat(!state.style.is_flat),
        ("m" | "M", _) => Action::ToggleMeasures,
        ("p" | "P", _) => Action::TogglePin,
        ("x" | "X", _) => Action::ToggleSectionTool,
        ("b" | "B", _) => Action::ToggleBallTool,
        ("1", _) => Action::Turn(Preset::Top),
        ("2", _) => Action::Turn(Preset::Front),
        ("3", _) => Action::Turn(Preset::Side),
        ("4", _) => Action::Turn(Preset::Isometric),
        ("Enter", _) => match state.pointer {
            Some(Pointer::Plane(_)) => Action::UseTool,
            _ => return None,
        },
        _ => return None,
    })
}

/// The last thing begun or opened ends first.
fn escape_action(state: &ViewState) -> Option<Action> {
    Some(match state.tool {
        Tool::Ball => Action::ToggleBallTool,
        Tool::SectionFrom | Tool::SectionTo(_) => Action::ToggleSectionTool,
        Tool::Pin if state.has_measures => Action::ToggleMeasures,
        Tool::Pin if state.pointer.is_some() => Action::PointAt(None),
        Tool::Pin if state.section.is_some() => Action::SetSection(None),
        Tool::Pin if state.pin.is_some() => Action::TogglePin,
        Tool::Pin if state.tour.is_some() => Action::EndTour,
        Tool::Pin => return None,
    })
}

fn connect_pointer(
    app: &Rc<App>,
    canvas: &HtmlCanvasElement,
    contacts: &Rc<RefCell<Vec<Contact>>>,
) {
    let (down_app, down_canvas, down) = (app.clone(), canvas.clone(), contacts.clone());
    dom::listen(canvas, "pointerdown", move |event: PointerEvent| {
        // Without capture a drag ends at the canvas's edge, which is bearable.
        let _ = down_canvas.set_pointer_capture(event.pointer_id());
        let drag = match event.button() {
            1 => Drag::Zoom,
            2 => Drag::Pan,
            _ if event.shift_key() => Drag::Pan,
            _ => Drag::Orbit,
        };
        let at = place(&event);
        let contact = Contact { id: event.pointer_id(), at, began_at: at, drag };
        let mut contacts = down.borrow_mut();
        contacts.retain(|other| other.id != contact.id);
        contacts.push(contact);
        down_app.hold();
        down_app.dispatch(Action::PointAt(None));
    });

    let (move_app, moved) = (app.clone(), contacts.clone());
    dom::listen(canvas, "pointermove", move |event: PointerEvent| {
        let actions = drag_actions(&mut moved.borrow_mut(), &event);
        match actions {
            Some(actions) => actions.into_iter().for_each(|action| move_app.drag(action)),
            None => move_app.point_at(Some(place(&event))),
        }
    });

    for name in ["pointerup", "pointercancel"] {
        let (up_app, up) = (app.clone(), contacts.clone());
        let last_tap = Cell::new(None);
        dom::listen(canvas, name, move |event: PointerEvent| {
            let id = event.pointer_id();
            let tapped = up.borrow().iter().any(|contact| {
                contact.id == id && distance(contact.began_at, place(&event)) < TAP_PX
            });
            up.borrow_mut().retain(|contact| contact.id != id);
            let is_mouse = event.pointer_type() == "mouse";
            if !up.borrow().is_empty() || name == "pointercancel" {
                return;
            }
            let is_first_button = event.button() == 0 && !event.shift_key();
            // A finger has no other way to point at something: it clicks with a second tap there.
            let at = place(&event);
            let is_second = last_tap.get().is_some_and(|last| distance(last, at) < SAME_TAP_PX);
            last_tap.set((tapped && !is_second).then_some(at));
            let is_click = is_mouse || is_second || up_app.state.borrow().tool != Tool::Pin;
            if tapped && is_first_button && is_click {
                up_app.click(place(&event));
            } else if is_mouse || tapped {
                up_app.point_at(Some(place(&event)));
            }
            up_app.release();
        });
    }

    let leave_app = app.clone();
    dom::listen(canvas, "pointerleave", move |event: PointerEvent| {
        // A finger that is lifted leaves, too; what it tapped stays.
        if event.pointer_type() == "mouse" {
            leave_app.point_at(None);
        }
    });
}

/// What the move of a contact does; `None` where nothing is pressed.
fn drag_actions(contacts: &mut [Contact], event: &PointerEvent) -> Option<Vec<Action>> {
    let index = contacts.iter().position(|contact| contact.id == event.pointer_id())?;
    let (old, new) = (contacts[index].at, place(event));
    contacts[index].at = new;
    let [dx, dy] = [new[0] - old[0], new[1] - old[1]];
    Some(match contacts {
        [Contact { drag: Drag::Orbit, .. }] => {
            vec![Action::Orbit(-dx * ORBIT_PER_PX, dy * ORBIT_PER_PX)]
        }
        [Contact { drag: Drag::Zoom, .. }] => vec![Action::Zoom((dy * ZOOM_PER_DRAG_PX).exp())],
        [Contact { drag: Drag::Pan, .. }] => vec![Action::Pan(dx, dy)],
        [first, second] => {
            let other = if index == 0 { second.at } else { first.at };
            let (before, after) = (distance(old, other).max(1.0), distance(new, other).max(1.0));
            // The middle of two fingers moves half as far as one of them.
            vec![Action::Zoom(before / after), Action::Pan(dx / 2.0, dy / 2.0)]
        }
        _ => Vec::new(),
    })
}

/// Where on the canvas, which fills the window.
fn place(event: &PointerEvent) -> [f32; 2] {
    [event.client_x() as f32, event.client_y() as f32]
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}
