"""Scores by arithmetic: reads a formula such as `kills * 10 - max(deaths, 1)` and works it out exactly."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

LONGEST: Final = 500
MOST_PARTS: Final = 500
DEEPEST: Final = 40
MOST_KEPT: Final = 4_096
"""Formulas that are remembered as read."""

Values = Mapping[str, Fraction]
Value = Callable[[Values], Fraction]
_PLAIN: Final = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")


class BadFormula(ValueError):
    """This is no formula; the text says why, and is fit to be shown to whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A formula that has been read."""

    names: frozenset[str]
    """The metrics that it speaks of."""
    value: Value
    """What it comes to for these values of its names, exactly. Whatever is divided by zero is zero."""


def _quotient(left: Fraction, right: Fraction) -> Fraction:
    return left / right if right else Fraction(0)


_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: _quotient,
}
_SIGNS: Final[Mapping[type[ast.unaryop], Callable[[Fraction], Fraction]]] = {
    ast.UAdd: lambda value: value,
    ast.USub: lambda value: -value,
}
_FUNCTIONS: Final[Mapping[str, Callable[[Sequence[Fraction]], Fraction]]] = {
    "min": min,
    "max": max,
    "abs": lambda values: abs(values[0]),
}


@lru_cache(maxsize=MOST_KEPT)
def compiled(text: str) -> Compiled:
    """Read a formula of names, plain numbers, + - * / ( ) and the functions min, max and abs; nothing of it is run.

    Raises:
        BadFormula: there is anything else in it, or it is too long or too deep.
    """
    if len(text) > LONGEST:
        raise BadFormula(f"a formula has at most {LONGEST} characters")
    text = text.strip()
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise BadFormula("cannot be read as arithmetic") from None
    if sum(1 for _ in ast.walk(tree)) > MOST_PARTS:
        raise BadFormula(f"has more than {MOST_PARTS} parts")
    reading = _Reading(text)
    value = reading.value_of(tree.body, 1)
    return Compiled(frozenset(reading.names), value)


class _Reading:
    """Turns what Python's own parser found into functions, each kind of thing only if it is known to be harmless."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.names: set[str] = set()

    def value_of(self, node: ast.expr, depth: int) -> Value:
        if depth > DEEPEST:
            raise BadFormula(f"is more than {DEEPEST} deep")
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name(id=name) if name not in _FUNCTIONS:
                self.names.add(name)
                return lambda values: values[name]
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _SIGNS:
                signed, inner = _SIGNS[type(op)], self.value_of(operand, depth + 1)
                return lambda values: signed(inner(values))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self._both(_OPERATORS[type(op)], left, right, depth)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
                return self._call(name, args, depth)
            case _:
                raise BadFormula("may hold metrics, numbers, + - * / ( ) and the functions min, max and abs only")

    def _number(self, node: ast.Constant) -> Value:
        written = ast.get_source_segment(self._text, node) or ""
        if not _PLAIN.fullmatch(written):
            raise BadFormula(f"{written!r} is no plain number such as 2.5")
        number = Fraction(written)
        return lambda _: number

    def _both(
        self, operator: Callable[[Fraction, Fraction], Fraction], left: ast.expr, right: ast.expr, depth: int
    ) -> Value:
        one, other = self.value_of(left, depth + 1), self.value_of(right, depth + 1)
        return lambda values: operator(one(values), other(values))

    def _call(self, name: str, args: Sequence[ast.expr], depth: int) -> Value:
        if not args or (name == "abs" and len(args) > 1):
            raise BadFormula("abs takes one value, min and max take one or more")
        function, inner = _FUNCTIONS[name], [self.value_of(arg, depth + 1) for arg in args]
        return lambda values: function([one(values) for one in inner])
