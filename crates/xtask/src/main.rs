//! `cargo xtask`: what a developer or CI runs.
//!
//! One program instead of shell scripts, so that a clone on a machine with Rust is all that it takes:
//! each command first brings the tools that it needs (`setup`), into a cache of the user's and not
//! into the checkout, and says what it does and how long that takes.

mod bench;
mod cache;
mod check;
mod digest;
mod halves;
mod lossland;
mod one_file;
mod paths;
mod process;
mod serve;
mod setup;
mod site;
mod sizes;
mod test;
mod versions;
mod workspace;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands:
  serve [--port N]     build the page, serve it at http://127.0.0.1:N/ (8080) and rebuild on change
  build                build the static site, ready for any host, into dist/
  profile              note which of the program's functions a first picture calls: they travel first
  lossland ARGS...     build the `lossland` command and run it
  test [ARGS...]       run every test; ARGS go to `cargo test`
  check                check formatting, lints (native and wasm) and dependencies
  bench page [--rounds N] [--site DIR]
                       build the page (or take a built one from DIR) and measure it in headless Chromium
                       beside a page made with three.js: medians of N rounds (7), as one table
  bench --data DIR [speed | surface NETWORK TOLERANCE]
                       measure what evaluating costs here and how good it is: milliseconds an image for
                       each network (`speed`, minutes), and a whole surface (ResNet-56, 0.05) with a
                       tolerance, checked on all images, which takes long; both where neither is named
  setup                bring all tools now and say where they are

Each command brings the tools that it needs by itself, once, into ~/.cache/lossland
(or $XDG_CACHE_HOME/lossland).

Examples:
  cargo xtask serve --port 9000
  cargo xtask lossland info assets/surfaces/resnet20.lossland
  cargo xtask test -p lossland-surface
";

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let command = args.next();
    match run(command.as_deref().and_then(|c| c.to_str()), args.collect()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Option<&str>, args: Vec<OsString>) -> anyhow::Result<ExitCode> {
    match command {
        // These two pass everything on, --help too.
        Some("lossland") => lossland::run(&args),
        Some("test") => test::run(&args),
        Some("--help" | "-h" | "help") => help(),
        _ if args.iter().any(|arg| arg == "--help" || arg == "-h") => help(),
        Some("bench") => bench::run(&args),
        Some("serve") => serve::run(port(&args)?),
        Some("profile") => no_arguments(&args).and_then(|()| halves::profile()),
        Some("build") => no_arguments(&args).and_then(|()| site::run()),
        Some("check") => no_arguments(&args).and_then(|()| check::run()),
        Some("setup") => no_arguments(&args).and_then(|()| setup::run()),
        // How `serve` starts its own announcer: not for people.
        Some(serve::ANNOUNCE) => serve::announce(&args),
        Some(other) => bail!("no command {other:?}; `cargo xtask --help` lists them"),
        None => {
            eprint!("{HELP}");
            Ok(ExitCode::from(2))
        }
    }
}

fn help() -> anyhow::Result<ExitCode> {
    std::io::stdout().write_all(HELP.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn no_arguments(args: &[OsString]) -> anyhow::Result<()> {
    match args.first() {
        Some(arg) => bail!("unexpected argument {arg:?}; see `cargo xtask --help`"),
        None => Ok(()),
    }
}

/// The port after `--port`, or 8080.
fn port(args: &[OsString]) -> anyhow::Result<u16> {
    let args: Vec<_> = args.iter().map(|arg| arg.to_str().unwrap_or_default()).collect();
    let value = match args[..] {
        [] => return Ok(8080),
        ["--port", value] => value,
        [arg] if arg.starts_with("--port=") => &arg["--port=".len()..],
        _ => bail!("expected `serve [--port N]`, found `serve {}`", args.join(" ")),
    };
    let port = value.parse().ok().filter(|port| *port != 0);
    port.with_context(|| format!("--port: expected a number from 1 to 65535, found {value:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port_of(args: &[&str]) -> Result<u16, String> {
        port(&args.iter().map(OsString::from).collect::<Vec<_>>()).map_err(|e| e.to_string())
    }

    #[test]
    fn a_port_is_taken_in_both_spellings() {
        assert_eq!(port_of(&[]), Ok(8080));
        assert_eq!(port_of(&["--port", "9000"]), Ok(9000));
        assert_eq!(port_of(&["--port=9000"]), Ok(9000));
    }

    #[test]
    fn a_port_that_cannot_be_is_refused() {
        for args in [&["--port", "0"][..], &["--port", "65536"], &["--port"], &["9000"]] {
            assert!(port_of(args).is_err(), "{args:?}");
        }
    }
}
