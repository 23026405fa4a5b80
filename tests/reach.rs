//! What is reached by keys, by fingers, and by those who hear the page.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_tests::browser::{DESKTOP, Page, dist, with_browser, with_page};
use lossland_tests::server::StaticServer;
use lossland_tests::site::{Site, surface};

const PHONE: [u32; 2] = [360, 740];

fn site() -> Option<Site> {
    let bowl = surface("bowl", ["-1:1:21", "-1:1:21"], "train_loss", |alpha, beta| {
        (0.5 + 4.0 * (alpha * alpha + beta * beta)) as f32
    });
    Some(Site::new(&dist()?, &[bowl], 1))
}

async fn focus(page: &Page) -> String {
    let id = page.run("return document.activeElement.id").await;
    id.as_str().expect("an id").to_owned()
}

/// As by `Tab` and `Enter`.
async fn press(page: &Page, id: &str) {
    page.run(&format!("document.getElementById('{id}').focus()")).await;
    page.click(&format!("#{id}")).await;
}

async fn is_hidden(page: &Page, id: &str) -> bool {
    page.run(&format!("return document.getElementById('{id}').hidden")).await == true
}

#[test]
fn a_second_tap_pins_and_so_does_the_button_after_one() {
    let Some(site) = site() else { return };
    with_page(&site, PHONE, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let tap = async || {
            let at = page.project(0.0, 0.0, 0.5).await;
            page.touch("touchStart", &[at]).await;
            page.touch("touchEnd", &[]).await;
        };
        tap().await;
        assert!(!is_hidden(page, "tooltip").await && is_hidden(page, "pin").await);
        tap().await;
        assert!(!is_hidden(page, "pin").await, "pinned by the second tap");
        page.click("#panel-toggle").await;
        page.click("#pin-toggle").await;
        assert!(is_hidden(page, "pin").await);
        page.click("#panel-toggle").await;
        tap().await;
        page.click("#panel-toggle").await;
        page.click("#pin-toggle").await;
        assert!(!is_hidden(page, "pin").await, "pinned by the button");
    });
}

#[test]
fn escape_ends_what_was_begun_last_from_anywhere() {
    let Some(site) = site() else { return };
    with_page(
        &site,
        DESKTOP,
        "#show=bowl&line=-1,0,1,0&pin=0.1,0.2&measures=on",
        &[],
        async |page| {
            page.wait_for_surfaces(1).await;
            press(page, "section-tool").await;
            assert_eq!(focus(page).await, "section-tool");
            assert!(!page.text("tool-text").await.is_empty());
            page.key("Escape").await;
            assert_eq!(page.text("tool-text").await, "");
            for (ends, stays) in [("measures", "profile"), ("profile", "pin"), ("pin", "title")] {
                assert!(!is_hidden(page, ends).await, "{ends}");
                page.key("Escape").await;
                assert!(is_hidden(page, ends).await && !is_hidden(page, stays).await, "{ends}");
            }
        },
    );
}

#[test]
fn what_is_closed_gives_the_focus_back_and_sliders_say_what_they_mean() {
    let Some(site) = site() else { return };
    with_page(&site, DESKTOP, "#show=bowl&line=-1,0,1,0&measures=on&cut=3", &[], async |page| {
        page.wait_for_surfaces(1).await;
        press(page, "measures-close").await;
        assert_eq!(focus(page).await, "measures-toggle");
        let told = page.run("return document.getElementById('profile-text').textContent").await;
        let told = told.as_str().expect("a text");
        assert!(
            told.contains("Surface bowl: 4.5 at first, 4.5 at last, from 0.5 to 4.5"),
            "{told}"
        );
        press(page, "profile-close").await;
        assert_eq!(focus(page).await, "section-tool");
        let said = "return document.getElementById('cut-slider').getAttribute('aria-valuetext')";
        assert_eq!(page.run(said).await, "3");
        let name = page.run("return document.getElementById('canvas').ariaLabel").await;
        assert_eq!(name, "Surface bowl, training loss");
    });
}

#[test]
fn the_tour_keeps_the_focus_from_stop_to_stop_and_gives_it_back() {
    let Some(dist) = dist() else { return };
    with_browser(StaticServer::start(&dist), DESKTOP, async |page: &Page| {
        page.reduce_motion(true).await;
        page.open("").await;
        page.wait_for_surfaces(1).await;
        press(page, "tour-open").await;
        page.wait_for("the tour", "!document.getElementById('tour').hidden").await;
        assert_eq!(focus(page).await, "tour-next");
        page.run("location.hash = 'tour=6'").await;
        page.wait_for("a stop", "document.getElementById('tour-count').innerText[0] === '6'").await;
        press(page, "tour-next").await;
        page.wait_for("the last", "document.getElementById('tour-count').innerText[0] === '7'")
            .await;
        assert_eq!(focus(page).await, "tour-back", "where the other has an end");
        page.key("Escape").await;
        page.wait_for("its end", "document.getElementById('tour').hidden").await;
        assert_eq!(focus(page).await, "tour-open");
    });
}
