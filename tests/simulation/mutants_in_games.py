"""Ways to break the rules of the games, each of which would cost somebody money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from services.engines import prize_draw
from services.engines.jackpot import contribution
from services.engines.jackpot.odds import payable
from services.engines.journey import steps
from services.engines.raffle.drawing import _owed, draw
from services.engines.raffle.entering import count
from services.engines.raffle.state import Drawn
from shared.messages.raffle import RaffleDrawn
from shared.shapes import Decision, Pending, Refused
from tests.simulation.mutants_in_time import Mutant


def wager_counted_again(patch: pytest.MonkeyPatch) -> None:
    """A wager that is reported again feeds the jackpot again."""
    contribute = contribution.contribute

    def forgetting(command: Any, wager: Any, jackpot: Any, facts: Any) -> Any:
        return contribute(command, contribution.Unknown(), jackpot, facts)

    patch.setattr(contribution, "contribute", forgetting)


def pool_not_reset(patch: pytest.MonkeyPatch) -> None:
    """What was won stays in the pool."""
    patch.setattr("services.engines.jackpot.pool.payable", lambda won, scale: (payable(won, scale)[0], won))


def late_entry_kept(patch: pytest.MonkeyPatch) -> None:
    """Tickets that are paid for after the draw are refused, and their price is kept."""

    def greedy(command: Any, state: Any, facts: Any) -> Any:
        outcome = count(command, state, facts)
        if not isinstance(outcome, Pending):
            return outcome
        return Decision(outcome.events, Refused("not_active"), finishes=facts.wish)

    patch.setattr("services.engines.raffle.decider.count", greedy)


def late_entry_told_early(patch: pytest.MonkeyPatch) -> None:
    """Who comes too late is told so before the money is back."""

    def hasty(command: Any, state: Any, facts: Any) -> Any:
        outcome = count(command, state, facts)
        if not isinstance(outcome, Pending):
            return outcome
        sends = tuple(replace(send, then=None) for send in outcome.sends)
        return Decision(outcome.events, Refused("not_active"), sends=sends, finishes=facts.wish)

    patch.setattr("services.engines.raffle.decider.count", hasty)


def paid_for_each_draw(patch: pytest.MonkeyPatch) -> None:
    """Whoever asks for a draw after the first makes the prize be paid again."""

    def generous(command: Any, state: Any, facts: Any) -> Any:
        if not isinstance(state, Drawn):
            return draw(command, state, facts)
        drawn = RaffleDrawn(raffle=command.raffle, seed_key_id="k1", drawing=state.drawing)
        return Pending((drawn,), sends=(_owed(drawn, awaited=True),))

    patch.setattr("services.engines.raffle.decider.draw", generous)


def journey_gone_twice(patch: pytest.MonkeyPatch) -> None:
    """A completed journey begins again."""
    going = steps.going

    def over_and_over(journeys: Any, facts: Any) -> Iterator[steps.Going]:
        under_way = {key: one for key, one in journeys.progress.items() if not one.completed}
        return going(replace(journeys, progress=under_way), facts)

    patch.setattr(steps, "going", over_and_over)


def told_before_paid(patch: pytest.MonkeyPatch) -> None:
    """A player is told of a prize as soon as it is drawn."""
    owed = prize_draw.owed

    def hasty(terms: Any, command: Any, prize: Any, won: Any, events: Any, facts: Any) -> Any:
        outcome = owed(terms, command, prize, won, events, facts)
        if not isinstance(outcome, Pending):
            return outcome
        finish: Any = outcome.sends[0].then
        sends = (replace(outcome.sends[0], then=None),)
        return Decision(outcome.events, reply=finish.told, sends=sends, finishes=facts.wish)

    patch.setattr(prize_draw, "owed", hasty)


def limits_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Nobody's limits stand in the way of a stake."""
    patch.setattr("services.ledger.wallet.decider.over_limit", lambda going, turnover, limits, now: None)


MUTANTS_IN_GAMES: Final[tuple[Mutant, ...]] = (
    wager_counted_again,
    pool_not_reset,
    late_entry_kept,
    late_entry_told_early,
    paid_for_each_draw,
    journey_gone_twice,
    told_before_paid,
    limits_forgotten,
)
