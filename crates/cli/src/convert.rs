//! `lossland convert`: a surface from one file format to another.

use crate::files::{Format, SurfacePath, read_surface, write_surface};
use crate::solid::{Output, SolidArgs};
use crate::{Outcome, wrong_usage};
use anyhow::bail;
use lossland_surface::{FieldKind, Surface};

/// Arguments of `lossland convert`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland convert resnet20.lossland resnet20.npz
  lossland convert resnet20.npz resnet20.lossland
  lossland convert published.npz vgg16.lossland --field train_loss --title 'VGG-16, published'
  lossland convert resnet20.lossland resnet20.stl --width 150 --cut 5

The ending of a file's name says its format. .npz keeps everything; .csv keeps grid and fields only.
.stl is a closed solid to print, .glb a coloured mesh (glTF), .vtk a mesh with all fields (ParaView);
they can't be read back.")]
pub(crate) struct Args {
    /// The surface to read: .lossland, .npz or .csv
    #[arg(value_name = "IN")]
    input: SurfacePath,
    /// The file to write: .lossland, .npz or .csv; .stl, .glb or .vtk
    #[arg(value_name = "OUT")]
    output: Output,
    /// What the array Z of a .npz file is [default: train_loss]; of .stl, .glb and .vtk, the field that is
    /// the height [default: as on the page]
    #[arg(long, value_name = "NAME", value_parser = FieldKind::from_name)]
    field: Option<FieldKind>,
    /// Give the surface this id
    #[arg(long)]
    id: Option<String>,
    /// Give the surface this title
    #[arg(long)]
    title: Option<String>,
    /// Replace OUT if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    solid: Option<SolidArgs>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (z, height) = match args.output {
        Output::Surface(_) => (args.field.clone(), None),
        Output::Solid(..) => (None, args.field.clone()),
    };
    if z.is_some() && args.input.format != Format::Npz {
        return Err(wrong_usage("--field says what the array Z of a .npz file is, and IN is none"));
    }
    if matches!(args.output, Output::Surface(_)) && args.solid.is_some() {
        return Err(wrong_usage(
            "--cut, --log and lengths are for .stl, .glb and .vtk, and OUT is none",
        ));
    }
    let output = args.output.path();
    if !args.force && output.symlink_metadata().is_ok() {
        bail!("{output:?} is there already; give another name, or --force to replace it");
    }
    let (mut surface, _) = read_surface(&args.input, z)?;
    if let Some(id) = &args.id {
        surface = surface.with_id(id)?;
    }
    if let Some(title) = &args.title {
        surface = surface.with_title(title)?;
    }
    match &args.output {
        Output::Surface(file) => write(file, &surface)?,
        Output::Solid(path, shape) => {
            let default = SolidArgs::default();
            args.solid.as_ref().unwrap_or(&default).write(&surface, height, path, *shape)?;
        }
    }
    Ok(Outcome::Done)
}

fn write(file: &SurfacePath, surface: &Surface) -> anyhow::Result<()> {
    write_surface(file, surface)?;
    let (x, y) = (surface.grid().x, surface.grid().y);
    let names: Vec<&str> = surface.fields().iter().map(|field| field.kind().name()).collect();
    eprintln!("wrote {:?}: {} x {} points, {}", file.path, x.len(), y.len(), names.join(", "));
    if file.format == Format::Csv {
        eprintln!("id, title, provenance and trajectories have no place in a .csv file");
    }
    Ok(())
}
