"""What completed journeys have earned is paid, one reward after the other, before anybody is told."""

from __future__ import annotations

from collections.abc import Sequence

from shared.ids import PlayerId
from shared.messages.base import UNANSWERED, Event
from shared.messages.journey import (
    Action,
    GoOnPaying,
    JourneyCompleted,
    JourneyMoved,
    JourneyRewarded,
    JourneysAnswer,
    JourneyStarted,
    Moved,
    Owed,
)
from shared.messages.prize import REWARDS
from shared.messages.wallet import PayWallet
from shared.shapes import Decision, Facts, Outcome, Pending, Send


def go_on(command: GoOnPaying, facts: Facts) -> Outcome[Event]:
    rewarded = JourneyRewarded(player=command.player, **dict(command.owed[0]), paid=command.answer.granted)
    left = command.model_copy(update={"owed": command.owed[1:], "answer": UNANSWERED})
    if left.owed:
        return Pending((rewarded,), sends=(_payment(left),))
    if not command.asked:
        return Decision((rewarded,), reply=None)
    return Decision((rewarded,), reply=JourneysAnswer(affected=command.affected), finishes=facts.wish)


def payment(player: PlayerId, moves: Sequence[JourneyMoved], *, asked: bool) -> Send | None:
    """The first payment of what these moves have earned, if they have earned anything; the others follow it."""
    owed = tuple(
        Owed(journey=move.journey, asset=move.asset, reward=move.reward)
        for move in moves
        if isinstance(move, JourneyCompleted) and move.reward
    )
    if not owed:
        return None
    return _payment(GoOnPaying(player=player, affected=affected(moves), owed=owed, asked=asked))


def _payment(go_on_with: GoOnPaying) -> Send:
    first = go_on_with.owed[0]
    pay = PayWallet(
        player=go_on_with.player,
        asset=first.asset,
        amount=first.reward,
        account=REWARDS,
        reason=f"journey {first.journey}",
    )
    return Send("ledger", go_on_with.player, pay, then=go_on_with)


def affected(moves: Sequence[JourneyMoved]) -> tuple[Moved, ...]:
    """What the asker is told of these moves."""
    return tuple(
        Moved(
            journey=move.journey,
            journey_name=move.journey_name,
            action=_action(move),
            current_step=move.step,
            reward=move.reward if isinstance(move, JourneyCompleted) else 0,
        )
        for move in moves
    )


def _action(move: JourneyMoved) -> Action:
    if isinstance(move, JourneyCompleted):
        return "completed"
    return "started" if isinstance(move, JourneyStarted) else "advanced"
