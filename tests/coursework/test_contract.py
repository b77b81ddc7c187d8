"""Whose the work is, and what it is worth: the contract, the points, the rows and warnings."""

import json

import numpy as np
import pytest
from submissions import RIGHT, STUB

from tinyalex import grade, layers, metrics
from tinyalex.check import check
from tinyalex.coursework.engine.checker import check_lesson, check_task
from tinyalex.coursework.engine.lessons import find
from tinyalex.coursework.engine.submission import _verdicts
from tinyalex.support.commands import run_command

POOL = find("06").tasks[0]


@pytest.fixture
def on_file(tmp_path):
    """The first verdict of lesson 06 on a file."""

    def verdict(source):
        path = tmp_path / "exercise.py"
        path.write_text(source)
        return check_lesson(find("06"), path)[0]

    return verdict


def test_the_librarys_own_class_is_not_handed_in(capsys):
    class Linear(layers.Linear):
        pass

    check(Linear)
    check(layers.Linear)
    check(metrics.auc)
    shown = capsys.readouterr().out
    assert shown.count("still to be written") == 3
    assert "task 02.1: Linear.forward is still the library's" in shown
    assert "task 12.3: auc is still the library's" in shown


def test_a_stub_is_worth_as_much_as_an_empty_file(on_file):
    assert [on_file(source).stages_passed for source in ("", STUB)] == [0, 0]


def test_forward_right_and_backward_missing(on_file):
    start = RIGHT.index("    def backward"), RIGHT.index("    def positions")
    no_backward = RIGHT[: start[0]] + RIGHT[start[1] :]
    verdict = on_file(no_backward)
    assert (verdict.task, verdict.open, verdict.stages_passed) == ("06.2", True, 2)
    assert "MaxPool2d.backward is still the library's" in verdict.message
    assert "forward (06.1) is right" in verdict.message
    raising = no_backward.replace(
        "    def positions",
        "    def backward(self, dy):\n        raise NotImplementedError('task 06.2: it')\n\n"
        "    def positions",
    )
    assert "forward (06.1) is right" in on_file(raising).message
    zeros = no_backward.replace("-np.inf, dtype=x.dtype)\n        padded[", "0, dtype=x.dtype)\n"
        "        padded[")  # fmt: skip
    verdict = on_file(zeros)
    assert (verdict.open, verdict.stage) == (False, "specification")
    assert verdict.message.startswith("forward: y")


def test_a_misspelt_name_is_told(on_file):
    misspelt = on_file(RIGHT.replace("def forward", "def foward"))
    assert "is foward meant to be forward?" in misspelt.message
    assert "is MaxPool2D meant to be MaxPool2d?" in on_file("class MaxPool2D: pass").message


def test_what_the_library_does_is_told():
    class Linear(layers.Linear):
        def forward(self, x, training=False):
            return super().forward(x, training)

        def backward(self, dy, input_gradient=True):
            (x,) = self.recall(dy)
            self.grads["W"], self.grads["b"] = x.T @ dy, dy.sum(axis=0)
            return dy @ self.params["W"].T if input_gradient else None

    verdict = check_task(Linear, find("02").tasks[0])
    assert (verdict.passed, verdict.library) == (True, "Linear.forward")
    assert "The library's own code does the work: Linear.forward" in str(verdict)

    def auc(positive, scores):
        return metrics.auc(positive, scores)

    assert check_task(auc, find("12").tasks[2]).library == "auc"
    assert check_task(lambda scores: metrics.average_ranks(scores), find("12").tasks[1]).library


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lesson", "numbers"), [("12", [5, 5, 5]), ("04", [5, 8]), ("06", [8]), ("11", [5, 5])]
)
def test_stages_are_those_that_a_task_has(lesson, numbers):
    verdicts = [check_task(task.reference, task) for task in find(lesson).tasks]
    assert [len(verdict.stages) for verdict in verdicts] == numbers
    assert all(verdict.stages_passed == len(verdict.stages) for verdict in verdicts)


@pytest.mark.parametrize("code", ["sys.exit(0)", "raise BaseException", "exit()"])
def test_an_exit_within_forward_is_a_failure(on_file, code):
    verdict = on_file(RIGHT.replace("        N, H", f"        import sys; {code}\n        N, H"))
    assert (verdict.stage, verdict.passed) == ("shapes", False)


def test_a_verdict_comes_through_as_it_is():
    sent = check_task(POOL.reference, POOL)
    (read,) = _verdicts(json.dumps([sent.as_dict()]).encode(), find("06"), "ended")
    assert read == sent


@pytest.mark.parametrize("text", [b"", b"\xff", b"{", b'[{"task": "06.1'])
def test_unfinished_output_is_no_verdict(text):
    (read,) = _verdicts(text, find("06"), "no verdict: it ended")
    assert (read.passed, read.stage, read.stages_passed) == (False, "contract", 0)
    assert "no verdict" in read.message


def test_every_folder_has_a_row_or_a_warning(tmp_path, capsys):
    folder = tmp_path / "handed in"
    for name, source in {
        "=ada/06_overlapping_pooling/exercise.py": RIGHT,
        "bob/exercise.py": RIGHT,
        "cyd/6_pooling/exercise.py": RIGHT,
        "dan/06_overlapping_pooling/exercise.py/exercise.py": RIGHT,
        "eve/06_overlapping_pooling/solution.py": RIGHT,
        "notes.txt": "",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source)
    (folder / "fay").mkdir()
    (folder / "guy").mkdir()
    (folder / "guy" / "06_overlapping_pooling").symlink_to(folder / "=ada/06_overlapping_pooling")
    table = tmp_path / "grades.csv"
    assert grade.main([str(folder), str(table)]) == 0
    lines = table.read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["'=ada", "dan"]
    assert "exercise.py is not a file" in lines[2]
    warnings = capsys.readouterr().err
    for words in (
        "bob: exercise.py is not graded: it belongs in the lesson's folder",
        "cyd: 6_pooling is not graded: no lesson has this name (is 06_overlapping_pooling meant?)",
        "eve: 06_overlapping_pooling has no exercise.py, only: solution.py",
        "fay: empty",
        "guy: 06_overlapping_pooling is not graded: links are not followed",
        "notes.txt is not a student's folder",
    ):
        assert f"warning: {words}\n" in warnings


def test_where_nothing_can_be_graded_the_first_reason_is_told(tmp_path, capsys):
    (tmp_path / "ada").mkdir()
    with pytest.raises(SystemExit):
        run_command(lambda: grade.main([str(tmp_path), str(tmp_path / "grades.csv")]))
    assert "(ada: empty)" in capsys.readouterr().err


def test_cells_that_a_spreadsheet_would_run():
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "right", "", 8, np.True_]
    assert [grade._safe(cell) for cell in cells] == [
        "'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'\r=1", "right", "", 8, np.True_
    ]  # fmt: skip
