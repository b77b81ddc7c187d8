"""Classes to learn from and to transfer to, the nearest mean's border, and what transfer brings."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.grids import STRONG
from tinyalex.coursework.lesson_14.solution import class_means, nearest_class
from tinyalex.coursework.lesson_14.transfer import FAR, NEAR, SOURCE, Transfer
from tinyalex.data.builtin import CLASS_NAMES, draw_picture
from tinyalex.figures.plotting import Figure

BLUE = "#2c6fa6"


def classes(count: int = 7) -> Figure:
    """A picture of some classes of each kind: one row for SOURCE, NEAR and FAR."""
    figure = Figure(figsize=(7.4, 3.9), layout="constrained")
    kinds = {"learnt\nfirst": SOURCE, "near": NEAR, "far": FAR}
    for row, (title, names) in zip(figure.subplots(3, count), kinds.items(), strict=True):
        some = [names[i * len(names) // count] for i in range(count)]
        for axes, name in zip(row, some, strict=True):
            axes.imshow(draw_picture(CLASS_NAMES.index(name), 0)[::2, ::2])
            axes.set_title(name.replace("-", "\n"), fontsize=8)
            axes.set_xticks([])
            axes.set_yticks([])
        row[0].set_ylabel(title, fontsize=11, rotation=0, ha="right", va="center")
    return figure


def nearest_mean(features: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> Figure:
    """Two features, two classes: samples, means, the border between them, and what is asked."""
    means = class_means(features, labels, 2)
    across, up = np.meshgrid(np.linspace(-1, 10, 220), np.linspace(-1, 8, 180))
    grid = np.stack([across.ravel(), up.ravel()], axis=1)
    answers = nearest_class(grid, means).reshape(across.shape)
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.contourf(across, up, answers, levels=[-0.5, 0.5, 1.5], colors=["0.92", "#cfe0ee"])
    for k, (marker, colour) in enumerate((("o", "black"), ("s", BLUE))):
        axes.plot(*features[labels == k].T, marker, color=colour, label=f"class {k}")
        axes.plot(*means[k], "*", color=colour, ms=18, mec="white", label=f"mean of class {k}")
    axes.plot(*asked.T, "x", color=STRONG, ms=9, mew=2.5, label="asked")
    for (x, y), answer in zip(asked, nearest_class(asked, means), strict=True):
        axes.text(x + 0.2, y + 0.2, str(answer), color=STRONG, fontsize=12)
    axes.set(xlabel="feature 0", ylabel="feature 1", aspect="equal")
    axes.legend(loc="upper right", fontsize=9)
    return figure


def brought(found: dict[str, Transfer]) -> Figure:
    """Shares of right answers for each way of learning."""
    figure = Figure(figsize=(7.8, 3.6), layout="constrained")
    axes = figure.subplots()
    names = [
        "nearest mean\nof pixels",
        "nearest mean\nof features",
        "probe on\nfeatures",
        "fine-tuned",
        "from scratch",
    ]
    width = 0.8 / len(found)
    shades = ("0.65", BLUE, "#e8a33d")
    for place, (label, shares) in enumerate(found.items()):
        at = np.arange(len(names)) + place * width
        bars = axes.bar(at, 100 * np.array(shares), width, label=label, color=shades[place % 3])
        axes.bar_label(bars, [f"{100 * share:.4g}" for share in shares], fontsize=8)
    axes.set_xticks(np.arange(len(names)) + 0.4 - width / 2, names)
    axes.axhline(10, color="0.4", lw=1, ls="--")
    axes.text(len(names) - 0.3, 11, "chance", fontsize=8, va="bottom", ha="left")
    axes.set(ylabel="right answers, %", ylim=(0, 120), xlim=(-0.4, len(names) + 0.1))
    axes.set_yticks(range(0, 101, 20))
    axes.legend(frameon=False, ncols=len(found), loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
