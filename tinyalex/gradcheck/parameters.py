"""The arrays that a check moves: inputs, and parameters wherever a layer keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tinyalex import backend

NUMBERS = (float, np.floating)


@dataclass
class Place:
    """One parameter or gradient: its name, and the container and key where it is."""

    name: str
    container: object
    key: object

    @property
    def value(self):
        return self.container[self.key]


def places(values, prefix: str = "") -> Iterator[Place]:
    """All that is in a dict or list, nested ones too: "W", "in.W", "[0]"."""
    if isinstance(values, dict):
        named = [(f"{prefix}.{key}" if prefix else str(key), key) for key in values]
    else:
        named = [(f"{prefix}[{key}]", key) for key in range(len(values))]
    for name, key in named:
        if isinstance(values[key], dict | list | tuple):
            yield from places(values[key], name)
        else:
            yield Place(name, values, key)


def gradient_name(key: str) -> str:
    """W → dW, conv1.W → conv1.dW, [0] → grads[0]."""
    if key.startswith("["):
        return f"grads{key}"
    before, dot, last = key.rpartition(".")
    return f"{before}{dot}d{last}"


class Variable:
    """The input or a parameter: an array whose entries the check moves and puts back.

    place: where a parameter must be stored again after every change, because it is a number. It
    may also be read-only: then it is made writable for the time of the check.
    """

    def __init__(self, name: str, gradient: str, value, convert, place: Place | None = None):
        self.name, self.gradient, self.value = name, gradient, value
        self.is_number = isinstance(value, NUMBERS)
        self.array = np.array(value, dtype=np.float64) if self.is_number else value
        self.read_only = not getattr(getattr(self.array, "flags", None), "writeable", True)
        self.others: list[tuple[str, bool]] = []  # further names of the same array; transposed?
        self._convert, self._place = convert, place
        if self.read_only:
            self._unlock()
        self.original = backend.to_numpy(self.array).copy()

    def _unlock(self) -> None:
        try:
            self.array.flags.writeable = True
        except ValueError:  # it belongs to something that is read-only itself
            self.array = self.array.copy()
            self._store(self.array)

    def _store(self, value) -> None:
        if self._place is not None:
            self._place.container[self._place.key] = value

    def set(self, where, values) -> None:
        """Writes entries in place, so that whoever else holds the array sees them."""
        self.array[where] = float(values) if np.ndim(values) == 0 else self._convert(values)
        if self.is_number:
            self._store(type(self.value)(self.array))

    def get(self) -> np.ndarray:
        return backend.to_numpy(self.array)

    def restore(self) -> None:
        self.set(..., self.original)
        if self.is_number or self.array is not self.value:
            self._store(self.value)
        elif self.read_only:
            self.array.flags.writeable = False

    @property
    def changed(self) -> bool:
        """Whether the bytes differ from the start's."""
        return self.get().tobytes() != self.original.tobytes()

    def is_also(self, array) -> bool | None:
        """Whether an array is this one (False), or this one transposed (True); else None."""
        if array is self.value:
            return False
        if not isinstance(array, np.ndarray) or not isinstance(self.value, np.ndarray):
            return None
        for transposed, other in ((False, array), (True, array.T)):
            same = self.value.__array_interface__["data"] == other.__array_interface__["data"]
            if same and (other.shape, other.strides) == (self.value.shape, self.value.strides):
                return transposed and array.ndim > 1
        return None

    def combined(self, gradients: dict, added: bool) -> np.ndarray:
        """The gradient of an array of several names: their sum, or the one that all of them say."""
        first = gradients[self.name]
        rest = [gradients[name].T if turned else gradients[name] for name, turned in self.others]
        return sum(rest, start=first) if added else first


def is_judged(value) -> bool:
    """Whether a parameter can have a gradient: whole numbers and truth values cannot."""
    if value is None or isinstance(value, NUMBERS):
        return value is not None
    return (
        not isinstance(value, bool | int) and getattr(value, "dtype", np.dtype("f8")).kind in "fcO"
    )


def check_parameter(owner: str, place: Place) -> None:
    """ValueError unless it is a float64 array, or a number, and finite."""
    value, key = place.value, place.name
    if isinstance(value, NUMBERS) and not isinstance(value, np.floating):
        value = np.float64(value)
    if not hasattr(value, "dtype") or not hasattr(value, "shape"):
        raise ValueError(
            f"{owner}: parameter {key} must be an array; got {type(value)}: keep it out of params"
        )
    if value.dtype != np.float64:
        raise ValueError(
            f"check_gradients needs float64, and parameter {key} of {owner} is {value.dtype}, "
            "in which finite differences have no correct digits left: build the layer with "
            f'dtype="float64", or convert it first: layer.params[{key!r}].astype("float64")'
        )
    if not np.isfinite(backend.to_numpy(value)).all():
        raise ValueError(f"{owner}: {key} holds NaN or infinity: give the check finite numbers")
    if isinstance(place.value, NUMBERS) and isinstance(place.container, tuple):
        raise ValueError(f"{owner}: parameter {key} is in a tuple: use a list or a dict")
