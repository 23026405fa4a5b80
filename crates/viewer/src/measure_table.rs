//! The table of measures: what `lossland info` computes of each surface shown, with a sentence on what
//! each number means, and how much the plane matters where a network has several.

use crate::{
    sheet::Sheet,
    state::{Status, ViewState},
    ticks::value_text,
};
use lossland_surface::measures::{MeasureOptions, Measured, Measures};

/// A table with a column a surface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What the numbers depend on.
    pub domain: String,
    /// The names of the surfaces.
    pub names: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A measure of each surface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Its values; of several planes, their range below.
    pub cells: Vec<String>,
}

/// One number of a surface, and how it is written.
struct Measure {
    name: &'static str,
    meaning: &'static str,
    value: fn(&Measures) -> Result<f64, String>,
    text: fn(f64) -> String,
}

const MEASURES: [Measure; 9] = [
    Measure {
        name: "Loss below 1",
        meaning: "The share of the points with a loss under 1: how wide the valley is.",
        value: |measures| number(&measures.share_below_1, |share| *share),
        text: share_text,
    },
    Measure {
        name: "Flat area",
        meaning: "The share of the points whose loss is at most 1 above that of the network itself.",
        value: |measures| {
            number(&measures.flat_area, |flat| {
                flat.iter().find(|flat| flat.height == 1.0).map_or(f64::NAN, |flat| flat.share)
            })
        },
        text: share_text,
    },
    Measure {
        name: "Sharpness within 0.5",
        meaning: "How far the loss rises at most within a radius of 0.5 around the network.",
        value: |measures| {
            let within = measures.sharpness.iter().find(|sharpness| sharpness.radius == 0.5);
            within.map_or(Ok(f64::NAN), |sharpness| number(&sharpness.rise, |rise| rise.max))
        },
        text: value_text,
    },
    Measure {
        name: "Convex share",
        meaning: "The share of the inner points where the slice curves upwards in every direction.",
        value: |measures| {
            number(&measures.convexity, |convexity| convexity.convex_share.unwrap_or(f64::NAN))
        },
        text: share_text,
    },
    Measure {
        name: "Largest curvature at the centre",
        meaning: "Of the slice at the network itself, per squared unit of alpha and beta.",
        value: |measures| number(&measures.centre_curvature, |curvature| curvature.largest),
        text: value_text,
    },
    Measure {
        name: "Roughness",
        meaning: "How much the loss goes up and down along cuts through the centre; a bowl has 2.",
        value: |measures| number(&measures.roughness, |roughness| roughness.mean),
        text: value_text,
    },
    Measure {
        name: "Minima",
        meaning: "Valleys deeper than 4 standard errors of the loss, where these are known.",
        value: |measures| number(&measures.persistence, |found| found.n_minima as f64),
        text: |n| format!("{n:.0}"),
    },
    Measure {
        name: "Persistence",
        meaning: "How deep the minima are together, beside the lowest: their sum up to the saddles.",
        value: |measures| number(&measures.persistence, |found| found.sum),
        text: value_text,
    },
    Measure {
        name: "SMAD",
        meaning: "The mean height of the saddles over all minima beside them, noise included.",
        value: |measures| number(&measures.smad, |smad| smad.value),
        text: value_text,
    },
];

/// A share in per cent, to a tenth: planes often differ by less than a whole one.
fn share_text(share: f64) -> String {
    format!("{:.1}\u{a0}%", 100.0 * share)
}

fn number<T>(measured: &Measured<T>, of: impl Fn(&T) -> f64) -> Result<f64, String> {
    measured.as_ref().map(of).map_err(ToString::to_string)
}

/// The measures of all that is shown.
pub fn table(state: &ViewState) -> Table {
    let columns: Vec<(String, Vec<Measures>)> = state
        .shown()
        .filter_map(|(index, sheet)| {
            let own = measures(sheet)?;
            let kind = sheet.field().kind();
            let others = state.planes(index).into_iter().filter(|other| *other != index);
            let others = others.filter_map(|other| match &state.entries[other].status {
                Status::Ready(sheet) => measures(&sheet.with_field(kind)?),
                _ => None,
            });
            let all = std::iter::once(own).chain(others).collect();
            Some((state.entries[index].title.clone(), all))
        })
        .collect();
    let row = |measure: &Measure| Row {
        name: measure.name,
        meaning: measure.meaning,
        cells: columns.iter().map(|(_, planes)| cell(measure, planes)).collect(),
    };
    Table {
        domain: domain(state),
        rows: MEASURES.iter().map(row).collect(),
        names: columns.into_iter().map(|(name, _)| name).collect(),
    }
}

fn measures(sheet: &Sheet) -> Option<Measures> {
    Measures::of(sheet.surface(), sheet.field().kind(), &MeasureOptions::default())
}

fn cell(measure: &Measure, planes: &[Measures]) -> String {
    let text = |value: f64| if value.is_nan() { "none".into() } else { (measure.text)(value) };
    let own = match (measure.value)(&planes[0]) {
        Ok(value) => text(value),
        Err(why) => return format!("incomplete: {why}"),
    };
    let values: Vec<f64> = planes.iter().filter_map(|plane| (measure.value)(plane).ok()).collect();
    let [least, most] = values
        .iter()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], value| [a.min(*value), b.max(*value)]);
    if values.len() < 2 {
        own
    } else {
        format!("{own}\n{} to {} in {} planes", text(least), text(most), values.len())
    }
}

/// The grids, which all measures depend on.
fn domain(state: &ViewState) -> String {
    let grids: Vec<String> = state
        .shown()
        .map(|(_, sheet)| {
            let grid = sheet.surface().grid();
            let [a, b, c, d] = [grid.x.first(), grid.x.last(), grid.y.first(), grid.y.last()]
                .map(|end| value_text(end).trim_end_matches('0').trim_end_matches('.').to_owned());
            let [n_columns, n_rows] = [grid.x.len(), grid.y.len()];
            format!("alpha {a} to {b}, beta {c} to {d}, {n_columns} \u{d7} {n_rows} points")
        })
        .collect();
    let is_shared = grids.windows(2).all(|pair| pair[0] == pair[1]);
    let grids =
        if is_shared { grids.first().cloned().unwrap_or_default() } else { grids.join("; ") };
    format!(
        "Of the raw values over {grids}: no cut, no logarithm. Numbers of other ranges or resolutions \
         do not compare."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sheet::tests::surface,
        state::{Action, Entry, reduce},
    };
    use std::rc::Rc;

    /// A bowl a (x^2 + y^2) over 9 x 9 points.
    fn bowl(a: f32, missing: bool) -> Rc<Sheet> {
        let values = (0..81).map(|k| {
            let (x, y) = ((k % 9) as f32 / 4.0 - 1.0, (k / 9) as f32 / 4.0 - 1.0);
            if missing && k == 0 { f32::NAN } else { a * (x * x + y * y) }
        });
        let values: Vec<f32> = values.collect();
        Rc::new(Sheet::new(surface("-1:1:9", "-1:1:9", &[("train_loss", values)])))
    }

    #[test]
    fn a_bowl_is_measured_and_another_plane_gives_a_range() {
        let mut state = ViewState::default();
        let entry = |id: &str| Entry::new(id.into(), id.into(), String::new(), 0);
        let entries = vec![entry("net"), entry("net_seed8"), entry("other")];
        reduce(&mut state, Action::CatalogLoaded(entries));
        for (index, sheet) in [(0, bowl(1.0, false)), (1, bowl(2.0, false)), (2, bowl(1.0, true))] {
            reduce(&mut state, Action::Loaded(index, sheet));
        }
        reduce(&mut state, Action::Show(0, true));
        reduce(&mut state, Action::Show(2, true));
        let table = table(&state);
        assert_eq!(table.names, ["net", "other"]);
        assert!(table.domain.contains("alpha \u{2212}1 to 1"), "{}", table.domain);
        let row =
            |name: &str| &table.rows.iter().find(|row| row.name == name).expect("a row").cells;
        assert_eq!(row("Minima")[0], "1\n1 to 1 in 2 planes");
        assert_eq!(row("Largest curvature at the centre")[0], "2.000\n2.000 to 4.000 in 2 planes");
        assert_eq!(
            row("Convex share")[0],
            "100.0\u{a0}%\n100.0\u{a0}% to 100.0\u{a0}% in 2 planes"
        );
        assert!(row("Minima")[1].starts_with("incomplete: 1 of 81 points"), "{}", row("Minima")[1]);
    }
}
