"""What hangs on a layer: its attributes, their elements and attributes, at any depth."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from types import MemberDescriptorType, ModuleType

import numpy as np

_LEAVES = (str, bytes, int, float, complex, np.generic, type, ModuleType)


def everything(root, contents: Callable[[object], list]) -> Iterator:
    """The object itself and all that `contents` leads to from there, each once."""
    seen, waiting = {}, [root]  # seen holds the objects, so that no id is given out again
    while waiting:
        item = waiting.pop()
        if item is None or id(item) in seen or isinstance(item, _LEAVES):
            continue
        seen[id(item)] = item
        yield item
        waiting.extend(contents(item))


def contents(item) -> list:
    """The elements of a container; the attributes of anything else, with those of its classes."""
    if isinstance(item, np.ndarray):
        return list(item.flat) if item.dtype == object else []
    if isinstance(item, dict):
        return [*item.values(), *attributes(item).values()]
    if isinstance(item, list | tuple | set | frozenset | deque):
        return [*item, *attributes(item).values()]
    slots = [slot_value(item, slot) for slot in slots_of(item)]
    return [*attributes(item).values(), *slots, *_shared(type(item))]


def attributes(item) -> dict:
    """The object's own __dict__, or an empty one."""
    own = getattr(item, "__dict__", None)
    return own if isinstance(own, dict) else {}


def slots_of(item) -> list[MemberDescriptorType]:
    """The slots of an object whose classes name them in `__slots__`."""
    return [
        member
        for kind in type(item).__mro__
        if "__slots__" in vars(kind)
        for member in vars(kind).values()
        if isinstance(member, MemberDescriptorType)
    ]


def slot_value(item, slot: MemberDescriptorType, default=None):
    """What stands in a slot, or the default where it is empty."""
    try:
        return slot.__get__(item)
    except AttributeError:
        return default


def _shared(kind: type) -> list:
    """Arrays and containers that a class holds for all of its objects."""
    kinds = np.ndarray | list | dict | set
    return [v for base in kind.__mro__ for v in vars(base).values() if isinstance(v, kinds)]


def named_contents(root) -> Iterator[tuple[str, object]]:
    """All that hangs on an object, each once, with its path: "child.params['W']"."""
    seen, waiting = {}, [("", root)]
    while waiting:
        path, item = waiting.pop()
        if item is None or id(item) in seen or isinstance(item, _LEAVES):
            continue
        seen[id(item)] = item
        yield path, item
        waiting.extend(_named(path, item))


def _named(path: str, item) -> list[tuple[str, object]]:
    if isinstance(item, dict):
        return [(f"{path}[{key!r}]", value) for key, value in item.items()]
    if isinstance(item, list | tuple | deque):
        return [(f"{path}[{number}]", value) for number, value in enumerate(item)]
    start = f"{path}." if path else ""
    return [(f"{start}{name}", value) for name, value in attributes(item).items()]
