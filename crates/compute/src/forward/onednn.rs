//! Convolutions with ReLU, or with an addition, as one operation of oneDNN's.
//!
//! libtorch has them for its compiler's use (`mkldnn::_convolution_pointwise`) but not among the
//! operations that tch binds, so they are called by libtorch's C interface for compiled models,
//! `torch/csrc/inductor/aoti_torch/c/shim_cpu.h`. Where libtorch is of another version, or has no
//! oneDNN, there are none.

use std::ffi::{CStr, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

use tch::{TchError, Tensor};

use crate::error::Result;

/// A tensor as the interface has it: an `at::Tensor*`, as in tch.
type Handle = *mut c_void;

/// `aoti_torch_cpu_mkldnn__convolution_pointwise`: of images, weight and bias; padding, stride and
/// dilation, each with its length; groups; what follows, with its scalars and their number and its
/// algorithm; the result.
type Pointwise = unsafe extern "C" fn(
    Handle,
    Handle,
    *const Handle,
    *const i64,
    i64,
    *const i64,
    i64,
    *const i64,
    i64,
    i64,
    *const c_char,
    *const *const f64,
    i64,
    *const *const c_char,
    *mut Handle,
) -> i32;

/// `aoti_torch_cpu_mkldnn__convolution_pointwise_binary` and `..._binary_`: the first three are images,
/// what is added and weight there, what is added, images and weight here; after the groups the binary
/// operation, its factor, and what follows it as above.
type PointwiseBinary = unsafe extern "C" fn(
    Handle,
    Handle,
    Handle,
    *const Handle,
    *const i64,
    i64,
    *const i64,
    i64,
    *const i64,
    i64,
    i64,
    *const c_char,
    *const f64,
    *const *const c_char,
    *const *const f64,
    i64,
    *const *const c_char,
    *mut Handle,
) -> i32;

/// The operations, as libtorch has them.
pub(super) struct Fused {
    relu: Pointwise,
    add: PointwiseBinary,
    add_in_place: PointwiseBinary,
}

/// What a convolution needs besides the images; one number for both axes.
pub(super) struct Convolution<'a> {
    pub(super) weight: &'a Tensor,
    pub(super) bias: Option<&'a Tensor>,
    pub(super) stride: i64,
    pub(super) padding: i64,
}

/// The version of libtorch that the types above were taken from, as `aoti_torch_abi_version` gives it:
/// major and minor number.
const VERSION: u64 = 0x020b;

/// The operations of the libtorch that is loaded, if it has them.
pub(super) fn fused() -> Option<&'static Fused> {
    static FUSED: OnceLock<Option<Fused>> = OnceLock::new();
    FUSED.get_or_init(load).as_ref()
}

fn symbol(name: &CStr) -> Option<*mut c_void> {
    #[expect(unsafe_code, reason = "to look for a function by its name is a call of the C library")]
    // SAFETY: the name is a C string; RTLD_DEFAULT looks in what is loaded. Failure gives null.
    let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!symbol.is_null()).then_some(symbol)
}

#[expect(unsafe_code, reason = "functions found by name have no type")]
fn load() -> Option<Fused> {
    let version = symbol(c"aoti_torch_abi_version")?;
    let relu = symbol(c"aoti_torch_cpu_mkldnn__convolution_pointwise")?;
    let add = symbol(c"aoti_torch_cpu_mkldnn__convolution_pointwise_binary")?;
    let in_place = symbol(c"aoti_torch_cpu_mkldnn__convolution_pointwise_binary_")?;
    // SAFETY: in every libtorch that has this function it takes nothing and returns a uint64_t. The
    // other three have the types above in the version that is asked for, by its header named above.
    unsafe {
        let version = std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> u64>(version)();
        (version >> 48 == VERSION).then(|| Fused {
            relu: std::mem::transmute::<*mut c_void, Pointwise>(relu),
            add: std::mem::transmute::<*mut c_void, PointwiseBinary>(add),
            add_in_place: std::mem::transmute::<*mut c_void, PointwiseBinary>(in_place),
        })
    }
}

impl Fused {
    /// ReLU of the convolution, but for [`SLOPE`].
    pub(super) fn relu(&self, x: &Tensor, convolution: &Convolution<'_>) -> Result<Tensor> {
        let c = Arguments::new(convolution);
        let slope: *const f64 = &SLOPE;
        let mut result = null_mut();
        #[expect(unsafe_code, reason = "libtorch's C interface")]
        // SAFETY: as `Arguments` says; the list of one scalar is a pointer to its pointer, and null stands
        // for the absent optional.
        let status = unsafe {
            (self.relu)(
                handle(x),
                c.weight,
                c.bias(),
                c.padding.as_ptr(),
                2,
                c.stride.as_ptr(),
                2,
                DILATION.as_ptr(),
                2,
                1,
                c"leaky_relu".as_ptr(),
                &raw const slope,
                1,
                null(),
                &raw mut result,
            )
        };
        made(status, result)
    }

    /// The convolution plus `other`, which is overwritten if it may be.
    pub(super) fn add(
        &self,
        x: &Tensor,
        (other, overwrite): (&Tensor, bool),
        convolution: &Convolution<'_>,
    ) -> Result<Tensor> {
        let c = Arguments::new(convolution);
        let (operation, first, second) = match overwrite {
            true => (self.add_in_place, other, x),
            false => (self.add, x, other),
        };
        let mut result = null_mut();
        #[expect(unsafe_code, reason = "libtorch's C interface")]
        // SAFETY: as `Arguments` says; null stands for an absent optional, and a list of no scalars.
        let status = unsafe {
            operation(
                handle(first),
                handle(second),
                c.weight,
                c.bias(),
                c.padding.as_ptr(),
                2,
                c.stride.as_ptr(),
                2,
                DILATION.as_ptr(),
                2,
                1,
                c"add".as_ptr(),
                null(),
                null(),
                null(),
                0,
                null(),
                &raw mut result,
            )
        };
        made(status, result)
    }
}

/// What ReLU multiplies negative numbers by, in place of 0, of which sums of numbers that matter see
/// nothing: oneDNN's ReLU with slope 0 makes 0 of NaN, so that a network that overflowed would look
/// like one that guesses. A power of two, so that networks of other scale give the same.
const SLOPE: f64 = 7.888609052210118e-31;
const DILATION: [i64; 2] = [1, 1];

/// What both operations take, in a form that C can point at. The handles and pointers are good for as
/// long as this and the tensors that it was made from live: to the end of the call. libtorch takes
/// what it keeps by its own count of references, and catches its own exceptions.
struct Arguments {
    weight: Handle,
    bias: Option<Handle>,
    padding: [i64; 2],
    stride: [i64; 2],
}

impl Arguments {
    fn new(convolution: &Convolution<'_>) -> Self {
        Self {
            weight: handle(convolution.weight),
            bias: convolution.bias.map(handle),
            padding: [convolution.padding; 2],
            stride: [convolution.stride; 2],
        }
    }

    fn bias(&self) -> *const Handle {
        self.bias.as_ref().map_or(null(), |bias| bias)
    }
}

fn handle(tensor: &Tensor) -> Handle {
    tensor.as_ptr().cast_mut().cast()
}

fn made(status: i32, result: Handle) -> Result<Tensor> {
    if status != 0 || result.is_null() {
        let failed = "a fused convolution failed; what libtorch says of it is above";
        return Err(TchError::Torch(failed.to_owned()).into());
    }
    #[expect(unsafe_code, reason = "a tensor that libtorch's C interface made")]
    // SAFETY: after success it is an `at::Tensor*` that the caller owns, and tch frees it as it does
    // its own.
    Ok(unsafe { Tensor::from_ptr(result.cast()) })
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    /// The libtorch that set-up brings for this processor has oneDNN.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn fused_convolutions_give_what_their_parts_give() {
        let fused = fused().expect("fused convolutions");
        let random = |shape: &[i64]| Tensor::randn(shape, (Kind::Float, Device::Cpu));
        for (stride, side) in [(1, 9), (2, 5)] {
            let (x, weight) = (random(&[3, 4, 9, 9]), random(&[8, 4, 3, 3]));
            let (bias, other) = (random(&[8]), random(&[3, 8, side, side]));
            for bias in [None, Some(&bias)] {
                let convolution = Convolution { weight: &weight, bias, stride, padding: 1 };
                let y = x.conv2d(&weight, bias, [stride; 2], [1, 1], [1, 1], 1);
                let agrees = |found: &Tensor, expected: &Tensor, what: &str| {
                    assert_eq!(found.size(), expected.size(), "{what}");
                    let off = (found - expected).abs().max().double_value(&[]);
                    assert!(off < 1e-5, "{what}, stride {stride}: off by {off}");
                };
                agrees(&fused.relu(&x, &convolution).unwrap(), &y.relu(), "ReLU");
                let expected = &y + &other;
                let kept = other.copy();
                let found = fused.add(&x, (&kept, false), &convolution).unwrap();
                agrees(&found, &expected, "addition");
                assert!(kept == other, "what may not be overwritten is not");
                let found = fused.add(&x, (&kept, true), &convolution).unwrap();
                agrees(&found, &expected, "addition in place");
                assert_eq!(found.data_ptr(), kept.data_ptr(), "in place");
            }
        }
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn what_is_no_number_stays_none() {
        let fused = fused().expect("fused convolutions");
        for kind in [Kind::Float, Kind::BFloat16] {
            if kind == Kind::BFloat16 && !crate::device::cpu_has_bfloat16() {
                continue;
            }
            for side in [1, 3] {
                let x = Tensor::full([2, 16, 8, 8], f64::NAN, (kind, Device::Cpu));
                let weight = Tensor::ones([16, 16, side, side], (kind, Device::Cpu));
                let padding = side / 2;
                let convolution = Convolution { weight: &weight, bias: None, stride: 1, padding };
                let found = fused.relu(&x, &convolution).unwrap();
                assert!(bool::try_from(found.isnan().all()).unwrap(), "ReLU, {kind:?}");
                let found = fused.add(&x, (&x.zeros_like(), true), &convolution).unwrap();
                assert!(bool::try_from(found.isnan().all()).unwrap(), "addition, {kind:?}");
            }
        }
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn what_does_not_fit_is_an_error() {
        let (x, weight) = (Tensor::zeros([1, 4, 5, 5], (Kind::Float, Device::Cpu)), 3);
        let weight = Tensor::zeros([8, weight, 3, 3], (Kind::Float, Device::Cpu));
        let convolution = Convolution { weight: &weight, bias: None, stride: 1, padding: 1 };
        let error = fused().expect("fused convolutions").relu(&x, &convolution).unwrap_err();
        assert!(error.to_string().contains("fused convolution"), "{error}");
    }
}
