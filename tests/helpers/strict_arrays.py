"""A stand-in for CuPy that needs no GPU: an array module that refuses to mix with NumPy's arrays.

`module` looks like an array module (`module.zeros`, `module.exp`, `module.float32`). Its arrays
hold NumPy arrays inside, but touching one together with a plain NumPy array, or turning one into
NumPy's without `.get()`, raises TypeError, just as it would on a GPU. So code that runs on it names
NumPy's arrays nowhere.
"""

from __future__ import annotations

import types

import numpy as np


class StrictArray:
    """An array that meets only its own kind (and plain numbers)."""

    __array_priority__ = 1000
    __hash__ = None

    def __init__(self, inner: np.ndarray) -> None:
        self._inner = inner

    def get(self) -> np.ndarray:
        """The one way out, as in CuPy."""
        return self._inner.copy()

    def __array__(self, *args, **kwargs):
        raise TypeError("a device array was turned into a NumPy array without .get()")

    __array_ufunc__ = None  # NumPy's own operators refuse it, and try ours

    def __getattr__(self, name):
        if name.startswith("__"):  # __array_interface__ would be a way out, too
            raise AttributeError(name)
        value = getattr(self._inner, name)
        if callable(value):
            return lambda *args, **kwargs: _wrap(value(*_open(args), **_open(kwargs)))
        return _wrap(value)

    def __getitem__(self, key):
        return _wrap(self._inner[_open(key)])

    def __setitem__(self, key, value):
        self._inner[_open(key)] = _open(value)

    def __len__(self):
        return len(self._inner)

    def __iter__(self):
        return (_wrap(item) for item in self._inner)

    def __float__(self):
        return float(self._inner)

    def __int__(self):
        return int(self._inner)

    def __bool__(self):
        return bool(self._inner)


def _operator(name, in_place=False):
    def method(self, *others):
        result = getattr(self._inner, name)(*_open(others))
        if result is NotImplemented or not in_place:
            return _wrap(result)
        return self

    return method


_ARITHMETIC = ("add", "sub", "mul", "truediv", "pow", "matmul", "floordiv", "mod", "and", "or")
for _name in _ARITHMETIC:
    for _prefix in ("", "r", "i"):
        setattr(
            StrictArray, f"__{_prefix}{_name}__", _operator(f"__{_prefix}{_name}__", _prefix == "i")
        )
for _name in ("neg", "abs", "invert", "lt", "le", "gt", "ge", "eq", "ne"):
    setattr(StrictArray, f"__{_name}__", _operator(f"__{_name}__"))


def _open(value):
    """The NumPy arrays inside; TypeError for one that came from outside."""
    if isinstance(value, StrictArray):
        return value._inner
    if isinstance(value, np.ndarray):
        raise TypeError("a NumPy array was mixed with a device array")
    if isinstance(value, tuple):
        return tuple(_open(item) for item in value)
    if isinstance(value, list):
        return [_open(item) for item in value]
    if isinstance(value, dict):
        return {key: _open(item) for key, item in value.items()}
    return value


def _wrap(value):
    if isinstance(value, np.ndarray | np.generic):
        return StrictArray(np.asarray(value))
    if isinstance(value, tuple) and any(isinstance(item, np.ndarray) for item in value):
        return tuple(_wrap(item) for item in value)
    return value


class _Module(types.ModuleType):
    def __getattr__(self, name):
        value = getattr(np, name)
        if isinstance(value, type) or not callable(value):
            return value
        return lambda *args, **kwargs: _wrap(value(*_open(args), **_open(kwargs)))


module = _Module("strict_arrays")
# The one way in, as in CuPy.
module.asarray = lambda array: (
    array if isinstance(array, StrictArray) else StrictArray(np.array(array))
)
