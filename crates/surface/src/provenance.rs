//! Provenance: where a surface's values come from, complete enough to compute them again.
//!
//! Every part is optional, since a surface from another program says little about itself, and
//! nothing is ever made up. No time, path, host or thread count: equal runs give equal files.

use crate::{Shard, SurfaceError};
use serde::{Deserialize, Serialize};

/// Where a surface comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// The network by its name, for example `resnet20_noshort`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// SHA-256 of the weights file, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights_sha256: Option<String>,
    /// How the weights were trained, as the weights file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training: Option<Training>,
    /// The commands that edited the weights after training, first to last, with placeholders for
    /// paths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weights_edits: Vec<String>,
    /// The images that the loss is a mean over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<DataSet>,
    /// The two directions that span the plane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directions: Option<Directions>,
    /// Where points use as many images as their standard error needs: that error, as a share of the
    /// loss plus 0.1. `n_used` is then the most that a point may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// For a part of a surface: which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The precision of the evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// The kind of device it ran on, `cpu` or `cuda`: their last digits differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The program and its version, for example `lossland 0.1.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The command that computes this file, with placeholders for paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// For a surface that was not computed here: what it was imported from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported_from: Option<String>,
}

/// How a network was trained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Training {
    /// Passes over the training set that the weights have seen.
    pub epochs: u32,
    /// The seed of initialisation, order and augmentation.
    pub seed: u64,
    /// The command that trains these weights, with placeholders for paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Accuracy on the whole test set, in per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_accuracy: Option<f64>,
}

/// The data that a surface was evaluated on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataSet {
    /// Its name, for example `CIFAR-10`.
    pub name: String,
    /// The number of classes, where known: guessing costs its natural logarithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_classes: Option<u32>,
    /// The training images used, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train: Option<Split>,
    /// The test images used, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<Split>,
    /// The seed that drew the images, where not all were used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset_seed: Option<u64>,
}

/// The images of one split.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Split {
    /// SHA-256 over the sorted SHA-256 digests of all records of the split, in hexadecimal: the
    /// same whatever their order.
    pub digest: String,
    /// Images in the whole split.
    pub n_total: u64,
    /// Images evaluated at each point.
    pub n_used: u64,
}

/// The directions of a plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Directions {
    /// Where they come from.
    pub source: DirectionSource,
    /// How they were rescaled.
    pub normalisation: Normalisation,
    /// Their inner products, after rescaling, in weight space.
    pub gram: Gram,
}

/// Where a pair of directions comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectionSource {
    /// Gaussian entries drawn from this seed.
    Seed(u64),
    /// A file, by its SHA-256 in hexadecimal.
    FileSha256(String),
}

/// How a direction is rescaled to the weights (Li et al. 2018, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// Each filter (slice of the first dimension) to the norm of the weights' own.
    Filter,
    /// Each parameter tensor to the norm of the weights' own.
    Layer,
    /// Each entry multiplied by the weight's own.
    Weight,
    /// Not at all.
    None,
}

/// Inner products of the two directions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gram {
    /// x . x
    pub xx: f64,
    /// x . y
    pub xy: f64,
    /// y . y
    pub yy: f64,
}

impl Gram {
    /// The cosine of the angle between the directions: near 0 for random ones.
    pub fn cosine(&self) -> f64 {
        self.xy / (self.xx * self.yy).sqrt()
    }
}

/// The number format of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// IEEE double precision.
    Float64,
    /// IEEE single precision.
    Float32,
    /// bfloat16 activations and products over float32 weights.
    Bfloat16,
}

/// Names of closed sets, as they stand in files, arguments and on the page.
macro_rules! names {
    ($type:ty { $($variant:ident = $name:literal),+ }) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $name),+ })
            }
        }

        impl std::str::FromStr for $type {
            type Err = SurfaceError;

            fn from_str(text: &str) -> Result<Self, SurfaceError> {
                match text {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(SurfaceError::Invalid(format!(
                        "expected {}, found {text:?}",
                        [$($name),+].join(", ")
                    ))),
                }
            }
        }
    };
}
names!(Normalisation { Filter = "filter", Layer = "layer", Weight = "weight", None = "none" });
names!(Precision { Float64 = "float64", Float32 = "float32", Bfloat16 = "bfloat16" });
