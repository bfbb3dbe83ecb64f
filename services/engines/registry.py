"""All the engines there are."""

from __future__ import annotations

from pathlib import Path

from services.engines import promise
from services.engines.jackpot import contribution as jackpot_contribution
from services.engines.jackpot import decider as jackpot
from services.engines.jackpot import view as jackpot_view
from services.engines.journey import decider as journey
from services.engines.lootbox import decider as lootbox
from services.engines.mini_game import decider as mini_game
from services.engines.raffle import decider as raffle
from services.engines.raffle import lookups as raffle_lookups
from services.engines.raffle import view as raffle_view
from services.engines.wager import decider as wager
from shared.database import load_queries
from shared.shapes import Service

service = Service(
    name="engines",
    deciders=(
        lootbox.decider,
        mini_game.decider,
        journey.decider,
        raffle.decider,
        jackpot.decider,
        jackpot_contribution.decider,
        wager.decider,
        wager.wagerers,
    ),
    views=(
        promise.view,
        raffle_view.raffles,
        raffle_view.entries,
        raffle_view.draws,
        jackpot_view.jackpots,
        jackpot_view.pools,
        jackpot_view.drops,
    ),
    lookups=(raffle_lookups.lookup,),
    queries=load_queries(Path(__file__).with_name("lookups.sql")),
    intake=wager.intake,
)
