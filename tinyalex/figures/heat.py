"""Which parts of a picture decide the answer: occlusion and saliency."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex.figures.lettering import drawn
from tinyalex.figures.panels import new_figure, save, show

ANSWERS = 6  # classes with their own colour
SPAN = 0.05  # the scale's smallest range of probabilities, so that tiny differences look tiny


def draw_occlusion(
    picture: np.ndarray,
    probabilities: np.ndarray,
    centres: tuple[np.ndarray, np.ndarray],
    class_number: int,
    classes: list[str],
    path: Path,
    title: str = "",
) -> None:
    """Draws the picture, and for each place of the square the class's probability and the answer.

    probabilities: (R, C, classes), with the square's centre in row centres[0][i] and column
    centres[1][j] of the picture (H, W, 3).
    """
    figure = new_figure(11, 4.1)
    first, second, third = figure.subplots(1, 3)
    H, W, _ = picture.shape
    show(first, picture, "the picture")
    extent = _extent(centres)
    options = {"extent": extent, "interpolation": "nearest"}
    values = probabilities[..., class_number]
    name = drawn(classes[class_number], 30)
    low, high = float(values.min()), max(float(values.max()), float(values.min()) + SPAN)
    heat = show(second, values, f"probability of {name}", vmin=low, vmax=high, **options)
    figure.colorbar(heat, ax=second, shrink=0.8)
    _answers(third, probabilities.argmax(axis=-1), classes, options)
    for axes in (second, third):
        axes.set(xlim=(-0.5, W - 0.5), ylim=(H - 0.5, -0.5), facecolor="0.85")
    figure.suptitle(drawn(title), fontsize=10)
    save(figure, path)


def _answers(axes, answers: np.ndarray, classes: list[str], options: dict) -> None:
    """Draws the answers, with a colour for each of the most frequent classes."""
    from tinyalex.figures.plotting import Patch, colormaps

    found, counts = np.unique(answers, return_counts=True)
    common = found[np.argsort(-counts, kind="stable")][:ANSWERS]
    colours = [colormaps["tab10"](k)[:3] for k in range(len(common))]
    shown = np.full((*answers.shape, 3), 0.3)
    for number, colour in zip(common, colours, strict=True):
        shown[answers == number] = colour
    show(axes, shown, "most probable class", **options)
    names = [drawn(classes[number], 30) for number in common]
    if len(found) > len(common):
        colours, names = [*colours, (0.3, 0.3, 0.3)], [*names, "others"]
    handles = [Patch(color=colour, label=name) for colour, name in zip(colours, names, strict=True)]
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.02), fontsize=8, ncols=2
    )


def _extent(centres: tuple[np.ndarray, np.ndarray]) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a map whose pixels have these centres."""
    (top, bottom), (left, right) = (_edges(places) for places in centres)
    return left, right, bottom, top


def _edges(places: np.ndarray) -> tuple[float, float]:
    half = (places[-1] - places[0]) / (2 * (len(places) - 1)) if len(places) > 1 else 1.0
    return places[0] - half, places[-1] + half


def draw_saliency(picture: np.ndarray, saliency: np.ndarray, path: Path, title: str = "") -> None:
    """Draws the picture and, beside it, |∂ logit / ∂x|.

    picture: (H, W, 3), RGB in 0-1. saliency: (H, W). White is the 99.5th percentile and above.
    """
    figure = new_figure(8, 4.3)
    first, second = figure.subplots(1, 2)
    show(first, picture, "the picture")
    limit = float(np.percentile(saliency, 99.5)) or float(saliency.max()) or 1.0
    show(second, saliency, "saliency, |∂ logit / ∂x|", vmin=0, vmax=limit, cmap="gray")
    figure.suptitle(drawn(title), fontsize=10)
    save(figure, path)
