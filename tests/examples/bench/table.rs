//! The medians, what the empty page costs taken off, ours beside three.js's.

use lossland_tests::picture::Picture;
use serde_json::Value;

/// What one turn of one page gave.
#[derive(Default)]
pub(crate) struct Sample {
    /// From the start of the navigation to `ready`.
    pub(crate) first_ms: f64,
    /// Processor time of the page's main thread for a frame of six surfaces.
    pub(crate) frame_ms: f64,
    /// Processor time of the process that draws, for the same.
    pub(crate) gpu_ms: f64,
    /// From `setSurfaces` to 1001 x 1001 points on the screen.
    pub(crate) shown_ms: f64,
    /// A pick on that surface.
    pub(crate) pick_us: f64,
    /// What all picks found.
    pub(crate) picks: Vec<Value>,
    /// Six surfaces, frame 0.
    pub(crate) picture: Option<Picture>,
}

/// All turns of one page.
#[derive(Default)]
pub(crate) struct Samples(Vec<Sample>);

impl Samples {
    /// Adds a turn.
    pub(crate) fn push(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// The last turn.
    pub(crate) fn last(&self) -> Option<&Sample> {
        self.0.last()
    }

    fn median(&self, of: fn(&Sample) -> f64) -> f64 {
        let mut values: Vec<f64> = self.0.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 {
            values[middle]
        } else {
            (values[middle - 1] + values[middle]) / 2.0
        }
    }
}

/// A line: what, its unit, where it is in a sample, whether the empty page's is subtracted, the aim.
type Row = (&'static str, &'static str, fn(&Sample) -> f64, bool, f64);

const ROWS: [Row; 5] = [
    ("main thread, a frame of 6 surfaces", "ms", |sample| sample.frame_ms, true, 0.5),
    ("first picture", "ms", |sample| sample.first_ms, true, 0.8),
    ("1001 x 1001 points shown", "ms", |sample| sample.shown_ms, false, 0.6),
    ("pick at 1001 x 1001 points", "us", |sample| sample.pick_us, false, 0.5),
    ("GPU process, a frame of 6 surfaces", "ms", |sample| sample.gpu_ms, true, 0.7),
];

const FIRST_PICTURE_AIM: u64 = 200_000;

/// Prints the table of the empty page, three.js's, Plotly's and ours, which are compared with three.js's.
pub(crate) fn print([empty, three, plotly, ours]: &[Samples; 4], first_picture_bytes: u64) {
    println!(
        "{:36} {:>9} {:>9} {:>9} {:>9} {:>6} {:>6}",
        "", "empty", "Plotly", "three.js", "ours", "ratio", "aim"
    );
    for (what, unit, of, is_net, aim) in ROWS {
        let floor = if is_net { empty.median(of) } else { 0.0 };
        let [three, plotly, ours] = [three, plotly, ours].map(|samples| samples.median(of) - floor);
        let ratio = ours / three;
        // It picks nothing.
        let plotly = if plotly == 0.0 { String::new() } else { format!("{plotly:.2}") };
        let empty = if is_net { format!("{floor:.2}") } else { String::new() };
        let verdict = if ratio <= aim { "" } else { "  missed" };
        println!(
            "{:36} {empty:>9} {plotly:>9} {three:>9.2} {ours:>9.2} {ratio:>6.2} {aim:>6.1}{verdict}",
            format!("{what}, {unit}")
        );
    }
    let verdict = if first_picture_bytes <= FIRST_PICTURE_AIM { "" } else { "  missed" };
    println!(
        "{:36} {:>9} {:>9} {:>9} {first_picture_bytes:>9} {:>6} {FIRST_PICTURE_AIM:>6}{verdict}",
        "first picture, bytes with brotli", "", "", "", ""
    );
    println!("\nThe empty page's times are subtracted where they are given.");
}
