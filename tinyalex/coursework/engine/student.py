"""Loading a student's file, and finding what it defines."""

from __future__ import annotations

import importlib.util
import inspect
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tinyalex.coursework.engine.task import Task
from tinyalex.coursework.engine.verdict import Failed, Open
from tinyalex.gradcheck import GradientError

OPTIONAL = {"input_gradient"}  # spares the first layer work; the mathematics does without


def load_module(path: Path) -> ModuleType:
    """Runs the file. Raises Failed if it is missing or does not run."""
    if not path.is_file():
        raise Failed(f"there is no {path}", diagnose=False)
    spec = importlib.util.spec_from_file_location(f"student_{path.parent.name}", path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise Failed(
            f"{path.name} does not run: {_describe(error, path)}", diagnose=False
        ) from None
    return module


def written_object(module: ModuleType, task: Task) -> Any:
    """The class or function of a task. Raises Failed if it is missing or its signature differs."""
    if not hasattr(module, task.name):
        raise Failed(f"{Path(module.__file__).name} defines no {task.name}", diagnose=False)
    written = getattr(module, task.name)
    check_signatures(written, task)
    return written


def check_signatures(written: Any, task: Task) -> None:
    """Raises Failed if the parameters differ from the library's."""
    if isinstance(task.reference, type) and not isinstance(written, type):
        raise Failed(f"{task.name} must be a class", diagnose=False)
    if not callable(written):
        raise Failed(f"{task.name} must be a function", diagnose=False)
    for method in task.ids:
        full = f"{task.name}.{method}" if method else task.name
        own = getattr(written, method, None) if method else written
        if own is None:
            raise Failed(f"{full} is missing", diagnose=False)
        right = getattr(task.reference, method) if method else task.reference
        has, wants = (list(inspect.signature(f).parameters) for f in (own, right))
        if has not in (wants, [name for name in wants if name not in OPTIONAL]):
            raise Failed(
                f"{full} takes ({', '.join(has)}); it must take ({', '.join(wants)})",
                diagnose=False,
            )


@contextmanager
def complaints(task: Task, what: str):
    """Turns errors in a student's code into Failed, and NotImplementedError into Open."""
    try:
        yield
    except (Failed, Open, GradientError):
        raise
    except NotImplementedError as error:
        raise Open(str(error) or task.name) from None
    except Exception as error:
        raise Failed(f"{what} raised {_describe(error)}", diagnose=False) from None


def calls(task: Task, what: str, function: Callable, *arguments, **options) -> Any:
    """Calls the student's function; errors become complaints."""
    with complaints(task, what):
        return function(*arguments, **options)


def _describe(error: BaseException, path: Path | None = None) -> str:
    """The error as one line of text, with the line of the student's file that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename.endswith("exercise.py") or f.filename == str(path)]
    place = f" (line {own[-1].lineno}: {own[-1].line})" if own else ""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}{place}" if text else f"{type(error).__name__}{place}"
