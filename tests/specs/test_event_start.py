"""A player begins an attempt: a place is kept, the ledger lets them in and takes the cost, and only then it begins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.leaderboards.entrant.state import MOST_IN_PROGRESS, MOST_UNDER_WAY
from shared.event_ids import group_board_of, segment_board_of
from shared.ids import AssetId, MessageId, PlayerId
from shared.messages.attempt import AttemptDenied, AttemptFinished, AttemptRequested, AttemptStarted
from shared.messages.base import UNANSWERED
from shared.messages.entry import EntryReturnedAnswer, RefundEntry
from shared.messages.entry_condition import AttemptsMade
from shared.messages.event import AdmitAttempt, GroupJoined, StartAnswer, TellDenied
from shared.messages.event_spec import (
    CurrencyCost,
    EntryCost,
    EventSpec,
    FixedWindow,
    GroupedBoard,
    ItemCost,
    RecurringWindows,
    SegmentedBoard,
)
from shared.shapes import Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Story
from tests.specs.event_words import (
    BOARD,
    CLOCK,
    COSTLY,
    COSTS,
    DAY,
    GEMS,
    GROOT,
    MANTIS,
    MIDNIGHT,
    NEXT_WINDOW,
    ROCKET,
    RUN,
    SECOND,
    TODAY,
    TOMORROW,
    WINDOW,
    adds,
    attempt,
    attempt_id,
    attempt_in,
    begins,
    closes,
    closing_time,
    enters,
    entrant,
    events_in,
    let_in,
    metric,
    on,
    opened,
    run,
    started,
    starts,
    under_way,
)

WEEK = timedelta(days=7)


def requested(step: int = 1, player: PlayerId = ROCKET, day: str = TODAY) -> AttemptRequested:
    return AttemptRequested(event=RUN, player=player, start_id=MessageId(f"command-{step}"), window_id=WINDOW, day=day)


def admits(step: int = 1, player: PlayerId = ROCKET, **other: object) -> AdmitAttempt:
    place = {"start_id": MessageId(f"command-{step}"), "window_id": WINDOW, "day": TODAY}
    return AdmitAttempt(event=RUN, player=player, **{**place, **other})  # type: ignore[arg-type]


def denied(code: str, step: int = 1) -> AttemptDenied:
    return AttemptDenied(event=RUN, player=ROCKET, start_id=MessageId(f"command-{step}"), code=code)


def test_the_first_start_opens_the_window_and_asks_the_ledger_to_let_the_player_in() -> None:
    first = on().when(starts()).waits().then(opened(), requested()).set(closing_time())
    first.asked(Send("ledger", ROCKET, enters(), then=admits()))
    begun = first.answered(let_in).then(begins(attempt())).finished(first.wish).asked().set()
    begun.replied(StartAnswer(attempt=attempt(), window_ends_at=MIDNIGHT))


def test_the_next_player_comes_into_the_same_window_and_onto_the_same_board() -> None:
    second = under_way().when(starts(GROOT)).waits().then(requested(3, GROOT)).set()
    second.answered(let_in).then(begins(attempt(player=GROOT), step=3))


def test_a_second_attempt_of_a_player_has_the_next_number_and_is_not_new_on_the_board() -> None:
    again = under_way().when(adds(value=7)).when(starts())
    again.asked(Send("ledger", ROCKET, enters(attempts=1), then=admits(4)))
    again.answered(let_in).then(begins(attempt(2), step=4, first=False, best=7_000_000))


def test_what_entering_costs_and_asks_for_is_told_to_the_ledger() -> None:
    cost = EntryCost(
        currencies=(CurrencyCost(key=GEMS, amount=50),), items=(ItemCost(key=AssetId("ticket"), quantity=1),)
    )
    spec = run(entry_cost=cost, entry_requirement=AttemptsMade(attempts=0))
    (send,) = on(spec).when(starts()).sends
    assert (send.command.costs, send.command.requirement) == (cost.costs, AttemptsMade(attempts=0))  # type: ignore[attr-defined]
    assert send.then.costs == cost.costs  # type: ignore[union-attr]


REFUSALS = [
    # (what the ledger says)
    Refused("no_player"),
    Refused("player_blocked", {"status": "banned"}),
    Refused("entry_requirement_failed"),
    Refused("insufficient_entry_cost", {"resource": "gems", "needed": 50, "have": 3}),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.code)
def test_whom_the_ledger_does_not_let_in_has_begun_nothing_and_the_place_is_free_again(refusal: Refused) -> None:
    story = on(run(entry_cost=COSTLY, max_attempts_per_window=1))
    turned_away = story.when(starts()).answered(refusal)
    turned_away.then(denied(refusal.code)).refused(refusal.code, **refusal.details).finished().asked()
    assert entrant(turned_away.story).reserved == ()
    turned_away.when(starts()).waits()


def test_a_question_to_the_ledger_that_people_gave_up_is_a_refusal_too() -> None:
    asked = on().when(starts())
    asked.answered(Refused("unanswered")).then(denied("unanswered")).refused("unanswered")
    then = asked.sends[0].then
    assert then is not None
    nameless = then.model_copy(update={"answer": UNANSWERED.model_copy(update={"code": None})})
    asked.story.when(nameless, asked.wish).then(denied("refused")).refused("refused")


# (spec, why nobody can start)
NOT_ON = [
    (None, "no_event"),
    (run(status="disabled"), "event_disabled"),
    (run(windows=FixedWindow(starts_at=NOON - DAY, ends_at=NOON)), "no_active_window"),
    (run(windows=FixedWindow(starts_at=NOON + SECOND, ends_at=NOON + DAY)), "no_active_window"),
    (run(windows=RecurringWindows(cron="0 9 * * *", duration_seconds=3 * 3600)), "no_active_window"),
]


@pytest.mark.parametrize(("spec", "code"), NOT_ON, ids=[code + str(place) for place, (_, code) in enumerate(NOT_ON)])
def test_nobody_starts_when_the_event_is_not_on(spec: EventSpec | None, code: str) -> None:
    story = on().removed(EventSpec, RUN) if spec is None else on(spec)
    story.when(starts()).refused(code)


def test_an_open_window_keeps_its_version_but_a_disabled_or_removed_event_takes_no_starts() -> None:
    story = under_way()
    changed = story.defined(RUN, run(metrics=(metric("height"),), windows=RecurringWindows(cron="0 6 * * *")), 2)
    again = changed.when(starts(GROOT)).answered(let_in)
    assert attempt_in(again) == attempt(player=GROOT)
    story.defined(RUN, run(status="disabled"), 2).when(starts(GROOT)).refused("event_disabled")
    story.removed(EventSpec, RUN).when(starts(GROOT)).refused("no_event")


def test_the_next_window_is_opened_under_the_newest_version_whether_or_not_the_last_is_closed() -> None:
    for story in (under_way(), under_way().at(MIDNIGHT).when(closes(), CLOCK).story):
        spec = run(windows=RecurringWindows(cron="0 0 * * *"), max_attempts_per_window=9)
        first = story.defined(RUN, spec, 2).at(MIDNIGHT).when(starts())
        opened_next = opened(2, MIDNIGHT, MIDNIGHT + DAY)
        assert events_in(first)[0] == opened_next
        first.set(closing_time(2, MIDNIGHT, MIDNIGHT + DAY))
        begun = attempt_in(first.answered(let_in))
        assert (begun.window_id, begun.number, begun.ends_at) == (NEXT_WINDOW, 2, MIDNIGHT + DAY)
        assert entrant(first.answered(let_in).story).in_window == 1


def test_a_window_that_is_over_is_never_opened_again() -> None:
    fixed = FixedWindow(starts_at=NOON - DAY, ends_at=NOON + SECOND)
    story = under_way(run(windows=fixed)).at(NOON + SECOND)
    longer = run(windows=fixed.model_copy(update={"ends_at": NOON + DAY}))
    earlier = run(windows=FixedWindow(starts_at=NOON - WEEK, ends_at=NOON + DAY))
    for spec in (longer, earlier):
        story.defined(RUN, spec, 2).when(starts()).refused("no_active_window")
        closed = story.when(closes(at=NOON - DAY, until=NOON + SECOND), CLOCK).story
        closed.defined(RUN, spec, 2).when(starts()).refused("no_active_window")


def test_attempts_of_a_window_are_limited_and_the_next_window_has_its_own() -> None:
    story = started(under_way(run(max_attempts_per_window=2)))
    story.when(starts()).refused("max_attempts_reached", max_attempts=2)
    story.when(starts(GROOT)).waits()
    assert attempt_in(story.at(MIDNIGHT).when(starts()).answered(let_in)).number == 3


def test_attempts_of_a_day_are_limited_over_windows_and_a_day_is_the_windows_own() -> None:
    hourly = RecurringWindows(cron="0 * * * *", timezone="America/New_York")
    story = started(under_way(run(windows=hourly, max_attempts_per_day=2)))
    refused = story.at(NOON + timedelta(hours=1)).when(starts())
    refused.refused("max_daily_attempts_reached", max_attempts=2)
    story.at(MIDNIGHT).when(starts()).refused("max_daily_attempts_reached", max_attempts=2)
    next_day = MIDNIGHT + timedelta(hours=5)
    assert entrant(started(story.at(next_day))).in_day == 1
    started(started(story.at(next_day))).when(starts()).refused("max_daily_attempts_reached", max_attempts=2)


def test_no_day_comes_a_second_time_when_the_time_zone_is_changed() -> None:
    story = under_way(run(windows=RecurringWindows(cron="0 * * * *", timezone="Pacific/Auckland")))
    assert entrant(story).day == TOMORROW
    west = run(windows=RecurringWindows(cron="0 * * * *", timezone="Pacific/Honolulu"), max_attempts_per_day=1)
    later = story.defined(RUN, west, 2).at(NOON + timedelta(hours=1))
    later.when(starts()).refused("max_daily_attempts_reached", max_attempts=1)
    free = story.defined(RUN, run(windows=west.windows), 2).at(NOON + timedelta(hours=1))
    assert (entrant(started(free)).day, entrant(started(free)).in_day) == (TOMORROW, 1)


def test_starts_that_wait_for_the_ledger_count_as_attempts() -> None:
    once = on(run(max_attempts_per_window=1)).when(starts()).story
    once.when(starts()).refused("max_attempts_reached", max_attempts=1)
    daily = on(run(max_attempts_per_day=1)).when(starts()).story
    daily.when(starts()).refused("max_daily_attempts_reached", max_attempts=1)
    many = on()
    for _ in range(MOST_UNDER_WAY):
        many = many.when(starts()).story
    many.when(starts()).refused("too_many_starts")


def test_a_place_that_was_kept_before_midnight_counts_for_that_day() -> None:
    spec = run(windows=FixedWindow(starts_at=NOON - DAY, ends_at=NOON + WEEK), max_attempts_per_day=1)
    late = on(spec).at(MIDNIGHT - SECOND).when(starts())
    after = late.answered(let_in, by=late.story.at(MIDNIGHT)).story
    assert (entrant(after).day, entrant(after).in_day) == (TODAY, 1)
    after.when(starts()).waits()


def test_whoever_has_paid_when_the_window_closes_gets_it_back_before_being_told() -> None:
    asked = on(run(entry_cost=COSTLY)).when(starts())
    asked.asked(Send("ledger", ROCKET, enters(costs=COSTS), then=admits(costs=COSTS)))
    back = RefundEntry(player=ROCKET, costs=COSTS, reason="event daily-run no_active_window")
    told = TellDenied(player=ROCKET, event=RUN, code="no_active_window")
    over = [asked.story.at(MIDNIGHT), asked.story.at(MIDNIGHT).when(closes(), CLOCK).story]
    other = [started(story, GROOT) for story in over]
    for story in (*over, *other):
        late = asked.answered(let_in, by=story).waits().then(denied("no_active_window"))
        late.asked(Send("ledger", ROCKET, back, then=told))
        returned = late.answered(EntryReturnedAnswer(player=ROCKET))
        returned.then().refused("no_active_window").finished(asked.wish)


def test_without_a_cost_a_window_that_closed_meanwhile_is_told_at_once() -> None:
    asked = on().when(starts())
    asked.answered(let_in, by=asked.story.at(MIDNIGHT)).then(denied("no_active_window")).refused("no_active_window")


def test_the_oldest_of_too_many_attempts_in_progress_ends() -> None:
    story = under_way().when(adds(value=3)).story
    for _ in range(MOST_IN_PROGRESS - 1):
        story = started(story)
    assert len(entrant(story).in_progress) == MOST_IN_PROGRESS
    eleventh = story.when(starts()).answered(let_in)
    three = {"distance": 3_000_000}
    ended = attempt(metrics=three, metrics_raw=three, score=3_000_000, status="force_completed", completed_at=NOON)
    first, second = events_in(eleventh)
    assert first == AttemptFinished(attempt=ended)
    assert isinstance(second, AttemptStarted)
    assert [one.number for one in entrant(eleventh.story).in_progress] == list(range(2, MOST_IN_PROGRESS + 2))
    eleventh.when(adds(value=1)).refused("attempt_finished")


def test_attempts_of_a_window_that_is_over_are_forgotten_with_the_next_start() -> None:
    story = started(under_way().at(MIDNIGHT))
    assert [one.number for one in entrant(story).in_progress] == [2]
    story.when(adds(1, value=1)).refused("attempt_finished")


def segment_of(story: Story, **context: Any) -> tuple[str, str | None]:
    event = events_in(story.when(starts(**context)).answered(let_in))[-1]
    assert isinstance(event, AttemptStarted)
    return event.attempt.board_id, event.segment


# (what the game says of the player, the segment that this comes to)
SEGMENTS = [
    ({"league": "gold"}, "gold"),
    ({"league": 7}, "7"),
    ({"league": True}, "true"),
    ({"league": ""}, "default"),
    ({"league": "g" * 200}, "g" * 128),
    ({"other": "gold"}, "default"),
    ({}, "default"),
]


@pytest.mark.parametrize(("context", "segment"), SEGMENTS)
def test_each_segment_has_its_own_board(context: dict[str, Any], segment: str) -> None:
    story = on(run(leaderboard=SegmentedBoard(segment_by="league")))
    assert segment_of(story, **context) == (segment_board_of(TENANT, WINDOW, segment), segment)


def test_a_player_stays_on_the_board_of_the_first_start_of_a_window() -> None:
    story = started(on(run(leaderboard=SegmentedBoard(segment_by="league"))), league="gold")
    gold = segment_board_of(TENANT, WINDOW, "gold")
    assert segment_of(story, league="silver") == (gold, None)
    silver = segment_board_of(TENANT, NEXT_WINDOW, "silver")
    assert segment_of(story.at(MIDNIGHT), league="silver") == (silver, "silver")


def test_groups_are_filled_in_the_order_in_which_attempts_begin() -> None:
    story, boards = on(run(leaderboard=GroupedBoard(size=2))), []
    for number, player in enumerate(map(PlayerId, "abcde")):
        begun = story.when(starts(player)).answered(let_in)
        joined, event = events_in(begun)
        group, place = number // 2 + 1, number % 2 + 1
        assert joined == GroupJoined(
            event=RUN, window_id=WINDOW, player=player, group=group, place=place, full=place == 2
        )
        assert isinstance(event, AttemptStarted)
        assert (event.mode, event.group) == ("grouped", group)
        boards.append(event.attempt.board_id)
        story = begun.story
    assert boards == [group_board_of(TENANT, WINDOW, group) for group in (1, 1, 2, 2, 3)]
    again = story.when(starts(PlayerId("a"))).answered(let_in)
    (event,) = events_in(again)
    assert isinstance(event, AttemptStarted)
    assert (event.attempt.board_id, event.first, event.group) == (boards[0], False, None)


def test_a_place_in_a_group_is_taken_by_those_alone_who_are_let_in() -> None:
    story = on(run(leaderboard=GroupedBoard(size=2)))
    story = story.when(starts(ROCKET)).answered(Refused("player_blocked")).story
    assert events_in(story.when(starts(MANTIS)).answered(let_in))[0].place == 1  # type: ignore[attr-defined]


def test_ids_of_attempts_tell_whose_they_are_and_which() -> None:
    assert attempt_id(1) != attempt_id(1, GROOT)
    assert attempt_id(1)[:24] == attempt_id(255)[:24]
    assert (attempt_id(1)[24:], attempt_id(255)[24:]) == ("000000000001", "0000000000ff")
    assert attempt().board_id == BOARD
