"""Lesson 10: data.

The text is README.md. To check your work: python -m tinyalex.check 10
"""

import numpy as np


def random_crop(picture: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """A view (size, size, 3) of the picture (H, W, 3) at a random place, all equally likely.

    A 224 crop of a 256 picture has 33 × 33 places; the paper says 32 × 32, its code used 33 × 33.
    """
    # 1. At how many rows can the crop start, and at how many columns? If none, a ValueError.
    # 2. Draw a row and a column from rng.
    # 3. Crop.
    raise NotImplementedError("task 10.1: random_crop")


def random_flip(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture (H, W, 3), or, with probability 1/2, its mirror image; a view."""
    # 1. Toss a coin with rng.
    # 2. Reverse the columns, or do nothing.
    raise NotImplementedError("task 10.2: random_flip")


def colour_noise(
    eigenvectors: np.ndarray, deviations: np.ndarray, sigma: float, rng: np.random.Generator
) -> np.ndarray:
    """One offset (3,) to add to every pixel's RGB: Σ p_i α_i λ_i, α_i drawn from N(0, sigma).

    The columns p_i and standard deviations λ_i come from `Statistics`; the paper's sigma is 0.1.
    """
    # 1. Draw α, three numbers at once: rng.normal(0.0, sigma, size=3).
    # 2. Multiply each component, a column of eigenvectors, by its α and its deviation, and sum.
    raise NotImplementedError("task 10.3: colour_noise")


def ten_crop(pictures: np.ndarray, size: int) -> np.ndarray:
    """The ten test views of pictures (n, H, W, 3), as (10, n, size, size, 3).

    Order: top left, top right, bottom left, bottom right, centre; then their reflections. The paper
    averages the ten softmax outputs. Subtract the mean with `EvalTransform.normalise`.
    """
    # 1. List the five places, (row, column); the centre is rounded down. If a view does not fit, a
    #    ValueError.
    # 2. Crop all pictures at each of them.
    # 3. Append the reflections of the five.
    raise NotImplementedError("task 10.4: ten_crop")
