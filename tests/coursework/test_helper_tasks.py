"""A task that builds on an earlier one is judged for itself."""

import pytest

from tinyalex.coursework.engine.checker import check_lesson
from tinyalex.coursework.engine.lessons import find

AUC = """
import numpy as np
from tinyalex import metrics


def top_k_error(labels, scores, k=1, ties="against"):
    return metrics.top_k_error(labels, scores, k, ties)


def average_ranks(scores):
    {ranks}


def auc(positive, scores):
    p, n = positive.sum(), (~positive).sum()
    if not p or not n:
        raise ValueError("auc needs both classes")
    return {sign}(average_ranks(scores)[positive].sum() - p * (p + 1) / 2) / (p * n)
"""
RIGHT, WRONG, OPEN = (
    "return metrics.average_ranks(scores)",
    "return scores * 0 + 1",
    "raise NotImplementedError",
)


def verdicts(tmp_path, ranks, sign=""):
    path = tmp_path / "exercise.py"
    path.write_text(AUC.format(ranks=ranks, sign=sign))
    return check_lesson(find("12"), path)[1:]


@pytest.mark.parametrize("ranks", [WRONG, OPEN])
def test_a_right_auc_passes_with_the_librarys_ranks(tmp_path, ranks):
    own, built = verdicts(tmp_path, ranks)
    assert not own.passed
    assert built.passed
    assert built.message.startswith("average_ranks (12.2) is not right yet: fix it first.")


def test_a_wrong_auc_is_found_beside_wrong_ranks(tmp_path):
    _, built = verdicts(tmp_path, WRONG, sign="-")
    assert not built.passed
    assert "12.2" in built.message


def test_nothing_is_lent_where_the_helper_is_right(tmp_path):
    own, built = verdicts(tmp_path, RIGHT)
    assert own.passed
    assert built.passed
    assert "12.2" not in built.message
