//! The built page with surfaces of one's own: the files that it fetches of them ([`Assets`]), and all of it
//! in one HTML file ([`Page::in_one_file`]), which opens from a disk and asks no host for anything.
//!
//! No input or output: whoever has the site's files hands them in. What comes from outside, as the names of
//! surfaces do, stands in the file where it can't be markup: titles and views with their characters
//! escaped, the catalogue as JSON without `<`, everything else in base64.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod assets;
mod error;
mod head;
mod page;

pub use assets::{Assets, CATALOG};
pub use error::BundleError;
pub use page::{Cover, Page};
