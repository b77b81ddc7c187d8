"""What excited a unit: its signal, projected back to the pixels."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinyalex.figures.lettering import drawn
from tinyalex.figures.panels import DPI, new_figure, save, show, signed, tiled

SIDE = 96  # of a patch, in pixels


class Row(NamedTuple):
    """One unit: its name, its field of pixels as (top, bottom, left, right), and each method's
    projection to the picture, (H, W, 3), which is 0 outside the field."""

    name: str
    field: tuple[int, int, int, int]
    back: dict[str, np.ndarray]


def draw_projections(picture: np.ndarray, rows: list[Row], path: Path, title: str = "") -> None:
    """Draws one row per unit: the picture, with the unit's field, and each method's projection.

    picture: (H, W, 3), RGB in 0-1. Grey is 0; each projection has its own scale.
    """
    from tinyalex.figures.plotting import Rectangle

    methods = list(rows[0].back)
    figure = new_figure(2.6 * (1 + len(methods)), 2.75 * len(rows) + 0.4)
    panels = figure.subplots(len(rows), 1 + len(methods), squeeze=False)
    H, W, _ = picture.shape
    for line, row in zip(panels, rows, strict=True):
        show(line[0], picture, drawn(row.name, 44))
        top, bottom, left, right = row.field
        frame = Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False)
        frame.set(edgecolor="yellow", linewidth=1.5)
        line[0].add_patch(frame)
        line[0].set(xlim=(-1.5, W + 0.5), ylim=(H + 0.5, -1.5))
        for axes, method in zip(line[1:], methods, strict=True):
            show(axes, signed(row.back[method][top:bottom, left:right]), method)
            axes.set_anchor("N")
    figure.suptitle(drawn(title), fontsize=10)
    save(figure, path)


class Excited(NamedTuple):
    """One unit: its name, and for each of its patches the pixels and the projection to them."""

    name: str
    pairs: list[tuple[np.ndarray, np.ndarray]]


def draw_patches(units: list[Excited], path: Path, title: str = "") -> None:
    """Draws each unit's patches, three in a row, beside the deconvnet's projections to them."""
    columns = min(2, len(units))
    rows = -(-len(units) // columns)
    blocks = [_block(unit.pairs) for unit in units]
    height, width = blocks[0].shape[:2]
    figure = new_figure(columns * (width + 30) / DPI, (rows * (height + 40) + 40) / DPI)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(units) :]:
        axes.set_axis_off()
    for axes, unit, block in zip(panels, units, blocks, strict=False):
        show(axes, block, drawn(unit.name))
    figure.suptitle(drawn(title), fontsize=10)
    save(figure, path)


def _block(pairs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The patches, a gap, and their projections, three in a row each."""
    left = tiled([pixels for pixels, _ in pairs], 3, SIDE)
    right = tiled([signed(back) for _, back in pairs], 3, SIDE)
    gap = np.full((left.shape[0], 16, 3), 255, np.uint8)
    return np.concatenate([left, gap, right], axis=1)
