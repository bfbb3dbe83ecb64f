"""Wagers of the stream score many at a time, each by its own time; nothing of them is refused.

The tournament that they begin, or that has begun, says what belongs and what it is worth, for a wager and its void
alike, so that a void never takes what was not given.
"""

from __future__ import annotations

from typing import Final

from services.leaderboards.tournament.counting import Points, add, begin, belongs, fits, too_late
from services.leaderboards.tournament.split import worth
from services.leaderboards.tournament.state import (
    Closing,
    Completed,
    Open,
    Score,
    Scoreless,
    Unbegun,
    score_of,
    tournament_of,
    version_at,
)
from shared.ids import PlayerId, TournamentId
from shared.messages.base import Event
from shared.messages.tournament import TournamentSpec
from shared.messages.tournament_score import ScoreMany, TournamentScored, TournamentTally
from shared.messages.wager_entry import VOID_LATE, Entry
from shared.shapes import Decision, Definition, Facts, Outcome, States

POINTS_OVER_LIMIT: Final = "points_over_limit"
"""The tally of wagers whose points could not be counted exactly any more, and are not."""


def score_many(command: ScoreMany, states: States, facts: Facts) -> Outcome[Event]:
    tournament, standing = command.tournament, states[tournament_of(command.tournament)]
    if isinstance(standing, Closing | Completed):
        return _over(command)
    taken = version_at(tournament, command.definition_version, facts)
    definition = version_at(tournament, standing.definition_version, facts) if isinstance(standing, Open) else taken
    if isinstance(standing, Unbegun) and too_late(definition.spec, facts.now):
        return _over(command)
    countable, late = _countable(command, definition, taken, facts)
    sums = _Sums(tournament, states, begun=isinstance(standing, Open))
    for entry, points in countable:
        sums.take(entry, points)
    scored = sums.scored()
    tallies = {what: times for what, times in ((VOID_LATE, late), (POINTS_OVER_LIMIT, sums.over)) if times}
    begun, timers = begin(definition, standing, facts) if scored else ((), ())
    reply = TournamentTally(tournament=tournament, counted=sums.counted)
    return Decision((*begun, *scored), reply=reply, timers=timers, tallies=tallies)


def _over(command: ScoreMany) -> Outcome[Event]:
    late = sum(entry.micros < 0 for entry in command.entries)
    reply = TournamentTally(tournament=command.tournament, counted=0)
    return Decision((), reply=reply, tallies={VOID_LATE: late} if late else {})


def _countable(
    command: ScoreMany, begun: Definition[TournamentSpec], taken: Definition[TournamentSpec], facts: Facts
) -> tuple[list[tuple[Entry, int]], int]:
    """The entries that belong and are worth something, with their points, under the version that was begun under.

    One that was taken under a version before it may have come before the first points. Then it counts only if it did
    so there too, or else its void would take what was never given; voids that come after the end of that version are
    late, and told how many they are.
    """
    older, rate, rate_there = taken.version < begun.version, begun.spec.rate_micros, taken.spec.rate_micros
    if older and too_late(taken.spec, facts.now):
        return [], sum(entry.micros < 0 for entry in command.entries)
    found = []
    for entry in command.entries:
        points = worth(entry.micros, rate)
        counted_there = not older or (belongs(taken.spec, entry.at) and worth(entry.micros, rate_there))
        if points and counted_there and belongs(begun.spec, entry.at):
            found.append((entry, points))
    return found, 0


class _Sums:
    """What the entries of one batch bring their players, one after another."""

    def __init__(self, tournament: TournamentId, states: States, *, begun: bool) -> None:
        self._tournament, self._states, self._begun = tournament, states, begun
        self._points: dict[PlayerId, Points] = {}
        self.counted = self.over = 0
        """Entries that count, and those that would leave what is counted exactly."""

    def take(self, entry: Entry, points: int) -> None:
        if not self._begun and points < 0:
            return  # before the first points nothing can be taken back
        one, known = Points(points, entry.at, entry.wager_id), self._points.get(entry.player)
        sum_ = known.and_(one) if known else one
        if not fits(sum_.micros, self._before(entry.player)):
            self.over += 1
            return
        self._begun = True
        self.counted += 1
        self._points[entry.player] = sum_

    def scored(self) -> list[TournamentScored]:
        return [add(self._tournament, who, sum_, self._before(who)) for who, sum_ in self._points.items()]

    def _before(self, who: PlayerId) -> Scoreless | Score:
        return self._states[score_of(self._tournament, who)]
