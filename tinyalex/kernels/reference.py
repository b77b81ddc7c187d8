"""The kernels as plain array code: the specification, on NumPy and on CuPy alike.

A window's position (i, j) inside a kernel of KH·KW is visited in one outer loop; everything else
is array arithmetic over all pictures, places and channels at once. Arrays are NHWC.
"""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.kernels import checks, winograd
from tinyalex.kernels.reference_tiles import empty_tiles, gather_tiles, scatter_tiles
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.kernels.windows import position_type, window_counts

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


def empty(shape, dtype):
    """A new array."""
    return backend.xp.empty(shape, dtype=dtype)


def zeros(shape, dtype):
    """A new array of zeros."""
    return backend.xp.zeros(shape, dtype=dtype)


def share_out(function, parts):
    """[function(part) for part in parts]; the CPU's twin does it on all cores."""
    return [function(part) for part in parts]


@allow_underflow
def matmul(a, b, out=None):
    """The matrix product, of the last two axes."""
    checks.product(a, b, out)
    return backend.xp.matmul(a, b, out=out)


def _pad(x, padding, value=0):
    """x with a border of `value`: (N, H + top + bottom, W + left + right, C)."""
    N, H, W, C = x.shape
    (top, bottom), (left, right) = padding
    if not (top or bottom or left or right):
        return x
    padded = backend.xp.full((N, H + top + bottom, W + left + right, C), value, dtype=x.dtype)
    padded[:, top : top + H, left : left + W] = x
    return padded


def _window_slices(shape, kernel, stride, padding):
    """Yields (position, slices): where position (i, j) of every window lies in the padded map."""
    OH, OW = window_counts(shape[1:3], kernel, stride, padding)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            rows = slice(i, i + stride[0] * (OH - 1) + 1, stride[0])
            columns = slice(j, j + stride[1] * (OW - 1) + 1, stride[1])
            yield i * kernel[1] + j, (slice(None), rows, columns)


def im2col(x, kernel, stride, padding, groups=1):
    """Every window of x as one row of a matrix.

    x: (N, H, W, C). Returns (groups, N·OH·OW, KH·KW·C/groups): convolution is then one matrix
    product a group. Section 3 of Chellapilla et al. 2006 is the first to write it so.
    """
    OH, OW = checks.windows("im2col", x.shape, kernel, stride, padding, groups)
    (x,) = checks.floats("im2col", x=x)
    N, _, _, C = x.shape
    taps = kernel[0] * kernel[1]
    columns = backend.xp.empty((groups, N, OH, OW, taps, C // groups), dtype=x.dtype)
    padded = _pad(x, padding)
    for position, window in _window_slices(x.shape, kernel, stride, padding):
        values = padded[window].reshape(N, OH, OW, groups, C // groups)
        columns[..., position, :] = values.transpose(3, 0, 1, 2, 4)
    return columns.reshape(groups, N * OH * OW, taps * (C // groups))


def col2im(columns, shape, kernel, stride, padding):
    """The transpose of im2col: adds every row's values back where they came from.

    columns: (groups, N·OH·OW, KH·KW·C/groups). shape: x's (N, H, W, C). Returns that shape.
    Where windows overlap a pixel was read several times, so its gradients are *added*: +=, not =.
    """
    N, H, W, C = shape
    (top, bottom), (left, right) = padding
    groups, OH, OW = checks.columns("col2im", columns, shape, kernel, stride, padding)
    (columns,) = checks.floats("col2im", columns=columns)
    columns = columns.reshape(groups, N, OH, OW, kernel[0] * kernel[1], C // groups)
    padded = backend.xp.zeros((N, H + top + bottom, W + left + right, C), dtype=columns.dtype)
    for position, window in _window_slices(shape, kernel, stride, padding):
        values = columns[..., position, :].transpose(1, 2, 3, 0, 4)
        padded[window] += values.reshape(N, OH, OW, C)
    return padded[:, top : top + H, left : left + W].copy()


@allow_underflow
def convolve(x, W, b, stride, padding, groups=1, algorithm="auto"):
    """y = b + columns · W, one matrix product a group.

    x: (N, H, W, C). W: (KH, KW, C/groups, K). b: (K,). Returns y (N, OH, OW, K), and what
    `convolve_backward` wants to have kept. algorithm: "winograd" computes the same sums in
    another order (`winograd.py`); "im2col" and "auto" are what stands here.
    """
    OH, OW = checks.convolution("convolve", x, W, b, stride, padding, groups)
    x, W, b = checks.floats("convolve", x=x, W=W, b=b)
    if algorithm == "winograd":
        return winograd.forward(x, W, b, stride, padding, groups), x
    columns = im2col(x, W.shape[:2], stride, padding, groups)  # (groups, N·OH·OW, KH·KW·C/groups)
    y = backend.xp.matmul(columns, _per_group(W, groups))  # (groups, N·OH·OW, K/groups)
    return y.transpose(1, 0, 2).reshape(len(x), OH, OW, W.shape[3]) + b, x


@allow_underflow
def convolve_backward(
    dy, saved, W, stride, padding, groups=1, algorithm="auto", input_gradient=True
):
    """dW = columnsᵀ · dy, db = Σ dy, dx = col2im(dy · Wᵀ). Returns dx, dW and db.

    saved: what `convolve` returned beside y. Without input_gradient dx is None.
    """
    x = saved
    counts = checks.convolution("convolve_backward", x, W, None, stride, padding, groups)
    checks.shape("convolve_backward", "dy", dy, (len(x), *counts, W.shape[3]))
    dy, x, W = checks.floats("convolve_backward", dy=dy, x=x, W=W)
    if algorithm == "winograd":
        return winograd.backward(dy, x, W, stride, padding, groups, input_gradient)
    columns = im2col(x, W.shape[:2], stride, padding, groups)  # again: kept, it takes KH·KW times x
    dy_matrix = _per_group(dy, groups)  # (groups, N·OH·OW, K/groups)
    dW = backend.xp.matmul(columns.transpose(0, 2, 1), dy_matrix)
    dW, db = dW.transpose(1, 0, 2).reshape(W.shape), dy.sum(axis=(0, 1, 2))
    if not input_gradient:
        return None, dW, db
    dcolumns = backend.xp.matmul(dy_matrix, _per_group(W, groups).transpose(0, 2, 1))
    return col2im(dcolumns, x.shape, W.shape[:2], stride, padding), dW, db


def _per_group(array, groups: int):
    """(..., K) as (groups, rows, K/groups)."""
    return array.reshape(-1, groups, array.shape[-1] // groups).transpose(1, 0, 2)


def relu(x):
    """max(x, 0)."""
    (x,) = checks.floats("relu", x=x)
    return backend.xp.maximum(x, 0)


def relu_backward(dy, y):
    """dy where the output y is above zero, else 0."""
    checks.same_shape("relu_backward", dy=dy, y=y)
    dy, y = checks.floats("relu_backward", dy=dy, y=y)
    return dy * (y > 0)


def max_pool(x, kernel, stride, padding):
    """The largest value of every window and its position in the window, i·KW + j.

    Returns y and positions (see `position_type`), both (N, OH, OW, C). Padding counts as −∞. Of
    equal values the first, row by row, wins.
    """
    OH, OW = checks.pooling("max_pool", x.shape, kernel, stride, padding)
    (x,) = checks.floats("max_pool", x=x)
    N, _, _, C = x.shape
    padded = _pad(x, padding, value=-float("inf"))
    y = backend.xp.full((N, OH, OW, C), -float("inf"), dtype=x.dtype)
    kind = position_type(kernel)
    # Where every value is −∞ the first place that lies in the map counts as the largest.
    first_row = backend.xp.maximum(0, padding[0][0] - backend.xp.arange(OH) * stride[0])
    first_column = backend.xp.maximum(0, padding[1][0] - backend.xp.arange(OW) * stride[1])
    first = first_row[:, None] * kernel[1] + first_column
    positions = backend.xp.zeros((N, OH, OW, C), dtype=kind)
    positions[...] = first[None, :, :, None]
    for position, window in _window_slices(x.shape, kernel, stride, padding):
        values = padded[window]
        # "not ≤" rather than ">": a NaN wins, so that it stays visible.
        larger = ~(values <= y) & (y == y)
        y = backend.xp.where(larger, values, y)
        positions = backend.xp.where(larger, position, positions).astype(kind)
    return y, positions


def max_pool_backward(dy, positions, shape, kernel, stride, padding):
    """Sends dy to the place of each window's maximum, adding where windows share it."""
    checks.pooled("max_pool_backward", dy, shape, kernel, stride, padding)
    checks.positions("max_pool_backward", positions, dy, shape, kernel, stride, padding)
    (dy,) = checks.floats("max_pool_backward", dy=dy)
    N, H, W, C = shape
    (top, bottom), (left, right) = padding
    padded = backend.xp.zeros((N, H + top + bottom, W + left + right, C), dtype=dy.dtype)
    for position, window in _window_slices(shape, kernel, stride, padding):
        padded[window] += backend.xp.where(positions == position, dy, 0)
    return padded[:, top : top + H, left : left + W].copy()


@allow_underflow
def avg_pool(x, kernel, stride, padding):
    """The mean of every window of KH·KW values; padding counts as zeros."""
    OH, OW = checks.pooling("avg_pool", x.shape, kernel, stride, padding)
    (x,) = checks.floats("avg_pool", x=x)
    N, _, _, C = x.shape
    y = backend.xp.zeros((N, OH, OW, C), dtype=x.dtype)
    padded = _pad(x, padding)
    for _, window in _window_slices(x.shape, kernel, stride, padding):
        y += padded[window]
    y /= kernel[0] * kernel[1]
    return y


@allow_underflow
def avg_pool_backward(dy, shape, kernel, stride, padding):
    """Gives every value of a window dy / (KH·KW)."""
    checks.pooled("avg_pool_backward", dy, shape, kernel, stride, padding)
    (dy,) = checks.floats("avg_pool_backward", dy=dy)
    N, H, W, C = shape
    (top, bottom), (left, right) = padding
    padded = backend.xp.zeros((N, H + top + bottom, W + left + right, C), dtype=dy.dtype)
    share = dy / (kernel[0] * kernel[1])
    for _, window in _window_slices(shape, kernel, stride, padding):
        padded[window] += share
    return padded[:, top : top + H, left : left + W].copy()


def _window_sum(values, axis, size, reach_back):
    """Σ of values over the places i − reach_back … i − reach_back + size − 1 along an axis."""
    total = backend.xp.zeros_like(values)
    length = values.shape[axis]
    for shift in range(-reach_back, size - reach_back):
        to, fro = [slice(None)] * values.ndim, [slice(None)] * values.ndim
        to[axis] = slice(max(0, -shift), max(0, min(length, length - shift)))
        fro[axis] = slice(max(0, shift), max(0, min(length, length + shift)))
        total[tuple(to)] += values[tuple(fro)]
    return total


@allow_underflow
def response_norm(x, size, alpha, beta, k, axes=(3,), groups=1):
    """y = x · d^−β with d = k + α · Σ x² over a window of `size` along each of the axes.

    axes (3,) sums over neighbouring channels (LRN), (1, 2) over a square within a channel. With
    groups the channels fall into that many runs, and no window crosses from one into the next.
    Returns y, and what `response_norm_backward` wants to have kept.
    """
    checks.channel_groups("response_norm", x, size, groups)
    (x,) = checks.floats("response_norm", x=x)
    return x * _denominator(x, size, alpha, k, axes, groups) ** -beta, x


def _denominator(x, size, alpha, k, axes, groups):
    """d = k + α · Σ x²."""
    grouped = x.reshape(*x.shape[:3], groups, x.shape[3] // groups)
    d = grouped * grouped
    for axis in axes:
        d = _window_sum(d, axis if axis < 3 else 4, size, size // 2)
    return (k + alpha * d).reshape(x.shape)


@allow_underflow
def response_norm_backward(dy, saved, size, alpha, beta, k, axes=(3,), groups=1):
    """dx = dy · d^−β − 2αβ · x · Σ (dy · x · d^−(β+1)) over the windows that read this place.

    The second term is the cross-channel one: place i is read by the windows of its neighbours, so
    the sum reaches `size − 1 − size//2` back where the forward one reaches `size//2` back. d is
    computed again: keeping it would take as much memory as x.
    """
    x = saved
    checks.channel_groups("response_norm_backward", x, size, groups)
    checks.same_shape("response_norm_backward", dy=dy, x=x)
    dy, x = checks.floats("response_norm_backward", dy=dy, x=x)
    d = _denominator(x, size, alpha, k, axes, groups)
    shape = (*x.shape[:3], groups, x.shape[3] // groups)
    cross = (dy * x * d ** (-beta - 1)).reshape(shape)
    for axis in axes:
        cross = _window_sum(cross, axis if axis < 3 else 4, size, size - 1 - size // 2)
    return dy * d**-beta - (2 * alpha * beta) * x * cross.reshape(x.shape)


@allow_underflow
def dropout(x, p, rng):
    """x · mask, and the mask: 0 with probability p, else 1 / (1 − p). Section 4.2.

    rng: the numpy.random.Generator that draws.
    """
    (x,) = checks.floats("dropout", x=x)
    kept = rng.random(x.shape, dtype=np.float32) >= p
    mask = backend.from_numpy(kept.astype(x.dtype) / x.dtype.type(1 - p))
    return x * mask, mask


@allow_underflow
def sgd_update(weights, velocity, gradient, learning_rate, momentum, weight_decay):
    """Section 5's rule, in place: v ← μ·v − λ·ε·w − ε·∂L/∂w, then w ← w + v."""
    gradient = checks.update(weights, velocity, gradient)
    velocity *= momentum
    velocity -= learning_rate * (weight_decay * weights + gradient)
    weights += velocity
