"""The gradient checker, rule by rule."""

import random
import re

import numpy as np
import pytest

from tinyalex.gradcheck import (
    GradientError,
    check_gradients,
    check_loss_gradients,
    sample_input,
)
from tinyalex.gradcheck.inputs import move_zeros_and_ties
from tinyalex.layers import Conv2d, Dropout, Linear, MaxPool2d, ReLU, SoftmaxCrossEntropy, Tanh
from tinyalex.models import Sequential

pytestmark = pytest.mark.usefixtures("numpy_backend")


def rng(seed=0):
    return np.random.default_rng(seed)


def linear(seed=0):
    return Linear(3, 2, dtype="float64", rng=rng(seed))


class Student:
    """A layer of a student's own, without our base class: y = a · x², one a for each feature."""

    def __init__(self):
        self.params = {"a": np.array([0.5, -1.0, 2.0])}
        self.grads = {}

    def forward(self, x, training=False):
        self.x = x
        return self.params["a"] * x**2

    def backward(self, dy):
        self.grads = {"a": (dy * self.x**2).sum(axis=0)}
        return 2 * dy * self.params["a"] * self.x


def spoiled(method, change, base=Student):
    """A Student whose forward or backward result is passed through `change(layer, result)`."""

    def replacement(self, argument, *rest, **options):
        return change(self, getattr(base, method)(self, argument, *rest, **options))

    return type("Spoiled", (base,), {method: replacement})()


# Rules 1 and 2: a random dy, every entry by itself.


def test_dy_is_random_and_never_near_zero():
    seen = []

    class Watched(Tanh):
        def backward(self, dy):
            seen.append(dy.copy())
            return super().backward(dy)

    check_gradients(Watched(), sample_input((2, 5)), seed=1)
    assert np.abs(seen[0]).min() >= 0.5
    assert len(np.unique(seen[0])) == 10
    assert seen[0].min() < 0 < seen[0].max()


def test_a_dy_of_ones_is_taken_but_remarked_on():
    report = check_gradients(Tanh(), sample_input((2, 5)), dy=np.ones((2, 5)))
    assert "dy is the same everywhere" in str(report)


def test_a_dy_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"forward's shape \(2, 5\); got \(5, 2\) float64"):
        check_gradients(Tanh(), sample_input((2, 5)), dy=np.ones((5, 2)))


@pytest.mark.parametrize("seed", range(20))
def test_a_single_wrong_entry_is_found_and_named(seed):
    place = tuple(int(i) for i in rng(seed).integers(0, (4, 3)))

    def change(layer, dx):
        dx[place] *= 1.00001
        return dx

    with pytest.raises(GradientError) as caught:
        check_gradients(spoiled("backward", change), sample_input((4, 3)), seed=seed)
    assert caught.value.report["dx"].worst.index == place
    assert f"dx[{place[0]}, {place[1]}]: backward says" in str(caught.value)
    assert "1 of 12 entries are wrong" in str(caught.value)


def test_small_entries_beside_large_ones_are_compared_by_their_own_size():
    class Uneven(Student):
        def __init__(self):
            super().__init__()
            self.params["a"] = np.array([1e-4, 1.0, 1e4])

    check_gradients(Uneven(), sample_input((4, 3)))

    def change(layer, dx):
        dx[:, 0] *= 1.001
        return dx

    with pytest.raises(GradientError, match="4 of 12 entries are wrong: all of them at feature 0"):
        check_gradients(spoiled("backward", change, Uneven), sample_input((4, 3)))


def test_rounding_of_large_terms_that_cancel_is_no_alarm():
    for seed in range(20):
        layer = linear(seed)
        x = sample_input((4, 3), seed, scale=1e4)
        x[:, 2] = -(x[:, :2] @ layer.params["W"][:2, 0]) / layer.params["W"][2, 0]  # y[:, 0] ≈ 0
        check_gradients(layer, x)


def test_only_some_entries_of_a_large_array():
    report = check_gradients(Tanh(), sample_input((10, 100)), max_entries=30)
    assert (report["dx"].checked, report["dx"].available) == (30, 1000)
    assert "30 of 1000" in str(report)


# Rule 3: float64 only.


def test_float32_input_is_refused_in_one_line():
    with pytest.raises(ValueError, match=r"x is float32.*pass x.astype\(\"float64\"\)") as caught:
        check_gradients(Tanh(), sample_input((2, 3)).astype("float32"))
    assert "\n" not in str(caught.value)


def test_float32_parameters_are_refused_in_one_line():
    with pytest.raises(ValueError, match=r'parameter W of Linear is float32.*dtype="float64"'):
        check_gradients(Linear(3, 2), sample_input((2, 3)))


def test_whole_numbers_and_nan_are_refused():
    with pytest.raises(ValueError, match="x is int64"):
        check_gradients(Tanh(), np.ones((2, 3), dtype="int64"))
    with pytest.raises(ValueError, match="x holds NaN"):
        check_gradients(Tanh(), np.array([[1.0, np.nan]]))


# Rule 4: kinks and ties.


class LastTieMaxPool(MaxPool2d):
    """Of equal values the last one wins: as right as the first."""

    def forward(self, x, training=False):
        flipped = super().forward(x[:, ::-1, ::-1], training)
        return self.remember(flipped[:, ::-1, ::-1].copy(), *self._memory)

    def backward(self, dy):
        return super().backward(dy[:, ::-1, ::-1].copy())[:, ::-1, ::-1].copy()


class OneAtZeroReLU(ReLU):
    """A ReLU whose slope at exactly 0 is 1."""

    def forward(self, x, training=False):
        return self.remember(np.maximum(x, 0), (x >= 0).astype(x.dtype))


@pytest.mark.parametrize("layer", [ReLU, OneAtZeroReLU, LastTieMaxPool, MaxPool2d])
def test_right_layers_pass_on_zeros_and_ties(layer):
    arguments = {} if issubclass(layer, ReLU) else {"kernel_size": 3, "stride": 2}
    for seed in range(50):
        after_relu = np.maximum(rng(seed).integers(-2, 3, (1, 5, 5, 2)), 0).astype("float64")
        report = check_gradients(layer(**arguments), after_relu, seed=seed)
        assert report["dx"].checked == 50
        assert "of 50 entries were zero or equal to another" in str(report)


@pytest.mark.parametrize("distance", [0.0, 1e-12, 1e-8, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 1e-4])
def test_kinks_near_the_step_are_no_alarm_and_hide_nothing(distance):
    class Shifted(Student):
        """y = a · max(x − 1, 0): a kink where nobody looks for one."""

        def forward(self, x, training=False):
            self.x = np.maximum(x - 1, 0)
            return self.params["a"] * self.x

        def backward(self, dy):
            self.grads = {"a": (dy * self.x).sum(axis=0)}
            return dy * self.params["a"] * (self.x > 0)

    x = np.array([[1 + distance, 2.0, 3.0], [-1.0, 1 - distance * 1.1, 0.5]])
    report = check_gradients(Shifted(), x)
    assert report["dx"].checked == 6
    wrong = spoiled("backward", lambda layer, dx: dx * 1.01, Shifted)
    with pytest.raises(GradientError, match=r"each of them is 1\.01 × the right value"):
        check_gradients(wrong, x)


def test_a_kink_of_a_parameter_is_moved_off():
    net = Sequential([("fc", linear()), ("relu", ReLU())])
    net["fc"].params["W"][...] = 0  # every output is exactly 0, whatever x
    report = check_gradients(net, sample_input((4, 3)))
    assert "fc.db: 2 lay at a kink and were judged a little beside it" in str(report)


def test_a_forward_without_slopes_is_no_hiding_place():
    class Rounds(Tanh):
        """Computes in float32 and says that it is float64."""

        def forward(self, x, training=False):
            return super().forward(x.astype("float32").astype("float64"), training)

    with pytest.raises(GradientError, match=r"dx.*(entries are wrong|float32)"):
        check_gradients(Rounds(), sample_input((4, 5)))


def test_moving_ties_keeps_the_rest_and_separates_all():
    x = np.array([0.0, 1.0, 1.0, 2.5, 0.0, -3.0])
    apart, moved = move_zeros_and_ties(x, 1e-3, rng())
    assert moved == 4
    assert np.array_equal(apart[[3, 5]], x[[3, 5]])
    assert len(np.unique(apart)) == 6
    assert 0 not in apart
    assert np.abs(apart - x).max() < 0.01


# Rule 5: randomness.


@pytest.mark.parametrize("seed", range(5))
def test_dropout_draws_the_same_mask_and_its_generator_is_left_alone(seed):
    generator = rng(seed)
    before = generator.bit_generator.state
    check_gradients(Dropout(0.5, rng=generator), sample_input((3, 8)), training=True)
    assert generator.bit_generator.state == before


MODULE_GENERATOR = np.random.default_rng(5)


def draws(where):
    """A layer that drops values with random numbers kept in some odd place."""
    generator = rng(3)
    sources = {
        "list": ("things", [{"deep": (generator,)}], lambda s: s.things[0]["deep"][0].random),
        "method": ("draw", generator.random, lambda s: s.draw),
        "closure": ("draw", lambda shape: generator.random(shape), lambda s: s.draw),
        "legacy object": ("state", np.random.RandomState(1), lambda s: s.state.random_sample),
        "legacy global": ("unused", None, lambda s: np.random.random),
        "module": ("unused", None, lambda s: MODULE_GENERATOR.random),
        "python": ("unused", None, lambda s: lambda shape: np.full(shape, random.random())),
    }
    name, value, draw = sources[where]

    class Drops(Student):
        def forward(self, x, training=False):
            self.mask = draw(self)(x.shape) > 0.3
            return super().forward(x * self.mask)

        def backward(self, dy):
            return super().backward(dy) * self.mask

    layer = Drops()
    setattr(layer, name, value)
    return layer


@pytest.mark.parametrize(
    "where", ["list", "method", "closure", "legacy object", "legacy global", "module", "python"]
)
def test_generators_are_found_wherever_they_are(where):
    check_gradients(draws(where), sample_input((4, 3)))


def test_a_forward_that_cannot_be_repeated_is_refused():
    class Noisy(Tanh):
        def forward(self, x, training=False):
            return super().forward(x + np.random.default_rng().normal(size=x.shape))

    with pytest.raises(ValueError, match="two forwards of the same input differ"):
        check_gradients(Noisy(), sample_input((2, 3)))


# Inputs.


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (7,), (1,), (0, 3)])
@pytest.mark.parametrize("gap", [0.0, 0.5])
def test_sample_input_keeps_away_from_zero_and_ties(shape, gap):
    for seed in range(20):
        x = sample_input(shape, seed, gap=gap)
        assert x.shape == shape
        assert x.dtype == np.float64
        spacing = max(gap, np.sqrt(3) / max(x.size, 1))
        assert np.diff(np.sort(x, axis=None)).min(initial=spacing) >= spacing * 0.999
        assert np.abs(x).min(initial=1) >= spacing * 0.49


def test_sample_input_has_the_scale_asked_for():
    x = sample_input((10, 100), scale=30)
    assert 28 < x.std() < 32
    assert abs(x.mean()) < 0.1


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


# Manners: shapes, dtypes, what may not be changed.


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
    assert report.forwards < 40
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
