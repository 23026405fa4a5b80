//! Malformed files by name: each is refused with a message of its own, which says what is wrong.

#[path = "common/archive.rs"]
mod archive;
#[path = "common/hdf5.rs"]
mod hdf5_files;
#[path = "common/lossland.rs"]
mod lossland;

use archive::{archive, f64_array, npy, valid, valid_but};
use lossland::{FirstParts, Parts, f32s, f64s};
use lossland_surface::npz::Import;
use lossland_surface::{Catalog, FieldKind, FirstPart, SurfaceError, csv, decode, hdf5, npz};
use zip::CompressionMethod::{Deflated, Stored};

/// Asserts that each case fails with its message, and that no two messages are the same.
fn assert_refused<T>(cases: Vec<(&str, Result<T, SurfaceError>, &str)>) {
    let mut messages = std::collections::BTreeSet::new();
    for (name, result, expected) in cases {
        let Err(error) = result else { panic!("{name}: expected an error") };
        let message = error.to_string();
        assert!(message.contains(expected), "{name}: expected {expected:?} in {message:?}");
        assert!(messages.insert(message), "{name}: another case has the same message");
    }
}

#[test]
fn lossland_files() {
    let valid = Parts::valid().file();
    assert!(decode(&valid).is_ok(), "{:?}", decode(&valid));
    let but = |change: fn(&mut Parts)| {
        let mut parts = Parts::valid();
        change(&mut parts);
        decode(&parts.file())
    };
    let flipped = |at: usize| {
        let mut file = valid.clone();
        file[at] ^= 0x10;
        decode(&file)
    };
    assert_refused(vec![
        ("empty", decode(b""), "found an empty file"),
        ("an image", decode(b"\x89PNG\r\n\x1a\n0000"), "which starts with \"LOSSLAND\", found"),
        ("a header cut short", decode(&valid[..20]), "a header of 24 bytes, found a file of 20"),
        ("a body cut short", decode(&valid[..valid.len() - 1]), "it is cut short"),
        ("something after it", decode(&[&valid[..], b"\0"].concat()), "bytes follow it"),
        ("a later version", but(|p| p.version = 2), "version 1, found version 2"),
        ("an unknown flag", but(|p| p.flags = 1 << 9), "expected no flags, found flags 0x0200"),
        ("a flipped bit in the header", flipped(21), "as the header says, found"),
        ("a flipped bit in the body", flipped(60), "the file is damaged"),
        ("something after the fields", but(|p| p.appended_to_body = vec![0; 3]), "found 3 more"),
        ("a body without end", but(|p| p.n_fields = Some(u64::MAX)), "one that breaks off"),
        ("no text", but(|p| p.title = vec![0xC3, 0x28]), "a well-formed body"),
        ("an empty id", but(|p| p.id.clear()), "id: expected 1 to 1024 bytes"),
        ("a control character", but(|p| p.title = b"\x1b[2J".into()), "title: expected 1 to 1024"),
        ("a long title", but(|p| p.title = vec![b'a'; 1025]), "found 1025 bytes"),
        ("no JSON", but(|p| p.provenance = b"{".into()), "expected provenance in JSON"),
        (
            "a provenance of megabytes",
            but(|p| p.provenance = vec![b' '; 2 << 20]),
            "the provenance is too large: at most 1048576 allowed, found 2097152",
        ),
        ("an endless axis", but(|p| p.x.1 = f64::INFINITY), "axis -1:inf:3: expected finite ends"),
        ("a falling axis", but(|p| p.y = (1.0, -1.0, 2)), "axis 1:-1:2: expected the first value"),
        ("an empty axis", but(|p| p.x.2 = 0), "axis -1:1:0: expected at least one value"),
        (
            "a grid of 2^64 points",
            but(|p| (p.x.2, p.y.2) = (u32::MAX, u32::MAX)),
            "expected 18446744065119617025 values (4294967295 x 4294967295)",
        ),
        ("a value too few", but(|p| _ = p.fields[0].1.drain(..4)), "found 20 bytes"),
        ("a field named as HTML", but(|p| p.fields[0].0 = b"<b>".into()), "found \"<b>\""),
        ("a field named as an axis", but(|p| p.fields[0].0 = b"beta".into()), "names a coordinate"),
        ("a field twice", but(|p| p.fields.push(p.fields[0].clone())), "found train_loss twice"),
        ("no field", but(|p| p.fields.clear()), "at least one field, found none"),
        (
            "minus infinity",
            but(|p| p.fields[0].1 = f32s(&[0.0, f32::NEG_INFINITY, 0.0, 0.0, 0.0, 0.0])),
            "found -infinity at value 1",
        ),
        ("half a coordinate", but(|p| _ = p.trajectories[0][1].pop()), "coordinates of 8 bytes"),
        (
            "more alphas than betas",
            but(|p| p.trajectories[0][1] = f64s(&[1.0, 2.0, 3.0])),
            "as many betas as alphas (3), found 2",
        ),
        (
            "a path from nowhere",
            but(|p| p.trajectories[0][2] = f64s(&[f64::NAN, 0.0])),
            "expected finite coordinates, found NaN",
        ),
    ]);
}

#[test]
fn first_parts() {
    let valid = FirstParts::valid().file();
    assert!(FirstPart::decode(&valid).is_ok(), "{:?}", FirstPart::decode(&valid));
    let but = |change: fn(&mut FirstParts)| {
        let mut parts = FirstParts::valid();
        change(&mut parts);
        FirstPart::decode(&parts.file())
    };
    let mut damaged = valid.clone();
    damaged[60] ^= 0x10;
    let endless = |p: &mut FirstParts| p.n_names = u64::MAX;
    // 0xFF80_0000 is 0x0080_0000 less than what is foretold, 0: 0x00FF_FFFF with the sign as last bit.
    assert_refused(vec![
        ("empty", FirstPart::decode(b""), "starts with \"LOSSPART\", found an empty file"),
        (
            "a whole file",
            FirstPart::decode(&Parts::valid().file()),
            "starts with \"LOSSPART\", found \"LOSSLAND\"",
        ),
        ("cut short", FirstPart::decode(&valid[..valid.len() - 1]), "it is cut short"),
        ("a later version", but(|p| p.version = 2), "version 1, found version 2"),
        ("a flipped bit", FirstPart::decode(&damaged), "the file is damaged"),
        ("endless names", but(endless), "one that breaks off"),
        ("an empty title", but(|p| p.title.clear()), "title: expected 1 to 1024"),
        ("no JSON", but(|p| p.provenance.clear()), "expected provenance in JSON"),
        (
            "a grid of 2^33 points",
            but(|p| p.x.2 = u32::MAX),
            "expected 8589934590 values of 4 bytes",
        ),
        ("a value too few", but(|p| p.planes.truncate(20)), "found 20 bytes"),
        ("a name as HTML", but(|p| p.names[0] = b"<b>"), "found \"<b>\""),
        ("a field twice", but(|p| p.names[0] = b"train_loss"), "found train_loss twice"),
        ("a field that is not listed", but(|p| p.shown = 2), "field 2, counted from 0"),
        (
            "minus infinity",
            but(|p| [2, 8, 14].iter().for_each(|at| p.planes[*at] = 0xFF)),
            "found -infinity at value 2",
        ),
    ]);
}

fn read_npz(bytes: &[u8]) -> Result<lossland_surface::Surface, SurfaceError> {
    npz::read(bytes, &Import { id: "a".into(), z: None })
}

#[test]
fn npz_files() {
    let read = |files: &[(&str, Vec<u8>)]| read_npz(&archive(files, Stored, ""));
    let but = |name, array| read(&valid_but(name, array));
    assert!(read(&valid()).is_ok() && read_npz(&archive(&valid(), Deflated, "")).is_ok());
    let without = |name: &str| {
        let mut files = valid();
        files.retain(|(other, _)| *other != name);
        read(&files)
    };
    let damaged = |old: &[u8], new: &[u8]| {
        let mut bytes = archive(&valid(), Stored, "");
        let at = bytes.windows(old.len()).rposition(|window| window == old).expect("there");
        bytes[at..at + new.len()].copy_from_slice(new);
        read_npz(&bytes)
    };
    let object = npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", b"\x80\x04.");
    let complex = npy("{'descr': '<c8', 'fortran_order': False, 'shape': (6,), }", &[0; 48]);
    let huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }";
    let mesh = |x: &[f64], y: &[f64]| {
        read(&[
            ("X", f64_array("(2, 3)", x)),
            ("Y", f64_array("(2, 3)", y)),
            ("Z", f64_array("(2, 3)", &[0.0; 6])),
        ])
    };
    let (x, y) = ([0.0, 1.0, 2.0, 0.0, 1.0, 2.0], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    assert!(mesh(&x, &y).is_ok());
    let named_z = Import { id: "a".into(), z: Some(FieldKind::TestLoss) };
    let comment = |comment| read_npz(&archive(&valid(), Stored, comment));
    assert_refused(vec![
        ("empty", read_npz(b""), "an .npz archive, found an empty file"),
        ("an array, no archive", read_npz(&f64_array("(1,)", &[0.0])), "a single array (.npy)"),
        ("cut short", read_npz(&archive(&valid(), Stored, "")[..400]), "a readable .npz archive"),
        ("no arrays", read(&[]), "coordinates named x and y, or X and Y, found only the arrays []"),
        ("only x", without("y"), "array \"y\": expected this array"),
        ("two sets of coordinates", but("X", f64_array("(3,)", &[0.0; 3])), "found both: "),
        ("no field", without("train_loss"), "at least one field, found none"),
        ("a field on its side", but("ece", f64_array("(3, 2)", &[0.0; 6])), "found shape [3, 2]"),
        (
            "a stray number",
            but("epoch", f64_array("()", &[1.0])),
            "array \"epoch\": expected a field",
        ),
        (
            "a bad name",
            but("a b", f64_array("(2, 3)", &[0.0; 6])),
            "array \"a b\": expected a field name",
        ),
        ("a field twice", but("Z", f64_array("(2, 3)", &[0.0; 6])), "found train_loss twice"),
        ("objects", but("names", object), "array \"names\": expected booleans, integers"),
        ("complex numbers", but("train_loss", complex), "found type \"<c8\""),
        ("no header", but("train_loss", b"hello, world".into()), "found \"hello,\""),
        ("half a header", but("x", npy("{'descr'", b"")), "found \"\" where ':' should be"),
        ("no numbers", but("x", f64_array("(3,)", &[])), "expected 24 bytes of numbers"),
        ("a shape beyond memory", but("x", npy(huge, b"")), "a shape that fits memory"),
        ("an irregular axis", but("x", f64_array("(3,)", &[0.0, 1.3, 2.0])), "array \"x\": axis"),
        ("a falling axis", but("y", f64_array("(2,)", &[1.0, 0.0])), "array \"y\": axis 1:0:2"),
        (
            "NaN as x",
            but("x", f64_array("(3,)", &[0.0, f64::NAN, 2.0])),
            "finite values, found NaN",
        ),
        ("minus infinity", but("ece", f64_array("(2, 3)", &[-1e300; 6])), "field ece: expected"),
        (
            "two dimensions and one",
            but("x", f64_array("(1, 3)", &[0.0; 3])),
            "found shapes [1, 3] and [2]",
        ),
        ("X down the columns", mesh(&y, &x), "array \"X\""),
        ("a bent Y", mesh(&x, &[0.0, 0.0, 0.3, 1.0, 1.0, 1.0]), "array \"Y\""),
        (
            "a field for Z, but no Z",
            npz::read(&archive(&valid(), Stored, ""), &named_z),
            "an array Z",
        ),
        (
            "a flipped number",
            damaged(&1.0f64.to_le_bytes(), &[1]),
            "array \"train_loss\": expected a readable",
        ),
        (
            "an unknown compression",
            damaged(b"PK\x01\x02", b"PK\x01\x02\x0a\0\x0a\0\0\0\x0c\0"),
            "an entry that is stored or deflated",
        ),
        (
            "a comment that breaks off",
            comment("{\"lossland\":1,"),
            "a comment as lossland writes it",
        ),
        (
            "a comment of a later version",
            comment(r#"{"lossland":9,"id":"a","title":"a","provenance":{},"trajectories":[]}"#),
            "version 1, found version 9",
        ),
    ]);
}

#[test]
fn npz_files_that_unpack_to_too_much() {
    // Each within the limit, together beyond it. A megabyte of zeros deflates to a kilobyte.
    let zeros = || {
        let n = 150 << 20;
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({n},), }}");
        npy(&header, &vec![0; n])
    };
    let bomb = archive(&[("x", zeros()), ("y", zeros())], Deflated, "");
    assert!(bomb.len() < 1 << 20);
    let error = read_npz(&bomb).expect_err("refused");
    assert!(matches!(&error, SurfaceError::Within { place, .. } if place == "array \"y\""));
    assert!(error.to_string().contains("at most 268435456 allowed, found 3145"), "{error}");

    // One that claims less than it unpacks to.
    let mut archive = archive(&valid(), Deflated, "");
    let size = u32::try_from(f64_array("(3,)", &[0.0; 3]).len()).expect("small").to_le_bytes();
    while let Some(at) = archive.windows(4).position(|window| window == size) {
        archive[at..at + 4].copy_from_slice(&9u32.to_le_bytes());
    }
    let error = read_npz(&archive).expect_err("refused").to_string();
    assert!(error.contains("File is larger than its declared uncompressed size"), "{error}");
}

#[test]
fn hdf5_files() {
    let read = |name: &str| hdf5::read(&hdf5_files::file(name), "a");
    let paper = hdf5_files::file("paper");
    assert_refused(vec![
        ("empty", hdf5::read(b"", "a"), "an HDF5 file, found an empty file"),
        ("an archive", hdf5::read(&archive(&valid(), Stored, ""), "a"), "found something else"),
        ("cut short", hdf5::read(&paper[..400], "a"), "a readable HDF5 file, found one that is"),
        ("nothing", read("nothing"), "the dataset xcoordinates, found no dataset"),
        ("a trajectory alone", read("trajectory"), "lossland convert SURFACE OUT --trajectory"),
        ("directions", read("directions"), "found directions, along which"),
        ("only y", read("no_axis"), "found only [\"ycoordinates\", \"train_loss\"]"),
        ("no field", read("no_field"), "a field of shape [5, 3], such as train_loss, found only"),
        ("a group", read("group_as_field"), "found only [\"xcoordinates\", \"ycoordinates\"]"),
        ("words", read("words"), "dataset \"train_loss\": expected integers or floating-point"),
        ("complex numbers", read("complex"), "found records, or complex numbers"),
        ("words as x", read("words_as_axis"), "dataset \"xcoordinates\": expected integers"),
        ("an axis too long", read("long_axis"), "of shape [6, 3], found shape [5, 3]"),
        ("a flat field", read("flat_field"), "of shape [5, 3], found shape [15]"),
        ("a field of nothing", read("empty_field"), "of shape [5, 3], found shape []"),
        ("an axis of nothing", read("empty_axis"), "dataset \"ycoordinates\": expected a readable"),
        ("a number as x", read("single_number_as_axis"), "one dimension, found shape []"),
        ("a falling axis", read("falling_axis"), "dataset \"xcoordinates\": axis 1:-1:5"),
        (
            "an irregular axis",
            read("uneven_axis"),
            "dataset \"ycoordinates\": axis: expected equally",
        ),
        ("minus infinity", read("minus_infinity"), "field train_loss: expected finite values"),
        ("a field twice", read("field_twice"), "found train_accuracy twice"),
        ("another compression", read("unknown_compression"), "unsupported filter: filter id 32000"),
        ("zeros that are not there", read("huge_axis"), "allowed, found 8388608"),
        ("2 GB", read("huge_field"), "of shape [5, 3], found shape [16384, 16384]"),
    ]);
    let trajectory = |name: &str| hdf5::read_trajectory(&hdf5_files::file(name), "a");
    assert_refused(vec![
        ("a surface", trajectory("latest"), "with the dataset proj_xcoord, found only"),
        ("half of it", trajectory("half_trajectory"), "the dataset proj_ycoord, found only"),
        (
            "longer on one side",
            trajectory("uneven_trajectory"),
            "as many betas as alphas (3), found 4",
        ),
    ]);
}

#[test]
fn csv_files() {
    let read = |table: &str| csv::read(table.as_bytes(), "a");
    assert!(read("alpha,beta,train_loss\n0,0,1\n1,0,2\n").is_ok());
    let diagonal: String = (0..300).map(|k| format!("{k},{k},0\n")).collect();
    assert_refused(vec![
        ("empty", read(""), "line 1: expected the header alpha,beta,FIELD..."),
        ("another header", read("x,y,loss\n0,0,1\n"), "found \"x,y,loss\""),
        ("no field", read("alpha,beta\n0,0\n"), "a field after alpha,beta, found none"),
        ("a bad field", read("alpha,beta,a b\n0,0,1\n"), "line 1: expected a field name"),
        ("a field twice", read("alpha,beta,ece,ece\n0,0,1,1\n"), "found ece twice"),
        ("no points", read("alpha,beta,ece\n"), "at least one point after the header"),
        ("a cell too few", read("alpha,beta,ece\n0,0,1\n1,0\n"), "line 3: expected 3 cells"),
        ("a cell too many", read("alpha,beta,ece\n0,0,1,2\n"), "as many as in the header, found 4"),
        ("a word", read("alpha,beta,ece\n\n0,0,high\n"), "line 3: expected a number"),
        ("no alpha", read("alpha,beta,ece\n,0,1\n"), "a finite number as alpha, found \"\""),
        ("beta at infinity", read("alpha,beta,ece\n0,inf,1\n"), "as beta, found \"inf\""),
        ("minus infinity", read("alpha,beta,ece\n0,0,-inf\n"), "found \"-inf\""),
        (
            "a point twice",
            read("alpha,beta,ece\n0,0,1\n1,0,1\n0.0,-0,2\n"),
            "line 4: expected each",
        ),
        (
            "irregular",
            read("alpha,beta,ece\n0,0,1\n1,0,1\n2.7,0,1\n"),
            "column alpha: axis: expected",
        ),
        (
            "a grid that is hardly there",
            read(&format!("alpha,beta,ece\n{diagonal}")),
            "the grid of 300 x 300 points, of which the table has only 300, is too large",
        ),
        (
            "two points far apart",
            read("alpha,beta,ece\n0,0,1\n1e-9,0,1\n1,1,1\n"),
            "the grid of 1000000001 x 2",
        ),
        (
            "not UTF-8",
            csv::read(b"alpha,beta,ece\n0,\xFF,1\n", "a"),
            "line 2: expected text in UTF-8",
        ),
    ]);
}

#[test]
fn catalogs() {
    let parse = |json: String| Catalog::parse(json.as_bytes());
    let digest = "0".repeat(64);
    let with = |entry: &str| parse(format!(r#"{{"version":1,"surfaces":[{entry}],"default":[]}}"#));
    let entry = |id: &str, title: &str, file: &str, digest: &str| {
        format!(
            r#"{{"id":"{id}","title":"{title}","file":"{file}","bytes":1,"sha256":"{digest}"}}"#
        )
    };
    let a = entry("a", "A", "a.lossland", &digest);
    assert!(with(&a).is_ok());
    assert_refused(vec![
        ("empty", parse(String::new()), "expected a catalogue in JSON, found EOF"),
        ("no JSON", parse("LOSSLAND".into()), "expected a catalogue in JSON, found expected value"),
        ("a later version", parse(r#"{"version":2}"#.into()), "version 1, found version 2"),
        ("no surfaces", parse(r#"{"version":1}"#.into()), "missing field `surfaces`"),
        ("a surface without a file", with(r#"{"id":"a","title":"A"}"#), "missing field `file`"),
        ("a surface twice", with(&format!("{a},{a}")), "found \"a\" twice"),
        (
            "an unknown default",
            parse(format!(r#"{{"version":1,"surfaces":[{a}],"default":["b"]}}"#)),
            "found \"b\", which no surface has",
        ),
        ("an empty title", with(&entry("a", "", "a", &digest)), "title of surface \"a\""),
        ("a control character", with(&entry("a\\u0007", "A", "a", &digest)), "id of surface"),
        ("another host", with(&entry("a", "A", "//example.org/a", &digest)), "file of surface"),
        ("a script", with(&entry("a", "A", "javascript:a", &digest)), "found \"javascript:a\""),
        ("out of the folder", with(&entry("a", "A", "../a", &digest)), "found \"../a\""),
        ("no digest", with(&entry("a", "A", "a", "abc")), "64 lower-case hexadecimal digits"),
        ("too long", parse(" ".repeat(2 << 20)), "the catalogue is too large"),
    ]);
}
