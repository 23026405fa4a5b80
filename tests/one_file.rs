//! The page in one HTML file: `lossland export --html`.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{Surface, csv, encode, npz};
use lossland_tests::{
    browser::{DESKTOP, Page, dist, with_browser, with_page},
    command::Lossland,
    server::StaticServer,
    site::{Site, surface},
};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Notes what the page's policy forbids.
const WATCH: &str = "
    window.forbidden = [];
    addEventListener('securitypolicyviolation', (event) => forbidden.push(event.violatedDirective));";

fn bowl(id: &str) -> Surface {
    surface(id, ["-1:1:21", "-1:1:21"], "train_loss", |x, y| (4.0 * (x * x + y * y)) as f32)
}

/// The built site and the command, where there are both.
fn tools() -> Option<(std::path::PathBuf, Lossland)> {
    Some((dist()?, Lossland::find()?))
}

/// A folder with a surface in each format.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in [
        ("a.lossland", encode(&bowl("a")).expect("a surface")),
        ("b.npz", npz::write(&bowl("b")).expect("a surface")),
        ("c.csv", csv::write(&bowl("c")).into_bytes()),
    ] {
        fs::write(folder.path().join(name), bytes).expect("a temporary folder");
    }
    folder
}

/// Opens a file from the disk, with the network off and a host that nobody is to ask.
fn with_file(file: &Path, address: &str, test: impl AsyncFnOnce(&Page)) {
    let empty = tempfile::tempdir().expect("a temporary folder");
    with_browser(StaticServer::start(empty.path()), DESKTOP, async |page: &Page| {
        page.reduce_motion(true).await;
        page.run_first(WATCH).await;
        page.go_offline().await;
        page.open_address(&format!("file://{}{address}", file.display())).await;
        test(page).await;
    });
}

async fn check_silence(page: &Page) {
    page.check_conduct(&[]).await;
    let asked = page.run("return performance.getEntriesByType('resource').map(e => e.name)").await;
    assert_eq!(asked, serde_json::json!([]), "asked for");
    assert_eq!(page.run("return forbidden").await, serde_json::json!([]), "forbidden");
}

#[test]
fn it_opens_from_disk_without_a_network_and_shows_the_view_asked_for() {
    let Some((dist, lossland)) = tools() else { return };
    let folder = folder();
    let page = format!("--page {}", dist.display());
    let view = "show=a,b&scale=log&view=side";
    let done = lossland.succeed(
        folder.path(),
        &format!(
            "export --html out.html {page} --title Study --hash #{view} a.lossland b.npz c.csv"
        ),
    );
    assert_eq!(done.stdout, "out.html\n");
    with_file(&folder.path().join("out.html"), "", async |page| {
        page.wait_for_surfaces(2).await;
        assert_eq!(page.run("return document.getElementById('layout-side').checked").await, true);
        assert_eq!(page.run("return document.getElementById('scale-log').checked").await, true);
        assert_eq!(page.run("return document.querySelectorAll('#surfaces li').length").await, 3);
        let title = page.text("title").await;
        assert!(title.contains("Surface a") && title.contains("Surface b"), "{title}");
        let name = page.run("return document.title").await;
        assert_eq!(name, format!("{title} \u{b7} Study"));
        page.point_at(page.project(0.5, 0.5, 2.0).await).await;
        let tooltip = page.text("tooltip").await;
        assert!(tooltip.contains("Surface a") && tooltip.contains("loss"), "{tooltip}");
        // What no first picture needs is there, too.
        page.click("#measures-toggle").await;
        page.wait_for("measures", "document.querySelectorAll('#measures-body tr').length > 5")
            .await;
        page.click("#surfaces li:nth-child(3) .only").await;
        page.wait_for("the third", "document.getElementById('title').innerText.startsWith('c')")
            .await;
        check_silence(page).await;
        // The policy would keep a script of the page from asking.
        let ask = format!(
            "return new Promise((done) => {{
                const request = new XMLHttpRequest();
                request.onload = () => done('answered');
                request.onerror = () => done('refused');
                request.open('GET', '{}');
                request.send();
            }})",
            page.server.url()
        );
        assert_eq!(page.run(&ask).await, "refused");
        assert_eq!(page.run("return forbidden").await, serde_json::json!(["connect-src"]));
    });
    // An address with a view of its own comes first.
    with_file(&folder.path().join("out.html"), "#show=c", async |page| {
        page.wait_for_surfaces(1).await;
        assert!(page.text("title").await.starts_with('c'));
        check_silence(page).await;
    });
}

#[test]
fn the_page_itself_makes_one_of_its_view_with_files_of_ones_own() {
    let Some((dist, lossland)) = tools() else { return };
    let folder = folder();
    let site = Site::split(&dist, &[bowl("a"), bowl("z")], 1);
    with_page(&site, DESKTOP, "#show=a&scale=log&look=a:magma", &[], async |page| {
        page.catch_downloads().await;
        page.wait_for_surfaces(1).await;
        page.choose("open", &folder.path().join("c.csv")).await;
        page.wait_for("the file", "document.getElementById('title').innerText.startsWith('c')")
            .await;
        page.click("#surfaces li:nth-child(1) input").await;
        let (name, kind, bytes) = page.download("save-page").await;
        assert!(name.ends_with(".html") && kind.starts_with("text/html"), "{name} {kind}");
        fs::write(folder.path().join("saved.html"), bytes).expect("a temporary folder");
    });
    with_file(&folder.path().join("saved.html"), "", async |page| {
        page.wait_for_surfaces(2).await;
        let title = page.text("title").await;
        assert!(title.contains("Surface a") && title.contains("c"), "{title}");
        // What is shown is in it, with its looks, and nothing else.
        assert_eq!(page.run("return document.querySelectorAll('#surfaces li').length").await, 2);
        assert_eq!(page.run("return document.getElementById('scale-log').checked").await, true);
        assert_eq!(page.run("return document.querySelector('.paint').value").await, "magma");
        // What it can't do it does not offer.
        let hidden = "return [...document.querySelectorAll('.from-host')].map(e => e.offsetHeight)";
        assert_eq!(page.run(hidden).await, serde_json::json!([0, 0]));
        check_silence(page).await;
    });
    // The same bytes as the command's, of the same view.
    let address = "show=a&scale=log&look=a:magma";
    let args = "export --html by_command.html a.lossland --hash";
    lossland.succeed(folder.path(), &format!("{args} {address} --page {}", dist.display()));
    with_page(&site, DESKTOP, &format!("#{address}"), &[], async |page| {
        page.catch_downloads().await;
        page.wait_for_surfaces(1).await;
        let (_, _, bytes) = page.download("save-page").await;
        let by_command = fs::read(folder.path().join("by_command.html")).expect("a file");
        assert!(bytes == by_command, "{} and {} bytes", bytes.len(), by_command.len());
    });
}

#[test]
fn without_a_view_all_its_surfaces_are_shown() {
    let Some((dist, lossland)) = tools() else { return };
    let folder = folder();
    let args = format!("export a.lossland c.csv --html out.html --page {}", dist.display());
    lossland.succeed(folder.path(), &args);
    with_file(&folder.path().join("out.html"), "", async |page| {
        page.wait_for_surfaces(2).await;
        // A file from a disk can be turned, and its address follows where the browser lets it.
        page.drag("left", [600.0, 400.0], [700.0, 420.0]).await;
        page.settle().await;
        check_silence(page).await;
    });
}

#[test]
fn names_with_markup_in_them_stay_text() {
    let Some((dist, lossland)) = tools() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let title = "</script><script>broken=1</script><!--<img src=x onerror=broken=1>&amp;\"'";
    let own = bowl("own").with_title(title).expect("a title");
    let name = "<b>&amp;\"'<script>.lossland";
    fs::write(folder.path().join(name), encode(&own).expect("a surface")).expect("written");
    let args = format!(
        "export --html out.html --page {} --title </title><script>broken=1</script> \
         --hash flat=on&\"><script>broken=1</script> {name}",
        dist.display()
    );
    lossland.succeed(folder.path(), &args);
    with_file(&folder.path().join("out.html"), "", async |page| {
        page.wait_for_surfaces(1).await;
        assert_eq!(page.run("return typeof broken").await, "undefined");
        assert_eq!(page.run("return document.querySelectorAll('img, b').length").await, 0);
        assert_eq!(
            page.run("return document.querySelectorAll('script[type=module]').length").await,
            1
        );
        let shown = page.text("title").await;
        assert!(shown.contains(title), "{shown}");
        let called = page.run("return document.title").await.to_string();
        assert!(called.contains("</title><script>broken=1</script>"), "{called}");
        assert_eq!(page.run("return document.getElementById('flat-on').checked").await, true);
        let note = page.text("note-text").await;
        assert!(note.contains("known here") && note.contains("script"), "{note}");
        check_silence(page).await;
    });
}

#[test]
fn it_opens_files_of_ones_own_and_says_which_it_cannot() {
    let Some((dist, lossland)) = tools() else { return };
    let folder = folder();
    let args = format!("export c.csv --html out.html --page {}", dist.display());
    lossland.succeed(folder.path(), &args);
    with_file(&folder.path().join("out.html"), "", async |page| {
        page.wait_for_surfaces(1).await;
        page.choose("open", &folder.path().join("a.lossland")).await;
        page.wait_for(
            "the file",
            "document.getElementById('title').innerText.includes('Surface a')",
        )
        .await;
        page.choose("open", &folder.path().join("b.npz")).await;
        page.wait_for(
            "the note",
            "document.getElementById('note-text').innerText.includes('b.npz')",
        )
        .await;
        let note = page.text("note-text").await;
        assert!(note.contains("`lossland convert`"), "{note}");
        check_silence(page).await;
    });
}

#[test]
fn it_is_written_whole_or_not_at_all_and_what_is_wrong_is_told() {
    let Some((dist, lossland)) = tools() else { return };
    let folder = folder();
    let page = format!("--page {}", dist.display());
    let run = |args: &str| lossland.run(folder.path(), args);
    let out = folder.path().join("out.html");
    fs::write(&out, "mine").expect("written");
    let refused = run(&format!("export a.lossland --html out.html {page}"));
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("is there already"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&out).expect("read"), "mine");
    lossland.succeed(folder.path(), &format!("export a.lossland --html out.html --force {page}"));
    let first = fs::read(&out).expect("read");
    lossland.succeed(folder.path(), &format!("export a.lossland --html again.html {page}"));
    assert!(first == fs::read(folder.path().join("again.html")).expect("read"), "equal bytes");
    fs::remove_file(&out).expect("removed");

    let other = tempfile::tempdir().expect("a temporary folder");
    let of_other = format!("--page {}", other.path().display());
    fs::write(folder.path().join("broken.lossland"), "LOSSLAND").expect("written");
    fs::copy(folder.path().join("a.lossland"), other.path().join("a.lossland")).expect("copied");
    let twice = other.path().join("a.lossland").display().to_string();
    let cases = [
        (format!("a.lossland {of_other}"), "`cargo xtask build`"),
        ("a.lossland".to_owned(), "--page or LOSSLAND_PAGE"),
        (format!("broken.lossland {page}"), "decoding \"broken.lossland\""),
        (format!("a.lossland {twice} {page}"), "found \"a\" twice"),
        (format!("gone.npz {page}"), "reading \"gone.npz\""),
    ];
    for (args, expected) in cases {
        let failed = run(&format!("export --html out.html {args}"));
        assert_eq!(failed.code, Some(1), "{args}: {failed:?}");
        assert!(failed.stderr.contains(expected), "{args}: {}", failed.stderr);
        assert!(!out.exists(), "{args}");
    }
    fs::write(other.path().join("index.html"), "<head><title>A page</title></head>")
        .expect("written");
    let failed = run(&format!("export --html out.html a.lossland {of_other}"));
    assert!(failed.stderr.contains("expected <link rel=\"icon\""), "{}", failed.stderr);
    assert_eq!(run("export a.lossland").code, Some(2), "nowhere to write to");
}
