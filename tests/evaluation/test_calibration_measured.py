"""What an evaluation says of calibration, and its figure."""

import json

import numpy as np
import pytest
from PIL import Image

from tinyalex.evaluation import measure, table
from tinyalex.figures.reliability import draw_reliability, wilson
from tinyalex.metrics import expected_calibration_error, fit_temperature, reliability


def answers(sharper=1.0, n=4000, C=5, seed=0):
    """Labels (n,) drawn from some probabilities, and these with logits `sharper` times as large."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 2, (n, C))
    labels = (z + rng.gumbel(size=z.shape)).argmax(axis=1)
    p = np.exp(sharper * z)
    return labels, p / p.sum(axis=1, keepdims=True)


NAMES = list("abcde")


def test_the_temperature_is_fitted_on_one_half_and_reported_on_the_other():
    labels, p = answers(sharper=3)
    found = measure(labels, p, NAMES)["calibration"]
    order = np.argsort(labels, kind="stable")
    half, rest = order[::2], order[1::2]
    assert found["temperature"] == pytest.approx(fit_temperature(np.log(p[half]), labels[half]))
    assert found["temperature"] == pytest.approx(3, rel=0.1)
    assert (found["fitted_on"], found["held_out"]) == (2000, 2000)
    before, after = found["held_out_before"], found["held_out_after"]
    assert before["ece"] == pytest.approx(expected_calibration_error(p[rest], labels[rest]))
    own = p[rest, labels[rest]]
    assert before["nll"] == pytest.approx(-np.log(own).mean())
    cooled = p[rest] ** (1 / found["temperature"])
    cooled /= cooled.sum(axis=1, keepdims=True)
    assert after["ece"] == pytest.approx(expected_calibration_error(cooled, labels[rest]))
    assert after["nll"] == pytest.approx(-np.log(cooled[range(2000), labels[rest]]).mean())
    assert after["nll"] < before["nll"]
    assert after["ece"] < 0.05 < before["ece"]
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("sharper", "words"),
    [(3, "overconfident; divide its logits by"), (0.3, "underconfident"), (1, "no mending")],
)
def test_the_table_says_what_would_mend_it(sharper, words):
    text = table(measure(*answers(sharper, n=20_000), NAMES))
    assert words in text
    assert "ECE" in text
    assert "the 10,000 pictures held out" in text


@pytest.mark.parametrize(
    ("right", "words"), [(True, "no temperature is the best"), (False, "no better than a guess")]
)
def test_temperatures_that_do_not_exist_are_not_advised(right, words):
    p = np.full((10, 5), 0.1)
    p[:, 0] = 0.6
    text = table(measure(np.full(10, 0 if right else 1), p, NAMES))
    assert words in text
    assert "divide" not in text


def test_one_picture_has_no_other_half():
    found = measure(np.array([0]), np.array([[0.9, 0.1]]), ["a", "b"])
    assert found["calibration"]["temperature"] is None
    assert found["calibration"]["ece"] == pytest.approx(0.1)
    assert "held out" not in table(found)


def test_a_probability_of_0_stays_finite():
    found = measure(np.array([0, 1, 0, 1]), np.array([[0.0, 1]] * 4), ["a", "b"])["calibration"]
    assert found["nll"] == pytest.approx(-np.log(np.finfo(float).tiny) / 2)
    json.dumps(found, allow_nan=False)


def test_the_interval_is_the_one_of_the_equation():
    """Its ends are the shares p for which |found − p| is 1.96 deviations of p's own."""
    share, n = np.array([0.0, 0.3, 0.9, 1.0]), np.array([5, 40, 12, 7])
    for end in wilson(share, n):
        inside = (end > 1e-9) & (end < 1 - 1e-9)
        z = (share - end)[inside] / np.sqrt(end * (1 - end) / n)[inside]
        assert np.abs(z) == pytest.approx(1.96)
    low, high = wilson(share, n)
    assert (low <= share).all()
    assert (share <= high).all()
    assert (low[0], high[3]) == (pytest.approx(0), pytest.approx(1))


@pytest.mark.slow
def test_gaps_are_red_and_none_are_drawn_where_there_are_none(tmp_path):
    def red(accuracy):
        confidence = np.array([0.5, 0.9])
        found = reliability([[0.5, 0.5], [0.9, 0.1]], [0, 0], bins=2)
        found = found._replace(confidence=confidence, accuracy=np.array(accuracy))
        draw_reliability(found, 0.1, tmp_path / "out.png")
        pixels = np.asarray(Image.open(tmp_path / "out.png").convert("RGB")).astype(int)
        return (pixels[..., 0] > pixels[..., 1:].max(axis=-1) + 25).sum()

    assert red([0.5, 0.9]) == 0
    assert 0 < red([0.5, 0.7]) < red([0.1, 0.7])
