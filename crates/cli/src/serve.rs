//! `lossland serve`: surfaces in the page, for a browser on this machine.
//!
//! A static host of the loopback address and of files that are in its memory from the start: no path of a
//! request ever meets the disk. A page of another host whose name leads here (DNS rebinding) says so in the
//! request's `Host`, and gets nothing.

use crate::Outcome;
use crate::page::{PageArgs, Site};
use anyhow::Context;
use lossland_bundle::{Assets, CATALOG};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

/// Arguments of `lossland serve`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland serve runs/*.npz
  lossland serve resnet20.lossland --page site --port 9000

Prints the address to open and serves until Ctrl-C. Other machines can't reach it.")]
pub(crate) struct Args {
    #[command(flatten)]
    page: PageArgs,
    /// The port of 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
}

/// Longer requests are no browser's.
const MAX_REQUEST: usize = 16 << 10;
const MAX_HEADERS: usize = 64;
/// A browser that has connected asks within this time, or connects again.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let files = files(&args.page.site()?, &args.page.assets()?)?;
    let address = (Ipv4Addr::LOCALHOST, args.port);
    let listener =
        TcpListener::bind(address).with_context(|| format!("taking port {}", args.port))?;
    let port = listener.local_addr()?.port();
    writeln!(io::stdout(), "serving http://127.0.0.1:{port}/ (Ctrl-C stops it)")?;
    std::thread::scope(|threads| {
        loop {
            let Ok((stream, _)) = listener.accept() else {
                // One that hung up already, or too many at once: others may do better a little later.
                std::thread::sleep(Duration::from_millis(50));
                continue;
            };
            let files = &files;
            threads.spawn(move || answer(stream, port, files).ok());
        }
    })
}

/// All that is served, by its path.
type Files = BTreeMap<String, Vec<u8>>;

/// The page with these assets: what lies beside it, and its readers of other formats.
fn files(site: &Site, assets: &Assets) -> anyhow::Result<Files> {
    let mut files = Files::from([("/".to_owned(), site.html.clone().into_bytes())]);
    files.insert("/index.html".to_owned(), site.html.clone().into_bytes());
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let path = site.folder.join(&folder);
        let entries = fs::read_dir(&path).with_context(|| format!("reading {path:?}"))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("reading {path:?}"))?;
            let name = format!("{folder}{}", entry.file_name().to_string_lossy());
            let path = entry.path();
            if path.is_dir() && name.starts_with("formats") {
                folders.push(format!("{name}/"));
            } else if path.is_file() && name != "index.html" {
                let bytes = site.read(&name)?;
                files.insert(format!("/{name}"), bytes);
            }
        }
    }
    files.insert(format!("/{CATALOG}"), assets.catalog_json().into_bytes());
    for (name, bytes) in assets.surfaces() {
        files.insert(format!("/{name}"), bytes.clone());
    }
    Ok(files)
}

fn answer(mut stream: TcpStream, port: u16, files: &Files) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = match Request::read(&mut stream)? {
        Some(request) if request.is_for(port) => request,
        Some(_) => return refuse(&mut stream, "421 Misdirected Request"),
        None => return refuse(&mut stream, "400 Bad Request"),
    };
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return refuse(&mut stream, "405 Method Not Allowed\r\nAllow: GET, HEAD");
    }
    let path = request.target.split(['?', '#']).next().unwrap_or_default();
    let Some(body) = files.get(path) else { return refuse(&mut stream, "404 Not Found") };
    respond(&mut stream, "200 OK", kind(path), body, request.method == "GET")
}

/// What matters of a request.
struct Request {
    method: String,
    target: String,
    hosts: Vec<Vec<u8>>,
}

impl Request {
    /// The request that comes; `None` if it is none.
    fn read(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let n_read = stream.read(&mut chunk)?;
            bytes.extend_from_slice(&chunk[..n_read]);
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let mut request = httparse::Request::new(&mut headers);
            match request.parse(&bytes) {
                Ok(httparse::Status::Complete(_)) => return Ok(Self::of(&request)),
                Ok(httparse::Status::Partial) if n_read > 0 && bytes.len() < MAX_REQUEST => {}
                _ => return Ok(None),
            }
        }
    }

    fn of(request: &httparse::Request<'_, '_>) -> Option<Self> {
        let headers = request.headers.iter();
        let hosts = headers.filter(|header| header.name.eq_ignore_ascii_case("host"));
        Some(Self {
            method: request.method?.to_owned(),
            target: request.path?.to_owned(),
            hosts: hosts.map(|header| header.value.to_owned()).collect(),
        })
    }

    /// Whether it was meant for this machine by the one who sent it.
    fn is_for(&self, port: u16) -> bool {
        let [host] = self.hosts.as_slice() else { return false };
        let names = ["127.0.0.1", "localhost"];
        names.iter().any(|name| {
            let is_default = port == 80 && host.eq_ignore_ascii_case(name.as_bytes());
            is_default || host.eq_ignore_ascii_case(format!("{name}:{port}").as_bytes())
        })
    }
}

fn kind(path: &str) -> &'static str {
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
    match ending.unwrap_or("html") {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

fn refuse(stream: &mut TcpStream, status: &str) -> io::Result<()> {
    respond(stream, status, "text/plain; charset=utf-8", b"", true)
}

fn respond(
    stream: &mut TcpStream,
    status: &str,
    kind: &str,
    body: &[u8],
    has_body: bool,
) -> io::Result<()> {
    // Pages of other hosts are not to have these files as parts of theirs, and another run may serve others.
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\
         X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n\
         Cache-Control: no-store\r\n\r\n",
        body.len()
    )?;
    if has_body {
        stream.write_all(body)?;
    }
    stream.flush()
}
