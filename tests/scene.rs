//! What the canvas shows of surfaces whose picture is known: holes, what is cut, what overflowed, and
//! that no level of detail loses a sample.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::Surface;
use lossland_tests::browser::{DESKTOP, Page, dist, with_page};
use lossland_tests::picture::Picture;
use lossland_tests::site::{Site, surface};

fn is_grey([r, g, b]: [u8; 3]) -> bool {
    r.abs_diff(g) < 10 && g.abs_diff(b) < 24
}

/// How many colours that differ there are among these.
fn n_colors(pixels: &[[u8; 3]]) -> usize {
    let mut different: Vec<[u8; 3]> = Vec::new();
    for pixel in pixels {
        let is_new = |seen: &[u8; 3]| seen.iter().zip(pixel).any(|(a, b)| a.abs_diff(*b) > 12);
        if different.iter().all(is_new) {
            different.push(*pixel);
        }
    }
    different.len()
}

/// The only surface of a site as the page first shows it.
async fn first_picture(page: &Page) -> Picture {
    page.wait_for_surfaces(1).await;
    page.picture().await
}

#[test]
fn what_is_cut_is_a_level_grey_and_what_overflowed_is_hatched() {
    let Some(dist) = dist() else { return };
    // A trough along beta: cut at both sides, overflowed at one.
    let trough = surface("trough", ["-1:1:41", "-1:1:41"], "train_loss", |alpha, _| match alpha {
        alpha if alpha > 0.7 => f32::INFINITY,
        alpha => (0.5 + 25.0 * alpha * alpha) as f32,
    });
    let site = Site::new(&dist, &[trough], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        let picture = first_picture(page).await;
        let cut = picture.around(page.project(-0.85, -0.5, 1e9).await, 6);
        assert!(cut.iter().all(|pixel| is_grey(*pixel)) && n_colors(&cut) == 1, "{cut:?}");
        let overflowed = picture.around(page.project(0.85, 0.5, 1e9).await, 12);
        assert!(overflowed.iter().all(|pixel| is_grey(*pixel)), "{overflowed:?}");
        assert!(n_colors(&overflowed) > 1, "no stripes: {overflowed:?}");
        let low = picture.at(page.project(0.0, 0.0, 0.5).await);
        assert!(!is_grey(low), "{low:?}");
    });
}

#[test]
fn a_hole_shows_what_is_behind_it_and_ends_at_its_points() {
    let Some(dist) = dist() else { return };
    let holed = surface("holed", ["-1:1:21", "-1:1:21"], "train_loss", |alpha, beta| {
        if alpha.abs() < 0.35 && beta.abs() < 0.35 { f32::NAN } else { 3.0 }
    });
    let site = Site::new(&dist, &[holed], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        let picture = first_picture(page).await;
        let ground = picture.at([5.0, 360.0]);
        let share = async |alpha: f64, beta: f64| {
            let pixels = picture.around(page.project(alpha, beta, 3.0).await, 2);
            let n_ground = pixels.iter().filter(|pixel| **pixel == ground).count();
            n_ground as f64 / pixels.len() as f64
        };
        // The points nearest to the middle that were computed are at 0.4.
        for (alpha, beta) in [(0.33, 0.05), (-0.33, 0.15), (0.05, 0.33), (0.15, -0.33)] {
            assert!(share(alpha, beta).await > 0.5, "{alpha} {beta}: bridged");
        }
        for (alpha, beta) in [(0.45, 0.05), (-0.45, 0.1), (0.05, 0.45), (0.45, -0.45)] {
            assert_eq!(share(alpha, beta).await, 0.0, "{alpha} {beta}: no surface");
        }
    });
}

#[test]
fn a_surface_has_a_line_around_it_and_none_across() {
    let Some(dist) = dist() else { return };
    // The smallest grid is nothing but border to its points.
    for axes in [["-1:1:21", "-1:1:21"], ["-1:1:2", "-1:1:21"], ["-1:1:2", "-1:1:2"]] {
        let site = Site::new(&dist, &[surface("level", axes, "train_loss", |_, _| 3.0)], 1);
        with_page(&site, DESKTOP, "", &[], async |page| {
            let picture = first_picture(page).await;
            let is_dark = |pixel: &[u8; 3]| pixel.iter().all(|part| *part < 90);
            let around =
                async |alpha, beta| picture.around(page.project(alpha, beta, 3.0).await, 2);
            for (alpha, beta) in [(0.0, 0.0), (0.5, -0.5), (-0.6, 0.3)] {
                let inside = around(alpha, beta).await;
                assert!(!inside.iter().any(is_dark), "{axes:?}, {alpha} {beta}: {inside:?}");
            }
            // Of two columns or rows the line is at the first.
            for (alpha, beta) in [(-1.0, 0.25), (0.25, -1.0)] {
                let edge = around(alpha, beta).await;
                assert!(edge.iter().any(is_dark), "{axes:?}, {alpha} {beta}: {edge:?}");
            }
        });
    }
}

#[test]
fn a_spike_of_one_sample_in_a_million_is_seen() {
    const SPIKES: [(i32, i32); 6] =
        [(501, 500), (333, 421), (100, 777), (702, 99), (250, 250), (999, 602)];
    fn plain(id: &str, spikes: &'static [(i32, i32)]) -> Surface {
        surface(id, ["-1:1:1001", "-1:1:1001"], "train_loss", move |alpha, beta| {
            let at = [alpha, beta].map(|x| (500.0 * (x + 1.0)).round() as i32);
            let is_spike = spikes.contains(&(at[0], at[1]));
            // The highest value is the same in both, so that the scale is.
            if is_spike || at == [1000, 1000] { 9.0 } else { 1.0 }
        })
    }
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[plain("plain", &[]), plain("spiked", &SPIKES)], 1);
    // On the smaller one several samples share a pixel, and most are left out.
    for size in [DESKTOP, [720, 480]] {
        with_page(&site, size, "", &[], async |page| {
            let plain = first_picture(page).await;
            page.click("#surfaces li:nth-child(2) .only").await;
            page.wait_for_surfaces(2).await;
            let spiked = page.picture().await;
            for (column, row) in SPIKES {
                let [alpha, beta] = [column, row].map(|i| f64::from(i) / 500.0 - 1.0);
                let at = page.project(alpha, beta, 3.0).await;
                let changed = plain
                    .around(at, 3)
                    .iter()
                    .zip(spiked.around(at, 3))
                    .filter(|(a, b)| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 24))
                    .count();
                assert!(changed >= 3, "{size:?}, spike at {column}, {row}: {changed} pixels");
            }
        });
    }
}

#[test]
fn surfaces_that_are_drawn_together_are_each_where_and_as_they_are() {
    let Some(dist) = dist() else { return };
    // A trough cut into strips, each over a grid of its own: more than are drawn at once, one with a hole,
    // and one of so many points that it is drawn by itself.
    let strip = |k: usize| {
        let (n_columns, n_rows) = if k == 5 { (301, 301) } else { (4 + k % 3, 21 + 2 * k) };
        let [from, to] = [k, k + 1].map(|k| 0.2 * k as f64 - 1.0);
        let axes = [format!("{from:.1}:{to:.1}:{n_columns}"), format!("-1:1:{n_rows}")];
        surface(&format!("s{k}"), [&axes[0], &axes[1]], "train_loss", move |_, beta| {
            if k == 2 && beta > 0.5 { f32::NAN } else { (1.0 + 4.0 * beta * beta) as f32 }
        })
    };
    let strips: Vec<Surface> = (0..10).map(strip).collect();
    let site = Site::new(&dist, &strips, 10);
    with_page(&site, DESKTOP, "contours=off&camera=-90,60,4,0,0,0", &[], async |page| {
        page.wait_for_surfaces(10).await;
        let seen = async || {
            let picture = page.picture().await;
            let (ground, mut seen) = (picture.at([5.0, 360.0]), Vec::new());
            for k in 0..10 {
                let middle = 0.2 * k as f64 - 0.9;
                let [here, hole] = [0.13, 0.77].map(|beta| (beta, 1.0 + 4.0 * beta * beta));
                let at = page.project(middle, here.0, here.1).await;
                let far = page.project(middle, hole.0, hole.1).await;
                let is_there =
                    |pixel: [u8; 3]| pixel.iter().zip(ground).any(|(a, b)| a.abs_diff(b) > 24);
                seen.push((picture.at(at), is_there(picture.at(at)), is_there(picture.at(far))));
            }
            seen
        };
        let all = seen().await;
        for (k, (color, is_here, is_far)) in all.iter().enumerate() {
            assert!(*is_here && *is_far == (k != 2), "{k}: {all:?}");
            let next = all.get(k + 1).map_or(all[0].0, |next| next.0);
            assert!(color.iter().zip(next).any(|(a, b)| a.abs_diff(b) > 12), "{k}: {all:?}");
        }
        page.run("location.hash = location.hash.replace(',s3', '').replace(',s8', '')").await;
        page.wait_for_surfaces(8).await;
        page.settle().await;
        for (k, ((before, ..), (now, is_here, _))) in all.iter().zip(seen().await).enumerate() {
            assert_eq!(is_here, k != 3 && k != 8, "{k}");
            assert!(!is_here || *before == now, "{k}: {before:?}, then {now:?}");
        }
    });
}

#[test]
fn what_is_seen_through_is_in_the_right_order_where_surfaces_cross() {
    let Some(dist) = dist() else { return };
    // Two planes that cross along alpha = 0: to the right the first one is above, to the left the other.
    let plane = |id: &str, slope: f64| {
        surface(id, ["-1:1:21", "-1:1:21"], "train_loss", move |alpha, _| {
            (2.5 + slope * alpha) as f32
        })
    };
    let site = Site::new(&dist, &[plane("rising", 1.0), plane("falling", -1.0)], 2);
    with_page(&site, DESKTOP, "contours=off", &[], async |page| {
        page.wait_for_surfaces(2).await;
        let opaque = page.picture().await;
        let right = page.project(0.2, 0.0, 2.7).await;
        let left = page.project(-0.2, 0.0, 2.7).await;
        let ground = opaque.at([5.0, 360.0]);
        for i in 1..=2 {
            page.run(&format!(
                "document.querySelector('#surfaces li:nth-child({i}) details').open = true"
            ))
            .await;
            page.run(&format!(
                "const opacity = document.querySelector('#surfaces li:nth-child({i}) .opacity'); \
                opacity.value = 50; opacity.dispatchEvent(new Event('input', {{bubbles: true}}))"
            ))
            .await;
        }
        page.settle().await;
        let half = page.picture().await;
        let distance = |a: [f64; 3], b: [f64; 3]| -> f64 {
            a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
        };
        let ground = ground.map(f64::from);
        let [of_right, of_left] = [right, left].map(|at| opaque.at(at).map(f64::from));
        for (at, front, back) in [(right, of_right, of_left), (left, of_left, of_right)] {
            let found = half.at(at).map(f64::from);
            let mix = |shares: [f64; 3]| {
                [0, 1, 2]
                    .map(|k| shares[0] * front[k] + shares[1] * back[k] + shares[2] * ground[k])
            };
            // The one behind is met where it is higher or lower, so its shade is another.
            let right_order = distance(found, mix([0.5, 0.25, 0.25]));
            assert!(
                right_order < 0.5 * distance(found, mix([0.25, 0.5, 0.25])),
                "{found:?} {front:?} {back:?}"
            );
            assert!(
                right_order < 0.5 * distance(found, mix([0.5, 0.0, 0.5])),
                "{found:?}: nothing shows through"
            );
        }
        let address = page.run("return location.hash").await;
        assert!(address.to_string().contains("rising:auto:0.5"), "{address}");
    });
}

#[test]
fn the_map_below_is_in_the_colours_of_the_heights_above_it() {
    let Some(dist) = dist() else { return };
    let slope = surface("slope", ["-1:1:21", "-1:1:21"], "train_loss", |alpha, _| {
        (2.5 + 2.5 * alpha) as f32
    });
    with_page(&Site::new(&dist, &[slope], 1), DESKTOP, "contours=off", &[], async |page| {
        let before = first_picture(page).await;
        page.click("#floor-map").await;
        let mapped = page.picture().await;
        // The map lies 0.45 of the box's height below its floor, whose loss is 0 and whose top is 5.
        let below = -0.45 * 5.0;
        let near = mapped.at(page.project(0.8, 0.8, below).await);
        let far = mapped.at(page.project(-0.3, 0.8, below).await);
        let ground = before.at([5.0, 360.0]);
        assert!(near != ground && far != ground && near != far, "{near:?} {far:?} {ground:?}");
        let [r, g, b] = near.map(i32::from);
        assert!(r > b && g > b, "high is yellow: {near:?}");
        let labels = page.run("return document.querySelectorAll('.label.level').length").await;
        assert!(labels.as_u64().is_some_and(|n| n >= 2), "{labels}");
        page.click("#floor-map").await;
        assert_eq!(page.picture().await.n_changed(&before, [200, 120, 600, 440]), 0);
    });
}
