"""Both modules of kernels offer the same functions; ReLU, the update and new arrays."""

import inspect

import numpy as np
import pytest
from geometries import seeds
from hypothesis import given
from hypothesis import strategies as st
from kernel_helpers import DTYPES, MODULES, SPECIAL, assert_close, assert_same, some, ties

import tinyalex.kernels
from tinyalex.kernels import cpu, reference

pytestmark = pytest.mark.usefixtures("everything_shared_out")


# --- the same names -------------------------------------------------------------------------


def public_functions(module):
    """{name: its parameters and their defaults} of what a module defines or lists in __all__."""
    listed = getattr(module, "__all__", [])
    return {
        name: [(p.name, p.default) for p in inspect.signature(function).parameters.values()]
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name in listed or (function.__module__ == module.__name__ and not name.startswith("_"))
    }


def test_both_modules_offer_the_same_functions():
    assert public_functions(cpu) == public_functions(reference)


def test_the_functions_are_those_that_the_package_lists():
    for name in public_functions(reference):
        assert f"`{name}`" in tinyalex.kernels.__doc__


# --- new arrays -----------------------------------------------------------------------------


@MODULES
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
@pytest.mark.parametrize("shape", [(3,), (2, 0, 4), (70, 30, 50)])
def test_new_arrays(kernels, shape, dtype):
    zeros = kernels.zeros(shape, dtype)
    assert_same(zeros, np.zeros(shape, dtype))
    assert zeros.shape == shape
    empty = kernels.empty(shape, np.dtype(dtype))
    assert (empty.shape, empty.dtype) == (shape, dtype)
    assert not np.shares_memory(zeros, empty)


@MODULES
def test_share_out_keeps_the_order(kernels):
    assert kernels.share_out(lambda part: part**2, range(20)) == [n**2 for n in range(20)]


# --- ReLU -----------------------------------------------------------------------------------


@some
@given(seeds, DTYPES)
def test_relu_equals_the_reference(seed, dtype):
    x = ties((3, 4, 2, 5), seed, dtype, SPECIAL)
    assert_same(cpu.relu(x), reference.relu(x))


@some
@given(seeds, DTYPES)
def test_relu_backward_equals_the_reference(seed, dtype):
    y = reference.relu(ties((3, 4, 2, 5), seed, dtype, SPECIAL))
    dy = ties(y.shape, seed + 1, dtype, SPECIAL)
    with np.errstate(invalid="ignore"):  # inf · 0
        expected = reference.relu_backward(dy, y)
    assert_same(cpu.relu_backward(dy, y), expected)


@MODULES
def test_relu_by_hand(kernels):
    y = kernels.relu(np.array([-2.0, 0, 3, np.nan]))
    assert_same(y, np.array([0, 0, 3, np.nan]))
    assert kernels.relu_backward(np.array([5.0, 6, 7, 8]), y).tolist() == [0, 0, 7, 0]


# --- the update -----------------------------------------------------------------------------


@some
@given(seeds, DTYPES, st.sampled_from([0.0, 5e-4, 0.1]))
def test_sgd_update_equals_the_reference(seed, dtype, decay):
    rng = np.random.default_rng(seed)
    weights, velocity, gradient = rng.normal(size=(3, 4, 5)).astype(dtype)
    results = []
    for kernels in (cpu, reference):
        w, v = weights.copy(), velocity.copy()
        kernels.sgd_update(w, v, gradient, 0.1, 0.9, decay)
        results.append((w, v))
    for ours, expected in zip(*results, strict=True):
        assert_close(ours, expected)


@MODULES
def test_sgd_update_changes_weights_and_velocity_in_place(kernels):
    weights, velocity, gradient = np.array([10.0]), np.array([1.0]), np.array([2.0])
    kernels.sgd_update(weights, velocity, gradient, 0.5, 0.9, 0.01)
    # v = .9 · 1 − .01 · .5 · 10 − .5 · 2 = −.15
    np.testing.assert_allclose(velocity, [-0.15])
    np.testing.assert_allclose(weights, [9.85])
    assert gradient.tolist() == [2]
