"""Conditions as texts: ``${Evaluate.report:mse} <= ${MaxMse} and not ${Region} in ["eu-west-1", "eu-west-3"]``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from ..language import (
    And,
    Condition,
    Equals,
    GreaterThan,
    GreaterThanOrEqualTo,
    In,
    LessThan,
    LessThanOrEqualTo,
    Not,
    Or,
    PipelineError,
)

EXPRESSION = re.compile(r"\$\{([^{}]*)\}")
_SIGNS: dict[type[ast.cmpop], type[Condition]] = {
    ast.Eq: Equals,
    ast.Gt: GreaterThan,
    ast.GtE: GreaterThanOrEqualTo,
    ast.Lt: LessThan,
    ast.LtE: LessThanOrEqualTo,
    ast.In: In,
}
_WORDS = {"true": True, "false": False}
_FORM = "write it such as ${Evaluate.report:mse} <= ${MaxMse}, with ==, <, <=, >, >=, in [...], not, and, or"


def condition(text: str, read: Callable[[str], Any]) -> Condition | list[Condition]:
    """The condition, or those that must all be true. ``read``: the expression between ``${`` and ``}``.

    Raises ``PipelineError`` for a text that is not a condition.
    """
    found: list[Any] = []

    def stand(match: re.Match[str]) -> str:
        found.append(read(match[1]))
        return f" _{len(found) - 1}_ "

    plain = EXPRESSION.sub(stand, text)
    try:
        tree = ast.parse(plain.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise PipelineError(f"{text!r} is not a condition; {_FORM}") from None
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [_condition(one, found, text) for one in tree.values]
    return _condition(tree, found, text)


def _condition(node: ast.expr, found: list[Any], text: str) -> Condition:
    if isinstance(node, ast.BoolOp):
        inner = [_condition(one, found, text) for one in node.values]
        return And(inner) if isinstance(node.op, ast.And) else Or(inner)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return Not(_condition(node.operand, found, text))
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _SIGNS:
        made: Any = _SIGNS[type(node.ops[0])]
        return made(_operand(node.left, found, text), _operand(node.comparators[0], found, text))  # type: ignore[no-any-return]
    raise PipelineError(f"{text!r} is not a condition; {_FORM}")


def _operand(node: ast.expr, found: list[Any], text: str) -> Any:
    if isinstance(node, ast.Name):
        if node.id in _WORDS:
            return _WORDS[node.id]
        match = re.fullmatch(r"_(\d+)_", node.id)
        if match and int(match[1]) < len(found):
            return found[int(match[1])]
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float)):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        return -value if isinstance(value, (int, float)) else _operand(node.operand, found, text)
    if isinstance(node, ast.List):
        return [_operand(one, found, text) for one in node.elts]
    raise PipelineError(f"{text!r} is not a condition; {_FORM}")
