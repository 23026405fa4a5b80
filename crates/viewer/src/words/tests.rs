//! Tests of the page's words.

use super::*;
use crate::{
    sheet::tests::{STOPPED, surface},
    state::{Action, reduce, tests::listed},
    style::Cut,
};
use lossland_surface::{DataSet, Directions, FieldKind, Gram, Split, Training};
use std::rc::Rc;

fn sheet(epochs: u32) -> Rc<Sheet> {
    let values = vec![0.5, f32::NAN, 2.0, 20.0];
    let dataset = DataSet {
        name: "CIFAR-10".into(),
        train: Some(Split { n_used: 2000, n_total: 50_000, digest: String::new() }),
        ..DataSet::default()
    };
    let provenance = Provenance {
        dataset: Some(dataset),
        training: Some(Training { epochs, ..Training::default() }),
        directions: Some(Directions {
            source: DirectionSource::Seed(7),
            normalisation: Normalisation::Filter,
            gram: Gram { xx: 1.0, xy: 0.0, yy: 1.0 },
        }),
        ..Provenance::default()
    };
    let surface = surface("-1:1:2", "-1:1:2", &[("train_loss", values)]);
    Rc::new(Sheet::new(surface.with_provenance(provenance)))
}

#[test]
fn one_surface_is_described_in_full() {
    let mut state = listed();
    assert_eq!(title(&state), "Loss landscapes of neural networks");
    reduce(&mut state, Action::Loaded(0, sheet(12)));
    assert_eq!(title(&state), "Test, CIFAR-10 training loss");
    assert_eq!(
        caption(&state),
        "Filter-normalised random plane, seed 7 \u{b7} 2,000 training images \u{b7} 12 epochs \
         \u{b7} cut at 10, which hides 33\u{a0}%"
    );
    assert_eq!(cut_sentence(&state), "33\u{a0}% of the computed points lie above 10.");
    assert_eq!(entry_text(&state, 0), "2 \u{d7} 2, least 0.5, 1 not computed");
    reduce(&mut state, Action::SetCut(Cut::Off));
    assert_eq!(cut_sentence(&state), "Nothing is cut.");
    reduce(&mut state, Action::Show(0, false));
    assert_eq!(title(&state), "Choose a surface");
}

#[test]
fn of_several_only_what_is_the_same_is_said() {
    let mut state = listed();
    reduce(&mut state, Action::Show(1, true));
    reduce(&mut state, Action::Loaded(0, sheet(12)));
    reduce(&mut state, Action::Loaded(1, sheet(20)));
    assert_eq!(title(&state), "Test and Test, CIFAR-10 training loss");
    assert!(caption(&state).contains("seed 7"), "{}", caption(&state));
    assert!(!caption(&state).contains("epochs"), "{}", caption(&state));
    assert_eq!(cut_sentence(&state), "Above 10: 33\u{a0}% of A, 33\u{a0}% of B.");
}

#[test]
fn of_a_stopped_run_it_is_said_how_far_it_came() {
    let of = |values: &[f32]| {
        let surface = surface("-1:1:5", "-1:1:5", &[("train_loss", values.to_vec())]);
        Rc::new(Sheet::new(surface))
    };
    let mut state = listed();
    reduce(&mut state, Action::Loaded(0, of(&STOPPED)));
    let unfinished = "Unfinished: 9 of 25 points computed, the rest interpolated";
    assert!(caption(&state).starts_with(unfinished), "{}", caption(&state));
    assert_eq!(entry_text(&state, 0), "5 \u{d7} 5, least 1, 9 of 25 points computed");
    reduce(&mut state, Action::Show(1, true));
    reduce(&mut state, Action::Loaded(1, sheet(12)));
    assert!(caption(&state).starts_with("Not all finished"), "{}", caption(&state));
    let mut short = [f32::NAN; 25];
    short[0] = 8.0;
    reduce(&mut state, Action::ShowOnly(0));
    reduce(&mut state, Action::Loaded(0, of(&short)));
    assert!(caption(&state).starts_with("Too few points"), "{}", caption(&state));
}

#[test]
fn numbers_are_short() {
    assert_eq!(short_text(10.0), "10");
    assert_eq!(short_text(2.5), "2.5");
    assert_eq!(bytes_text(23_456), "23 kB");
}

#[test]
fn a_ball_says_how_far_it_came_and_why_no_further() {
    let mut state = listed();
    reduce(&mut state, Action::Show(1, true));
    for (index, of) in [|x: f32| 0.5 + 2.0 * x * x, |x: f32| 3.0 - x].into_iter().enumerate() {
        let values = (0..21).map(|i| of(i as f32 / 10.0 - 1.0)).collect();
        let line = surface("-1:1:21", "0:0:1", &[("train_loss", values)]);
        reduce(&mut state, Action::Loaded(index, Rc::new(Sheet::new(line))));
    }
    let said = |ball: Ball| ball_text(&state, &ball);
    let ball = Ball { step: 0.25, ..Ball::at([0.8, 0.0]) };
    // The slope of the first is 4 x: one step of a quarter leads to its middle.
    assert_eq!(
        said(ball),
        "A: 1 step, training loss 1.780 to 0.5000, at rest. \
         B: 1 step, training loss 2.200 to 2.000, at the edge of the plane."
    );
    assert!(said(Ball { step: 0.001, ..ball }).contains("500 steps"));
    assert!(said(Ball::at([0.0, 1.0])).contains("starts outside its grid"));
}

#[test]
fn an_accuracy_has_no_minima() {
    let mut state = listed();
    let fields = [("train_loss", vec![1.0; 25]), ("train_accuracy", vec![80.0; 25])];
    let both = Rc::new(Sheet::new(surface("-1:1:5", "-1:1:5", &fields)));
    reduce(&mut state, Action::Loaded(0, both));
    reduce(&mut state, Action::SetMinima(true));
    reduce(&mut state, Action::SetHeightField(FieldKind::from_name("train_accuracy").ok()));
    assert!(minima_text(&state).contains("not of an accuracy"), "{}", minima_text(&state));
    assert!(crate::marks::on_surfaces(&state).is_empty());
}
