"""What the pictures of lessons 00, 03, 07, 08 and 16 show."""

import numpy as np
import pytest

from tinyalex.figures.lessons import lesson_07
from tinyalex.layers import LocalResponseNorm

HAND = LocalResponseNorm(size=3, alpha=1.0, beta=1.0, k=1.0)
X, DY = np.array([1.0, 2, 0, 3]), np.array([36.0, 72, 14, 100])


def test_windows_of_an_even_size_are_mirrored():
    matrix = lesson_07.reads(4)
    assert np.flatnonzero(matrix[5]).tolist() == [3, 4, 5, 6]
    assert np.flatnonzero(matrix[:, 5]).tolist() == [4, 5, 6, 7]
    titles = [axes.get_title() for axes in lesson_07.who_reads_whom(4).axes]
    assert titles == ["forward: d_5 reads 3, 4, 5, 6", "backward: x_5 is read by 4, 5, 6, 7"]
    assert (lesson_07.reads(5) == lesson_07.reads(5).T).all()


def test_the_steps_by_hand_end_with_the_layers_dx():
    table = dict(zip(lesson_07.ROWS, lesson_07.steps(HAND, X, DY), strict=True))
    assert table["Σx²"].tolist() == [5, 5, 13, 9]
    assert table["t"] == pytest.approx([1, 4, 0, 3])
    assert table["dx"] == pytest.approx([-4, -8, 1, -8])
    HAND.forward(X.reshape(1, 1, 1, 4))
    assert table["dx"] == pytest.approx(HAND.backward(DY.reshape(1, 1, 1, 4)).ravel())
    marked = [t.get_text() for t in lesson_07.by_hand(HAND, X, DY, 1).axes[0].texts]
    assert marked.count("-8") == 2


def test_loud_neighbours_hold_each_other_down():
    bars = lesson_07.inhibition(100).axes[0].containers[1]
    heights = [bar.get_height() for bar in bars]
    assert heights[lesson_07.ALONE[0]] > 1.4 * heights[lesson_07.TOGETHER[0]]
    quiet = [bar.get_height() for bar in lesson_07.inhibition(1).axes[0].containers[1]]
    assert quiet[lesson_07.TOGETHER[2]] == pytest.approx(2**-0.75, rel=1e-3)


def test_the_cross_channel_term_is_small_on_small_answers():
    share = lesson_07.cross_terms_share
    assert 1e-4 < share(LocalResponseNorm(), 1) < 2e-4
    assert share(LocalResponseNorm(), 100) > 0.3
    assert lesson_07.when_it_matters().axes[0].get_xscale() == "log"
