"""What was called can be called again: the text of a message is code, or nearly."""

import re

import numpy as np
import pytest

from tinyalex import layers
from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.lessons import find, lessons
from tinyalex.coursework.engine.task import LayerTask
from tinyalex.coursework.engine.wording import (
    call_text,
    example_text,
    forward_text,
    network_text,
    worked_text,
)
from tinyalex.gradcheck import GradientError, check_gradients, largest_relative_error

TASKS = [task for lesson in lessons().values() for task in lesson.tasks]
LAYERS = [task for task in TASKS if isinstance(task, LayerTask)]
FUNCTIONS = [task for task in TASKS if not isinstance(task, LayerTask)]


@pytest.mark.parametrize("task", LAYERS, ids=lambda task: task.name)
def test_an_examples_layer_can_be_built_from_its_text(task):
    for example in task.examples:
        text, _, rest = forward_text(task, example, example.shape).partition(".forward(")
        layer = eval(text, vars(layers))
        if example.labels is None:
            training = {"training": True} if "training=True" in rest else {}
            y = layer.forward(np.ones(example.shape), **training)
            assert y.shape == layer.output_shape(example.shape)
        assert text in example_text(task, example)


@pytest.mark.parametrize("task", FUNCTIONS, ids=lambda task: task.name)
def test_no_call_shows_an_address_or_a_name_of_ours(task):
    rng = np.random.default_rng(3)
    calls = [*task.cases(rng), *task.raises, task.hand[0]]
    for text in (call_text(task, arguments) for arguments in calls):
        assert task.name in text
        assert not re.search(r" at 0x|two_maps|three_windows|like_alexnet|<|array\(\[\[\[", text)


@pytest.mark.parametrize("task", LAYERS, ids=lambda task: task.name)
def test_a_network_can_be_built_from_its_text(task):
    made = task.net(task.reference)
    net = made[0] if isinstance(made, tuple) else made
    for (name, layer), text in zip(net, network_text(net).split(" → "), strict=True):
        own, _, constructor = text.partition(" ")
        again = eval(constructor, vars(layers))
        assert own == name
        assert type(again) is type(layer)
        assert again.parameter_shapes() == layer.parameter_shapes()
        settings = ("kernel_size", "stride", "padding", "groups", "p", "alpha", "size")
        for setting in settings:
            assert getattr(again, setting, None) == getattr(layer, setting, None)


def test_whether_at_test_is_said_where_it_matters():
    dropout, pool = find("08").tasks[0], find("06").tasks[0]
    assert worked_text(dropout, dropout.hand).endswith("Dropout(p=0.5), at test (training=False)")
    assert "training=True" in example_text(dropout, dropout.examples[0])
    assert "training" not in example_text(pool, pool.examples[0])


def test_a_named_tuples_parts_have_their_names():
    field = find("13").tasks[1]

    def receptive_field(net, place, shape, clip=True):
        right = field.reference(net, place, shape, clip)
        return right._replace(left=right.left + 1)

    message = check_task(receptive_field, field).message
    assert "the worked example['left']:" in message
    assert "conv1 Conv2d(1, 1, 3, padding=1) → pool1 MaxPool2d()" in message


def test_the_relative_error_is_lesson_01s():
    class Wrong(layers.Linear):
        def backward(self, dy):
            return super().backward(dy) * 1.25

    layer = Wrong(3, 4, dtype="float64")
    with pytest.raises(GradientError) as caught:
        check_gradients(layer, np.random.default_rng(0).normal(size=(2, 3)))
    number = r"(-?[\d.e+-]+)"
    pattern = rf"backward says {number}, finite differences say {number} \(relative error {number}"
    analytic, numeric, error = map(float, re.search(pattern, str(caught.value)).groups())
    assert error == pytest.approx(largest_relative_error(analytic, numeric), rel=0.05)
    assert error == pytest.approx(0.2, rel=0.05)
