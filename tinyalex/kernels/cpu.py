"""The kernels for the CPU. Tests compare them with `reference.py`.

Each function gets memory for its result from `memory.py` and fills it with a loop from `loops.py`
or `tile_loops.py`, which Numba compiles. The threads of `workers.py` each take a run of pictures or
rows.
"""

from __future__ import annotations

from tinyalex.kernels import checks, loops, reference
from tinyalex.kernels.cpu_arrays import copy_back, each, floats, ordered
from tinyalex.kernels.cpu_convolution import convolve, convolve_backward
from tinyalex.kernels.cpu_matrices import (
    col2im,
    empty_tiles,
    gather_tiles,
    im2col,
    matmul,
    scatter_tiles,
)
from tinyalex.kernels.memory import empty, zeros
from tinyalex.kernels.reference import dropout
from tinyalex.kernels.windows import position_type
from tinyalex.kernels.workers import share_out

__all__ = [
    "avg_pool",
    "avg_pool_backward",
    "col2im",
    "convolve",
    "convolve_backward",
    "dropout",
    "empty",
    "empty_tiles",
    "gather_tiles",
    "im2col",
    "matmul",
    "max_pool",
    "max_pool_backward",
    "relu",
    "relu_backward",
    "response_norm",
    "response_norm_backward",
    "scatter_tiles",
    "sgd_update",
    "share_out",
    "zeros",
]


def relu(x):
    """See `reference.relu`."""
    (x,) = floats("relu", x=x)
    y = empty(x.shape, x.dtype)
    each(loops.relu, (x.reshape(-1), y.reshape(-1)))
    return y


def relu_backward(dy, y):
    """See `reference.relu_backward`."""
    checks.same_shape("relu_backward", dy=dy, y=y)
    dy, y = floats("relu_backward", dy=dy, y=y)
    dx = empty(dy.shape, dy.dtype)
    each(loops.relu_backward, (dy.reshape(-1), y.reshape(-1), dx.reshape(-1)))
    return dx


def max_pool(x, kernel, stride, padding):
    """See `reference.max_pool`."""
    counts = checks.pooling("max_pool", x.shape, kernel, stride, padding)
    (x,) = floats("max_pool", x=x)
    y = empty((len(x), *counts, x.shape[3]), x.dtype)
    positions = empty(y.shape, position_type(kernel))
    corner = (padding[0][0], padding[1][0])
    each(loops.max_pool, (x, y, positions), kernel, stride, corner)
    return y, positions


def max_pool_backward(dy, positions, shape, kernel, stride, padding):
    """See `reference.max_pool_backward`."""
    checks.pooled("max_pool_backward", dy, shape, kernel, stride, padding)
    checks.positions("max_pool_backward", positions, dy, shape, kernel, stride, padding)
    (dy,) = floats("max_pool_backward", dy=dy)
    dx = empty(shape, dy.dtype)
    corner = (padding[0][0], padding[1][0])
    arrays = dy, ordered(positions), dx.reshape(shape[0], shape[1] * shape[2] * shape[3])
    each(loops.max_pool_backward, arrays, shape[2], shape[3], kernel, stride, corner)
    return dx


def avg_pool(x, kernel, stride, padding):
    """See `reference.avg_pool`."""
    counts = checks.pooling("avg_pool", x.shape, kernel, stride, padding)
    (x,) = floats("avg_pool", x=x)
    y = empty((len(x), *counts, x.shape[3]), x.dtype)
    corner = (padding[0][0], padding[1][0])
    share = x.dtype.type(1 / (kernel[0] * kernel[1]))
    each(loops.avg_pool, (x, y), share, kernel, stride, corner)
    return y


def avg_pool_backward(dy, shape, kernel, stride, padding):
    """See `reference.avg_pool_backward`."""
    checks.pooled("avg_pool_backward", dy, shape, kernel, stride, padding)
    (dy,) = floats("avg_pool_backward", dy=dy)
    dx = empty(shape, dy.dtype)
    corner = (padding[0][0], padding[1][0])
    share = dy.dtype.type(1 / (kernel[0] * kernel[1]))
    each(loops.avg_pool_backward, (dy, dx), share, kernel, stride, corner)
    return dx


def response_norm(x, size, alpha, beta, k, axes=(3,), groups=1):
    """See `reference.response_norm`, which also computes windows within a channel."""
    if axes != (3,):
        return reference.response_norm(x, size, alpha, beta, k, axes, groups)
    checks.channel_groups("response_norm", x, size, groups)
    (x,) = floats("response_norm", x=x)
    rows = x.reshape(-1, x.shape[3] // groups)
    y = empty(rows.shape, x.dtype)
    each(loops.response_norm, (rows, y), size, *map(x.dtype.type, (alpha, beta, k)))
    return y.reshape(x.shape), x


def response_norm_backward(dy, saved, size, alpha, beta, k, axes=(3,), groups=1):
    """See `reference.response_norm_backward`."""
    x = saved
    if axes != (3,):
        return reference.response_norm_backward(dy, x, size, alpha, beta, k, axes, groups)
    checks.channel_groups("response_norm_backward", x, size, groups)
    checks.same_shape("response_norm_backward", dy=dy, x=x)
    rows = [
        a.reshape(-1, x.shape[3] // groups) for a in floats("response_norm_backward", dy=dy, x=x)
    ]
    dx = empty(rows[0].shape, rows[0].dtype)
    settings = map(dx.dtype.type, (alpha, beta, k))
    each(loops.response_norm_backward, (*rows, dx), size, *settings)
    return dx.reshape(x.shape)


def sgd_update(weights, velocity, gradient, learning_rate, momentum, weight_decay):
    """See `reference.sgd_update`."""
    gradient = checks.update(weights, velocity, gradient)
    rates = map(weights.dtype.type, (learning_rate, momentum, weight_decay))
    laid = [ordered(array) for array in (weights, velocity, gradient)]
    each(loops.sgd_update, [array.reshape(-1) for array in laid], *rates)
    copy_back(laid[0], weights)
    copy_back(laid[1], velocity)
