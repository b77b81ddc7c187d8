"""Whose code does the work: the student's, or the library's for the same task?"""

from __future__ import annotations

import inspect
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy

import tinyalex
from tinyalex.coursework.engine.task import Task

OWN = str(Path(tinyalex.__file__).parent) + os.sep
STANDARD = str(Path(os.__file__).parent) + os.sep
TRUSTED = (STANDARD, OWN, str(Path(numpy.__file__).parent) + os.sep, "<frozen ")
CHECK = ("tinyalex.coursework.engine.", "tinyalex.coursework.apart.")
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


def names_of(task: Task) -> dict[int, str]:
    """What of the library's could do a task's work, by the id of its code."""
    found = {
        f"{task.name}.{method}" if method else task.name: defined(task.reference, method)
        for method in task.ids
    }
    found[f"{task.name}'s specification"] = getattr(task, "naive", None)
    codes = {name: code_of(function) for name, function in found.items()}
    # By id: a code object's hash is worked out on every look-up.
    return {id(code): name for name, code in codes.items() if code is not None}


class Watch:
    """Notes which of the library's methods for a task run on behalf of the student's code.

    What the check itself calls does not count: some caller must be the student's code. Code copied
    from the library is the student's, and not seen.
    """

    def __init__(self, task: Task) -> None:
        codes, used = names_of(task), set()

        def note(frame, event: str, argument: Any) -> None:
            if event == "call" and id(frame.f_code) in codes and _asked_by_student(frame.f_back):
                used.add(codes[id(frame.f_code)])

        self._used, self._note, self._before = used, note, sys.getprofile()
        sys.setprofile(note)

    def stop(self) -> list[str]:
        """The names, sorted."""
        if sys.getprofile() is not self._note:
            self._used.add(UNKNOWN)
        sys.setprofile(self._before)
        return sorted(self._used)


def _asked_by_student(frame) -> bool:
    while frame is not None:
        if not frame.f_code.co_filename.startswith(TRUSTED):
            return True
        if frame.f_globals.get("__name__", "").startswith(CHECK):
            return False  # the check's own call
        frame = frame.f_back
    return False
