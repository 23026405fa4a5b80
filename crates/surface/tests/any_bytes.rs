//! Whatever the bytes, reading them gives a surface or an error, and never a panic.
//!
//! Random bytes seldom get past the first check, so most cases here are valid files with a
//! few bytes changed, behind checksums that are made right again.

#[path = "common/archive.rs"]
mod archive;
mod common;
#[path = "common/hdf5.rs"]
mod hdf5_files;
#[path = "common/lossland.rs"]
mod lossland;

use archive::archive;
use lossland_surface::npz::Import;
use lossland_surface::{Catalog, FirstPart, csv, decode, encode, hdf5, npz};
use proptest::prelude::*;
use zip::CompressionMethod::{Deflated, Stored};

/// What is read must also be writable: it has been checked.
fn read_all(bytes: &[u8]) {
    let import = Import { id: "a".into(), z: None };
    let surfaces =
        [decode(bytes), npz::read(bytes, &import), csv::read(bytes, "a"), hdf5::read(bytes, "a")];
    for surface in surfaces.into_iter().flatten() {
        assert!(encode(&surface).is_ok(), "read, but not to be written: {surface:?}");
    }
    if let Ok(part) = FirstPart::decode(bytes) {
        assert!(part.encode().is_ok(), "read, but not to be written: {part:?}");
    }
    let _ = hdf5::read_trajectory(bytes, "a");
    let _ = Catalog::parse(bytes);
}

/// Places (as shares of the length) and what to put there.
fn changes() -> impl Strategy<Value = Vec<(f64, u8)>> {
    let byte = prop_oneof![Just(0), Just(1), Just(0x7F), Just(0xFF), any::<u8>()];
    prop::collection::vec((0.0..1.0f64, byte), 1..6)
}

fn change(bytes: &mut [u8], changes: &[(f64, u8)]) {
    for (place, byte) in changes {
        let at = (place * bytes.len() as f64) as usize;
        bytes[at] = *byte;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), start in 0usize..6) {
        let start = [
            &b""[..], b"LOSSLAND\x01\0\0\0", b"PK\x03\x04", b"alpha,beta,a\n", b"{", b"\x89HDF\r\n\x1a\n\0",
        ][start];
        read_all(&[start, &bytes].concat());
        read_all(&lossland::sealed(&bytes));
    }

    #[test]
    fn changed_lossland_files(surface in common::surface(), changes in changes(), cut in 0.0..1.0f64) {
        let file = encode(&surface).expect("encodes");
        let mut body = file[24..].to_vec();
        change(&mut body, &changes);
        let _ = decode(&lossland::sealed(&body)).map(|surface| encode(&surface).expect("encodes"));
        body.truncate((cut * body.len() as f64) as usize);
        prop_assert!(decode(&lossland::sealed(&body)).is_err());
    }

    #[test]
    fn changed_first_parts(surface in common::surface(), changes in changes(), cut in 0.0..1.0f64) {
        let file = FirstPart::new(&surface).and_then(|part| part.encode()).expect("encodes");
        let sealed = |body: &[u8]| {
            let mut file = lossland::sealed(body);
            file[..8].copy_from_slice(b"LOSSPART");
            lossland::reseal(&mut file);
            file
        };
        let mut body = file[24..].to_vec();
        change(&mut body, &changes);
        read_all(&sealed(&body));
        body.truncate((cut * body.len() as f64) as usize);
        prop_assert!(FirstPart::decode(&sealed(&body)).is_err());
    }

    #[test]
    fn changed_archives(changes in changes(), cut in 0.0..1.0f64, is_deflated in any::<bool>()) {
        let method = if is_deflated { Deflated } else { Stored };
        let mut bytes = archive(&archive::valid(), method, "");
        change(&mut bytes, &changes);
        read_all(&bytes);
        read_all(&bytes[..(cut * bytes.len() as f64) as usize]);
    }

    #[test]
    fn changed_arrays(which in 0usize..3, changes in changes(), cut in 0.0..1.0f64) {
        let mut files = archive::valid();
        // Mostly the header, which is where one can go wrong.
        let header_len = files[which].1.len().min(80);
        change(&mut files[which].1[..header_len], &changes);
        read_all(&archive(&files, Stored, ""));
        let len = (cut * files[which].1.len() as f64) as usize;
        files[which].1.truncate(len);
        read_all(&archive(&files, Deflated, ""));
    }

    #[test]
    fn changed_hdf5_files(which in 0..hdf5_files::READ.len(), changes in changes(), cut in 0.0..1.0f64) {
        let mut bytes = hdf5_files::file(hdf5_files::READ[which]);
        change(&mut bytes, &changes);
        read_all(&bytes);
        read_all(&bytes[..(cut * bytes.len() as f64) as usize]);
    }

    #[test]
    fn changed_tables(surface in common::surface(), changes in changes()) {
        let mut table = csv::write(&surface).into_bytes();
        change(&mut table, &changes);
        read_all(&table);
    }

    #[test]
    fn tables_of_anything(cells in prop::collection::vec("[-+0-9.,einfaNbsp\"\r\n ]{0,12}", 0..40)) {
        read_all(format!("alpha,beta,a\n{}", cells.concat()).as_bytes());
    }

    #[test]
    fn catalogs_of_anything(json in "[{}\\[\\]:,\" 0-9a-z\\\\]{0,60}", version in any::<i32>()) {
        let _ = Catalog::parse(json.as_bytes());
        let _ = Catalog::parse(format!("{{\"version\":{version},{json}").as_bytes());
    }
}
