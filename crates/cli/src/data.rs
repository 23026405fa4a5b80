//! `lossland data fetch`: a data set from where its authors publish it, checked and unpacked.
//!
//! The archive comes first as `cifar-10-binary.tar.gz.part`. It is unpacked only if it has the digest
//! it should have, into a folder that is there as a whole or not at all, and removed. The folder gets
//! a list of digests, `SHA256SUMS`, by which the next run, or `sha256sum -c`, knows it again.

mod download;

use crate::{Outcome, interrupt};
use anyhow::{Context, bail, ensure};
use download::Download;
use lossland_compute::{CIFAR10_FILES, CIFAR10_FOLDER, unpack_cifar10};
use lossland_files::{create_folder, read_if_present, remove_if_present, write_atomically};
use lossland_surface::sha256_hex;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `lossland data`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Download a data set, check its digest and unpack it
    Fetch(Fetch),
}

/// Where CIFAR-10's author publishes the binary version: 170,052,171 bytes.
const URL: &str = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";
/// SHA-256 of that file, as TensorFlow Datasets records it (`url_checksums/cifar10.txt`). The
/// author publishes its MD5, c32a1d4ab5d03f1284b67883e8d87530.
const SHA256: &str = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd";

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland data fetch cifar10
  lossland data fetch cifar10 --out /data --url http://mirror.example/cifar-10-binary.tar.gz

Interrupted, the same command goes on. A proxy is used if ALL_PROXY, HTTPS_PROXY or HTTP_PROXY names
one, but not for the hosts in NO_PROXY. Where there is no network, --data also takes the archive as
it is, however it came there.")]
struct Fetch {
    /// The data set
    #[arg(value_name = "NAME")]
    name: Name,
    /// Where to make the folder cifar-10-batches-bin
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Address of the archive
    #[arg(long, value_name = "URL", default_value = URL)]
    url: String,
    /// SHA-256 that the archive must have, in hexadecimal; the official archive's unless given
    #[arg(long, value_name = "HEX", default_value = SHA256, hide_default_value = true,
          value_parser = parse_digest)]
    sha256: String,
}

/// The data sets that can be fetched.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Name {
    Cifar10,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Command::Fetch(args) = &args.command;
    let Name::Cifar10 = args.name;
    fetch(args)
}

fn fetch(args: &Fetch) -> anyhow::Result<Outcome> {
    let folder = args.out.join(CIFAR10_FOLDER);
    let part = args.out.join("cifar-10-binary.tar.gz.part");
    if folder.exists() {
        verify(&folder, &args.sha256)?;
        eprintln!("{folder:?} holds this very data, whole; nothing to do");
    } else {
        interrupt::watch()?;
        fs::create_dir_all(&args.out).with_context(|| format!("making {:?}", args.out))?;
        let mut download = Download::open(&part)?;
        if let Outcome::Interrupted = download.complete(&args.url, &args.sha256)? {
            eprintln!(
                "interrupted; what there is so far is in {part:?}, and the same command goes on"
            );
            return Ok(Outcome::Interrupted);
        }
        create_folder(&folder, |folder| unpack(&part, folder, &args.sha256))
            .with_context(|| format!("unpacking {part:?} to {folder:?}"))?;
    }
    remove_if_present(&part).with_context(|| format!("removing {part:?}"))?;
    writeln!(std::io::stdout(), "{}", folder.display())?;
    Ok(Outcome::Done)
}

/// The list of digests in the folder.
const SUMS: &str = "SHA256SUMS";

fn unpack(archive: &Path, folder: &Path, sha256: &str) -> anyhow::Result<()> {
    unpack_cifar10(archive, folder)?;
    write_atomically(&folder.join(SUMS), sums(folder, sha256)?.as_bytes())?;
    Ok(())
}

/// Whether the folder still is what `unpack` made of the archive with this digest.
fn verify(folder: &Path, sha256: &str) -> anyhow::Result<()> {
    let Some(made) = read_if_present(&folder.join(SUMS))? else {
        bail!(
            "expected no {folder:?}, or one that this command has made, found one without {SUMS}; \
             give it to --data as it is, or choose another --out"
        );
    };
    let found = sums(folder, sha256)?;
    ensure!(
        made == found.as_bytes(),
        "expected {folder:?} as it was unpacked from the archive with SHA-256 {sha256}, found what \
         differs from its {SUMS}; remove the folder, or choose another --out"
    );
    Ok(())
}

/// The digests of the folder's files, as `sha256sum` lists them.
fn sums(folder: &Path, archive_sha256: &str) -> anyhow::Result<String> {
    let mut list = format!("# of the archive that these are from: {archive_sha256}\n");
    for name in CIFAR10_FILES {
        let path = folder.join(name);
        let bytes = fs::read(&path).with_context(|| format!("reading {path:?}"))?;
        list += &format!("{}  {name}\n", sha256_hex(&bytes));
    }
    Ok(list)
}

fn parse_digest(text: &str) -> Result<String, String> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digest = is_digest.then(|| text.to_ascii_lowercase());
    digest.ok_or_else(|| "expected 64 hexadecimal digits".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_in_either_case() {
        assert_eq!(parse_digest(SHA256).as_deref(), Ok(SHA256));
        assert_eq!(parse_digest(&SHA256.to_uppercase()).as_deref(), Ok(SHA256));
        for other in ["", &SHA256[1..], &SHA256.replace('c', "g")] {
            assert!(parse_digest(other).is_err(), "{other}");
        }
    }
}
