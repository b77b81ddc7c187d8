"""Lesson 07: right ways to write LocalResponseNorm pass.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.lessons import FOLDER, find
from tinyalex.coursework.engine.student import load_module
from tinyalex.coursework.lesson_07 import without
from tinyalex.coursework.lesson_07.batchnorm import BatchNorm
from tinyalex.gradcheck import check_gradients
from tinyalex.layers import LocalResponseNorm

LESSON = find("07")
TASK = LESSON.tasks[0]
STUB = FOLDER / LESSON.folder / "exercise.py"


# Right window sums over the last axis of one group: values, reach back and ahead → sums.


def shifted_slices(values, back, ahead):
    padded = np.pad(values, [(0, 0)] * 3 + [(back, ahead)])
    C = values.shape[-1]
    return sum(padded[..., s : s + C] for s in range(back + ahead + 1))


def channel_by_channel(values, back, ahead):
    total = np.empty_like(values)
    for c in range(values.shape[-1]):
        total[..., c] = values[..., max(0, c - back) : c + ahead + 1].sum(axis=-1)
    return total


def differences_of_cumulative_sums(values, back, ahead):
    C = values.shape[-1]
    until = np.concatenate([np.zeros_like(values[..., :1]), values.cumsum(axis=-1)], axis=-1)
    c = np.arange(C)
    return until[..., np.minimum(C, c + ahead + 1)] - until[..., np.maximum(0, c - back)]


def banded_matrix(values, back, ahead):
    c = np.arange(values.shape[-1])
    reads = (c[:, None] >= c - back) & (c[:, None] <= c + ahead)
    return values @ reads.astype(values.dtype)


def sliding_views(values, back, ahead):
    padded = np.pad(values, [(0, 0)] * 3 + [(back, ahead)])
    return sliding_window_view(padded, back + ahead + 1, axis=-1).sum(axis=-1)


def convolved(values, back, ahead):
    ones = np.ones(back + ahead + 1, dtype=values.dtype)
    whole = np.apply_along_axis(np.convolve, -1, values, ones)
    return whole[..., ahead : ahead + values.shape[-1]]


WAYS = [
    shifted_slices,
    channel_by_channel,
    differences_of_cumulative_sums,
    banded_matrix,
    sliding_views,
    convolved,
]


def layer_with(way):
    class Written(LocalResponseNorm):
        def window_sum(self, values, back, ahead):
            parts = np.split(values, self.groups, axis=-1)
            return np.concatenate([way(part, back, ahead) for part in parts], axis=-1)

        def forward(self, x, training=False):
            back = self.size // 2
            d = self.k + self.scaled_alpha * self.window_sum(x * x, back, self.size - 1 - back)
            return self.remember(x / d**self.beta, x, d)

        def backward(self, dy):
            x, d = self.recall(dy)
            back = self.size // 2
            t = dy * x / d ** (self.beta + 1)
            cross = self.window_sum(t, self.size - 1 - back, back)
            return dy / d**self.beta - 2 * self.scaled_alpha * self.beta * x * cross

    return Written


class SingleNumbers(LocalResponseNorm):
    """Loops; backward goes through all pairs of channels and keeps y and d."""

    def reads(self, j, i):
        """Whether window j reads channel i."""
        return j - self.size // 2 <= i < j - self.size // 2 + self.size

    def forward(self, x, training=False):
        C = x.shape[-1] // self.groups
        d = np.full_like(x, self.k)
        for j, i in np.ndindex(x.shape[-1], x.shape[-1]):
            if i // C == j // C and self.reads(j, i):
                d[..., j] += self.scaled_alpha * x[..., i] ** 2
        y = x * np.exp(-self.beta * np.log(d))
        return self.remember(y, x, y, d)

    def backward(self, dy):
        x, y, d = self.recall(dy)
        C = x.shape[-1] // self.groups
        dx = dy * d**-self.beta
        for j, i in np.ndindex(x.shape[-1], x.shape[-1]):
            if i // C == j // C and self.reads(j, i):
                moved = dy[..., j] * y[..., j] / d[..., j]
                dx[..., i] -= 2 * self.scaled_alpha * self.beta * x[..., i] * moved
        return dx


class FullJacobian(LocalResponseNorm):
    """The matrix ∂y_j / ∂x_i of every place, times dy."""

    def forward(self, x, training=False):
        c, C = np.arange(x.shape[-1]), x.shape[-1] // self.groups
        first = c - self.size // 2
        reads = (c[:, None] >= first) & (c[:, None] < first + self.size)
        self.reads = (reads & (c[:, None] // C == c // C)).astype(x.dtype)  # [i, j]
        d = self.k + self.scaled_alpha * (x**2 @ self.reads)
        return self.remember(x * d**-self.beta, x, d)

    def backward(self, dy):
        x, d = self.recall(dy)
        own = np.eye(x.shape[-1], dtype=x.dtype) * (d**-self.beta)[..., None, :]
        through_d = (x * d ** (-self.beta - 1))[..., None, :] * x[..., None] * self.reads
        jacobian = own - 2 * self.scaled_alpha * self.beta * through_d
        return np.einsum("nhwij,nhwj->nhwi", jacobian, dy)


class FromTheLessonText(LocalResponseNorm):
    """Written after the text of the lesson and nothing else."""

    def window_sum(self, values, back, ahead):
        split = values.reshape(*values.shape[:3], self.groups, values.shape[3] // self.groups)
        C = split.shape[-1]
        padded = np.zeros((*split.shape[:4], back + C + ahead), dtype=values.dtype)
        padded[..., back : back + C] = split
        total = np.zeros_like(split)
        for s in range(self.size):
            total += padded[..., s : s + C]
        return total.reshape(values.shape)

    def forward(self, x, training: bool = False):
        back = self.size // 2
        ahead = self.size - 1 - back
        d = self.k + self.scaled_alpha * self.window_sum(x**2, back, ahead)
        return self.remember(x * d ** (-self.beta), x, d)

    def backward(self, dy):
        x, d = self.recall(dy)
        back = self.size // 2
        ahead = self.size - 1 - back
        cross = self.window_sum(dy * x * d ** (-self.beta - 1), ahead, back)
        return dy * d ** (-self.beta) - 2 * self.scaled_alpha * self.beta * x * cross


RIGHT = {way.__name__: layer_with(way) for way in WAYS}
RIGHT |= {
    "single_numbers": SingleNumbers,
    "full_jacobian": FullJacobian,
    "lesson_text": FromTheLessonText,
}


def test_a_forward_alone_leaves_the_backward_open():
    class HalfDone(load_module(STUB).LocalResponseNorm):
        forward = FromTheLessonText.forward
        window_sum = FromTheLessonText.window_sum

    verdict = check_task(HalfDone, TASK)
    assert verdict.open
    assert "task 07.2: LocalResponseNorm.backward" in verdict.message


@pytest.mark.slow
@pytest.mark.parametrize("name", RIGHT)
def test_right_layers_pass(name):
    for seed in range(2):
        verdict = check_task(RIGHT[name], TASK, seed)
        assert verdict.passed, verdict


def cross(layer, dy, x, d, mirrored=True):
    back, ahead = layer.size // 2, layer.size - 1 - layer.size // 2
    reach = (ahead, back) if mirrored else (back, ahead)
    return x * layer.window_sum(dy * x * d ** (-layer.beta - 1), *reach)


# The text's backward with one slip each: what the named mistake must equal.
SLIPS = {
    "lrn-no-factor-2": lambda a, b, direct, cross: direct - a * b * cross(),
    "lrn-no-beta": lambda a, b, direct, cross: direct - 2 * a * cross(),
    "lrn-cross-term-sign": lambda a, b, direct, cross: direct + 2 * a * b * cross(),
    "lrn-no-cross-term": lambda a, b, direct, cross: direct,
    "lrn-window-not-mirrored": lambda a, b, direct, cross: direct - 2 * a * b * cross(False),
}


@pytest.mark.parametrize("mistake", SLIPS)
def test_slips_in_the_texts_own_way_are_called_by_name(mistake):
    class Slipped(FromTheLessonText):
        def backward(self, dy):
            x, d = self.recall(dy)
            sums = lambda mirrored=True: cross(self, dy, x, d, mirrored)  # noqa: E731
            return SLIPS[mistake](self.scaled_alpha, self.beta, dy * d**-self.beta, sums)

    assert check_task(Slipped, TASK).mistake == mistake


class Training(BatchNorm):
    """In float64, and always with the batch's mean and variance, as check_gradients needs it."""

    def __init__(self):
        super().__init__(4)
        rng = np.random.default_rng(1)
        self.params = {name: rng.normal(1, 0.3, 4) for name in ("W", "b")}

    def forward(self, x, training=True):
        return super().forward(x, True)


def test_batch_normalization_has_the_right_gradient():
    check_gradients(Training(), np.random.default_rng(0).normal(size=(3, 2, 3, 4)))


def test_batch_normalization_at_test_ignores_the_other_pictures():
    x = np.random.default_rng(0).normal(3, 2, size=(8, 4, 4, 4)).astype("float32")
    layer = BatchNorm(4)
    for _ in range(60):
        y = layer.forward(x, training=True)
    assert np.abs(y.mean(axis=(0, 1, 2))).max() < 1e-5
    alone = layer.forward(x[:1])
    np.testing.assert_array_equal(alone, layer.forward(x)[:1])
    np.testing.assert_allclose(alone, y[:1], atol=0.02)


def test_the_best_constant_factors_leave_nothing_over_where_lrn_is_asleep():
    x = np.random.default_rng(0).uniform(0, 0.1, size=(2, 3, 3, 8)).astype("float32")
    factors = without.best_factors([("norm1", LocalResponseNorm())], x)["norm1"]
    np.testing.assert_allclose(factors, 2**-0.75, rtol=1e-5)
    assert [name for name, _ in without.network("batch", 0) if "norm" in name] == [
        "norm1",
        "norm2",
        "norm3",
    ]
