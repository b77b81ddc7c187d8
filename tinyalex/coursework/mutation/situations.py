"""Right code that goes wrong only in some situation: what fixed cases miss.

Each mutant is the right solution, wrapped: it computes the right result and, in one situation,
changes the result's last number by a hundredth of the largest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

import numpy as np

from tinyalex.coursework.engine.task import LayerTask, Task
from tinyalex.coursework.mutation.kinds import ARRAYS, KINDS

SHARE = 0.01  # of the largest number
WHOLE = {"average_ranks", "nearest_class", "Perceptron"}  # results that float32 holds exactly


@dataclass
class Call:
    """One call: the arguments by name, which call it is, and the object for a method.

    seen: for backward, the x of the last forward.
    """

    arguments: dict[str, Any]
    number: int
    layer: Any = None
    seen: Any = None

    def value(self, key: str) -> Any:
        """An argument, what forward was given, or an attribute; None if there is no such thing."""
        if key in self.arguments:
            return self.arguments[key]
        return self.seen if key in ("x", "logits") else getattr(self.layer, key, None)


Situation = Callable[[Call], bool]


def in_situations(task: Task, domains: dict[str, dict]) -> Iterator[tuple]:
    """(number of the part, its name, the situation, what is wrong there, make) for each mutant.

    make(): builds the class or function.
    """
    for method, number in task.ids.items():
        name = f"{task.name}.{method}" if method else task.name
        for words, holds in situations_of(task, method, domains):
            for what, change in _changes(task, method):
                make = _maker(task, method, holds, change)
                yield number, name, f"where {words}", f"{what} is wrong", make
        for words, change in habits_of(task, method, domains):
            for when, holds in (("always", lambda call: True), SECOND):
                make = _maker(task, method, holds, change)
                yield number, name, when, words, make


SECOND = ("it is the second call or later", lambda call: call.number > 1)
THIRD = ("it is the third call or later", lambda call: call.number > 2)


def situations_of(
    task: Task, method: str, domains: dict[str, dict]
) -> Iterator[tuple[str, Situation]]:
    """Those that can arise in the task: (in words, the test)."""
    for key, kinds in _domain(task, method, domains).items():
        for kind in kinds.split():
            for words, test in KINDS[kind].items():
                yield words.format(key), _about(key, test, kind in ARRAYS)
    yield from (SECOND, THIRD)


def habits_of(
    task: Task, method: str, domains: dict[str, dict]
) -> Iterator[tuple[str, Callable[[Any, Call], Any]]]:
    """Bad habits that leave the result right, or nearly so: (in words, the change)."""
    own = getattr(task.reference, method) if method else task.reference
    for key, kinds in _domain(task, method, domains).items():
        if set(kinds.split()) & set(ARRAYS) and key in inspect.signature(own).parameters:
            yield f"{key} is changed", partial(changing, key)
            if {"values", "asked"} & set(kinds.split()) and task.name not in WHOLE:
                yield f"the result has the digits of float32 for {key}", rounded
            if "dtype" in kinds.split():
                yield f"the result is float64 for any {key}", doubled


def _domain(task: Task, method: str, domains: dict[str, dict]) -> dict[str, str]:
    name = f"{task.name}.{method}" if method else task.name
    return domains.get(task.name, {}) | domains.get(name, {})


def _about(key: str, test: Callable, is_array: bool) -> Situation:
    def holds(call: Call) -> bool:
        value = call.value(key)
        if isinstance(value, np.ndarray) and is_array:
            return value.size > 0 and bool(test(value))
        return value is not None and not is_array and bool(test(value))

    return holds


def _changes(task: Task, method: str) -> Iterator[tuple[str, Callable]]:
    """What goes wrong: (in words, change(result, call) -> result)."""
    yield "the result", lambda result, call: off(result)
    if method == "backward" and isinstance(task, LayerTask) and task.name in ("Conv2d", "Linear"):
        for key in ("W", "b"):
            yield f"d{key}", partial(_gradient_off, key)


def _gradient_off(key: str, result: Any, call: Call) -> Any:
    call.layer.grads[key] = off(call.layer.grads[key])
    return result


def changing(key: str, result: Any, call: Call) -> Any:
    """Writes into an argument, after the result has been computed."""
    array = call.arguments[key]
    if isinstance(array, np.ndarray) and array.size and array.flags.writeable:
        array[(-1,) * array.ndim] = 1 - array[(-1,) * array.ndim]
    return result


def rounded(result: Any, call: Call) -> Any:
    """float64 with the digits of float32."""
    if isinstance(result, tuple | list):
        return type(result)(rounded(item, call) for item in result)
    if getattr(result, "dtype", None) == np.float64:
        return result.astype("float32").astype("float64")
    return float(np.float32(result)) if isinstance(result, float) else result


def doubled(result: Any, call: Call) -> Any:
    return result.astype("float64") if getattr(result, "dtype", None) == np.float32 else result


def off(result: Any) -> Any:
    """A result with its last number changed; the kind and dtype stay."""
    if isinstance(result, tuple | list):
        changed = [*result[:-1], off(result[-1])] if result else [0]
        fields = hasattr(result, "_fields")
        return type(result)(*changed) if fields else type(result)(changed)
    if isinstance(result, bool | np.bool_):
        return not result
    if isinstance(result, int | np.integer):
        return type(result)(result + 1)
    if isinstance(result, float | np.floating):
        return type(result)(result + SHARE * max(1.0, abs(result)))
    if isinstance(result, np.ndarray) and result.size:
        changed = result.copy()
        last = (-1,) * result.ndim
        if result.dtype.kind == "f":
            changed[last] += SHARE * (np.abs(result[np.isfinite(result)]).max(initial=0) or 1)
        else:
            changed[last] = not changed[last] if result.dtype.kind == "b" else changed[last] + 1
        return changed
    if hasattr(result, "layers"):  # a network: its last bias
        result.layers[-1][1].params["b"][-1] += SHARE
    return result


def _maker(task: Task, method: str, holds: Situation, change: Callable) -> Callable[[], Any]:
    def make() -> Any:
        reference = task.reference
        right = getattr(reference, method) if method else reference
        wrong = _wrong(right, holds, change)
        if not method:
            return wrong
        methods = {method: wrong}
        if method == "backward":
            methods["forward"] = _noting(reference.forward)
        return type(task.name, (reference,), methods)

    return make


def _wrong(right: Callable, holds: Situation, change: Callable) -> Callable:
    """The right function, wrong in a situation. One without a result then does nothing."""
    parameters, counted = inspect.signature(right), {}
    silent = right.__name__ in ("step", "update")

    @wraps(right)
    def function(*arguments, **options):
        bound = parameters.bind(*arguments, **options)
        bound.apply_defaults()
        names = dict(bound.arguments)
        layer = names.pop("self", None)
        owner = counted if layer is None else vars(layer)
        number = owner["_calls"] = owner.get("_calls", 0) + 1
        call = Call(names, number, layer, vars(layer).get("_seen") if layer else None)
        now = holds(call)
        if silent and now:
            return None
        result = right(*arguments, **options)
        return change(result, call) if now else result

    return function


def _noting(forward: Callable) -> Callable:
    """A forward that notes its x for the situations of backward."""

    @wraps(forward)
    def noted(self, x, *arguments, **options):
        self._seen = x
        return forward(self, x, *arguments, **options)

    return noted
