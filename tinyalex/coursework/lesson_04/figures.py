"""Convolution: maps of patterns, the window that slides, and the window that hangs over."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.grids import STRONG, numbers, outline
from tinyalex.data.builtin import CLASS_NAMES, draw_picture
from tinyalex.figures.plotting import Figure, Rectangle
from tinyalex.kernels.reference import im2col
from tinyalex.layers import Conv2d

KERNELS = {
    "bright below dark": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "bright right of dark": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "a bright spot": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
}


def pattern_maps(class_name: str = "white-rings") -> Figure:
    """A picture, three kernels, and where each finds its pattern."""
    grey = draw_picture(CLASS_NAMES.index(class_name), 0)[::2, ::2].mean(axis=2) / 255
    figure = Figure(figsize=(7.4, 3.4), layout="constrained")
    above, below = figure.subplots(2, 4, height_ratios=(1, 2.2))
    above[0].axis("off")
    below[0].imshow(grey, cmap="gray")
    below[0].set_title("x", fontsize=10)
    for k, (name, kernel) in enumerate(KERNELS.items(), start=1):
        found = found_map(grey, kernel)
        numbers(above[k], kernel, name)
        limit = np.abs(found).max()
        below[k].imshow(found, cmap="gray", vmin=-limit, vmax=limit)
        below[k].set_title("y: bright = found", fontsize=10)
    for axes in below:
        axes.axis("off")
    return figure


def found_map(picture: np.ndarray, kernel: list) -> np.ndarray:
    """The convolution of one channel by one kernel."""
    conv = Conv2d(1, 1, 3, dtype="float64")
    conv.params["W"][:, :, 0, 0] = kernel
    return conv.forward(picture[None, :, :, None])[0, :, :, 0]


def last_windows(width: int = 224, kernel: int = 11, stride: int = 4) -> Figure:
    """The windows at the right edge of conv1's picture, the one that hangs over among them."""
    figure = Figure(figsize=(7.2, 2.7), layout="constrained")
    axes = figure.subplots()
    axes.add_patch(Rectangle((0, -1), width, 1, facecolor="0.75", edgecolor="black"))
    axes.add_patch(Rectangle((width, -1), 3, 1, facecolor="white", edgecolor="black", hatch="///"))
    axes.text(192, -0.5, "columns of the picture", va="center", fontsize=9)
    for row, window in enumerate(range(51, 55)):
        first = window * stride
        over = first + kernel > width
        colour = STRONG if over else "0.35"
        axes.add_patch(Rectangle((first, row + 0.2), kernel, 0.6, facecolor=colour))
        reads = f"window {window}: columns {first} to {first + kernel - 1}"
        axes.text(first - 0.8, row + 0.5, reads, ha="right", va="center", fontsize=9)
    axes.axvline(width, color="black", linestyle=":")
    axes.text(width + 3.4, -0.5, f"{first + kernel - width} of zeros", va="center", fontsize=9)
    axes.set(xlim=(180, 234), ylim=(4.1, -1.2), xlabel="column (windows counted from 0)")
    axes.set_yticks([])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    return figure


def sliding(x: np.ndarray, W: np.ndarray, b: float, oh: int, ow: int) -> Figure:
    """One window: its place in x, its row of the columns, the column W, its number of y."""
    KH, KW = W.shape
    columns = im2col(x[None, :, :, None], (KH, KW), (1, 1), ((0, 0), (0, 0)))[0]
    shape = (x.shape[0] - KH + 1, x.shape[1] - KW + 1)
    y = (columns @ W.ravel()).reshape(shape) + b
    row = oh * shape[1] + ow
    window, copied, answer = (np.zeros(array.shape, bool) for array in (x, columns, y))
    window[oh : oh + KH, ow : ow + KW] = copied[row] = answer[oh, ow] = True
    figure = Figure(figsize=(7.4, 2.7), layout="constrained")
    panels = figure.subplots(1, 4, width_ratios=(3, 4, 1, 2))
    shown = (
        (x, "x", window),
        (columns, "columns", copied),
        (W.reshape(-1, 1), "W"),
        (y, "y", answer),
    )
    for axes, grid in zip(panels, shown, strict=True):
        numbers(axes, *grid)
    outline(panels[0], oh, ow, KH, KW)
    products = " + ".join(f"{a:g}·{w:g}" for a, w in zip(columns[row], W.ravel(), strict=True))
    figure.supxlabel(f"y[{oh}, {ow}] = {products} + {b:g} = {y[oh, ow]:g}", fontsize=11)
    return figure


def who_reads_whom(channels: int = 96, kernels: int = 256) -> Figure:
    """Which kernel of conv2 reads which map of pool1, with one group and with two."""
    figure = Figure(figsize=(7.2, 2.5), layout="constrained")
    for axes, groups in zip(figure.subplots(1, 2), (1, 2), strict=True):
        conv = Conv2d(channels, kernels, 5, padding=2, groups=groups)
        axes.imshow(
            connections(channels, kernels, groups), cmap="Greys", vmin=0, vmax=1.6, aspect="auto"
        )
        weights = conv.params["W"].size
        axes.set_title(f"groups={groups}: {weights:,} weights", fontsize=10)
        axes.set_xlabel("kernel of conv2")
        axes.set_ylabel("map that it reads")
    return figure


def connections(channels: int, kernels: int, groups: int) -> np.ndarray:
    """1 where a kernel reads a channel: found by sending a gradient back."""
    conv = Conv2d(channels, kernels, 1, groups=groups)
    conv.params["W"][...] = 1
    conv.forward(np.zeros((kernels, 1, 1, channels), "float32"))
    each_kernel = np.eye(kernels, dtype="float32").reshape(kernels, 1, 1, kernels)
    return conv.backward(each_kernel)[:, 0, 0].T
