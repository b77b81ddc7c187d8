"""Pooling windows, and how often each pixel is read."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.grids import numbers, outline
from tinyalex.coursework.lesson_06.mistakes import TiesToAll
from tinyalex.figures.plotting import Figure, Rectangle
from tinyalex.layers import MaxPool2d

# Blue, orange, green and purple: told apart by colour-blind readers too.
WINDOWS = ("#0072b2", "#d55e00", "#009e73", "#aa3377")


def overlap_maps(size: int = 9) -> Figure:
    """How many windows read each pixel: 2 × 2 by 2 beside the paper's 3 × 3 by 2."""
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    for axes, (kernel, stride) in zip(figure.subplots(1, 2), ((2, 2), (3, 2)), strict=True):
        counts = readings(size, kernel, stride)
        axes.imshow(counts, cmap="Blues", vmin=0, vmax=6)
        for (h, w), count in np.ndenumerate(counts):
            axes.text(w, h, count, ha="center", va="center", fontsize=9)
        for colour, (p, q) in zip(WINDOWS, np.ndindex(2, 2), strict=True):
            corner = ((q + 1) * stride - 0.4 + 0.06 * p, (p + 1) * stride - 0.4 + 0.06 * q)
            side = kernel - 0.26
            axes.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=colour, lw=2.5))
        axes.set_title(f"windows of {kernel} × {kernel} that move by {stride}", fontsize=11)
        axes.set_xticks([])
        axes.set_yticks([])
    figure.suptitle("How many windows read each pixel; four windows framed", fontsize=12)
    return figure


def readings(size: int, kernel: int, stride: int) -> np.ndarray:
    """For each pixel of a map the number of windows that it lies in."""
    count = (size - kernel) // stride + 1
    read = np.zeros((size, size), dtype=int)
    for top in range(0, count * stride, stride):
        for left in range(0, count * stride, stride):
            read[top : top + kernel, left : left + kernel] += 1
    return read


def window_at(x: np.ndarray, oh: int, ow: int, kernel: int = 3, stride: int = 2) -> Figure:
    """The map with one window outlined and its maximum marked, beside the pooled map."""
    y = MaxPool2d(kernel, stride).forward(x[None, :, :, None].astype(float))[0, :, :, 0]
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    before, after = figure.subplots(1, 2, width_ratios=x.shape[1:] + y.shape[1:])
    window = x[oh * stride : oh * stride + kernel, ow * stride : ow * stride + kernel]
    i, j = np.unravel_index(window.argmax(), window.shape)
    numbers(before, x, "x", _only(x.shape, oh * stride + i, ow * stride + j))
    numbers(after, y, "y", _only(y.shape, oh, ow))
    outline(before, oh * stride, ow * stride, kernel, kernel)
    return figure


def _only(shape: tuple[int, ...], row: int, column: int) -> np.ndarray:
    """A mask of one place."""
    mask = np.zeros(shape, bool)
    mask[row, column] = True
    return mask


def ties() -> Figure:
    """dx of one window of equal values, dy = 1: to the first place, and to every place."""
    figure = Figure(figsize=(5.4, 2.6), layout="constrained")
    first, every = figure.subplots(1, 2)
    zeros = np.zeros((1, 3, 3, 1))
    for axes, layer, title in (
        (first, MaxPool2d(3, 2), "the first place gets dy"),
        (every, TiesToAll(3, 2), "every place gets dy"),
    ):
        layer.forward(zeros)
        dx = layer.backward(np.ones((1, 1, 1, 1)))[0, :, :, 0]
        numbers(axes, dx, f"{title}: sum {dx.sum():g}", dx > 0)
    return figure
