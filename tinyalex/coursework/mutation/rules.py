"""What a rule is, and where in a function rules apply."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

Path = tuple[tuple[str, int | None], ...]  # the way from a function to a node: (field, place)
Rule = Callable[[ast.AST, ast.AST], Iterator[ast.AST]]

RULES: list[tuple[str, type | tuple, Rule]] = []

# Calls of the library that only refuse bad input: no part of what a student writes.
GUARDS = ("checks.", "self.check_input", "self.output_shape", "self._check(", "checked_")
# What no task asks for: Winograd's algorithm, a layer of the 2012 code, windows of −∞ alone.
NOT_ASKED = (
    "if algorithm == ",
    "if isinstance(layer, WithinChannelNorm)",
    "first_row = ",
    "first_column = ",
    "first = first_row",
    "positions[...] = ",
)
LONG = 150  # of a line that is shown whole
AROUND = 40  # characters of a longer one before and after the change


def rule(name: str, *kinds: type) -> Callable[[Rule], Rule]:
    """Registers a rule for nodes of these kinds: rule(node, function) yields replacements."""

    def register(made: Rule) -> Rule:
        RULES.append((name, kinds, made))
        return made

    return register


def changes(function: ast.AST, defaults: bool = True) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    """(rule, the node that it changes, the changed function) for all rules at all places.

    defaults: change the values of parameters too.
    """
    for path, node in places(function):
        if path[0][0] == "args" and not defaults:
            continue
        for name, kinds, made in RULES:
            if isinstance(node, kinds):
                for new in made(node, function):
                    yield name, node, ast.fix_missing_locations(replaced(function, path, new))
                    if path[0][0] == "args":
                        break  # a default: one other value is as good as many


def places(node: ast.AST, path: Path = ()) -> Iterator[tuple[Path, ast.AST]]:
    """Every node in which a change can matter, with the path to it, in the order of the text."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "name"):
            continue
        listed = value if isinstance(value, list) else [value]
        for place, child in enumerate(listed):
            if not isinstance(child, ast.AST) or _is_idle(child):
                continue
            way = (*path, (field, place if isinstance(value, list) else None))
            yield way, child
            yield from places(child, way)


def replaced(function: ast.AST, path: Path, new: ast.AST) -> ast.AST:
    """The function with another node at the end of the path. The rest is shared, not copied."""
    field, place = path[0]
    changed, inner = copy.copy(function), getattr(function, field)
    if place is None:
        setattr(changed, field, replaced(inner, path[1:], new) if path[1:] else new)
    else:
        part = replaced(inner[place], path[1:], new) if path[1:] else new
        setattr(changed, field, [*inner[:place], part, *inner[place + 1 :]])
    return changed


def _is_idle(node: ast.AST) -> bool:
    """Texts for readers, and the library's checks of arguments."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.expr_context):
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return True  # of zip, whose arguments are equally long
    if isinstance(node, ast.If | ast.Assign) and ast.unparse(node).startswith(NOT_ASKED):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    value = getattr(node, "value", None) if isinstance(node, ast.Expr | ast.Assign) else node
    return isinstance(value, ast.Call) and ast.unparse(value).startswith(GUARDS)


def changed_lines(before: ast.AST, after: ast.AST) -> tuple[str, str]:
    """The lines that differ, as text, each side in one line."""
    old, new = (ast.unparse(node).splitlines() for node in (before, after))
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return _shortened(*(" ⏎ ".join(line.strip() for line in lines) for lines in (old, new)))


def _shortened(old: str, new: str) -> tuple[str, str]:
    """The part of two long lines in which they differ, with something around it."""
    if max(len(old), len(new)) <= LONG:
        return old, new
    same = _alike(old, new)
    after = _alike(old[same:][::-1], new[same:][::-1])
    start, end = max(same - AROUND, 0), max(after - AROUND, 0)
    parts = (line[start : len(line) - end] for line in (old, new))
    return tuple(f"{'…' * bool(start)}{part}{'…' * bool(end)}" for part in parts)


def _alike(one: str, other: str) -> int:
    """How many characters are the same at the start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
