"""What the pictures of lessons 09 to 12 and 15 show."""

import numpy as np
import pytest

from tinyalex.coursework.lesson_09 import figures as lesson_09
from tinyalex.coursework.lesson_09.solution import paper_alexnet
from tinyalex.coursework.lesson_10 import figures as lesson_10
from tinyalex.coursework.lesson_11 import figures as lesson_11
from tinyalex.coursework.lesson_12 import figures as lesson_12
from tinyalex.coursework.lesson_15 import figures as lesson_15

FEW = np.array([0, 1, 0, 0, 1, 1], bool)
SCORES = np.array([1, 2, 2, 3, 4, 5])


def texts(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_four_counts_of_class_b():
    figure = lesson_12.four_counts(np.array([[72, 8, 0], [6, 9, 0], [4, 0, 1]]), "ABC", 1)
    assert texts(figure)[1:5] == ["8  FP", "0  TN", "6  FN", "9  TP"]
    legend = [text.get_text() for text in figure.legends[0].texts]
    assert legend == ["TP = 9", "FN = 6", "FP = 8", "TN = 77"]
    assert figure._suptitle.get_text().endswith("recall 0.600, precision 0.529")


def test_pairs_won_are_the_area():
    assert lesson_12.pairs_won(FEW, SCORES).tolist() == [[1, 1, 1], [1, 1, 1], [0, 0.5, 1]]
    title = lesson_12.area_of_pairs(FEW, SCORES).axes[0].get_title()
    assert title.endswith("7.5 of 9 pairs: 0.833")


def test_a_threshold_is_a_point_of_the_curve():
    figure = lesson_12.threshold_at(FEW, SCORES, 3)
    assert figure._suptitle.get_text() == "t = 3: 67% found, 33% wrongly called"
    assert "area 0.833" in texts(figure)


def test_maps_and_shares_of_alexnet():
    net = paper_alexnet(hidden=16)
    figure = lesson_09.maps_to_scale(net)
    assert texts(figure)[:2] == ["224²\n× 3", "55²\n× 96"]
    names = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert names[:2] == ["picture", "conv1"]
    assert names[-3:] == ["fc6", "fc7", "fc8"]
    assert len(texts(figure)) == len(names) == 12
    bars = lesson_09.shares(net).axes[0].containers
    assert [round(sum(bar.get_height() for bar in kind)) for kind in bars] == [100, 100]


def test_groups_leave_blocks():
    assert lesson_09.readers(12, 1).all()
    blocks = np.kron(np.eye(2), np.ones((6, 6)))
    assert (lesson_09.readers(12, 2) == blocks).all()
    assert lesson_09.groups_of(3).axes[0].get_title() == "groups = 3: 48 of 144 weights"


def test_one_way_of_four_comes_to_54_windows():
    counts = [len(lesson_09.starts(*way)) for way in lesson_09.WAYS.values()]
    assert counts == [54, 55, 55, 55]
    assert texts(lesson_09.last_windows())[0] == "54 windows\nthe last column unread"


def test_a_corner_is_in_one_crop_and_the_centre_in_all():
    seen = lesson_10.times_seen(256, 256, 224)
    assert seen[0, 0] == seen[-1, -1] == 1
    assert (seen[32:-32, 32:-32] == 33 * 33).all()
    assert seen[0, 128] == 33


@pytest.mark.slow
def test_pictures_of_lesson_10():
    store = lesson_10.Drawn(4)
    statistics = store.statistics()
    spread = lesson_10.offsets(statistics, 4000) @ statistics.eigenvectors
    assert np.allclose(spread.std(axis=0), 0.1 * statistics.deviations, rtol=0.1)
    assert len(lesson_10.noises(store.pictures[0], statistics).axes) == 10
    names = [axes.get_title() for axes in lesson_10.ten_views(store.pictures[0], 160).axes]
    assert names[1] == "top right"
    assert names[9] == "centre, reflected"
    reversed_rows = lesson_10.turned(store.pictures[0]).axes[2]
    assert (reversed_rows.images[0].get_array() == store.pictures[0][::-1]).all()


def test_momentum_allows_almost_twice_the_rate():
    for lr, momentum, falls in ((0.079, 0, True), (0.081, 0, False), (0.15, 0.9, True)):
        assert (abs(lesson_11.descent(lr, momentum, 400)[-1, 1]) < 1.5) == falls
    assert abs(lesson_11.descent(0.154, 0.9, 400)[-1, 1]) > 1.5
    assert len(lesson_11.valley(0.02, 0.9).axes) == 2


def test_plateau_drops_after_epochs_4_and_7():
    errors = [0.62, 0.5, 0.51, 0.5, 0.47, 0.49, 0.48]
    assert lesson_11.drops(errors) == [4, 7]
    assert texts(lesson_11.schedules(errors)) == ["÷ 10", "÷ 10"]


def test_first_weights_keep_or_lose_a_signal():
    kept = lesson_11.sizes(np.sqrt(2 / 400), inputs=400, layers=3)
    assert np.allclose(kept, 1, atol=0.15)
    lost = lesson_11.sizes(0.01, inputs=400, layers=3)
    assert np.isclose(lost[3], (0.01 * 20 / np.sqrt(2)) ** 3, rtol=0.3)


def test_curves_of_training():
    assert len(lesson_11.losses({"a": [2.3, 1.0]}, 2.3).axes[0].lines) == 2


def test_every_weight_is_used_once_for_each_place():
    net = paper_alexnet(hidden=16)
    used = lesson_15.uses(net)
    assert used["conv1"] == 55 * 55
    assert used["conv3"] == 13 * 13
    assert used["fc6"] == 1
    assert "387,200" in texts(lesson_15.uses_of_weights(net))


def test_the_second_tile_of_the_example():
    figure = lesson_15.tile_at(np.array([1.0, 4, 2, 3, 5]), np.array([2.0, 1, 4]), 1)
    assert texts(figure)[-4:-1] == ["y", "27", "11"]


def test_savings_and_ladders():
    assert np.allclose([lesson_15.saving(2, 3), lesson_15.saving(4, 5)], [2.25, 6.25])
    assert len(lesson_15.savings().axes[0].lines) == 4
    words = texts(lesson_15.ladder({"slow": 246.0, "fast": 0.0024}, "some"))
    assert words == ["2.4 ms", "246,000 ms"]
