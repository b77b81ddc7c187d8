"""Pictures with the classes that a network predicts: Figure 4 (left) of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinyalex.figures.lettering import drawn, first_name
from tinyalex.figures.panels import DPI, save

RIGHT, WRONG = "#e0696a", "#7a9cc6"  # the bar of the true class stands out


class Prediction(NamedTuple):
    """A picture (H, W, 3), uint8, its classes in descending order, and the true class if known."""

    picture: np.ndarray
    names: list[str]
    probabilities: list[float]
    true: str | None = None


def draw_predictions(predictions: Sequence[Prediction], path: Path, columns: int = 4) -> None:
    """Writes a PNG: each picture above the bars of its classes, with the true class in red."""
    from tinyalex.figures.plotting import Figure

    if not predictions:
        raise ValueError("there are no predictions to draw")
    columns = min(columns, len(predictions))
    rows = -(-len(predictions) // columns)
    figure = Figure(figsize=(2.4 * columns, 3.9 * rows), dpi=DPI, layout="constrained")
    grid = figure.add_gridspec(2 * rows, columns, height_ratios=[2.4, 1.3] * rows)
    for number, prediction in enumerate(predictions):
        row, column = divmod(number, columns)
        shown = figure.add_subplot(grid[2 * row, column])
        shown.imshow(prediction.picture)
        shown.set_axis_off()
        if prediction.true:
            shown.set_title(_drawn(prediction.true), fontsize=10)
        _draw_bars(figure.add_subplot(grid[2 * row + 1, column]), prediction)
    save(figure, path)


def _draw_bars(axes, prediction: Prediction) -> None:
    places = range(len(prediction.names))
    colours = [RIGHT if name == prediction.true else WRONG for name in prediction.names]
    axes.barh(places, prediction.probabilities, color=colours, height=0.82)
    for place, (name, p) in enumerate(zip(prediction.names, prediction.probabilities, strict=True)):
        axes.text(0.02, place, f"{_drawn(name)}  {p:.0%}", va="center", fontsize=8)
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.set_yticks([])


def _drawn(name: str) -> str:
    return drawn(first_name(name), 30)
