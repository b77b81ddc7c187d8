"""Layers in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinyalex import backend


class Sequential:
    """Named layers, each fed with the one before: y = layer_n(… layer_1(x)).

    layers: [("conv1", Conv2d(…)), ("relu1", ReLU()), …]; any object with the layer contract will
    do, so a student's own layer can stand among ours. `net["conv1"]` is that layer.
    A Sequential keeps the contract itself: it can be differentiated, and checked, as one layer.
    """

    def __init__(self, layers: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in layers]
        if not layers or len(set(names)) != len(names):
            raise ValueError(f"Sequential needs at least one layer and distinct names; got {names}")
        self.layers = list(layers)
        self._by_name = dict(layers)
        self.frozen: frozenset[str] = frozenset()

    def __getitem__(self, name: str):
        if name not in self._by_name:
            raise KeyError(f"no layer {name!r}; there are {', '.join(self._by_name)}")
        return self._by_name[name]

    def __setitem__(self, name: str, layer) -> None:
        """Puts another layer in the place of the one with this name."""
        self[name]
        self._by_name[name] = layer
        self.layers = [(old, layer if old == name else kept) for old, kept in self.layers]

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def freeze(self, names) -> None:
        """Training leaves the parameters of these layers alone.

        Up to the first layer that still learns, forward then keeps nothing, and backward ends
        there: features of a frozen trunk cost as much as in use. (A frozen layer behind it is
        still passed backward; the optimiser's `layer_rates` leave its parameters alone.)
        """
        for name in names:
            self[name]
        self.frozen = frozenset(names)

    def _first_learning(self) -> int:
        """The place of the first layer with parameters that are not frozen; 0 if nothing is."""
        if not self.frozen:
            return 0
        learning = [
            place
            for place, (name, layer) in enumerate(self.layers)
            if getattr(layer, "params", None) and name not in self.frozen
        ]
        if not learning:
            raise ValueError("all layers are frozen: there is nothing to train")
        return learning[0]

    def forward(self, x, training: bool = False):
        first = self._first_learning() if training else 0
        for place, (_, layer) in enumerate(self.layers):
            x = layer.forward(x, training=training)
            if place < first and hasattr(layer, "forget"):
                layer.forget()
        return x

    def predict(self, x):
        """forward for use and not for learning: no layer keeps anything for a backward."""
        for _, layer in self.layers:
            x = layer.forward(x, training=False)
            if hasattr(layer, "forget"):
                layer.forget()
        return x

    def backward(self, dy, input_gradient: bool = True):
        """The chain rule from the last layer to the first. Returns dx.

        input_gradient=False spares the first layer's dx, which training has no use for and which
        costs about as much as its forward pass; the result is then None. Where the first layers
        are frozen it ends at the first that learns.
        """
        first = self._first_learning()
        for place in range(len(self.layers) - 1, first - 1, -1):
            layer = self.layers[place][1]
            ends = place == first and (first or not input_gradient)
            if ends and getattr(layer, "params", None):
                return layer.backward(dy, input_gradient=False)
            dy = layer.backward(dy)
        return dy

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of forward's result for an input of this shape."""
        for _, layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    def parameters(self) -> dict[str, Any]:
        """{"conv1.W": array, …}: the arrays themselves, in the order of the layers."""
        return self._collect("params")

    def gradients(self) -> dict[str, Any]:
        """{"conv1.W": array, …}: the last backward's gradients, with the keys of parameters()."""
        return self._collect("grads")

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all parameters as NumPy arrays, to be saved."""
        return {name: backend.to_numpy(array).copy() for name, array in self.parameters().items()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copies values into the parameters. ValueError, before any change, where one is missing,
        unknown or of another shape."""
        own = self.parameters()
        missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
        if missing or unknown:
            raise ValueError(
                f"weights do not fit: missing {missing or 'none'}, unknown {unknown or 'none'}"
            )
        for name, array in own.items():
            if array.shape != state[name].shape:
                raise ValueError(
                    f"weights do not fit: {name} is {array.shape}, not {state[name].shape}"
                )
        for name, array in own.items():
            array[...] = backend.from_numpy(np.asarray(state[name], dtype=array.dtype))

    def _collect(self, which: str) -> dict[str, Any]:
        return {
            f"{name}.{key}": array
            for name, layer in self.layers
            for key, array in getattr(layer, which, {}).items()
        }
