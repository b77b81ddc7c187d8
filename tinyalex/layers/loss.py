"""The softmax and its cross-entropy, together. Sections 3.5 and 5 of the paper."""

from __future__ import annotations

from tinyalex import backend


class SoftmaxCrossEntropy:
    """loss = −(1/N) Σ_n log p[n, label_n] with p = softmax(logits), in nats.

    Forward takes logits (N, classes) and labels (N,), ints from 0. Backward needs no argument:
    dlogits = (p − onehot(labels)) / N. Softmax and logarithm are taken together because their
    gradient is this simple and because log p is then exact where p itself would round to 0.
    `probabilities` (N, classes) are the last forward's.
    """

    def __init__(self) -> None:
        self.probabilities = None
        self._labels = None

    def forward(self, logits, labels) -> float:
        """The mean loss. ValueError for labels that are no classes."""
        self._check(logits, labels)
        xp = backend.xp
        shifted = logits - logits.max(axis=1, keepdims=True)  # e^x cannot overflow any more
        log_sum = xp.log(xp.exp(shifted).sum(axis=1, keepdims=True))
        log_probabilities = shifted - log_sum
        self.probabilities = xp.exp(log_probabilities)
        self._labels = labels
        return -float(log_probabilities[xp.arange(len(labels)), labels].mean())

    def backward(self):
        if self._labels is None:
            raise ValueError("SoftmaxCrossEntropy.backward: call forward(logits, labels) first")
        labels, self._labels = self._labels, None
        gradient = self.probabilities.copy()
        gradient[backend.xp.arange(len(labels)), labels] -= 1
        gradient /= len(labels)
        return gradient

    @staticmethod
    def _check(logits, labels) -> None:
        if logits.ndim != 2 or logits.dtype.kind != "f":
            raise ValueError(
                "SoftmaxCrossEntropy: logits must be floating point (N, classes); "
                f"got {logits.shape} {logits.dtype}"
            )
        if labels.shape != logits.shape[:1] or labels.dtype.kind not in "iu":
            raise ValueError(
                f"SoftmaxCrossEntropy: labels must be {logits.shape[0]} ints, one for each row of "
                f"logits; got {labels.shape} {labels.dtype}"
            )
        if len(labels) == 0:
            raise ValueError("SoftmaxCrossEntropy: the batch is empty")
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= logits.shape[1]:
            raise ValueError(
                f"SoftmaxCrossEntropy: labels must be 0 to {logits.shape[1] - 1} for "
                f"{logits.shape[1]} classes; got {low} to {high}"
            )
