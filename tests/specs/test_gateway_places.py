"""Ranks are told of many boards at once: from the ranks where these are right, and of the others from the tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from services.gateway.places import Places
from shared.ids import BoardId, PlayerId, TenantId
from shared.ranks.port import Asked, Place
from shared.readmodels.sdk_players import Identity

TENANT = TenantId("starlight")
QUICK, SLOW, LOST = (BoardId(name) for name in ("quick", "slow", "lost"))
"""The ranks hold the first alone."""


def asked(*boards: BoardId) -> list[Asked]:
    return [Asked(Place(0, TenantId("starlight"), board), ["ann", "bob"]) for board in boards]


class Standings:
    """Knows what the ranks hold."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def forget(self, tenant: TenantId, board_id: str) -> None:
        self.forgotten.append(board_id)

    async def ranks(self, asked: Sequence[Asked]) -> list[dict[str, int] | None]:
        assert self.forgotten, "what was read before the score changed must not be shown"
        return [{"ann": 2} if one.place.board == QUICK else None for one in asked]


class Log:
    """Knows everybody, and which boards it was asked about."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def ranks(self, asked: Sequence[Asked]) -> list[dict[str, int]]:
        self.asked.append([one.place.board for one in asked])
        return [{"bob": 30 if one.place.board == SLOW else 40} for one in asked]


class Players:
    """Somebody has a name, somebody a picture alone."""

    async def identities(self, tenant: TenantId, players: Collection[PlayerId]) -> dict[PlayerId, Identity]:
        return {PlayerId("rocket"): Identity("Rocket", None), PlayerId("groot"): Identity(None, "g.png")}


def places(standings: Any, log: Any) -> Places:
    return Places(standings, log, Players())  # type: ignore[arg-type]


async def test_what_the_ranks_hold_is_not_looked_for_in_the_tables() -> None:
    standings, log = Standings(), Log()
    assert await places(standings, log).ranks(asked(QUICK, QUICK)) == [{"ann": 2}, {"ann": 2}]
    assert (log.asked, standings.forgotten) == ([], [QUICK, QUICK])


async def test_all_that_they_do_not_hold_is_read_from_the_tables_at_once() -> None:
    log = Log()
    found = await places(Standings(), log).ranks(asked(LOST, QUICK, SLOW))
    assert (found, log.asked) == ([{"bob": 40}, {"ann": 2}, {"bob": 30}], [[LOST, SLOW]])


async def test_names_are_those_that_players_gave_themselves() -> None:
    found = await places(Standings(), Log()).names(TENANT, [PlayerId("rocket"), PlayerId("groot")])
    assert found == {"rocket": "Rocket", "groot": None}
