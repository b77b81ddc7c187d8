"""Convolution: maps of patterns, the window that slides, and the window that hangs over."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.grids import numbers, outline
from tinyalex.coursework.drawing.palette import STRONG
from tinyalex.data.builtin import CLASS_NAMES, draw_picture
from tinyalex.figures.plotting import Figure, Rectangle
from tinyalex.kernels.reference import im2col
from tinyalex.layers import Conv2d

REAL = "#cfe2f3"  # pixels of the picture, as against padding
GPUS = ("#fde3c0", "#cfe2f3")  # one colour for each column

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


def geometry(size: int, kernel: int, stride: int, padding: int, p: int, q: int) -> Figure:
    """The padded map with one window framed, every window's first pixel marked, and the output."""
    whole = size + 2 * padding
    count = (whole - kernel) // stride + 1
    read = {s * stride + i for s in range(count) for i in range(kernel)}
    p, q = min(p, count - 1), min(q, count - 1)
    figure = Figure(figsize=(7.2, 4.0), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(5, 3))
    for row, column in np.ndindex(whole, whole):
        inside = all(padding <= place < padding + size for place in (row, column))
        unread = not {row, column} <= read
        style = {"facecolor": REAL if inside else "white", "hatch": "////" if unread else None}
        left.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, edgecolor="0.6", **style))
    starts = np.arange(count) * stride
    left.plot(np.tile(starts, count), np.repeat(starts, count), "o", color="black", markersize=4)
    outline(left, p * stride, q * stride, kernel, kernel)
    left.set(xlim=(-0.7, whole - 0.3), ylim=(whole - 0.3, -0.7), aspect="equal")
    left.set_title(f"window ({p}, {q}); white: padding; dots: windows start", fontsize=10)
    chosen = np.zeros((count, count), bool)
    chosen[p, q] = True
    for row, column in np.ndindex(count, count):
        colour = STRONG if chosen[row, column] else "white"
        right.add_patch(
            Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor="0.6")
        )
    right.set(xlim=(-0.6, count - 0.4), ylim=(count - 0.4, -0.6), aspect="equal")
    right.set_title(f"y: {count} × {count}", fontsize=10)
    for axes in (left, right):
        axes.axis("off")
    words = f"⌊({size} + 2·{padding} − {kernel}) / {stride}⌋ + 1 = {count}"
    unread = "; hatched: never read" if len(read) < whole else ""
    figure.supxlabel(words + unread, fontsize=11)
    return figure


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


COLUMNS = (  # name, what one column holds, whether it reads both columns
    ("conv1", "48 maps", False),
    ("conv2", "128 maps", False),
    ("conv3", "192 maps", True),
    ("conv4", "192 maps", False),
    ("conv5", "128 maps", False),
    ("fc6", "2048", True),
    ("fc7", "2048", True),
)


def two_columns() -> Figure:
    """Which layer reads which half: AlexNet's two columns, one on each GPU."""
    figure = Figure(figsize=(7.6, 2.7), layout="constrained")
    axes = figure.subplots()
    _box(axes, 0, 0.5, "picture", "3 maps", "white")
    for place, (name, holds, _) in enumerate(COLUMNS, start=1):
        for row in (0, 1):
            _box(axes, place, row, name, holds, GPUS[row])
    _box(axes, 8, 0.5, "fc8", "1000", "white")
    for place in range(8):
        crossing = place in (0, 7) or COLUMNS[place][2]
        for before in (0.5,) if place == 0 else (0, 1):
            for after in (0.5,) if place == 7 else (0, 1):
                if crossing or before == after:
                    style = (
                        {"color": STRONG, "lw": 1.6} if crossing else {"color": "0.3", "lw": 1.2}
                    )
                    axes.plot((place + 0.38, place + 0.62), (before, after), **style)
    axes.text(-0.38, 1.0, "GPU 1", fontsize=9)
    axes.text(-0.38, 0.0, "GPU 2", fontsize=9)
    axes.set(xlim=(-0.45, 8.45), ylim=(-0.4, 1.4))
    axes.set_title("red: reads everything below; grey: reads its own column only", fontsize=10)
    axes.axis("off")
    return figure


def _box(axes, place: float, row: float, name: str, holds: str, colour: str) -> None:
    corner = (place - 0.38, row - 0.22)
    axes.add_patch(Rectangle(corner, 0.76, 0.44, facecolor=colour, edgecolor="0.3"))
    axes.text(place, row, f"{name}\n{holds}", ha="center", va="center", fontsize=8)
