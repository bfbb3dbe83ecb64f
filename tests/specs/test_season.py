"""A value counts on the board across events: the best, the latest, or the sum of a period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import pytest

from services.leaderboards.board import view
from services.leaderboards.registry import service
from services.leaderboards.season import view as season_view
from services.leaderboards.season.decider import Scored, Unscored, season_of
from shared.definitions import InvalidDefinition, parse_spec
from shared.ids import PlayerId, SeasonId, user_id_of
from shared.messages.season import LARGEST_SCORE, BoardScored, BoardScoredAnswer, BoardSpec, ScoreBoard
from shared.seasons import BEGINNING, SeasonPeriod, period_of, season_board_id
from shared.shapes import Put
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, Story, given, shown

SEASON: Final = SeasonId("season")
ROCKET, GROOT = PlayerId("rocket"), PlayerId("groot")
EVER: Final = SeasonPeriod(BEGINNING, None)
NOVEMBER: Final = SeasonPeriod(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))


def a_board(**fields: Any) -> Story:
    return given(service).defined(SEASON, BoardSpec(name="Season", **fields)).at(NOON)


def scores(value: int, player: PlayerId = ROCKET, segment: str | None = None) -> ScoreBoard:
    return ScoreBoard(board=SEASON, player=player, value=value, segment=segment)


def scored(value: int, score: int, period: SeasonPeriod = EVER, **fields: Any) -> BoardScored:
    segment = fields.get("segment")
    usual: dict[str, Any] = {
        "board": SEASON,
        "board_id": season_board_id(TENANT, SEASON, period.started_at, segment),
        "segment": None,
        "period_started_at": period.started_at,
        "period_ended_at": period.ended_at,
        "player": ROCKET,
        "participant": user_id_of(TENANT, ROCKET),
        "value": value,
        "score": score,
        "improved": True,
        "definition_version": 1,
    }
    return BoardScored(**{**usual, **fields})


def one_after_another(story: Story, *values: int) -> list[int]:
    """The scores that these values bring about."""
    found = []
    for value in values:
        after = story.when(scores(value))
        found.append(_score(after))
        story = after.story
    return found


def _score(consequence: Consequence) -> int:
    (event,) = consequence.outcome.events  # type: ignore[union-attr]
    return int(event.score)


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("best", [5, 9, 9, 9]), ("latest", [5, 9, -2, 9]), ("sum", [5, 14, 12, 21])],
)
def test_a_value_counts_as_the_board_says(aggregation: Literal["best", "latest", "sum"], expected: list[int]) -> None:
    assert one_after_another(a_board(aggregation=aggregation), 5, 9, -2, 9) == expected


def test_whoever_scores_is_told_how_they_stand() -> None:
    first = a_board(period="monthly").when(scores(5))
    board = season_board_id(TENANT, SEASON, NOVEMBER.started_at, None)
    first.then(scored(5, 5, NOVEMBER)).replied(BoardScoredAnswer(board_id=board, score=5))
    assert first.story.state(season_of(SEASON, ROCKET, None)) == Scored(NOVEMBER.started_at, 5)
    again = first.when(scores(3))
    again.then(scored(3, 5, NOVEMBER, improved=False)).replied(BoardScoredAnswer(board_id=board, score=5))


def test_players_and_segments_are_apart() -> None:
    story = a_board(segments=("gold", "silver"))
    gold = story.when(scores(5, segment="gold"))
    gold.then(scored(5, 5, segment="gold"))
    gold.when(scores(3, segment="silver")).then(scored(3, 3, segment="silver"))
    gold.when(scores(2, GROOT, "gold")).then(
        scored(2, 2, segment="gold", player=GROOT, participant=user_id_of(TENANT, GROOT))
    )
    assert gold.story.state(season_of(SEASON, ROCKET, "silver")) == Unscored()


def test_with_a_new_period_everybody_begins_anew() -> None:
    december = SeasonPeriod(datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    story = a_board(aggregation="sum", period="monthly").when(scores(5)).story
    story.at(december.started_at - timedelta(microseconds=1)).when(scores(1)).then(scored(1, 6, NOVEMBER))
    story.at(december.started_at).when(scores(1)).then(scored(1, 1, december))


@pytest.mark.parametrize(("segments", "segment"), [(None, "gold"), (("gold",), None), (("gold",), "silver")])
def test_a_segment_is_named_where_there_are_segments(segments: tuple[str, ...] | None, segment: str | None) -> None:
    refused = a_board(segments=segments).when(scores(5, segment=segment))
    refused.refused("unknown_segment", segment=segment, segments=list(segments or ()))


def test_a_board_that_is_not_there_takes_no_scores() -> None:
    given(service).when(scores(5)).refused("no_board")
    a_board().removed(BoardSpec, SEASON).when(scores(5)).refused("no_board")


def test_a_sum_stays_exact() -> None:
    story = a_board(aggregation="sum").when(scores(LARGEST_SCORE)).story
    story.when(scores(1)).refused("score_out_of_range")
    story.when(scores(-1)).then(scored(-1, LARGEST_SCORE - 1))


@pytest.mark.parametrize(
    ("period", "timezone", "at", "started", "ended"),
    [
        ("monthly", "UTC", "2026-11-21T12:00Z", "2026-11-01T00:00Z", "2026-12-01T00:00Z"),
        ("monthly", "UTC", "2026-12-31T23:59:59Z", "2026-12-01T00:00Z", "2027-01-01T00:00Z"),
        ("monthly", "UTC", "2028-02-29T00:00Z", "2028-02-01T00:00Z", "2028-03-01T00:00Z"),
        ("monthly", "Europe/Malta", "2026-10-31T23:00Z", "2026-10-31T23:00Z", "2026-11-30T23:00Z"),
        ("monthly", "Europe/Malta", "2026-10-31T22:59Z", "2026-09-30T22:00Z", "2026-10-31T23:00Z"),
        ("weekly", "UTC", "2026-11-22T23:59:59Z", "2026-11-16T00:00Z", "2026-11-23T00:00Z"),
        ("weekly", "UTC", "2026-11-23T00:00Z", "2026-11-23T00:00Z", "2026-11-30T00:00Z"),
        ("weekly", "America/New_York", "2026-11-01T12:00Z", "2026-10-26T04:00Z", "2026-11-02T05:00Z"),
    ],
)
def test_a_period_begins_at_midnight_where_the_board_is(
    period: Literal["weekly", "monthly"], timezone: str, at: str, started: str, ended: str
) -> None:
    spec = BoardSpec(name="Season", period=period, timezone=timezone)
    expected = SeasonPeriod(datetime.fromisoformat(started), datetime.fromisoformat(ended))
    assert period_of(spec, datetime.fromisoformat(at)) == expected


def test_a_board_of_all_time_has_one_period() -> None:
    assert period_of(BoardSpec(name="Ever"), NOON) == SeasonPeriod(BEGINNING, None)


def test_what_a_score_is_shown_as() -> None:
    event = scored(5, 7, NOVEMBER, segment="gold")
    assert shown(view.entries, event, pos=9) == (Put((event.board_id, event.participant), ("player", "rocket", 7, 9)),)
    assert shown(view.positions, event, pos=9) == (Put((event.board_id,), (9,)),)
    key = (SEASON, NOVEMBER.started_at, "gold")
    assert shown(season_view.periods, event) == (Put(key, (event.board_id, NOVEMBER.ended_at)),)
    same = event.model_copy(update={"improved": False})
    assert shown(view.entries, same) == shown(view.positions, same) == ()
    assert shown(season_view.periods, scored(5, 7)) == (Put((SEASON, BEGINNING, ""), (scored(5, 7).board_id, None)),)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"period": "daily"}, "spec.period"),
        ({"aggregation": "worst"}, "spec.aggregation"),
        ({"timezone": "Mars/Olympus"}, "spec.timezone"),
        ({"segments": []}, "spec.segments"),
        ({"segments": ["a/b"]}, "spec.segments[0]"),
        ({"segments": ["gold", "gold"]}, "spec"),
    ],
)
def test_a_board_that_makes_no_sense_is_not_taken(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        parse_spec("board", {"name": "Season", **fields})
    assert caught.value.path == path


def test_what_scores_count_by_does_not_change() -> None:
    assert BoardSpec.lasting == ("aggregation", "period", "timezone")
