"""What is sent to the tournaments' routes and what they answer, field by field as the document has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.gateway.engagement.common import DecimalText, Id, IdempotencyKey, Micros, PlayerKey, show_micros
from services.gateway.route import Exact, Shown, Strict
from shared.ids import AssetId, PlayerId, TenantId, user_id_of
from shared.messages.tournament import PrizePool, TournamentCloseAnswer, TournamentSpec
from shared.messages.tournament_score import TournamentScoreAnswer
from shared.readmodels.tournament import PayoutRow, StandingRow
from shared.shapes import Definition

DEFAULT_LIMIT = 100
MOST_SHOWN = 200
WHOLE_POINTS = 0
"""The decimals that points are shown with if they need none."""

SignedText = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
Status = Annotated[
    Literal["active", "paused", "closing", "completed"],
    Field(description="While `closing`, its places are being paid."),
]


class Pool(Shown):
    asset: AssetId
    amount: int = Field(description="In the asset's smallest unit.")

    @classmethod
    def of(cls, pool: PrizePool) -> Self:
        return cls(asset=pool.asset, amount=pool.amount)


class Tournament(Shown):
    """A tournament as it is defined now; once somebody has scored, as it was defined then."""

    id: str
    name: str
    status: Status
    definition_version: int
    points_per_usd: DecimalText
    prize_pool: Pool
    prize_structure: list[DecimalText] = Field(description="Per cent of the pool, first place first.")
    starts_at: datetime | None
    ends_at: datetime | None

    @classmethod
    def of(cls, definition: Definition[TournamentSpec], status: Status) -> Self:
        spec = definition.spec
        return cls(
            id=definition.key,
            name=spec.name,
            status=status,
            definition_version=definition.version,
            points_per_usd=str(spec.points_per_usd),
            prize_pool=Pool.of(spec.prize_pool),
            prize_structure=[str(percent) for percent in spec.prize_structure],
            starts_at=spec.starts_at,
            ends_at=spec.ends_at,
        )


class Tournaments(Shown):
    tournaments: list[Tournament]


class StandingsQuery(Strict):
    limit: Annotated[int, Field(ge=1, le=MOST_SHOWN)] = DEFAULT_LIMIT


class Ranked(Shown):
    rank: int
    user_id: str
    username: PlayerId
    points: DecimalText


class Standings(Shown):
    """Most points first; of equals, who reached them earlier."""

    tournament_id: str
    status: Status
    entries: list[Ranked]

    @classmethod
    def of(cls, tenant: TenantId, shown: Tournament, rows: Sequence[StandingRow]) -> Self:
        entries = [
            Ranked(
                rank=rank,
                user_id=user_id_of(tenant, row.player),
                username=row.player,
                points=show_micros(row.micro_points, WHOLE_POINTS),
            )
            for rank, row in enumerate(rows, start=1)
        ]
        return cls(tournament_id=shown.id, status=shown.status, entries=entries)


class ScoreBody(Exact):
    """A settled wager; it is worth `wagered` × `points_per_usd`, cut after the sixth decimal, unless `points` says."""

    user_id: PlayerKey
    wagered: Annotated[Micros, Field(gt=0)] | None = None
    points: Annotated[Micros, Field(gt=0)] | None = None
    source_wager_id: Annotated[Id, Field(description="It counts once.")] | None = None
    idempotency_key: IdempotencyKey | None = None

    @model_validator(mode="after")
    def _something_was_done(self) -> Self:
        if self.wagered is None and self.points is None:
            raise ValueError("send `wagered`, or `points`")
        return self


class Scored(Shown):
    tournament_id: str
    user_id: str
    points: SignedText = Field(description="What the player has now; wagers taken back may leave less than 0.")
    deduped: bool = Field(description="Whether this repeats an earlier answer.")

    @classmethod
    def of(cls, tenant: TenantId, answer: TournamentScoreAnswer, *, deduped: bool) -> Self:
        return cls(
            tournament_id=answer.tournament,
            user_id=user_id_of(tenant, answer.player),
            points=show_micros(answer.total, WHOLE_POINTS),
            deduped=deduped,
        )


class CloseBody(Strict):
    idempotency_key: IdempotencyKey | None = None


class Paid(Shown):
    rank: int
    user_id: str
    username: PlayerId
    amount: int = Field(description="In the pool asset's smallest unit.")


class Closed(Shown):
    """What the places have won; it is in their wallets."""

    tournament_id: str
    status: Literal["completed"] = "completed"
    payouts: list[Paid]
    total_paid: int
    deduped: bool = Field(description="Whether it was closed before.")

    @classmethod
    def of(cls, tenant: TenantId, answer: TournamentCloseAnswer, rows: Sequence[PayoutRow], *, deduped: bool) -> Self:
        payouts = [
            Paid(rank=row.rank, user_id=user_id_of(tenant, row.player), username=row.player, amount=row.amount)
            for row in rows
        ]
        return cls(tournament_id=answer.tournament, payouts=payouts, total_paid=answer.total_paid, deduped=deduped)
