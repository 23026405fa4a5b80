//! Where surfaces come from, as the page tells it.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{Provenance, Surface, Training};
use lossland_tests::{
    browser::{DESKTOP, Page, dist, with_page},
    site::{Site, surface},
};

const MARKUP: &str = "lossland surface <img src=x onerror=broken=1> --out OUT";

fn computed() -> Surface {
    let provenance = Provenance {
        network: Some("resnet20".into()),
        training: Some(Training {
            epochs: 3,
            seed: 5,
            command: Some("lossland train resnet20 --epochs 3 --out OUT".into()),
            test_accuracy: Some(71.5),
        }),
        command: Some(MARKUP.into()),
        ..Provenance::default()
    };
    surface("a", ["-1:1:9", "-1:1:9"], "train_loss", |x, y| (x * x + y * y) as f32)
        .with_provenance(provenance)
}

async fn open(page: &Page, row: usize) {
    page.click(&format!("#surfaces li:nth-child({row}) .account summary")).await;
}

#[test]
fn the_page_tells_in_words_where_a_surface_comes_from_and_which_commands_make_it() {
    let Some(dist) = dist() else { return };
    let plain = surface("b", ["-1:1:9", "-1:1:9"], "train_loss", |x, y| (x + y + 3.0) as f32);
    // With first parts: what is told is in the rest of the file, which comes when it is wanted.
    let site = Site::split(&dist, &[computed(), plain], 2);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.run(
            "Object.defineProperty(navigator, 'clipboard',
                { value: { writeText: async (text) => { window.copied = text; } } })",
        )
        .await;
        page.wait_for_surfaces(2).await;
        let is_whole = |asked: &[String]| asked.iter().any(|file| file.ends_with("a.lossland"));
        assert!(!is_whole(&page.server.asked()));
        open(page, 1).await;
        page.wait_for("commands", "document.querySelectorAll('.commands code').length === 2").await;
        assert!(is_whole(&page.server.asked()));
        let told = page.run("return document.querySelector('.account').innerText").await;
        let told = told.as_str().expect("a text");
        for part in ["resnet20, trained for 3 epochs from seed 5", "71.50 %", MARKUP] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert_eq!(page.run("return typeof broken").await, "undefined");
        page.click("#surfaces li:nth-child(1) .copy-commands").await;
        page.wait_for("a copy", "window.copied !== undefined").await;
        let copied = page.run("return copied").await;
        let lines: Vec<&str> = copied.as_str().expect("a text").lines().collect();
        assert_eq!(lines, ["lossland train resnet20 --epochs 3 --out OUT", MARKUP]);

        // Of what nothing is known, nothing is made up.
        open(page, 2).await;
        let second = "document.querySelectorAll('.account')[1].innerText";
        page.wait_for("words", &format!("{second}.includes('does not say which network')")).await;
        assert_eq!(page.run("return document.querySelectorAll('.commands code').length").await, 2);

        // It stays open while other things change, and closes again.
        page.click("#scale-log").await;
        assert_eq!(page.run("return document.querySelector('.account').open").await, true);
        open(page, 1).await;
        page.click("#scale-linear").await;
        assert_eq!(page.run("return document.querySelector('.account').open").await, false);
    });
}

#[test]
fn a_file_that_tells_it_and_cannot_be_had_is_said_to_be_so() {
    let Some(dist) = dist() else { return };
    let site = Site::split(&dist, &[computed()], 1);
    std::fs::remove_file(site.path().join("assets/surfaces/a.lossland")).expect("removed");
    with_page(&site, DESKTOP, "", &["a.lossland"], async |page| {
        page.wait_for_surfaces(1).await;
        open(page, 1).await;
        let told = "document.querySelector('.account').innerText";
        page.wait_for("the reason", &format!("{told}.includes('can\u{2019}t be had')")).await;
    });
}
