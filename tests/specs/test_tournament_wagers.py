"""Wagers of the stream score many at a time, voids take back, and it does not matter how the stream was cut."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.leaderboards.registry import service
from services.leaderboards.tournament.split import worth
from services.leaderboards.tournament.state import Score, Scoreless, Unbegun, score_of, tournament_of
from shared.ids import PlayerId
from shared.messages.tournament import EndTournament, TournamentSpec
from shared.messages.tournament_score import LARGEST_POINTS, ScoreMany, TournamentTally
from shared.messages.wager_entry import MOST_ENTRIES, VOID_LATE, Entry
from shared.money import MICRO
from shared.shapes import Decision, Timer
from shared.testing.clock import NOON
from shared.testing.grammar import Story, given
from tests.specs.score_words import (
    END,
    GRACE,
    GROOT,
    HOUR,
    RACE,
    ROCKET,
    SOON,
    begun,
    closed,
    closing,
    has_scored,
    limited,
    scored,
    shop,
    terms,
)


def entry(micros: int, at: datetime = NOON, wager: str = "w1", player: PlayerId = ROCKET) -> Entry:
    """Ten points a USD: five millionths of a USD are fifty millionths of a point."""
    return Entry(player=player, micros=micros, at=at, wager_id=wager)


def many(*entries: Entry, version: int = 1) -> ScoreMany:
    return ScoreMany(tournament=RACE, definition_version=version, entries=entries)


def counted(number: int) -> TournamentTally:
    return TournamentTally(tournament=RACE, counted=number)


def test_wagers_of_the_stream_count_for_many_players_at_once() -> None:
    both = limited.when(many(entry(5), entry(7, wager="w2", player=GROOT)))
    both.then(begun(), scored("w1", 50, 50), scored("w2", 70, 70, player=GROOT)).replied(counted(2)).tallied({})
    both.set(Timer("tournament/starlight/weekend-race/end", END + GRACE, RACE, EndTournament(tournament=RACE)))
    more = both.when(many(entry(2, NOON + SOON, "w3")))
    more.then(scored("w3", 20, 70, NOON + SOON)).replied(counted(1)).set()


def test_all_that_a_player_wagered_in_a_batch_is_one_fact_reached_by_the_latest_of_it() -> None:
    wagers = many(entry(5), entry(3, NOON + SOON, "w2"), entry(1, wager="w3"), entry(-5))
    shop.when(wagers).then(begun(), scored("w2", 40, 40, NOON + SOON)).replied(counted(4))


def test_the_first_points_begin_the_tournament_under_the_version_that_came_with_them() -> None:
    changed = shop.defined(RACE, terms(points_per_usd=Decimal(1)), 2)
    changed.when(many(entry(5))).then(begun(1), scored("w1", 50, 50))
    changed.when(many(entry(5), version=2)).then(begun(2), scored("w1", 5, 5))
    changed.removed(TournamentSpec, RACE, 3).when(many(entry(5), version=2)).then(begun(2), scored("w1", 5, 5))


def test_what_was_begun_under_a_version_is_scored_under_it_whatever_comes_with_the_wagers() -> None:
    changed = shop.when(many(entry(5))).story.defined(RACE, terms(points_per_usd=Decimal(1)), 2)
    changed.when(many(entry(5, wager="w2"), version=2)).then(scored("w2", 50, 100))
    changed.when(many(entry(-5), version=2)).then(scored("w1", -50, 0))


def test_a_version_that_never_was_scores_nothing() -> None:
    with pytest.raises(LookupError, match="has no version 7"):
        shop.when(many(entry(5), version=7))


def test_before_the_first_points_nothing_can_be_taken_back() -> None:
    nothing = shop.when(many(entry(-5), entry(-7, player=GROOT))).then().set().replied(counted(0)).tallied({})
    assert nothing.story.state(tournament_of(RACE)) == Unbegun()
    mixed = shop.when(many(entry(-5), entry(7, wager="w2", player=GROOT), entry(-1, wager="w3")))
    mixed.then(begun(), scored("w2", 70, 70, player=GROOT), scored("w3", -10, -10)).replied(counted(2))


def test_a_void_takes_back_exactly_what_its_wager_brought() -> None:
    odd = given(service).defined(RACE, terms(points_per_usd=Decimal("0.333333")))
    twice = odd.when(many(entry(5), entry(5, wager="w2"))).then(begun(), scored("w2", 2, 2))
    twice.when(many(entry(-5))).then(scored("w1", -1, 1, by="w2"))


@for_all(st.integers(0, LARGEST_POINTS), st.integers(0, 10**12))
def test_a_void_is_worth_what_its_wager_was(wagered: int, rate: int) -> None:
    assert worth(wagered, rate) == wagered * rate // MICRO
    assert worth(wagered, rate) + worth(-wagered, rate) == 0


@pytest.mark.parametrize(
    ("at", "belongs"), [(NOON - SOON, False), (NOON, True), (END - SOON, True), (END, False), (END + GRACE, False)]
)
def test_a_wager_belongs_by_its_own_time(at: datetime, belongs: bool) -> None:
    for story in (limited, has_scored(limited)):
        story.at(END + GRACE - SOON).when(many(entry(5, at))).replied(counted(int(belongs)))
    has_scored(limited).when(many(entry(-5, at))).replied(counted(int(belongs))).tallied({})


def test_what_does_not_belong_spares_what_does() -> None:
    mixed = limited.when(many(entry(5, NOON - SOON), entry(7, wager="w2", player=GROOT)))
    mixed.then(begun(), scored("w2", 70, 70, player=GROOT)).replied(counted(1))


def test_wagers_that_are_worth_nothing_begin_nothing() -> None:
    free = given(service).defined(RACE, terms(points_per_usd=Decimal(0)))
    free.when(many(entry(5 * MICRO), entry(-5 * MICRO))).then().set().replied(counted(0)).tallied({})
    little = given(service).defined(RACE, terms(points_per_usd=Decimal("0.1")))
    little.when(many(entry(9), entry(-9))).then().replied(counted(0))
    little.when(many(entry(9), entry(10, wager="w2"))).then(begun(), scored("w2", 1, 1)).replied(counted(1))
    little.when(many(entry(0))).then().replied(counted(0))


def test_a_tournament_that_nobody_scored_in_is_not_begun_after_its_grace() -> None:
    late = limited.at(END + GRACE).when(many(entry(5), entry(-5, wager="w2"), entry(-6, wager="w3")))
    late.then().set().replied(counted(0)).tallied({VOID_LATE: 2})
    limited.at(END + GRACE - SOON).when(many(entry(5))).replied(counted(1))
    has_scored(limited).at(END + GRACE).when(many(entry(5))).replied(counted(1)).tallied({})


def test_after_the_closing_nothing_counts_and_voids_are_late() -> None:
    for facts in ((closing,), (closing, closed)):
        over = has_scored(shop).and_then(*facts)
        over.when(many(entry(5), entry(0))).then().set().replied(counted(0)).tallied({})
        over.when(many(entry(5), entry(-5))).then().replied(counted(0)).tallied({VOID_LATE: 1})


def test_a_pause_stops_the_door_alone_and_so_does_a_removal() -> None:
    paused = terms(status="paused")
    given(service).defined(RACE, paused).when(many(entry(5))).then(begun(), scored("w1", 50, 50))
    started = shop.when(many(entry(5))).story
    for stopped in (started.defined(RACE, paused, 2), started.removed(TournamentSpec, RACE)):
        meanwhile = stopped.when(many(entry(3, wager="w2"))).then(scored("w2", 30, 80))
        meanwhile.when(many(entry(-5))).then(scored("w1", -50, 30, by="w2"))


OVER: Final = {"ends_at": NOON - GRACE - timedelta(minutes=1)}


@pytest.mark.parametrize(
    "before", [{"points_per_usd": Decimal(0)}, {"starts_at": NOON + timedelta(hours=1)}, OVER], ids=str
)
def test_a_void_takes_nothing_where_its_wager_could_not_count_before_the_tournament_was_begun(
    before: dict[str, Any],
) -> None:
    ago = NOON - GRACE - timedelta(minutes=2)
    passed_over = given(service).defined(RACE, terms(**before)).when(many(entry(5, at=ago))).then().story
    begun_later = passed_over.defined(RACE, terms(), 2).when(many(entry(7, at=ago, wager="w2"), version=2)).story
    late = {VOID_LATE: 1} if before == OVER else {}
    begun_later.when(many(entry(-5, at=ago))).then().replied(counted(0)).tallied(late)
    begun_later.when(many(entry(5, at=ago, wager="w3"))).then()


def test_a_wager_that_was_taken_under_an_older_version_counts_where_it_would_have_counted_there() -> None:
    begun_later = shop.defined(RACE, terms(points_per_usd=Decimal(3)), 2).when(many(entry(7), version=2)).story
    lagging = begun_later.when(many(entry(5, wager="w2"))).then(scored("w2", 15, 36))
    lagging.when(many(entry(-5, wager="w2"))).then(scored("w2", -15, 21))


def test_what_could_not_be_counted_exactly_is_not_counted() -> None:
    full = has_scored(shop, points=LARGEST_POINTS)
    full.when(many(entry(1))).then().replied(counted(0)).tallied({"points_over_limit": 1})
    little = has_scored(shop, points=LARGEST_POINTS - 40)
    cut = little.when(many(entry(2), entry(9, wager="w2"), entry(2, wager="w3"), entry(1, wager="w4")))
    cut.then(scored("w3", 40, LARGEST_POINTS)).replied(counted(2)).tallied({"points_over_limit": 2})
    spared = full.when(many(entry(1), entry(7, wager="w2", player=GROOT)))
    spared.then(scored("w2", 70, 70, player=GROOT)).replied(counted(1)).tallied({"points_over_limit": 1})


def test_a_batch_without_wagers_and_one_with_too_many_are_no_wish() -> None:
    for entries in ((), (entry(1),) * (MOST_ENTRIES + 1)):
        with pytest.raises(ValidationError, match="entries"):
            many(*entries)


def test_five_hundred_players_of_a_batch_are_five_hundred_small_histories() -> None:
    entries = [entry(number + 1, wager=f"w{number}", player=PlayerId(f"player-{number}")) for number in range(500)]
    outcome = shop.when(many(*entries)).replied(counted(500)).outcome
    assert isinstance(outcome, Decision)
    assert len({event.stream for event in outcome.events}) == 501


def test_a_score_is_reached_by_the_latest_wager_that_counted_in_whatever_order_they_came() -> None:
    late = shop.when(many(entry(5, NOON + HOUR, "w9"))).when(many(entry(2, NOON, "w1")))
    late.then(scored("w1", 20, 70, NOON + HOUR, "w9"))
    same = late.when(many(entry(1, NOON + HOUR, "w91")))
    same.then(scored("w91", 10, 80, NOON + HOUR, "w91"))


some_entries = st.lists(
    st.builds(
        lambda micros, second, number, player: entry(micros, NOON + timedelta(seconds=second), f"w{number}", player),
        st.integers(-60, 200),
        st.integers(-1, 3600),
        st.integers(0, 20),
        st.sampled_from([ROCKET, GROOT]),
    ),
    min_size=1,
    max_size=16,
)


def scores_after(story: Story, entries: list[Entry], sizes: list[int]) -> list[Score | Scoreless]:
    """The players' scores once the entries have come in portions of these sizes, and the rest at once."""
    for size in [*sizes, len(entries)]:
        some, entries = entries[:size], entries[size:]
        story = story.when(many(*some)).story if some else story
    return [story.state(score_of(RACE, player)) for player in (ROCKET, GROOT)]


cheap = given(service).defined(RACE, terms(points_per_usd=Decimal("0.4"), starts_at=NOON, ends_at=END))


@for_all(some_entries, st.lists(st.integers(1, 5), max_size=8), st.sampled_from([limited, cheap, has_scored(limited)]))
def test_a_score_does_not_depend_on_how_the_stream_was_cut(
    entries: list[Entry], sizes: list[int], story: Story
) -> None:
    assert scores_after(story, entries, sizes) == scores_after(story, entries, [])


@for_all(some_entries, st.lists(st.integers(1, 5), max_size=8), st.data())
def test_once_it_has_begun_a_score_does_not_depend_on_the_streams_order_either(
    entries: list[Entry], sizes: list[int], data: st.DataObject
) -> None:
    story = has_scored(limited)
    assert scores_after(story, data.draw(st.permutations(entries)), sizes) == scores_after(story, entries, [])


@for_all(some_entries)
def test_a_score_is_the_sum_of_what_belongs_reached_by_the_latest_of_it(entries: list[Entry]) -> None:
    story = has_scored(limited, points=1).when(many(entry(1, wager="w0", player=GROOT))).story
    belonging = [one for one in entries if one.player == GROOT and one.at >= NOON and one.at < END and one.micros]
    reached = max([(NOON, "w0"), *((one.at, one.wager_id) for one in belonging)])
    _, groot = scores_after(story, entries, [])
    assert groot == Score(10 + 10 * sum(one.micros for one in belonging), *reached)
