"""Lesson 00: two neurons.

The text is README.md. To check your work: python -m tinyalex.check 00
"""

import numpy as np

from tinyalex.coursework.lesson_00 import neurons


def mcculloch_pitts(excitatory, inhibitory, threshold: int) -> np.ndarray:
    """y = 0 where any inhibitory input is 1, else 1 where Σ excitatory ≥ threshold, else 0.

    excitatory: (N, n) of 0 and 1. inhibitory: (N, m) of 0 and 1; n and m may be 0.
    Returns (N,) ints. There are no weights, and nothing is learned.
    """
    # 1. Find the examples in which any inhibitory input is 1.
    # 2. Find the examples whose excitatory inputs sum to the threshold or more.
    # 3. The neuron fires where the second holds and the first does not.
    raise NotImplementedError("task 00.1: mcculloch_pitts")


class Perceptron(neurons.Perceptron):
    """ŷ = +1 where w · x + b > 0, else −1: Rosenblatt's neuron, which learns from its mistakes.

    x: (N, features). labels: (N,) of +1 and −1. w: (features,) and b: a float, initially zero.
    """

    # Given: self.w and self.b, both initially zero, and predict(x).

    def learn(self, x, label) -> bool:
        """Learns from one example, x (features,). A mistake is label · (w · x + b) ≤ 0; after one,
        w ← w + label · x and b ← b + label. Returns whether there was a mistake."""
        # 1. Compute the score w · x + b of this one example.
        # 2. If it is strictly on the label's side, change nothing.
        # 3. Otherwise update self.w and self.b, and return that it was a mistake.
        raise NotImplementedError("task 00.2: Perceptron.learn")

    def fit(self, x, labels, epochs: int = 100) -> list[int]:
        """Learns from the examples in order, again and again, until an epoch has no mistakes.

        Returns the number of mistakes in each epoch; the last is 0, unless `epochs` ran out.
        """
        # 1. In each epoch, call learn on every example once, in order, and count the mistakes.
        # 2. Append the count to the result; stop after an epoch without mistakes.
        raise NotImplementedError("task 00.3: Perceptron.fit")
