"""A grant arrives: what it holds goes into the player's wallet, from what the house has set aside for rewards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.ledger.player.state import player_of, why_not
from services.ledger.wallet.posting import received
from services.ledger.wallet.state import wallet_of
from shared.ids import AssetId, PlayerId
from shared.messages.access import TenantSpec
from shared.messages.grant import Grant
from shared.messages.prize import REWARDS
from shared.messages.reward_table import FixedCurrency, FixedItem
from shared.messages.wallet import Leg, WalletPosted
from shared.shapes import Facts, States


def at_once(player: PlayerId, states: States, facts: Facts) -> bool:
    """Whether what is given arrives as soon as it is given."""
    return _inventory(facts) == "permissive" and why_not(states[player_of(player)]) is None


def deposited(player: PlayerId, grants: Sequence[Grant], states: States, facts: Facts) -> tuple[WalletPosted, ...]:
    """The transaction that brings these grants, if anything of them is kept in wallets; crates are given on their own.

    What the player cannot receive, or has no room for, is kept as unclaimed.
    """
    items = _inventory(facts) != "studio"
    legs = [
        Leg(asset=asset, amount=amount, account=REWARDS)
        for grant in grants
        for asset, amount in _held_in_wallets(grant, items=items)
    ]
    if not legs:
        return ()
    lines = received(legs, states[wallet_of(player)], states[player_of(player)])
    reason = " ".join(("grant", *(grant.grant_id for grant in grants)))
    return (WalletPosted(player=player, operation="pay", postings=lines.postings, reason=reason),)


def _inventory(facts: Facts) -> str:
    """Who keeps the tenant's items: see TenantSpec."""
    tenant = facts.definitions.current(TenantSpec, facts.tenant)
    return "platform" if tenant is None else tenant.spec.inventory


def _held_in_wallets(grant: Grant, *, items: bool) -> Iterator[tuple[AssetId, int]]:
    for entry in grant.entries:
        if isinstance(entry, FixedCurrency):
            yield entry.asset, entry.amount
        elif isinstance(entry, FixedItem) and items:
            yield entry.item, entry.quantity
