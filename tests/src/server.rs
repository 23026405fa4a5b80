//! A static host as plain as they come: files below one path of the loopback address, everything
//! else is not found. It remembers what was asked for.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The path under which a page is served, to show that it need not be the root.
const PREFIX: &str = "/some/sub-path/";

/// A host that serves until the test program ends.
pub struct StaticServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl StaticServer {
    /// Serves the files of `folder`.
    ///
    /// # Panics
    /// If no port of the loopback address can be had.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, "")
    }

    /// The same, isolating its pages from all other origins: browsers then give them finer timers.
    ///
    /// # Panics
    /// As [`StaticServer::start`].
    pub fn start_isolated(folder: &Path) -> Self {
        Self::start_with(
            folder,
            "Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Embedder-Policy: require-corp\r\n",
        )
    }

    fn start_with(folder: &Path, headers: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port of 127.0.0.1");
        let address = listener.local_addr().expect("a bound socket has an address");
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (folder, log) = (folder.to_owned(), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, log) = (folder.clone(), log.clone());
                // A browser that hangs up in the middle is no error of the host.
                std::thread::spawn(move || answer(stream, &folder, headers, &log).ok());
            }
        });
        Self { address, asked }
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        format!("http://{}{PREFIX}", self.address)
    }

    /// The paths asked for so far that are not below the page's own.
    pub fn strays(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("no thread panics with it");
        asked.iter().filter(|path| !path.starts_with(PREFIX)).cloned().collect()
    }

    /// The paths below the page's own that were asked for so far, in order.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("no thread panics with it");
        asked.iter().filter_map(|path| Some(path.strip_prefix(PREFIX)?.to_owned())).collect()
    }

    /// How often a path below the page's own was asked for.
    pub fn count(&self, path: &str) -> usize {
        let path = format!("{PREFIX}{path}");
        let asked = self.asked.lock().expect("no thread panics with it");
        asked.iter().filter(|asked| **asked == path).count()
    }
}

fn answer(
    mut stream: TcpStream,
    folder: &Path,
    headers: &str,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the head decides nothing here.
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or("/").split(['?', '#']).next().unwrap_or("/");
    log.lock().expect("no thread panics with it").push(path.to_owned());

    match path.strip_prefix(PREFIX).and_then(|path| read(folder, path)) {
        Some((kind, body)) => respond(&mut stream, "200 OK", headers, kind, &body),
        None => respond(&mut stream, "404 Not Found", headers, "text/plain", b"not found"),
    }
}

fn read(folder: &Path, path: &str) -> Option<(&'static str, Vec<u8>)> {
    let path = if path.is_empty() { "index.html" } else { path };
    let is_plain = path.split('/').all(|part| !part.is_empty() && part != "..");
    let file: PathBuf = folder.join(path);
    let kind = match file.extension()?.to_str()? {
        "html" => "text/html",
        "js" => "text/javascript",
        "css" => "text/css",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    };
    is_plain.then(|| std::fs::read(file).ok()).flatten().map(|body| (kind, body))
}

fn respond(
    stream: &mut TcpStream,
    status: &str,
    headers: &str,
    kind: &str,
    body: &[u8],
) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{headers}Content-Type: {kind}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)
}
