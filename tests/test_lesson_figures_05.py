"""What the pictures of lessons 01, 02, 04, 05 and 13 show."""

import numpy as np

from tinyalex.figures.lessons import lesson_05

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


def test_im2cols_matrix_copies_and_its_transpose_counts():
    A = lesson_05.copying_matrix()
    assert (A.sum(axis=1) == 1).all()
    assert A.sum(axis=0).tolist() == [1, 2, 1, 2, 4, 2, 1, 2, 1]
    assert (A @ np.arange(1, 10))[:4].tolist() == [1, 2, 4, 5]
    assert texts(lesson_05.im2col_as_a_matrix()) == list("121242121")


def test_conv1_reads_a_pixel_4_6_or_9_times_and_conv2_25_times():
    assert set(lesson_05.readings(51, 11, 4)[12:-12, 12:-12].ravel()) == {4, 6, 9}
    assert set(lesson_05.readings(27, 5, 1)[4:-4, 4:-4].ravel()) == {25}
    assert len(lesson_05.texture().axes) == 4
