//! Figures and tables out of the page: what is downloaded is what is shown.

use lossland_tests::{
    browser::{DESKTOP, dist, with_page},
    command::Lossland,
    site::{Site, surface},
};
use serde_json::Value;

fn site() -> Option<Site> {
    let dist = dist()?;
    let bowl = |lift: f32| move |x: f64, y: f64| lift + (3.0 * (x * x + y * y)) as f32;
    let axes = ["-1:1:9", "-1:1:9"];
    let odd =
        surface("b", axes, "train_loss", bowl(2.0)).with_title("<b>&\"odd\"").expect("a title");
    Some(Site::new(&dist, &[surface("a", axes, "train_loss", bowl(0.0)), odd], 2))
}

/// Width, height and how many colours an image has.
fn image(bytes: &[u8]) -> (u32, u32, usize) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a small image")];
    let info = reader.next_frame(&mut pixels).expect("its pixels");
    let n = info.color_type.samples();
    let colors: std::collections::BTreeSet<&[u8]> = pixels.chunks_exact(n).collect();
    (info.width, info.height, colors.len())
}

#[test]
fn pictures_have_the_pixels_that_are_chosen_and_the_page_stays_as_it_is() {
    let Some(site) = site() else { return };
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.catch_downloads().await;
        page.wait_for_surfaces(2).await;
        let before = page.picture().await;
        let mut sizes = Vec::new();
        for scale in ["1", "2", "4"] {
            page.set("save-scale", scale).await;
            let (name, kind, bytes) = page.download("save-png").await;
            assert!(name.ends_with(".png") && kind == "image/png", "{name} {kind}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)), "{name}");
            let (width, height, n_colors) = image(&bytes);
            assert!(n_colors > 200, "{n_colors} colours");
            sizes.push([width, height]);
        }
        assert_eq!(sizes[1], sizes[0].map(|side| 2 * side));
        assert_eq!(sizes[2], sizes[0].map(|side| 4 * side));
        let after = page.picture().await;
        assert!(before == after, "the picture in the page is as it was");
        // Without heading and legend there is less.
        page.set("save-scale", "1").await;
        let (_, _, with) = page.download("save-png").await;
        page.click("#save-captioned").await;
        let (_, _, without) = page.download("save-png").await;
        assert!(with != without);
    });
}

#[test]
fn drawings_are_files_of_xml_with_text_as_text() {
    let Some(site) = site() else { return };
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.catch_downloads().await;
        page.wait_for_surfaces(2).await;
        assert_eq!(page.run("return document.getElementById('save-section').disabled").await, true);
        page.click("#section-alpha").await;
        for id in ["save-contours", "save-section"] {
            let (name, kind, bytes) = page.download(id).await;
            assert!(name.ends_with(".svg") && kind == "image/svg+xml", "{name} {kind}");
            let text = String::from_utf8(bytes).expect("UTF-8");
            let quoted = Value::String(text.clone());
            let facts = page
                .run(&format!(
                    "const file = new DOMParser().parseFromString({quoted}, 'image/svg+xml');
                 return [file.querySelectorAll('parsererror, script, b').length,
                     [...file.querySelectorAll('text')].map(text => text.textContent)]"
                ))
                .await;
            assert_eq!(facts[0], 0, "{text}");
            let said = facts[1].to_string();
            assert!(said.contains("<b>&\\\"odd\\\""), "{said}");
            assert!(!text.contains("var(") && !text.contains("http-equiv"), "{text}");
        }
    });
}

#[test]
fn tables_are_the_values_that_are_shown() {
    let Some(site) = site() else { return };
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.catch_downloads().await;
        page.wait_for_surfaces(2).await;
        let (name, _, bytes) = page.download("save-values").await;
        assert!(name.ends_with("values.csv"), "{name}");
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(text.lines().count(), 1 + 2 * 81);
        assert!(text.lines().any(|row| row == "Surface a,train_loss,1.0,-1.0,6.0"), "{text}");
        assert!(
            text.lines().any(|row| row == "\"<b>&\"\"odd\"\"\",train_loss,0.0,0.0,2.0"),
            "{text}"
        );
        page.click("#section-beta").await;
        let (_, _, bytes) = page.download("save-section-values").await;
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(text.lines().any(|row| row == "Surface a,train_loss,1.0,0.0,0.0,0.0"), "{text}");
    });
}

#[test]
fn shapes_are_of_the_surface_chosen_as_it_is_drawn() {
    let (Some(site), Some(lossland)) = (site(), Lossland::find()) else { return };
    let folder = site.path().join("assets/surfaces");
    with_page(&site, DESKTOP, "#show=a,b&cut=5&scale=log", &[], async |page| {
        page.catch_downloads().await;
        page.wait_for_surfaces(2).await;
        page.set("solid-of", "1").await;
        for id in ["stl", "glb", "vtk"] {
            let (name, _, bytes) = page.download(&format!("save-{id}")).await;
            assert_eq!(name, format!("b-odd.{id}"));
            lossland.succeed(&folder, &format!("convert b.lossland b.{id} --cut 5 --log"));
            let expected = std::fs::read(folder.join(format!("b.{id}"))).expect("a file");
            assert!(bytes == expected, "{id}: as the command writes it");
            let said = page.text("save-text").await;
            assert!(said.contains(&name), "{said}");
        }
    });
}

#[test]
fn what_cannot_be_made_is_told_and_leaves_the_page_as_it_was() {
    let Some(dist) = dist() else { return };
    let flat = surface("flat", ["-1:1:9", "0:0:1"], "train_loss", |x, _| (x * x) as f32);
    let site = Site::new(&dist, &[flat], 1);
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        page.click("#save-stl").await;
        let is_told = "document.getElementById('save-text').innerText.startsWith('Not saved')";
        page.wait_for("the reason", is_told).await;
        let said = page.text("save-text").await;
        assert!(said.contains("expected"), "{said}");
    });
}

#[test]
fn a_picture_that_the_device_refuses_is_told_and_the_page_goes_on() {
    let Some(site) = site() else { return };
    with_page(&site, DESKTOP, "look=a:auto:0.5", &["lossland: drawing"], async |page| {
        page.wait_for_surfaces(2).await;
        let before = page.picture().await;
        page.set("save-scale", "4").await;
        // No room for larger layers; and no program for their pixels, twice, since what was refused once
        // must not pass for made.
        for (question, answer) in [
            ("checkFramebufferStatus", "0"),
            ("getProgramParameter", "false"),
            ("getProgramParameter", "false"),
        ] {
            let of = format!("WebGL2RenderingContext.prototype.{question}");
            page.run(&format!(
                "document.getElementById('save-text').textContent = '';
                 window.asked = {of}; {of} = () => {answer}"
            ))
            .await;
            page.click("#save-png").await;
            let is_told = "document.getElementById('save-text').innerText.includes('could not')";
            page.wait_for("the reason", is_told).await;
            page.run(&format!("{of} = window.asked")).await;
        }
        assert_eq!(page.run("return document.getElementById('webgl-card').hidden").await, true);
        assert!(page.picture().await == before, "the picture in the page is as it was");
    });
}

#[test]
fn the_frame_that_is_copied_is_the_one_that_readme_tells() {
    let Some(site) = site() else { return };
    with_page(&site, DESKTOP, "#show=b&scale=log", &[], async |page| {
        page.run(
            "Object.defineProperty(navigator, 'clipboard',
                { value: { writeText: async (text) => { window.copied = text; } } })",
        )
        .await;
        page.wait_for_surfaces(1).await;
        page.click("#copy-frame").await;
        page.wait_for("a copy", "document.getElementById('copy-text').innerText === 'Copied.'")
            .await;
        let frame = page.run("return copied").await;
        let frame = frame.as_str().expect("a text");
        let address = format!("{}?embed=1#show=b&amp;scale=log", page.server.url());
        let readme = include_str!("../README.md");
        let told = readme.lines().find(|line| line.starts_with("<iframe")).expect("a frame");
        let title = "&lt;b>&amp;&quot;odd&quot;, training loss";
        let told = told.replace("https://HOST/PATH/?embed=1#VIEW", &address);
        assert_eq!(frame, told.replace("Loss landscape", title));
        // A browser reads it as one element with that address and title.
        let read = page
            .run(
                "// Without its style, which this page's policy would forbid.
                const text = copied.replace(' style=\"border: 0\"', '');
                const frame = new DOMParser().parseFromString(text, 'text/html').body;
                return [frame.childElementCount, frame.firstChild.src, frame.firstChild.title]",
            )
            .await;
        assert_eq!(read[0], 1);
        assert_eq!(read[1], address.replace("&amp;", "&"));
        assert_eq!(read[2], "<b>&\"odd\", training loss");
    });
}
