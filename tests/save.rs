//! Figures and tables out of the page: what is downloaded is what is shown.

use lossland_tests::{
    browser::{DESKTOP, Page, dist, with_page},
    site::{Site, surface},
};
use serde_json::Value;

/// Keeps what would be downloaded: its name, and its bytes as a `data:` address.
const CATCH: &str = "
    window.saved = [];
    let latest = null;
    const address = URL.createObjectURL;
    URL.createObjectURL = (blob) => address.call(URL, latest = blob);
    HTMLAnchorElement.prototype.click = function () {
        const [name, blob, reader] = [this.download, latest, new FileReader()];
        reader.onload = () => saved.push([name, blob.type, reader.result]);
        reader.readAsDataURL(blob);
    };";

fn site() -> Option<Site> {
    let dist = dist()?;
    let bowl = |lift: f32| move |x: f64, y: f64| lift + (3.0 * (x * x + y * y)) as f32;
    let axes = ["-1:1:9", "-1:1:9"];
    let odd =
        surface("b", axes, "train_loss", bowl(2.0)).with_title("<b>&\"odd\"").expect("a title");
    Some(Site::new(&dist, &[surface("a", axes, "train_loss", bowl(0.0)), odd], 2))
}

async fn save(page: &Page, id: &str) -> (String, String, Vec<u8>) {
    page.run("saved.length = 0").await;
    page.click(&format!("#{id}")).await;
    page.wait_for("a file", "saved.length === 1").await;
    let saved = page.run("return saved[0]").await;
    let text = |i: usize| saved[i].as_str().expect("a text").to_owned();
    let bytes =
        page.run("return [...atob(saved[0][2].split(',')[1])].map(c => c.charCodeAt(0))").await;
    let bytes = bytes.as_array().expect("bytes").iter().map(|b| b.as_u64().unwrap_or(0) as u8);
    (text(0), text(1), bytes.collect())
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
        page.run(CATCH).await;
        page.wait_for_surfaces(2).await;
        let before = page.picture().await;
        let mut sizes = Vec::new();
        for scale in ["1", "2", "4"] {
            page.set("save-scale", scale).await;
            let (name, kind, bytes) = save(page, "save-png").await;
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
        let (_, _, with) = save(page, "save-png").await;
        page.click("#save-captioned").await;
        let (_, _, without) = save(page, "save-png").await;
        assert!(with != without);
    });
}

#[test]
fn drawings_are_files_of_xml_with_text_as_text() {
    let Some(site) = site() else { return };
    with_page(&site, DESKTOP, "", &[], async |page| {
        page.run(CATCH).await;
        page.wait_for_surfaces(2).await;
        assert_eq!(page.run("return document.getElementById('save-section').disabled").await, true);
        page.click("#section-alpha").await;
        for id in ["save-contours", "save-section"] {
            let (name, kind, bytes) = save(page, id).await;
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
        page.run(CATCH).await;
        page.wait_for_surfaces(2).await;
        let (name, _, bytes) = save(page, "save-values").await;
        assert!(name.ends_with("values.csv"), "{name}");
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(text.lines().count(), 1 + 2 * 81);
        assert!(text.lines().any(|row| row == "Surface a,train_loss,1.0,-1.0,6.0"), "{text}");
        assert!(
            text.lines().any(|row| row == "\"<b>&\"\"odd\"\"\",train_loss,0.0,0.0,2.0"),
            "{text}"
        );
        page.click("#section-beta").await;
        let (_, _, bytes) = save(page, "save-section-values").await;
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(text.lines().any(|row| row == "Surface a,train_loss,1.0,0.0,0.0,0.0"), "{text}");
    });
}
