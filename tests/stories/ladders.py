"""Events whose windows end, with every reward policy, and the players on their boards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import orjson

from shared.ids import BoardId, EventId, PlayerId, user_id_of
from shared.messages.attempt import ProgressAnswer, ProgressAttempt
from shared.messages.event import StartAnswer, StartAttempt
from shared.money import MICRO
from tests.stories.aside import STARLIGHT, told
from tests.stories.town import Town

HOUR: Final = timedelta(hours=1)
COINS: Final = [{"type": "currency", "asset": "WINZ", "amount": 50}]
POLICIES: Final[dict[str, Any]] = {
    "none": {"type": "none"},
    "fixed_bundle": {"type": "fixed_bundle", "bundle": "everybody"},
    "rank_scaled": {
        "type": "rank_scaled",
        "tiers": [
            {"from_rank": 1, "to_rank": 1, "bundle": [{"type": "currency", "asset": "WINZ", "amount": 500}]},
            {"from_rank": 2, "to_rank": 3, "bundle": COINS},
        ],
    },
    "shared_pool": {"type": "shared_pool", "pool": 100, "currency": "WINZ"},
}
SCORES: Final = {"rocket": 30, "groot": 30, "gamora": 7, "mantis": 0}
"""What they reach, in this order; one starts and does no more."""
WON: Final[dict[str, dict[str, int]]] = {
    "none": {},
    "fixed_bundle": {"rocket": 50, "groot": 50, "gamora": 50},
    "rank_scaled": {"rocket": 500, "groot": 50, "gamora": 50},
    "shared_pool": {"rocket": 46, "groot": 44, "gamora": 10},
}


async def prepare(town: Town) -> None:
    """The players, and a bundle."""
    for player in SCORES.keys() - {"rocket"}:
        assert (await town.put("player", player, {})).status_code == 200
    answer = await town.put("bundle", "everybody", {"name": "Everybody", "entries": COINS})
    assert answer.status_code == 200, answer.text


async def an_event(town: Town, key: str, policy: str, target: int | None = None) -> None:
    """On for an hour from now."""
    now = town.parts.clock.now()
    spec = {
        "name": key,
        "metrics": [{"key": "distance", "target": target}],
        "windows": {"mode": "fixed", "starts_at": (now - HOUR).isoformat(), "ends_at": (now + HOUR).isoformat()},
        "reward_policy": POLICIES[policy],
    }
    answer = await town.put("event", key, spec)
    assert answer.status_code == 200, answer.text


async def played(town: Town, key: str) -> BoardId:
    """Everybody starts and comes as far as they do; the board they are on."""
    event, board = EventId(key), BoardId("")
    for name, score in SCORES.items():
        player = PlayerId(name)
        begun = await told(town, "leaderboards", StartAttempt(player=player, event=event), event)
        attempt = StartAnswer.model_validate(begun.body, strict=False).attempt
        assert attempt is not None, begun
        board = attempt.board_id
        if score:
            wish = ProgressAttempt(
                player=player, event=event, attempt_id=attempt.attempt_id, mode="set", value=score * MICRO
            )
            answer = await told(town, "leaderboards", wish, event)
            assert ProgressAnswer.model_validate(answer.body, strict=False).attempt.score == score * MICRO
    return board


async def given(town: Town, board: BoardId) -> dict[str, int]:
    """What the players of a board were given for their places, of WINZ."""
    event = await town.sql("select source_ref, player, entries from ledger.grants where source_kind = 'event'")
    windows = await town.sql(f"select window_id from leaderboards.boards where board_id = '{board}'")
    won: dict[str, int] = {}
    for source, player, entries in event:
        if (source,) in [tuple(row) for row in windows]:
            assert player not in won, f"{player} was given twice"
            won[player] = _amount(entries)
    return won


def _amount(entries: str) -> int:
    found = orjson.loads(entries)
    rows = found["entries"] if isinstance(found, dict) else found
    return sum(int(row["amount"]) for row in rows)


def participant(player: str) -> str:
    return user_id_of(STARLIGHT, PlayerId(player))
