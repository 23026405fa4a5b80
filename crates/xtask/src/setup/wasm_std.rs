//! A compiler with the standard library for wasm32.
//!
//! In this order: the toolchain that is there; rustup, where it may install; Debian's `rustc-web`,
//! which ships the library's source and from which it is built once.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::debian;
use crate::cache::{Cache, Recipe, Site};
use crate::{paths, process, workspace};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGES: &[&str] =
    &["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-22", "gcc", "libc6-dev"];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const CLIPPY: &str = "/usr/bin/cargo-clippy";

/// How the library is compiled: with bitcode inside, `lto = true` works against it.
const FLAGS: [&str; 2] = ["-Cembed-bitcode=yes", "-Cdebuginfo=0"];

/// How to compile for wasm32.
pub(crate) struct WasmToolchain {
    /// The compiler to use instead of the usual one; its folder is `bin` of its sysroot.
    pub(crate) rustc: Option<PathBuf>,
}

impl WasmToolchain {
    /// Makes `command`, a cargo or what starts one, compile with it.
    ///
    /// # Errors
    /// If cargo can't tell where the sources of dependencies are.
    pub(crate) fn apply(&self, command: &mut Command) -> anyhow::Result<()> {
        command.env("CARGO_TARGET_DIR", workspace::wasm_target());
        // Names that tell instances of one generic function apart: what the program is cut in two by.
        let mut flags = vec!["-Csymbol-mangling-version=v0".to_owned()];
        if let Some(rustc) = &self.rustc {
            command.env("RUSTC", rustc);
            // Cargo asks the compiler for its version, which is the same when the library is another.
            let library = rustc.ancestors().nth(2).and_then(crate::cache::stamp_of);
            let digest = crate::digest::prefix_of_digest(library.unwrap_or_default().as_bytes());
            flags.push(format!("-Cmetadata={digest}"));
        }
        paths::hide(command, self.rustc.as_deref(), &flags)
    }

    /// `cargo clippy` for wasm32, ready for its arguments.
    ///
    /// # Errors
    /// As for [`WasmToolchain::apply`].
    pub(crate) fn clippy(&self) -> anyhow::Result<Command> {
        let mut command = match &self.rustc {
            None => process::cargo(),
            // clippy must be of the compiler's own version.
            Some(rustc) => {
                let mut command = Command::new(CLIPPY);
                command.env("SYSROOT", rustc.ancestors().nth(2).unwrap_or(rustc));
                command
            }
        };
        self.apply(&mut command)?;
        command.args(["clippy", "--target", TARGET]);
        Ok(command)
    }
}

/// The compiler, brought if need be.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<WasmToolchain> {
    if has_std("rustc") {
        return Ok(WasmToolchain { rustc: None });
    }
    let rustup = process::find("rustup").is_some()
        && std::env::var("RUSTUP_AUTO_INSTALL").as_deref() != Ok("0");
    if rustup {
        eprintln!("setting up the wasm32 standard library: `rustup target add`, a few seconds");
        let mut command = Command::new("rustup");
        if process::run(command.args(["target", "add", TARGET])).is_ok() && has_std("rustc") {
            return Ok(WasmToolchain { rustc: None });
        }
    }
    if debian_source().is_none() && !debian::can_install() {
        let rustup = if rustup { "`rustup target add wasm32-unknown-unknown`, or: " } else { "" };
        bail!("the wasm32 standard library is missing; run: {rustup}{}", debian::by_hand(PACKAGES));
    }
    Ok(WasmToolchain { rustc: Some(from_debian(cache)?.join("bin/rustc")) })
}

fn has_std(rustc: &str) -> bool {
    let mut command = Command::new(rustc);
    let libs = process::output(command.args(["--print", "target-libdir", "--target", TARGET]));
    let Some(entries) = libs.and_then(|dir| fs::read_dir(dir).ok()) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

/// What the library is built from: Debian's compiler (as it describes itself) and its newest linker.
fn debian_source() -> Option<(String, PathBuf)> {
    let version = process::output(Command::new(RUSTC).arg("-vV"))?;
    let sysroot = process::output(Command::new(RUSTC).args(["--print", "sysroot"]))?;
    let source = Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.toml");
    let linkers = fs::read_dir("/usr/bin").ok()?.flatten().filter_map(|entry| {
        let number = entry.file_name().to_str()?.strip_prefix("lld-")?.parse::<u32>().ok()?;
        Some((number, entry.path()))
    });
    let (_, linker) = linkers.max()?;
    let complete = source.exists() && [CARGO, CLIPPY].iter().all(|tool| Path::new(tool).exists());
    complete.then_some((version, linker))
}

fn from_debian(cache: &Cache) -> anyhow::Result<PathBuf> {
    let packages = "Debian's compiler with its library's source, about a minute";
    cache.bring(
        "rustc-web",
        packages,
        || debian_source().is_some(),
        |log| debian::install(PACKAGES, log),
    )?;
    let (version, linker) = debian_source().with_context(|| {
        format!(
            "{RUSTC} with its source and a linker is incomplete; run: {}",
            debian::by_hand(PACKAGES)
        )
    })?;
    let stamp = format!("{version}\n{}\nsmall, no paths", linker.display());
    let cost = "built from Debian's source of the standard library, about 40 seconds";
    cache.get(&Recipe { name: "wasm-std", stamp: &stamp, cost }, |site| build(site, &linker))
}

/// Makes a sysroot: Debian's own for the host, and a standard library built for wasm32.
fn build(site: &Site<'_>, linker: &Path) -> anyhow::Result<()> {
    let output = |args: &[&str]| {
        process::output(Command::new(RUSTC).args(args))
            .with_context(|| format!("{RUSTC} {args:?} fails"))
    };
    let sysroot = PathBuf::from(output(&["--print", "sysroot"])?);
    let version = output(&["-vV"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.with_context(|| format!("{RUSTC} -vV names no host"))?;

    let rustlib = Path::new("lib/rustlib");
    let wasm_libs = site.part.join(rustlib).join(TARGET).join("lib");
    let host_bin = site.part.join(rustlib).join(host).join("bin");
    let bin = site.part.join("bin");
    for dir in [&wasm_libs, &host_bin, &bin] {
        fs::create_dir_all(dir)?;
    }
    let host_libs = rustlib.join(host).join("lib");
    symlink(sysroot.join(&host_libs), site.part.join(&host_libs))?;
    symlink(linker, host_bin.join("rust-lld"))?;
    for tool in ["rustc", "rustdoc"] {
        let home = site.home.display();
        let script = format!("#!/bin/sh\nexec /usr/bin/{tool} --sysroot \"{home}\" \"$@\"\n");
        fs::write(bin.join(tool), script)?;
        fs::set_permissions(bin.join(tool), fs::Permissions::from_mode(0o755))?;
    }

    for library in build_std(site)? {
        let name = library.file_name().context("a library has a name")?;
        fs::copy(&library, wasm_libs.join(name))?;
    }
    crate::cache::remove(&site.part.join("build"))
}

/// Has cargo build the standard library, as the dependency of an empty crate.
fn build_std(site: &Site<'_>) -> anyhow::Result<Vec<PathBuf>> {
    let dir = site.part.join("build");
    fs::create_dir_all(dir.join("src"))?;
    fs::write(dir.join("src/lib.rs"), "#![no_std]\n")?;
    let manifest = "[package]\nname = \"std-only\"\nedition = \"2021\"\n[workspace]\n";
    fs::write(dir.join("Cargo.toml"), manifest)?;

    let mut cargo = Command::new(CARGO);
    cargo.args([
        "build",
        "--release",
        "--target",
        TARGET,
        "-Zbuild-std=std,panic_abort,test,proc_macro",
        "-Zbuild-std-features=optimize_for_size,backtrace,panic-unwind",
    ]);
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s");
    cargo.current_dir(&dir).env("CARGO_TARGET_DIR", dir.join("target"));
    cargo.env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTDOC");
    // The library's own dependencies come from the registry, too.
    paths::hide(&mut cargo, Some(Path::new(RUSTC)), &FLAGS.map(String::from))?;
    process::run_logged(&mut cargo, site.log)?;

    let libraries = fs::read_dir(dir.join("target").join(TARGET).join("release/deps"))?;
    let libraries = libraries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    let is_std = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".rlib") && !name.starts_with("libstd_only-")
    };
    Ok(libraries.into_iter().filter(is_std).collect())
}
