"""A small, safe pickle interpreter, which cannot execute code.

A pickle is a program for a stack machine, and Python's `pickle` lets it import and call anything.
Even with a list of allowed imports, that is a large machine to trust. Weight files use about forty
of its opcodes, and this interpreter knows no others. Names in a pickle (GLOBAL) are looked up in a
dictionary from the format's reader, which gives a `Function` written for that name or a plain
marker. Nothing is imported, and an unknown name raises ValueError.

The number of opcodes, the length of strings and integers, and the number of open marks are limited.
Values are never compared, hashed (dictionary keys are only strings and 64-bit integers), printed or
traversed, since a small pickle could make that take forever; so nesting depth does not matter.

Format: Python's `pickletools`, protocols 2 to 4.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tinyalex.weights.formats.parsed_file import shown

MOST_OPCODES = 100_000  # an AlexNet takes a few hundred, with an optimizer a few thousand
MOST_MARKS = 100
LONGEST_TEXT = 2**16  # bytes
LONGEST_NUMBER = 10  # bytes: PyTorch's magic number
LONGEST_NAME = 200  # bytes, for a module or a name in it
COPIED = 2**16  # longer byte strings stay views of the file


@dataclass(frozen=True)
class Function:
    """A function that a pickle may call: `call` gets the arguments as one tuple and checks them."""

    call: Callable[[tuple], Any]


class Buildable:
    """Base class of values whose state is set after creation (opcode BUILD)."""

    def build(self, state: Any) -> None:
        raise NotImplementedError


def read_pickle(
    data: memoryview,
    names: dict[tuple[str, str], Any],
    at: int = 0,
    persistent: Callable[[Any], Any] | None = None,
) -> tuple[Any, int]:
    """The value of the pickle that begins at `at`, and where it ends.

    names: the value of each (module, name). persistent: converts a persistent id to a value.
    Raises ValueError for anything that weights do not need.
    """
    machine = _Machine(data, at, names, persistent)
    try:
        return machine.run(), machine.at
    except (UnicodeDecodeError, struct.error):
        raise ValueError(f"its pickle is damaged before byte {machine.at}") from None


def text(value: Any) -> str:
    """A str, also from the bytes that Python 2 wrote for one. Raises ValueError otherwise."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        raise ValueError(f"its pickle has a {type(value).__name__} instead of a name")
    return value


class _Machine:
    def __init__(self, data, at, names, persistent) -> None:
        self.data, self.at, self.names, self.persistent = data, at, names, persistent
        self.stack: list[Any] = []
        self.marks: list[int] = []  # heights of the stack
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        for _ in range(MOST_OPCODES):
            code = self.number(1)
            if code == STOP:
                value = self.pop()
                if self.stack or self.marks:
                    raise self.damage("ends with values left over")
                return value
            if code in PUSHES:
                self.stack.append(PUSHES[code](self))
            elif code in ACTS:
                ACTS[code](self)
            else:
                raise self.damage(f"has opcode {code:#04x}, which weights do not need")
        raise ValueError(f"its pickle has more than {MOST_OPCODES:,} opcodes")

    def damage(self, what: str) -> ValueError:
        return ValueError(f"its pickle {what} (byte {self.at})")

    # --- the bytes ---

    def take(self, count: int) -> memoryview:
        if count > len(self.data) - self.at:
            raise self.damage("is cut off")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size: int, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)

    def long(self) -> int:
        size = self.number(1)
        if size > LONGEST_NUMBER:
            raise self.damage(f"has a number of {size} bytes")
        return self.number(size, signed=True)

    def read_text(self, length_bytes: int) -> str:
        size = self.number(length_bytes)
        if size > LONGEST_TEXT:
            raise self.damage(f"has a string of {size:,} bytes")
        return str(self.take(size), "utf-8")

    def read_bytes(self, length_bytes: int) -> bytes | memoryview:
        view = self.take(self.number(length_bytes))
        return bytes(view) if len(view) <= COPIED else view

    def line(self) -> str:
        ahead = bytes(self.data[self.at : self.at + LONGEST_NAME + 1])
        length = ahead.find(b"\n")
        if length < 0:
            raise self.damage("has an endless name")
        self.at += length + 1
        return ahead[:length].decode("utf-8")

    # --- the stack ---

    def pop(self) -> Any:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise self.damage("takes a value from an empty stack")
        return self.stack.pop()

    def pop_to_mark(self) -> list:
        if not self.marks:
            raise self.damage("closes a mark that is not open")
        height = self.marks.pop()
        values = self.stack[height:]
        del self.stack[height:]
        return values

    def last(self, kind: type) -> Any:
        """The value on top of the stack, which must be of this type. It is not removed."""
        value = self.pop()
        if not isinstance(value, kind):
            raise self.damage(f"adds items to a {type(value).__name__}, not a {kind.__name__}")
        self.stack.append(value)
        return value

    def several(self, count: int) -> tuple:
        return tuple(self.pop() for _ in range(count))[::-1]

    # --- opcodes ---

    def mark(self) -> None:
        if len(self.marks) == MOST_MARKS:
            raise self.damage(f"nests more than {MOST_MARKS} deep")
        self.marks.append(len(self.stack))

    def remember(self, index: int) -> None:
        self.memo[index] = self.stack[-1] if self.stack else self.pop()

    def recall(self, index: int) -> Any:
        if index not in self.memo:
            raise self.damage("reads a memo entry that it did not write")
        return self.memo[index]

    def name(self, module: Any, name: Any) -> Any:
        module, name = text(module), text(name)
        if (module, name) not in self.names:
            raise ValueError(
                f"its pickle asks for {shown(f'{module}.{name}')}, which weights do not need: "
                "refused, nothing was executed (for your own model, save only its state_dict)"
            )
        return self.names[module, name]

    def stack_name(self) -> Any:
        return self.name(*self.several(2))

    def reduce(self) -> Any:
        function, arguments = self.several(2)
        if not isinstance(function, Function) or not isinstance(arguments, tuple):
            raise self.damage("calls something that is not a function")
        return function.call(arguments)

    def persistent_value(self) -> Any:
        if self.persistent is None:
            raise self.damage("refers to external data")
        return self.persistent(self.pop())

    def extend(self, values: list) -> None:
        self.last(list).extend(values)

    def set_items(self, values: list) -> None:
        if len(values) % 2:
            raise self.damage("has a key without a value")
        target = self.last(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[self.key(key)] = value

    def key(self, key: Any) -> Any:
        small = isinstance(key, int) and -(2**63) <= key < 2**64
        if not (small or isinstance(key, str | bytes)):
            raise self.damage(f"has a {type(key).__name__} as a dictionary's key")
        return key

    def build(self) -> None:
        target, state = self.several(2)
        if isinstance(target, Buildable):
            target.build(state)
        elif not isinstance(target, dict):  # a state_dict's state is its version, not needed
            raise self.damage(f"sets the state of a {type(target).__name__}")
        self.stack.append(target)


STOP = ord(".")
PUSHES: dict[int, Callable[[_Machine], Any]] = {  # the result is pushed onto the stack
    ord("N"): lambda m: None,
    0x88: lambda m: True,
    0x89: lambda m: False,
    ord("K"): lambda m: m.number(1),
    ord("M"): lambda m: m.number(2),
    ord("J"): lambda m: m.number(4, signed=True),
    0x8A: _Machine.long,
    ord("G"): lambda m: struct.unpack(">d", m.take(8))[0],
    0x8C: lambda m: m.read_text(1),
    ord("X"): lambda m: m.read_text(4),
    ord("U"): lambda m: m.read_bytes(1),  # Python 2's str
    ord("T"): lambda m: m.read_bytes(4),
    ord("C"): lambda m: m.read_bytes(1),
    ord("B"): lambda m: m.read_bytes(4),
    0x8E: lambda m: m.read_bytes(8),
    ord(")"): lambda m: (),
    ord("]"): lambda m: [],
    ord("}"): lambda m: {},
    0x85: lambda m: m.several(1),
    0x86: lambda m: m.several(2),
    0x87: lambda m: m.several(3),
    ord("t"): lambda m: tuple(m.pop_to_mark()),
    ord("h"): lambda m: m.recall(m.number(1)),
    ord("j"): lambda m: m.recall(m.number(4)),
    ord("c"): lambda m: m.name(m.line(), m.line()),
    0x93: _Machine.stack_name,
    ord("R"): _Machine.reduce,
    0x81: _Machine.reduce,  # NEWOBJ, which creates an instance: here also a `Function`
    ord("Q"): _Machine.persistent_value,
}
ACTS: dict[int, Callable[[_Machine], Any]] = {
    0x80: lambda m: m.number(1),  # protocol
    0x95: lambda m: m.number(8),  # frame: only a hint for buffering
    ord("("): _Machine.mark,
    ord("q"): lambda m: m.remember(m.number(1)),
    ord("r"): lambda m: m.remember(m.number(4)),
    0x94: lambda m: m.remember(len(m.memo)),
    ord("a"): lambda m: m.extend([m.pop()]),
    ord("e"): lambda m: m.extend(m.pop_to_mark()),
    ord("s"): lambda m: m.set_items(list(m.several(2))),
    ord("u"): lambda m: m.set_items(m.pop_to_mark()),
    ord("b"): _Machine.build,
}
