"""Adversarial examples: the gradient by differences, the bounds, and that they do harm."""

import numpy as np
import pytest

from tinyalex.inspection import attack, loss_gradient, output
from tinyalex.layers import Flatten, Linear
from tinyalex.models import Sequential
from tinyalex.weights import Preprocessing, softmax

PREPROCESSINGS = {
    "colours": Preprocessing.of_colours(9, (120, 110, 100), 1 / 60, size=12),
    "from 0 to 1": Preprocessing.of_colours(9, 0.0, 1 / 255, size=12),
    "each its own": Preprocessing.of_colours(9, (120, 110, 100), (0.01, 0.02, 0.03), size=9),
    "inverted": Preprocessing.of_colours(9, (120, 110, 100), -1 / 60, size=12),
    "a mean picture": Preprocessing(
        9, np.random.default_rng(0).uniform(60, 180, (12, 12, 3)).astype("f4"), np.ones(3, "f4")
    ),
}


def an_input(preprocessing, rng, dtype="float64"):
    size = preprocessing.mean.shape[0]
    picture = rng.integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    return preprocessing.views(picture)[0].astype(dtype)


def test_the_gradient_is_the_slope_of_the_loss(small, rng):
    x = rng.normal(size=(1, 9, 9, 3))
    gradient, h = loss_gradient(small, x, 2), 1e-6
    for place in ((0, 0, 0, 0), (0, 4, 5, 1), (0, 8, 2, 2)):
        losses = []
        for sign in (1, -1):
            moved = x.copy()
            moved[place] += sign * h
            losses.append(-np.log(softmax(output(small, moved))[0, 2]))
        assert gradient[place] == pytest.approx((losses[0] - losses[1]) / (2 * h), abs=1e-7)


@pytest.mark.parametrize("steps", [1, 7])
@pytest.mark.parametrize("epsilon", [0.5, 20, 255])
@pytest.mark.parametrize("name", PREPROCESSINGS)
def test_pixels_stay_near_and_in_range(small, rng, name, epsilon, steps):
    preprocessing = PREPROCESSINGS[name]
    found = attack(small, preprocessing, an_input(preprocessing, rng), epsilon, steps)
    assert found.after.min() >= 0
    assert found.after.max() <= 255
    assert np.abs(found.after - found.before).max() <= epsilon + 1e-3
    assert found.p_after.sum() == pytest.approx(1)


@pytest.mark.parametrize("target", [None, 3])
@pytest.mark.parametrize("name", PREPROCESSINGS)
def test_a_linear_network_is_moved_as_far_as_possible(rng, name, target):
    """Each pixel moves along the sign of its weight, until the edge of its range."""
    preprocessing = PREPROCESSINGS[name]
    net = Sequential([("flatten", Flatten()), ("fc", Linear(243, 5, rng=rng))])
    net["fc"].params["W"] *= 0.01
    x = an_input(preprocessing, rng, "float32")
    found = attack(net, preprocessing, x, 10, target=target)
    p = softmax(output(net, x))[0]
    label = int(p.argmax()) if target is None else target
    slope = (net["fc"].params["W"] @ (p - np.eye(5)[label])).reshape(9, 9, 3) * preprocessing.scale
    sign = np.sign(slope) * (1 if target is None else -1)
    assert found.after == pytest.approx(np.clip(found.before + 10 * sign, 0, 255), abs=1e-3)
    assert (found.p_after[label] < p[label]) == (target is None)


def test_many_steps_reach_what_is_asked(small, rng):
    preprocessing = PREPROCESSINGS["colours"]
    x = an_input(preprocessing, rng)
    for target in range(5):
        found = attack(small, preprocessing, x, 60, 20, target)
        assert found.p_after[target] > found.p_before[target]


def test_the_input_stays_as_it_was(small, rng):
    preprocessing = PREPROCESSINGS["colours"]
    x = an_input(preprocessing, rng)
    kept = x.copy()
    attack(small, preprocessing, x, 5)
    assert (x == kept).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epsilon": 0}, "epsilon must be above 0 and at most 255 grey levels; got 0"),
        ({"epsilon": -1}, "got -1"),
        ({"epsilon": 256}, "got 256"),
        ({"epsilon": np.nan}, "got nan"),
        ({"epsilon": 1, "steps": 0}, "steps must be at least 1; got 0"),
        ({"epsilon": 1, "target": 5}, "target must be 0 to 4; got 5"),
    ],
)
def test_wrong_arguments_are_refused(small, rng, options, words):
    preprocessing = PREPROCESSINGS["colours"]
    with pytest.raises(ValueError, match=words):
        attack(small, preprocessing, an_input(preprocessing, rng), **options)
