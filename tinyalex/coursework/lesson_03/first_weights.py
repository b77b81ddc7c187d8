"""How the size of the signal changes through a deep stack: lesson 03's section on first weights.

python -m tinyalex.coursework.lesson_03.first_weights prints the section's table.
"""

from __future__ import annotations

import math

import numpy as np

from tinyalex.coursework.drawing.grids import STRONG
from tinyalex.figures.plotting import Figure
from tinyalex.layers import Linear, ReLU, Tanh

WIDTH, DEPTH, EXAMPLES = 256, 30, 200
RULES = {  # the variance of each weight
    "1/n": 1 / WIDTH,
    "2/n": 2 / WIDTH,
    "0.01²": 1e-4,
}
STYLES = {
    "1/n": {"color": "black", "linestyle": "--"},
    "2/n": {"color": STRONG, "linestyle": "-"},
    "0.01²": {"color": "0.5", "linestyle": ":"},
}


def sizes(activation: type, variance: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Mean squares behind each layer: of the outputs y, and of the gradients dx on the way back.

    Both the inputs and the gradient that arrives at the end are Gaussian, with mean square 1.
    """
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((EXAMPLES, WIDTH))
    stack, outputs, gradients = [], [], []
    for _ in range(DEPTH):
        linear = Linear(WIDTH, WIDTH, weight_init=math.sqrt(variance), rng=rng, dtype="float64")
        stack.append((linear, activation()))
        x = stack[-1][1].forward(linear.forward(x))
        outputs.append(np.mean(x**2))
    dy = rng.standard_normal(x.shape)
    for linear, unit in reversed(stack):
        dy = linear.backward(unit.backward(dy))
        gradients.append(np.mean(dy**2))
    return np.array(outputs), np.array(gradients)


def table() -> str:
    """The numbers of the figure at a few depths."""
    at = np.array([1, 5, 10, 30])
    lines = [f"{'':22}" + "".join(f"{f'layer {depth}':>10}" for depth in at)]
    for activation in Tanh, ReLU:
        for name, variance in RULES.items():
            for what, values in zip(("y", "dx"), sizes(activation, variance), strict=True):
                label = f"{activation.__name__:5} {name:6} {what:3}"
                lines.append(f"{label:22}" + "".join(f"{v:10.2g}" for v in values[at - 1]))
    return "\n".join(lines)


def first_weights() -> Figure:
    """Forward and backward, tanh beside ReLU, three rules for the weights."""
    figure = Figure(figsize=(7.4, 5.2), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    depth = np.arange(1, DEPTH + 1)
    for column, activation in zip(panels.T, (Tanh, ReLU), strict=True):
        for name, variance in RULES.items():
            for axes, values in zip(column, sizes(activation, variance), strict=True):
                axes.semilogy(depth, values, linewidth=2, label=name, **STYLES[name])
        column[0].set_title(activation.__name__, fontsize=11)
        column[1].set_xlabel("layers passed")
    panels[0, 0].set_ylabel("forward: mean square of y")
    panels[1, 0].set_ylabel("backward: mean square of dx")
    panels[0, 0].set_ylim(1e-12, 100)
    for axes in panels.flat:
        axes.grid(color="0.92")
    panels[0, 0].legend(title="variance of a weight", fontsize=9, loc="lower right")
    return figure


if __name__ == "__main__":
    print(table())
