"""The judge's side: stand-ins for objects in the student's process, and the calls to them."""

from __future__ import annotations

import inspect
import weakref
from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinyalex.coursework.apart import wire
from tinyalex.coursework.apart.codec import MISSING, Codec, pickled, refill, same_items, shallow
from tinyalex.coursework.apart.raised import exception
from tinyalex.coursework.engine.verdict import Ended

MALFORMED = "no verdict: the file writes into the check's own pipe"
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


class StandIn:
    """An object in the student's process. What is asked of it is asked there, at every use."""

    __slots__ = ("__weakref__", "_far_calls", "_far_number")
    _far_methods: dict[str, inspect.Signature | None] = {}  # noqa: RUF012  (one for each class)

    def __init__(self, calls: Calls, number: int) -> None:
        object.__setattr__(self, "_far_calls", calls)
        object.__setattr__(self, "_far_number", number)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python and NumPy ask of an object is not asked there
            raise AttributeError(name)
        if name in self._far_methods:
            return FarMethod(self, name)
        return self._far_calls.attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._far_calls.ask("set", self, name, value)

    def __call__(self, *arguments, **options) -> Any:
        return self._far_calls.ask("call", self, *arguments, **options)

    def __iter__(self) -> Iterator:
        return iter(self._far_calls.ask("items", self))

    def __len__(self) -> int:
        return self._far_calls.ask("length", self)

    def __getitem__(self, key: Any) -> Any:
        return self._far_calls.ask("item", self, key)

    def __bool__(self) -> bool:
        return True

    def __reduce__(self):
        raise TypeError("an object in another process cannot be copied")

    def apply_there(self, function: Callable, *arguments, **options) -> Any:
        """function(self, …), over there. It must be one that can be imported."""
        return self._far_calls.ask("call", function, self, *arguments, **options)

    def tell_there(self, method: str) -> None:
        """Calls a method before the next question is answered. Its errors are the question's."""
        self._far_calls.tell("method", self, method)


class FarMethod:
    """A method of an object in the student's process."""

    def __init__(self, thing: StandIn, name: str) -> None:
        self._thing, self.__name__ = thing, name
        signature = thing._far_methods[name]
        if signature is not None:
            self.__signature__ = signature

    def __call__(self, *arguments, **options) -> Any:
        return self._thing._far_calls.ask(
            "method", self._thing, self.__name__, *arguments, **options
        )


class FarDict(dict):
    """A dict of the student's. Both processes find what the other one has put into it."""

    __slots__ = ("__weakref__",)


class FarList(list):
    """A list of the student's."""

    __slots__ = ("__weakref__",)


class Calls(Codec):
    """Asks the student's process, and makes the answers into plain data, arrays and stand-ins.

    reading, writing: the pipes. reason: says, once a pipe is closed, why.
    """

    stand_in = (StandIn, FarDict, FarList)

    def __init__(self, reading: int, writing: int, reason: Callable[[], str]) -> None:
        super().__init__(forgets=True)
        self._reading, self._writing, self._reason = reading, writing, reason
        self.ended: str | None = None
        self.asked = 0
        self._forgotten: list[int] = []
        self._told: list = []
        self._attributes: dict[tuple[int, str], tuple] = {}
        self._objects: weakref.WeakValueDictionary = weakref.WeakValueDictionary()
        self._numbers: dict[int, int] = {}  # of FarDicts and FarLists, by id
        self._last: dict[int, Any] = {}  # what was in them at the last message
        self._kinds: dict[int, type[StandIn]] = {}

    def ask(self, what: str, /, *arguments, **options) -> Any:
        """The answer; raises what the student's code raised there, or Ended."""
        if self.ended is not None:
            raise Ended(self.ended)
        self.asked += 1
        if what != "get":
            self._attributes.clear()
        alive = self._alive()
        header, parts = self._question(what, arguments, options)
        try:
            wire.send(self._writing, header, parts)
            answer, content = wire.receive(self._reading)
            value, error = self._answer(answer, content)
        except (EOFError, OSError):
            self._end(self._reason())
        except UNREADABLE:
            self._end(MALFORMED)
        del alive
        self.held += self._alive()  # until the next question tells what was changed in them
        if error is not None:
            raise error
        return value

    def attribute(self, thing: StandIn, name: str) -> Any:
        """Asked for once, until something else is asked: only then can it change."""
        key = thing._far_number, name
        if key not in self._attributes:
            try:
                found = self.ask("get", thing, name), None
            except AttributeError as error:
                found = None, error
            self._attributes[key] = found
        value, error = self._attributes[key]
        if error is not None:
            raise error.with_traceback(None)
        return value

    def _alive(self) -> list:
        return [*self.blocks.held(), *self._objects.values()]

    def tell(self, what: str, *arguments) -> None:
        self._told.append([what, [self.encoded(value) for value in arguments]])

    def _end(self, reason: str) -> None:
        self.ended = reason
        raise Ended(reason) from None

    def _question(self, what: str, arguments: tuple, options: dict) -> tuple[dict, list[bytes]]:
        header: dict[str, Any] = {"number": self.asked, "what": what, "told": self._told.copy()}
        self._told.clear()
        header["arguments"] = [self.encoded(value) for value in arguments]
        header["options"] = {key: self.encoded(value) for key, value in options.items()}
        header["contents"] = self._changed_contents()
        header["states"] = self.generators.changes()
        header["blocks"], parts = self.blocks.changes()
        self.held.clear()
        header["forgotten"] = [self.blocks.forgotten.copy(), self._forgotten.copy()]
        self.blocks.forgotten.clear()
        self._forgotten.clear()
        return header, parts

    def _answer(self, answer: dict, content: memoryview) -> tuple[Any, Exception | None]:
        if answer["number"] != self.asked:
            raise ValueError("an answer to another question")
        touched: list[Any] = self.blocks.update(answer["blocks"], content)
        for number, (name, methods) in answer["kinds"]:
            self._kinds[number] = self._kind(name, methods)
        touched += [self._container(number, kind) for number, kind, _ in answer["contents"]]
        for number, kind, items in answer["contents"]:
            self._fill(number, self.contents(kind, items))
        self.generators.update(answer["states"])
        if "raised" in answer:
            return None, exception(*answer["raised"])
        value = self.decoded(answer["value"])
        for number, name, found in answer["attributes"]:
            missing = found == MISSING
            self._attributes[number, name] = (
                (None, AttributeError(name)) if missing else (self.decoded(found), None)
            )
        self.held += [*touched, value]
        return value, None

    def encoded_object(self, value: Any) -> Any:
        if isinstance(value, StandIn):
            return {"object": value._far_number}
        if id(value) in self._numbers:
            return {"object": self._numbers[id(value)]}
        if type(value) in (dict, list, FarDict, FarList):
            return self.by_value(value)
        if isinstance(value, np.random.Generator):
            bits = value.bit_generator
            kinds = [f"{kind.__module__}:{kind.__qualname__}" for kind in map(type, (value, bits))]
            return {"generator": [self.generators.number(bits), *kinds]}
        return {"pickle": pickled(value, self)}

    def decoded_object(self, kind: str, content: Any) -> Any:
        if kind == "container":
            return self._objects[content]
        if kind == "named":
            name, fields, items = content
            values = [self.decoded(item) for item in items]
            return namedtuple(str(name)[:100], fields, rename=True)(*values)
        if kind != "object":
            raise ValueError("an unknown kind of value")
        number, of = content
        known = self._objects.get(number)
        if known is None:
            known = self._kinds[of](self, number)
            self._objects[number] = known
            weakref.finalize(known, self._forgotten.append, number).atexit = False
        return known

    def _kind(self, name: str, methods: dict[str, list]) -> type[StandIn]:
        signatures = {str(key): self._signature(found) for key, found in methods.items()}
        own = {"__slots__": (), "__signature__": signatures.pop("__init__", None)}
        return type(str(name)[:100], (StandIn,), {**own, "_far_methods": signatures})

    def _signature(self, parameters: list | None) -> inspect.Signature | None:
        if parameters is None:
            return None
        empty, found = inspect.Parameter.empty, []
        for name, kind, has, default in parameters:
            default = self.decoded(default) if has else empty
            found.append(inspect.Parameter(name, inspect._ParameterKind(kind), default=default))
        return inspect.Signature(found)

    def _container(self, number: int, kind: str) -> FarDict | FarList:
        known = self._objects.get(number)
        if known is None:
            known = FarDict() if kind == "dict" else FarList()
            self._objects[number], self._numbers[id(known)] = known, number
            weakref.finalize(known, self._drop, number, id(known)).atexit = False
        return known

    def _drop(self, number: int, identity: int) -> None:
        self._forgotten.append(number)
        self._numbers.pop(identity, None)
        self._last.pop(number, None)

    def _fill(self, number: int, items: dict | list) -> None:
        container = self._objects[number]
        refill(container, items)
        self._last[number] = shallow(container)

    def _changed_contents(self) -> list:
        changed = []
        for number, last in list(self._last.items()):
            container = self._objects.get(number)
            if container is not None and not same_items(container, last):
                changed.append([number, *next(iter(self.by_value(container).items()))])
                self._last[number] = shallow(container)
        return changed
