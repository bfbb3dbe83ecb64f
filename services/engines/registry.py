"""All the engines there are."""

from __future__ import annotations

from pathlib import Path

from services.engines import guest, promise, responses
from services.engines.activity import decider as activity
from services.engines.activity import view as activity_view
from services.engines.activity_session import decider as activity_session
from services.engines.activity_session import view as activity_session_view
from services.engines.jackpot import contribution as jackpot_contribution
from services.engines.jackpot import decider as jackpot
from services.engines.jackpot import view as jackpot_view
from services.engines.journey import decider as journey
from services.engines.lootbox import decider as lootbox
from services.engines.mini_game import decider as mini_game
from services.engines.raffle import decider as raffle
from services.engines.raffle import lookups as raffle_lookups
from services.engines.raffle import view as raffle_view
from services.engines.reward import decider as reward
from services.engines.wager import decider as wager
from services.engines.wheel import decider as wheel
from services.engines.wheel import view as wheel_view
from shared.database import load_queries
from shared.shapes import Service

service = Service(
    name="engines",
    deciders=(
        guest.decider,
        lootbox.decider,
        mini_game.decider,
        journey.decider,
        raffle.decider,
        jackpot.decider,
        jackpot_contribution.decider,
        activity.decider,
        reward.decider,
        activity_session.decider,
        wheel.wheels,
        wheel.dry_spins,
        wheel.spinners,
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
        activity_view.progress,
        activity_view.attempts,
        activity_view.claimed_rewards,
        activity_session_view.view,
        wheel_view.view,
    ),
    private=(responses.responses,),
    lookups=(raffle_lookups.lookup, responses.lookup),
    queries=load_queries(Path(__file__).with_name("lookups.sql")),
    intake=wager.intake,
)
