"""The compiled loops behind `cpu.py`: each fills the arrays that it is given, on one thread.

A loop releases Python's global lock, so `workers.py` can run several at once. The innermost loop
always runs over channels, which are adjacent in memory (NHWC), so the compiler can vectorize it. It
needs no fastmath for that, because no inner loop is a sum.
"""

from __future__ import annotations

import numpy as np

from tinyalex.kernels.compiler import compiler, unsigned

# "numpy": division by zero gives inf, not an exception whose check would stop vectorization.
compiled = compiler(nogil=True, error_model="numpy")
inlined = compiler(inline="always", error_model="numpy")


# Loops run from 0 over slices: an index that could be negative (Python's x[-1]) is checked at every
# element, and a loop with such a check is not vectorized.


@inlined
def _copy(source, target):
    for c in range(target.size):
        target[c] = source[c]


@inlined
def _add(source, target):
    for c in range(target.size):
        target[c] += source[c]


@compiled
def im2col(x, columns, C, counts, kernel, stride, corner, first, last):
    H, W = x.shape[1], x.shape[2] // C
    groups = columns.shape[0]
    (OH, OW), (KH, KW) = counts, kernel
    Cg = C // groups
    for line in range(first, last):
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
                    if inside and whole:  # the kernel's row is contiguous in memory
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
def im2col_side_by_side(x, columns, C, counts, kernel, corner, first, last):
    """im2col for stride = kernel: windows do not overlap, and all runs are KW·C long."""
    H, width = x.shape[1:]
    (OH, OW), (KH, KW) = counts, kernel
    run, flat = KW * C, columns.reshape(-1)
    for line in range(first, last):
        n, oh = line // OH, line % OH
        for i in range(KH):
            h = oh * KH - corner[0] + i
            for ow in range(OW):
                start, to = ow * run - corner[1] * C, (line * OW + ow) * KH * run + i * run
                if 0 <= h < H and 0 <= start <= width - run:
                    source, begin, target = x[n, h], unsigned(start), unsigned(to)
                    for c in range(unsigned(run)):
                        flat[target + c] = source[begin + c]
                    continue
                for c in range(run):
                    inside = 0 <= h < H and 0 <= start + c < width
                    flat[to + c] = x[n, h, start + c] if inside else 0


@compiled
def col2im(columns, dx, C, counts, kernel, stride, corner, first, last):
    H, W = dx.shape[1], dx.shape[2] // C
    groups = columns.shape[0]
    (OH, OW), (KH, KW) = counts, kernel
    Cg = C // groups
    for n in range(first, last):
        dx[n] = 0
        for g in range(groups):
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
    for i in range(x.size):
        y[i] = x[i] if not x[i] <= 0 else 0  # a NaN stays NaN


@compiled
def relu_backward(dy, y, dx):
    for i in range(dy.size):
        dx[i] = dy[i] if y[i] > 0 else dy[i] * 0


@compiled
def max_pool(x, y, positions, kernel, stride, corner):
    H, W = x.shape[1:3]
    N, OH, OW, C = y.shape
    for line in range(N * OH):
        n, oh = line // OH, line % OH
        for ow in range(OW):
            best, where = y[n, oh, ow], positions[n, oh, ow]
            best[:] = -np.inf
            top, left = oh * stride[0] - corner[0], ow * stride[1] - corner[1]
            where[:] = max(0, -top) * kernel[1] + max(0, -left)  # the first place in the map
            for i in range(kernel[0]):
                h = top + i
                if h < 0 or h >= H:
                    continue
                for j in range(kernel[1]):
                    w = left + j
                    if w < 0 or w >= W:
                        continue
                    position = positions.dtype.type(i * kernel[1] + j)
                    for c in range(C):
                        value = x[n, h, w, c]
                        larger = not (value <= best[c]) and best[c] == best[c]
                        best[c] = value if larger else best[c]
                        where[c] = position if larger else where[c]


@compiled
def max_pool_backward(dy, positions, dx, W, C, kernel, stride, corner):
    """dx: (N, H·W·C)."""
    N, OH, OW, _ = dy.shape
    ahead = np.empty(kernel[0] * kernel[1], dtype=np.int64)  # distances from a window's corner
    for position in range(ahead.size):
        ahead[position] = (position // kernel[1] * W + position % kernel[1]) * C
    for n in range(N):
        picture = dx[n]
        picture[:] = 0
        for oh in range(OH):
            for ow in range(OW):
                won, gradient = positions[n, oh, ow], dy[n, oh, ow]
                at = ((oh * stride[0] - corner[0]) * W + ow * stride[1] - corner[1]) * C
                for c in range(C):
                    picture[at + ahead[won[c]] + c] += gradient[c]


@compiled
def avg_pool(x, y, share, kernel, stride, corner):
    H, W = x.shape[1:3]
    N, OH, OW, C = y.shape
    for line in range(N * OH):
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
    for n in range(N):
        dx[n] = 0
        for oh in range(OH):
            for ow in range(OW):
                top, left = oh * stride[0] - corner[0], ow * stride[1] - corner[1]
                for h in range(max(0, top), min(H, top + kernel[0])):
                    for w in range(max(0, left), min(W, left + kernel[1])):
                        for c in range(C):
                            dx[n, h, w, c] += dy[n, oh, ow, c] * share


@inlined
def _window_sums(values, size, totals):
    """totals[c] = Σ values[c : c + size]."""
    if size == 5:  # the paper's n: one pass over the channels instead of five
        one, two, three, four = values[1:], values[2:], values[3:], values[4:]
        for c in range(totals.size):
            totals[c] = values[c] + one[c] + two[c] + three[c] + four[c]
    else:
        totals[:] = 0
        for shift in range(size):
            _add(values[shift : shift + totals.size], totals)


@inlined
def _powers(d, beta, power, inverse):
    """power = d^−β and inverse = 1 / d. `inverse` may be the array d itself."""
    one = power.dtype.type(1)
    if beta == 0.75:  # by square roots: they have vector instructions, powers do not
        for c in range(d.size):
            root = np.sqrt(d[c])
            power[c] = one / (root * np.sqrt(root))
            inverse[c] = power[c] * power[c] * root  # −1 = −3/4 − 3/4 + 1/2: saves a division
    else:
        for c in range(d.size):
            power[c] = d[c] ** -beta
            inverse[c] = one / d[c]


@compiled
def response_norm(x, y, size, alpha, beta, k):
    C = x.shape[1]
    d = np.empty(C, dtype=x.dtype)
    around = np.zeros(C + size - 1, dtype=x.dtype)  # the channels, with zeros on both sides
    squares = around[size // 2 : size // 2 + C]
    for r in range(x.shape[0]):
        row, out = x[r], y[r]
        for c in range(C):
            squares[c] = row[c] * row[c]
        _window_sums(around, size, d)
        for c in range(C):
            d[c] = k + alpha * d[c]
        _powers(d, beta, out, d)
        for c in range(C):
            out[c] *= row[c]


@compiled
def response_norm_backward(dy, x, dx, size, alpha, beta, k):
    C = x.shape[1]
    d, power = np.empty(C, dtype=x.dtype), np.empty(C, dtype=x.dtype)
    around, about = np.zeros(C + size - 1, dtype=x.dtype), np.zeros(C + size - 1, dtype=x.dtype)
    squares = around[size // 2 : size // 2 + C]
    reach = size - 1 - size // 2  # the windows that read a channel reach the other way
    cross = about[reach : reach + C]
    factor = 2 * alpha * beta
    for r in range(x.shape[0]):
        row, gradient, out = x[r], dy[r], dx[r]
        for c in range(C):
            squares[c] = row[c] * row[c]
        _window_sums(around, size, d)
        for c in range(C):
            d[c] = k + alpha * d[c]
        _powers(d, beta, power, d)
        for c in range(C):
            power[c] *= gradient[c]
            cross[c] = power[c] * row[c] * d[c]
        _window_sums(about, size, d)
        for c in range(C):
            out[c] = power[c] - factor * row[c] * d[c]


@compiled
def sgd_update(w, v, g, learning_rate, momentum, weight_decay):
    for i in range(w.size):
        v[i] = momentum * v[i] - learning_rate * (weight_decay * w[i] + g[i])
        w[i] += v[i]
