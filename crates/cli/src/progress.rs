//! Progress on standard error: a bar on a terminal, a line now and then elsewhere (a log file, a
//! batch job), both with the rate and the time left.

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);
/// No rate is told before this much time, since it would be noise.
const RATE_AFTER: Duration = Duration::from_secs(1);

/// The progress of one piece of work.
pub(crate) struct Progress {
    bar: ProgressBar,
    lines: Option<Lines>,
}

/// What plain lines need to know.
struct Lines {
    what: String,
    unit: &'static str,
    total: u64,
    /// What was there before this run, which says nothing of its speed.
    done_before: u64,
    begun: Instant,
    last_printed: Instant,
}

impl Progress {
    /// Progress of `what` over `total` units, `done_before` of which an earlier run has done.
    pub(crate) fn new(what: &str, unit: &'static str, total: u64, done_before: u64) -> Self {
        let now = Instant::now();
        if !std::io::stderr().is_terminal() {
            eprintln!("{what}: {done_before}/{total} {unit}");
            let lines = Lines {
                what: what.to_owned(),
                unit,
                total,
                done_before,
                begun: now,
                last_printed: now,
            };
            return Self { bar: ProgressBar::hidden(), lines: Some(lines) };
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let template = format!(
            "{{prefix}} {{bar:20}} {{percent:>3}} %  {{pos}}/{{len}} {unit}, {{rate}}, {{eta}} left  \
             {{wide_msg}}"
        );
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
                // A rate that can't be written is no reason to stop.
                let _ = write!(out, "{:.1}/s", state.per_sec());
            }));
        }
        bar.set_prefix(what.to_owned());
        bar.set_position(done_before);
        bar.reset_eta();
        bar.enable_steady_tick(Duration::from_millis(500));
        Self { bar, lines: None }
    }

    /// So many units are done; `note` is what else is worth seeing now.
    pub(crate) fn set(&mut self, done: u64, note: &str) {
        self.bar.set_position(done);
        self.bar.set_message(note.to_owned());
        if let Some(lines) = &mut self.lines
            && lines.last_printed.elapsed() >= LINE_EVERY
        {
            lines.last_printed = Instant::now();
            eprintln!("{}", lines.line(done, lines.begun.elapsed(), note));
        }
    }

    /// Prints a line that stays, above the bar where there is one.
    pub(crate) fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Lines {
    fn line(&self, done: u64, elapsed: Duration, note: &str) -> String {
        let Self { what, unit, total, done_before, .. } = self;
        let mut line = format!("{what}: {done}/{total} {unit}");
        let rate = done.saturating_sub(*done_before) as f64 / elapsed.as_secs_f64();
        if elapsed >= RATE_AFTER && rate > 0.0 {
            let left = Duration::from_secs_f64(total.saturating_sub(done) as f64 / rate);
            line += &format!(", {rate:.1} {unit}/s, {} left", HumanDuration(left));
        }
        if !note.is_empty() {
            line += &format!("  {note}");
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_counts_this_run_only() {
        let now = Instant::now();
        let lines = Lines {
            what: "surface".into(),
            unit: "points",
            total: 300,
            done_before: 100,
            begun: now,
            last_printed: now,
        };
        assert_eq!(
            lines.line(200, Duration::from_secs(10), "loss 2.30"),
            "surface: 200/300 points, 10.0 points/s, 10 seconds left  loss 2.30"
        );
        assert_eq!(lines.line(100, Duration::ZERO, ""), "surface: 100/300 points");
    }
}
