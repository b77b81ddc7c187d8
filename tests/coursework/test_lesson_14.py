"""Lesson 14: right functions pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_14 import figures, leakage, measured, task, transfer
from tinyalex.coursework.lesson_14 import solution as probes
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


# Transfer itself; one run of it is in the notebook


def test_a_small_trunk_is_taken_over_and_measured():
    trained = transfer.source_net(count=1, steps=1)
    net = transfer.beginner(len(transfer.NEAR), seed=1)
    transfer.take_trunk(net, trained)
    for name, array in net.state_dict().items():
        own = trained.state_dict()[name]
        assert name.startswith("fc5") or np.array_equal(array, own), name
    settings = {way: several[:1] for way, several in transfer.SETTINGS.items()}
    asked = {"test": transfer.pictures(transfer.NEAR, [0], "val")}
    found = transfer.transfer(trained, transfer.NEAR, 1, settings, asked, steps=2)
    assert len(found) == len(transfer.SETTINGS)
    assert all(0 <= shares["test"] <= 1 for shares in found.values())
    assert not set(transfer.SOURCE) & {*transfer.NEAR, *transfer.FAR}


def test_the_few_pictures_are_drawn_and_the_three_sets_apart():
    one, same, other = (transfer.few(transfer.NEAR, 3, seed).x for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not set(transfer.VALIDATION) & set(transfer.TEST)


def test_settings_are_chosen_on_validation_pictures():
    good, bad = {"validation": 0.9, "test": 0.1}, {"validation": 0.1, "test": 0.9}
    keys = [(way, each) for way, several in transfer.SETTINGS.items() for each in several]
    found = [{key: good if key[1] == transfer.SETTINGS[key[0]][-1] else bad for key in keys}]
    assert transfer.chosen(found) == {w: several[-1] for w, several in transfer.SETTINGS.items()}


def test_measured_runs_are_complete():
    assert list(measured.TEST) == list(transfer.TASKS)
    for which, ways in measured.TEST.items():
        assert list(ways) == list(transfer.SETTINGS)
        assert {len(shares) for shares in ways.values()} == {5}
        for way, setting in measured.CHOSEN[which].items():
            assert setting in transfer.SETTINGS[way]


def test_pictures_that_the_trunk_has_not_met_are_known_by_name():
    paths = ["val/n01440764/ILSVRC2012_val_00009111.JPEG", "val/n01440764/n01440764_190.JPEG"]
    assert leakage.unseen(paths).tolist() == [True, False]
    low, high = leakage.wilson(463, 500)
    assert np.allclose([low, high], [0.8997, 0.9458], atol=1e-4)


@pytest.mark.slow
def test_training_brings_the_loss_down_and_can_be_repeated():
    data = transfer.pictures(transfer.NEAR[:3], range(4))
    losses = [train_flipped(transfer.beginner(3), *data, 25) for _ in range(2)]
    assert losses[0] == losses[1]
    assert np.mean(losses[0][-5:]) < losses[0][0] / 2


# What the pictures show


def texts(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_nearest_mean_answers_as_in_the_worked_example():
    means = task.FEATURES, task.LABELS, task.ASKED
    assert texts(figures.nearest_mean(*means)) == ["0", "1", "1", "0"]
    assert len(figures.classes(2).axes) == 6


def test_each_run_is_a_dot_and_the_notebooks_own_a_ring():
    shares = {way: [0.2, 0.4] for way in transfer.SETTINGS}
    figure = figures.brought({("far", 1): shares}, {("far", 1): {"probe": 0.6}})
    dots, mean = figure.axes[0].lines[:2]
    assert dots.get_ydata().tolist() == [20, 40]
    assert np.allclose(mean.get_ydata(), 30)
    rings = [line for line in figure.axes[0].lines if line.get_label() == "this notebook"]
    assert [line.get_ydata()[0] for line in rings] == [60]


def test_the_decay_keeps_what_the_text_says():
    known, labels = np.array([[0.0], [2], [4]]), np.array([0, 1, 1])
    figure = figures.decay_at(known, labels, known, labels, 8 / 3, [1.0, 8 / 3])
    assert np.isclose(figure.axes[0].patches[0].get_height(), 50)  # the variance is 8/3
    assert figure.axes[1].get_title() == "100.0% of the new pictures right"


def test_intervals_of_leakage_are_drawn():
    figure = figures.leaked({"a": {"met": (90, 100), "not met": (9, 10)}})
    assert texts(figure) == ["90.0%", "90.0%"]


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
