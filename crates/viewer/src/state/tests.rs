//! Tests of the state's changes.

use super::*;
use crate::ball::{Ball, Method};
use crate::{
    color::{ColorMap, Ramp},
    picture::Subject,
    sheet::tests::surface,
    style::Tint,
};
use lossland_surface::FieldKind;

/// Three listed surfaces, the first shown, on a canvas.
pub(crate) fn listed() -> ViewState {
    let mut state = ViewState::default();
    let entry = |id: &str, is_shown| Entry {
        is_shown,
        ..Entry::new(id.into(), id.to_uppercase(), format!("{id}.lossland"), 0)
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

/// The same, the first of them with a first part that is drawn.
fn drawn_from_first_part() -> ViewState {
    let mut state = listed();
    state.entries[0].whole = Some(Whole::new("whole".into(), 9));
    let kinds = vec![FieldKind::TrainLoss, FieldKind::TestLoss, FieldKind::TrainLossStderr];
    reduce(&mut state, Action::Progress(0, 0));
    reduce(&mut state, Action::LoadedFirst(0, sheet("train_loss", [0.0; 4]), kinds));
    state
}

#[test]
fn the_whole_file_is_loaded_when_it_is_wanted_and_once() {
    let mut state = drawn_from_first_part();
    assert_eq!((state.shown().count(), state.next_whole_to_load()), (1, None));
    assert_eq!(state.known_fields().len(), 3, "all that the file has can be chosen");
    reduce(&mut state, Action::SetHeightField(Some(FieldKind::MinEig)));
    assert_eq!(state.next_whole_to_load(), None, "the file has no such field");
    reduce(&mut state, Action::SetHeightField(Some(FieldKind::TestLoss)));
    assert_eq!(state.next_whole_to_load(), Some(0));
    reduce(&mut state, Action::LoadingWhole(0));
    assert_eq!(state.next_whole_to_load(), None, "it is on its way");
    let whole =
        surface("-1:1:2", "-1:1:2", &[("train_loss", vec![0.0; 4]), ("test_loss", vec![5.0; 4])]);
    let loaded = Action::LoadedWhole(0, Rc::new(Sheet::new(whole)));
    assert_eq!(reduce(&mut state, loaded), Redraw::Picture);
    assert!(state.entries[0].whole.is_none() && state.next_whole_to_load().is_none());
    let drawn = state.shown().next().map(|(_, sheet)| sheet.field().values()[0]);
    assert_eq!(drawn, Some(5.0), "the test loss");
}

#[test]
fn standard_errors_are_fetched_for_whoever_reads_values() {
    for action in
        [Action::PointAt(Some([9.0, 9.0])), Action::SetNoise(true), Action::ToggleMeasures]
    {
        let mut state = drawn_from_first_part();
        reduce(&mut state, action);
        assert_eq!(state.next_whole_to_load(), Some(0));
        let mut without = drawn_from_first_part();
        without.entries[0].whole.as_mut().expect("a file").kinds.pop();
        reduce(&mut without, Action::PointAt(Some([9.0, 9.0])));
        assert_eq!(without.next_whole_to_load(), None);
    }
}

#[test]
fn a_whole_file_that_fails_leaves_the_picture_and_is_asked_for_when_told() {
    let mut state = drawn_from_first_part();
    reduce(&mut state, Action::SetNoise(true));
    reduce(&mut state, Action::LoadingWhole(0));
    reduce(&mut state, Action::WholeFailed(0, "broken".into()));
    assert_eq!((state.shown().count(), state.next_whole_to_load()), (1, None));
    reduce(&mut state, Action::PointAt(Some([9.0, 9.0])));
    assert_eq!(state.next_whole_to_load(), None, "not again and again");
    reduce(&mut state, Action::RetryWhole(0));
    assert_eq!(state.next_whole_to_load(), Some(0));
    reduce(&mut state, Action::DoWithoutWhole(0));
    assert_eq!(state.next_whole_to_load(), None, "never again");
}

#[test]
fn without_its_first_part_a_surface_is_drawn_from_the_whole_file() {
    let mut state = listed();
    state.entries[0].whole = Some(Whole::new("whole".into(), 9));
    reduce(&mut state, Action::Progress(0, 0));
    reduce(&mut state, Action::LoadFailed(0, "HTTP status 404".into()));
    assert_eq!(state.next_to_load(), Some(0));
    assert_eq!((state.entries[0].url.as_str(), state.entries[0].n_bytes), ("whole", 9));
    reduce(&mut state, Action::LoadFailed(0, "HTTP status 404".into()));
    assert!(matches!(state.entries[0].status, Status::Failed(_)));
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
    assert_eq!(state.ramp(Subject::Surface(0)), Ramp::Map(ColorMap::Viridis));
    reduce(&mut state, Action::Loaded(1, sheet("train_loss", [1.0; 4])));
    reduce(&mut state, Action::Show(1, true));
    assert_ne!(state.ramp(Subject::Surface(0)), state.ramp(Subject::Surface(1)));
    reduce(&mut state, Action::SetTint(Tint::Loss));
    assert_eq!(state.ramp(Subject::Surface(0)), state.ramp(Subject::Surface(1)));
}

#[test]
fn a_ball_moves_as_the_last_one_did_also_where_that_was_taken_away() {
    let mut state = listed();
    reduce(&mut state, Action::Loaded(0, sheet("train_loss", [0.0, 1.0, 2.0, 3.0])));
    let first = Ball { method: Method::Adam, step: 0.02, ..Ball::at([0.5, 0.5]) };
    reduce(&mut state, Action::SetBall(Some(first)));
    reduce(&mut state, Action::SetBall(None));
    reduce(&mut state, Action::PointAtPlane(Some([0.25, 0.75])));
    reduce(&mut state, Action::ToggleBallTool);
    reduce(&mut state, Action::UseTool);
    assert_eq!(state.ball, Some(Ball { start: [0.25, 0.75], ..first }));
}

#[test]
fn a_button_pins_what_was_pointed_at_before_the_pointer_went_to_it() {
    let mut state = listed();
    reduce(&mut state, Action::Loaded(0, sheet("train_loss", [0.0, 1.0, 2.0, 3.0])));
    reduce(&mut state, Action::TogglePin);
    assert_eq!(state.pin, None, "nothing was pointed at");
    reduce(&mut state, Action::PointAtPlane(Some([0.25, 0.75])));
    reduce(&mut state, Action::PointAt(None));
    reduce(&mut state, Action::TogglePin);
    assert_eq!(state.pin, Some([0.25, 0.75]));
    reduce(&mut state, Action::TogglePin);
    assert_eq!(state.pin, None);
}

#[test]
fn what_a_finger_pointed_at_stays_where_the_canvas_changes() {
    let mut state = listed();
    reduce(&mut state, Action::Loaded(0, sheet("train_loss", [0.0, 1.0, 2.0, 3.0])));
    let [x, y] = state.marks([0.5, 0.5])[0];
    reduce(&mut state, Action::PointAt(Some([x, y])));
    let place = state.place().expect("a place on the surface");
    let narrow = Viewport { width: 360.0, height: 740.0, ..Viewport::default() };
    reduce(&mut state, Action::Resize(narrow));
    assert_eq!(state.place(), Some(place));
}

#[test]
fn a_level_of_losses_is_none_of_accuracies() {
    let mut state = listed();
    let fields = [
        ("train_loss", vec![0.5; 4]),
        ("train_accuracy", vec![80.0; 4]),
        ("test_loss", vec![0.6; 4]),
    ];
    let both = Rc::new(Sheet::new(surface("0:1:2", "0:1:2", &fields)));
    reduce(&mut state, Action::Loaded(0, both));
    reduce(&mut state, Action::SetCut(Cut::At(5.0)));
    reduce(&mut state, Action::SetHeightField(FieldKind::from_name("test_loss").ok()));
    assert_eq!(state.cut(), Some(5.0), "another loss");
    reduce(&mut state, Action::SetHeightField(FieldKind::from_name("train_accuracy").ok()));
    assert_eq!(state.cut(), None);
    reduce(&mut state, Action::SetCut(Cut::At(50.0)));
    reduce(&mut state, Action::SetHeightField(None));
    assert_eq!(state.cut(), Some(10.0));
}

#[test]
fn a_contour_plot_leaves_the_camera_alone() {
    let mut state = listed();
    reduce(&mut state, Action::SetFlat(true));
    for action in [Action::Zoom(0.5), Action::Orbit(0.5, 0.0), Action::Pan(20.0, 0.0)] {
        assert_eq!(reduce(&mut state, action), Redraw::Nothing);
    }
    assert!(state.is_first_view());
    reduce(&mut state, Action::SetFlat(false));
    reduce(&mut state, Action::HasScene(false));
    assert!(state.is_flat(), "there is nothing else to draw with");
    reduce(&mut state, Action::HasScene(true));
    assert!(!state.is_flat());
}

#[test]
fn what_is_opened_takes_the_word_of_what_could_not_be_away() {
    let mut state = listed();
    reduce(&mut state, Action::Tell("Not opened".into()));
    reduce(&mut state, Action::Opened(vec![sheet("train_loss", [0.0; 4])]));
    assert_eq!(state.note, None);
}
