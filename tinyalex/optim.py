"""The update rule of the paper's section 5, and learning-rate schedules."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinyalex import backend
from tinyalex.layers.base import zeros_like_all


class SGD:
    """Stochastic gradient descent with momentum μ and weight decay λ at learning rate ε:

        v ← μ·v − λ·ε·w − ε·∂L/∂w
        w ← w + v

    as in section 5, where μ = .9, λ = .0005 and L is the mean over the batch. Decay applies to
    weights ("W") and not to biases ("b"), which may have a rate of their own (`bias_lr`; the 2012
    code used twice the weights'). `lr` and `bias_lr` may be set at any time.
    net: anything with parameters() and gradients().
    layer_rates: {"fc8": 10.0, "conv1": 0.0}, factors of both rates for single layers; a layer at 0
    is left alone, decay included, and needs no gradient.
    """

    def __init__(
        self,
        net,
        lr: float = 0.01,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        bias_lr: float | None = None,
        layer_rates: dict[str, float] | None = None,
    ) -> None:
        numbers = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        if bias_lr is not None:
            numbers["bias_lr"] = bias_lr
        self.layer_rates = dict(layer_rates or {})
        numbers |= {f"the rate of {name}": rate for name, rate in self.layer_rates.items()}
        for what, value in numbers.items():
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"SGD: {what} must be a number of at least 0; got {value}")
        self.net = net
        self.lr, self.bias_lr = lr, bias_lr
        self.momentum, self.weight_decay = momentum, weight_decay
        self.velocity: dict[str, Any] = zeros_like_all(self._moving())

    def step(self) -> None:
        """Updates every parameter in place from the gradients of the last backward."""
        gradients = self.net.gradients()
        for name, weights in self._moving().items():
            if gradients[name] is None:
                raise ValueError(f"SGD.step: {name} has no gradient yet; call net.backward first")
            is_bias = name.endswith(".b")
            lr = self.bias_lr if is_bias and self.bias_lr is not None else self.lr
            lr *= self._rate(name)
            decay = 0.0 if is_bias else self.weight_decay
            backend.kernels.sgd_update(
                weights, self.velocity[name], gradients[name], lr, self.momentum, decay
            )

    def _rate(self, name: str) -> float:
        return self.layer_rates.get(name.rpartition(".")[0], 1.0)

    def _moving(self) -> dict[str, Any]:
        return {k: array for k, array in self.net.parameters().items() if self._rate(k) > 0}

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of the velocities as NumPy arrays."""
        return {name: backend.to_numpy(array).copy() for name, array in self.velocity.items()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copies velocities in. ValueError where names or shapes differ."""
        if unknown := sorted(state.keys() - self.velocity.keys()):
            raise ValueError(f"the optimiser's state does not fit: unknown {', '.join(unknown)}")
        for name, array in self.velocity.items():
            if name not in state or state[name].shape != array.shape:
                raise ValueError(
                    f"the optimiser's state does not fit: {name} must be {array.shape}"
                )
        for name, array in self.velocity.items():
            array[...] = backend.from_numpy(np.asarray(state[name], dtype=array.dtype))


# A schedule is a function of progress (0 at the start of training, 1 at its end) that returns the
# factor of the base rate. `Plateau` is the exception: it looks at the validation error.


def constant():
    """Always the base rate."""
    return lambda progress: 1.0


def steps(count: int = 3, factor: float = 0.1):
    """`count` drops by `factor` at equal distances: the paper's three ÷10, by the clock."""
    return lambda progress: factor ** min(count, int(progress * (count + 1)))


def dexp(target_factor: float = 250.0, num_steps: int = 4):
    """cuda-convnet2's `dexp`: `num_steps` equal stretches, from the base rate down to base/target.

    factor_i = target_factor^(−i / (num_steps − 1)): for 250 and 4 steps 1, .159, .0252, .004.
    """
    if num_steps < 2:
        raise ValueError(f"dexp needs at least 2 steps; got {num_steps}")

    def factor(progress: float) -> float:
        i = min(num_steps - 1, int(progress * num_steps))
        return target_factor ** (-i / (num_steps - 1))

    return factor


def one_cycle(warmup: float = 0.2, start: float = 0.1):
    """Up in a straight line from `start` to 1 over the first `warmup` of training, then down to 0
    along half a cosine (after Smith 2018): the quickest of these for a training of a few epochs.
    """

    def factor(progress: float) -> float:
        if progress < warmup:
            return start + (1 - start) * progress / warmup
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - warmup) / (1 - warmup))))

    return factor


class Plateau:
    """Section 5: divide the rate by 10 when the validation error stops improving.

    patience: epochs without a new lowest error before a drop; most: how many drops (the paper: 3).
    """

    def __init__(self, patience: int = 2, factor: float = 0.1, most: int = 3) -> None:
        self.patience, self.factor, self.most = patience, factor, most
        self.best, self.waited, self.drops = math.inf, 0, 0

    def update(self, error: float) -> None:
        """Tells it an epoch's validation error."""
        if error < self.best:
            self.best, self.waited = error, 0
            return
        self.waited += 1
        if self.waited >= self.patience and self.drops < self.most:
            self.drops, self.waited = self.drops + 1, 0

    def __call__(self, progress: float) -> float:
        return self.factor**self.drops


SCHEDULES = {
    "onecycle": one_cycle,
    "plateau": Plateau,
    "steps": steps,
    "dexp": dexp,
    "constant": constant,
}
