"""AlexNet's maps to scale, where its numbers are, what groups leave out, and how windows fit."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.palette import BLUE, ORANGE, PALE, STRONG
from tinyalex.figures.plotting import Figure, Rectangle
from tinyalex.layers import Conv2d
from tinyalex.summary import summarize

FULL_WIDTH = 40  # of a fully connected layer's block, which is not to scale


def maps_to_scale(net, image_size: int = 224) -> Figure:
    """The picture, every convolved or pooled map and the fully connected layers as blocks."""
    rows = summarize(net, (1, image_size, image_size, 3))
    shown = [row for row in rows if row.name.startswith(("conv", "pool"))]
    blocks = [("picture", (image_size, image_size, 3)), *((row.name, row.shape) for row in shown)]
    blocks += [(row.name, (1, 1, row.shape[-1])) for row in rows if row.name.startswith("fc")]
    figure = Figure(figsize=(7.6, 3.8), layout="constrained")
    axes = figure.subplots()
    left, places = 0.0, []
    for name, (height, _, channels) in blocks:
        full = name.startswith("fc")
        width = FULL_WIDTH if full else max(channels / 6, 2)
        face = {"conv": BLUE, "pool": PALE, "pict": "0.85"}.get(name[:4], ORANGE)
        axes.add_patch(Rectangle((left, 0), width, height, facecolor=face, edgecolor="black"))
        text = f"{channels:,}" if full else f"{height}²\n× {channels}"
        axes.text(left + width / 2, height + 4, text, ha="center", fontsize=8)
        places.append(left + width / 2)
        left += max(width, 24) + 12
    axes.set_xticks(places, [name for name, _ in blocks], rotation=45, fontsize=9)
    axes.set(xlim=(-16, left), ylim=(0, image_size + 50), ylabel="side of the map")
    axes.set_yticks([0, 55, 110, 224])
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(
        "Width: channels (the fully connected layers, 1 × 1, would be wider)", fontsize=10
    )
    return figure


def shares(net, image_size: int = 224) -> Figure:
    """Each layer's share of the parameters and of the multiply-adds."""
    rows = [row for row in summarize(net, (1, image_size, image_size, 3)) if row.parameters]
    names = [row.name for row in rows]
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    axes = figure.subplots()
    kinds = (("multiply_adds", "multiply-adds", BLUE), ("parameters", "parameters", ORANGE))
    for place, (kind, label, colour) in enumerate(kinds):
        values = np.array([getattr(row, kind) for row in rows])
        heights = 100 * values / values.sum()
        bars = axes.bar(np.arange(len(rows)) + 0.4 * place, heights, 0.4, color=colour, label=label)
        axes.bar_label(bars, [f"{height:.1f}" for height in heights], fontsize=8)
    axes.set_xticks(np.arange(len(rows)) + 0.2, names)
    axes.set_ylabel("share, %")
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def readers(channels: int, groups: int) -> np.ndarray:
    """Which channels (rows) which kernels (columns) read: found by feeding one channel a time."""
    rng = np.random.default_rng(0)
    conv = Conv2d(channels, channels, 1, groups=groups, rng=rng, bias_init=0.0)
    one_channel = np.eye(channels, dtype="float32")[:, None, None]
    return conv.forward(one_channel)[:, 0, 0] != 0


def groups_of(groups: int, channels: int = 12) -> Figure:
    """The full weight matrix, with what groups leave away left white."""
    read = readers(channels, groups)
    figure = Figure(figsize=(4.2, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(read, cmap="Blues", vmax=1.5)
    axes.set_xticks(np.arange(0.5, channels - 1), [])
    axes.set_yticks(np.arange(0.5, channels - 1), [])
    axes.tick_params(length=0)
    axes.grid(color="0.85", linewidth=0.6)
    axes.set(xlabel=f"{channels} kernels", ylabel=f"{channels} channels")
    axes.set_title(f"groups = {groups}: {read.sum()} of {read.size} weights", fontsize=11)
    return figure


WAYS = {
    "224, nothing added": (224, 0, 0),
    "224 + 3 behind (2012)": (224, 0, 3),
    "227 (Caffe)": (227, 0, 0),
    "224 + 2 on both sides (torchvision)": (224, 2, 2),
}


def starts(size: int, before: int, after: int, kernel: int = 11, stride: int = 4) -> np.ndarray:
    """Where the windows of conv1 start; pixel 0 is the picture's first."""
    return np.arange(-before, size + after - kernel + 1, stride)


def last_windows(kernel: int = 11, stride: int = 4) -> Figure:
    """The right end of the picture: conv1's last windows for each way of counting to 55."""
    figure = Figure(figsize=(7.4, 4.6), layout="constrained")
    for axes, (name, (size, before, after)) in zip(
        figure.subplots(4, 1), WAYS.items(), strict=True
    ):
        first = starts(size, before, after)
        axes.add_patch(Rectangle((190, 0), size - 190, 4, facecolor="0.85"))
        if after:
            axes.add_patch(Rectangle((size, 0), after, 4, facecolor="white", ec="0.4", hatch="///"))
        for level, start in enumerate(first[-4:]):
            axes.plot(
                [start, start + kernel], [level + 0.5] * 2, color=BLUE, lw=4, solid_capstyle="butt"
            )
        end = first[-1] + kernel
        note = "all is read"
        if end < size + after:
            note = "the last zeros unread" if after else "the last column unread"
        axes.text(
            230,
            2,
            f"{len(first)} windows\n{note}",
            va="center",
            fontsize=10,
            color=STRONG if len(first) == 54 else "black",
        )
        axes.set(xlim=(190, 243), ylim=(0, 4), yticks=[])
        axes.set_xticks(range(192, 232, 8))
        axes.set_title(name, fontsize=10, loc="left")
        axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("column of the picture; hatched: zeros; blue: the last four windows")
    return figure
