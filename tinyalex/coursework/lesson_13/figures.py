"""Looking inside a small network: fields of view, projections, occlusion, neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyalex.coursework.drawing.grids import STRONG
from tinyalex.coursework.small.nets import small_net
from tinyalex.coursework.small.pictures import names_of, of_classes
from tinyalex.figures.kernels import kernel_sheet
from tinyalex.figures.panels import show, signed
from tinyalex.figures.plotting import Figure, Rectangle
from tinyalex.models import Sequential

CLASSES = names_of(("red", "blue"), ("rings", "stripes", "dots"))


def small_pictures(per_class: int, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Six built-in classes as pictures of 64 × 64, 0 to 1, and their labels."""
    x, labels = of_classes(CLASSES, per_class, 64, split)
    return x / 255, labels


def network(rng: np.random.Generator) -> Sequential:
    """The one that the lesson looks into."""
    return small_net(len(CLASSES), rng, side=64, channels=16, kernels=(7, 5, 3), stride=2)


def kernels(before: np.ndarray, after: np.ndarray) -> Figure:
    """conv1's kernels as drawn at random, as trained, and what training added."""
    figure = Figure(figsize=(7.4, 2.8), layout="constrained")
    shown = ("at the start", before), ("trained", after), ("trained − start", after - before)
    for axes, (title, W) in zip(figure.subplots(1, 3), shown, strict=True):
        show(axes, kernel_sheet(W, columns=4), title)
    return figure


def fields_of_view(picture: np.ndarray, fields: dict[str, tuple]) -> Figure:
    """What one unit of each layer sees: fields by layer, each (top, bottom, left, right)."""
    figure = Figure(figsize=(6.2, 4.2), layout="constrained")
    axes = figure.subplots()
    show(axes, picture.mean(axis=2), cmap="gray", alpha=0.5)
    axes.set_anchor("W")
    lines = np.linspace(0.35, 0.97, len(fields)) * len(picture)
    for (layer, (top, bottom, left, right)), line in zip(fields.items(), lines, strict=True):
        size = right - left, bottom - top
        frame = Rectangle((left - 0.5, top - 0.5), *size, fill=False, edgecolor=STRONG, lw=2)
        axes.add_patch(frame)
        axes.annotate(
            f"{layer}: {size[1]} × {size[0]}", (right - 0.5, bottom - 0.5),
            (picture.shape[1] + 12, line), fontsize=9, va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": "0.3", "linewidth": 0.8},
        )  # fmt: skip
    return figure


def rows(titles: Sequence[str], pictures: Sequence[tuple[str, Sequence[np.ndarray]]]) -> Figure:
    """A row for each (label, pictures), with titles above the columns."""
    columns = len(titles)
    side = 7.2 / (columns + 0.3)
    figure = Figure(figsize=(7.4, (side + 0.08) * len(pictures) + 0.3), layout="constrained")
    panels = figure.subplots(len(pictures), columns, squeeze=False)
    for number, (line, (label, row)) in enumerate(zip(panels, pictures, strict=True)):
        for axes, title, picture in zip(line, titles, row, strict=True):
            caption = title if number == 0 else ""
            show(axes, picture, caption, interpolation="nearest", cmap="gray", vmin=0, vmax=1)
        line[0].set_ylabel(label, fontsize=9)
    return figure


def projected(values: np.ndarray) -> np.ndarray:
    """A signal at the pixels, summed over the colours: 0.5 (grey) is 0."""
    return signed(values.sum(axis=2))


def hidden(picture: np.ndarray, saliency: np.ndarray, occlusion, number: int) -> Figure:
    """The picture, its saliency, and the class's probability by the middle of the grey square."""
    figure = Figure(figsize=(7.4, 2.6), layout="constrained")
    first, second, third = figure.subplots(1, 3, width_ratios=(1, 1, 1.12))
    show(first, picture, "the picture", interpolation="nearest")
    show(second, saliency, "saliency", cmap="gray", vmax=np.percentile(saliency, 99.5))
    half = occlusion.size / 2
    edges = (occlusion.lefts[0], occlusion.lefts[-1], occlusion.tops[-1], occlusion.tops[0])
    heat = show(
        third, occlusion.probabilities[..., number], "probability, by the square's middle",
        cmap="gray", vmin=0, vmax=1, extent=[edge + half for edge in edges],
    )  # fmt: skip
    third.set(xlim=(0, picture.shape[1]), ylim=(picture.shape[0], 0), facecolor="#f0e6d8")
    figure.colorbar(heat, ax=third, shrink=0.8)
    return figure
