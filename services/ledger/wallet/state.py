"""What the ledger remembers of a wallet: how much of each asset is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.ledger.wallet.turnover import NO_PLAY, Turnover
from shared.ids import AssetId, PlayerId
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Wallet:
    """Balances in each asset's smallest unit, never negative; a missing asset is 0."""

    balances: Mapping[AssetId, int] = field(default_factory=dict)
    turnover: Turnover = NO_PLAY
    """The last day's play, for the player's limits."""

    def of(self, asset: AssetId) -> int:
        """How much of this asset there is."""
        return self.balances.get(asset, 0)


def wallet_of(player: PlayerId) -> Stream[Wallet]:
    """The history of one player's wallet."""
    return Stream("wallet", key_of(player))
