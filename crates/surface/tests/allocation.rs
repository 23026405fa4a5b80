//! Reading allocates a small multiple of what is read, whatever the bytes claim.
//!
//! One test in a binary of its own, since it counts what the whole process allocates.

#![allow(unsafe_code, reason = "an allocator that counts can't be written without")]

#[path = "common/archive.rs"]
mod archive;
#[path = "common/hdf5.rs"]
mod hdf5_files;
#[path = "common/lossland.rs"]
mod lossland;

use archive::{archive, f64_array, npy, valid, valid_but};
use lossland::{FirstParts, Parts};
use lossland_surface::npz::Import;
use lossland_surface::{Catalog, FirstPart, csv, decode, hdf5, npz};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use zip::CompressionMethod::{Deflated, Stored};

/// Counts the bytes that are allocated and not yet freed, and the most there were.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: passes everything on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as our caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as our caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that `read` has allocated at a time, in bytes.
fn peak_of<T>(read: impl FnOnce() -> T) -> usize {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    drop(read());
    PEAK.load(Ordering::Relaxed) - before
}

/// What a reader needs of its own, for buffers and messages, whatever it reads.
const OVERHEAD: usize = 256 << 10;

/// What it is, a valid file, its reader, and how many times its size that may allocate.
type Case<'a> = (&'a str, &'a [u8], &'a dyn Fn(&[u8]), usize);

#[test]
fn reading_allocates_little() {
    let lossland = |change: fn(&mut Parts)| {
        let mut parts = Parts::valid();
        change(&mut parts);
        parts.file()
    };
    let import = Import { id: "a".into(), z: None };
    let read_npz = |bytes: &[u8]| drop(npz::read(bytes, &import));
    let check = |name: &str, bytes: &[u8], read: &dyn Fn(&[u8]), factor: usize| {
        let peak = peak_of(|| read(bytes));
        let limit = OVERHEAD + factor * bytes.len();
        assert!(peak <= limit, "{name}: {peak} bytes allocated for {} read", bytes.len());
    };

    let decode = |bytes: &[u8]| drop(decode(bytes));
    check("a fair file", &lossland(|_| ()), &decode, 8);
    check("endless lists", &lossland(|p| p.n_fields = Some(u64::MAX / 8)), &decode, 8);
    check("a huge grid", &lossland(|p| p.x.2 = u32::MAX), &decode, 8);
    check("a huge text", &lossland(|p| p.title = vec![b'a'; 1 << 20]), &decode, 8);
    let many_fields = lossland(|p| {
        (p.x, p.y) = ((0.0, 0.0, 1), (0.0, 0.0, 1));
        p.fields = (0..50_000).map(|k| (format!("f{k}").into_bytes(), vec![0; 4])).collect();
    });
    check("fields of one point", &many_fields, &decode, 16);
    for (at, value) in [(24, u64::MAX), (24, 1 << 40), (37, 1 << 62)] {
        let mut file = lossland(|_| ());
        file[at..at + 8].copy_from_slice(&value.to_le_bytes());
        lossland::reseal(&mut file);
        check("a text of many terabytes", &file, &decode, 8);
    }

    let first = |change: fn(&mut FirstParts)| {
        let mut parts = FirstParts::valid();
        change(&mut parts);
        parts.file()
    };
    let decode_first = |bytes: &[u8]| drop(FirstPart::decode(bytes));
    check("a fair first part", &first(|_| ()), &decode_first, 8);
    check("endless names", &first(|p| p.n_names = u64::MAX / 8), &decode_first, 8);
    check("a first part of a huge grid", &first(|p| p.x.2 = u32::MAX), &decode_first, 8);
    let many_names = first(|p| {
        p.n_names = 50_000;
        p.names = vec![b"ece"; 50_000];
    });
    check("many names", &many_names, &decode_first, 16);

    check("a fair archive", &archive(&valid(), Stored, ""), &read_npz, 16);
    let huge = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,), }", b"");
    check("a huge shape", &archive(&valid_but("x", huge), Stored, ""), &read_npz, 16);
    // Sizes in the directory of the archive, none of them true.
    let size = u32::try_from(f64_array("(3,)", &[0.0; 3]).len()).expect("small").to_le_bytes();
    for claimed in [200u32 << 20, u32::MAX - 1] {
        let mut bytes = archive(&valid(), Stored, "");
        while let Some(at) = bytes.windows(4).position(|window| window == size) {
            bytes[at..at + 4].copy_from_slice(&claimed.to_le_bytes());
        }
        // A claim up to what so many bytes could deflate from is taken at its word at first.
        check("a false size", &bytes, &read_npz, 1100);
    }
    let zeros =
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (99,), }", &vec![0; 40 << 20]);
    let bomb = archive(&[("x", zeros.clone()), ("y", zeros)], Deflated, "");
    check("40 MiB deflated", &bomb, &read_npz, 1100);

    let read_hdf5 = |bytes: &[u8]| drop(hdf5::read(bytes, "a"));
    for name in ["paper", "huge_axis", "huge_field", "latest_resizable"] {
        check(name, &hdf5_files::file(name), &read_hdf5, 64);
    }

    let read_csv = |table: &[u8]| drop(csv::read(table, "a"));
    let diagonal: String = (0..20_000).map(|k| format!("{k},{k},0\n")).collect();
    check("a diagonal", format!("alpha,beta,a\n{diagonal}").as_bytes(), &read_csv, 32);
    check("two points far apart", b"alpha,beta,a\n0,0,1\n1e-9,0,1\n1,1,1\n", &read_csv, 32);
    let commas = format!("alpha,beta,a{}\n", ",".repeat(1 << 20));
    check("a million nameless fields", commas.as_bytes(), &read_csv, 64);
    let wide: String = (0..20_000).map(|k| format!(",f{k}")).collect();
    check("many fields", format!("alpha,beta{wide}\n0,0\n").as_bytes(), &read_csv, 64);

    let parse = |json: &[u8]| drop(Catalog::parse(json));
    check("deep JSON", "[".repeat(1 << 19).as_bytes(), &parse, 8);
    let ids = r#"{"version":1,"surfaces":[],"default":["#.to_owned() + &r#""","#.repeat(300_000);
    check("many ids", ids.as_bytes(), &parse, 16);

    let catalog = r#"{"version":1,"surfaces":[{"id":"a","title":"A","file":"a.lossland","bytes":1,
        "sha256":"#
        .to_owned()
        + &format!("{:?}}}],\"default\":[\"a\"]}}", "0".repeat(64));
    assert!(Catalog::parse(catalog.as_bytes()).is_ok(), "the uncorrupted ones are valid");
    let table = b"alpha,beta,train_loss\n0,0,1\n1,0,2\n0,1,\n1,1,4\n";
    let lossland_file = lossland(|_| ());
    let deflated = archive(&valid(), Deflated, "");
    let first_part = first(|_| ());
    let hdf5_file = hdf5_files::file("latest_chunked");
    let old_hdf5_file = hdf5_files::file("trajectory");
    let read_trajectory = |bytes: &[u8]| drop(hdf5::read_trajectory(bytes, "a"));
    // At its word is taken a header that claims 65,535 messages, one at a time: 9.4 MB at most.
    let a_header = (10 << 20) / old_hdf5_file.len();
    let files: [Case<'_>; 8] = [
        ("a corrupted .lossland file", &lossland_file, &decode, 16),
        ("a corrupted first part", &first_part, &decode_first, 16),
        ("a corrupted archive", &archive(&valid(), Stored, ""), &read_npz, 1100),
        ("a corrupted deflated archive", &deflated, &read_npz, 1100),
        ("a corrupted HDF5 file", &hdf5_file, &read_hdf5, 1100),
        ("a corrupted HDF5 file of the old kind", &old_hdf5_file, &read_trajectory, a_header),
        ("a corrupted table", table, &read_csv, 64),
        ("a corrupted catalogue", catalog.as_bytes(), &parse, 16),
    ];
    for (name, valid, read, factor) in files {
        for corrupted in corruptions(valid) {
            check(name, &corrupted, read, factor);
        }
    }
}

/// The file cut at each place, and with each place overwritten by what is read as a large number,
/// in one byte and in eight.
fn corruptions(valid: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let is_lossland = valid.starts_with(b"LOSS");
    (0..valid.len()).flat_map(move |at| {
        let overwritten = |with: &[u8]| {
            let mut file = valid.to_vec();
            file.iter_mut().skip(at).zip(with).for_each(|(byte, with)| *byte = *with);
            file
        };
        let large = (1u64 << 40).to_le_bytes();
        [valid[..at].to_vec(), overwritten(b"\xFF"), overwritten(b"9"), overwritten(&large)].map(
            |mut file| {
                // Behind a checksum that is right, so that more than the checksum is tested.
                if is_lossland && file.len() >= 24 {
                    lossland::reseal(&mut file);
                }
                file
            },
        )
    })
}
