//! The built page in a real browser, on surfaces of the tests' own.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{Field, Levels, Surface};
use lossland_tests::browser::{ASIDE, CENTER, DESKTOP, MIDDLE, Page, dist, number, with_page};
use lossland_tests::site::{Site, surface};

const PHONE: [u32; 2] = [390, 844];

/// 7 x 5 points without any symmetry, low enough in front that each is in sight.
fn odd() -> Surface {
    surface("odd", ["-1:2:7", "-0.5:0.5:5"], "train_loss", odd_value)
}

fn odd_value(alpha: f64, beta: f64) -> f32 {
    (1.0 + 1.1 * (2.0 - alpha) + 2.1 * (0.5 - beta) + 0.4 * (5.0 * alpha + 3.0 * beta).sin()) as f32
}

fn bowl(id: &str, lift: f64) -> Surface {
    surface(id, ["-1:1:21", "-1:1:21"], "train_loss", move |alpha, beta| {
        (lift + 12.0 * (alpha * alpha + beta * beta)) as f32
    })
}

fn flat(id: &str, value: f32) -> Surface {
    surface(id, ["-1:1:5", "-1:1:5"], "train_loss", move |_, _| value)
}

/// What a run leaves that was stopped when it had `n` points of this surface.
fn stopped(whole: &Surface, n: usize) -> Surface {
    let field = whole.main_field();
    let mut values = field.values().to_vec();
    for index in &Levels::new(whole.grid()).order()[n..] {
        values[*index] = f32::NAN;
    }
    let field = Field::new(field.kind().clone(), values).expect("values of a field");
    Surface::new(whole.id(), whole.title(), *whole.grid(), vec![field]).expect("a surface")
}

/// Surface, alpha, beta and value in the tooltip; `None` where none is shown.
async fn tooltip(page: &Page) -> Option<(String, [f64; 3])> {
    let is_shown = page.run("return !document.getElementById('tooltip').hidden").await;
    if is_shown != serde_json::Value::Bool(true) {
        return None;
    }
    let text = page.text("tooltip").await;
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let [name, _, alpha, _, beta, _, value, ..] = lines[..] else {
        panic!("a tooltip of {lines:?}")
    };
    Some((name.to_owned(), [number(alpha), number(beta), number(value)]))
}

#[test]
fn surfaces_are_listed_and_the_default_is_shown() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[odd(), bowl("bowl", 0.1), flat("flat", 3.0)], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let names = page
            .run("return [...document.querySelectorAll('#surfaces .name')].map(e => e.textContent)")
            .await;
        assert_eq!(names, serde_json::json!(["Surface odd", "Surface bowl", "Surface flat"]));
        assert_eq!(page.text("title").await, "Surface odd, training loss");
        assert_eq!(page.server.count("assets/surfaces/odd.lossland"), 1);
        assert_eq!(page.server.count("assets/surfaces/bowl.lossland"), 0, "not asked for yet");

        let before = page.picture().await;
        page.click("#surfaces li:nth-child(2) .only").await;
        page.wait_for_surfaces(2).await;
        assert_eq!(page.text("title").await, "Surface bowl, training loss");
        assert!(page.picture().await.n_changed(&before, MIDDLE) > 10_000);
    });
}

#[test]
fn the_tooltip_reads_the_file() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[odd()], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        // From two sides, so that no axis is taken for another or for its mirror image.
        for turn in [0.0, 180.0] {
            page.drag("left", CENTER, [CENTER[0] + turn, CENTER[1] + turn / 6.0]).await;
            // Points of the grid, all off its centre at (0.5, 0).
            let places = [(1.5, 0.25), (1.0, -0.25), (0.0, 0.25), (0.5, -0.25), (-0.5, 0.25)];
            for (alpha, beta) in places {
                let value = f64::from(odd_value(alpha, beta));
                page.point_at(page.project(alpha, beta, value).await).await;
                let (name, found) = tooltip(page).await.expect("a surface under the pointer");
                assert_eq!(name, "Surface odd");
                for (found, expected, off) in
                    [(found[0], alpha, 0.02), (found[1], beta, 0.01), (found[2], value, 0.05)]
                {
                    assert!((found - expected).abs() < off, "{alpha}, {beta}: {found} {expected}");
                }
            }
        }
        page.point_at([600.0, 90.0]).await;
        assert_eq!(tooltip(page).await, None, "beside the surface");
    });
}

#[test]
fn one_looks_and_reaches_through_the_wireframe() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[flat("low", 2.0), flat("high", 8.0)], 2);
    // From above, so that one lies behind the other.
    with_page(&site, DESKTOP, "camera=20,65,6,0,0,0", &[], async |page| {
        page.wait_for_surfaces(2).await;
        // A crossing of lines of the lower surface that the upper one hides.
        let behind = page.project(-0.5, 0.0, 2.0).await;
        let before = page.project(-0.5, 0.0, 8.0).await;
        // The lower one is orange, the upper one blue.
        let is_orange = |[r, _, b]: [u8; 3]| r > b.saturating_add(40);
        let solid = page.picture().await;
        assert!(!solid.around(behind, 3).into_iter().any(is_orange));
        page.point_at(behind).await;
        assert_eq!(tooltip(page).await.expect("a surface").0, "Surface high");

        page.point_at(ASIDE).await;
        page.click("#wireframe").await;
        let wires = page.picture().await;
        assert!(wires.n_changed(&solid, MIDDLE) > 10_000);
        assert!(wires.around(behind, 3).into_iter().any(is_orange), "the line behind is seen");
        page.point_at(behind).await;
        assert_eq!(tooltip(page).await.expect("a line").0, "Surface low");
        page.point_at(before).await;
        assert_eq!(tooltip(page).await.expect("a line").0, "Surface high");
        page.key("w").await;
        page.point_at(behind).await;
        assert_eq!(tooltip(page).await.expect("a surface").0, "Surface high");
    });
}

#[test]
fn the_light_is_moved_and_dimmed() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[odd()], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.click("summary:has(#light-title)").await;
        let first = page.picture().await;
        for (id, value, text) in
            [("light-azimuth", "120", "120\u{b0}"), ("light-intensity", "0", "0 %")]
        {
            page.set(id, value).await;
            assert!(page.picture().await.n_changed(&first, MIDDLE) > 10_000, "{id}");
            assert_eq!(page.text(&format!("{id}-text")).await, text);
            page.click("#light-reset").await;
            assert_eq!(page.picture().await.n_changed(&first, MIDDLE), 0, "{id} as it was");
        }
    });
}

#[test]
fn overlaid_surfaces_share_a_scale_and_the_one_in_front_is_read() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[bowl("bowl", 0.1), flat("flat", 5.0)], 1);
    with_page(&site, DESKTOP, "camera=35,75,6.5,0,0,0", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.click("#surfaces li:nth-child(2) input").await;
        page.wait_for_surfaces(2).await;
        assert_eq!(page.text("title").await, "Surface bowl and Surface flat, training loss");
        assert_eq!(page.run("return document.querySelectorAll('.bar').length").await, 2);
        // Within the bowl the flat one is above, at its border the bowl is.
        for (alpha, name) in [(0.1, "Surface flat"), (-0.8, "Surface bowl")] {
            let value = f64::max(5.0, 0.1 + 12.0 * alpha * alpha);
            page.point_at(page.project(alpha, 0.0, value).await).await;
            assert_eq!(tooltip(page).await.expect("a surface").0, name, "{alpha}");
        }
        page.click("#surfaces li:nth-child(2) .only").await;
        assert_eq!(page.text("title").await, "Surface flat, training loss");
    });
}

#[test]
fn the_cut_says_what_it_hides() {
    let Some(dist) = dist() else { return };
    // A plane from 0 to 20 over 5 columns: 0, 5, 10, 15, 20.
    let plane = surface("plane", ["0:1:5", "0:1:5"], "train_loss", |alpha, _| 20.0 * alpha as f32);
    let site = Site::new(&dist, &[plane], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        assert_eq!(page.text("cut-share").await, "40 % of the points lie above 10.");
        assert!(page.text("caption").await.contains("ut at 10, which hides 40 %"));
        page.set("cut-level", "4").await;
        assert_eq!(page.text("cut-share").await, "80 % of the points lie above 4.");
        // What is cut lies at the cut, is grey, and still tells its own value.
        let at = page.project(0.75, 0.5, 15.0).await;
        let [r, g, b] = page.picture().await.at(at).map(i32::from);
        assert!((r - g).abs() < 16 && (g - b).abs() < 16, "{r} {g} {b} is not grey");
        page.point_at(at).await;
        let (_, [alpha, _, value]) = tooltip(page).await.expect("the plane of the cut");
        assert!((value - 20.0 * alpha).abs() < 0.1, "{alpha} {value}");
        page.click("#cut-on").await;
        assert_eq!(page.text("cut-share").await, "Nothing is cut.");
        page.click("#scale-log").await;
        assert!(page.text("labels").await.contains("log"));
    });
}

#[test]
fn a_broken_file_is_explained_and_the_others_work() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[odd(), bowl("bowl", 0.1), flat("gone", 1.0)], 1);
    let path = site.surface_path("odd");
    let mut bytes = std::fs::read(&path).expect("a file just written");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    std::fs::write(&path, bytes).expect("a writable file");
    std::fs::remove_file(site.surface_path("gone")).expect("a file just written");
    // Chromium itself reports the file that is not there.
    with_page(&site, DESKTOP, "", &["404"], async |page| {
        page.wait_for("the card", "document.querySelector('#cards').innerText").await;
        let card = page.text("cards").await;
        assert!(card.contains("Surface odd can\u{2019}t be shown"), "{card}");
        assert!(card.contains("expected") && card.contains("found"), "{card}");
        page.click("#surfaces li:nth-child(3) .only").await;
        page.wait_for(
            "the other card",
            "document.querySelector('#cards').innerText.includes('404')",
        )
        .await;
        page.click("#surfaces li:nth-child(2) .only").await;
        page.wait_for("the bowl", "document.querySelector('#title').innerText.includes('bowl')")
            .await;
        page.settle().await;
        page.point_at(page.project(0.0, 0.0, 0.1).await).await;
        assert_eq!(tooltip(page).await.expect("a surface").0, "Surface bowl");
        assert_eq!(page.text("cards").await, "");
    });
}

#[test]
fn a_broken_catalogue_is_explained() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[odd()], 1);
    let good = std::fs::read(site.catalog_path()).expect("a file just written");
    std::fs::write(site.catalog_path(), "{").expect("a writable file");
    with_page(&site, DESKTOP, "", &[], async |page| {
        let card = "document.getElementById('catalog-card')";
        page.wait_for("the card", &format!("!{card}.hidden")).await;
        assert!(page.text("catalog-card").await.contains("assets/catalog.json"));
        std::fs::write(site.catalog_path(), &good).expect("a writable file");
        page.click("#catalog-retry").await;
        page.wait_for_surfaces(1).await;
        assert_eq!(page.run(&format!("return {card}.hidden")).await, true);
    });
}

#[test]
fn odd_surfaces_are_shown_or_explained() {
    let Some(dist) = dist() else { return };
    let (square, line, point) = ("-1:1:5", "-1:1:9", "0.5:0.5:1");
    let surfaces = [
        surface("row", [line, point], "train_loss", |alpha, _| (1.0 + alpha) as f32),
        surface("column", [point, line], "train_loss", |_, beta| (1.0 + beta) as f32),
        surface("point", [point, point], "train_loss", |_, _| 2.0),
        surface("missing", [square, square], "train_loss", |_, _| f32::NAN),
        surface("overflowed", [square, square], "train_loss", |_, _| f32::INFINITY),
        surface("constant", [square, square], "train_accuracy", |_, _| 10.0),
        surface("negative", [square, square], "min_eig", |alpha, beta| (9.0 * alpha * beta) as f32),
        surface("partial", [square, square], "train_loss", |alpha, beta| match alpha + beta {
            sum if sum > 1.2 => f32::INFINITY,
            sum if sum < -1.2 => f32::NAN,
            sum => sum as f32,
        }),
        surface("large", ["-1:1:701", "-1:1:501"], "my_loss", |alpha, beta| (alpha * beta) as f32),
    ];
    let site = Site::new(&dist, &surfaces, 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        for (i, surface) in surfaces.iter().enumerate() {
            page.click(&format!("#surfaces li:nth-child({}) .only", i + 1)).await;
            page.wait_for_surfaces(i + 1).await;
            for id in ["scale-log", "wireframe", "scale-linear", "wireframe"] {
                page.click(&format!("#{id}")).await;
            }
            let title = page.text("title").await;
            assert!(title.starts_with(&format!("Surface {}, ", surface.id())), "{title}");
            assert_eq!(page.run("return document.getElementById('crash-card').hidden").await, true);
        }
        let facts = page.text("surfaces").await;
        for text in ["none computed", "25 overflowed", "3 not computed", "701 \u{d7} 501,"] {
            assert!(facts.contains(text), "{text}: {facts}");
        }
        page.click("#surfaces li:nth-child(1) .only").await;
        page.point_at(page.project(0.5, 0.5, 1.5).await).await;
        let (_, [alpha, beta, value]) = tooltip(page).await.expect("the ribbon");
        assert!(beta == 0.5 && (value - 1.0 - alpha).abs() < 0.01, "{alpha} {beta} {value}");
    });
}

#[test]
fn a_stopped_run_is_a_picture_of_the_whole_plane() {
    let Some(dist) = dist() else { return };
    // 21 x 21 points, of which the second level has every fifth column and row.
    let site = Site::new(&dist, &[bowl("whole", 0.1), stopped(&bowl("stopped", 0.1), 25)], 1);
    with_page(&site, DESKTOP, "camera=20,65,6,0,0,0", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let whole = page.picture().await;
        page.click("#surfaces li:nth-child(2) .only").await;
        page.wait_for_surfaces(2).await;
        let picture = page.picture().await;
        let ground = picture.at(ASIDE);
        for (alpha, beta) in [(-0.9, -0.8), (-0.3, 0.75), (0.2, -0.2), (0.7, 0.3), (0.85, -0.85)] {
            let at = page
                .project(alpha, beta, f64::min(10.0, 12.0 * (alpha * alpha + beta * beta)))
                .await;
            assert_ne!(picture.at(at), ground, "{alpha}, {beta}");
        }
        assert!(picture.n_changed(&whole, MIDDLE) > 100, "the coarser one is not the whole one");
        assert!(page.text("caption").await.starts_with("Unfinished: 25 of 441 points computed"));
        assert!(page.text("surfaces").await.contains("25 of 441 points computed"));

        // In the middle of four computed points: 0.1, 3.1, 3.1 and 6.1.
        page.point_at(page.project(0.25, 0.25, 3.1).await).await;
        let text = page.text("tooltip").await;
        for part in ["Surface stopped", "not computed", "nearest computed"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        page.click("#surfaces li:nth-child(1) .only").await;
        page.point_at(page.project(0.25, 0.25, 1.6).await).await;
        let (_, [_, _, value]) = tooltip(page).await.expect("the whole bowl");
        assert!((value - 1.6).abs() < 0.1, "{value}");
    });
}

#[test]
fn nothing_is_drawn_where_nothing_changes() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[odd()], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.run("return new Promise(done => setTimeout(() => done(0), 600))").await;
        let n_draws = page.n_draws().await;
        page.run("return new Promise(done => setTimeout(() => done(0), 600))").await;
        page.point_at(CENTER).await;
        page.point_at([CENTER[0] + 40.0, CENTER[1]]).await;
        assert!(tooltip(page).await.is_some());
        assert_eq!(page.n_draws().await, n_draws, "neither time nor the pointer draws");
        page.key("ArrowLeft").await;
        assert_eq!(page.n_draws().await, n_draws + 1);
    });
}

#[test]
fn a_lost_graphics_context_comes_back() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[odd()], 1);
    with_page(&site, DESKTOP, "", &["CONTEXT_LOST_WEBGL"], async |page| {
        page.wait_for_surfaces(1).await;
        let before = page.picture().await;
        page.run(
            "window.loss = document.getElementById('canvas').getContext('webgl2')
                .getExtension('WEBGL_lose_context'); loss.loseContext()",
        )
        .await;
        page.wait_for("the card", "!document.getElementById('webgl-card').hidden").await;
        page.key("ArrowLeft").await;
        page.key("ArrowRight").await;
        page.run("loss.restoreContext()").await;
        page.wait_for("the picture", "document.getElementById('webgl-card').hidden").await;
        page.settle().await;
        assert_eq!(page.picture().await.n_changed(&before, MIDDLE), 0);
    });
}

#[test]
fn the_address_restores_the_view() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[odd(), bowl("bowl", 0.1)], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.click("#surfaces li:nth-child(2) .only").await;
        page.wait_for_surfaces(2).await;
        page.drag("left", CENTER, [CENTER[0] + 90.0, CENTER[1]]).await;
        page.set("cut-level", "6").await;
        page.point_at(ASIDE).await;
        page.wait_for("the address", "location.hash.includes('cut=6')").await;
        let before = page.picture().await;
        let address = page.run("return location.hash.slice(1)").await;
        page.go(address.as_str().expect("a text")).await;
        page.wait_for_surfaces(1).await;
        assert_eq!(page.text("title").await, "Surface bowl, training loss");
        let n_changed = page.picture().await.n_changed(&before, MIDDLE);
        assert!(n_changed < 500, "{n_changed} pixels are too many for rounding");
        page.go("show=nosuch&cut=x").await;
        page.wait_for_surfaces(1).await;
        assert!(page.text("note").await.contains("nosuch"));
    });
}

#[test]
fn a_phone_shows_all_of_it() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[odd(), bowl("bowl", 0.1)], 1);
    with_page(&site, PHONE, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let covered =
            "return innerHeight - document.getElementById('panel').getBoundingClientRect().top";
        let is_closed = |height: serde_json::Value| height.as_f64().is_some_and(|px| px < 60.0);
        assert!(is_closed(page.run(covered).await), "closed at first");
        let labels = page.text("labels").await;
        assert!(["alpha", "beta", "loss"].iter().all(|name| labels.contains(name)), "{labels}");
        page.click("#panel-toggle").await;
        for [width, height] in [PHONE, [360, 740]] {
            page.resize(width, height).await;
            page.settle().await;
            let is_tidy = page
                .run(
                    "const width = document.documentElement.clientWidth;
                     const canvas = document.getElementById('canvas').getBoundingClientRect();
                     const panel = document.getElementById('panel').getBoundingClientRect();
                     const small = [...document.querySelectorAll('button, label, select, input[type=range]')]
                         .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5
                             && !e.closest('label, .segments, .slide'))
                         .map(e => e.outerHTML);
                     return [document.documentElement.scrollWidth <= width, panel.top >= 0.55 * innerHeight - 1,
                             canvas.height == innerHeight, small]",
                )
                .await;
            assert_eq!(is_tidy, serde_json::json!([true, true, true, []]), "{width} x {height}");
        }
        page.click("#panel-toggle").await;
        assert!(is_closed(page.run(covered).await), "closed again");
        page.point_at(page.project(0.5, 0.0, f64::from(odd_value(0.5, 0.0))).await).await;
        assert!(tooltip(page).await.is_some());
    });
}
