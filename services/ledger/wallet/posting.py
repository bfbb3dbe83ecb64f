"""Movements written into the books: each leg is one line of the player's and one of the house, which sum to zero."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from services.ledger.player.state import Player, can_receive
from services.ledger.wallet.state import Wallet
from shared.ids import AssetId
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.wallet import PLAYER, UNCLAIMED, Leg, Posting


class Moved(NamedTuple):
    """The lines of one transaction, and what the player holds afterwards of what moved."""

    postings: tuple[Posting, ...]
    balances: dict[AssetId, int]
    unclaimed: bool = False
    """Whether something was kept because the player cannot receive it."""


def moved(legs: Iterable[Leg], wallet: Wallet) -> Moved:
    """These legs as they are, in this order; whoever calls has seen that they are covered and fit."""
    balances: dict[AssetId, int] = {}
    postings: list[Posting] = []
    for leg in legs:
        balance = balances.get(leg.asset, wallet.of(leg.asset)) + leg.amount
        balances[leg.asset] = balance
        postings.append(Posting(account=PLAYER, asset=leg.asset, amount=leg.amount, balance=balance))
        postings.append(Posting(account=leg.account, asset=leg.asset, amount=-leg.amount))
    return Moved(tuple(postings), balances)


def received(legs: Iterable[Leg], wallet: Wallet, player: Player) -> Moved:
    """Legs that come are never refused: what the player cannot receive, or has no room for, is unclaimed.

    Of legs that go, whoever calls has seen that they are covered, and that the player may play.
    """
    balances: dict[AssetId, int] = {}
    postings: list[Posting] = []
    unclaimed = False
    for leg in legs:
        balance = balances.get(leg.asset, wallet.of(leg.asset)) + leg.amount
        if can_receive(player) and balance <= LARGEST_AMOUNT:
            balances[leg.asset] = balance
            postings.append(Posting(account=PLAYER, asset=leg.asset, amount=leg.amount, balance=balance))
        else:
            unclaimed = True
            balances.setdefault(leg.asset, wallet.of(leg.asset))
            postings.append(Posting(account=UNCLAIMED, asset=leg.asset, amount=leg.amount))
        postings.append(Posting(account=leg.account, asset=leg.asset, amount=-leg.amount))
    return Moved(tuple(postings), balances, unclaimed)
