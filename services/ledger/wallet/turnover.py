"""What a player has staked, lost and deposited on one day, and whether a limit leaves room for more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from shared.ids import AssetId
from shared.messages.player import Limit, LimitName
from shared.messages.wallet import WalletDepositsCounted, WalletPosted
from shared.shapes import Refused


@dataclass(frozen=True, slots=True)
class Turnover:
    """One day's play, by asset, in its smallest unit."""

    day: str = ""
    """In UTC, as 2026-11-21."""
    wagered: Mapping[AssetId, int] = field(default_factory=dict)
    """Stakes less what of them was given back; never below 0."""
    lost: Mapping[AssetId, int] = field(default_factory=dict)
    """Stakes less what was won; below 0 for a player who is ahead."""
    deposited: Mapping[AssetId, int] = field(default_factory=dict)
    """With the operator, elsewhere."""


NO_PLAY: Final = Turnover()
DEPOSITS: Final[LimitName] = "deposit_daily_limit"


def day_of(now: datetime) -> str:
    """The day that a movement counts toward."""
    return now.date().isoformat()


def turned(turnover: Turnover, event: WalletPosted) -> Turnover:
    """The day's play after a movement; only what is part of a game counts."""
    if event.day is None or (event.operation == "refund" and event.day != turnover.day):
        return turnover  # no game, or a stake of a day that is over
    today = on(turnover, event.day)
    wagered, lost = dict(today.wagered), dict(today.lost)
    for posting in event.postings:
        if posting.balance is None:
            continue
        if posting.amount < 0 or event.operation == "refund":
            wagered[posting.asset] = max(0, wagered.get(posting.asset, 0) - posting.amount)
        lost[posting.asset] = lost.get(posting.asset, 0) - posting.amount
    return replace(today, wagered=wagered, lost=lost)


def on(turnover: Turnover, day: str) -> Turnover:
    """The play of this day, which begins with nothing."""
    return turnover if turnover.day == day else Turnover(day)


def deposited(turnover: Turnover, event: WalletDepositsCounted) -> Turnover:
    """The day's play after deposits that were made elsewhere."""
    today = on(turnover, event.day)
    sums = {asset: today.deposited.get(asset, 0) + amount for asset, amount in event.amounts.items()}
    return replace(today, deposited={**today.deposited, **sums})


def over_deposited(
    amounts: Mapping[AssetId, int], turnover: Turnover, limits: Mapping[LimitName, Limit], now: datetime
) -> tuple[AssetId, ...]:
    """The assets of which more will have been deposited today than the limit allows."""
    limit = limits[DEPOSITS].in_force(now) if DEPOSITS in limits else None
    before = on(turnover, day_of(now)).deposited
    return tuple(asset for asset, more in amounts.items() if limit is not None and before.get(asset, 0) + more > limit)


def over_limit(
    going: Mapping[AssetId, int], turnover: Turnover, limits: Mapping[LimitName, Limit], now: datetime
) -> Refused | None:
    """The limit that these stakes would break, if they break one. Each limit holds for each asset."""
    today = on(turnover, day_of(now))
    used_up: dict[LimitName, Mapping[AssetId, int]]
    used_up = {"wager_daily_limit": today.wagered, "loss_daily_limit": today.lost}
    for name, used in used_up.items():
        limit = limits[name].in_force(now) if name in limits else None
        for asset, amount in going.items():
            if limit is not None and used.get(asset, 0) + amount > limit:
                return Refused("limit_exceeded", {"limit": name, "asset": asset, "amount": limit})
    return None
