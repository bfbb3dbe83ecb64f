"""What everybody has staked and lost today, after every fact, held against their own limits."""

from __future__ import annotations

from collections import defaultdict
from math import inf
from typing import Any, Final, NamedTuple

from shared.messages.player import PlayerLimitsSet
from shared.messages.wallet import WalletPosted
from tests.simulation.clients import Violation
from tests.simulation.parlour import WINZ


class Standing(NamedTuple):
    """One player's play of the day at one moment."""

    wagered: int = 0
    lost: int = 0
    most_wagered: float = inf
    most_lost: float = inf

    def has_room(self, stake: int) -> bool:
        """Whether this much more may be staked."""
        return self.wagered + stake <= self.most_wagered and self.lost + stake <= self.most_lost


NOBODY: Final = Standing()


class Played:
    """One day's play of the one asset that anybody stakes; no town outlives its first day."""

    def __init__(self) -> None:
        self.stood: dict[str, list[Standing]] = defaultdict(lambda: [NOBODY])
        """Every standing there ever was, in order."""

    def take(self, event: Any) -> None:
        """This happened. Raises Violation if it should not have."""
        if isinstance(event, WalletPosted) and event.day is not None:
            self._move(event)
        elif isinstance(event, PlayerLimitsSet):
            self._limit(event)

    def _move(self, event: WalletPosted) -> None:
        stands = self.stood[event.player][-1]
        own = [posting for posting in event.postings if posting.balance is not None and posting.asset == WINZ]
        moved, staked = sum(posting.amount for posting in own), -sum(min(0, posting.amount) for posting in own)
        wagered = max(0, stands.wagered - moved) if event.operation == "refund" else stands.wagered + staked
        after = stands._replace(wagered=wagered, lost=stands.lost - moved)
        if staked and not stands.has_room(staked):
            raise Violation(f"{event} was taken although {stands} leaves no room for it")
        self.stood[event.player].append(after)

    def _limit(self, event: PlayerLimitsSet) -> None:
        stands = self.stood[event.profile.player][-1]
        most = {name: limit.amount for name, limit in event.profile.limits.items()}
        wager, loss = most.get("wager_daily_limit"), most.get("loss_daily_limit")
        after = stands._replace(
            most_wagered=inf if wager is None else wager,
            most_lost=inf if loss is None else loss,
        )
        if after.most_wagered > stands.most_wagered or after.most_lost > stands.most_lost:
            raise Violation(f"{event} raises a limit at once, from {stands}")
        self.stood[event.profile.player].append(after)
