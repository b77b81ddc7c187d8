"""A task's solution: the functions it consists of, and a copy of it with one of them changed."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import CodeType, SimpleNamespace
from typing import Any

import numpy as np

from tinyalex import backend
from tinyalex.coursework.engine.task import Lesson, Task

# In this order: each imports from those before it.
KERNELS = tuple(
    f"tinyalex.kernels.{name}" for name in ("windows", "reference_norm", "reference_tiles")
)
KERNELS += ("tinyalex.kernels.reference",)
# Called by the solutions, but no part of what a student is asked to write.
GIVEN = {"position_type", "output_size", "matmul", "check_gradient"}


@dataclass(frozen=True)
class Unit:
    """A function, a method ("ReLU.backward") or a table of functions of a module.

    id: the number of the task's part that it belongs to. asked: whether the student is asked for
    just this function, so that its signature counts.
    """

    id: str
    module: str
    name: str
    asked: bool = False

    @property
    def node(self) -> ast.AST:
        return _definitions(self.module)[self.name]


def units_of(task: Task, lesson: Lesson | None = None) -> list[Unit]:
    """The functions that make up a task's solution, without those of the lesson's other tasks."""
    others = {other.name for other in (lesson.tasks if lesson else ()) if other is not task}
    found: dict[tuple[str, str], Unit] = {}
    for method, number in task.ids.items():
        start = _start(task.reference, method)
        for place in _reached(*start, GIVEN | others):
            found.setdefault(place, Unit(number, *place, asked=place == start))
    return list(found.values())


def _start(reference: Any, method: str) -> tuple[str, str]:
    """Where a function or method is defined: module and name there."""
    function = inspect.unwrap(getattr(reference, method) if method else reference)
    return function.__module__, function.__qualname__


def _reached(module: str, name: str, without: set[str]) -> list[tuple[str, str]]:
    """The function and all that it calls in its own module and in the reference kernels."""
    found, waiting = [], [(module, name)]
    while waiting:
        here = waiting.pop(0)
        if here in found:
            continue
        found.append(here)
        for called in _names_called(_definitions(here[0])[here[1]]):
            place = _place(here[0], called)
            if place is not None and place[1] not in without:
                waiting.append(place)
    return found


def _names_called(node: ast.AST) -> Iterable[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute) and ast.unparse(inner.value) == "backend.kernels":
            yield "backend.kernels." + inner.attr


def _place(module: str, name: str) -> tuple[str, str] | None:
    """Where a name that is used in a module is defined, if that can be part of a solution."""
    if name.startswith("backend.kernels."):
        module, name = KERNELS[-1], name.removeprefix("backend.kernels.")
    if name in _definitions(module):
        return module, name
    value = _namespace(module).get(name)
    if inspect.isfunction(value):
        function = inspect.unwrap(value)
        if function.__module__ in KERNELS and name in _definitions(function.__module__):
            return function.__module__, name
    return None


def _namespace(module: str) -> dict[str, Any]:
    return vars(importlib.import_module(module))


@cache
def _tree(module: str) -> ast.Module:
    with open(_namespace(module)["__file__"], encoding="utf-8") as file:
        return ast.parse(file.read())


@cache
def _definitions(module: str) -> dict[str, ast.AST]:
    """The functions, methods and tables of functions of a module by name."""
    found: dict[str, ast.AST] = {}
    for node in _tree(module).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
            found |= {f"{node.name}.{method.name}": method for method in methods}
        elif isinstance(node, ast.Assign) and any(
            isinstance(inner, ast.Lambda) for inner in ast.walk(node)
        ):
            found[ast.unparse(node.targets[0])] = node
    return found


def written(task: Task, unit: Unit | None = None, changed: ast.AST | None = None) -> Any:
    """What a student would hand in: the solution with one function changed.

    A class derives from the library's and has only the task's methods of its own.
    """
    home = _start(task.reference, next(iter(task.ids)))[0]
    copies: dict[str, dict] = {}
    for module in (*KERNELS, home):
        own = unit is not None and unit.module == module
        copies[module] = _copied(module, unit.name if own else "", changed, copies)
    kernels = SimpleNamespace(**copies[KERNELS[-1]])
    for namespace in copies.values():
        if namespace.get("backend") is backend:
            namespace["backend"] = _Backend(kernels)
    made = copies[home][task.reference.__name__]
    if "" in task.ids:
        return made
    methods = {method: inspect.getattr_static(made, method) for method in task.ids}
    return type(task.name, (task.reference,), methods)


class _Backend:
    """The backend module, but with other kernels and with arrays that are never empty by luck."""

    def __init__(self, kernels: SimpleNamespace) -> None:
        self.kernels, self.xp = kernels, _Arrays()

    def __getattr__(self, name: str) -> Any:
        return getattr(backend, name)


class _Arrays:
    """NumPy, but `empty` does not return what an earlier right result has left in memory."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def empty(self, shape, dtype=float) -> np.ndarray:
        return np.full(shape, 77, dtype)


def _copied(module: str, name: str, changed: ast.AST | None, before: dict[str, dict]) -> dict:
    """A module run again, with one definition replaced and linked to the copies made before."""
    namespace = {"__name__": module, "__file__": f"<mutant of {module}>"}
    exec(_compiled(module) if not name else _code(module, name, changed), namespace)
    for other, copied in before.items():
        for key, value in _namespace(other).items():
            if not key.startswith("__") and namespace.get(key) is value:
                namespace[key] = copied[key]
    return namespace


@cache
def _compiled(module: str) -> CodeType:
    return compile(_tree(module), f"<copy of {module}>", "exec")


def _code(module: str, name: str, changed: ast.AST | None) -> CodeType:
    original = _definitions(module)[name]
    body = []
    for node in _tree(module).body:
        if isinstance(node, ast.ClassDef) and original in node.body:
            inner = [changed if part is original else part for part in node.body]
            node = _with_body(node, inner)
        body.append(changed if node is original else node)
    tree = ast.Module(body, type_ignores=[])
    return compile(ast.fix_missing_locations(tree), f"<mutant of {module}>", "exec")


def _with_body(node: ast.ClassDef, body: list) -> ast.ClassDef:
    fields = {field: getattr(node, field) for field in node._fields}
    return ast.copy_location(ast.ClassDef(**{**fields, "body": body}), node)
