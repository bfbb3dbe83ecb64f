"""Ways to break the rules of events, boards and grants, each of which would cost a runner or an operator something."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from services.leaderboards.board import decider as board
from services.leaderboards.board import paying, prizes
from services.leaderboards.board import view as board_view
from services.leaderboards.board.state import wins
from services.leaderboards.entrant import admitting, joining, playing, scoring, starting
from services.leaderboards.event import closing, opening
from services.leaderboards.lobby import filling
from services.leaderboards.season import decider as season
from services.ledger.entry import taking
from services.ledger.grant import claiming, deposit, giving
from services.ledger.grant import decider as grant
from services.ledger.grant import opening as crates
from services.ledger.grant.state import Given
from services.ledger.player import account, standing
from services.ledger.player.state import why_not
from shared.messages.attempt import MilestoneFired, ProgressAnswer
from shared.messages.base import Answer
from shared.messages.event import CloseWindow
from shared.messages.reward_table import FixedItem
from shared.shapes import Decision, Pending
from tests.simulation.mutants_in_time import Mutant

LONG_AGO: Final = datetime(2024, 2, 29, tzinfo=UTC)


def cost_not_given_back(patch: pytest.MonkeyPatch) -> None:
    """Whoever paid for an attempt while its window closed is told so, and has paid."""
    patch.setattr(
        admitting, "_given_back", lambda command, facts: admitting.denied(command, admitting.CLOSED, {}, facts)
    )


def begun_whatever_the_ledger_says(patch: pytest.MonkeyPatch) -> None:
    """An attempt begins also if its cost was not taken."""
    admit = admitting.admit

    def trusting(command: Any, states: Any, facts: Any) -> Any:
        return admit(command.model_copy(update={"answer": Answer(granted=True)}), states, facts)

    patch.setattr(admitting, "admit", trusting)


def starts_under_way_not_counted(patch: pytest.MonkeyPatch) -> None:
    """Attempts count when they have begun, however many are asked for at once."""
    used_up = starting.used_up
    patch.setattr(starting, "used_up", lambda entrant, spec, *when: used_up(replace(entrant, reserved=()), spec, *when))


def begun_after_the_window(patch: pytest.MonkeyPatch) -> None:
    """An attempt begins when the ledger has answered, also if the window is over by then."""
    open_window = starting.open_window

    def patient(course: Any, place: Any, facts: Any) -> Any:
        return open_window(course, place, replace(facts, now=LONG_AGO))

    patch.setattr(admitting, "open_window", patient)
    patch.setattr(joining, "open_window", patient)


def milestones_fire_again(patch: pytest.MonkeyPatch) -> None:
    """A milestone is reached whenever its metric is beyond it."""
    newly_reached = scoring.newly_reached
    patch.setattr(playing, "newly_reached", lambda spec, raw, reached: newly_reached(spec, raw, 0))


def told_before_the_grants(patch: pytest.MonkeyPatch) -> None:
    """A runner is told of a milestone before the ledger knows what it gives."""
    come_further = playing._come_further

    def hasty(*said: Any) -> Any:
        outcome: Any = come_further(*said)
        if not isinstance(outcome, Pending):
            return outcome
        event: Any = outcome.events[0]
        fired = tuple(MilestoneFired(key=key) for key in event.fired)
        reply = ProgressAnswer(attempt=event.attempt, milestones=fired)
        return Decision(outcome.events, reply=reply, sends=tuple(replace(one, then=None) for one in outcome.sends))

    patch.setattr(playing, "_come_further", hasty)


def progress_after_the_window(patch: pytest.MonkeyPatch) -> None:
    """An attempt goes on when its window is over."""
    turn = playing._turn
    patch.setattr(playing, "_turn", lambda command, states, facts: turn(command, states, replace(facts, now=LONG_AGO)))


def latest_for_best(patch: pytest.MonkeyPatch) -> None:
    """A board keeps a runner's latest score, not the best."""
    come_further = playing._come_further

    def forgetful(*said: Any) -> Any:
        outcome: Any = come_further(*said)
        (event,) = outcome.events
        latest = event.model_copy(update={"best": event.attempt.score, "improved": True})
        return replace(outcome, events=(latest,))

    patch.setattr(playing, "_come_further", forgetful)


def caps_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Whatever is reported counts, however much it is."""
    patch.setattr(scoring, "capped", lambda spec, raw: dict(raw))


def board_begun_again(patch: pytest.MonkeyPatch) -> None:
    """A new attempt takes the place of what its runner has on the board."""
    begun = admitting.begun

    def wiping(*said: Any) -> Any:
        *others, last = begun(*said)
        return (*others, last.model_copy(update={"first": True, "best": 0}))

    patch.setattr(admitting, "begun", wiping)
    patch.setattr(joining, "begun", wiping)


def oldest_goes_on(patch: pytest.MonkeyPatch) -> None:
    """However many attempts a runner has begun, all are in progress."""
    patch.setattr(admitting, "_ended", lambda *said: ())


def group_too_large(patch: pytest.MonkeyPatch) -> None:
    """A group takes one player more than it should."""
    joined = admitting._joined
    patch.setattr(admitting, "_joined", lambda start, size: joined(start, size + 1))


def window_never_closed(patch: pytest.MonkeyPatch) -> None:
    """Nobody remembers that a window has to be closed."""
    opened = opening._opened

    def careless(*said: Any) -> Any:
        terms = opened(*said)
        return terms._replace(timers=()) if isinstance(terms, opening.Terms) else terms

    patch.setattr(opening, "_opened", careless)


def first_page_of_boards_closed(patch: pytest.MonkeyPatch) -> None:
    """Of a window's boards only those of the first page are closed."""
    close = closing.close

    def brief(command: Any, facts: Any) -> Any:
        outcome: Any = close(command, facts)
        timers = tuple(one for one in outcome.timers if not isinstance(one.command, CloseWindow))
        return replace(outcome, timers=timers)

    patch.setattr(closing, "close", brief)


def lobby_timed_out_twice(patch: pytest.MonkeyPatch) -> None:
    """When the time of a lobby is up that has begun, the next one begins."""
    time_out = filling.time_out

    def confused(command: Any, course: Any, facts: Any) -> Any:
        number = getattr(course, "lobbies", 0) + 1
        return time_out(command.model_copy(update={"number": number}), course, facts)

    patch.setattr(filling, "time_out", confused)


def bots_on_every_seat(patch: pytest.MonkeyPatch) -> None:
    """Where bots take seats, they take as many as a lobby has."""
    begun = filling.begun

    def crowded(lobby: Any, version: Any, facts: Any, *, bots: int = 0) -> Any:
        return begun(lobby, version, facts, bots=lobby.capacity if bots else 0)

    patch.setattr(filling, "begun", crowded)


def seat_taken_twice(patch: pytest.MonkeyPatch) -> None:
    """A runner who waits in a lobby may take another seat in it."""
    patch.setattr(joining, "seat_in", lambda entrant, window: None)
    patch.setattr(starting, "seat_in", lambda entrant, window: None)


def bots_are_paid(patch: pytest.MonkeyPatch) -> None:
    """A bot wins what its place wins."""
    patch.setattr(prizes, "wins", lambda entry: entry.score > 0)


def rest_of_the_pool_lost(patch: pytest.MonkeyPatch) -> None:
    """Nobody gets what is left of a pool when all parts are cut to whole units."""
    shared = prizes._shared

    def cutting(entries: Any, policy: Any, closing_: Any, *, last: bool) -> Any:
        won: Any = shared(entries, policy, closing_, last=last)
        first = closing_.first or next((entry for entry in entries if wins(entry)), None)
        if not last or first is None:
            return won
        (entry,) = won[first]
        return {**won, first: (entry.model_copy(update={"amount": policy.pool * first.score // int(closing_.total)}),)}

    patch.setattr(prizes, "_shared", cutting)


def first_page_of_places(patch: pytest.MonkeyPatch) -> None:
    """Of a board only the first page is made final."""
    page_of = paying.page_of

    def brief(*said: Any) -> Any:
        page = page_of(*said)
        return page._replace(placed=page.placed.model_copy(update={"more": False}), next=None)

    patch.setattr(board, "page_of", brief)


def places_paid_by_page(patch: pytest.MonkeyPatch) -> None:
    """The best of every page wins what the best of the board wins."""
    by_rank = prizes._by_rank
    patch.setattr(prizes, "_by_rank", lambda policy, rank: by_rank(policy, (rank - 1) % 2 + 1))


def final_before_paid(patch: pytest.MonkeyPatch) -> None:
    """A board is final as soon as its places are, whatever the ledger says."""
    end = board._end
    patch.setattr(board, "_end", lambda command, after, facts: end(command, replace(after, unpaid=0), facts))


def reached_anew(patch: pytest.MonkeyPatch) -> None:
    """Whoever reports anything stands behind those who have as much."""
    moves = board_view.moves
    patch.setattr(board_view, "moves", lambda event: moves(event) or hasattr(event, "fired"))


def season_keeps_the_best(patch: pytest.MonkeyPatch) -> None:
    """Across events the best value counts, whatever the board says."""
    patch.setattr(season, "aggregated", lambda spec, before, value: value if before is None else max(before, value))


def claimed_again(patch: pytest.MonkeyPatch) -> None:
    """What has been claimed can be claimed once more."""
    claim = claiming.claim

    def greedy(command: Any, states: Any, facts: Any) -> Any:
        return claim(command, _AsGiven(states), facts)

    patch.setattr(grant, "claim", greedy)


class _AsGiven:
    """States in which nothing has been claimed yet."""

    def __init__(self, states: Any) -> None:
        self._states = states

    def __getitem__(self, stream: Any) -> Any:
        state = self._states[stream]
        if not isinstance(state, Given) or state.grant.status != "claimed":
            return state
        return Given(state.grant.model_copy(update={"status": "pending", "claimed_at": None, "acked_by": None}))


def claimed_too_late(patch: pytest.MonkeyPatch) -> None:
    """What has expired can still be claimed."""
    patch.setattr(claiming, "too_late", lambda grant, facts: False)


def never_expired(patch: pytest.MonkeyPatch) -> None:
    """Nobody remembers that a grant expires."""
    patch.setattr(giving, "bells", lambda grants, facts: ())


def banned_claims(patch: pytest.MonkeyPatch) -> None:
    """Whoever is banned can claim."""
    patch.setattr(claiming, "why_not", lambda player, **_: why_not(player, despite_ban=True))


def banned_starts(patch: pytest.MonkeyPatch) -> None:
    """Whoever is banned can begin an attempt."""
    patch.setattr(taking, "why_not", lambda player: why_not(player, despite_ban=True))


def ban_told_at_once(patch: pytest.MonkeyPatch) -> None:
    """Somebody is told of a ban before the engines know of it."""

    def hasty(command: Any, player: Any) -> Any:
        outcome = standing.ban(command, player)
        if not isinstance(outcome, Pending):
            return outcome
        (send,) = outcome.sends
        reply = send.then.told  # type: ignore[union-attr]
        return Decision(outcome.events, reply=reply, sends=(replace(send, then=None),), private=outcome.private)

    patch.setattr(account, "ban", hasty)


def requirement_ignored(patch: pytest.MonkeyPatch) -> None:
    """Whoever can pay may enter, whatever an event asks."""
    patch.setattr(taking, "_unmet", lambda command, wallet: None)


def items_of_a_grant_lost(patch: pytest.MonkeyPatch) -> None:
    """Of what is claimed only the money arrives."""
    held = deposit._held_in_wallets

    def poor(given: Any, *, items: bool) -> Any:
        entries = tuple(one for one in given.entries if not isinstance(one, FixedItem))
        return held(given.model_copy(update={"entries": entries}), items=items)

    patch.setattr(deposit, "_held_in_wallets", poor)


def another_seed_opens(patch: pytest.MonkeyPatch) -> None:
    """A crate is opened by another seed than it was promised by."""
    patch.setattr(crates, "kept", lambda proof, history, facts: facts.seeds.of(history, 7))


def crate_opened_again(patch: pytest.MonkeyPatch) -> None:
    """A crate that was opened can be opened once more."""
    open_ = crates.open_

    def again(command: Any, states: Any, facts: Any) -> Any:
        return open_(command, _NothingInside(states), facts)

    patch.setattr(grant, "open_", again)


class _NothingInside:
    """States in which no crate has been opened."""

    def __init__(self, states: Any) -> None:
        self._states = states

    def __getitem__(self, stream: Any) -> Any:
        state = self._states[stream]
        return None if isinstance(state, Given) and state.grant.parent is not None else state


MUTANTS_IN_EVENTS: Final[tuple[Mutant, ...]] = (
    cost_not_given_back,
    begun_whatever_the_ledger_says,
    starts_under_way_not_counted,
    begun_after_the_window,
    milestones_fire_again,
    told_before_the_grants,
    progress_after_the_window,
    latest_for_best,
    caps_forgotten,
    board_begun_again,
    oldest_goes_on,
    group_too_large,
    window_never_closed,
    first_page_of_boards_closed,
    lobby_timed_out_twice,
    bots_on_every_seat,
    seat_taken_twice,
    bots_are_paid,
    rest_of_the_pool_lost,
    first_page_of_places,
    places_paid_by_page,
    final_before_paid,
    reached_anew,
    season_keeps_the_best,
    claimed_again,
    claimed_too_late,
    never_expired,
    banned_claims,
    banned_starts,
    ban_told_at_once,
    requirement_ignored,
    items_of_a_grant_lost,
    another_seed_opens,
    crate_opened_again,
)
