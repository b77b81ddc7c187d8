"""Dropout: thinned networks, the noise of masks, and what it does to a small training."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.palette import STRONG
from tinyalex.coursework.small.pictures import of_patterns
from tinyalex.coursework.small.training import one_epoch, train
from tinyalex.figures.plotting import Figure
from tinyalex.layers import Dropout, Linear, ReLU, SoftmaxCrossEntropy
from tinyalex.models import Sequential
from tinyalex.optim import SGD

SIZES = (5, 8, 8, 3)  # of the network that is drawn; its two hidden layers have dropout


def thinned(p: float, step: int) -> Figure:
    """The networks of two steps that follow each other, and the whole one, used at test."""
    figure = Figure(figsize=(7.2, 3.1), layout="constrained")
    first, second, test = figure.subplots(1, 3)
    network(first, kept(p, step), f"training step {step}")
    network(second, kept(p, step + 1), f"training step {step + 1}")
    network(test, kept(0, step), "test")
    figure.supxlabel(f"p = {p:g}; crosses are switched off", fontsize=10)
    return figure


def masks(p: float, pictures: int = 12, units: int = 40) -> Figure:
    """The masks of two steps: a row for each picture of the batch, a column for each unit."""
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    dropout = Dropout(p, rng=np.random.default_rng(0))
    for number, axes in enumerate(figure.subplots(2, 1, sharex=True), start=1):
        dropout.forward(np.ones((pictures, units)), training=True)
        axes.imshow(dropout.mask > 0, cmap="Greys", vmin=0, vmax=1, aspect="auto")
        share = (dropout.mask > 0).mean()
        axes.set_title(f"step {number}: {share:.0%} kept (black)", fontsize=10)
        axes.set_ylabel("picture")
        axes.set_yticks([0, pictures - 1])
    axes.set_xlabel("unit")
    return figure


def kept(p: float, step: int) -> list[np.ndarray]:
    """For each layer of SIZES which of its neurons take part in this step (bools)."""
    rng = np.random.default_rng(step)
    present = [np.ones(size, bool) for size in SIZES]
    for layer in (1, 2):
        dropout = Dropout(p, rng=rng)
        present[layer] = dropout.forward(np.ones((1, SIZES[layer])), training=True)[0] > 0
    return present


def network(axes, present: list[np.ndarray], title: str) -> None:
    """Draws neurons and the connections between those that are present."""
    heights = [np.arange(len(layer)) - (len(layer) - 1) / 2 for layer in present]
    for left in range(len(present) - 1):
        for i in np.flatnonzero(present[left]):
            for j in np.flatnonzero(present[left + 1]):
                ends = heights[left][i], heights[left + 1][j]
                axes.plot((left, left + 1), ends, color="0.7", linewidth=0.7, zorder=1)
    for place, (layer, height) in enumerate(zip(present, heights, strict=True)):
        on, off = height[layer], height[~layer]
        axes.plot(np.full(len(on), place), on, "o", color="black", ms=7)
        axes.plot(np.full(len(off), place), off, "x", color=STRONG, ms=7, mew=2)
    axes.set_title(title, fontsize=11)
    axes.axis("off")


def sums(p: float, repeats: int = 4000) -> tuple[np.ndarray, float]:
    """What one neuron of the next layer gets, Σ w · y: under many masks, and at test."""
    rng = np.random.default_rng(0)
    x, w = rng.random(100), rng.normal(0.1, 0.1, 100)
    dropout = Dropout(p, rng=rng)
    trained = dropout.forward(np.tile(x, (repeats, 1)), training=True) @ w
    return trained, float(x @ w)


def noise(p: float) -> Figure:
    """The sums of training, with the factor and without it, beside the one sum at test."""
    trained, test = sums(p)
    figure = Figure(figsize=(7.2, 3.1), layout="constrained")
    axes = figure.subplots()
    bins = np.linspace(0, 11, 89)
    axes.hist(trained * (1 - p), bins, color="0.8", label="training, without the factor")
    axes.hist(trained, bins, color="black", histtype="step", lw=1.5, label="training, 1 / (1 − p)")
    axes.axvline(test, color=STRONG, linewidth=3, label="test")
    spread = f"mean {trained.mean():.2f}, σ {trained.std():.2f}; test {test:.2f}"
    axes.set_title(f"p = {p:g}: {spread}", fontsize=11)
    axes.set_xlabel("what a neuron of the next layer gets, Σ w · y")
    axes.set_ylabel("of 4,000 masks")
    axes.legend(fontsize=9)
    return figure


def learn(p: float, epochs: int = 40) -> np.ndarray:
    """A fully connected network learns 200 pictures. (epochs, 4): loss and error on those, and on
    200 new ones. Two seconds."""
    seen, new = of_patterns(20), of_patterns(20, seed=1)
    rng = np.random.default_rng(0)
    layers, inputs = [], coarse(seen[0]).shape[1]
    for number, outputs in (6, 256), (7, 256):
        layers += [(f"fc{number}", Linear(inputs, outputs, rng=rng)), (f"relu{number}", ReLU())]
        layers += [(f"drop{number}", Dropout(p, rng=rng))]
        inputs = outputs
    net = Sequential([*layers, ("fc8", Linear(inputs, 10, rng=rng))])
    optimizer = SGD(net, lr=0.01, weight_decay=0.0)
    x, labels = coarse(seen[0]), seen[1]
    measured = []
    for _ in range(epochs):
        train(net, optimizer, one_epoch(x, labels, 10, rng))
        measured.append([*measure(net, x, labels), *measure(net, coarse(new[0]), new[1])])
    return np.array(measured)


def coarse(pictures: np.ndarray) -> np.ndarray:
    """(N, 32, 32, 3) → (N, 16 · 16 · 3)."""
    return pictures.reshape(-1, 16, 2, 16, 2, 3).mean(axis=(2, 4)).reshape(len(pictures), -1)


def measure(net: Sequential, x: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """(mean loss, share of wrong answers), without dropout."""
    logits = net.forward(x)
    loss = SoftmaxCrossEntropy().forward(logits, labels)
    return float(loss), float((logits.argmax(axis=1) != labels).mean())


def learned(curves: dict[float, np.ndarray]) -> Figure:
    """Loss and error of each p (the results of `learn`)."""
    figure = Figure(figsize=(7.4, 3.4), layout="constrained")
    for column, (axes, name) in enumerate(
        zip(figure.subplots(1, 2), ("loss (nats)", "share of wrong answers"), strict=True)
    ):
        for (p, measured), colour in zip(curves.items(), ("black", STRONG), strict=True):
            epochs = np.arange(1, len(measured) + 1)
            axes.plot(epochs, measured[:, column], "--", color=colour, label=f"p = {p:g}, seen")
            axes.plot(epochs, measured[:, column + 2], color=colour, label=f"p = {p:g}, new")
        axes.set_xlabel("epoch")
        axes.set_title(name, fontsize=11)
        axes.set_ylim(0)
        axes.grid(color="0.93")
    figure.axes[1].legend(fontsize=9, loc="center right")
    return figure
