"""Lesson 14: transfer.

The text is README.md. To check your work: python -m tinyalex.check 14
"""

import numpy as np


def class_means(features: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """The mean of every class's features: (num_classes, d).

    features: (n, d), labels: (n,) whole numbers 0 … num_classes − 1. ValueError for a class
    without samples, which has no mean.
    """
    # 1. Count the samples of every class; refuse a class without samples.
    # 2. Sum the features of every class, and divide.
    raise NotImplementedError("task 14.1: class_means")


def nearest_class(features: np.ndarray, means: np.ndarray) -> np.ndarray:
    """For each sample the class whose mean is nearest, by Euclidean distance: (n,).

    features: (n, d), means: (C, d). In a tie, the first class wins.
    """
    # 1. Compute every sample's difference from every mean.
    # 2. Sum the squares over the features. (The root would not change which is the smallest.)
    # 3. Return the class with the smallest sum.
    raise NotImplementedError("task 14.2: nearest_class")


def linear_probe(
    features: np.ndarray, labels: np.ndarray, num_classes: int, decay: float
) -> tuple[np.ndarray, np.ndarray]:
    """W (d, C) and b (C,) that minimize  mean ‖f·W + b − e‖² + decay · ‖W‖²,  in closed form.

    features: (n, d), labels: (n,); e is 1 at the sample's class and 0 elsewhere; the mean is over
    the samples. decay > 0, and ValueError otherwise. b is not shrunk: with their means
    F and E subtracted from f and e,

        W = (fᵀf / n + decay · I)⁻¹ fᵀe / n        b = E − F·W
    """
    if decay <= 0:
        raise ValueError(f"decay must be above 0; got {decay}")
    # 1. Make the rows e, (n, num_classes).
    # 2. Subtract the means from the features and from e.
    # 3. Solve the d equations for W with np.linalg.solve; you do not need an inverse.
    # 4. Choose b so that the mean sample gets the mean answer.
    raise NotImplementedError("task 14.3: linear_probe")
