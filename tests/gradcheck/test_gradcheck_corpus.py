"""The checker on layers written to slip past it, and on right ones written to be blamed."""

import re

import numpy as np
import pytest
from gradcheck_right_contracts import RIGHT_CONTRACTS
from gradcheck_right_functions import RIGHT_FUNCTIONS
from gradcheck_wrong_kept import WRONG_KEPT
from gradcheck_wrong_numbers import WRONG_NUMBERS
from gradcheck_wrong_upstream import WRONG_UPSTREAM

from tinyalex.gradcheck import GradientError, check_gradients

pytestmark = pytest.mark.usefixtures("numpy_backend")

WRONG = {**WRONG_KEPT, **WRONG_UPSTREAM, **WRONG_NUMBERS}
RIGHT = {**RIGHT_FUNCTIONS, **RIGHT_CONTRACTS}


def report_on(case, seed):
    return check_gradients(case.layer, case.x, seed=seed, **(case.options or {}))


def is_found(build, seed):
    case = build(np.random.default_rng(seed))
    try:
        report = report_on(case, seed)
    except GradientError:
        return case.note is None
    return case.note is not None and re.search(case.note, "\n".join(report.notes)) is not None


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_layer_is_found(name):
    assert all(is_found(WRONG[name], seed) for seed in range(2))


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_layer_is_not_blamed(name):
    for seed in range(2):
        report_on(RIGHT[name](np.random.default_rng(seed)), seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_layer_is_found_on_every_seed(name):
    assert [seed for seed in range(5) if not is_found(WRONG[name], seed)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_layer_is_blamed_on_no_seed(name):
    for seed in range(5):
        report_on(RIGHT[name](np.random.default_rng(seed)), seed)


def test_the_corpus_is_large_enough():
    assert len(WRONG) >= 40
    assert len(RIGHT) >= 40
