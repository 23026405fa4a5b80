//! What is written is read back: every surface through every format.

mod common;

use common::surface;
use lossland_surface::npz::Import;
use lossland_surface::{FirstPart, csv, decode, encode, npz};
use proptest::prelude::*;

fn import() -> Import {
    Import { id: "imported".into(), z: None }
}

proptest! {
    #[test]
    fn lossland(surface in surface()) {
        let file = encode(&surface).expect("encodes");
        prop_assert_eq!(decode(&file).expect("decodes"), surface.clone());
        prop_assert_eq!(encode(&surface).expect("encodes"), file);
    }

    #[test]
    fn first_part(surface in surface()) {
        let part = FirstPart::new(&surface).expect("a part of a surface");
        let file = part.encode().expect("encodes");
        let back = FirstPart::decode(&file).expect("decodes");
        prop_assert_eq!(&back, &part);
        prop_assert_eq!(back.surface().main_field(), surface.main_field());
        prop_assert_eq!(back.kinds().len(), surface.fields().len());
        prop_assert_eq!(back.encode().expect("encodes"), file);
    }

    #[test]
    fn npz_keeps_everything(surface in surface()) {
        let archive = npz::write(&surface).expect("writes");
        let back = npz::read(&archive, &import()).expect("reads");
        prop_assert_eq!(&back, &surface);
        prop_assert_eq!(encode(&back).expect("encodes"), encode(&surface).expect("encodes"));
        prop_assert_eq!(npz::write(&back).expect("writes"), archive);
    }

    #[test]
    fn csv_keeps_grid_and_fields(surface in surface(), shuffle in any::<u64>(), style in 0usize..12) {
        let table = csv::write(&surface);
        let (header, rows) = table.split_once('\n').expect("a header");
        let mut rows: Vec<&str> = rows.lines().collect();
        // Any order will do.
        rows.sort_by_key(|row| {
            row.bytes().fold(shuffle, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
        });
        let newline = ["\n", "\r\n"][style % 2];
        let bom = ["", "\u{feff}"][style / 2 % 2];
        let last = ["", newline][style % 2];
        let table = format!("{bom}{header}{newline}{}{last}", rows.join(newline));
        // As spreadsheets write it, with and without decimal commas.
        let is_plain = surface.fields().iter().all(|field| !field.kind().name().contains(['.', ',', ';', '"']));
        let table = match style / 4 {
            1 if is_plain => table.replace(',', "\t"),
            2 if is_plain => table.replace(',', ";").replace('.', ","),
            _ => table,
        };
        let back = csv::read(table.as_bytes(), "imported").expect("reads");
        prop_assert_eq!(back.grid(), surface.grid());
        prop_assert_eq!(back.fields(), surface.fields());
        prop_assert_eq!((back.id(), back.title()), ("imported", "imported"));
    }

    #[test]
    fn csv_may_leave_out_what_is_not_computed(surface in surface()) {
        let table = csv::write(&surface);
        let is_empty = |row: &str| row.split(',').skip(2).all(str::is_empty);
        let rest: String = table.lines().filter(|row| !is_empty(row)).map(|row| row.to_owned() + "\n").collect();
        let Ok(back) = csv::read(rest.as_bytes(), "imported") else {
            // So few points that they tell no grid.
            prop_assume!(false);
            unreachable!()
        };
        prop_assume!(back.grid() == surface.grid());
        prop_assert_eq!(back.fields(), surface.fields());
    }
}
