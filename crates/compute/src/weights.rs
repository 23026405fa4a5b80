//! States as safetensors, with PyTorch's names, so that checkpoints can be exchanged with it in
//! strict mode.
//!
//! Reading takes any floating type and holds it exactly; it accepts no missing, extra or misshapen
//! entry, except that `num_batches_tracked` may be absent (evaluation does not use it). Writing is
//! float32, the type that training keeps.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use safetensors::tensor::{SafeTensors, TensorView};
use safetensors::{Dtype, View};

use crate::error::{ComputeError, Result};
use crate::network::{Entry, Network};
use crate::state::State;

/// The state in a safetensors file's bytes.
///
/// # Errors
/// [`ComputeError::StateFile`], naming the entries, where the file is not the state of this
/// network.
pub fn read_state(network: &Network, bytes: &[u8]) -> Result<State> {
    let file = Tensors::parse(bytes)?;
    let mut fit = Fit::new(network, "weights");
    let state = read_state_behind(network, &file, &mut fit, "");
    fit.finish(&file)?;
    Ok(state)
}

/// The state whose entries stand behind `prefix`; what does not fit is noted in `fit`.
pub(crate) fn read_state_behind(
    network: &Network,
    file: &Tensors<'_>,
    fit: &mut Fit<'_>,
    prefix: &str,
) -> State {
    let mut values = vec![0.0; network.value_count()];
    for entry in network.entries() {
        fit.fill(file, &format!("{prefix}{}", entry.name), entry, &mut values[entry.range()]);
    }
    let mut batches_tracked = 0;
    for norm in network.norms() {
        let name = format!("{prefix}{}", counter_name(norm));
        batches_tracked = fit.counter(file, &name).unwrap_or(batches_tracked);
    }
    State::from_values(values, batches_tracked)
}

/// What stands in a file's header beside the tensors, under one key, since the format's own map has
/// no order.
pub(crate) type Metadata = Option<(String, String)>;

/// That key, in the files that this program writes.
pub(crate) const RECORD_KEY: &str = "lossland";

/// The name of the counter that PyTorch keeps beside a batch norm's statistics.
fn counter_name(norm: &str) -> String {
    format!("{norm}.num_batches_tracked")
}

/// A parsed safetensors file.
pub(crate) struct Tensors<'a> {
    tensors: BTreeMap<String, TensorView<'a>>,
    metadata: HashMap<String, String>,
}

impl<'a> Tensors<'a> {
    /// # Errors
    /// [`ComputeError::StateFile`] where the bytes are no safetensors file.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let refuse = |error| {
            ComputeError::StateFile(format!(
                "expected a safetensors file, found {} bytes that are none ({error}); save the \
                state dict with safetensors.torch.save_file",
                bytes.len()
            ))
        };
        let tensors = SafeTensors::deserialize(bytes).map_err(refuse)?.tensors();
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(refuse)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        Ok(Self { tensors: tensors.into_iter().collect(), metadata })
    }

    /// What the header says under `key`.
    pub(crate) fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&TensorView<'a>> {
        self.tensors.get(name)
    }

    /// All tensors, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &TensorView<'a>)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }
}

/// Takes entries out of a file, and in the end refuses it if anything was wrong, with everything
/// that was.
pub(crate) struct Fit<'n> {
    network: &'n Network,
    what: &'static str,
    taken: BTreeSet<String>,
    faults: Vec<String>,
}

/// More faults than this are counted, not listed.
const FAULTS_LISTED: usize = 5;

impl<'n> Fit<'n> {
    /// `what` names the kind of file in errors: "weights".
    pub(crate) fn new(network: &'n Network, what: &'static str) -> Self {
        Self { network, what, taken: BTreeSet::new(), faults: Vec::new() }
    }

    /// Fills `values` with the tensor called `name`, which has to have the entry's shape.
    pub(crate) fn fill(
        &mut self,
        file: &Tensors<'_>,
        name: &str,
        entry: &Entry,
        values: &mut [f64],
    ) {
        self.taken.insert(name.to_owned());
        match file.get(name) {
            None => self.faults.push(format!("{name:?} is missing")),
            Some(tensor) if tensor.shape() != entry.shape => self.faults.push(format!(
                "{name:?} has shape {:?}, expected {:?}",
                tensor.shape(),
                entry.shape
            )),
            Some(tensor) => {
                if !decode(tensor.dtype(), tensor.data(), values) {
                    self.faults.push(format!(
                        "{name:?} is of type {}, expected F16, BF16, F32 or F64",
                        tensor.dtype()
                    ));
                } else if !values.iter().all(|value| value.is_finite()) {
                    self.faults.push(format!("{name:?} holds a number that is not finite"));
                }
            }
        }
    }

    /// Lets counters of batch norms stand in the file, their names behind `prefix` and a dot, and
    /// ignores them.
    pub(crate) fn skip_counters(&mut self, prefix: &str) {
        let names =
            self.network.norms().iter().map(|norm| format!("{prefix}.{}", counter_name(norm)));
        self.taken.extend(names);
    }

    /// The integer called `name`, if it is there.
    pub(crate) fn counter(&mut self, file: &Tensors<'_>, name: &str) -> Option<i64> {
        self.taken.insert(name.to_owned());
        let tensor = file.get(name)?;
        let number = tensor.data().try_into().map(i64::from_le_bytes).ok();
        if tensor.dtype() != Dtype::I64 || number.is_none() {
            self.faults.push(format!(
                "{name:?} is of type {} and shape {:?}, expected one I64",
                tensor.dtype(),
                tensor.shape()
            ));
        }
        number
    }

    /// # Errors
    /// [`ComputeError::StateFile`] if an entry was missing or misshapen, or the file has one that
    /// was not asked for.
    pub(crate) fn finish(mut self, file: &Tensors<'_>) -> Result<()> {
        let extra = file.tensors.keys().filter(|name| !self.taken.contains(*name));
        self.faults.extend(extra.map(|name| format!("{name:?} is not an entry of it")));
        if self.faults.is_empty() {
            return Ok(());
        }
        let more = self.faults.len().saturating_sub(FAULTS_LISTED);
        self.faults.truncate(FAULTS_LISTED);
        if more > 0 {
            self.faults.push(format!("and {more} more"));
        }
        Err(ComputeError::StateFile(format!(
            "expected {} for {}, found entries that do not fit: {}; give a file saved from this \
            network, or name the network that it was saved from",
            self.what,
            self.network.name(),
            self.faults.join("; ")
        )))
    }
}

/// Decodes little-endian numbers of any floating type; false if they are of another type.
pub(crate) fn decode(dtype: Dtype, bytes: &[u8], values: &mut [f64]) -> bool {
    fn each<const N: usize>(bytes: &[u8], values: &mut [f64], number: fn([u8; N]) -> f64) {
        for (value, bytes) in values.iter_mut().zip(bytes.as_chunks::<N>().0) {
            *value = number(*bytes);
        }
    }
    match dtype {
        Dtype::F16 => each(bytes, values, |b| half::f16::from_le_bytes(b).to_f64()),
        Dtype::BF16 => each(bytes, values, |b| half::bf16::from_le_bytes(b).to_f64()),
        Dtype::F32 => each(bytes, values, |b| f64::from(f32::from_le_bytes(b))),
        Dtype::F64 => each(bytes, values, f64::from_le_bytes),
        _ => return false,
    }
    true
}

/// Encodes numbers in a floating type, rounded to nearest, ties to even; `None` for other types.
/// Types of 16 bits are reached by way of float32, since `half` drops bits of a float64 first and so
/// takes what is just above a tie for one.
pub(crate) fn encode(dtype: Dtype, values: &[f64]) -> Option<Vec<u8>> {
    let narrow = || values.iter().map(|value| *value as f32);
    Some(match dtype {
        Dtype::F16 => narrow().flat_map(|v| half::f16::from_f32(v).to_le_bytes()).collect(),
        Dtype::BF16 => narrow().flat_map(|v| half::bf16::from_f32(v).to_le_bytes()).collect(),
        Dtype::F32 => narrow().flat_map(f32::to_le_bytes).collect(),
        Dtype::F64 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        _ => return None,
    })
}

/// Collects tensors for one safetensors file.
#[derive(Default)]
pub(crate) struct Writer(Vec<(String, Owned)>);

impl Writer {
    /// Adds the entries of a state, their names behind `prefix`, as float32.
    pub(crate) fn state(&mut self, network: &Network, state: &State, prefix: &str) {
        for entry in network.entries() {
            let numbers = state.entry(entry).iter().map(|v| *v as f32);
            self.floats(format!("{prefix}{}", entry.name), entry.shape.clone(), numbers);
        }
        for norm in network.norms() {
            self.0.push((
                format!("{prefix}{}", counter_name(norm)),
                Owned {
                    dtype: Dtype::I64,
                    shape: Vec::new(),
                    bytes: state.batches_tracked.to_le_bytes().to_vec(),
                },
            ));
        }
    }

    /// Adds one tensor of any type.
    pub(crate) fn tensor(&mut self, name: &str, dtype: Dtype, shape: &[usize], bytes: Vec<u8>) {
        self.0.push((name.to_owned(), Owned { dtype, shape: shape.to_vec(), bytes }));
    }

    /// Adds one float32 tensor.
    pub(crate) fn floats(
        &mut self,
        name: String,
        shape: Vec<usize>,
        numbers: impl Iterator<Item = f32>,
    ) {
        let bytes = numbers.flat_map(f32::to_le_bytes).collect();
        self.0.push((name, Owned { dtype: Dtype::F32, shape, bytes }));
    }

    /// Adds one float64 tensor.
    #[cfg(test)]
    pub(crate) fn doubles(&mut self, name: String, shape: Vec<usize>, numbers: &[f64]) {
        let bytes = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.0.push((name, Owned { dtype: Dtype::F64, shape, bytes }));
    }

    /// The file's bytes; equal tensors and metadata give equal bytes.
    pub(crate) fn finish(self, metadata: Metadata) -> Result<Vec<u8>> {
        let metadata = metadata.map(|pair| HashMap::from([pair]));
        safetensors::serialize(self.0, metadata).map_err(|error| {
            ComputeError::StateFile(format!("the state cannot be written as safetensors: {error}"))
        })
    }
}

/// A tensor that owns its bytes.
struct Owned {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Owned {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        self.bytes.as_slice().into()
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> Network {
        Network::parse("resnet8").unwrap()
    }

    /// The file of an initial state, its tensors changed by `change`.
    fn file(change: impl FnOnce(&mut Vec<(String, Owned)>)) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.state(&network(), &State::initial(&network(), 1), "");
        change(&mut writer.0);
        writer.finish(None).unwrap()
    }

    fn refusal(bytes: &[u8]) -> String {
        match read_state(&network(), bytes).unwrap_err() {
            ComputeError::StateFile(text) => text,
            other => panic!("expected a refusal of the file, found {other}"),
        }
    }

    fn tensor<'a>(tensors: &'a mut [(String, Owned)], name: &str) -> &'a mut Owned {
        &mut tensors.iter_mut().find(|(other, _)| other == name).unwrap().1
    }

    #[test]
    fn a_state_survives_its_file_and_equal_states_give_equal_bytes() {
        let bytes = file(|_| ());
        assert_eq!(read_state(&network(), &bytes).unwrap(), State::initial(&network(), 1));
        assert_eq!(bytes, file(|_| ()));
    }

    #[test]
    fn counters_may_be_absent() {
        let bytes =
            file(|tensors| tensors.retain(|(name, _)| !name.ends_with("num_batches_tracked")));
        assert_eq!(read_state(&network(), &bytes).unwrap(), State::initial(&network(), 1));
    }

    #[test]
    fn every_floating_type_is_read_exactly() {
        type Encode = fn(f64) -> Vec<u8>;
        let types: [(Dtype, Encode, f64); 4] = [
            (Dtype::F64, |v| v.to_le_bytes().to_vec(), 0.1),
            (Dtype::F32, |v| (v as f32).to_le_bytes().to_vec(), f64::from(0.1_f32)),
            (Dtype::F16, |v| half::f16::from_f64(v).to_le_bytes().to_vec(), 0.099_975_585_937_5),
            (Dtype::BF16, |v| half::bf16::from_f64(v).to_le_bytes().to_vec(), 0.100_097_656_25),
        ];
        for (dtype, encode, expected) in types {
            let bytes = file(|tensors| {
                let bias = tensor(tensors, "linear.bias");
                (bias.dtype, bias.bytes) = (dtype, encode(0.1).repeat(10));
            });
            let state = read_state(&network(), &bytes).unwrap();
            assert_eq!(state.entry(network().entries().last().unwrap()), [expected; 10], "{dtype}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let missing = file(|tensors| tensors.retain(|(name, _)| name != "bn1.bias"));
        assert!(refusal(&missing).contains("\"bn1.bias\" is missing"), "{}", refusal(&missing));
        let extra = file(|tensors| tensors[0].0 = "conv1.wieght".to_owned());
        let text = refusal(&extra);
        assert!(text.contains("\"conv1.weight\" is missing"), "{text}");
        assert!(text.contains("\"conv1.wieght\" is not an entry"), "{text}");
        let misshapen = file(|tensors| tensor(tensors, "linear.weight").shape = vec![64, 10]);
        assert!(refusal(&misshapen).contains("has shape [64, 10], expected [10, 64]"));
        let integers = file(|tensors| tensor(tensors, "linear.bias").dtype = Dtype::I32);
        assert!(refusal(&integers).contains("\"linear.bias\" is of type I32"));
        let bytes = file(|tensors| {
            tensor(tensors, "linear.bias").bytes = f32::NAN.to_le_bytes().repeat(10)
        });
        assert!(refusal(&bytes).contains("\"linear.bias\" holds a number that is not finite"));
    }

    #[test]
    fn other_networks_and_other_files_are_refused() {
        let other = Network::parse("resnet8_noshort").unwrap();
        let text = read_state(&other, &file(|_| ())).unwrap_err().to_string();
        assert!(text.contains("for resnet8_noshort") && text.contains("more"), "{text}");
        for bytes in [&b""[..], b"PK\x03\x04 a zip", &[0xff; 100]] {
            assert!(refusal(bytes).contains("expected a safetensors file"));
        }
    }
}
