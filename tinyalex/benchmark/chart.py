"""The bar chart."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tinyalex.benchmark.cases import MODES, Case
from tinyalex.benchmark.measure import NAMES
from tinyalex.benchmark.results import direct_limit, speed
from tinyalex.figures.lettering import drawn
from tinyalex.figures.panels import save

COLOURS = {"ours": "#c0392b", "eager": "#b8c4d0", "channels_last": "#7f97ad", "compiled": "#3f5d7a"}
LIMIT = "direct-convolution limit"
CHARACTERS = 11  # of the title, per inch
BAR, GAP = 0.24, 0.3  # height in inches of a bar, and of the space between two cases


def draw_chart(results: list[dict], path: Path, subtitle: str = "") -> None:
    """Pictures/s of every program in every case, with one panel for training and one for inference.

    Whiskers span the slowest to the fastest repeat; a dotted line marks the direct-convolution
    limit.
    """
    from tinyalex.figures.plotting import Figure  # slow to import: only when something is drawn

    panels = [
        [result for result in results if result["case"]["mode"] == mode]
        for mode in MODES
        if any(result["case"]["mode"] == mode for result in results)
    ]
    rows = max(sum(len(r["programs"]) * BAR + GAP for r in panel) for panel in panels)
    size = (1.2 + 6.2 * len(panels), 1.9 + max(rows, 1.0))
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    lines = textwrap.wrap(drawn(subtitle), int(CHARACTERS * size[0]))
    title = "\n".join(["pictures per second (higher is better)", *lines])
    figure.suptitle(title, fontsize=10)
    every = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, panel in zip(every, panels, strict=True):
        _draw_panel(axes, panel)
    _draw_legend(figure)
    save(figure, path)


def _draw_legend(figure) -> None:
    """One legend below the panels: each program once, then the limit."""
    found = {}
    for axes in figure.axes:
        handles, labels = axes.get_legend_handles_labels()
        found.update(zip(labels, handles, strict=True))
    names = [name for name in (*NAMES.values(), LIMIT) if name in found]
    handles = [found[name] for name in names]
    figure.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False)


def _draw_panel(axes, results: list[dict]) -> None:
    axes.set_title(_title(results), fontsize=10)
    top, middles = 0.0, []
    farthest = max(speed(r, name).high for r in results for name in r["programs"])
    for result in results:
        start = top
        for program in result["programs"]:
            _draw_bar(axes, result, program, top + BAR / 2, farthest)
            top += BAR
        middles.append((start + top) / 2)
        limit = direct_limit(result)
        axes.plot([limit] * 2, [start, top], color="black", linestyle=":", label=LIMIT)
        top += GAP
    axes.set_yticks(middles, [_label(result, results) for result in results])
    axes.set_ylim(top - GAP / 2, -GAP / 2)  # the first case at the top
    axes.set_xlim(0, 1.18 * max(farthest, *(direct_limit(r) for r in results), 0))
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_bar(axes, result: dict, program: str, y: float, farthest: float) -> None:
    pictures = speed(result, program)
    axes.barh(y, pictures.median, 0.9 * BAR, color=COLOURS[program], label=NAMES[program])
    whiskers = [[pictures.median - pictures.low], [pictures.high - pictures.median]]
    axes.errorbar(pictures.median, y, xerr=whiskers, color="black", capsize=2, linewidth=0.9)
    number = f"{pictures.median:.0f}" if pictures.median >= 100 else f"{pictures.median:.1f}"
    # On a white box: the limit's line may cross the number.
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    axes.text(
        pictures.high + 0.012 * farthest, y, number, va="center", fontsize=8, zorder=5, bbox=paper
    )


def _title(results: list[dict]) -> str:
    """What all cases in a panel have in common."""
    cases = [Case(**result["case"]) for result in results]
    parts = [MODES[cases[0].mode]]
    if len({case.variant for case in cases}) == 1:
        parts.insert(0, cases[0].variant)
    if cases[0].image_size is not None:
        parts.append("conv1 to pool5")
    if len({case.threads for case in cases}) == 1:
        parts.append(f"{cases[0].threads} thread{'s' if cases[0].threads > 1 else ''}")
    return ", ".join(parts)


def _label(result: dict, results: list[dict]) -> str:
    """What distinguishes this case from the others in its panel; always includes the batch."""
    case, every = Case(**result["case"]), [Case(**r["case"]) for r in results]
    parts = [f"batch {case.batch}"]
    if len({c.variant for c in every}) > 1:
        parts.insert(0, case.variant)
    if case.image_size is not None:
        parts.append(f"{case.image_size} px")
    if len({c.threads for c in every}) > 1:
        parts.append(f"{case.threads} thread{'s' if case.threads > 1 else ''}")
    lines = [", ".join(parts[:2]), ", ".join(parts[2:])]
    return "\n".join(line for line in lines if line)
