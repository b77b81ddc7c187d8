"""Freezing randomness, so that every forward draws the same dropout mask."""

from __future__ import annotations

import copy
import random
import sys
from contextlib import suppress
from functools import partial

import numpy as np

from tinyalex.gradcheck.reach import attributes, contents, everything

_GENERATORS = (
    np.random.Generator,
    np.random.RandomState,
    np.random.BitGenerator,
    random.Random,
)
_DRAWS = ("random", "uniform", "normal", "randn", "rand", "randint")  # any class with one of these


class FrozenRandomness:
    """Every random generator that a layer can reach, with the state it had at the start.

    Found are numpy Generators, RandomStates and BitGenerators, Python's `random.Random`, and
    objects of other classes with a method like `random` or `normal`: among the layer's attributes,
    at any depth of lists, dicts and sub-layers, and among the global names of the modules that
    define their classes; and the two global ones, `np.random` and `random`.
    """

    def __init__(self, layer) -> None:
        self._generators: list[tuple] = []
        self.take_up(layer)
        self._global_states = (np.random.get_state(), random.getstate())
        self._global_used = True

    def take_up(self, layer) -> None:
        """Adds generators that were not there before, with the state that they have now."""
        known = {id(generator) for generator, _ in self._generators}
        for found in everything(layer, _reachable):
            if id(found) not in known and (isinstance(found, _GENERATORS) or _draws(found)):
                with suppress(NotImplementedError):  # random.SystemRandom has no state
                    self._generators.append((found, _state(found)))

    def rewind(self) -> None:
        """Puts every generator back to the start."""
        for generator, state in self._generators:
            _restore(generator, state)
        if self._global_used:
            np.random.set_state(self._global_states[0])
            random.setstate(self._global_states[1])

    def look_what_was_used(self) -> None:
        """After a first forward and backward: stops rewinding the global ones if left alone."""
        _, keys, position, *_ = np.random.get_state()
        _, keys_before, position_before, *_ = self._global_states[0]
        same = position == position_before and np.array_equal(keys, keys_before)
        self._global_used = not same or random.getstate() != self._global_states[1]


def find_generators(root) -> list:
    """The random generators that can be reached from an object, each once."""
    return [item for item in everything(root, _reachable) if isinstance(item, _GENERATORS)]


def _reachable(item) -> list:
    """What hangs on the object, and what stands behind it if it is a function or a method."""
    if isinstance(item, _GENERATORS):
        return []
    behind = [getattr(item, "__self__", None)]  # self.draw = rng.random
    if isinstance(item, partial):
        behind += [item.func, item.args, item.keywords]  # self.draw = partial(rng.normal, 0, 2)
    for cell in getattr(item, "__closure__", None) or ():  # self.draw = lambda: rng.random()
        with suppress(ValueError):  # an empty cell
            behind.append(cell.cell_contents)
    return contents(item) + behind + _generators_beside(type(item))


def _generators_beside(kind: type) -> list:
    """Generators among the global names of the module that defines a class."""
    names = vars(sys.modules.get(kind.__module__, object)) if kind.__module__ else {}
    return [value for value in names.values() if isinstance(value, _GENERATORS)]


def _draws(item) -> bool:
    """Whether this is somebody's own generator: it draws, and is neither a layer nor a module."""
    kind = type(item)
    if kind.__module__ in ("builtins", "numpy", "functools") or hasattr(kind, "forward"):
        return False
    return any(callable(getattr(kind, name, None)) for name in _DRAWS)


def _state(generator):
    if not isinstance(generator, _GENERATORS):
        return copy.deepcopy(attributes(generator))
    if isinstance(generator, np.random.BitGenerator):
        return copy.deepcopy(generator.state)
    if isinstance(generator, np.random.RandomState):
        return generator.get_state()
    if isinstance(generator, random.Random):
        return generator.getstate()
    return copy.deepcopy(generator.bit_generator.state)


def _restore(generator, state) -> None:
    if not isinstance(generator, _GENERATORS):
        attributes(generator).update(copy.deepcopy(state))
        return
    if isinstance(generator, np.random.BitGenerator):
        generator.state = copy.deepcopy(state)
        return
    if isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    elif isinstance(generator, random.Random):
        generator.setstate(state)
    else:
        generator.bit_generator.state = state
