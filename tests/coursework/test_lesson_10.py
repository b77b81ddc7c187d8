"""Lesson 10: right functions pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_10.photographs import is_grey, near_pairs, thumbnail
from tinyalex.coursework.lesson_10.task import LESSON

CROP, FLIP, NOISE, VIEWS = LESSON.tasks


def checked(picture, size):
    rows, columns = (n - size + 1 for n in picture.shape[:2])
    if size < 1 or min(rows, columns) < 1:
        raise ValueError(f"no room for {size} × {size}")
    return rows, columns


def crop_by_the_text(picture, size, rng):
    rows, columns = checked(picture, size)
    top, left = rng.integers(rows), rng.integers(columns)
    return picture[top : top + size, left : left + size]


def crop_columns_first(picture, size, rng):
    rows, columns = checked(picture, size)
    left = rng.choice(columns)
    top = rng.choice(rows)
    return picture[top:, left:][:size, :size].copy()


def crop_from_one_number(picture, size, rng):
    rows, columns = checked(picture, size)
    top, left = divmod(int(rng.random() * rows * columns), columns)
    return np.take(np.take(picture, range(top, top + size), 0), range(left, left + size), 1)


def flip_by_the_text(picture, rng):
    return picture[:, ::-1] if rng.random() < 0.5 else picture


def flip_by_numpy(picture, rng):
    return (picture, np.fliplr(picture))[rng.integers(2)]


def flip_by_indices(picture, rng):
    columns = np.arange(picture.shape[1])
    return picture[:, rng.choice([columns, columns[::-1]])]


def noise_by_the_text(eigenvectors, deviations, sigma, rng):
    alpha = rng.normal(0.0, sigma, size=3)
    return eigenvectors @ (alpha * deviations)


def noise_by_loops(eigenvectors, deviations, sigma, rng):
    offset = np.zeros(3)
    for i in range(3):
        alpha = rng.normal(0.0, sigma)
        for colour in range(3):
            offset[colour] += eigenvectors[colour, i] * alpha * deviations[i]
    return offset


def noise_by_einsum(eigenvectors, deviations, sigma, rng):
    return np.einsum("ci,i,i->c", eigenvectors, deviations, sigma * rng.standard_normal(3))


def views_by_the_text(pictures, size):
    rows, columns = checked(pictures[0], size)
    bottom, right = rows - 1, columns - 1
    places = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    five = [pictures[:, y : y + size, x : x + size] for y, x in places]
    return np.stack(five + [crop[:, :, ::-1] for crop in five])


def views_by_loops(pictures, size):
    rows, columns = checked(pictures[0], size)
    n, C = pictures.shape[0], pictures.shape[3]
    y = np.empty((10, n, size, size, C), pictures.dtype)
    tops = [0, 0, rows - 1, rows - 1, (rows - 1) // 2]
    lefts = [0, columns - 1, 0, columns - 1, (columns - 1) // 2]
    for view in range(5):
        for i in range(size):
            for j in range(size):
                y[view, :, i, j] = pictures[:, tops[view] + i, lefts[view] + j]
                y[view + 5, :, i, size - 1 - j] = y[view, :, i, j]
    return y


def views_by_windows(pictures, size):
    rows, columns = checked(pictures[0], size)
    windows = np.lib.stride_tricks.sliding_window_view(pictures, (size, size), axis=(1, 2))
    top, left = np.array([0, 0, -1, -1, (rows - 1) // 2]), np.array([0, -1, 0, -1, 0])
    left[4] = (columns - 1) // 2
    five = windows[:, top, left].transpose(1, 0, 3, 4, 2)
    return np.concatenate([five, np.flip(five, axis=3)])


RIGHT = [
    *((CROP, f) for f in (crop_by_the_text, crop_columns_first, crop_from_one_number)),
    *((FLIP, f) for f in (flip_by_the_text, flip_by_numpy, flip_by_indices)),
    *((NOISE, f) for f in (noise_by_the_text, noise_by_loops, noise_by_einsum)),
    *((VIEWS, f) for f in (views_by_the_text, views_by_loops, views_by_windows)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[f.__name__ for _, f in RIGHT])
def test_right_functions_pass(task, written):
    for seed in range(2):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)


def test_figures_of_the_text():
    assert 33 * 33 * 2 == 2178
    assert 32 * 32 * 2 == 2048
    deviations = np.array([19.7208, 37.0939, 121.7801])
    np.testing.assert_allclose(deviations**2, [388.9, 1376.0, 14830.4], atol=0.1)
    np.testing.assert_allclose(0.1 * deviations[2] ** np.array([1, 2]), [12.2, 1483], rtol=2e-3)


def crop_up_to_the_last_start(picture, size, rng):
    rows, columns = checked(picture, size)
    top, left = rng.integers(0, rows - 1), rng.integers(0, columns - 1)
    return picture[top : top + size, left : left + size]


def crop_with_one_draw(picture, size, rng):
    rows, _ = checked(picture, size)
    start = int(rng.random() * rows)
    return picture[start : start + size, start : start + size]


def crop_by_the_hidden_generator(picture, size, rng):
    rows, columns = checked(picture, size)
    top, left = np.random.choice(rows), np.random.choice(columns)
    return picture[top : top + size, left : left + size]


def noise_by_the_hidden_generator(eigenvectors, deviations, sigma, rng):
    return (eigenvectors * deviations) @ np.random.normal(0, sigma, 3)


def five_views(pictures, size):
    return list(views_by_the_text(pictures, size)[:5])


def views_as_a_list(pictures, size):
    five = five_views(pictures, size)
    return five + [np.fliplr(view.swapaxes(0, 1)).swapaxes(0, 1) for view in five]


def views_joined(pictures, size):
    five = np.concatenate(five_views(pictures, size))
    return np.concatenate([five, five[:, :, ::-1]])


def views_of_five_joined(pictures, size):
    return np.concatenate(five_views(pictures, size))


def views_without_reflections(pictures, size):
    return np.stack(five_views(pictures, size))


WRONG = [
    (CROP, crop_up_to_the_last_start, "10-crop_misses_last"),
    (CROP, crop_with_one_draw, "10-crop_diagonal"),
    (CROP, crop_by_the_hidden_generator, "10-crop_own_randomness"),
    (NOISE, noise_by_the_hidden_generator, "10-noise_own_randomness"),
    (VIEWS, views_as_a_list, "10-views_list"),
    (VIEWS, views_joined, "10-views_concatenated"),
    (VIEWS, views_of_five_joined, "10-views_concatenated"),
    (VIEWS, views_without_reflections, "10-views_five"),
]


@pytest.mark.parametrize(("task", "written", "name"), WRONG, ids=[f.__name__ for _, f, _ in WRONG])
def test_slips_are_called_by_name(task, written, name):
    verdict = check_task(written, task)
    assert not verdict.passed
    assert verdict.mistake == name, str(verdict)


def test_a_picture_that_appears_twice_is_found():
    rng = np.random.default_rng(0)
    pictures = np.kron(rng.integers(0, 256, (6, 16, 16, 1)), np.ones((1, 8, 8, 3)))
    again = np.clip(pictures[2:3] + rng.normal(0, 8, pictures[:1].shape), 0, 255)
    thumbnails = np.stack([thumbnail(p) for p in (*pictures, *again, np.zeros((128, 128, 3)))])
    assert near_pairs(thumbnails, block=3).tolist() == [[2, 6]]
    assert is_grey(pictures[0])
    assert not is_grey(again[0])
