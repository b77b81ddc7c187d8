"""What the pictures of lessons 09 to 12, 14 and 15 show."""

import numpy as np

from tinyalex.coursework.alexnet_by_hand import paper_alexnet
from tinyalex.figures.lessons import lesson_09, lesson_10, lesson_12

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
    words = texts(lesson_09.maps_to_scale(net))
    assert words[:4] == ["224²\n× 3", "picture", "55²\n× 96", "conv1"]
    assert len(words) == 2 * 9
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
