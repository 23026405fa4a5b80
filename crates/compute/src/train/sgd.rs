//! Stochastic gradient descent with Nesterov momentum and weight decay, as PyTorch's `SGD` has it,
//! over one flat buffer: a step is a handful of operations, however many entries a network has.

use tch::Tensor;

use crate::error::Result;
use crate::forward::views;
use crate::network::Network;

pub(super) struct Sgd {
    /// All entries of the state; the parameters among them are leaves of the graph of derivatives.
    entries: Vec<Tensor>,
    /// Which of them are parameters, in order.
    leaves: Vec<usize>,
    /// The parameters, all of them in one.
    parameters: Tensor,
    momentum: Tensor,
}

impl Sgd {
    /// Descends in place on the parameters in `flat`, from a momentum of the same length as they
    /// have.
    pub(super) fn new(network: &Network, flat: &Tensor, momentum: Tensor) -> Result<Self> {
        let mut entries = Vec::new();
        let mut leaves = Vec::new();
        for (index, view) in views(network, flat)?.into_iter().enumerate() {
            let is_parameter = network.entries()[index].role.is_parameter();
            // Detached, a view is a leaf of its own that shares the buffer's memory.
            entries.push(view.f_detach()?.f_set_requires_grad(is_parameter)?);
            if is_parameter {
                leaves.push(index);
            }
        }
        let parameters = flat.f_narrow(0, 0, network.parameter_count() as i64)?;
        Ok(Self { entries, leaves, parameters, momentum })
    }

    /// The state's entries, which follow every step.
    pub(super) fn entries(&self) -> &[Tensor] {
        &self.entries
    }

    /// The momentum of each parameter, in the buffer's order.
    pub(super) fn momentum(&self) -> &Tensor {
        &self.momentum
    }

    /// One step down the gradient of `loss`.
    pub(super) fn step(
        &mut self,
        loss: &Tensor,
        learning_rate: f64,
        momentum: f64,
        weight_decay: f64,
    ) -> Result<()> {
        let leaves: Vec<&Tensor> = self.leaves.iter().map(|index| &self.entries[*index]).collect();
        let gradients = Tensor::f_run_backward(&[loss], &leaves, false, false)?;
        let _guard = tch::no_grad_guard();
        let gradients = gradients
            .iter()
            .map(|gradient| gradient.f_reshape([-1]))
            .collect::<Result<Vec<_>, _>>()?;
        let decay = self.parameters.f_mul_scalar(weight_decay)?;
        let mut gradient = Tensor::f_cat(&gradients, 0)?.f_add_(&decay)?;
        let momentum_now = self.momentum.f_mul_scalar_(momentum)?.f_add_(&gradient)?;
        let mut descent = gradient.f_add_(&momentum_now.f_mul_scalar(momentum)?)?;
        let _ = self.parameters.f_add_(&descent.f_mul_scalar_(-learning_rate)?)?;
        Ok(())
    }
}
