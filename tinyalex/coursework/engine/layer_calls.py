"""Calls of a student's layer on an example; a failure names the setting that causes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinyalex.coursework.engine.isolate_setting import narrow
from tinyalex.coursework.engine.student import calls
from tinyalex.coursework.engine.task import LayerTask
from tinyalex.coursework.engine.verdict import Failed, Open
from tinyalex.coursework.engine.wording import (
    backward_text,
    example_text,
    forward_text,
    layer_text,
)
from tinyalex.coursework.mistakes import Example
from tinyalex.gradcheck import sample_input


def built(written: type, task: LayerTask, example: Example, seed: int, **changes):
    """The student's layer and an input, both from the seed."""
    rng = np.random.default_rng(seed)
    arguments = {**example.arguments(rng), **changes}
    layer = calls(task, layer_text(task.name, arguments), written, **arguments)
    # From a generator of its own, which the student's constructor has not seen.
    return layer, sample_input(example.shape, np.random.default_rng([seed, 1]))


def forward(layer, task: LayerTask, x, example) -> Any:
    what = forward_text(task, example, np.shape(x))
    if example.labels is not None:
        return _returned(what, calls(task, what, layer.forward, x, _labels(x, example)))
    return _returned(what, calls(task, what, layer.forward, x, training=example.training))


def _labels(x, example: Example) -> np.ndarray:
    """As whole numbers; a view with gaps where x is one."""
    labels = np.array(example.labels)
    return labels if x.flags.forc else np.repeat(labels, 2)[::2]


def result_of(example: Example) -> str:
    """What a message calls the result of forward."""
    return "y" if example.labels is None else "the loss"


def backward(layer, task: LayerTask, dy, example) -> Any:
    what = backward_text(task, example, np.shape(dy))
    arguments = () if example.labels is not None else (dy,)
    return _returned(what, calls(task, what, layer.backward, *arguments))


def _returned(what: str, result: Any) -> Any:
    if result is None:
        raise Failed(f"{what} returned None: is the return missing?", diagnose=False)
    return result


def each_example(
    agrees: Callable,
    written: type,
    task: LayerTask,
    seed: int,
    examples: Sequence[Example] | None = None,
) -> None:
    """Runs agrees(…) on every example; a failure is reported with the setting that causes it."""
    examples = task.examples if examples is None else examples
    for number, example in enumerate(examples, start=seed):

        def is_right(plainer: Example, number=number) -> bool:
            try:
                agrees(written, task, plainer, number)
            except (Failed, Open):
                return False
            return True

        try:
            agrees(written, task, example, number)
        except Failed as failure:
            arguments = example.arguments(np.random.default_rng(seed))
            remarks = narrow(example, arguments, is_right)
            case = f"\nwith {example_text(task, example)}"
            raise Failed(f"{failure}{case}{remarks}", failure.diagnose) from None
