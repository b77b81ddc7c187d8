"""im2col, Winograd's tiles and the matrix product for the CPU."""

from __future__ import annotations

from functools import cache

import numpy as np

from tinyalex.kernels import checks, loops, tile_loops
from tinyalex.kernels.cpu_arrays import copy_back, floats, ordered, runs
from tinyalex.kernels.memory import empty
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.kernels.workers import share_out, split, thread_count


@allow_underflow
def matmul(a, b, out=None):
    """See `reference.matmul`. The threads share the result's columns or rows, whichever are more.

    The BLAS library's own threads are not used: see `workers.py`.
    """
    shape = checks.product(a, b, out)
    if out is None:
        out = empty(shape, np.result_type(a, b))
    work = a.shape[-1] * out.size
    parts = 2 * thread_count() if work > 2**22 else 1

    def some_columns(some):
        np.matmul(a, b[..., some], out=out[..., some])

    def some_rows(some):
        np.matmul(a[..., some, :], b, out=out[..., some, :])

    if shape[-1] > shape[-2]:
        share_out(some_columns, split(shape[-1], parts))
    else:
        share_out(some_rows, split(shape[-2], parts))
    return out


def im2col(x, kernel, stride, padding, groups=1):
    """See `reference.im2col`."""
    OH, OW = checks.windows("im2col", x.shape, kernel, stride, padding, groups)
    (x,) = floats("im2col", x=x)
    N, H, W, C = x.shape
    columns = empty((groups, N * OH * OW, kernel[0] * kernel[1] * (C // groups)), x.dtype)
    corner = (padding[0][0], padding[1][0])
    flat = x.reshape(N, H, W * C)

    def some_lines(some):
        ends = some.start, some.stop
        if kernel == stride and groups == 1:
            loops.im2col_side_by_side(flat, columns, C, (OH, OW), kernel, corner, *ends)
        else:
            loops.im2col(flat, columns, C, (OH, OW), kernel, stride, corner, *ends)

    share_out(some_lines, runs(N * OH, columns.size))
    return columns


def col2im(columns, shape, kernel, stride, padding):
    """See `reference.col2im`."""
    N, H, W, C = shape
    _, *counts = checks.columns("col2im", columns, shape, kernel, stride, padding)
    (columns,) = floats("col2im", columns=columns)
    dx = empty((N, H, W * C), columns.dtype)
    corner, counts = (padding[0][0], padding[1][0]), tuple(counts)

    def some_pictures(some):
        loops.col2im(columns, dx, C, counts, kernel, stride, corner, some.start, some.stop)

    share_out(some_pictures, runs(N, dx.size))
    return dx.reshape(shape)


def empty_tiles(points, tiles, channels, dtype):
    """See `reference.empty_tiles`.

    Allocates one row more than requested: if the points were whole pages apart in memory, the
    values of a tile at all points would compete for the same few cache lines.
    """
    return empty((points, tiles + 1, channels), dtype)[:, :tiles]


def gather_tiles(x, matrix, step, corner, counts, group, groups):
    """See `reference.gather_tiles`."""
    checks.tiles("gather_tiles", x, matrix.shape[::-1], step, counts, group, groups)
    (x,) = floats("gather_tiles", x=x)
    C = x.shape[3] // groups
    a, k = matrix.shape
    out = empty_tiles(a * a, len(x) * counts[0] * counts[1], C, x.dtype)
    width = (counts[1] * step + k - step) * C
    buffers = empty((k, width), x.dtype), empty((a, width), x.dtype)
    loop = _loop(tile_loops.gather_with, matrix.tobytes(), matrix.dtype, a, k, step, x.dtype)
    loop(x, group * C, C, corner, counts, _points_and_rows(out), *buffers)
    return out


def scatter_tiles(tiles, matrix, step, corner, counts, group, groups, x, add=True):
    """See `reference.scatter_tiles`."""
    checks.tiles("scatter_tiles", x, matrix.shape, step, counts, group, groups, tiles)
    checks.writable("scatter_tiles", "x", x)
    C = x.shape[3] // groups
    k, a = matrix.shape
    width = counts[1] * C
    laid = ordered(x)
    buffers = empty((k, a, width), laid.dtype), empty((k, width), laid.dtype)
    loop = _loop(tile_loops.scatter_with, matrix.tobytes(), matrix.dtype, k, a, step, laid.dtype)
    loop(_points_and_rows(tiles), laid, group * C, C, corner, counts, *buffers, add)
    copy_back(laid, x)


def _points_and_rows(values):
    """(points, tiles, channels) as the contiguous (points, length) that it is a slice of."""
    row = values.shape[2] * values.itemsize
    if values.strides[1:] != (row, values.itemsize) or values.strides[0] < values.shape[1] * row:
        values = ordered(values)
    length = values.strides[0] // values.itemsize
    strides = (values.strides[0], values.itemsize)
    return np.lib.stride_tricks.as_strided(values, (len(values), length), strides)


@cache
def _loop(loops_with, matrix: bytes, kind, rows: int, columns: int, step: int, dtype):
    """The loop compiled for this matrix, which it contains as a tuple of rows."""
    values = np.frombuffer(matrix, kind).astype(dtype).reshape(rows, columns)
    return loops_with(tuple(map(tuple, values)), step, dtype)
