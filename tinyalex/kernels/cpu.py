"""The kernels for the CPU: the twins of `reference.py`, tested equal to it.

Each function takes its result's memory from `memory.py` and has a loop of `loops.py` or
`tile_loops.py`, compiled by Numba, fill it, the threads of `workers.py` taking a run of pictures
or rows each.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from tinyalex.kernels import loops, reference, tile_loops
from tinyalex.kernels.memory import empty, zeros
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.kernels.windows import position_type, window_counts
from tinyalex.kernels.workers import share_out, split, thread_count

__all__ = ["empty", "share_out", "zeros"]  # and everything below

RUNS = 4  # a thread that is done early takes over some of another's
SHARE = 2**17  # numbers: with fewer, handing them to another thread costs more than it saves


def _runs(length: int, size: int) -> list[slice]:
    """range(length) in slices for the threads, RUNS for each, or fewer for a small array."""
    return split(length, min(RUNS * thread_count(), size // SHARE))


def _each(loop, arrays, *settings) -> None:
    """loop(*arrays, *settings) with the arrays cut along their first axis."""
    runs = _runs(len(arrays[0]), max(a.size for a in arrays))
    share_out(lambda some: loop(*(a[some] for a in arrays), *settings), runs)


@allow_underflow
def matmul(a, b, out=None):
    """See `reference.matmul`. The threads take columns or rows of the result, whichever are more.

    Not left to the BLAS library's own threads: see `workers.py`.
    """
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    if out is None:
        out = empty(shape, a.dtype)
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
    N, H, W, C = x.shape
    OH, OW = window_counts((H, W), kernel, stride, padding)
    columns = empty((groups, N * OH * OW, kernel[0] * kernel[1] * (C // groups)), x.dtype)
    corner = (padding[0][0], padding[1][0])
    flat = np.ascontiguousarray(x).reshape(N, H, W * C)

    def some_lines(some):
        ends = some.start, some.stop
        if kernel == stride and groups == 1:
            loops.im2col_side_by_side(flat, columns, C, (OH, OW), kernel, corner, *ends)
        else:
            loops.im2col(flat, columns, C, (OH, OW), kernel, stride, corner, *ends)

    share_out(some_lines, _runs(N * OH, columns.size))
    return columns


def col2im(columns, shape, kernel, stride, padding):
    """See `reference.col2im`."""
    N, H, W, C = shape
    counts = window_counts((H, W), kernel, stride, padding)
    dx = empty((N, H, W * C), columns.dtype)
    corner = (padding[0][0], padding[1][0])
    columns = np.ascontiguousarray(columns)

    def some_pictures(some):
        loops.col2im(columns, dx, C, counts, kernel, stride, corner, some.start, some.stop)

    share_out(some_pictures, _runs(N, dx.size))
    return dx.reshape(shape)


def empty_tiles(points, tiles, channels, dtype):
    """See `reference.empty_tiles`.

    One row longer than asked for: at a distance of whole pages, the same tile's values at the
    different points would all fall into the same few lines of the cache.
    """
    return empty((points, tiles + 1, channels), dtype)[:, :tiles]


def gather_tiles(x, matrix, step, corner, counts, group, groups):
    """See `reference.gather_tiles`."""
    C = x.shape[3] // groups
    a, k = matrix.shape
    out = empty_tiles(a * a, len(x) * counts[0] * counts[1], C, x.dtype)
    width = (counts[1] * step + k - step) * C
    buffers = empty((k, width), x.dtype), empty((a, width), x.dtype)
    loop = tile_loops.gather_with(_constants(matrix.tobytes(), matrix.shape, x.dtype), step)
    loop(x, group * C, C, corner, counts, _points_and_rows(out), *buffers)
    return out


def scatter_tiles(tiles, matrix, step, corner, counts, group, groups, x, add=True):
    """See `reference.scatter_tiles`."""
    C = x.shape[3] // groups
    k, a = matrix.shape
    width = counts[1] * C
    buffers = empty((k, a, width), x.dtype), empty((k, width), x.dtype)
    loop = tile_loops.scatter_with(_constants(matrix.tobytes(), matrix.shape, x.dtype), step)
    loop(_points_and_rows(tiles), x, group * C, C, corner, counts, *buffers, add)


def _points_and_rows(values):
    """(points, tiles, channels) as the contiguous (points, everything) that it is cut from."""
    length = values.strides[0] // values.itemsize
    strides = (values.strides[0], values.itemsize)
    return np.lib.stride_tricks.as_strided(values, (len(values), length), strides)


@cache
def _constants(matrix: bytes, shape, dtype):
    """A matrix as a tuple of its rows."""
    return tuple(map(tuple, np.frombuffer(matrix, dtype).reshape(shape)))


def relu(x):
    """See `reference.relu`."""
    y = empty(x.shape, x.dtype)
    _each(loops.relu, (np.ascontiguousarray(x).reshape(-1), y.reshape(-1)))
    return y


def relu_backward(dy, y):
    """See `reference.relu_backward`."""
    dx = empty(dy.shape, dy.dtype)
    flat = [np.ascontiguousarray(a).reshape(-1) for a in (dy, y)]
    _each(loops.relu_backward, (*flat, dx.reshape(-1)))
    return dx


def max_pool(x, kernel, stride, padding):
    """See `reference.max_pool`."""
    N, H, W, C = x.shape
    counts = window_counts((H, W), kernel, stride, padding)
    y = empty((N, *counts, C), x.dtype)
    positions = empty(y.shape, position_type(kernel))
    corner = (padding[0][0], padding[1][0])
    _each(loops.max_pool, (np.ascontiguousarray(x), y, positions), kernel, stride, corner)
    return y, positions


def max_pool_backward(dy, positions, shape, kernel, stride, padding):
    """See `reference.max_pool_backward`."""
    dx = empty(shape, dy.dtype)
    corner = (padding[0][0], padding[1][0])
    arrays = (
        np.ascontiguousarray(dy),
        positions,
        dx.reshape(shape[0], shape[1] * shape[2] * shape[3]),
    )
    _each(loops.max_pool_backward, arrays, shape[2], shape[3], kernel, stride, corner)
    return dx


def avg_pool(x, kernel, stride, padding):
    """See `reference.avg_pool`."""
    N, H, W, C = x.shape
    counts = window_counts((H, W), kernel, stride, padding)
    y = empty((N, *counts, C), x.dtype)
    corner = (padding[0][0], padding[1][0])
    share = x.dtype.type(1 / (kernel[0] * kernel[1]))
    _each(loops.avg_pool, (np.ascontiguousarray(x), y), share, kernel, stride, corner)
    return y


def avg_pool_backward(dy, shape, kernel, stride, padding):
    """See `reference.avg_pool_backward`."""
    dx = empty(shape, dy.dtype)
    corner = (padding[0][0], padding[1][0])
    share = dy.dtype.type(1 / (kernel[0] * kernel[1]))
    _each(loops.avg_pool_backward, (np.ascontiguousarray(dy), dx), share, kernel, stride, corner)
    return dx


def response_norm(x, size, alpha, beta, k, axes=(3,), groups=1):
    """See `reference.response_norm`, which also serves the windows within a channel."""
    if axes != (3,):
        return reference.response_norm(x, size, alpha, beta, k, axes, groups)
    rows = np.ascontiguousarray(x).reshape(-1, x.shape[3] // groups)
    y = empty(rows.shape, x.dtype)
    _each(loops.response_norm, (rows, y), size, *map(x.dtype.type, (alpha, beta, k)))
    return y.reshape(x.shape)


def response_norm_backward(dy, x, size, alpha, beta, k, axes=(3,), groups=1):
    """See `reference.response_norm_backward`."""
    if axes != (3,):
        return reference.response_norm_backward(dy, x, size, alpha, beta, k, axes, groups)
    rows = [np.ascontiguousarray(a).reshape(-1, x.shape[3] // groups) for a in (dy, x)]
    dx = empty(rows[0].shape, x.dtype)
    _each(loops.response_norm_backward, (*rows, dx), size, *map(x.dtype.type, (alpha, beta, k)))
    return dx.reshape(x.shape)


def sgd_update(weights, velocity, gradient, learning_rate, momentum, weight_decay):
    """See `reference.sgd_update`."""
    rates = map(weights.dtype.type, (learning_rate, momentum, weight_decay))
    # reshape(-1) of these is a view: both are contiguous, as the optimiser made them.
    flat = (weights.reshape(-1), velocity.reshape(-1), np.ascontiguousarray(gradient).reshape(-1))
    _each(loops.sgd_update, flat, *rates)
