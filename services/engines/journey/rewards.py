"""What completed journeys have earned is paid, one reward after the other, before anybody is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from shared.ids import PlayerId
from shared.messages.base import UNANSWERED, Event
from shared.messages.journey import (
    Action,
    GoOnPaying,
    JourneyCompleted,
    JourneyMoved,
    JourneyRewarded,
    JourneysAnswer,
    JourneySpinsGiven,
    JourneyStarted,
    Moved,
    Owed,
    OwedSpins,
)
from shared.messages.prize import REWARDS
from shared.messages.wallet import PayWallet
from shared.messages.wheel import GrantBonusSpins
from shared.shapes import Decision, Facts, Outcome, Pending, Send


def go_on(command: GoOnPaying, facts: Facts) -> Outcome[Event]:
    rewarded = _answered(command.player, command.owed[0], granted=command.answer.granted)
    left = command.model_copy(update={"owed": command.owed[1:], "answer": UNANSWERED})
    if left.owed:
        return Pending((rewarded,), sends=(_payment(left),))
    if not command.asked:
        return Decision((rewarded,), reply=None)
    return Decision((rewarded,), reply=JourneysAnswer(affected=command.affected), finishes=facts.wish)


def payment(player: PlayerId, moves: Sequence[JourneyMoved], *, asked: bool) -> Send | None:
    """The first payment of what these moves have earned, if they have earned anything; the others follow it."""
    owed = tuple(chain.from_iterable(_owed(move) for move in moves if isinstance(move, JourneyCompleted)))
    if not owed:
        return None
    return _payment(GoOnPaying(player=player, affected=affected(moves), owed=owed, asked=asked))


def _owed(move: JourneyCompleted) -> Iterator[Owed | OwedSpins]:
    if move.reward:
        yield Owed(journey=move.journey, asset=move.asset, reward=move.reward)
    if move.reward_spins is not None:
        yield OwedSpins(journey=move.journey, **dict(move.reward_spins))


def _payment(go_on_with: GoOnPaying) -> Send:
    player, first = go_on_with.player, go_on_with.owed[0]
    if isinstance(first, OwedSpins):
        give = GrantBonusSpins(player=player, wheel=first.wheel, count=first.count)
        return Send("engines", player, give, then=go_on_with)
    pay = PayWallet(
        player=player, asset=first.asset, amount=first.reward, account=REWARDS, reason=f"journey {first.journey}"
    )
    return Send("ledger", player, pay, then=go_on_with)


def _answered(player: PlayerId, owed: Owed | OwedSpins, *, granted: bool) -> JourneyRewarded | JourneySpinsGiven:
    if isinstance(owed, OwedSpins):
        return JourneySpinsGiven(player=player, **dict(owed), given=granted)
    return JourneyRewarded(player=player, **dict(owed), paid=granted)


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
