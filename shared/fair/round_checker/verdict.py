"""What was found about a round, in plain words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from shared.fair.round_checker.check import Check


def verdict(result: Check) -> list[str]:
    """One line a finding, and what the round came to."""
    outcome = json.dumps(_told(result.shown), ensure_ascii=False)
    paid = "" if result.payout is None else f", payout {result.payout}"
    came_to = f"the seeds give {outcome}, multiplier {result.multiplier}{paid}"
    if result.ok:
        return [f"everything matches: {came_to}"]
    return [*(f"does NOT match: {problem}" for problem in result.problems), came_to]


def _told(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _told(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_told(one) for one in value]
    return str(value) if isinstance(value, Fraction) else value
