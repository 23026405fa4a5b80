//! The crate's one error type. A variant names who has to act; the text says what was expected,
//! what was found and what to do about it.

use std::io;
use std::path::Path;

use tch::TchError;

/// Why a computation did not start or did not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComputeError {
    /// The request cannot be met: whoever wrote the command changes it.
    #[error("{0}")]
    Request(String),
    /// A weights or directions file does not fit the network: give another file, or another
    /// network.
    #[error("{0}")]
    StateFile(String),
    /// The data set is incomplete, damaged or of a kind that is not read: fix or replace it.
    #[error("{0}")]
    Data(String),
    /// What is on disk belongs to another run: choose another output, or remove it.
    #[error("{0}")]
    OtherRun(String),
    /// Another process is writing what is on disk: wait for it, or choose another output.
    #[error("{0}")]
    InUse(String),
    /// The device that was asked for cannot be used: choose another, or repair its driver.
    #[error("{0}")]
    Device(String),
    /// The operating system refused a read or a write.
    #[error("{action}: {source}")]
    Io {
        /// What was being done, with the path: `reading "a.safetensors"`.
        action: String,
        /// What the system answered.
        source: io::Error,
    },
    /// libtorch failed; memory that ran out is the usual reason.
    #[error("libtorch failed: {}", first_line(.0))]
    Torch(#[from] TchError),
}

/// The crate's results.
pub type Result<T, E = ComputeError> = std::result::Result<T, E>;

impl ComputeError {
    /// Wraps what the system answered while `action` (`"reading"`) was done to `path`.
    pub(crate) fn io(action: &str, path: &Path, source: io::Error) -> Self {
        Self::Io { action: format!("{action} {path:?}"), source }
    }
}

/// libtorch appends a C++ backtrace of many lines; the first one carries the message.
fn first_line(error: &TchError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
