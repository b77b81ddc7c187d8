"""Of what a student's code prints, the first lines are shown and the others are counted."""

import sys

import pytest

from tinyalex.check import check
from tinyalex.coursework.engine.lessons import find
from tinyalex.coursework.engine.printed import CHARACTERS, LINES, few_lines
from tinyalex.coursework.engine.submission import check_isolated
from tinyalex.layers import ReLU

RELU = """
import os, subprocess, sys
from tinyalex import layers

class ReLU(layers.ReLU):
    def forward(self, x, training=False):
        {floods}
        return super().forward(x) * 1.0

    def backward(self, dy):
        return super().backward(dy) * 1.0

class Tanh(layers.Tanh):
    def forward(self, x, training=False):
        print("now tanh")
        return super().forward(x) * 2.0

    def backward(self, dy):
        return super().backward(dy) * 1.0
"""


def test_the_first_lines_are_shown_and_the_others_counted(capsys):
    with few_lines():
        for number in range(25):
            print(number, file=sys.stderr if number % 2 else sys.stdout)
            sys.stdout.flush(), sys.stderr.flush()
    text = capsys.readouterr()
    lines = (text.out + text.err).splitlines()
    assert [line for line in lines if line.isdigit()] == [
        *map(str, range(0, LINES, 2)),
        *map(str, range(1, LINES, 2)),
    ]
    assert [line for line in lines if not line.isdigit()] == ["… (5 more lines not shown)"]


def test_every_task_has_its_own_lines(capsys):
    with few_lines() as printed:
        for _ in range(3):
            print("line\n" * (LINES + 1), end="")
            printed.restart()
    shown = ["line"] * LINES + ["… (1 more line not shown)"]
    assert capsys.readouterr().out.splitlines() == shown * 3


def test_nothing_is_said_where_nothing_is_left_out(capsys):
    with few_lines():
        print("line\n" * LINES, end="")
    assert capsys.readouterr().out == "line\n" * LINES


def test_a_line_without_end_is_cut(capsys):
    with few_lines():
        print("x" * 10**7, end="")
    assert capsys.readouterr().out == "x" * CHARACTERS + "\n… (1 more line not shown)\n"


def test_bytes_and_what_is_no_text(capsys):
    with few_lines():
        sys.stdout.buffer.write(b"\xff\n")
        print("\ud800")
    assert capsys.readouterr().out == "\ufffd\n\\ud800\n"


def test_the_streams_come_back(capsys):
    before = sys.stdout, sys.stderr
    with pytest.raises(KeyError), few_lines():
        raise KeyError
    assert (sys.stdout, sys.stderr) == before


FLOODS = {
    "print": "print('x\\n' * 1000)",
    "million prints": "ReLU.once = vars(ReLU).get('once') or [print(i) for i in range(10**6)]",
    "stderr": "print('x\\n' * 1000, file=sys.stderr)",
    "descriptor": "os.write(1, b'x\\n' * 100_000)",
    "another process": "subprocess.run(['sh', '-c', 'yes | head -c 1000000'])",
}


@pytest.mark.slow
@pytest.mark.parametrize("floods", FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_is_cut_and_the_next_task_is_shown(tmp_path, capfd, floods):
    path = tmp_path / "exercise.py"
    path.write_text(RELU.format(floods=floods))
    relu, tanh = check_isolated(find("03"), path, apart=False)
    assert relu.passed, relu
    assert not tanh.passed
    captured = capfd.readouterr()
    text = captured.out + captured.err
    assert "more lines not shown)" in text
    assert "now tanh" in text
    assert text.count("\n") <= 2 * (LINES + 2)


def test_a_notebook_shows_the_verdict_after_the_cut(capsys):
    class Prints(ReLU):
        def forward(self, x, training=False):
            print("line\n" * 100)
            return super().forward(x) * 1.0

        def backward(self, dy):
            return super().backward(dy) * 1.0

    Prints.__name__ = "ReLU"
    check(Prints)
    lines = capsys.readouterr().out.splitlines()
    assert lines[LINES].endswith("more lines not shown)")
    assert lines[LINES + 1].startswith("03.1, 03.2 ReLU: right")
