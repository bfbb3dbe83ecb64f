"""Which seat a session token leads to, as far as this gateway has seen; where a token leads never changes."""

from __future__ import annotations

from typing import Final

from shared.readmodels.rgs import RoundViews, TokenRow
from shared.worker.cache import Recent

MOST_KEPT: Final = 100_000


class Seats:
    """Remembers where tokens lead, dead or alive; beyond `most` it looks again."""

    def __init__(self, views: RoundViews, most: int = MOST_KEPT) -> None:
        self._views = views
        self._seen: Recent[str, TokenRow] = Recent(most)

    async def find(self, token_hash: str) -> TokenRow | None:
        """Where the token with this SHA-256 leads; None if there never was one. Raises DatabaseError."""
        seen = self._seen.get(token_hash)
        if seen is not None:
            return seen
        found = await self._views.token(token_hash)
        if found is not None:
            self._seen.put(token_hash, found)
        return found
