//! `lossland verify`: random points of a surface, computed again from what its file says.

mod comparison;

use crate::files::{SurfacePath, read_surface};
use crate::options::{ComputeOptions, DataOptions};
use crate::progress::Progress;
use crate::sources::{self, Weights};
use crate::{Outcome, wrong_usage};
use anyhow::{Context, ensure};
use comparison::{Compared, Quantity, Rule, summary};
use lossland_compute::{
    Dataset, Directions, Network, PointScore, PointsJob, Split, State, Subset, draw_points,
    evaluate_points,
};
use lossland_surface::{
    DataSet, DirectionSource, Field, Precision, Provenance, SplitKinds, Surface,
};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `lossland verify`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland verify resnet20.lossland --weights resnet20.safetensors --data cifar-10-batches-bin
  lossland verify F.lossland --weights W.safetensors --data images.npz --directions D.safetensors \\
           --points 100 --seed 2

All but the files comes from the surface: network, plane, images, precision. The digests of weights,
directions and images have to be those in the file. Then a computed value may differ from the file's
  losses      by 1e-4 of the value plus 1e-5 nats; in bfloat16, by 2 % plus 0.005
  accuracies  by one image plus 0.1 % of the images; in bfloat16, plus 1 %
and where points stopped at a tolerance, by four standard errors more. Infinity has to be infinity
again. Exit code 1: something differs.")]
pub(crate) struct Args {
    /// The surface
    #[arg(value_name = "F.lossland")]
    file: SurfacePath,
    /// The weights that it was computed from
    #[arg(long, value_name = "W.safetensors")]
    weights: PathBuf,
    #[command(flatten)]
    data: DataOptions,
    /// The directions that it was computed along, unless a seed drew them
    #[arg(long, value_name = "D.safetensors")]
    directions: Option<PathBuf>,
    /// How many points to compute again
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    points: u32,
    /// Seed that draws the points
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    compute: ComputeOptions,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let path = &args.file.path;
    let (surface, _) = read_surface(&args.file, None)?;
    let origin = Origin::of(surface.provenance())
        .with_context(|| format!("{path:?} can't be computed again"))?;
    let network = Network::parse(origin.network)?;
    let parts = Part::all(&surface, origin.dataset);
    let is_computed = |place: &usize| parts.iter().all(|part| part.is_computed(*place));
    let computed = (0..surface.grid().n_points() as usize).filter(is_computed).collect();
    let places = draw_points(computed, args.points as usize, args.seed);
    ensure!(!parts.is_empty() && !places.is_empty(), "{path:?} has no loss or accuracy to compare");

    let runtime = args.compute.start()?;
    let weights = args.read_weights(&network, &origin)?;
    let directions = args.read_directions(&network, &weights, &origin)?;
    let datasets = parts.iter().map(|part| args.read_images(part));
    let datasets: Vec<Dataset> = datasets.collect::<anyhow::Result<_>>()?;
    let seed = origin.dataset.subset_seed.unwrap_or_default();
    let subsets = parts
        .iter()
        .zip(&datasets)
        .map(|(part, data)| data.subset(usize::try_from(part.images.n_used).ok(), seed));
    let subsets: Vec<Subset<'_>> = subsets.collect::<Result<_, _>>()?;

    eprintln!(
        "computing {} again at {} points over {} images, {}, {runtime}",
        network.title(),
        places.len(),
        subsets.iter().map(Subset::len).sum::<usize>(),
        origin.precision,
    );
    let job = PointsJob {
        network: &network,
        weights: &weights,
        directions: &directions,
        precision: origin.precision,
        subsets: subsets.iter().collect(),
    };
    let points: Vec<_> = places.iter().map(|place| surface.grid().point(*place)).collect();
    let mut progress = Progress::new("verify", "points", points.len() as u64, 0);
    let mut told = |done: usize| progress.set(done as u64, "");
    let scores = evaluate_points(runtime, &job, &points, &mut told)?;
    progress.clear();

    let n_differ = compare(&surface, &parts, origin.precision, &places, &scores)?;
    let n_points = surface.grid().n_points();
    ensure!(
        n_differ == 0,
        "{path:?} differs from what was computed again at {n_differ} of {} points",
        places.len()
    );
    let verdict = format!("verified at {} of {n_points} points", places.len());
    writeln!(std::io::stdout(), "{}: {verdict}", path.display())?;
    Ok(Outcome::Done)
}

/// Prints a line a field; gives the number of points at which any of them differs. `scores` are
/// those of the parts at each place.
fn compare(
    surface: &Surface,
    parts: &[Part<'_>],
    precision: Precision,
    places: &[usize],
    scores: &[Vec<PointScore>],
) -> anyhow::Result<usize> {
    let mut output = std::io::stdout().lock();
    let mut differs = vec![false; places.len()];
    for (number, part) in parts.iter().enumerate() {
        for (field, quantity) in part.fields() {
            let rule = Rule::new(quantity, precision, part.images.n_used);
            let compared = places.iter().zip(scores).map(|(place, scores)| {
                let file = field.values()[*place];
                let allowed = rule.allowed(file, part.stopping_error(quantity, *place));
                let again = quantity.of(scores[number]);
                Compared { at: surface.grid().point(*place), file, again, allowed }
            });
            let compared: Vec<Compared> = compared.collect();
            writeln!(output, "{:<16} {}", field.kind().name(), summary(&compared))?;
            differs.iter_mut().zip(&compared).for_each(|(differs, one)| *differs |= one.differs());
        }
    }
    Ok(differs.iter().filter(|differs| **differs).count())
}

impl Args {
    fn read_weights(&self, network: &Network, origin: &Origin<'_>) -> anyhow::Result<State> {
        let weights = Weights::read(network, &self.weights)?;
        self.expect("weights", origin.weights_sha256, &weights.sha256, &self.weights)?;
        Ok(weights.state)
    }

    /// The directions, rescaled to the weights.
    fn read_directions(
        &self,
        network: &Network,
        weights: &State,
        origin: &Origin<'_>,
    ) -> anyhow::Result<Directions> {
        let told = origin.directions;
        let (directions, _) = match (&told.source, &self.directions) {
            (DirectionSource::Seed(seed), None) => sources::directions(network, None, *seed)?,
            (DirectionSource::FileSha256(sha256), Some(path)) => {
                let (directions, source) = sources::directions(network, Some(path), 0)?;
                if let DirectionSource::FileSha256(found) = &source {
                    self.expect("directions", sha256, found, path)?;
                }
                (directions, source)
            }
            (DirectionSource::Seed(seed), Some(_)) => {
                return Err(wrong_usage(&format!(
                    "expected no --directions, since the surface's were drawn from seed {seed}"
                )));
            }
            (DirectionSource::FileSha256(_), None) => {
                return Err(wrong_usage(
                    "expected --directions, the file that the surface was computed along, found none",
                ));
            }
        };
        let directions = directions.normalised(network, weights, told.normalisation);
        let gram = directions.gram();
        ensure!(
            comparison::is_same_plane(gram, told.gram),
            "the directions differ: expected inner products {:?}, as in {:?}, found {gram:?}; verify \
             it with the version that computed it",
            told.gram,
            self.file.path
        );
        Ok(directions)
    }

    fn read_images(&self, part: &Part<'_>) -> anyhow::Result<Dataset> {
        let data = self.data.load(part.split)?;
        let what = format!("{} images", part.name);
        self.expect(&what, &part.images.digest, data.digest(), &self.data.data)?;
        Ok(data)
    }

    /// Refuses what the surface was not computed from.
    fn expect(&self, what: &str, expected: &str, found: &str, from: &Path) -> anyhow::Result<()> {
        ensure!(
            expected == found,
            "the {what} differ: expected those with SHA-256 {expected}, as in {:?}, found {found} in \
             {from:?}; give the {what} that it was computed from",
            self.file.path
        );
        Ok(())
    }
}

/// What a file has to say of itself to be computed again.
struct Origin<'a> {
    network: &'a str,
    weights_sha256: &'a str,
    dataset: &'a DataSet,
    directions: &'a lossland_surface::Directions,
    precision: Precision,
}

impl<'a> Origin<'a> {
    fn of(provenance: &'a Provenance) -> anyhow::Result<Self> {
        fn told<'a, T>(part: &'a Option<T>, what: &str) -> anyhow::Result<&'a T> {
            part.as_ref().with_context(|| format!("expected it to tell its {what}, found nothing"))
        }
        Ok(Self {
            network: told(&provenance.network, "network")?,
            weights_sha256: told(&provenance.weights_sha256, "weights")?,
            dataset: told(&provenance.dataset, "images")?,
            directions: told(&provenance.directions, "directions")?,
            precision: *told(&provenance.precision, "precision")?,
        })
    }
}

/// What a surface says of one split.
struct Part<'a> {
    split: Split,
    name: &'static str,
    images: &'a lossland_surface::Split,
    loss: Option<&'a Field>,
    accuracy: Option<&'a Field>,
    /// Where points stopped at a tolerance: the loss's standard error, and the number of images.
    stopped: Option<(&'a Field, &'a Field)>,
}

impl<'a> Part<'a> {
    /// Those of which there is anything to compare.
    fn all(surface: &'a Surface, dataset: &'a DataSet) -> Vec<Self> {
        let part = |images, split, name, kinds: SplitKinds| Self {
            split,
            name,
            images,
            loss: surface.field(&kinds.loss),
            accuracy: surface.field(&kinds.accuracy),
            stopped: surface.field(&kinds.stderr).zip(surface.field(&kinds.images)),
        };
        let train = dataset.train.as_ref();
        let train = train.map(|images| part(images, Split::Train, "training", SplitKinds::TRAIN));
        let test = dataset.test.as_ref();
        let test = test.map(|images| part(images, Split::Test, "test", SplitKinds::TEST));
        [train, test].into_iter().flatten().filter(|part| part.fields().count() > 0).collect()
    }

    fn fields(&self) -> impl Iterator<Item = (&'a Field, Quantity)> {
        let loss = self.loss.map(|field| (field, Quantity::Loss));
        [loss, self.accuracy.map(|field| (field, Quantity::Accuracy))].into_iter().flatten()
    }

    fn is_computed(&self, place: usize) -> bool {
        self.fields().all(|(field, _)| !field.values()[place].is_nan())
    }

    /// The standard error of a value over fewer than all images of the part.
    fn stopping_error(&self, quantity: Quantity, place: usize) -> f64 {
        let Some((stderr, images)) = self.stopped else { return 0.0 };
        match quantity {
            Quantity::Loss => f64::from(stderr.values()[place]),
            Quantity::Accuracy => {
                let accuracy = self.accuracy.map_or(0.0, |field| field.values()[place]);
                comparison::accuracy_stderr(f64::from(accuracy), f64::from(images.values()[place]))
            }
        }
    }
}
