"""Looking inside a small network: fields of view, projections, occlusion, neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyalex.coursework.drawing.palette import BLUE, STRONG
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


def small_picture(name: str) -> np.ndarray:
    """A new picture of a class, 64 × 64, 0 to 1."""
    return of_classes([name], 1, 64, "val")[0][0] / 255


def network(rng: np.random.Generator) -> Sequential:
    """The one that the lesson looks into."""
    return small_net(len(CLASSES), rng, side=64, channels=16, kernels=(7, 5, 3), stride=2)


def kernels(before: np.ndarray, after: np.ndarray) -> Figure:
    """conv1's kernels as drawn at random, as trained, and what training added."""
    figure = Figure(figsize=(6.4, 2.5), layout="constrained")
    shown = ("at the start", before), ("trained", after), ("trained − start", after - before)
    for axes, (title, W) in zip(figure.subplots(1, 3), shown, strict=True):
        show(axes, kernel_sheet(W, columns=4), title)
    return figure


def fields_of_view(picture: np.ndarray, fields: dict[str, tuple]) -> Figure:
    """What one unit of each layer sees, a panel a layer: fields (top, bottom, left, right)."""
    columns = -(-len(fields) // 2)
    figure = Figure(figsize=(6.2, 3.7), layout="constrained")
    grey = (picture.mean(axis=2, keepdims=True) // 16 / 16).repeat(3, axis=2)
    pale = 0.65 + 0.35 * grey
    panels = figure.subplots(2, columns).flat
    for axes, (layer, (top, bottom, left, right)) in zip(panels, fields.items(), strict=True):
        shown = pale.copy()
        shown[top:bottom, left:right] = picture[top:bottom, left:right] / 255
        title = f"{layer}: {bottom - top} × {right - left}"
        show(
            axes, shown[::2, ::2], title, extent=_extent(picture), interpolation="nearest"
        )  # half the pixels, a small file
        size = right - left, bottom - top
        axes.add_patch(Rectangle((left, top), *size, fill=False, edgecolor=STRONG, lw=1.5))
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


def hidden(picture: np.ndarray, saliency: np.ndarray, occlusion, number: int, name: str) -> Figure:
    """The picture, its saliency, and the class's probability by the middle of the grey square."""
    figure = Figure(figsize=(7.4, 2.5), layout="constrained")
    first, second, third, scale = figure.subplots(1, 4, width_ratios=(1, 1, 1, 0.06))
    show(first, picture, "the picture", interpolation="nearest", extent=_extent(picture))
    limit = np.percentile(saliency, 99.5)
    show(second, saliency, "saliency", cmap="gray", vmax=limit, extent=_extent(picture))
    show(third, picture, "occlusion", interpolation="nearest", extent=_extent(picture))
    (left, right), (top, bottom) = _edges(occlusion.lefts), _edges(occlusion.tops)
    half = occlusion.size / 2
    heat = third.imshow(
        occlusion.probabilities[..., number],
        cmap="viridis", vmin=0, vmax=1, extent=[e + half for e in (left, right, bottom, top)],
    )  # fmt: skip
    third.add_patch(_square_in_the_corner(occlusion.size))
    for axes in (first, second, third):
        axes.set(xlim=(0, picture.shape[1]), ylim=(picture.shape[0], 0))
    bar = figure.colorbar(heat, cax=scale)
    bar.set_label(f"probability of {name},\nby the square's centre", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    return figure


def _extent(picture: np.ndarray) -> tuple[int, int, int, int]:
    return 0, picture.shape[1], picture.shape[0], 0


def _edges(places: np.ndarray) -> tuple[float, float]:
    """Of a row of cells whose centres are at `places`."""
    half = (places[-1] - places[0]) / (len(places) - 1) / 2
    return places[0] - half, places[-1] + half


def _square_in_the_corner(size: int) -> Rectangle:
    """The grey square at its first place, drawn as a frame."""
    return Rectangle((0, 0), size, size, fill=False, edgecolor="white", lw=1.2, ls="--")


def fooled(pictures: Sequence[np.ndarray], titles: Sequence[str]) -> Figure:
    """A picture, the change (drawn around grey), and their sum, with the network's answers."""
    figure = Figure(figsize=(7.4, 2.7), layout="constrained")
    for axes, picture, title, sign in zip(
        figure.subplots(1, 3), pictures, titles, ("", "+", "="), strict=True
    ):
        show(axes, np.clip(picture, 0, 1), title, interpolation="nearest")
        axes.text(-0.04, 0.5, sign, transform=axes.transAxes, ha="right", va="center", fontsize=18)
    return figure


def right_by_step(steps: Sequence[float], found: dict[str, Sequence[float]]) -> Figure:
    """Shares of right answers after a step of each size, of 255, in each kind of direction."""
    figure = Figure(figsize=(6.2, 3.0), layout="constrained")
    axes = figure.subplots()
    marks = zip(found.items(), ((STRONG, "o-"), (BLUE, "s--")), strict=True)
    for (label, shares), (colour, mark) in marks:
        axes.plot(range(len(steps)), 100 * np.array(shares), mark, color=colour, label=label)
    axes.set_xticks(range(len(steps)), [f"{step:g}" for step in steps])
    axes.set(xlabel="each number moves by … of 255", ylabel="right answers, %", ylim=(-4, 104))
    axes.legend(frameon=False, loc="lower left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def misled(learnt: Sequence[tuple], asked: Sequence[tuple]) -> Figure:
    """Pictures with captions: what a network learned, and what it was asked and answered."""
    figure = Figure(figsize=(6.2, 2.1), layout="constrained")
    panels = figure.subplots(1, len(learnt) + len(asked))
    for axes, (picture, caption) in zip(panels, [*learnt, *asked], strict=True):
        show(axes, picture, caption, interpolation="nearest")
    return figure
