"""The measures equal scikit-learn's, and the test vectors of Hand and Till's own data.

The data of the R package HandTill2001 stand in the folder named by TINYALEX_SHARED_DATA, else in
../shared/data beside the repository. They are not part of it.
"""

import os
import shlex
import warnings
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install -e .[oracle]")

from sklearn import metrics as theirs

from tinyalex import metrics as ours

BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[3] / "shared" / "data"
SHARED = Path(os.environ.get("TINYALEX_SHARED_DATA") or BESIDE_THE_REPOSITORY)
needs_data = pytest.mark.skipif(
    not (SHARED / "handtill_multiclass.txt").is_file(),
    reason=f"needs HandTill2001's data in {SHARED}: set TINYALEX_SHARED_DATA to their folder",
)
TOLERANCE = 1e-12
AVERAGES = (None, "micro", "macro", "weighted")


def problem(seed):
    """Labels and probabilities: 2 to 6 classes; half have ties, a third lack classes."""
    rng = np.random.default_rng(seed)
    C, n = int(rng.integers(2, 7)), int(rng.integers(20, 120))
    possible = np.arange(C)
    if seed % 3 == 0 and C > 2:
        possible = rng.permutation(C)[: rng.integers(2, C)]
    labels = np.concatenate([possible, rng.choice(possible, n)])
    logits = 2 * rng.normal(size=(len(labels), C))
    logits[np.arange(len(labels)), labels] += rng.uniform(0, 3)
    if seed % 2:
        logits = logits.round()  # the sum of a row, and so a tie, repeats only for equal rows
        logits[::3] = logits[0]
    if seed % 5 == 0:
        logits[:, rng.integers(C)] = -9  # a class that is never predicted
    p = np.exp(logits)
    return labels, p / p.sum(axis=1, keepdims=True)


def deviations(seed):
    """|ours − scikit-learn's| of everything that both have."""
    labels, scores = problem(seed)
    C, predicted = scores.shape[1], scores.argmax(axis=1)
    matrix = ours.confusion_matrix(labels, predicted, C)
    all_classes = {"labels": np.arange(C)}
    yield from np.ravel(matrix - theirs.confusion_matrix(labels, predicted, **all_classes))
    yield ours.recall(matrix, "micro") - theirs.accuracy_score(labels, predicted)
    zero = seed % 2
    for average in AVERAGES:
        options = {**all_classes, "average": average, "zero_division": zero}
        expected = theirs.precision_recall_fscore_support(labels, predicted, **options)
        for rate, values in zip((ours.precision, ours.recall, ours.f1), expected, strict=False):
            yield from np.ravel(rate(matrix, average, zero) - values)
    yield from rates_without_a_name_there(labels, predicted, matrix)
    yield from areas(labels, scores)
    yield from top_k(labels, scores)


def rates_without_a_name_there(labels, predicted, matrix):
    """Each class against the rest: accuracy, specificity, J, from scikit-learn's binary measures"""
    C, seen = len(matrix), np.unique(labels)
    tn, fp, fn, tp = np.moveaxis(
        theirs.multilabel_confusion_matrix(labels, predicted, labels=np.arange(C)), 0, -1
    ).reshape(4, C)
    counts = ours.one_against_rest(matrix)
    yield from np.ravel(np.array(counts) - [tp, fp, fn, tn])
    for k in seen:
        truth, said = labels == k, predicted == k
        yield ours.accuracy(matrix)[k] - theirs.accuracy_score(truth, said)
        specificity = theirs.recall_score(truth, said, pos_label=False)
        yield ours.specificity(matrix)[k] - specificity
        yield ours.false_positive_rate(matrix)[k] - (1 - specificity)
        J = theirs.balanced_accuracy_score(truth, said, adjusted=True)
        yield ours.youden_j(matrix)[k] - J
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of predictions that are no true class
        balanced = theirs.balanced_accuracy_score(labels, predicted)
    yield ours.recall(matrix, "macro", "omit") - balanced


def areas(labels, scores):
    seen = np.unique(labels)
    for k in seen:
        truth, score = labels == k, scores[:, k]
        yield ours.auc(truth, score) - theirs.roc_auc_score(truth, score)
        curve = theirs.roc_curve(truth, score, drop_intermediate=False)
        for mine, expected in zip(ours.roc_curve(truth, score), curve, strict=True):
            yield from mine[1:] - expected[1:]
        assert mine[0] == np.inf
    # It knows no absent classes: it gets the others, renamed, and asks that probabilities sum to 1.
    _, renamed = np.unique(labels, return_inverse=True)
    p = scores[:, seen] / scores[:, seen].sum(axis=1, keepdims=True)
    own = {"absent": "omit"}
    if len(seen) > 2:
        M = theirs.roc_auc_score(renamed, p, multi_class="ovo", average="macro")
        PD = theirs.roc_auc_score(renamed, p, multi_class="ovr", average="weighted")
        yield ours.hand_till(renamed, p) - M
        yield ours.provost_domingos(renamed, p) - PD
        wide = np.zeros_like(scores)
        wide[:, seen] = p
        yield ours.hand_till(labels, wide, **own) - M
        yield ours.provost_domingos(labels, wide, **own) - PD
        one_against_rest = theirs.roc_auc_score(renamed, p, multi_class="ovr", average=None)
        yield from ours.one_against_rest_auc(renamed, p) - one_against_rest


def top_k(labels, scores):
    """Ties it breaks by the order of the classes: only for scores that are all different."""
    C = scores.shape[1]
    distinct = scores + 1e-6 * np.random.default_rng(0).random(scores.shape)
    if C > 2:  # for two classes it takes one column, and 0.5 as the border
        k = 1 + len(labels) % (C - 1)
        options = {"k": k, "labels": np.arange(C)}
        expected = theirs.top_k_accuracy_score(labels, distinct, **options)
        for ties in ("against", "share"):
            yield 1 - ours.top_k_error(labels, distinct, k, ties) - expected


def test_equal_to_scikit_learn_on_500_problems():
    worst = {seed: float(np.abs(list(deviations(seed))).max()) for seed in range(500)}
    seed = max(worst, key=worst.get)
    print(f"the largest difference is {worst[seed]:.2g}, in problem {seed}")
    assert worst[seed] < TOLERANCE


def test_the_problems_have_ties_and_missing_classes():
    made = [problem(seed) for seed in range(500)]
    assert sum(len(np.unique(labels)) < p.shape[1] for labels, p in made) > 100
    assert sum(len(np.unique(p[:, 0])) < len(p) for _, p in made) > 200
    assert sum(len(np.unique(p.argmax(axis=1))) < p.shape[1] for _, p in made) > 100


def read(name):
    """A table that R wrote: its columns' names and its rows, less the row's number."""
    lines = (SHARED / name).read_text().splitlines()
    return shlex.split(lines[0]), [shlex.split(line)[1:] for line in lines[1:]]


@needs_data
def test_the_two_class_vector():
    _, rows = read("handtill_twoclass.txt")
    positive = np.array([int(row[0]) for row in rows])
    scores = np.array([float(row[1]) for row in rows])
    assert (len(rows), positive.sum()) == (189, 59)
    assert abs(ours.auc(positive, scores) - 0.802607561929596) < TOLERANCE


@needs_data
def test_the_four_vectors_of_many_classes():
    heads, rows = read("handtill_multiclass.txt")
    classes = heads[1:]
    labels = np.array([classes.index(row[0]) for row in rows])
    scores = np.array([[float(cell) for cell in row[1:]] for row in rows])
    assert scores.shape == (214, 6)
    assert abs(ours.hand_till(labels, scores) - 0.947211779448622) < TOLERANCE
    assert abs(ours.provost_domingos(labels, scores) - 0.919231710490217) < TOLERANCE
    assert abs(ours.one_against_rest_auc(labels, scores).mean() - 0.940539266608205) < TOLERANCE
    A, counts = ours.pairwise_auc(labels, scores), np.bincount(labels)
    pairs = np.triu_indices(6, 1)
    weights = (counts[:, None] + counts)[pairs]
    by_pairs = np.average(((A + A.T) / 2)[pairs], weights=weights)
    assert abs(by_pairs - 0.933067249723564) < TOLERANCE
