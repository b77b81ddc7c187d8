"""Lesson 00: right neurons pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_00 import neurons
from tinyalex.coursework.lesson_00.neurons import Perceptron, mistake_bound
from tinyalex.coursework.lesson_00.task import CORNERS, LESSON, OR

NEURON, PERCEPTRON = LESSON.tasks


def test_the_numbers_of_the_text():
    perceptron = Perceptron(2)
    assert perceptron.fit(CORNERS, OR) == [3, 1, 2, 2, 1, 0]
    assert mistake_bound(CORNERS, OR, perceptron.w, perceptron.b) == pytest.approx(27)


# --- right, in other ways -------------------------------------------------------------------


def by_loops(excitatory, inhibitory, threshold):
    fired = []
    for excites, inhibits in zip(excitatory, inhibitory, strict=True):
        total = 0
        for value in excites:
            total += value
        fired.append(0 if 1 in list(inhibits) else int(total >= threshold))
    return np.array(fired)


def by_products(excitatory, inhibitory, threshold):
    return (1 - inhibitory).prod(axis=1) * (excitatory.sum(axis=1) >= threshold)


def by_where(excitatory, inhibitory, threshold):
    counts = np.einsum("ni->n", excitatory)
    return np.where(inhibitory.sum(axis=1) > 0, 0, np.where(counts < threshold, 0, 1))


class InPlace(neurons.Perceptron):
    def learn(self, x, label):
        wrong = (np.sum(self.w * x) + self.b) * label <= 0
        if wrong:
            self.w += label * x
            self.b += label
        return wrong

    def fit(self, x, labels, epochs=100):
        counts = []
        for _ in range(epochs):
            count = 0
            for i in range(len(x)):
                count += bool(self.learn(x[i], labels[i]))
            counts.append(count)
            if not count:
                break
        return counts


class AsOneVector(neurons.Perceptron):
    """The bias as the weight of a 1."""

    def learn(self, x, label):
        v, extended = np.append(self.w, self.b), np.append(x, 1)
        mistake = label * v.dot(extended) <= 0
        v = v + mistake * label * extended
        self.w, self.b = v[:-1], v[-1]
        return int(mistake)

    def fit(self, x, labels, epochs=100):
        counts = np.zeros(0, int)
        while len(counts) < epochs and counts[-1:].sum() + (len(counts) == 0) > 0:
            counts = np.append(counts, sum(map(self.learn, x, labels)))
        return counts


class BySides(neurons.Perceptron):
    """Which side, and one branch for each label."""

    def learn(self, x, label):
        score = sum(w * value for w, value in zip(self.w, x, strict=True)) + self.b
        if label == 1 and score <= 0:
            self.w, self.b = self.w + x, self.b + 1
        elif label == -1 and score >= 0:
            self.w, self.b = self.w - x, self.b - 1
        else:
            return False
        return True

    def fit(self, x, labels, epochs=100):
        history = []
        for _ in range(epochs):
            history += [[self.learn(a, b) for a, b in zip(x, labels, strict=True)].count(True)]
            if history[-1] == 0:
                return history
        return history


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "written"),
    [
        *((NEURON, function) for function in (by_loops, by_products, by_where)),
        *((PERCEPTRON, kind) for kind in (InPlace, AsOneVector, BySides)),
    ],
    ids=lambda item: getattr(item, "__name__", ""),
)
def test_other_right_ways_pass(task, written):
    for seed in range(10):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)


class Written(neurons.Perceptron):
    """A student's perceptron, whose three uses of the label can be left out one at a time."""

    seen, in_w, in_b = True, True, True

    def learn(self, x, label):
        score = np.dot(self.w, x) + self.b
        wrong = (label if self.seen else 1) * score <= 0
        if wrong:
            self.w = self.w + (x * label if self.in_w else x)
            self.b += label if self.in_b else 1
        return bool(wrong)


@pytest.mark.parametrize(
    ("id", "left_out"),
    [
        ("perceptron-no-label", {"in_w": False, "in_b": False}),
        ("perceptron-no-label-in-w", {"in_w": False}),
        ("perceptron-no-label-in-b", {"in_b": False}),
        ("perceptron-no-label-in-condition", {"seen": False}),
    ],
)
def test_a_forgotten_label_is_named_where_it_is_missing(id, left_out):
    written = type("Perceptron", (Written,), left_out)
    for seed in range(2):
        verdict = check_task(written, PERCEPTRON, seed)
        assert verdict.mistake == id, str(verdict)
    assert check_task(Written, PERCEPTRON).passed
