//! `cargo xtask test`: every test, of the crates and end to end, and one closing line with the counts.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use anyhow::Context as _;

use crate::cache::Cache;
use crate::lossland::with_libtorch;
use crate::setup::{axe, chromium, libtorch, pytorch};
use crate::{process, site, sizes, workspace};

/// Builds what the tests need, runs them all, and ends with the line `N passed, N failed`.
pub(crate) fn run(args: &[OsString]) -> anyhow::Result<ExitCode> {
    let cache = Cache::open()?;
    let libtorch = libtorch::get(&cache)?;
    let chromium = chromium::get(&cache)?;
    let axe = axe::get(&cache)?;
    // Brought by `cargo xtask setup` alone, since it is large; without it, its tests say that they skip.
    let python = pytorch::find();
    let root = workspace::root();

    let cargo_test = || -> anyhow::Result<Command> {
        let mut tests = process::cargo();
        tests.args(["test", "--no-fail-fast"]).current_dir(&root);
        let selects =
            |arg: &OsString| matches!(arg.to_str(), Some("-p" | "--package" | "--workspace"));
        if !args.iter().any(selects) {
            tests.arg("--workspace");
        }
        with_libtorch(&mut tests, &libtorch)?;
        Ok(tests)
    };

    let mut counts = Counts::default();
    // The tests of the page and of the command need these two; the others run without them.
    let mut lossland = process::cargo();
    lossland.args(["build", "--package", "lossland"]).current_dir(&root);
    with_libtorch(&mut lossland, &libtorch)?;
    counts.need("the lossland command", process::run(&mut lossland));
    // The site is built by the command that is tested, so that it is not compiled twice. Most of that
    // time one core links; the tests are compiled on the other.
    let mut built = Command::new(workspace::native_target()?.join("debug/lossland"));
    with_libtorch(&mut built, &libtorch)?;
    let site = thread::scope(|scope| {
        let site = scope.spawn(|| site::build(&cache, built));
        // What does not compile is told, and counted, when it is to run.
        let of_cargo = args.iter().take_while(|arg| *arg != "--");
        let _ =
            cargo_test().and_then(|mut tests| process::run(tests.arg("--no-run").args(of_cargo)));
        site.join().unwrap_or_else(|_| Err(anyhow::anyhow!("its build has panicked")))
    });
    counts.need("the site", site.and_then(|()| sizes::check(&root.join("dist"))));

    let mut tests = cargo_test()?;
    tests.args(args);
    tests.env("LOSSLAND_DIST", root.join("dist"));
    tests.env("LOSSLAND_BIN", workspace::native_target()?.join("debug/lossland"));
    tests.env("CHROMIUM", chromium.browser).env("CHROMEDRIVER", chromium.driver);
    tests.env("AXE", axe);
    if let Some(python) = python {
        tests.env("TORCH_PYTHON", python);
    }
    // Tests run side by side already.
    tests.env("OMP_NUM_THREADS", "1");
    counts.add(run_counted(&mut tests)?);

    writeln!(std::io::stdout(), "\n{counts}")?;
    Ok(if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs `cargo test`, passes its output on and adds up its counts.
fn run_counted(tests: &mut Command) -> anyhow::Result<Counts> {
    let mut child = tests.stdout(Stdio::piped()).spawn().context("starting cargo test")?;
    let output = BufReader::new(child.stdout.take().context("cargo's standard output")?);
    let mut counts = Counts::default();
    for line in output.lines() {
        let line = line?;
        counts.add(Counts::of_line(&line).unwrap_or_default());
        writeln!(std::io::stdout(), "{line}")?;
    }
    let succeeded = child.wait()?.success();
    if !succeeded && counts.failed == 0 {
        eprintln!("error: cargo test failed before it could run every test");
        counts.failed = 1;
    }
    Ok(counts)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u32,
    failed: u32,
    skipped: u32,
}

impl Counts {
    /// What the closing line of one test program says:
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`.
    fn of_line(line: &str) -> Option<Self> {
        let (_verdict, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count_of = |what: &str| {
            counts.split("; ").find_map(|part| part.strip_suffix(what)?.trim().parse().ok())
        };
        Some(Self {
            passed: count_of("passed")?,
            failed: count_of("failed")?,
            skipped: count_of("ignored")?,
        })
    }

    /// Counts something that the tests need, and that can't be had, as a failure.
    fn need(&mut self, what: &str, had: anyhow::Result<()>) {
        if let Err(error) = had {
            eprintln!("error: {what}: {error:#}");
            self.failed += 1;
        }
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_test_programs_are_read() {
        let ok = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s";
        assert_eq!(Counts::of_line(ok), Some(Counts { passed: 3, failed: 0, skipped: 1 }));
        let bad = "test result: FAILED. 12 passed; 34 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.5s";
        assert_eq!(Counts::of_line(bad), Some(Counts { passed: 12, failed: 34, skipped: 0 }));
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in
            ["", "running 3 tests", "test a ... ok", "test result: ok.", "3 passed; 0 failed"]
        {
            assert_eq!(Counts::of_line(line), None, "{line:?}");
        }
    }

    #[test]
    fn the_sum_is_told_in_the_line_that_ci_reads() {
        let mut sum = Counts { passed: 3, failed: 0, skipped: 0 };
        assert_eq!(sum.to_string(), "3 passed, 0 failed");
        sum.add(Counts { passed: 4, failed: 1, skipped: 2 });
        assert_eq!(sum.to_string(), "7 passed, 1 failed, 2 skipped");
    }
}
