"""Max-pooling and average pooling."""

import numpy as np
import pytest
from geometries import geometries
from hypothesis import given
from kernel_helpers import DTYPES, MODULES, SPECIAL, assert_close, assert_same, some, ties

from tinyalex.kernels import cpu, reference
from tinyalex.kernels.windows import position_type

pytestmark = pytest.mark.usefixtures("everything_shared_out")


def output_shape(geometry):
    return geometry.shape[0], *geometry.counts, geometry.shape[3]


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


@some
@given(geometries(pooling=True), DTYPES)
def test_max_pool_backward_equals_the_reference_on_nan_and_infinity(geometry, dtype):
    """A window of nothing but −∞ has no maximum: its gradient goes nowhere outside of the map."""
    x = ties(geometry.shape, geometry.seed, dtype, SPECIAL)
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


@pytest.mark.parametrize(
    ("kernel", "kind"), [((3, 3), "uint8"), ((16, 16), "uint8"), ((1, 257), "uint16")]
)
def test_positions_take_as_little_memory_as_the_window_allows(kernel, kind):
    assert position_type(kernel) == kind


@MODULES
@pytest.mark.parametrize("kernel", [(16, 16), (16, 17), (1, 400)])
def test_the_last_place_of_a_large_window_is_found_again(kernels, kernel):
    x = np.zeros((2, *kernel, 3))
    x[:, -1, -1] = 5
    window = kernel, (1, 1), ((0, 0), (0, 0))
    y, positions = kernels.max_pool(x, *window)
    assert positions.dtype == position_type(kernel)
    assert (positions == kernel[0] * kernel[1] - 1).all()
    assert_same(kernels.max_pool_backward(y, positions, x.shape, *window), x)


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
