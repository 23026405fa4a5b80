//! Networks, data sets, training, directions and the evaluation of loss surfaces, over libtorch.
//!
//! libtorch ends here: no tensor is part of this crate's interface. Networks are named, weights,
//! directions and data sets come as bytes or paths, and results go out as numbers.

#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(test)]
mod agreement;
mod dataset;
mod device;
mod directions;
mod edit;
mod error;
mod estimate;
mod evaluate;
mod files;
mod forward;
mod journal;
pub mod network;
#[cfg(test)]
mod oracle;
mod plane;
mod points;
mod random;
mod reference;
mod rescale;
mod score;
mod state;
mod train;
mod weights;

pub use dataset::{
    CIFAR10_FILES, CIFAR10_FOLDER, Dataset, PixelType, Split, Subset, load_cifar10, load_npz,
    unpack_cifar10,
};
pub use device::{DeviceChoice, Runtime};
pub use directions::Directions;
pub use edit::{WeightsEdit, edit_weights, read_weights_edits};
pub use error::{ComputeError, Result};
pub use evaluate::{
    GridValues, SurfaceEvent, SurfaceJob, SurfaceObserver, SurfaceOutcome, evaluate, remove_journal,
};
pub use network::Network;
pub use points::{PointScore, PointsJob, draw_points, evaluate_points};
pub use reference::Reference;
pub use rescale::PowerOfTwo;
pub use state::State;
pub use train::{
    EpochRecord, Recipe, Schedule, TrainConfig, TrainEvent, TrainJob, TrainObserver, TrainOutcome,
    TrainingRecord, read_training_record, train,
};
pub use weights::read_state;
