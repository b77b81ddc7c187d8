"""What a submission may not do to the check, as far as Python can tell.

A determined submission can get round all of this, because it runs in the process that judges it.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from threading import get_ident
from types import FunctionType, ModuleType
from typing import Any

import numpy

import tinyalex

STANDARD = str(Path(os.__file__).parent) + os.sep
OWN = str(Path(tinyalex.__file__).parent) + os.sep
TRUSTED = (STANDARD, OWN, str(Path(numpy.__file__).parent) + os.sep, "<frozen ")
FRAME_FILES = (os.path.join(STANDARD, "inspect.py"), traceback.__file__)
FRAMES = {"sys._getframe", "sys._current_frames", "sys._current_exceptions"}
FRAME_NAMES = {"tb_frame", "gi_frame", "cr_frame", "ag_frame", "__closure__"}
REFUSED = ("gc.get_", "sys.setprofile", "sys.settrace", "sys.addaudithook", "ctypes.", "os.fork",
    "os.exec", "os.spawn", "os.posix_spawn", "os.system", "os.kill", "subprocess.", "pty.",
    "socket.", "code.__new__")  # fmt: skip


def foreign(filename: str) -> bool:
    """Whether code of this file is neither Python's, NumPy's nor ours."""
    return not filename.startswith(TRUSTED)


def stand_guard() -> None:
    """Refuses, from now on and for good, what no exercise needs: frames, processes, tracing."""
    asking = set()  # threads in which the hook itself asks for a frame

    def hook(event: str, arguments: tuple) -> None:
        if event in FRAMES or (event == "object.__getattr__" and arguments[1] in FRAME_NAMES):
            between = FRAME_FILES
        elif event.startswith(REFUSED):
            between = (STANDARD, "<frozen ")
        else:
            return
        thread = get_ident()
        if thread in asking:
            return
        asking.add(thread)
        frame = sys._getframe(1)
        asking.discard(thread)
        if event == "sys.setprofile" and _at_the_limit(frame):
            return  # Python itself, which has no room left to call the profiler
        while frame is not None and frame.f_code.co_filename.startswith(between):
            frame = frame.f_back
        if frame is None or foreign(frame.f_code.co_filename):
            what = arguments[1] if event == "object.__getattr__" else event
            raise RuntimeError(f"{what} is not available to an exercise")

    sys.addaudithook(hook)


def _at_the_limit(frame) -> bool:
    """Whether nearly as many calls are open as Python allows."""
    depth = 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth > sys.getrecursionlimit() - 50


def snapshot(lesson: Any) -> dict[str, Any]:
    """The check's and the library's functions, classes and constants by name."""
    seen: dict[str, Any] = {}
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and name.partition(".")[0] in ("tinyalex", "numpy"):
            _note(seen, name, module)
    for name in ("builtins", "time", "inspect", "traceback", "copy", "json", "hmac", "os"):
        _note(seen, name, sys.modules[name])
    for task in lesson.tasks:
        seen |= {f"task {task.name}.{key}": value for key, value in vars(task).items()}
    return seen


def _note(seen: dict[str, Any], name: str, module: ModuleType) -> None:
    every = name.startswith(("tinyalex.coursework", "tinyalex.gradcheck"))
    for key, value in list(vars(module).items()):
        if key.startswith("__") or not (every or callable(value)):
            continue
        seen[f"{name}.{key}"] = value
        if isinstance(value, FunctionType):
            seen[f"{name}.{key}.__code__"] = value.__code__
            seen[f"{name}.{key}.__defaults__"] = value.__defaults__
        elif isinstance(value, type) and value.__module__ == name:
            for part, inner in list(vars(value).items()):
                if callable(inner) or isinstance(inner, property | classmethod | staticmethod):
                    seen[f"{name}.{key}.{part}"] = inner
                    if isinstance(inner, FunctionType):
                        seen[f"{name}.{key}.{part}.__code__"] = inner.__code__


def changed(before: dict[str, Any], lesson: Any) -> str | None:
    """The name of something that is no longer what it was, or None."""
    now = snapshot(lesson)
    return next((name for name, value in before.items() if now.get(name) is not value), None)
