//! What training keeps on disk, and how a crash at any moment leaves it usable.
//!
//! `resume.safetensors` alone decides where a run goes on: it holds weights (`model.*`), momentum
//! (`momentum.*`) and, in its header, the record and the place within the epoch.
//! `weights.safetensors`, which PyTorch reads in strict mode, and `log.csv` are written after it
//! and from it, each replaced as a whole. When the last epoch's weights are safe, the resume file
//! goes; weights that record all their epochs are a finished run.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{EpochRecord, TrainConfig, TrainJob};
use crate::error::{ComputeError, Result};
use crate::files::{lock, read_if_present, remove_if_present, write_atomically};
use crate::network::Network;
use crate::score::Score;
use crate::state::State;
use crate::weights::{Fit, RECORD_KEY, Tensors, Writer, read_state, read_state_behind};

const WEIGHTS: &str = "weights.safetensors";
const RESUME: &str = "resume.safetensors";
const LOG: &str = "log.csv";

/// What names begin with in the resume file.
const MODEL: &str = "model.";
const MOMENTUM: &str = "momentum.";

/// How weights were trained: what the run was, and what its epochs came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// The network's name.
    pub network: String,
    /// How it was trained.
    pub config: TrainConfig,
    /// Digest of the training set.
    pub train_digest: String,
    /// Digest of the test set, if there was one.
    pub test_digest: Option<String>,
    /// The program and its version.
    pub program: String,
    /// The epochs that are done, in order.
    pub history: Vec<EpochRecord>,
}

impl TrainingRecord {
    pub(super) fn new(job: &TrainJob<'_>, config: &TrainConfig) -> Self {
        Self {
            network: job.network.name().to_owned(),
            config: config.clone(),
            train_digest: job.train.digest().to_owned(),
            test_digest: job.test.map(|test| test.digest().to_owned()),
            program: concat!("lossland ", env!("CARGO_PKG_VERSION")).to_owned(),
            history: Vec::new(),
        }
    }

    /// Epochs that the weights have seen.
    pub fn epochs_done(&self) -> u32 {
        self.history.len() as u32
    }

    /// Whether all epochs are done.
    pub fn is_finished(&self) -> bool {
        self.epochs_done() >= self.config.epochs
    }

    /// Names the first thing in which `self`, found on disk, is another run than `wanted`.
    pub fn difference(&self, wanted: &Self) -> Option<String> {
        let pairs = [
            ("network", self.network.clone(), wanted.network.clone()),
            ("configuration", format!("{:?}", self.config), format!("{:?}", wanted.config)),
            ("training set", self.train_digest.clone(), wanted.train_digest.clone()),
            ("test set", format!("{:?}", self.test_digest), format!("{:?}", wanted.test_digest)),
        ];
        let (what, found, wanted) = pairs.into_iter().find(|(_, a, b)| a != b)?;
        Some(format!("expected the {what} {wanted}, found {found}"))
    }
}

/// How a weights file was trained, if this program trained it.
pub fn read_training_record(weights: &[u8]) -> Option<TrainingRecord> {
    let header = Tensors::parse(weights).ok()?;
    serde_json::from_str(header.metadata(RECORD_KEY)?).ok()
}

/// Where training is within an epoch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Batches done.
    pub(super) batch: usize,
    /// Sums over them.
    pub(super) score: Score,
}

/// All that a run needs to go on.
pub(super) struct Checkpoint {
    pub(super) record: TrainingRecord,
    pub(super) progress: Progress,
    pub(super) state: State,
    /// Of the parameters, in the layout's order.
    pub(super) momentum: Vec<f32>,
}

/// What stands in the resume file's header.
#[derive(Serialize, Deserialize)]
struct ResumeHeader {
    record: TrainingRecord,
    progress: Progress,
}

impl Checkpoint {
    pub(super) fn initial(network: &Network, record: TrainingRecord, seed: u64) -> Self {
        Self {
            record,
            progress: Progress::default(),
            state: State::initial(network, seed),
            momentum: vec![0.0; network.parameter_count()],
        }
    }

    fn to_bytes(&self, network: &Network) -> Result<Vec<u8>> {
        let mut writer = Writer::default();
        writer.state(network, &self.state, MODEL);
        for entry in network.entries().iter().filter(|entry| entry.role.is_parameter()) {
            let numbers = self.momentum[entry.range()].iter().copied();
            writer.floats(format!("{MOMENTUM}{}", entry.name), entry.shape.clone(), numbers);
        }
        let header = ResumeHeader { record: self.record.clone(), progress: self.progress.clone() };
        writer.finish(Some((RECORD_KEY.to_owned(), json(&header))))
    }

    fn from_bytes(network: &Network, header: ResumeHeader, file: &Tensors<'_>) -> Result<Self> {
        let mut fit = Fit::new(network, "a resume file");
        let state = read_state_behind(network, file, &mut fit, MODEL);
        let mut momentum = vec![0.0; network.parameter_count()];
        for entry in network.entries().iter().filter(|entry| entry.role.is_parameter()) {
            fit.fill(
                file,
                &format!("{MOMENTUM}{}", entry.name),
                entry,
                &mut momentum[entry.range()],
            );
        }
        fit.finish(file)?;
        let momentum = momentum.into_iter().map(|value| value as f32).collect();
        Ok(Self { record: header.record, progress: header.progress, state, momentum })
    }
}

/// What a folder holds of a run.
pub(super) enum Found {
    Nothing,
    Interrupted(Checkpoint),
    Finished(TrainingRecord),
}

/// The folder of a run, which no other process trains into meanwhile.
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    pub(super) fn create(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(|error| ComputeError::io("making", path, error))?;
        // The folder itself: its files are replaced, and a lock goes with the file it was put on.
        let folder = File::open(path).map_err(|error| ComputeError::io("opening", path, error))?;
        lock(&folder, path)?;
        Ok(Self { path: path.to_owned(), _lock: folder })
    }

    /// What the folder holds of the run that `wanted` describes. With `force`, another run's files
    /// are passed over, to be replaced.
    pub(super) fn find(
        &self,
        network: &Network,
        wanted: &TrainingRecord,
        force: bool,
    ) -> Result<Found> {
        match self.look(network, wanted) {
            Err(ComputeError::OtherRun(_) | ComputeError::StateFile(_)) if force => {
                // Weights go first: without them nothing claims to be finished.
                [WEIGHTS, RESUME, LOG]
                    .iter()
                    .try_for_each(|name| remove_if_present(&self.path.join(name)))?;
                Ok(Found::Nothing)
            }
            found => found,
        }
    }

    fn look(&self, network: &Network, wanted: &TrainingRecord) -> Result<Found> {
        let resume = self.path.join(RESUME);
        if let Some(bytes) = read_if_present(&resume)? {
            let file = Tensors::parse(&bytes)?;
            let header: Option<ResumeHeader> =
                file.metadata(RECORD_KEY).and_then(|text| serde_json::from_str(text).ok());
            let header = header.ok_or_else(|| self.other(RESUME, "no record of a training run"))?;
            if let Some(difference) = header.record.difference(wanted) {
                return Err(self.other(RESUME, &difference));
            }
            return Ok(Found::Interrupted(Checkpoint::from_bytes(network, header, &file)?));
        }
        let Some(bytes) = read_if_present(&self.path.join(WEIGHTS))? else {
            return Ok(Found::Nothing);
        };
        let record = read_training_record(&bytes)
            .ok_or_else(|| self.other(WEIGHTS, "no record of a training run"))?;
        if let Some(difference) = record.difference(wanted) {
            return Err(self.other(WEIGHTS, &difference));
        }
        if !record.is_finished() {
            return Err(self.other(WEIGHTS, "an unfinished run without its resume file"));
        }
        read_state(network, &bytes)?;
        Ok(Found::Finished(record))
    }

    fn other(&self, name: &str, what: &str) -> ComputeError {
        ComputeError::OtherRun(format!(
            "{:?} belongs to another run: {what}; choose another folder, or --force to replace it",
            self.path.join(name)
        ))
    }

    pub(super) fn save_resume(&self, network: &Network, checkpoint: &Checkpoint) -> Result<()> {
        write_atomically(&self.path.join(RESUME), &checkpoint.to_bytes(network)?)
    }

    /// Writes the weights and the log of a finished epoch.
    pub(super) fn save_weights(&self, network: &Network, checkpoint: &Checkpoint) -> Result<()> {
        let mut writer = Writer::default();
        writer.state(network, &checkpoint.state, "");
        let metadata = Some((RECORD_KEY.to_owned(), json(&checkpoint.record)));
        write_atomically(&self.path.join(LOG), log(&checkpoint.record).as_bytes())?;
        write_atomically(&self.path.join(WEIGHTS), &writer.finish(metadata)?)
    }

    /// Removes what only an unfinished run needs.
    pub(super) fn finish(&self) -> Result<()> {
        remove_if_present(&self.path.join(RESUME))
    }
}

/// The record as a table, one row an epoch.
fn log(record: &TrainingRecord) -> String {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let mut text =
        "epoch,learning_rate,train_loss,train_accuracy,test_loss,test_accuracy\n".to_owned();
    for epoch in &record.history {
        writeln!(
            text,
            "{},{},{},{},{},{}",
            epoch.epoch,
            epoch.learning_rate,
            epoch.train_loss,
            epoch.train_accuracy,
            number(epoch.test_loss),
            number(epoch.test_accuracy)
        )
        .expect("writing to a string cannot fail");
    }
    text
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("records have string keys and finite depth")
}
