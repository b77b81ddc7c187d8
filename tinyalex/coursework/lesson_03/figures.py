"""ReLU and tanh: their slopes, what is left of a gradient, and the paper's Figure 1 in small."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.palette import STRONG
from tinyalex.coursework.lesson_03.figure1 import ACTIVATIONS, GOAL, RATES, Curve, best, four_layers
from tinyalex.coursework.lesson_03.first_weights import ACTIVATIONS as ACTIVATION_TYPES
from tinyalex.coursework.lesson_03.first_weights import DEPTH, RULES, sizes
from tinyalex.figures.plotting import Figure
from tinyalex.layers import ReLU, Sigmoid, Tanh

STYLES = {
    "relu": {"color": STRONG, "marker": "o"},
    "tanh": {"color": "black", "marker": "s", "mfc": "none"},
}


def slope(activation: type, x) -> np.ndarray:
    """f′(x), as the layer's backward has it."""
    layer = activation()
    layer.forward(np.asarray(x, dtype="float64"))
    return layer.backward(np.ones(np.shape(x)))


def units() -> Figure:
    """Three units and their slopes."""
    x = np.linspace(-4, 4, 401)[None]
    figure = Figure(figsize=(7.2, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    for activation, color, style in (
        (ReLU, STRONG, "-"),
        (Tanh, "black", "-"),
        (Sigmoid, "0.4", ":"),
    ):
        name = activation.__name__
        left.plot(x[0], activation().forward(x)[0], style, color=color, lw=2, label=name)
        right.plot(x[0], slope(activation, x)[0], style, color=color, lw=2, label=name)
    left.set_ylim(-1.3, 2.5)
    left.set_title("f(x)", fontsize=11)
    right.set_title("f′(x)", fontsize=11)
    for axes in (left, right):
        axes.set_xlabel("x")
        axes.grid(color="0.92")
    left.legend(fontsize=9)
    return figure


def what_is_left() -> Figure:
    """The product of the slopes along a path of units that all stand at the same |x|."""
    layers = np.arange(11)
    figure = Figure(figsize=(7.2, 3), layout="constrained")
    axes = figure.subplots()
    axes.semilogy(layers, np.ones(11), color=STRONG, lw=2, label="ReLU, any x > 0")
    for x, style in (0.5, "-"), (1.0, "--"), (2.0, "-."), (3.0, ":"):
        left = slope(Tanh, [[x]])[0, 0] ** layers
        axes.semilogy(layers, left, style, color="black", label=f"tanh at |x| = {x:g}")
    axes.set_ylim(1e-7, 3)
    axes.set_xlabel("layers passed")
    axes.set_ylabel("share of the gradient that is left")
    axes.grid(color="0.92")
    figure.legend(fontsize=9, loc="outside right center")
    return figure


def first_weights() -> Figure:
    """The size of the signal and of the gradient in a deep stack, by the rule of its weights."""
    figure = Figure(figsize=(7.4, 5.2), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    layers = np.arange(1, DEPTH + 1)
    styles = zip(RULES.items(), (("black", "--"), (STRONG, "-"), ("0.5", ":")), strict=True)
    for (rule, sigma), (color, style) in styles:
        for row, (name, activation) in zip(panels, ACTIVATION_TYPES.items(), strict=True):
            for axes, size in zip(row, sizes(sigma, activation), strict=True):
                axes.semilogy(layers, size, style, color=color, lw=2, label=rule)
            row[0].set_title(f"{name}: output of each layer", fontsize=10)
            row[1].set_title(f"{name}: gradient at each layer's input", fontsize=10)
    for axes in panels.flat:
        axes.set_ylim(1e-9, 30)
        axes.set_xticks(range(0, DEPTH + 1, 5))
        axes.grid(color="0.92")
    panels[0, 0].legend(fontsize=9)
    figure.supxlabel("layer", fontsize=10)
    figure.supylabel("root mean square", fontsize=10)
    return figure


def figure_in_small(curves: list[Curve]) -> Figure:
    """Left: epochs to a training error of 25% at each rate. Right: each unit at its own best."""
    figure = Figure(figsize=(7.4, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, style in STYLES.items():
        own = [curve for curve in curves if curve.activation == name]
        reached = [(c.learning_rate, c.epochs_to(GOAL)) for c in own if c.epochs_to(GOAL)]
        left.semilogx(*np.transpose(reached), label=name, ms=8 if name == "tanh" else 5, **style)
        winner = best(own)
        epochs = np.arange(1, len(winner.errors) + 1)
        label = f"{name}, rate {winner.learning_rate:g}"
        right.plot(epochs, winner.errors, label=label, markevery=3, ms=4, **style)
    left.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
    left.minorticks_off()
    left.set_yticks(range(0, 26, 5))
    left.set_ylim(0)
    left.set_xlabel("learning rate (no mark: not reached)")
    left.set_title("epochs to a training error of 25%", fontsize=10)
    right.axhline(GOAL, color="0.6", linestyle="--", label=f"{GOAL:.0%}")
    right.set_ylim(0)
    right.set_xlabel("epoch")
    right.set_title("training error, each at its best rate", fontsize=10)
    for axes in (left, right):
        axes.legend(fontsize=9)
    return figure


def slopes_in_a_network(x: np.ndarray, larger: float) -> list[np.ndarray]:
    """1 − y² of all tanh units of `four_layers`, its first weights made `larger` times as large."""
    net = four_layers("tanh", np.random.default_rng(0))
    for name, layer in net:
        if name.startswith("conv"):
            layer.params["W"] *= larger
    slopes = []
    for _, layer in net:
        x = layer.forward(x)
        if isinstance(layer, ACTIVATIONS["tanh"]):
            slopes.append(1 - x.ravel() ** 2)
    return slopes


def saturation(x: np.ndarray, larger: float) -> Figure:
    """How the slopes of a network's tanh units are distributed, layer by layer."""
    figure = Figure(figsize=(7.2, 3.0), layout="constrained")
    slopes = slopes_in_a_network(x, larger)
    for number, (axes, some) in enumerate(zip(figure.subplots(1, 3), slopes, strict=True), 1):
        axes.hist(
            some, np.linspace(0, 1, 21), weights=np.full(some.size, 1 / some.size), color="0.5"
        )
        axes.axvline(some.mean(), color=STRONG, lw=2, label="mean")
        axes.set_title(f"layer {number}: mean {some.mean():.2f}", fontsize=10)
        axes.set_xlabel("slope 1 − y²")
        axes.set_ylim(0, 1)
    figure.axes[0].set_ylabel("share of the units")
    figure.axes[0].legend(fontsize=9, loc="upper left")
    figure.suptitle(f"first weights times {larger:g}", fontsize=11)
    return figure
