//! What can be wrong with a site.

use lossland_surface::SurfaceError;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// This is no page of ours, or not one that `cargo xtask build` made: build the site anew.
    #[error("expected {expected} in the page that `cargo xtask build` makes, found {found}")]
    Page {
        /// What the page should have.
        expected: String,
        /// What it has.
        found: String,
    },
    /// The site lacks a file that its page names: build the site anew.
    #[error("expected the file {0:?}, which the page names, found none")]
    Missing(String),
    /// A surface can't be listed.
    #[error(transparent)]
    Surface(#[from] SurfaceError),
}

impl BundleError {
    pub(crate) fn page(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Page { expected: expected.into(), found: found.into() }
    }
}
