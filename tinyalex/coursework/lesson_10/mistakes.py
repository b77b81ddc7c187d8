"""Lesson 10: wrong crops, flips and noise. Each docstring is what the student reads."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import another_form, mistake
from tinyalex.data.augment import center_crop, colour_noise, ten_crop


def _room(picture, size):
    """The last row and column at which a crop can start. ValueError if the crop does not fit."""
    height, width = picture.shape[:2]
    if not 1 <= size <= min(height, width):
        raise ValueError(f"cannot cut {size} × {size} from {height} × {width}")
    return height - size, width - size


@mistake("10-crop_misses_last", of="random_crop")
def crop_misses_last(picture, size, rng):
    """the last row and column are never drawn: there are H − size + 1 starts, not H − size."""
    bottom, right = _room(picture, size)
    top, left = rng.integers(max(bottom, 1)), rng.integers(max(right, 1))
    return picture[top : top + size, left : left + size]


@another_form(of=crop_misses_last)
def crop_misses_last_and_fails(picture, size, rng):
    bottom, right = _room(picture, size)
    top, left = rng.integers(bottom), rng.integers(right)  # ValueError if there is just one place
    return picture[top : top + size, left : left + size]


@mistake("10-crop_diagonal", of="random_crop")
def crop_diagonal(picture, size, rng):
    """one random number is used for both axes, so all crops are on the diagonal."""
    place = rng.integers(min(_room(picture, size)) + 1)
    return picture[place : place + size, place : place + size]


@another_form(of=crop_diagonal)
def crop_diagonal_beyond_the_edge(picture, size, rng):
    place = rng.integers(_room(picture, size)[0] + 1)
    return picture[place : place + size, place : place + size]


@another_form(of=crop_diagonal)
def crop_diagonal_below_the_edge(picture, size, rng):
    place = rng.integers(_room(picture, size)[1] + 1)
    return picture[place : place + size, place : place + size]


@mistake("10-crop_square_places", of="random_crop")
def crop_square_places(picture, size, rng):
    """the column is drawn from the range of the rows, but pictures need not be square."""
    bottom, right = _room(picture, size)
    top, left = rng.integers(bottom + 1), min(rng.integers(bottom + 1), right)
    return picture[top : top + size, left : left + size]


@mistake("10-crop_center", of="random_crop")
def crop_center(picture, size, rng):
    """the crop is always the centre; that is for testing."""
    return center_crop(picture, size)


@mistake("10-crop_corners", of="random_crop")
def crop_corners(picture, size, rng):
    """only the four corners are drawn; all places must be equally likely."""
    bottom, right = _room(picture, size)
    top, left = bottom * rng.integers(2), right * rng.integers(2)
    return picture[top : top + size, left : left + size]


@mistake("10-crop_own_randomness", of="random_crop")
def crop_own_randomness(picture, size, rng):
    """the random numbers do not come from rng; the same seed must give the same crops."""
    bottom, right = _room(picture, size)
    top, left = np.random.randint(bottom + 1), np.random.randint(right + 1)
    return picture[top : top + size, left : left + size]


@mistake("10-crop_uneven", of="random_crop")
def crop_uneven(picture, size, rng):
    """the places are not equally likely: rounding halves the chance of the first and the last."""
    bottom, right = _room(picture, size)
    top, left = round(bottom * rng.random()), round(right * rng.random())
    return picture[top : top + size, left : left + size]


@mistake("10-flip_upside_down", of="random_flip")
def flip_upside_down(picture, rng):
    """the picture is turned upside down: reverse the columns (axis 1), not the rows (axis 0)."""
    return picture[::-1] if rng.random() < 0.5 else picture


@mistake("10-flip_colours", of="random_flip")
def flip_colours(picture, rng):
    """the last axis is reversed, which swaps red and blue: reverse the columns (axis 1)."""
    return picture[..., ::-1] if rng.random() < 0.5 else picture


@mistake("10-flip_always", of="random_flip")
def flip_always(picture, rng):
    """every picture is reflected; half of them should stay as they are."""
    return picture[:, ::-1]


@mistake("10-flip_never", of="random_flip")
def flip_never(picture, rng):
    """no picture is ever reflected; note that rng.integers(1) is always 0."""
    return picture[:, ::-1] if rng.integers(1) else picture


@mistake("10-flip_turns", of="random_flip")
def flip_turns(picture, rng):
    """rows and columns are both reversed, which rotates the picture by 180°."""
    return picture[::-1, ::-1] if rng.random() < 0.5 else picture


@mistake("10-flip_seldom", of="random_flip")
def flip_seldom(picture, rng):
    """the two outcomes are not equally likely; the probability must be 1/2."""
    return picture[:, ::-1] if rng.random() < 0.2 else picture


@mistake("10-flip_own_randomness", of="random_flip")
def flip_own_randomness(picture, rng):
    """the random numbers do not come from rng; the same seed must give the same flips."""
    return picture[:, ::-1] if np.random.random() < 0.5 else picture


def _differs_for_the_same_seed(written) -> bool:
    draws = [
        written(np.eye(3), np.array([1.0, 2, 3]), 0.1, np.random.default_rng(7)) for _ in range(2)
    ]
    return not np.array_equal(*draws)


@mistake("10-noise_own_randomness", of="colour_noise", shown_by=_differs_for_the_same_seed)
def noise_own_randomness(eigenvectors, deviations, sigma, rng):
    """the random numbers do not come from rng; the same seed must give the same noise."""
    return eigenvectors @ (deviations * np.random.normal(0.0, sigma, size=3))


@mistake("10-noise_eigenvalues", of="colour_noise")
def noise_eigenvalues(eigenvectors, deviations, sigma, rng):
    """the components are scaled by the eigenvalues; scale by `deviations`, their square roots, as
    section 4.1 must mean."""
    return colour_noise(eigenvectors, np.square(deviations), sigma, rng)


@mistake("10-noise_rooted_twice", of="colour_noise")
def noise_rooted_twice(eigenvectors, deviations, sigma, rng):
    """the root of `deviations` is taken, but they are the eigenvalues' square roots already."""
    return colour_noise(eigenvectors, np.sqrt(deviations), sigma, rng)


@mistake("10-noise_rows", of="colour_noise")
def noise_rows(eigenvectors, deviations, sigma, rng):
    """the components are read from the rows of the matrix; they are its columns."""
    return colour_noise(eigenvectors.T, deviations, sigma, rng)


@mistake("10-noise_one_alpha", of="colour_noise")
def noise_one_alpha(eigenvectors, deviations, sigma, rng):
    """all components share one α; each needs its own."""
    return eigenvectors @ (deviations * rng.normal(0.0, sigma))


@mistake("10-noise_no_components", of="colour_noise")
def noise_no_components(eigenvectors, deviations, sigma, rng):
    """red, green and blue are changed independently, without the principal components."""
    return deviations * rng.normal(0.0, sigma, size=3)


@mistake("10-noise_no_deviations", of="colour_noise")
def noise_no_deviations(eigenvectors, deviations, sigma, rng):
    """the deviations are left out, so all components get the same noise."""
    return eigenvectors @ rng.normal(0.0, sigma, size=3)


@mistake("10-noise_variance", of="colour_noise")
def noise_variance(eigenvectors, deviations, sigma, rng):
    """sigma is used as a variance; it is the standard deviation of α."""
    return colour_noise(eigenvectors, deviations, np.sqrt(sigma), rng)


@mistake("10-noise_uniform", of="colour_noise")
def noise_uniform(eigenvectors, deviations, sigma, rng):
    """α is drawn from a uniform distribution; it must be normal."""
    return eigenvectors @ (deviations * rng.uniform(-sigma, sigma, size=3))


@mistake("10-views_five", of="ten_crop")
def views_five(pictures, size):
    """the reflections are missing, so there are five views instead of ten."""
    return ten_crop(pictures, size)[:5]


@mistake("10-views_concatenated", of="ten_crop")
def views_concatenated(pictures, size):
    """the views are joined along the pictures' own axis (np.concatenate); they need a new first
    axis (np.stack)."""
    return np.concatenate(list(ten_crop(pictures, size)))


@another_form(of=views_concatenated)
def views_five_concatenated(pictures, size):
    return np.concatenate(list(ten_crop(pictures, size)[:5]))


@mistake("10-views_list", of="ten_crop")
def views_list(pictures, size):
    """the ten views are returned as a list; np.stack makes one array of them."""
    return list(ten_crop(pictures, size))


@another_form(of=views_list)
def views_tuple(pictures, size):
    return tuple(ten_crop(pictures, size))


@mistake("10-views_upside_down", of="ten_crop")
def views_upside_down(pictures, size):
    """the second five views are upside down; they should be reflected left to right."""
    crops = ten_crop(pictures, size)[:5]
    return np.concatenate([crops, crops[:, :, ::-1]])


@mistake("10-views_in_pairs", of="ten_crop")
def views_in_pairs(pictures, size):
    """each view is followed by its reflection; all five should come before the reflections."""
    return ten_crop(pictures, size)[[0, 5, 1, 6, 2, 7, 3, 8, 4, 9]]


@mistake("10-views_of_reflection", of="ten_crop")
def views_of_reflection(pictures, size):
    """the second five are cut from the reflected picture, whose top left is the reflected top
    right."""
    return np.concatenate([ten_crop(p, size)[:5] for p in (pictures, pictures[:, :, ::-1])])


@mistake("10-views_one_short", of="ten_crop")
def views_one_short(pictures, size):
    """right and bottom views start one pixel too early: at H − size − 1 instead of H − size."""
    last = [max(n - 1, 0) for n in _room(pictures[0], size)]
    return _views(pictures, size, last, [n // 2 for n in _room(pictures[0], size)])


@mistake("10-views_corner_centre", of="ten_crop")
def views_corner_centre(pictures, size):
    """the fifth view starts at the picture's centre; it should be centred there."""
    bottom, right = _room(pictures[0], size)
    middle = [min(n // 2, m) for n, m in zip(pictures.shape[1:3], (bottom, right), strict=True)]
    return _views(pictures, size, (bottom, right), middle)


@mistake("10-views_centre_first", of="ten_crop")
def views_centre_first(pictures, size):
    """the centre view comes first; it should come after the four corners."""
    return ten_crop(pictures, size)[[4, 0, 1, 2, 3, 9, 5, 6, 7, 8]]


def _views(pictures, size, last, middle):
    starts = [(0, 0), (0, last[1]), (last[0], 0), tuple(last), tuple(middle)]
    crops = np.stack([pictures[:, y : y + size, x : x + size] for y, x in starts])
    return np.concatenate([crops, crops[:, :, :, ::-1]])
