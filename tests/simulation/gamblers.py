"""The lives of gamblers: they sit down, stake, go on, look at their seeds, exchange tokens, and doze off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

from shared.messages.round import BeginRound
from shared.messages.seat import Seat
from tests.simulation.clients import Client, Wanted
from tests.simulation.loop import now_s
from tests.simulation.tables import HELD, IDLE, Tables, Token

ENDS_S: Final = 42.0
PEOPLE: Final = 9
"""They are at the same tables, and as one player they have several windows open."""
NAP_S: Final = 1.2 * IDLE.total_seconds()
STAYS_FOR: Final = 4
"""So many wishes, at most, before somebody sits down elsewhere."""
MOST_MOVES: Final = 5
"""Somebody makes in a row."""

Insist = Callable[[Wanted, Client, Random], Any]


def gamblers(tables: Tables, client: Callable[[], Client], chance: Random, insist: Insist) -> Iterator[Any]:
    """Everybody at the tables, each a task of its own to be."""
    for _ in range(PEOPLE):
        yield _gamble(tables, client(), chance, insist)
    yield _guard(tables, client(), chance)


async def _gamble(tables: Tables, client: Client, chance: Random, insist: Insist) -> None:
    while now_s() < ENDS_S:
        await asyncio.sleep(chance.expovariate(1.2))
        seat = tables.any_seat()
        for _ in range(chance.randint(1, STAYS_FOR)):
            wishes = _wishes(tables, seat, chance)
            await _pursue(tables, client, wishes)
            if any(wish.given_up for wish in wishes):
                return
            await _go_on(tables, client, seat, chance)
            if wishes:
                await _insist(chance.choice(wishes), client, chance, insist)
        if chance.random() < 0.04:
            await asyncio.sleep(NAP_S)


async def _insist(wish: Wanted, client: Client, chance: Random, insist: Insist) -> None:
    if chance.random() < 0.5:
        await insist(wish, client, chance)
    if chance.random() < 0.1:
        await client.haunt(wish, 1)
    if isinstance(wish.command, BeginRound) and wish.refused is not None and chance.random() < 0.4:
        await client.echo(wish)


def _wishes(tables: Tables, seat: Seat, chance: Random) -> list[Wanted]:
    """What somebody wants at a table, or several at once."""
    token = tables.token_at(seat)
    if token is None or chance.random() < 0.04:
        return [tables.launches(seat) for _ in range(chance.choice((1, 1, 1, 2)))]
    return _at_a_table(tables, seat, token, chance)


def _at_a_table(tables: Tables, seat: Seat, token: Token, chance: Random) -> list[Wanted]:
    luck, under = chance.random(), tables.under_way(seat)
    if under is not None and luck < 0.7:
        return [tables.moves(under, seat, token)]
    if luck < 0.6:
        return [tables.bets(seat, token) for _ in range(chance.choice((1, 1, 1, 2)))]
    some: tuple[Callable[[], list[Wanted | None]], ...] = (
        lambda: [tables.rotates(seat)],
        lambda: [tables.rotates(seat), tables.bets(seat, token)],
        lambda: [tables.shows(seat)],
        lambda: [tables.refreshes(seat, token) for _ in range(chance.choice((1, 2)))],
        lambda: [tables.refreshes(seat, tables.token_at(seat, stale=True) or token)],
        lambda: [tables.bets(seat, tables.token_at(seat, stale=True) or token)],
        lambda: [tables.touches(seat, token)],
        lambda: [tables.wrong_bets(seat, token)],
        lambda: [tables.moves_again(seat, token)],
        lambda: [tables.strange()],
        lambda: [tables.verifies(seat)],
    )
    return [wish for wish in chance.choice(some)() if wish is not None]


async def _pursue(tables: Tables, client: Client, wishes: list[Wanted]) -> None:
    await asyncio.gather(*(client.pursue(wish) for wish in wishes))
    for wish in wishes:
        tables.learns(wish)


async def _go_on(tables: Tables, client: Client, seat: Seat, chance: Random) -> None:
    """Some moves in the round that is open now, one after another; twice at once, sometimes."""
    for _ in range(chance.randint(0, MOST_MOVES)):
        token, under = tables.token_at(seat), tables.under_way(seat)
        if token is None or under is None:
            return
        wishes = [tables.moves(under, seat, token) for _ in range(chance.choice((1, 1, 1, 2)))]
        await _pursue(tables, client, wishes)
        if all(wish.done is None for wish in wishes):
            return


async def _guard(tables: Tables, client: Client, chance: Random) -> None:
    """A gambler is held for a while, and let go."""
    while now_s() < ENDS_S:
        await asyncio.sleep(chance.uniform(1.0, 9.0))
        player = chance.choice(HELD)
        hold = tables.holds(player, chance.choice(("suspended", "fraud_hold")))
        await client.pursue(hold)
        await asyncio.sleep(chance.uniform(0.0, 4.0))
        let_go = tables.holds(player, "active")
        await client.pursue(let_go)
        if hold.given_up or let_go.given_up:
            return
