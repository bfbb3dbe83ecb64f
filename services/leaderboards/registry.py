"""All that the leaderboards are made of."""

from __future__ import annotations

from pathlib import Path

from services.leaderboards.tournament import decider as tournament
from services.leaderboards.tournament import score, standings
from services.leaderboards.tournament import view as tournament_view
from shared.database import load_queries
from shared.shapes import Service

service = Service(
    name="leaderboards",
    deciders=(tournament.decider, score.decider, score.wagers),
    views=(tournament_view.scores, tournament_view.payouts, tournament_view.tournaments),
    lookups=(standings.places,),
    queries=load_queries(Path(__file__).with_name("lookups.sql")),
)
