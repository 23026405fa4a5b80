//! What `lossland convert` writes that is no surface file: solids and meshes for other programs.

use crate::files::SurfacePath;
use anyhow::Context;
use lossland_files::write_atomically;
use lossland_solid::{Options, Shape, Size};
use lossland_surface::{Cut, FieldKind, Statistics, Surface};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A file to write, whose ending says what it is.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    /// A surface, to be read again.
    Surface(SurfacePath),
    /// What other programs show or print.
    Solid(PathBuf, Shape),
}

impl FromStr for Output {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, String> {
        match Shape::of_name(path) {
            Some(shape) => Ok(Self::Solid(path.into(), shape)),
            None => path
                .parse()
                .map(Self::Surface)
                .map_err(|error: String| format!("{error}; also written are .stl, .glb and .vtk")),
        }
    }
}

impl Output {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Surface(file) => &file.path,
            Self::Solid(path, _) => path,
        }
    }
}

/// How a solid looks.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Options of .stl, .glb and .vtk")]
pub(crate) struct SolidArgs {
    /// The value above which the surface is flat, or off [default: 10 for losses, else off]
    #[arg(long, value_name = "LEVEL", value_parser = parse_cut, allow_negative_numbers = true)]
    cut: Option<Cut>,
    /// Heights are logarithms
    #[arg(long)]
    log: bool,
    /// Width along alpha [default: 100]
    #[arg(long, value_name = "MM")]
    width: Option<f64>,
    /// Depth along beta [default: the width]
    #[arg(long, value_name = "MM")]
    depth: Option<f64>,
    /// Height from the scale's floor to its top [default: 0.62 of the width]
    #[arg(long, value_name = "MM")]
    height: Option<f64>,
    /// Thickness of the plate that a solid (.stl) stands on [default: 3]
    #[arg(long, value_name = "MM")]
    base: Option<f64>,
}

impl SolidArgs {
    fn options(&self, field: Option<FieldKind>) -> Options {
        let default = self.width.map_or_else(Size::default, Size::of_width);
        Options {
            field,
            cut: self.cut.unwrap_or_default(),
            is_log: self.log,
            size: Size {
                width_mm: default.width_mm,
                depth_mm: self.depth.unwrap_or(default.depth_mm),
                height_mm: self.height.unwrap_or(default.height_mm),
                base_mm: self.base.unwrap_or(default.base_mm),
            },
        }
    }

    /// Writes `surface` to `path` and says what of it; `field` is the height.
    pub(crate) fn write(
        &self,
        surface: &Surface,
        field: Option<FieldKind>,
        path: &Path,
        shape: Shape,
    ) -> anyhow::Result<()> {
        let options = self.options(field);
        let bytes = lossland_solid::write(surface, shape, &options);
        let bytes = bytes.with_context(|| format!("encoding {path:?}"))?;
        write_atomically(path, &bytes).with_context(|| format!("writing {path:?}"))?;
        let main = surface.main_field();
        let field = options.field.as_ref().and_then(|kind| surface.field(kind)).unwrap_or(main);
        let (name, size) = (field.kind().name(), options.size);
        let (width, depth) = (size.width_mm, size.depth_mm);
        match shape {
            Shape::Stl => {
                let height = size.height_mm + size.base_mm;
                eprintln!("wrote {path:?}: {name}, at most {width} x {depth} x {height} mm");
            }
            Shape::Glb | Shape::Vtk => eprintln!("wrote {path:?}: {name}"),
        }
        let statistics = Statistics::new(surface.grid(), field);
        if statistics.n_missing > 0 {
            let (n_missing, n_points) = (statistics.n_missing, statistics.n_points);
            eprintln!("{n_missing} of {n_points} points were not computed");
        }
        Ok(())
    }
}

fn parse_cut(text: &str) -> Result<Cut, String> {
    if text == "off" {
        return Ok(Cut::Off);
    }
    let level = text.parse::<f32>().ok().filter(|level| level.is_finite());
    level.map(Cut::At).ok_or_else(|| "expected a number or off".into())
}
