//! The six published surfaces of the 2019 app, where they are at hand: they import, and come out
//! as published.

use lossland_surface::measures::{MeasureOptions, Measures};
use lossland_surface::npz::{self, Import};
use lossland_surface::{FieldKind, Statistics, Surface, share_below};
use std::path::Path;

/// Name, and as published: loss at the centre, largest loss, median, share of the grid below 1.
const PUBLISHED: [(&str, [&str; 4]); 6] = [
    ("resnet20_short", ["0.0069", "276", "8.74", "0.077"]),
    ("resnet20_noshort", ["0.0101", "337", "6.46", "0.080"]),
    ("resnet56_short", ["0.00092", "17.3", "4.59", "0.139"]),
    ("resnet56_noshort", ["0.137", "131", "6.50", "0.012"]),
    ("vgg16", ["0.0014", "4.96", "2.11", "0.304"]),
    ("densenet121", ["0.00081", "6.41", "0.84", "0.541"]),
];

/// Name, and by a second implementation: share of the slice that is convex, roughness and its
/// spread, sum of the persistence, SMAD, minima.
const MEASURED: [(&str, [f64; 5], usize); 6] = [
    ("resnet20_short", [0.50771, 1.63120, 0.21403, 0.12514, 0.99149], 4),
    ("resnet20_noshort", [0.43190, 1.58568, 0.25390, 0.0, 0.0], 1),
    ("resnet56_short", [0.43732, 1.97885, 0.19616, 2.92475, 0.51223], 11),
    ("resnet56_noshort", [0.30529, 1.95742, 0.35605, 52.12687, 0.42330], 106),
    ("vgg16", [0.57976, 1.90359, 0.09636, 1.10037, 0.90747], 5),
    ("densenet121", [0.87713, 1.63849, 0.17522, 0.0, 0.0], 1),
];

#[test]
fn published_surfaces_import_as_published() {
    for (name, published) in PUBLISHED {
        let Some(surface) = published_surface(name) else { return };
        assert_eq!(surface.grid().x, "-1:1:51".parse().expect("an axis"), "{name}");
        assert_eq!(surface.grid().y, surface.grid().x, "{name}");
        let field = surface.field(&FieldKind::TrainLoss).expect("Z is the training loss");
        let statistics = Statistics::new(surface.grid(), field);
        let found = [
            statistics.centre.expect("a centre"),
            statistics.maximum.expect("a maximum").value.into(),
            statistics.median.expect("a median"),
            share_below(field.values(), 1.0).expect("a share"),
        ];
        for (found, published) in found.into_iter().zip(published) {
            let n_decimals = published.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let last_digit = 0.1f64.powi(n_decimals as i32);
            let off = (found - published.parse::<f64>().expect("a number")).abs();
            assert!(off < last_digit, "{name}: expected {published}, found {found}");
        }
    }
}

#[test]
fn published_surfaces_measure_as_a_second_implementation_has_it() {
    for (name, expected, n_minima) in MEASURED {
        let Some(surface) = published_surface(name) else { return };
        let measures = Measures::of(&surface, &FieldKind::TrainLoss, &MeasureOptions::default());
        let measures = measures.expect("Z is the training loss");
        let roughness = measures.roughness.expect("complete");
        let persistence = measures.persistence.expect("complete");
        let found = [
            measures.convexity.expect("complete").convex_share.expect("inner points"),
            roughness.mean,
            roughness.spread,
            persistence.sum,
            measures.smad.expect("complete").value,
        ];
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{name}: expected {expected}, found {found}");
        }
        assert_eq!(persistence.n_minima, n_minima, "{name}");
    }
}

/// `None`, said on standard error, where the surfaces are not at hand.
fn published_surface(name: &str) -> Option<Surface> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/surfaces");
    if !folder.exists() {
        eprintln!("skipped: the published surfaces are not at hand");
        return None;
    }
    let archive = std::fs::read(folder.join(format!("{name}.npz"))).expect("readable");
    let import = Import { id: name.into(), z: None };
    Some(npz::read(&archive, &import).expect("a surface"))
}
