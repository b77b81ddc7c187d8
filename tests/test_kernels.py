"""The compiled kernels equal the readable ones, and both do what their names say."""

import inspect

import numpy as np
import pytest
from geometries import drawn, geometries, norms, seeds
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyalex.kernels import cpu, reference

MODULES = pytest.mark.parametrize("kernels", [cpu, reference], ids=["cpu", "reference"])
DTYPES = st.sampled_from(["float32", "float64"])
some = settings(drawn, max_examples=25)

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


def column_shape(geometry):
    N, _, _, C = geometry.shape
    OH, OW = geometry.counts
    KH, KW = geometry.kernel
    return geometry.groups, N * OH * OW, KH * KW * (C // geometry.groups)


def output_shape(geometry):
    return geometry.shape[0], *geometry.counts, geometry.shape[3]


def ties(shape, seed, dtype, values=(-2, -1, 0, 1, 2)):
    """An array in which most values occur several times."""
    return np.random.default_rng(seed).choice(np.array(values, dtype=dtype), size=shape)


# --- the same names -------------------------------------------------------------------------


def public_functions(module):
    return {
        name: str(inspect.signature(function))
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def test_both_modules_offer_the_same_functions():
    assert public_functions(cpu) == public_functions(reference)


def test_the_functions_are_those_that_the_package_lists():
    import tinyalex.kernels

    for name in public_functions(reference):
        assert f"`{name}`" in tinyalex.kernels.__doc__


# --- windows as rows ------------------------------------------------------------------------


@some
@given(geometries(), DTYPES)
def test_im2col_equals_the_reference(geometry, dtype):
    x = geometry.array(dtype=dtype)
    expected = reference.im2col(x, *geometry.window, geometry.groups)
    assert expected.shape == column_shape(geometry)
    assert_same(cpu.im2col(x, *geometry.window, geometry.groups), expected)


@some
@given(geometries(), DTYPES)
def test_col2im_equals_the_reference(geometry, dtype):
    columns = geometry.array(column_shape(geometry), dtype)
    expected = reference.col2im(columns, geometry.shape, *geometry.window)
    assert expected.shape == geometry.shape
    assert_close(cpu.col2im(columns, geometry.shape, *geometry.window), expected)


@MODULES
@some
@given(geometry=geometries())
def test_col2im_is_the_transpose_of_im2col(kernels, geometry):
    x = geometry.array()
    columns = geometry.array(column_shape(geometry))
    there = (kernels.im2col(x, *geometry.window, geometry.groups) * columns).sum()
    back = (x * kernels.col2im(columns, geometry.shape, *geometry.window)).sum()
    assert there == pytest.approx(back, rel=1e-9, abs=1e-9)


@MODULES
@some
@given(geometry=geometries())
def test_col2im_of_im2col_multiplies_each_pixel_by_its_number_of_windows(kernels, geometry):
    H, W = geometry.shape[1:3]
    (top, bottom), (left, right) = geometry.padding
    count = np.zeros((H + top + bottom, W + left + right))
    for oh in range(geometry.counts[0]):
        for ow in range(geometry.counts[1]):
            h, w = oh * geometry.stride[0], ow * geometry.stride[1]
            count[h : h + geometry.kernel[0], w : w + geometry.kernel[1]] += 1
    count = count[top : top + H, left : left + W].reshape(1, H, W, 1)
    x = geometry.array()
    columns = kernels.im2col(x, *geometry.window, geometry.groups)
    assert_close(kernels.col2im(columns, geometry.shape, *geometry.window), count * x)


@MODULES
def test_im2col_by_hand(kernels):
    x = np.arange(1.0, 10).reshape(1, 3, 3, 1)
    columns = kernels.im2col(x, (2, 2), (1, 1), ((0, 0), (0, 0)))
    assert columns.tolist() == [[[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]]]


@MODULES
def test_im2col_splits_channels_into_groups(kernels):
    x = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]]).reshape(1, 1, 2, 4)
    columns = kernels.im2col(x, (1, 2), (1, 1), ((0, 0), (0, 0)), 2)
    assert columns.tolist() == [[[1, 2, 5, 6]], [[3, 4, 7, 8]]]


# --- ReLU -----------------------------------------------------------------------------------

SPECIAL = (-np.inf, -1.5, -0.0, 0.0, 1e-40, 2.5, np.inf, np.nan)


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


# --- max-pooling ----------------------------------------------------------------------------


def same_pooling(x, window):
    y, positions = cpu.max_pool(x, *window)
    expected, expected_positions = reference.max_pool(x, *window)
    assert_same(y, expected)
    assert_same(positions, expected_positions)


@some
@given(geometries(pooling=True), DTYPES)
def test_max_pool_equals_the_reference(geometry, dtype):
    same_pooling(geometry.array(dtype=dtype), geometry.window)


@some
@given(geometries(pooling=True), DTYPES)
def test_max_pool_equals_the_reference_on_ties(geometry, dtype):
    same_pooling(ties(geometry.shape, geometry.seed, dtype), geometry.window)


@some
@given(geometries(pooling=True), DTYPES)
def test_max_pool_equals_the_reference_on_nan_and_infinity(geometry, dtype):
    same_pooling(ties(geometry.shape, geometry.seed, dtype, SPECIAL), geometry.window)


@some
@given(geometries(pooling=True), DTYPES)
def test_max_pool_backward_equals_the_reference(geometry, dtype):
    x = ties(geometry.shape, geometry.seed, dtype)
    _, positions = reference.max_pool(x, *geometry.window)
    dy = geometry.array(output_shape(geometry), dtype)
    arguments = dy, positions, geometry.shape, *geometry.window
    assert_close(cpu.max_pool_backward(*arguments), reference.max_pool_backward(*arguments))


@MODULES
def test_of_equal_values_the_first_wins(kernels):
    x = np.array([[1.0, 7, 7], [7, 7, 1]]).reshape(1, 2, 3, 1)
    _, positions = kernels.max_pool(x, (2, 3), (1, 1), ((0, 0), (0, 0)))
    assert positions.item() == 1


@MODULES
def test_max_pool_keeps_a_nan_visible(kernels):
    x = np.array([1.0, np.nan, 9, 2, 3, 4]).reshape(1, 1, 6, 1)
    y, positions = kernels.max_pool(x, (1, 3), (1, 3), ((0, 0), (0, 0)))
    assert_same(y.ravel(), np.array([np.nan, 4]))
    assert positions.ravel().tolist() == [1, 2]


@MODULES
def test_max_pool_counts_padding_as_less_than_any_number(kernels):
    x = np.full((1, 1, 1, 1), -5.0)
    y, positions = kernels.max_pool(x, (2, 2), (1, 1), ((1, 0), (1, 0)))
    assert (y.item(), positions.item()) == (-5, 3)


# --- average pooling ------------------------------------------------------------------------


@some
@given(geometries(pooling=True), DTYPES)
def test_avg_pool_equals_the_reference(geometry, dtype):
    x = geometry.array(dtype=dtype)
    assert_close(cpu.avg_pool(x, *geometry.window), reference.avg_pool(x, *geometry.window))


@some
@given(geometries(pooling=True), DTYPES)
def test_avg_pool_backward_equals_the_reference(geometry, dtype):
    dy = geometry.array(output_shape(geometry), dtype)
    arguments = dy, geometry.shape, *geometry.window
    assert_close(cpu.avg_pool_backward(*arguments), reference.avg_pool_backward(*arguments))


# --- response normalization -----------------------------------------------------------------

AXES = st.sampled_from([(3,), (3,), (1, 2)])


@some
@given(norms(), AXES, DTYPES)
def test_response_norm_equals_the_reference(norm, axes, dtype):
    arguments = norm.array(dtype), norm.size, norm.alpha, norm.beta, norm.k, axes, norm.groups
    y, d = cpu.response_norm(*arguments)
    expected_y, expected_d = reference.response_norm(*arguments)
    assert_close(y, expected_y)
    assert_close(d, expected_d)


@some
@given(norms(), AXES, DTYPES)
def test_response_norm_backward_equals_the_reference(norm, axes, dtype):
    x, dy = norm.array(dtype), norm.array(dtype, offset=1)
    constants = norm.size, norm.alpha, norm.beta
    _, d = reference.response_norm(x, *constants, norm.k, axes, norm.groups)
    arguments = dy, x, d, *constants, axes, norm.groups
    ours = cpu.response_norm_backward(*arguments)
    assert_close(ours, reference.response_norm_backward(*arguments))


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
