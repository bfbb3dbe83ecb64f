"""Where those stand on boards whose scores have just changed, and what they want to be called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.gateway.standings import Standings
from shared.ids import PlayerId, TenantId
from shared.ranks.port import Asked
from shared.readmodels.board_log import BoardLog
from shared.readmodels.sdk_players import SdkPlayerViews


class Places:
    """All boards are read at once: from the ranks where they are right, and the others from the tables together."""

    def __init__(self, standings: Standings, log: BoardLog, players: SdkPlayerViews) -> None:
        self._standings, self._log, self._players = standings, log, players

    async def ranks(self, asked: Sequence[Asked]) -> Sequence[Mapping[str, int]]:
        """The rank of each that is on its board, from 1. Raises DatabaseError."""
        for one in asked:
            self._standings.forget(one.place.tenant, one.place.board)
        found = await self._standings.ranks(asked)
        others = [one for one, ranks in zip(asked, found, strict=True) if ranks is None]
        counted = iter(await self._log.ranks(others) if others else ())
        return [next(counted) if ranks is None else ranks for ranks in found]

    async def names(self, tenant: TenantId, players: Sequence[PlayerId]) -> Mapping[PlayerId, str | None]:
        """What players want to be called; who never said is left out. Raises DatabaseError."""
        found = await self._players.identities(tenant, players)
        return {player: identity.name for player, identity in found.items()}
