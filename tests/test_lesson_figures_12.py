"""What the pictures of lessons 09 to 12, 14 and 15 show."""

import numpy as np

from tinyalex.figures.lessons import lesson_12

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
