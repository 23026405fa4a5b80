use super::*;
use lossland_surface::{Field, FieldKind, Grid, Surface};
use std::io::Read as _;

const INDEX: &str = "<!doctype html>
<html lang=\"en\">
<head><meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'self'\">
  <meta charset=\"utf-8\">
  <title>Lossland</title>
  <link rel=\"icon\" href=\"./icon-1.svg\" integrity=\"sha384-A\"/>
  <link rel=\"stylesheet\" href=\"./style-1.css\" integrity=\"sha384-B\"/>
  <link rel=\"preload\" href=\"assets/catalog.json\" as=\"fetch\">
  <!-- Becomes a <meta name=\"program\">. -->
  <meta name=\"one-file\" content=\"./one-file-1.js\"><meta name=\"program\" content=\"./p.js\" \
    data-rest=\"./p_rest.wasm\" data-wasm=\"./p_bg.wasm\">
  <meta name=\"import\" content=\"import-1/import.js\">
  <script src=\"./boot-1.js\" type=\"module\"></script>
<link rel=\"modulepreload\" href=\"./p.js\"></head>
<body><canvas id=\"canvas\"></canvas></body>
</html>
";
const SCRIPT: &str = "console.log('<b>', 1 && 2);\r\nif (1 < 2) {}";
const STYLE: &str = "p::before { content: '<' }\n";
/// A name that is markup wherever it is not kept from it.
const HOSTILE: &str =
    "</script><script>alert(1)</script><!--\"'--><img src=x onerror=alert(1)>&lt;";

pub(crate) fn surface(title: &str) -> Surface {
    let grid = Grid { x: "0:1:2".parse().unwrap(), y: "0:0:1".parse().unwrap() };
    let field = Field::new(FieldKind::TrainLoss, vec![1.0, 2.0]).unwrap();
    Surface::new("a", title, grid, vec![field]).unwrap()
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let page = Page::parse(INDEX).unwrap();
    let content = |name: &str| match name {
        "one-file-1.js" => SCRIPT.into(),
        "style-1.css" => STYLE.into(),
        name => format!("bytes of {name}").into_bytes(),
    };
    page.files().map(|name| (name.to_owned(), content(name))).collect()
}

fn bundled(id: &str, title: &str, cover: &Cover<'_>) -> String {
    let assets = Assets::new(&[(id.to_owned(), surface(title))]).unwrap();
    Page::parse(INDEX).unwrap().in_one_file(&files(), &assets, cover).unwrap()
}

const PLAIN: Cover<'_> = Cover { title: "Lossland", view: "" };

/// What is between the only `begin` and the first `end` after it.
fn between<'a>(html: &'a str, begin: &str, end: &str) -> &'a str {
    let parts: Vec<_> = html.split(begin).collect();
    assert_eq!(parts.len(), 2, "{begin} once in {html}");
    parts[1].split(end).next().unwrap()
}

/// What the page would get of a block of data.
fn data(html: &str, name: &str) -> Vec<u8> {
    let begin = format!("<script type=\"application/gzip\" data-name=\"{name}\">");
    let zipped = STANDARD.decode(between(html, &begin, "</script>")).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&*zipped).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn the_policy_names_the_very_texts_between_the_tags() {
    let html = bundled("a", "A title", &PLAIN);
    let policy = between(&html, "<meta http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let script = between(&html, "<script type=\"module\">", "</script>");
    let style = between(&html, "<style>", "</style>");
    assert_eq!(script, SCRIPT.replace("\r\n", "\n"), "as a browser reads it");
    for (what, text, more) in
        [("script-src", script, " 'wasm-unsafe-eval'"), ("style-src", style, "")]
    {
        let digest = STANDARD.encode(Sha256::digest(text));
        let wanted = format!("; {what} 'sha256-{digest}'{more};");
        assert!(policy.contains(&wanted), "{wanted} in {policy}");
    }
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("self"), "{policy}");
    let head = html.split("<head>").nth(1).unwrap().trim_start();
    assert!(head.starts_with("<meta http-equiv"), "before all that it rules");
}

#[test]
fn nothing_is_left_that_would_be_fetched() {
    let html = bundled("a", "A title", &PLAIN);
    for outside in ["src=", "preload", "stylesheet", "integrity", "boot-1.js", "one-file"] {
        assert!(!html.contains(outside), "{outside} in {html}");
    }
    assert_eq!(html.matches("href=").count(), 1);
    let icon = between(&html, "href=\"data:image/svg+xml;base64,", "\"");
    assert_eq!(STANDARD.decode(icon).unwrap(), b"bytes of icon-1.svg");
    for kept in ["<meta charset=\"utf-8\">", "name=\"program\"", "<canvas id=\"canvas\">"] {
        assert!(html.contains(kept), "{kept} in {html}");
    }
}

#[test]
fn blocks_hold_what_the_page_asks_for() {
    let html = bundled("a", "A title", &PLAIN);
    for name in ["p_bg.wasm", "p_rest.wasm"] {
        assert_eq!(data(&html, name), format!("bytes of {name}").into_bytes());
    }
    let surface_file = data(&html, "assets/surfaces/0.lossland");
    assert_eq!(lossland_surface::decode(&surface_file).unwrap(), surface("A title"));
    let begin = "<script type=\"application/json\" data-name=\"assets/catalog.json\">";
    let json = between(&html, begin, "</script>");
    let catalog = lossland_surface::Catalog::parse(json.as_bytes()).unwrap();
    assert_eq!(catalog.surfaces()[0].file, "surfaces/0.lossland");
    assert_eq!(html, bundled("a", "A title", &PLAIN), "equal inputs give equal bytes");
}

#[test]
fn names_and_titles_are_no_markup() {
    let hostile = bundled(HOSTILE, HOSTILE, &Cover { title: HOSTILE, view: HOSTILE });
    let plain = bundled("a", "A title", &Cover { title: "t", view: "show=a" });
    for markup in ["<", "<script", "</script", "<!--", "<img", "<title", "<meta"] {
        let (n_found, n_plain) = (hostile.matches(markup).count(), plain.matches(markup).count());
        assert_eq!(n_found, n_plain, "{markup} in {hostile}");
    }
    let title = between(&hostile, "<title>", "</title>");
    let view = between(&hostile, "<meta name=\"view\" content=\"", "\">");
    for text in [title, view] {
        assert!(!text.contains(['<', '>', '"', '\'']), "{text}");
        assert_eq!(unescaped(text), HOSTILE);
    }
    // The catalogue says what it is to say all the same.
    let json = between(&hostile, "data-name=\"assets/catalog.json\">", "</script>");
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["surfaces"][0]["title"], HOSTILE);
    assert_eq!(json["surfaces"][0]["id"], HOSTILE);
}

/// As a browser reads it.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("&#");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(';').unwrap();
        plain.push(char::from_u32(number.parse().unwrap()).unwrap());
        plain.push_str(rest);
    }
    plain
}

#[test]
fn a_text_that_would_end_its_element_is_refused() {
    for (name, text) in [
        ("one-file-1.js", "'</script>'"),
        ("one-file-1.js", "'</SCRIPT'"),
        ("one-file-1.js", "'<!-- <script>'"),
        ("style-1.css", "a { content: '</style>' }"),
    ] {
        let mut files = files();
        files.insert(name.to_owned(), text.into());
        let assets = Assets::new(&[]).unwrap();
        let bundled = Page::parse(INDEX).unwrap().in_one_file(&files, &assets, &PLAIN);
        let error = bundled.unwrap_err().to_string();
        assert!(error.contains("that can stand in <"), "{text}: {error}");
    }
    let mut files = files();
    files.insert("style-1.css".to_owned(), vec![0xff]);
    let assets = Assets::new(&[]).unwrap();
    let bundled = Page::parse(INDEX).unwrap().in_one_file(&files, &assets, &PLAIN);
    assert!(bundled.unwrap_err().to_string().contains("no UTF-8"));
}

#[test]
fn a_file_that_is_missing_is_named() {
    let page = Page::parse(INDEX).unwrap();
    let names: Vec<_> = page.files().collect();
    assert_eq!(names, ["icon-1.svg", "style-1.css", "one-file-1.js", "p_bg.wasm", "p_rest.wasm"]);
    for name in names {
        let mut files = files();
        files.remove(name);
        let bundled = page.in_one_file(&files, &Assets::new(&[]).unwrap(), &PLAIN);
        assert!(matches!(bundled, Err(BundleError::Missing(missing)) if missing == name));
    }
}

#[test]
fn another_page_is_refused_with_what_was_expected() {
    let cases = [
        ("", "<head>"),
        ("<html><head><title>A page</title></head></html>", "<link rel=\"icon\" href=...>"),
        (&INDEX.replace("one-file", "other"), "<meta name=\"one-file\" content=...>"),
        (&INDEX.replace("data-rest", "data-x"), "<meta name=\"program\" data-rest=...>"),
        (&INDEX.replace("<body>", "<body><SCRIPT>1</SCRIPT>"), "scripts in its head alone"),
        (&INDEX.replace("./style-1.css", "https://host/style.css"), "beside it or below"),
        (&INDEX.replace("./style-1.css", "../style.css"), "beside it or below"),
        (&INDEX.replace("./style-1.css", "/etc/passwd"), "beside it or below"),
    ];
    for (html, expected) in cases {
        let error = Page::parse(html).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected} in {error}");
    }
}
