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


CHAINS = {
    # lesson: a file, its first task, and the one that builds on it
    "04": (
        """
from tinyalex import layers
from tinyalex.kernels import reference

def im2col(x, kernel, stride, padding, groups=1):
    return {wrong} * reference.im2col(x, kernel, stride, padding, groups)

class Conv2d(layers.Conv2d):
    def forward(self, x, training=False):
        columns = im2col(x, self.kernel_size, self.stride, self.padding, self.groups)
        W = self.params["W"].reshape(-1, self.groups, self.out_channels // self.groups)
        y = (columns @ W.transpose(1, 0, 2)).transpose(1, 0, 2)
        return self.remember(y.reshape(self.output_shape(x.shape)) + self.params["b"], x)
""",
        "im2col (04.1)",
        "Conv2d",
    ),
    "15": (
        """
import numpy as np
from tinyalex.coursework.lesson_15 import solution

def transform_input(d):
    return {wrong} * solution.transform_input(d)

def transform_kernel(g):
    return solution.transform_kernel(g)

def winograd_convolve(d, g):
    m = np.einsum("atc,ack->atk", transform_input(d), transform_kernel(g))
    y = np.stack([m[0] + m[1] + m[2], m[1] - m[2] + m[3]], axis=1)
    return y.reshape(-1, g.shape[-1])[: len(d) - 2]
""",
        "transform_input (15.1)",
        "winograd_convolve",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("number", CHAINS)
@pytest.mark.parametrize("wrong", ["-1", "1"])
def test_a_wrong_helper_is_named_before_what_builds_on_it(tmp_path, number, wrong):
    text, helper, built_on_it = CHAINS[number]
    path = tmp_path / "exercise.py"
    path.write_text(text.format(wrong=wrong))
    found = check_lesson(find(number), path)
    first, last = found[0], found[-1]
    assert last.name == built_on_it
    assert first.passed == (wrong == "1"), first
    assert last.passed, last
    says = f"{helper} is not right yet: fix it first."
    assert last.message.startswith(says) == (wrong == "-1")
