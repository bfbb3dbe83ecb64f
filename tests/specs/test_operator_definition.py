"""An operator's definition that makes no sense is refused, with the field that is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from shared.messages.operator import OperatorSpec

SPEC: dict[str, Any] = {"name": "Them", "secret_sealed": "AAAA", "currencies": ["USD"]}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"limits": {"min_bet": "2", "max_bet": "1.5"}}, "limits"),
        ({"limits": {"min_bet": "-1"}}, "limits"),
        ({"iframe_base": "javascript:alert(1)"}, "iframe_base"),
        ({"iframe_base": "/play?x=1"}, "iframe_base"),
        ({"wallet": "callback"}, "callback_url"),
        ({"wallet": "callback", "callback_url": "ftp://them/callback"}, "callback_url"),
        ({"currencies": []}, "currencies"),
        ({"demo_balance": 0}, "demo_balance"),
    ],
)
def test_an_operator_that_cannot_be_meant_so_is_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        OperatorSpec.model_validate_json(json.dumps(SPEC | wrong))


def test_limits_of_a_game_stand_in_place_of_the_operators_where_they_are_set() -> None:
    spec = OperatorSpec.model_validate(
        SPEC
        | {
            "currencies": ("USD",),
            "limits": {"min_bet": "1", "max_win": "9"},
            "game_limits": {"dice-alpha": {"max_win": "5"}},
        }
    )
    assert spec.limits_of("dice-alpha").model_dump() == {"min_bet": "1", "max_bet": None, "max_win": "5"}
    assert spec.limits_of("limbo-alpha") == spec.limits
