//! The program between the tests and the browser.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// The process that drives the browser. Both end with it.
pub(crate) struct Chromedriver {
    pub(crate) child: Child,
    pub(crate) port: u16,
}

impl Chromedriver {
    /// Where many start side by side, one ends now and then without a port; it is started again.
    pub(crate) fn start() -> Self {
        (0..3).find_map(|_| Self::try_start()).expect("chromedriver says its port")
    }

    fn try_start() -> Option<Self> {
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut child = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("starting {}: {error}", program.display()));
        let mut lines = BufReader::new(child.stdout.take().expect("a piped output")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
        });
        let Some(port) = port else {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        };
        // Whoever closes the pipe ends the driver.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, port })
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // One that has ended already can't be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
