"""Crops, reflections and colour noise (paper, section 4.1)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyalex.data import (
    EvalTransform,
    Statistics,
    TrainTransform,
    center_crop,
    colour_noise,
    random_crop,
    random_flip,
    ten_crop,
)


def position_picture(size=256):
    """A picture whose first two channels hold the row and the column."""
    y, x = np.mgrid[:size, :size]
    return np.stack([y, x, 0 * x], axis=-1).astype(np.uint8)


@pytest.fixture
def statistics():
    rng = np.random.default_rng(5)
    eigenvectors = np.linalg.qr(rng.normal(size=(3, 3)))[0].astype(np.float32)
    mean = (255 * rng.random((256, 256, 3))).astype(np.float32)
    return Statistics(mean, eigenvectors, np.array([20, 37, 122], dtype=np.float32))


def test_random_crop_reaches_all_33_by_33_places(statistics):
    picture, rng = position_picture(), np.random.default_rng(0)
    places = {tuple(random_crop(picture, 224, rng)[0, 0, :2].tolist()) for _ in range(20_000)}
    assert places == {(y, x) for y in range(33) for x in range(33)}


def test_random_flip_is_a_reflection_half_of_the_time():
    picture, rng = position_picture(8), np.random.default_rng(0)
    flipped = 0
    for _ in range(1000):
        view = random_flip(picture, rng)
        is_flipped = view[0, 0, 1] == 7
        np.testing.assert_array_equal(view, picture[:, ::-1] if is_flipped else picture)
        flipped += is_flipped
    assert 430 < flipped < 570


@given(size=st.integers(1, 12), height=st.integers(12, 20), width=st.integers(12, 20))
def test_center_crop_leaves_even_margins(size, height, width):
    y, x = np.mgrid[:height, :width]
    crop = center_crop(np.stack([y, x, x], axis=-1), size)
    assert crop.shape == (size, size, 3)
    for channel, length in [(0, height), (1, width)]:
        before, after = crop[0, 0, channel], length - 1 - crop[-1, -1, channel]
        assert after - before in (0, 1)


@pytest.mark.parametrize("size", [0, 9])
def test_a_crop_that_does_not_fit(size):
    with pytest.raises(ValueError, match=f"cannot cut {size} × {size} from a picture of 8 × 8"):
        center_crop(position_picture(8), size)


def test_ten_crop_against_slicing():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    crops = ten_crop(pictures, 224)
    assert crops.shape == (10, 2, 224, 224, 3)
    assert crops.dtype == np.uint8
    by_hand = [
        pictures[:, :224, :224],
        pictures[:, :224, 32:],
        pictures[:, 32:, :224],
        pictures[:, 32:, 32:],
        pictures[:, 16:240, 16:240],
    ]
    for i, crop in enumerate(by_hand):
        np.testing.assert_array_equal(crops[i], crop)
        np.testing.assert_array_equal(crops[5 + i], crop[:, :, ::-1])
    np.testing.assert_array_equal(crops[4, 1], center_crop(pictures[1], 224))


def test_colour_noise_has_the_covariance_of_the_pictures_times_sigma_squared(statistics):
    rng = np.random.default_rng(0)
    p, d = statistics.eigenvectors, statistics.deviations
    noise = np.array([colour_noise(p, d, 0.1, rng) for _ in range(20_000)])
    expected = 0.01 * p @ np.diag(d**2) @ p.T
    np.testing.assert_allclose(np.cov(noise, rowvar=False), expected, atol=0.04 * expected.max())
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_train_transform_is_its_parts(statistics, noise, dtype):
    picture = np.random.default_rng(9).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    transform = TrainTransform(statistics, 224, noise=noise, dtype=dtype)
    mean = statistics.mean[16:240, 16:240]  # the central crop, wherever the picture's crop lies
    for seed in range(8):
        rng = np.random.default_rng(seed)
        expected = random_flip(random_crop(picture, 224, rng), rng).astype(np.float64) - mean
        if noise:
            expected += colour_noise(statistics.eigenvectors, statistics.deviations, noise, rng)
        out = np.full((224, 224, 3), np.nan, dtype)
        result = transform(picture, np.random.default_rng(seed), out=out)
        assert result is out
        np.testing.assert_allclose(out, expected, atol=1e-4)
        assert transform(picture, np.random.default_rng(seed)).dtype == dtype
    assert picture.dtype == np.uint8


def test_train_transform_without_flips(statistics):
    transform = TrainTransform(statistics, 256, noise=0, flip=False)
    picture, rng = position_picture(), np.random.default_rng(0)
    for _ in range(8):
        np.testing.assert_array_equal(transform(picture, rng), picture - statistics.mean)


def test_eval_transform(statistics):
    transform = EvalTransform(statistics, 227)
    picture = position_picture()
    expected = (picture - statistics.mean)[14:241, 14:241]
    np.testing.assert_array_equal(transform(picture), expected)
    out = np.empty((227, 227, 3), np.float32)
    assert transform(picture, out=out) is out
    crops = transform.normalise(ten_crop(picture[None], 227))
    assert crops.dtype == np.float32
    np.testing.assert_array_equal(crops[4, 0], expected)
