"""Lesson 14: transfer."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.engine.drawn import KINDS, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.lesson_14 import mistakes
from tinyalex.coursework.lesson_14 import solution as probes
from tinyalex.coursework.mistakes import mistakes_in

FEATURES = np.array([[0.0, 0], [2, 0], [4, 4], [6, 4], [5, 7]])
LABELS = np.array([0, 0, 1, 1, 1])
MEANS = np.array([[1.0, 0], [5, 5]])
ASKED = np.array([[0.0, 3], [3, 4], [9, 0], [3, 2.5]])
LINE = np.array([[0.0], [2], [4]])  # of classes 0, 1, 1


def labelled(rng: np.random.Generator) -> list[tuple]:
    """Classes of unlike sizes, not in order; one of a single sample; whole numbers."""
    labels = rng.permutation(np.repeat(np.arange(4), [1, 9, 3, 5]))
    options = {"classes": (2, 1, 5, 9), "more": (3, 0, 1), "d": (2, 1, 5, 9), "numbers": KINDS}
    drawn = []
    for classes, more, d, kind in (tuple(c.values()) for c in every_pair(options, rng)):
        each = np.concatenate([np.arange(classes), rng.integers(0, classes, more)])
        drawn.append((drawn_numbers(kind, (len(each), d), rng), rng.permutation(each), classes))
    return [
        *drawn,
        (rng.normal(size=(18, 5)), labels, 4),
        (rng.normal(size=(18, 1)) + 100, labels, 4),
        (rng.integers(-9, 9, (6, 3)).astype(float), np.array([1, 0, 1, 0, 1, 1]), 2),
        (rng.normal(size=(4, 2)), np.zeros(4, int), 1),
    ]


def asked(rng: np.random.Generator) -> list[tuple]:
    """Means of unlike lengths, and samples around them; a tie, which the first class wins."""
    options = {"n": (3, 1, 9), "C": (3, 1, 2, 9), "d": (2, 1, 5, 9)}
    drawn = []
    for n, C, d, *kinds in (
        tuple(c.values()) for c in every_pair({**options, "features": KINDS, "means": KINDS}, rng)
    ):
        shapes = ((n, d), (C, d))
        some = [drawn_numbers(kind, s, rng) for kind, s in zip(kinds, shapes, strict=True)]
        drawn.append(tuple(some))
    means = rng.normal(size=(6, 4)) * np.array([[0.2], [1], [1], [2], [3], [5]])
    return [
        *drawn,
        (means[rng.integers(0, 6, 30)] + rng.normal(size=(30, 4)), means),
        (rng.normal(size=(12, 3)) * 2, rng.normal(size=(7, 3))),
        (np.array([[0.0, 0], [0, 1]]), np.array([[1.0, 0], [-1, 0], [0, 3]])),
    ]


def probed(rng: np.random.Generator) -> list[tuple]:
    """More samples than features and the reverse; features far from the origin."""
    many, few = rng.permutation(np.arange(40) % 3), np.arange(6) % 3
    options = {"n": (5, 1, 9), "d": (2, 1, 5, 9), "classes": (3, 1, 2, 9), "numbers": KINDS}
    drawn = []
    for n, d, classes, kind, decay in (
        tuple(c.values()) for c in every_pair({**options, "decay": (0.1, 0.7, 5.0)}, rng)
    ):
        labels = rng.permutation(np.arange(n) % classes)
        # Not very large, and of a small spread: right ways to solve the equations lose different
        # digits, in numbers above 1000 too many to be compared, and all where the answer is 0.
        far = kind == "large" and min(n, classes) > 1
        features = drawn_numbers("normal" if kind == "large" else kind, (n, d), rng) + 30 * far
        drawn.append((features, labels, classes, decay))
    return [
        *drawn,
        (rng.normal(size=(40, 5)) + many[:, None], many, 3, 0.1),
        (rng.normal(size=(40, 2)) + 20, many, 3, 1.0),
        (rng.normal(size=(6, 9)), few, 3, 0.05),
        (rng.normal(size=(6, 2)), few, 4, 0.3),  # a class that nobody has seen
    ]


LESSON = Lesson(
    "14",
    "14_transfer",
    "Transfer",
    (
        FunctionTask(
            ids={"": "14.1"},
            reference=probes.class_means,
            cases=labelled,
            float32=True,
            hand=((FEATURES, LABELS, 2), MEANS),
            mistakes=mistakes_in(mistakes, of="class_means"),
            raises=((FEATURES, LABELS, 3), (FEATURES, np.zeros(5, int), 2)),
        ),
        FunctionTask(
            ids={"": "14.2"},
            reference=probes.nearest_class,
            cases=asked,
            hand=((ASKED, MEANS), np.array([0, 1, 1, 0])),
            mistakes=mistakes_in(mistakes, of="nearest_class"),
        ),
        FunctionTask(
            ids={"": "14.3"},
            reference=probes.linear_probe,
            cases=probed,
            hand=(
                (LINE, np.array([0, 1, 1]), 2, 4 / 3),
                (np.array([[-1.0, 1]]) / 6, np.array([2.0, 1]) / 3),
            ),
            mistakes=mistakes_in(mistakes, of="linear_probe"),
            tolerance=1e-8,  # right ways to solve the equations lose digits unlike each other
            raises=((LINE, np.array([0, 1, 1]), 2, 0.0),),
        ),
    ),
)
