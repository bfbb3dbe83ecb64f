"""A window that is over is closed, and each of its boards is told to close, a page of them at a time."""

from __future__ import annotations

from datetime import timedelta

from services.leaderboards.event.closing import boards
from services.leaderboards.event.state import Open, Shut
from shared.ids import BoardId
from shared.messages.board import CloseBoard
from shared.messages.event import WindowClosed
from shared.messages.event_spec import RecurringWindows
from shared.shapes import MOST_ROWS, Need, Timer, Values
from shared.testing.grammar import TENANT
from tests.specs.event_words import (
    BOARD,
    CLOCK,
    DAWN,
    DAY,
    GROOT,
    MIDNIGHT,
    NEXT_WINDOW,
    RUN,
    WINDOW,
    closes,
    course,
    on,
    opened,
    run,
    started,
    starts,
    under_way,
)

closed = WindowClosed(**dict(opened()))


def closing(board_id: str, version: int = 1) -> Timer:
    close = CloseBoard(event=RUN, board_id=BoardId(board_id), definition_version=version, window_id=WINDOW)
    return Timer(f"board/{TENANT}/{RUN}/{board_id}/close", MIDNIGHT, RUN, close)


def test_when_a_window_is_over_its_boards_are_told_to_close() -> None:
    first = on().when(starts())
    assert first.timers == (Timer(f"event/{TENANT}/{RUN}/close/{WINDOW}", MIDNIGHT, RUN, closes()),)
    over = first.story.seeing((BOARD, 1), ("b2", 1))
    done = first.rang(by=over).then(closed).set(closing(BOARD), closing("b2"))
    assert course(done.story) == Shut(DAWN)


def test_the_boards_are_asked_of_the_views_a_page_at_a_time() -> None:
    story = under_way().at(MIDNIGHT)
    assert story.needs(closes()) == Need("event_boards", (RUN, WINDOW, "", MOST_ROWS))
    names = [f"b{number:03}" for number in range(MOST_ROWS)]
    page = story.seeing(*((name, 1) for name in names)).when(closes(), CLOCK)
    next_ = closes().model_copy(update={"after": names[-1]})
    more = Timer(f"event/{TENANT}/{RUN}/close/{WINDOW}/{names[-1]}", MIDNIGHT, RUN, next_)
    page.then(closed).set(*map(closing, names), more)
    assert page.story.needs(next_) == Need("event_boards", (RUN, WINDOW, names[-1], MOST_ROWS))
    last = page.story.seeing(("z", 1)).when(next_, CLOCK)
    last.then().set(closing("z"))


def test_a_window_that_nobody_came_onto_a_board_of_is_closed_all_the_same() -> None:
    on().when(starts()).story.at(MIDNIGHT).when(closes(), CLOCK).then(closed).set()


def test_the_next_window_stays_open_when_the_last_one_is_closed_after_it_began() -> None:
    story = started(under_way().at(MIDNIGHT), GROOT)
    late = story.when(closes(), CLOCK).then(closed)
    state = course(late.story)
    assert isinstance(state, Open)
    assert state.window_id == NEXT_WINDOW


def test_an_open_window_ends_when_it_was_to_end_whatever_is_changed() -> None:
    story = under_way().defined(RUN, run(windows=RecurringWindows(cron="0 * * * *")), 2)
    state = course(story.at(MIDNIGHT - timedelta(seconds=1)).when(starts(GROOT)).story)
    assert isinstance(state, Open)
    assert (state.ends_at, state.definition_version) == (MIDNIGHT, 1)
    assert MIDNIGHT - DAWN == DAY


def test_the_lookup_finds_the_boards_of_one_window_in_order() -> None:
    row: Values = ("global", None, None, None, 3, MIDNIGHT)
    keys: list[Values] = [(0, TENANT, RUN, WINDOW, name) for name in ("b", "a", "c")]
    others: list[Values] = [
        (1, TENANT, RUN, WINDOW, "d"),
        (0, "moonbase", RUN, WINDOW, "d"),
        (0, TENANT, "other", WINDOW, "d"),
        (0, TENANT, RUN, NEXT_WINDOW, "d"),
    ]
    tables = {"boards": dict.fromkeys([*keys, *others], row)}
    assert boards.twin(tables, 0, TENANT, (RUN, WINDOW, "", 9)) == [("a", 3), ("b", 3), ("c", 3)]
    assert boards.twin(tables, 0, TENANT, (RUN, WINDOW, "a", 1)) == [("b", 3)]
