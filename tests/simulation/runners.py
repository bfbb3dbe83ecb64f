"""The lives of runners, and of those about them: what each does, one thing after another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

from tests.simulation.clients import Client, Wanted
from tests.simulation.events import RUNNERS, Events
from tests.simulation.loop import now_s

ENDS_S: Final = 43.0
"""After that nobody begins anything new."""
TIRED_S: Final = 75.0
"""After that nobody claims what was given to them."""
FEW: Final = 2
"""So many people move each runner, and speak for their game's own server."""

Insist = Callable[[Wanted, Client, Random], Any]


def runners(events: Events, client: Callable[[], Client], chance: Random, insist: Insist) -> Iterator[Any]:
    """Everybody at the events, each a task of its own to be."""
    for player in RUNNERS:
        yield _arrive(events, client(), player, chance)
        for _ in range(FEW):
            yield _run(events, client(), player, chance, insist)
    for _ in range(FEW):
        yield _serve(events, client(), chance, insist)
    yield _guard(events, client(), chance)


async def _arrive(events: Events, client: Client, player: str, chance: Random) -> None:
    """A runner gets another secret now and then."""
    for _ in range(chance.randint(0, 2)):
        await asyncio.sleep(chance.uniform(0.0, ENDS_S / 2))
        await client.pursue(events.registers(player, force=chance.random() < 0.7))


async def _run(events: Events, client: Client, player: str, chance: Random, insist: Insist) -> None:
    """Begin, come further and claim until it is late; then only claim what is left, as far as there is time."""
    while now_s() < ENDS_S:
        await asyncio.sleep(chance.expovariate(1.2))
        wishes = events.any_of(player)
        await asyncio.gather(*(client.pursue(wish) for wish in wishes))
        began = [wish for wish in wishes if events.began(wish)]
        if any(wish.given_up for wish in wishes):
            return
        for _ in range(chance.randint(1, 3) if began else 0):
            wishes += (further := events.any_further(player))
            await asyncio.gather(*(client.pursue(wish) for wish in further))
        if wishes and chance.random() < 0.5:
            await insist(chance.choice(wishes), client, chance)
        again = events.taken_again(wishes[0]) if wishes and chance.random() < 0.4 else None
        if again is not None:
            await client.pursue(again)
    await _tidy(events, client, player, chance)


async def _tidy(events: Events, client: Client, player: str, chance: Random) -> None:
    while now_s() < TIRED_S:
        await asyncio.sleep(chance.uniform(2.0, 12.0))
        wish = events.takes(player, all_=chance.random() < 0.8)
        if wish is None:
            continue
        await client.pursue(wish)
        again = events.taken_again(wish) if chance.random() < 0.5 else None
        if again is not None:
            await client.pursue(again)


async def _serve(events: Events, client: Client, chance: Random, insist: Insist) -> None:
    while now_s() < ENDS_S:
        await asyncio.sleep(chance.expovariate(0.7))
        wish = events.servers()
        if wish is None:
            continue
        await client.pursue(wish)
        if wish.given_up:
            return
        await insist(wish, client, chance)


async def _guard(events: Events, client: Client, chance: Random) -> None:
    """Ban somebody, sometimes twice at once, and let them in again after a while, mostly."""
    while now_s() < ENDS_S:
        await asyncio.sleep(chance.uniform(1.0, 8.0))
        player = chance.choice(RUNNERS)
        bans = [events.bans(player) for _ in range(chance.choice((1, 1, 2)))]
        await asyncio.gather(*(client.pursue(wish) for wish in bans))
        if chance.random() < 0.7:  # whoever was told of it sees that it holds
            tries = [events.starts(player), events.takes(player)]
            await asyncio.gather(*(client.pursue(wish) for wish in tries if wish is not None))
        await asyncio.sleep(chance.uniform(0.0, 5.0))
        unban = events.unbans(player)
        await client.pursue(unban)
        if unban.given_up or any(wish.given_up for wish in bans):
            return
