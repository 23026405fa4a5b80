"""README's recipe on a small network with batch norm, dropout and a part that is in eval mode while
the rest trains: what it computes, what it leaves as it was, and what it keeps when it is stopped.
"""

import numpy as np
import torch
from plane import directions, plane
from torch import nn

torch.manual_seed(1)
model = nn.Sequential(
    nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 4)
)
model[1].eval()
loader = [(torch.randn(n, 3), torch.randint(4, (n,))) for n in (5, 2)]
AXIS = np.linspace(-0.5, 0.5, 3)


def state():
    tensors = [tensor.clone() for tensor in model.state_dict().values()]
    modes = [module.training for module in model.modules()]
    return tensors, modes, torch.get_rng_state()


def assert_unchanged(before):
    for was, now in zip(before[0] + [before[2]], state()[0] + [torch.get_rng_state()]):
        assert torch.equal(was, now)
    assert before[1] == state()[1] == [True, True, False, True, True, True]


def loss_at(seed, alpha, beta, loss):
    """The loss of all examples at once, in one moved copy of the network."""
    names = [name for name, _ in model.named_parameters()]
    moved = {n: d.detach() for n, d in zip(names, directions(model, seed))}
    copy = nn.Sequential(
        nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Identity(), nn.Linear(8, 4)
    )
    copy.load_state_dict(
        {
            name: w + alpha * moved[name][0] + beta * moved[name][1] if name in moved else w
            for name, w in model.state_dict().items()
        }
    )
    inputs, targets = (torch.cat(parts) for parts in zip(*loader))
    return loss(copy.eval()(inputs), targets).item()


# As the README calls it.
before = state()
exec(open("usage.py").read(), {"model": model, "loader": loader, "plane": plane})
assert_unchanged(before)
mine = np.load("mine.npz")
assert mine["train_loss"].shape == (51, 51) and list(mine["x"][[0, 50]]) == [-1, 1]
cross_entropy = nn.functional.cross_entropy
for i, j in [(25, 25), (0, 40), (40, 0)]:
    expected = loss_at(0, mine["x"][i], mine["y"][j], cross_entropy)
    assert abs(mine["train_loss"][j, i] - expected) < 1e-5 * (1 + expected)

# Filters of the directions are as long as those of the weights; the rest does not move.
for w, pair in zip(model.parameters(), directions(model, 0)):
    for d in pair:
        if w.dim() == 1:
            assert not d.any()
        else:
            assert torch.allclose(d.flatten(1).norm(dim=1), w.flatten(1).norm(dim=1), rtol=1e-5)
    assert w.dim() == 1 or not torch.allclose(pair[0], pair[1])

# A seed is a plane.
planes = []
for seed in (1, 1, 2):
    plane(model, cross_entropy, loader, "plane.npz", seed, AXIS)
    planes.append(np.load("plane.npz")["train_loss"])
assert np.array_equal(planes[0], planes[1]) and not np.allclose(planes[0], planes[2])


class Interrupted:
    """Batches that Ctrl-C comes in between, at the fifth point."""

    passes = 0

    def __iter__(self):
        self.passes += 1
        yield loader[0]
        if self.passes == 5:
            raise KeyboardInterrupt
        yield loader[1]


before = state()
try:
    plane(model, cross_entropy, Interrupted(), "stopped.npz", 1, AXIS)
    raise AssertionError("Ctrl-C went unnoticed")
except KeyboardInterrupt:
    assert_unchanged(before)
stopped = np.load("stopped.npz")["train_loss"].ravel()
assert np.array_equal(stopped[:4], planes[0].ravel()[:4]) and np.isnan(stopped[4:]).all()


def overflowing(outputs, targets):
    """Infinite for one batch and NaN for the other."""
    return outputs.sum().abs() * (float("inf") if len(targets) == 5 else float("nan"))


for batches in (loader[:1], loader[1:], loader):
    plane(model, overflowing, batches, "overflowed.npz", 1, AXIS, "my_loss")
    assert (np.load("overflowed.npz")["my_loss"] == np.inf).all()

# Where not a point is computed, what an earlier run wrote stays.
try:
    plane(model, cross_entropy, [(torch.randn(5, 99), loader[0][1])], "plane.npz", 1, AXIS)
    raise AssertionError("inputs of a wrong shape went unnoticed")
except RuntimeError:
    assert np.array_equal(np.load("plane.npz")["train_loss"], planes[2])
