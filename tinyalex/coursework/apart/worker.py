"""The process that runs a student's file: it answers the judge's questions, and knows no answers.

python -m tinyalex.coursework.apart.worker LESSON FILE MEMORY SECONDS APART, with pipes as standard
input and output. The judge (`judge.py`) asks for a method's result or an attribute, one question
after another. Nothing that this process says is a verdict.
"""

from __future__ import annotations

import importlib
import inspect
import operator
import os
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from tinyalex.backend import use_backend
from tinyalex.coursework.apart import guard, limits, wire
from tinyalex.coursework.apart.codec import (
    MISSING,
    PLAIN,
    Codec,
    refill,
    same_items,
    shallow,
    unpickled,
)
from tinyalex.coursework.engine.exercise import Exercise
from tinyalex.coursework.engine.lessons import by_number
from tinyalex.coursework.engine.printed import few_lines
from tinyalex.coursework.engine.student import place_of, text_of
from tinyalex.coursework.engine.verdict import LONGEST, Failed, Open
from tinyalex.support.text import cut

ITEMS = 10_000  # of an object that is asked for all its items
WHAT = {
    "get": getattr,
    "set": setattr,
    "call": lambda function, *arguments, **options: function(*arguments, **options),
    "method": lambda thing, name, *rest, **options: getattr(thing, name)(*rest, **options),
    "items": lambda thing: tuple(islice(thing, ITEMS)),
    "length": len,
    "item": operator.getitem,
}


def main() -> None:
    number, path, memory, seconds, apart = sys.argv[1:]
    reading, writing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null if apart == "apart" else 2, 1)  # what a student prints is not an answer
    if apart == "apart":
        os.dup2(null, 2)
    os.close(null)
    use_backend("numpy")
    exercise = Exercise(by_number(number), Path(path))
    limits.confine(int(memory), float(seconds), Path(path).parent if apart == "apart" else None)
    if apart == "apart":
        guard.stand_guard()
    with few_lines(descriptors=apart != "apart") as printed, np.errstate(all="ignore"):
        exercise.at_each_task = printed.restart
        serve(Answers(exercise), reading, writing)
    os._exit(0)  # do not wait for threads or exit handlers of the student's


def serve(answers: Answers, reading: int, writing: int) -> None:
    """Answers one question after another, until there are no more."""
    while True:
        try:
            question, content = wire.receive(reading)
        except EOFError:
            return
        said, parts = answers.answer(question, content)
        try:
            wire.send(writing, said, parts)
        except ValueError as error:  # too large
            kept = {key: said[key] for key in ("number", "kinds")}
            nothing = {"contents": [], "states": [], "blocks": []}
            wire.send(writing, {**kept, **nothing, "raised": _raised(error)}, [])


class Answers(Codec):
    """Does what is asked, and describes the result."""

    stand_in = ()

    def __init__(self, exercise: Exercise) -> None:
        super().__init__(forgets=False)
        self._next = 0
        self._by_number: dict[int, Any] = {0: exercise}
        self._numbers: dict[int, int] = {id(exercise): 0}
        self._last: dict[int, Any] = {}  # what was in a dict or list at the last message
        self._kinds: dict[int, tuple[int, type]] = {}
        self._new_kinds: list = []
        self._profile: Any = None
        self._asked: dict[type, dict[str, None]] = {}

    def answer(self, question: dict, content: memoryview) -> tuple[dict, list[bytes]]:
        said: dict[str, Any] = {"number": question["number"], "contents": []}
        try:
            what, arguments, result = self._done(question, content)
            said["value"] = self.encoded(result)
            said["attributes"] = self._foreseen(what, arguments, result)
            said["contents"] = self._changed_contents()
        except BaseException as error:  # SystemExit among them
            said.pop("value", None)
            said["raised"] = _raised(error)
        said["kinds"], self._new_kinds = self._new_kinds, []
        said["states"] = self.generators.changes()
        said["blocks"], parts = self.blocks.changes()
        self.held.clear()
        return said, parts

    def _done(self, question: dict, content: memoryview) -> tuple[str, list, Any]:
        blocks, objects = question["forgotten"]
        self.blocks.forget(blocks)
        self._forget(objects)
        self.blocks.update(question["blocks"], content)
        arguments = [self.decoded(value) for value in question["arguments"]]
        options = {key: self.decoded(value) for key, value in question["options"].items()}
        for number, kind, items in question["contents"]:
            self._fill(number, self.contents(kind, items))
        self.generators.update(question["states"])
        for what, told in question["told"]:
            WHAT[what](*[self.decoded(value) for value in told])
        what = question["what"]
        if what == "get":
            self._asked.setdefault(type(arguments[0]), {})[arguments[1]] = None
        sys.setprofile(self._profile)
        try:
            return what, arguments, WHAT[what](*arguments, **options)
        finally:
            self._profile = sys.getprofile()
            sys.setprofile(None)  # only the student's code is watched, or it takes time

    def _foreseen(self, what: str, arguments: list, result: Any) -> list:
        """Attributes that the judge will ask for: those that it has asked for of this class."""
        thing = {"method": arguments[0], "call": result}.get(what)
        number = self._numbers.get(id(thing))
        if number is None or type(thing) not in self._asked:
            return []
        found = []
        for name in self._asked[type(thing)]:
            try:
                found.append([number, name, self.encoded(getattr(thing, name))])
            except AttributeError:
                found.append([number, name, MISSING])
            except Exception:
                continue  # let the judge ask
        return found

    def encoded_object(self, value: Any) -> Any:
        if isinstance(value, dict | list):
            return {"container": self._number(value)}
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            items = [self.encoded(item) for item in value]
            return {"named": [type(value).__name__, list(value._fields), items]}
        if isinstance(value, tuple):
            return self.encoded(tuple(value))
        return {"object": [self._number(value), self._kind(type(value))]}

    def decoded_object(self, kind: str, content: Any) -> Any:
        if kind == "object":
            return self._by_number[content]
        if kind == "pickle":
            return unpickled(content, self)
        if kind == "generator":
            number, of, bits_of = content
            bits = self.generators.find(number)
            if bits is None:
                bits = _named(bits_of)(0)
                self.generators.keep(number, bits)
            return _named(of)(bits)
        return self.contents(kind, content)

    def _number(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            self._next += 1
            number = self._numbers[id(value)] = self._next
            self._by_number[number] = value
            if isinstance(value, dict | list):
                self._last[number] = None
        return number

    def _forget(self, numbers: list[int]) -> None:
        for number in numbers:
            self._numbers.pop(id(self._by_number.pop(number)), None)
            self._last.pop(number, None)

    def _kind(self, kind: type) -> int:
        """The number of a class; at its first use the judge hears of its methods."""
        number, _ = self._kinds.get(id(kind), (len(self._kinds), None))
        if number == len(self._kinds):
            self._kinds[id(kind)] = number, kind
            self._new_kinds.append([number, [kind.__name__, self._methods(kind)]])
        return number

    def _methods(self, kind: type) -> dict[str, list | None]:
        """The parameters of a class's methods: name, kind, whether it has a default, and which."""
        found: dict[str, list | None] = {}
        for base in reversed(kind.__mro__):
            for name, member in vars(base).items():
                found.pop(name, None)
                if inspect.isfunction(member) and (name == "__init__" or name[:2] != "__"):
                    found[name] = self._parameters(member)
        return found

    def _parameters(self, function: Any) -> list | None:
        try:
            parameters = list(inspect.signature(function).parameters.values())[1:]
        except (TypeError, ValueError):
            return None
        found = []
        for one in parameters:
            has, default = one.default is not one.empty, one.default
            items = default if isinstance(default, tuple) else (default,)
            plain = has and all(type(item) in PLAIN for item in items)
            found.append([one.name, int(one.kind), has, self.encoded(default) if plain else None])
        return found

    def _fill(self, number: int, items: dict | list) -> None:
        container = self._by_number[number]
        refill(container, items)
        self._last[number] = shallow(container)

    def _changed_contents(self) -> list:
        """The dicts and lists that the judge has and that are no longer what they were."""
        changed, again = [], True
        while again:
            again = False
            for number, last in list(self._last.items()):
                container = self._by_number[number]
                if last is None or not same_items(container, last):
                    self._last[number] = shallow(container)
                    changed.append([number, *next(iter(self.by_value(container).items()))])
                    again = True  # what is in it may be new
        return changed


def _named(place: str) -> Any:
    module, _, name = place.partition(":")
    return operator.attrgetter(name)(importlib.import_module(module))


def _raised(error: BaseException) -> list[str]:
    """The exception's name, the nearest of Python's own, its text, and the line that raised it."""
    try:
        own = next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins")
        complaint = isinstance(error, Failed | Open)  # of a helper of ours, in several lines
        text = cut(str(error), LONGEST) if complaint else text_of(error)
        return [type(error).__name__, own.__name__, text, place_of(error)]
    except Exception:
        return ["Exception", "Exception", "its text cannot be shown", ""]


if __name__ == "__main__":
    main()
