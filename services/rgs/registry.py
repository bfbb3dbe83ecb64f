"""All that the remote gaming server is made of."""

from __future__ import annotations

from services.rgs.round import decider as table
from services.rgs.round import view as round_view
from services.rgs.seed import view as seed_view
from services.rgs.session import decider as session
from services.rgs.session import view as session_view
from shared.shapes import Service

service = Service(
    name="rgs",
    deciders=(session.decider, table.decider),
    views=(
        session_view.sessions,
        session_view.tokens,
        seed_view.pairs,
        round_view.rounds,
        round_view.transactions,
    ),
)
