"""Working on an object that may live in another process."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any


def made_beside(thing: Any, make: Callable, *arguments, **options) -> Any:
    """make(thing, *arguments, **options), in the process where the thing lives.

    The class of a stand-in for something in another process has `apply_there` and `tell_there`.
    """
    apply_there = getattr(type(thing), "apply_there", None)
    if apply_there is None:
        return make(thing, *arguments, **options)
    return apply_there(thing, make, *arguments, **options)


def lives_here(thing: Any) -> bool:
    """Whether this is an object of this process."""
    return not hasattr(type(thing), "apply_there")


def tell(thing: Any, method: str) -> None:
    """Calls a method whose result nobody waits for: in another process, before the next call."""
    tell_there = getattr(type(thing), "tell_there", None)
    if tell_there is None:
        getattr(thing, method)()
    else:
        tell_there(thing, method)


def runs_beside(function: Callable) -> Callable:
    """Decorates a function that runs where its first argument lives, with copies of the others."""

    @wraps(function)
    def where_it_lives(thing, *arguments, **options):
        if lives_here(thing):
            return function(thing, *arguments, **options)
        return made_beside(thing, where_it_lives, *arguments, **options)

    return where_it_lives
