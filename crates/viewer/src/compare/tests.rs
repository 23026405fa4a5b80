//! Tests of what follows from the state.

use super::*;
use crate::{
    sheet::tests::surface,
    state::{Action, Entry, reduce, tests::listed},
};

fn flat(value: f32) -> Rc<Sheet> {
    Rc::new(Sheet::new(surface("-1:1:3", "-1:1:3", &[("train_loss", vec![value; 9])])))
}

fn three_shown() -> ViewState {
    let mut state = listed();
    for (index, value) in [(0, 1.0), (1, 4.0), (2, 30.0)] {
        reduce(&mut state, Action::Show(index, true));
        reduce(&mut state, Action::Loaded(index, flat(value)));
    }
    state
}

#[test]
fn side_by_side_each_has_a_part_and_all_share_a_scale_unless_they_should_not() {
    let mut state = three_shown();
    assert_eq!(state.views().len(), 1);
    reduce(&mut state, Action::SetLayout(Layout::Side));
    let views = state.views();
    assert_eq!(views.len(), 3);
    assert!(views.iter().all(|view| view.plot.scale == views[0].plot.scale));
    let parts: Vec<[f32; 4]> = views.iter().map(|view| view.viewport.free()).collect();
    for pair in parts.windows(2) {
        assert!(
            pair[0][0] + pair[0][2] <= pair[1][0] + 0.1,
            "in a row on a wide canvas: {parts:?}"
        );
        assert!((pair[0][2] - pair[1][2]).abs() < 0.1 && pair[0][3] == pair[1][3], "of one size");
    }
    reduce(&mut state, Action::SetOwnScales(true));
    let views = state.views();
    assert_ne!(views[0].plot.scale, views[1].plot.scale);
    assert_eq!(state.view_at([parts[2][0] + 5.0, 300.0]).subjects, [Subject::Surface(2)]);
}

#[test]
fn a_narrow_canvas_is_parted_into_rows() {
    let narrow = Viewport { width: 390.0, height: 844.0, ..Viewport::default() };
    let [first, second] = parts(&narrow, 2)[..] else { panic!("two parts") };
    assert!(first.free()[1] + first.free()[3] < second.free()[1]);
    let square = Viewport { width: 800.0, height: 800.0, ..Viewport::default() };
    let lefts: Vec<f32> = parts(&square, 4).iter().map(|part| part.free()[0]).collect();
    assert_eq!(lefts, [0.0, 400.0, 0.0, 400.0]);
}

#[test]
fn a_difference_is_of_the_first_two_and_can_be_turned_round() {
    let mut state = three_shown();
    reduce(&mut state, Action::SetLayout(Layout::Difference));
    let value = |state: &ViewState| {
        let sheet = state.sheet(Subject::Difference).expect("a difference");
        sheet.field().values()[0]
    };
    assert_eq!((value(&state), state.name(Subject::Difference)), (-3.0, "A \u{2212} B".into()));
    assert_eq!(state.views()[0].subjects, [Subject::Difference]);
    let scale = state.plot().scale;
    assert_eq!((scale.lo, scale.hi), (-4.0, 4.0));
    let before = Rc::clone(state.sheet(Subject::Difference).expect("a difference"));
    reduce(&mut state, Action::Orbit(0.1, 0.0));
    assert!(Rc::ptr_eq(&before, state.sheet(Subject::Difference).expect("the same")));
    reduce(&mut state, Action::Swap);
    assert_eq!(value(&state), 3.0);
    reduce(&mut state, Action::Show(0, false));
    assert_eq!(value(&state), 26.0, "of b and c, turned round");
    reduce(&mut state, Action::ShowOnly(2));
    assert!(state.sheet(Subject::Difference).is_none());
    assert_eq!(state.views()[0].subjects, [Subject::Surface(2)], "one alone is shown as it is");
}

#[test]
fn another_field_is_shown_of_those_that_have_it() {
    let mut state = listed();
    let fields = [("train_loss", vec![1.0; 9]), ("test_accuracy", vec![90.0; 9])];
    let both = Rc::new(Sheet::new(surface("-1:1:3", "-1:1:3", &fields)));
    reduce(&mut state, Action::Loaded(0, both));
    reduce(&mut state, Action::Show(1, true));
    reduce(&mut state, Action::Loaded(1, flat(2.0)));
    reduce(&mut state, Action::SetColorField(Some(FieldKind::TestAccuracy)));
    assert!(!state.is_tinted(), "colour stands for the accuracy");
    let scale = state.color_scale().expect("a scale");
    assert!(scale.lo <= 90.0 && scale.hi >= 90.0);
    reduce(&mut state, Action::SetHeightField(Some(FieldKind::TestAccuracy)));
    let shown: Vec<(usize, f32)> =
        state.shown().map(|(index, sheet)| (index, sheet.field().values()[0])).collect();
    assert_eq!(shown, [(0, 90.0)]);
    reduce(&mut state, Action::SetHeightField(None));
    assert_eq!(state.shown().count(), 2);
}

#[test]
fn networks_have_hues_of_their_own_before_planes_and_asides_do() {
    let mut state = ViewState::default();
    let entry = |id: &str| Entry {
        is_aside: id == "aside",
        ..Entry::new(id.into(), id.into(), format!("{id}.lossland"), 0)
    };
    let ids = ["a", "a_seed8", "aside", "b", "c", "d", "e", "f"];
    reduce(&mut state, Action::CatalogLoaded(ids.map(entry).into()));
    let hues: Vec<usize> = (0..ids.len()).map(|index| state.hue(index)).collect();
    assert_eq!(hues, [0, 6, 7, 1, 2, 3, 4, 5]);
}

#[test]
fn a_place_is_marked_on_every_surface() {
    let mut state = three_shown();
    assert_eq!(state.marks([0.5, -0.5]).len(), 3);
    assert_eq!(state.marks([1.5, 0.0]).len(), 0, "outside the grid");
    reduce(&mut state, Action::MovePointer(0, 0));
    assert_eq!(state.place(), Some([0.0, 0.0]));
    reduce(&mut state, Action::MovePointer(1, -5));
    assert_eq!(state.place(), Some([1.0, -1.0]), "not off the grid");
}

#[test]
fn guessing_has_a_level_where_classes_are_known() {
    let mut state = listed();
    reduce(&mut state, Action::Loaded(0, flat(1.0)));
    assert_eq!(state.guessing(), None);
    let dataset = lossland_surface::DataSet { n_classes: Some(10), ..Default::default() };
    let provenance = lossland_surface::Provenance { dataset: Some(dataset), ..Default::default() };
    let known = surface("-1:1:3", "-1:1:3", &[("train_loss", vec![1.0; 9])]);
    let known = known.with_provenance(provenance);
    reduce(&mut state, Action::Loaded(0, Rc::new(Sheet::new(known))));
    assert!(state.guessing().is_some_and(|level| (level - 10_f32.ln()).abs() < 1e-5));
}
