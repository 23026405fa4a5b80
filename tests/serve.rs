//! Surfaces in the page on this machine: `lossland serve`.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{Catalog, csv, encode, npz};
use lossland_tests::{
    browser::{DESKTOP, Page, dist, with_browser},
    command::Lossland,
    server::StaticServer,
    site::surface,
};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use tempfile::TempDir;

/// The command while it serves.
struct Serving {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Serving {
    /// Serves `a.lossland` and `b.npz`; `None` where there is no site or no command.
    fn start() -> Option<Self> {
        let (dist, lossland) = (dist()?, Lossland::find()?);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bowl = |id: &str| {
            surface(id, ["-1:1:21", "-1:1:21"], "train_loss", |x, y| (x * x + y * y) as f32)
        };
        for (name, bytes) in [
            ("a.lossland", encode(&bowl("a")).expect("a surface")),
            ("b.npz", npz::write(&bowl("b")).expect("a surface")),
            ("own.csv", csv::write(&bowl("own")).into_bytes()),
        ] {
            fs::write(folder.path().join(name), bytes).expect("a temporary folder");
        }
        let mut command = lossland.command(folder.path(), "serve a.lossland b.npz");
        command.env("LOSSLAND_PAGE", dist).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("a piped output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let port = line.strip_prefix("serving http://127.0.0.1:");
        let port = port.and_then(|rest| rest.split_once("/ (Ctrl-C stops it)")?.0.parse().ok());
        let port = port.unwrap_or_else(|| panic!("expected an address, found {line:?}"));
        Some(Self { child, port, folder })
    }

    /// The answer to these bytes.
    fn answer(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a host");
        stream.write_all(request).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        answer
    }

    /// The status, the head and the body of the answer to a request in which PORT stands for the port.
    fn ask(&self, request: &str) -> (u16, String, Vec<u8>) {
        let answer = self.answer(request.replace("PORT", &self.port.to_string()).as_bytes());
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(answer[..end].to_vec()).expect("text");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.expect("a status"), head, answer[end + 4..].to_vec())
    }

    fn get(&self, path: &str) -> (u16, String, Vec<u8>) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // One that has ended already can't be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_page_shows_the_files() {
    let Some(serving) = Serving::start() else { return };
    let empty = tempfile::tempdir().expect("a temporary folder");
    with_browser(StaticServer::start(empty.path()), DESKTOP, async |page: &Page| {
        page.reduce_motion(true).await;
        page.open_address(&format!("http://localhost:{}/", serving.port)).await;
        page.wait_for_surfaces(2).await;
        let title = page.text("title").await;
        assert!(title.contains("Surface a") && title.contains("Surface b"), "{title}");
        page.wait_for("an address", "location.hash.includes('show=a,b')").await;
        // Its readers of other formats are there, too.
        page.choose("open", &serving.folder.path().join("own.csv")).await;
        page.wait_for("the file", "document.getElementById('title').innerText.startsWith('own')")
            .await;
        page.check_conduct(&[]).await;
    });
}

#[test]
fn only_this_machine_is_answered_and_only_under_its_own_name() {
    let Some(serving) = Serving::start() else { return };
    // All of 127.0.0.0/8 leads here; a host of all addresses would answer.
    assert!(TcpStream::connect(("127.0.0.2", serving.port)).is_err(), "127.0.0.1 alone");
    for host in ["127.0.0.1:PORT", "localhost:PORT", "LOCALHOST:PORT"] {
        let (status, head, body) = serving.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(status, 200, "{host}");
        assert!(head.contains("Content-Type: text/html"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
        assert!(body.starts_with(b"<!doctype html>"));
    }
    for host in [
        "Host: example.com\r\n",
        "Host: example.com:PORT\r\n",
        "Host: 127.0.0.1\r\n",
        "Host: 127.0.0.1:1\r\n",
        "Host: localhost.example.com:PORT\r\n",
        "Host: 127.0.0.1:PORT.example.com\r\n",
        "Host: [::1]:PORT\r\n",
        "Host:\r\n",
        "Host: 127.0.0.1:PORT\r\nHost: example.com\r\n",
        "",
    ] {
        let (status, _, body) = serving.ask(&format!("GET / HTTP/1.1\r\n{host}\r\n"));
        assert_eq!((status, body), (421, Vec::new()), "{host:?}");
    }
}

#[test]
fn there_is_nothing_but_the_page_and_the_files() {
    let Some(serving) = Serving::start() else { return };
    let (status, head, json) = serving.get("/assets/catalog.json?x=1");
    assert_eq!(status, 200);
    assert!(head.contains("Content-Type: application/json") && head.contains("no-store"), "{head}");
    let catalog = Catalog::parse(&json).expect("a catalogue");
    assert_eq!(catalog.surfaces().len(), 2);
    for entry in catalog.surfaces() {
        let (status, _, bytes) = serving.get(&format!("/assets/{}", entry.file));
        assert_eq!((status, bytes.len() as u64), (200, entry.bytes), "{}", entry.file);
    }
    for path in [
        "/a.lossland",
        "/assets/",
        "/assets/surfaces/resnet20.lossland",
        "/../index.html",
        "/assets/../index.html",
        "/%2e%2e/Cargo.toml",
        "//etc/passwd",
        "/etc/passwd",
        "/..\\index.html",
        "http://127.0.0.1:PORT/index.html",
        "*",
    ] {
        let (status, _, body) = serving.get(path);
        assert_eq!((status, body), (404, Vec::new()), "{path}");
    }
    let of = "HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n";
    let (_, _, page) = serving.get("/index.html");
    let (status, head, body) = serving.ask(&format!("HEAD /index.html {of}"));
    assert_eq!((status, body), (200, Vec::new()));
    assert!(head.contains(&format!("Content-Length: {}", page.len())), "{head}");
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let (status, head, _) = serving.ask(&format!("{method} / {of}"));
        assert_eq!(status, 405, "{method}");
        assert!(head.contains("Allow: GET, HEAD"), "{head}");
    }
}

#[test]
fn what_is_no_request_ends_nothing() {
    let Some(serving) = Serving::start() else { return };
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(16 << 10));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: x\r\n".repeat(100));
    for request in ["\0\u{1}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9\r\n\r\n", &long, &many] {
        // One that is too long need not be read to its end, and the connection then breaks off.
        let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).expect("a host");
        stream.write_all(request.as_bytes()).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{answer:?}");
    }
    // Hangs up in the middle.
    drop(TcpStream::connect(("127.0.0.1", serving.port)).expect("a host"));
    assert_eq!(serving.get("/").0, 200);
}

#[test]
fn without_a_page_or_a_port_it_says_what_to_do() {
    let Some(lossland) = Lossland::find() else { return };
    let Some(serving) = Serving::start() else { return };
    let folder = serving.folder.path();
    let failed = lossland.run(folder, "serve a.lossland");
    assert_eq!(failed.code, Some(1));
    assert!(failed.stderr.contains("`cargo xtask build`"), "{}", failed.stderr);
    let mut busy = lossland.command(folder, &format!("serve a.lossland --port {}", serving.port));
    let busy = busy.env("LOSSLAND_PAGE", dist().expect("a site")).output().expect("it starts");
    assert_eq!(busy.status.code(), Some(1));
    let said = String::from_utf8_lossy(&busy.stderr);
    assert!(said.contains(&format!("taking port {}", serving.port)), "{said}");
}
