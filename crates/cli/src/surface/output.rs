//! Where a surface goes: the file, what there is of it while it is computed, and the journal.

use crate::files::{Format, SurfacePath, read_surface, write_surface};
use crate::wrong_usage;
use anyhow::{Context, bail};
use lossland_compute::remove_journal;
use lossland_files::remove_if_present;
use lossland_surface::{Grid, Provenance, Surface};
use std::cell::Cell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often what there is so far is written whole.
const PARTIAL_EVERY: Duration = Duration::from_secs(30);

/// `F.lossland`, with `F.journal` and `F.partial.lossland` beside it until it is complete.
pub(super) struct Output {
    surface: SurfacePath,
    pub(super) partial: SurfacePath,
    pub(super) journal: PathBuf,
    partial_written: Cell<Instant>,
}

impl Output {
    /// # Errors
    /// Unless the path ends in `.lossland` and its folder is there.
    pub(super) fn new(path: &Path) -> anyhow::Result<Self> {
        let file = |path: PathBuf| SurfacePath { path, format: Format::Lossland };
        if path.extension().is_none_or(|extension| extension != "lossland") {
            return Err(wrong_usage(&format!(
                "--out: expected a name that ends in .lossland, found {path:?}; `lossland convert` \
                 makes .npz and .csv of it"
            )));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder
            && !folder.is_dir()
        {
            bail!("--out: expected the folder {folder:?} to be there; make it first");
        }
        Ok(Self {
            surface: file(path.to_owned()),
            partial: file(path.with_extension("partial.lossland")),
            journal: path.with_extension("journal"),
            partial_written: Cell::new(Instant::now()),
        })
    }

    /// Whether the file is there, complete, and of this very run.
    ///
    /// # Errors
    /// If something else is there, which is not to be lost without `force`.
    pub(super) fn holds_finished(
        &self,
        provenance: &Provenance,
        grid: &Grid,
        force: bool,
    ) -> anyhow::Result<bool> {
        let path = &self.surface.path;
        if !path.try_exists().with_context(|| format!("looking for {path:?}"))? {
            return Ok(false);
        }
        const ADVICE: &str = "choose another --out, or replace it with --force";
        let found = match read_surface(&self.surface, None) {
            Ok((surface, _)) => surface,
            Err(_) if force => return Ok(false),
            Err(error) => bail!("--out {path:?} is there and can't be read ({error:#}); {ADVICE}"),
        };
        if found.provenance() != provenance || found.grid() != grid {
            if force {
                return Ok(false);
            }
            let other = found.provenance().command.as_deref().unwrap_or("not recorded");
            bail!(
                "--out {path:?} holds the surface of another run; {ADVICE}\n  there: {other}\n  \
                 now:   {}",
                provenance.command.as_deref().unwrap_or_default()
            );
        }
        self.remove_traces()?;
        Ok(true)
    }

    /// Whether it is time to write what there is so far.
    pub(super) fn partial_is_due(&self) -> bool {
        self.partial_written.get().elapsed() >= PARTIAL_EVERY
    }

    /// Writes what there is so far.
    pub(super) fn keep_partial(&self, surface: &Surface) -> anyhow::Result<()> {
        self.partial_written.set(Instant::now());
        write_surface(&self.partial, surface)
    }

    /// Writes the complete surface, then removes what was only of use until then.
    pub(super) fn finish(&self, surface: &Surface) -> anyhow::Result<()> {
        write_surface(&self.surface, surface)?;
        self.remove_traces()
    }

    fn remove_traces(&self) -> anyhow::Result<()> {
        remove_journal(&self.journal)?;
        let partial = &self.partial.path;
        remove_if_present(partial).with_context(|| format!("removing {partial:?}"))
    }

    /// The result on standard output: where it is.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        writeln!(std::io::stdout(), "{}", self.surface.path.display())?;
        Ok(())
    }
}
