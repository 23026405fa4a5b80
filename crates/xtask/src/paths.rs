//! Keeps the builder's folders out of the page: a panic names its place in the source, and the compiler
//! writes that into the program as it finds it, home folder, registry and all.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::{process, workspace};

/// Has `command`, a cargo or what starts one, compile with these flags and with short names for the
/// sources of dependencies (`three-d-0.19.0/src/lib.rs`) and of the standard library of `rustc`. Our own
/// are relative already.
pub(crate) fn hide(
    command: &mut Command,
    rustc: Option<&Path>,
    flags: &[String],
) -> anyhow::Result<()> {
    let mut flags: Vec<OsString> = flags.iter().map(Into::into).collect();
    let dependencies = source_folders()?.into_iter().map(|folder| (folder, ""));
    // What it is called where the compiler has no source of the library at hand.
    let library = library(rustc).into_iter().map(|folder| (folder, "/rustc"));
    for (folder, name) in dependencies.chain(library) {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(folder);
        flag.push("=");
        flag.push(name);
        flags.push(flag);
    }
    // Not RUSTFLAGS, which spaces in a path would break.
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join(OsStr::new("\x1f")));
    Ok(())
}

/// The folders that dependencies' folders are in, wherever cargo has put them.
fn source_folders() -> anyhow::Result<Vec<PathBuf>> {
    let mut cargo = process::cargo();
    cargo.args(["metadata", "--format-version=1", "--filter-platform=wasm32-unknown-unknown"]);
    let metadata = process::output(cargo.current_dir(workspace::root()));
    let metadata = metadata.context("`cargo metadata` fails; run it to see why")?;
    let root = workspace::root();
    let mut folders: Vec<PathBuf> = manifests(&metadata)
        .filter_map(|manifest| Some(Path::new(manifest).parent()?.parent()?.to_owned()))
        .filter(|folder| !folder.starts_with(&root) && !root.starts_with(folder))
        .collect();
    folders.sort();
    folders.dedup();
    Ok(folders)
}

/// The manifests that the output of `cargo metadata` names. A path that JSON would write otherwise than
/// it is would be none that is found, and [`check`] then says so.
fn manifests(metadata: &str) -> impl Iterator<Item = &str> {
    let parts = metadata.split("\"manifest_path\":\"").skip(1);
    parts.filter_map(|part| part.split('"').next())
}

fn library(rustc: Option<&Path>) -> Option<PathBuf> {
    let mut rustc = Command::new(rustc.unwrap_or(Path::new("rustc")));
    let sysroot = process::output(rustc.args(["--print", "sysroot"]))?;
    Some(Path::new(&sysroot).join("lib/rustlib/src/rust"))
}

/// Makes sure of it, whatever put a path there.
///
/// # Errors
/// If the program names a file below a user's home or in a registry of cargo's.
pub(crate) fn check(program: &[u8]) -> anyhow::Result<()> {
    let root = workspace::root();
    let home = std::env::var_os("HOME").unwrap_or_default();
    let cargo_home = std::env::var_os("CARGO_HOME").unwrap_or_default();
    let folders = [root.as_os_str(), &home, &cargo_home];
    // A home of `/` or `/root` says nothing; a file's name in it does.
    let folders = folders.iter().filter(|folder| folder.len() > 1);
    let folders = folders.map(|folder| format!("{}/", folder.to_string_lossy()));
    for wanted in folders.chain(["/registry/".into(), "/rustlib/".into()]) {
        let found = program.windows(wanted.len()).position(|bytes| bytes == wanted.as_bytes());
        let context = found.map(|at| {
            let end = program.len().min(at + 100);
            String::from_utf8_lossy(&program[at.saturating_sub(40)..end]).into_owned()
        });
        ensure!(
            context.is_none(),
            "the page's program holds a path of this machine: {wanted:?} in {:?}; it ought to have \
             been left out by --remap-path-prefix",
            context.unwrap_or_default()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_found_where_cargo_has_them() {
        let metadata = r#"{"packages":[{"name":"a","manifest_path":"/x/src/a-1/Cargo.toml","b":1},
            {"name":"b","manifest_path":"/y/b/Cargo.toml"}]}"#;
        let found: Vec<_> = manifests(metadata).collect();
        assert_eq!(found, ["/x/src/a-1/Cargo.toml", "/y/b/Cargo.toml"]);
        let folders = source_folders().expect("cargo metadata");
        assert!(!folders.is_empty(), "the page has dependencies");
        assert!(folders.iter().all(|folder| folder.is_absolute()), "{folders:?}");
    }

    #[test]
    fn a_program_with_a_path_is_refused() {
        check(b"\0asm three-d-0.19.0/src/core.rs /rustc/library/core/src/num.rs").expect("none");
        let root = workspace::root().join("crates/viewer/src/lib.rs");
        let cases = [
            format!("\0asm {}", root.display()),
            "/home/ann/.cargo/registry/src/index/three-d-0.19.0/src/core.rs".into(),
            "/usr/lib/rustlib/src/rust/library/core/src/num.rs".into(),
        ];
        for program in cases {
            let error = check(program.as_bytes()).expect_err("refused").to_string();
            assert!(error.contains("a path of this machine"), "{error}");
        }
    }
}
