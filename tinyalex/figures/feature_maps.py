"""A layer's feature maps for a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex.figures.panels import DPI, new_figure, save, show

STRONGEST = 8
WIDTH = 1150  # pixels of the sheet of all maps
BETWEEN = "#8899aa"  # between maps: a colour of neither scale


def draw_feature_maps(picture: np.ndarray, y: np.ndarray, layer: str, path: Path) -> None:
    """Draws the picture, the strongest maps with their numbers, and all maps in order.

    picture: (H, W, 3), RGB in 0-1. y: (H, W, K), or (K,), whose units are drawn as pixels. All
    maps share one scale, up to the 99th percentile of the values that are not 0. Black is 0; if
    there are values of both signs, blue is below 0 and red above.
    """
    sizes = np.abs(y[y != 0])
    limit = float(np.percentile(sizes, 99)) if sizes.size else 1.0
    both = bool((y < 0).any())
    scale = {"vmin": -limit if both else 0.0, "vmax": limit, "cmap": "RdBu_r" if both else "gray"}
    scale["interpolation"] = "nearest"
    draw = _draw_units if y.ndim == 1 else _draw_maps
    save(draw(picture, y, layer, scale), path)


def _draw_maps(picture: np.ndarray, y: np.ndarray, layer: str, scale: dict):
    H, W, K = y.shape
    sheet, firsts, step = _sheet(y)
    height = sheet.shape[0] / sheet.shape[1] * WIDTH
    figure = new_figure((WIDTH + 130) / DPI, (height + 460) / DPI)
    top, bottom = figure.subfigures(2, 1, height_ratios=[400, height + 60])
    _strongest(top, picture, y, scale)
    axes = bottom.subplots()
    colours = show(axes, sheet, **scale)
    axes.set_facecolor(BETWEEN)
    middles = [step * row + H / 2 for row in range(len(firsts))]
    axes.set_yticks(middles, firsts, fontsize=8)
    axes.tick_params(length=0)
    bottom.colorbar(colours, ax=axes, pad=0.01, aspect=40)
    figure.suptitle(f"{layer}: {K} maps of {H} × {W}; the strongest above, all in order below")
    return figure


def _strongest(figure, picture: np.ndarray, y: np.ndarray, scale: dict) -> None:
    """The picture, and the maps with the largest values."""
    peaks = y.max(axis=(0, 1))
    grid = figure.add_gridspec(2, 2 + STRONGEST // 2)
    show(figure.add_subplot(grid[:, :2]), picture, "the picture")
    for place, k in enumerate(np.argsort(-peaks, kind="stable")[:STRONGEST]):
        row, column = divmod(place, STRONGEST // 2)
        axes = figure.add_subplot(grid[row, 2 + column])
        show(axes, y[..., k], f"map {k}: up to {peaks[k]:.4g}", **scale)


def _sheet(y: np.ndarray) -> tuple[np.ndarray, list[int], int]:
    """All maps side by side, the number of each row's first map, and the height of a row."""
    H, W, K = y.shape
    columns = min(K, 16 if K <= 128 else 32)
    gap = max(1, H // 12)
    sheet = np.full((-(-K // columns) * (H + gap) - gap, columns * (W + gap) - gap), np.nan)
    for k in range(K):
        top, left = k // columns * (H + gap), k % columns * (W + gap)
        sheet[top : top + H, left : left + W] = y[..., k]
    return sheet, list(range(0, K, columns)), H + gap


def _draw_units(picture: np.ndarray, y: np.ndarray, layer: str, scale: dict):
    """Draws a vector: its units row by row, and the strongest as bars."""
    columns = int(np.ceil(np.sqrt(len(y))))
    square = np.full(columns * -(-len(y) // columns), np.nan)
    square[: len(y)] = y
    figure = new_figure(11, 4.6)
    first, second, third = figure.subplots(1, 3, width_ratios=[1, 1.2, 0.6])
    show(first, picture, "the picture")
    units = show(second, square.reshape(-1, columns), f"its units, {columns} per row", **scale)
    second.set_facecolor(BETWEEN)
    figure.colorbar(units, ax=second, shrink=0.8)
    strongest = np.argsort(-y, kind="stable")[: 2 * STRONGEST]
    third.barh([str(k) for k in strongest], y[strongest], color="0.4")
    third.invert_yaxis()
    third.tick_params(labelsize=8)
    third.set_title("the strongest", fontsize=9)
    figure.suptitle(f"{layer}: {len(y)} units")
    return figure
