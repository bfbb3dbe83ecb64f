"""The tournaments of the town: how they are set up, and who scores in them and wants them closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from fractions import Fraction
from math import floor
from random import Random
from typing import Any, Final, NamedTuple

import orjson

from shared.eventlog.rows import OutboxRow
from shared.ids import PlayerId, TournamentId
from shared.messages.base import Command
from shared.messages.definition import PutDefinition
from shared.messages.tournament import CloseTournament, CountPayout
from shared.messages.tournament_score import ScoreTournament
from shared.money import MICRO
from tests.simulation.clients import Wanted
from tests.simulation.games import PLAYERS
from tests.simulation.loop import FIRST_MORNING

SPRINT: Final = "sprint"
"""Several people want it closed at about the same time."""
DERBY: Final = "derby"
"""Somebody may want it closed."""
TWILIGHT: Final = "twilight"
"""It closes by itself, unless somebody is faster."""
MARATHON: Final = "marathon"
"""Nobody ever closes it."""
ENDS: Final = FIRST_MORNING + timedelta(seconds=26)
GRACE: Final = timedelta(seconds=5)
RATE: Final = "1.5"
"""Points per USD."""
WAGERS: Final = 5
"""So few different ones in each that most are reported more than once."""


class Prizes(NamedTuple):
    """What the places of a tournament share."""

    pool: int
    percents: tuple[str, ...]

    def amounts(self) -> list[int]:
        """What each place wins; the first also gets what is lost when the others are cut to whole units."""
        shares = [Fraction(percent) * self.pool / 100 for percent in self.percents]
        cut = [floor(share) for share in shares]
        return [cut[0] + floor(sum(shares)) - sum(cut), *cut[1:]]


PRIZES: Final = {
    SPRINT: Prizes(19, ("40", "25", "15", "10", "5")),
    DERBY: Prizes(13, ("60", "0.2", "30")),
    TWILIGHT: Prizes(7, ("50", "30", "20")),
    MARATHON: Prizes(5, ("100",)),
}
"""More places than players, places that win less than a unit, and pools that do not divide. They are small, so that
nobody who has limits wins back what they lost."""

Wish = Callable[..., Wanted]


def definitions() -> list[PutDefinition]:
    """What an operator must have configured before anybody scores."""
    return [PutDefinition(kind="tournament", key=name, spec=_spec(name)) for name in PRIZES]


def _spec(name: str) -> dict[str, Any]:
    pool, percents = PRIZES[name]
    spec = {"name": name, "points_per_usd": RATE, "prize_pool": pool, "prize_structure": list(percents)}
    return {**spec, "ends_at": ENDS.isoformat()} if name == TWILIGHT else spec


class Tournaments:
    """Draws wishes of people who compete."""

    def __init__(self, chance: Random, wish: Wish) -> None:
        self._chance, self._wish = chance, wish
        self.kinds: tuple[Callable[[], Wanted], ...] = (self.score, self.close)

    def beginnings(self) -> list[Wanted]:
        """Every tournament has begun, one of them for nearly everybody."""
        firsts = [(SPRINT, player) for player in PLAYERS[:3]] + [(DERBY, PLAYERS[0]), (TWILIGHT, PLAYERS[1])]
        return [
            self._scoring(ScoreTournament(tournament=TournamentId(name), player=PlayerId(player), points=MICRO))
            for name, player in firsts
        ]

    def score(self) -> Wanted:
        """An operator reports points, or a wager, mostly not for the first time."""
        tournament = self._tournament()
        if self._chance.random() < 0.5:
            return self._scoring(wager(tournament, self._chance.randrange(WAGERS)))
        player = PlayerId(self._chance.choice(PLAYERS))
        points = MICRO * self._chance.randint(1, 3)
        return self._scoring(ScoreTournament(tournament=tournament, player=player, points=points))

    def _scoring(self, command: ScoreTournament) -> Wanted:
        wish = self._wish("leaderboards", command.tournament, command)
        wish.ends_with = frozenset({"not_active"})
        return wish

    def close(self, name: str | None = None) -> Wanted:
        """Somebody wants to see the prizes paid."""
        tournament = TournamentId(name or self._chance.choice((DERBY, TWILIGHT)))
        return self._wish("leaderboards", tournament, CloseTournament(tournament=tournament))

    def _tournament(self) -> TournamentId:
        return TournamentId(self._chance.choice(tuple(PRIZES)))


def wager(tournament: TournamentId, number: int) -> ScoreTournament:
    """Every wager has one player and one size, however often it is reported."""
    return ScoreTournament(
        tournament=tournament,
        player=PlayerId(PLAYERS[number % len(PLAYERS)]),
        wagered=700_001 * (number + 1),
        source_wager_id=f"w{number}",
    )


def points_of(command: ScoreTournament) -> int:
    """What a score is worth, in millionths, cut to whole ones."""
    return command.points or floor((command.wagered or 0) * Fraction(RATE))


def points_in(micros: int) -> int:
    """What a wager of so many micro-units is worth, or its void, in millionths, cut to whole ones."""
    points = floor(abs(micros) * Fraction(RATE))
    return points if micros > 0 else -points


def reason_of(tournament: str, rank: int) -> str:
    """What a place is paid for, as the ledger has it."""
    return f"tournament {tournament} place {rank}"


def stalled(stuck: Iterable[OutboxRow]) -> set[str]:
    """The tournaments of which a payout is left to people: they do not close until these have seen to it."""
    return {orjson.loads(row.then_data or b"{}")["tournament"] for row in stuck if row.then_type == CountPayout.wire}


def another_score(command: Command) -> Command | None:
    """Another body of the same kind."""
    match command:
        case ScoreTournament():
            return command.model_copy(update={"points": points_of(command) + 1})
        case CloseTournament():
            return command.model_copy(update={"tournament": "other"})
        case _:
            return None
