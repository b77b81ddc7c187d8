"""Lesson 10: data."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from tinyalex.coursework.engine.drawn import KINDS as DRAWN
from tinyalex.coursework.engine.drawn import arranged, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.engine.verdict import Failed
from tinyalex.coursework.lesson_10 import mistakes
from tinyalex.coursework.mistakes import mistakes_in
from tinyalex.data import augment
from tinyalex.support.beside import runs_beside

DRAWS = 120  # crops for each place, on average
FAR = 7.0  # standard deviations: a right function comes that far off once in ten million checks
FLIPS = 1500
OTHER = "something else"
FIVE = ("top left", "top right", "bottom left", "bottom right", "centre")
VIEWS = (*FIVE, *(f"{name}, reflected" for name in FIVE))
KINDS = {
    "as it was": lambda picture: picture,
    "reflected left to right": lambda picture: picture[:, ::-1],
    "upside down": lambda picture: picture[::-1],
    "turned by 180°": lambda picture: picture[::-1, ::-1],
    "with red and blue exchanged": lambda picture: picture[..., ::-1],
}


def numbered(height: int, width: int) -> np.ndarray:
    """A picture (height, width, 3) in which no number comes twice."""
    return np.arange(height * width * 3).reshape(height, width, 3)


@runs_beside  # all calls in one go; what comes out is looked at in the judge's process
def many_times(function, times: int, seed: int, *arguments) -> np.ndarray | list:
    """The results of function(*arguments, rng), so many times with one rng; stacked if alike."""
    rng = np.random.default_rng(seed)
    found = [copy.copy(function(*arguments, rng)) for _ in range(times)]  # views may change later
    kinds = {(type(one), np.shape(one), getattr(one, "dtype", None)) for one in found}
    return np.stack(found) if len(kinds) == 1 and isinstance(found[0], np.ndarray) else found


def crops(
    random_crop, height: int, width: int, size: int, seed: int, order: str = "C"
) -> dict[str, Any]:
    """Where many crops of a picture lie, and whether all places come up equally often.

    It does not matter in which order the function draws its random numbers.
    """
    picture = arranged(numbered(height, width), order)
    places = (height - size + 1) * (width - size + 1)
    draws = max(DRAWS * places, 1)
    drawn, again = (many_times(random_crop, draws, seed, picture, size) for _ in range(2))
    repeats = all(map(np.array_equal, drawn, again))
    found = [_place(crop, picture, size) for crop in drawn]
    _unchanged("random_crop", picture)
    starts, numbers, counts = np.unique(found, axis=0, return_inverse=True, return_counts=True)
    off = np.abs(counts - draws / len(starts)) / np.sqrt(draws / len(starts))
    return {
        "places": starts,
        "equally likely": int(off.max() < FAR),
        "each drawn by itself": int(_follow(numbers) < FAR),
        "same seed, same crops": int(repeats),
    }


def _unchanged(name: str, picture: np.ndarray) -> None:
    if not np.array_equal(picture, numbered(*picture.shape[:2])):
        raise Failed(f"{name} changed the picture, which belongs to the caller: use a copy")


def _follow(numbers: np.ndarray) -> float:
    """How far a draw depends on one of the four before, in standard deviations of free draws."""
    centred = np.ravel(numbers) - np.mean(numbers)
    scale = max(np.mean(centred**2) * np.sqrt(len(centred)), 1e-12)
    return max(abs(np.sum(centred[lag:] * centred[:-lag])) / scale for lag in range(1, 5))


def _place(crop: np.ndarray, picture: np.ndarray, size: int) -> tuple[int, int]:
    """(row, column) where the crop starts, or (−1, −1) where it is not a part of the picture."""
    crop = np.asarray(crop)
    if crop.shape != (size, size, 3):
        return (-1, -1)
    top, left = divmod(int(crop[0, 0, 0]) // 3, picture.shape[1])
    same = np.array_equal(crop, picture[top : top + size, left : left + size])
    return (top, left) if same else (-1, -1)


def flips(random_flip, height: int, width: int, seed: int, order: str = "C") -> dict[str, int]:
    """What becomes of one picture, many times over."""
    picture = arranged(numbered(height, width), order)
    kinds = {kind(picture).tobytes(): name for name, kind in KINDS.items()}
    drawn, again = (many_times(random_flip, FLIPS, seed, picture) for _ in range(2))
    repeats, found = all(map(np.array_equal, drawn, again)), []
    for result in map(np.asarray, drawn):
        same = result.shape == picture.shape and result.dtype == picture.dtype
        found.append(kinds.get(result.tobytes(), OTHER) if same else OTHER)
    _unchanged("random_flip", picture)
    reflected = np.array([name == "reflected left to right" for name in found])
    off = abs(reflected.sum() - FLIPS / 2) / np.sqrt(FLIPS / 4)
    return {
        **{f"sometimes {name}": int(name in found) for name in (*KINDS, OTHER)},
        "both in about half the cases": int(off < FAR),
        "each drawn by itself": int(_follow(reflected) < FAR),
        "same seed, same pictures": int(repeats),
    }


def noise(
    colour_noise, eigenvectors, deviations, sigma: float, seed: int, draws: int = 3
) -> np.ndarray:
    """Some offsets, one after the other from one generator."""
    rng, again = np.random.default_rng(seed), np.random.default_rng(seed)
    found = [np.array(colour_noise(eigenvectors, deviations, sigma, rng)) for _ in range(draws)]
    repeated = [colour_noise(eigenvectors, deviations, sigma, again) for _ in range(draws)]
    if not all(map(np.array_equal, found, repeated)):
        raise Failed("colour_noise gives other offsets for the same seed")
    return np.array(found)


def views(ten_crop, pictures: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """The ten views by name."""
    found = ten_crop(pictures, size)
    if not isinstance(found, np.ndarray):
        kind = f"{'an' if type(found).__name__[0] in 'aeiou' else 'a'} {type(found).__name__}"
        raise Failed(
            f"ten_crop gives {kind}; it must give one array: np.stack makes it of the views"
        )
    expected = (10, pictures.shape[0], size, size, pictures.shape[3])
    if found.shape != expected:
        raise Failed(f"ten_crop of pictures {pictures.shape} gives {found.shape}, not {expected}")
    return dict(zip(VIEWS, found, strict=True))


def places(rng: np.random.Generator) -> list[tuple]:
    seeds = rng.integers(2**31, size=4).tolist()
    return [
        (7, 5, 3, seeds[0]),
        (36, 4, 4, seeds[1]),  # 33 places, as 224 in 256 has
        (5, 6, 3, seeds[2], "Fortran"),
        (6, 5, 4, seeds[3], "every other"),
        (11, 10, 9, seeds[0]),
        (4, 6, 4, seeds[1]),
        (3, 3, 3, seeds[2]),
        (2, 2, 1, seeds[3]),
    ]


def flipped(rng: np.random.Generator) -> list[tuple]:
    seeds = rng.integers(2**31, size=5).tolist()
    return [
        (3, 4, seeds[0]),
        (5, 2, seeds[1]),
        (4, 4, seeds[2], "Fortran"),
        (9, 3, seeds[3], "every other"),
        (2, 11, seeds[4]),
    ]


def colours(rng: np.random.Generator) -> list[tuple]:
    turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    deviations = np.sort(rng.uniform(5, 120, 3))
    options = {"deviations": (*DRAWN, "small", "positive"), "sigma": (0.1, 0.01, 0.3, 0.0, 0.7)}
    drawn = []
    for choice in every_pair({**options, "draws": (1, 3)}, rng):
        turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        some = np.abs(drawn_numbers(choice["deviations"], (3,), rng))
        drawn.append((turned, some, choice["sigma"], int(rng.integers(2**31)), choice["draws"]))
    seeds = rng.integers(2**31, size=3).tolist()
    return [
        *drawn,
        (turned, deviations, 0.1, seeds[0]),
        (turned, np.array([0.0, 0.0, 50.0]), 0.3, seeds[1]),
        (np.eye(3), deviations, 0.0, seeds[2]),
    ]


def pictures(rng: np.random.Generator) -> list[tuple]:
    some = [(2, 6, 9, 3), (3, 7, 5, 3), (1, 4, 4, 3)]
    cases = [(rng.integers(0, 256, shape).astype(np.uint8), 4) for shape in some]
    options = {"n": (2, 1, 4), "size": (3, 1, 2, 9), "more rows": (1, 0, 2, 5)}
    options |= {"more columns": (2, 0, 1, 5), "C": (3, 1, 5), "numbers": DRAWN}
    for n, size, rows, columns, C, kind in (
        tuple(choice.values()) for choice in every_pair(options, rng, {"n": (9,), "C": (9,)})
    ):
        cases.append((drawn_numbers(kind, (n, size + rows, size + columns, C), rng), size))
    return [*cases, (rng.normal(size=(2, 8, 8, 3)), 5)]


TURNED = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])  # columns of length 1, orthogonal
SMALL = np.arange(1, 10).reshape(1, 3, 3, 1)
BY_HAND = [
    [[1, 2], [4, 5]], [[2, 3], [5, 6]], [[4, 5], [7, 8]], [[5, 6], [8, 9]], [[1, 2], [4, 5]],
    [[2, 1], [5, 4]], [[3, 2], [6, 5]], [[5, 4], [8, 7]], [[6, 5], [9, 8]], [[2, 1], [5, 4]],
]  # fmt: skip

LESSON = Lesson(
    "10",
    "10_data",
    "Data",
    (
        FunctionTask(
            ids={"": "10.1"},
            reference=augment.random_crop,
            cases=places,
            hand=(
                (3, 4, 2, 0),
                {
                    "places": np.array([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]),
                    "equally likely": 1,
                    "each drawn by itself": 1,
                    "same seed, same crops": 1,
                },
            ),
            mistakes=mistakes_in(mistakes, of="random_crop"),
            run=crops,
            raises=((3, 5, 4, 0), (5, 3, 4, 0)),
        ),
        FunctionTask(
            ids={"": "10.2"},
            reference=augment.random_flip,
            cases=flipped,
            hand=(
                (2, 3, 0),
                {
                    "sometimes as it was": 1,
                    "sometimes reflected left to right": 1,
                    "sometimes upside down": 0,
                    "sometimes turned by 180°": 0,
                    "sometimes with red and blue exchanged": 0,
                    "sometimes something else": 0,
                    "both in about half the cases": 1,
                    "each drawn by itself": 1,
                    "same seed, same pictures": 1,
                },
            ),
            mistakes=mistakes_in(mistakes, of="random_flip"),
            run=flips,
        ),
        FunctionTask(
            ids={"": "10.3"},
            reference=augment.colour_noise,
            cases=colours,
            hand=(
                (TURNED, np.array([10.0, 20, 100]), 0.1, 0, 1),
                np.array([[0.286806, -0.0579417, 6.404227]]),
            ),
            mistakes=mistakes_in(mistakes, of="colour_noise"),
            run=noise,
        ),
        FunctionTask(
            ids={"": "10.4"},
            reference=augment.ten_crop,
            cases=pictures,
            hand=(
                (SMALL, 2),
                dict(zip(VIEWS, np.reshape(BY_HAND, (10, 1, 2, 2, 1)), strict=True)),
            ),
            mistakes=mistakes_in(mistakes, of="ten_crop"),
            run=views,
            raises=((SMALL, 4), (SMALL[:, :2], 3), (SMALL[:, :, :2], 3), (SMALL[:, :2, :2], 4)),
        ),
    ),
)
