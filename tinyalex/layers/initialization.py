"""Initial weights and biases."""

from __future__ import annotations

import math

import numpy as np

from tinyalex import backend
from tinyalex.layers.base import FLOATS


def initial_weights(shape: tuple[int, ...], fan_in: int, scheme, rng, dtype):
    """Initial weights, as an array of the backend.

    scheme: "he", Gaussian with σ = √(2 / fan_in), which keeps the signal's size through a ReLU
            (He et al. 2015); "uniform" in ±1/√fan_in, PyTorch's default; "zeros"; or a number, the
            σ of a Gaussian (the paper's .01, section 5).
    fan_in: how many inputs one output sums. dtype: float32 or float64.
    """
    dtype = _checked(dtype)
    if scheme == "zeros":
        return backend.xp.zeros(shape, dtype=dtype)
    rng = np.random.default_rng() if rng is None else rng
    if scheme == "uniform":
        bound = 1 / math.sqrt(fan_in)
        return backend.from_numpy(rng.uniform(-bound, bound, shape).astype(dtype))
    if scheme == "he":
        scheme = math.sqrt(2 / fan_in)
    if isinstance(scheme, bool) or not isinstance(scheme, int | float) or scheme < 0:
        raise ValueError(f"initialization must be 'he', 'uniform', 'zeros' or a σ; got {scheme!r}")
    values = rng.standard_normal(shape, dtype=dtype)
    values *= values.dtype.type(scheme)
    return backend.from_numpy(values)


def initial_bias(size: int, fan_in: int, scheme, rng, dtype):
    """Biases: a number for all of them, or "uniform" in ±1/√fan_in (PyTorch's default)."""
    if scheme == "uniform":
        return initial_weights((size,), fan_in, "uniform", rng, dtype)
    return backend.xp.full((size,), scheme, dtype=_checked(dtype))


def _checked(dtype) -> np.dtype:
    """Returns the dtype. ValueError unless it is float32 or float64."""
    try:
        given = None if dtype is None else np.dtype(dtype)  # np.dtype(None) would be float64
    except TypeError:
        given = None
    if given is None or given not in [np.dtype(name) for name in FLOATS]:
        name = repr(dtype) if given is None else given
        raise ValueError(f"dtype must be 'float32' or 'float64'; got {name}")
    return given
