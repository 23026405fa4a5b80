//! The user's cache folder, and how something gets into it once and whole.
//!
//! A tool is made in `NAME.part-...` and renamed to `NAME` when it is complete, its stamp inside. So what
//! stands under its name is whole, and an interrupted step starts afresh. The stamp tells what it was
//! made from: another stamp, and it is made again.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};

const STAMP: &str = ".stamp";

/// The folder that keeps the tools: `$XDG_CACHE_HOME/lossland`, or `~/.cache/lossland`.
pub(crate) struct Cache {
    dir: PathBuf,
}

/// Something that the cache can hold.
pub(crate) struct Recipe<'a> {
    /// The folder's name: what it is, with its version.
    pub(crate) name: &'a str,
    /// What it is made from. Whatever must lead to a new one belongs in here.
    pub(crate) stamp: &'a str,
    /// For the user, while it is made: where it comes from and about how long it takes.
    pub(crate) cost: &'a str,
}

/// Where a recipe works.
pub(crate) struct Site<'a> {
    /// Empty at first; the recipe fills it.
    pub(crate) part: &'a Path,
    /// Where `part` will be afterwards, for files that must know their own place.
    pub(crate) home: &'a Path,
    /// Takes what the recipe's programs print.
    pub(crate) log: &'a Path,
}

impl Cache {
    /// # Errors
    /// If neither `XDG_CACHE_HOME` nor `HOME` says where.
    pub(crate) fn open() -> anyhow::Result<Self> {
        let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
        let base =
            base.context("neither XDG_CACHE_HOME nor HOME is set to a folder for the tools")?;
        Ok(Self { dir: base.join("lossland") })
    }

    /// The recipe's folder, made by `install` if it is not there yet.
    ///
    /// # Errors
    /// What `install` says, or that the cache cannot be written.
    pub(crate) fn get(
        &self,
        recipe: &Recipe<'_>,
        install: impl FnOnce(&Site<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<PathBuf> {
        let home = self.dir.join(recipe.name);
        let make = |log: &Path| self.make(recipe, &home, log, install);
        self.bring(recipe.name, recipe.cost, || is_complete(&home, recipe), make)?;
        Ok(home)
    }

    /// Runs one step of set-up unless what it brings is there: something of the system's, or, through
    /// [`Cache::get`], of the cache. One step runs at a time; `install` gets a file for its log.
    ///
    /// # Errors
    /// What `install` says, or that the cache cannot be written.
    pub(crate) fn bring(
        &self,
        name: &str,
        cost: &str,
        is_there: impl Fn() -> bool,
        install: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if is_there() {
            return Ok(());
        }
        let _lock = self.lock()?;
        // Somebody else may have brought it while we waited.
        if is_there() {
            return Ok(());
        }
        eprintln!("setting up {name}: {cost}");
        let start = Instant::now();
        let log = self.dir.join(format!("{name}.log"));
        remove(&log)?;
        install(&log).with_context(|| format!("setting up {name}"))?;
        eprintln!("  {name} is ready after {} s", start.elapsed().as_secs());
        Ok(())
    }

    fn make(
        &self,
        recipe: &Recipe<'_>,
        home: &Path,
        log: &Path,
        install: impl FnOnce(&Site<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.remove_parts(recipe);
        // A name of this process's own: programs of a killed one may still write to its part.
        let part = self.dir.join(format!("{}.part-{}", recipe.name, std::process::id()));
        fs::create_dir(&part)?;
        install(&Site { part: &part, home, log })
            .and_then(|()| Ok(fs::write(part.join(STAMP), recipe.stamp)?))
            .and_then(|()| remove(home))
            .and_then(|()| Ok(fs::rename(&part, home)?))
            .inspect_err(|_| self.remove_parts(recipe))
    }

    /// Removes what interrupted steps have left, as far as nobody is writing to it any more.
    fn remove_parts(&self, recipe: &Recipe<'_>) {
        let parts = format!("{}.part-", recipe.name);
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&parts) {
                _ = remove(&entry.path());
            }
        }
    }

    /// Held by one set-up at a time; the system lets go of it when the process ends, however it ends.
    fn lock(&self) -> anyhow::Result<File> {
        fs::create_dir_all(&self.dir)
            .with_context(|| format!("making the cache folder {}", self.dir.display()))?;
        let path = self.dir.join("lock");
        let file = File::create(&path).with_context(|| format!("opening {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                eprintln!("waiting for the set-up of another `cargo xtask`");
                file.lock()?;
            }
            Err(fs::TryLockError::Error(error)) => bail!("locking {}: {error}", path.display()),
        }
        Ok(file)
    }
}

fn is_complete(home: &Path, recipe: &Recipe<'_>) -> bool {
    stamp_of(home).is_some_and(|stamp| stamp == recipe.stamp)
}

/// What a recipe's folder was made from, if it is whole.
pub(crate) fn stamp_of(home: &Path) -> Option<String> {
    fs::read_to_string(home.join(STAMP)).ok()
}

/// Removes a file or a folder, or nothing where there is none.
pub(crate) fn remove(path: &Path) -> anyhow::Result<()> {
    let result = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    result.with_context(|| format!("removing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: Recipe<'_> = Recipe { name: "tool-1", stamp: "tool 1", cost: "no time" };

    fn cache() -> (tempfile::TempDir, Cache) {
        let temp = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache { dir: temp.path().join("lossland") };
        (temp, cache)
    }

    fn never(_: &Site<'_>) -> anyhow::Result<()> {
        bail!("made twice")
    }

    #[test]
    fn what_is_there_is_not_made_again() {
        let (_temp, cache) = cache();
        let home = cache.get(&RECIPE, |site| Ok(fs::write(site.part.join("bin"), "")?));
        let home = home.expect("made");
        assert!(home.join("bin").exists());
        assert_eq!(cache.get(&RECIPE, never).expect("found"), home);
    }

    #[test]
    fn another_stamp_makes_it_again() {
        let (_temp, cache) = cache();
        cache.get(&RECIPE, |site| Ok(fs::write(site.part.join("old"), "")?)).expect("made");
        let newer = Recipe { stamp: "tool 1, patched", ..RECIPE };
        let home = cache.get(&newer, |_| Ok(())).expect("made again");
        assert!(!home.join("old").exists());
        cache.get(&newer, never).expect("found");
    }

    #[test]
    fn an_interrupted_step_starts_afresh() {
        let (_temp, cache) = cache();
        let killed = cache.dir.join("tool-1.part-1");
        fs::create_dir_all(&killed).expect("made");
        fs::write(killed.join("half"), "").expect("written");
        let home = cache.get(&RECIPE, |site| {
            assert_eq!(fs::read_dir(site.part)?.count(), 0, "the part folder is empty");
            Ok(())
        });
        assert!(!home.expect("made").join("half").exists());
        assert!(!killed.exists(), "what was left is removed");
    }

    #[test]
    fn a_failure_says_what_was_being_set_up_and_leaves_nothing() {
        let (_temp, cache) = cache();
        let error = cache.get(&RECIPE, |_| bail!("no network")).expect_err("fails");
        assert_eq!(format!("{error:#}"), "setting up tool-1: no network");
        let left = fs::read_dir(&cache.dir).expect("the cache").flatten();
        let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
        assert_eq!(left, ["lock"]);
    }
}
