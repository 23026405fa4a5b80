//! Chromium and its driver, in which the tests look at the page.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::debian;
use crate::cache::Cache;
use crate::process;

const BROWSERS: &[&str] =
    &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PACKAGES: &[&str] = &["chromium", "chromium-driver"];

/// A browser that a program can drive.
pub(crate) struct Chromium {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Both programs; they are the system's, and not kept in the cache.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<Chromium> {
    if find().is_none() && !debian::can_install() {
        bail!("Chromium with chromedriver is missing; run: {}", debian::by_hand(PACKAGES));
    }
    cache.bring(
        "chromium",
        "packages of the system, about a minute",
        || find().is_some(),
        |log| debian::install(PACKAGES, log),
    )?;
    find().context("chromium and chromedriver are not on PATH, though their packages are installed")
}

fn find() -> Option<Chromium> {
    let browser = BROWSERS.iter().find_map(|name| process::find(name))?;
    Some(Chromium { browser, driver: process::find("chromedriver")? })
}
