//! A surface is drawn from its first part, and its whole file fetched when more of it is wanted.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{Field, FieldKind, Surface};
use lossland_tests::browser::{ASIDE, DESKTOP, MIDDLE, Page, dist, with_browser, with_page};
use lossland_tests::server::StaticServer;
use lossland_tests::site::{Site, surface};

/// With a second field, which is half of the first, and holes and overflowed points.
fn two_fields() -> Surface {
    let bowl = surface("bowl", ["-1:1:21", "-1:1:21"], "train_loss", |alpha, beta| {
        match 0.1 + 12.0 * (alpha * alpha + beta * beta) {
            value if value > 22.0 => f32::INFINITY,
            value if value > 20.0 => f32::NAN,
            value => value as f32,
        }
    });
    let train = bowl.main_field().clone();
    let half = train.values().iter().map(|value| value / 2.0).collect();
    let test = Field::new(FieldKind::TestLoss, half).expect("values of a field");
    Surface::new("bowl", "Surface bowl", *bowl.grid(), vec![test, train]).expect("a surface")
}

fn asked(page: &Page) -> [usize; 2] {
    ["bowl.first", "bowl.lossland"]
        .map(|file| page.server.count(&format!("assets/surfaces/{file}")))
}

#[test]
fn a_first_picture_does_without_the_whole_file_and_is_the_same() {
    let Some(dist) = dist() else { return };
    let mut pictures = Vec::new();
    let sites = [Site::new, Site::split].map(|site| site(&dist, &[two_fields()], 1));
    for (site, expected) in sites.iter().zip([[0, 1], [1, 0]]) {
        with_page(site, DESKTOP, "", &[], async |page| {
            page.wait_for_surfaces(1).await;
            page.point_at(ASIDE).await;
            assert_eq!(page.text("title").await, "Surface bowl, training loss");
            assert_eq!(asked(page), expected, "first part and whole file");
            let facts = page.text("surfaces").await;
            pictures.push((page.picture().await, facts, page.text("caption").await));
            page.point_at(page.project(0.5, 0.0, 3.1).await).await;
            assert!(page.text("tooltip").await.contains("3.1"), "the value is read off");
            assert_eq!(asked(page), expected, "reading a value needs no more");
        });
    }
    assert_eq!(pictures[0].0.n_changed(&pictures[1].0, MIDDLE), 0);
    assert_eq!((&pictures[0].1, &pictures[0].2), (&pictures[1].1, &pictures[1].2));
}

/// Files of such a name are on their way for ever; counts the contexts that the canvas was asked for.
fn hold_back(name: &str) -> String {
    format!(
        "const request = window.fetch;
         window.fetch = (url, ...args) =>
             String(url).includes('{name}') ? new Promise(() => {{}}) : request(url, ...args);
         window.nContexts = 0;
         const context = HTMLCanvasElement.prototype.getContext;
         HTMLCanvasElement.prototype.getContext = function (...args) {{
             window.nContexts += 1;
             return context.apply(this, args);
         }};"
    )
}

#[test]
fn what_takes_long_is_not_waited_for_by_the_rest() {
    let Some(dist) = dist() else { return };
    let site = Site::split(&dist, &[two_fields()], 1);
    for (held, n_contexts) in [(".first", 1), ("catalog.json", 0)] {
        with_browser(StaticServer::start(site.path()), [360, 740], async |page: &Page| {
            page.run_first(&hold_back(held)).await;
            page.open("").await;
            // The page takes its measures when it begins to listen.
            let measured = "document.documentElement.style.getPropertyValue('--profile')";
            page.wait_for("the page's measures", measured).await;
            page.click("#panel-toggle").await;
            page.wait_for("the panel", "!document.querySelector('#panel.folded')").await;
            page.wait_for("the context", &format!("window.nContexts === {n_contexts}")).await;
            // Words that come without a picture come a little later.
            let title = "document.getElementById('title').innerText.startsWith('Loss landscapes')";
            page.wait_for("the title", title).await;
        });
    }
}

#[test]
fn without_its_first_part_the_whole_file_is_drawn() {
    let Some(dist) = dist() else { return };
    for is_damaged in [true, false] {
        let site = Site::split(&dist, &[two_fields()], 1);
        let path = site.first_part_path("bowl");
        if is_damaged {
            let mut bytes = std::fs::read(&path).expect("a file just written");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xFF;
            std::fs::write(&path, bytes).expect("a writable file");
        } else {
            std::fs::remove_file(&path).expect("a file just written");
        }
        // Chromium itself reports the file that is not there.
        let allowed: &[&str] = if is_damaged { &[] } else { &["404"] };
        with_page(&site, DESKTOP, "", allowed, async |page| {
            page.wait_for_surfaces(1).await;
            assert_eq!(page.text("title").await, "Surface bowl, training loss");
            assert_eq!((asked(page), page.text("cards").await.as_str()), ([1, 1], ""));
        });
    }
}

#[test]
fn where_the_whole_file_is_missing_it_is_said_and_can_be_tried_again() {
    let Some(dist) = dist() else { return };
    let site = Site::split(&dist, &[two_fields()], 1);
    let path = site.surface_path("bowl");
    let file = std::fs::read(&path).expect("a file just written");
    std::fs::remove_file(&path).expect("a file just written");
    with_page(&site, DESKTOP, "", &["404"], async |page| {
        page.wait_for_surfaces(1).await;
        page.set("height-field", "test_loss").await;
        page.wait_for("the card", "document.querySelector('#cards .retry')").await;
        let card = page.text("cards").await;
        assert!(card.contains("The rest of Surface bowl") && card.contains("404"), "{card}");
        page.click("#cards .dismiss").await;
        page.wait_for("no card", "!document.querySelector('#cards .retry')").await;
        assert_eq!(asked(page), [1, 1], "not asked for again");
    });
    with_page(&site, DESKTOP, "field=test_loss", &["404"], async |page| {
        page.wait_for("the card", "document.querySelector('#cards .retry')").await;
        std::fs::write(&path, &file).expect("a writable file");
        page.click("#cards .retry").await;
        page.wait_for(
            "the field",
            "document.querySelector('#title').innerText.includes('test loss')",
        )
        .await;
        assert_eq!(page.text("cards").await, "");
    });
}
