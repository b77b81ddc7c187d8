"""Crops, reflections, colour noise and ten views of a built-in picture."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.palette import STRONG
from tinyalex.coursework.lesson_10.duplicates import Photographs  # noqa: F401  (for the notebook)
from tinyalex.data import augment
from tinyalex.data.builtin import CLASS_NAMES, draw_picture
from tinyalex.data.statistics import Statistics, compute_statistics
from tinyalex.figures.plotting import Figure, Rectangle

VIEWS = ("top left", "top right", "bottom left", "bottom right", "centre")


class Drawn:
    """A few built-in pictures, from as many classes; a store for compute_statistics."""

    def __init__(self, count: int = 50) -> None:
        classes = np.arange(count) * len(CLASS_NAMES) // count
        self.pictures = [draw_picture(int(number), 0) for number in classes]

    def __len__(self) -> int:
        return len(self.pictures)

    def load(self, index: int) -> np.ndarray:
        return self.pictures[index]

    def statistics(self) -> Statistics:
        return compute_statistics(self, progress=False)


def _picture(axes, picture: np.ndarray, title: str = "", fontsize: int = 9) -> None:
    axes.imshow(np.clip(picture, 0, 255).astype(np.uint8))
    axes.set_title(title, fontsize=fontsize)
    axes.set_xticks([])
    axes.set_yticks([])


def times_seen(height: int, width: int, size: int) -> np.ndarray:
    """For each pixel, in how many of the possible crops it is."""
    along = [np.convolve(np.ones(n - size + 1), np.ones(size)) for n in (height, width)]
    return np.outer(*along).astype(int)


def crop_at(picture: np.ndarray, size: int, top: int, left: int) -> Figure:
    """A crop's frame in the picture, the crop, and how often each pixel is seen."""
    seen = times_seen(*picture.shape[:2], size)
    figure = Figure(figsize=(7.4, 2.5), layout="constrained")
    whole, part, counts = figure.subplots(1, 3)
    _picture(whole, picture, f"{picture.shape[0]} × {picture.shape[1]}")
    frame = Rectangle((left, top), size, size, fill=False, edgecolor=STRONG, lw=2.5)
    whole.add_patch(frame)
    crop = picture[top : top + size, left : left + size]
    _picture(part, crop, f"the crop at row {top}, column {left}")
    shown = counts.imshow(seen, cmap="Greys_r", vmin=0)
    counts.set_title(f"how many of {seen.max():,} crops see it", fontsize=9)
    counts.set_xticks([])
    counts.set_yticks([])
    figure.colorbar(shown, ax=counts, shrink=0.75)
    return figure


def turned(picture: np.ndarray) -> Figure:
    """What reversing each axis does."""
    ways = {
        "picture": picture,
        "picture[:, ::-1]": picture[:, ::-1],
        "picture[::-1]": picture[::-1],
        "picture[..., ::-1]": picture[..., ::-1],
    }
    figure = Figure(figsize=(7.4, 2), layout="constrained")
    for axes, (name, result) in zip(figure.subplots(1, 4), ways.items(), strict=True):
        _picture(axes, result, name)
    return figure


def offsets(statistics: Statistics, count: int, seed: int = 0, sigma: float = 0.1) -> np.ndarray:
    """Many draws of the colour noise, (count, 3)."""
    rng = np.random.default_rng(seed)
    draw = statistics.eigenvectors, statistics.deviations, sigma, rng
    return np.array([augment.colour_noise(*draw) for _ in range(count)])


def cloud(store, statistics: Statistics, count: int = 800) -> Figure:
    """Pixels and offsets in their own colours, red against blue and red against green; the axes of
    the offsets are ten times finer. store: `Drawn` pictures or `Photographs`."""
    rng = np.random.default_rng(0)
    pixels = np.concatenate([picture.reshape(-1, 3) for picture in store.pictures])
    some = pixels[rng.integers(0, len(pixels), count)].astype(float)
    noise = offsets(statistics, count)
    parts = (
        (some - pixels.mean(axis=0), some, 1.0, "pixels less their mean"),
        (noise, 128 + 5 * noise, 0.1, "offsets (colours × 5)"),
    )
    figure = Figure(figsize=(6.0, 5.8), layout="constrained")
    for column, (points, colours, scale, title) in zip(figure.subplots(2, 2).T, parts, strict=True):
        for axes, (other, name) in zip(column, ((2, "blue"), (1, "green")), strict=True):
            shown = np.clip(colours / 255, 0, 1)
            axes.scatter(points[:, 0], points[:, other], s=6, c=shown)
            _components(axes, statistics, other, scale)
            axes.set(xlabel="red", ylabel=name, aspect="equal")
        column[0].set_title(title, fontsize=11)
    figure.suptitle("Lines: the components, two deviations each way", fontsize=11)
    return figure


def _components(axes, statistics: Statistics, other: int, scale: float) -> None:
    for vector, length in zip(statistics.eigenvectors.T, statistics.deviations, strict=True):
        end = 2 * scale * length * vector
        axes.plot([-end[0], end[0]], [-end[other], end[other]], color=STRONG, lw=2)
    axes.set(xlim=(-200 * scale, 200 * scale), ylim=(-200 * scale, 200 * scale))


def noises(picture: np.ndarray, statistics: Statistics, count: int = 5) -> Figure:
    """The same draws with roots and without: light changes, or nothing is left of the picture."""
    figure = Figure(figsize=(7.4, 3.5), layout="constrained")
    squared = Statistics(statistics.mean, statistics.eigenvectors, statistics.deviations**2)
    for row, used in zip(figure.subplots(2, count), (statistics, squared), strict=True):
        for axes, offset in zip(row, offsets(used, count), strict=True):
            name = " ".join(f"{value:+d}" for value in offset.round().astype(int))
            _picture(axes, picture + offset, name)
    figure.suptitle("Offsets of red, green, blue. Above: roots; below: eigenvalues", fontsize=11)
    return figure


def ten_views(picture: np.ndarray, size: int) -> Figure:
    """The ten views by name, smaller than 224 so that one sees them differ."""
    figure = Figure(figsize=(7.4, 3.4), layout="constrained")
    views = augment.ten_crop(picture[None], size)[:, 0]
    for number, (axes, view) in enumerate(zip(figure.subplots(2, 5).flat, views, strict=True)):
        name = VIEWS[number % 5] + (", reflected" if number >= 5 else "")
        _picture(axes, view, name, fontsize=8)
    return figure
