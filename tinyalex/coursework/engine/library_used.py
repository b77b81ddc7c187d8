"""Whose code does the work: the student's, or the library's for the same task?"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from tinyalex.coursework.engine.guard import OWN, foreign
from tinyalex.coursework.engine.task import Task

UNKNOWN = "not known: the profiler was switched off"


def written_by_library(function: Any) -> bool:
    """Whether a function's code is in the library's files."""
    code = code_of(function)
    return code is not None and code.co_filename.startswith(OWN)


def code_of(function: Any):
    while isinstance(function, partial):
        function = function.func
    function = inspect.unwrap(getattr(function, "__func__", function))
    return getattr(function, "__code__", None)


def defined(written: Any, method: str) -> Any:
    """A method as its class has it, the library's or not; the function itself for ""."""
    return inspect.getattr_static(written, method, None) if method else written


@contextmanager
def watched(task: Task) -> Iterator[set[str]]:
    """The library's methods for this task that run on behalf of the student's code, by name.

    What the check itself calls does not count: some caller must be the student's code. Code copied
    from the library is the student's, and not seen.
    """
    codes = {}
    for method in task.ids:
        code = code_of(defined(task.reference, method))
        if code is not None:
            # By id: a code object's hash is worked out on every look-up.
            codes[id(code)] = f"{task.name}.{method}" if method else task.name
    naive = code_of(getattr(task, "naive", None))
    if naive is not None:
        codes[id(naive)] = f"{task.name}'s specification"
    used: set[str] = set()

    def note(frame, event: str, argument: Any) -> None:
        if event == "call" and id(frame.f_code) in codes and _asked_by_student(frame.f_back):
            used.add(codes[id(frame.f_code)])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield used
    finally:
        if sys.getprofile() is not note:
            used.add(UNKNOWN)
        sys.setprofile(before)


def _asked_by_student(frame) -> bool:
    while frame is not None:
        if foreign(frame.f_code.co_filename):
            return True
        if frame.f_globals.get("__name__", "").startswith("tinyalex.coursework.engine."):
            return False  # the check's own call
        frame = frame.f_back
    return False
