"""A class's four counts, the area under a ROC curve as a share of pairs, seeds, calibration."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.palette import BLUE, ORANGE, STRONG
from tinyalex.figures.plotting import Figure, Patch
from tinyalex.metrics import auc, precision, recall, roc_curve

KINDS = {"TP": BLUE, "FN": ORANGE, "FP": STRONG, "TN": "0.88"}


def four_counts(matrix: np.ndarray, names: str, k: int) -> Figure:
    """The confusion matrix with what is TP, FN, FP and TN for class k."""
    figure = Figure(figsize=(6.2, 3.2), layout="constrained")
    axes = figure.subplots()
    kinds = np.full(matrix.shape, "TN")
    kinds[k], kinds[:, k], kinds[k, k] = "FN", "FP", "TP"
    axes.imshow(np.zeros(matrix.shape), cmap="Greys")
    for (i, j), kind in np.ndenumerate(kinds):
        axes.add_patch(_cell(i, j, KINDS[kind]))
        colour = "black" if kind in ("TN", "FN") else "white"
        text = f"{matrix[i, j]}  {kind}"
        axes.text(j, i, text, ha="center", va="center", color=colour, fontsize=11)
    axes.set_xticks(range(len(names)), [f"taken for {name}" for name in names])
    axes.set_yticks(range(len(names)), [f"are {name}" for name in names])
    axes.tick_params(length=0)
    axes.set_aspect(0.45)
    axes.xaxis.tick_top()
    counts = {kind: matrix[kinds == kind].sum() for kind in KINDS}
    handles = [Patch(color=KINDS[kind], label=f"{kind} = {n}") for kind, n in counts.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False)
    rates = f"recall {recall(matrix)[k]:.3f}, precision {precision(matrix)[k]:.3f}"
    figure.suptitle(f"Class {names[k]} against the rest: {rates}", fontsize=12)
    return figure


def _cell(i: int, j: int, colour: str):
    from tinyalex.figures.plotting import Rectangle

    return Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=colour, edgecolor="white", lw=2)


def scores_of(rng: np.random.Generator, positives: int = 120, negatives: int = 480, shift=1.5):
    """(positive, scores): two bell curves, the positives' further right."""
    positive = np.arange(positives + negatives) < positives
    return positive, rng.normal(size=len(positive)) + shift * positive


def threshold_at(positive: np.ndarray, scores: np.ndarray, t: float) -> Figure:
    """The scores of both kinds cut at t, and the point of the ROC curve that this makes."""
    figure = Figure(figsize=(7.4, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    bins = np.linspace(scores.min(), scores.max(), 28)
    left.hist(scores[~positive], bins, color="0.75", label="negative")
    left.hist(scores[positive], bins, color=BLUE, alpha=0.75, label="positive")
    left.axvline(t, color=STRONG, lw=2)
    left.annotate(
        "positive →",
        (t, 0.97),
        xycoords=("data", "axes fraction"),
        va="top",
        color=STRONG,
        xytext=(4, 0),
        textcoords="offset points",
    )
    left.set(xlabel="score", ylabel="samples", ylim=(0, left.get_ylim()[1] * 1.15))
    left.legend(loc="center left", frameon=False)
    fpr, tpr, _ = roc_curve(positive, scores)
    called = scores >= t
    point = called[~positive].mean(), called[positive].mean()
    right.fill_between(fpr, tpr, color=BLUE, alpha=0.15)
    right.plot(fpr, tpr, color=BLUE)
    right.plot([0, 1], [0, 1], color="0.5", lw=1, ls="--")
    right.plot(*point, "o", color=STRONG, ms=8)
    right.set(xlabel="false positive rate", ylabel="true positive rate", aspect="equal")
    right.text(0.97, 0.06, f"area {auc(positive, scores):.3f}", ha="right", fontsize=11)
    wrong, found = point
    figure.suptitle(f"t = {t:g}: {found:.0%} found, {wrong:.0%} wrongly called", fontsize=12)
    return figure


def pairs_won(positive: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """1, ½ or 0 for each pair; a row for each positive, a column for each negative.

    The highest scores come first.
    """
    high, low = (np.sort(scores[kind])[::-1] for kind in (positive, ~positive))
    return (np.sign(high[:, None] - low) + 1) / 2


def area_of_pairs(positive: np.ndarray, scores: np.ndarray) -> Figure:
    """All pairs as a grid, those that the positive one wins shaded, and the ROC curve on top."""
    won = pairs_won(positive, scores)
    high, low = (np.sort(scores[kind])[::-1] for kind in (positive, ~positive))
    figure = Figure(figsize=(6.2, 4.2), layout="constrained")
    axes = figure.subplots()
    extent = (0, len(low), 0, len(high))
    axes.imshow(won, cmap="Blues", vmax=1.8, origin="lower", extent=extent, aspect="auto")
    for (i, j), value in np.ndenumerate(won):
        text = {0.0: "0", 0.5: "½", 1.0: "1"}[value]
        axes.text(j + 0.7, i + 0.3, text, ha="center", va="center", fontsize=12)
    fpr, tpr, _ = roc_curve(positive, scores)
    axes.plot(fpr * len(low), tpr * len(high), "o-", color=STRONG, lw=3, clip_on=False, zorder=3)
    axes.set_xticks(np.arange(len(low)) + 0.5, [f"{score:g}" for score in low])
    axes.set_yticks(np.arange(len(high)) + 0.5, [f"{score:g}" for score in high])
    axes.set(xlabel="scores of the negatives", ylabel="scores of the positives")
    axes.tick_params(length=0)
    share = f"{won.sum():g} of {won.size} pairs: {won.mean():.3f}"
    axes.set_title(f"The ROC curve runs around the pairs that are won: {share}", fontsize=11)
    return figure


def seeds(errors: dict[str, list[float]]) -> Figure:
    """The error of each training, a dot for each seed and a row for each arm, and the means."""
    figure = Figure(figsize=(7.0, 2.6), layout="constrained")
    axes = figure.subplots()
    for row, (one, colour) in enumerate(zip(errors.values(), (BLUE, STRONG), strict=True)):
        percent = 100 * np.array(one)
        axes.plot(percent, np.full(len(percent), row), "o", color=colour, ms=8, alpha=0.6)
        axes.plot([percent.mean()] * 2, [row - 0.25, row + 0.25], color=colour, lw=2)
        words = f"{percent.mean():.1f} ± {percent.std(ddof=1):.1f}"
        axes.text(percent.mean(), row + 0.32, words, ha="center", color=colour)
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set(ylim=(-0.5, 1.7), xlabel="test error, %")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("One dot, one training; bars: means ± deviation over seeds", fontsize=11)
    return figure


def reliability(tables: dict[str, list[tuple[float, float, float]]]) -> Figure:
    """Reliability diagrams: for each table (share, confidence, accuracy) of each bin."""
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    panels = figure.subplots(1, len(tables), sharey=True)
    for axes, (name, bins) in zip(panels, tables.items(), strict=True):
        share, confidence, accuracy = np.array(bins).T
        axes.plot([0, 1], [0, 1], "--", color="0.5", lw=1)
        axes.vlines(confidence, accuracy, confidence, color=STRONG, lw=2)
        axes.scatter(confidence, accuracy, s=900 * share, color=BLUE, alpha=0.6, zorder=3)
        error = float((share * np.abs(accuracy - confidence)).sum())
        axes.set_title(f"{name}: ECE {error:.3f}", fontsize=11)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", aspect="equal")
    panels[0].set_ylabel("accuracy")
    figure.suptitle("Dots: bins, area by share; red: the gap to the diagonal", fontsize=11)
    return figure
