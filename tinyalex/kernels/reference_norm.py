"""Response normalization as plain array code; part of `reference.py`."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels import checks
from tinyalex.kernels.underflow import allow_underflow


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
    groups, the channels are divided into that many runs, and no window reaches into another run.
    Returns y, and the value that `response_norm_backward` takes as `saved`.
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
    the sum reaches back `size − 1 − size//2`, while the forward sum reaches back `size//2`. d is
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
