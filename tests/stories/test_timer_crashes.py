"""Whoever dies when a timer rings: after the next start it has rung once, and what it set going is paid once.

A raffle that draws at its time, a tournament that ends, a dry spin and a grant that nobody has claimed, an event whose
window is over, a lobby that nobody else came to, and a player to whom nothing has happened for seven days.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest

from shared.messages.grant import GiveGrant
from shared.worker.points import CRASH_POINTS
from tests.stories import gifts, plays, runs
from tests.stories.accounts import asked
from tests.stories.house import Ahead, gateway
from tests.stories.test_crashes import House
from tests.stories.town import Town, eventually

pytestmark = pytest.mark.postgres

SERVICES: Final = ("engines", "leaderboards", "ledger")
SOON: Final = timedelta(hours=1)
LATER: Final = timedelta(days=8)
RUNG: Final = {
    "raffle.drawn": 1,
    "tournament.closing": 1,
    "tournament.closed": 1,
    "tournament.payout_made": 1,
    "journey.player_dormant": 1,
    "journey.completed": 1,
    "journey.rewarded": 1,
    "dry_spin.expired": 1,
    "grant.expired": 1,
    "event.window_closed": 1,
    "board.closing": 1,
    "board.grants_made": 1,
    "board.finalized": 1,
    "lobby.activated": 1,
    "bots.seated": 1,
}
"""What must have happened once, and what the wallet gains by it: the raffle's prize, the first place, the reward of
the journey, and that of the wheel."""
WORTH: Final = 500 + 300 + 7 + plays.WON


@pytest.fixture
async def house(tables: str) -> AsyncIterator[House]:
    async with gateway(tables) as town:
        town.parts.clock = Ahead()
        found = House(town)
        for service in SERVICES:
            await found.start(service)
        await eventually("the town is ready", town.ready)
        await town.settle()
        yield found
        await found.stop()


async def wind_up(town: Town, about: str) -> None:
    """A raffle, a race, a journey and a dry spin, each of which waits for its time alone."""
    soon = (town.parts.clock.now() + SOON).isoformat()
    quiet = {"name": about, "steps": [{"trigger": about}, {"trigger": "dormant_7d"}], "reward_winz": 7}
    for kind, spec in (
        ("raffle", {"name": about, "ticket_cost": 10, "prize_amount": 500, "draws_at": soon}),
        ("tournament", {"name": about, "points_per_usd": 1, "prize_pool": 600, "ends_at": soon}),
        ("journey", quiet),
    ):
        answer = await town.put(kind, about, spec)
        assert answer.status_code == 200, answer.text
    for path, body in (
        (f"/v1/raffles/{about}/enter", {"tickets": 1}),
        (f"/v1/tournaments/{about}/score", {"wagered": 5}),
        ("/v1/journeys/event", {"trigger": about}),
        ("/v1/journeys/event", {"trigger": "wager"}),
    ):
        said = await town.key.post(path, json={"user_id": "rocket", **body})
        assert said.status_code in (200, 201), said.text
    await plays.a_token(town, about)
    await runs.a_contest(town, about)
    await runs.a_lonely_wait(town, f"{about}-cup")
    await gifts.things(town)
    ends = town.parts.clock.now() + SOON
    wish = GiveGrant(player=gifts.ROCKET, gift=gifts.gift(about, expires_at=ends))
    granted = await asked(town, wish, gifts.ROCKET, about)
    assert granted.status_code == 201, granted.text


async def has_rung(town: Town, before: dict[str, int], house: House) -> bool:
    happened = await house.happened()
    waiting = [await town.sql(f"select count(*) from {service}.outbox") for service in SERVICES]
    return waiting == [[(0,)]] * len(SERVICES) and all(happened[type_] > before.get(type_, 0) for type_ in RUNG)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_a_death_while_timers_ring_leaves_each_rung_once(house: House, service: str, point: str) -> None:
    town, clock = house.town, house.town.parts.clock
    assert isinstance(clock, Ahead)
    await wind_up(town, point)
    before, balance = await house.happened(), await town.balance()
    house.arm(service, point, 1)
    clock.by += LATER
    await house.dead(service)
    await house.start(service)
    for asker in ("engines", "leaderboards"):
        await house.start_anew(asker)  # or it would ask again after half a minute
    await eventually("everything has rung", lambda: has_rung(town, before, house))
    gained = await house.happened() - before
    assert {type_: gained[type_] for type_ in RUNG} == RUNG
    assert await town.balance() - balance == WORTH
