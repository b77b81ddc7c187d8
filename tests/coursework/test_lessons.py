"""What holds for every lesson: its stub, its solution, its named mistakes, its text."""

import inspect
import re

import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.lessons import FOLDER, lessons
from tinyalex.coursework.engine.student import load_module
from tinyalex.coursework.engine.task import LayerTask
from tinyalex.gradcheck import sample_input

LESSONS = list(lessons().values())
TASKS = [(lesson, task) for lesson in LESSONS for task in lesson.tasks]
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.folder)
each_task = pytest.mark.parametrize(
    ("lesson", "task"), TASKS, ids=[f"{lesson.number}-{task.name}" for lesson, task in TASKS]
)

WRONG = [
    (task, mistake.id, form)
    for _, task in TASKS
    for mistake in task.mistakes
    for form in mistake.forms
]


def stubs(lesson):
    return FOLDER / lesson.folder / "exercise.py"


def parameters(function):
    return [(p.name, p.default, p.kind) for p in inspect.signature(function).parameters.values()]


@each_task
def test_the_stub_is_open_and_says_what_to_write(lesson, task):
    verdict = check_task(getattr(load_module(stubs(lesson)), task.name), task)
    assert verdict.open, verdict
    assert not verdict.passed
    (method, number), *_ = task.ids.items()
    assert f"task {number}: {'.'.join(filter(None, (task.name, method)))}" in verdict.message
    # A forward is first asked for shapes; everything else for the worked example.
    assert verdict.stage == ("shapes" if "forward" in task.ids else "worked example")


@pytest.mark.slow
@each_task
@pytest.mark.parametrize("seed", range(4))
def test_the_library_passes_every_stage(lesson, task, seed):
    verdict = check_task(task.reference, task, seed)
    assert verdict.passed, verdict


@each_task
def test_signatures_and_docstrings_are_the_librarys(lesson, task):
    written, right = getattr(load_module(stubs(lesson)), task.name), task.reference
    assert inspect.getdoc(written) == inspect.getdoc(right)
    if not inspect.isclass(written):
        assert parameters(written) == parameters(right)
        return
    methods = [name for name, f in vars(written).items() if inspect.isfunction(f)]
    assert set(task.ids) <= set(methods)
    for name in methods:
        pair = getattr(written, name), getattr(right, name)
        assert inspect.getdoc(pair[0]) == inspect.getdoc(pair[1]), name
        assert parameters(pair[0]) == parameters(pair[1]), name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "id", "wrong"), WRONG, ids=[f"{id}-{wrong.__name__}" for _, id, wrong in WRONG]
)
def test_every_named_mistake_is_caught_and_called_by_name(task, id, wrong):
    for seed in range(3):
        verdict = check_task(wrong, task, seed, explain=seed == 0)
        assert not verdict.passed
        assert not verdict.open
        assert seed or verdict.mistake == id, verdict


def test_there_are_mistakes_enough():
    for lesson in LESSONS:
        ids = [mistake.id for task in lesson.tasks for mistake in task.mistakes]
        assert len(ids) == len(set(ids)), lesson.number
    assert len({mistake.id for _, task in TASKS for mistake in task.mistakes}) >= 60


@each_lesson
def test_the_lesson_is_complete(lesson):
    folder = FOLDER / lesson.folder
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Lesson {lesson.number}: ")
    assert re.search("by hand|worked example", text, re.IGNORECASE)
    for word in ("paper", "differ", "Questions", "Read on"):
        assert word.lower() in text.lower(), word
    minutes = int(re.search(r"^\*About (\d+) minutes\.", text, re.MULTILINE)[1])
    course = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"\({lesson.folder}/README.md\) \|.*\| {minutes} \|$", course, re.MULTILINE)
    assert minutes <= 90
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


@each_lesson
def test_formulas_fit_the_notebooks_page(lesson):
    text = (FOLDER / lesson.folder / "README.md").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("    ") and len(line) > 96] == []
