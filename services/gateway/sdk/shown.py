"""Attempts and grants in the games' words."""

from __future__ import annotations

from services.gateway.sdk.wire import Attempt, Contents, CrateEntry, CurrencyEntry, Grant, ItemEntry, number
from shared.ids import TenantId, user_id_of
from shared.messages import attempt as attempted
from shared.messages import grant as granted
from shared.messages import reward_table as given
from shared.readmodels.events import AttemptRow


def attempt_of(tenant: TenantId, attempt: attempted.Attempt | AttemptRow) -> Attempt:
    """An attempt as it stands; the player is known by their uuid, as on boards."""
    return Attempt(
        id=attempt.attempt_id,
        event_id=attempt.event,
        event_window_id=attempt.window_id,
        leaderboard_id=attempt.board_id,
        player_id=user_id_of(tenant, attempt.player),
        started_at=attempt.started_at,
        ends_at=attempt.ends_at,
        completed_at=attempt.completed_at,
        metrics=_numbers(attempt.metrics),
        metrics_raw=_numbers(attempt.metrics_raw),
        score=number(attempt.score),
        status=attempt.status,
    )


def grant_of(grant: granted.Grant) -> Grant:
    """A grant as it stands."""
    return Grant(
        id=grant.grant_id,
        kind=grant.kind,
        contents=Contents(entries=[entry_of(entry) for entry in grant.entries]),
        source_kind=grant.source_kind,
        source_ref_id=grant.source_ref,
        parent_grant_id=grant.parent,
        status=grant.status,
        rolled_at=grant.rolled_at,
        claimed_at=grant.claimed_at,
        expires_at=grant.expires_at,
        created_at=grant.created_at,
    )


def entry_of(entry: given.Fixed) -> CurrencyEntry | ItemEntry | CrateEntry:
    """An entry that is decided."""
    match entry:
        case given.FixedCurrency():
            return CurrencyEntry(currency_key=entry.asset, amount=entry.amount)
        case given.FixedItem():
            return ItemEntry(item_key=entry.item, quantity=entry.quantity)
        case given.FixedCrate():
            return CrateEntry(crate_item_key=entry.crate, quantity=entry.quantity)


def _numbers(micros: dict[str, int]) -> dict[str, int | float]:
    return {name: number(micro) for name, micro in micros.items()}
