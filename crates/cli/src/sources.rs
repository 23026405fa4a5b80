//! What a plane is made of: weights and directions, read with the file's name in every error, and
//! told as provenance. `surface` writes that down, `verify` compares it.

use crate::train;
use anyhow::Context;
use lossland_compute::{
    Directions, Network, State, TrainingRecord, read_state, read_training_record,
    read_weights_edits,
};
use lossland_surface::{DirectionSource, Training, sha256_hex};
use std::fs;
use std::path::Path;

/// Weights, and what their file says of them.
pub(crate) struct Weights {
    pub(crate) state: State,
    pub(crate) sha256: String,
    pub(crate) training: Option<Training>,
    pub(crate) edits: Vec<String>,
}

impl Weights {
    pub(crate) fn read(network: &Network, path: &Path) -> anyhow::Result<Self> {
        let bytes = read(path)?;
        let state =
            read_state(network, &bytes).with_context(|| format!("reading --weights {path:?}"))?;
        Ok(Self {
            state,
            sha256: sha256_hex(&bytes),
            training: read_training_record(&bytes).as_ref().map(describe_training),
            edits: read_weights_edits(&bytes),
        })
    }
}

/// The directions in a file, or where there is none those that `seed` draws; not rescaled yet.
pub(crate) fn directions(
    network: &Network,
    file: Option<&Path>,
    seed: u64,
) -> anyhow::Result<(Directions, DirectionSource)> {
    let Some(path) = file else {
        return Ok((Directions::random(network, seed), DirectionSource::Seed(seed)));
    };
    let bytes = read(path)?;
    let directions = Directions::read(network, &bytes)
        .with_context(|| format!("reading --directions {path:?}"))?;
    Ok((directions, DirectionSource::FileSha256(sha256_hex(&bytes))))
}

fn describe_training(record: &TrainingRecord) -> Training {
    Training {
        // Those that these weights have seen; the command names all that were asked for.
        epochs: record.history.last().map_or(0, |epoch| epoch.epoch),
        seed: record.config.seed,
        command: Some(train::command_of(record)),
        test_accuracy: record.history.last().and_then(|epoch| epoch.test_accuracy),
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {path:?}"))
}
