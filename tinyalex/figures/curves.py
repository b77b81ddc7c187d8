"""Loss and accuracy during training."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex.figures.panels import save


def draw_curves(rows: list[dict], steps_per_epoch: int, path: Path) -> None:
    """Draws a run's log (see RunFolder) as two panels: loss, and accuracy.

    rows: the log's lines. The values of single steps are a faint line behind their running mean;
    validation is measured at the end of each epoch.
    """
    from tinyalex.figures.plotting import Figure  # slow to import: only when something is drawn

    steps = [row for row in rows if row["kind"] == "step"]
    epochs = [row for row in rows if row["kind"] == "epoch"]
    at = np.array([row["step"] for row in steps]) / steps_per_epoch
    figure = Figure(figsize=(10, 4), dpi=110, layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    window = max(1, min(len(steps), steps_per_epoch // 4))
    for axes, key, factor in ((loss, "loss", 1), (accuracy, "top1", 100)):
        values = factor * np.array([row[key] for row in steps], dtype=float)
        axes.plot(at, values, color="C0", alpha=0.2, linewidth=0.6)
        smooth = np.convolve(values, np.ones(window) / window, mode="valid")
        axes.plot(at[window - 1 :], smooth, color="C0", label="training")
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
    ends = [row["step"] / steps_per_epoch for row in epochs]
    loss.plot(ends, [row["val_loss"] for row in epochs], "o-", color="C1", label="validation")
    for key, label, color in (("val_top1", "top-1", "C1"), ("val_top5", "top-5", "C2")):
        values = [100 * row[key] for row in epochs]
        accuracy.plot(ends, values, "o-", color=color, label=f"validation {label}")
    loss.set_ylabel("cross-entropy (nats)")
    loss.set_ylim(bottom=0)
    accuracy.set_ylabel("accuracy (%)")
    accuracy.set_ylim(0, 100)
    for axes in (loss, accuracy):
        axes.legend()
    save(figure, path)
