"""tinyalex's steps, as the train and predict commands run them, and each layer's time."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from tinyalex import backend
from tinyalex.benchmark.cases import Case
from tinyalex.benchmark.network import build_network
from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.models import Sequential
from tinyalex.optim import SGD
from tinyalex.support.process import prepare_for_training

RECIPE = {"lr": 0.005, "momentum": 0.9, "weight_decay": 5e-4}


class Ours:
    """A tinyalex network and a batch: `step()` trains on the batch, or predicts it, once."""

    def __init__(self, case: Case) -> None:
        if backend.current_backend() == "cupy":
            raise ValueError("bench times the CPU: unset TINYALEX_BACKEND or set it to numba")
        prepare_for_training()
        rng = np.random.default_rng(1)
        self.case = case
        self.net = build_network(case)
        self.x = rng.standard_normal(case.input_shape, dtype="float32")
        self.labels = rng.integers(0, 1000, case.batch)
        self.loss = SoftmaxCrossEntropy() if case.image_size is None else MeanOfMaps()
        self.optimizer = SGD(self.net, **RECIPE) if case.mode == "train" else None
        self._updates: dict[str, SGD] = {}

    def step(self) -> None:
        if self.optimizer is None:
            self.net.predict(self.x)
            return
        self.loss.forward(self.net.forward(self.x, training=True), self.labels)
        self.net.backward(self.loss.backward(), input_gradient=False)
        self.optimizer.step()

    def layer_times(self) -> dict[str, dict[str, float]]:
        """One training step, layer by layer: {"conv1": {"forward": seconds, …}, …, "loss": …}."""
        if not self._updates:
            self._updates = {
                name: SGD(Sequential([(name, layer)]), **RECIPE)
                for name, layer in self.net
                if layer.params
            }
        times: dict[str, dict[str, float]] = {name: {} for name, _ in self.net}
        y = self.x
        for name, layer in self.net:
            y, times[name]["forward"] = timed(layer.forward, y, training=True)
        _, forward = timed(self.loss.forward, y, self.labels)
        dy, backward = timed(self.loss.backward)
        first = self.net.layers[0][0]
        for name, layer in reversed(self.net.layers):
            options = {"input_gradient": False} if name == first else {}
            dy, times[name]["backward"] = timed(layer.backward, dy, **options)
        for name, optimizer in self._updates.items():
            _, times[name]["update"] = timed(optimizer.step)
        return {**times, "loss": {"forward": forward, "backward": backward}}


class MeanOfMaps:
    """The mean of all outputs: a stand-in loss for conv1 to pool5, which have no class outputs."""

    def forward(self, y, labels) -> float:
        self._shape = y.shape
        return float(y.mean())

    def backward(self):
        return np.full(self._shape, 1 / np.prod(self._shape), dtype="float32")


def timed(call: Callable, *arguments, **options):
    """The call's result, and how many seconds it took."""
    started = time.perf_counter()
    result = call(*arguments, **options)
    return result, time.perf_counter() - started
