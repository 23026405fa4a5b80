//! `lossland data fetch` from hosts of this machine, and `--data` with what it brings.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::sha256_hex;
use lossland_tests::command::{Finished, Lossland, interrupt};
use lossland_tests::images::{cifar10_files, tar_gz};
use lossland_tests::mirror::{Manner, Mirror};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use tempfile::TempDir;

const FOLDER: &str = "cifar-10-batches-bin";
const PART: &str = "cifar-10-binary.tar.gz.part";

/// An archive, a host of it and a folder to fetch it to.
struct Fetch {
    archive: Vec<u8>,
    mirror: Mirror,
    folder: TempDir,
}

impl Fetch {
    fn of(archive: Vec<u8>, manner: Manner) -> Self {
        let mirror = Mirror::start(archive.clone(), manner);
        Self { archive, mirror, folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn new(manner: Manner) -> Self {
        Self::of(tar_gz(&cifar10_files()), manner)
    }

    fn args(&self) -> String {
        let (url, sha256) = (self.mirror.url(), sha256_hex(&self.archive));
        format!("data fetch cifar10 --url {url} --sha256 {sha256}")
    }

    fn run(&self, lossland: &Lossland) -> Finished {
        lossland.run(self.folder.path(), &self.args())
    }

    /// Runs it and expects a failure that says `message`, with nothing unpacked.
    fn fail(&self, lossland: &Lossland, message: &str) {
        let finished = self.run(lossland);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{finished:?}");
        assert!(finished.stderr.contains(message), "{message}: {}", finished.stderr);
        assert!(!self.has(FOLDER));
    }

    fn has(&self, name: &str) -> bool {
        self.folder.path().join(name).exists()
    }

    fn part_len(&self) -> usize {
        fs::metadata(self.folder.path().join(PART)).map_or(0, |part| part.len() as usize)
    }

    /// Checks that all is there and nothing else.
    fn assert_complete(&self) {
        assert_eq!(names_in(self.folder.path()), [FOLDER]);
        let folder = self.folder.path().join(FOLDER);
        assert_eq!(names_in(&folder).len(), 7, "six files and their digests");
        for (name, records) in cifar10_files() {
            assert!(fs::read(folder.join(&name)).is_ok_and(|read| read == records), "{name}");
        }
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("readable").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn what_was_fetched_is_not_fetched_again_nor_taken_on_trust() {
    let Some(lossland) = Lossland::find() else { return };
    let fetch = Fetch::new(Manner::Sound);
    let finished = fetch.run(&lossland);
    assert_eq!((finished.code, finished.stdout.trim()), (Some(0), "./cifar-10-batches-bin"));
    fetch.assert_complete();
    let again = fetch.run(&lossland);
    assert_eq!((again.code, &again.stdout), (Some(0), &finished.stdout), "{again:?}");
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
    assert_eq!(fetch.mirror.asked(), [0]);

    // The list of digests is one that sha256sum reads.
    let folder = fetch.folder.path().join(FOLDER);
    let sums = fs::read_to_string(folder.join("SHA256SUMS")).expect("a list");
    let test = fs::read(folder.join("test_batch.bin")).expect("a file");
    assert!(sums.contains(&format!("\n{}  test_batch.bin\n", sha256_hex(&test))), "{sums}");

    let differs = |message: &str| {
        let finished = fetch.run(&lossland);
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert!(finished.stderr.contains(message), "{}", finished.stderr);
    };
    fs::write(folder.join("test_batch.bin"), &test[3073..]).expect("writable");
    differs("differs from its SHA256SUMS");
    fs::remove_file(folder.join("SHA256SUMS")).expect("removed");
    differs("without SHA256SUMS");
    assert_eq!(fetch.mirror.asked(), [0]);
    let elsewhere = format!("{} --out new/folder", fetch.args());
    let finished = lossland.succeed(fetch.folder.path(), &elsewhere);
    assert_eq!(finished.stdout, "new/folder/cifar-10-batches-bin\n");
}

#[test]
fn archive_folder_and_another_order_are_the_same_data() {
    let Some(lossland) = Lossland::find() else { return };
    let fetch = Fetch::new(Manner::Sound);
    let at = |name: &str| fetch.folder.path().join(name);
    assert_eq!(fetch.run(&lossland).code, Some(0));
    fs::write(at("archive.tar.gz"), &fetch.archive).expect("writable");
    let backwards: Vec<(String, Vec<u8>)> = {
        let files = cifar10_files();
        let mut train: Vec<u8> =
            files[..5].iter().flat_map(|(_, records)| records).copied().collect();
        let records: Vec<&[u8]> = train.chunks_exact(3073).rev().collect();
        train = records.concat();
        let names = files[..5].iter().rev().map(|(name, _)| name.clone());
        let train = names.zip(train.chunks(8 * 3073).rev().map(<[u8]>::to_vec));
        train.chain([files[5].clone()]).collect()
    };
    fs::write(at("backwards.tar.gz"), tar_gz(&backwards)).expect("writable");

    let options = "--threads 1 --seed 1";
    lossland.succeed(
        fetch.folder.path(),
        &format!(
            "train resnet8 --data archive.tar.gz --epochs 1 --batch-size 8 --out run {options}"
        ),
    );
    let surfaces = ["archive.tar.gz", FOLDER, ".", "backwards.tar.gz"].map(|data| {
        let args = format!(
            "surface resnet8 --weights run/weights.safetensors --data {data} --split both \
             --images 20 --x -1:1:2 --y 0:0:1 --out a.lossland --force {options}"
        );
        lossland.succeed(fetch.folder.path(), &args);
        let info = lossland.succeed(fetch.folder.path(), "info --json a.lossland").stdout;
        let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
        let dataset = info[0]["provenance"]["dataset"].clone();
        assert!(dataset["train"]["digest"].is_string(), "{info}");
        (dataset, fs::read(at("a.lossland")).expect("written"))
    });
    for (other, surface) in &surfaces[1..] {
        assert_eq!(other, &surfaces[0].0);
        assert!(surface == &surfaces[0].1, "the files differ");
    }
}

#[test]
fn archives_that_are_not_whole_are_refused() {
    let Some(lossland) = Lossland::find() else { return };
    let whole = tar_gz(&cifar10_files());
    let cut = whole[..whole.len() / 2].to_vec();
    let without_one = tar_gz(&cifar10_files()[1..]);
    for (archive, message) in
        [(cut, "damaged or of another kind"), (without_one, "found no [\"data_batch_1.bin\"]")]
    {
        let fetch = Fetch::of(archive, Manner::Sound);
        fetch.fail(&lossland, message);
        assert_eq!(names_in(fetch.folder.path()), [PART], "nothing half-unpacked");
        // It is what was asked for, so the host is not asked again.
        fetch.fail(&lossland, message);
        assert_eq!(fetch.mirror.asked(), [0]);

        let train = format!("train resnet8 --data {PART} --out run --epochs 1");
        let finished = lossland.run(fetch.folder.path(), &train);
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert!(finished.stderr.contains(message), "{}", finished.stderr);
    }
}

#[test]
fn a_broken_transfer_goes_on_where_it_broke() {
    let Some(lossland) = Lossland::find() else { return };
    for (manner, second) in
        [(Manner::BreaksOff, "download:"), (Manner::BreaksOffWithoutRanges, "beginning again")]
    {
        let fetch = Fetch::new(manner);
        let half = fetch.archive.len() / 2;
        fetch.fail(&lossland, &format!("after {half} bytes"));
        assert_eq!(fetch.part_len(), half);
        let finished = fetch.run(&lossland);
        assert_eq!(finished.code, Some(0), "{finished:?}");
        assert!(finished.stderr.contains(second), "{}", finished.stderr);
        assert_eq!(fetch.mirror.asked(), [0, half]);
        fetch.assert_complete();
    }
}

#[test]
fn a_stopped_fetch_goes_on() {
    let Some(lossland) = Lossland::find() else { return };
    for is_killed in [false, true] {
        let fetch = Fetch::new(Manner::Slow);
        let half = fetch.archive.len() / 2;
        let folder = fetch.folder.path();
        let mut child = lossland.start_until(folder, &fetch.args(), || fetch.part_len() > half);
        fetch.fail(&lossland, "in use");
        if is_killed {
            child.kill().expect("killed");
            child.wait().expect("a child of ours");
        } else {
            assert_eq!(interrupt(child).code(), Some(130));
        }
        let begun = fetch.part_len();
        assert!(begun > half && !fetch.has(FOLDER));
        assert_eq!(fetch.run(&lossland).code, Some(0));
        assert_eq!(fetch.mirror.asked(), [0, begun]);
        fetch.assert_complete();
    }
}

#[test]
fn parts_of_something_else_do_no_harm() {
    let Some(lossland) = Lossland::find() else { return };
    let fetch = Fetch::new(Manner::Sound);
    let part = fetch.folder.path().join(PART);
    fs::write(&part, "of another file").expect("writable");
    fetch.fail(&lossland, "found");
    assert_eq!(names_in(fetch.folder.path()).len(), 0, "removed");

    fs::write(&part, [&fetch.archive[..], b"more"].concat()).expect("writable");
    assert_eq!(fetch.run(&lossland).code, Some(0));
    assert_eq!(fetch.mirror.asked(), [15, fetch.archive.len() + 4, 0]);
    fetch.assert_complete();
}

#[test]
fn other_content_than_asked_for_is_removed() {
    let Some(lossland) = Lossland::find() else { return };
    let mut fetch = Fetch::new(Manner::Sound);
    let found = sha256_hex(&fetch.archive);
    fetch.archive.push(0);
    let expected = sha256_hex(&fetch.archive);
    fetch.fail(&lossland, &format!("expected SHA-256 {expected}, found {found} for"));
    assert_eq!(names_in(fetch.folder.path()).len(), 0);

    // Unless told otherwise, only the official archive will do.
    let args = format!("data fetch cifar10 --url {}", fetch.mirror.url());
    let finished = lossland.run(fetch.folder.path(), &args);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(finished.stderr.contains("expected SHA-256 c4a38c50"), "{}", finished.stderr);
}

#[test]
fn hosts_that_have_nothing_are_named() {
    let Some(lossland) = Lossland::find() else { return };
    for status in ["404 Not Found", "500 Internal Server Error"] {
        let fetch = Fetch::new(Manner::Status(status));
        fetch.fail(&lossland, &format!("found {status}"));
        fetch.fail(&lossland, &fetch.mirror.url());
        assert_eq!(fetch.part_len(), 0);
    }

    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let nobody = nobody.expect("a port that was free");
    let fetch = Fetch::new(Manner::Sound);
    for (url, message) in [
        (format!("http://{nobody}/a"), "Connection refused"),
        // The host knows no TLS.
        (fetch.mirror.url().replace("http:", "https:"), "downloading \"https:"),
        ("/a/file".into(), "downloading \"/a/file\""),
    ] {
        let args = format!("data fetch cifar10 --url {url}");
        let finished = lossland.run(fetch.folder.path(), &args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{finished:?}");
        assert!(finished.stderr.contains(message), "{url}: {}", finished.stderr);
    }
}
