"""Whoever is not heard of for seven days is dormant, once each time: no earlier, never twice, and never forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from shared.eventlog.rows import EventRow
from shared.messages.journey import (
    JourneyAdvanced,
    JourneyCompleted,
    JourneyMoved,
    JourneyStarted,
    PlayerDormant,
)
from tests.simulation.clients import TENANT
from tests.simulation.games import COUNTED_ON, HERMITAGE, HOMECOMING, LADDER, VISIT, WELCOME
from tests.simulation.reading import Reading
from tests.simulation.told_games import expect

SEVEN_DAYS: Final = timedelta(days=7)
SIGNS: Final = frozenset(journey for journey, trigger in COUNTED_ON.items() if trigger != VISIT)
"""The journeys on which every sign of life counts, but for the first."""
KINDS: Final = (JourneyStarted, JourneyAdvanced, JourneyCompleted, PlayerDormant)


class DormancyJudge:
    """Holds the dormancies of every player against the days on which they were heard of."""

    def __init__(self, engines: Reading) -> None:
        self._engines = engines
        self._rung: Counter[str] = Counter()
        """How often each player has been dormant."""

    def close(self, now: datetime) -> None:
        """Everybody who was silent for long enough before `now` is known to be dormant. Raises Violation."""
        for player in sorted({one.player for kind in KINDS for one in self._engines.facts(kind)}):
            self._watch(player, now)

    def _watch(self, player: str, now: datetime) -> None:
        due: datetime | None = None
        after_level = 0
        moves: Counter[str] = Counter()
        for row, event in self._history(player):
            match event:
                case JourneyMoved(journey=journey) if journey in SIGNS or _is_signup(event):
                    due, moves[journey] = row.at + SEVEN_DAYS, moves[journey] + 1
                case JourneyMoved(journey=journey):
                    moves[journey] += 1
                case PlayerDormant():
                    expect(due is not None and row.at >= due, f"{event} at {row.at}, due was {due}")
                    self._rung[player] += 1
                    expect(event.times == self._rung[player], f"{event} is number {self._rung[player]}")
                    due, after_level = None, after_level + (moves[LADDER] > 0)
                case _:
                    raise AssertionError(f"{event} is of another kind")
        expect(due is None or due > now, f"nobody noticed that {player} was to be dormant at {due}, and it is {now}")
        rung = self._rung[player]
        expect(moves[HERMITAGE] == rung, f"{player} was dormant {rung} times, and moved on {moves[HERMITAGE]} times")
        came = self._engines.by_stream[f"journeys/{TENANT}/{player}"]
        home = [one for one in came if isinstance(one, JourneyCompleted) and one.journey == HOMECOMING]
        expect(len(home) == min(after_level, 1), f"{player} was dormant {rung} times, and came home {len(home)} times")

    def _history(self, player: str) -> Iterator[tuple[EventRow, Any]]:
        facts = [fact for kind in KINDS for fact in self._engines.by_type[kind.wire] if fact[1].player == player]
        return iter(sorted(facts, key=lambda fact: fact[0].pos))

    def tally(self) -> Counter[str]:
        """How often somebody was dormant."""
        again = sum(times > 1 for times in self._rung.values())
        return Counter({"dormancies": self._rung.total(), "players dormant again": again})


def _is_signup(event: JourneyMoved) -> bool:
    """Whether this is the sign of life that everybody gives first; the later ones count on journeys of their own."""
    return event.journey == WELCOME and isinstance(event, JourneyStarted)
