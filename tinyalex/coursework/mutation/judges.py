"""Who judges the mutants: the course's check, or the gradient check."""

from __future__ import annotations

import numpy as np

from tinyalex import layers
from tinyalex.backend import use_backend
from tinyalex.coursework.engine import isolate_setting
from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.lessons import lessons
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import LayerTask, Task
from tinyalex.coursework.mistakes import EXAMPLES, Example
from tinyalex.coursework.mutation.mutants import Mutant
from tinyalex.coursework.mutation.trial import Judge
from tinyalex.gradcheck import GradientError, check_gradients, sample_input


def course_check(task: Task, seed: int) -> Judge:
    """The verdict that a student would get."""

    def judge(mutant: Mutant) -> str:
        # In this process nobody reads the message, so no plainer settings are tried for it.
        isolate_setting.PLAIN.clear()
        try:
            made = mutant.make()
        except Exception:
            return "does not run"
        verdict = check_task(made, task, seed, explain=False)
        return "" if verdict.passed else verdict.stage

    return judge


def backward_tasks() -> list[LayerTask]:
    """For each of the library's layers the task of writing backward.

    examples: its own one of EXAMPLES, those of its lesson, and drawn ones, in which every two
    values of its options meet.
    """
    every = [task for lesson in lessons().values() for task in lesson.tasks]
    more = {task.name: _examples(task) for task in every if isinstance(task, LayerTask)}
    more["AvgPool2d"] = more["MaxPool2d"]  # of the same arguments
    tasks = []
    for name, example in EXAMPLES.items():
        ids, layer = {"backward": f"gradcheck {name}"}, getattr(layers, name)
        tasks.append(LayerTask(ids, layer, (example, *more.get(name, ())), None, None))
    return tasks


def _examples(task: LayerTask) -> tuple[Example, ...]:
    """The fixed ones, and drawn ones with something in them to differentiate."""
    if task.options is None:
        return task.examples
    rng = np.random.default_rng(0)
    drawn = [task.example(one, rng) for one in every_pair(dict(task.options), rng, task.alone)]
    return (*task.examples, *(one for one in drawn if np.prod(one.shape)))


def gradient_check(task: LayerTask, seed: int) -> Judge:
    """check_gradients, on the layer's examples. Its forward is right, so it must find all."""

    def judge(mutant: Mutant) -> str:
        use_backend("numpy")
        try:
            made = mutant.make()
            for example in task.examples:
                rng = np.random.default_rng(seed)
                layer, x = example.build(made, rng), sample_input(example.shape, rng)
                labels = None if example.labels is None else np.array(example.labels)
                check_gradients(layer, x, labels=labels, training=example.training, seed=seed)
        except GradientError:
            return "gradients"
        except Exception as error:
            return type(error).__name__
        return ""

    return judge
