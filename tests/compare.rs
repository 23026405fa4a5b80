//! Comparing and reading in the built page: views side by side, differences, fields, pins, cross-sections,
//! measures, and addresses that hold all of it.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{DataSet, Field, FieldKind, Provenance, Surface};
use lossland_tests::browser::{DESKTOP, Page, dist, with_browser, with_page};
use lossland_tests::server::StaticServer;
use lossland_tests::site::{Site, surface};
use serde_json::json;

const PHONE: [u32; 2] = [360, 740];
/// The part of the canvas that no text covers on a desktop: left, top, width, height.
const MIDDLE: [usize; 4] = [200, 120, 600, 440];

/// A bowl of 21 x 21 points over `lift`, with standard errors and a test accuracy.
fn bowl(id: &str, lift: f32) -> Surface {
    let plain = surface(id, ["-1:1:21", "-1:1:21"], "train_loss", |alpha, beta| {
        lift + (4.0 * (alpha * alpha + beta * beta)) as f32
    });
    let more = |name: &str, of: fn(f32) -> f32| {
        let values = plain.main_field().values().iter().map(|loss| of(*loss)).collect();
        Field::new(FieldKind::from_name(name).expect("a name"), values).expect("values")
    };
    let fields = vec![
        plain.main_field().clone(),
        more("train_loss_stderr", |_| 0.25),
        more("test_accuracy", |loss| 90.0 - 5.0 * loss),
    ];
    let dataset = DataSet { name: "CIFAR-10".into(), n_classes: Some(10), ..DataSet::default() };
    Surface::new(plain.id(), plain.title(), *plain.grid(), fields)
        .expect("a surface")
        .with_provenance(Provenance { dataset: Some(dataset), ..Provenance::default() })
}

/// Two bowls, 2 apart, both shown.
fn two(dist: &std::path::Path) -> Site {
    Site::new(dist, &[bowl("low", 0.5), bowl("high", 2.5)], 2)
}

async fn is_hidden(page: &Page, id: &str) -> bool {
    page.run(&format!("return document.getElementById('{id}').hidden")).await == json!(true)
}

#[test]
fn side_by_side_all_are_read_at_one_place() {
    let Some(dist) = dist() else { return };
    with_page(&two(&dist), DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(2).await;
        let overlay = page.picture().await;
        page.click("#layout-side").await;
        assert!(page.picture().await.n_changed(&overlay, MIDDLE) > 10_000);
        let names = page.text("view-names").await;
        assert!(names.contains("Surface low") && names.contains("Surface high"), "{names}");
        assert!(page.text("caption").await.contains("ne scale"));
        page.point_at(page.project(0.5, -0.25, 0.5 + 1.25).await).await;
        let tooltip = page.text("tooltip").await;
        let told = |name: &str| {
            assert!(tooltip.contains(name), "{name}: {tooltip}");
            let values = tooltip.lines().filter(|line| line.contains('\u{b1}'));
            values.map(|line| line.replace(" \u{b1} 0.2500", "")).collect::<Vec<_>>()
        };
        let values = [told("Surface low"), told("Surface high")];
        let [low, high] = [0, 1].map(|i| values[i][i].trim().parse::<f64>().expect("a value"));
        assert!((low - 1.75).abs() < 0.15 && (high - low - 2.0).abs() < 1e-3, "{tooltip}");
        let marks = page.run("return document.querySelectorAll('.mark').length").await;
        assert_eq!(marks, 2, "a linked cursor in each view");
        page.click("#own-scales").await;
        assert!(page.text("caption").await.contains("ach on its own scale"));
        // Cameras are linked: a turn moves the labels of both.
        let labels = page.text("labels").await;
        page.key("1").await;
        assert_ne!(page.text("labels").await, labels);
    });
}

#[test]
fn a_difference_is_subtracted_exactly_and_turned_round() {
    let Some(dist) = dist() else { return };
    with_page(&two(&dist), DESKTOP, "view=difference", &[], async |page| {
        page.wait_for_surfaces(2).await;
        assert!(page.text("title").await.starts_with("Surface low \u{2212} Surface high"));
        page.point_at([490.0, 400.0]).await;
        let tooltip = page.text("tooltip").await;
        assert!(tooltip.contains("\u{2212}2.000"), "{tooltip}");
        page.click("#swap").await;
        page.point_at([491.0, 400.0]).await;
        let tooltip = page.text("tooltip").await;
        assert!(tooltip.contains("2.000") && !tooltip.contains("\u{2212}2.000"), "{tooltip}");
        let plain = page.picture().await;
        // 2 is more than the noise 2 sqrt(0.25^2 + 0.25^2), so nothing is hatched.
        page.click("#noise").await;
        assert!(page.text("noise-text").await.contains("twice its standard error"));
        assert_eq!(page.picture().await.n_changed(&plain, MIDDLE), 0);
    });
}

#[test]
fn a_difference_within_the_noise_is_hatched() {
    let Some(dist) = dist() else { return };
    let site = Site::new(&dist, &[bowl("low", 0.5), bowl("close", 0.9)], 2);
    with_page(&site, DESKTOP, "view=difference", &[], async |page| {
        page.wait_for_surfaces(2).await;
        let plain = page.picture().await;
        page.click("#noise").await;
        page.wait_for("the whole files", "document.querySelector('#noise-text').innerText.length")
            .await;
        page.settle().await;
        assert!(page.picture().await.n_changed(&plain, MIDDLE) > 2_000);
    });
}

#[test]
fn fields_are_height_and_colour() {
    let Some(dist) = dist() else { return };
    with_page(&two(&dist), DESKTOP, "show=low", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let by_height = page.picture().await;
        page.set("color-field", "test_accuracy").await;
        page.wait_for(
            "the colours",
            "document.querySelector('#legend').innerText.includes('test accuracy')",
        )
        .await;
        page.wait_for("the file", "document.querySelector('#caption').innerText.length").await;
        page.settle().await;
        assert!(page.picture().await.n_changed(&by_height, MIDDLE) > 10_000);
        page.set("height-field", "test_accuracy").await;
        page.wait_for(
            "the title",
            "document.querySelector('#title').innerText.includes('test accuracy')",
        )
        .await;
        page.settle().await;
        page.point_at(page.project(0.5, 0.0, 90.0 - 5.0 * 1.5).await).await;
        let tooltip = page.text("tooltip").await;
        assert!(tooltip.contains("test accuracy") && tooltip.contains("82."), "{tooltip}");
    });
}

#[test]
fn the_level_of_guessing_stands_on_axis_and_colour_bar() {
    let Some(dist) = dist() else { return };
    with_page(&two(&dist), DESKTOP, "show=low", &[], async |page| {
        page.wait_for_surfaces(1).await;
        for id in ["labels", "legend"] {
            let text = page.text(id).await;
            assert!(text.contains("guessing 2.303"), "{id}: {text}");
        }
    });
}

#[test]
fn the_contour_plot_is_read_pinned_and_cut_through() {
    let Some(dist) = dist() else { return };
    with_page(&two(&dist), DESKTOP, "show=low&flat=on", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let paths = page.run("return document.querySelectorAll('#flat path').length").await;
        assert!(paths.as_u64().is_some_and(|n| n > 5), "{paths}");
        let texts = page
            .run("return [...document.querySelectorAll('#flat text')].map(e => e.textContent)")
            .await;
        for text in ["alpha", "beta", "2"] {
            assert!(
                texts.as_array().is_some_and(|all| all.contains(&json!(text))),
                "{text}: {texts}"
            );
        }
        page.point_at([560.0, 360.0]).await;
        assert!(!is_hidden(page, "tooltip").await);
        page.click_at([560.0, 360.0]).await;
        page.wait_for("the pin", "!document.getElementById('pin').hidden").await;
        page.click("#section-tool").await;
        page.click_at([480.0, 300.0]).await;
        assert!(page.text("tool-text").await.contains("ends"));
        page.click_at([640.0, 420.0]).await;
        assert!(!is_hidden(page, "profile").await);
        let address = page
            .run("return new Promise(done => setTimeout(() => done(location.hash), 500))")
            .await;
        let address = address.as_str().expect("a text");
        for key in ["flat=on", "pin=", "line="] {
            assert!(address.contains(key), "{key}: {address}");
        }
    });
}

#[test]
fn a_cross_section_has_a_line_for_each_surface_and_can_be_put_away() {
    let Some(dist) = dist() else { return };
    with_page(&two(&dist), DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(2).await;
        page.click("#section-alpha").await;
        page.wait_for("the plot", "document.querySelectorAll('#profile-plot path').length > 2")
            .await;
        let names = page
            .run("return [...document.querySelectorAll('#profile-plot text')].map(e => e.textContent).join(';')")
            .await;
        let names = names.as_str().expect("a text");
        assert!(names.contains("Surface low") && names.contains("Surface high"), "{names}");
        page.click("#profile-close").await;
        assert!(is_hidden(page, "profile").await);
    });
}

#[test]
fn a_place_is_reached_and_pinned_by_keys_alone() {
    let Some(dist) = dist() else { return };
    with_page(&two(&dist), DESKTOP, "show=low", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.key_with("ArrowRight", ALT).await;
        page.key_with("ArrowUp", ALT).await;
        let tooltip = page.text("tooltip").await;
        assert!(tooltip.contains("0.1000"), "{tooltip}");
        page.key("p").await;
        page.wait_for("the pin", "!document.getElementById('pin').hidden").await;
        assert!(page.text("pin").await.contains("0.1000"));
        page.key("?").await;
        assert_eq!(page.run("return document.getElementById('help').open").await, true);
        page.key("Escape").await;
        page.wait_for("the end", "!document.getElementById('help').open").await;
        page.key("m").await;
        assert!(!is_hidden(page, "measures").await);
        page.key("Escape").await;
        assert!(is_hidden(page, "measures").await);
    });
}

/// The modifier as Chromium's protocol has it.
const ALT: u32 = 1;

#[test]
fn measures_are_those_of_the_command_with_their_range_over_planes() {
    let Some(dist) = dist() else { return };
    let surfaces = [bowl("net", 0.5), bowl("net_seed8", 0.9), bowl("other", 0.7)];
    let site = Site::new(&dist, &surfaces, 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let rows = "[...document.querySelectorAll('#surfaces li:not([hidden]) .name')].map(e => e.textContent)";
        assert_eq!(
            page.run(&format!("return {rows}")).await,
            json!(["Surface net", "Surface other"])
        );
        page.click("#measures-toggle").await;
        page.wait_for(
            "both planes",
            "document.querySelector('#measures').innerText.includes('in 2 planes')",
        )
        .await;
        let text = page.text("measures").await;
        // L < 1 where 4 r^2 < 0.5: counted here, not taken from the page.
        let values = surfaces[0].main_field().values();
        let n_below = values.iter().filter(|loss| **loss < 1.0).count();
        let share = format!("{:.1} %", 100.0 * n_below as f64 / values.len() as f64);
        assert!(text.contains(&share), "{share}: {text}");
        assert!(
            text.contains("alpha \u{2212}1 to 1, beta \u{2212}1 to 1, 21 \u{d7} 21 points"),
            "{text}"
        );

        page.click("#surfaces li:nth-child(1) .only").await;
        page.run(
            "const plane = document.querySelector('#surfaces li .plane'); plane.value = '1';
             plane.dispatchEvent(new Event('change'))",
        )
        .await;
        page.wait_for(
            "the other plane",
            "document.querySelector('#title').innerText.includes('net_seed8')",
        )
        .await;
    });
}

#[test]
fn minima_are_marked_with_the_basin_under_the_pointer() {
    let Some(dist) = dist() else { return };
    // Two valleys along alpha.
    let valleys = surface("valleys", ["-1:1:41", "-1:1:41"], "train_loss", |alpha, beta| {
        (2.0 + 2.0 * (6.0 * alpha).cos() + beta * beta) as f32
    });
    let site = Site::new(&dist, &[valleys], 1);
    with_page(&site, DESKTOP, "camera=20,60,6,0,0,0", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.click("#minima").await;
        assert!(page.text("minima-text").await.contains("Surface valleys: 2"));
        assert_eq!(page.run("return document.querySelectorAll('.mark.minimum').length").await, 2);
        page.point_at([5.0, 300.0]).await;
        let plain = page.picture().await;
        page.point_at(page.project(0.5, 0.0, 0.02).await).await;
        assert!(page.picture().await.n_changed(&plain, MIDDLE) > 1_000, "the basin is hatched");
    });
}

#[test]
fn the_address_holds_all_of_it_and_back_goes_back() {
    let Some(dist) = dist() else { return };
    let address = "show=low,high&camera=10,40,5,0,0,0&cut=3&view=side&look=high:magma:1&by=test_accuracy\
        &pin=0.5,0.25&line=-1,0,1,0&own=on&contours=off";
    with_page(&two(&dist), DESKTOP, address, &[], async |page| {
        page.wait_for_surfaces(2).await;
        page.wait_for("the pin", "!document.getElementById('pin').hidden").await;
        page.wait_for(
            "the colours",
            "document.querySelector('#legend').innerText.includes('accuracy')",
        )
        .await;
        page.run("return new Promise(done => setTimeout(() => done(0), 700))").await;
        let before = page.picture().await;
        let hash = page.run("return location.hash.slice(1)").await;
        page.go(hash.as_str().expect("a text")).await;
        page.wait_for_surfaces(2).await;
        page.wait_for("the pin", "!document.getElementById('pin').hidden").await;
        page.run("return new Promise(done => setTimeout(() => done(0), 700))").await;
        assert!(page.picture().await.n_changed(&before, MIDDLE) < 100);

        page.click("#layout-overlay").await;
        let overlay = page.run("return location.hash").await;
        page.click("#layout-difference").await;
        assert_ne!(page.run("return location.hash").await, overlay);
        page.run("history.back()").await;
        page.wait_for("the overlay", "document.getElementById('layout-overlay').checked").await;
    });
}

/// Where the browser refuses what the device is to draw by.
#[test]
fn without_programs_for_the_device_the_contour_plot_is_shown() {
    let Some(dist) = dist() else { return };
    with_browser(StaticServer::start(&dist), DESKTOP, async |page: &Page| {
        page.run_first("WebGL2RenderingContext.prototype.getProgramParameter = () => false").await;
        page.open("").await;
        page.wait_for("the card", "!document.getElementById('webgl-card').hidden").await;
        page.wait_for("the plot", "document.querySelectorAll('#flat path').length > 5").await;
        assert!(page.text("webgl-card").await.contains("contour plots"));
    });
}

#[test]
fn where_a_later_program_is_refused_the_contour_plot_is_shown() {
    let Some(dist) = dist() else { return };
    with_page(&two(&dist), DESKTOP, "show=low", &["lossland: drawing"], async |page| {
        page.wait_for_surfaces(1).await;
        page.run("WebGL2RenderingContext.prototype.getProgramParameter = () => false").await;
        page.click("#wireframe").await;
        page.wait_for("the card", "!document.getElementById('webgl-card').hidden").await;
        page.wait_for("the plot", "document.querySelectorAll('#flat path').length > 5").await;
    });
}

#[test]
fn without_webgl_the_contour_plot_is_shown_and_said_to_be() {
    let Some(dist) = dist() else { return };
    let site = two(&dist);
    with_page(&site, DESKTOP, "show=low", &["CONTEXT_LOST_WEBGL"], async |page| {
        page.wait_for_surfaces(1).await;
        page.run("document.getElementById('canvas').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()")
            .await;
        page.wait_for("the card", "!document.getElementById('webgl-card').hidden").await;
        page.key("ArrowLeft").await;
        page.wait_for("the plot", "document.querySelectorAll('#flat path').length > 5").await;
        assert!(page.text("webgl-card").await.contains("contour plots"));
    });
}

#[test]
fn a_turn_runs_out_by_itself_unless_motion_is_unwelcome() {
    let Some(dist) = dist() else { return };
    with_page(&two(&dist), DESKTOP, "show=low", &[], async |page| {
        page.wait_for_surfaces(1).await;
        // Events of one script, so that no busy machine makes it a slow drag: the camera's turn when they
        // have been drawn, and a second later.
        let drag = "const canvas = document.getElementById('canvas');
            const send = (type, clientX) => canvas.dispatchEvent(new PointerEvent(type,
                { pointerId: 1, pointerType: 'mouse', clientX, clientY: 400, bubbles: true }));
            send('pointerdown', 400);
            for (const x of [402, 404, 406]) send('pointermove', x);
            send('pointerup', 406);
            const turn = () => document.getElementById('camera-rotation').innerText;
            return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
                const before = turn();
                setTimeout(() => done(before == turn()), 1000);
            })))";
        assert_eq!(page.run(drag).await, true, "tests ask for no motion");
        page.reduce_motion(false).await;
        assert_eq!(page.run(drag).await, false);
    });
}

#[test]
fn names_and_contrast_are_as_readers_need_them() {
    let Some(dist) = dist() else { return };
    let Some(axe) = std::env::var_os("AXE") else {
        eprintln!("skipped: AXE names no axe-core script; `cargo xtask test` brings it");
        return;
    };
    let axe = std::fs::read_to_string(axe).expect("axe-core");
    let address = "show=low,high&view=side&measures=on&pin=0.5,0.5&line=-1,0,1,0&minima=on";
    for size in [DESKTOP, PHONE] {
        for is_dark in [false, true] {
            with_page(&two(&dist), size, address, &[], async |page| {
                page.dark(is_dark).await;
                page.wait_for_surfaces(2).await;
                if size == PHONE {
                    page.click("#panel-toggle").await;
                }
                page.run(&format!("{axe}; return 0")).await;
                let found = page
                    .run(
                        "return axe.run().then(result => result.violations
                        .filter(found => ['serious', 'critical'].includes(found.impact))
                        .map(found => [found.id, found.nodes.map(node => node.html)]))",
                    )
                    .await;
                assert_eq!(found, json!([]), "{size:?}, dark: {is_dark}");
            });
        }
    }
}
