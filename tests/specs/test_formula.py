"""A formula is arithmetic and nothing else, and comes out exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given as having
from hypothesis import strategies as some

from shared.formula import LONGEST, BadFormula, compiled

VALUES = {"kills": Fraction(7), "deaths": Fraction(2), "none": Fraction(0), "lost": Fraction(-3)}

# (formula, what it comes to)
RIGHT = [
    ("kills", Fraction(7)),
    (" kills*10 - deaths ", Fraction(68)),
    ("kills - deaths - 1", Fraction(4)),
    ("kills - (deaths - 1)", Fraction(6)),
    ("2 + 3 * 4", Fraction(14)),
    ("kills / 3 * 3", Fraction(7)),
    ("0.1 + 0.2", Fraction(3, 10)),
    (".5 + 1.", Fraction(3, 2)),
    ("kills / none", Fraction(0)),
    ("0 / 0", Fraction(0)),
    ("kills / max(none, 1)", Fraction(7)),
    ("min(kills, deaths, 5) + max(lost)", Fraction(-1)),
    ("abs(lost) - -1 + +1", Fraction(5)),
]


@pytest.mark.parametrize(("text", "value"), RIGHT)
def test_arithmetic_is_exact(text: str, value: Fraction) -> None:
    assert compiled(text).value(VALUES) == value


def test_a_formula_says_which_metrics_it_speaks_of() -> None:
    assert compiled("max(kills, deaths) * 2 + kills").names == {"kills", "deaths"}


# (formula, why it is none)
WRONG = [
    ("", "cannot be read"),
    ("kills +", "cannot be read"),
    ("kills\n+ 1", "cannot be read"),
    ("kil\0ls", "cannot be read"),
    ("(" * 250 + "1" + ")" * 249, "cannot be read"),
    ("1;2", "cannot be read"),
    ("kills ** 2", "may hold"),
    ("kills % 2", "may hold"),
    ("kills // 2", "may hold"),
    ("~1", "may hold"),
    ("not kills", "may hold"),
    ("kills < 2", "may hold"),
    ("kills if deaths else 1", "may hold"),
    ("[kills]", "may hold"),
    ("kills.real", "may hold"),
    ("kills[0]", "may hold"),
    ("(lambda: 1)()", "may hold"),
    ("open('x')", "may hold"),
    ("min.max(1)", "may hold"),
    ("min(*kills)", "may hold"),
    ("min(1, key=abs)", "may hold"),
    ("abs", "may hold"),
    ("max + 1", "may hold"),
    ("(kills := 2)", "may hold"),
    ("min()", "one or more"),
    ("abs(1, 2)", "takes one value"),
    ("1e9", "no plain number"),
    ("0x10", "no plain number"),
    ("1_000", "no plain number"),
    ("1j", "no plain number"),
    ("'text'", "no plain number"),
    ("True", "no plain number"),
    ("...", "no plain number"),
    ("1" * (LONGEST + 1), "at most 500 characters"),
    ("-" * 60 + "1", "deep"),
    ("1" + "+1" * 249, "parts"),
]


@pytest.mark.parametrize(("text", "why"), WRONG, ids=[text[:20] for text, _ in WRONG])
def test_anything_else_is_no_formula(text: str, why: str) -> None:
    with pytest.raises(BadFormula, match=why):
        compiled(text)


@having(some.lists(some.tuples(some.sampled_from("+-*"), some.integers(0, 99)), min_size=1, max_size=12))
def test_whole_numbers_come_out_as_they_do_by_hand(steps: list[tuple[str, int]]) -> None:
    text = "1" + "".join(f" {operator} {number}" for operator, number in steps)
    assert compiled(text).value({}) == eval(text)
