"""Convolution backward: what a pixel collects, and what each position of the kernel sends."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.grids import numbers, outline
from tinyalex.figures.plotting import Figure
from tinyalex.kernels.reference import col2im, im2col
from tinyalex.layers import Conv2d

NO_PADDING = ((0, 0), (0, 0))


def sending(W: np.ndarray, dy: np.ndarray) -> Figure:
    """dx after each position (i, j) of the kernel has sent dy · W[i, j] to its slice."""
    steps = sending_steps(W, dy)
    figure = Figure(figsize=(7.4, 2.5), layout="constrained")
    for axes, ((i, j), dx) in zip(figure.subplots(1, len(steps)), steps, strict=True):
        numbers(axes, dx, f"({i}, {j}): add dy · {W[i, j]:g}")
        outline(axes, i, j, *dy.shape)
    figure.suptitle("dx after each position (i, j); framed: the slice it adds to", fontsize=11)
    return figure


def sending_steps(W: np.ndarray, dy: np.ndarray) -> list[tuple[tuple[int, int], np.ndarray]]:
    """One channel, one kernel, stride 1: each position and dx as it is after it."""
    OH, OW = dy.shape
    dx = np.zeros((OH + W.shape[0] - 1, OW + W.shape[1] - 1))
    steps = []
    for i, j in np.ndindex(W.shape):
        dx[i : i + OH, j : j + OW] += dy * W[i, j]
        steps.append(((i, j), dx.copy()))
    return steps


def collecting(x: np.ndarray, W: np.ndarray, dy: np.ndarray, h: int, w: int) -> Figure:
    """A pixel, the windows that read it (as places of dy), and the weights it met there."""
    terms = pixel_terms(W, dy, h, w)
    pixel, places, weights = (np.zeros(array.shape, bool) for array in (x, dy, W))
    pixel[h, w] = True
    for place, position, _ in terms:
        places[place] = weights[position] = True
    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    first, second, third = figure.subplots(1, 3, width_ratios=(x.shape[1], *dy.shape[1:], 2))
    numbers(first, x, f"x: the pixel ({h}, {w})", pixel)
    numbers(second, dy, "dy: the windows that read it", places)
    numbers(third, W, "W: the weights it met", weights)
    products = [f"{dy[place]:g}·{W[position]:g}" for place, position, _ in terms]
    total = sum(value for _, _, value in terms)
    figure.supxlabel(f"dx[{h}, {w}] = {' + '.join(products)} = {total:g}", fontsize=11)
    return figure


def pixel_terms(W: np.ndarray, dy: np.ndarray, h: int, w: int) -> list[tuple]:
    """(place in dy, position in W, product) for each window that reads the pixel (h, w)."""
    terms = []
    for oh, ow in np.ndindex(dy.shape):
        i, j = h - oh, w - ow
        if 0 <= i < W.shape[0] and 0 <= j < W.shape[1]:
            terms.append(((oh, ow), (i, j), dy[oh, ow] * W[i, j]))
    return terms


def copies(x: np.ndarray, kernel: tuple[int, int], h: int, w: int) -> Figure:
    """A pixel, the places in the columns that im2col copies it to, and what col2im adds up."""
    columns, places, added = copied(x, kernel, h, w)
    pixel = np.zeros(x.shape, bool)
    pixel[h, w] = True
    figure = Figure(figsize=(7.4, 3.0), layout="constrained")
    first, second, third = figure.subplots(1, 3, width_ratios=(3, 4, 3))
    numbers(first, x, f"x: the pixel ({h}, {w})", pixel)
    numbers(second, columns, "im2col(x): its copies", places)
    numbers(third, added, "col2im: their sums", pixel)
    second.set_yticks(range(len(columns)), [f"window {r}" for r in range(len(columns))], fontsize=8)
    second.set_yticks(np.arange(0.5, len(columns) - 1), minor=True)
    second.tick_params(which="both", length=0)
    second.grid(False, axis="y", which="major")
    second.grid(True, axis="y", which="minor", color="0.8", linewidth=0.8)
    times = int(places.sum())
    total = " + ".join([f"{x[h, w]:g}"] * times)
    figure.supxlabel(f"copied {times} ×, and added up: {total} = {added[h, w]:g}", fontsize=11)
    return figure


def copied(x: np.ndarray, kernel: tuple[int, int], h: int, w: int) -> tuple[np.ndarray, ...]:
    """The columns of x, where in them the pixel (h, w) stands, and col2im of the columns."""
    maps = np.stack([x, np.arange(x.size).reshape(x.shape)]).astype(float)[..., None]
    columns, names = im2col(maps, kernel, (1, 1), NO_PADDING)[0].reshape(2, -1, np.prod(kernel))
    added = col2im(columns[None], (1, *x.shape, 1), kernel, (1, 1), NO_PADDING)
    return columns, names == h * x.shape[1] + w, added[0, :, :, 0]


def copying_matrix(size: int = 3, kernel: int = 2) -> np.ndarray:
    """A with im2col(x) = A · x: one row for each number of the columns, one for each pixel."""
    pixels = np.eye(size * size).reshape(-1, size, size, 1)
    columns = [im2col(x[None], (kernel, kernel), (1, 1), NO_PADDING) for x in pixels]
    return np.stack([column.ravel() for column in columns], axis=1)


def im2col_as_a_matrix() -> Figure:
    """The zeros and ones of A, and how often each pixel is copied."""
    A = copying_matrix()
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(9, 5))
    left.imshow(A, cmap="Greys", aspect="auto")
    left.set_xticks(range(9), range(1, 10))
    left.set_yticks([1.5, 5.5, 9.5, 13.5], [f"window {k}" for k in range(4)])
    left.tick_params(length=0)
    for border in (3.5, 7.5, 11.5):
        left.axhline(border, color="0.6", linewidth=0.8)
    left.set_xlabel("pixel of x, row after row")
    left.set_title("A (black is 1): each row copies one pixel", fontsize=10)
    numbers(right, A.sum(axis=0).reshape(3, 3), "ones in each column of A")
    return figure


def readings(size: int, kernel: int, stride: int) -> np.ndarray:
    """How many windows read each pixel: dx, where all of W and of dy is 1."""
    conv = Conv2d(1, 1, kernel, stride, dtype="float64")
    conv.params["W"][...] = 1
    y = conv.forward(np.zeros((1, size, size, 1)))
    return conv.backward(np.ones_like(y))[0, :, :, 0].round().astype(int)


def texture() -> Figure:
    """How many windows read each pixel, in conv1 and in conv2 (without its padding)."""
    figure = Figure(figsize=(7.2, 3.0), layout="constrained")
    layers = (("conv1: 11 × 11, stride 4", 51, 11, 4), ("conv2: 5 × 5, stride 1", 27, 5, 1))
    for axes, (name, size, kernel, stride) in zip(figure.subplots(1, 2), layers, strict=True):
        image = axes.imshow(readings(size, kernel, stride), cmap="Greys", vmin=0)
        axes.set_title(name, fontsize=11)
        axes.set_xlabel("column of x")
        axes.set_ylabel("row of x")
        figure.colorbar(image, ax=axes, shrink=0.75, label="windows")
    return figure
