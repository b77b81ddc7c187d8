"""A network as a sequence of named layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from tinyalex import backend
from tinyalex.kernels import checks
from tinyalex.layers.base import transpose_hint
from tinyalex.models.layer_checks import check_layers, takes


class Sequential:
    """Named layers, each applied to the output of the one before: y = layer_n(… layer_1(x)).

    layers: [("conv1", Conv2d(…)), ("relu1", ReLU()), …]. Any object with a layer's methods will do,
    such as a student's own layer or another Sequential. A nested Sequential is trained, saved,
    frozen and checked like a single layer.
    `net["conv1"]` is the layer of that name, `net["trunk.conv1"]` a layer in a nested Sequential.
    ValueError if a layer or its name is not valid.
    """

    def __init__(self, layers: list[tuple[str, Any]]) -> None:
        self.layers = self._checked(layers)
        self._frozen: frozenset[str] = frozenset()

    @staticmethod
    def _checked(layers) -> list[tuple[str, Any]]:
        pairs = check_layers(layers)
        seen: dict[int, str] = {}
        for name, layer in pairs:
            for own, leaf in layer.leaves() if _is_a_row(layer) else [("", layer)]:
                full = f"{name}.{own}" if own else name
                if id(leaf) in seen:
                    raise ValueError(
                        f"Sequential: {seen[id(leaf)]} and {full} are the same "
                        f"{type(leaf).__name__} object, which can keep the values of only one "
                        "forward: make an object for each"
                    )
                seen[id(leaf)] = full
        return pairs

    def __getitem__(self, name: str):
        first, _, rest = str(name).partition(".")
        for own, layer in self.layers:
            if own == first:
                return layer[rest] if rest else layer
        known = ", ".join(own for own, _ in self.layers)
        raise KeyError(f"no layer {name!r}; there are {known}")

    def __setitem__(self, name: str, layer) -> None:
        """Replaces the layer of this name."""
        self[name]
        first, _, rest = name.partition(".")
        if rest:
            self[first][rest] = layer
        changed = [(own, layer if own == name else kept) for own, kept in self.layers]
        self.layers = self._checked(changed)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def leaves(self) -> list[tuple[str, Any]]:
        """All layers, with nested Sequentials expanded: ("trunk.conv1", Conv2d)."""
        found = []
        for name, layer in self.layers:
            inner = layer.leaves() if _is_a_row(layer) else [("", layer)]
            found += [(f"{name}.{own}" if own else name, leaf) for own, leaf in inner]
        return found

    @property
    def frozen(self) -> frozenset[str]:
        """The names of the frozen layers, including those frozen within nested networks."""
        inner = {
            f"{name}.{own}" for name, layer in self.layers for own in getattr(layer, "frozen", ())
        }
        return self._frozen | inner

    def freeze(self, names: Iterable[str]) -> None:
        """Freezes the parameters of these layers; all others learn.

        The name of a nested Sequential freezes all of it. Below the first layer that learns,
        forward keeps nothing and backward does not run, so a frozen trunk costs no more than in
        inference. Backward still runs through frozen layers above it. ValueError for an unknown
        name.
        """
        names = [names] if isinstance(names, str) else list(names)
        known = [name for name, _ in self.leaves()]
        places = [f"{place}." for place in [*known, *self.parameters()]]
        for name in names:
            if not any(place.startswith(f"{name}.") for place in places):
                raise ValueError(f"freeze: no layer {name!r}; there are {', '.join(known)}")
        for _, layer in self.layers:
            if hasattr(layer, "frozen") and hasattr(layer, "freeze"):
                layer.freeze([])
        self._frozen = frozenset(names)

    def _first_learning(self, leaves) -> int:
        """The index of the first leaf with a parameter that is not frozen; 0 if there is none."""
        if not self.frozen:
            return 0
        learning = self.learning()
        for place, (name, _) in enumerate(leaves):
            if any(key.startswith(f"{name}.") for key in learning):
                return place
        return 0

    def learning(self) -> dict[str, Any]:
        """The parameters that training may change: those that are not frozen."""
        return {
            key: array
            for key, array in self.parameters().items()
            if not any(key.startswith(f"{name}.") for name in self.frozen)
        }

    def forward(self, x, training: bool = False):
        leaves = self.leaves()
        first = self._first_learning(leaves) if training else 0
        for place, (_, layer) in enumerate(leaves):
            x = layer.forward(x, training=training)
            if place < first and hasattr(layer, "forget"):
                layer.forget()
        return x

    def predict(self, x):
        """forward for inference: no layer keeps anything for a backward."""
        for _, layer in self.leaves():
            x = layer.forward(x, training=False)
            if hasattr(layer, "forget"):
                layer.forget()
        return x

    def forget(self) -> None:
        """Drops what forward kept, in every layer."""
        for _, layer in self.leaves():
            if hasattr(layer, "forget"):
                layer.forget()

    def backward(self, dy, input_gradient: bool = True):
        """The chain rule from the last layer to the first. Returns dx.

        input_gradient=False skips the first layer's dx, which training does not need and which
        costs about as much as its forward pass; the result is then None. If the first layers are
        frozen, backward ends at the first that learns.
        """
        leaves = self.leaves()
        first = self._first_learning(leaves)
        for place in range(len(leaves) - 1, first - 1, -1):
            layer = leaves[place][1]
            if place == first and (first or not input_gradient):
                if takes(layer.backward, "input_gradient"):
                    return layer.backward(dy, input_gradient=False)
                layer.backward(dy)
                return None
            dy = layer.backward(dy)
        return dy

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of forward's result for an input of this shape."""
        for _, layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    def parameters(self) -> dict[str, Any]:
        """{"conv1.W": array, …}: the arrays themselves, in the order of the layers."""
        return self._collect("parameters", "params")

    def gradients(self) -> dict[str, Any]:
        """{"conv1.W": array, …}: the last backward's gradients, with the keys of parameters()."""
        return self._collect("gradients", "grads")

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all parameters as NumPy arrays, for saving."""
        return {name: backend.to_numpy(array).copy() for name, array in self.parameters().items()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copies values into the parameters. ValueError, before any change, if a name is missing or
        unknown, a shape differs, or a parameter is read-only."""
        own = self.parameters()
        missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
        if missing or unknown:
            raise ValueError(
                f"weights do not fit: missing {missing or 'none'}, unknown {unknown or 'none'}"
            )
        for name, array in own.items():
            checks.writable("load_state_dict", name, array)
            shape = np.shape(state[name])
            if array.shape != shape:
                hint = transpose_hint(state[name], array.shape, name)
                raise ValueError(f"weights do not fit: {name} is {array.shape}, not {shape}{hint}")
        for name, array in own.items():
            array[...] = backend.from_numpy(np.asarray(state[name], dtype=array.dtype))

    def _collect(self, method: str, attribute: str) -> dict[str, Any]:
        """Collects all layers' arrays, from a nested network's method or a layer's attribute."""
        found = {}
        for name, layer in self.layers:
            nested = getattr(layer, method, None)
            own = nested() if callable(nested) else getattr(layer, attribute, None) or {}
            found |= {f"{name}.{key}": array for key, array in own.items()}
        return found


def _is_a_row(layer) -> bool:
    """Whether the layer is a Sequential that does not override forward or backward."""
    kind = type(layer)
    return (
        isinstance(layer, Sequential)
        and kind.forward is Sequential.forward
        and kind.backward is Sequential.backward
    )
