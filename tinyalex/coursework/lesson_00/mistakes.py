"""Wrong versions of McCulloch and Pitts's neuron and of Rosenblatt's perceptron."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.lesson_00.neurons import Perceptron
from tinyalex.coursework.lesson_00.neurons import mcculloch_pitts as right
from tinyalex.coursework.mistakes.mistake import mistake


@mistake("neuron-no-veto", of="mcculloch_pitts")
def without_veto(excitatory, inhibitory, threshold):
    """inhibitory inputs are ignored; a single one must keep the neuron silent."""
    return right(excitatory, np.zeros_like(inhibitory), threshold)


@mistake("neuron-inhibition-subtracted", of="mcculloch_pitts")
def subtracted(excitatory, inhibitory, threshold):
    """inhibitory inputs are subtracted from the sum; a single one must veto any sum."""
    return (np.sum(excitatory, axis=1) - np.sum(inhibitory, axis=1) >= threshold).astype(int)


@mistake("neuron-above-threshold", of="mcculloch_pitts")
def above(excitatory, inhibitory, threshold):
    """the neuron fires only above the threshold; reaching it is enough (≥, not >)."""
    return right(excitatory, inhibitory, threshold + 1)


@mistake("neuron-exactly-threshold", of="mcculloch_pitts")
def exactly(excitatory, inhibitory, threshold):
    """the neuron fires only where the sum equals the threshold; a larger sum fires it too."""
    return right(excitatory, inhibitory, threshold) * (np.sum(excitatory, axis=1) == threshold)


@mistake("neuron-veto-by-all", of="mcculloch_pitts")
def vetoed_by_all(excitatory, inhibitory, threshold):
    """the veto needs all inhibitory inputs; any one of them is enough."""
    return right(excitatory, np.all(inhibitory, axis=1)[:, None], threshold)


@mistake("perceptron-always-learns", of="Perceptron")
class AlwaysLearns(Perceptron):
    """the weights change at every example; they must change only after a mistake."""

    def learn(self, x, label):
        mistake = label * (x @ self.w + self.b) <= 0
        self.w, self.b = self.w + label * x, self.b + float(label)
        return bool(mistake)


@mistake("perceptron-no-label", of="Perceptron")
class WithoutLabel(Perceptron):
    """a mistake adds x regardless of the label; it must add label · x."""

    def learn(self, x, label):
        if label * (x @ self.w + self.b) > 0:
            return False
        self.w, self.b = self.w + x, self.b + 1.0
        return True


@mistake("perceptron-no-label-in-w", of="Perceptron")
class LabelForgottenInWeights(Perceptron):
    """the label is missing from the weights' step: w + x; it must be w + label · x."""

    def learn(self, x, label):
        if label * (x @ self.w + self.b) > 0:
            return False
        self.w, self.b = self.w + x, self.b + float(label)
        return True


@mistake("perceptron-no-label-in-b", of="Perceptron")
class LabelForgottenInBias(Perceptron):
    """the label is missing from the bias's step: b + 1; it must be b + label."""

    def learn(self, x, label):
        if label * (x @ self.w + self.b) > 0:
            return False
        self.w, self.b = self.w + label * x, self.b + 1.0
        return True


@mistake("perceptron-no-label-in-condition", of="Perceptron")
class LabelForgottenInCondition(Perceptron):
    """a mistake is taken to be w · x + b ≤ 0, without the label: it is label · (w · x + b) ≤ 0."""

    def learn(self, x, label):
        if x @ self.w + self.b > 0:
            return False
        self.w, self.b = self.w + label * x, self.b + float(label)
        return True


@mistake("perceptron-no-bias", of="Perceptron")
class BiasForgotten(Perceptron):
    """the bias stays 0, so every separating plane passes through the origin."""

    def learn(self, x, label):
        mistake = super().learn(x, label)
        self.b = 0.0
        return mistake


@mistake("perceptron-zero-is-right", of="Perceptron")
class ZeroIsRight(Perceptron):
    """a score of exactly 0 counts as right, so the initial w = 0 never makes a mistake."""

    def learn(self, x, label):
        return label * (x @ self.w + self.b) < 0 and super().learn(x, label)


@mistake("perceptron-twice-the-step", of="Perceptron")
class TwiceTheStep(Perceptron):
    """the step is (label − ŷ) · x with ŷ = predict(x), which is twice the rule's label · x."""

    def learn(self, x, label):
        error = label - (1 if x @ self.w + self.b > 0 else -1)
        self.w, self.b = self.w + error * x, self.b + float(error)
        return error != 0


@mistake("perceptron-wrong-side", of="Perceptron")
class WrongSide(Perceptron):
    """the weights move away from the example: the rule is w + label · x, not w − label · x."""

    def learn(self, x, label):
        if label * (x @ self.w + self.b) > 0:
            return False
        self.w, self.b = self.w - label * x, self.b - float(label)
        return True


@mistake("perceptron-never-stops", of="Perceptron")
class NeverStops(Perceptron):
    """fit always runs all epochs; it must stop after the first epoch without a mistake."""

    def fit(self, x, labels, epochs=100):
        pairs = list(zip(x, labels, strict=True))
        return [sum(self.learn(*pair) for pair in pairs) for _ in range(epochs)]


@mistake("perceptron-one-epoch", of="Perceptron")
class OneEpoch(Perceptron):
    """fit sees each example once; it must repeat until an epoch has no mistake."""

    def fit(self, x, labels, epochs=100):
        return super().fit(x, labels, 1)


@mistake("perceptron-only-the-sum", of="Perceptron")
class OnlyTheSum(Perceptron):
    """fit returns the total number of mistakes; it must return a list with one number per epoch."""

    def fit(self, x, labels, epochs=100):
        return sum(super().fit(x, labels, epochs))


@mistake("perceptron-last-epoch-missing", of="Perceptron")
class LastEpochMissing(Perceptron):
    """the list lacks the last epoch, the one without a mistake: append the count, then stop."""

    def fit(self, x, labels, epochs=100):
        mistakes = super().fit(x, labels, epochs)
        return mistakes[:-1] if mistakes[-1] == 0 else mistakes


@mistake("perceptron-all-at-once", of="Perceptron")
class AllAtOnce(Perceptron):
    """every example of an epoch meets the same weights; each must meet the latest ones."""

    def fit(self, x, labels, epochs=100):
        mistakes = []
        while len(mistakes) < epochs and (not mistakes or mistakes[-1] > 0):
            wrong = labels * (x @ self.w + self.b) <= 0
            self.w = self.w + labels[wrong] @ x[wrong]
            self.b = self.b + float(labels[wrong].sum())
            mistakes.append(int(wrong.sum()))
        return mistakes
