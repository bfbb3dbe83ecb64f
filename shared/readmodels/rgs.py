"""Sessions, rounds and seeds of the games, as the remote gaming server shows them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import AssetId, GameCode, MessageId, OperatorId, PlayerId, RoundId, TenantId
from shared.messages.game import Slug
from shared.messages.round import Round
from shared.messages.seat import Seat, Table
from shared.messages.session import WalletKind

_SQL: Final = load_queries(Path(__file__).with_name("rgs.sql"))


class TokenRow(NamedTuple):
    """Where a session token leads; nothing of this ever changes."""

    tenant: TenantId
    seat: Seat
    session_id: MessageId
    number: int
    """Of the token; the session's last one alone counts."""
    slug: Slug
    wallet: WalletKind


class SessionRow(NamedTuple):
    """How a session stands."""

    number: int
    """Of its last token."""
    expires_at: datetime


class PairRow(NamedTuple):
    """A pair of seeds; the server seed once it has retired."""

    pair_id: str
    server_hash: str
    client_seed: str | None
    server_seed: str | None
    nonces: int | None
    """How many rounds it was used for, once it has retired."""


class TableRow(NamedTuple):
    """One of a player's tables."""

    operator: OperatorId
    game: GameCode
    server_hash: str
    """Of the pair of seeds in use."""
    last: Round | None
    """What was begun there last; if a round is open it is this one."""


class RoundViews:
    """Reads what the service has committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the service's count."""
        self._pool, self._partitions = pool, partitions

    async def token(self, token_hash: str) -> TokenRow | None:
        """The session that the token with this SHA-256 (in hex) was ever good for. Knows no partition, but an index."""
        rows = await self._pool.fetch(_SQL["token"], token_hash)
        if not rows:
            return None
        tenant, player, operator, game, currency, session_id, number, slug, wallet = rows[0]
        seat = Seat(
            player=PlayerId(player), operator=OperatorId(operator), game=GameCode(game), currency=AssetId(currency)
        )
        return TokenRow(TenantId(tenant), seat, MessageId(session_id), number, slug, wallet)

    async def session(self, tenant: TenantId, player: PlayerId, session_id: MessageId) -> SessionRow | None:
        """The session of this id."""
        rows = await self._pool.fetch(_SQL["session"], self._part(tenant, player), tenant, player, session_id)
        return SessionRow(*rows[0]) if rows else None

    async def round(self, tenant: TenantId, player: PlayerId, round_id: RoundId) -> Round | None:
        """One of the player's rounds, at whatever table."""
        rows = await self._pool.fetch(_SQL["round"], self._part(tenant, player), tenant, player, round_id)
        return Round.model_validate_json(rows[0][0]) if rows else None

    async def last_round(self, tenant: TenantId, table: Table) -> Round | None:
        """The round that was begun last at a table, whatever became of it."""
        rows = await self._pool.fetch(_SQL["last_round"], *self._at(tenant, table))
        return Round.model_validate_json(rows[0][0]) if rows else None

    async def settled(self, tenant: TenantId, table: Table, most: int) -> list[Round]:
        """Rounds of a table that are over and counted, the latest begun first, at most so many."""
        rows = await self._pool.fetch(_SQL["settled"], *self._at(tenant, table), most)
        return [Round.model_validate_json(row[0]) for row in rows]

    async def tables(self, tenant: TenantId, player: PlayerId) -> list[TableRow]:
        """Every table at which the player has ever looked at the seeds or staked."""
        rows = await self._pool.fetch(_SQL["tables"], self._part(tenant, player), tenant, player)
        return [
            TableRow(operator, game, server_hash, None if last is None else Round.model_validate_json(last))
            for operator, game, server_hash, last in rows
        ]

    async def pair(self, tenant: TenantId, table: Table, number: int) -> PairRow | None:
        """A table's pair of seeds of this number."""
        rows = await self._pool.fetch(_SQL["pair"], *self._at(tenant, table), number)
        return PairRow(*rows[0]) if rows else None

    async def pair_of_id(self, tenant: TenantId, table: Table, pair_id: str) -> PairRow | None:
        """A table's pair of seeds of this id."""
        rows = await self._pool.fetch(_SQL["pair_of_id"], *self._at(tenant, table), pair_id)
        return PairRow(*rows[0]) if rows else None

    def _at(self, tenant: TenantId, table: Table) -> tuple[int, str, str, str, str]:
        return (self._part(tenant, table.player), tenant, table.player, table.operator, table.game)

    def _part(self, tenant: TenantId, player: PlayerId) -> int:
        return partition_of(tenant, player, self._partitions)
