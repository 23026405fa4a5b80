//! The measures of a field, as a few lines for people.

use super::significant;
use lossland_surface::Grid;
use lossland_surface::measures::{
    Convexity, Curvature, FlatArea, Measured, Measures, Persistence, Sharpness,
};

/// A name and what is told of it, one for each line.
pub(super) fn lines(measures: &Measures) -> Vec<(&'static str, String)> {
    let below_1 = told(&measures.share_below_1, |share| {
        format!("L < 1 at {} of the points", per_cent(*share))
    });
    let curvatures = told(&measures.centre_curvature, |in_plane| {
        let in_weights = told(&measures.centre_curvature_in_weight_space, curvature);
        format!("slice at the centre {}; in weight space {in_weights}", curvature(in_plane))
    });
    vec![
        ("measures", domain(&measures.grid)),
        (
            "  flat area",
            format!("{below_1}; {}", told(&measures.flat_area, |flat| flat_area(flat))),
        ),
        ("  sharpness", sharpness(&measures.sharpness)),
        ("  convexity", told(&measures.convexity, convexity)),
        ("  curvature", curvatures),
        (
            "  roughness",
            told(&measures.roughness, |roughness| {
                format!(
                    "{} +- {} over {} cuts of radius {}, in steps of {} (a bowl: 2)",
                    significant(roughness.mean),
                    significant(roughness.spread),
                    roughness.n_cuts,
                    significant(roughness.radius),
                    significant(roughness.step)
                )
            }),
        ),
        ("  minima", told(&measures.persistence, persistence)),
        (
            "  SMAD",
            told(&measures.smad, |smad| {
                format!("{} (all minima: {})", significant(smad.value), smad.n_minima)
            }),
        ),
    ]
}

fn told<T>(measure: &Measured<T>, text: impl FnOnce(&T) -> String) -> String {
    measure.as_ref().map_or_else(|why| format!("incomplete ({why})"), text)
}

/// What the measures depend on.
fn domain(Grid { x, y }: &Grid) -> String {
    format!(
        "of raw values L (no cut, no logarithm), L0 at the centre; alpha {} to {} in steps of {}, \
         beta {} to {} in steps of {}",
        x.first(),
        x.last(),
        significant(x.step()),
        y.first(),
        y.last(),
        significant(y.step())
    )
}

fn flat_area(flat: &[FlatArea]) -> String {
    let parts =
        flat.iter().map(|flat| format!("{} at {}", significant(flat.height), per_cent(flat.share)));
    format!("L - L0 at most {}", parts.collect::<Vec<_>>().join(", "))
}

fn sharpness(sharpness: &[Sharpness]) -> String {
    let parts = sharpness.iter().map(|Sharpness { radius, rise }| {
        let rise = told(rise, |rise| {
            format!(
                "max(L - L0) {}, mean {}, Keskar {}",
                significant(rise.max),
                significant(rise.mean),
                significant(rise.keskar)
            )
        });
        format!("radius {}: {rise}", significant(*radius))
    });
    parts.collect::<Vec<_>>().join("; ")
}

fn convexity(convexity: &Convexity) -> String {
    let Convexity { n_points, convex_share, n_overflowed, .. } = *convexity;
    let share = convex_share.map_or("none".into(), per_cent);
    let mut text = format!("slice convex (l- >= 0) at {share} of {n_points} inner points");
    if n_overflowed > 0 {
        text += &format!("; {n_overflowed} more at or beside overflowed points");
    }
    text
}

fn curvature(curvature: &Curvature) -> String {
    let Curvature { smallest, largest } = *curvature;
    format!("{} and {}", significant(smallest), significant(largest))
}

fn persistence(persistence: &Persistence) -> String {
    let Persistence { n_minima, n_on_border, n_not_counted, sum, mean, largest, .. } = *persistence;
    let on_border = if n_on_border == 0 { "none".into() } else { n_on_border.to_string() };
    let mut text = format!("{n_minima}, {on_border} of them on the border");
    if let (Some(mean), Some(largest)) = (mean, largest) {
        let [sum, mean, largest] = [sum, mean, largest].map(significant);
        text += &format!("; persistence: sum {sum}, mean {mean}, largest {largest}");
    }
    match persistence.least_in_stderr {
        Some(least) => {
            text += &format!("; {n_not_counted} more under {least} standard errors not counted");
        }
        None => text += "; all counted, as the file tells no standard errors",
    }
    match persistence.n_images {
        Some([fewest, most]) if fewest < most => {
            text += &format!(
                "; the number is doubtful, as points have {fewest} to {most} images and steps \
                 between them may count as minima"
            );
        }
        _ => {}
    }
    text
}

/// Three digits of a share.
fn per_cent(share: f64) -> String {
    format!("{} %", super::rounded(100.0 * share, 3))
}
