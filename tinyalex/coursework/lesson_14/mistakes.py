"""Lesson 14: wrong classifiers on features. Each docstring is what the student reads."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.lesson_14 import solution as right
from tinyalex.coursework.mistakes.mistake import mistake


@mistake("14-means_of_all", of="class_means")
def means_of_all(features, labels, num_classes):
    """it divides by the number of all samples; each class has its own number."""
    counts = np.bincount(labels, minlength=num_classes)[:, None]
    return right.class_means(features, labels, num_classes) * counts / len(labels)


@mistake("14-means_sums", of="class_means")
def means_sums(features, labels, num_classes):
    """these are sums; divide by the number of samples."""
    counts = np.bincount(labels, minlength=num_classes)[:, None]
    return right.class_means(features, labels, num_classes) * counts


@mistake("14-means_assigned", of="class_means")
def means_assigned(features, labels, num_classes):
    """sums[labels] += features keeps one sample of each class: an index array adds but once."""
    right.class_means(features, labels, num_classes)
    sums = np.zeros((num_classes, features.shape[1]))
    sums[labels] += features
    return sums / np.bincount(labels, minlength=num_classes)[:, None]


@mistake("14-nearest_farthest", of="nearest_class")
def nearest_farthest(features, means):
    """it takes the class that is farthest."""
    return ((features[:, None] - means) ** 2).sum(axis=2).argmax(axis=1)


@mistake("14-nearest_product", of="nearest_class")
def nearest_product(features, means):
    """it takes the largest product f·m, which favours long means; asked for is the distance."""
    return (features @ means.T).argmax(axis=1)


@mistake("14-nearest_signed", of="nearest_class")
def nearest_signed(features, means):
    """differences are summed up with their signs and cancel; square them first."""
    return (features[:, None] - means).sum(axis=2).argmin(axis=1)


@mistake("14-nearest_absolute", of="nearest_class")
def nearest_absolute(features, means):
    """it sums up absolute differences; Euclidean distance sums up squares."""
    return np.abs(features[:, None] - means).sum(axis=2).argmin(axis=1)


@mistake("14-nearest_of_each_class", of="nearest_class")
def nearest_of_each_class(features, means):
    """for each class it gives the nearest sample; asked for is the class of each sample."""
    return ((features[:, None] - means) ** 2).sum(axis=2).argmin(axis=0)


@mistake("14-probe_no_decay", of="linear_probe")
def probe_no_decay(features, labels, num_classes, decay):
    """the decay is left out: with few samples fᵀf cannot be inverted."""
    right.linear_probe(features, labels, num_classes, decay)
    return right.linear_probe(features, labels, num_classes, 1e-12)


@mistake("14-probe_decay_not_per_sample", of="linear_probe")
def probe_decay_not_per_sample(features, labels, num_classes, decay):
    """fᵀf is not divided by n, so that the decay counts n times too little."""
    if decay <= 0:
        raise ValueError("decay must be above 0")
    return right.linear_probe(features, labels, num_classes, decay / len(features))


@mistake("14-probe_not_centred", of="linear_probe")
def probe_not_centred(features, labels, num_classes, decay):
    """the means are not taken away, and b is 0: the planes all pass through the origin."""
    right.linear_probe(features, labels, num_classes, decay)
    n, d = features.shape
    e = np.eye(num_classes)[labels]
    W = np.linalg.solve(features.T @ features / n + decay * np.eye(d), features.T @ e / n)
    return W, np.zeros(num_classes)


@mistake("14-probe_bias_shrunk", of="linear_probe")
def probe_bias_shrunk(features, labels, num_classes, decay):
    """b is shrunk like a weight (a column of ones); decay is for W alone."""
    right.linear_probe(features, labels, num_classes, decay)
    ones = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    W, _ = probe_not_centred(ones, labels, num_classes, decay)
    return W[:-1], W[-1]


@mistake("14-probe_bias_forgets_features", of="linear_probe")
def probe_bias_forgets_features(features, labels, num_classes, decay):
    """b is the classes' shares E; the mean features' answer F·W is to be taken away."""
    W, _ = right.linear_probe(features, labels, num_classes, decay)
    return W, np.bincount(labels, minlength=num_classes) / len(labels)


@mistake("14-probe_transposed", of="linear_probe")
def probe_transposed(features, labels, num_classes, decay):
    """W is (C, d); it is (d, C), as in Linear."""
    W, b = right.linear_probe(features, labels, num_classes, decay)
    return W.T, b
