//! `lossland convert`: a surface from one file format to another.

use crate::files::{Format, SurfacePath, read_surface, write_surface};
use crate::solid::{Output, SolidArgs};
use crate::{Outcome, wrong_usage};
use anyhow::{Context, bail};
use lossland_surface::{FieldKind, Surface, Trajectory, hdf5};
use std::fs;
use std::path::{Path, PathBuf};

/// Arguments of `lossland convert`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland convert resnet20.lossland resnet20.npz
  lossland convert resnet20.npz resnet20.lossland
  lossland convert published.npz vgg16.lossland --field train_loss --title 'VGG-16, published'
  lossland convert surface.h5 resnet56.lossland --trajectory projected.h5
  lossland convert resnet20.lossland resnet20.stl --width 150 --cut 5

The ending of a file's name says its format. .npz keeps everything; .csv keeps grid and fields only.
.h5 and .hdf5 are read as the code of Li et al. (2018) writes them, and never written.
.stl is a closed solid to print, .glb a coloured mesh (glTF), .vtk a mesh with all fields (ParaView);
they can't be read back.")]
pub(crate) struct Args {
    /// The surface to read: .lossland, .npz, .csv, .h5 or .hdf5
    #[arg(value_name = "IN")]
    input: SurfacePath,
    /// The file to write: .lossland, .npz or .csv; .stl, .glb or .vtk
    #[arg(value_name = "OUT")]
    output: Output,
    /// What the array Z of a .npz file is [default: train_loss]; of .stl, .glb and .vtk, the field that is
    /// the height [default: as on the page]
    #[arg(long, value_name = "NAME", value_parser = FieldKind::from_name)]
    field: Option<FieldKind>,
    /// Add the trajectory in this .h5 file (proj_xcoord, proj_ycoord). It must be projected onto the
    /// surface's own directions: the file does not say onto which
    #[arg(long, value_name = "FILE")]
    trajectory: Vec<PathBuf>,
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
    if matches!(&args.output, Output::Surface(file) if file.format == Format::Hdf5) {
        return Err(wrong_usage(
            ".h5 is only read; give OUT the ending .lossland, .npz, .csv, .stl, .glb or .vtk",
        ));
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
    if !args.trajectory.is_empty() {
        let mut trajectories = surface.trajectories().to_vec();
        for path in &args.trajectory {
            trajectories.push(read_trajectory(path)?);
        }
        surface = surface.with_trajectories(trajectories);
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

/// The trajectory in an HDF5 file, named as the file is.
fn read_trajectory(path: &Path) -> anyhow::Result<Trajectory> {
    let bytes = fs::read(path).with_context(|| format!("reading {path:?}"))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    hdf5::read_trajectory(&bytes, &name).with_context(|| format!("decoding {path:?}"))
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
