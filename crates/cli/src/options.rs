//! Options that `train`, `surface` and `verify` share.

use anyhow::Context;
use clap::Args;
use lossland_compute::{Dataset, DeviceChoice, Runtime, Split, load_cifar10, load_npz};
use lossland_surface::Precision;
use std::path::PathBuf;

/// Where and how the numbers are computed.
#[derive(Args)]
pub(crate) struct ComputeOptions {
    /// Where to compute: cpu, cuda, cuda:N or auto (the first CUDA device if there is one)
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: DeviceChoice,
    /// Threads on the CPU [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
}

impl ComputeOptions {
    /// Starts libtorch; must come before any tensor.
    pub(crate) fn start(&self) -> anyhow::Result<Runtime> {
        Ok(Runtime::start(self.device, self.threads.map(|n| n as usize))?)
    }
}

/// Says so where a number format is many times slower than another here.
pub(crate) fn warn_of_emulation(precision: Precision, runtime: Runtime) {
    if precision == Precision::Bfloat16 && !runtime.has_bfloat16() {
        eprintln!(
            "warning: this processor does not compute in bfloat16 itself; --precision float32 is \
            many times faster here"
        );
    }
}

/// The images.
#[derive(Args)]
pub(crate) struct DataOptions {
    /// CIFAR-10's binary version (a folder with data_batch_1.bin ..., or cifar-10-binary.tar.gz), or an
    /// .npz file with `images` [n, 3, 32, 32] and `labels` [n]
    #[arg(long, value_name = "DIR_OR_FILE")]
    pub(crate) data: PathBuf,
}

impl DataOptions {
    /// Whether it is an `.npz` file, which holds one set of images and no splits.
    pub(crate) fn is_one_set(&self) -> bool {
        self.data.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npz"))
    }

    /// The images of one split; of an `.npz` file its one set, whichever split is asked for.
    pub(crate) fn load(&self, split: Split) -> anyhow::Result<Dataset> {
        let loaded =
            if self.is_one_set() { load_npz(&self.data) } else { load_cifar10(&self.data, split) };
        loaded.with_context(|| format!("reading --data {:?}", self.data))
    }
}
