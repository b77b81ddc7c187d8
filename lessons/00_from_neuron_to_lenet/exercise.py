"""Lesson 00: two neurons. The text is README.md; python -m tinyalex.check 00 checks."""

import numpy as np

from tinyalex.coursework.lesson_00 import neurons


def mcculloch_pitts(excitatory, inhibitory, threshold: int) -> np.ndarray:
    """y = 0 where any inhibitory input is 1, else 1 where Σ excitatory ≥ threshold, else 0.

    excitatory: (N, n) of 0 and 1. inhibitory: (N, m) of 0 and 1; m may be 0, and n too.
    Returns (N,) ints. There are no weights, and nothing is learned.
    """
    # 1. Find the examples in which any inhibitory input is 1.
    # 2. Find those whose excitatory inputs add up to the threshold or more.
    # 3. The neuron fires where the second is true and the first is not.
    raise NotImplementedError("task 00.1: mcculloch_pitts")


class Perceptron(neurons.Perceptron):
    """ŷ = +1 where w · x + b > 0, else −1: Rosenblatt's neuron, which learns from its mistakes.

    x: (N, features). labels: (N,) of +1 and −1. w: (features,), first zeros. b: a float, first 0.
    """

    # Given: self.w and self.b, both zero at first, and predict(x).

    def learn(self, x, label) -> bool:
        """One example, x (features,): where label · (w · x + b) ≤ 0, a mistake, w ← w + label · x
        and b ← b + label. Returns whether it was a mistake."""
        # 1. Compute the score w · x + b of this one example.
        # 2. If it lies on the label's own side, strictly, change nothing.
        # 3. Else move self.w and self.b, and say that it was a mistake.
        raise NotImplementedError("task 00.2: Perceptron.learn")

    def fit(self, x, labels, epochs: int = 100) -> list[int]:
        """Learns the examples in their order, again and again, until an epoch has no mistake.

        Returns the number of mistakes of each epoch; the last is 0, unless `epochs` ran out.
        """
        # 1. In each epoch let learn see every example once, in order, and count its mistakes.
        # 2. Note the count; stop after an epoch without any.
        raise NotImplementedError("task 00.3: Perceptron.fit")
