"""Lesson 02: Linear and the softmax.

The text is README.md. To check your work: python -m tinyalex.check 02
"""

import numpy as np

from tinyalex import layers


class Linear(layers.Linear):
    """y = x · W + b

    x: (N, in_features). W: (in_features, out_features). b: (out_features,).
    Backward: dW = xᵀ · dy, db = Σ_n dy, dx = dy · Wᵀ.
    """

    # Given: self.params with keys "W" and "b", and self.grads with the same keys, for backward to
    # fill.

    def forward(self, x, training: bool = False):
        # 1. y = x · W + b; b is added to every row.
        # 2. Keep what backward needs, which is x.
        raise NotImplementedError("task 02.1: Linear.forward")

    def backward(self, dy, input_gradient: bool = True):
        # 1. Store dW in self.grads["W"]: the sum over the batch of x times dy.
        # 2. Store db in self.grads["b"]: the sum over the batch of dy.
        # 3. Return dx, or None if input_gradient is False (a network's first layer needs no dx).
        raise NotImplementedError("task 02.2: Linear.backward")


class SoftmaxCrossEntropy(layers.SoftmaxCrossEntropy):
    """loss = −(1/N) Σ_n log p[n, label_n] with p = softmax(logits), in nats.

    Forward takes logits (N, classes) and labels (N,), ints from 0, and keeps a copy of the labels.
    Backward needs no argument: dlogits = (p − onehot(labels)) / N. Softmax and logarithm are
    computed together because their gradient is this simple, and because log p is then exact even
    where p itself would round to 0.
    `probabilities` (N, classes) are those of the last forward.
    """

    # Given: self._check(logits, labels), which returns a copy of the labels as an array and raises
    # a ValueError for labels that are not classes.

    def forward(self, logits, labels):
        """The mean loss, a scalar of their dtype. ValueError for labels that are not classes."""
        # 1. Subtract each row's largest logit from the row, so that e^x cannot overflow.
        # 2. Compute log p without taking the logarithm of p.
        # 3. Keep self.probabilities, and the copy of the labels for backward.
        # 4. Return the mean of −log p at the labels.
        raise NotImplementedError("task 02.3: SoftmaxCrossEntropy.forward")

    def backward(self):
        # 1. Start from a copy of the probabilities.
        # 2. Subtract 1 at the label of each row.
        # 3. Divide by N: the loss is a mean over the batch.
        raise NotImplementedError("task 02.4: SoftmaxCrossEntropy.backward")
