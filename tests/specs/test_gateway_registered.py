"""A player's secret is looked up once a second at most, together with those of others who come at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.gateway.registered import FRESH_S, Registered
from shared.database import DatabaseError
from shared.ids import PlayerId, TenantId
from shared.messages.access import hash_of
from shared.readmodels.sdk_players import SdkPlayerRow
from shared.testing.clock import NOON, FixedClock

TENANT = TenantId("starlight")


def row(player: str, secret: str | None, *, banned: bool = False) -> SdkPlayerRow:
    kept = None if secret is None else hash_of(secret)
    return SdkPlayerRow(PlayerId(player), "u-1", "active", banned, None, NOON, NOON, kept, None, None, None)


class Ledger:
    """Knows some players, and who was asked for."""

    def __init__(self, *rows: SdkPlayerRow) -> None:
        self.rows = {one.player: one for one in rows}
        self.asked: list[list[str]] = []
        self.away = False

    async def players(self, names: Sequence[tuple[TenantId, PlayerId]]) -> list[SdkPlayerRow | None]:
        self.asked.append([player for _, player in names])
        await asyncio.sleep(0)
        if self.away:
            raise DatabaseError("the ledger is away")
        return [self.rows.get(player) for _, player in names]


def registered(ledger: Any, clock: FixedClock) -> Registered:
    return Registered(ledger, clock)


async def test_players_who_come_together_are_looked_up_together_and_told_apart() -> None:
    ledger = Ledger(row("rocket", "r"), row("groot", "g", banned=True), row("mantis", None))
    known = registered(ledger, FixedClock())
    names = [("rocket", "r"), ("groot", "g"), ("mantis", "m"), ("nobody", "n")]
    rocket, groot, mantis, nobody = await asyncio.gather(
        *(known.recognise(TENANT, PlayerId(player), secret) for player, secret in names)
    )
    assert ledger.asked == [["rocket", "groot", "mantis", "nobody"]]
    assert rocket is not None
    assert groot is not None
    assert (rocket.blocked, groot.blocked, mantis, nobody) == (False, True, None, None)


async def test_whoever_is_known_is_not_looked_up_again_for_a_second() -> None:
    ledger, clock = Ledger(row("rocket", "r")), FixedClock()
    known = registered(ledger, clock)
    for _ in range(3):
        assert await known.recognise(TENANT, PlayerId("rocket"), "r") is not None
    assert len(ledger.asked) == 1
    ledger.rows.clear()
    clock.advance(timedelta(seconds=FRESH_S))
    assert await known.recognise(TENANT, PlayerId("rocket"), "r") is None


async def test_while_the_ledger_is_away_all_who_were_looked_up_together_hear_so_and_nothing_is_kept() -> None:
    ledger = Ledger(row("rocket", "r"), row("groot", "g"))
    known, ledger.away = registered(ledger, FixedClock()), True
    looks = [known.recognise(TENANT, PlayerId(player), player[0]) for player in ("rocket", "groot")]
    assert [type(one) for one in await asyncio.gather(*looks, return_exceptions=True)] == [DatabaseError] * 2
    ledger.away = False
    assert await known.recognise(TENANT, PlayerId("rocket"), "r") is not None
    assert ledger.asked == [["rocket", "groot"], ["rocket"]]
