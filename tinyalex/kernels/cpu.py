"""The kernels compiled by Numba: the twins of `reference.py`, tested equal to it.

Each kernel is two functions: a plain one that allocates the result, and a compiled loop beside it
that fills it, one picture, row or group a thread. The innermost loop always runs over channels,
which lie side by side in NHWC, so that the compiler turns it into vector instructions. No fastmath
is needed for that, because no inner loop is a sum.
"""

from __future__ import annotations

import os

import numba
import numpy as np
from numba import njit, prange

from tinyalex.kernels import reference
from tinyalex.kernels.windows import window_counts

# Numba's OpenMP threads spin while OpenBLAS works, and cost it a third of its speed; these sleep.
if "NUMBA_THREADING_LAYER" not in os.environ:
    numba.config.THREADING_LAYER = "workqueue"

# "numpy": division by zero gives inf, not an exception whose check would stop vectorization.
compiled = njit(parallel=True, cache=True, error_model="numpy")
inlined = njit(inline="always", error_model="numpy")


# Loops run from 0 over slices: an index that could be negative would be checked at every element
# (Python's x[-1]), and a checked loop is not vectorized.


@inlined
def _copy(source, target):
    for c in range(target.size):
        target[c] = source[c]


@inlined
def _add(source, target):
    for c in range(target.size):
        target[c] += source[c]


@inlined
def _add_window(source, target, shift):
    """target[c] += source[c + shift], where both exist."""
    if shift < 0:
        _add(source[: max(0, source.size + shift)], target[-shift:])
    else:
        _add(source[shift:], target[: max(0, target.size - shift)])


def im2col(x, kernel, stride, padding, groups=1):
    """See `reference.im2col`."""
    N, H, W, C = x.shape
    OH, OW = window_counts((H, W), kernel, stride, padding)
    width = kernel[0] * kernel[1] * (C // groups)
    columns = np.empty((groups, N * OH * OW, width), dtype=x.dtype)
    corner = (padding[0][0], padding[1][0])
    flat = np.ascontiguousarray(x).reshape(N, H, W * C)
    _im2col(flat, columns, C, (OH, OW), kernel, stride, corner)
    return columns


@compiled
def _im2col(x, columns, C, counts, kernel, stride, corner):
    N, H, W = x.shape[0], x.shape[1], x.shape[2] // C
    groups = columns.shape[0]
    (OH, OW), (KH, KW) = counts, kernel
    Cg = C // groups
    for line in prange(N * OH):
        n, oh = line // OH, line % OH
        for ow in range(OW):
            left = ow * stride[1] - corner[1]
            whole = groups == 1 and left >= 0 and left + KW <= W
            for g in range(groups):
                row = columns[g, line * OW + ow]
                for i in range(KH):
                    h = oh * stride[0] - corner[0] + i
                    inside = 0 <= h < H
                    at = i * KW * Cg
                    if inside and whole:  # the kernel's row lies side by side in memory
                        _copy(x[n, h, left * C : (left + KW) * C], row[at : at + KW * C])
                        continue
                    for j in range(KW):
                        start = (left + j) * C + g * Cg
                        tap = row[at + j * Cg : at + (j + 1) * Cg]
                        if inside and 0 <= left + j < W:
                            _copy(x[n, h, start : start + Cg], tap)
                        else:
                            tap[:] = 0


def col2im(columns, shape, kernel, stride, padding):
    """See `reference.col2im`."""
    N, H, W, C = shape
    counts = window_counts((H, W), kernel, stride, padding)
    dx = np.zeros((N, H, W * C), dtype=columns.dtype)
    corner = (padding[0][0], padding[1][0])
    _col2im(np.ascontiguousarray(columns), dx, C, counts, kernel, stride, corner)
    return dx.reshape(shape)


@compiled
def _col2im(columns, dx, C, counts, kernel, stride, corner):
    N, H, W = dx.shape[0], dx.shape[1], dx.shape[2] // C
    groups = columns.shape[0]
    (OH, OW), (KH, KW) = counts, kernel
    Cg = C // groups
    for task in prange(N * groups):  # a thread owns what it adds to
        n, g = task // groups, task % groups
        for oh in range(OH):
            for ow in range(OW):
                row = columns[g, (n * OH + oh) * OW + ow]
                left = ow * stride[1] - corner[1]
                for i in range(KH):
                    h = oh * stride[0] - corner[0] + i
                    if h < 0 or h >= H:
                        continue
                    at = i * KW * Cg
                    if groups == 1 and left >= 0 and left + KW <= W:
                        _add(row[at : at + KW * C], dx[n, h, left * C : (left + KW) * C])
                        continue
                    for j in range(max(0, -left), min(KW, W - left)):
                        start = (left + j) * C + g * Cg
                        tap = row[at + j * Cg : at + (j + 1) * Cg]
                        _add(tap, dx[n, h, start : start + Cg])


def relu(x):
    """See `reference.relu`."""
    x = np.ascontiguousarray(x)
    y = np.empty_like(x)
    _relu(x.reshape(-1), y.reshape(-1))
    return y


@compiled
def _relu(x, y):
    for i in prange(x.size):
        y[i] = x[i] if not x[i] <= 0 else 0  # so that a NaN stays one


def relu_backward(dy, y):
    """See `reference.relu_backward`."""
    dy, y = np.ascontiguousarray(dy), np.ascontiguousarray(y)
    dx = np.empty_like(dy)
    _relu_backward(dy.reshape(-1), y.reshape(-1), dx.reshape(-1))
    return dx


@compiled
def _relu_backward(dy, y, dx):
    for i in prange(dy.size):
        dx[i] = dy[i] if y[i] > 0 else dy[i] * 0


def max_pool(x, kernel, stride, padding):
    """See `reference.max_pool`."""
    N, H, W, C = x.shape
    counts = window_counts((H, W), kernel, stride, padding)
    y = np.empty((N, *counts, C), dtype=x.dtype)
    positions = np.empty(y.shape, dtype=np.int32)
    corner = (padding[0][0], padding[1][0])
    _max_pool(np.ascontiguousarray(x), y, positions, kernel, stride, corner)
    return y, positions


@compiled
def _max_pool(x, y, positions, kernel, stride, corner):
    H, W = x.shape[1:3]
    N, OH, OW, C = y.shape
    for line in prange(N * OH):
        n, oh = line // OH, line % OH
        for ow in range(OW):
            best, where = y[n, oh, ow], positions[n, oh, ow]
            best[:] = -np.inf
            where[:] = 0
            for i in range(kernel[0]):
                h = oh * stride[0] - corner[0] + i
                if h < 0 or h >= H:
                    continue
                for j in range(kernel[1]):
                    w = ow * stride[1] - corner[1] + j
                    if w < 0 or w >= W:
                        continue
                    position = np.int32(i * kernel[1] + j)
                    for c in range(C):
                        value = x[n, h, w, c]
                        larger = not (value <= best[c]) and best[c] == best[c]
                        best[c] = value if larger else best[c]
                        where[c] = position if larger else where[c]


def max_pool_backward(dy, positions, shape, kernel, stride, padding):
    """See `reference.max_pool_backward`."""
    dx = np.zeros(shape, dtype=dy.dtype)
    corner = (padding[0][0], padding[1][0])
    _max_pool_backward(np.ascontiguousarray(dy), positions, dx, kernel, stride, corner)
    return dx


@compiled
def _max_pool_backward(dy, positions, dx, kernel, stride, corner):
    N, H, W, C = dx.shape
    OH, OW = dy.shape[1:3]
    for n in prange(N):  # windows of one picture overlap: they stay in one thread
        for oh in range(OH):
            for ow in range(OW):
                for i in range(kernel[0]):
                    h = oh * stride[0] - corner[0] + i
                    if h < 0 or h >= H:
                        continue
                    for j in range(kernel[1]):
                        w = ow * stride[1] - corner[1] + j
                        if w < 0 or w >= W:
                            continue
                        position = i * kernel[1] + j
                        for c in range(C):
                            won = positions[n, oh, ow, c] == position
                            dx[n, h, w, c] += dy[n, oh, ow, c] if won else dy[n, oh, ow, c] * 0


def avg_pool(x, kernel, stride, padding):
    """See `reference.avg_pool`."""
    N, H, W, C = x.shape
    counts = window_counts((H, W), kernel, stride, padding)
    y = np.empty((N, *counts, C), dtype=x.dtype)
    corner = (padding[0][0], padding[1][0])
    share = x.dtype.type(1 / (kernel[0] * kernel[1]))
    _avg_pool(np.ascontiguousarray(x), y, share, kernel, stride, corner)
    return y


@compiled
def _avg_pool(x, y, share, kernel, stride, corner):
    H, W = x.shape[1:3]
    N, OH, OW, C = y.shape
    for line in prange(N * OH):
        n, oh = line // OH, line % OH
        for ow in range(OW):
            total = y[n, oh, ow]
            total[:] = 0
            top, left = oh * stride[0] - corner[0], ow * stride[1] - corner[1]
            for h in range(max(0, top), min(H, top + kernel[0])):
                for w in range(max(0, left), min(W, left + kernel[1])):
                    for c in range(C):
                        total[c] += x[n, h, w, c]
            for c in range(C):
                total[c] *= share


def avg_pool_backward(dy, shape, kernel, stride, padding):
    """See `reference.avg_pool_backward`."""
    dx = np.zeros(shape, dtype=dy.dtype)
    corner = (padding[0][0], padding[1][0])
    share = dy.dtype.type(1 / (kernel[0] * kernel[1]))
    _avg_pool_backward(np.ascontiguousarray(dy), dx, share, kernel, stride, corner)
    return dx


@compiled
def _avg_pool_backward(dy, dx, share, kernel, stride, corner):
    N, H, W, C = dx.shape
    OH, OW = dy.shape[1:3]
    for n in prange(N):
        for oh in range(OH):
            for ow in range(OW):
                top, left = oh * stride[0] - corner[0], ow * stride[1] - corner[1]
                for h in range(max(0, top), min(H, top + kernel[0])):
                    for w in range(max(0, left), min(W, left + kernel[1])):
                        for c in range(C):
                            dx[n, h, w, c] += dy[n, oh, ow, c] * share


def response_norm(x, size, alpha, beta, k, axes=(3,), groups=1):
    """See `reference.response_norm`, which also serves the windows within a channel."""
    if axes != (3,):
        return reference.response_norm(x, size, alpha, beta, k, axes, groups)
    x = np.ascontiguousarray(x)
    rows = x.reshape(-1, x.shape[3] // groups)
    y, d = np.empty_like(rows), np.empty_like(rows)
    alpha, beta, k = (x.dtype.type(value) for value in (alpha, beta, k))
    _response_norm(rows, y, d, size, alpha, beta, k)
    return y.reshape(x.shape), d.reshape(x.shape)


@compiled
def _response_norm(x, y, d, size, alpha, beta, k):
    C = x.shape[1]
    for r in prange(x.shape[0]):
        row, squares, total = x[r], y[r], d[r]
        for c in range(C):
            squares[c] = row[c] * row[c]
            total[c] = 0
        for shift in range(-(size // 2), size - size // 2):
            _add_window(squares, total, shift)
        for c in range(C):
            total[c] = k + alpha * total[c]
        if beta == 0.75:  # d^-0.75 by square roots: those are vector instructions, a power is not
            for c in range(C):
                squares[c] = row[c] / np.sqrt(total[c] * np.sqrt(total[c]))
        else:
            for c in range(C):
                squares[c] = row[c] * total[c] ** -beta


def response_norm_backward(dy, x, d, size, alpha, beta, axes=(3,), groups=1):
    """See `reference.response_norm_backward`."""
    if axes != (3,):
        return reference.response_norm_backward(dy, x, d, size, alpha, beta, axes, groups)
    flat = [np.ascontiguousarray(a).reshape(-1, x.shape[3] // groups) for a in (dy, x, d)]
    dx = np.empty_like(flat[0])
    beta, factor = x.dtype.type(beta), x.dtype.type(2 * alpha * beta)
    _response_norm_backward(*flat, dx, size, factor, beta)
    return dx.reshape(x.shape)


@compiled
def _response_norm_backward(dy, x, d, dx, size, factor, beta):
    C = x.shape[1]
    reach = size - 1 - size // 2
    for r in prange(x.shape[0]):
        row, total, sums = x[r], d[r], dx[r]
        power, cross = np.empty(C, dtype=x.dtype), np.empty(C, dtype=x.dtype)
        if beta == 0.75:
            for c in range(C):
                power[c] = dy[r, c] / np.sqrt(total[c] * np.sqrt(total[c]))
        else:
            for c in range(C):
                power[c] = dy[r, c] * total[c] ** -beta
        for c in range(C):
            cross[c] = power[c] * row[c] / total[c]
            sums[c] = 0
        for shift in range(-reach, size - reach):
            _add_window(cross, sums, shift)
        for c in range(C):
            sums[c] = power[c] - factor * row[c] * sums[c]


def sgd_update(weights, velocity, gradient, learning_rate, momentum, weight_decay):
    """See `reference.sgd_update`."""
    rates = (weights.dtype.type(value) for value in (learning_rate, momentum, weight_decay))
    gradient = np.ascontiguousarray(gradient)
    # reshape(-1) of these is a view: both are contiguous, as the optimiser made them.
    _sgd_update(weights.reshape(-1), velocity.reshape(-1), gradient.reshape(-1), *rates)


@compiled
def _sgd_update(w, v, g, learning_rate, momentum, weight_decay):
    for i in prange(w.size):
        v[i] = momentum * v[i] - learning_rate * (weight_decay * w[i] + g[i])
        w[i] += v[i]
