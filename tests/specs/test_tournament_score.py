"""A wager's points count once, while the tournament is on: by its own time, for a player who may play."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from services.leaderboards.registry import service
from services.leaderboards.tournament.split import points_of
from services.leaderboards.tournament.state import Counted, Fresh, Open, tournament_of, wager_of
from shared.ids import MessageId
from shared.messages.player import AdmitPlayer
from shared.messages.tournament import CloseTournament, EndTournament, TournamentSpec
from shared.messages.tournament_score import (
    LARGEST_POINTS,
    CountScore,
    Played,
    TournamentScoreAnswer,
    TournamentScoreDenied,
    TournamentScoreRequested,
    TournamentWagerCounted,
)
from shared.money import MICRO
from shared.shapes import Refused, Send, Timer
from shared.testing.clock import NOON
from shared.testing.grammar import given
from tests.specs.score_words import (
    END,
    GRACE,
    GROOT,
    HOUR,
    RACE,
    ROCKET,
    SOON,
    admitted,
    begun,
    closed,
    closing,
    has_scored,
    limited,
    scored,
    scores,
    shop,
    terms,
)


def denied(code: str, step: int = 1) -> TournamentScoreDenied:
    return TournamentScoreDenied(tournament=RACE, player=ROCKET, score_id=MessageId(f"command-{step}"), code=code)


def answer(total: int, *, repeated: bool = False) -> TournamentScoreAnswer:
    return TournamentScoreAnswer(tournament=RACE, player=ROCKET, total=total, repeated=repeated)


def test_a_score_first_asks_the_ledger_whether_the_player_may_play() -> None:
    asked = shop.when(scores(wager="w1")).waits()
    asked.then(TournamentScoreRequested(tournament=RACE, player=ROCKET, score_id=MessageId("command-1"))).set()
    count = CountScore(
        tournament=RACE,
        player=ROCKET,
        wagered=50 * MICRO,
        source_wager_id="w1",
        score_id=MessageId("command-1"),
        definition_version=1,
        at=NOON,
    )
    asked.asked(Send("ledger", ROCKET, AdmitPlayer(player=ROCKET), then=count))


def test_the_first_points_begin_the_tournament_and_the_asker_is_told_where_the_player_stands() -> None:
    first = shop.when(scores())
    told = first.answered(admitted).then(begun(), scored("command-1", 500 * MICRO, 500 * MICRO)).set()
    told.replied(answer(500 * MICRO)).finished(first.wish)
    assert told.story.state(tournament_of(RACE)) == Open(1)


def test_further_points_are_added() -> None:
    second = has_scored(shop).at(NOON + HOUR).when(scores(wagered=1))
    second.answered(admitted).then(scored("command-3", 10, 500 * MICRO + 10, NOON + HOUR)).replied(
        answer(500 * MICRO + 10)
    )


def test_a_blocked_player_scores_nothing_and_the_asker_hears_why() -> None:
    first = shop.when(scores(wager="w1"))
    no = first.answered(Refused("player_blocked", {"status": "suspended"})).then(denied("player_blocked"))
    no.refused("player_blocked", status="suspended").finished(first.wish)
    assert no.story.state(wager_of(RACE, "w1")) == Fresh()
    first.answered(Refused("")).refused("refused")


@pytest.mark.parametrize(
    ("rate", "wagered", "points"),
    [
        ("10",       50 * MICRO, 500 * MICRO),
        ("2.5",      1,          2),
        ("0.000001", 999_999,    0),
        ("0.333333", 3 * MICRO,  999_999),
        ("0",        50 * MICRO, 0),
    ],
)  # fmt: skip
def test_points_are_what_was_wagered_times_the_rate_cut_after_six_decimals(
    rate: str, wagered: int, points: int
) -> None:
    spec = terms(points_per_usd=Decimal(rate))
    assert points_of(Played(tournament=RACE, player=ROCKET, wagered=wagered), spec) == points


def test_points_that_are_named_count_instead_of_what_was_wagered() -> None:
    shop.when(scores(points=7)).answered(admitted).replied(answer(7))
    shop.when(scores(wagered=None, points=7)).answered(admitted).replied(answer(7))


def test_a_score_of_nothing_is_no_score() -> None:
    with pytest.raises(ValidationError, match="one of wagered and points is needed"):
        scores(wagered=None)


def test_one_wager_counts_once_however_often_it_is_reported() -> None:
    first = shop.when(scores(wager="w1")).answered(admitted)
    first.then(
        begun(),
        scored("command-1", 500 * MICRO, 500 * MICRO),
        TournamentWagerCounted(
            played=Played(tournament=RACE, player=ROCKET, wagered=50 * MICRO, source_wager_id="w1"), total=500 * MICRO
        ),
    )
    later = has_scored(first.story)
    again = later.when(scores(wager="w1")).then().asked()
    again.replied(answer(500 * MICRO, repeated=True))
    over = later.and_then(closing, closed)
    over.when(scores(wager="w1")).replied(answer(500 * MICRO, repeated=True))
    played = Played(tournament=RACE, player=ROCKET, wagered=50 * MICRO, source_wager_id="w1")
    assert over.state(wager_of(RACE, "w1")) == Counted(played, 500 * MICRO)


@pytest.mark.parametrize("other", [{"wagered": 51 * MICRO}, {"player": GROOT}, {"points": 500 * MICRO}])
def test_the_same_wager_with_another_story_is_a_conflict(other: dict[str, Any]) -> None:
    has_scored(shop, wager="w1").when(scores(wager="w1", **other)).refused("wager_conflict")


def test_two_reports_of_one_wager_at_once_are_one_score() -> None:
    first = shop.when(scores(wager="w1"))
    second = first.story.when(scores(wager="w1")).waits()
    other = second.story.when(scores(wager="w1", wagered=1)).waits()
    counted = first.answered(admitted, by=other.story)
    told = second.answered(admitted, by=counted.story).then()
    told.replied(answer(500 * MICRO, repeated=True)).finished(second.wish)
    conflict = other.answered(admitted, by=counted.story).then(denied("wager_conflict", 3))
    conflict.refused("wager_conflict").finished(other.wish)


def test_there_is_no_tournament_that_nobody_defined_or_that_was_removed() -> None:
    given(service).when(scores()).refused("no_tournament")
    has_scored(shop).removed(TournamentSpec, RACE).when(scores()).refused("no_tournament")


@pytest.mark.parametrize("now", [NOON - SOON, END, END + HOUR])
def test_no_score_is_taken_before_the_beginning_and_from_the_end_on(now: datetime) -> None:
    limited.at(now).when(scores()).refused("not_active")
    has_scored(limited).at(now).when(scores()).refused("not_active")


@pytest.mark.parametrize("now", [NOON, END - SOON])
def test_scores_are_taken_between(now: datetime) -> None:
    limited.at(now).when(scores()).waits()


def test_a_paused_tournament_takes_no_scores_whatever_it_was_when_it_began() -> None:
    paused = terms(status="paused")
    given(service).defined(RACE, paused).when(scores()).refused("not_active")
    stopped = has_scored(shop).defined(RACE, paused, 2)
    stopped.when(scores()).refused("not_active")
    stopped.defined(RACE, terms(), 3).when(scores()).waits()


def test_a_closed_tournament_takes_no_scores() -> None:
    for facts in ((closing,), (closing, closed)):
        has_scored(shop).and_then(*facts).when(scores()).refused("not_active")


def test_a_score_that_is_confirmed_after_the_closing_does_not_count() -> None:
    first = has_scored(shop).when(scores(wager="w1"))
    late = first.answered(admitted, by=first.story.and_then(closing)).then(denied("not_active", 3))
    late.refused("not_active").finished(first.wish)


def test_what_was_begun_under_a_version_is_scored_under_it() -> None:
    changed = terms(points_per_usd=Decimal(1))
    has_scored(shop).defined(RACE, changed, 2).when(scores()).answered(admitted).replied(answer(1_000 * MICRO))
    taken = shop.when(scores())
    taken.answered(admitted, by=taken.story.defined(RACE, changed, 2)).replied(answer(500 * MICRO))


def test_a_score_that_was_taken_under_another_version_counts_under_the_one_that_holds() -> None:
    first = shop.when(scores())
    changed = first.story.defined(RACE, terms(points_per_usd=Decimal(1)), 2)
    second = changed.when(scores())
    begun_first = first.answered(admitted, by=second.story).story
    second.answered(admitted, by=begun_first).replied(answer(1_000 * MICRO))
    begun_second = second.answered(admitted).then(begun(2), scored("command-2", 50 * MICRO, 50 * MICRO)).story
    first.answered(admitted, by=begun_second).replied(answer(100 * MICRO))


def test_the_first_points_set_the_clock_for_the_end() -> None:
    first = limited.when(scores()).answered(admitted)
    end = EndTournament(tournament=RACE)
    first.set(Timer("tournament/starlight/weekend-race/end", END + GRACE, RACE, end))
    first.when(scores()).answered(admitted).set()


def test_points_that_could_not_be_counted_exactly_are_refused() -> None:
    full = has_scored(shop, points=LARGEST_POINTS)
    full.when(scores(points=1)).answered(admitted).then(denied("points_limit", 3)).refused("points_limit")
    rich = given(service).defined(RACE, terms(points_per_usd=Decimal(1_000_000)))
    rich.when(scores(wagered=LARGEST_POINTS)).answered(admitted).refused("points_limit")


def test_whoever_was_first_is_first_also_where_many_are_decided_at_once() -> None:
    early = shop.at(NOON + SOON).said(NOON).when(scores()).answered(admitted)
    event = scored("command-1", 500 * MICRO, 500 * MICRO)
    early.then(begun(), event)
    assert event.reached_at == NOON


def test_a_score_belongs_by_when_it_was_sent_and_not_by_when_it_is_decided() -> None:
    limited.at(END + SOON).said(END - SOON).when(scores()).waits()
    limited.at(END + SOON).said(END).when(scores()).refused("not_active")


def test_closing_ends_the_scores() -> None:
    over = has_scored(shop).seeing(("rocket",)).when(CloseTournament(tournament=RACE))
    over.when(scores()).refused("not_active")
