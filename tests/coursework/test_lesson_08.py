"""Lesson 08: right ways to write Dropout pass.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.lessons import FOLDER, find
from tinyalex.coursework.engine.student import load_module
from tinyalex.coursework.lesson_08.relatives import variance_shift
from tinyalex.layers import Dropout

LESSON = find("08")
TASK = LESSON.tasks[0]
STUB = FOLDER / LESSON.folder / "exercise.py"

# Caught, but not by name: at test they differ from a right layer, in training they do not; and


# Right ways to decide what is kept: layer, shape → true or 1 with probability 1 − p.


def random_numbers(layer, shape):
    return layer.rng.random(shape) >= layer.p


def random_float32(layer, shape):
    return layer.rng.random(shape, dtype=np.float32) >= layer.p


def below_the_share_kept(layer, shape):
    return layer.rng.random(shape) < 1 - layer.p


def uniform(layer, shape):
    return layer.rng.uniform(0, 1, shape) > layer.p


def binomial(layer, shape):
    return layer.rng.binomial(1, 1 - layer.p, size=shape)


def choice(layer, shape):
    return layer.rng.choice([0, 1], size=shape, p=[layer.p, 1 - layer.p])


def one_at_a_time(layer, shape):
    kept = np.empty(shape, dtype=bool)
    for place in np.ndindex(shape):
        kept[place] = layer.rng.random() >= layer.p
    return kept


WAYS = [
    random_numbers,
    random_float32,
    below_the_share_kept,
    uniform,
    binomial,
    choice,
    one_at_a_time,
]


def layer_with(way):
    class Written(Dropout):
        def forward(self, x, training=False):
            self.mask = None
            if training:
                self.mask = np.asarray(way(self, x.shape)).astype(x.dtype) / (1 - self.p)
                self.mask = self.mask.astype(x.dtype)
            y = x.copy() if self.mask is None else x * self.mask
            return self.remember(y, self.mask)

        def backward(self, dy):
            (mask,) = self.recall(dy)
            return dy.copy() if mask is None else dy * mask

    return Written


class KeepsPlaces(Dropout):
    """Backward knows the places that were dropped; mask is only for show. Ones at test."""

    def forward(self, x, training=False):
        dropped = self.rng.random(x.shape) < (self.p if training else 0)
        scale = 1 / (1 - self.p) if training else 1
        self.mask = np.where(dropped, 0, scale).astype(x.dtype)
        y = x * x.dtype.type(scale)
        y[dropped] = 0
        return self.remember(y, dropped, scale)

    def backward(self, dy):
        dropped, scale = self.recall(dy)
        dx = dy * dy.dtype.type(scale)
        dx[dropped] = 0
        return dx


class FromTheLessonText(Dropout):
    """Written after the text of the lesson and nothing else."""

    def forward(self, x, training: bool = False):
        if not training:
            self.mask = None
            return self.remember(x + 0, None)
        kept = self.rng.random(x.shape) >= self.p
        self.mask = kept.astype(x.dtype) / x.dtype.type(1 - self.p)
        return self.remember(x * self.mask, self.mask)

    def backward(self, dy):
        (mask,) = self.recall(dy)
        return dy + 0 if mask is None else dy * mask


RIGHT = {way.__name__: layer_with(way) for way in WAYS}
RIGHT |= {"keeps_places": KeepsPlaces, "lesson_text": FromTheLessonText}


def test_a_forward_alone_leaves_the_backward_open():
    class HalfDone(load_module(STUB).Dropout):
        forward = FromTheLessonText.forward

    verdict = check_task(HalfDone, TASK)
    assert verdict.open
    assert "task 08.2: Dropout.backward" in verdict.message


@pytest.mark.slow
@pytest.mark.parametrize("name", RIGHT)
def test_right_layers_pass(name):
    for seed in range(3):
        verdict = check_task(RIGHT[name], TASK, seed)
        assert verdict.passed, verdict


def test_a_mask_from_np_random_is_told_where_to_draw():
    wrong = next(m for m in TASK.mistakes if m.id == "dropout-global-generator")
    assert "draw from self.rng" in check_task(wrong.wrong, TASK).message


def test_a_forgotten_mask_is_asked_for():
    class HiddenMask(FromTheLessonText):
        def forward(self, x, training=False):
            y = super().forward(x, training)
            self.mask = None
            return y

    verdict = check_task(HiddenMask, TASK)
    assert verdict.stage == "specification"
    assert "self.mask" in verdict.message


def test_the_example_of_the_text_in_training():
    class Draws(np.random.Generator):
        def random(self, size=None, dtype=np.float64, out=None):
            return np.array([[0.2, 0.7], [0.9, 0.5], [0.1, 0.6]], dtype)

    layer = FromTheLessonText(0.5, rng=Draws(np.random.PCG64(0)))
    y = layer.forward(np.array([[1.0, 2], [3, 4], [5, 6]]), training=True)
    dx = layer.backward(np.array([[1.0, 10], [100, 1000], [2, 20]]))
    assert y.tolist() == [[0, 4], [6, 8], [0, 12]]
    assert dx.tolist() == [[0, 20], [200, 2000], [0, 40]]


@pytest.mark.parametrize(
    ("whose", "says"), [("forward", "y shares memory"), ("backward", "dx is dy itself")]
)
def test_what_comes_out_at_test_time_is_a_copy(whose, says):
    class NoCopy(Dropout):
        def forward(self, x, training=False):
            y = super().forward(x, training)
            return x if whose == "forward" and not training else y

        def backward(self, dy):
            dx = super().backward(dy)
            return dy if whose == "backward" and self.mask is None else dx

    verdict = check_task(NoCopy, TASK)
    assert not verdict.passed
    assert says in verdict.message


def test_dropout_shifts_the_variance_of_training():
    for p in (0.1, 0.5):
        training, test = variance_shift(p)
        second = 0.5  # E(relu(x)²) of a standard normal x
        assert training == pytest.approx(second / (1 - p) - 1 / (2 * np.pi), rel=0.02)
        assert test == pytest.approx(second - 1 / (2 * np.pi), rel=0.02)
