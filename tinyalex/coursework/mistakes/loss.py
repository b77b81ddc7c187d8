"""Wrong softmax cross-entropies. Correct: dlogits = (p − onehot(labels)) / N."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.coursework.mistakes.mistake import Example, mistake
from tinyalex.layers import SoftmaxCrossEntropy

EXAMPLE = Example(lambda rng: {}, shape=(3, 4), labels=(2, 0, 2))


@mistake("softmax-zeros", of="SoftmaxCrossEntropy")
class Zeros(SoftmaxCrossEntropy):
    """dlogits is zero everywhere."""

    def backward(self):
        return backend.xp.zeros_like(super().backward())


@mistake("softmax-not-divided", of="SoftmaxCrossEntropy")
class NotDivided(SoftmaxCrossEntropy):
    """dlogits is not divided by N, though the loss is a mean over the batch."""

    def backward(self):
        return super().backward() * len(self.probabilities)


@mistake("softmax-divided-by-classes", of="SoftmaxCrossEntropy")
class DividedByClasses(SoftmaxCrossEntropy):
    """dlogits is divided by N · classes; it should be divided by N only."""

    def backward(self):
        return super().backward() / self.probabilities.shape[1]


@mistake("softmax-sign", of="SoftmaxCrossEntropy")
class WrongSign(SoftmaxCrossEntropy):
    """dlogits has the wrong sign, onehot − p, so training increases the loss."""

    def backward(self):
        return -super().backward()


@mistake("softmax-no-onehot", of="SoftmaxCrossEntropy")
class OneHotMissing(SoftmaxCrossEntropy):
    """dlogits is p / N; the 1 at the label must be subtracted first."""

    def backward(self):
        super().backward()
        return self.probabilities / len(self.probabilities)


@mistake("softmax-only-labels", of="SoftmaxCrossEntropy")
class OnlyLabels(SoftmaxCrossEntropy):
    """dlogits is zero except at the label; the other classes have a gradient too."""

    def backward(self):
        gradient = super().backward()
        return gradient * (gradient < 0)


@mistake("softmax-next-class", of="SoftmaxCrossEntropy")
class OneHotNextClass(SoftmaxCrossEntropy):
    """the 1 is subtracted one class after the label, as if labels started at 1."""

    def backward(self):
        p, N = self.probabilities, len(self.probabilities)
        onehot_over_N = p / N - super().backward()
        return p / N - backend.xp.roll(onehot_over_N, 1, axis=1)


@mistake("softmax-sum-forward", of="SoftmaxCrossEntropy")
class SumInForward(SoftmaxCrossEntropy):
    """the loss is the sum over the batch, but its gradient is that of the mean."""

    def forward(self, logits, labels) -> float:
        return super().forward(logits, labels) * len(labels)


@mistake("softmax-wrong-axis", of="SoftmaxCrossEntropy")
class WrongAxis(SoftmaxCrossEntropy):
    """the softmax in backward runs over the batch; it must run over the classes."""

    def forward(self, logits, labels) -> float:
        self.logits = logits
        return super().forward(logits, labels)

    def backward(self):
        right = super().backward()
        e = backend.xp.exp(self.logits - self.logits.max(axis=0))
        return right + (e / e.sum(axis=0) - self.probabilities) / len(e)
