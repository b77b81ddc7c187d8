"""All that a layer holds, so that a check can leave it as it was found."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from tinyalex import backend
from tinyalex.gradcheck.reach import contents, everything, slot_value, slots_of

Undo = Callable[[], None]


class State:
    """What a layer holds now: a running mean, a counter, what forward kept, the gradients.

    Saved are the attributes of the layer and of everything that hangs on it, the elements of lists,
    dicts, sets and deques, and the numbers in arrays. What stands behind a function or a bound
    method is not the layer's own and is left alone.
    besides: arrays that somebody else puts back.
    """

    def __init__(self, layer, besides: list) -> None:
        others = {id(array) for array in besides}
        items = [item for item in everything(layer, contents) if id(item) not in others]
        self._undos: list[Undo] = [undo for item in items for undo in _undos(item)]

    def restore(self) -> None:
        """Puts everything back in place: whoever holds an array or list sees the old values."""
        for undo in self._undos:
            undo()


def _undos(item) -> list[Undo]:
    """What puts this one object back, without the objects that it refers to."""
    undos = [_undo_slot(item, slot) for slot in slots_of(item)]
    own = getattr(item, "__dict__", None)
    if isinstance(own, dict):
        undos.append(_undo_dict(own))
    if isinstance(item, np.ndarray | backend.xp.ndarray):
        undos.append(_undo_array(item))
    elif isinstance(item, dict):
        undos.append(_undo_dict(item))
    elif isinstance(item, list | deque | set):
        undos.append(_undo_elements(item))
    return undos


def _undo_array(array) -> Undo:
    if not getattr(array.flags, "writeable", True):
        return lambda: None
    saved = array.copy()

    def undo() -> None:
        array[...] = saved

    return undo


def _undo_dict(entries: dict) -> Undo:
    saved = dict(entries)

    def undo() -> None:
        if list(entries) != list(saved) or not _same(entries.values(), saved.values()):
            entries.clear()
            entries.update(saved)

    return undo


def _undo_elements(items: list | deque | set) -> Undo:
    saved = list(items)

    def undo() -> None:
        if not _same(items, saved):
            items.clear()
            items.update(saved) if isinstance(items, set) else items.extend(saved)

    return undo


def _undo_slot(item, slot) -> Undo:
    missing = object()
    saved = slot_value(item, slot, missing)

    def undo() -> None:
        if slot_value(item, slot, missing) is saved:
            return
        if saved is missing:
            slot.__delete__(item)
        else:
            slot.__set__(item, saved)

    return undo


def _same(now, before) -> bool:
    """Whether these are the same objects in the same order."""
    return len(now) == len(before) and all(a is b for a, b in zip(now, before, strict=True))
