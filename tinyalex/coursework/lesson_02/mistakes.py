"""More wrong layers of lesson 02, beside those of linear.py and loss.py: their forwards."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.layers import Linear, SoftmaxCrossEntropy


@mistake("linear-no-bias", of="Linear")
class BiasForgotten(Linear):
    """y is x · W: the bias is not added."""

    def forward(self, x, training: bool = False):
        return super().forward(x, training) - self.params["b"]


@mistake("linear-forward-transposed", of="Linear")
class WeightsTransposed(Linear):
    """y is x · Wᵀ + b: here W is (in, out), and y = x · W + b."""

    def forward(self, x, training: bool = False):
        super().forward(x, training)
        return x @ self.params["W"].T + self.params["b"]


@mistake("softmax-overflows", of="SoftmaxCrossEntropy")
class Overflows(SoftmaxCrossEntropy):
    """e^z of the logits themselves overflows: take each row's largest logit off first."""

    def forward(self, logits, labels) -> float:
        e = np.exp(logits)
        self.probabilities, self._labels = e / e.sum(axis=1, keepdims=True), labels
        return -float(np.log(self.probabilities[np.arange(len(labels)), labels]).mean())


@mistake("softmax-log-of-zero", of="SoftmaxCrossEntropy")
class LogarithmOfZero(SoftmaxCrossEntropy):
    """log(p) is taken of a p that has rounded to 0: compute log p without p."""

    def forward(self, logits, labels) -> float:
        super().forward(logits, labels)
        return -float(np.log(self.probabilities[np.arange(len(labels)), labels]).mean())


@mistake("softmax-epsilon-in-log", of="SoftmaxCrossEntropy")
class EpsilonInLogarithm(SoftmaxCrossEntropy):
    """The loss is −log(p + 1e-9): a small number in the logarithm makes it another function."""

    def forward(self, logits, labels) -> float:
        super().forward(logits, labels)
        return -float(np.log(self.probabilities[np.arange(len(labels)), labels] + 1e-9).mean())


@mistake("softmax-bits", of="SoftmaxCrossEntropy")
class InBits(SoftmaxCrossEntropy):
    """The loss is in bits, with the logarithm to base 2; it should be in nats."""

    def forward(self, logits, labels) -> float:
        return super().forward(logits, labels) / float(np.log(2))


@mistake("softmax-mean-over-all", of="SoftmaxCrossEntropy")
class MeanOverAllEntries(SoftmaxCrossEntropy):
    """The loss is divided by N · classes; it is a mean over the N examples."""

    def forward(self, logits, labels) -> float:
        return super().forward(logits, labels) / logits.shape[1]


@mistake("softmax-loss-sign", of="SoftmaxCrossEntropy")
class SignForgotten(SoftmaxCrossEntropy):
    """The loss is the mean of log p; it should be that of −log p."""

    def forward(self, logits, labels) -> float:
        return -super().forward(logits, labels)
