//! A ball rolled in the built page, and the paths on the surfaces.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::Trajectory;
use lossland_tests::browser::{DESKTOP, Page, dist, with_page};
use lossland_tests::site::{Site, surface};

/// Where the ball is let go, and the loss there.
const START: [f64; 2] = [0.5, -0.5];

fn bowl(alpha: f64, beta: f64) -> f32 {
    (0.5 + 4.0 * (alpha * alpha + beta * beta)) as f32
}

/// The lines of the paths over the picture.
async fn n_lines(page: &Page) -> u64 {
    let n = page.run("return document.querySelectorAll('#paths path').length").await;
    n.as_u64().expect("a number")
}

/// The loss at the start of the ball and at its end, as the page tells them.
async fn losses(page: &Page) -> [f64; 2] {
    let text = page.text("ball-text").await;
    let (before, after) = text.split_once(" to ").expect("a remark");
    let number = |text: Option<&str>| {
        let text = text.expect("a loss").trim_end_matches(',');
        text.parse().expect("a number")
    };
    [number(before.rsplit(' ').next()), number(after.split(' ').next())]
}

#[test]
fn a_ball_is_let_go_by_a_click_and_the_address_holds_it() {
    let Some(dist) = dist() else { return };
    let bowl = surface("bowl", ["-1:1:21", "-1:1:21"], "train_loss", bowl);
    let site = Site::new(&dist, &[bowl], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        assert_eq!(n_lines(page).await, 0);
        page.click("#ball-tool").await;
        assert!(page.text("tool-text").await.contains("let go"));
        let loss = f64::from(self::bowl(START[0], START[1]));
        page.click_at(page.project(START[0], START[1], loss).await).await;
        page.wait_for("the ball", "!document.getElementById('ball-rows').hidden").await;
        page.settle().await;
        assert!(n_lines(page).await >= 2, "a line and its casing");
        let [before, after] = losses(page).await;
        assert!((before - loss).abs() < 0.2 && (after - 0.5).abs() < 0.05, "{before} {after}");

        let address = page
            .run("return new Promise(done => setTimeout(() => done(location.hash.slice(1)), 500))")
            .await;
        let address = address.as_str().expect("a text").to_owned();
        assert!(address.contains("ball=0.") && address.contains(",descent,0.02"), "{address}");
        page.set("ball-method", "adam").await;
        page.set("ball-step", "0").await;
        page.settle().await;
        assert!(page.text("ball-text").await.contains("Surface bowl"));
        let adam = page
            .run("return new Promise(done => setTimeout(() => done(location.hash), 500))")
            .await;
        assert!(adam.as_str().is_some_and(|hash| hash.contains(",adam,0.001")), "{adam}");

        page.go(&address).await;
        page.wait_for_surfaces(1).await;
        page.wait_for("the ball", "!document.getElementById('ball-rows').hidden").await;
        page.settle().await;
        assert!(n_lines(page).await >= 2);
        assert_eq!(losses(page).await, [before, after]);

        // The contour plot has the path in itself.
        page.click("#flat-on").await;
        page.wait_for("the plot", "!document.getElementById('flat').hidden").await;
        page.settle().await;
        let hidden = page.run("return document.getElementById('paths').hidden").await;
        assert_eq!(hidden, true);
        let flat = "return document.querySelectorAll('#flat path').length";
        let with_ball = page.run(flat).await.as_u64();
        page.click("#ball-remove").await;
        page.settle().await;
        assert!(page.run(flat).await.as_u64() < with_ball);
        page.click("#flat-off").await;
        page.settle().await;
        let hidden = page.run("return document.getElementById('paths').hidden").await;
        assert_eq!(hidden, true);
    });
}

#[test]
fn a_ball_is_let_go_by_keys_alone() {
    let Some(dist) = dist() else { return };
    let bowl = surface("bowl", ["-1:1:21", "-1:1:21"], "train_loss", bowl);
    with_page(&Site::new(&dist, &[bowl], 1), DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.key("b").await;
        assert!(page.text("tool-text").await.contains("let go"));
        page.key("Escape").await;
        assert_eq!(page.text("tool-text").await, "");
        page.key("b").await;
        page.key_with("ArrowRight", 1).await;
        page.key("Enter").await;
        page.wait_for("the ball", "!document.getElementById('ball-rows').hidden").await;
        page.settle().await;
        assert!(n_lines(page).await > 0, "seen or hidden");
    });
}

#[test]
fn the_path_of_training_that_a_file_holds_is_drawn_on_surface_and_contour_plot() {
    let Some(dist) = dist() else { return };
    let path = Trajectory::new("sgd", vec![-0.8, -0.3, 0.0], vec![0.6, 0.1, 0.0]).expect("a path");
    let plain = surface("plain", ["-1:1:21", "-1:1:21"], "train_loss", bowl);
    let trained = surface("trained", ["-1:1:21", "-1:1:21"], "train_loss", bowl);
    let site = Site::new(&dist, &[plain, trained.with_trajectories(vec![path])], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let flat = "return document.querySelectorAll('#flat path').length";
        assert_eq!(n_lines(page).await, 0);
        page.click("#flat-on").await;
        page.settle().await;
        let without = page.run(flat).await.as_u64();
        page.click("#flat-off").await;
        page.click("#surfaces li:nth-child(2) .only").await;
        page.wait_for_surfaces(1).await;
        page.settle().await;
        assert!(n_lines(page).await >= 2, "a line and its casing");
        page.click("#flat-on").await;
        page.settle().await;
        assert!(page.run(flat).await.as_u64() > without);
    });
}
