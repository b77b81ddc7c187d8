"""Softmax and cross-entropy in one. Sections 3.5 and 5 of the paper."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.layers.labels import own_labels


class SoftmaxCrossEntropy:
    """loss = −(1/N) Σ_n log p[n, label_n] with p = softmax(logits), in nats.

    Forward takes logits (N, classes) and labels (N,), ints from 0, and keeps a copy of the labels.
    Backward needs no argument: dlogits = (p − onehot(labels)) / N. Softmax and logarithm are
    computed together because their gradient is this simple, and because log p is then exact even
    where p itself would round to 0.
    `probabilities` (N, classes) are those of the last forward.
    """

    def __init__(self) -> None:
        self.probabilities = None
        self._labels = None

    @allow_underflow
    def forward(self, logits, labels):
        """The mean loss, a scalar of their dtype. ValueError for labels that are not classes."""
        labels = self._check(logits, labels)
        xp = backend.xp
        shifted = logits - logits.max(axis=1, keepdims=True)  # now e^x cannot overflow
        log_sum = xp.log(xp.exp(shifted).sum(axis=1, keepdims=True))
        self.probabilities, self._labels = xp.exp(shifted - log_sum), labels
        own = shifted[xp.arange(len(labels)), labels]
        return (log_sum[:, 0] - own).mean()  # −log p, which is 0 and never −0

    @allow_underflow
    def backward(self):
        if self._labels is None:
            raise ValueError("SoftmaxCrossEntropy.backward: call forward(logits, labels) first")
        labels, self._labels = self._labels, None
        gradient = self.probabilities.copy()
        gradient[backend.xp.arange(len(labels)), labels] -= 1
        gradient /= len(labels)
        return gradient

    @staticmethod
    def _check(logits, labels):
        """A copy of the labels as an array. ValueError for labels that are not classes."""
        return own_labels("SoftmaxCrossEntropy", "logits", logits, labels)
