//! The page in a frame of another page, with `?embed=1`.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_tests::{
    browser::{Page, dist, with_browser},
    server::StaticServer,
    site::{Site, surface},
};

const README: &str = include_str!("../README.md");
const WINDOW: [u32; 2] = [1000, 800];
/// In the frame, where the surface is.
const INSIDE: [f64; 2] = [360.0, 280.0];

/// A site with a page beside it that has, in a column longer than the window, the frame that README tells.
fn site(dist: &std::path::Path) -> Site {
    let [bowl, valley] = [("bowl", 4.0), ("valley", 0.5)].map(|(id, steepness)| {
        surface(id, ["-1:1:21", "-1:1:21"], "train_loss", move |x, y| {
            (4.0 * x * x + steepness * y * y) as f32
        })
    });
    let site = Site::new(dist, &[bowl, valley], 1);
    let frame = README.lines().find(|line| line.starts_with("<iframe")).expect("README's frame");
    let frame = frame.replace("https://HOST/PATH/", "index.html").replace("VIEW", "show=bowl");
    let page = format!(
        "<!doctype html><title>Other</title><link rel=\"icon\" href=\"data:,\"><body style=\"margin: 0; height: 3000px\">{frame}</body>"
    );
    std::fs::write(site.path().join("other.html"), page).expect("a writable temporary folder");
    site
}

/// Opens that page and waits for the surface in its frame.
fn with_frame(site: &Site, test: impl AsyncFnOnce(&Page)) {
    with_browser(StaticServer::start(site.path()), WINDOW, async |page: &Page| {
        page.reduce_motion(true).await;
        page.open("other.html").await;
        test(page).await;
    });
}

/// An expression in the frame, where `$` finds an element by its id.
fn inside(expression: &str) -> String {
    format!(
        "(() => {{
            const framed = frames[0], $ = (id) => framed.document.getElementById(id);
            const style = (id) => framed.getComputedStyle($(id));
            return {expression};
        }})()"
    )
}

async fn get(page: &Page, expression: &str) -> serde_json::Value {
    page.run(&format!("return {}", inside(expression))).await
}

async fn wait_for(page: &Page, what: &str, expression: &str) {
    page.wait_for(what, &inside(expression)).await;
}

async fn wait_for_surface(page: &Page) {
    let is_there = "$('legend') && !$('legend').hidden && framed.lossland.isWhole()";
    wait_for(page, "the surface", is_there).await;
    page.settle().await;
}

#[test]
fn a_frame_has_the_picture_its_captions_and_a_way_to_the_whole_page() {
    let Some(dist) = dist() else { return };
    with_frame(&site(&dist), async |page| {
        wait_for_surface(page).await;
        assert_eq!(get(page, "style('panel').visibility").await, "hidden");
        assert_eq!(
            get(page, "$('panel').getBoundingClientRect().left >= framed.innerWidth").await,
            true
        );
        assert_eq!(get(page, "framed.document.documentElement.scrollWidth").await, 720);
        let title = get(page, "$('title').innerText").await.to_string();
        assert!(title.contains("Surface bowl"), "{title}");
        let covered = "$('legend').getBoundingClientRect().bottom <= framed.innerHeight";
        assert_eq!(get(page, covered).await, true, "the legend is in the frame");
        // The picture has the middle of the frame, since nothing stands beside it.
        let middle = get(page, "framed.lossland.project(0, 0, 2)[0] / framed.innerWidth").await;
        let middle = middle.as_f64().expect("a number");
        assert!((0.4..0.6).contains(&middle), "{middle}");

        page.point_at(INSIDE).await;
        wait_for(
            page,
            "a tooltip",
            "!$('tooltip').hidden && $('tooltip').innerText.includes('loss')",
        )
        .await;
        let before = get(page, "framed.location.hash").await;
        page.drag("left", INSIDE, [420.0, 300.0]).await;
        let turned =
            format!("framed.location.hash !== {before} && framed.location.hash.includes('camera')");
        wait_for(page, "another view", &turned).await;
        // The address follows with a pause, on a slow machine in the middle of a drag, too.
        page.run("return new Promise(done => setTimeout(done, 700))").await;

        assert_ne!(get(page, "style('whole-page').display").await, "none");
        page.point_at([720.0 - 40.0, 20.0]).await;
        let leads = get(page, "$('whole-page').href").await.to_string();
        let address = get(page, "framed.location.href").await.to_string();
        assert_eq!(leads, address.replace("?embed=1", ""));
        assert_eq!(get(page, "$('whole-page').target").await, "_blank");
        page.check_conduct(&[]).await;
    });
}

#[test]
fn in_a_narrow_frame_the_picture_stands_above_the_legend() {
    let Some(dist) = dist() else { return };
    with_frame(&site(&dist), async |page| {
        wait_for_surface(page).await;
        page.run("Object.assign(document.querySelector('iframe'), { width: 360, height: 400 })")
            .await;
        get(page, "framed.location.hash = 'show=bowl,valley'").await;
        let are_both = "framed.innerWidth === 360 && $('legend').innerText.includes('valley')";
        wait_for(page, "both surfaces", are_both).await;
        page.settle().await;
        let lowest = "Math.max(...[...framed.document.querySelectorAll('#labels .label')]
            .map((label) => label.getBoundingClientRect().bottom))";
        let lowest = get(page, lowest).await.as_f64().expect("labels");
        let legend = get(page, "$('legend').getBoundingClientRect().top").await;
        let legend = legend.as_f64().expect("a legend");
        assert!(lowest <= legend, "the lowest label at {lowest}, the legend from {legend} on");
    });
}

#[test]
fn the_wheel_is_the_other_pages_until_the_picture_is_clicked_or_with_ctrl() {
    let Some(dist) = dist() else { return };
    with_frame(&site(&dist), async |page| {
        wait_for_surface(page).await;
        let distance = "framed.document.getElementById('camera-distance').textContent";
        let before = get(page, distance).await;
        let outside = [INSIDE[0], 700.0];
        page.point_at(INSIDE).await;
        page.wheel(INSIDE, 100.0).await;
        page.wait_for("scrolling", "scrollY >= 90").await;
        assert_eq!(get(page, distance).await, before, "not zoomed");

        page.wheel_with(INSIDE, 30.0, 2).await;
        wait_for(page, "a zoom with Ctrl", &format!("{distance} !== {before}")).await;
        let zoomed = get(page, distance).await;

        page.click_at(INSIDE).await;
        let place = page.run("return scrollY").await;
        page.wheel(INSIDE, 100.0).await;
        wait_for(page, "a zoom after a click", &format!("{distance} !== {zoomed}")).await;
        assert_eq!(page.run("return scrollY").await, place, "not scrolled");

        // Whoever leaves and comes back scrolls again.
        let zoomed = get(page, distance).await;
        page.point_at(outside).await;
        page.point_at(INSIDE).await;
        page.wheel(INSIDE, 100.0).await;
        page.wait_for("scrolling again", &format!("scrollY > {place} + 50")).await;
        assert_eq!(get(page, distance).await, zoomed);
    });
}

#[test]
fn a_finger_scrolls_the_other_page() {
    let Some(dist) = dist() else { return };
    with_frame(&site(&dist), async |page| {
        wait_for_surface(page).await;
        page.touch("touchStart", &[INSIDE]).await;
        for step in 1..=10 {
            page.touch("touchMove", &[[INSIDE[0], INSIDE[1] - 15.0 * f64::from(step)]]).await;
        }
        page.touch("touchEnd", &[]).await;
        page.wait_for("scrolling", "scrollY > 50").await;
    });
}

#[test]
fn what_is_wrong_is_told_in_the_frame() {
    let Some(dist) = dist() else { return };
    let site = site(&dist);
    std::fs::remove_file(site.catalog_path()).expect("removed");
    with_frame(&site, async |page| {
        wait_for(page, "the card", "$('catalog-card') && !$('catalog-card').hidden").await;
        page.settle().await;
        assert_eq!(get(page, "style('catalog-card').visibility").await, "visible");
        let is_in_sight = "(({ left, top, right, bottom, width }) => width > 200 && left >= 0 && top >= 0
            && right <= framed.innerWidth && bottom <= framed.innerHeight)($('catalog-card').getBoundingClientRect())";
        assert_eq!(get(page, is_in_sight).await, true);
        let text = get(page, "$('catalog-card').innerText").await.to_string();
        assert!(text.contains("404"), "{text}");
    });
}

#[test]
fn without_embed_the_page_is_as_ever() {
    let Some(dist) = dist() else { return };
    let site = site(&dist);
    with_browser(StaticServer::start(site.path()), WINDOW, async |page: &Page| {
        page.open("?embed=0").await;
        page.wait_for_surfaces(1).await;
        let shown = "return ['panel', 'whole-page'].map(id => document.getElementById(id).checkVisibility())";
        assert_eq!(page.run(shown).await, serde_json::json!([true, false]));
    });
}
