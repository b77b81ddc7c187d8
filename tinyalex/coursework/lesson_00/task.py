"""Lesson 00: McCulloch and Pitts's neuron, and Rosenblatt's perceptron."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from tinyalex.coursework.engine.drawn import KINDS, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.engine.verdict import Failed
from tinyalex.coursework.lesson_00 import mistakes
from tinyalex.coursework.lesson_00.neurons import Perceptron, mcculloch_pitts, mistake_bound
from tinyalex.coursework.mistakes import mistakes_in

CORNERS = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
OR = np.array([-1, 1, 1, 1])
XOR = np.array([-1, 1, 1, -1])


def neuron_cases(rng: np.random.Generator) -> list[tuple]:
    """All of three bits, with every threshold; no inhibitory and no excitatory inputs; many."""
    bits = np.array(list(itertools.product((0, 1), repeat=4)))
    cases = [(bits[:, :2], bits[:, 2:], threshold) for threshold in range(4)]
    cases += [(bits, np.zeros((16, 0), int), 4), (np.zeros((16, 0), int), bits[:, :1], 0)]
    sizes = {"rows": (2, 1, 7, 9), "n": (2, 0, 1, 5, 9), "m": (1, 0, 2, 5, 9)}
    for choice in every_pair({**sizes, "threshold": (1, 0, 2, 5, 9)}, rng):
        N, n, m, threshold = choice.values()
        inhibitory = (rng.random((N, m)) < 0.2).astype(int)
        cases.append((rng.integers(0, 2, (N, n)), inhibitory, threshold))
    return cases


def fired(written: Callable, *arguments) -> np.ndarray:
    """What the neuron returns; Failed for bools, where the text asks for ints."""
    y = written(*arguments)
    if np.asarray(y).dtype == bool:
        raise Failed("mcculloch_pitts returned bools; it must return ints, 0 and 1: .astype(int)")
    return y


def perceptron_cases(rng: np.random.Generator) -> list[tuple]:
    """Separable examples in two and five dimensions, XOR, a single example, too few epochs."""
    cases = [(CORNERS, OR, 100), (CORNERS, XOR, 7), (CORNERS[3:], np.array([-1]), 10)]
    sizes = {"examples": (2, 1, 7, 9), "features": (2, 1, 5, 9), "epochs": (3, 1, 0, 9)}
    for choice in every_pair({**sizes, "numbers": KINDS}, rng):  # mostly not separable
        N, features, epochs, kind = choice.values()
        cases.append((drawn_numbers(kind, (N, features), rng), rng.choice([-1, 1], N), epochs))
    for features in (1, 2, 5):
        x, w = rng.normal(size=(16, features)), rng.normal(size=features)
        score = (x @ w + 0.4) / np.linalg.norm(w)
        keep = abs(score) > 0.25
        labels = np.where(score[keep] > 0, 1, -1)
        cases += [(x[keep], labels, 40), (x[keep], labels, 2)]
    return cases


def run(written: type, x, labels, epochs: int) -> dict:
    """One pass of learn by itself; then, of a new perceptron, fit."""
    alone, fitted = written(x.shape[1]), written(x.shape[1])
    answers = [bool(alone.learn(one, label)) for one, label in zip(x, labels, strict=True)]
    return {
        "learn": np.array(answers).astype(int),
        "w after learn": alone.w,
        "b after learn": alone.b,
        "mistakes": fitted.fit(x, labels, epochs),
        "w": np.array(fitted.w),
        "b": fitted.b,
        "mistakes of a second fit": fitted.fit(x, labels, epochs),
        "mistakes of a third fit": fitted.fit(x, labels, epochs),
    }


def reward(written: type) -> str:
    """How many mistakes it makes, beside the most that it can make."""
    perceptron = written(2)
    mistakes = sum(perceptron.fit(CORNERS, OR))
    bound = mistake_bound(CORNERS, OR, perceptron.w, perceptron.b)
    return f"OR after {mistakes} mistakes; the theorem allows {bound:.0f}"


LESSON = Lesson(
    "00",
    "00_from_neuron_to_lenet",
    "From the neuron to LeNet-5",
    (
        FunctionTask(
            ids={"": "00.1"},
            reference=mcculloch_pitts,
            cases=neuron_cases,
            hand=(
                (np.array([[1, 1], [1, 0], [1, 1], [0, 0]]), np.array([[0], [0], [1], [0]]), 2),
                np.array([1, 0, 0, 0]),
            ),
            mistakes=mistakes_in(mistakes, of="mcculloch_pitts"),
            run=fired,
        ),
        FunctionTask(
            ids={"learn": "00.2", "fit": "00.3"},
            reference=Perceptron,
            cases=perceptron_cases,
            hand=(
                (CORNERS, OR, 100),
                {
                    "learn": np.array([1, 1, 1, 0]),
                    "w after learn": np.array([1, 1]),
                    "b after learn": 1,
                    "mistakes": [3, 1, 2, 2, 1, 0],
                    "w": np.array([2, 2]),
                    "b": -1,
                    "mistakes of a second fit": [0],
                    "mistakes of a third fit": [0],
                },
            ),
            mistakes=mistakes_in(mistakes, of="Perceptron"),
            run=run,
            reward=reward,
        ),
    ),
)
