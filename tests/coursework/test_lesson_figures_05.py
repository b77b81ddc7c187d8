"""What the pictures of lessons 01, 02, 04, 05, 06 and 13 show."""

import numpy as np
import pytest

from tinyalex.coursework.lesson_01 import figures as lesson_01
from tinyalex.coursework.lesson_02 import figures as lesson_02
from tinyalex.coursework.lesson_04 import figures as lesson_04
from tinyalex.coursework.lesson_05 import figures as lesson_05
from tinyalex.coursework.lesson_06 import figures as lesson_06
from tinyalex.coursework.lesson_13 import figures as lesson_13
from tinyalex.inspection import Occlusion
from tinyalex.layers import Linear

W = np.array([[1.0, 2], [3, 4]])
DY = np.array([[1.0, 10], [100, 1000]])
DX = [[1, 12, 20], [103, 1234, 2040], [300, 3400, 4000]]


def texts(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_sending_ends_with_the_dx_of_the_example():
    assert lesson_05.sending_steps(W, DY)[-1][1].tolist() == DX
    assert texts(lesson_05.sending(W, DY))[-5:] == ["1234", "2040", "300", "3400", "4000"]


def test_every_pixel_collects_its_dx():
    for h, w in np.ndindex(3, 3):
        assert sum(term[-1] for term in lesson_05.pixel_terms(W, DY, h, w)) == DX[h][w]
    figure = lesson_05.collecting(np.ones((3, 3)), W, DY, 1, 1)
    assert figure._supxlabel.get_text() == "dx[1, 1] = 1·4 + 10·3 + 100·2 + 1000·1 = 1234"


def test_a_pixel_is_copied_into_each_window_and_added_up():
    x = np.arange(1.0, 10).reshape(3, 3)
    columns, places, added = lesson_05.copied(x, (2, 2), 1, 1)
    assert columns[places].tolist() == [5] * 4
    assert added.tolist() == [[1, 4, 3], [8, 20, 12], [7, 16, 9]]
    figure = lesson_05.copies(x, (2, 2), 0, 1)
    assert figure._supxlabel.get_text() == "copied 2 ×, and added up: 2 + 2 = 4"


def test_im2cols_matrix_copies_and_its_transpose_counts():
    A = lesson_05.copying_matrix()
    assert (A.sum(axis=1) == 1).all()
    assert A.sum(axis=0).tolist() == [1, 2, 1, 2, 4, 2, 1, 2, 1]
    assert (A @ np.arange(1, 10))[:4].tolist() == [1, 2, 4, 5]
    assert texts(lesson_05.im2col_as_a_matrix()) == list("121242121")


@pytest.mark.slow
def test_conv1_reads_a_pixel_4_6_or_9_times_and_conv2_25_times():
    assert set(lesson_05.readings(51, 11, 4)[12:-12, 12:-12].ravel()) == {4, 6, 9}
    assert set(lesson_05.readings(27, 5, 1)[4:-4, 4:-4].ravel()) == {25}
    assert len(lesson_05.texture().axes) == 4


def test_a_tie_goes_to_the_first_place_or_is_counted_nine_times():
    titles = [axes.get_title() for axes in lesson_06.ties().axes]
    assert titles == ["the first place gets dy: sum 1", "every place gets dy: sum 9"]
    assert texts(lesson_06.ties()) == list("100000000" + "111111111")


def test_four_windows_are_framed_on_each_map():
    for axes, side in zip(lesson_06.overlap_maps().axes, (2, 3), strict=True):
        assert [round(frame.get_width(), 2) for frame in axes.patches] == [side - 0.26] * 4


def test_softmax_bars_name_the_loss():
    figure = lesson_02.softmax_bars(np.log([1, 3, 6]), 2)
    assert figure._suptitle.get_text() == "loss = −ln 0.6 = 0.511 nats"
    assert texts(figure)[3:] == ["0.10", "0.30", "0.60", "-0.10", "-0.30", "0.40"]


@pytest.mark.slow
def test_tables_show_the_example_of_lesson_02():
    layer = Linear(3, 2, dtype="float64")
    layer.params["W"][:] = [[1, -1], [2, 0], [0, 1]]
    layer.params["b"][:] = [10, 20]
    figure = lesson_02.tables(layer, np.array([[1.0, 2, 0], [-1, 1, 3]]), DY)
    assert {"15", "24", "-99", "1020", "-900"} <= set(texts(figure))


def test_only_the_plain_logarithm_becomes_infinite():
    losses = lesson_02.far_logits()
    assert np.isinf(losses["−log p"][0])
    assert np.isclose(losses["the library"][0], 130)
    assert np.isclose(losses["−log(p + 1e-9)"][0], 20.7, atol=0.05)
    assert len(lesson_02.logarithm_of_nothing().axes) == 1


def test_small_pictures_are_ten_classes_around_zero():
    x, labels = lesson_02.small_pictures(2, "train")
    assert x.shape == (20, 768)
    assert abs(x).max() <= 0.5
    assert labels.tolist() == np.arange(10).repeat(2).tolist()
    figure = lesson_02.learned([2.3, 1.0], np.ones((768, 10)), lesson_02.colours())
    assert sum(len(part.axes) for part in figure.subfigs) == 11


def test_errors_of_differences_are_those_of_the_text():
    errors = lesson_01.errors(np.array([1e-2, 1e-5, 1e-8]))
    assert np.allclose(errors["one-sided"], [8e-3, 8e-6, 5e-9], rtol=0.2)
    assert np.allclose(errors["central"][:2], [2e-5, 2e-11], rtol=0.5)
    assert errors["central, in float32"][1] > 1e-3
    assert errors["central, in float32"][2] == 1
    assert len(lesson_01.error_by_step().axes[0].lines) == 3


def test_secants_name_their_slopes():
    names = [line.get_label() for line in lesson_01.secants(0.1).axes[0].lines]
    assert "one-sided: slope 0.4974" in names
    assert "central: slope 0.5394" in names


def test_the_central_difference_says_a_half_at_the_kink():
    assert np.allclose(lesson_01.kink_slope(np.array([-0.2, 0, 0.2]), 0.1), [0, 0.5, 1])
    assert len(lesson_01.at_a_kink().axes) == 2


def test_a_kernel_finds_its_pattern():
    step = np.zeros((6, 6))
    step[3:] = 1
    found = {name: lesson_04.found_map(step, kernel) for name, kernel in lesson_04.KERNELS.items()}
    assert found["bright below dark"].max() == 3
    assert not found["bright right of dark"].any()
    assert len(lesson_04.pattern_maps().axes) == 8


def test_geometry_counts_the_windows_and_hatches_what_none_reads():
    figure = lesson_04.geometry(6, 3, 2, 1, 1, 9)
    assert figure._supxlabel.get_text() == "⌊(6 + 2·1 − 3) / 2⌋ + 1 = 3; hatched: never read"
    left, right = figure.axes
    assert sum(patch.get_hatch() is not None for patch in left.patches) == 15
    assert left.patches[-1].get_xy() == (3.5, 1.5)
    assert len(left.lines[0].get_xdata()) == len(right.patches) == 9


def test_the_two_columns_meet_in_conv3_and_the_fully_connected_layers():
    (axes,) = lesson_04.two_columns().axes
    red = [line for line in axes.lines if line.get_color() == lesson_04.STRONG]
    assert len(red) == 2 + 3 * 4 + 2
    assert len(axes.lines) - len(red) == 3 * 2


def test_the_last_window_hangs_over_by_three():
    words = texts(lesson_04.last_windows())
    assert "window 53: columns 212 to 222" in words
    assert "window 54: columns 216 to 226" in words
    assert "3 of zeros" in words


def test_sliding_shows_a_window_and_its_sum():
    figure = lesson_04.sliding(np.arange(1.0, 10).reshape(3, 3), W, 1, 0, 1)
    assert figure._supxlabel.get_text() == "y[0, 1] = 2·1 + 3·2 + 5·3 + 6·4 + 1 = 48"
    assert texts(figure)[-4:] == ["38", "48", "68", "78"]


def test_groups_halve_the_connections():
    assert (
        lesson_04.connections(4, 6, 2).tolist() == [[1] * 3 + [0] * 3] * 2 + [[0] * 3 + [1] * 3] * 2
    )
    titles = [axes.get_title() for axes in lesson_04.who_reads_whom().axes]
    assert titles == ["groups=1: 614,400 weights", "groups=2: 307,200 weights"]


def test_small_pictures_go_through_the_small_net():
    x, labels = lesson_13.small_pictures(1, "val")
    assert x.shape == (6, 64, 64, 3)
    assert labels.tolist() == list(range(6))
    assert lesson_13.network(np.random.default_rng(0)).forward(x).shape == (6, 6)


def test_fields_of_view_are_framed_and_named():
    fields = {"conv1": (0, 11, 4, 15), "pool1": (0, 19, 4, 23)}
    panels = lesson_13.fields_of_view(np.ones((40, 40, 3)), fields).axes
    assert [axes.patches[0].get_width() for axes in panels] == [11, 19]
    assert [axes.get_title() for axes in panels] == ["conv1: 11 × 11", "pool1: 19 × 19"]


def test_projected_is_grey_where_the_signal_is_zero():
    signal = np.zeros((4, 4, 3))
    signal[0, 0], signal[1, 1] = 1, -1
    picture = lesson_13.projected(signal)
    assert picture.shape == (4, 4)
    assert (picture[0, 0], picture[1, 1], picture[2, 2]) == (1, 0, 0.5)


def test_rows_kernels_and_occlusion_have_their_panels():
    photo = np.full((8, 8, 3), 0.5)
    rows = lesson_13.rows(["a", "b"], [("first", [photo, photo[..., 0]]), ("second", [photo] * 2)])
    assert [axes.get_title() for axes in rows.axes] == ["a", "b", "", ""]
    assert len(lesson_13.kernels(np.ones((3, 3, 3, 4)), np.zeros((3, 3, 3, 4))).axes) == 3
    places = np.array([0, 2, 4])
    grey = Occlusion(np.full((3, 3, 2), 0.5), places, places, 4)
    heat = lesson_13.hidden(photo, photo[..., 0], grey, 1, "a class").axes[2]
    assert heat.images[1].get_extent() == [1, 7, 7, 1]
