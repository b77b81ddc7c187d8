"""Pooling windows, and how often each pixel is read."""

from __future__ import annotations

import numpy as np

from tinyalex.figures.plotting import Figure, Rectangle
from tinyalex.layers import MaxPool2d


def overlap_maps(size: int = 9) -> Figure:
    """How many windows read each pixel: 2 × 2 by 2 beside the paper's 3 × 3 by 2."""
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    for axes, (kernel, stride) in zip(figure.subplots(1, 2), ((2, 2), (3, 2)), strict=True):
        counts = readings(size, kernel, stride)
        axes.imshow(counts, cmap="Blues", vmin=0, vmax=6)
        for (h, w), count in np.ndenumerate(counts):
            axes.text(w, h, count, ha="center", va="center", fontsize=9)
        axes.set_title(f"windows of {kernel} × {kernel} that move by {stride}", fontsize=11)
        axes.set_xticks([])
        axes.set_yticks([])
    figure.suptitle("How many windows read each pixel", fontsize=12)
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
    _numbers(before, x, "x", (oh * stride + i, ow * stride + j))
    _numbers(after, y, "y", (oh, ow))
    corner = (ow * stride - 0.5, oh * stride - 0.5)
    before.add_patch(Rectangle(corner, kernel, kernel, fill=False, edgecolor="#c0392b", lw=3))
    return figure


def _numbers(axes, array: np.ndarray, title: str, marked: tuple[int, int]) -> None:
    axes.imshow(array, cmap="Greys", vmin=0, vmax=2.5 * array.max())
    for place, value in np.ndenumerate(array):
        strong = place == marked
        colour = "#c0392b" if strong else "black"
        weight = "bold" if strong else "normal"
        axes.text(*place[::-1], f"{value:g}", ha="center", va="center", color=colour, weight=weight)
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])
