//! Arbitrary surfaces, for the property tests.

use lossland_surface::{
    Axis, DirectionSource, Directions, Field, FieldKind, Gram, Grid, Normalisation, Provenance,
    Surface, Trajectory,
};
use proptest::prelude::*;

fn axis() -> impl Strategy<Value = Axis> {
    let several = (-1e3..1e3f64, 1e-3..1e3f64, 2u32..12)
        .prop_map(|(first, length, len)| Axis::new(first, first + length, len));
    let single = (-1e3..1e3f64).prop_map(|value| Axis::new(value, value, 1));
    prop_oneof![4 => several, 1 => single].prop_map(|axis| axis.expect("a valid axis"))
}

/// Any value that a field may have, with an emphasis on the unusual ones.
fn value() -> impl Strategy<Value = f32> {
    use prop::num::f32::{INFINITE, NEGATIVE, NORMAL, POSITIVE, QUIET_NAN, SUBNORMAL, ZERO};
    let any = POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO;
    prop_oneof![8 => any, 1 => QUIET_NAN, 1 => POSITIVE | INFINITE]
}

fn fields(n_points: usize) -> impl Strategy<Value = Vec<Field>> {
    let names = prop::sample::subsequence(
        vec!["train_loss", "train_accuracy", "test_loss", "max_eig", "ece", "a-b.c_D"],
        1..=6,
    );
    names.prop_flat_map(move |names| {
        let values = prop::collection::vec(value(), n_points);
        prop::collection::vec(values, names.len()).prop_map(move |values| {
            let kind = |name| FieldKind::from_name(name).expect("a valid name");
            let fields = names.iter().map(|name| kind(name)).zip(values);
            fields.map(|(kind, values)| Field::new(kind, values).expect("a valid field")).collect()
        })
    })
}

fn provenance() -> impl Strategy<Value = Provenance> {
    let finite = prop::num::f64::NORMAL | prop::num::f64::ZERO;
    (prop::option::of("[ -~]{0,20}"), prop::option::of((any::<u64>(), finite))).prop_map(
        |(network, directions)| Provenance {
            network,
            directions: directions.map(|(seed, xx)| Directions {
                source: DirectionSource::Seed(seed),
                normalisation: Normalisation::Filter,
                gram: Gram { xx, xy: -0.0, yy: xx },
            }),
            ..Provenance::default()
        },
    )
}

fn trajectories() -> impl Strategy<Value = Vec<Trajectory>> {
    let path = prop::collection::vec((-1e9..1e9f64, -1e-9..1e-9f64), 0..5);
    prop::collection::vec(("[a-zé ]{1,9}", path), 0..3).prop_map(|paths| {
        let path = |(name, points): (String, Vec<(f64, f64)>)| {
            let (alpha, beta) = points.into_iter().unzip();
            Trajectory::new(name, alpha, beta).expect("a valid trajectory")
        };
        paths.into_iter().map(path).collect()
    })
}

pub(crate) fn surface() -> impl Strategy<Value = Surface> {
    let grid = (axis(), axis()).prop_map(|(x, y)| Grid { x, y });
    grid.prop_flat_map(|grid| {
        let fields = fields(grid.n_points() as usize);
        (
            Just(grid),
            fields,
            "[a-z0-9_]{1,12}",
            "[A-Za-zäé ()\"\\\\,-]{1,30}",
            provenance(),
            trajectories(),
        )
    })
    .prop_map(|(grid, fields, id, title, provenance, trajectories)| {
        Surface::new(id, title, grid, fields)
            .expect("a valid surface")
            .with_provenance(provenance)
            .with_trajectories(trajectories)
    })
}
