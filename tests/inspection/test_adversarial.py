"""The fast gradient sign method: the gradient, the formula, the bounds and the target."""

import numpy as np
import pytest
from complaints import complaint

from tinyalex.inspection import View, attack, loss_slope, output, random_signs
from tinyalex.inspection.show_adversarial import pixels_of, view_of
from tinyalex.layers import Flatten, Linear
from tinyalex.models import Sequential
from tinyalex.weights import Preprocessing, Weights, softmax

MEAN, SCALE = np.array([120.0, 110, 90]), np.array([0.02, 0.05, -0.03])
VIEW = View(lambda pixels: (pixels - MEAN) * SCALE, SCALE)


@pytest.fixture
def pixels(rng):
    """Two pictures with black and white in them, whose changes are cut."""
    drawn = rng.integers(0, 256, (2, 9, 9, 3)).astype(float)
    drawn[:, 0], drawn[:, 1] = 0, 255
    return drawn


def loss(net, pixels, unit):
    return -np.log(softmax(output(net, VIEW.as_input(pixels)))[:, unit])


def slopes(net, pixels, unit):
    """∂ loss / ∂ pixels by finite differences."""
    found = np.empty(pixels.shape)
    for place in np.ndindex(pixels.shape[1:]):
        above, below = pixels.copy(), pixels.copy()
        above[(slice(None), *place)] += 1e-4
        below[(slice(None), *place)] -= 1e-4
        found[(slice(None), *place)] = (loss(net, above, unit) - loss(net, below, unit)) / 2e-4
    return found


def test_the_slope_is_the_losses_up_to_a_factor(each_backend, small, pixels):
    ours = loss_slope(small, VIEW.as_input(pixels), 3) * SCALE
    factor = 1 - softmax(output(small, VIEW.as_input(pixels)))[:, 3]
    expected = slopes(small, pixels, 3)
    np.testing.assert_allclose(ours * factor.reshape(-1, 1, 1, 1), expected, atol=1e-7)


def test_one_step_is_the_formula(small, pixels):
    expected = slopes(small, pixels, 2)
    sure = np.abs(expected) > 1e-7
    assert sure.mean() > 0.8  # maximum pooling leaves some pixels without an effect
    up = np.clip(pixels + 2.5 * np.sign(expected), 0, 255)
    np.testing.assert_array_equal(attack(small, pixels, VIEW, 2, 2.5)[sure], up[sure])
    down = np.clip(pixels - 2.5 * np.sign(expected), 0, 255)
    towards = attack(small, pixels, VIEW, 2, 2.5, towards=True)
    np.testing.assert_array_equal(towards[sure], down[sure])


@pytest.mark.parametrize("towards", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 3, 7])
@pytest.mark.parametrize("epsilon", [0.3, 2, 5, 255])
def test_pixels_stay_within_their_bounds(small, pixels, epsilon, steps, towards):
    before = pixels.copy()
    found = attack(small, pixels, VIEW, 1, epsilon, steps, towards)
    np.testing.assert_array_equal(pixels, before)
    assert found.min() >= 0
    assert found.max() <= 255
    assert 0 < np.abs(found - pixels).max() <= epsilon + 1e-12
    if epsilon >= 1:
        np.testing.assert_array_equal(found, found.round())


def test_steps_are_whole_grey_levels_and_cut_to_epsilon(pixels):
    """A linear network's gradient has the same signs everywhere, so steps only add up."""
    net = Sequential([("flatten", Flatten()), ("fc", Linear(243, 2, dtype="float64"))])
    rng = np.random.default_rng(0)
    net["fc"].params["W"][...] = rng.normal(size=(243, 2))
    for epsilon, steps in ((4, 4), (5, 3), (2, 10), (0.5, 2)):
        once = attack(net, pixels, VIEW, 0, epsilon)
        np.testing.assert_allclose(attack(net, pixels, VIEW, 0, epsilon, steps), once, atol=1e-12)


def test_the_loss_rises_and_a_target_comes_nearer(small, pixels):
    before = loss(small, pixels, 4)
    away = loss(small, attack(small, pixels, VIEW, 4, 1), 4)
    near = loss(small, attack(small, pixels, VIEW, 4, 1, towards=True), 4)
    chance = loss(small, random_signs(pixels, 1), 4)
    assert (near < before).all()
    assert (before < away).all()
    assert (np.abs(chance - before) < away - before).all()


def test_more_steps_find_more(small, pixels):
    one, many = (loss(small, attack(small, pixels, VIEW, 4, 8, n), 4) for n in (1, 8))
    assert many.sum() > one.sum()


def test_a_sure_network_is_attacked_all_the_same(small, pixels):
    """Its p is exactly 1, and p − 1 exactly 0."""
    small["fc"].params["W"][...] *= 1e3
    x = VIEW.as_input(pixels)
    unit = int(output(small, x)[0].argmax())
    assert softmax(output(small, x))[0, unit] == 1
    assert (loss_slope(small, x, unit)[0] != 0).mean() > 0.5


def test_random_signs_are_of_the_same_size(pixels):
    found = random_signs(pixels, 3)
    inner = (pixels >= 3) & (pixels <= 252)
    assert set(np.unique((found - pixels)[inner])) == {-3.0, 3.0}
    assert 0.4 < (found > pixels)[inner].mean() < 0.6
    assert found.min() >= 0
    assert found.max() <= 255


@pytest.mark.parametrize(("epsilon", "steps"), [(0, 1), (-1, 1), (float("inf"), 1), (2, 0)])
def test_sizes_that_make_no_sense(small, pixels, epsilon, steps):
    assert "must be" in complaint(lambda: attack(small, pixels, VIEW, 0, epsilon, steps))


def test_one_class_is_refused(rng, pixels):
    net = Sequential([("flatten", Flatten()), ("fc", Linear(243, 1, dtype="float64"))])
    assert "at least two classes" in complaint(lambda: attack(net, pixels, VIEW, 0))


def test_pixels_become_the_input_that_the_run_has(tmp_path, rng):
    from PIL import Image

    from tinyalex.inspection.cli_inputs import input_of

    mean = rng.uniform(80, 160, (80, 80, 3)).astype("float32")
    preprocessing = Preprocessing(67, mean, np.float32([0.02, 0.03, 0.5]), 80, warp=True)
    weights = Weights("paper", {}, preprocessing)
    Image.fromarray(rng.integers(0, 256, (90, 120, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    x, shown = input_of(weights, tmp_path / "a.png")
    pixels = pixels_of(weights, tmp_path / "a.png")
    np.testing.assert_array_equal(view_of(weights).as_input(pixels), x)
    np.testing.assert_allclose(pixels[0] / 255, shown, atol=1e-6)
