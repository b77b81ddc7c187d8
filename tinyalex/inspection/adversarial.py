"""Adversarial examples: every pixel changed a little, all in the direction that hurts most."""

from __future__ import annotations

import numpy as np

from tinyalex.figures.attacks import Attack
from tinyalex.inspection.activations import output
from tinyalex.inspection.projection import project
from tinyalex.models import Sequential
from tinyalex.weights import Preprocessing, softmax


def attack(
    net: Sequential,
    preprocessing: Preprocessing,
    x: np.ndarray,
    epsilon: float,
    steps: int = 1,
    target: int | None = None,
) -> Attack:
    """Moves each pixel's value by at most `epsilon` grey levels, against the network's answer.

    net: outputs logits. x: (1, crop, crop, 3), the network's input.

        x' = x + ε · sign(∂L / ∂x)     L = −ln p(the answer)     Goodfellow et al. 2015, section 4

    With a target, x' = x − ε · sign(∂L / ∂x) with L = −ln p(target). With more steps, each moves by
    ε / steps, from where the last one ended (Kurakin et al. 2016). Values stay in 0 to 255.
    """
    if not 0 < epsilon <= 255:
        raise ValueError(f"epsilon must be above 0 and at most 255 grey levels; got {epsilon:g}")
    if steps < 1:
        raise ValueError(f"the number of steps must be at least 1; got {steps}")
    p_before = softmax(output(net, x))[0]
    if target is not None and not 0 <= target < len(p_before):
        raise ValueError(f"the target must be 0 to {len(p_before) - 1}; got {target}")
    label = int(p_before.argmax()) if target is None else target
    # Of a level and of the input made of it: with a negative scale, one falls as the other grows.
    uphill = np.sign(preprocessing.scale) * (1 if target is None else -1)
    before = np.clip(preprocessing.grey_levels(x[0]), 0, 255)
    levels = before
    for _ in range(steps):
        now = preprocessing.of_grey_levels(levels)[None].astype(x.dtype)
        gradient = loss_gradient(net, now, label)[0]
        levels = np.clip(levels + epsilon / steps * uphill * np.sign(gradient), 0, 255)
    last = preprocessing.of_grey_levels(levels)[None].astype(x.dtype)
    return Attack(before, levels, p_before, softmax(output(net, last))[0])


def loss_gradient(net: Sequential, x: np.ndarray, label: int) -> np.ndarray:
    """∂L / ∂x of L = −ln softmax(net(x))[label], of x's shape: p − 1{label} goes backward."""
    start = softmax(output(net, x))
    start[:, label] -= 1
    return project(net, x, start.astype(x.dtype), "gradient")
