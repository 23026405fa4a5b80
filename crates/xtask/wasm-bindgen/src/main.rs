//! The `wasm-bindgen` command, as far as Trunk uses it, over the library that the real one is made of.
//!
//! Why not `cargo install wasm-bindgen-cli`: it takes three times as long to compile (most of it for
//! a test runner that the page never needs), and its lock file no longer resolves.

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let mut bindgen = Bindgen::new();
    let mut out_dir = None;
    for arg in std::env::args().skip(1) {
        let (option, value) = arg.split_once('=').unwrap_or((&arg, ""));
        match option {
            // Trunk compares this with the version that Trunk.toml asks for.
            "--version" => {
                println!("wasm-bindgen {}", env!("CARGO_PKG_VERSION"));
                return Ok(());
            }
            "--out-dir" => out_dir = Some(value.to_owned()),
            "--out-name" => _ = bindgen.out_name(value),
            "--target" => match value {
                "web" => _ = bindgen.web(true)?,
                "no-modules" => _ = bindgen.no_modules(true)?,
                _ => bail!("--target: expected web or no-modules, found {value:?}"),
            },
            "--keep-debug" => _ = bindgen.keep_debug(true),
            "--no-demangle" => _ = bindgen.demangle(false),
            "--no-typescript" => _ = bindgen.typescript(false),
            _ if arg.starts_with('-') => bail!("this build of wasm-bindgen has no option {arg}"),
            _ => _ = bindgen.input_path(&arg),
        }
    }
    bindgen.generate(out_dir.context("--out-dir=DIR is missing")?)
}
