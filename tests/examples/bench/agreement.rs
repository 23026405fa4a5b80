//! Whether both pages show the same: else no number of the table would mean anything.

use crate::table::Samples;
use serde_json::Value;

/// Parts of the plane's side by which picks may differ: a ray's rounding on a steep wall.
const TOLERANCE: f64 = 0.01;

/// Compares the last turns of three.js's page and ours.
///
/// # Panics
/// If more than a few of the picks or of the pixels say that another scene was drawn.
pub(crate) fn check([_, three, plotly, ours]: &[Samples; 4]) {
    let (Some(three), Some(ours)) = (three.last(), ours.last()) else { return };
    let pairs = three.picks.iter().zip(&ours.picks);
    let n_apart = pairs.filter(|(three, ours)| !is_same(three, ours)).count();
    let n_picks = three.picks.len();
    assert!(
        n_picks > 100 && n_apart * 50 <= n_picks,
        "expected picks to agree, found {n_apart} of {n_picks} apart"
    );

    let (Some(three), Some(ours)) = (&three.picture, &ours.picture) else { return };
    let Some(Some(plotly)) = plotly.last().map(|sample| &sample.picture) else { return };
    let [width, height] = crate::SIZE.map(f64::from);
    let corner = [2.0, 2.0];
    let (mut n_apart, mut n_covered, mut n_by_plotly) = (0, 0, 0);
    for y in (0..crate::SIZE[1]).step_by(4).map(f64::from) {
        for x in (0..crate::SIZE[0]).step_by(4).map(f64::from) {
            let is_covered = [three, ours].map(|picture| picture.at([x, y]) != picture.at(corner));
            n_apart += usize::from(is_covered[0] != is_covered[1]);
            n_covered += usize::from(is_covered[0]);
            n_by_plotly += usize::from(plotly.at([x, y]) != plotly.at(corner));
        }
    }
    assert!(
        n_covered > 1000 && n_apart * 50 <= n_covered,
        "expected both pages to cover the same pixels of {width} x {height}, found {n_apart} apart, \
         {n_covered} covered"
    );
    // Its camera is not quite ours.
    assert!(
        n_by_plotly * 3 > n_covered * 2 && n_by_plotly * 2 < n_covered * 3,
        "expected Plotly to cover about {n_covered} pixels, found {n_by_plotly}"
    );
}

fn is_same(three: &Value, ours: &Value) -> bool {
    if three.is_null() || ours.is_null() {
        return three.is_null() == ours.is_null();
    }
    let is_near = |key: &str| {
        let [a, b] = [three, ours].map(|pick| pick[key].as_f64().unwrap_or(f64::NAN));
        (a - b).abs() <= TOLERANCE
    };
    three["name"] == ours["name"] && is_near("x") && is_near("y")
}
