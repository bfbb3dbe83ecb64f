"""Bots play by a pace that a promised seed gave each of them, until their target or the end of the window."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as having
from hypothesis import strategies as some

from services.leaderboards.lobby.bots import SHORTEST_TICK, bots_of, name_of, pace_of
from shared.event_ids import bot_id_of
from shared.messages.event_spec import LARGEST_MICROS, BotsSpec, EventSpec, Pace
from shared.messages.lobby import BotScore, BotsProgressed, BotsRetired, BotsSeated, MoveBots, SeatBots
from shared.shapes import Timer
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, Story, seeds
from tests.specs.event_words import (
    CLOCK,
    MICRO,
    MIDNIGHT,
    RUN,
    SECOND,
    cup,
    events_in,
    lobby_board,
    lobby_id,
    metric,
    on,
    run,
)

STEADY = {"per_minute": {"min": 60, "max": 60}}
MINUTE = timedelta(minutes=1)


def with_bots(bots: dict[str, Any] | None = None, **other: Any) -> EventSpec:
    steady = BotsSpec.model_validate_json(json.dumps(bots or STEADY))
    return run(**{"leaderboard": cup(), "bots": steady, **other})


def seats(count: int = 2, until: datetime = MIDNIGHT) -> SeatBots:
    return SeatBots(
        event=RUN, lobby_id=lobby_id(), board_id=lobby_board(), definition_version=1, count=count, ends_at=until
    )


def moves(tick: int) -> MoveBots:
    return MoveBots(event=RUN, lobby_id=lobby_id(), tick=tick)


def seated(spec: EventSpec | None = None, count: int = 2, until: datetime = MIDNIGHT) -> Consequence:
    return on(spec or with_bots()).when(seats(count, until), CLOCK)


def score(number: int, units: int, called: str | None = None) -> BotScore:
    return BotScore(
        bot=bot_id_of(lobby_board(), number),
        number=number,
        called=called or f"Bot {number}",
        score=units * MICRO,
    )


def progressed(tick: int, *entries: BotScore) -> BotsProgressed:
    return BotsProgressed(event=RUN, lobby_id=lobby_id(), board_id=lobby_board(), tick=tick, entries=entries)


def tick_at(tick: int, due: datetime) -> Timer:
    return Timer(f"bots/{TENANT}/{RUN}/{lobby_id()}/{tick}", due, RUN, moves(tick))


def test_bots_stand_on_the_board_with_nothing_and_are_bound_to_a_seed() -> None:
    seed = seeds().of(bots_of(RUN, lobby_id()), 1)
    seated().then(
        BotsSeated(
            event=RUN,
            lobby_id=lobby_id(),
            board_id=lobby_board(),
            definition_version=1,
            count=2,
            started_at=NOON,
            ends_at=MIDNIGHT,
            server_seed_hash=seed.hash,
            seed_number=1,
            seed_key_id="k1",
        ),
        progressed(0, score(1, 0), score(2, 0)),
    ).set(tick_at(1, NOON + SHORTEST_TICK))


def test_they_move_together_by_their_pace() -> None:
    first = seated().rang().then(progressed(1, score(1, 5), score(2, 5))).set(tick_at(2, NOON + 2 * SHORTEST_TICK))
    first.rang().then(progressed(2, score(1, 10), score(2, 10)))


def test_in_a_long_window_they_move_ever_less_often() -> None:
    late = seated().story.at(NOON + 600 * MINUTE).when(moves(9), CLOCK)
    late.set(tick_at(10, NOON + 610 * MINUTE))


def test_a_bot_that_stands_still_is_not_told_of() -> None:
    still = with_bots({"per_minute": {"min": 0, "max": 0}})
    seated(still).rang().then().set(tick_at(2, NOON + 2 * SHORTEST_TICK))


def test_they_stop_at_their_target_and_leave_when_the_window_is_over() -> None:
    spec = with_bots(metrics=(metric(target=7),))
    there = seated(spec).rang().rang().then(progressed(2, score(1, 7), score(2, 7))).set(tick_at(3, MIDNIGHT))
    seed = seeds().of(bots_of(RUN, lobby_id()), 1)
    retired = BotsRetired(
        event=RUN,
        lobby_id=lobby_id(),
        board_id=lobby_board(),
        server_seed=seed.value,
        server_seed_hash=seed.hash,
    )
    there.rang().then(retired).set()


def test_the_end_of_the_window_is_their_last_moment() -> None:
    soon = NOON + 7 * SECOND
    seated(until=soon).rang().set(tick_at(2, soon)).rang().set()
    seated(until=NOON + SECOND).set(tick_at(1, NOON + SECOND))


def test_they_score_as_players_do_with_their_metric_alone() -> None:
    spec = with_bots(
        {**STEADY, "metric": "kills"},
        metrics=(metric("deaths", score_weight=-5), metric("kills", score_weight=3, cap=4)),
    )
    seated(spec).rang().then(progressed(1, score(1, 12), score(2, 12)))


def test_a_score_out_of_reach_is_the_largest_there_is() -> None:
    for sign in (1, -1):
        spec = with_bots({"per_minute": {"min": 10**12, "max": 10**12}}, metrics=(metric(score_weight=sign * 99),))
        (event,) = events_in(seated(spec, count=1).rang())
        assert isinstance(event, BotsProgressed)
        assert [one.score for one in event.entries] == [sign * LARGEST_MICROS]


def test_without_any_word_of_them_bots_play_as_bots_usually_do() -> None:
    (event,) = events_in(seated(run(leaderboard=cup()), count=50).rang())
    assert isinstance(event, BotsProgressed)
    assert all(10 * MICRO <= 12 * one.score <= 60 * MICRO for one in event.entries)
    assert len({one.score for one in event.entries}) > 40


# (names, the bot's number, what it is called)
NAMES = [
    ((), 1, "Bot 1"),
    ((), 99, "Bot 99"),
    (("Ada", "Bo"), 1, "Ada"),
    (("Ada", "Bo"), 2, "Bo"),
    (("Ada", "Bo"), 3, "Ada 2"),
    (("Ada", "Bo"), 6, "Bo 3"),
]


@pytest.mark.parametrize(("names", "number", "called"), NAMES)
def test_bots_have_names_in_turn(names: tuple[str, ...], number: int, called: str) -> None:
    assert name_of(run(bots=BotsSpec(names=names)), number) == called


@having(some.text("0123456789abcdef", min_size=64, max_size=64), some.integers(0, 50), some.integers(0, 50))
def test_every_pace_is_within_its_bounds(seed: str, low: int, more: int) -> None:
    spec = run(bots=BotsSpec(per_minute=Pace(min=low, max=low + more)))  # type: ignore[arg-type]
    for number in (1, 2):
        assert low * MICRO <= pace_of(seed, lobby_id(), number, spec) <= (low + more) * MICRO


def test_paces_follow_from_the_key_that_was_promised_whatever_the_newest_is() -> None:
    usual = run(leaderboard=cup())
    story = seated(usual).story
    later: Story = story.drawing_from(seeds("k2")).at(NOON + MINUTE)
    assert events_in(later.when(moves(1), CLOCK)) == events_in(story.at(NOON + MINUTE).when(moves(1), CLOCK))
    assert events_in(seated(usual)) != events_in(on(usual).drawing_from(seeds("k2")).when(seats(), CLOCK))
