"""Lesson 11: training.

The text is README.md. To check your work: python -m tinyalex.check 11
"""

import numpy as np

from tinyalex import optim


class SGD(optim.SGD):
    """Stochastic gradient descent with momentum μ and weight decay λ at learning rate ε:

        v ← μ·v − λ·ε·w − ε·∂L/∂w
        w ← w + v

    as in section 5, where μ = .9, λ = .0005 and L is the mean over the batch. Decay applies to
    arrays of two or more dimensions. Vectors (biases, and the scales and shifts of a student's
    normalization) do not decay, whatever their names, and may have a different rate (`bias_lr`; the
    2012 code used twice the weights' rate). `lr` and `bias_lr` may be set at any time.
    net: anything with parameters() and gradients().
    layer_rates: {"fc8": 10.0, "conv1": 0.0}, factors on both rates for single layers, or for all
    layers of a nested network; a layer at 0 does not change, not even by decay, and needs no
    gradient.

    Layers may be replaced, frozen and unfrozen between steps: a new or unfrozen layer starts with a
    velocity of zero. Raises ValueError for numbers out of range, unknown layer names, and gradients
    that do not match their parameters.
    """

    # Given: self.net.gradients() and self.moving(), dicts with keys such as "fc1.W" and "fc1.b";
    # the second holds the parameters that move, which are the network's own arrays. self.velocity,
    # a dict with the same keys, initially zeros. self.lr, self.bias_lr (None: the same as lr),
    # self.momentum, self.weight_decay, and self.layer_rate(name), the factor of the parameter's
    # layer.

    def step(self) -> None:
        """Updates every parameter in place from the gradients of the last backward."""
        # For each parameter that moves:
        # 1. Get its gradient. If it is None, backward has not run: raise a ValueError.
        # 2. Get its rate ε and its decay λ; a bias may have a different rate and has no decay.
        # 3. Update its velocity in place, then the parameter in place.
        raise NotImplementedError("task 11.1: SGD.step")


class Plateau(optim.Plateau):
    """Section 5: divide the rate by 10 when the validation error stops improving.

    patience: epochs without a new lowest error before a drop; most: how many drops (the paper: 3).
    """

    # Given: self.patience, self.most, and the state that you update: self.best, the lowest error so
    # far (initially ∞), self.waited, the epochs since then or since the last drop, and self.drops
    # (both initially 0). The rate's factor, .1 to the power of self.drops, is computed from these.

    def update(self, error: float) -> None:
        """Takes the validation error of an epoch into account."""
        # 1. If the error is a new lowest, store it, reset self.waited, and return.
        # 2. Otherwise one more epoch has passed.
        # 3. If self.patience epochs have passed and a drop is left, drop and reset self.waited.
        raise NotImplementedError("task 11.2: Plateau.update")
