//! `cargo xtask serve`: the page, built, served and rebuilt when a source changes.
//!
//! This process becomes Trunk, so that whoever stops it stops Trunk. Trunk tells its address even if
//! the page could not be built; so a small second process tells it, once the page answers.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::{CommandExt as _, parent_id};
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::cache::Cache;
use crate::{site, workspace};

/// The command of the second process.
pub(crate) const ANNOUNCE: &str = "announce";

pub(crate) fn run(port: u16) -> anyhow::Result<ExitCode> {
    // Before the set-up, which may take minutes.
    if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        let other = if port == 8080 { 8081 } else { 8080 };
        bail!("port {port} cannot be used ({error}); try: cargo xtask serve --port {other}");
    }
    let mut trunk = site::trunk(&Cache::open()?, None)?;
    let dist = workspace::root().join("target/serve");
    crate::cache::remove(&dist)?;
    trunk
        .args(["serve", "--address", "127.0.0.1", "--port", &port.to_string(), "--dist"])
        .arg(dist);

    let this = std::env::current_exe()?;
    Command::new(this)
        .args([ANNOUNCE, &port.to_string()])
        .spawn()
        .context("starting the announcer")?;
    Err(trunk.exec()).context("starting Trunk")
}

/// Waits until the page answers and prints its address; gives up when the server is gone.
pub(crate) fn announce(args: &[OsString]) -> anyhow::Result<ExitCode> {
    let port = args.first().and_then(|arg| arg.to_str()?.parse().ok()).context("a port")?;
    let server = parent_id();
    while parent_id() == server {
        if answers(port).is_some() {
            writeln!(std::io::stdout(), "serving http://127.0.0.1:{port}/ (Ctrl-C stops it)")?;
            break;
        }
        sleep(Duration::from_millis(100));
    }
    Ok(ExitCode::SUCCESS)
}

/// Something, if the page is there.
fn answers(port: u16) -> Option<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    stream.write_all(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").ok()?;
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status).ok()?;
    (status.split(' ').nth(1) == Some("200")).then_some(())
}
