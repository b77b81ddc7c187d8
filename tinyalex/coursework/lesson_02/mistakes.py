"""Wrong forward passes for lesson 02. The wrong backward passes are in linear.py and loss.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.layers import Linear, SoftmaxCrossEntropy


@mistake("linear-no-bias", of="Linear")
class BiasForgotten(Linear):
    """y is x · W without the bias."""

    def forward(self, x, training: bool = False):
        return super().forward(x, training) - self.params["b"]


@mistake("linear-forward-transposed", of="Linear")
class WeightsTransposed(Linear):
    """y is x · Wᵀ + b; W has shape (in, out), so it should be x · W + b."""

    def forward(self, x, training: bool = False):
        super().forward(x, training)
        return x @ self.params["W"].T + self.params["b"]


@mistake("softmax-overflows", of="SoftmaxCrossEntropy")
class Overflows(SoftmaxCrossEntropy):
    """e^z overflows for large logits: subtract each row's largest logit first."""

    def forward(self, logits, labels) -> float:
        e = np.exp(logits)
        self.probabilities, self._labels = e / e.sum(axis=1, keepdims=True), labels
        return -float(np.log(self.probabilities[np.arange(len(labels)), labels]).mean())


@mistake("softmax-one-maximum", of="SoftmaxCrossEntropy")
class OneMaximum(SoftmaxCrossEntropy):
    """the largest logit of the whole batch is subtracted; subtract each row's own."""

    def forward(self, logits, labels) -> float:
        super().forward(logits, labels)
        shifted = logits - logits.max()
        log_sum = np.log(np.exp(shifted).sum(axis=1))
        return float((log_sum - shifted[np.arange(len(labels)), labels]).mean())


@mistake("softmax-log-of-zero", of="SoftmaxCrossEntropy")
class LogarithmOfZero(SoftmaxCrossEntropy):
    """log(p) is taken after p has rounded to 0: compute log p without p."""

    def forward(self, logits, labels) -> float:
        super().forward(logits, labels)
        return -float(np.log(self.probabilities[np.arange(len(labels)), labels]).mean())


def _stops_growing(written: Any) -> bool:
    """Whether the loss of an example that is wrong without doubt stays far below its 1000."""
    losses = [written().forward(np.array([[0.0, z]]), np.array([0])) for z in (1000.0, 1500.0)]
    return 5 < losses[0] < 900 and abs(losses[1] - losses[0]) < 1e-6


@mistake("softmax-epsilon-in-log", of="SoftmaxCrossEntropy", shown_by=_stops_growing)
class EpsilonInLogarithm(SoftmaxCrossEntropy):
    """the loss is −log(p + 1e-9), or p is clipped; compute log p without p instead."""

    def forward(self, logits, labels) -> float:
        super().forward(logits, labels)
        return -float(np.log(self.probabilities[np.arange(len(labels)), labels] + 1e-9).mean())


@mistake("softmax-bits", of="SoftmaxCrossEntropy")
class InBits(SoftmaxCrossEntropy):
    """the loss is in bits, with a logarithm to base 2; it should be in nats."""

    def forward(self, logits, labels) -> float:
        return super().forward(logits, labels) / float(np.log(2))


@mistake("softmax-mean-over-all", of="SoftmaxCrossEntropy")
class MeanOverAllEntries(SoftmaxCrossEntropy):
    """the loss is divided by N · classes; it is the mean over the N examples."""

    def forward(self, logits, labels) -> float:
        return super().forward(logits, labels) / logits.shape[1]


@mistake("softmax-loss-sign", of="SoftmaxCrossEntropy")
class SignForgotten(SoftmaxCrossEntropy):
    """the loss is the mean of log p; it should be the mean of −log p."""

    def forward(self, logits, labels) -> float:
        return -super().forward(logits, labels)
