"""The confusion matrix as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinyalex.figures.lettering import drawn
from tinyalex.figures.panels import save

COUNTS_UP_TO = 30  # classes; with more, the counts would not fit into their cells
NAMES_UP_TO = 200
NAME_WIDTH = 24  # letters


def draw_confusion(
    matrix: np.ndarray, rows: Sequence[str], columns: Sequence[str], path: Path
) -> None:
    """Writes a PNG of matrix (R, K): how many samples of true class r were predicted as class k.

    The first R columns are the rows' classes; more may follow. Right answers are blue and mistakes
    red, darker for a larger share of the row: by its square root, so that even a few mistakes show.
    """
    from tinyalex.figures.plotting import Figure  # slow to import: only when something is drawn

    R, K = matrix.shape
    rows, columns = ([drawn(name, NAME_WIDTH) for name in some] for some in (rows, columns))
    names = max(R, K) <= NAMES_UP_TO
    cell = float(np.clip(13 / K, 0.09 if names else 0.02, 0.5))  # inches
    margin = min(2.4, 0.75 + 0.075 * max(map(len, [*rows, *columns]))) if names else 1
    figure = Figure(
        figsize=(max(4.5, K * cell) + margin, max(3, R * cell) + margin),
        dpi=110,
        layout="constrained",
    )
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    axes = figure.subplots()
    share = np.sqrt(matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1))
    right = np.eye(R, K, dtype=bool)
    for mask, colours in ((right, "Blues"), (~right, "Reds")):
        # Only 0 is white: the scale starts above its palest colours.
        shown = np.ma.masked_where(~mask | (matrix == 0), 0.15 + 0.75 * share)
        axes.imshow(shown, cmap=colours, vmin=0, vmax=1, aspect="equal", interpolation="nearest")
    if max(R, K) <= COUNTS_UP_TO:
        _write_counts(axes, matrix, share, size=min(10, 72 * cell / 2.6))
    _name_axes(axes, rows, columns, names, size=min(10, 72 * cell * 0.72))
    save(figure, path)


def _write_counts(axes, matrix: np.ndarray, share: np.ndarray, size: float) -> None:
    for r, k in np.argwhere(matrix):
        colour = "white" if share[r, k] > 0.7 else "black"
        axes.text(k, r, f"{matrix[r, k]}", ha="center", va="center", fontsize=size, color=colour)


def _name_axes(axes, rows: Sequence[str], columns: Sequence[str], names: bool, size: float) -> None:
    axes.set_ylabel("true class")
    axes.set_xlabel("predicted class")
    axes.set_title("blue: right, red: wrong; darker: a larger share of the row", fontsize=9)
    for axis, of in ((axes.xaxis, columns), (axes.yaxis, rows)):
        if names:
            axis.set_ticks(range(len(of)), of, fontsize=size)
            axis.set_ticks(np.arange(len(of) + 1) - 0.5, minor=True)
    if names:
        axes.tick_params(axis="x", labelrotation=90)
        axes.tick_params(which="both", length=0, pad=2)
        axes.grid(which="minor", color="0.9", linewidth=0.5)
