"""What the pictures of lessons 00, 03, 07, 08 and 16 show."""

import numpy as np
import pytest

from tinyalex.coursework.lesson_00 import figures as lesson_00
from tinyalex.coursework.lesson_03 import figures as lesson_03
from tinyalex.coursework.lesson_03.figure1 import Curve
from tinyalex.coursework.lesson_07 import figures as lesson_07
from tinyalex.coursework.lesson_08 import figures as lesson_08
from tinyalex.coursework.lesson_16 import figures as lesson_16
from tinyalex.layers import LocalResponseNorm, ReLU, Tanh

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


def test_sums_of_training_scatter_around_the_sum_at_test():
    for p in (0.2, 0.5):
        trained, test = lesson_08.sums(p)
        assert trained.mean() == pytest.approx(test, rel=0.02)
    assert lesson_08.sums(0.8)[0].std() > 1.5 * lesson_08.sums(0.5)[0].std()
    assert "test 4.93" in lesson_08.noise(0.5).axes[0].get_title()


def test_every_step_has_another_network_and_the_test_the_whole():
    first, second = lesson_08.kept(0.5, 1), lesson_08.kept(0.5, 2)
    assert any((a != b).any() for a, b in zip(first, second, strict=True))
    assert first[0].all()
    assert first[-1].all()
    assert not first[1].all()
    test = lesson_08.thinned(0.5, 1).axes[2]
    shown = [line for line in test.lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in shown] == list(lesson_08.SIZES)


@pytest.mark.slow
def test_dropout_slows_the_learning_of_what_is_seen():
    with_all, with_half = lesson_08.learn(0.0, epochs=8), lesson_08.learn(0.5, epochs=8)
    assert with_all[-1, 0] < 0.2 < with_half[-1, 0]
    assert with_half[-1, 2] < with_all[-1, 2]  # the loss on new pictures
    assert len(lesson_08.learned({0.0: with_all, 0.5: with_half}).axes[0].lines) == 4


CORNERS = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


def test_the_perceptron_of_the_example_moves_nine_times():
    moves = lesson_00.after_each_mistake(CORNERS, np.array([-1, 1, 1, 1]))
    assert [epoch for epoch, _, _ in moves] == [1, 1, 1, 2, 3, 3, 4, 4, 5]
    _, w, b = moves[-1]
    assert (*w, b) == (2, 2, -1)
    titles = [axes.get_title() for axes in lesson_00.learning(CORNERS, np.ones(4)).axes]
    assert titles[0].startswith("mistake 1 (epoch 1)")


def test_no_cloud_is_learned_with_more_mistakes_than_the_bound():
    mistakes, bounds = lesson_00.mistakes_and_bounds(runs=8).T
    assert (mistakes <= bounds).all()
    assert bounds[0] > 50 * bounds[-1]
    x, labels, _ = lesson_00.cloud(0.5, seed=3)
    assert len(x) == 60
    assert set(labels) == {-1, 1}


def test_lenets_table_has_sixty_kernels_and_ten_digits():
    axes = lesson_00.lenet_tables().axes
    assert axes[0].get_title() == "C3: 60 of 96 kernels exist"
    assert len(axes) == 11


def test_slopes_of_units():
    assert lesson_03.slope(ReLU, [[-1.0, 0, 2]]).tolist() == [[0, 0, 1]]
    assert lesson_03.slope(Tanh, [[0.0, np.log(2)]])[0] == pytest.approx([1, 0.64])
    assert len(lesson_03.what_is_left().axes[0].lines) == 5


def test_a_rate_that_never_reaches_the_goal_has_no_mark():
    relu = [Curve("relu", 0.01, [0.5, 0.2]), Curve("relu", 0.03, [0.9, 0.9])]
    tanh = [Curve("tanh", 0.01, [0.5, 0.4, 0.1]), Curve("tanh", 0.03, [0.2, 0.1, 0.1])]
    first, second = lesson_03.figure_in_small(relu + tanh).axes[0].lines
    assert (list(first.get_xdata()), list(first.get_ydata())) == ([0.01], [2])
    assert list(second.get_ydata()) == [3, 1]


def test_what_the_three_networks_cost():
    table = lesson_16.costs()
    sums = {name: counts.sum(axis=1).tolist() for name, counts in table.items()}
    assert sums["AlexNet"] == [60965224, 724406816]
    assert sums["ZFNet"] == [62357608, 1168032896]
    assert sums["NIN"] == [7595176, 1100188800]
    assert len(lesson_16.budgets(table).axes[0].patches) == 6
