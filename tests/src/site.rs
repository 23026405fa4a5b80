//! The built site, in a folder of its own and with surfaces of the test's own choice.

use lossland_surface::{
    Catalog, CatalogEntry, Field, FieldKind, FirstPart, FirstPartEntry, Grid, Surface,
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A copy of the built site. Its folder goes with it.
pub struct Site {
    folder: TempDir,
}

impl Site {
    /// A copy of the site in `dist`, with these surfaces in place of its own; the first
    /// `n_default` are shown at first.
    ///
    /// # Panics
    /// If the copy can't be made: the message says of what.
    pub fn new(dist: &Path, surfaces: &[Surface], n_default: usize) -> Self {
        Self::with_files(dist, surfaces, n_default, false)
    }

    /// The same, each surface with a first part beside its file.
    ///
    /// # Panics
    /// As [`Site::new`] does.
    pub fn split(dist: &Path, surfaces: &[Surface], n_default: usize) -> Self {
        Self::with_files(dist, surfaces, n_default, true)
    }

    fn with_files(dist: &Path, surfaces: &[Surface], n_default: usize, is_split: bool) -> Self {
        let site = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        copy_folder(dist, site.folder.path());
        let assets = site.folder.path().join("assets");
        std::fs::remove_dir_all(&assets).expect("the site has a folder assets");
        std::fs::create_dir_all(assets.join("surfaces")).expect("a writable temporary folder");
        let entries: Vec<CatalogEntry> = surfaces
            .iter()
            .map(|surface| {
                let bytes = lossland_surface::encode(surface).expect("a surface that fits a file");
                let file = format!("surfaces/{}.lossland", surface.id());
                let mut entry = CatalogEntry::new(surface, file.as_str(), &bytes);
                std::fs::write(assets.join(file), bytes).expect("a writable temporary folder");
                if is_split {
                    let part = FirstPart::new(surface).and_then(|part| part.encode());
                    let part = part.expect("a part of a surface");
                    let file = format!("surfaces/{}.first", surface.id());
                    let bytes = part.len() as u64;
                    std::fs::write(assets.join(&file), part).expect("a writable temporary folder");
                    entry.first = Some(FirstPartEntry { file, bytes });
                }
                entry
            })
            .collect();
        let default = surfaces.iter().take(n_default).map(|surface| surface.id().into()).collect();
        let catalog = Catalog::new(entries, default).expect("surfaces of different ids");
        std::fs::write(assets.join("catalog.json"), catalog.to_json())
            .expect("a writable temporary folder");
        site
    }

    /// The site's folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the file of the surface with this id is.
    pub fn surface_path(&self, id: &str) -> PathBuf {
        self.path().join(format!("assets/surfaces/{id}.lossland"))
    }

    /// Where the first part of the surface with this id is.
    pub fn first_part_path(&self, id: &str) -> PathBuf {
        self.path().join(format!("assets/surfaces/{id}.first"))
    }

    /// Where the catalogue is.
    pub fn catalog_path(&self) -> PathBuf {
        self.path().join("assets/catalog.json")
    }
}

/// A surface of one field over `x` times `y` (`first:last:number`), its value a function of alpha
/// and beta.
///
/// # Panics
/// If an axis or a name is malformed.
pub fn surface(
    id: &str,
    [x, y]: [&str; 2],
    field: &str,
    value: impl Fn(f64, f64) -> f32,
) -> Surface {
    let grid = Grid { x: x.parse().expect("an axis"), y: y.parse().expect("an axis") };
    let points = (0..grid.n_points() as usize).map(|index| grid.point(index));
    let values = points.map(|(alpha, beta)| value(alpha, beta)).collect();
    let kind = FieldKind::from_name(field).expect("a field's name");
    let field = Field::new(kind, values).expect("values of a field");
    Surface::new(id, format!("Surface {id}"), grid, vec![field]).expect("a surface")
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a writable temporary folder");
    let entries = std::fs::read_dir(from)
        .unwrap_or_else(|error| panic!("reading {}, the built site: {error}", from.display()));
    for entry in entries.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a readable site");
        }
    }
}
