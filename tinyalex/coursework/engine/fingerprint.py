"""Fingerprints: all that a layer or function computes on one case, to compare number by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyalex.coursework.engine.task import FunctionTask, LayerTask
from tinyalex.coursework.mistakes import Example
from tinyalex.gradcheck import sample_input

SEED = 12345
SAME = 1e-9  # relative; the same formula in another order of additions


def of_layer(layer_class: type, example: Example) -> dict[str, Any]:
    """y, dx and the gradients of two passes, and x, dy and the parameters after them.

    If something raises, the name of the exception comes last.
    """
    rng = np.random.default_rng(SEED)
    shown: dict[str, Any] = {}
    try:
        layer = example.build(layer_class, rng)
        x = sample_input(example.shape, rng)
        labels = None if example.labels is None else np.array(example.labels)
        for again in ("", " again"):
            _one_pass(layer, x, labels, example.training, shown, again)
        shown |= {f"{key} after": np.array(value) for key, value in layer.params.items()}
    except Exception as error:
        shown["raises"] = type(error).__name__
    return shown


def _one_pass(layer, x, labels, training: bool, shown: dict, again: str) -> None:
    """One forward and backward. Passes copies of x and dy and records them afterwards."""
    given = x.copy()
    if labels is not None:
        shown["y" + again] = np.array(layer.forward(given, labels))
        shown["dx" + again] = np.array(layer.backward())
        shown["x after" + again] = given
        return
    y = layer.forward(given, training=training)
    shown["y" + again] = np.array(y)
    # The same for every layer whose y has this shape.
    rng = np.random.default_rng(SEED)
    dy = rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1.0, 1.0], y.shape)
    upstream = dy.copy()
    shown["dx" + again] = np.array(layer.backward(upstream))
    shown |= {f"d{key}{again}": np.array(value) for key, value in layer.grads.items()}
    shown |= {"x after" + again: given, "dy after" + again: upstream}


def of_function(written, task: FunctionTask) -> dict[str, Any]:
    """The results for all cases."""
    shown: dict[str, Any] = {}
    for number, arguments in enumerate(task.cases(np.random.default_rng(SEED))):
        try:
            for name, array in flatten(task.run(written, *arguments)).items():
                shown[f"case {number}{name}"] = array
        except Exception as error:
            shown[f"case {number} raises"] = type(error).__name__
    return shown


def flatten(result: Any, name: str = "") -> dict[str, Any]:
    """A number, an array, or a tuple, list or dict of these, as arrays by name."""
    if isinstance(result, dict):
        parts = result.items()
    elif isinstance(result, tuple | list) and not all(np.isscalar(item) for item in result):
        parts = enumerate(result)
    else:
        return {name: np.asarray(result)}
    arrays: dict[str, Any] = {}
    for key, item in parts:
        arrays |= flatten(item, f"{name}[{key!r}]")
    return arrays


def same(one: dict, other: dict) -> bool:
    """Whether two fingerprints are equal."""
    return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)


def _same(a, b) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str) and isinstance(b, str) and a == b
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind not in "fc":
        return bool((a == b).all())
    allowed = SAME * max(np.abs(b[np.isfinite(b)]).max(initial=0), 1e-300)
    with np.errstate(invalid="ignore"):
        return bool(((np.abs(a - b) <= allowed) | (a == b) | (np.isnan(a) & np.isnan(b))).all())


def diagnose(written: Any, task: LayerTask | FunctionTask):
    """The one named mistake whose fingerprint equals that of the student's work, or None.

    Also None if two mistakes look the same here or the work looks right.
    """
    own = _of(written, task)
    if same(own, _of(task.reference, task)):
        return None
    wrong = [m for m in task.mistakes if same(own, _of(m.wrong, task))]
    return wrong[0] if len(wrong) == 1 else None


def _of(written: Any, task: LayerTask | FunctionTask) -> dict[str, Any]:
    with np.errstate(all="ignore"):
        if isinstance(task, LayerTask):
            return of_layer(written, task.examples[0])
        return of_function(written, task)
