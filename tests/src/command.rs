//! The `lossland` command as a person runs it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The built command, by the variable `LOSSLAND_BIN` that `cargo xtask test` sets.
pub struct Lossland(PathBuf);

/// What a finished run left behind.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// The longest that a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(120);

impl Lossland {
    /// The command, or `None` with a message where there is none.
    pub fn find() -> Option<Self> {
        let path = std::env::var_os("LOSSLAND_BIN").map(PathBuf::from);
        if path.is_none() {
            eprintln!("skipped: LOSSLAND_BIN is not set; `cargo xtask test` sets it");
        }
        path.map(Self)
    }

    /// Runs it in `folder` to its end, with arguments separated by blanks.
    ///
    /// # Panics
    /// If it can't be started.
    pub fn run(&self, folder: &Path, args: &str) -> Finished {
        let output = self.command(folder, args).output().expect("the command starts");
        Finished {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, for runs that must succeed.
    ///
    /// # Panics
    /// If it fails.
    pub fn succeed(&self, folder: &Path, args: &str) -> Finished {
        let finished = self.run(folder, args);
        assert_eq!(finished.code, Some(0), "{args}: {finished:?}");
        finished
    }

    /// Starts it and returns once `is_time`.
    ///
    /// # Panics
    /// If it ends before that, or it never comes.
    pub fn start_until(&self, folder: &Path, args: &str, is_time: impl Fn() -> bool) -> Child {
        let mut command = self.command(folder, args);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("the command starts");
        let begun = Instant::now();
        while !is_time() {
            let ended = child.try_wait().expect("a child of ours");
            assert!(ended.is_none(), "{args}: ended too early, {ended:?}");
            assert!(begun.elapsed() < PATIENCE, "{args}: what was waited for did not come");
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }

    /// The command, to be started in `folder`.
    pub fn command(&self, folder: &Path, args: &str) -> Command {
        let mut command = Command::new(&self.0);
        command.args(args.split_whitespace()).current_dir(folder).stdin(Stdio::null());
        // Hosts of the tests are on this machine, whatever proxy leads away from it.
        command.env("NO_PROXY", "127.0.0.1");
        command
    }
}

/// Sends Ctrl-C to a child and waits for its end.
///
/// # Panics
/// If it does not end.
pub fn interrupt(mut child: Child) -> ExitStatus {
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
    assert!(sent.expect("a shell").success(), "the signal was sent");
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            return status;
        }
        assert!(begun.elapsed() < PATIENCE, "Ctrl-C did not end it");
        std::thread::sleep(Duration::from_millis(5));
    }
}
