"""A rank is told from the top of the board, from the ranks below it, and from the tables when the ranks are away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from services.gateway.places import TOP, Places
from services.gateway.standings import Standing
from shared.ids import BoardId, PlayerId, TenantId
from shared.ranks.port import Kept, Place, Ranked, RanksAway
from shared.readmodels.sdk_players import Identity

TENANT, BOARD = TenantId("starlight"), BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11")
FIRST, SECOND, LOW, LOWER, STRANGER = (f"7b0f7c6e-3a49-5d2c-9d5b-0d8f7c1f2a3{number}" for number in range(5))


def ranked(participant: str) -> Ranked:
    return Ranked(participant, "player", "rocket", 1, 1)


class Standings:
    """A board of which the best two are shown."""

    def __init__(self, *, begun: bool = True) -> None:
        self.begun, self.forgotten = begun, 0

    def forget(self, tenant: TenantId, board_id: str) -> None:
        self.forgotten += 1

    async def read(self, tenant: TenantId, board_id: str, most: int) -> Standing | None:
        assert most == TOP
        assert self.forgotten, "what was read before the score changed must not be shown"
        return Standing(BOARD, "open", [ranked(FIRST), ranked(SECOND)], None, None) if self.begun else None


class Ranks:
    """Knows one of those below."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away

    async def read(self, place: Place, most: int, participant: str | None = None) -> Kept | None:
        if self.away:
            raise RanksAway("Redis does not answer")
        if participant == STRANGER:
            return None
        return Kept(1, 3, [], (3, ranked(LOW)) if participant == LOW else None)


class Log:
    """Knows everybody, and who was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def ranks(self, part: int, tenant: TenantId, board: BoardId, participants: Sequence[str]) -> dict[str, int]:
        self.asked += participants
        return {LOW: 30, LOWER: 40} | ({FIRST: 10} if FIRST in participants else {})


class Players:
    """Somebody has a name, somebody a picture alone."""

    async def identities(self, tenant: TenantId, players: Collection[PlayerId]) -> dict[PlayerId, Identity]:
        return {PlayerId("rocket"): Identity("Rocket", None), PlayerId("groot"): Identity(None, "g.png")}


def places(standings: Any, ranks: Any, log: Any) -> Places:
    return Places(standings, ranks, log, Players())  # type: ignore[arg-type]


async def test_the_top_needs_nobody_else() -> None:
    log = Log()
    found = await places(Standings(), Ranks(away=True), log).ranks(0, TENANT, BOARD, [SECOND, FIRST])
    assert (found[FIRST], found[SECOND], log.asked) == (1, 2, [])


async def test_below_the_top_the_ranks_know_and_the_tables_know_the_rest() -> None:
    log = Log()
    found = await places(Standings(), Ranks(), log).ranks(0, TENANT, BOARD, [FIRST, LOW, LOWER, STRANGER])
    assert (found[FIRST], found[LOWER], log.asked) == (1, 40, [LOWER, STRANGER])
    assert STRANGER not in found


async def test_while_the_ranks_are_away_the_tables_know_everybody() -> None:
    log = Log()
    found = await places(Standings(begun=False), Ranks(away=True), log).ranks(0, TENANT, BOARD, [FIRST, LOW])
    assert (found[FIRST], found[LOW], log.asked) == (10, 30, [FIRST, LOW])


async def test_names_are_those_that_players_gave_themselves() -> None:
    found = await places(Standings(), Ranks(), Log()).names(TENANT, [PlayerId("rocket"), PlayerId("groot")])
    assert found == {"rocket": "Rocket", "groot": None}
