"""A common mistake has its name in whatever form it is written."""

from collections import Counter

import mistake_forms_conv  # noqa: F401  (it fills FORMS, as the next four do)
import mistake_forms_data  # noqa: F401
import mistake_forms_dense  # noqa: F401
import mistake_forms_norm  # noqa: F401
import mistake_forms_others  # noqa: F401
import mistake_forms_pooling  # noqa: F401
import pytest
from mistake_forms import FORMS

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.lessons import find

NAMES = [f"{id}-{written.__name__}" for _, id, written in FORMS]


def task_of(lesson, id):
    (task,) = [
        task for task in find(lesson).tasks if id in [mistake.id for mistake in task.mistakes]
    ]
    return task


@pytest.mark.slow
@pytest.mark.parametrize(("lesson", "id", "written"), FORMS, ids=NAMES)
def test_a_mistake_is_named_in_every_form(lesson, id, written):
    for seed in range(2):
        verdict = check_task(written, task_of(lesson, id), seed)
        assert not verdict.passed
        assert verdict.mistake == id, verdict


def test_two_mistakes_a_lesson_in_three_forms_each():
    forms = Counter((lesson, id) for lesson, id, _ in FORMS)
    often = Counter(lesson for (lesson, _), count in forms.items() if count >= 3)
    for lesson in ("02", "03", "04", "05", "06", "07", "08", "16"):
        assert often[lesson] >= 2, lesson
