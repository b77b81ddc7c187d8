"""Pictures changed a little so that the network answers differently: adversarial examples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tinyalex.inspection.activations import output
from tinyalex.inspection.projection import project
from tinyalex.models import Sequential
from tinyalex.weights import softmax


class View(NamedTuple):
    """How pixels (N, H, W, 3) of 0 to 255 become the network's input: as_input(pixels).

    scale: (3,), ∂ input / ∂ pixel of the three channels.
    """

    as_input: Callable[[np.ndarray], np.ndarray]
    scale: np.ndarray


def check_size(epsilon: float, steps: int) -> None:
    """Raises ValueError for a change or a number of steps that makes no sense."""
    if not 0 < epsilon <= 255:
        raise ValueError(f"--epsilon must be above 0 and at most 255; got {epsilon:g}")
    if steps < 1:
        raise ValueError(f"--steps must be at least 1; got {steps}")


def loss_slope(net: Sequential, x: np.ndarray, unit: int) -> np.ndarray:
    """∂ loss / ∂x for the loss −log p_unit, each picture's divided by 1 − p_unit.

    x: (N, H, W, C), float. At the logits the slope of the loss is p, minus 1 for the class. If the
    network is sure of the class, all of it rounds to 0. Divided by 1 − p_unit it never does: it is
    −1 for the class and the softmax of the other logits alone for the others. No sign changes.
    """
    z = output(net, x).astype(np.float64)
    if z.shape[1] < 2:
        raise ValueError("an attack needs a network with at least two classes")
    z[:, unit] = -np.inf
    dz = softmax(z)
    dz[:, unit] = -1
    return project(net, x, dz.astype(x.dtype), "gradient")


def attack(
    net: Sequential,
    pixels: np.ndarray,
    view: View,
    unit: int,
    epsilon: float = 2,
    steps: int = 1,
    towards: bool = False,
) -> np.ndarray:
    """Pixels within epsilon of the given ones that make class `unit` less likely, or more.

    net: outputs logits. pixels: (N, H, W, 3), 0 to 255. Returns the same shape in float64.

    One step is the fast gradient sign method: pixels + epsilon · sign(∂ loss / ∂ pixels), cut to
    0 to 255 (Goodfellow, Shlens and Szegedy 2015). Several steps compute the gradient again after
    each; a step is epsilon / steps, rounded up to a whole grey level, and the sum is cut to epsilon
    (Kurakin, Goodfellow and Bengio 2017, whose steps are of one grey level). A whole epsilon thus
    keeps whole grey levels: the result could be stored as a picture of 8 bits.
    """
    check_size(epsilon, steps)
    original = np.asarray(pixels, np.float64)
    low, high = np.maximum(original - epsilon, 0), np.minimum(original + epsilon, 255)
    step = math.ceil(epsilon / steps) * (-1 if towards else 1)
    y = original
    for _ in range(steps):
        signs = np.sign(loss_slope(net, view.as_input(y), unit) * np.sign(view.scale))
        y = np.clip(y + step * signs, low, high)
    return y


def random_signs(pixels: np.ndarray, epsilon: float, seed: int = 0) -> np.ndarray:
    """Every value moved by epsilon up or down at random, cut to 0 to 255: the control."""
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], np.shape(pixels))
    return np.clip(pixels + epsilon * signs, 0, 255)
