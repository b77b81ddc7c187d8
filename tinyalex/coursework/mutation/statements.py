"""Rules for statements and loops."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tinyalex.coursework.mutation.expressions import ARITHMETIC
from tinyalex.coursework.mutation.rules import rule


def _bound_before(function: ast.AST, node: ast.AST) -> set[str]:
    """The names that have a value before a statement, as far as the order of lines tells."""
    names = {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
    for other in ast.walk(function):
        stored = isinstance(other, ast.Name) and isinstance(other.ctx, ast.Store)
        if stored and other.lineno < node.lineno:
            names.add(other.id)
    return names


@rule("statement dropped", ast.Assign, ast.AugAssign, ast.Expr, ast.Delete)
def no_statement(node: ast.stmt, function: ast.AST) -> Iterator[ast.AST]:
    """Unless a name would be missing, which any run shows."""
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    stored = {
        name.id
        for target in filter(None, targets)
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    if stored <= _bound_before(function, node):
        yield ast.copy_location(ast.Pass(), node)


@rule("not accumulated", ast.AugAssign)
def assigned(node: ast.AugAssign, function: ast.AST) -> Iterator[ast.AST]:
    yield ast.copy_location(ast.Assign([node.target], node.value), node)


@rule("operator", ast.AugAssign)
def another_operator(node: ast.AugAssign, function: ast.AST) -> Iterator[ast.AST]:
    for other in ARITHMETIC.get(type(node.op), ()):
        yield ast.copy_location(ast.AugAssign(node.target, other(), node.value), node)


@rule("new array", ast.AugAssign)
def not_in_place(node: ast.AugAssign, function: ast.AST) -> Iterator[ast.AST]:
    """a += b becomes a = a + b, which leaves the array itself as it was."""
    if isinstance(node.target, ast.Name):
        before = ast.Name(node.target.id, ast.Load())
        value = ast.BinOp(before, node.op, node.value)
        yield ast.copy_location(ast.Assign([node.target], value), node)


@rule("other result", ast.Return)
def another_name(node: ast.Return, function: ast.AST) -> Iterator[ast.AST]:
    """Another array of the function, or one of its arguments, is returned."""
    names = _bound_before(function, node) - {"self", "training", "rng"}
    own = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    for name in sorted(names & own if len(names) > 6 else names):
        if node.value is not None and ast.unparse(node.value) != name:
            yield ast.copy_location(ast.Return(ast.Name(name, ast.Load())), node)


@rule("loop", ast.For, ast.comprehension)
def another_loop(node: ast.AST, function: ast.AST) -> Iterator[ast.AST]:
    """One round fewer, at either end, or the other way round."""
    listed = ast.Call(ast.Name("list", ast.Load()), [node.iter], [])
    parts = ((ast.Constant(1), None, None), (None, ast.Constant(-1), None))
    parts += ((None, None, ast.Constant(-1)),)
    for part in parts:
        fields = {name: getattr(node, name) for name in node._fields}
        some = ast.Subscript(listed, ast.Slice(*part), ast.Load())
        new = type(node)(**{**fields, "iter": some})
        yield ast.copy_location(new, node) if isinstance(node, ast.For) else new


@rule("loop left", ast.Continue, ast.Break)
def other_end(node: ast.stmt, function: ast.AST) -> Iterator[ast.AST]:
    other = ast.Break if isinstance(node, ast.Continue) else ast.Continue
    yield ast.copy_location(other(), node)
    yield ast.copy_location(ast.Pass(), node)


@rule("option dropped", ast.comprehension)
def no_filter(node: ast.comprehension, function: ast.AST) -> Iterator[ast.AST]:
    if node.ifs:
        yield ast.comprehension(node.target, node.iter, [], node.is_async)
