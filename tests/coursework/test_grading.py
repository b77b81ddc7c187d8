"""Thirty made-up submissions: one table, and none of them harms the run."""

import csv
import os
from pathlib import Path

import pytest
from submissions import SUBMISSIONS

from tinyalex import grade
from tinyalex.support.commands import run_command

LESSON = "06_overlapping_pooling"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The rows by student, from one run over all of them."""
    folder = tmp_path_factory.mktemp("submissions")
    for student, (source, _, _) in SUBMISSIONS.items():
        path = folder / student / LESSON / "exercise.py"
        path.parent.mkdir(parents=True)
        path.write_text(source)
    before = sorted(os.listdir("."))
    out = folder / "grades.csv"
    limits = ["--seconds", "10", "--memory", "2", "--seed", "7"]
    assert grade.main([str(folder), str(out), *limits]) == 0
    assert sorted(os.listdir(".")) == before
    assert sum(1 for _ in folder.rglob("rubbish")) == 0
    with open(out, newline="", encoding="utf-8") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_every_student_has_a_row(table):
    assert len(SUBMISSIONS) >= 30
    assert set(table) == set(SUBMISSIONS)


@pytest.mark.slow
@pytest.mark.parametrize("student", SUBMISSIONS)
def test_verdicts(table, student):
    _, stage, word = SUBMISSIONS[student]
    row = table[student]
    assert row["stage"] == stage, row["message"]
    assert word in row["message"]
    assert (row["passed"] == "True") == (stage == "reward")
    assert row["open"] == str(student == "stub")
    assert "\n" not in row["message"]


@pytest.mark.slow
def test_a_mistake_is_named(table):
    assert table["assigns"]["mistake"] == "maxpool-assigns"
    assert "Yours has a known mistake" in table["assigns"]["message"]
    assert table["right"]["mistake"] == ""


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["nowhere", "out.csv"], "no folder nowhere"),
        ([".", "out.csv", "--seconds", "0"], "--seconds"),
        (["EMPTY", "out.csv"], "expected STUDENT"),
    ],
)
def test_bad_input_is_one_line(tmp_path, capsys, monkeypatch, flags, words):
    monkeypatch.chdir(tmp_path)
    Path("EMPTY").mkdir()
    with pytest.raises(SystemExit) as stopped:
        run_command(lambda: grade.main(flags))
    assert stopped.value.code == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert words in err
    assert not Path("out.csv").exists()
