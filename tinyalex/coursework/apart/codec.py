"""Values as JSON: numbers, texts, tuples, arrays by their block, all else by a number.

What the student's process sends can only become plain data, arrays and stand-ins. The judge may
also send functions and objects of the library's, as pickles.
"""

from __future__ import annotations

import base64
import io
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np

from tinyalex.coursework.apart.blocks import NUMBERS, Blocks

GENERATORS = 4  # random generators of the judge's that are kept in step, the latest ones
MISSING = {"missing": None}  # there is no such attribute
PLAIN = (type(None), bool, int, float, str)


class Codec:
    """What both sides do. Subclasses say what becomes of objects, dicts and lists."""

    def __init__(self, forgets: bool) -> None:
        self.blocks = Blocks(forgets)
        self.generators = Generators()
        self.held: list[Any] = []  # alive until both sides know of it

    def encoded(self, value: Any) -> Any:
        if type(value) in PLAIN:
            return value
        if isinstance(value, np.generic):
            return {"scalar": [value.dtype.str, value.tobytes().hex()]}
        if isinstance(value, np.ndarray):
            self.held.append(value)
            return {"array": self.blocks.described(value)}
        if type(value) is tuple:
            return {"tuple": [self.encoded(item) for item in value]}
        if isinstance(value, complex):
            return {"complex": [value.real, value.imag]}
        for kind in (bool, int, float, str):
            if isinstance(value, kind):
                return kind(value)
        return self.encoded_object(value)

    def decoded(self, value: Any) -> Any:
        if type(value) in PLAIN:
            return value
        ((kind, content),) = value.items()
        if kind == "tuple":
            return tuple([self.decoded(item) for item in content])
        if kind == "array":
            return self.blocks.array(content)
        if kind == "scalar":
            dtype, number = content
            if not NUMBERS.fullmatch(dtype):
                raise ValueError("not a number's dtype")
            return np.frombuffer(bytes.fromhex(number), np.dtype(dtype), 1)[0]
        if kind == "complex":
            return complex(*content)
        return self.decoded_object(kind, content)

    def by_value(self, value: dict | list) -> Any:
        if isinstance(value, dict):
            pairs = [[self.encoded(key), self.encoded(item)] for key, item in value.items()]
            return {"dict": pairs}
        return {"list": [self.encoded(item) for item in value]}

    def contents(self, kind: str, content: list) -> dict | list:
        """The dict or list that by_value described."""
        if kind == "dict":
            return {self.decoded(key): self.decoded(item) for key, item in content}
        if kind == "list":
            return [self.decoded(item) for item in content]
        raise ValueError("an unknown kind of value")

    def encoded_object(self, value: Any) -> Any:
        raise NotImplementedError

    def decoded_object(self, kind: str, content: Any) -> Any:
        raise NotImplementedError


class Generators:
    """Random generators that both sides hold, and what states they had at the last message."""

    def __init__(self) -> None:
        self._next = 0
        self._numbers: dict[int, int] = {}  # by the bit generator's id
        self._known: OrderedDict[int, list] = OrderedDict()  # number: [bit generator, state]

    def number(self, bits: np.random.BitGenerator) -> int:
        """The number of a bit generator, new or not. The oldest ones are dropped."""
        number = self._numbers.get(id(bits))
        if number is None:
            self._next += 1
            number = self._numbers[id(bits)] = self._next
            self.keep(number, bits)
        self._known.move_to_end(number)
        return number

    def keep(self, number: int, bits: np.random.BitGenerator) -> None:
        self._known[number] = [bits, None]
        while len(self._known) > GENERATORS:
            _, (dropped, _) = self._known.popitem(last=False)
            self._numbers.pop(id(dropped), None)

    def find(self, number: int) -> np.random.BitGenerator | None:
        known = self._known.get(number)
        if known is None:
            return None
        self._known.move_to_end(number)
        return known[0]

    def changes(self) -> list[list]:
        """[number, state] of those that have drawn since the last message."""
        changed = []
        for number, known in self._known.items():
            state = known[0].state
            if not _same_state(state, known[1]):
                known[1] = state
                changed.append([number, _as_json(state)])
        return changed

    def update(self, changed: list[list]) -> None:
        for number, state in changed:
            known = self._known.get(number)
            if known is not None:
                known[0].state = known[1] = _from_json(state)


def _same_state(state: dict, other: dict | None) -> bool:
    try:
        return state == other
    except ValueError:  # there are arrays in it
        return _as_json(state) == _as_json(other)


def _as_json(state: Any) -> Any:
    if isinstance(state, dict):
        return {key: _as_json(value) for key, value in state.items()}
    if isinstance(state, np.ndarray):
        return {"dtype": state.dtype.str, "numbers": state.tolist()}
    return state if isinstance(state, str) else int(state)


def _from_json(state: Any) -> Any:
    if not isinstance(state, dict):
        return state
    if state.keys() == {"dtype", "numbers"} and NUMBERS.fullmatch(state["dtype"]):
        return np.array(state["numbers"], state["dtype"])
    return {key: _from_json(value) for key, value in state.items()}


class ArraysApart(pickle.Pickler):
    """Pickles an object of the judge's; its arrays and generators stay common to both sides."""

    def __init__(self, file: io.BytesIO, codec: Codec) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._codec = codec

    def persistent_id(self, value: Any) -> Any:
        kinds = (np.ndarray, np.random.Generator, self._codec.stand_in)
        return self._codec.encoded(value) if isinstance(value, kinds) else None


class ArraysTogether(pickle.Unpickler):
    """Only the student's process unpickles, and only what the judge has sent."""

    def __init__(self, file: io.BytesIO, codec: Codec) -> None:
        super().__init__(file)
        self._codec = codec

    def persistent_load(self, place: Any) -> Any:
        return self._codec.decoded(place)


def pickled(value: Any, codec: Codec) -> str:
    file = io.BytesIO()
    ArraysApart(file, codec).dump(value)
    return base64.b64encode(file.getvalue()).decode()


def unpickled(text: str, codec: Codec) -> Any:
    return ArraysTogether(io.BytesIO(base64.b64decode(text)), codec).load()


def refill(container: dict | list, items: dict | list) -> None:
    """Gives a dict or list other contents; it stays the same object."""
    container.clear()
    container.update(items) if isinstance(container, dict) else container.extend(items)


def shallow(container: dict | list) -> dict | list:
    return dict(container) if isinstance(container, dict) else list(container)


def same_items(now: dict | list, before: dict | list) -> bool:
    """Whether two dicts or lists hold the same objects in the same order."""
    if len(now) != len(before):
        return False
    if isinstance(now, dict):
        if list(now) != list(before):
            return False
        now, before = now.values(), before.values()
    return all(a is b for a, b in zip(now, before, strict=True))
