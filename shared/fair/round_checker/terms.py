"""What a game code pays where nobody says it: the rate that its name tells, and the pay tables that are published."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from shared.fair.round_checker.asked import Tables, Unreadable

LETTERS: Final = {"alpha": 1, "beta": 2, "gamma": 3, "delta": 4, "epsilon": 5}
"""What of a hundred the house keeps; `leo` behind it, or alone, is a half more."""
STEP: Final = Fraction(1, 400)
"""A name tells halves of a hundredth, so a rate is at most half of that away from its name's."""
PUBLISHED: Final = Path(__file__).with_name("pay_tables.json")
_CODE = re.compile(r".+?(?:-(alpha|beta|gamma|delta|epsilon))?(?:-(leo))?")
_MULTIPLIER = re.compile(r"[0-9]+(\.[0-9]+)?")


def slug_of(code: str) -> str:
    """Which game a code is of, unless somebody says it: `dice-alpha` is dice."""
    return code.partition("-")[0]


def rate_of(code: str) -> Fraction:
    """What comes back of all that is staked, unless somebody says it: 0.99 for `dice-alpha`. Raises Unreadable."""
    named = rate_named(code)
    if named is None:
        raise Unreadable(f"{code!r} is not a game code such as dice-alpha, so its rtp must be said")
    return named


def rate_named(code: str) -> Fraction | None:
    """The rate that a name ends in: 0.985 of `towers-alpha-leo`, nothing of `dice`."""
    found = _CODE.fullmatch(code)
    if found is None or not (found[1] or found[2]):
        return None
    return 1 - Fraction(2 * LETTERS.get(found[1], 0) + (1 if found[2] else 0), 200)


def row_of(told: object) -> Sequence[Fraction]:
    """The pay table of one board. Raises Unreadable."""
    return _multipliers(told, "table is not a list of decimal text")


def tables_of(slug: str, rate: Fraction, given: object = None) -> Tables:
    """The pay tables of a game: the published ones times its rate of return, or those of an operator's own.

    Raises:
        Unreadable: what was given is no object of tables.
    """
    published = json.loads(PUBLISHED.read_text(encoding="utf-8")).get(slug, {})
    if not isinstance(given or {}, Mapping):
        raise Unreadable("tables is not an object of lists of decimal text")
    own = {name: _multipliers(row) for name, row in (given or {}).items()}  # type: ignore[attr-defined]
    return {**{name: [rate * one for one in _multipliers(row)] for name, row in published.items()}, **own}


def _multipliers(row: Any, otherwise: str = "tables is not an object of lists of decimal text") -> Sequence[Fraction]:
    if not isinstance(row, list) or not all(isinstance(one, str) and _MULTIPLIER.fullmatch(one) for one in row):
        raise Unreadable(otherwise)
    return [Fraction(one) for one in row]
