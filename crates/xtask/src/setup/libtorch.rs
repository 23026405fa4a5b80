//! libtorch, which trains and evaluates: the one that LIBTORCH points to, or one for the CPU.
//!
//! There is no package of libtorch for the CPU alone, but the Python wheel of torch has it inside. The
//! same binary finds CUDA at run time if a full torch is there, so this one serves for building.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::debian;
use crate::cache::{Cache, Recipe, Site};
use crate::process;
use crate::versions::{LIBTORCH, LIBTORCH_CUDA_CUPTI, LIBTORCH_CUDA_RUNTIME};

/// Files of the wheels that are kept, by the start of their names. `libtorch_cpu.so` of this wheel
/// links the two of NVIDIA's, which it finds at their place beside `torch/`.
const KEPT: &[&str] = &[
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libc10.so",
    "torch/lib/libgomp.so.1",
    "torch/include/",
    "nvidia/cu13/lib/libcudart.so.13",
    "nvidia/cu13/lib/libcupti.so.13",
];

/// Unpacks from the wheels in the folder of the first argument what starts with one of the others.
const UNPACK: &str = "\
import glob, sys, zipfile
for path in glob.glob(sys.argv[1] + '/*.whl'):
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(sys.argv[2], [n for n in wheel.namelist() if n.startswith(tuple(sys.argv[3:]))])
";

/// What LIBTORCH has to be: the folder with `lib/` and `include/`.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<PathBuf> {
    if let Some(dir) = std::env::var_os("LIBTORCH").map(PathBuf::from) {
        return match version_of(&dir) {
            Some(version) if version == LIBTORCH => Ok(dir),
            found => bail!(
                "LIBTORCH={}: expected libtorch {LIBTORCH}, found {}; unset LIBTORCH to have the right one brought",
                dir.display(),
                found.as_deref().unwrap_or("none")
            ),
        };
    }
    let name = format!("libtorch-{LIBTORCH}");
    let cost = "544 MB of Python wheels, 500 MB of which are kept, about a minute on a fast line";
    let home = cache.get(&Recipe { name: &name, stamp: &name, cost }, install)?;
    Ok(home.join("torch"))
}

/// libtorch says its version in one file, a torch of Python's in another; what follows a `+` is the
/// kind of build.
fn version_of(dir: &Path) -> Option<String> {
    let plain = fs::read_to_string(dir.join("build-version")).ok();
    let version = plain.or_else(|| {
        let text = fs::read_to_string(dir.join("version.py")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("__version__ = "))?;
        Some(line.trim_matches('\'').to_owned())
    })?;
    Some(version.split('+').next().unwrap_or_default().trim().to_owned())
}

fn install(site: &Site<'_>) -> anyhow::Result<()> {
    if std::env::consts::OS != "linux" {
        bail!("libtorch can be brought on Linux only; set LIBTORCH to a libtorch {LIBTORCH}");
    }
    let has_pip =
        || process::output(Command::new("python3").args(["-m", "pip", "--version"])).is_some();
    debian::need("pip, which downloads libtorch,", &["python3-pip"], has_pip, site.log)?;
    let has_cxx = || process::find("c++").is_some();
    debian::need("a C++ compiler, which builds against libtorch,", &["g++"], has_cxx, site.log)?;

    let wheels = site.part.join("wheels");
    // The wheel for one version of Python is as good as that for another: the libraries are the same.
    let torch = ["--only-binary=:all:", "--python-version=311", "--platform"];
    let platform = format!("manylinux_2_28_{}", std::env::consts::ARCH);
    download(site, &wheels, &[&torch[..], &[&platform, &format!("torch=={LIBTORCH}")]].concat())?;
    let runtime = format!("nvidia-cuda-runtime=={LIBTORCH_CUDA_RUNTIME}");
    let cupti = format!("nvidia-cuda-cupti=={LIBTORCH_CUDA_CUPTI}");
    download(site, &wheels, &[&runtime, &cupti])?;

    let mut unpack = Command::new("python3");
    unpack.args(["-c", UNPACK]).arg(&wheels).arg(site.part).args(KEPT);
    process::run_logged(&mut unpack, site.log)?;
    crate::cache::remove(&wheels)?;

    let torch = site.part.join("torch");
    // The wheel's own libtorch.so needs the CUDA library, and torch-sys always links -ltorch: a linker
    // script stands in for it.
    fs::write(torch.join("lib/libtorch.so"), "INPUT(libtorch_cpu.so)\n").context("no torch/lib")?;
    fs::write(torch.join("build-version"), LIBTORCH)?;
    Ok(())
}

fn download(site: &Site<'_>, wheels: &Path, args: &[&str]) -> anyhow::Result<()> {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--no-deps", "--no-cache-dir", "--progress-bar=off", "-d"]);
    process::run_logged(pip.arg(wheels).args(args), site.log)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_with(file: &str, text: &str) -> Option<String> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::write(dir.path().join(file), text).expect("written");
        version_of(dir.path())
    }

    #[test]
    fn versions_of_both_kinds_of_torch_are_read() {
        let found = Some("2.11.0".to_owned());
        assert_eq!(version_with("build-version", "2.11.0"), found);
        assert_eq!(version_with("build-version", "2.11.0+cpu\n"), found);
        assert_eq!(version_with("version.py", "a = 1\n__version__ = '2.11.0+cu130'\n"), found);
        assert_eq!(version_with("README", "2.11.0"), None);
    }
}
