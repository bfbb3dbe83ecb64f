"""Every game that can be tried out, and how it is played if nobody says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from services.rgs.games.game import Terms
from services.rgs.trial import bets, climbs
from services.rgs.trial.blackjack import blackjack_plan
from services.rgs.trial.plan import Options, Plan, read_options
from shared.messages.game import Slug


class Trial(NamedTuple):
    """How one game is tried out."""

    defaults: Options
    plan: Callable[[Options, Terms], Plan]


TRIALS: Final[Mapping[Slug, Trial]] = {
    "dice": Trial({"side": "over", "line": "5000"}, bets.dice_plan),
    "limbo": Trial({"hundredths": "200"}, bets.limbo_plan),
    "plinko": Trial({"rows": "16", "risk": "medium"}, bets.plinko_plan),
    "keno": Trial({"picks": "5", "difficulty": "classic"}, bets.keno_plan),
    "wheel": Trial({"segments": "30", "difficulty": "medium"}, bets.wheel_plan),
    "baccarat": Trial({"on": "banker"}, bets.baccarat_plan),
    "mines": Trial({"grid": "25", "mines": "3", "open": "5"}, climbs.mines_plan),
    "hilo": Trial({"guesses": "3"}, climbs.hilo_plan),
    "blackjack": Trial({"play": "best"}, blackjack_plan),
    "towers": Trial({"difficulty": "easy", "rows": "4"}, climbs.towers_plan),
}


def plan_of(slug: Slug, strategy: str, terms: Terms) -> Plan:
    """The game under this strategy, such as `side=over,line=5000`.

    Raises:
        BadStrategy: it cannot be played so; the text says why.
    """
    trial = TRIALS[slug]
    plan = trial.plan(read_options(strategy, trial.defaults), terms)
    plan.check()
    return plan
