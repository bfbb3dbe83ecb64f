"""A parlour that exists only in tests: a seat is reserved, paid for, taken, and paid out after a while.

It has every shape that conversations can take: something reserved, a Send that may be refused, a follow-up that ends
the wish, a timer, and a process that pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.ids import AccountId, AssetId, MessageId, PlayerId
from shared.messages.base import Command, Event, FollowUp, Message, Reply
from shared.messages.wallet import DebitWallet, PayWallet
from shared.shapes import (
    Add,
    Append,
    Decider,
    Decision,
    Facts,
    Outcome,
    Pending,
    Place,
    Process,
    Put,
    Refused,
    Send,
    Service,
    States,
    Timer,
    View,
)
from shared.streams import Stream, key_of

FEE: Final = 40
PRIZE: Final = 55
PLACES: Final = 2
PLAYS_FOR: Final = timedelta(seconds=10)
FAINT: Final = "faint"
"""A word over which the decider fails."""
UNSAYABLE: Final = "\x00"
"""A word that no table can hold."""
WINZ: Final = AssetId("WINZ")
HOUSE: Final = AccountId("parlour")


class SeatWish(Message):
    """Which player at which table."""

    player: PlayerId
    table: str


class SeatPlace(SeatWish):
    """One seat, known by the command that asked for it."""

    seat: MessageId


class TakeSeat(Command, SeatWish, wire="parlour.take_seat"):
    """A player wants to sit down; it costs FEE."""


class SeatPaid(FollowUp, SeatPlace, wire="parlour.seat_paid"):
    """The ledger has said whether the fee is paid."""


class Knock(Command, SeatWish, wire="parlour.knock"):
    """Somebody knocks on the table; it is only noted, in its turn. FAINT and UNSAYABLE are poison."""

    word: str = "hello"


class PayOut(Command, SeatPlace, wire="parlour.pay_out"):
    """The game is over."""


class TableEvent(Event):
    """A fact about one player at one table."""

    player: PlayerId
    table: str

    @property
    def stream(self) -> Stream[Any]:
        return Stream("seats", key_of(self.player, self.table))


class Knocked(TableEvent, wire="parlour.knocked"):
    """Somebody knocked."""

    word: str


class SeatFact(TableEvent):
    """A fact about one seat."""

    seat: MessageId


class SeatReserved(SeatFact, wire="parlour.seat_reserved"):
    """A place is kept while the fee is under way."""


class SeatReleased(SeatFact, wire="parlour.seat_released"):
    """The fee was refused; the place is free."""


class SeatTaken(SeatFact, wire="parlour.seat_taken"):
    """The fee is paid."""


class SeatPaidOut(SeatFact, wire="parlour.seat_paid_out"):
    """The prize is owed; the place is free."""


class Heard(Reply):
    """Your knock was heard."""


class SeatAnswer(Reply):
    """You sit."""

    seat: MessageId
    until: datetime


@dataclass(frozen=True, slots=True)
class Seats:
    """The places in use, at most PLACES."""

    kept: tuple[str, ...] = ()


def seats_of(wish: SeatWish) -> Stream[Seats]:
    """The history of one player at one table."""
    return Stream("seats", key_of(wish.player, wish.table))


def take(command: TakeSeat, seats: Seats, facts: Facts) -> Outcome[Event]:
    """Reserve what can be refused first, then ask for the money."""
    if len(seats.kept) >= PLACES:
        return Refused("table_full", {"places": PLACES})
    place: dict[str, Any] = {"player": command.player, "table": command.table, "seat": facts.command_id}
    fee = DebitWallet(player=command.player, asset=WINZ, amount=FEE, account=HOUSE, reason=f"fee {facts.command_id}")
    return Pending((SeatReserved(**place),), sends=(Send("ledger", command.player, fee, then=SeatPaid(**place)),))


def settle(command: SeatPaid, facts: Facts) -> Outcome[Event]:
    """Nothing is checked again: that this runs once for each Send is the worker's promise, and what we test."""
    place: dict[str, Any] = {"player": command.player, "table": command.table, "seat": command.seat}
    if not command.answer.granted:
        return Decision((SeatReleased(**place),), reply=Refused(command.answer.code or "refused"), finishes=facts.wish)
    until = facts.now + PLAYS_FOR
    over = Timer(f"seat/{command.seat}", until, command.player, PayOut(**place))
    reply = SeatAnswer(seat=command.seat, until=until)
    return Decision((SeatTaken(**place),), reply, timers=(over,), finishes=facts.wish)


def pay_out(command: PayOut) -> Outcome[Event]:
    """Nothing is checked here either."""
    return Decision((SeatPaidOut(player=command.player, table=command.table, seat=command.seat),), reply=None)


def decide(command: TakeSeat | SeatPaid | PayOut | Knock, states: States, facts: Facts) -> Outcome[Event]:
    """The rule."""
    match command:
        case TakeSeat():
            return take(command, states[seats_of(command)], facts)
        case SeatPaid():
            return settle(command, facts)
        case PayOut():
            return pay_out(command)
        case Knock(word="faint"):
            raise RuntimeError("this decider does not know what to say")
        case Knock():
            knocked = Knocked(player=command.player, table=command.table, word=command.word)
            return Decision((knocked,), reply=Heard())


def evolve(seats: Seats, event: TableEvent) -> Seats:
    """Places are kept from the reservation to the payout."""
    if isinstance(event, SeatReserved):
        return Seats((*seats.kept, event.seat))
    if isinstance(event, SeatReleased | SeatPaidOut):
        return Seats(tuple(kept for kept in seats.kept if kept != event.seat))
    return seats


def react(event: SeatPaidOut) -> tuple[Send, ...]:
    """Whoever's game is over is paid."""
    prize = PayWallet(player=event.player, asset=WINZ, amount=PRIZE, account=HOUSE, reason=f"prize {event.seat}")
    return (Send("ledger", event.player, prize),)


def shown(event: SeatFact, place: Place) -> tuple[Put, ...]:
    """Each seat and what became of it."""
    return (Put(key=(event.player, event.table, event.seat), values=(type(event).__name__, place.version)),)


def heard(event: Knocked, place: Place) -> tuple[Append, ...]:
    """Every word at each table."""
    return (Append(key=(event.player, event.table, place.pos), values=(event.word,)),)


def counted(event: TableEvent, place: Place) -> tuple[Add, ...]:
    """How often each thing happened at a table."""
    return (Add(key=(event.table, type(event).__name__), values=(1,)),)


_EVENTS: Final = (SeatReserved, SeatReleased, SeatTaken, SeatPaidOut)

decider: Decider[TakeSeat | SeatPaid | PayOut | Knock, Seats, Any] = Decider(
    noun="seats",
    initial=Seats(),
    situations=(Seats,),
    commands=(TakeSeat, SeatPaid, PayOut, Knock),
    events=(*_EVENTS, Knocked),
    streams=lambda command: (seats_of(command),),
    decide=decide,
    evolve=evolve,
)

seats = View(
    table="seats",
    mode="put",
    key={"player": "text", "table_name": "text", "seat": "text"},
    columns={"situation": "text", "version": "int"},
    events=_EVENTS,
    rows=shown,
)

tallies = View(
    table="tallies",
    mode="add",
    key={"table_name": "text", "happened": "text"},
    columns={"times": "bigint"},
    events=(*_EVENTS, Knocked),
    rows=counted,
)

words = View(
    table="words",
    mode="append",
    key={"player": "text", "table_name": "text", "pos": "bigint"},
    columns={"word": "text"},
    events=(Knocked,),
    rows=heard,
)

service = Service(
    name="parlour",
    deciders=(decider,),
    views=(seats, tallies, words),
    processes=(Process(events=(SeatPaidOut,), react=react),),
)
