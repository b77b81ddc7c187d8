"""Right code that goes wrong only in some situation: what fixed cases miss.

Each mutant is the right solution, wrapped: it computes the right result and, in one situation,
changes the result's last number by a hundredth of the largest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import numpy as np

from tinyalex.coursework.engine.task import LayerTask, Task

SHARE = 0.01  # of the largest number


@dataclass
class Call:
    """One call: the arguments by name, which call it is, and the object for a method.

    seen: for backward, the x of the last forward.
    """

    arguments: dict[str, Any]
    number: int
    layer: Any = None
    seen: Any = None

    @property
    def arrays(self) -> list[np.ndarray]:
        return [value for value in self.arguments.values() if isinstance(value, np.ndarray)]


Situation = Callable[[Call], bool]


@dataclass
class Named:
    """A situation in words. part: of the call that it looks at, for tasks that have it."""

    words: str
    holds: Situation
    needs: Callable[[set[str]], bool] = field(default=lambda names: True)


def _of_first(test: Callable[[np.ndarray], bool]) -> Situation:
    """Whether a test holds for the first array among the arguments."""
    return lambda call: bool(call.arrays) and bool(test(call.arrays[0]))


def _of_any(test: Callable[[np.ndarray], bool]) -> Situation:
    return lambda call: any(bool(test(array)) for array in call.arrays)


def _largest(array: np.ndarray) -> float:
    return float(np.abs(array).max(initial=0)) if array.dtype.kind in "fiu" else 0.0


def _ordered(array: np.ndarray, fortran: bool) -> bool:
    flags = array.flags
    return not flags.c_contiguous and flags.f_contiguous == fortran


def _tied(array: np.ndarray) -> bool:
    return array.size > 1 and np.unique(array).size < array.size


ARRAYS = (
    Named("the first array is float32", _of_first(lambda a: a.dtype == np.float32)),
    Named("an array is float32", _of_any(lambda a: a.dtype == np.float32)),
    Named("an array is in Fortran order", _of_any(lambda a: _ordered(a, True))),
    Named("an array is a view with gaps", _of_any(lambda a: _ordered(a, False))),
    Named("the first array has one row", _of_first(lambda a: a.ndim > 0 and len(a) == 1)),
    Named("the first array has over 3 rows", _of_first(lambda a: a.ndim > 0 and len(a) > 3)),
    Named("the first array has over 6 rows", _of_first(lambda a: a.ndim > 0 and len(a) > 6)),
    Named("the last axis is 1 long", _of_first(lambda a: a.ndim > 1 and a.shape[-1] == 1)),
    Named("the last axis is over 4 long", _of_first(lambda a: a.ndim > 1 and a.shape[-1] > 4)),
    Named("the last axis is over 8 long", _of_first(lambda a: a.ndim > 1 and a.shape[-1] > 8)),
    Named("the last axis is odd", _of_first(lambda a: a.ndim > 1 and a.shape[-1] % 2 == 1)),
    Named("the height is odd", _of_first(lambda a: a.ndim == 4 and a.shape[1] % 2 == 1)),
    Named("the width is even", _of_first(lambda a: a.ndim == 4 and a.shape[2] % 2 == 0)),
    Named("the map is wider than high", _of_first(lambda a: a.ndim == 4 and a.shape[2] > a.shape[1])),
    Named("the map is higher than wide", _of_first(lambda a: a.ndim == 4 and a.shape[1] > a.shape[2])),
    Named("the map is square", _of_first(lambda a: a.ndim == 4 and a.shape[1] == a.shape[2])),
    Named("the map is over 8 high", _of_first(lambda a: a.ndim == 4 and a.shape[1] > 8)),
    Named("a number is over 20", _of_any(lambda a: _largest(a) > 20)),
    Named("a number is over 1000", _of_any(lambda a: _largest(a) > 1000)),
    Named("all numbers are below .01", _of_first(lambda a: a.size > 0 and _largest(a) < 0.01)),
    Named("no number is negative", _of_first(lambda a: a.size > 0 and a.min() >= 0)),
    Named("no number is positive", _of_first(lambda a: a.size > 0 and a.max() <= 0)),
    Named("a number is 0", _of_first(lambda a: a.size > 0 and (a == 0).any())),
    Named("two numbers are equal", _of_first(_tied)),
)  # fmt: skip
CALLS = (
    Named("it is the second call or later", lambda call: call.number > 1),
    Named("it is the third call or later", lambda call: call.number > 2),
)


def in_situations(task: Task) -> Iterator[Any]:
    """The mutants of this kind."""
    from tinyalex.coursework.mutation.mutants import Mutant

    for method, number in task.ids.items():
        name = f"{task.name}.{method}" if method else task.name
        for named in situations_of(task, method):
            for what, change in _changes(task, method):
                yield Mutant(
                    number,
                    name,
                    0,
                    "situation",
                    f"where {named.words}",
                    f"{what} is wrong",
                    _maker(task, method, named.holds, change),
                )


def situations_of(task: Task, method: str) -> list[Named]:
    """Those that look at something that the task's calls have."""
    own = getattr(task.reference, method) if method else task.reference
    names = [name for name in inspect.signature(own).parameters if name != "self"]
    found = [*ARRAYS, *CALLS]
    if method == "backward":
        found += [_at_input(named) for named in ARRAYS if "number" in named.words]
    if isinstance(task, LayerTask):
        settings = inspect.signature(task.reference.__init__).parameters
        found += [n for key in settings for n in _setting(key) if key not in ("self", "rng")]
    else:
        found += [n for key in names for n in _argument(key)]
    return found


def _at_input(named: Named) -> Named:
    """The same question about the x of the last forward."""
    return Named(
        f"of x in forward {named.words}",
        lambda call: call.seen is not None and named.holds(Call({"x": call.seen}, 1)),
    )


def _numbers(value: Any) -> list[float]:
    """A number, or the numbers in nested tuples."""
    if isinstance(value, tuple | list):
        return [number for item in value for number in _numbers(item)]
    return [value] if isinstance(value, int | float | np.integer | np.floating) else []


def _about(key: str, get: Callable[[Call], Any]) -> Iterator[Named]:
    """Situations about a number, a pair or a switch."""

    def some(test: Callable[[list], bool]) -> Situation:
        return lambda call: (n := _numbers(get(call))) != [] and bool(test(n))

    for bound in (1, 2, 4, 8):
        yield Named(f"{key} is over {bound}", some(lambda n, b=bound: max(n) > b))
    yield Named(f"{key} is between 0 and 1", some(lambda n: 0 < max(n) < 1))
    yield Named(f"{key} is 0", some(lambda n: max(n) == 0 == min(n)))
    yield Named(f"{key} is 1", some(lambda n: max(n) == 1 == min(n)))
    yield Named(f"{key} is even", some(lambda n: max(n) > 0 and max(n) % 2 == 0))
    yield Named(f"the numbers of {key} differ", some(lambda n: len(set(n)) > 1))
    yield Named(f"{key} falls", some(lambda n: n[0] > n[-1]))
    yield Named(f"{key} is a text or None", lambda call: get(call) is None or isinstance(get(call), str))
    yield Named(f"{key} is true", lambda call: get(call) is True)


def _setting(key: str) -> Iterator[Named]:
    """About an attribute that a layer was built with."""
    yield from _about(key, lambda call: getattr(call.layer, key, ()))


def _argument(key: str) -> Iterator[Named]:
    yield from _about(key, lambda call: call.arguments.get(key, ()))


def _changes(task: Task, method: str) -> Iterator[tuple[str, Callable]]:
    """What goes wrong: (in words, change(result, layer) -> result)."""
    yield "the result", lambda result, layer: off(result)
    if method == "backward" and isinstance(task, LayerTask) and task.name in ("Conv2d", "Linear"):
        for key in ("W", "b"):
            yield f"d{key}", lambda result, layer, key=key: _gradient_off(result, layer, key)


def _gradient_off(result: Any, layer: Any, key: str) -> Any:
    layer.grads[key] = off(layer.grads[key])
    return result


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
            changed[last] += SHARE * max(np.abs(result[np.isfinite(result)]).max(initial=0), 1e-30)
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
        now = holds(Call(names, number, layer, vars(layer).get("_seen") if layer else None))
        if silent and now:
            return None
        result = right(*arguments, **options)
        return change(result, layer) if now else result

    return function


def _noting(forward: Callable) -> Callable:
    """A forward that notes its x for the situations of backward."""

    @wraps(forward)
    def noted(self, x, *arguments, **options):
        self._seen = np.array(x)
        return forward(self, x, *arguments, **options)

    return noted
