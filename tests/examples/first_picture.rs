//! Which functions of the page's program a first picture calls. `cargo xtask profile` runs this on a site
//! whose program counts them: `first_picture SITE NAMES LIST`, where a line of `NAMES` has the key of a
//! function and its name, in the order of the program's counters, and `LIST` gets the keys of those called.

use lossland_tests::{
    browser::{DESKTOP, Page, with_browser},
    server::StaticServer,
    site::{Site, surface},
};
use std::collections::BTreeSet;
use std::path::Path;

const PHONE: [u32; 2] = [360, 740];
/// Bytes a second at which what is shown while files arrive is seen.
const SLOW: u32 = 60_000;

/// The numbers of the functions that were called.
const CALLED: &str = "
    const names = document.querySelector('meta[name=program]');
    const program = await import(new URL(names.content, document.baseURI));
    const all = Object.entries(await program.default());
    return all.filter(([name, global]) => name.startsWith('called') && global.value)
        .map(([name]) => Number(name.slice('called'.length)));";

/// What a set of names (glow's, of extensions) calls where two of them share a place, which its random
/// seed decides.
const BY_CHANCE: [&str; 2] = ["::find_or_find_insert_index", "String as hashbrown"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [site, names, list] = arguments.as_slice() else {
        panic!("expected SITE NAMES LIST, found {arguments:?}; `cargo xtask profile` runs this");
    };
    let names = std::fs::read_to_string(names).expect("a list of names");
    let key = |line| str::split(line, ' ').next().unwrap_or_default();
    let keys: Vec<&str> = names.lines().map(key).collect();
    let site = Path::new(site);
    let bowl = surface("a", ["-1:1:21", "-1:1:21"], "train_loss", |x, y| (x * x + y * y) as f32);
    let small = Site::split(site, &[bowl], 1);
    let mut called = BTreeSet::<&str>::new();
    for (folder, size, is_slow, path) in [
        (site, DESKTOP, false, ""),
        (site, DESKTOP, true, ""),
        (site, PHONE, false, ""),
        (small.path(), DESKTOP, false, ""),
        (site, DESKTOP, false, "?bench=1"),
    ] {
        let numbers = with_browser(StaticServer::start(folder), size, async move |page: &Page| {
            page.dark(is_slow).await;
            if is_slow {
                page.slow_down(SLOW).await;
            }
            page.open(path).await;
            if path.is_empty() {
                page.wait_for_surfaces(1).await;
            } else {
                page.run("return __bench.ready").await;
            }
            // The address follows, and whatever else does by itself.
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            page.run(&format!("return (async () => {{ {CALLED} }})()")).await
        });
        let numbers = numbers.as_array().expect("numbers").iter().filter_map(|n| n.as_u64());
        called.extend(numbers.filter_map(|number| keys.get(number as usize).copied()));
        eprintln!("{} of {} functions, with {size:?} {path}", called.len(), keys.len());
    }
    let is_by_chance = |line: &&str| BY_CHANCE.iter().any(|name| line.contains(name));
    called.extend(names.lines().filter(is_by_chance).map(key));
    let lines: String = called.into_iter().map(|key| format!("{key}\n")).collect();
    std::fs::write(list, lines).expect("a list that can be written");
}
