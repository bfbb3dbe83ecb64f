"""What must come of everything that operators have written, computed once more, as plainly as it can be said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from fractions import Fraction
from math import floor
from typing import Any, Final, NamedTuple

from tests.simulation.games import RATES
from tests.simulation.operators import BIG_WIN_TIMES, Said, home_of
from tests.simulation.tournaments import ENDS, PRIZES, TWILIGHT

UNITS: Final = {"USD": 100, "WINZ": 1}
"""How many of the ledger's units make one; it knows no other currency."""
Target = tuple[str, str]
"""A tournament or a jackpot, and its name."""


class Mark(NamedTuple):
    """What must be remembered of one message."""

    part: int
    id: str
    status: str
    player: str
    game: str
    currency: str
    stake: int
    payout: int


class Count(NamedTuple):
    """One wager that a target must hear of, or of whose void."""

    wager_id: str
    player: str
    micros: int
    at: datetime


class Streamed:
    """All that operators' messages must bring about."""

    def __init__(
        self, said: Iterable[Said], partitions: int, day: date, wager_came_first: Callable[[str], bool]
    ) -> None:
        """Read them all.

        Args:
            said: in the order in which they were written.
            partitions: how many there are.
            day: on which they were taken.
            wager_came_first: whether a wager was taken before its void, of those of which nothing else tells it.
        """
        self.marks: set[Mark] = set()
        self.counts: dict[Target, Counter[Count]] = defaultdict(Counter)
        self.triggers: Counter[tuple[str, str]] = Counter()
        """By player and trigger, but for the levels."""
        self.wagered: Counter[str] = Counter()
        """Toward the levels, in micro-units."""
        self.deposited: Counter[tuple[str, str]] = Counter()
        """By player and asset, in the ledger's units, on this day."""
        self.deposits: dict[str, set[str]] = defaultdict(set)
        """Each player's."""
        self._partitions, self._day, self._wager_came_first = partitions, day, wager_came_first
        by_id: dict[str, list[Said]] = defaultdict(list)
        for one in said:
            if one.bad is None:
                by_id[one.fields.get("wager_id") or one.fields["deposit_id"]].append(one)
        for id_, told in by_id.items():
            self._take(id_, told)

    def _take(self, id_: str, told: list[Said]) -> None:
        first = told[0].fields
        if "deposit_id" in first:
            self._deposit(first)
            return
        statuses = [one.fields["status"] for one in told]
        for status in set(statuses):
            self._mark(id_, status, first)
        if "settled" not in statuses:
            return
        voided = "void" in statuses
        unsure = voided and any(one.astray for one in told)
        if self._wager_came_first(id_) if unsure else statuses[0] == "settled":
            self._count(next(one.fields for one in told if one.fields["status"] == "settled"), voided=voided)

    def _mark(self, id_: str, status: str, fields: dict[str, Any]) -> None:
        player, money = fields["player"], (micros_of(fields["stake"]), micros_of(fields["payout"]))
        where = home_of(player, self._partitions)
        self.marks.add(Mark(where, id_, status, player, fields["game"], fields["currency"], *money))

    def _deposit(self, fields: dict[str, Any]) -> None:
        id_, player, currency = fields["deposit_id"], fields["player"], fields["currency"]
        where, amount = home_of(player, self._partitions), micros_of(fields["amount"])
        self.marks.add(Mark(where, id_, "deposit", player, "", currency, amount, 0))
        self.triggers[player, "first_deposit"] = 1
        self.deposits[player].add(id_)
        if datetime.fromisoformat(fields["at"]).date() == self._day:
            self.deposited[player, currency] += floor(Fraction(fields["amount"]) * UNITS.get(currency, 0))

    def _count(self, fields: dict[str, Any], *, voided: bool) -> None:
        player, stake, at = fields["player"], micros_of(fields["stake"]), datetime.fromisoformat(fields["at"])
        self.triggers[player, "wager"] += 1
        if 0 < BIG_WIN_TIMES * stake <= micros_of(fields["payout"]):
            self.triggers[player, "big_win"] += 1
        if fields["currency"] != "USD":
            return
        self.wagered[player] += 0 if voided else stake
        for target, micros in _targets(stake, at):
            for sign in (1, -1) if voided else (1,):
                self.counts[target][Count(fields["wager_id"], player, sign * micros, at)] += 1


def _targets(stake: int, at: datetime) -> Iterator[tuple[Target, int]]:
    if not stake:
        return
    for tournament in PRIZES:
        if tournament != TWILIGHT or at < ENDS:
            yield ("tournament", tournament), stake
    for jackpot, rate in RATES.items():
        if micros := floor(stake * Fraction(rate)):
            yield ("jackpot", jackpot), micros


def micros_of(amount: str) -> int:
    """Micro-units of an amount as it is written in the stream."""
    return int(Fraction(amount) * 1_000_000)
