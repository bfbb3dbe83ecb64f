"""Whether a player meets what an event asks before they may enter."""

from __future__ import annotations

from services.ledger.wallet.state import Wallet
from shared.messages.entry_condition import (
    AllHold,
    AnyHolds,
    AttemptsMade,
    Condition,
    DoesNotHold,
    InventoryHolds,
    WalletHolds,
)


def holds(condition: Condition, wallet: Wallet, attempts: int) -> bool:
    """Whether a condition is met by what is in the wallet, and by this many attempts so far."""
    match condition:
        case AllHold(all=parts):
            return all(holds(part, wallet, attempts) for part in parts)
        case AnyHolds(any=parts):
            return any(holds(part, wallet, attempts) for part in parts)
        case DoesNotHold(not_=part):
            return not holds(part, wallet, attempts)
        case WalletHolds(wallet=asset, at_least=least) | InventoryHolds(inventory=asset, at_least=least):
            return wallet.of(asset) >= least
        case AttemptsMade(attempts=least):
            return attempts >= least


def missing(condition: Condition, wallet: Wallet, attempts: int) -> Condition | None:
    """The condition that is not met: of several that must all be, the first; None if all is well."""
    if not isinstance(condition, AllHold):
        return None if holds(condition, wallet, attempts) else condition
    for part in condition.all:
        unmet = missing(part, wallet, attempts)
        if unmet is not None:
            return unmet
    return None
