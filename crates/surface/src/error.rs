//! One error type; its variants say who can act.

/// Why a surface could not be built, read or written. Messages say what was expected, what was
/// found and what to do; the caller adds which file it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SurfaceError {
    /// The bytes are not what they claim to be: make the file again.
    #[error("expected {expected}, found {found}")]
    Format {
        /// What a well-formed file has at this place.
        expected: String,
        /// What this one has.
        found: String,
    },
    /// The file is of a later format: update this program or page.
    #[error(
        "expected format version {supported}, found version {found}: written by a newer lossland, \
         or damaged; update the program or the page that reads it"
    )]
    Version {
        /// The version in the file.
        found: u16,
        /// The one version that this crate reads.
        supported: u16,
    },
    /// The content exceeds a limit that protects the reader.
    #[error("{what} is too large: at most {limit} allowed, found {found}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// Its size.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// The values contradict each other or the rules of a surface: mend them at their origin.
    #[error("{0}")]
    Invalid(String),
    /// Any of these, in one part of a file.
    #[error("{place}: {error}")]
    Within {
        /// The part, for example `array "x"` or `line 3`.
        place: String,
        /// What is wrong there.
        error: Box<SurfaceError>,
    },
}

impl SurfaceError {
    pub(crate) fn format(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Format { expected: expected.into(), found: found.into() }
    }

    /// The same, said of one part of a file.
    pub(crate) fn within(self, place: impl Into<String>) -> Self {
        Self::Within { place: place.into(), error: Box::new(self) }
    }
}
