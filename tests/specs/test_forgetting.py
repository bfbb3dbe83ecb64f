"""Of an erased player the engines keep nothing that was written into a form, and take nothing any more."""

from __future__ import annotations

from typing import Any, Final

import pytest

from services.engines.guest import Acquainted, Stranger, guest_of
from services.engines.registry import service
from services.engines.responses import PLAYERS, lookup, responses
from shared.ids import PlayerId
from shared.messages.activity import ResumeCompletion, ResumeValidation
from shared.messages.base import Answer
from shared.messages.guest import ForgetGuest, ForgetMore, GuestAnswer, GuestNoted, NoteGuest
from shared.messages.player import Admitted
from shared.shapes import MOST_ROWS, Need, Private, Refused, Tables, Timer, Values, Wish
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, given
from tests.specs.activity_words import FORM, completes, form, paid, points, town, validates

ROCKET: Final = PlayerId("rocket")
WRITTEN: Final = {"responses": {"callsign": "rocky"}}
LEDGER: Final = Wish("send", "ledger/0/9/0")

engines, fair = given(service), town.defined(FORM, form())
forgets = ForgetGuest(player=ROCKET, status="banned", changes=3)
banned = GuestNoted(player=ROCKET, status="banned", changes=3)
knows = GuestAnswer(status="banned", changes=3)


def rows(count: int, first: int = 0) -> list[Values]:
    return [(f"attempt-{number:04}",) for number in range(first, first + count)]


def gone(found: list[Values]) -> list[Private]:
    return [Private("responses", (ROCKET, *row), None) for row in found]


def next_page(page: int, key: str) -> Timer:
    return Timer(f"guest/{TENANT}/rocket/forget/{page}/{key}", NOON, ROCKET, ForgetMore(player=ROCKET, page=page))


@pytest.mark.parametrize("count", [0, 1, 2, MOST_ROWS - 1])
def test_all_that_a_player_wrote_goes_with_the_note_if_it_fits_a_page(count: int) -> None:
    told = engines.seeing(*rows(count)).when(forgets).then(banned).hid(*gone(rows(count))).set().replied(knows)
    assert told.story.state(guest_of(ROCKET)) == Acquainted("banned", 3)


def test_more_than_a_page_goes_one_page_after_the_other_and_is_answered_after_the_last() -> None:
    first = engines.seeing(*rows(MOST_ROWS)).when(forgets).then(banned).waits().hid(*gone(rows(MOST_ROWS)))
    first.set(next_page(2, first.wish.key))
    assert first.story.state(guest_of(ROCKET)) == Acquainted("banned", 3)
    whole = rows(MOST_ROWS, MOST_ROWS)
    second = first.rang(first.story.seeing(*whole)).then().waits().hid(*gone(whole))
    second.set(next_page(3, first.wish.key))
    last = second.rang(second.story.seeing(*rows(1))).then().hid(*gone(rows(1))).set()
    last.finished(first.wish).replied(knows)
    none = second.rang(second.story.seeing()).then().hid().set()
    none.finished(first.wish).replied(knows)


def test_two_erasures_at_once_have_pages_of_their_own_and_both_are_answered() -> None:
    one = engines.seeing(*rows(MOST_ROWS)).when(forgets)
    two = one.when(forgets).then().waits()
    assert {timer.id for timer in (*one.timers, *two.timers)} == {
        next_page(2, wish.key).id for wish in (one.wish, two.wish)
    }
    for each in (one, two):
        each.rang(two.story.seeing()).finished(each.wish).replied(knows)


def test_the_same_erasure_again_notes_nothing_and_still_erases() -> None:
    again = engines.when(forgets).story.seeing(*rows(2)).when(forgets)
    again.then().hid(*gone(rows(2))).replied(knows)


def test_an_erasure_that_a_later_note_has_overtaken_still_erases() -> None:
    known = engines.when(NoteGuest(player=ROCKET, status="banned", changes=4)).story
    late = known.seeing(*rows(1)).when(forgets).then().hid(*gone(rows(1)))
    late.replied(GuestAnswer(status="banned", changes=4))


@pytest.mark.parametrize("wish", [forgets, ForgetMore(player=ROCKET, page=2)])
def test_an_erasure_asks_for_the_next_page_of_what_the_player_wrote(wish: ForgetGuest | ForgetMore) -> None:
    assert engines.and_then(banned).needs(wish) == Need(PLAYERS, (ROCKET, MOST_ROWS))


def test_a_plain_note_asks_for_nothing_and_erases_nothing() -> None:
    engines.seeing(*rows(3)).when(NoteGuest(player=ROCKET, status="banned", changes=1)).hid()
    assert engines.state(guest_of(ROCKET)) == Stranger()


# Nothing comes in afterwards


@pytest.mark.parametrize("wish", [validates(FORM, "form", WRITTEN), completes(FORM, "form", WRITTEN)])
def test_who_was_erased_writes_nothing_any_more(wish: Any) -> None:
    fair.when(wish).hid(Private("responses", (ROCKET, "command-1"), {"activity": FORM, "body": '{"callsign":"rocky"}'}))
    fair.when(forgets).when(wish).then().hid().refused("player_blocked", status="banned")


@pytest.mark.parametrize("then", [ResumeValidation, ResumeCompletion])
def test_the_ledgers_leave_from_before_an_erasure_lets_nobody_write_after_it(then: type[Any]) -> None:
    said: dict[str, Any] = dict(validates(FORM, "form", WRITTEN)) | {"new_attempt": "attempt-1"}
    asked = then(**said, **({"attempt_id": None} if then is ResumeCompletion else {}))
    leave = Answer(granted=True, body=Admitted(player=ROCKET, changes=2).model_dump(mode="json"))
    fair.when(forgets).when(asked.model_copy(update={"answer": leave}), LEDGER).then().hid().finished(LEDGER).refused(
        "player_blocked", status="banned"
    )


def test_a_completion_that_an_erasure_overtakes_ends_without_writing() -> None:
    paying = town.defined(FORM, form(actions=(points,))).when(completes(FORM, "form", WRITTEN)).waits()
    erased = paying.story.seeing(("command-1",)).when(forgets)
    erased.hid(Private("responses", (ROCKET, "command-1"), None))
    for answer in (paid(350), Refused("given_up")):
        paying.answered(answer, by=erased.story).hid().finished(paying.wish)


def test_what_was_written_before_an_erasure_cannot_be_completed_after_it() -> None:
    written = fair.when(validates(FORM, "form", WRITTEN))
    after = written.when(forgets).when(completes(FORM, "form", attempt="command-1"))
    after.then().hid().refused("player_blocked", status="banned")


# What is found


def test_the_twin_finds_the_players_own_attempts_in_order() -> None:
    keys: tuple[Values, ...] = (
        (0, TENANT, "rocket", "c"),
        (0, TENANT, "rocket", "a"),
        (0, TENANT, "rocket", "b"),
        (0, TENANT, "groot", "d"),
        (0, "moonbase", "rocket", "e"),
        (1, TENANT, "rocket", "f"),
    )
    tables: Tables = {responses.table: dict.fromkeys(keys, (FORM, "{}"))}
    assert lookup.twin(tables, 0, TENANT, ("rocket", 500)) == [("a",), ("b",), ("c",)]
    assert lookup.twin(tables, 0, TENANT, ("rocket", 2)) == [("a",), ("b",)]
    assert lookup.twin(tables, 0, TENANT, ("mantis", 500)) == []
