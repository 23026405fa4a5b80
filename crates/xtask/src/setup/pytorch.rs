//! A Python with PyTorch, in which the tests run the recipe that README shows.
//!
//! The system's own: the wheels for Linux bring gigabytes of CUDA along.

use std::path::PathBuf;
use std::process::Command;

use super::debian;
use crate::cache::Cache;
use crate::process;

/// NumPy comes with it.
const PACKAGES: &[&str] = &["python3-torch"];

/// Fails where one of the two is missing; does not import them, which takes seconds.
const HAS_BOTH: &str = "\
import importlib.util, sys
sys.exit(not all(map(importlib.util.find_spec, ['torch', 'numpy'])))";

/// The Python, or `None` with a message where it is missing and can't be installed: nothing but one
/// test needs it.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<Option<PathBuf>> {
    if find().is_none() && !debian::can_install() {
        eprintln!(
            "no python3 has torch and numpy, so that README's recipe is not tested; on Debian run: {}",
            debian::by_hand(PACKAGES)
        );
        return Ok(None);
    }
    cache.bring(
        "pytorch",
        "packages of the system, 151 MB, about a minute",
        || find().is_some(),
        |log| debian::install(PACKAGES, log),
    )?;
    match find() {
        Some(python) => Ok(Some(python)),
        None => anyhow::bail!("no python3 has torch and numpy, though {PACKAGES:?} is installed"),
    }
}

/// The one that TORCH_PYTHON names, or the first, or the system's, which a user's own may hide and
/// which alone sees the packages.
pub(crate) fn find() -> Option<PathBuf> {
    let named = std::env::var_os("TORCH_PYTHON").map(PathBuf::from);
    let system = PathBuf::from("/usr/bin/python3");
    named
        .into_iter()
        .chain(process::find("python3"))
        .chain([system])
        .find(|python| process::output(Command::new(python).args(["-c", HAS_BOTH])).is_some())
}
