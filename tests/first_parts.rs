//! A surface is drawn from its first part, and its whole file fetched when more of it is wanted.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{Field, FieldKind, Surface};
use lossland_tests::browser::{ASIDE, DESKTOP, MIDDLE, Page, dist, with_page};
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
