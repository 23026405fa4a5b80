//! What the page fetches of surfaces: the catalogue, and the files that it lists.

use crate::BundleError;
use lossland_surface::{Catalog, CatalogEntry, Surface, encode};

/// Where the page looks for the catalogue, relative to itself; surfaces are relative to that.
pub const CATALOG: &str = "assets/catalog.json";

/// Surfaces that are shown together at first; more could not be told apart. The page opens as many at once.
const MAX_SHOWN: usize = 8;

/// A catalogue with its files.
#[derive(Clone, Debug)]
pub struct Assets {
    catalog: Catalog,
    /// Each with its name relative to the page.
    surfaces: Vec<(String, Vec<u8>)>,
}

impl Assets {
    /// The assets of a page with these surfaces, each under the id that it is to be listed with. The first
    /// eight are shown at first.
    ///
    /// # Errors
    /// If two have one id, or an id is empty or has control characters.
    pub fn new(surfaces: &[(String, Surface)]) -> Result<Self, BundleError> {
        let (mut entries, mut files) = (Vec::new(), Vec::new());
        for (index, (id, surface)) in surfaces.iter().enumerate() {
            let bytes = encode(surface)?;
            // Not by its id, in which there may be anything.
            let file = format!("surfaces/{index}.lossland");
            let mut entry = CatalogEntry::new(surface, file.as_str(), &bytes);
            entry.id.clone_from(id);
            entries.push(entry);
            files.push((format!("assets/{file}"), bytes));
        }
        let shown = entries.iter().take(MAX_SHOWN).map(|entry| entry.id.clone()).collect();
        Ok(Self { catalog: Catalog::new(entries, shown)?, surfaces: files })
    }

    /// The text of the catalogue, for [`CATALOG`].
    pub fn catalog_json(&self) -> String {
        self.catalog.to_json()
    }

    /// The files of surfaces, each with its name relative to the page.
    pub fn surfaces(&self) -> &[(String, Vec<u8>)] {
        &self.surfaces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::surface;

    #[test]
    fn each_surface_is_listed_under_its_id_and_found_where_the_list_says() {
        let surfaces = [("a b/c", "First"), ("ü", "Second")];
        let surfaces = surfaces.map(|(id, title)| (id.to_owned(), surface(title)));
        let assets = Assets::new(&surfaces).unwrap();
        let catalog = Catalog::parse(assets.catalog_json().as_bytes()).unwrap();
        assert_eq!(catalog.default_ids(), ["a b/c", "ü"]);
        for ((entry, (name, bytes)), (id, surface)) in
            catalog.surfaces().iter().zip(assets.surfaces()).zip(&surfaces)
        {
            assert_eq!(entry.id, *id);
            assert_eq!(*name, format!("assets/{}", entry.file));
            assert_eq!(entry.sha256, lossland_surface::sha256_hex(bytes));
            assert_eq!(lossland_surface::decode(bytes).unwrap(), *surface);
        }
    }

    #[test]
    fn of_many_surfaces_the_first_are_shown() {
        let many: Vec<_> = (0..20).map(|i| (format!("{i}"), surface("A title"))).collect();
        let catalog = Assets::new(&many).unwrap().catalog;
        assert_eq!((catalog.surfaces().len(), catalog.default_ids().len()), (20, MAX_SHOWN));
    }

    #[test]
    fn two_surfaces_of_one_id_are_refused() {
        let twice = [("a".to_owned(), surface("A")), ("a".to_owned(), surface("B"))];
        let error = Assets::new(&twice).unwrap_err().to_string();
        assert!(error.contains("found \"a\" twice"), "{error}");
    }
}
