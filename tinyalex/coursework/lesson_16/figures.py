"""Parameters and work of three networks, and what the map of a class shows."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.palette import STRONG
from tinyalex.coursework.small.training import train
from tinyalex.figures.plotting import Figure
from tinyalex.layers import Conv2d, GlobalAvgPool2d, ReLU
from tinyalex.models import Sequential, alexnet, nin, zfnet
from tinyalex.optim import SGD
from tinyalex.summary import summarize

NETWORKS = {"AlexNet": alexnet, "ZFNet": zfnet, "NIN": nin}
SHAPES = {
    "cross": ("..#..", "..#..", "#####", "..#..", "..#.."),
    "frame": ("#####", "#...#", "#...#", "#...#", "#####"),
    "stripes": ("#.#.#", "#.#.#", "#.#.#", "#.#.#", "#.#.#"),
}


def costs() -> dict[str, np.ndarray]:
    """For each network [[parameters of convolutions, of fc layers], [multiply-adds of both]]."""
    result = {}
    for name, build in NETWORKS.items():
        table = np.zeros((2, 2), int)
        for row in summarize(build(initialization="zeros"), (1, 224, 224, 3)):
            table[:, int(row.layer == "Linear")] += row.parameters, row.multiply_adds
        result[name] = table
    return result


def budgets(table: dict[str, np.ndarray]) -> Figure:
    """The table of `costs` as bars."""
    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
    titles = "million parameters", "million multiply-adds"
    for kind, (axes, title) in enumerate(zip(figure.subplots(1, 2), titles, strict=True)):
        for height, (name, counts) in enumerate(table.items()):
            conv, fc = counts[kind] / 1e6
            axes.barh(name, conv, color="0.35", label=None if height else "convolutions")
            axes.barh(name, fc, left=conv, color=STRONG, label=None if height else "fc6, fc7, fc8")
            axes.text(conv + fc, height, f" {conv + fc:,.1f}", va="center", fontsize=9)
        axes.set_xlim(0, 1.25 * max(counts[kind].sum() for counts in table.values()) / 1e6)
        axes.set_title(title, fontsize=11)
        axes.invert_yaxis()
    figure.axes[0].legend(fontsize=9, loc="lower right")
    return figure


def toys(count: int, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Noise (count, size, size, 1) with one of SHAPES somewhere in each; which one (count,)."""
    shapes = np.array([[[p == "#" for p in row] for row in rows] for rows in SHAPES.values()])
    x = rng.normal(0, 0.3, size=(count, size, size, 1)).astype("float32")
    labels = rng.integers(0, len(SHAPES), count)
    for picture, label in zip(x, labels, strict=True):
        top, left = rng.integers(0, size - 5, 2)
        picture[top : top + 5, left : left + 5, 0] += shapes[label]
    return x, labels


def small_nin(rng: np.random.Generator) -> Sequential:
    """Two convolutions, two 1 × 1 convolutions with a map for each class in the end, their mean."""
    return Sequential(
        [
            ("conv1", Conv2d(1, 12, 3, padding=1, rng=rng)),
            ("relu1", ReLU()),
            ("conv2", Conv2d(12, 24, 3, padding=1, rng=rng)),
            ("relu2", ReLU()),
            ("cccp1", Conv2d(24, 24, 1, rng=rng)),
            ("relu3", ReLU()),
            ("cccp2", Conv2d(24, len(SHAPES), 1, rng=rng)),
            ("mean", GlobalAvgPool2d()),
        ]
    )


def learn(steps: int = 400, size: int = 14) -> Sequential:
    """A `small_nin` that has learned the toys. A few seconds."""
    rng = np.random.default_rng(0)
    net = small_nin(rng)
    train(net, SGD(net, lr=0.05, weight_decay=0.0), (toys(32, size, rng) for _ in range(steps)))
    return net


def class_maps(net: Sequential, x: np.ndarray) -> np.ndarray:
    """What goes into the mean: (N, H, W, classes)."""
    for _, layer in net.layers[:-1]:
        x = layer.forward(x)
    return x


def where(net: Sequential, x: np.ndarray) -> Figure:
    """Pictures, one a row, and beside each the map of each class."""
    maps, names = class_maps(net, x), list(SHAPES)
    figure = Figure(figsize=(6.6, 1.75 * len(x)), layout="constrained")
    largest = np.abs(maps).max()
    for row, picture, its_maps in zip(
        figure.subplots(len(x), 4, squeeze=False), x, maps, strict=True
    ):
        logits = its_maps.mean(axis=(0, 1))
        row[0].imshow(picture[..., 0], cmap="Greys")
        row[0].set_title("picture", fontsize=9)
        for k, axes in enumerate(row[1:]):
            axes.imshow(its_maps[..., k], cmap="RdBu_r", vmin=-largest, vmax=largest)
            won = {"color": STRONG, "weight": "bold"} if k == logits.argmax() else {}
            axes.set_title(f"{names[k]}: {logits[k]:.2f}", fontsize=9, **won)
        for axes in row:
            axes.set_xticks([])
            axes.set_yticks([])
    return figure
