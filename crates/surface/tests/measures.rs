//! Whatever a file may hold, its measures are numbers or reasons, and never a panic.

mod common;

use common::surface;
use lossland_surface::measures::{MeasureOptions, Measures, MergeTree, curvature_ratio};
use proptest::prelude::*;

proptest! {
    #[test]
    fn of_any_surface(surface in surface()) {
        for field in surface.fields() {
            let options = MeasureOptions::default();
            let measures = Measures::of(&surface, field.kind(), &options).expect("of a field it has");
            let is_missing = field.values().iter().any(|value| value.is_nan());
            prop_assert_eq!(measures.share_below_1.is_err(), is_missing);
            prop_assert!(!is_missing || measures.smad.is_err() && measures.convexity.is_err());
            let json = serde_json::to_string(&measures).expect("JSON");
            prop_assert!(!json.contains("NaN"));
            prop_assert_eq!(
                curvature_ratio(surface.grid(), field.values()).len(),
                field.values().len()
            );
            if let Ok(tree) = MergeTree::new(surface.grid(), field.values()) {
                prop_assert_eq!(tree.minima().len(), measures.smad.expect("a tree").n_minima);
            }
        }
    }
}
