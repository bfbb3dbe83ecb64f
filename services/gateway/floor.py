"""What the games' door stands on: sessions and rounds to look at, operators to recognise, and their wallets to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from services.gateway.feed import DefinitionFeed
from services.gateway.operators import Operators
from services.gateway.seats import Seats
from shared.database import Pool
from shared.operator_wallet.http import HttpTransport
from shared.operator_wallet.wallet import OperatorWallet
from shared.readmodels.rgs import RoundViews
from shared.running import Parts
from shared.vault import Vault


@dataclass(frozen=True, slots=True)
class Floor:
    """Everything of the games behind the doors."""

    rounds: RoundViews
    seats: Seats
    operators: Operators
    wallets: OperatorWallet
    vault: Vault

    @classmethod
    def of(cls, parts: Parts, reads: Pool, feed: DefinitionFeed) -> Self:
        """Put it together."""
        settings, rounds = parts.settings, RoundViews(reads, parts.partitions)
        vault = Vault(settings.token_master())
        return cls(
            rounds=rounds,
            seats=Seats(rounds),
            operators=Operators(feed, vault, demo=settings.lets_published_in),
            wallets=OperatorWallet(HttpTransport(), parts.clock),
            vault=vault,
        )
