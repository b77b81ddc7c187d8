"""Lesson 11: right updates pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex import optim
from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_11 import differences, optimizers
from tinyalex.coursework.lesson_11.task import LESSON
from tinyalex.models import alexnet

STEP, PLATEAU = LESSON.tasks


class SGDByTheText(optim.SGD):
    def step(self) -> None:
        gradients = self.net.gradients()
        for name, w in self.moving().items():
            g, v = gradients[name], self.velocity[name]
            if g is None:
                raise ValueError(f"{name} has no gradient")
            lr, decay = self.lr, self.weight_decay
            if name.endswith(".b"):
                lr, decay = lr if self.bias_lr is None else self.bias_lr, 0
            lr = lr * self.layer_rate(name)
            v *= self.momentum
            v -= lr * (decay * w + g)
            w += v


class SGDNumberByNumber(optim.SGD):
    def step(self) -> None:
        gradients = self.net.gradients()
        if any(gradients[name] is None for name in self.moving()):
            raise ValueError("no backward yet")
        for name, w in self.moving().items():
            bias = name.split(".")[-1] == "b"
            lr = self.layer_rate(name) * (
                self.bias_lr if bias and self.bias_lr is not None else self.lr
            )
            for at in np.ndindex(w.shape):
                new = self.momentum * self.velocity[name][at] - lr * gradients[name][at]
                if not bias:
                    new -= self.weight_decay * lr * w[at]
                self.velocity[name][at] = new
                w[at] += new


class SGDWithMinus(optim.SGD):
    """v points uphill, and is taken away; it is replaced, not changed in place."""

    def step(self) -> None:
        gradients = self.net.gradients()
        for name, w in self.moving().items():
            if gradients[name] is None:
                raise ValueError(name)
            is_weight = name.endswith(".W")
            rate = self.lr if is_weight or self.bias_lr is None else self.bias_lr
            penalty = self.weight_decay * w if is_weight else np.zeros_like(w)
            uphill = self.layer_rate(name) * rate * (gradients[name] + penalty)
            self.velocity[name] = self.momentum * self.velocity[name] + uphill
            np.subtract(w, self.velocity[name], out=w)


class PlateauByTheText(optim.Plateau):
    def update(self, error: float) -> None:
        if error < self.best:
            self.best = error
            self.waited = 0
            return
        self.waited += 1
        if self.waited >= self.patience and self.drops < self.most:
            self.drops += 1
            self.waited = 0


class PlateauFromItsHistory(optim.Plateau):
    """Keeps all errors and works everything out afresh."""

    def update(self, error: float) -> None:
        self.history = [*getattr(self, "history", []), error]
        self.drops, since = 0, 0
        for epoch, e in enumerate(self.history):
            new = all(e < earlier for earlier in self.history[:epoch])
            since = 0 if new else since + 1
            if since == self.patience and self.drops < self.most:
                self.drops, since = self.drops + 1, 0


class PlateauCountingDown(optim.Plateau):
    def update(self, error: float) -> None:
        left = getattr(self, "left", self.patience) - 1
        if error < self.best:
            left, self.best = self.patience, error
        elif left <= 0:
            left, self.drops = self.patience, min(self.drops + 1, self.most)
        self.left = left


RIGHT = [
    *((STEP, c) for c in (SGDByTheText, SGDNumberByNumber, SGDWithMinus)),
    *((PLATEAU, c) for c in (PlateauByTheText, PlateauFromItsHistory, PlateauCountingDown)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[c.__name__ for _, c in RIGHT])
def test_right_classes_pass(task, written):
    for seed in range(2):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)


def test_figures_of_the_text():
    """Those that the text computes."""
    assert 843_750 == 90 * 1_200_000 // 128
    assert round(1.9 / 0.1) == 19
    assert round((1 - 0.01 * 5e-4 / 0.1) ** 20_000, 2) == 0.37
    after = [0.1 + 0.9 * 0.9**step for step in (22, 42, 43)]  # of the old velocity; the new is .1
    assert round(0.9**22, 3) == 0.098
    assert round(after[0], 3) == 0.189
    assert after[1] > 0.11 > after[2]
    assert round(0.9**10, 2) == 0.35
    for n, sigma, factor in ((2304, 0.01, 0.34), (2304, 0.03, 1.02), (1728, 0.01, 0.29)):
        assert round(sigma * np.sqrt(n / 2), 2) == factor
    schedule = optim.dexp()
    assert [round(schedule(p), 4) for p in (0, 0.3, 0.6, 0.9)] == [1, 0.1587, 0.0252, 0.004]


@pytest.mark.parametrize(
    ("rule", "limit"), [("plain", 2.0), ("momentum", 3.8), ("Nesterov", 3.8 / 2.8)]
)
def test_limits_of_the_rate(rule, limit):
    for curvature in (limit - 0.03, limit + 0.03):
        w, state = 1.0, {}
        for _ in range(1000):
            w += optimizers.RULES[rule](state, curvature * w, lr=1.0)
        assert (abs(w) < 1e-3) == (curvature < limit)


def test_adam_moves_by_the_rate_whatever_the_scale():
    state, change = {}, 0
    for _ in range(50):
        change = optimizers.adam(state, np.array([1e-3, 1e3]), lr=0.01)
    np.testing.assert_allclose(change, -0.01, rtol=1e-4)


@pytest.mark.slow
def test_how_far_the_difference_between_pictures_falls():
    """The table of "First weights", and its first losses."""
    pictures = differences.some_pictures()[:, :224, :224]
    for variant, falls, loss in (
        ("paper", {"conv3": 3.2, "conv4": 2.5, "conv5": 2.5, "fc6": 1.2, "fc7": 1.7}, 7.28),
        ("original", {"conv3": 1.1, "conv4": 1.1, "conv5": 1.0, "fc6": 1.4, "fc7": 1.9}, 7.66),
    ):
        net = alexnet(variant=variant, rng=np.random.default_rng(0))
        found = differences.passed(net, pictures)
        assert {name: round(found[name][2], 1) for name in falls} == falls
        first = differences.first_loss(net.forward(pictures))
        assert abs(first - loss) < 0.01
