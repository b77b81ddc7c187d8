"""Each exercise.py imports what a student needs who fills it in."""

import inspect
import re
import sys

import pytest

from tinyalex.coursework.engine.checker import check_lesson
from tinyalex.coursework.engine.lessons import FOLDER, lessons
from tinyalex.coursework.engine.student import load_module

LESSONS = list(lessons().values())
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.folder)
MODULES = {"np", "layers", "optim", "metrics", "inspection", "backend", "kernels"}
MODULES |= set(sys.stdlib_module_names) - {"code", "copy", "select", "this"}  # words of the texts


def stub(lesson):
    return FOLDER / lesson.folder / "exercise.py"


@each_lesson
def test_a_filled_in_stub_can_use_numpy(lesson, tmp_path):
    text = stub(lesson).read_text(encoding="utf-8")
    path = tmp_path / lesson.folder / "exercise.py"
    path.parent.mkdir()
    path.write_text(re.sub(r"^( +)raise Not", r"\1np.ones(1)\n\1raise Not", text, flags=re.M))
    for verdict in check_lesson(lesson, path):
        assert verdict.open, verdict  # and not a NameError


@each_lesson
def test_what_hints_and_comments_name_is_imported(lesson):
    lines = stub(lesson).read_text(encoding="utf-8").splitlines()
    texts = [line for line in lines if not line.startswith(("import ", "from "))]
    texts += re.findall(r"`([^`]+)`", (stub(lesson).parent / "hints.md").read_text("utf-8"))
    used = {name for text in texts for name in re.findall(r"(?<![\w.])(\w+)\.[a-z]\w+", text)}
    bound = set(vars(load_module(stub(lesson))))
    assert (used & MODULES) <= bound | {"python"}


@each_lesson
def test_types_in_signatures_are_imported(lesson):
    module = load_module(stub(lesson))
    for task in lesson.tasks:
        written = getattr(module, task.name)
        for function in vars(written).values() if inspect.isclass(written) else [written]:
            if inspect.isfunction(function):
                inspect.signature(function, eval_str=True)
