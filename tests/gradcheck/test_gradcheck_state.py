"""The gradient check leaves a layer, and all that hangs on it, as it was found."""

import functools
import itertools
import random
from collections import Counter, OrderedDict, defaultdict, deque

import numpy as np
import pytest
from gradcheck_students import Student, linear, rng

from tinyalex.gradcheck import GradientError, check_gradients, check_loss_gradients, sample_input
from tinyalex.layers import Dropout, SoftmaxCrossEntropy
from tinyalex.models import Sequential

pytestmark = pytest.mark.usefixtures("numpy_backend")


class RunningMean(Student):
    """Measures its inputs in training, as batch normalization does."""

    def __init__(self):
        super().__init__()
        self.mean, self.batches = np.zeros(3), 0

    def forward(self, x, training=False):
        if training:
            self.mean *= 0.9
            self.mean += 0.1 * x.mean(axis=0)
            self.batches += 1
        return super().forward(x)


class Replaces(RunningMean):
    """The same with a new array each time, and attributes that come and go."""

    def forward(self, x, training=False):
        self.mean = 0.9 * self.mean + 0.1 * x.mean(axis=0)
        self.seen = x.shape
        self.__dict__.pop("batches", None)
        return Student.forward(self, x)


class Slots:
    __slots__ = ("empty", "mean", "steps")

    def __init__(self):
        self.mean, self.steps = np.zeros(3), 0


class Keeps(Student):
    """Keeps what it has seen in a container that the test chooses."""

    def __init__(self, things, change):
        super().__init__()
        self.things, self.change = things, change

    def forward(self, x, training=False):
        self.change(self.things, x)
        return super().forward(x)


class Shared(Student):
    """Its running mean belongs to the class; *= writes into it."""

    mean = np.ones(3)

    def forward(self, x, training=False):
        self.mean *= 0.9
        return super().forward(x)


def slot_changes(slots, x):
    slots.mean += x.mean(axis=0)
    slots.steps += 1
    slots.empty = x


CONTAINERS = {
    "list": ([1, 2], lambda things, x: things.append(x)),
    "emptied list": ([1, 2], lambda things, x: things.clear()),
    "dict": ({"mean": 0.0}, lambda things, x: things.update(mean=x.mean(), other=1)),
    "default dict": (defaultdict(int), lambda things, x: things.__setitem__("n", things["n"] + 1)),
    "ordered dict": (OrderedDict(a=1, b=2), lambda things, x: things.move_to_end("a")),
    "counter": (Counter("aab"), lambda things, x: things.update("a")),
    "set": ({1, 2}, lambda things, x: things.add(len(things))),
    "deque": (deque([1], maxlen=2), lambda things, x: things.append(x)),
    "arrays in a tuple": ((np.zeros(3),), lambda things, x: np.add(*things, 1, out=things[0])),
    "array of objects": (
        np.array([[1], None], dtype=object),
        lambda things, x: things[0].append(1),
    ),
    "deep": ({"a": [{"b": np.zeros(3)}]}, lambda things, x: things["a"][0]["b"].__iadd__(1)),
    "slots": (Slots(), slot_changes),
}


def picture(item):
    """All that can be seen of an object and what hangs on it, as plain values."""
    if isinstance(item, np.ndarray) and item.dtype != object:
        return item.tolist()
    if isinstance(item, np.ndarray | list | tuple | deque):
        return [picture(part) for part in item]
    if isinstance(item, dict):
        return [(key, picture(value)) for key, value in item.items()]
    if isinstance(item, Slots):
        return [picture(getattr(item, name, "empty")) for name in Slots.__slots__]
    if isinstance(item, Student | Sequential):
        return picture(vars(item))
    return repr(item)


def checked(layer, **options):
    """Whether the layer is as before, and which arrays were replaced by others."""
    before, held = picture(layer), dict(vars(layer))
    check_gradients(layer, sample_input((4, 3)), **options)
    assert all(vars(layer)[name] is value for name, value in held.items())
    return picture(layer) == before


@pytest.mark.parametrize("mode", ["full", "projection"])
@pytest.mark.parametrize("kind", [Student, RunningMean, Replaces, Shared])
def test_a_layers_attributes(kind, mode):
    assert checked(kind(), training=True, mode=mode)


@pytest.mark.parametrize("name", CONTAINERS)
def test_what_hangs_on_a_layer(name):
    things, change = CONTAINERS[name]
    assert checked(Keeps(things, change))


def test_an_array_of_the_class():
    check_gradients(Shared(), sample_input((4, 3)))
    assert Shared.mean.tolist() == [1, 1, 1]


def test_whoever_holds_the_array_sees_the_old_values():
    layer = RunningMean()
    alias, part = layer.mean, layer.mean[1:]
    check_gradients(layer, sample_input((4, 3)), training=True)
    assert layer.mean is alias
    assert alias.tolist() == [0, 0, 0]
    assert part.tolist() == [0, 0]


def test_children_at_any_depth():
    inner = Sequential([("mean", RunningMean()), ("fc", linear())])
    net = Sequential([("drop", Dropout(0.2, rng=rng())), ("inner", inner)])
    inner["mean"].forward(sample_input((4, 3)), training=True)
    before = inner["mean"].mean.copy()
    assert before.any()
    check_gradients(net, sample_input((4, 3)), training=True)
    np.testing.assert_array_equal(inner["mean"].mean, before)
    assert inner["mean"].batches == 1
    assert net["drop"].mask is None
    assert inner["fc"].grads == {"W": None, "b": None}


def test_a_backward_after_the_check_belongs_to_the_forward_before_it():
    x, dy, layer, other = rng(1).normal(size=(4, 3)), np.ones((4, 2)), linear(), linear()
    for net in (layer, other):
        net.forward(x)
    check_gradients(layer, sample_input((4, 3)))
    np.testing.assert_array_equal(layer.backward(dy), other.backward(dy))
    np.testing.assert_array_equal(layer.grads["W"], other.grads["W"])


class Breaks(RunningMean):
    def backward(self, dy):
        raise RuntimeError("the student's own error")


class Wrong(RunningMean):
    def backward(self, dy):
        return 2 * super().backward(dy)


class Unrepeatable(RunningMean):
    calls = itertools.count()

    def forward(self, x, training=False):
        return super().forward(x, training) + next(self.calls)


@pytest.mark.parametrize(
    ("kind", "error"),
    [(Breaks, RuntimeError), (Wrong, GradientError), (Unrepeatable, ValueError)],
)
def test_also_when_the_check_raises(kind, error):
    layer = kind()
    before = picture(layer)
    with pytest.raises(error):
        check_gradients(layer, sample_input((4, 3)), training=True)
    assert picture(layer) == before


def test_parameters_that_were_replaced():
    class Decays(Student):
        def forward(self, x, training=False):
            y = super().forward(x)
            self.params = {"a": 0.9 * self.params["a"]}
            return y

    layer = Decays()
    params, a = layer.params, layer.params["a"]
    with pytest.raises((GradientError, ValueError)):
        check_gradients(layer, sample_input((4, 3)))
    assert layer.params is params
    assert params["a"] is a
    assert a.tolist() == [0.5, -1.0, 2.0]


def test_a_loss():
    loss = SoftmaxCrossEntropy()
    loss.forward(np.zeros((1, 2)), [0])
    probabilities = loss.probabilities
    check_loss_gradients(loss, sample_input((3, 4)), [0, 2, 1])
    assert loss.probabilities is probabilities
    assert loss.backward().tolist() == [[-0.5, 0.5]]


def test_a_list_behind_a_method_is_not_the_layers():
    """As a test watches a layer: what it notes down must not vanish."""
    seen, layer = [], Student()
    layer.note = seen.append
    forward = layer.forward
    layer.forward = lambda x: (layer.note(x.shape), forward(x))[1]
    check_gradients(layer, sample_input((4, 3)))
    assert len(seen) > 20


def test_read_only_arrays_and_cycles_are_no_trouble():
    layer = Student()
    layer.constant = np.broadcast_to(np.arange(3.0), (4, 3))
    layer.myself, layer.things = layer, [layer]
    assert check_gradients(layer, sample_input((4, 3))).passed


@pytest.mark.parametrize("where", ["python's", "partial"])
def test_generators_of_other_kinds_are_rewound(where):
    class Noisy(Student):
        def __init__(self):
            super().__init__()
            self.rng = random.Random(3)
            self.draw = functools.partial(rng(2).normal, 0, 1)

        def forward(self, x, training=False):
            scale = 1 + self.rng.random() if where == "python's" else 1 + self.draw() ** 2
            self.scale = scale
            return scale * super().forward(x)

        def backward(self, dy):
            return super().backward(self.scale * dy)

    layer = Noisy()
    state = layer.rng.getstate()
    check_gradients(layer, sample_input((4, 3)))
    assert layer.rng.getstate() == state
