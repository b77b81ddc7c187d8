"""Pictures and their nearest neighbours by a network's features: Figure 4 (right) of the paper."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinyalex.figures.lettering import drawn
from tinyalex.figures.panels import new_figure, save, show


class Neighbour(NamedTuple):
    """A picture (H, W, 3), RGB in 0-1 or uint8, its class and its distance from the query."""

    picture: np.ndarray
    name: str
    distance: float


class Query(NamedTuple):
    """A picture, its class ("" if unknown), and its neighbours, nearest first."""

    picture: np.ndarray
    name: str
    neighbours: list[Neighbour]


def draw_neighbours(queries: list[Query], path: Path, title: str = "") -> None:
    """Draws one row per query: the query, a gap, and its neighbours with their distances.

    A neighbour's class is green if it is the query's class, red if not.
    """
    count = len(queries[0].neighbours)
    figure = new_figure(1.55 * (count + 1) + 0.3, 1.85 * len(queries) + 0.5)
    grid = figure.add_gridspec(len(queries), count + 2, width_ratios=[1, 0.12, *[1] * count])
    for row, query in enumerate(queries):
        show(figure.add_subplot(grid[row, 0]), query.picture, drawn(query.name or "query", 20))
        for column, (picture, name, distance) in enumerate(query.neighbours):
            axes = figure.add_subplot(grid[row, column + 2])
            show(axes, picture, drawn(name, 20))
            axes.set_xlabel(f"{distance:.4g}", fontsize=8, labelpad=2)
            if query.name:
                axes.title.set_color("green" if name == query.name else "firebrick")
    figure.suptitle(drawn(title), fontsize=10)
    save(figure, path)
