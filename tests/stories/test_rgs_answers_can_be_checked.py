"""What the games' door tells of a round is enough to check it, in every game."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import TypeAdapter

from services.gateway.rgs.games.manner import Money, times
from services.gateway.rgs.games.registry import MANNERS
from shared.fair.round_checker.answer import question
from shared.fair.round_checker.check import check
from shared.ids import AssetId, GameCode, MessageId, OperatorId, PlayerId, RoundId
from shared.messages.play import Opening, Shown
from shared.messages.round import Round
from shared.messages.seat import Seat
from tests.specs.rounds_of_games import CODES, SCALE, rounds

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OPENINGS: TypeAdapter[Opening] = TypeAdapter(Opening)
SHOWN: TypeAdapter[Shown] = TypeAdapter(Shown)


def round_of(data: dict[str, Any], slug: Any) -> Round:
    """The round as the door reads it."""
    opening = OPENINGS.validate_json(json.dumps(data["opening"]))
    return Round(
        round_id=RoundId("r"),
        seat=Seat(
            player=PlayerId("rocket"),
            operator=OperatorId("o"),
            currency=AssetId("USD"),
            game=GameCode(data["seat"]["game"]),
        ),
        session_id=MessageId("s"),
        slug=slug,
        wallet="internal",
        definition_version=1,
        scale=SCALE,
        pair_number=0,
        pair_id="p",
        server_hash=data["server_hash"],
        client_seed=data["client_seed"],
        nonce=data["nonce"],
        opening=opening,
        status="settled",
        stake=opening.amount,
        payout=data["payout"],
        multiplier=data["multiplier"],
        shown=SHOWN.validate_json(json.dumps(data["shown"])),
        begun_at=NOON,
        ended_at=NOON,
    )


def answer_of(round_: Round, server_seed: str) -> dict[str, Any]:
    """What `GET /game/round/{id}` says of it, as far as it matters here."""
    manner, money = MANNERS[round_.slug], Money(round_.scale)
    result = {"payout": money.text(round_.payout), "multiplier": times(round_.multiplier)}
    return {
        "round": {"id": "r", "gameId": round_.seat.game, "result": result},
        "seed": {
            "serverHash": round_.server_hash,
            "clientSeed": round_.client_seed,
            "nonce": round_.nonce,
            "serverSeed": server_seed,
        },
        "roundData": manner.data(round_, money).model_dump(mode="json", exclude_none=True),
        "state": manner.state(round_, money).model_dump(mode="json", exclude_none=True),
    }


@pytest.mark.parametrize("slug", CODES)
@settings(max_examples=50)
@given(data=some.data())
def test_what_the_door_tells_of_a_round_can_be_checked(slug: str, data: some.DataObject) -> None:
    drawn = data.draw(rounds(slug))
    answer = answer_of(round_of(drawn, slug), drawn["server_seed"])
    assert check(question(json.loads(json.dumps(answer)))).problems == ()
    answer["round"]["result"]["payout"] += "9"
    assert check(question(answer)).problems
