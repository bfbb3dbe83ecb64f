"""Drifters: players who are held and let go again while they play, by people who do not wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from random import Random
from typing import Final

from shared.ids import LootboxId, MiniGameId, PlayerId
from shared.messages.lootbox import OpenLootbox
from shared.messages.mini_game import PlayMiniGame
from shared.messages.player import CreatePlayer, SetPlayerStatus, Status
from tests.simulation.clients import Client, Wanted

HELD: Final[tuple[Status, ...]] = ("suspended", "fraud_hold")
"""Such players are still paid what they have won."""
LETS_GO: Final[Status] = "active"
ROUNDS: Final = (2, 5)
PEOPLE: Final = (1, 1, 2, 4)
LONGEST_PAUSE_S: Final = 4.0

Wish = Callable[..., Wanted]


class Standing:
    """Draws wishes about players whose standing changes."""

    def __init__(self, chance: Random, wish: Wish) -> None:
        self._chance, self._wish = chance, wish
        self._numbers = count()

    def comes(self) -> Wanted:
        """Somebody is new."""
        name = PlayerId(f"drifter{next(self._numbers)}")
        return self._wish("ledger", name, CreatePlayer(player=name))

    def sets(self, player: PlayerId, status: Status | None = None) -> Wanted:
        """Somebody holds a player, mostly, or lets the player go."""
        wanted = self._chance.choice((*HELD, LETS_GO)) if status is None else status
        return self._wish("ledger", player, SetPlayerStatus(player=player, status=wanted, reason="simulated"))

    def plays(self, player: PlayerId) -> Wanted:
        """A drifter plays. Whoever is held is let go first, and the very same wish must then run."""
        opens = OpenLootbox(player=player, lootbox=LootboxId("box"))
        command = self._chance.choice((opens, PlayMiniGame(player=player, mini_game=MiniGameId("scratch"))))
        wish = self._wish("engines", player, command)
        wish.before_again = lambda: self.sets(player, LETS_GO)
        return wish


async def drift(standing: Standing, client: Client, chance: Random) -> None:
    """One drifter's life: several people decide at once on how the player stands, and each tries out what it means."""
    comes = standing.comes()
    await client.pursue(comes)
    player = PlayerId(comes.entity)
    for _ in range(chance.randint(*ROUNDS)):
        together = [(standing.sets(player), standing.plays(player)) for _ in range(chance.choice(PEOPLE))]
        await asyncio.gather(*(_in_turn(client, wishes) for wishes in together))
        if any(wish.given_up for wishes in together for wish in wishes):
            return
        await asyncio.sleep(chance.uniform(0.0, LONGEST_PAUSE_S))


async def _in_turn(client: Client, wishes: Sequence[Wanted]) -> None:
    for wish in wishes:
        await client.pursue(wish)
