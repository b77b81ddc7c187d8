"""conv1's kernels, group by group: Figure 3 of the paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex.figures.kernels import kernel_sheet
from tinyalex.figures.lettering import drawn
from tinyalex.figures.panels import DPI, new_figure, save, show

TITLE_PIXELS = 34


def draw_kernel_groups(
    W: np.ndarray, groups: list[tuple[range, float]], path: Path, title: str = ""
) -> None:
    """Draws conv1's kernels (KH, KW, 3, K), group below group.

    groups: each group's channels, and the share of colour in its squared weights.
    """
    sheets = [kernel_sheet(W[..., run.start : run.stop]) for run, _ in groups]
    width = max(sheet.shape[1] for sheet in sheets) + 30
    heights = [sheet.shape[0] + TITLE_PIXELS for sheet in sheets]
    figure = new_figure(width / DPI, (sum(heights) + TITLE_PIXELS) / DPI)
    panels = figure.subplots(len(groups), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, sheet, (run, colour) in zip(panels, sheets, groups, strict=True):
        show(axes, sheet, f"kernels {run.start} to {run.stop - 1}: {colour:.0%} colour")
    figure.suptitle(drawn(title), fontsize=10)
    save(figure, path)
