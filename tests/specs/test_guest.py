"""The engines know whom the ledger admits: a stranger is asked for once, and every change of status is told to them."""

from __future__ import annotations

from itertools import permutations
from typing import Final, get_args

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.engines.guest import (
    Acquainted,
    Guest,
    Stranger,
    acquainted,
    asked_of_ledger,
    denied,
    guest_of,
    let_in,
    turned_away,
)
from services.engines.registry import service
from services.ledger.registry import service as ledger
from shared.ids import PlayerId, user_id_of
from shared.messages.base import Answer, Reply
from shared.messages.guest import GuestAnswer, GuestNoted, NoteGuest
from shared.messages.journey import MoveJourneys
from shared.messages.player import AdmitPlayer, Admitted, PlayerCreated, Profile, SetPlayerStatus, Standing, Status
from shared.shapes import Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, given

ROCKET: Final = PlayerId("rocket")
STATUSES: Final[tuple[Standing, ...]] = get_args(Standing)
BLOCKED: Final = [status for status in STATUSES if status != "active"]

door = given(service)
suspended = Refused("player_blocked", {"status": "suspended"})


def note(status: Standing, changes: int) -> NoteGuest:
    return NoteGuest(player=ROCKET, status=status, changes=changes)


def noted(status: Standing, changes: int) -> GuestNoted:
    return GuestNoted(player=ROCKET, status=status, changes=changes)


def granted(changes: int | None) -> Answer:
    told: Reply = Admitted(player=ROCKET, changes=changes)
    return Answer(granted=True, body=told.model_dump(mode="json"))


def test_nobody_is_known_before_the_ledger_has_said_something() -> None:
    assert door.state(guest_of(ROCKET)) == Stranger()
    assert turned_away(Stranger()) is None


@pytest.mark.parametrize("status", STATUSES)
def test_a_note_is_taken_of_a_stranger_and_answered_with_what_is_known(status: Standing) -> None:
    told = door.when(note(status, 1)).then(noted(status, 1)).replied(GuestAnswer(status=status, changes=1))
    assert told.story.state(guest_of(ROCKET)) == Acquainted(status, 1)


def test_the_same_note_again_changes_nothing() -> None:
    again = door.when(note("closed", 1)).when(note("closed", 1)).then()
    again.replied(GuestAnswer(status="closed", changes=1))


def test_an_older_note_never_wins_and_is_answered_with_what_is_known() -> None:
    later = door.when(note("closed", 4))
    later.when(note("active", 3)).then().replied(GuestAnswer(status="closed", changes=4))


@pytest.mark.parametrize("status", BLOCKED)
def test_who_is_known_not_to_be_active_is_turned_away_with_the_status(status: Standing) -> None:
    assert turned_away(Acquainted(status, 1)) == Refused("player_blocked", {"status": status})


def test_who_is_known_to_be_active_is_not_turned_away() -> None:
    assert turned_away(Acquainted("active", 2)) is None


def test_a_stranger_is_asked_for_in_the_ledger() -> None:
    then = MoveJourneys(player=ROCKET, trigger="wager", count=1)
    assert asked_of_ledger(ROCKET, then) == Send("ledger", ROCKET, AdmitPlayer(player=ROCKET), then=then)


@pytest.mark.parametrize(
    ("guest",                     "answer",                                          "refused"),
    [
        (Stranger(),                 granted(0),                                        None),
        (Stranger(),                 granted(None),                                     None),
        (Stranger(),                 Answer(granted=False, code="no_player"),           Refused("no_player")),
        (Stranger(),                 Answer(granted=False),                             Refused("refused")),
        (Acquainted("active", 0),    granted(0),                                        None),
        (Acquainted("active", 2),    granted(0),                                        None),
        (Acquainted("suspended", 1), granted(0),                                        suspended),
        (Acquainted("suspended", 1), granted(None),                                     suspended),
        (Acquainted("suspended", 1), granted(2),                                        None),
        (Acquainted("active", 3),    Answer(granted=False, code=suspended.code, details=dict(suspended.details)),
                                                                                        suspended),
    ],
)  # fmt: skip
def test_an_answer_counts_unless_a_later_note_has_overtaken_it(
    guest: Guest, answer: Answer, refused: Refused | None
) -> None:
    assert denied(guest, answer) == refused


@pytest.mark.parametrize(
    ("guest",                     "changes", "learnt"),
    [
        (Stranger(),                 0,      (noted("active", 0),)),
        (Stranger(),                 4,      (noted("active", 4),)),
        (Stranger(),                 None,   ()),
        (Acquainted("suspended", 1), 2,      (noted("active", 2),)),
        (Acquainted("suspended", 3), 2,      ()),
        (Acquainted("active", 2),    2,      ()),
    ],
)  # fmt: skip
def test_a_granted_answer_makes_acquainted_if_it_is_news(
    guest: Guest, changes: int | None, learnt: tuple[GuestNoted, ...]
) -> None:
    assert acquainted(ROCKET, guest, granted(changes)) == learnt


@pytest.mark.parametrize(
    ("guest",                     "changes", "known"),
    [
        (Stranger(),                 4,      Acquainted("active", 4)),
        (Stranger(),                 None,   Acquainted("active", 0)),
        (Acquainted("suspended", 1), 2,      Acquainted("active", 2)),
        (Acquainted("suspended", 3), 2,      Acquainted("suspended", 3)),
    ],
)  # fmt: skip
def test_whoever_is_let_in_is_not_asked_for_again_in_the_same_play(
    guest: Guest, changes: int | None, known: Guest
) -> None:
    assert let_in(guest, acquainted(ROCKET, guest, granted(changes))) == known


def notes_of(*wished: Status) -> list[NoteGuest]:
    """What the ledger tells the engines of these wishes, none of which waits for the one before it."""
    profile = Profile(player=ROCKET, user_id=user_id_of(TENANT, ROCKET), status="active", created_at=NOON)
    story, notes = given(ledger).and_then(PlayerCreated(profile=profile)), list[NoteGuest]()
    for status in wished:
        after = story.when(SetPlayerStatus(player=ROCKET, status=status, reason=""))
        notes += (one.command for one in after.sends if isinstance(one.command, NoteGuest))
        story = after.story
    return notes


@pytest.mark.parametrize("last", ["active", "self_excluded"])
def test_two_changes_at_once_end_in_the_later_one_whichever_note_comes_first(last: Status) -> None:
    first: Status = "self_excluded" if last == "active" else "closed"
    one, two = notes_of(first, last)
    for before, after in ((one, two), (two, one)):
        assert door.when(before).when(after).story.state(guest_of(ROCKET)) == Acquainted(last, 2)


@for_all(st.lists(st.sampled_from(["active", "suspended", "closed"]), min_size=1, max_size=4), st.data())
def test_in_whatever_order_and_however_often_notes_come_the_last_status_stands(
    wished: list[Status], data: st.DataObject
) -> None:
    notes = notes_of(*wished)
    told = data.draw(st.sampled_from(list(permutations([*notes, *notes[:1]]))))
    story = door
    for one in told:
        story = story.when(one).story
    known = story.state(guest_of(ROCKET))
    assert (known.status if isinstance(known, Acquainted) else "active") == wished[-1]
