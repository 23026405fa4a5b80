//! The six published surfaces of the 2019 app, where they are at hand: they import, and come out
//! as published.

use lossland_surface::npz::{self, Import};
use lossland_surface::{FieldKind, Statistics, share_below};
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

#[test]
fn published_surfaces_import_as_published() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/surfaces");
    if !folder.exists() {
        eprintln!("skipped: the published surfaces are not at hand");
        return;
    }
    for (name, published) in PUBLISHED {
        let archive = std::fs::read(folder.join(format!("{name}.npz"))).expect("readable");
        let import = Import { id: name.into(), z: None };
        let surface = npz::read(&archive, &import).expect("a surface");
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
