//! Surfaces as `.csv`: a table with one row for each point.
//!
//! The first line is `alpha,beta` and the names of the fields. Then one line for each point, in
//! any order. A point that is left out and an empty cell are not computed, `inf` overflowed.
//! Numbers are written so that they read back as the same; id, title and provenance are not kept.
//!
//! What spreadsheets write is read, too: cells apart by semicolons, then with decimal commas, or by tabs.

use crate::catalog::sha256_hex;
use crate::{Axis, Field, FieldKind, Grid, Provenance, Surface, SurfaceError};
use csv::StringRecord;
use std::fmt::Write;

/// Points left out need memory that the file's size does not warrant: this many bytes of values
/// for each of the file, and some more for very small files.
const MAX_VALUE_BYTES_PER_BYTE: u64 = 16;
const MIN_VALUE_BYTES: u64 = 1 << 16;

/// The table of `surface`, betas one after the other, with all alphas in each.
pub fn write(surface: &Surface) -> String {
    let grid = surface.grid();
    let mut table = String::from("alpha,beta");
    for field in surface.fields() {
        table.push(',');
        table.push_str(field.kind().name());
    }
    table.push('\n');
    let infallible = "writing to a string does not fail";
    for index in 0..grid.n_points() as usize {
        let (alpha, beta) = grid.point(index);
        write!(table, "{alpha:?},{beta:?}").expect(infallible);
        for field in surface.fields() {
            match field.values()[index] {
                value if value.is_nan() => table.push(','),
                value => write!(table, ",{value:?}").expect(infallible),
            }
        }
        table.push('\n');
    }
    table
}

/// The surface in `table`, which may come from anywhere, with `id` as its id and title.
///
/// # Errors
/// If the table is not as described above, its points are not on a regular grid or one is there
/// twice; the error names the line.
pub fn read(table: &[u8], id: &str) -> Result<Surface, SurfaceError> {
    let delimiter = delimiter(table);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(table);
    let mut record = StringRecord::new();
    next_record(&mut reader, &mut record)?;
    let kinds = read_header(&record).map_err(|error| error.within("line 1"))?;
    let rows = Rows::read(table, &mut reader, kinds.len(), delimiter != b',')?;
    let grid = rows.grid(table.len())?;
    let fields = rows.fields(&grid, kinds)?;
    let imported_from = format!(".csv file with SHA-256 {}", sha256_hex(table));
    Ok(Surface::new(id, id, grid, fields)?.with_provenance(Provenance {
        imported_from: Some(imported_from),
        ..Provenance::default()
    }))
}

/// What stands between the cells of a table: what is between the first two of its header.
fn delimiter(table: &[u8]) -> u8 {
    let header = table.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let first = header.iter().copied().find(|byte| b",;\t".contains(byte));
    first.unwrap_or(b',')
}

fn next_record(
    reader: &mut csv::Reader<&[u8]>,
    record: &mut StringRecord,
) -> Result<bool, SurfaceError> {
    reader.read_record(record).map_err(|error| {
        let line = error.position().map_or(0, csv::Position::line);
        SurfaceError::format("text in UTF-8", "other bytes").within(format!("line {line}"))
    })
}

/// The line that a record is on. Its own position is where the record before ended, so that empty
/// lines between them are yet to be counted.
fn line_of(table: &[u8], record: &StringRecord) -> u64 {
    let Some(begin) = record.position() else { return 0 };
    let skipped = table[begin.byte() as usize..].iter().take_while(|byte| b"\r\n".contains(byte));
    begin.line() + skipped.filter(|byte| **byte == b'\n').count() as u64
}

fn read_header(header: &StringRecord) -> Result<Vec<FieldKind>, SurfaceError> {
    let names: Vec<&str> = header.iter().collect();
    let ["alpha", "beta", fields @ ..] = names.as_slice() else {
        let found: String = names.join(",").chars().take(80).collect();
        return Err(SurfaceError::format(
            "the header alpha,beta,FIELD..., for example alpha,beta,train_loss, and then a line a point",
            format!("{found:?}"),
        ));
    };
    if fields.is_empty() {
        return Err(SurfaceError::format("a field after alpha,beta", "none"));
    }
    fields.iter().map(|name| FieldKind::from_name(name)).collect()
}

/// The points of a table, as they come.
struct Rows {
    n_fields: usize,
    /// Whether a comma in a number is its decimal point.
    has_decimal_commas: bool,
    lines: Vec<u64>,
    alphas: Vec<f64>,
    betas: Vec<f64>,
    /// The values of all fields at the first point, then at the second, ...
    values: Vec<f32>,
}

impl Rows {
    fn read(
        table: &[u8],
        reader: &mut csv::Reader<&[u8]>,
        n_fields: usize,
        has_decimal_commas: bool,
    ) -> Result<Self, SurfaceError> {
        let (lines, alphas, betas, values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut rows = Self { n_fields, has_decimal_commas, lines, alphas, betas, values };
        let mut record = StringRecord::new();
        while next_record(reader, &mut record)? {
            let line = line_of(table, &record);
            rows.push(&record).map_err(|error| error.within(format!("line {line}")))?;
            rows.lines.push(line);
        }
        if rows.lines.is_empty() {
            return Err(SurfaceError::format("at least one point after the header", "none"));
        }
        Ok(rows)
    }

    fn push(&mut self, record: &StringRecord) -> Result<(), SurfaceError> {
        if record.len() != self.n_fields + 2 {
            return Err(SurfaceError::format(
                format!("{} cells, as many as in the header", self.n_fields + 2),
                record.len().to_string(),
            ));
        }
        let number = |cell: &str| match self.has_decimal_commas {
            true => cell.replacen(',', ".", 1),
            false => cell.to_owned(),
        };
        let mut cells = record.iter();
        let mut coordinate = |name: &str| {
            let cell = cells.next().unwrap_or_default();
            match number(cell).parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(value),
                _ => Err(SurfaceError::format(format!("a finite number as {name}"), quoted(cell))),
            }
        };
        self.alphas.push(coordinate("alpha")?);
        self.betas.push(coordinate("beta")?);
        for cell in cells {
            let value = if cell.is_empty() { Ok(f32::NAN) } else { number(cell).parse() };
            let value = value.ok().filter(|value| *value != f32::NEG_INFINITY);
            self.values.push(value.ok_or_else(|| {
                SurfaceError::format("a number, inf, nan or nothing", quoted(cell))
            })?);
        }
        Ok(())
    }

    fn grid(&self, table_len: usize) -> Result<Grid, SurfaceError> {
        let axis = |name: &str, values: &[f64]| {
            infer_axis(values).map_err(|error| error.within(format!("column {name}")))
        };
        let grid = Grid { x: axis("alpha", &self.alphas)?, y: axis("beta", &self.betas)? };
        let limit = (table_len as u64 * MAX_VALUE_BYTES_PER_BYTE).max(MIN_VALUE_BYTES)
            / (4 * self.n_fields as u64);
        if grid.n_points() > limit {
            return Err(SurfaceError::TooLarge {
                what: format!(
                    "the grid of {} x {} points, of which the table has only {},",
                    grid.x.len(),
                    grid.y.len(),
                    self.lines.len()
                ),
                found: grid.n_points(),
                limit,
            });
        }
        Ok(grid)
    }

    fn fields(&self, grid: &Grid, kinds: Vec<FieldKind>) -> Result<Vec<Field>, SurfaceError> {
        let n_points = grid.n_points() as usize;
        let mut seen = vec![false; n_points];
        let mut fields = vec![vec![f32::NAN; n_points]; self.n_fields];
        for (k, values) in self.values.chunks_exact(self.n_fields).enumerate() {
            let (alpha, beta) = (self.alphas[k], self.betas[k]);
            let nearest = |axis: &Axis, value: f64| axis.position(value).round() as usize;
            let index = grid.index(nearest(&grid.x, alpha), nearest(&grid.y, beta));
            if std::mem::replace(&mut seen[index], true) {
                return Err(SurfaceError::Invalid(format!(
                    "expected each point once, found alpha {alpha:?}, beta {beta:?} again"
                ))
                .within(format!("line {}", self.lines[k])));
            }
            for (field, value) in fields.iter_mut().zip(values) {
                field[index] = *value;
            }
        }
        kinds.into_iter().zip(fields).map(|(kind, values)| Field::new(kind, values)).collect()
    }
}

fn quoted(cell: &str) -> String {
    format!("{:?}", cell.chars().take(40).collect::<String>())
}

/// The axis on which these coordinates lie, in any order, each any number of times. Whole columns
/// or rows may be left out: then the smallest distance of two is taken as the step.
fn infer_axis(values: &[f64]) -> Result<Axis, SurfaceError> {
    let mut distinct = values.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let irregular = match Axis::from_values(&distinct) {
        Err(irregular) if distinct.len() > 2 => irregular,
        result => return result,
    };
    let (first, last) = (distinct[0], distinct[distinct.len() - 1]);
    let step = distinct.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let n_steps = ((last - first) / step).round();
    if n_steps >= f64::from(u32::MAX) {
        return Err(irregular);
    }
    let with_gaps = Axis::new(first, last, n_steps as u32 + 1)?;
    let on_axis = |value: &f64| {
        let position = with_gaps.position(*value);
        (position - position.round()).abs() <= 0.1
    };
    if distinct.iter().all(on_axis) { Ok(with_gaps) } else { Err(irregular) }
}
