"""Descent in a narrow valley, schedules, and what first weights do to a signal."""

from __future__ import annotations

import numpy as np

from tinyalex import optim
from tinyalex.coursework.drawing.palette import BLUE, ORANGE, STRONG
from tinyalex.figures.plotting import Figure
from tinyalex.layers import Linear, ReLU

CURVATURES = np.array([1.0, 25.0])  # along the valley and across
START = np.array([10.0, 1.5])


class Point:
    """Some numbers that learn: all that SGD needs to know of a network."""

    def __init__(self, **arrays) -> None:
        self.arrays = {name: np.array(array, float) for name, array in arrays.items()}
        self.slopes = dict.fromkeys(self.arrays)

    def parameters(self) -> dict:
        return {f"fc1.{name}": array for name, array in self.arrays.items()}

    def gradients(self) -> dict:
        return {f"fc1.{name}": array for name, array in self.slopes.items()}


def descent(lr: float, momentum: float, steps: int = 60) -> np.ndarray:
    """The places (steps + 1, 2) on the way down ½ Σ h·w², by the library's SGD."""
    point = Point(W=START)
    sgd = optim.SGD(point, lr=lr, momentum=momentum, weight_decay=0)
    path = [START]
    for _ in range(steps):
        point.slopes["W"] = CURVATURES * point.arrays["W"]
        sgd.step()
        path.append(point.arrays["W"].copy())
    return np.array(path)


def valley(lr: float, momentum: float) -> Figure:
    """The path over the valley's contours, and the loss at each step, with momentum and without."""
    figure = Figure(figsize=(7.4, 4.6), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(1.2, 1))
    w0, w1 = np.meshgrid(np.linspace(-8, 11, 200), np.linspace(-2.4, 2.4, 100))
    height = (CURVATURES[0] * w0**2 + CURVATURES[1] * w1**2) / 2
    above.contour(w0, w1, height, levels=[1, 5, 15, 30, 50, 80], colors="0.8", linewidths=1)
    for mu, colour, style in ((0.0, "0.35", "--"), (momentum, STRONG, "-")):
        path = descent(lr, mu)
        above.plot(*path.T, style, color=colour, marker=".", lw=1, label=f"μ = {mu:g}")
        loss = (CURVATURES * path**2).sum(axis=1) / 2
        below.semilogy(np.maximum(loss, 1e-12), style, color=colour, lw=1.5)
    above.set(xlim=(-8, 11), ylim=(-2.4, 2.4), xlabel="along the valley", ylabel="across")
    above.legend(loc="upper left", frameon=False)
    below.set(xlabel="step", ylabel="loss", ylim=(1e-6, 1e4))
    below.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"ε = {lr:g}, ε·h across = {lr * CURVATURES[1]:g}", fontsize=12)
    return figure


def schedules(errors: list[float]) -> Figure:
    """The factor of ε over a training, and what Plateau makes of some epochs' errors."""
    figure = Figure(figsize=(7.4, 3.3), layout="constrained")
    left, right = figure.subplots(1, 2)
    progress = np.linspace(0, 1, 401)
    kinds = {"steps": (optim.steps(), "-"), "dexp": (optim.dexp(), "--")}
    kinds["one_cycle"] = (optim.one_cycle(), ":")
    for (name, (schedule, style)), colour in zip(
        kinds.items(), (BLUE, "black", STRONG), strict=True
    ):
        factors = [schedule(p) for p in progress]
        left.semilogy(progress, factors, style, color=colour, lw=2, label=name)
    left.set(ylim=(5e-4, 1.6), xlabel="progress", ylabel="factor of ε", title="by the clock")
    left.legend(frameon=False, loc="lower left")
    epochs = np.arange(1, len(errors) + 1)
    right.plot(epochs, errors, "o-", color="black", ms=4)
    right.set_xlim(0.5, len(errors) + 2)
    right.set(xlabel="epoch", ylabel="validation error", title="Plateau: by the error")
    for drop in drops(errors):
        right.axvline(drop + 0.5, color=STRONG, ls="--")
        right.text(drop + 0.6, max(errors), "÷ 10", color=STRONG, va="top")
    return figure


def drops(errors: list[float], patience: int = 2) -> list[int]:
    """After which epochs, counted from 1, Plateau drops the rate."""
    plateau, found = optim.Plateau(patience=patience), []
    for epoch, error in enumerate(errors, start=1):
        before = plateau.drops
        plateau.update(error)
        found += [epoch] * (plateau.drops - before)
    return found


def sizes(sigma: float, inputs: int = 1728, layers: int = 5, seed: int = 0) -> list[float]:
    """The root mean square of a signal on its way through layers with ReLUs."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(32, inputs)).astype("float32")
    found = [1.0]
    for _ in range(layers):
        x = ReLU().forward(Linear(inputs, inputs, weight_init=sigma, rng=rng).forward(x))
        found.append(float(np.sqrt((x**2).mean())))
    return found


def signals(inputs: int = 1728) -> Figure:
    """How large the signal is behind each layer, for three first weights."""
    figure = Figure(figsize=(6.6, 3.4), layout="constrained")
    axes = figure.subplots()
    he = float(np.sqrt(2 / inputs))
    kinds = ((he, "He: √(2/n) = ", "o-"), (0.03, "σ = ", "s--"), (0.01, "σ = ", "^:"))
    for (sigma, name, style), colour in zip(kinds, (BLUE, ORANGE, STRONG), strict=True):
        label = f"{name}{sigma:.3g}"
        axes.semilogy(sizes(sigma, inputs), style, color=colour, label=label, lw=2)
    axes.set(xlabel="layers passed", ylabel="size (root mean square)")
    axes.set_title(f"Layers with n = {inputs:,} inputs and ReLU, without biases", fontsize=11)
    axes.legend(frameon=False)
    axes.grid(axis="y", alpha=0.3)
    return figure


def drowned(measured: dict[str, dict[str, tuple]]) -> Figure:
    """For some first weights: the size of each layer's output and its deviation between pictures.

    measured: for each name what `differences.passed` gives.
    """
    figure = Figure(figsize=(7.4, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    styles = (("^:", STRONG), ("s--", ORANGE), ("o-", BLUE))
    for (name, layers), (style, colour) in zip(measured.items(), styles, strict=True):
        for axes, number in ((left, 0), (right, 1)):
            values = [found[number] for found in layers.values()]
            axes.semilogy(list(layers), values, style, color=colour, label=name, lw=2)
    left.set_title("size (root mean square)", fontsize=11)
    right.set_title("deviation between pictures", fontsize=11)
    left.legend(frameon=False)
    for axes in (left, right):
        axes.tick_params(axis="x", rotation=45)
        axes.grid(axis="y", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle("Before any training, after each layer's ReLU", fontsize=12)
    return figure


def losses(curves: dict[str, list[float]], known_nothing: float) -> Figure:
    """Training curves, and the loss of a network that knows nothing."""
    figure = Figure(figsize=(7.0, 3.4), layout="constrained")
    axes = figure.subplots()
    styles = ((":", "0.3"), ("--", STRONG), ("-", BLUE), ("-.", ORANGE))
    for (name, curve), (style, colour) in zip(curves.items(), styles, strict=False):
        axes.plot(curve, style, color=colour, label=name, lw=1.8)
    axes.axhline(known_nothing, color="0.6", lw=1, label="all classes alike")
    axes.set(xlabel="step", ylabel="loss, nats", ylim=(0, 2 * known_nothing))
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
