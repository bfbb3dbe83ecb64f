"""A tournament's scores as the specs know them: its terms, what is reported, and what comes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from services.leaderboards.registry import service
from shared.ids import PlayerId, TournamentId
from shared.messages.player import Admitted
from shared.messages.tournament import PrizePool, TournamentBegun, TournamentClosed, TournamentClosing, TournamentSpec
from shared.messages.tournament_score import ScoreTournament, TournamentScored
from shared.money import MICRO
from shared.testing.clock import NOON
from shared.testing.grammar import Story, given

RACE, ROCKET, GROOT = TournamentId("weekend-race"), PlayerId("rocket"), PlayerId("groot")
HOUR: Final = timedelta(hours=1)
SOON: Final = timedelta(microseconds=1)
END: Final = NOON + HOUR
GRACE: Final = timedelta(seconds=60)


def terms(**fields: Any) -> TournamentSpec:
    pool = PrizePool(amount=10_000)
    return TournamentSpec(**{"name": "Weekend race", "points_per_usd": Decimal(10), "prize_pool": pool, **fields})


shop = given(service).defined(RACE, terms())
limited = given(service).defined(RACE, terms(starts_at=NOON, ends_at=END))
admitted = Admitted(player=ROCKET)
closing = TournamentClosing(tournament=RACE, definition_version=1, called=True)
closed = TournamentClosed(tournament=RACE, definition_version=1, places=0, total_paid=0)


def scores(wagered: int | None = 50 * MICRO, wager: str | None = None, **fields: Any) -> ScoreTournament:
    return ScoreTournament(
        **{"tournament": RACE, "player": ROCKET, "wagered": wagered, **fields}, source_wager_id=wager
    )


def begun(version: int = 1) -> TournamentBegun:
    return TournamentBegun(tournament=RACE, definition_version=version)


def scored(
    source: str, points: int, total: int, at: datetime = NOON, by: str | None = None, player: PlayerId = ROCKET
) -> TournamentScored:
    return TournamentScored(
        tournament=RACE,
        player=player,
        source=source,
        micro_points=points,
        total=total,
        reached_at=at,
        reached_by=by or source,
    )


def has_scored(story: Story, **fields: Any) -> Story:
    return story.when(scores(**fields)).answered(admitted).story
