"""What a wager moves: every tournament that it belongs to by its time, and every pool that takes a part of it.

Both count in one currency. A wager in another moves neither, since nobody says what it is worth in that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeVar

from shared.ids import AssetId, JackpotId, TournamentId
from shared.messages.jackpot import USD, CountJackpotWagers, JackpotSpec
from shared.messages.tournament import TournamentSpec
from shared.messages.tournament_score import ScoreMany
from shared.messages.wager import Taken
from shared.messages.wager_entry import MOST_ENTRIES, Entry
from shared.money import MICRO
from shared.shapes import Definition, Definitions, Send

T = TypeVar("T")

LARGEST_MESSAGE: Final = 48 * 1024
"""Bytes of entries in one message, well below what a command may have."""
_AN_ENTRY: Final = 100
"""Bytes of an entry beside its two ids."""


class Part(NamedTuple):
    """What one wager did to one target."""

    target: Literal["tournament", "jackpot", "level"]
    """A level is the player's own."""
    key: str
    version: int
    """Of the target's definition."""
    micros: int


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that wagers move, as it is configured now."""

    target: Literal["tournament", "jackpot"]
    key: str
    version: int
    currency: str
    rate: int
    """The part of the stake that counts, in millionths."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def part(self, currency: str, stake: int, at: datetime) -> Part | None:
        """What a wager does to it, if anything."""
        if currency != self.currency:
            return None
        if (self.starts_at and at < self.starts_at) or (self.ends_at and at >= self.ends_at):
            return None
        micros = stake * self.rate // MICRO
        return Part(self.target, self.key, self.version, micros) if micros else None


def targets_of(definitions: Definitions) -> tuple[Target, ...]:
    """All that a tenant's wagers may move now. A pause stops doors alone: what was passed over could not be taken back.

    A tournament judges by the version that it was begun under, which nobody knows here: it is told of every wager that
    belongs under any of its versions.
    """
    tournaments = (
        Target("tournament", one.key, one.version, USD, MICRO, *_widest(definitions, one))
        for one in definitions.every(TournamentSpec)
    )
    jackpots = (
        Target("jackpot", one.key, one.version, one.spec.asset, one.spec.rate_micros)
        for one in definitions.every(JackpotSpec)
    )
    return (*tournaments, *jackpots)


def _widest(definitions: Definitions, newest: Definition[TournamentSpec]) -> tuple[datetime | None, datetime | None]:
    """From when until when a wager belongs under some version; None is for ever."""
    known = (definitions.at(TournamentSpec, newest.key, version) for version in range(1, newest.version + 1))
    specs = [newest.spec, *(one.spec for one in known if one is not None)]
    starts, ends = [spec.starts_at for spec in specs], [spec.ends_at for spec in specs]
    return (
        None if None in starts else min(at for at in starts if at),
        None if None in ends else max(at for at in ends if at),
    )


class Entries:
    """What one batch does to its targets, in the order in which it came."""

    def __init__(self) -> None:
        self._of: dict[tuple[Literal["tournament", "jackpot"], str, int, str], list[Entry]] = {}

    def add(self, part: Part, currency: str, entry: Entry) -> None:
        """One wager more."""
        if part.target == "level":
            return
        self._of.setdefault((part.target, part.key, part.version, currency), []).append(entry)

    def sends(self) -> Iterator[Send]:
        """One message a target, or a few where one would be too large or a void is of an older version."""
        for (target, key, version, currency), entries in self._of.items():
            for some in portions(entries, _size):
                if target == "tournament":
                    score = ScoreMany(tournament=TournamentId(key), definition_version=version, entries=some)
                    yield Send("leaderboards", key, score)
                else:
                    feed = CountJackpotWagers(jackpot=JackpotId(key), asset=AssetId(currency), entries=some)
                    yield Send("engines", key, feed)

    def told(self) -> tuple[Taken, ...]:
        """What the targets are told together, for the log."""
        return tuple(
            Taken(target=target, key=key, entries=len(entries), micros=sum(entry.micros for entry in entries))
            for (target, key, *_), entries in self._of.items()
        )


def portions(items: Sequence[T], size_of: Callable[[T], int]) -> Iterator[tuple[T, ...]]:
    """The items in order, as many together as fit into one message."""
    start = size = 0
    for place, item in enumerate(items):
        bytes_ = size_of(item)
        if place - start == MOST_ENTRIES or size + bytes_ > LARGEST_MESSAGE:
            yield tuple(items[start:place])
            start, size = place, 0
        size += bytes_
    yield tuple(items[start:])


def _size(entry: Entry) -> int:
    """At most so many bytes: a quotation mark in an id takes two."""
    return _AN_ENTRY + 2 * (len(entry.player.encode()) + len(entry.wager_id.encode()))
