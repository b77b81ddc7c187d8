"""Judge and worker together say what a check in one process says."""

from types import SimpleNamespace

import numpy as np
import pytest
from far_pair import far_and_answers

from tinyalex import layers
from tinyalex.coursework.engine.checker import check_submitted, check_task
from tinyalex.coursework.engine.exercise import Submitted
from tinyalex.coursework.engine.lessons import lessons
from tinyalex.gradcheck import GradientError, check_gradients, sample_input


class Linear(layers.Linear):
    """Slightly wrong, and it keeps an array outside params."""

    scale = 1.0

    def forward(self, x, training=False):
        self.offset = getattr(self, "offset", np.full(self.params["b"].shape, 0.5))
        return super().forward(x) + self.offset

    def backward(self, dy, input_gradient=True):
        return self.scale * super().backward(dy)


@pytest.mark.parametrize("scale", [1.0, 1.001])
def test_the_gradient_check_says_the_same(scale):
    x = sample_input((3, 4))

    def report(layer):
        try:
            return str(check_gradients(layer, x))
        except GradientError as error:
            return str(error)

    here, there = (Linear(4, 2, rng=np.random.default_rng(0), dtype="float64") for _ in range(2))
    here.scale = there.scale = scale
    thing = SimpleNamespace(layer=there)
    with far_and_answers(thing) as (far, _):
        assert report(far.layer) == report(here)
        asked = far._far_calls.asked
    assert not hasattr(there, "offset")  # it is left as it was found
    if scale == 1:  # small steps are asked for many at a time
        assert asked < check_gradients(there, x).forwards
    assert ("offset" in report(here)) == (scale == 1)


TASKS = [task for lesson in lessons().values() for task in lesson.tasks]
QUICK = ("Linear", "conv1x1", "Perceptron", "Dropout")


@pytest.mark.parametrize(
    "task",
    [t if t.name in QUICK else pytest.param(t, marks=pytest.mark.slow) for t in TASKS],
    ids=lambda task: "-".join(task.ids.values()),
)
def test_the_verdict_is_the_same_here_and_there(task):
    for written in (task.reference, *(mistake.wrong for mistake in task.mistakes[:2])):
        here = check_task(written, task, 5)
        with far_and_answers(Submitted(written, task)) as (far, _):
            there = check_submitted(far, task, 5, own=False)
        assert (there.stage, there.mistake) == (here.stage, here.mistake), there.message
        if not here.passed and task.name != "Dropout":  # whose worked example draws without a seed
            assert there.message == here.message
