"""Classes to learn from and to transfer to, the nearest mean's border, and what transfer brings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyalex.coursework.drawing.palette import BLUE, STRONG
from tinyalex.coursework.lesson_14.leakage import wilson
from tinyalex.coursework.lesson_14.solution import class_means, linear_probe, nearest_class
from tinyalex.coursework.lesson_14.transfer import FAR, NEAR, SOURCE
from tinyalex.data.builtin import CLASS_NAMES, draw_picture
from tinyalex.figures.plotting import Figure


def classes(count: int = 7) -> Figure:
    """A picture of some classes of each kind: one row for SOURCE, NEAR and FAR."""
    figure = Figure(figsize=(7.4, 3.9), layout="constrained")
    kinds = {"learned\nfirst": SOURCE, "near": NEAR, "far": FAR}
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


WAYS = {
    "pixels": "nearest mean\nof pixels",
    "nearest_mean": "nearest mean\nof features",
    "probe": "probe on\nfeatures",
    "fine_tuned": "fine-tuned",
    "from_scratch": "from scratch",
}


def brought(runs: dict[tuple, dict], own: dict[tuple, dict]) -> Figure:
    """Shares of right answers, a panel for each task (kind, shots).

    runs: {task: {way: shares}}, a dot for each and a line at their mean. own: {task: {way: share}},
    of one more run, a ring.
    """
    figure = Figure(figsize=(7.8, 3.7), layout="constrained")
    panels = figure.subplots(1, len(runs), sharey=True, squeeze=False)[0]
    for axes, ((kind, shots), found) in zip(panels, runs.items(), strict=True):
        for place, way in enumerate(WAYS):
            shares = 100 * np.array(found[way])
            shifts = np.linspace(-0.22, 0.22, len(shares))
            axes.plot(place + shifts, shares, "o", color=BLUE, ms=4, label="five runs")
            axes.plot([place - 0.32, place + 0.32], [shares.mean()] * 2, color="black", lw=1.5)
            if way in own.get((kind, shots), {}):
                share = 100 * own[kind, shots][way]
                axes.plot(place, share, "o", mfc="none", mec=STRONG, ms=9, label="this notebook")
        axes.axhline(10, color="0.5", lw=1, ls="--")
        axes.set_title(f"{kind}, {shots} a class", fontsize=9)
        axes.set_xticks(range(len(WAYS)), [name.replace("\n", " ") for name in WAYS.values()])
        axes.tick_params(axis="x", rotation=90, labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set(ylabel="right answers, %", ylim=(0, 107))
    panels[0].text(4.4, 10.5, "chance", fontsize=7, va="bottom", ha="right", color="0.4")
    labels = {}
    for axes in panels:
        labels |= {
            label: handle for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
    figure.legend(
        labels.values(), labels, loc="outside upper right", ncols=2, frameon=False, fontsize=8
    )
    return figure


def decay_at(known, labels, asked, answers, decay: float, decays: Sequence[float]) -> Figure:
    """What a decay leaves of each direction, and the accuracy on both sets for all `decays`.

    known, labels: the features and classes that the probe learns. asked, answers: the others.
    """
    figure = Figure(figsize=(7.4, 3.1), layout="constrained")
    left, right = figure.subplots(1, 2)
    f = known - known.mean(axis=0)
    variances = np.linalg.eigvalsh(f.T @ f / len(f))[::-1]
    kept = variances / (variances + decay)
    left.bar(np.arange(1, len(kept) + 1), 100 * kept, color=BLUE, width=1)
    left.set(xlabel="direction, by variance", ylabel="kept of the weight, %", ylim=(0, 102))
    left.set_title(f"decay {decay:g}", fontsize=10)
    curves = {"training pictures": (known, labels, "0.5", "s--")}
    curves["new pictures"] = (asked, answers, STRONG, "o-")
    for name, (x, y, colour, mark) in curves.items():
        shares = [100 * _probe_accuracy(known, labels, x, y, each) for each in decays]
        right.semilogx(decays, shares, mark, color=colour, ms=4, label=name)
    right.axvline(decay, color="black", lw=1)
    share = _probe_accuracy(known, labels, asked, answers, decay)
    right.set_title(f"{share:.1%} of the new pictures right", fontsize=10)
    right.set(xlabel="decay", ylabel="right answers, %", ylim=(0, 104))
    right.legend(frameon=False, fontsize=8, loc="lower left")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _probe_accuracy(known, labels, asked, answers, decay: float) -> float:
    W, b = linear_probe(known, labels, labels.max() + 1, decay)
    return float(((asked @ W + b).argmax(axis=1) == answers).mean())


def leaked(found: dict[str, dict[str, tuple[int, int]]]) -> Figure:
    """Accuracies with their intervals: {trunk: {group: (right, all)}}, a panel for each trunk."""
    figure = Figure(figsize=(7.4, 2.6), layout="constrained")
    for axes, (trunk, groups) in zip(
        figure.subplots(1, len(found), sharey=True, squeeze=False)[0], found.items(), strict=True
    ):
        for row, (name, (right, n)) in enumerate(groups.items()):
            low, high = wilson(right, n)
            colour = STRONG if name.endswith("not met") else BLUE
            axes.plot([100 * low, 100 * high], [row, row], color=colour, lw=2)
            axes.plot(100 * right / n, row, "o", color=colour)
            axes.annotate(
                f"{right / n:.1%}", (100 * right / n, row), (0, 6), textcoords="offset points",
                ha="center", fontsize=8,
            )  # fmt: skip
        axes.set_title(trunk, fontsize=10)
        axes.set_yticks(range(len(groups)), [f"{g} ({n:,})" for g, (_, n) in groups.items()])
        axes.set(xlabel="right answers, %", ylim=(len(groups) - 0.5, -0.7))
        axes.spines[["top", "right"]].set_visible(False)
    return figure
