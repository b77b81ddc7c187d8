"""Windows as matrix rows (im2col), and the transpose of that map (col2im)."""

import numpy as np
import pytest
from geometries import geometries
from hypothesis import given
from kernel_helpers import DTYPES, MODULES, assert_close, assert_same, some

from tinyalex.kernels import cpu, reference

pytestmark = pytest.mark.usefixtures("everything_shared_out")


def column_shape(geometry):
    N, _, _, C = geometry.shape
    OH, OW = geometry.counts
    KH, KW = geometry.kernel
    return geometry.groups, N * OH * OW, KH * KW * (C // geometry.groups)


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
