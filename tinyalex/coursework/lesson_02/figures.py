"""Fully connected layers as tables, the softmax's bars, and a classifier's weights."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.grids import numbers
from tinyalex.coursework.drawing.palette import STRONG
from tinyalex.coursework.small.pictures import of_classes
from tinyalex.data.builtin import CLASS_NAMES
from tinyalex.figures.plotting import Figure
from tinyalex.layers import Linear, SoftmaxCrossEntropy

FAR = np.linspace(-130, 20, 301)  # the right logit less the wrong one


def tables(layer: Linear, x: np.ndarray, dy: np.ndarray) -> Figure:
    """The worked example: each product beside its factors."""
    y = layer.forward(x)
    dx = layer.backward(dy)
    W, dW = layer.params["W"], layer.grads["W"]
    grids = [
        [None, (W, "W"), (x.T, "xᵀ"), (dW, "dW = xᵀ · dy"), (W.T, "Wᵀ")],
        [(x, "x"), (y, "y = x · W + b"), None, (dy, "dy"), (dx, "dx = dy · Wᵀ")],
    ]
    figure = Figure(figsize=(7.2, 3.15), layout="constrained")
    for panels, row in zip(figure.subplots(2, 5, width_ratios=(3, 2, 2, 2, 3)), grids, strict=True):
        for axes, grid in zip(panels, row, strict=True):
            if grid is None:
                axes.axis("off")
            else:
                numbers(axes, *grid)
    return figure


def softmax_bars(logits: np.ndarray, right: int) -> Figure:
    """One example: logits, probabilities, and where the gradient pushes each logit."""
    loss = SoftmaxCrossEntropy()
    value = loss.forward(np.array([logits], dtype=float), np.array([right]))
    p, gradient = loss.probabilities[0], loss.backward()[0]
    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
    panels = figure.subplots(1, 3)
    shown = (logits, "logits"), (p, "probabilities"), (-gradient, "a step: minus the gradient")
    colours = [STRONG if k == right else "0.6" for k in range(len(logits))]
    limits = (-5, 10), (0, 1.15), (-1.15, 1.15)  # the same for all logits, to be compared
    for axes, (heights, title), limit in zip(panels, shown, limits, strict=True):
        bars = axes.bar(range(len(logits)), heights, color=colours)
        axes.bar_label(
            bars, [f"{round(height, 2) + 0.0:.2f}" for height in heights], fontsize=8, padding=2
        )
        axes.axhline(0, color="black", linewidth=0.8)
        axes.set_ylim(limit)
        axes.set_title(title, fontsize=10)
        axes.set_xticks(range(len(logits)))
        axes.set_xlabel("class (red: the right one)")
    figure.suptitle(f"loss = −ln {p[right]:.3g} = {value:.3f} nats", fontsize=11)
    return figure


def far_logits() -> dict[str, np.ndarray]:
    """The loss of two classes in float32, computed in three ways."""
    z = np.stack([FAR, np.zeros_like(FAR)], axis=1).astype(np.float32)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p = (p / p.sum(axis=1, keepdims=True))[:, 0]
    with np.errstate(divide="ignore"):
        plain = -np.log(p)
    loss, label = SoftmaxCrossEntropy(), np.array([0])
    ours = np.array([float(loss.forward(row[None], label)) for row in z])
    return {"the library": ours, "−log p": plain, "−log(p + 1e-9)": -np.log(p + np.float32(1e-9))}


def logarithm_of_nothing() -> Figure:
    """Where −log p ends and what an ε does."""
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    axes = figure.subplots()
    styles = ("-", "0.75", 6), ("-", "black", 1.5), ("--", STRONG, 2)
    for (name, loss), (style, colour, width) in zip(far_logits().items(), styles, strict=True):
        axes.plot(FAR, loss, style, color=colour, linewidth=width, label=name)
    end = FAR[np.isfinite(far_logits()["−log p"])][0]
    axes.annotate(
        "further left p is 0\nand −log p infinite", (end, -end), (-88, 108), fontsize=9,
        arrowprops={"arrowstyle": "->"},
    )  # fmt: skip
    axes.set_xlabel("logit of the right class, less the other one's")
    axes.set_ylabel("loss (nats), in float32")
    axes.legend()
    return figure


def small_pictures(per_class: int, split: str, side: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Ten built-in classes, the colours of one pattern: pictures around 0 as rows, and labels."""
    x, labels = of_classes(colours(), per_class, side, split)
    return (x / 255 - 0.5).reshape(len(x), -1), labels


def colours() -> list[str]:
    """The ten classes that share the first class's pattern."""
    pattern = CLASS_NAMES[0].split("-")[1]
    return [name for name in CLASS_NAMES if name.endswith(f"-{pattern}")]


def learned(losses: list[float], W: np.ndarray, classes: list[str], side: int = 16) -> Figure:
    """The loss from its first step on, and each output's weights as a picture."""
    figure = Figure(figsize=(7.2, 4.6), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.1, 1.5))
    axes = above.subplots()
    axes.plot(losses, color="black")
    axes.axhline(np.log(len(classes)), color=STRONG, linestyle="--", label=f"ln {len(classes)}")
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats)")
    axes.set_ylim(0, 2.8)
    axes.legend()
    weights = W.reshape(side, side, 3, len(classes))
    for k, panel in enumerate(below.subplots(2, 5).flat):
        panel.imshow(0.5 + 0.5 * weights[..., k] / np.abs(weights).max())
        panel.set_title(classes[k].split("-")[0], fontsize=9)
        panel.axis("off")
    return figure
