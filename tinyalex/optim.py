"""The update rule of the paper's section 5, and learning-rate schedules."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinyalex import backend
from tinyalex.kernels import checks
from tinyalex.layers.base import described, is_array


class SGD:
    """Stochastic gradient descent with momentum μ and weight decay λ at learning rate ε:

        v ← μ·v − λ·ε·w − ε·∂L/∂w
        w ← w + v

    as in section 5, where μ = .9, λ = .0005 and L is the mean over the batch. Decay applies to
    arrays of two or more dimensions. Vectors (biases, and the scales and shifts of a student's
    normalization) do not decay, whatever their names, and may have a different rate (`bias_lr`; the
    2012 code used twice the weights' rate). `lr` and `bias_lr` may be set at any time.
    net: anything with parameters() and gradients().
    layer_rates: {"fc8": 10.0, "conv1": 0.0}, factors on both rates for single layers, or for all
    layers of a nested network; a layer at 0 does not change, not even by decay, and needs no
    gradient.

    Layers may be replaced, frozen and unfrozen between steps: a new or unfrozen layer starts with a
    velocity of zero. Raises ValueError for numbers out of range, unknown layer names, and gradients
    that do not match their parameters.
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
        if momentum >= 1:
            raise ValueError(f"SGD: momentum must be below 1, or steps grow; got {momentum}")
        if not callable(getattr(net, "parameters", None)):
            raise ValueError(f"SGD needs a net with parameters(); got {described(net)}")
        self.net = net
        self.lr, self.bias_lr = lr, bias_lr
        self.momentum, self.weight_decay = momentum, weight_decay
        self.velocity: dict[str, Any] = {}
        self._owners: dict[str, Any] = {}  # the layer that each velocity belongs to
        self.moving()

    def step(self) -> None:
        """Updates every parameter in place from the gradients of the last backward."""
        moving = self.moving()
        if not moving:
            raise ValueError("SGD.step: all layers are frozen: there is nothing to train")
        gradients = self.net.gradients()
        for name, weights in moving.items():
            check_gradient(name, weights, gradients)
        for name, weights in moving.items():
            is_bias = weights.ndim < 2
            lr = self.bias_lr if is_bias and self.bias_lr is not None else self.lr
            lr *= self.layer_rate(name)
            decay = 0.0 if is_bias else self.weight_decay
            backend.kernels.sgd_update(
                weights, self.velocity[name], gradients[name], lr, self.momentum, decay
            )

    def layer_rate(self, name: str) -> float:
        """The factor of the parameter's layer, or of the innermost nested network with a factor."""
        while name := name.rpartition(".")[0]:
            if name in self.layer_rates:
                return self.layer_rates[name]
        return 1.0

    def moving(self) -> dict[str, Any]:
        """The parameters to update, after making sure that each has a velocity that fits."""
        parameters = self.net.parameters()
        for name in self.layer_rates:
            if not any(key.startswith(f"{name}.") for key in parameters):
                layers = ", ".join(dict.fromkeys(key.rpartition(".")[0] for key in parameters))
                raise ValueError(
                    f"SGD: layer_rates: no layer {name!r} with parameters; there are {layers}"
                )
        learning = self.net.learning() if hasattr(self.net, "learning") else parameters
        moving = {name: array for name, array in learning.items() if self.layer_rate(name) > 0}
        layers = dict(self.net.leaves()) if hasattr(self.net, "leaves") else {}
        owners = {name: layers.get(name.rpartition(".")[0]) for name in moving}
        for name, array in moving.items():
            checks.writable("SGD", name, array)
            old = self.velocity.get(name)
            fits = old is not None and (old.shape, old.dtype) == (array.shape, array.dtype)
            if not fits or self._owners.get(name) is not owners[name]:
                self.velocity[name] = backend.xp.zeros(array.shape, dtype=array.dtype)
        self.velocity = {name: self.velocity[name] for name in moving}
        self._owners = owners
        return moving

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of the velocities as NumPy arrays."""
        self.moving()
        return {name: backend.to_numpy(array).copy() for name, array in self.velocity.items()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copies velocities in. ValueError if names or shapes differ."""
        self.moving()
        if unknown := sorted(state.keys() - self.velocity.keys()):
            raise ValueError(f"the optimizer's state does not fit: unknown {', '.join(unknown)}")
        for name, array in self.velocity.items():
            if name not in state or state[name].shape != array.shape:
                raise ValueError(
                    f"the optimizer's state does not fit: {name} must be {array.shape}"
                )
        for name, array in self.velocity.items():
            array[...] = backend.from_numpy(np.asarray(state[name], dtype=array.dtype))


def check_gradient(name: str, weights, gradients: dict[str, Any]) -> None:
    """ValueError unless the parameter has a gradient of its shape and dtype."""
    gradient = gradients.get(name)
    if gradient is None:
        others = sorted(key for key in gradients if gradients[key] is not None)
        unlike = [key for key in others if key.rpartition(".")[0] == name.rpartition(".")[0]]
        hint = f"; backward left {', '.join(unlike)}" if unlike else "; call net.backward first"
        raise ValueError(f"SGD.step: {name} has no gradient yet{hint}")
    if not is_array(gradient) or (gradient.shape, gradient.dtype) != (weights.shape, weights.dtype):
        raise ValueError(
            f"SGD.step: the gradient of {name} must be {described(weights)}, like the parameter; "
            f"got {described(gradient)}"
        )


class Schedule:
    """The factor on the base rate, as a function of progress: 0 at the start of training, 1 at the
    end. `update` is given each epoch's validation error, which most schedules ignore.
    """

    def __init__(self, factor: Callable[[float], float]) -> None:
        self._factor = factor

    def __call__(self, progress: float) -> float:
        return self._factor(progress)

    def update(self, error: float) -> None:
        """Takes the validation error of an epoch into account."""

    def state_dict(self) -> dict[str, Any]:
        """The state that depends on past errors, as values for JSON."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` returned."""


def constant() -> Schedule:
    """Always the base rate."""
    return Schedule(lambda progress: 1.0)


def steps(count: int = 3, factor: float = 0.1) -> Schedule:
    """`count` drops by `factor` at equal intervals: the paper's three ÷10, at fixed times."""
    if count < 0 or not 0 < factor <= 1:
        raise ValueError(
            "steps: count must be at least 0 and factor above 0, at most 1; "
            f"got {count} and {factor}"
        )
    return Schedule(lambda progress: factor ** min(count, int(progress * (count + 1))))


def dexp(target_factor: float = 250.0, num_steps: int = 4) -> Schedule:
    """cuda-convnet2's `dexp`: `num_steps` equal intervals, from the base rate down to base/target.

    factor_i = target_factor^(−i / (num_steps − 1)): for 250 and 4 steps 1, .159, .0252, .004.
    """
    if num_steps < 2 or not target_factor >= 1:
        raise ValueError(
            "dexp: num_steps must be at least 2 and target_factor at least 1; "
            f"got {num_steps} and {target_factor}"
        )

    def factor(progress: float) -> float:
        i = min(num_steps - 1, int(progress * num_steps))
        return target_factor ** (-i / (num_steps - 1))

    return Schedule(factor)


def one_cycle(warmup: float = 0.2, start: float = 0.1) -> Schedule:
    """Rises linearly from `start` to 1 over the first `warmup` of training, then falls to 0 along
    half a cosine. (The policy of Smith 2018 falls in a line and moves momentum the other way; the
    cosine is fastai's.) ValueError unless 0 ≤ warmup < 1 and 0 ≤ start ≤ 1.
    """
    if not (0 <= warmup < 1 and 0 <= start <= 1):
        raise ValueError(
            "one_cycle: warmup must be at least 0 and below 1, and start between 0 and 1; "
            f"got {warmup} and {start}"
        )

    def factor(progress: float) -> float:
        if progress < warmup:
            return start + (1 - start) * progress / warmup
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - warmup) / (1 - warmup))))

    return Schedule(factor)


class Plateau(Schedule):
    """Section 5: divide the rate by 10 when the validation error stops improving.

    patience: epochs without a new lowest error before a drop; most: how many drops (the paper: 3).
    """

    def __init__(self, patience: int = 2, factor: float = 0.1, most: int = 3) -> None:
        if patience < 1 or most < 0 or not 0 < factor <= 1:
            raise ValueError(
                "Plateau: patience must be at least 1, most at least 0 and factor above 0, at "
                f"most 1; got {patience}, {most} and {factor}"
            )
        self.patience, self.factor, self.most = patience, factor, most
        self.best, self.waited, self.drops = math.inf, 0, 0

    def update(self, error: float) -> None:
        """Takes the validation error of an epoch into account."""
        if error < self.best:
            self.best, self.waited = error, 0
            return
        self.waited += 1
        if self.waited >= self.patience and self.drops < self.most:
            self.drops, self.waited = self.drops + 1, 0

    def __call__(self, progress: float) -> float:
        return self.factor**self.drops

    def state_dict(self) -> dict[str, Any]:
        best = self.best if math.isfinite(self.best) else None  # JSON has no infinity
        return {"best": best, "waited": self.waited, "drops": self.drops}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best = math.inf if state["best"] is None else state["best"]
        self.waited, self.drops = state["waited"], state["drops"]


SCHEDULES = {
    "onecycle": one_cycle,
    "plateau": Plateau,
    "steps": steps,
    "dexp": dexp,
    "constant": constant,
}
