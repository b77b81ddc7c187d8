"""Reliability diagrams: how often answers are right at each confidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex.figures.panels import new_figure, save
from tinyalex.metrics.calibration import Reliability

BLUE, RED = "#2c6fa6", "#c0392b"


def draw_reliability(found: Reliability, ece: float, path: Path) -> None:
    """Writes a PNG: each bin's accuracy against its mean confidence, and a histogram below it.

    Below the diagonal the network is overconfident. Bars around a point: 95% of the accuracies that
    as many answers with this accuracy give (Wilson's interval).
    """
    figure = new_figure(6, 7.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    seen = found.count > 0
    x, y, n = (values[seen] for values in (found.confidence, found.accuracy, found.count))
    low, high = wilson(y, n)
    above.plot([0, 1], [0, 1], color="0.5", linewidth=1, linestyle="--")
    above.vlines(x, np.minimum(x, y), np.maximum(x, y), color=RED, linewidth=5, alpha=0.35)
    above.errorbar(x, y, [y - low, high - y], fmt="o", color=BLUE, capsize=3, linewidth=1)
    above.text(0.03, 0.96, "right more often\nthan it says", va="top", color="0.4", fontsize=9)
    above.text(0.97, 0.04, "overconfident", ha="right", va="bottom", color="0.4", fontsize=9)
    above.set(xlim=(-0.01, 1.01), ylim=(-0.02, 1.02), ylabel="accuracy")
    above.set_title(f"Expected calibration error {ece:.4f}, {n.sum():,} pictures", fontsize=11)
    bins = len(found.count)
    below.bar((np.arange(bins) + 0.5) / bins, found.count / n.sum(), 0.92 / bins, color=BLUE)
    below.set(xlabel="confidence: the answer's probability", ylabel="share of pictures")
    for axes in (above, below):
        axes.grid(alpha=0.3)
        axes.set_axisbelow(True)
    save(figure, path)


def wilson(share: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 95% interval of Wilson (1927) for a share of n independent trials."""
    z = 1.96
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # Rounding must put neither the share outside nor an end below 0 or above 1.
    return np.clip(middle - half, 0, share), np.clip(middle + half, share, 1)
