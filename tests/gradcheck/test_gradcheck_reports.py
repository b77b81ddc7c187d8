"""The gradient checker: its messages, what may not be changed, what can be checked."""

import re

import numpy as np
import pytest
from gradcheck_students import Student, linear, rng, spoiled

from tinyalex.gradcheck import (
    GradientError,
    check_gradients,
    check_loss_gradients,
    sample_input,
)
from tinyalex.layers import Conv2d, Linear, ReLU, SoftmaxCrossEntropy, Tanh
from tinyalex.models import Sequential

pytestmark = pytest.mark.usefixtures("numpy_backend")


# Rule 8: it raises, and says what, where and by how much.


def test_the_message_says_what_where_and_by_how_much():
    def change(layer, dx):
        layer.grads["a"] = 2 * layer.grads["a"]
        dx[-1] = 0
        return dx

    with pytest.raises(GradientError) as caught:
        check_gradients(spoiled("backward", change), sample_input((4, 3)))
    dx_line, da_line = sorted(str(caught.value).splitlines(), key=lambda line: "da[" in line)
    pattern = r"dx\[3, \d\]: backward says 0, finite differences say \S+ \(relative error \S+\)"
    assert re.search(pattern, dx_line)
    assert (
        "3 of 12 entries are wrong: all of them at example 3 (the last), each of them is 0"
        in dx_line
    )
    assert "3 of 3 entries are wrong: each of them is 2 × the right value" in da_line
    assert isinstance(caught.value, AssertionError)
    assert not caught.value.report.passed


def test_errors_along_the_border_are_called_so():
    class BorderLost(Conv2d):
        def backward(self, dy):
            dx = super().backward(dy)
            inner = np.zeros_like(dx)
            inner[:, 1:-1, 1:-1] = dx[:, 1:-1, 1:-1]
            return inner

    layer = BorderLost(2, 3, 3, padding=1, dtype="float64", rng=rng())
    with pytest.raises(GradientError, match="all of them on the map's border, each of them is 0"):
        check_gradients(layer, sample_input((2, 4, 5, 2)))


def test_the_report_is_a_table():
    report = check_gradients(linear(), sample_input((4, 3)))
    lines = str(report).splitlines()
    assert lines[0].startswith("Linear: gradients right (full, ")
    assert [line.split()[0] for line in lines[1:]] == ["array", "dx", "dW", "db"]
    assert "12 of 12" in lines[2]
    assert report.passed
    assert report.worst_error < 1e-7


# Side effects, shapes and dtypes.


def returns(array):
    return lambda layer, result: array(result)


def leaves(array):
    def change(layer, dx):
        layer.grads["a"] = array(layer.grads["a"])
        return dx

    return change


def write_nan(y):
    y[1, 2] = np.nan
    return y


@pytest.mark.parametrize(
    ("method", "change", "message"),
    [
        ("forward", returns(lambda y: None), "forward returned None as y, not an array"),
        ("forward", returns(lambda y: y.astype("float32")), "forward returned y as float32"),
        ("forward", returns(write_nan), r"forward returned NaN or infinity in y\[1, 2\] \(1 of 12"),
        ("backward", returns(lambda dx: None), "backward returned None as dx"),
        ("backward", returns(lambda dx: dx.T), r"dx of shape \(3, 4\); it must be \(4, 3\)"),
        ("backward", returns(lambda dx: dx.astype("float32")), "returned dx as float32"),
        ("backward", returns(write_nan), r"NaN or infinity in dx\[1, 2\]"),
        ("backward", leaves(lambda da: None), "left None as da"),
        ("backward", leaves(lambda da: da[None]), r"da of shape \(1, 3\); it must be \(3,\)"),
        ("backward", leaves(lambda da: da.astype("float32")), "left da as float32"),
    ],
)
def test_shapes_dtypes_and_nan(method, change, message):
    with pytest.raises(GradientError, match=message):
        check_gradients(spoiled(method, change), sample_input((4, 3)))


def test_missing_and_surplus_gradients_are_named():
    def rename(layer, dx):
        layer.grads = {"da": layer.grads["a"]}
        return dx

    with pytest.raises(GradientError, match=r"gradients for \['a'\]; it left \['da'\]"):
        check_gradients(spoiled("backward", rename), sample_input((4, 3)))


def test_changed_arguments_are_named():
    class Changes(Student):
        def __init__(self, what):
            super().__init__()
            self.what = what

        def forward(self, x, training=False):
            if self.what == "x in forward":
                x += 1
            return super().forward(x)

        def backward(self, dy):
            dx = super().backward(dy)
            if self.what == "x in backward":
                self.x *= 2
            if self.what == "dy":
                dy *= 2
            if self.what == "parameter":
                self.params["a"] -= 0.1
            return dx

    for what, message in [
        ("x in forward", "forward changed x"),
        ("x in backward", "backward changed x"),
        ("dy", "backward changed dy"),
        ("parameter", "backward changed the parameter a"),
    ]:
        layer = Changes(what)
        with pytest.raises(GradientError, match=message):
            check_gradients(layer, sample_input((4, 3)))
        assert np.array_equal(layer.params["a"], [0.5, -1.0, 2.0])


def test_accumulated_gradients_are_found():
    def add(layer, dx):
        layer.total = getattr(layer, "total", 0) + layer.grads["a"]
        layer.grads = {"a": layer.total}
        return dx

    with pytest.raises(GradientError, match="da: backward adds to what is there"):
        check_gradients(spoiled("backward", add), sample_input((4, 3)))


@pytest.mark.parametrize("mode", ["full", "projection"])
def test_everything_is_left_as_it_was(mode):
    layer, x, dy = linear(), np.zeros((4, 3)), rng(1).normal(size=(4, 2))
    W = layer.params["W"]
    before = [array.tobytes() for array in (x, dy, W, layer.params["b"])]
    np.random.seed(7)
    expected = np.random.RandomState(7).random_sample()
    check_gradients(layer, x, dy=dy, mode=mode)
    assert layer.params["W"] is W
    assert [array.tobytes() for array in (x, dy, W, layer.params["b"])] == before
    assert np.random.random() == expected


def test_parameters_are_put_back_when_the_layer_fails():
    calls = []

    class Breaks(Student):
        def forward(self, x, training=False):
            calls.append(1)
            if len(calls) > 30:
                raise RuntimeError("the student's own error")
            return super().forward(x)

    layer = Breaks()
    with pytest.raises(RuntimeError, match="the student's own error"):
        check_gradients(layer, sample_input((4, 3)))
    assert np.array_equal(layer.params["a"], [0.5, -1.0, 2.0])


# What can be checked: a student's class, nets, losses; large things by projection.


def test_a_students_own_class():
    report = check_gradients(Student(), sample_input((4, 3)))
    assert [array.name for array in report.arrays] == ["dx", "da"]


def test_a_layer_without_params_or_training_argument():
    class Double:
        def forward(self, x):
            return 2 * x

        def backward(self, dy):
            return 2 * dy

    assert check_gradients(Double(), sample_input((2, 3))).passed


def test_a_net_names_its_layers():
    net = Sequential([("fc1", linear()), ("tanh", Tanh()), ("fc2", Linear(2, 2, dtype="float64"))])
    report = check_gradients(net, sample_input((4, 3)))
    names = ["dx", "fc1.dW", "fc1.db", "fc2.dW", "fc2.db"]
    assert [array.name for array in report.arrays] == names


def test_a_loss():
    labels = np.array([0, 2, 1])
    report = check_loss_gradients(SoftmaxCrossEntropy(), sample_input((3, 4)), labels)
    assert report["dlogits"].checked == 12
    # Ties, and probabilities that round to 0 and 1, are no reason for an alarm.
    check_loss_gradients(SoftmaxCrossEntropy(), np.zeros((3, 4)), labels)
    check_loss_gradients(SoftmaxCrossEntropy(), sample_input((3, 4), scale=100), labels)


def test_projection_takes_few_forwards_whatever_the_size():
    layer = Conv2d(8, 16, 3, padding=1, dtype="float64", rng=rng())
    report = check_gradients(layer, sample_input((2, 16, 16, 8)), mode="projection")
    assert report.forwards < 50
    assert report["dW"].checked == 4


def test_projection_finds_one_wrong_entry_and_passes_a_large_relu():
    check_gradients(ReLU(), rng().standard_normal((100, 1000)), mode="projection")

    def change(layer, dx):
        dx[7, 1] += 0.1
        return dx

    with pytest.raises(GradientError, match=r"dx along direction .*4 of 4 directions are wrong"):
        check_gradients(spoiled("backward", change), sample_input((50, 3)), mode="projection")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "fast"}, "unknown mode 'fast': choose one of full, projection"),
        ({"epsilon": 0}, "between 0 and 1"),
        ({"relative": -1}, "between 0 and 1"),
        ({"max_entries": 0}, "max_entries must be at least 1"),
        ({"projections": 0}, "projections must be at least 1"),
    ],
)
def test_arguments_that_make_no_sense(options, message):
    with pytest.raises(ValueError, match=message):
        check_gradients(Tanh(), sample_input((2, 3)), **options)


# What leaves nothing to check; labels.


@pytest.mark.parametrize("mode", ["full", "projection"])
@pytest.mark.parametrize("shape", [(0, 3), (0,), (2, 0)])
def test_an_empty_x_is_refused(mode, shape):
    with pytest.raises(ValueError, match=r"Student: x is empty, of shape .* nothing to check"):
        check_gradients(Student(), np.zeros(shape), mode=mode)


def test_an_empty_batch_of_a_loss_is_refused():
    with pytest.raises(ValueError, match="x is empty"):
        check_loss_gradients(SoftmaxCrossEntropy(), np.zeros((0, 3)), [])


def test_an_empty_y_is_refused():
    class Nothing(Student):
        def forward(self, x, training=False):
            return x[:0]

    with pytest.raises(ValueError, match=r"returned an empty array, \(0, 3\)"):
        check_gradients(Nothing(), sample_input((4, 3)))


@pytest.mark.parametrize("labels", [[0, 2, 1], (0, 2, 1), np.array([0, 2, 1])])
def test_labels_may_be_a_sequence(labels):
    report = check_loss_gradients(SoftmaxCrossEntropy(), sample_input((3, 4)), labels)
    assert report.passed


def test_a_loss_that_writes_into_its_labels_is_found():
    class Writes(SoftmaxCrossEntropy):
        def forward(self, logits, labels):
            loss = super().forward(logits, labels)
            labels[0] = 0
            return loss

    labels = np.array([1, 2, 1])
    with pytest.raises(GradientError, match="forward changed labels"):
        check_loss_gradients(Writes(), sample_input((3, 4)), labels)
    assert labels.tolist() == [1, 2, 1]
