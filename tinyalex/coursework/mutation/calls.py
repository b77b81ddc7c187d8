"""Rules for calls, slices, indices and tuples."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tinyalex.coursework.mutation.rules import rule

OTHERS = {
    "max": ("min",),
    "min": ("max",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "argmax": ("argmin",),
    "argmin": ("argmax",),
    "sum": ("mean", "max"),
    "mean": ("sum", "max"),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "floor": ("ceil",),
    "ceil": ("floor",),
    "any": ("all",),
    "all": ("any",),
    "exp": ("expm1",),
    "log": ("log1p",),
    "cumsum": ("cumprod",),
    "normal": ("uniform",),
    "multiply": ("divide",),
    "add": ("subtract",),
    "dot": ("multiply",),
    "matmul": ("multiply",),
    "stack": ("concatenate",),
    "hstack": ("vstack",),
}
SYMMETRIC = ("max", "min", "maximum", "minimum")


def _name(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _renamed(target: ast.expr, name: str) -> ast.expr:
    if isinstance(target, ast.Attribute):
        return ast.Attribute(target.value, name, target.ctx)
    return ast.Name(name, ast.Load())


@rule("function", ast.Call)
def another_function(node: ast.Call, function: ast.AST) -> Iterator[ast.AST]:
    for other in OTHERS.get(_name(node), ()):
        if isinstance(node.func, ast.Attribute) or other in ("max", "min", "any", "all"):
            yield ast.Call(_renamed(node.func, other), node.args, node.keywords)


@rule("call dropped", ast.Call)
def no_call(node: ast.Call, function: ast.AST) -> Iterator[ast.AST]:
    """f(x) becomes x; x.f() becomes x."""
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield node.args[0]
    module = ast.unparse(node.func).rpartition(".")[0]
    if isinstance(node.func, ast.Attribute) and module not in ("np", "backend.xp", "xp", "math"):
        yield node.func.value


@rule("arguments swapped", ast.Call)
def swapped_arguments(node: ast.Call, function: ast.AST) -> Iterator[ast.AST]:
    for first in range(len(node.args) - 1):
        one, other = node.args[first : first + 2]
        if ast.dump(one) != ast.dump(other) and _name(node) not in SYMMETRIC:
            arguments = [*node.args[:first], other, one, *node.args[first + 2 :]]
            yield ast.Call(node.func, arguments, node.keywords)


@rule("argument dropped", ast.Call)
def no_argument(node: ast.Call, function: ast.AST) -> Iterator[ast.AST]:
    if len(node.args) > 1:
        yield ast.Call(node.func, node.args[:-1], node.keywords)
    for place, keyword in enumerate(node.keywords):
        if keyword.arg == "strict":
            continue  # of zip, whose arguments are equally long
        rest = [*node.keywords[:place], *node.keywords[place + 1 :]]
        yield ast.Call(node.func, node.args, rest)


@rule("memory order", ast.Call)
def in_another_order(node: ast.Call, function: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "reshape":
        order = ast.keyword("order", ast.Constant("F"))
        yield ast.Call(node.func, node.args, [*node.keywords, order])


@rule("transpose dropped", ast.Attribute)
def not_transposed(node: ast.Attribute, function: ast.AST) -> Iterator[ast.AST]:
    if node.attr == "T":
        yield node.value


def _moved(node: ast.expr | None, by: int, if_none: int | None) -> ast.expr | None:
    if node is None:
        return None if if_none is None else ast.Constant(if_none)
    operator = ast.Add() if by > 0 else ast.Sub()
    return ast.BinOp(node, operator, ast.Constant(abs(by)))


@rule("slice", ast.Slice)
def another_slice(node: ast.Slice, function: ast.AST) -> Iterator[ast.AST]:
    lower, upper, step = node.lower, node.upper, node.step
    yield ast.Slice(_moved(lower, 1, 1), upper, step)
    yield ast.Slice(lower, _moved(upper, -1, -1), step)
    if lower is not None:
        yield ast.Slice(None, upper, step)
        yield ast.Slice(_moved(lower, -1, None), upper, step)
    if upper is not None:
        yield ast.Slice(lower, None, step)
        yield ast.Slice(lower, _moved(upper, 1, None), step)
    if step is not None:
        yield ast.Slice(lower, upper, None)
        yield ast.Slice(lower, upper, _moved(step, 1, None))


@rule("index", ast.Subscript)
def another_index(node: ast.Subscript, function: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node.slice, ast.Name | ast.BinOp):
        yield ast.Subscript(node.value, _moved(node.slice, -1, None), node.ctx)


@rule("items swapped", ast.Tuple, ast.List)
def swapped_items(node: ast.Tuple | ast.List, function: ast.AST) -> Iterator[ast.AST]:
    """In targets too: left, right = … becomes right, left = … The order of axes does not matter."""
    if any(isinstance(n, ast.keyword) and n.value is node for n in ast.walk(function)):
        return
    for first in range(len(node.elts) - 1):
        one, other = node.elts[first : first + 2]
        if ast.dump(one) != ast.dump(other):
            yield type(node)([*node.elts[:first], other, one, *node.elts[first + 2 :]], node.ctx)


@rule("axis dropped", ast.Tuple)
def fewer_axes(node: ast.Tuple, function: ast.AST) -> Iterator[ast.AST]:
    if len(node.elts) > 1 and all(isinstance(item, ast.Constant) for item in node.elts):
        for place in range(len(node.elts)):
            yield ast.Tuple([*node.elts[:place], *node.elts[place + 1 :]], node.ctx)
