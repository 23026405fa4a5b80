//! Packages of the system, on Debian and its kin.
//!
//! Root gets them installed; anybody else gets the one command to type.

use std::path::Path;
use std::process::Command;

use anyhow::bail;

use crate::process;

/// Makes sure that something is there, by these packages if need be.
pub(super) fn need(
    what: &str,
    packages: &[&str],
    is_there: impl Fn() -> bool,
    log: &Path,
) -> anyhow::Result<()> {
    if is_there() {
        return Ok(());
    }
    if can_install() {
        install(packages, log)?;
    }
    match is_there() {
        true => Ok(()),
        false => bail!("{what} is missing; run: {}", by_hand(packages)),
    }
}

/// Whether this is Debian or its kin, and we are root there.
pub(super) fn can_install() -> bool {
    process::find("apt-get").is_some()
        && process::output(Command::new("id").arg("-u")).as_deref() == Some("0")
}

/// What somebody types who is not root.
pub(super) fn by_hand(packages: &[&str]) -> String {
    format!("sudo apt-get install {}", packages.join(" "))
}

/// Installs packages; fetches the list of packages first where they are not to be had without.
pub(super) fn install(packages: &[&str], log: &Path) -> anyhow::Result<()> {
    let apt_get = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(["-o", "DPkg::Lock::Timeout=600"]).args(args);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        process::run_logged(&mut command, log)
    };
    let args = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    apt_get(&args).or_else(|_| apt_get(&["update"]).and_then(|()| apt_get(&args)))
}
