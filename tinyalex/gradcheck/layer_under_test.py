"""The layer under test, as a function of its input and parameters."""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.gradcheck.randomness import FrozenRandomness
from tinyalex.gradcheck.state import State


class Variable:
    """The input or a parameter: an array whose entries the check moves and puts back."""

    def __init__(self, name: str, gradient: str, array, convert) -> None:
        self.name, self.gradient = name, gradient
        self.array, self._convert = array, convert
        self.original = backend.to_numpy(array).copy()

    def set(self, where, values) -> None:
        """Writes entries in place, so that whoever else holds the array sees them."""
        self.array[where] = float(values) if np.ndim(values) == 0 else self._convert(values)

    def get(self) -> np.ndarray:
        return backend.to_numpy(self.array)

    def restore(self) -> None:
        self.set(..., self.original)

    @property
    def changed(self) -> bool:
        """Whether the bytes differ from the start's."""
        return self.get().tobytes() != self.original.tobytes()


class LayerUnderTest:
    """A layer, net or loss at a point. As a context manager it leaves everything as it was.

    variables: the input first, then every parameter.
    """

    def __init__(self, layer, x: np.ndarray, labels, training: bool) -> None:
        self.layer, self.labels, self.training = layer, labels, training
        self.labels_in_use = None if labels is None else backend.from_numpy(labels.copy())
        self.name = type(layer).__name__
        self.forwards = 0
        parameters = self.parameters()
        check_float64(self.name, x, parameters)
        self.input = Variable("x", "dx" if labels is None else "dlogits", x, np.asarray)
        self.variables = [self.input]
        for key, array in parameters.items():
            self.variables.append(Variable(key, gradient_name(key), array, backend.from_numpy))
        self.randomness = FrozenRandomness(layer)
        self._state = State(layer, [variable.array for variable in self.variables])

    def __enter__(self) -> LayerUnderTest:
        return self

    def __exit__(self, *_) -> None:
        for variable in self.variables:
            variable.restore()
        self._state.restore()
        self.randomness.rewind()

    def parameters(self) -> dict:
        return self._dict("parameters", "params")

    def gradients(self) -> dict:
        return self._dict("gradients", "grads")

    def _dict(self, method: str, attribute: str) -> dict:
        """A net's method (names with dots) or a layer's attribute; empty where there is neither."""
        if callable(getattr(self.layer, method, None)):
            return getattr(self.layer, method)()
        return getattr(self.layer, attribute, None) or {}

    def run_forward(self, x):
        """The layer's own forward on an array of the backend; what it returns is its own."""
        self.randomness.rewind()
        self.forwards += 1
        if self.labels is not None:
            return self.layer.forward(x, self.labels_in_use)
        return self.layer.forward(x, training=True) if self.training else self.layer.forward(x)

    def run_backward(self, dy):
        return self.layer.backward() if self.labels is not None else self.layer.backward(dy)

    def output(self) -> np.ndarray:
        """y at the point where the variables stand now; a loss is an array of no dimensions."""
        y = self.run_forward(backend.from_numpy(self.input.get().copy()))
        return np.array(backend.to_numpy(y))  # a copy: y may be a view of x, or a reused buffer

    def analytic(self, dy: np.ndarray) -> dict[str, np.ndarray]:
        """Every gradient that backward gives here, by the variable's name."""
        self.output()
        dx = self.run_backward(backend.from_numpy(dy.copy()))
        gradients = {self.input.name: dx, **self.gradients()}
        return {key: np.array(backend.to_numpy(array)) for key, array in gradients.items()}


def gradient_name(key: str) -> str:
    """W → dW, conv1.W → conv1.dW."""
    before, dot, last = key.rpartition(".")
    return f"{before}{dot}d{last}"


def check_float64(name: str, x: np.ndarray, parameters: dict) -> None:
    """ValueError unless all are float64 arrays of finite numbers, and x is not empty."""
    if x.size == 0:
        raise ValueError(
            f"{name}: x is empty, of shape {x.shape}, so there is nothing to check: give it at "
            "least one number"
        )
    if x.dtype != np.float64:
        raise ValueError(
            f"check_gradients needs float64, and x is {x.dtype}, in which finite differences have "
            'no correct digits left: pass x.astype("float64")'
        )
    for key, array in {"x": x, **parameters}.items():
        if not hasattr(array, "dtype") or not hasattr(array, "shape"):
            raise ValueError(f"{name}: parameter {key} must be an array; got {type(array)}")
        if array.dtype != np.float64:
            raise ValueError(
                f"check_gradients needs float64, and parameter {key} of {name} is {array.dtype}, "
                "in which finite differences have no correct digits left: build the layer with "
                f'dtype="float64", or convert it first: layer.params[{key!r}].astype("float64")'
            )
        if not np.isfinite(backend.to_numpy(array)).all():
            raise ValueError(f"{name}: {key} holds NaN or infinity: give the check finite numbers")
