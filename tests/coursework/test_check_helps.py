"""What the check says to help: the lesson meant, the setting at fault, the mistake's name."""

import numpy as np
import pytest

from tinyalex.check import check, main
from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.lessons import find, find_all
from tinyalex.layers import Conv2d, Linear, MaxPool2d

TASK = find("05").tasks[0]


class MyConv(Conv2d):
    def backward(self, dy, input_gradient=True):
        return super().backward(dy, input_gradient)


class AssignsInOrder(Conv2d):
    """The loops of the lesson's text, from the first position to the last, with =."""

    def backward(self, dy, input_gradient=True):
        (x,) = self.recall(dy)
        self.remember(dy, x)
        dx = super().backward(dy, input_gradient)
        if dx is None:
            return None
        W, (SH, SW), ((top, bottom), (left, right)) = self.params["W"], self.stride, self.padding
        padded = np.zeros_like(np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0))))
        C, K = W.shape[2], W.shape[3] // self.groups
        for i, j in np.ndindex(W.shape[:2]):
            for g in range(self.groups):
                rows = slice(i, i + SH * (dy.shape[1] - 1) + 1, SH)
                columns = slice(j, j + SW * (dy.shape[2] - 1) + 1, SW)
                part = dy[..., g * K : (g + 1) * K] @ W[i, j, :, g * K : (g + 1) * K].T
                padded[:, rows, columns, g * C : (g + 1) * C] = part
        return padded[:, top : top + x.shape[1], left : left + x.shape[2]]


def shifts(setting, plain):
    """dx is one row too low, but only where a setting is not plain."""

    class Shifts(Conv2d):
        def backward(self, dy, input_gradient=True):
            dx = super().backward(dy, input_gradient)
            wrong = getattr(self, setting) != plain and dx is not None
            return np.roll(dx, 1, axis=1) if wrong else dx

    return Shifts


@pytest.mark.parametrize("seed", range(5))
def test_assigning_in_the_texts_order_has_a_name(seed):
    verdict = check_task(AssignsInOrder, TASK, seed)
    assert verdict.mistake == "conv-dx-assigns-positions"
    assert "with =, not +=" in verdict.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "plain", "says"),
    [
        ("stride", (1, 1), "stride=1"),
        ("padding", ((0, 0), (0, 0)), "padding=0"),
        ("groups", 1, "groups=1"),
    ],
)
def test_the_setting_at_fault_is_named(setting, plain, says):
    verdict = check_task(shifts(setting, plain), TASK)
    assert not verdict.passed
    assert f"With {says} it is right: look at what {setting} changes." in verdict.message
    assert verdict.message.count("it is right") == 1
    assert "kernel_size=3, stride=(2, 1), padding=(1, 0, 1, 1), groups=2" in verdict.message


def test_gradients_of_the_worked_example_are_shown():
    class MeanForSum(Linear):
        def backward(self, dy, input_gradient=True):
            dx = super().backward(dy, input_gradient)
            self.grads["b"] = dy.mean(axis=0)
            return dx

    class Forgets(Linear):
        def backward(self, dy, input_gradient=True):
            dx = super().backward(dy, input_gradient)
            self.grads = {"W": None, "b": None}
            return dx

    task = find("02").tasks[0]
    message = check_task(MeanForSum, task).message
    layer = "Linear(in_features=3, out_features=2, dtype='float64')"
    assert f"db of the worked example, {layer}:" in message
    assert "101 1010    50.5  505" in message
    assert "left no grads['W']" in check_task(Forgets, task).message


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("conv2d", ["04", "05"]),
        ("05.1", ["05"]),
        (5, ["05"]),
        ("lessons/05_convolution_backward/", ["05"]),
        ("softmaxcross", ["02"]),
        ("MaxPool2d", ["06"]),
    ],
)
def test_lessons_are_found_by_many_names(name, numbers):
    assert [lesson.number for lesson in find_all(name)] == numbers
    assert find(name) is find(numbers[0])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("conolution", "did you mean 05 convolution_backward?"),
        ("backward", "did you mean 05 convolution_backward, 16 after_alexnet?"),
        ("99", "give a number or a class's name"),
    ],
)
def test_a_lesson_that_is_not_there(name, words):
    with pytest.raises(ValueError, match=f"there is no lesson '{name}'") as error:
        find(name)
    assert words in str(error.value)
    assert len(str(error.value)) < 150


@pytest.mark.slow
@pytest.mark.parametrize("lesson", [None, "05", 5])
def test_check_finds_what_a_class_is_made_from(lesson, capsys):
    check(MyConv, lesson=lesson)
    assert "05.1 Conv2d: right, all stages passed" in capsys.readouterr().out


@pytest.mark.parametrize("written", ["05", 5, None])
def test_check_wants_a_class_or_function(written):
    with pytest.raises(ValueError, match="check takes your class or function"):
        check(written)


def test_check_of_what_no_lesson_asks_for():
    with pytest.raises(ValueError, match="no lesson has a task dict"):
        check(dict)
    with pytest.raises(ValueError, match="lesson 06 does not have a task MyConv"):
        check(MyConv, lesson="06")


@pytest.mark.parametrize("share", ["last", "all", "evenly"])
def test_equal_values_must_go_to_the_first(share):
    class Ties(MaxPool2d):
        def forward(self, x, training=False):
            y = super().forward(x, training)
            places, shape = self.recall(y)
            return self.remember(y, x, places, shape)

        def backward(self, dy):
            x, _, shape = self.recall(dy)
            ((top, bottom), (left, right)), (KH, KW) = self.padding, self.kernel_size
            edges = ((0, 0), (top, bottom), (left, right), (0, 0))
            padded = np.pad(x, edges, constant_values=-np.inf)
            dpadded = np.zeros_like(padded)
            for n, oh, ow, c in np.ndindex(dy.shape):
                rows, columns = oh * self.stride[0], ow * self.stride[1]
                here = (n, slice(rows, rows + KH), slice(columns, columns + KW), c)
                equal = (padded[here] == padded[here].max()).astype(float)
                if share == "last":
                    equal.flat[: np.flatnonzero(equal)[-1]] = 0
                dpadded[here] += (
                    dy[n, oh, ow, c] * equal / (equal.sum() if share == "evenly" else 1)
                )
            return dpadded[:, top : top + shape[1], left : left + shape[2]]

    verdict = check_task(Ties, find("06").tasks[0])
    assert (verdict.passed, verdict.stage) == (False, "worked example")
    assert "of equal values the first" in verdict.message


def test_a_fault_that_raises_is_narrowed_down_too():
    class PaddingForgotten(Conv2d):
        def backward(self, dy, input_gradient=True):
            if self.padding != ((0, 0), (0, 0)):
                np.ones(2) + np.ones(3)
            return super().backward(dy, input_gradient)

    message = check_task(PaddingForgotten, TASK).message
    assert ").backward(dy) with dy of shape (2, 2, 3, 4) raised ValueError" in message
    assert "With padding=0 it is right" in message
    assert "known mistake" not in message  # no dx is computed where the mistakes would show


def test_a_missing_return_and_float64_gradients_are_told():
    class NoReturn(Conv2d):
        def backward(self, dy, input_gradient=True):
            super().backward(dy, input_gradient)

    class Float64(Conv2d):
        def backward(self, dy, input_gradient=True):
            dx = super().backward(dy, input_gradient)
            self.grads["W"] = self.grads["W"].astype("float64")
            return dx

    assert (
        "backward(dy) with dy of shape (1, 2, 2, 1) returned None: is the return missing?"
        in check_task(NoReturn, TASK).message
    )
    assert "dW is float64 where x, dy and W are float32" in check_task(Float64, TASK).message


def test_hints_come_one_by_one_and_start_over(tmp_path, capsys):
    (tmp_path / "06_overlapping_pooling").mkdir()
    shown = []
    for _ in range(4):
        assert main(["06", "--hint", "--student", str(tmp_path)]) == 0
        shown.append(capsys.readouterr().out)
    assert [text.split(".")[0] for text in shown] == ["## 1", "## 2", "## 3", "## 1"]
    assert "Hint 2 of 3" in shown[1]
    assert "starts over" in shown[2]


def test_a_damaged_memory_of_hints_starts_over(tmp_path, capsys):
    folder = tmp_path / "06_overlapping_pooling"
    folder.mkdir()
    (folder / ".hints_seen").write_text("one")
    assert main(["06", "--hint", "--student", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("## 1")


def test_a_file_that_does_not_run_is_said_once_with_its_line(tmp_path, capsys):
    folder = tmp_path / "02_fully_connected_and_softmax"
    folder.mkdir()
    (folder / "exercise.py").write_text("import numpy as np\n\n\nclass Linear\n    pass\n")
    assert main(["02", "--student", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert said.count("SyntaxError") == 1
    assert "(line 4: class Linear)" in said
    assert "02.1, 02.2, 02.3, 02.4" in said
