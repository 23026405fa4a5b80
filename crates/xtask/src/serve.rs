//! `cargo xtask serve`: the page, built, served and rebuilt when a source changes.
//!
//! This process becomes Trunk, so that whoever stops it stops Trunk. Trunk tells its address even if
//! the page could not be built; so a small second process tells it, once the page answers.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::cache::Cache;
use crate::{process, site, workspace};

/// The command of the second process.
pub(crate) const ANNOUNCE: &str = "announce";

pub(crate) fn run(port: u16) -> anyhow::Result<ExitCode> {
    // Before the set-up, which may take minutes.
    if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        let why = match error.kind() {
            ErrorKind::AddrInUse => "is busy".to_owned(),
            _ => format!("cannot be used: {error}"),
        };
        let other = port.checked_add(1).unwrap_or(8080);
        bail!("port {port} {why}; try another: cargo xtask serve --port {other}");
    }
    let mut trunk = site::trunk(&Cache::open()?, None)?;
    let dist = workspace::root().join("target/serve");
    crate::cache::remove(&dist)?;
    trunk
        .args(["serve", "--address", "127.0.0.1", "--port", &port.to_string(), "--dist"])
        .arg(dist);

    // Through a shell that ends at once, since nobody will wait for the announcer's end.
    let this = std::env::current_exe()?;
    let mut announcer = Command::new("sh");
    announcer.args(["-c", "\"$0\" \"$@\" &"]).arg(this).arg(ANNOUNCE);
    announcer.args([port.to_string(), std::process::id().to_string()]);
    announcer.status().context("starting the announcer")?;
    Err(trunk.exec()).context("starting Trunk")
}

/// Waits until the page answers and prints its address; gives up when the server is gone.
///
/// `args` are the port and the server's process.
pub(crate) fn announce(args: &[OsString]) -> anyhow::Result<ExitCode> {
    let [port, server] = args else { bail!("expected a port and a process") };
    let port = port.to_str().and_then(|port| port.parse().ok()).context("a port")?;
    while !answers(port).unwrap_or(false) {
        let mut lives = Command::new("sh");
        if process::output(lives.args(["-c", "kill -0 \"$0\""]).arg(server)).is_none() {
            return Ok(ExitCode::FAILURE);
        }
        sleep(Duration::from_millis(200));
    }
    writeln!(std::io::stdout(), "serving http://127.0.0.1:{port}/ (Ctrl-C stops it)")?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the page is there.
fn answers(port: u16) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status)?;
    Ok(status.split(' ').nth(1) == Some("200"))
}
