//! The page's program comes in two halves: a first picture needs the first alone, and the rest is there
//! when it is wanted.

use lossland_tests::{
    browser::{DESKTOP, Page, dist, with_browser, with_page},
    server::StaticServer,
    site::{Site, surface},
};

const PHONE: [u32; 2] = [360, 740];
/// Counts requests that hold everything up, as the one for a half that is missing does.
const COUNT: &str = "
    window.nAtOnce = 0;
    const open = XMLHttpRequest.prototype.open;
    XMLHttpRequest.prototype.open = function (...args) {
        if (args[2] === false) window.nAtOnce += 1;
        return open.apply(this, args);
    };";
/// What is fetched for later never comes.
const KEEP_WAITING: &str = "
    const request = window.fetch;
    window.fetch = (url, ...args) =>
        String(url).includes('_rest') ? new Promise(() => {}) : request(url, ...args);";

fn bowl() -> [lossland_surface::Surface; 1] {
    [surface("a", ["-1:1:21", "-1:1:21"], "train_loss", |x, y| (x * x + y * y) as f32)]
}

#[test]
fn a_first_picture_needs_nothing_of_the_rest() {
    let Some(dist) = dist() else { return };
    for (size, is_dark) in [(DESKTOP, false), (DESKTOP, true), (PHONE, false)] {
        with_browser(StaticServer::start(&dist), size, async |page: &Page| {
            page.run_first(COUNT).await;
            page.dark(is_dark).await;
            page.open("").await;
            page.wait_for_surfaces(1).await;
            // The address is written, too.
            page.wait_for("an address", "location.hash.length > 1").await;
            let n_at_once = page.run("return nAtOnce").await;
            assert_eq!(n_at_once, 0, "the list is out of date; run `cargo xtask profile`");
        });
    }
    // Neither does one that is measured.
    with_browser(StaticServer::start(&dist), DESKTOP, async |page: &Page| {
        page.run_first(COUNT).await;
        page.open("?bench=1").await;
        let n_at_once = page.run("return __bench.ready.then(() => nAtOnce)").await;
        assert_eq!(n_at_once, 0, "the list is out of date; run `cargo xtask profile`");
    });
}

/// Data that only the rest refers to comes with it: what is drawn before that is drawn the same.
#[test]
fn the_first_half_alone_draws_what_both_do() {
    let Some(dist) = dist() else { return };
    let site = Site::split(&dist, &bowl(), 1);
    for size in [DESKTOP, PHONE] {
        let drawn = [false, true].map(|is_whole| {
            with_browser(StaticServer::start(site.path()), size, async |page: &Page| {
                if !is_whole {
                    page.run_first(KEEP_WAITING).await;
                }
                page.open("").await;
                page.wait_for_first_picture(1).await;
                if is_whole {
                    page.wait_for("the rest", "lossland.isWhole()").await;
                }
                page.settle().await;
                assert_eq!(page.run("return lossland.isWhole()").await, is_whole);
                (page.all_text().await, page.picture().await)
            })
        });
        let [(first, picture), (whole, other)] = drawn;
        assert_eq!(first, whole);
        assert!(picture == other, "{size:?}");
    }
}

#[test]
fn what_is_wanted_before_the_rest_is_there_fetches_it() {
    let Some(dist) = dist() else { return };
    let site = Site::split(&dist, &bowl(), 1);
    with_browser(StaticServer::start(site.path()), DESKTOP, async |page: &Page| {
        page.run_first(COUNT).await;
        page.run_first(KEEP_WAITING).await;
        page.open("").await;
        page.wait_for_first_picture(1).await;
        assert_eq!(page.run("return lossland.isWhole()").await, false);
        page.click("#flat-on").await;
        page.wait_for("a contour plot", "document.querySelector('#flat svg')").await;
        assert_eq!(page.run("return lossland.isWhole()").await, true);
        assert_eq!(page.run("return nAtOnce").await, 1);
    });
}

#[test]
fn a_view_that_an_address_describes_waits_for_all_of_it() {
    let Some(dist) = dist() else { return };
    let site = Site::split(&dist, &bowl(), 1);
    let mut address = String::new();
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.click("#flat-on").await;
        page.wait_for("an address", "location.hash.includes('flat')").await;
        let hash = page.run("return location.hash.slice(1)").await;
        address = hash.as_str().unwrap_or_default().to_owned();
    });
    with_browser(StaticServer::start(site.path()), DESKTOP, async |page: &Page| {
        page.run_first(COUNT).await;
        page.go(&address).await;
        page.wait_for("a contour plot", "document.querySelector('#flat svg')").await;
        assert_eq!(page.run("return nAtOnce").await, 0);
    });
}

#[test]
fn a_rest_that_is_missing_is_told_of() {
    let Some(dist) = dist() else { return };
    let site = Site::split(&dist, &bowl(), 1);
    let is_rest = |file: &std::path::PathBuf| file.to_string_lossy().ends_with("_rest.wasm");
    let files = std::fs::read_dir(site.path()).expect("a site").flatten().map(|file| file.path());
    let rest = files.filter(is_rest).collect::<Vec<_>>();
    assert_eq!(rest.len(), 1, "a site with its program in two halves");
    std::fs::remove_file(&rest[0]).expect("removed");
    with_browser(StaticServer::start(site.path()), DESKTOP, async |page: &Page| {
        page.open("").await;
        page.wait_for_first_picture(1).await;
        assert_eq!(page.run("return document.getElementById('rest-card').hidden").await, true);
        page.click("#flat-on").await;
        page.wait_for("a card", "!document.getElementById('rest-card').hidden").await;
        assert!(page.text("rest-cause").await.contains("404"));
    });
}
