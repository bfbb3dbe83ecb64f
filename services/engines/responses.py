"""What players wrote into forms and surveys: it stands beside the log alone, so that all of it can be erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.ids import PlayerId, TenantId
from shared.shapes import MOST_ROWS, Lookup, Need, Private, PrivateTable, Tables, Values

PLAYERS: Final = "player_responses"

responses = PrivateTable(
    table="responses", key={"player": "text", "attempt_id": "text"}, columns={"activity": "text", "body": "text"}
)


def written(player: PlayerId, attempt_id: str, activity: str, body: str) -> Private:
    """What the player wrote in this attempt is kept so, as JSON."""
    return Private(responses.table, (player, attempt_id), {"activity": activity, "body": body})


def unwritten(player: PlayerId, attempt_id: str) -> Private:
    """What the player wrote in this attempt is forgotten."""
    return Private(responses.table, (player, attempt_id), None)


def page_of(player: PlayerId) -> Need:
    """The next attempts in which the player wrote something."""
    return Need(PLAYERS, (player, MOST_ROWS))


def unwritten_page(player: PlayerId, rows: Sequence[Values]) -> tuple[Private, ...]:
    """What was written in these attempts is forgotten."""
    return tuple(unwritten(player, str(attempt_id)) for (attempt_id,) in rows)


def _of_player(tables: Tables, part: int, tenant: TenantId, args: Values) -> list[Values]:
    """The twin of `player_responses`: the first so many attempts in which the player wrote something."""
    player, most = args
    assert isinstance(most, int)
    found = sorted(str(key[3]) for key in tables[responses.table] if key[:3] == (part, tenant, player))
    return [(attempt_id,) for attempt_id in found[:most]]


lookup = Lookup(PLAYERS, _of_player)
