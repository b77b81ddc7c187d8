"""Counts of work and of bytes, and Winograd's tiles along a line."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from tinyalex.coursework.drawing.palette import BLUE, ORANGE, STRONG
from tinyalex.coursework.lesson_15.solution import transform_input, transform_kernel
from tinyalex.figures.plotting import Figure, Rectangle
from tinyalex.summary import summarize


def uses(net, image_size: int = 224) -> dict[str, float]:
    """How often each weight is used for one picture: multiply-adds over weights."""
    rows = summarize(net, (1, image_size, image_size, 3))
    weights = {name: layer.params["W"].size for name, layer in net if layer.params}
    return {row.name: row.multiply_adds / weights[row.name] for row in rows if row.name in weights}


def uses_of_weights(net) -> Figure:
    """For one picture and for a batch of 128: how much work there is for each fetched weight."""
    found = uses(net)
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    axes = figure.subplots()
    for batch, colour, mark in ((1, BLUE, "o"), (128, ORANGE, "s")):
        heights = [batch * count for count in found.values()]
        axes.plot(list(found), heights, mark, color=colour, ms=8, label=f"batch of {batch}")
        for place, height in enumerate(heights):
            axes.annotate(
                f"{height:,.0f}",
                (place, height),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=8,
            )
    axes.set_yscale("log")
    axes.set_ylim(0.5, 3e6)
    axes.grid(axis="y", alpha=0.3)
    axes.set_ylabel("multiply-adds for each weight")
    axes.legend(frameon=False, loc="upper right")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def seconds(way: Callable, repeats: int = 5) -> float:
    """The shortest of several runs, after one that compiles."""
    way()
    found = []
    for _ in range(repeats):
        started = time.perf_counter()
        way()
        found.append(time.perf_counter() - started)
    return min(found)


def ladder(times: dict[str, float], what: str) -> Figure:
    """Times as dots, the scale in powers of ten: it has no zero for bars to start from."""
    figure = Figure(figsize=(7.2, 1.1 + 0.42 * len(times)), layout="constrained")
    axes = figure.subplots()
    names, values = list(times)[::-1], 1e3 * np.array(list(times.values()))[::-1]
    axes.plot(values, names, "o", color=BLUE, ms=9)
    for name, value in zip(names, values, strict=True):
        text = f"{value:,.0f} ms" if value > 100 else f"{value:.3g} ms"
        axes.annotate(text, (value, name), (9, 0), textcoords="offset points", va="center")
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.grid(axis="x", alpha=0.3)
    axes.set_xscale("log")
    axes.set_xlim(values.min() / 3, values.max() * 20)
    axes.set_xlabel("milliseconds")
    axes.set_title(what, fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def tile_at(d: np.ndarray, g: np.ndarray, tile: int) -> Figure:
    """One tile of a line of one channel: its four inputs, V, U, M and the two outputs."""
    V, U = transform_input(d[:, None])[:, tile, 0], transform_kernel(g[:, None, None])[:, 0, 0]
    M = V * U
    padded = np.append(d, np.zeros(2 * tile + 4 - len(d))) if len(d) < 2 * tile + 4 else d
    figure = Figure(figsize=(6.6, 3.7), layout="constrained")
    axes = figure.subplots()
    y = [M[0] + M[1] + M[2], M[1] - M[2] + M[3]]
    lines = {"d": padded, "V": V, "U": U, "M = V · U": M, "y": y}
    for row, (name, values) in enumerate(lines.items()):
        axes.text(-1.2, -row, name, ha="right", va="center", fontsize=12)
        for place, value in enumerate(values):
            _number(axes, place, -row, value, strong=name.startswith("M"))
    axes.add_patch(Rectangle((2 * tile - 0.5, -0.42), 4, 0.84, fill=False, ec=STRONG, lw=3))
    names = [f"y{2 * tile + i}" for i in (0, 1)]
    sums = ("M₀ + M₁ + M₂", "M₁ − M₂ + M₃")
    what = "      ".join(f"{a} = {b}" for a, b in zip(names, sums, strict=True))
    axes.text(2, -4, what, va="center", fontsize=10, color="0.3")
    axes.set(xlim=(-3.2, 8), ylim=(-4.6, 0.6))
    axes.set_axis_off()
    axes.set_title(f"Tile {tile}: four multiplications for two outputs", fontsize=12)
    return figure


def _number(axes, x: float, y: float, value: float, strong: bool) -> None:
    axes.add_patch(Rectangle((x - 0.5, y - 0.35), 1, 0.7, facecolor="0.95", edgecolor="0.7"))
    colour, weight = (STRONG, "bold") if strong else ("black", "normal")
    axes.text(
        x, y, f"{value:g}", ha="center", va="center", fontsize=12, color=colour, weight=weight
    )


def saving(m: int, r: int) -> float:
    """How many times fewer multiplications F(m × m, r × r) needs."""
    return m**2 * r**2 / (m + r - 1) ** 2


def savings() -> Figure:
    """The saving in multiplications by the size of a tile, for kernels of 3 × 3 and 5 × 5."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axes = figure.subplots()
    sizes = np.arange(1, 9)
    for r, style, used in ((3, "o-", 5), (5, "s--", 4)):
        axes.plot(sizes, saving(sizes, r), style, label=f"kernel {r} × {r}")
        axes.plot(used, saving(used, r), "o", ms=15, mfc="none", mec=STRONG, mew=2)
    axes.set(xlabel="m: outputs of a tile are m × m", ylabel="times fewer multiplications")
    axes.set_title("The products only; circles: what the library uses", fontsize=11)
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    return figure
