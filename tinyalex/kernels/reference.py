"""The kernels as plain array code: the specification, on NumPy and on CuPy alike.

A window's position (i, j) inside a kernel of KH·KW is visited in one outer loop; everything else
is array arithmetic over all pictures, places and channels at once. Arrays are NHWC.
"""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels.windows import window_counts


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


def relu(x):
    """max(x, 0)."""
    return backend.xp.maximum(x, 0)


def relu_backward(dy, y):
    """dy where the output y is above zero, else 0."""
    return dy * (y > 0)


def max_pool(x, kernel, stride, padding):
    """The largest value of every window and its position in the window, i·KW + j.

    Returns y and positions (int32), both (N, OH, OW, C). Padding counts as −∞. Of equal values
    the first, row by row, wins.
    """
    N, H, W, C = x.shape
    OH, OW = window_counts((H, W), kernel, stride, padding)
    padded = _pad(x, padding, value=-float("inf"))
    y = backend.xp.full((N, OH, OW, C), -float("inf"), dtype=x.dtype)
    positions = backend.xp.zeros((N, OH, OW, C), dtype="int32")
    for position, window in _window_slices(x.shape, kernel, stride, padding):
        values = padded[window]
        # "not ≤" rather than ">": a NaN wins, so that it stays visible.
        larger = ~(values <= y) & (y == y)
        y = backend.xp.where(larger, values, y)
        positions = backend.xp.where(larger, position, positions).astype("int32")
    return y, positions


def max_pool_backward(dy, positions, shape, kernel, stride, padding):
    """Sends dy to the place of each window's maximum, adding where windows share it."""
    N, H, W, C = shape
    (top, bottom), (left, right) = padding
    padded = backend.xp.zeros((N, H + top + bottom, W + left + right, C), dtype=dy.dtype)
    for position, window in _window_slices(shape, kernel, stride, padding):
        padded[window] += dy * (positions == position)
    return padded[:, top : top + H, left : left + W].copy()


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


def response_norm(x, size, alpha, beta, k, axes=(3,), groups=1):
    """y = x · d^−β with d = k + α · Σ x² over a window of `size` along each of the axes.

    axes (3,) sums over neighbouring channels (LRN), (1, 2) over a square within a channel. With
    groups the channels fall into that many runs, and no window crosses from one into the next.
    Returns y and d, both of x's shape.
    """
    grouped = x.reshape(*x.shape[:3], groups, x.shape[3] // groups)
    d = grouped * grouped
    for axis in axes:
        d = _window_sum(d, axis if axis < 3 else 4, size, size // 2)
    d = (k + alpha * d).reshape(x.shape)
    return x * d**-beta, d


def response_norm_backward(dy, x, d, size, alpha, beta, axes=(3,), groups=1):
    """dx = dy · d^−β − 2αβ · x · Σ (dy · x · d^−(β+1)) over the windows that read this place.

    The second term is the cross-channel one: place i is read by the windows of its neighbours, so
    the sum reaches `size − 1 − size//2` back where the forward one reaches `size//2` back.
    """
    shape = (*x.shape[:3], groups, x.shape[3] // groups)
    cross = (dy * x * d ** (-beta - 1)).reshape(shape)
    for axis in axes:
        cross = _window_sum(cross, axis if axis < 3 else 4, size, size - 1 - size // 2)
    return dy * d**-beta - (2 * alpha * beta) * x * cross.reshape(x.shape)


def sgd_update(weights, velocity, gradient, learning_rate, momentum, weight_decay):
    """Section 5's rule, in place: v ← μ·v − λ·ε·w − ε·∂L/∂w, then w ← w + v."""
    velocity *= momentum
    velocity -= learning_rate * (weight_decay * weights + gradient)
    weights += velocity
