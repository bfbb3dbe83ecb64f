"""A tournament closes once, by a call or by its time: its best places are paid, and then everybody is told.

From the moment it closes nothing counts any more, so the standings cannot change while their places are read, a page
at a time, and paid. What no place gets stays with the house. A payout knows no refusal; the tournament is closed when
the ledger has answered for the last of them, and whoever asks later is told the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from services.leaderboards.tournament.paying import page_after, page_of, payments_of
from services.leaderboards.tournament.state import (
    Closing,
    Completed,
    Open,
    Standing,
    Unbegun,
    tournament_of,
    version_at,
)
from shared.ids import TournamentId
from shared.messages.base import Event
from shared.messages.tournament import (
    CloseTournament,
    CountPayout,
    EndTournament,
    PayPlaces,
    TellClosed,
    TournamentBegun,
    TournamentCloseAnswer,
    TournamentClosed,
    TournamentClosing,
    TournamentCommand,
    TournamentFact,
    TournamentPayoutMade,
    TournamentPlaced,
    TournamentSpec,
)
from shared.shapes import (
    MOST_ROWS,
    Decider,
    Decision,
    Definition,
    Facts,
    Need,
    Outcome,
    Pending,
    Refused,
    States,
    Timer,
)
from shared.streams import Stream

FIRST_TELL: Final = timedelta(milliseconds=250)
LONGEST_TELL: Final = timedelta(minutes=1)
MOST_DOUBLED: Final = 8
"""Times that the wait for the next look is doubled; by then it is LONGEST_TELL."""


def needs(command: TournamentCommand, states: States, facts: Facts) -> Need | None:
    """Who stands on the places that are to be paid next. Where nobody has scored, nobody stands."""
    tournament, standing = command.tournament, states[tournament_of(command.tournament)]
    after = command.after if isinstance(command, PayPlaces) else 0
    if not isinstance(standing, Closing if isinstance(command, PayPlaces) else Open):
        return None
    shares = version_at(tournament, standing.definition_version, facts).spec.shares
    return Need("tournament_places", (tournament, after, min(len(shares) - after, MOST_ROWS)))


def close(command: CloseTournament, standing: Standing, facts: Facts) -> Outcome[Event]:
    match standing:
        case Completed():
            return Decision((), reply=_answer(command.tournament, standing, repeated=True))
        case Closing():
            return Pending((), timers=(_later(command.tournament, 0, facts),))
        case Open(definition_version=version):
            return _first_page(command, version_at(command.tournament, version, facts), facts)
        case Unbegun():
            definition = facts.definitions.current(TournamentSpec, command.tournament)
            return Refused("no_tournament") if definition is None else _first_page(command, definition, facts)


def end(command: EndTournament, standing: Standing, facts: Facts) -> Outcome[Event]:
    if not isinstance(standing, Open):  # a call was faster
        return Decision((), reply=None)
    return _first_page(command, version_at(command.tournament, standing.definition_version, facts), facts)


def _first_page(
    command: CloseTournament | EndTournament, definition: Definition[TournamentSpec], facts: Facts
) -> Outcome[Event]:
    called, version = isinstance(command, CloseTournament), definition.version
    closing = TournamentClosing(tournament=command.tournament, definition_version=version, called=called)
    placed = page_of(definition, 0, facts)
    after = _with(Closing(version, called), placed)
    if _is_done(after):
        answer = _answer(command.tournament, after) if called else None
        return Decision((closing, placed, _closed(command.tournament, after)), reply=answer)
    return Pending((closing, placed), sends=payments_of(placed), timers=page_after(placed, 0, facts))


def pay_places(command: PayPlaces, standing: Standing, facts: Facts) -> Outcome[Event]:
    assert isinstance(standing, Closing), "pages are paid while a tournament closes"
    definition = version_at(command.tournament, standing.definition_version, facts)
    placed = page_of(definition, command.after, facts)
    after = _with(standing, placed)
    if _is_done(after):
        return _finished((placed,), command.tournament, after, facts)
    return Pending((placed,), sends=payments_of(placed), timers=page_after(placed, command.after, facts))


def count_payout(command: CountPayout, standing: Standing, facts: Facts) -> Outcome[Event]:
    """A payout that people gave up is counted, too: it lies among the dead letters, and the others are told."""
    made = TournamentPayoutMade(tournament=command.tournament, rank=command.rank, paid=command.answer.granted)
    after = _with(standing, made)
    if _is_done(after):
        return _finished((made,), command.tournament, after, facts)
    return Decision((made,), reply=None)


def tell_closed(command: TellClosed, standing: Standing, facts: Facts) -> Outcome[Event]:
    if isinstance(standing, Completed):
        return Decision((), reply=_answer(command.tournament, standing, repeated=True), finishes=facts.wish)
    return Pending((), timers=(_later(command.tournament, command.tries + 1, facts),))


def _later(tournament: TournamentId, tries: int, facts: Facts) -> Timer:
    """Look again whether it is closed, for the wish that waits; ever less often."""
    wait = min(FIRST_TELL * 2 ** min(tries, MOST_DOUBLED), LONGEST_TELL)
    name = f"tournament/{facts.tenant}/{tournament}/tell/{tries}/{facts.wish.key}"
    return Timer(name, facts.now + wait, tournament, TellClosed(tournament=tournament, tries=tries))


def _is_done(closing: Closing) -> bool:
    return not closing.more and closing.unpaid == 0


def _finished(events: tuple[Event, ...], tournament: TournamentId, closing: Closing, facts: Facts) -> Outcome[Event]:
    closed = _closed(tournament, closing)
    if not closing.called:
        return Decision((*events, closed), reply=None)
    return Decision((*events, closed), reply=_answer(tournament, closing), finishes=facts.wish)


def _closed(tournament: TournamentId, closing: Closing) -> TournamentClosed:
    return TournamentClosed(
        tournament=tournament,
        definition_version=closing.definition_version,
        places=closing.places,
        total_paid=closing.total_paid,
    )


def _answer(tournament: TournamentId, one: Closing | Completed, *, repeated: bool = False) -> TournamentCloseAnswer:
    return TournamentCloseAnswer(tournament=tournament, places=one.places, total_paid=one.total_paid, repeated=repeated)


def streams(command: TournamentCommand) -> tuple[Stream[Any], ...]:
    return (tournament_of(command.tournament),)


def decide(command: TournamentCommand, states: States, facts: Facts) -> Outcome[Event]:
    standing = states[tournament_of(command.tournament)]
    match command:
        case CloseTournament():
            return close(command, standing, facts)
        case EndTournament():
            return end(command, standing, facts)
        case PayPlaces():
            return pay_places(command, standing, facts)
        case CountPayout():
            return count_payout(command, standing, facts)
        case TellClosed():
            return tell_closed(command, standing, facts)


def _with(standing: Standing, event: TournamentPlaced | TournamentPayoutMade) -> Closing:
    assert isinstance(standing, Closing), "places are paid while a tournament closes"
    match event:
        case TournamentPlaced(payouts=payouts):
            return replace(
                standing,
                places=standing.places + len(payouts),
                unpaid=standing.unpaid + len(payouts),
                total_paid=standing.total_paid + sum(one.amount for one in payouts),
                more=event.more,
            )
        case TournamentPayoutMade():
            return replace(standing, unpaid=standing.unpaid - 1)


def evolve(standing: Standing, event: TournamentFact) -> Standing:
    match event:
        case TournamentBegun():
            return Open(event.definition_version)
        case TournamentClosing():
            return Closing(event.definition_version, event.called)
        case TournamentPlaced() | TournamentPayoutMade():
            return _with(standing, event)
        case TournamentClosed():
            return Completed(event.places, event.total_paid)


decider: Decider[TournamentCommand, Standing, TournamentFact] = Decider(
    noun="tournament",
    initial=Unbegun(),
    situations=(Unbegun, Open, Closing, Completed),
    commands=(CloseTournament, EndTournament, PayPlaces, CountPayout, TellClosed),
    events=(TournamentBegun, TournamentClosing, TournamentPlaced, TournamentPayoutMade, TournamentClosed),
    streams=streams,
    decide=decide,
    evolve=evolve,
    asking=(CloseTournament, EndTournament, PayPlaces),
    needs=needs,
)
