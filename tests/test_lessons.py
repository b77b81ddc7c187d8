"""What holds for every lesson: its stub, its solution, its named mistakes, its text."""

import inspect
import re

import pytest

from tinyalex.coursework.checker import check_lesson, check_task
from tinyalex.coursework.lessons import FOLDER, find, lessons
from tinyalex.coursework.student import load_module
from tinyalex.coursework.task import LayerTask
from tinyalex.gradcheck import sample_input

LESSONS = list(lessons().values())
TASKS = [(lesson, task) for lesson in LESSONS for task in lesson.tasks]
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.folder)
each_task = pytest.mark.parametrize(
    ("lesson", "task"), TASKS, ids=[f"{lesson.number}-{task.name}" for lesson, task in TASKS]
)


def wrong(mistake):
    return getattr(mistake, "layer", None) or mistake.function


@each_lesson
def test_the_stub_is_open_and_says_what_to_write(lesson):
    for verdict in check_lesson(lesson, FOLDER / lesson.folder / "exercise.py"):
        assert verdict.open, verdict
        assert not verdict.passed
        assert f"task {lesson.number}." in verdict.message


@each_task
def test_the_library_passes_every_stage(lesson, task):
    for seed in (0, 11):
        verdict = check_task(task.reference, task, seed)
        assert verdict.passed, verdict


@each_task
def test_signature_and_docstring_are_the_librarys(lesson, task):
    written = getattr(load_module(FOLDER / lesson.folder / "exercise.py"), task.name)
    assert inspect.getdoc(written) == inspect.getdoc(task.reference)
    for method in task.ids:
        own, right = (getattr(f, method) if method else f for f in (written, task.reference))
        names = [list(inspect.signature(f).parameters.items()) for f in (own, right)]
        assert [(n, p.default, p.kind) for n, p in names[0]] == [
            (n, p.default, p.kind) for n, p in names[1]
        ]


@each_task
def test_every_named_mistake_is_caught(lesson, task):
    named = 0
    for mistake in task.mistakes:
        verdict = check_task(wrong(mistake), task)
        assert not verdict.passed, mistake.id
        assert not verdict.open, mistake.id
        assert verdict.mistake in (None, mistake.id), f"{mistake.id} taken for {verdict.mistake}"
        named += verdict.mistake == mistake.id
    if len(task.mistakes) >= 4:
        assert named >= len(task.mistakes) // 2, f"{named} of {len(task.mistakes)}"


def test_there_are_mistakes_enough():
    for lesson in LESSONS:
        ids = [mistake.id for task in lesson.tasks for mistake in task.mistakes]
        assert len(ids) == len(set(ids)), lesson.number
    assert len({mistake.id for _, task in TASKS for mistake in task.mistakes}) >= 60


def test_most_mistakes_are_diagnosed():
    named = 0
    for _, task in TASKS:
        for mistake in task.mistakes:
            named += check_task(wrong(mistake), task).mistake == mistake.id
    assert named >= 45


@each_lesson
def test_the_lesson_is_complete(lesson):
    folder = FOLDER / lesson.folder
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Lesson {lesson.number}: ")
    for word in ("by hand", "paper", "differ", "Questions", "Read on"):
        assert word.lower() in text.lower(), word
    hints = (folder / "hints.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^## [123]\. ", hints, flags=re.MULTILINE)) == 3
    for task in lesson.tasks:
        for number in task.ids.values():
            assert number.startswith(f"{lesson.number}.")
            assert number in (folder / "exercise.py").read_text(encoding="utf-8")


@each_task
def test_layer_tasks_have_cases_that_bring_bugs_out(lesson, task):
    if isinstance(task, LayerTask):
        shapes = [example.shape for example in task.examples]
        assert any(shape[0] > 1 for shape in shapes)
        for example in task.examples:
            assert sample_input(example.shape).size <= 2000  # a check takes a moment


def test_finding_a_lesson():
    assert find("6") is find("06") is find("maxpool2d") is find("06_overlapping_pooling")
    with pytest.raises(ValueError, match="no lesson '99': choose one of"):
        find("99")
