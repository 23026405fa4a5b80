//! Ctrl-C and SIGTERM: the first asks the run to stop and keep what it has, the second ends it.

use anyhow::Context;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP_ASKED: AtomicBool = AtomicBool::new(false);

/// Takes over Ctrl-C and SIGTERM for the rest of the program; once is enough.
pub(crate) fn watch() -> anyhow::Result<()> {
    static IS_WATCHING: AtomicBool = AtomicBool::new(false);
    if IS_WATCHING.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    ctrlc::set_handler(|| {
        if STOP_ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("\nstopping; what there is so far is kept (Ctrl-C again to stop at once)");
    })
    .context("taking over Ctrl-C")
}

/// Whether the user asked to stop.
pub(crate) fn stop_asked() -> bool {
    STOP_ASKED.load(Ordering::Relaxed)
}
