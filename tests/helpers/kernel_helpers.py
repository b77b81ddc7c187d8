"""What the kernels' tests share: both modules, tolerances, arrays with ties."""

import numpy as np
import pytest
from geometries import drawn
from hypothesis import settings
from hypothesis import strategies as st

from tinyalex.kernels import cpu, reference

MODULES = pytest.mark.parametrize("kernels", [cpu, reference], ids=["cpu", "reference"])
DTYPES = st.sampled_from(["float32", "float64"])
some = settings(drawn, max_examples=25)

SPECIAL = (-np.inf, -1.5, -0.0, 0.0, 1e-40, 2.5, np.inf, np.nan)

# Sums are taken in another order: a few roundings of the largest value.
TOLERANCE = {"float32": 2e-6, "float64": 1e-14}


def assert_close(ours, expected):
    """Same shape and dtype, and equal to within some roundings of the largest value."""
    assert ours.shape == expected.shape
    assert ours.dtype == expected.dtype
    largest = np.abs(expected).max(initial=0)
    atol = TOLERANCE[expected.dtype.name] * max(largest, 1e-30)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=atol)


def assert_same(ours, expected):
    """Same shape, dtype and values; NaN equals NaN."""
    assert ours.dtype == expected.dtype
    np.testing.assert_array_equal(ours, expected)


def ties(shape, seed, dtype, values=(-2, -1, 0, 1, 2)):
    """An array in which most values occur several times."""
    return np.random.default_rng(seed).choice(np.array(values, dtype=dtype), size=shape)
