"""A reliability diagram: how often answers of each confidence are right."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex.figures.panels import new_figure, save
from tinyalex.metrics.calibration import Reliability

COLOURS = {"right": "#4878a8", "gap": "#d1605e"}


def draw_reliability(found: Reliability, error: float, path: Path) -> None:
    """Writes a PNG: the accuracy of each bin of confidence, its gap to the bin's mean confidence,
    and below how many answers the bin holds. error: the expected calibration error."""
    bins = len(found.count)
    left = np.arange(bins) / bins
    filled = found.count > 0
    figure = new_figure(5.2, 6.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    how = {"width": 1 / bins, "align": "edge", "edgecolor": "white"}
    accuracy, confidence = found.accuracy[filled], found.confidence[filled]
    above.bar(left[filled], accuracy, color=COLOURS["right"], label="right answers", **how)
    above.bar(
        left[filled],
        confidence - accuracy,
        bottom=accuracy,
        color=COLOURS["gap"],
        alpha=0.5,
        label="gap to the mean confidence",
        **how,
    )
    above.plot([0, 1], [0, 1], color="black", linewidth=1, linestyle="--", label="calibrated")
    above.set(xlim=(0, 1), ylim=(0, 1), ylabel="share of right answers")
    above.set_title(f"expected calibration error {error:.2%}", fontsize=11)
    above.legend(loc="upper left", fontsize=9)
    below.bar(left, found.count, color="0.6", **how)
    below.set(xlabel="probability of the most likely class", ylabel="answers")
    for axes in (above, below):
        axes.grid(alpha=0.3)
    save(figure, path)
