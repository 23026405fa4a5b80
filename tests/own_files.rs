//! Files of the visitor's own: chosen, dropped, and broken ones.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{csv, npz};
use lossland_tests::browser::{DESKTOP, dist, with_page};
use lossland_tests::site::{Site, surface};

const MIDDLE: [usize; 4] = [200, 120, 600, 440];

fn site(dist: &std::path::Path) -> Site {
    let bowl = surface("bowl", ["-1:1:21", "-1:1:21"], "train_loss", |alpha, beta| {
        (4.0 * (alpha * alpha + beta * beta)) as f32
    });
    Site::new(dist, &[bowl], 1)
}

/// A surface in a file beside the site, as `lossland surface` writes one.
fn own_file(folder: &std::path::Path, name: &str, title: &str) -> std::path::PathBuf {
    let own = surface(title, ["-2:2:11", "-1:1:11"], "train_loss", |alpha, _| (3.0 - alpha) as f32);
    let path = folder.join(name);
    std::fs::write(&path, lossland_surface::encode(&own).expect("a surface"))
        .expect("a temporary folder");
    path
}

#[test]
fn a_file_that_is_chosen_is_shown_and_no_address_claims_to_lead_to_it() {
    let Some(dist) = dist() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = own_file(folder.path(), "own.lossland", "own");
    with_page(&site(&dist), DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let n_asked = page.server.asked().len();
        page.choose("open", &path).await;
        page.wait_for("the file", "document.querySelector('#title').innerText.includes('own')")
            .await;
        page.settle().await;
        page.point_at(page.project(1.0, 0.0, 2.0).await).await;
        let tooltip = page.text("tooltip").await;
        assert!(tooltip.contains("Surface own") && tooltip.contains("2.0"), "{tooltip}");
        let address = page.run("return location.hash").await.to_string();
        assert!(!address.contains("own") && !address.contains("file"), "{address}");
        // Both can be compared.
        page.click("#surfaces li:nth-child(1) input").await;
        let title = page.text("title").await;
        assert!(title.contains("own") && title.contains("bowl"), "{title}");
        assert_eq!(page.server.asked().len(), n_asked, "nothing was sent or fetched");
    });
}

#[test]
fn a_file_that_is_dropped_is_shown() {
    let Some(dist) = dist() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = std::fs::read(own_file(folder.path(), "own.lossland", "own")).expect("a file");
    with_page(&site(&dist), DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.run(&format!(
            "const dropped = new DataTransfer();
            dropped.items.add(new File([new Uint8Array({bytes:?})], 'own.lossland'));
            for (const kind of ['dragover', 'drop']) {{
                const event = new DragEvent(kind, {{ dataTransfer: dropped, bubbles: true, cancelable: true }});
                document.getElementById('canvas').dispatchEvent(event);
            }}"
        ))
        .await;
        page.wait_for("the file", "document.querySelector('#title').innerText.includes('own')")
            .await;
        let is_marked = page.run("return document.documentElement.classList.contains('dropping')");
        assert_eq!(is_marked.await, false);
    });
}

#[test]
fn other_formats_are_read_by_a_program_that_is_fetched_when_it_is_needed() {
    let Some(dist) = dist() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let own = surface("own", ["-2:2:11", "-1:1:11"], "train_loss", |alpha, _| (3.0 - alpha) as f32);
    let npz = npz::write(&own).expect("a surface");
    let files = [("Mine.NPZ", npz), ("table.csv", csv::write(&own).into_bytes())];
    let site = site(&dist);
    for (name, content) in &files {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a temporary folder");
        with_page(&site, DESKTOP, "", &[], async |page| {
            page.wait_for_surfaces(1).await;
            let is_reader = |address: &String| address.contains("formats");
            assert_eq!(page.server.asked().iter().filter(|a| is_reader(a)).count(), 0);
            page.choose("open", &path).await;
            // What a table is called, its file says.
            let title = if name.ends_with("csv") { "table" } else { "Surface own" };
            let is_there =
                format!("document.querySelector('#title').innerText.includes('{title}')");
            page.wait_for("the file", &is_there).await;
            page.settle().await;
            page.point_at(page.project(1.0, 0.0, 2.0).await).await;
            let tooltip = page.text("tooltip").await;
            assert!(tooltip.contains("2.0"), "{tooltip}");
            assert!(page.server.asked().iter().filter(|a| is_reader(a)).count() >= 3);
        });
    }
}

#[test]
fn hdf5_of_the_papers_code_is_opened() {
    let Some(dist) = dist() else { return };
    let folder = format!("{}/../crates/surface/tests/data/hdf5", env!("CARGO_MANIFEST_DIR"));
    let folder = std::path::Path::new(&folder).canonicalize().expect("files to read");
    let file = |name: &str| folder.join(name);
    let expected = std::fs::read(file("surface_and_trajectory.h5")).expect("a file");
    let expected = lossland_surface::hdf5::read(&expected, "path").expect("a surface");
    with_page(&site(&dist), DESKTOP, "#cut=off", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.choose("open", &file("surface_and_trajectory.h5")).await;
        let is_there = "document.getElementById('title').innerText.startsWith('surface_and')";
        page.wait_for("the file", is_there).await;
        page.settle().await;
        let (grid, field) = (expected.grid(), expected.main_field());
        let middle = field.values()[grid.x.len() + grid.x.len() / 2];
        let place = [grid.x.value(grid.x.len() / 2), grid.y.value(1)];
        page.point_at(page.project(place[0], place[1], f64::from(middle)).await).await;
        let tooltip = page.text("tooltip").await;
        // The pointer stands on a whole pixel, next to the place.
        assert!(middle == 0.875 && tooltip.contains("0.8"), "{middle}: {tooltip}");

        page.choose("open", &file("words.h5")).await;
        let is_told = "document.getElementById('note-text').innerText.includes('words.h5')";
        page.wait_for("the note", is_told).await;
        let note = page.text("note-text").await;
        assert!(note.contains("expected") && note.contains("found"), "{note}");
        assert!(page.text("title").await.starts_with("surface_and"));
    });
}

#[test]
fn a_file_that_is_no_surface_is_named_with_what_is_wrong_and_changes_nothing() {
    let Some(dist) = dist() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let good = std::fs::read(own_file(folder.path(), "own.lossland", "own")).expect("a file");
    let damaged: Vec<u8> =
        good.iter().enumerate().map(|(i, b)| if i == good.len() / 2 { !b } else { *b }).collect();
    let npz = npz::write(&lossland_surface::decode(&good).expect("a file")).expect("a surface");
    let cut = good[..good.len() / 2].to_vec();
    with_page(&site(&dist), DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let before = page.picture().await;
        for (name, content) in [
            ("damaged.lossland", damaged.as_slice()),
            ("cut.lossland", &cut),
            ("empty.lossland", &[]),
            ("<img src=x onerror=alert(1)>.csv", b"x,y\n1,2\n"),
            ("cut.npz", &npz[..npz.len() / 2]),
            ("notes.txt", b"loss 0.3"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("a temporary folder");
            page.choose("open", &path).await;
            let script =
                format!("document.querySelector('#note-text').innerText.includes('{name}')");
            page.wait_for("the note", &script).await;
            let note = page.text("note-text").await;
            assert!(note.contains("expected") || note.contains("found"), "{note}");
        }
        assert!(page.text("note-text").await.contains(".npz, .csv, .h5 or .hdf5"));
        page.click("#note-close").await;
        assert_eq!(page.picture().await.n_changed(&before, MIDDLE), 0);
        assert_eq!(page.text("title").await, "Surface bowl, training loss");
    });
}
