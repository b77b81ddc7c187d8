"""A layer's drawn cases, beside the library's layer in float64."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinyalex.coursework.engine.drawn import PASSES, Drawn, agrees, smaller_and_larger
from tinyalex.coursework.engine.layer_calls import backward, built, forward, result_of
from tinyalex.coursework.engine.task import LayerTask
from tinyalex.coursework.engine.verdict import Failed

# The numbers of dy for those of x: their products stay of a size that float32 can add.
_DY = {"whole": "normal", "large": "normal", "positive": "whole", "negative": "small"}
_DY |= {"normal": "large", "small": "negative"}


def forward_agrees(written: type, task: LayerTask, example: Drawn, seed: int) -> None:
    """Raises Failed unless y is the library's."""
    _passes(written, task, example, seed, passes=1, and_backward=False)


def backward_agrees(written: type, task: LayerTask, example: Drawn, seed: int) -> None:
    """Raises Failed unless y, dx and the gradients are the library's, pass after pass."""
    _passes(written, task, example, seed, passes=PASSES, and_backward=True)


def _passes(
    written: type, task: LayerTask, drawn: Drawn, seed: int, passes: int, and_backward: bool
) -> None:
    dtype = {"dtype": drawn.dtype} if "dtype" in drawn.arguments(np.random.default_rng(0)) else {}
    layer, _ = built(written, task, drawn, seed, **dtype)
    right, _ = built(task.reference, task, drawn, seed)
    rng = np.random.default_rng([seed, 6])
    for number in range(1, passes + 1):
        example = smaller_and_larger(drawn, number)
        x = drawn.array(example.shape, rng)
        _share_parameters(layer, right, rng if number > 1 else None)
        expected = forward(right, task, in_float64(x), example)
        y = forward(layer, task, x, example)
        after = f" of pass {number} through one layer" if number > 1 else ""
        size = np.abs(x).max(initial=0)
        agrees(f"{result_of(drawn)}{after}", y, expected, drawn, size)
        if not and_backward:
            continue
        dy = replace(drawn, numbers=_DY[drawn.numbers]).array(np.shape(expected), rng)
        expected, slope = backward(right, task, in_float64(dy), example), np.abs(dy).max(initial=0)
        dx = backward(layer, task, dy, example)
        agrees(f"dx{after}", dx, expected, drawn, slope)
        found = {f"d{key}": layer.grads[key] for key in getattr(right, "grads", {})}
        for key, expected in getattr(right, "grads", {}).items():
            agrees(f"d{key}{after}", found[f"d{key}"], expected, drawn, slope * max(size, 1))
        _keep_type(found | {"dx": dx} | ({} if drawn.labels else {"y": y}), drawn, after)


def _keep_type(found: dict[str, np.ndarray], drawn: Drawn, after: str) -> None:
    for name, array in found.items():
        if array.dtype != drawn.dtype:
            raise Failed(
                f"{name}{after} is {array.dtype} where all it is made of is {drawn.dtype}: a layer "
                "must keep the dtype"
            )


def _share_parameters(layer, right, rng: np.random.Generator | None) -> None:
    """Gives the library's layer the student's parameters, drawn again in place first if asked."""
    for key, array in getattr(layer, "params", {}).items():
        if rng is not None:
            array[...] = rng.normal(size=array.shape)
        right.params[key] = in_float64(array)


def in_float64(array) -> np.ndarray:
    """A copy in C order."""
    return np.array(array, dtype=float, order="C")
