"""Lesson 03's Figure 1 in small."""

import numpy as np
import pytest

from tinyalex.coursework.lesson_03.figure1 import Curve, best, figure1
from tinyalex.coursework.small.pictures import of_patterns

pytestmark = pytest.mark.usefixtures("numpy_backend")


@pytest.mark.slow
def test_both_networks_learn_ten_pictures_by_heart():
    curves = figure1(pictures_per_class=1, epochs=30, rates=(0.003, 0.01))
    assert curves.keys() == {"relu", "tanh"}
    for activation, curve in curves.items():
        assert (curve.activation, len(curve.errors)) == (activation, 30)
        assert curve.errors[0] > 0.25 >= curve.errors[-1]
        assert 1 < curve.epochs_to(0.25) <= 30


def test_the_seed_decides_everything():
    one, other = (figure1(pictures_per_class=1, epochs=2, rates=(0.01,), seed=3) for _ in range(2))
    assert one == other


def test_best_reaches_the_goal_first():
    slow, fast = Curve("relu", 0.1, [0.9, 0.5, 0.1]), Curve("relu", 0.2, [0.9, 0.25, 0.24])
    never, nearly = Curve("relu", 0.3, [0.9, 0.8, 0.7]), Curve("relu", 0.4, [0.9, 0.8, 0.3])
    assert [c.epochs_to(0.25) for c in (slow, fast, never)] == [3, 2, None]
    assert best([never, slow, fast]) is fast
    assert best([never, slow]) is slow
    assert best([never, nearly]) is nearly


def test_pictures_are_small_and_centred():
    x, labels = of_patterns(2)
    assert (x.shape, x.dtype) == ((20, 32, 32, 3), np.float32)
    assert labels.tolist() == [c for c in range(10) for _ in range(2)]
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-5)
