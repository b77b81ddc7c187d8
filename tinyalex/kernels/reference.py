"""The kernels as plain array code: the specification, on NumPy and on CuPy alike.

A window's position (i, j) inside a kernel of KH·KW is visited in one outer loop; everything else
is array arithmetic over all pictures, places and channels at once. Arrays are NHWC.
"""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.kernels.windows import position_type, window_counts


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
    N, H, W, C = x.shape
    OH, OW = window_counts((H, W), kernel, stride, padding)
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
    groups = columns.shape[0]
    (top, bottom), (left, right) = padding
    OH, OW = window_counts((H, W), kernel, stride, padding)
    columns = columns.reshape(groups, N, OH, OW, kernel[0] * kernel[1], C // groups)
    padded = backend.xp.zeros((N, H + top + bottom, W + left + right, C), dtype=columns.dtype)
    for position, window in _window_slices(shape, kernel, stride, padding):
        values = columns[..., position, :].transpose(1, 2, 3, 0, 4)
        padded[window] += values.reshape(N, OH, OW, C)
    return padded[:, top : top + H, left : left + W].copy()


def empty_tiles(points, tiles, channels, dtype):
    """An array (points, tiles, channels) for `gather_tiles`' kind of values."""
    return backend.xp.empty((points, tiles, channels), dtype=dtype)


@allow_underflow
def gather_tiles(x, matrix, step, corner, counts, group, groups):
    """T d Tᵀ for every tile d of k × k pixels, with T = matrix (a × k).

    Tile (th, tw) begins at (th·step − top, tw·step − left), corner = (top, left), and is zero
    outside the map; counts = (TH, TW). Only the channels of the given group are read.
    Returns (a², N·TH·TW, C/groups), place (i, j) of a transformed tile at i·a + j.
    """
    N, C = x.shape[0], x.shape[3] // groups
    k = matrix.shape[1]
    own = x[..., group * C : (group + 1) * C]
    tiles = backend.xp.zeros((N, *counts, k, k, C), dtype=x.dtype)
    for th in range(counts[0]):
        rows, of_tile_h = _clip(th * step - corner[0], k, x.shape[1])
        for tw in range(counts[1]):
            columns, of_tile_w = _clip(tw * step - corner[1], k, x.shape[2])
            tiles[:, th, tw, of_tile_h, of_tile_w] = own[:, rows, columns]
    both = backend.xp.asarray(_both_axes(matrix))  # T ⊗ T: a² × k²
    return backend.xp.matmul(both, tiles.reshape(-1, k * k, C)).transpose(1, 0, 2)


@allow_underflow
def scatter_tiles(tiles, matrix, step, corner, counts, group, groups, x, add=True):
    """The transpose of gather_tiles: adds Tᵀ t T of every tile t to its place in x.

    matrix: Tᵀ (k × a). tiles: (a², N·TH·TW, C/groups). What falls outside of x is dropped.
    Without `add` the values take the place of x's: for tiles that do not overlap.
    """
    N, C = x.shape[0], x.shape[3] // groups
    k = matrix.shape[0]
    both = backend.xp.asarray(_both_axes(matrix))  # k² × a²
    values = backend.xp.matmul(both, tiles.transpose(1, 0, 2)).reshape(N, *counts, k, k, C)
    own = x[..., group * C : (group + 1) * C]
    for th in range(counts[0]):
        rows, of_tile_h = _clip(th * step - corner[0], k, x.shape[1])
        for tw in range(counts[1]):
            columns, of_tile_w = _clip(tw * step - corner[1], k, x.shape[2])
            part = values[:, th, tw, of_tile_h, of_tile_w]
            own[:, rows, columns] = own[:, rows, columns] + part if add else part


def _both_axes(matrix):
    """The matrix of T · T ᵀ on a tile whose rows stand one behind the other: T ⊗ T."""
    return np.kron(matrix, matrix)


def _clip(start, length, size):
    """Where a tile lies in a map of `size`, and which part of the tile that is."""
    first, last = max(0, start), max(0, min(size, start + length))
    first = min(first, last)
    return slice(first, last), slice(first - start, last - start)


def relu(x):
    """max(x, 0)."""
    return backend.xp.maximum(x, 0)


def relu_backward(dy, y):
    """dy where the output y is above zero, else 0."""
    return dy * (y > 0)


def max_pool(x, kernel, stride, padding):
    """The largest value of every window and its position in the window, i·KW + j.

    Returns y and positions (see `position_type`), both (N, OH, OW, C). Padding counts as −∞. Of
    equal values the first, row by row, wins.
    """
    N, H, W, C = x.shape
    OH, OW = window_counts((H, W), kernel, stride, padding)
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
    N, H, W, C = shape
    (top, bottom), (left, right) = padding
    padded = backend.xp.zeros((N, H + top + bottom, W + left + right, C), dtype=dy.dtype)
    for position, window in _window_slices(shape, kernel, stride, padding):
        padded[window] += backend.xp.where(positions == position, dy, 0)
    return padded[:, top : top + H, left : left + W].copy()


@allow_underflow
def avg_pool(x, kernel, stride, padding):
    """The mean of every window of KH·KW values; padding counts as zeros."""
    N, H, W, C = x.shape
    OH, OW = window_counts((H, W), kernel, stride, padding)
    y = backend.xp.zeros((N, OH, OW, C), dtype=x.dtype)
    padded = _pad(x, padding)
    for _, window in _window_slices(x.shape, kernel, stride, padding):
        y += padded[window]
    y /= kernel[0] * kernel[1]
    return y


@allow_underflow
def avg_pool_backward(dy, shape, kernel, stride, padding):
    """Gives every value of a window dy / (KH·KW)."""
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
    """
    return x * _denominator(x, size, alpha, k, axes, groups) ** -beta


def _denominator(x, size, alpha, k, axes, groups):
    """d = k + α · Σ x²."""
    grouped = x.reshape(*x.shape[:3], groups, x.shape[3] // groups)
    d = grouped * grouped
    for axis in axes:
        d = _window_sum(d, axis if axis < 3 else 4, size, size // 2)
    return (k + alpha * d).reshape(x.shape)


@allow_underflow
def response_norm_backward(dy, x, size, alpha, beta, k, axes=(3,), groups=1):
    """dx = dy · d^−β − 2αβ · x · Σ (dy · x · d^−(β+1)) over the windows that read this place.

    The second term is the cross-channel one: place i is read by the windows of its neighbours, so
    the sum reaches `size − 1 − size//2` back where the forward one reaches `size//2` back. d is
    computed again: keeping it would take as much memory as x.
    """
    d = _denominator(x, size, alpha, k, axes, groups)
    shape = (*x.shape[:3], groups, x.shape[3] // groups)
    cross = (dy * x * d ** (-beta - 1)).reshape(shape)
    for axis in axes:
        cross = _window_sum(cross, axis if axis < 3 else 4, size, size - 1 - size // 2)
    return dy * d**-beta - (2 * alpha * beta) * x * cross.reshape(x.shape)


@allow_underflow
def sgd_update(weights, velocity, gradient, learning_rate, momentum, weight_decay):
    """Section 5's rule, in place: v ← μ·v − λ·ε·w − ε·∂L/∂w, then w ← w + v."""
    velocity *= momentum
    velocity -= learning_rate * (weight_decay * weights + gradient)
    weights += velocity
