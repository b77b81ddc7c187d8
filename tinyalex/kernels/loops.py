"""The compiled loops behind `cpu.py`: each fills arrays that it is handed.

One line of windows, one picture or one row of channels goes to a thread at a time. The innermost
loop always runs over channels, which lie side by side in NHWC, so that the compiler turns it into
vector instructions. No fastmath is needed for that, because no inner loop is a sum.
"""

from __future__ import annotations

import os

import numba
import numpy as np
from numba import njit, prange

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


@compiled
def im2col(x, columns, C, counts, kernel, stride, corner):
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


@compiled
def col2im(columns, dx, C, counts, kernel, stride, corner):
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


@compiled
def relu(x, y):
    for i in prange(x.size):
        y[i] = x[i] if not x[i] <= 0 else 0  # so that a NaN stays one


@compiled
def relu_backward(dy, y, dx):
    for i in prange(dy.size):
        dx[i] = dy[i] if y[i] > 0 else dy[i] * 0


@compiled
def max_pool(x, y, positions, kernel, stride, corner):
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


@compiled
def max_pool_backward(dy, positions, dx, kernel, stride, corner):
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


@compiled
def avg_pool(x, y, share, kernel, stride, corner):
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


@compiled
def avg_pool_backward(dy, dx, share, kernel, stride, corner):
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


@compiled
def response_norm(x, y, d, size, alpha, beta, k):
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


@compiled
def response_norm_backward(dy, x, d, dx, size, factor, beta):
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


@compiled
def sgd_update(w, v, g, learning_rate, momentum, weight_decay):
    for i in prange(w.size):
        v[i] = momentum * v[i] - learning_rate * (weight_decay * w[i] + g[i])
        w[i] += v[i]
