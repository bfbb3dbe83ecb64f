"""What every engine with a prize table shows and is sent at the engagement door."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field

from services.gateway.engagement.common import Hash, IdempotencyKey, PlayerKey
from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.route import Shown, Strict
from shared.ids import AssetId, PlayerId
from shared.messages.prize import CommitSeed, Prize, PrizeTable
from shared.messages.seed import SeedAnswer
from shared.shapes import Definition


class PrizeRow(Shown):
    segment_label: str
    asset: AssetId
    amount: int = Field(description="In the asset's smallest unit.")
    weight: int

    @classmethod
    def of(cls, prize: Prize) -> Self:
        return cls(segment_label=prize.segment_label, asset=prize.asset, amount=prize.amount, weight=prize.weight)


class PrizeTableRow(Shown):
    """What can be won. The order of the prize table is part of the draw."""

    id: str
    name: str
    status: Literal["active", "paused"]
    definition_version: int
    prize_table: list[PrizeRow]

    @classmethod
    def of(cls, definition: Definition[PrizeTable]) -> Self:
        spec = definition.spec
        return cls(
            id=definition.key,
            name=spec.name,
            status=spec.status,
            definition_version=definition.version,
            prize_table=[PrizeRow.of(prize) for prize in spec.prizes],
        )


class Promising(Shown):
    """What one player sees beside the row."""

    next_server_seed_hash: Hash = Field(description="SHA-256 of the seed that this player's next draw is bound to.")


class ForPlayer(Strict):
    user_id: PlayerKey | None = Field(default=None, description="Adds `next_server_seed_hash` for this player.")


class PlayBody(Strict):
    user_id: PlayerKey
    idempotency_key: IdempotencyKey | None = None


class Proven(Shown):
    """What is needed to check the draw, beside the prize table of that version."""

    server_seed: Hash
    server_seed_hash: Hash
    definition_version: int
    deduped: bool = Field(description="Whether this repeats an earlier answer.")


def defined(here: Here, spec: type[PrizeTable], key: str) -> PrizeTableRow:
    """The row of one. Raises Problem, such as `no_lootbox`."""
    definition = here.town.definitions.current(here.caller.tenant, spec, key)
    if definition is None:
        raise Problem(f"no_{spec.kind}")
    return PrizeTableRow.of(definition)


def every(here: Here, spec: type[PrizeTable]) -> list[PrizeTableRow]:
    """The rows of all, by key."""
    return [PrizeTableRow.of(definition) for definition in here.town.definitions.every_of(here.caller.tenant, spec)]


async def promised(here: Here, player: PlayerId, engine: str, entity: str, wish: CommitSeed) -> str:
    """The hash that the player's next draw is bound to; if none was told yet, the engine is asked to."""
    known = await here.town.engines.promise(here.caller.tenant, engine, player, entity)
    if known is not None:
        return known
    told = await here.say("engines", wish, SeedAnswer, key=player)
    return told.answer.server_seed_hash
