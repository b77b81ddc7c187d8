"""The gradient checker, rule by rule: what it asks and what it must not miss."""

import random

import numpy as np
import pytest
from gradcheck_students import Student, linear, rng, spoiled

from tinyalex.gradcheck import (
    GradientError,
    check_gradients,
    sample_input,
)
from tinyalex.gradcheck.inputs import move_zeros_and_ties
from tinyalex.layers import Dropout, Linear, MaxPool2d, ReLU, Tanh
from tinyalex.models import Sequential

pytestmark = pytest.mark.usefixtures("numpy_backend")


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


@pytest.mark.slow
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
