//! `lossland info`: what surface files hold and where it comes from.

mod measures;

use crate::Outcome;
use crate::files::{SurfacePath, read_surface};
use lossland_surface::measures::{MeasureOptions, Measures};
use lossland_surface::{
    Axis, DirectionSource, Directions, Field, FieldKind, Grid, Provenance, Statistics, Surface,
};
use serde::Serialize;
use std::io::Write;

/// Arguments of `lossland info`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland info resnet20.lossland
  lossland info --json *.lossland | jq '.[] | [.id, .fields[0].measures.roughness.mean]'

Losses have measures: flat area, sharpness, convexity, roughness, minima and their persistence, SMAD.
They depend on range and resolution: compare surfaces over one grid.

In JSON, null is a value that is not there or not finite; the counts n_missing (not computed) and
n_overflowed say which. In place of a measure that can't be told stands {\"incomplete\": WHY}.")]
pub(crate) struct Args {
    /// Surfaces: .lossland, .npz, .csv, .h5 or .hdf5
    #[arg(value_name = "FILE", required = true)]
    files: Vec<SurfacePath>,
    /// Print a JSON array with one object for each file
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut surfaces = Vec::new();
    for file in &args.files {
        // One bad file does not hide the others.
        match read_surface(file, None) {
            Ok((surface, bytes)) => surfaces.push((file, surface, bytes.len())),
            Err(error) => eprintln!("error: {error:#}"),
        }
    }
    let summaries: Vec<Summary<'_>> = surfaces
        .iter()
        .map(|(file, surface, n_bytes)| Summary::new(file, *n_bytes, surface))
        .collect();
    let mut output = std::io::stdout().lock();
    if args.json {
        writeln!(output, "{}", serde_json::to_string_pretty(&summaries)?)?;
    } else {
        for summary in &summaries {
            write!(output, "{}", summary.to_text())?;
        }
    }
    let n_failed = args.files.len() - surfaces.len();
    if n_failed > 0 {
        anyhow::bail!("{n_failed} of {} files could not be read", args.files.len());
    }
    Ok(Outcome::Done)
}

/// What is told of one file.
#[derive(Serialize)]
struct Summary<'a> {
    file: String,
    bytes: usize,
    id: &'a str,
    title: &'a str,
    grid: &'a Grid,
    fields: Vec<FieldSummary<'a>>,
    trajectories: Vec<TrajectorySummary<'a>>,
    provenance: &'a Provenance,
}

#[derive(Serialize)]
struct FieldSummary<'a> {
    name: &'a str,
    label: &'a str,
    unit: &'a str,
    #[serde(flatten)]
    statistics: Statistics,
    /// Of a loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    measures: Option<Measures>,
}

#[derive(Serialize)]
struct TrajectorySummary<'a> {
    name: &'a str,
    n_points: usize,
}

impl<'a> Summary<'a> {
    fn new(file: &SurfacePath, n_bytes: usize, surface: &'a Surface) -> Self {
        let grid = surface.grid();
        let field_summary = |field: &'a Field| FieldSummary {
            name: field.kind().name(),
            label: field.kind().label(),
            unit: field.kind().unit(),
            statistics: Statistics::new(grid, field),
            measures: measures_of_loss(surface, field.kind()),
        };
        let trajectories = surface.trajectories().iter();
        Self {
            file: file.path.display().to_string(),
            bytes: n_bytes,
            id: surface.id(),
            title: surface.title(),
            grid,
            fields: surface.fields().iter().map(field_summary).collect(),
            trajectories: trajectories
                .map(|path| TrajectorySummary { name: path.name(), n_points: path.alpha().len() })
                .collect(),
            provenance: surface.provenance(),
        }
    }

    fn to_text(&self) -> String {
        let axis = |name: &str, axis: &Axis| {
            format!("{name} {} to {} in {}", axis.first(), axis.last(), axis.len())
        };
        let mut lines = Lines(format!("{}: {} ({})\n", self.file, self.title, self.id));
        let Grid { x, y } = self.grid;
        lines.add("grid", &format!("{}, {}", axis("alpha", x), axis("beta", y)));
        for field in &self.fields {
            lines.add(field.name, &field.to_text());
            for (name, text) in field.measures.iter().flat_map(measures::lines) {
                lines.add(name, &text);
            }
        }
        for path in &self.trajectories {
            lines.add("trajectory", &format!("{}, {} points", path.name, path.n_points));
        }
        lines.add_provenance(self.provenance);
        lines.0
    }
}

/// What the paper's observations are about: the losses, and nothing else that a file may hold.
fn measures_of_loss(surface: &Surface, kind: &FieldKind) -> Option<Measures> {
    kind.is_loss().then(|| Measures::of(surface, kind, &MeasureOptions::default())).flatten()
}

impl FieldSummary<'_> {
    fn to_text(&self) -> String {
        let Statistics { centre, minimum, maximum, median, n_points, n_missing, n_overflowed } =
            self.statistics;
        let unit = if self.unit.is_empty() { String::new() } else { format!(" ({})", self.unit) };
        let number = |value: Option<f64>| value.map_or("none".into(), significant);
        let extremum = |extremum: Option<lossland_surface::Extremum>| {
            extremum.map_or("none".into(), |e| {
                let at = [e.alpha, e.beta].map(significant);
                format!("{} at ({}, {})", significant(f64::from(e.value)), at[0], at[1])
            })
        };
        let mut text = format!(
            "{}{unit}: centre {}, minimum {}, maximum {}, median {}",
            self.label,
            number(centre),
            extremum(minimum),
            extremum(maximum),
            number(median)
        );
        if n_missing > 0 {
            text += &format!("; {n_missing} of {n_points} points not computed");
        }
        if n_overflowed > 0 {
            text += &format!("; {n_overflowed} of {n_points} points overflowed");
        }
        text
    }
}

/// Four significant digits, which is what an eye can compare.
fn significant(value: f64) -> String {
    rounded(value, 4)
}

/// A number of significant digits; whole numbers keep theirs.
fn rounded(value: f64, n_digits: usize) -> String {
    let magnitude = value.abs();
    if !value.is_finite() || value == 0.0 {
        return if value == 0.0 { "0".into() } else { value.to_string() };
    }
    if !(1e-4..1e6).contains(&magnitude) {
        return format!("{value:.*e}", n_digits - 1);
    }
    let digits_before = magnitude.log10().floor() as i32;
    let n_decimals = usize::try_from(n_digits as i32 - 1 - digits_before).unwrap_or(0);
    let text = format!("{value:.n_decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// Lines of a name and what is told of it.
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, text: &str) {
        // Texts out of a file must not steer the terminal.
        let text: String =
            text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        self.0 += &format!("  {name:<16} {text}\n");
    }

    fn add_some(&mut self, name: &str, text: Option<impl std::fmt::Display>) {
        if let Some(text) = text {
            self.add(name, &text.to_string());
        }
    }

    fn add_provenance(&mut self, provenance: &Provenance) {
        let Provenance {
            network,
            weights_sha256,
            training,
            weights_edits,
            dataset,
            directions,
            tolerance,
            shard,
            precision,
            device,
            program,
            command,
            imported_from,
        } = provenance;
        self.add_some("network", network.as_ref());
        self.add_some("weights", weights_sha256.as_ref().map(|digest| format!("SHA-256 {digest}")));
        if let Some(training) = training {
            let accuracy = training.test_accuracy;
            let accuracy = accuracy.map_or(String::new(), |a| format!(", test accuracy {a:.2} %"));
            self.add(
                "training",
                &format!("{} epochs, seed {}{accuracy}", training.epochs, training.seed),
            );
            self.add_some("trained by", training.command.as_ref());
        }
        weights_edits.iter().for_each(|command| self.add("then edited by", command));
        if let Some(dataset) = dataset {
            let splits = [("training", &dataset.train), ("test", &dataset.test)];
            for (name, split) in splits {
                self.add_some(
                    "images",
                    split.as_ref().map(|split| {
                        format!(
                            "{} of {} {name} images of {}, SHA-256 of all {}",
                            split.n_used, split.n_total, dataset.name, split.digest
                        )
                    }),
                );
            }
            self.add_some("subset seed", dataset.subset_seed);
        }
        self.add_some("directions", directions.as_ref().map(directions_text));
        self.add_some(
            "tolerance",
            tolerance.map(|t| format!("standard error at most {t} times the loss plus 0.1")),
        );
        self.add_some("part", shard.map(|shard| format!("{shard}, counted from 0")));
        self.add_some("precision", precision.as_ref());
        self.add_some("device", device.as_ref());
        self.add_some("program", program.as_ref());
        self.add_some("command", command.as_ref());
        self.add_some("imported from", imported_from.as_ref());
    }
}

fn directions_text(directions: &Directions) -> String {
    let Directions { source, normalisation, gram } = directions;
    let source = match source {
        DirectionSource::Seed(seed) => format!("seed {seed}"),
        DirectionSource::FileSha256(digest) => format!("file with SHA-256 {digest}"),
    };
    format!(
        "{source}, normalisation {normalisation}, |x| {}, |y| {}, cosine {}",
        significant(gram.xx.sqrt()),
        significant(gram.yy.sqrt()),
        significant(gram.cosine())
    )
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn numbers_have_four_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.013_745_9, "0.01375"),
            (-0.5, "-0.5"),
            (276.04, "276"),
            (2601.0, "2601"),
            (123_456.0, "123456"),
            (1.5e7, "1.500e7"),
            (2e-9, "2.000e-9"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(significant(value), text);
        }
    }
}
