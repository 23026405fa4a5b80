//! The plane on the device: weights and directions as flat buffers, and the point between them.

use lossland_surface::Precision;
use tch::{Device, Kind, Tensor};

use crate::directions::Directions;
use crate::error::Result;
use crate::forward::{Prepared, folded, views};
use crate::network::Network;
use crate::state::State;

/// The kinds of number of a precision: that of weights, and that of convolutions.
pub(crate) fn kinds(precision: Precision) -> (Kind, Kind) {
    match precision {
        Precision::Float64 => (Kind::Double, Kind::Double),
        Precision::Float32 => (Kind::Float, Kind::Float),
        Precision::Bfloat16 => (Kind::Float, Kind::BFloat16),
    }
}

pub(crate) struct Plane {
    weights: Tensor,
    /// Both directions, `[2, n]`.
    directions: Tensor,
    kind: Kind,
}

impl Plane {
    pub(crate) fn new(
        weights: &State,
        directions: &Directions,
        precision: Precision,
        device: Device,
    ) -> Result<Self> {
        let (wide, kind) = kinds(precision);
        let on_device = |values: &[f64]| -> Result<Tensor> {
            Ok(Tensor::f_from_slice(values)?.f_to_kind(wide)?.f_to_device(device)?)
        };
        let [x, y] = directions.values();
        let directions = Tensor::f_stack(&[on_device(x)?, on_device(y)?], 0)?;
        Ok(Self { weights: on_device(weights.values())?, directions, kind })
    }

    /// All entries at `weights + alpha * x + beta * y`, running statistics included where the
    /// directions move them.
    pub(crate) fn at(&self, alpha: f64, beta: f64) -> Result<Tensor> {
        let place = Tensor::f_from_slice(&[alpha, beta])?
            .f_to_kind(self.weights.f_kind()?)?
            .f_to_device(self.weights.device())?;
        // One pass over the memory.
        Ok(self.weights.f_addmv(&self.directions.f_transpose(0, 1)?, &place)?)
    }

    /// The network at that point, ready to be run, batch norm folded away.
    pub(crate) fn network_at(&self, network: &Network, alpha: f64, beta: f64) -> Result<Prepared> {
        folded(network, &views(network, &self.at(alpha, beta)?)?, self.kind)
    }
}
