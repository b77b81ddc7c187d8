"""Rules for operators, numbers, names of options and conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tinyalex.coursework.mutation.rules import rule

ARITHMETIC = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Mult, ast.Div),
    ast.Mod: (ast.FloorDiv, ast.Mult),
    ast.Pow: (ast.Mult, ast.Div),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr, ast.BitXor),
    ast.BitOr: (ast.BitAnd, ast.BitXor),
    ast.BitXor: (ast.BitAnd, ast.BitOr),
}
NOT_SYMMETRIC = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq, ast.GtE, ast.LtE),
    ast.NotEq: (ast.Eq, ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


@rule("operator", ast.BinOp)
def another_operator(node: ast.BinOp, function: ast.AST) -> Iterator[ast.AST]:
    for other in ARITHMETIC.get(type(node.op), ()):
        yield ast.BinOp(node.left, other(), node.right)


@rule("rounding up", ast.BinOp)
def rounded_up(node: ast.BinOp, function: ast.AST) -> Iterator[ast.AST]:
    """Except where groups divide channels, since they do so evenly."""
    if isinstance(node.op, ast.FloorDiv) and ast.unparse(node.right) != "groups":
        rounded = ast.BinOp(ast.UnaryOp(ast.USub(), node.left), ast.FloorDiv(), node.right)
        yield ast.UnaryOp(ast.USub(), rounded)


@rule("operand dropped", ast.BinOp)
def one_operand(node: ast.BinOp, function: ast.AST) -> Iterator[ast.AST]:
    yield from (node.left, node.right)


@rule("operands swapped", ast.BinOp)
def swapped_operands(node: ast.BinOp, function: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node.op, NOT_SYMMETRIC) and ast.dump(node.left) != ast.dump(node.right):
        yield ast.BinOp(node.right, node.op, node.left)


@rule("sign dropped", ast.UnaryOp)
def no_sign(node: ast.UnaryOp, function: ast.AST) -> Iterator[ast.AST]:
    yield node.operand


@rule("comparison", ast.Compare)
def another_comparison(node: ast.Compare, function: ast.AST) -> Iterator[ast.AST]:
    for place, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            operators = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield ast.Compare(node.left, operators, node.comparators)


@rule("boolean", ast.BoolOp)
def another_connection(node: ast.BoolOp, function: ast.AST) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for place in range(len(node.values)):
        rest = [*node.values[:place], *node.values[place + 1 :]]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


@rule("constant", ast.Constant)
def another_constant(node: ast.Constant, function: ast.AST) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int):
        others = [value + 1, value - 1, 0]
    elif isinstance(value, float):
        others = [value + 1, 2 * value, 1.01 * value, 0.0]
    else:
        return
    for other in dict.fromkeys(others):
        if other != value:
            yield ast.Constant(other)


@rule("option", ast.Constant)
def another_text(node: ast.Constant, function: ast.AST) -> Iterator[ast.AST]:
    """The next other short text in the function."""
    if not isinstance(node.value, str):
        return
    texts = [n.value for n in ast.walk(function) if isinstance(n, ast.Constant)]
    texts = list(dict.fromkeys(t for t in texts if isinstance(t, str) and len(t) < 12))
    if len(texts) > 1 and node.value in texts:
        yield ast.Constant(texts[(texts.index(node.value) + 1) % len(texts)])


@rule("condition", ast.If, ast.While, ast.IfExp)
def another_condition(node: ast.AST, function: ast.AST) -> Iterator[ast.AST]:
    for test in (ast.UnaryOp(ast.Not(), node.test), ast.Constant(True), ast.Constant(False)):
        fields = {name: getattr(node, name) for name in node._fields}
        yield ast.copy_location(type(node)(**{**fields, "test": test}), node)
