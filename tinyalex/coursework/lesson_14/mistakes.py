"""Lesson 14: wrong classifiers. Each docstring is what the student reads."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.lesson_14 import solution as right
from tinyalex.coursework.mistakes.mistake import another_form, mistake


@mistake("14-means_of_all", of="class_means")
def means_of_all(features, labels, num_classes):
    """the sums are divided by the number of all samples; divide each by its own class's count."""
    counts = np.bincount(labels, minlength=num_classes)[:, None]
    return right.class_means(features, labels, num_classes) * counts / len(labels)


@mistake("14-means_sums", of="class_means")
def means_sums(features, labels, num_classes):
    """the result is the sum of each class; divide it by the class's number of samples."""
    counts = np.bincount(labels, minlength=num_classes)[:, None]
    return right.class_means(features, labels, num_classes) * counts


@mistake("14-means_assigned", of="class_means")
def means_assigned(features, labels, num_classes):
    """sums[labels] += features adds one sample per class: repeated indices do not accumulate."""
    right.class_means(features, labels, num_classes)
    sums = np.zeros((num_classes, features.shape[1]))
    sums[labels] += features
    return sums / np.bincount(labels, minlength=num_classes)[:, None]


@mistake("14-nearest_farthest", of="nearest_class")
def nearest_farthest(features, means):
    """the farthest class is chosen; choose the nearest."""
    return ((features[:, None] - means) ** 2).sum(axis=2).argmax(axis=1)


@mistake("14-nearest_product", of="nearest_class")
def nearest_product(features, means):
    """the class with the largest f·m is chosen, which favors long means; use the distance."""
    return (features @ means.T).argmax(axis=1)


@mistake("14-nearest_signed", of="nearest_class")
def nearest_signed(features, means):
    """the differences are summed with their signs and cancel; square them first."""
    return (features[:, None] - means).sum(axis=2).argmin(axis=1)


@mistake("14-nearest_absolute", of="nearest_class")
def nearest_absolute(features, means):
    """absolute differences are summed; the Euclidean distance sums squares."""
    return np.abs(features[:, None] - means).sum(axis=2).argmin(axis=1)


@mistake("14-nearest_of_each_class", of="nearest_class")
def nearest_of_each_class(features, means):
    """the result is the nearest sample of each class; it should be the nearest class of each
    sample."""
    return ((features[:, None] - means) ** 2).sum(axis=2).argmin(axis=0)


@mistake("14-probe_no_decay", of="linear_probe")
def probe_no_decay(features, labels, num_classes, decay):
    """the decay is missing; with few samples fᵀf cannot be inverted."""
    right.linear_probe(features, labels, num_classes, decay)
    return right.linear_probe(features, labels, num_classes, 1e-12)


@mistake("14-probe_decay_not_per_sample", of="linear_probe")
def probe_decay_not_per_sample(features, labels, num_classes, decay):
    """fᵀf is not divided by n, so the decay is n times too weak."""
    if decay <= 0:
        raise ValueError("decay must be above 0")
    return right.linear_probe(features, labels, num_classes, decay / len(features))


def _decays_everywhere(written) -> bool:
    """With more samples than features these equations have one solution; else it is not fixed."""
    rng = np.random.default_rng(14)
    case = rng.normal(size=(12, 2)), np.arange(12) % 3, 3, 0.5
    return np.allclose(written(*case)[0], probe_decay_on_every_entry(*case)[0])


@mistake("14-probe_decay_on_every_entry", of="linear_probe", shown_by=_decays_everywhere)
def probe_decay_on_every_entry(features, labels, num_classes, decay):
    """the decay is added to every entry of fᵀf / n; add it to the diagonal only, as decay · I."""
    right.linear_probe(features, labels, num_classes, decay)
    n = len(features)
    e = np.eye(num_classes)[labels]
    F, E = features.mean(axis=0), e.mean(axis=0)
    f = features - F
    # lstsq, since without the decay on the diagonal the matrix may have no inverse
    W = np.linalg.lstsq(f.T @ f / n + decay, f.T @ (e - E) / n, rcond=None)[0]
    return W, E - F @ W


@mistake("14-probe_not_centred", of="linear_probe")
def probe_not_centred(features, labels, num_classes, decay):
    """the means are not subtracted and b is 0, so all planes pass through the origin."""
    right.linear_probe(features, labels, num_classes, decay)
    n, d = features.shape
    e = np.eye(num_classes)[labels]
    W = np.linalg.solve(features.T @ features / n + decay * np.eye(d), features.T @ e / n)
    return W, np.zeros(num_classes)


@mistake("14-probe_bias_shrunk", of="linear_probe")
def probe_bias_shrunk(features, labels, num_classes, decay):
    """b decays like a weight, as with a column of ones; only W should decay."""
    right.linear_probe(features, labels, num_classes, decay)
    ones = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    W, _ = probe_not_centred(ones, labels, num_classes, decay)
    return W[:-1], W[-1]


@another_form(of=probe_bias_shrunk)
def probe_bias_divided(features, labels, num_classes, decay):
    W, b = right.linear_probe(features, labels, num_classes, decay)
    return W, b / (1 + decay)


@mistake("14-probe_bias_forgets_features", of="linear_probe")
def probe_bias_forgets_features(features, labels, num_classes, decay):
    """b is E, the share of each class; it should be E − F·W."""
    W, _ = right.linear_probe(features, labels, num_classes, decay)
    return W, np.bincount(labels, minlength=num_classes) / len(labels)


@mistake("14-probe_transposed", of="linear_probe")
def probe_transposed(features, labels, num_classes, decay):
    """W has shape (C, d); it should be (d, C), as in Linear."""
    W, b = right.linear_probe(features, labels, num_classes, decay)
    return W.T, b
