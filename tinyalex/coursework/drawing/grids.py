"""Small arrays as grids of numbers: what the pictures of several lessons are made of."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.palette import STRONG
from tinyalex.figures.plotting import Rectangle


def numbers(axes, array: np.ndarray, title: str = "", marked: np.ndarray | None = None) -> None:
    """Draws the numbers of a matrix; those that are `marked` (a mask) stand out."""
    array = np.asarray(array)
    marked = np.zeros(array.shape, bool) if marked is None else marked
    axes.imshow(marked, cmap="Greys", vmin=0, vmax=6)
    for (row, column), value in np.ndenumerate(array):
        strong = {"color": STRONG, "weight": "bold"} if marked[row, column] else {}
        axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=10, **strong)
    axes.set_title(title, fontsize=10)
    axes.set_xticks(np.arange(0.5, array.shape[1] - 1), [])
    axes.set_yticks(np.arange(0.5, array.shape[0] - 1), [])
    axes.tick_params(length=0)
    axes.grid(color="0.8", linewidth=0.8)
    for spine in axes.spines.values():
        spine.set_color("0.6")


def outline(axes, top: int, left: int, height: int, width: int) -> None:
    """A frame around some cells."""
    corner = (left - 0.5, top - 0.5)
    frame = Rectangle(corner, width, height, fill=False, edgecolor=STRONG, lw=3, clip_on=False)
    axes.add_patch(frame)
