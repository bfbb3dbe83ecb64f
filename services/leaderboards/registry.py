"""All that the leaderboards are made of."""

from __future__ import annotations

from pathlib import Path

from services.leaderboards.board import decider as board
from services.leaderboards.board import lookups as board_lookups
from services.leaderboards.board import view as board_view
from services.leaderboards.entrant import decider as entrant
from services.leaderboards.entrant import view as entrant_view
from services.leaderboards.event import closing as event_closing
from services.leaderboards.event import decider as event
from services.leaderboards.event import view as event_view
from services.leaderboards.lobby import bots as lobby_bots
from services.leaderboards.lobby import pushing as lobby_pushing
from services.leaderboards.lobby import view as lobby_view
from services.leaderboards.season import decider as season
from services.leaderboards.season import view as season_view
from services.leaderboards.tournament import decider as tournament
from services.leaderboards.tournament import score, standings
from services.leaderboards.tournament import view as tournament_view
from shared.database import load_queries
from shared.shapes import Service

service = Service(
    name="leaderboards",
    deciders=(
        tournament.decider,
        score.decider,
        score.wagers,
        event.decider,
        entrant.decider,
        lobby_pushing.decider,
        lobby_bots.decider,
        board.decider,
        season.decider,
    ),
    views=(
        tournament_view.scores,
        tournament_view.payouts,
        tournament_view.tournaments,
        event_view.windows,
        event_view.boards,
        entrant_view.attempts,
        lobby_view.lobbies,
        lobby_view.seats,
        board_view.entries,
        board_view.positions,
        board_view.completions,
        board_view.finals,
        board_view.closings,
        season_view.periods,
    ),
    lookups=(standings.places, event_closing.boards, board_lookups.total, board_lookups.page, board_lookups.best),
    queries=load_queries(Path(__file__).with_name("lookups.sql")),
    ranks=board_view.ranks,
)
