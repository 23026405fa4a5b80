//! Surfaces computed in parts and with a tolerance, through the command.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{Levels, Provenance, encode};
use lossland_tests::command::{Lossland, interrupt};
use lossland_tests::runs::{SURFACE, folder_with_network, read};
use std::fs;
use std::path::Path;

const GRID: &str = "--split both --images 30 --seed 7 --x=-1:1:5 --y=-1:1:3";

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn merged_parts_are_the_file_of_one_run() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let folder = folder.path();
    for tolerance in ["", "--tolerance 0.1"] {
        let surface = format!("{SURFACE} {GRID} {tolerance} --force");
        lossland.succeed(folder, &format!("{surface} --out whole.lossland"));
        for part in 0..4 {
            let part = format!("--shard {part}/4 --out part-{part}.lossland");
            lossland.succeed(folder, &format!("{surface} {part}"));
        }
        let parts = ["2", "0", "3", "1"].map(|part| format!("part-{part}.lossland")).join(" ");
        let merge = format!("merge {parts} --out merged.lossland --force");
        assert_eq!(lossland.succeed(folder, &merge).stdout, "merged.lossland\n");
        assert_eq!(
            bytes(folder, "merged.lossland"),
            bytes(folder, "whole.lossland"),
            "{tolerance}"
        );
    }
    let info = lossland.succeed(folder, "info part-1.lossland").stdout;
    assert!(info.contains("1/4, counted from 0"), "{info}");
}

#[test]
fn a_merge_that_cannot_be_whole_names_what_is_wrong_and_writes_nothing() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let folder = folder.path();
    let surface = format!("{SURFACE} {GRID}");
    for part in ["0", "2"] {
        lossland.succeed(folder, &format!("{surface} --shard {part}/3 --out {part}.lossland"));
    }
    let other = surface.replace("--seed 7", "--seed 8");
    lossland.succeed(folder, &format!("{other} --shard 1/3 --out other.lossland"));
    // A part that was stopped: what there is of it, as the command leaves it behind.
    let stopped = read(&folder.join("0.lossland"));
    let provenance = Provenance { shard: "1/3".parse().ok(), ..stopped.provenance().clone() };
    let stopped = encode(&stopped.with_provenance(provenance)).expect("a surface");
    fs::write(folder.join("stopped.lossland"), stopped).expect("writable");
    lossland.succeed(folder, &format!("{surface} --out whole.lossland"));

    for (parts, what) in [
        ("0.lossland 2.lossland", "found no part 1"),
        ("0.lossland 0.lossland 2.lossland", "both part 0 of 3"),
        ("0.lossland other.lossland 2.lossland", "--seed 8"),
        ("0.lossland stopped.lossland 2.lossland", "is not finished: 5 of its 5 points"),
        ("whole.lossland 0.lossland", "whole.lossland\", which is none"),
        ("0.lossland missing.lossland", "missing.lossland"),
    ] {
        let finished = lossland.run(folder, &format!("merge {parts} --out merged.lossland"));
        assert_eq!((finished.code, &*finished.stdout), (Some(1), ""), "{parts}");
        assert!(finished.stderr.contains(what), "{parts}: {}", finished.stderr);
        assert!(!folder.join("merged.lossland").exists(), "{parts}");
    }

    // The lost part is run again.
    lossland.succeed(folder, &format!("{surface} --shard 1/3 --out 1.lossland"));
    lossland.succeed(folder, "merge 0.lossland 1.lossland 2.lossland --out merged.lossland");
    assert_eq!(bytes(folder, "merged.lossland"), bytes(folder, "whole.lossland"));
}

#[test]
fn a_stopped_run_is_a_picture_of_the_whole_plane() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let folder = folder.path();
    let line = format!("{SURFACE} --seed 7 --x=-1:1:41 --y=-1:1:41 --out a.lossland");
    let journal = folder.join("a.journal");
    let is_under_way = || fs::metadata(&journal).is_ok_and(|file| file.len() > 1000);
    let child = lossland.start_until(folder, &line, is_under_way);
    assert_eq!(interrupt(child).code(), Some(130));
    let surface = read(&folder.join("a.partial.lossland"));
    let values = surface.main_field().values();
    let n_computed = values.iter().filter(|value| !value.is_nan()).count();
    assert!((9..values.len()).contains(&n_computed), "{n_computed}");
    let order = Levels::new(surface.grid()).order();
    let first = &order[..n_computed];
    assert!(first.iter().all(|point| !values[*point].is_nan()), "coarse to fine");
}
