//! The page beside one made with three.js and one made with Plotly, measured in one headless Chromium after the other, as a
//! table. `cargo xtask bench page` builds both and runs this.
//!
//! Pages take turns, each time in a browser of their own that has seen nothing before; what counts is
//! the median over the rounds. An empty page with a cleared canvas takes part, and what it costs is
//! subtracted. All pages offer the `window.__bench` that `web/boot.js` describes. On a busy machine
//! only ratios mean something.

#![allow(clippy::print_stdout, reason = "the results go to standard output")]

mod agreement;
mod pages;
mod processes;
mod table;

use lossland_tests::{
    browser::{Page, with_browser},
    server::StaticServer,
};
use pages::{Pages, Surface};
use processes::{Process, cpu_ms};
use serde_json::Value;
use std::path::Path;
use table::{Sample, Samples};

const SIZE: [u32; 2] = [1280, 720];
const WARM_UP_FRAMES: u32 = 10;
const FRAMES: u32 = 60;
/// Of Plotly, which takes seconds for one.
const FEW_FRAMES: u32 = 12;

/// Notes when `ready` is kept, from the first moment at which it can be seen.
const WATCH: &str = "
    let bench;
    Object.defineProperty(window, '__bench', {
        get: () => bench,
        set(offered) {
            bench = offered;
            bench.ready.then(() => { window.readyAt = performance.now(); });
        },
    });";

/// What had been asked for when the first picture was there: not what follows it.
const ASKED: &str = "
    const asked = performance.getEntriesByType('resource').filter(file => file.startTime < readyAt);
    return [location.origin + location.pathname, ...asked.map(file => file.name)]";

/// Picks at places all over the canvas. A pick is too short for one reading of the clock.
const PICKS: &str = "
    const [times, found] = [[], []];
    const repeats = 20;
    for (let y = 24; y < innerHeight; y += 48) {
        for (let x = 24; x < innerWidth; x += 48) {
            const begin = performance.now();
            let pick;
            for (let k = 0; k < repeats; k++) pick = __bench.pick(x, y);
            const end = performance.now();
            if (pick) times.push((end - begin) / repeats * 1000);
            found.push(pick);
        }
    }
    times.sort((a, b) => a - b);
    return { median_us: times[times.length >> 1] ?? 0, found };";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dist, others, assets, rounds] = arguments.as_slice() else {
        panic!("expected DIST OTHERS ASSETS ROUNDS");
    };
    let rounds: usize = rounds.parse().expect("a number of rounds");
    let pages = Pages::new(Path::new(dist), Path::new(others), Path::new(assets));
    println!(
        "{} x {} pixels, software WebGL, medians of {rounds} rounds; frames of 6 surfaces of 51 x 51 points, \
         first picture of {} of the catalogue\n",
        SIZE[0], SIZE[1], pages.n_main
    );
    let mut samples: [Samples; 4] = Default::default();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        // Whoever comes first in a round comes last in the next.
        for turn in 0..pages::PATHS.len() {
            let number = (turn + round) % pages::PATHS.len();
            let sample = with_browser(
                StaticServer::start_isolated(pages.folder()),
                SIZE,
                async |page: &Page| measure(page, &pages, pages::PATHS[number]).await,
            );
            samples[number].push(sample);
        }
        agreement::check(&samples);
    }
    table::print(&samples, pages.first_picture_bytes());
}

async fn measure(page: &Page, pages: &Pages, path: &str) -> Sample {
    let url = page.server.url();
    let mut sample = Sample::default();
    // The browser's own start is over after a while.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    page.run_first(WATCH).await;
    page.open(path).await;
    page.wait_for("the first picture", "window.readyAt").await;
    sample.first_ms = number(&page.run("return readyAt").await);
    let asked = page.run(ASKED).await;
    let asked = asked.as_array().expect("addresses").iter().filter_map(Value::as_str);
    pages.note_asked(path, asked.filter_map(|address| address.strip_prefix(&url)));

    set_surfaces(page, &url, &pages.six).await;
    sample.picture = Some(page.picture().await);
    let is_slow = path == pages::PLOTLY;
    let frames = if is_slow { FEW_FRAMES } else { FRAMES };
    orbit(page, if is_slow { 1 } else { WARM_UP_FRAMES }).await;
    let main = || cpu_ms(page.process_id(), Process::RendererMainThread);
    let gpu = || cpu_ms(page.process_id(), Process::Gpu);
    let before = [main(), gpu()];
    orbit(page, frames).await;
    sample.frame_ms = (main() - before[0]) / f64::from(frames);
    sample.gpu_ms = (gpu() - before[1]) / f64::from(frames);

    sample.shown_ms = set_surfaces(page, &url, std::slice::from_ref(&pages.large)).await;
    page.run("return __bench.preparePicking?.()").await;
    let picks = page.run(PICKS).await;
    sample.pick_us = number(&picks["median_us"]);
    sample.picks = picks["found"].as_array().cloned().unwrap_or_default();
    sample
}

/// Shows surfaces; returns the milliseconds until they are on the screen.
async fn set_surfaces(page: &Page, url: &str, surfaces: &[Surface]) -> f64 {
    let list: Vec<Value> = surfaces.iter().map(|surface| surface.json(url)).collect();
    let list = Value::from(list);
    number(
        &page
            .run(&format!(
                "const begin = performance.now();
                 return __bench.setSurfaces({list}).then(() => performance.now() - begin)"
            ))
            .await,
    )
}

async fn orbit(page: &Page, frames: u32) {
    page.run(&format!(
        "return (async () => {{ for (let i = 0; i < {frames}; i++) await __bench.orbitFrame(i) }})()"
    ))
    .await;
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("expected a number, found {value}"))
}
