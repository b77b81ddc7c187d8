"""The kernels for the CPU: the twins of `reference.py`, tested equal to it.

Each function allocates its result and has a loop of `loops.py`, compiled by Numba, fill it.
"""

from __future__ import annotations

import numpy as np

from tinyalex.kernels import loops, reference
from tinyalex.kernels.windows import window_counts


def im2col(x, kernel, stride, padding, groups=1):
    """See `reference.im2col`."""
    N, H, W, C = x.shape
    OH, OW = window_counts((H, W), kernel, stride, padding)
    width = kernel[0] * kernel[1] * (C // groups)
    columns = np.empty((groups, N * OH * OW, width), dtype=x.dtype)
    corner = (padding[0][0], padding[1][0])
    flat = np.ascontiguousarray(x).reshape(N, H, W * C)
    loops.im2col(flat, columns, C, (OH, OW), kernel, stride, corner)
    return columns


def col2im(columns, shape, kernel, stride, padding):
    """See `reference.col2im`."""
    N, H, W, C = shape
    counts = window_counts((H, W), kernel, stride, padding)
    dx = np.zeros((N, H, W * C), dtype=columns.dtype)
    corner = (padding[0][0], padding[1][0])
    loops.col2im(np.ascontiguousarray(columns), dx, C, counts, kernel, stride, corner)
    return dx.reshape(shape)


def relu(x):
    """See `reference.relu`."""
    x = np.ascontiguousarray(x)
    y = np.empty_like(x)
    loops.relu(x.reshape(-1), y.reshape(-1))
    return y


def relu_backward(dy, y):
    """See `reference.relu_backward`."""
    dy, y = np.ascontiguousarray(dy), np.ascontiguousarray(y)
    dx = np.empty_like(dy)
    loops.relu_backward(dy.reshape(-1), y.reshape(-1), dx.reshape(-1))
    return dx


def max_pool(x, kernel, stride, padding):
    """See `reference.max_pool`."""
    N, H, W, C = x.shape
    counts = window_counts((H, W), kernel, stride, padding)
    y = np.empty((N, *counts, C), dtype=x.dtype)
    positions = np.empty(y.shape, dtype=np.int32)
    corner = (padding[0][0], padding[1][0])
    loops.max_pool(np.ascontiguousarray(x), y, positions, kernel, stride, corner)
    return y, positions


def max_pool_backward(dy, positions, shape, kernel, stride, padding):
    """See `reference.max_pool_backward`."""
    dx = np.zeros(shape, dtype=dy.dtype)
    corner = (padding[0][0], padding[1][0])
    loops.max_pool_backward(np.ascontiguousarray(dy), positions, dx, kernel, stride, corner)
    return dx


def avg_pool(x, kernel, stride, padding):
    """See `reference.avg_pool`."""
    N, H, W, C = x.shape
    counts = window_counts((H, W), kernel, stride, padding)
    y = np.empty((N, *counts, C), dtype=x.dtype)
    corner = (padding[0][0], padding[1][0])
    share = x.dtype.type(1 / (kernel[0] * kernel[1]))
    loops.avg_pool(np.ascontiguousarray(x), y, share, kernel, stride, corner)
    return y


def avg_pool_backward(dy, shape, kernel, stride, padding):
    """See `reference.avg_pool_backward`."""
    dx = np.zeros(shape, dtype=dy.dtype)
    corner = (padding[0][0], padding[1][0])
    share = dy.dtype.type(1 / (kernel[0] * kernel[1]))
    loops.avg_pool_backward(np.ascontiguousarray(dy), dx, share, kernel, stride, corner)
    return dx


def response_norm(x, size, alpha, beta, k, axes=(3,), groups=1):
    """See `reference.response_norm`, which also serves the windows within a channel."""
    if axes != (3,):
        return reference.response_norm(x, size, alpha, beta, k, axes, groups)
    x = np.ascontiguousarray(x)
    rows = x.reshape(-1, x.shape[3] // groups)
    y, d = np.empty_like(rows), np.empty_like(rows)
    alpha, beta, k = (x.dtype.type(value) for value in (alpha, beta, k))
    loops.response_norm(rows, y, d, size, alpha, beta, k)
    return y.reshape(x.shape), d.reshape(x.shape)


def response_norm_backward(dy, x, d, size, alpha, beta, axes=(3,), groups=1):
    """See `reference.response_norm_backward`."""
    if axes != (3,):
        return reference.response_norm_backward(dy, x, d, size, alpha, beta, axes, groups)
    flat = [np.ascontiguousarray(a).reshape(-1, x.shape[3] // groups) for a in (dy, x, d)]
    dx = np.empty_like(flat[0])
    beta, factor = x.dtype.type(beta), x.dtype.type(2 * alpha * beta)
    loops.response_norm_backward(*flat, dx, size, factor, beta)
    return dx.reshape(x.shape)


def sgd_update(weights, velocity, gradient, learning_rate, momentum, weight_decay):
    """See `reference.sgd_update`."""
    rates = (weights.dtype.type(value) for value in (learning_rate, momentum, weight_decay))
    gradient = np.ascontiguousarray(gradient)
    # reshape(-1) of these is a view: both are contiguous, as the optimiser made them.
    loops.sgd_update(weights.reshape(-1), velocity.reshape(-1), gradient.reshape(-1), *rates)
