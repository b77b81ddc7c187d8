"""Loading a student's file, and finding what it defines."""

from __future__ import annotations

import importlib.util
import inspect
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from tinyalex.coursework.engine.library_used import defined, written_by_library
from tinyalex.coursework.engine.task import Task
from tinyalex.coursework.engine.verdict import LONGEST, Ended, Failed, Open
from tinyalex.gradcheck import GradientError
from tinyalex.support.text import cut

NOT_AGAIN = (MemoryError, RecursionError)  # code that raises these is not run a second time
OPTIONAL = {"input_gradient"}  # spares the first layer work; the mathematics does without


def load_module(path: Path) -> ModuleType:
    """Runs the file. Raises Failed if it is missing or does not run."""
    if not path.is_file():
        raise Failed(f"there is no {path}", diagnose=False)
    spec = importlib.util.spec_from_file_location(f"student_{path.parent.name}", path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, or one that the file defines
        raise Failed(
            f"{path.name} does not run: {_describe(error, path)}", diagnose=False
        ) from None
    return module


def written_object(module: ModuleType, task: Task) -> Any:
    """The class or function of a task. Raises Failed if it is missing or its signature differs."""
    if task.name not in vars(module):
        near = _near(task.name, vars(module))
        raise Failed(f"exercise.py defines no {task.name}{near}", diagnose=False)
    written = vars(module)[task.name]
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
            raise Failed(f"{full} is missing{_near(method, vars(written))}", diagnose=False)
        if not callable(own):
            raise Failed(f"{full} must be a function", diagnose=False)
        right = getattr(task.reference, method) if method else task.reference
        has, wants = (list(inspect.signature(f).parameters) for f in (own, right))
        if has not in (wants, [name for name in wants if name not in OPTIONAL]):
            raise Failed(
                f"{full} takes ({', '.join(has)}); it must take ({', '.join(wants)})",
                diagnose=False,
            )
        _check_defaults(full, own, right)


def _check_defaults(full: str, own: Callable, right: Callable) -> None:
    """Raises Failed if a parameter has another default than the library's."""
    found, wanted = (inspect.signature(f).parameters for f in (own, right))
    for name, parameter in found.items():
        has, wants = parameter.default, wanted[name].default
        if has is not wants and has != wants:
            says = "has no default" if has is parameter.empty else f"is {has!r} by default"
            must = "must have none" if wants is parameter.empty else f"must be {wants!r} by default"
            raise Failed(f"{full}: {name} {says}; it {must}", diagnose=False)


def not_written(written: Any, task: Task) -> dict[str, str]:
    """The task's methods that are still the library's, each with what to do about it."""
    missing = {}
    for method, number in task.ids.items():
        if written_by_library(defined(written, method)):
            full = f"{task.name}.{method}" if method else task.name
            near = _near(method, vars(written)) if method else ""
            missing[method] = f"task {number}: {full} is still the library's{near}"
    return missing


def _near(name: str, names: Any) -> str:
    """A remark on the name that was probably meant for this one, else ""."""
    near = get_close_matches(name, [other for other in names if other != name], 1, 0.75)
    return f"; is {near[0]} meant to be {name}?" if near else ""


@contextmanager
def complaints(task: Task, what: str):
    """Turns errors in a student's code into Failed, and NotImplementedError into Open."""
    try:
        yield
    except (Failed, Open, GradientError):
        raise
    except NotImplementedError as error:
        raise Open(text_of(error) or task.name) from None
    except Ended as ended:
        raise Failed(f"{what}: {ended}", diagnose=False) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit among them: an exit does not pass
        again = isinstance(error, Exception) and not isinstance(error, NOT_AGAIN)
        raise Failed(f"{what} raised {_describe(error)}", diagnose=again) from None


def calls(task: Task, what: str, function: Callable, *arguments, **options) -> Any:
    """Calls the student's function; errors become complaints."""
    with complaints(task, what):
        return function(*arguments, **options)


def text_of(error: BaseException) -> str:
    """An error's text in one line, also where the error cannot say it."""
    try:
        return " ".join(cut(str(error), LONGEST).split())
    except Exception as another:
        return f"(its text cannot be shown: {type(another).__name__})"


def _describe(error: BaseException, path: Path | None = None) -> str:
    """The error as one line of text, with the line of the student's file that raised it."""
    place = place_of(error, path)
    name, text = cut(type(error).__name__, 100), text_of(error)
    if isinstance(error, SyntaxError) and path is not None and error.text:
        text, place = (
            text_of_syntax(error),
            f" (line {error.lineno}: {cut(error.text, 200).strip()})",
        )
    text = cut(text, LONGEST - len(name) - len(place) - 100)
    return f"{name}: {text}{place}" if text else f"{name}{place}"


def text_of_syntax(error: SyntaxError) -> str:
    """What is wrong with the line, without the file's name and the line's number."""
    return " ".join(cut(str(error.msg), LONGEST).split())


def place_of(error: BaseException, path: Path | None = None) -> str:
    """ " (line 3: y = x)", the line of the student's file that raised the error; "" for none."""
    if isinstance(getattr(error, "place", None), str):  # it was raised in another process
        return error.place
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename.endswith("exercise.py") or f.filename == str(path)]
    return f" (line {own[-1].lineno}: {cut(own[-1].line or '', 200)})" if own else ""
