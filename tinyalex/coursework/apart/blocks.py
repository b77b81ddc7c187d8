"""Arrays that two processes hold in common: what one of them writes, the other one finds.

The unit is the block, the memory that an array and all its views share. Before each message either
side looks which blocks have changed since the last one, and sends these.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import MutableMapping
from typing import Any

import numpy as np

NUMBERS = re.compile(r"[<>|=]?[biufc]\d{1,2}")  # dtypes that may cross
MOST = 2**26  # bytes that an array may claim to have, whatever its strides


class Blocks:
    """The blocks by number. forgets: whether those that nobody uses any more are dropped.

    The judge's side forgets, and tells the other side the `forgotten` numbers; the other keeps
    everything until it is told.
    """

    def __init__(self, forgets: bool) -> None:
        self._forgets, self._next = forgets, 0
        self._by_number: dict[int, _Block] = {}
        self._by_id: dict[int, _Block] = {}
        self.forgotten: list[int] = []

    def described(self, array: np.ndarray) -> list:
        """The array's place in its block, as JSON has it. TypeError if it holds no numbers."""
        if array.dtype.kind not in "biufc":
            raise TypeError(f"an array of numbers is needed; this one is of {array.dtype}")
        plain = array.view(np.ndarray) if type(array) is not np.ndarray else array
        root = _root(plain)
        if root is None:  # its memory is not its own, and has gaps
            plain = root = plain.copy()
        size = max(root.nbytes, plain.nbytes)
        if size > MOST:
            raise ValueError(f"an array of {size:,} bytes is too large: {MOST:,} at most")
        block = self._by_id.get(id(root)) or self._add(root)
        offset = _address(plain) - block.address
        flags = int(plain.flags.writeable)
        place = (block.number, offset, plain.dtype.str, plain.shape, plain.strides, flags)
        if place not in block.arrays:
            block.arrays[place] = plain
        return list(place)

    def array(self, place: Any) -> np.ndarray:
        """The array at a place that the other side described. ValueError if there is none."""
        number, offset, kind, shape, strides, writeable = place
        key = (number, offset, kind, tuple(shape), tuple(strides), writeable)
        block = self._by_number[number]
        known = block.arrays.get(key)
        if known is not None:
            return known
        if not NUMBERS.fullmatch(kind):
            raise ValueError("not a number's dtype")
        dtype, count = np.dtype(kind), 1
        for length in shape:
            count *= length
        if count * dtype.itemsize > MOST:
            raise ValueError("the array is too large")
        if count:
            made = np.ndarray(key[3], dtype, block.memory(), offset, key[4])
        else:
            made = np.empty(key[3], dtype)
        made.flags.writeable = bool(writeable)
        block.arrays[key] = made
        return made

    def changes(self) -> tuple[list, list[bytes]]:
        """[number, length] of each block that is new or has changed, and their bytes."""
        numbers, parts = [], []
        for block in list(self._by_number.values()):
            memory = block.memory()
            if memory is None:
                continue
            now = memory.tobytes()
            if now != block.last:
                block.last = now
                numbers.append([block.number, len(now)])
                parts.append(now)
        return numbers, parts

    def update(self, numbers: list, content: memoryview) -> list[np.ndarray]:
        """Writes what the other side sent. Returns the blocks, so that new ones stay for a while.

        ValueError for a length that does not fit.
        """
        start, touched = 0, []
        for number, length in numbers:
            part = content[start : start + length]
            if not isinstance(number, int) or not 0 <= length == len(part):
                raise ValueError("the message is shorter than it says")
            start += length
            block = self._by_number.get(number)
            if block is None:
                memory = np.empty(length, np.uint8)
                block = self._add(memory, number)
            else:
                memory = block.memory()
                if len(memory) != length:
                    raise ValueError("a block has another length")
            if length and memory.flags.writeable:
                memory[...] = np.frombuffer(part, np.uint8)
            block.last = part.tobytes()
            touched.append(memory)
        return touched

    def held(self) -> list:
        """What keeps every block alive while it is held."""
        return [block.root() for block in self._by_number.values()]

    def forget(self, numbers: list[int]) -> None:
        for number in numbers:
            block = self._by_number.pop(number, None)
            if block is not None:
                self._by_id.pop(block.identity, None)

    def _add(self, root: np.ndarray, number: int | None = None) -> _Block:
        if number is None:  # either side counts in its own direction
            self._next += 1
            number = self._next if self._forgets else -self._next
        block = _Block(number, root, self._drop if self._forgets else None)
        self._by_number[number] = self._by_id[block.identity] = block
        return block

    def _drop(self, number: int) -> None:
        self.forget([number])
        self.forgotten.append(number)


class _Block:
    def __init__(self, number: int, root: np.ndarray, drop) -> None:
        self.number, self.identity, self.address = number, id(root), _address(root)
        self.last: bytes | None = None
        self.arrays: MutableMapping[tuple, np.ndarray]
        if drop is None:
            memory = _bytes_of(root)
            self.root, self.arrays, self.memory = lambda: root, {}, lambda: memory
        else:
            self.root = weakref.ref(root, lambda _: drop(number))
            self.arrays = weakref.WeakValueDictionary()

    def memory(self) -> np.ndarray | None:
        """All bytes of the block in the order of memory."""
        root = self.root()
        return None if root is None else _bytes_of(root)


def _root(array: np.ndarray) -> np.ndarray | None:
    """The array that owns the memory; None if its bytes do not lie side by side."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array if _bytes_of(array) is not None else None


def _bytes_of(root: np.ndarray) -> np.ndarray | None:
    root = root if type(root) is np.ndarray else root.view(np.ndarray)
    if root.dtype.kind not in "biufc":
        return None
    if not root.flags.c_contiguous:
        axes = sorted(range(root.ndim), key=lambda axis: -root.strides[axis])
        root = root.transpose(axes)
        if not root.flags.c_contiguous:
            return None
    if not root.size:
        return np.empty(0, np.uint8)
    return root.reshape(-1).view(np.uint8)


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]
