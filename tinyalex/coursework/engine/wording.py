"""What was called, as text that a student can type in."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from tinyalex.coursework.engine.task import FunctionTask, Hand, LayerTask
from tinyalex.coursework.mistakes import Example
from tinyalex.support.text import cut

SMALL = 6  # numbers of an array that are shown
LONGEST = 80  # characters of one argument


def layer_text(name: str, arguments: dict[str, Any]) -> str:
    """MaxPool2d(kernel_size=3, stride=2), without the generator of the weights."""
    shown = [f"{key}={value!r}" for key, value in arguments.items() if key != "rng"]
    return f"{name}({', '.join(shown)})"


def example_text(task: LayerTask, example: Example) -> str:
    """The layer of an example, and what it is given."""
    layer = layer_text(task.name, example.arguments(np.random.default_rng(0)))
    x = "x" if example.labels is None else "logits"
    return f"{layer}, {x} of shape {example.shape}{when(task, example)}"


def forward_text(task: LayerTask, example: Example, shape: tuple[int, ...]) -> str:
    """MaxPool2d(kernel_size=3).forward(x) with x of shape (2, 7, 7, 3)."""
    layer = layer_text(task.name, example.arguments(np.random.default_rng(0)))
    if example.labels is not None:
        return f"{layer}.forward(logits, labels) with logits of shape {shape}"
    mode = f", training={example.training}" if _depends_on_training(task) else ""
    return f"{layer}.forward(x{mode}) with x of shape {shape}"


def backward_text(task: LayerTask, example: Example, shape: tuple[int, ...]) -> str:
    """MaxPool2d(kernel_size=3).backward(dy) with dy of shape (2, 3, 3, 3)."""
    layer = layer_text(task.name, example.arguments(np.random.default_rng(0)))
    if example.labels is not None:
        return f"{layer}.backward()"
    return f"{layer}.backward(dy) with dy of shape {shape}{when(task, example)}"


def worked_text(task: LayerTask, hand: Hand) -> str:
    """The worked example, with the layer's arguments if it has any."""
    layer = f", {layer_text(task.name, hand.arguments)}" if hand.arguments else ""
    return f"the worked example{layer}{when(task, hand)}"


def when(task: LayerTask, example: Example | Hand) -> str:
    """Whether in training or at test, for layers to which it matters."""
    if not _depends_on_training(task):
        return ""
    return ", in training (training=True)" if example.training else ", at test (training=False)"


def _depends_on_training(task: LayerTask) -> bool:
    return any(example.training for example in task.examples)


def call_text(task: FunctionTask, arguments: tuple) -> str:
    """im2col(x, kernel=(2, 3), groups=1) with x of shape (2, 4, 5, 2)."""
    own = _names(task.reference)
    names = _names(task.run)[1:] or own  # run may take *arguments as they are
    pairs = list(zip(names, arguments, strict=False))
    apart = {name: value_text(item) for name, item in pairs if _is_long(item)}
    if not set(names[: len(arguments)]) <= set(own):  # what is called is made from these
        return f"{task.name} with {', '.join(_equals(n, value_text(item)) for n, item in pairs)}"
    called = [name if name in apart else f"{name}={value_text(item)}" for name, item in pairs]
    given = ", ".join(_equals(name, text) for name, text in apart.items())
    return f"{task.name}({', '.join(called)})" + (f" with {given}" if given else "")


def _names(function: Callable) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    return [one.name for one in parameters if one.kind is not one.VAR_POSITIONAL]


def _is_long(item: Any) -> bool:
    return isinstance(item, np.ndarray) or callable(item) or hasattr(item, "words")


def _equals(name: str, text: str) -> str:
    return f"{name} {text}" if text.startswith("of shape") else f"{name} = {text}"


def value_text(item: Any) -> str:
    """An argument in a few words: a large array by its shape, a network by its layers.

    An object with the attribute `words` is called by them.
    """
    if hasattr(item, "words"):
        return item.words
    if isinstance(item, np.ndarray):
        kind = "" if item.dtype != np.float32 else " in float32"
        text = " ".join(repr(item.tolist()).split())
        few = 0 < item.size <= SMALL and len(text) <= LONGEST
        return text + kind if few else f"of shape {item.shape}{kind}"
    if isinstance(item, np.ufunc):
        return f"np.{item.__name__}"
    if callable(item):
        return getattr(item, "__name__", type(item).__name__)
    if isinstance(item, list):
        item = [value.item() if isinstance(value, np.generic) else value for value in item]
    return cut(" ".join(repr(item).split()), LONGEST)


def network_text(net: Any) -> str:
    """A Sequential's layers with their arguments: conv1 Conv2d(3, 4, 3) → relu1 ReLU()"""
    return " → ".join(f"{name} {_constructor(layer)}" for name, layer in net)


def _constructor(layer: Any) -> str:
    """The call that makes such a layer, as far as its attributes tell."""
    shown = []
    for name, parameter in inspect.signature(type(layer)).parameters.items():
        if not hasattr(layer, name) or parameter.kind in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        ):
            continue
        value = _plainly(getattr(layer, name))
        if parameter.default is parameter.empty:
            shown.append(repr(value))
        elif value != parameter.default and isinstance(value, int | float | str | tuple | bool):
            shown.append(f"{name}={value!r}")
    return f"{type(layer).__name__}({', '.join(shown)})"


def _plainly(value: Any) -> Any:
    """((1, 1), (1, 1)) and (1, 1) as 1; ((1, 0), (1, 1)) as (1, 0, 1, 1)."""
    flat = tuple(np.ravel(value).tolist()) if isinstance(value, tuple) else (value,)
    return flat[0] if len(set(flat)) == 1 else flat
