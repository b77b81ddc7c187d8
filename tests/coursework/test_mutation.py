"""The mutation tool: its rules, what becomes of mutants, and lessons in which none survives."""

import ast
import csv
import time
from functools import cache, partial

import numpy as np
import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.lessons import find, lessons
from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.mutation import __main__ as command
from tinyalex.coursework.mutation import campaign, equal, report, situations
from tinyalex.coursework.mutation.domains import DOMAINS
from tinyalex.coursework.mutation.kinds import ARRAYS, KINDS
from tinyalex.coursework.mutation.mutants import Mutant, mutants_of
from tinyalex.coursework.mutation.rules import changed_lines, changes
from tinyalex.coursework.mutation.solutions import units_of, written
from tinyalex.coursework.mutation.trial import trials

ALL = [(lesson, task) for lesson in lessons().values() for task in lesson.tasks]


def made(source: str, rule: str) -> list[str]:
    """The changed bodies of a function, as one line of text each."""
    function = ast.parse(source).body[0]
    return [changed_lines(function, new)[1] for name, _, new in changes(function) if name == rule]


# (rule, a function's body, some of the bodies that it becomes)
EXAMPLES = [
    ("operator", "y = a + b", ["y = a - b", "y = a * b"]),
    ("operator", "y = a @ b", ["y = a * b"]),
    ("operator", "y -= b", ["y += b", "y *= b"]),
    ("rounding up", "y = a // b", ["y = -(-a // b)"]),
    ("operand dropped", "y = a / b", ["y = a", "y = b"]),
    ("operands swapped", "y = a - b", ["y = b - a"]),
    ("sign dropped", "y = -a", ["y = a"]),
    ("sign dropped", "y = not a", ["y = a"]),
    ("comparison", "y = a < b", ["y = a <= b", "y = a > b"]),
    ("comparison", "y = a is None", ["y = a is not None"]),
    ("boolean", "y = a and b", ["y = a or b", "y = b", "y = a"]),
    ("constant", "y = a[1]", ["y = a[2]", "y = a[0]"]),
    ("constant", "y = 0.5", ["y = 1.5", "y = 1.0", "y = 0.505", "y = 0.0"]),
    ("constant", "y = a.sum(keepdims=True)", ["y = a.sum(keepdims=False)"]),
    ("option", "y = a['W'] + b['b']", ["y = a['b'] + b['b']", "y = a['W'] + b['W']"]),
    ("condition", "if a:\n  y = 1", ["if not a:", "if True:", "if False:"]),
    ("function", "y = np.argmax(a)", ["y = np.argmin(a)"]),
    ("function", "y = a.sum()", ["y = a.mean()", "y = a.max()"]),
    ("call dropped", "y = np.exp(a)", ["y = a"]),
    ("call dropped", "y = a.copy()", ["y = a"]),
    ("arguments swapped", "y = f(a, b)", ["y = f(b, a)"]),
    ("argument dropped", "y = a.sum(axis=1)", ["y = a.sum()"]),
    ("memory order", "y = a.reshape(b)", ["y = a.reshape(b, order='F')"]),
    ("transpose dropped", "y = a.T", ["y = a"]),
    ("slice", "y = a[b:]", ["y = a[b + 1:]", "y = a[b:-1]", "y = a[:]", "y = a[b - 1:]"]),
    ("index", "y = a[b]", ["y = a[b - 1]"]),
    ("items swapped", "a, b = y", ["b, a = y"]),
    ("axis dropped", "y = a.mean(axis=(1, 2))", ["y = a.mean(axis=(2,))", "y = a.mean(axis=(1,))"]),
    ("statement dropped", "a = a + 1", ["pass"]),
    ("statement dropped", "self.y = a", ["pass"]),
    ("not accumulated", "a += b", ["a = b"]),
    ("new array", "a += b", ["a = a + b"]),
    ("loop", "for i in b:\n  f(i)", ["for i in list(b)[1:]:", "for i in list(b)[:-1]:"]),
    ("loop left", "while a:\n  continue", ["break", "pass"]),
    ("option dropped", "y = [i for i in b if i]", ["y = [i for i in b]"]),
    ("other result", "return a", ["return b"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "body", "expected"), EXAMPLES)
def test_a_rule_makes_what_it_says(rule, body, expected):
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    found = made(f"def f(self, a, b):\n{lines}\n", rule)
    assert [text for text in found if text in expected] == expected


@pytest.mark.parametrize(
    "body",
    [
        '"""A text."""',
        "raise ValueError(f'{1 + 1}')",
        "checks.shape(a + b)",
        "if algorithm == 'winograd':\n  return a + b",
    ],
)
def test_texts_and_guards_are_left_alone(body):
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    assert list(changes(ast.parse(f"def f(a, b):\n{lines}\n").body[0])) == []


def test_a_statement_that_gives_a_name_its_first_value_is_not_dropped():
    assert made("def f(a):\n    y = a\n    return y\n", "statement dropped") == []


def test_a_long_line_is_shown_where_it_differs():
    words = ", ".join(f"number_{i}" for i in range(40))
    old, new = (ast.parse(f"def f(): return [{words}, {x}]").body[0] for x in ("a", "b"))
    before, after = changed_lines(old, new)
    assert before.startswith("…")
    assert before.endswith(", a]")
    assert after.endswith(", b]")
    assert len(before) < 60


@pytest.mark.slow
@pytest.mark.parametrize(("lesson", "task"), ALL, ids=lambda x: getattr(x, "name", ""))
def test_an_unchanged_copy_of_each_solution_passes(lesson, task):
    verdict = check_task(written(task), task, explain=False)
    assert verdict.passed, verdict


@pytest.mark.slow
def test_the_solution_of_a_layer_reaches_into_the_kernels():
    (pooling,) = find("06").tasks
    units = {unit.name: unit.id for unit in units_of(pooling)}
    assert units["MaxPool2d.forward"] == units["max_pool"] == units["_pad"] == "06.1"
    assert units["MaxPool2d.backward"] == units["max_pool_backward"] == "06.2"


def test_a_tasks_solution_is_without_the_lessons_other_tasks():
    lesson = find("12")
    names = [unit.name for unit in units_of(lesson.tasks[2], lesson)]
    assert names == ["auc"]


def test_every_task_says_what_its_arguments_may_be():
    for _, task in ALL:
        own = [name for name in DOMAINS if name.partition(".")[0] == task.name]
        assert own, task.name
        for name in own:
            assert set(" ".join(DOMAINS[name].values()).split()) <= set(KINDS)


def test_situations_tell_arrays_apart():
    a = np.zeros((2, 3, 4, 5))
    holds = {
        words: test
        for kind in ("dtype", "memory", "rows", "map", "values")
        for words, test in ARRAYS[kind].items()
    }
    higher = np.ones((2, 4, 3, 5))
    for words in ("{} is wider than high", "the height of {} is odd", "a number of {} is 0"):
        assert holds[words](a)
        assert not holds[words](higher)
    assert holds["{} is in Fortran order"](np.asfortranarray(a))
    assert holds["{} is a view with gaps"](a[..., ::2])
    assert not holds["{} is a view with gaps"](np.asfortranarray(a))
    assert holds["{} is float32"](a.astype("float32"))


def test_only_the_last_number_is_off():
    x = np.array([100.0, 1.0])
    assert (situations.off(x) == [100, 2]).all()
    assert situations.off((1, True)) == (1, False)
    assert situations.off(np.array([3, 4])).tolist() == [3, 5]
    assert x[1] == 1


def test_habits_keep_the_result():
    x, call = np.array([0.1, 0.25]), situations.Call({"x": np.zeros(2)}, 1)
    assert situations.changing("x", x, call) is x
    assert call.arguments["x"].tolist() == [0, 1]
    assert situations.rounded((x, 3), call)[0].tolist() == [np.float32(0.1), 0.25]
    assert situations.doubled(x.astype("float32"), call).dtype == "float64"
    (pooling,) = find("06").tasks
    words = [words for words, _ in situations.habits_of(pooling, "backward", DOMAINS)]
    assert words[0] == "dy is changed"
    assert len(words) == 3  # x is no argument of backward


# A small task, to try the whole way.


TWOS = np.full(2, 2.0)


def scaled(x, by: int = 2):
    return x * by


def one_task(cases) -> FunctionTask:
    return FunctionTask(ids={"": "99.1"}, reference=scaled, cases=cases, hand=((TWOS, 2), 2 * TWOS))


def score_of(task, monkeypatch, path, text="") -> report.Score:
    monkeypatch.setitem(DOMAINS, "scaled", {"by": "switch"})
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(campaign, "listed", partial(equal.listed, path))
    (score,) = campaign.of_tasks([(Lesson("99", "99_x", "", (task,)), task)], seed=0, jobs=2)
    return score


STRONG = one_task(lambda rng: [(np.arange(3.0), 5), (np.arange(3.0), -2), (np.zeros(0), 1)])


@pytest.mark.slow
def test_the_table_of_a_small_task(monkeypatch, tmp_path):
    score = score_of(STRONG, monkeypatch, tmp_path / "equal.txt")
    alive = [(trial.mutant.rule, trial.mutant.new) for trial in score.survivors]
    assert alive == [
        ("situation", "the result is wrong"),  # by is on
        ("situation", "the result is wrong"),  # by is off
    ]
    assert score.row().split()[2:5] == ["9", "7", "0"]


@pytest.mark.slow
def test_listed_mutants_are_equal_and_what_is_listed_wrongly_is_reported(monkeypatch, tmp_path):
    text = (
        "= by is a number\n* scaled: where by is on → the result is wrong\n"
        "* scaled: where by is off → the result is wrong\n"
        "= wrong\n99.1 scaled: return x * by → return x + by\n99.1 scaled: return y → return z\n"
    )
    score = score_of(STRONG, monkeypatch, tmp_path / "equal.txt", text)
    assert score.survivors == []
    assert score.count("equal") == 2
    killed, gone = report.complaints(score)
    assert "killed at" in killed
    assert "x + by" in killed
    assert "no such mutant" in gone
    assert "return z" in gone


def test_a_weak_check_lets_a_mutant_through(monkeypatch, tmp_path):
    weak = one_task(lambda rng: [(TWOS, 2)])
    alive = score_of(weak, monkeypatch, tmp_path / "equal.txt").survivors
    found = [trial.mutant.new for trial in alive]
    assert "return x + by" in found
    assert "return by" not in found  # of another shape


@pytest.mark.slow
def test_an_endless_loop_and_a_crash_are_killed():
    def forever(mutant):
        while mutant.rule == "loop":
            pass
        return "" if mutant.rule == "fine" else 1 / 0

    three = [Mutant("99.1", "f", 1, rule, "a", "b", None) for rule in ("loop", "fine", "crash")]
    started = time.monotonic()
    stages = [trial.stage for trial in trials(three, forever, jobs=2, seconds=1)]
    assert stages == ["time limit", "", "time limit"]
    assert time.monotonic() - started < 20


def test_the_list_needs_reasons(tmp_path):
    path = tmp_path / "equal.txt"
    path.write_text("99.1 f: a → b\n")
    with pytest.raises(ValueError, match="line 1: give '= reason'"):
        equal.listed(path)
    path.write_text("= same\n99.1 f: a → b\n99.1 f: a → b\n")
    with pytest.raises(ValueError, match="line 3: listed twice"):
        equal.listed(path)


@cache
def everything() -> tuple[Mutant, ...]:
    found = [mutant for lesson, task in ALL for mutant in mutants_of(task, lesson)]
    for task in campaign.backward_tasks():
        found += mutants_of(task, domains=campaign.ASKED)
    return tuple(found)


@pytest.mark.slow
def test_there_are_three_thousand_mutants_and_no_two_are_the_same():
    keys = [mutant.key for mutant in everything()]
    assert len(keys) == len(set(keys))
    assert sum(not key.startswith("gradcheck") for key in keys) > 3000


@pytest.mark.slow
def test_every_listed_mutant_exists():
    equals = equal.listed()
    assert set(equals) - {equal.entry_of(mutant, equals) for mutant in everything()} == set()


# Tasks whose check passes nothing wrong. The aim: all.
SOLID = ("10.2", "10.3", "12.2", "12.3", "14.2", "14.3", "15.2", "16.3", "16.4")


@pytest.mark.slow
@pytest.mark.parametrize("number", SOLID)
def test_no_mutant_survives(number):
    (score,) = campaign.of_tasks(campaign.chosen([], number), seed=0, jobs=2)
    assert score.count("killed") > 25
    assert report.complaints(score) == []


@pytest.mark.slow
def test_the_command_writes_rows_and_tries_survivors_once_more(tmp_path, capsys):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    command.main(["--task", "15.2", "--output", str(first)])
    rows = list(csv.DictReader(first.open(encoding="utf-8")))
    assert {row["task"] for row in rows} == {"15.2"}
    assert {row["outcome"] for row in rows} <= {"killed", "equal", "surviving"}
    command.main(["--task", "15.2", "--again", str(first), "--output", str(second)])
    alive = [row["new"] for row in rows if row["outcome"] == "surviving"]
    assert [row["new"] for row in csv.DictReader(second.open(encoding="utf-8"))] == alive
    assert capsys.readouterr().out.count("15.2 transform_kernel") >= 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "15.9"], "there is no task 15.9: choose one of 15.1, 15.2, 15.3"),
        (["--gradcheck", "06"], "name no lesson or task"),
        (["--jobs", "0"], "--jobs must be at least 1"),
    ],
)
def test_bad_input_is_one_line(arguments, message):
    with pytest.raises(ValueError, match=message):
        command.main(arguments)


def test_mutants_are_the_same_every_time():
    lesson = find("12")
    one, other = (mutants_of(lesson.tasks[0], lesson) for _ in range(2))
    assert [mutant.key for mutant in one] == [mutant.key for mutant in other]
