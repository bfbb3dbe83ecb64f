"""A booth that exists only in tests: whoever plays is asked for money by calling outside, and told what came of it."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from shared.ids import AssetId, GameCode, MessageId, OperatorId, PlayerId, RoundId
from shared.messages.base import Command, Event, FollowUp, Reply
from shared.messages.call import Call, CallCredit, CallDebit, CallRollback
from shared.messages.seat import Seat
from shared.shapes import OUTSIDE, Decider, Decision, Facts, Outcome, Pending, Send, Service, States
from shared.streams import Stream

OPERATOR: Final = OperatorId("66666666-7777-4888-8999-000000000000")
AMOUNT: Final = 150
CALLS: Final[dict[str, type[Call]]] = {"debit": CallDebit, "credit": CallCredit, "rollback": CallRollback}


class Ring(Command, wire="booth.ring"):
    """Call the operator of this round."""

    player: PlayerId
    round_id: RoundId
    kind: str = "debit"
    operator: OperatorId = OPERATOR


class RingAnswered(FollowUp, wire="booth.ring_answered"):
    """The operator has answered, or somebody in its place."""

    player: PlayerId
    ring: MessageId


class BoothFact(Event):
    """A fact about somebody's rings."""

    player: PlayerId
    ring: MessageId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("booth", self.player)


class Rung(BoothFact, wire="booth.rung"):
    """The operator is to be called."""


class Heard(BoothFact, wire="booth.heard"):
    """And this came of it."""

    said: str
    balance: int | None = None
    details: dict[str, Any] = Field(default_factory=dict)


class RingAnswer(Reply):
    """What came of it."""

    said: str


def call_of(wish: Ring) -> Call:
    """What the operator is asked."""
    more = {"round_closed": True} if wish.kind == "credit" else {}
    seat = Seat(player=wish.player, operator=wish.operator, game=GameCode("dice-alpha"), currency=AssetId("USD"))
    return CALLS[wish.kind](
        seat=seat, round_id=wish.round_id, transaction_id=f"{wish.round_id}/{wish.kind}", amount=AMOUNT, scale=2, **more
    )


def decide(command: Ring | RingAnswered, states: States, facts: Facts) -> Outcome[Event]:
    """Nothing is checked: what is tested is who is called how often, and what is heard of it."""
    if isinstance(command, Ring):
        then = RingAnswered(player=command.player, ring=facts.command_id)
        fact = Rung(player=command.player, ring=facts.command_id)
        return Pending((fact,), sends=(Send(OUTSIDE, command.player, call_of(command), then),))
    answer = command.answer
    said = "granted" if answer.granted else str(answer.code)
    heard = Heard(
        player=command.player,
        ring=command.ring,
        said=said,
        balance=answer.body.get("balance"),
        details=answer.details,
    )
    return Decision((heard,), reply=RingAnswer(said=said), finishes=facts.wish)


decider: Final[Decider[Any, Any, Any]] = Decider(
    noun="booth",
    initial=0,
    situations=(int,),
    commands=(Ring, RingAnswered),
    events=(Rung, Heard),
    streams=lambda command: (Stream("booth", command.player),),
    decide=decide,
    evolve=lambda state, event: state + isinstance(event, Rung),
)
service: Final = Service(name="rgs", deciders=(decider,))
