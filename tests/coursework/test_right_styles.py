"""No false alarm: right solutions in many styles, on two seeds."""

import pytest
from right_styles import styles

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.lessons import lessons

TASKS = {task.ids[next(iter(task.ids))]: task for one in lessons().values() for task in one.tasks}
EVERY = [(number, style) for number, task in TASKS.items() for style in styles(task)]


def passes(number, style, seeds):
    task = TASKS[number]
    written = styles(task)[style]
    for seed in seeds:
        verdict = check_task(written, task, seed)
        assert verdict.passed, f"seed {seed}: {verdict}"


@pytest.mark.slow
@pytest.mark.parametrize("number", ["02.1", "02.3", "06.1", "12.1"])
def test_right_solutions_pass(number):
    for style in styles(TASKS[number]):
        passes(number, style, [0])


@pytest.mark.slow
@pytest.mark.parametrize(("number", "style"), EVERY)
def test_right_solutions_pass_on_another_seed(number, style):
    passes(number, style, [1])
