//! The built page, and surfaces of any format for it: what `export` and `serve` begin with.

use crate::files::{SurfacePath, read_surface};
use anyhow::{Context, bail};
use lossland_bundle::{Assets, Page};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the page and what it shows come from.
#[derive(clap::Args)]
pub(crate) struct PageArgs {
    /// The surfaces: .lossland, .npz, .csv, .h5 or .hdf5
    #[arg(value_name = "FILE", required = true)]
    surfaces: Vec<SurfacePath>,
    /// The page, as `cargo xtask build` makes it [default: what LOSSLAND_PAGE names, or dist]
    #[arg(long, value_name = "DIST")]
    page: Option<PathBuf>,
}

/// A built page in a folder.
pub(crate) struct Site {
    pub(crate) folder: PathBuf,
    pub(crate) html: String,
    pub(crate) page: Page,
}

impl PageArgs {
    /// The built page.
    pub(crate) fn site(&self) -> anyhow::Result<Site> {
        let folder = match (&self.page, std::env::var_os("LOSSLAND_PAGE")) {
            (Some(folder), _) => folder.clone(),
            (None, Some(folder)) => folder.into(),
            (None, None) => "dist".into(),
        };
        let index = folder.join("index.html");
        if !index.is_file() {
            bail!(
                "expected the built page in {folder:?}, found no {index:?}; `cargo xtask build` in a \
                 checkout of Lossland makes it in dist/, which --page or LOSSLAND_PAGE names"
            );
        }
        let html = fs::read_to_string(&index).with_context(|| format!("reading {index:?}"))?;
        let page = Page::parse(&html).with_context(|| format!("reading {index:?}"))?;
        Ok(Site { folder, html, page })
    }

    /// The surfaces, each listed under its file's name as by `lossland catalog`.
    pub(crate) fn assets(&self) -> anyhow::Result<Assets> {
        let surfaces = self.surfaces.iter().map(|file| {
            let (surface, _) = read_surface(file, None)?;
            let name = file.path.file_stem().unwrap_or_default().to_string_lossy();
            Ok((name.into_owned(), surface))
        });
        Ok(Assets::new(&surfaces.collect::<anyhow::Result<Vec<_>>>()?)?)
    }
}

impl Site {
    /// A file of the page.
    pub(crate) fn read(&self, name: impl AsRef<Path>) -> anyhow::Result<Vec<u8>> {
        let path = self.folder.join(name);
        fs::read(&path).with_context(|| format!("reading {path:?}, a file of the page"))
    }
}
