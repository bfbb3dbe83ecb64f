"""What the engines know of a player's standing: nothing until the ledger was asked once, then all that it tells.

The ledger owns players. It answers a change of status only when the engines have noted it, so a play that is decided
after that answer is decided by it. Whoever is a stranger here is asked for once (`player.admit`), in place of a debit.

Whoever is erased there has all erased here that they wrote, a page at a time. From the first page on they are turned
away, so nothing comes after it; the ledger has its answer when the last page is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

from services.engines.responses import page_of, unwritten_page
from shared.ids import PlayerId
from shared.messages.base import Answer, Event, FollowUp
from shared.messages.guest import ForgetGuest, ForgetMore, GuestAnswer, GuestCommand, GuestNoted, NoteGuest
from shared.messages.player import AdmitPlayer, Admitted, Standing
from shared.shapes import (
    MOST_ROWS,
    Decider,
    Decision,
    Facts,
    Need,
    Outcome,
    Pending,
    Refused,
    Send,
    States,
    Timer,
    Wish,
)
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Stranger:
    """The ledger has said nothing of this player."""


@dataclass(frozen=True, slots=True)
class Acquainted:
    """The ledger has said this, and says so again whenever it changes."""

    status: Standing
    changes: int
    """How often it had changed by then."""


Guest = Stranger | Acquainted

ACTIVE: Final[Standing] = "active"


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


def note(command: NoteGuest, guest: Guest) -> Decision[GuestNoted]:
    news = noted(command, guest)
    known = evolve(guest, news[0]) if news else guest
    return Decision(news, reply=_answer(known))


def forget(command: ForgetGuest, guest: Guest, facts: Facts) -> Outcome[GuestNoted]:
    first = note(command, guest)
    more, gone = _page_after(command.player, 1, facts), unwritten_page(command.player, facts.rows)
    return Pending(first.events, timers=more, private=gone) if more else replace(first, private=gone)


def forget_more(command: ForgetMore, guest: Guest, facts: Facts) -> Outcome[GuestNoted]:
    more, gone = _page_after(command.player, command.page, facts), unwritten_page(command.player, facts.rows)
    if more:
        return Pending((), timers=more, private=gone)
    return Decision((), reply=_answer(guest), private=gone, finishes=facts.wish)


def _page_after(player: PlayerId, page: int, facts: Facts) -> tuple[Timer, ...]:
    """The next page, for the wish that waits; none after a page that is not full."""
    if len(facts.rows) < MOST_ROWS:
        return ()
    more = ForgetMore(player=player, page=page + 1)
    return (Timer(f"guest/{facts.tenant}/{player}/forget/{more.page}/{facts.wish.key}", facts.now, player, more),)


def _answer(guest: Guest) -> GuestAnswer:
    assert isinstance(guest, Acquainted), "the note is known by now"
    return GuestAnswer(status=guest.status, changes=guest.changes)


def needs(command: GuestCommand, states: States, facts: Facts) -> Need:
    return page_of(command.player)


def streams(command: GuestCommand) -> tuple[Stream[Guest], ...]:
    return (guest_of(command.player),)


def decide(command: GuestCommand, states: States, facts: Facts) -> Outcome[GuestNoted]:
    guest = states[guest_of(command.player)]
    match command:
        case ForgetGuest():
            return forget(command, guest, facts)
        case ForgetMore():
            return forget_more(command, guest, facts)
        case NoteGuest():
            return note(command, guest)


def evolve(guest: Guest, event: GuestNoted) -> Guest:
    return Acquainted(event.status, event.changes)


decider: Decider[GuestCommand, Guest, GuestNoted] = Decider(
    noun="guest",
    initial=Stranger(),
    situations=(Stranger, Acquainted),
    commands=(NoteGuest, ForgetGuest, ForgetMore),
    events=(GuestNoted,),
    streams=streams,
    decide=decide,
    evolve=evolve,
    asking=(ForgetGuest, ForgetMore),
    needs=needs,
)
