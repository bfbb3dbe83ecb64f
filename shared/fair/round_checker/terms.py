"""What a game code pays: its rate of return, read from its name, and the pay tables of the games that have some."""

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
PUBLISHED: Final = Path(__file__).with_name("pay_tables.json")
_CODE = re.compile(r"([a-z]+)(?:-(alpha|beta|gamma|delta|epsilon))?(?:-(leo))?")
_MULTIPLIER = re.compile(r"[0-9]+(\.[0-9]+)?")


def slug_of(code: str) -> str:
    """Which game a code is of: `dice-alpha` is dice. Raises Unreadable."""
    return _taken_apart(code)[1]


def rate_of(code: str) -> Fraction:
    """What comes back of all that is staked: 0.99 for `dice-alpha`, 0.985 for `towers-alpha-leo`. Raises Unreadable."""
    parts = _taken_apart(code)
    kept = LETTERS.get(parts[2], 0) + (Fraction(1, 2) if parts[3] else 0)
    return 1 - Fraction(kept) / 100


def _taken_apart(code: str) -> re.Match[str]:
    found = _CODE.fullmatch(code)
    if found is None or not (found[2] or found[3]):
        raise Unreadable(f"{code!r} is not a game code such as dice-alpha")
    return found


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


def _multipliers(row: Any) -> Sequence[Fraction]:
    if not isinstance(row, list) or not all(isinstance(one, str) and _MULTIPLIER.fullmatch(one) for one in row):
        raise Unreadable("tables is not an object of lists of decimal text")
    return [Fraction(one) for one in row]
