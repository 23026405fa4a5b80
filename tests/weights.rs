//! `lossland weights`, and what rescaled weights do to surfaces.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::Surface;
use lossland_tests::command::Lossland;
use lossland_tests::runs::{SURFACE, folder_with_network, read};
use std::fs;

const WEIGHTS: &str = "weights run/weights.safetensors --network resnet8";

#[test]
fn weights_in_bfloat16_are_half_the_size_and_say_so() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let bytes = |name: &str| fs::read(folder.path().join(name)).expect("written");
    let run = |args: &str| lossland.run(folder.path(), &format!("{WEIGHTS} {args}"));

    let finished = run("--bfloat16 --out w.safetensors");
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "w.safetensors\n"));
    let first = bytes("w.safetensors");
    assert!(first.len() < bytes("run/weights.safetensors").len() * 11 / 20);

    // The same again is welcome, something else is not.
    let again = run("--bfloat16 --out w.safetensors");
    assert!(again.code == Some(0) && again.stderr.contains("nothing to do"), "{again:?}");
    let other = run("--rescale-blocks 8 --out w.safetensors");
    assert_eq!((other.code, other.stdout.as_str()), (Some(1), ""));
    assert!(other.stderr.contains("--force"), "{}", other.stderr);
    assert_eq!(bytes("w.safetensors"), first);

    let line = SURFACE.replace("run/weights.safetensors", "w.safetensors");
    lossland.succeed(folder.path(), &format!("{line} --x 0:0:1 --y 0:0:1 --out a.lossland"));
    let surface = read(&folder.path().join("a.lossland"));
    let command = "lossland weights WEIGHTS --network resnet8 --bfloat16 --out OUT";
    assert_eq!(surface.provenance().weights_edits, [command]);
    assert_eq!(surface.provenance().training.as_ref().expect("its record").epochs, 2);
    let info = lossland.succeed(folder.path(), "info a.lossland").stdout;
    assert!(info.contains(&format!("then edited by   {command}")), "{info}");
}

#[test]
fn rescaled_blocks_change_raw_surfaces_and_no_others() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let rescale = format!("{WEIGHTS} --bfloat16 --rescale-blocks 8 --out rescaled.safetensors");
    lossland.succeed(folder.path(), &rescale);
    lossland.succeed(folder.path(), &format!("{WEIGHTS} --bfloat16 --out plain.safetensors"));

    let surfaces = |args: &str| -> [Surface; 2] {
        ["plain", "rescaled"].map(|name| {
            let line = SURFACE.replace("run/weights", name);
            lossland
                .succeed(folder.path(), &format!("{line} {args} --out {name}.lossland --force"));
            read(&folder.path().join(format!("{name}.lossland")))
        })
    };
    for precision in ["float32", "bfloat16"] {
        let grid = format!("--precision {precision} --x=-1:1:3 --y 0:1:2");
        let [plain, rescaled] = surfaces(&format!("{grid} --norm filter"));
        assert_ne!(plain.provenance().weights_sha256, rescaled.provenance().weights_sha256);
        assert_eq!(plain.fields(), rescaled.fields(), "{precision}");
        let [plain, rescaled] = surfaces(&format!("{grid} --norm none"));
        let [a, b] = [&plain, &rescaled].map(|surface| surface.main_field().values());
        assert_eq!(a[1], b[1], "{precision}: at the centre");
        assert!(a[0] != b[0] && a[5] != b[5], "{precision}: {a:?}, {b:?}");
    }
}

#[test]
fn what_is_no_exact_edit_is_refused() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let line = WEIGHTS.replace("resnet8", "vgg9");
    for (args, code, message) in [
        (format!("{WEIGHTS} --out w"), 2, "required arguments"),
        (format!("{WEIGHTS} --rescale-blocks 3 --out w"), 2, "a power of two"),
        (format!("{line} --rescale-blocks 8 --out w"), 1, "a network with residual blocks"),
        (format!("{line} --bfloat16 --out w"), 1, "expected weights for vgg9"),
    ] {
        let finished = lossland.run(folder.path(), &args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(code), ""), "{args}");
        assert!(finished.stderr.contains(message), "{args}: {}", finished.stderr);
    }
}
