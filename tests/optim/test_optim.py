"""The update rule by hand, and the learning-rate schedules."""

import json
import math

import numpy as np
import pytest
from complaints import complaint

from tinyalex.optim import SCHEDULES, SGD, Plateau, constant, dexp, one_cycle, steps


class Scalars:
    """One weight and one bias, and gradients that the test sets."""

    def __init__(self, weight=1.0, bias=1.0):
        self.arrays = {"fc.W": np.array([[weight]]), "fc.b": np.array([bias])}
        self.slopes = {"fc.W": None, "fc.b": None}

    def parameters(self):
        return self.arrays

    def gradients(self):
        return self.slopes

    def set_gradients(self, weight=0.0, bias=0.0):
        self.slopes = {"fc.W": np.array([[weight]]), "fc.b": np.array([bias])}

    @property
    def values(self):
        return [array.item() for array in self.arrays.values()]


def after_one_step(gradients=(0.0, 0.0), **arguments):
    net = Scalars()
    net.set_gradients(*gradients)
    SGD(net, **arguments).step()
    return net.values


# --- the update -----------------------------------------------------------------------------


def test_plain_descent(each_backend):
    values = after_one_step((2.0, 3.0), lr=0.1, momentum=0, weight_decay=0)
    assert values == pytest.approx([1 - 0.1 * 2, 1 - 0.1 * 3])


def test_decay_applies_to_weights_and_not_to_biases(each_backend):
    values = after_one_step(lr=0.1, momentum=0, weight_decay=0.5)
    assert values == pytest.approx([1 - 0.5 * 0.1 * 1, 1])


def test_biases_may_have_a_rate_of_their_own(each_backend):
    values = after_one_step((1.0, 1.0), lr=0.1, bias_lr=0.2, weight_decay=0)
    assert values == pytest.approx([0.9, 0.8])


def test_biases_may_stand_still(each_backend):
    values = after_one_step((1.0, 1.0), lr=0.1, bias_lr=0.0, weight_decay=0)
    assert values == pytest.approx([0.9, 1.0])


def test_momentum_remembers(each_backend):
    net = Scalars()
    optimizer = SGD(net, lr=0.1, momentum=0.9, weight_decay=0)
    net.set_gradients(weight=1.0)
    optimizer.step()
    net.set_gradients(weight=0.0)
    optimizer.step()
    assert net.values[0] == pytest.approx(1 - 0.1 - 0.9 * 0.1)


def test_the_papers_constants_are_the_defaults(each_backend):
    net = Scalars(weight=3.0)
    optimizer = SGD(net)
    velocity, weight = 0.0, 3.0
    for gradient in (0.5, -2.0, 0.25):
        net.set_gradients(weight=gradient)
        optimizer.step()
        velocity = 0.9 * velocity - 0.0005 * 0.01 * weight - 0.01 * gradient
        weight += velocity
    assert net.values[0] == pytest.approx(weight, rel=1e-12)
    assert optimizer.velocity["fc.W"].item() == pytest.approx(velocity, rel=1e-12)


def test_a_new_rate_leaves_the_velocity_as_it_is(each_backend):
    net = Scalars()
    optimizer = SGD(net, lr=0.1, momentum=0.5, weight_decay=0)
    net.set_gradients(weight=1.0)
    optimizer.step()
    optimizer.lr = 0.01
    optimizer.step()
    assert net.values[0] == pytest.approx(1 - 0.1 - (0.5 * 0.1 + 0.01))


def test_gradients_stay_as_they_are(each_backend):
    net = Scalars()
    net.set_gradients(2.0, 3.0)
    SGD(net).step()
    assert [array.item() for array in net.slopes.values()] == [2, 3]


def test_step_before_backward():
    assert "fc.W has no gradient yet; call net.backward first" in complaint(SGD(Scalars()).step)


@pytest.mark.parametrize("what", ["lr", "momentum", "weight_decay", "bias_lr"])
@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_bad_arguments(what, value):
    message = complaint(lambda: SGD(Scalars(), **{what: value}))
    assert f"SGD: {what} must be a number of at least 0; got {value}" in message


def test_state_dict_round_trip():
    net = Scalars()
    net.set_gradients(2.0, 3.0)
    optimizer = SGD(net)
    optimizer.step()
    state = optimizer.state_dict()
    other = SGD(Scalars())
    other.load_state_dict(state)
    assert other.state_dict() == state


def test_state_dict_is_a_copy():
    optimizer = SGD(Scalars())
    optimizer.state_dict()["fc.W"] += 1
    assert optimizer.velocity["fc.W"].item() == 0


@pytest.mark.parametrize(
    "state",
    [{"fc.W": np.ones((1, 1))}, {"fc.W": np.ones((1, 1)), "fc.b": np.ones(2)}],
    ids=["missing", "shape"],
)
def test_a_state_that_does_not_fit_changes_nothing(state):
    optimizer = SGD(Scalars())
    assert "fc.b must be (1,)" in complaint(lambda: optimizer.load_state_dict(state))
    assert optimizer.velocity["fc.W"].item() == 0


def test_unknown_names_in_a_state_are_refused():
    optimizer = SGD(Scalars())
    state = {**optimizer.state_dict(), "conv9.W": np.ones(1)}
    assert "unknown conv9.W" in complaint(lambda: optimizer.load_state_dict(state))


# --- schedules ------------------------------------------------------------------------------


def test_constant():
    assert [constant()(progress) for progress in (0, 0.5, 1)] == [1, 1, 1]


def test_steps_are_the_papers_three_tenths():
    schedule = steps()
    values = [schedule(progress) for progress in (0, 0.24, 0.25, 0.5, 0.75, 1)]
    assert values == pytest.approx([1, 1, 0.1, 0.01, 0.001, 0.001])


@pytest.mark.parametrize(
    ("start", "end", "rate"),
    [(0, 0.2499, 0.01), (0.25, 0.4999, 0.0015874), (0.5, 0.7499, 0.00025198), (0.75, 1, 0.00004)],
)
def test_dexp_has_the_published_rates(start, end, rate):
    schedule = dexp(250, 4)
    assert [0.01 * schedule(start), 0.01 * schedule(end)] == pytest.approx([rate] * 2, rel=1e-4)


def test_dexp_of_the_biases():
    schedule = dexp(10, 2)
    assert [0.02 * schedule(progress) for progress in (0, 0.49, 0.5, 1)] == pytest.approx(
        [0.02, 0.02, 0.002, 0.002]
    )


def test_dexp_needs_two_steps():
    assert "num_steps must be at least 2" in complaint(lambda: dexp(num_steps=1))


def test_one_cycle_starts_low_peaks_and_ends_at_zero():
    schedule = one_cycle(warmup=0.2, start=0.1)
    values = [schedule(progress) for progress in (0, 0.1, 0.2, 0.6, 1)]
    assert values == pytest.approx([0.1, 0.55, 1, 0.5, 0])


def test_one_cycle_without_warmup():
    schedule = one_cycle(warmup=0)
    assert [schedule(0), schedule(1)] == pytest.approx([1, 0])


def factors(schedule, errors):
    found = []
    for error in errors:
        schedule.update(error)
        found.append(schedule(0.5))
    return found


def test_plateau_drops_after_patience():
    found = factors(Plateau(patience=2), [0.9, 0.8, 0.8, 0.85, 0.7])
    assert found == pytest.approx([1, 1, 1, 0.1, 0.1])


def test_plateau_waits_anew_after_an_improvement():
    found = factors(Plateau(patience=2), [0.9, 0.95, 0.8, 0.85, 0.79])
    assert found == [1] * 5


def test_plateau_drops_at_most_three_times():
    found = factors(Plateau(patience=1), [0.9] * 6)
    assert found == pytest.approx([1, 0.1, 0.01, 0.001, 0.001, 0.001])


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_every_schedule_stays_between_nothing_and_the_base_rate(name):
    schedule = SCHEDULES[name]()
    assert all(0 <= schedule(progress / 100) <= 1 for progress in range(101))


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_has_one_interface(name):
    """It hears errors, and a new one goes on where its state was saved, through JSON."""
    schedule, other = SCHEDULES[name](), SCHEDULES[name]()
    for error in (0.9, 0.8, 0.85, 0.84):
        state = json.loads(json.dumps(schedule.state_dict()))
        other.load_state_dict(state)
        schedule.update(error)
        other.update(error)
    factors = [[s(progress) for progress in (0, 0.3, 0.9)] for s in (schedule, other)]
    assert factors[0] == factors[1]
    assert bool(schedule.state_dict()) == (name == "plateau")
