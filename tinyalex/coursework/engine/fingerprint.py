"""Fingerprints: all that a layer or function computes on a few cases, part by part."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tinyalex.coursework.engine.task import FunctionTask, Hand, LayerTask
from tinyalex.coursework.mistakes import Example
from tinyalex.gradcheck import sample_input

SEED = 12345
RAISES = "raises"  # the part that holds an exception
TYPE = " type"  # ends the name of the part that holds an array's dtype

Fingerprint = dict[str, Any]


def cases_of(task: LayerTask | FunctionTask) -> list[Callable[[Any], Fingerprint]]:
    """Functions that each map a layer class or a function to its fingerprint on one case."""
    if isinstance(task, LayerTask):
        hands = [hand for hand in (task.hand, task.corner) if hand is not None]
        return [
            *(partial(of_layer, example=example) for example in task.examples),
            *(partial(of_layer, example=example, negative=True) for example in task.examples),
            *(partial(_of_hand, hand=hand) for hand in hands),
        ]
    cases = task.cases(np.random.default_rng(SEED))
    return [partial(_of_function, task=task, arguments=arguments) for arguments in cases]


def of_layer(layer_class: type, example: Example, negative: bool = False) -> Fingerprint:
    """y, dx and the gradients of two passes, and x, dy and the parameters after them.

    If something raises, the exception comes last. negative: x has no positive number.
    """

    def build():
        rng = np.random.default_rng(SEED)
        layer = example.build(layer_class, rng)
        x = sample_input(example.shape, rng)
        return layer, -np.abs(x) if negative else x

    return _two_passes(build, example.labels, example.training)


def _of_hand(layer_class: type, hand: Hand) -> Fingerprint:
    """The same for a worked example, which holds numbers that random ones avoid: 0 and 1000."""

    def build():
        layer = layer_class(**hand.arguments)
        for key, value in hand.params.items():
            layer.params[key] = np.array(value, dtype=float)
        return layer, np.array(hand.x, dtype=float)

    return _two_passes(build, hand.labels, hand.training)


def _two_passes(build: Callable, labels, training: bool) -> Fingerprint:
    shown: Fingerprint = {}
    try:
        layer, x = build()
        labels = None if labels is None else np.array(labels)
        for again in ("", " again"):
            _one_pass(layer, x, labels, training, shown, again)
        shown |= {f"{key} after": np.array(value) for key, value in layer.params.items()}
    except Exception as error:
        shown[RAISES] = _named(error)
    return shown


def _one_pass(layer, x, labels, training: bool, shown: dict, again: str) -> None:
    """One forward and backward. Passes copies of x and dy and records them afterwards."""
    given = x.copy()
    if labels is not None:
        shown["y" + again] = np.array(layer.forward(given, labels))
        shown["dx" + again] = np.array(layer.backward())
        shown["x after" + again] = given
        return
    y = np.array(layer.forward(given, training=training))
    shown["y" + again] = y
    # The same for every layer whose y has this shape.
    rng = np.random.default_rng(SEED)
    dy = rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1.0, 1.0], y.shape)
    upstream = dy.astype(y.dtype)  # a layer may refuse a dy of another type than its y
    before = upstream.copy()
    shown["dx" + again] = np.array(layer.backward(upstream))
    shown |= {f"d{key}{again}": np.array(value) for key, value in layer.grads.items()}
    shown |= {"x after" + again: given, "dy changed" + again: upstream - before}
    for name in [name for name in shown if name.removesuffix(" again") in ("y", "dx", "dW", "db")]:
        shown[name + TYPE] = shown[name].dtype.name


def _of_function(written: Any, task: FunctionTask, arguments: tuple) -> Fingerprint:
    try:
        return flatten(task.run(written, *copy.deepcopy(arguments)))
    except Exception as error:
        return {RAISES: _named(error)}


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def flatten(result: Any, name: str = "") -> dict[str, Any]:
    """A number, an array, or a tuple, list or dict of these, as arrays by name.

    The parts of a named tuple have its fields' names.
    """
    if isinstance(result, tuple) and hasattr(result, "_fields"):  # a named tuple
        parts = result._asdict().items()
    elif isinstance(result, dict):
        parts = result.items()
    elif isinstance(result, tuple | list) and not all(np.isscalar(item) for item in result):
        parts = enumerate(result)
    else:
        return {name: np.asarray(result)}
    arrays: dict[str, Any] = {}
    for key, item in parts:
        arrays |= flatten(item, f"{name}[{key!r}]")
    return arrays
