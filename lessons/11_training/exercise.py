"""Lesson 11: training. The text is README.md; python -m tinyalex.check 11 checks."""

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

    # Given: self.net.gradients() and self.moving(), dicts by names such as "fc1.W" and "fc1.b";
    # the second holds the parameters that move, the network's own arrays. self.velocity, a dict of
    # zeros by the same names. self.lr, self.bias_lr (None: as lr), self.momentum,
    # self.weight_decay, and self.layer_rate(name), the factor of the parameter's layer.

    def step(self) -> None:
        """Updates every parameter in place from the gradients of the last backward."""
        # For each parameter that moves:
        # 1. Find its gradient. Where it is None no backward has run: a ValueError.
        # 2. Find its rate ε and its decay λ; a bias may have another rate and has no decay.
        # 3. Change its velocity, in place, and then the parameter, in place.
        raise NotImplementedError("task 11.1: SGD.step")


class Plateau(optim.Plateau):
    """Section 5: divide the rate by 10 when the validation error stops improving.

    patience: epochs without a new lowest error before a drop; most: how many drops (the paper: 3).
    """

    # Given: self.patience, self.most, and what you keep: self.best, the lowest error so far (∞ at
    # first), self.waited, the epochs since then or since the last drop, and self.drops (both 0).
    # The factor, .1 to the power of self.drops, is worked out from these.

    def update(self, error: float) -> None:
        """Takes the validation error of an epoch into account."""
        # 1. A new lowest error: note it, start waiting anew, and that is all.
        # 2. Else one more epoch has been waited.
        # 3. When that was long enough and a drop is left, drop, and start waiting anew.
        raise NotImplementedError("task 11.2: Plateau.update")
