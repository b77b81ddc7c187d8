"""The kernels as plain array code: the specification, for NumPy and CuPy alike.

One outer loop visits the positions (i, j) in a window of KH × KW; everything else is array
arithmetic over all pictures, places and channels at once. Arrays are NHWC. Response normalization
is in `reference_norm.py`, Winograd's tiles are in `reference_tiles.py`.
"""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.kernels import checks, winograd
from tinyalex.kernels.reference_norm import response_norm, response_norm_backward
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
    """[function(part) for part in parts]; the CPU kernels do this on all cores."""
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
    product per group. First described by Chellapilla et al. 2006, section 3.
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
    """y = b + columns · W, one matrix product per group.

    x: (N, H, W, C). W: (KH, KW, C/groups, K). b: (K,). Returns y (N, OH, OW, K), and the value
    that `convolve_backward` takes as `saved`. algorithm: "winograd" computes the same sums in
    another order (`winograd.py`); "im2col" and "auto" both mean im2col here.
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

    saved: the second value that `convolve` returned. dx is None if input_gradient is False.
    """
    x = saved
    counts = checks.convolution("convolve_backward", x, W, None, stride, padding, groups)
    checks.shape("convolve_backward", "dy", dy, (len(x), *counts, W.shape[3]))
    dy, x, W = checks.floats("convolve_backward", dy=dy, x=x, W=W)
    if algorithm == "winograd":
        return winograd.backward(dy, x, W, stride, padding, groups, input_gradient)
    # Computed again: keeping the columns would take KH·KW times the memory of x.
    columns = im2col(x, W.shape[:2], stride, padding, groups)
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

    Returns y and positions (see `position_type`), both (N, OH, OW, C). Padding counts as −∞. In a
    tie the first value, row by row, wins.
    """
    OH, OW = checks.pooling("max_pool", x.shape, kernel, stride, padding)
    (x,) = checks.floats("max_pool", x=x)
    N, _, _, C = x.shape
    padded = _pad(x, padding, value=-float("inf"))
    y = backend.xp.full((N, OH, OW, C), -float("inf"), dtype=x.dtype)
    kind = position_type(kernel)
    # If every value is −∞, the first place inside the map counts as the largest.
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
    """Adds dy / (KH·KW) at every place of each window."""
    checks.pooled("avg_pool_backward", dy, shape, kernel, stride, padding)
    (dy,) = checks.floats("avg_pool_backward", dy=dy)
    N, H, W, C = shape
    (top, bottom), (left, right) = padding
    padded = backend.xp.zeros((N, H + top + bottom, W + left + right, C), dtype=dy.dtype)
    share = dy / (kernel[0] * kernel[1])
    for _, window in _window_slices(shape, kernel, stride, padding):
        padded[window] += share
    return padded[:, top : top + H, left : left + W].copy()


@allow_underflow
def dropout(x, p, rng):
    """x · mask, and the mask: 0 with probability p, else 1 / (1 − p). Section 4.2.

    rng: the numpy.random.Generator that draws the mask.
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
