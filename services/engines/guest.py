"""What the engines know of a player's standing: nothing until the ledger was asked once, then all that it tells.

The ledger owns players. It answers a change of status only when the engines have noted it, so a play that is decided
after that answer is decided by it. Whoever is a stranger here is asked for once (`player.admit`), in place of a debit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

from shared.ids import PlayerId
from shared.messages.base import Answer, Event, FollowUp
from shared.messages.guest import GuestAnswer, GuestNoted, NoteGuest
from shared.messages.player import AdmitPlayer, Admitted, Status
from shared.shapes import Decider, Decision, Facts, Outcome, Pending, Refused, Send, States, Wish
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Stranger:
    """The ledger has said nothing of this player."""


@dataclass(frozen=True, slots=True)
class Acquainted:
    """The ledger has said this, and says so again whenever it changes."""

    status: Status
    changes: int
    """How often it had changed by then."""


Guest = Stranger | Acquainted

ACTIVE: Final[Status] = "active"


def guest_of(player: PlayerId) -> Stream[Guest]:
    """What is known here of one player."""
    return Stream("guest", key_of(player))


def turned_away(guest: Guest) -> Refused | None:
    """The refusal of a player who is known not to be allowed to play."""
    if isinstance(guest, Acquainted) and guest.status != ACTIVE:
        return Refused("player_blocked", {"status": guest.status})
    return None


def asked_of_ledger(player: PlayerId, then: FollowUp) -> Send:
    """The question whether a stranger may play; `then` goes on with the answer."""
    return Send("ledger", player, AdmitPlayer(player=player), then=then)


def denied(guest: Guest, answer: Answer) -> Refused | None:
    """The refusal that the answer comes to: the ledger's, or that of a later note which has overtaken the answer."""
    if not answer.granted:
        return Refused(answer.code or "refused", answer.details)
    changes = Admitted.model_validate(answer.body).changes
    if changes is not None and isinstance(guest, Acquainted) and guest.changes < changes:
        return None
    return turned_away(guest)


def acquainted(player: PlayerId, guest: Guest, answer: Answer) -> tuple[GuestNoted, ...]:
    """What a granted answer to that question teaches, if it is news."""
    said = Admitted.model_validate(answer.body)
    if said.changes is None:  # from a time when the engines were not told of changes: it may be out of date
        return ()
    return noted(NoteGuest(player=player, status=ACTIVE, changes=said.changes), guest)


def noted(note: NoteGuest, guest: Guest) -> tuple[GuestNoted, ...]:
    """A note counts unless the engines know this much or more."""
    if isinstance(guest, Acquainted) and guest.changes >= note.changes:
        return ()
    return (GuestNoted(player=note.player, status=note.status, changes=note.changes),)


def let_in(guest: Guest, news: Sequence[GuestNoted]) -> Guest:
    """Whom a granted answer has let in, as this decision sees them: a stranger of whom it taught nothing plays, too."""
    known = reduce(evolve, news, guest)
    return Acquainted(ACTIVE, 0) if isinstance(known, Stranger) else known


def afterwards(outcome: Outcome[Event], before: Sequence[Event], wish: Wish) -> Decision[Event] | Pending[Event]:
    """The same outcome after these facts, as an answer to the wish that waits."""
    match outcome:
        case Refused():
            return Decision(tuple(before), reply=outcome, finishes=wish)
        case Decision():
            return replace(outcome, events=(*before, *outcome.events), finishes=wish)
        case Pending():
            return replace(outcome, events=(*before, *outcome.events))


def streams(command: NoteGuest) -> tuple[Stream[Guest], ...]:
    return (guest_of(command.player),)


def decide(command: NoteGuest, states: States, facts: Facts) -> Outcome[GuestNoted]:
    guest = states[guest_of(command.player)]
    news = noted(command, guest)
    known = evolve(guest, news[0]) if news else guest
    assert isinstance(known, Acquainted)
    return Decision(news, reply=GuestAnswer(status=known.status, changes=known.changes))


def evolve(guest: Guest, event: GuestNoted) -> Guest:
    return Acquainted(event.status, event.changes)


decider: Decider[NoteGuest, Guest, GuestNoted] = Decider(
    noun="guest",
    initial=Stranger(),
    situations=(Stranger, Acquainted),
    commands=(NoteGuest,),
    events=(GuestNoted,),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
