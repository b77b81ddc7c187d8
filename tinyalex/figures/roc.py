"""ROC curves of many classes, each against the rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinyalex.figures.lettering import drawn
from tinyalex.figures.panels import save

NAMED = 10  # colours that can be told apart
NAME_WIDTH = 24  # letters


class Curve(NamedTuple):
    """A class's name, its false and true positive rates (see metrics.roc_curve), and their area."""

    name: str
    fpr: np.ndarray
    tpr: np.ndarray
    auc: float


def draw_roc(curves: Sequence[Curve], path: Path) -> None:
    """Writes a PNG: the curves, and beside them the same with a logarithmic false positive rate.

    The logarithm separates good classifiers, whose curves all hug the corner. With more than ten
    classes, only the curves with the smallest areas below 1, at most ten, have colours and names;
    the others are grey. Black is the mean of all curves at each false positive rate.
    """
    from tinyalex.figures.plotting import Figure

    figure = Figure(figsize=(12.5, 5), dpi=110, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
    whole, detail = figure.subplots(1, 2)
    lowest = min(curve.fpr[curve.fpr > 0].min() for curve in curves)  # one negative sample
    worst = sorted(curves, key=lambda curve: curve.auc)[:NAMED]
    named = [curve for curve in worst if curve.auc < 1] if len(curves) > NAMED else curves
    for axes, least in ((whole, 0.0), (detail, lowest / 2)):
        for curve in curves if len(curves) > NAMED else ():
            _step(axes, curve, least, color="0.75", linewidth=0.5, label="_")
        for number, curve in enumerate(named):
            label = f"{drawn(curve.name, NAME_WIDTH)}  {curve.auc:.5f}"
            _step(axes, curve, least, color=f"C{number}", linewidth=1.2, label=label)
        _step(axes, _mean(curves), least, color="black", linewidth=2, label="_")
        axes.set_xlabel("false positive rate")
        axes.set_ylabel("true positive rate")
        axes.grid(alpha=0.3)
    whole.plot([0, 1], [0, 1], color="0.5", linewidth=0.8, linestyle="--")
    whole.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    start = min(curve.tpr[curve.fpr == 0].max() for curve in curves)
    bottom = max(-0.02, 0.95 * start - 0.02)
    detail.set(xscale="log", xlim=(lowest / 2, 1), ylim=(bottom, 1 + 0.02 * (1 - bottom)))
    _legend(figure, detail, len(curves), _mean(curves).auc)
    save(figure, path)


def _step(axes, curve: Curve, least: float, **style) -> None:
    """Draws the curve, with rates of 0 at the left edge, as they have no logarithm."""
    axes.plot(np.maximum(curve.fpr, least), curve.tpr, **style)


def _mean(curves: Sequence[Curve]) -> Curve:
    """The mean of the true positive rates at every false positive rate that occurs.

    There are two points at each, because curves may rise vertically there: for equal x, np.interp
    takes the last point, which is the top, or the bottom if the curve is reversed.
    """
    fpr = np.unique(np.concatenate([curve.fpr for curve in curves]))
    tpr = np.zeros((len(fpr), 2))
    for curve in curves:
        tpr[:, 0] += np.interp(-fpr, -curve.fpr[::-1], curve.tpr[::-1]) / len(curves)
        tpr[:, 1] += np.interp(fpr, curve.fpr, curve.tpr) / len(curves)
    return Curve("mean", fpr.repeat(2), tpr.ravel(), float(np.mean([c.auc for c in curves])))


def _legend(figure, axes, count: int, mean: float) -> None:
    from tinyalex.figures.plotting import Line2D

    handles, labels = axes.get_legend_handles_labels()
    handles = [Line2D([], [], color="black", linewidth=2), *handles]
    labels = [f"mean of {count}  {mean:.5f}", *labels]
    title = "area under the curve"
    if count > NAMED and len(labels) > 1:
        title += f",\nthe {len(labels) - 1} smallest of {count}"
    place = {"loc": "outside right center", "alignment": "left", "fontsize": 9}
    figure.legend(handles, labels, title=title, **place)
