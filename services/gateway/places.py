"""Where those stand on a board whose scores have just changed, and what they want to be called."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from services.gateway.standings import Standings
from shared.ids import BoardId, PlayerId, TenantId
from shared.ranks.port import Place, Ranks, RanksAway
from shared.readmodels.board_log import BoardLog
from shared.readmodels.sdk_players import SdkPlayerViews

TOP: Final = 200
"""Whoever stands below has their place looked up on its own."""


class Places:
    """The top of the board is read once for all; the ranks know the others' places, and the tables if they do not."""

    def __init__(self, standings: Standings, ranks: Ranks, log: BoardLog, players: SdkPlayerViews) -> None:
        self._standings, self._ranks, self._log, self._players = standings, ranks, log, players

    async def ranks(
        self, part: int, tenant: TenantId, board: BoardId, participants: Sequence[str]
    ) -> Mapping[str, int]:
        """The rank of each that is on the board, from 1. Raises DatabaseError."""
        self._standings.forget(tenant, board)
        standing = await self._standings.read(tenant, board, TOP)
        found = {one.participant: rank for rank, one in enumerate(standing.top if standing else (), 1)}
        below = [participant for participant in participants if participant not in found]
        found |= await self._kept(Place(part, tenant, board), below)
        below = [participant for participant in below if participant not in found]
        return found | await self._log.ranks(part, tenant, board, below) if below else found

    async def _kept(self, place: Place, participants: Sequence[str]) -> dict[str, int]:
        try:
            kept = await asyncio.gather(*(self._ranks.read(place, 0, participant) for participant in participants))
        except RanksAway:
            return {}
        own = [one.own for one in kept if one is not None and one.own is not None]
        return {entry.participant: rank for rank, entry in own}

    async def names(self, tenant: TenantId, players: Sequence[PlayerId]) -> Mapping[PlayerId, str | None]:
        """What players want to be called; who never said is left out. Raises DatabaseError."""
        found = await self._players.identities(tenant, players)
        return {player: identity.name for player, identity in found.items()}
