//! The device that tensors live on, and the libtorch that runs there: chosen once, before any
//! tensor is made.
//!
//! The program is built against libtorch for the CPU alone. Where a libtorch with CUDA is on the
//! library path at run time, loading its `libtorch_cuda.so` registers the CUDA backend with the
//! same program.

use std::fmt;
use std::str::FromStr;
use std::sync::Once;

use crate::error::{ComputeError, Result};

/// Where to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first CUDA device if there is one, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The CUDA device of that number.
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = ComputeError;

    /// `auto`, `cpu`, `cuda` or `cuda:N`.
    fn from_str(text: &str) -> Result<Self> {
        let number = |number: &str| number.parse().ok();
        match text {
            "auto" => Some(Self::Auto),
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            _ => text.strip_prefix("cuda:").and_then(number).map(Self::Cuda),
        }
        .ok_or_else(|| {
            ComputeError::Request(format!("expected auto, cpu, cuda or cuda:N, found {text:?}"))
        })
    }
}

/// libtorch, started: everything that computes asks for one.
#[derive(Debug, Clone, Copy)]
pub struct Runtime {
    device: tch::Device,
}

impl Runtime {
    /// Starts libtorch with `threads` threads (all cores if `None`) on the chosen device.
    ///
    /// Only the first call in a process sets the threads between operations; the threads within one
    /// can be set again.
    ///
    /// # Errors
    /// [`ComputeError::Device`] where a CUDA device was asked for and is not there.
    pub fn start(choice: DeviceChoice, threads: Option<usize>) -> Result<Self> {
        static FIRST: Once = Once::new();
        FIRST.call_once(|| {
            // Operations run one after the other here, so threads between them would only be idle.
            tch::set_num_interop_threads(1);
            keep_freed_memory();
        });
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.unwrap_or_else(cores).clamp(1, 1024);
        tch::set_num_threads(threads as i32);
        let device = match choice {
            DeviceChoice::Cpu => tch::Device::Cpu,
            DeviceChoice::Auto if cuda_devices() > 0 => tch::Device::Cuda(0),
            DeviceChoice::Auto => tch::Device::Cpu,
            DeviceChoice::Cuda(number) => cuda(number)?,
        };
        Ok(Self { device })
    }

    /// The kind of device: `cpu` or `cuda`.
    pub fn device_kind(self) -> &'static str {
        if self.device.is_cuda() { "cuda" } else { "cpu" }
    }

    /// Whether it computes in bfloat16 itself. Processors that do not are made to by converting back
    /// and forth, which takes many times as long as float32 does.
    pub fn has_bfloat16(self) -> bool {
        self.device.is_cuda() || cpu_has_bfloat16()
    }

    pub(crate) fn device(self) -> tch::Device {
        self.device
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.device {
            tch::Device::Cuda(number) => write!(f, "CUDA device {number}"),
            _ => write!(f, "CPU, {} threads", tch::get_num_threads()),
        }
    }
}

/// Where libtorch's convolutions (oneDNN's) have kernels for bfloat16.
#[cfg(target_arch = "x86_64")]
pub(crate) fn cpu_has_bfloat16() -> bool {
    is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
}

/// Where libtorch's convolutions have kernels for bfloat16.
#[cfg(target_arch = "aarch64")]
pub(crate) fn cpu_has_bfloat16() -> bool {
    std::arch::is_aarch64_feature_detected!("bf16")
}

/// No other processor is known to have them.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn cpu_has_bfloat16() -> bool {
    false
}

fn cuda(number: usize) -> Result<tch::Device> {
    let found = cuda_devices();
    if number < found {
        return Ok(tch::Device::Cuda(number));
    }
    let hint = if found == 0 {
        "start the program with LD_LIBRARY_PATH at the lib folder of PyTorch 2.11.0 with CUDA, or \
        choose --device cpu"
    } else {
        "choose a lower number"
    };
    Err(ComputeError::Device(format!(
        "expected CUDA device {number}, found {found} CUDA devices; {hint}"
    )))
}

/// How many CUDA devices there are, after loading the CUDA backend if it can be found.
fn cuda_devices() -> usize {
    static BACKEND: Once = Once::new();
    BACKEND.call_once(load_cuda_backend);
    usize::try_from(tch::Cuda::device_count()).unwrap_or(0)
}

#[expect(
    unsafe_code,
    reason = "libtorch registers CUDA when its library is loaded, and tch has no call for that"
)]
fn load_cuda_backend() {
    // SAFETY: the name is a C string. The library's initialisers are libtorch's own, of the version
    // this program is linked with; they only register kernels. The handle is never closed, so
    // nothing registered can dangle. Failure gives null.
    unsafe {
        libc::dlopen(c"libtorch_cuda.so".as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL);
    }
}

/// Makes the allocator keep what is freed for the next operation, which needs as much.
///
/// glibc gives large blocks back to the system at once. The system then clears every page anew for
/// the next activations, which took a third of the time in which DenseNet-121 is evaluated. Other C
/// libraries are left as they are.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library's allocator is set by a call of its own")]
fn keep_freed_memory() {
    const NEVER: libc::c_int = -1;
    // SAFETY: mallopt may be called at any time, from any thread; it takes plain numbers. Where it
    // refuses them, it changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, NEVER);
    }
}

/// Other C libraries' allocators have no such switch.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn keep_freed_memory() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_names_are_parsed_exactly() {
        let parse = |text: &str| text.parse::<DeviceChoice>().ok();
        assert_eq!(parse("cuda"), Some(DeviceChoice::Cuda(0)));
        assert_eq!(parse("cuda:3"), Some(DeviceChoice::Cuda(3)));
        assert_eq!(parse("cpu"), Some(DeviceChoice::Cpu));
        for wrong in ["", "CPU", "cuda:", "cuda:-1", "gpu"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
