"""Lesson 14: right functions pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_14 import solution as probes
from tinyalex.coursework.lesson_14 import transfer
from tinyalex.coursework.lesson_14.task import LESSON
from tinyalex.coursework.small.training import train_flipped

MEANS, NEAREST, PROBE = LESSON.tasks


def test_a_mean_of_no_samples_must_be_refused():
    def zeros_for_none(features, labels, num_classes):
        counts = np.bincount(labels, minlength=num_classes)
        return np.eye(num_classes)[labels].T @ features / np.maximum(counts, 1)[:, None]

    verdict = check_task(zeros_for_none, MEANS)
    assert (verdict.passed, verdict.stage) == (False, "side effects")


def test_the_probe_is_where_the_gradient_is_zero():
    rng = np.random.default_rng(0)
    features, labels, n = rng.normal(size=(30, 4)) + 3, rng.integers(0, 3, 30), 30
    W, b = probes.linear_probe(features, labels, 3, 0.2)
    error = features @ W + b - np.eye(3)[labels]
    np.testing.assert_allclose(features.T @ error / n + 0.2 * W, 0, atol=1e-12)
    np.testing.assert_allclose(error.mean(axis=0), 0, atol=1e-12)


# Transfer itself; the whole of it runs in the notebook


def test_a_small_trunk_is_taken_over_and_measured():
    trained = transfer.source_net(count=1, steps=1)
    net = transfer.beginner(len(transfer.NEAR), seed=1)
    transfer.take_trunk(net, trained)
    for name, array in net.state_dict().items():
        own = trained.state_dict()[name]
        assert name.startswith("fc5") or np.array_equal(array, own), name
    found = transfer.transfer(trained, shots=1, tests=1, steps=2)
    assert all(0 <= share <= 1 for share in found)
    assert not set(transfer.SOURCE) & {*transfer.NEAR, *transfer.FAR}


@pytest.mark.slow
def test_training_brings_the_loss_down_and_can_be_repeated():
    data = transfer.pictures(transfer.NEAR[:3], 4)
    losses = [train_flipped(transfer.beginner(3), *data, 25) for _ in range(2)]
    assert losses[0] == losses[1]
    assert np.mean(losses[0][-5:]) < losses[0][0] / 2


# Right functions, written in other ways


def means_by_loops(features, labels, num_classes):
    means = []
    for k in range(num_classes):
        own = [row for row, label in zip(features, labels, strict=True) if label == k]
        if not own:
            raise ValueError(f"no sample of class {k}")
        means.append(sum(own) / len(own))
    return np.array(means)


def means_by_product(features, labels, num_classes):
    member = (np.arange(num_classes)[:, None] == labels).astype(float)  # (C, n)
    if (member.sum(axis=1) == 0).any():
        raise ValueError("a class without samples")
    return member @ features / member.sum(axis=1, keepdims=True)


def means_by_sorting(features, labels, num_classes):
    order = np.argsort(labels, kind="stable")
    values, first, counts = np.unique(labels[order], return_index=True, return_counts=True)
    if len(values) < num_classes:
        raise ValueError("a class without samples")
    return np.add.reduceat(features[order], first, axis=0) / counts[:, None]


def nearest_by_loops(features, means):
    answers = []
    for row in features:
        best, answer = float("inf"), -1
        for k, mean in enumerate(means):
            distance = sum((a - b) ** 2 for a, b in zip(row, mean, strict=True))
            if distance < best:
                best, answer = distance, k
        answers.append(answer)
    return np.array(answers)


def nearest_by_product(features, means):
    """|f|² is the same for all classes and left out."""
    return ((means**2).sum(axis=1) - 2 * features @ means.T).argmin(axis=1)


def nearest_by_norm(features, means):
    return np.array([np.linalg.norm(means - row, axis=1).argmin() for row in features])


def probe_by_lstsq(features, labels, num_classes, decay):
    """The decay as d more samples, √(n · decay) times the unit vectors."""
    if decay <= 0:
        raise ValueError("decay")
    n, d = features.shape
    e = np.eye(num_classes)[labels]
    F, E = features.mean(axis=0), e.mean(axis=0)
    rows = np.concatenate([features - F, np.sqrt(n * decay) * np.eye(d)])
    wanted = np.concatenate([e - E, np.zeros((d, num_classes))])
    W = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    return W, E - F @ W


def probe_with_a_column_of_ones(features, labels, num_classes, decay):
    if decay <= 0:
        raise ValueError("decay")
    n, d = features.shape
    ones = np.concatenate([features, np.ones((n, 1))], axis=1)
    shrink = np.diag([n * decay] * d + [0.0])
    both = np.linalg.solve(ones.T @ ones + shrink, ones.T @ np.eye(num_classes)[labels])
    return both[:-1], both[-1]


def probe_by_samples(features, labels, num_classes, decay):
    """Through the n × n matrix f fᵀ: cheaper where features outnumber samples."""
    if decay <= 0:
        raise ValueError("decay")
    n = len(features)
    e = (labels[:, None] == np.arange(num_classes)).astype(float)
    f = features - features.mean(axis=0)
    W = f.T @ np.linalg.inv(f @ f.T + n * decay * np.eye(n)) @ (e - e.mean(axis=0))
    return W, e.mean(axis=0) - features.mean(axis=0) @ W


RIGHT = [
    *((MEANS, f) for f in (means_by_loops, means_by_product, means_by_sorting)),
    *((NEAREST, f) for f in (nearest_by_loops, nearest_by_product, nearest_by_norm)),
    *((PROBE, f) for f in (probe_by_lstsq, probe_with_a_column_of_ones, probe_by_samples)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[f.__name__ for _, f in RIGHT])
def test_right_functions_pass(task, written):
    for seed in range(10):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)
