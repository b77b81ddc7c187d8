"""Adversarial pictures: the original, the change, the result, and what the network answers."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinyalex.figures.lettering import drawn, first_name
from tinyalex.figures.panels import new_figure, save, show

COLOURS = {"before": "#4878a8", "after": "#d1605e", "random signs": "0.7"}


class Attacked(NamedTuple):
    """before, after: (H, W, 3), RGB in 0-1. probabilities: (3, K): before, after and with random
    signs, of the K classes in `names`."""

    name: str
    before: np.ndarray
    after: np.ndarray
    names: list[str]
    probabilities: np.ndarray


def draw_adversarial(rows: list[Attacked], epsilon: float, path: Path, title: str = "") -> None:
    """Draws a row per picture. epsilon: in grey levels; the change is magnified to fill 0 to 1."""
    figure = new_figure(11.5, 2.9 * len(rows) + 0.7)
    grid = figure.subplots(len(rows), 4, squeeze=False, width_ratios=[1, 1, 1, 1.15])
    factor = 127.5 / epsilon
    for (first, second, third, fourth), row in zip(grid, rows, strict=True):
        show(first, row.before, drawn(row.name, 34))
        change = np.clip(0.5 + factor * (row.after - row.before), 0, 1)
        show(second, change, f"the change × {factor:.3g} (grey: none)")
        show(third, row.after, f"changed by at most {epsilon:g} of 255")
        _bars(fourth, row)
    handles, labels = grid[0, 3].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=3, fontsize=8, frameon=False)
    figure.suptitle(drawn(title), fontsize=10)
    save(figure, path)


def _bars(axes, row: Attacked) -> None:
    """The probabilities of the classes, three bars each."""
    places = np.arange(len(row.names))
    for k, (label, colour) in enumerate(COLOURS.items()):
        at, values = places + 0.27 * (k - 1), row.probabilities[k]
        axes.barh(at, values, height=0.27, color=colour, label=label)
        for place, value in zip(at, values, strict=True):
            axes.text(value + 0.02, place, f"{value:.3f}", fontsize=6, va="center")
    axes.set_yticks(places, [drawn(first_name(name), 18) for name in row.names], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.18)
    axes.set_xticks([0, 0.5, 1])
    axes.tick_params(labelsize=8, length=2)
    axes.spines["bottom"].set_bounds(0, 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("probability", fontsize=9)
