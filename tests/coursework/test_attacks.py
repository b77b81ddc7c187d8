"""A class of submissions that are out to fool, stop or harm the grading: the row each gets."""

import csv
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from attacks import ATTACKS, MARK, STILL_PASS
from submissions import RIGHT

import tinyalex
from tinyalex import check, grade
from tinyalex.coursework.engine.lessons import find
from tinyalex.coursework.engine.submission import check_isolated

LESSON = "06_overlapping_pooling"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="attacks on what Linux offers")
PACKAGE = Path(tinyalex.__file__).parent


def hand_in(folder, sources):
    for student, source in sources.items():
        path = folder / student / LESSON / "exercise.py"
        path.parent.mkdir(parents=True)
        path.write_text(source)


def graded(folder, out):
    assert grade.main([str(folder), str(out), "--seconds", "10", "--memory", "2"]) == 0
    with open(out, newline="", encoding="utf-8") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def running():
    """The processes of the attacks and our own children: their command lines by number.

    What has ended and only waits to be read (a zombie) is left out.
    """
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            line = Path("/proc", name, "cmdline").read_bytes()
            state, parent = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX" and (MARK.encode() in line or parent == str(os.getpid())):
                found[name] = line
    return found


def left_running(before):
    """What runs now and did not before. A process that is just ending has some seconds for it."""
    until = time.monotonic() + 10
    while (new := {n: line for n, line in running().items() if n not in before}) and (
        time.monotonic() < until
    ):
        time.sleep(0.1)
    return new


def files_of(folder):
    return sorted(str(path) for path in folder.rglob("*") if "__pycache__" not in path.parts)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The rows by student from one run over all attacks, and what is left running after it."""
    folder = tmp_path_factory.mktemp("submissions")
    hand_in(folder, {name: source for name, (source, *_) in ATTACKS.items()})
    places = [folder, PACKAGE, Path.cwd() / "tests", Path.cwd() / "lessons"]
    before = [files_of(place) for place in places]
    out = tmp_path_factory.mktemp("table") / "grades.csv"
    children = running()  # other tests may have some
    rows = graded(folder, out)
    left = left_running(children)
    assert [files_of(place) for place in places] == before
    assert out.stat().st_size < 100_000
    return rows, left


@pytest.mark.slow
def test_every_attack_has_a_row_and_nothing_is_left_running(table):
    rows, left = table
    assert set(rows) == set(ATTACKS)
    assert left == {}


@pytest.mark.slow
@pytest.mark.parametrize("student", ATTACKS)
def test_the_row_of_an_attack(table, student):
    _, stage, word = ATTACKS[student]
    row = table[0][student]
    assert stage in (None, row["stage"]), row["message"]
    assert word in row["message"]
    assert (row["passed"] == "True") == (row["stage"] == "reward")
    if row["passed"] == "True":
        assert row["library"] == "MaxPool2d.backward, MaxPool2d.forward"
    assert len(row["message"]) <= 2000
    assert "\n" not in row["message"]
    if row["stage"] == "contract":
        assert row["stages_passed"] == "0"


@pytest.mark.slow
@pytest.mark.parametrize("student", STILL_PASS)
@pytest.mark.xfail(reason="everybody has the library", strict=True)
def test_what_still_passes(tmp_path, student):
    path = tmp_path / "exercise.py"
    path.write_text(STILL_PASS[student])
    (verdict,) = check_isolated(find("06"), path, 7, 10)
    assert not verdict.passed or verdict.library


def test_an_exit_in_forward_is_no_success(tmp_path, capfd):
    """In plain check, whose own process runs none of the student's code."""
    hand_in(tmp_path, {"ada": ATTACKS["os._exit in forward"][0]})
    from tinyalex.coursework.engine import lessons

    before, lessons.FOLDER = lessons.FOLDER, tmp_path / "ada"
    try:
        assert check.main(["06"]) == 1
    finally:
        lessons.FOLDER = before
    assert "ended with code 0" in capfd.readouterr().out


def test_plain_check_shows_what_is_printed(tmp_path, capfd):
    path = tmp_path / "exercise.py"
    path.write_text("print('hello from forward')\n" + RIGHT)
    (verdict,) = check_isolated(find("06"), path, apart=False)
    assert verdict.passed
    assert capfd.readouterr().err.count("hello from forward") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("import os; os._exit(3)", "ended with code 3"),
        ("while True: pass", "still running after 5 seconds"),
    ],
)
def test_the_other_tasks_are_judged(tmp_path, broken, reason):
    path = tmp_path / "exercise.py"
    path.write_text(
        "from tinyalex.metrics import average_ranks\n"
        "def top_k_error(labels, scores, k=1, ties='against'):\n"
        f"    {broken}\n"
        "def auc(positive, scores):\n"
        "    return 0.5\n"
    )
    ranked, ranks, area = check_isolated(find("12"), path, seconds=5)
    assert reason in ranked.message
    assert (ranks.stage, ranks.open, ranks.stages_passed) == ("contract", True, 0)
    assert (area.stage, area.stages_passed, len(area.stages)) == ("worked example", 1, 5)


def test_an_empty_environment_and_a_folder_with_one_file(tmp_path, monkeypatch):
    monkeypatch.setenv("A_TOKEN", "secret")
    path = tmp_path / "exercise.py"
    (tmp_path / "other.py").write_text("")
    path.write_text("import os\nraise ValueError(os.listdir(), os.environ.get('A_TOKEN'))")
    (verdict,) = check_isolated(find("06"), path)
    assert "(['exercise.py'], None)" in verdict.message


def test_files_of_others_are_out_of_reach(tmp_path):
    from tinyalex.coursework.apart.limits import landlock_version

    if landlock_version() < 1:
        pytest.skip("this system has no Landlock: TEACHING.md says what that means")
    (tmp_path / "right.py").write_text("x = 1")
    path = tmp_path / "exercise.py"
    for code in (f"open({str(tmp_path / 'right.py')!r})", f"open({str(tmp_path / 'new')!r}, 'w')"):
        path.write_text(code)
        (verdict,) = check_isolated(find("06"), path)
        assert "PermissionError" in verdict.message
    assert not (tmp_path / "new").exists()
