"""Convolution on the CPU: a fast `reference.convolve`.

It uses im2col on a few pictures at a time: few enough that their matrix of windows is still in the
cache when the product reads it. Where Winograd's algorithm (`winograd.py`) is faster, it uses that.
"""

from __future__ import annotations

import numpy as np

from tinyalex.kernels import checks, winograd
from tinyalex.kernels.cpu_matrices import col2im, im2col, matmul
from tinyalex.kernels.memory import empty, zeros
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.kernels.workers import pieces, share_out, split

COLUMN_BYTES = 4 * 2**20  # the matrix of windows of one piece

# dW is summed in this many parts, in a fixed order: the same seed gives the same run, whichever
# thread finishes first.
SUMS = 8


@allow_underflow
def convolve(x, W, b, stride, padding, groups=1, algorithm="auto"):
    """See `reference.convolve`."""
    counts = checks.convolution("convolve", x, W, b, stride, padding, groups)
    checks.floats("convolve", x=x, W=W, b=b)
    if uses_winograd(x.shape, W.shape, stride, padding, groups, algorithm):
        return winograd.forward(x, W, b, stride, padding, groups), x
    y = empty((len(x), *counts, W.shape[3]), W.dtype)
    weights = _per_group(W, groups)  # (groups, KH·KW·C/groups, K/groups)

    def some_pictures(some):
        columns = im2col(x[some], W.shape[:2], stride, padding, groups)
        matmul(columns, weights, out=_per_group(y[some], groups))
        y[some] += b

    share_out(some_pictures, pieces(len(x), _few(x, W, counts)))
    return y, x


@allow_underflow
def convolve_backward(
    dy, saved, W, stride, padding, groups=1, algorithm="auto", input_gradient=True
):
    """See `reference.convolve_backward`."""
    x = saved
    counts = checks.convolution("convolve_backward", x, W, None, stride, padding, groups)
    checks.shape("convolve_backward", "dy", dy, (len(x), *counts, W.shape[3]))
    checks.floats("convolve_backward", dy=dy, x=x, W=W)
    if uses_winograd(x.shape, W.shape, stride, padding, groups, algorithm):
        return winograd.backward(dy, x, W, stride, padding, groups, input_gradient)
    weights, few = _per_group(W, groups), _few(x, W, counts)
    dx = empty(x.shape, W.dtype) if input_gradient else None

    def some_pictures(some):
        dW, db = zeros(weights.shape, W.dtype), np.zeros(W.shape[3], W.dtype)
        for piece in pieces(some.stop - some.start, few):
            here = slice(some.start + piece.start, some.start + piece.stop)
            columns = im2col(x[here], W.shape[:2], stride, padding, groups)
            dy_matrix = _per_group(dy[here], groups)  # (groups, n·OH·OW, K/groups)
            dW += matmul(columns.transpose(0, 2, 1), dy_matrix)
            db += dy[here].sum(axis=(0, 1, 2))
            if input_gradient:
                matmul(dy_matrix, weights.transpose(0, 2, 1), out=columns)
                dx[here] = col2im(columns, x[here].shape, W.shape[:2], stride, padding)
        return dW, db

    sums = share_out(some_pictures, split(len(x), SUMS))
    dW, db = (sum(parts) for parts in zip(*sums, strict=True))
    return dx, dW.transpose(1, 0, 2).reshape(W.shape), db


def uses_winograd(shape, weights, stride, padding, groups=1, algorithm="auto") -> bool:
    """Whether an input of this shape is convolved by Winograd's algorithm."""
    if algorithm == "auto":
        return winograd.pays(shape, weights, stride, padding, groups)
    return algorithm == "winograd"


def _per_group(array, groups: int):
    """(..., K) as (groups, rows, K/groups): a view if the array is contiguous."""
    return array.reshape(-1, groups, array.shape[-1] // groups).transpose(1, 0, 2)


def _few(x, W, counts) -> int:
    """How many pictures make a matrix of windows of about COLUMN_BYTES."""
    one = counts[0] * counts[1] * W.shape[0] * W.shape[1] * x.shape[3] * W.dtype.itemsize
    return max(1, COLUMN_BYTES // one)
