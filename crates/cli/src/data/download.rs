//! A file by HTTP, which goes on where an earlier run stopped (RFC 9110, section 14) and is taken for
//! whole only if it has the digest that was asked for.

use crate::Outcome;
use crate::interrupt::stop_asked;
use crate::progress::Progress;
use anyhow::{Context, bail, ensure};
use lossland_surface::sha256_hex;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, TlsConfig};
use ureq::{Agent, Body, http::Response, http::StatusCode};

/// A server that says nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// Six times CIFAR-10's archive; a server that goes on and on shall not fill the disk.
const MAX_LEN: u64 = 1 << 30;

/// What there is of a file so far; nobody else writes to it meanwhile.
pub(super) struct Download {
    path: PathBuf,
    file: File,
    len: u64,
}

impl Download {
    /// Goes on with what is at `path`, or begins.
    ///
    /// # Errors
    /// If another process does so, or the system refuses.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let context = || format!("opening {path:?}");
        let file = OpenOptions::new().create(true).append(true).open(path).with_context(context)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                bail!("{path:?} is in use: another process downloads it; wait for that")
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(context),
            Ok(()) => {}
        }
        let len = file.metadata().with_context(context)?.len();
        Ok(Self { path: path.to_owned(), file, len })
    }

    /// Gets what is missing from `url`. A whole file with another digest than `sha256` is removed, so
    /// that the next run begins afresh; an incomplete one stays.
    ///
    /// # Errors
    /// If the server, the network or the system refuses, or the digest is another.
    pub(super) fn complete(&mut self, url: &str, sha256: &str) -> anyhow::Result<Outcome> {
        // Killed between the last byte and what was to be done with it.
        if self.len > 0 && self.digest()? == sha256 {
            return Ok(Outcome::Done);
        }
        let mut response = request(url, self.len)?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE && self.len > 0 {
            // Longer than what there is to get: not the same file.
            self.begin_again()?;
            response = request(url, 0)?;
        }
        match response.status() {
            StatusCode::OK => self.begin_again()?,
            StatusCode::PARTIAL_CONTENT if range_start(&response) == Some(self.len) => {}
            status => bail!(
                "expected {url:?} to be answered with 200 or, from byte {}, 206, found {status}; \
                 check the address, or try again later",
                self.len
            ),
        }
        if let Outcome::Interrupted = self.receive(response, url)? {
            return Ok(Outcome::Interrupted);
        }
        let found = self.digest()?;
        if found != sha256 {
            fs::remove_file(&self.path).with_context(|| format!("removing {:?}", self.path))?;
            bail!(
                "expected SHA-256 {sha256}, found {found} for the {} bytes of {url:?}; nothing was \
                 unpacked, and the download is removed: try again, check --url, or, for another \
                 archive that you trust, give its --sha256",
                self.len
            );
        }
        Ok(Outcome::Done)
    }

    fn receive(&mut self, response: Response<Body>, url: &str) -> anyhow::Result<Outcome> {
        let mut progress = response.body().content_length().map(|missing| {
            Progress::new("download", "MB", megabytes(self.len + missing), megabytes(self.len))
        });
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        let outcome = loop {
            if stop_asked() {
                break Outcome::Interrupted;
            }
            let n = body.read(&mut buffer).with_context(|| {
                format!(
                    "downloading {url:?}: after {} bytes, with which the same command goes on",
                    self.len
                )
            })?;
            if n == 0 {
                break Outcome::Done;
            }
            self.append(&buffer[..n])?;
            if let Some(progress) = &mut progress {
                progress.set(megabytes(self.len), "");
            }
        };
        if let Some(progress) = &progress {
            progress.clear();
        }
        Ok(outcome)
    }

    fn append(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.len += bytes.len() as u64;
        ensure!(self.len <= MAX_LEN, "expected {MAX_LEN} bytes at most, found more; check --url");
        self.file.write_all(bytes).with_context(|| format!("writing {:?}", self.path))
    }

    fn begin_again(&mut self) -> anyhow::Result<()> {
        if self.len > 0 {
            eprintln!("the server does not go on after {} bytes; beginning again", self.len);
        }
        self.len = 0;
        self.file.set_len(0).with_context(|| format!("writing {:?}", self.path))
    }

    fn digest(&self) -> anyhow::Result<String> {
        let bytes = fs::read(&self.path).with_context(|| format!("reading {:?}", self.path))?;
        Ok(sha256_hex(&bytes))
    }
}

/// Asks for the file from byte `start` on.
fn request(url: &str, start: u64) -> anyhow::Result<Response<Body>> {
    let agent: Agent = Agent::config_builder()
        .tls_config(tls())
        .http_status_as_error(false)
        .timeout_resolve(Some(PATIENCE))
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .user_agent(concat!("lossland/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut request = agent.get(url);
    if start > 0 {
        request = request.header("Range", format!("bytes={start}-"));
    }
    request.call().with_context(|| format!("downloading {url:?}"))
}

/// TLS that trusts whom the system trusts.
fn tls() -> TlsConfig {
    let trusted = rustls_native_certs::load_native_certs().certs;
    if trusted.is_empty() {
        eprintln!(
            "warning: found no certificate authorities on this system, without which https fails; \
             Debian's are in the package ca-certificates"
        );
    }
    let trusted = trusted.iter().map(|der| Certificate::from_der(der).to_owned());
    TlsConfig::builder()
        .root_certs(trusted.into())
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}

/// Where a part begins: `Content-Range: bytes START-END/TOTAL`.
fn range_start(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get("Content-Range")?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

fn megabytes(bytes: u64) -> u64 {
    bytes / 1_000_000
}
