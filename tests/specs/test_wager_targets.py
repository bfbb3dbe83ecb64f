"""What a wager moves: tournaments by its own time, pools by their asset and rate, each in one message a batch."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.engines.wager.mark import micros_of
from services.engines.wager.targets import LARGEST_MESSAGE, portions
from shared.ids import LONGEST_ID, AssetId, JackpotId, PlayerId
from shared.messages.base import Command
from shared.messages.jackpot import JackpotSpec
from shared.messages.tournament import TournamentSpec
from shared.messages.tournament_score import ScoreMany
from shared.messages.wager import MOST_TAKEN, Deposit, PassWagers, Taken, Wager, WagersTaken
from shared.messages.wager_entry import MOST_ENTRIES
from shared.money import MICRO_SCALE, parse
from shared.shapes import Decision, Send
from shared.testing.clock import NOON
from shared.testing.grammar import Consequence
from tests.specs.wager_words import (
    EUR,
    GRAND,
    GROOT,
    RACE,
    ROCKET,
    SOON,
    SPRINT,
    busy,
    casino,
    deposit,
    entries_in,
    entry,
    fact_in,
    feeds,
    fits,
    journeys,
    mark,
    passed,
    pool,
    race,
    scores,
    settled,
    sums_in,
    takes,
    void,
)

END: Final = NOON + timedelta(hours=1)
LONG: Final = "𝄞" * LONGEST_ID
"""The longest id there is, in characters of four bytes."""


@pytest.mark.parametrize(
    ("at",              "belongs"),
    [
        (NOON - SOON,   False),
        (NOON,          True),
        (END - SOON,    True),
        (END,           False),
    ],
)  # fmt: skip
def test_a_wager_belongs_to_a_tournament_by_its_own_time_whenever_it_comes(at: datetime, belongs: bool) -> None:
    story = casino.defined(RACE, race(starts_at=NOON, ends_at=END))
    for now in (END - SOON, END + timedelta(days=3)):
        after = takes(story.at(now), settled(at=at))
        after.asked(*((scores(entry(settled(at=at), 2_500_000)),) if belongs else ()), journeys(at=at, wager=1))


def test_a_tournament_without_times_takes_every_wager() -> None:
    for at in (NOON - timedelta(days=400), NOON + timedelta(minutes=5)):
        assert len(entries_in(takes(casino.defined(RACE, race()), settled(at=at)))) == 1


def test_a_removed_target_takes_nothing_and_a_paused_one_takes_all() -> None:
    gone = busy.removed(TournamentSpec, RACE).removed(JackpotSpec, GRAND)
    takes(gone, settled()).asked(journeys(wager=1)).marked(mark(settled()))
    paused = casino.defined(RACE, race(status="paused")).defined(GRAND, pool(status="paused"))
    assert sums_in(takes(paused, settled())) == sums_in(takes(busy, settled()))


@pytest.mark.parametrize("currency", [EUR, AssetId("usd"), AssetId("WINZ")])
def test_a_wager_in_another_currency_than_usd_scores_nothing(currency: AssetId) -> None:
    said = settled(currency=currency)
    takes(busy, said).asked(journeys(wager=1)).marked(mark(said))


def test_a_pool_takes_its_part_of_wagers_in_its_own_asset_alone() -> None:
    story = casino.defined("euros", pool("0.1", asset=EUR)).defined("dollars", pool("0.25"))
    said = settled("a", "2"), settled("b", "2", currency=EUR)
    dollars, euros = entry(said[0], 500_000), entry(said[1], 200_000)
    after = takes(story, *said)
    in_euros = feeds(euros, key=JackpotId("euros"), asset=EUR)
    after.asked(feeds(dollars, key=JackpotId("dollars")), in_euros, journeys(wager=2))


@pytest.mark.parametrize(
    ("stake",             "rate",      "micros"),
    [
        ("0.000001",      "0.999999",  0),
        ("0.000002",      "0.999999",  1),
        ("2.50",          "0.005",     12_500),
        ("0.000199",      "0.005",     0),
        ("0.000200",      "0.005",     1),
        ("999999999.999999", "1",      999_999_999_999_999),
        ("5",             "0",         0),
        ("0",             "1",         0),
    ],
)  # fmt: skip
def test_a_pools_part_is_cut_to_micro_units_and_nothing_is_not_sent(stake: str, rate: str, micros: int) -> None:
    said = settled(stake=stake)
    after = takes(casino.defined(GRAND, pool(rate)), said)
    after.asked(*((feeds(entry(said, micros)),) if micros else ()), journeys(wager=1))
    after.marked(mark(said, *((("jackpot", GRAND, 1, micros),) if micros else ())))


@for_all(st.decimals(0, 999_999_999, places=6).map(str))
def test_an_amount_is_read_to_the_micro_unit(amount: str) -> None:
    assert micros_of(amount) == parse(amount, MICRO_SCALE)
    assert micros_of(amount.partition(".")[0]) == parse(amount.partition(".")[0], MICRO_SCALE)


def test_each_target_is_told_of_a_whole_batch_in_one_message_in_the_streams_order() -> None:
    said = [settled(f"w-{number % 3}", player=GROOT if number % 3 else ROCKET) for number in range(3)]
    after = takes(busy.defined(SPRINT, race()), *said, void("w-1", player=GROOT))
    micros = [2_500_000, 2_500_000, 2_500_000, -2_500_000]
    entries = [entry(one, size) for one, size in zip([*said, said[1]], micros, strict=True)]
    fed = [entry(one, size // 200) for one, size in zip([*said, said[1]], micros, strict=True)]
    told = (scores(*entries), scores(*entries, key=SPRINT), feeds(*fed))
    assert {send.key: send for send in after.sends if send in told} == {send.key: send for send in told}
    assert [send.key for send in after.sends if send.service == "leaderboards"] == [SPRINT, RACE]
    assert fact_in(after).targets == (
        Taken(target="tournament", key=SPRINT, entries=4, micros=5_000_000),
        Taken(target="tournament", key=RACE, entries=4, micros=5_000_000),
        Taken(target="jackpot", key=GRAND, entries=4, micros=25_000),
    )


def test_a_void_names_the_version_that_its_wager_was_taken_under() -> None:
    known = takes(busy, settled()).story
    later = known.defined(RACE, race(name="Another"), 2)
    takes(later, void()).asked(scores(entry(settled(), -2_500_000), version=1), feeds(entry(settled(), -12_500)))
    for said in ((void(), settled("w-2")), (settled("w-2"), void())):
        sends = [one.command for one in takes(later, *said).sends if one.service == "leaderboards"]
        assert {getattr(wish, "definition_version", None) for wish in sends} == {1, 2}


@pytest.mark.parametrize("ends_at", [NOON + timedelta(minutes=30), None])
def test_a_tournament_is_told_of_every_wager_that_belongs_under_some_version(ends_at: datetime | None) -> None:
    first = casino.defined(RACE, race(starts_at=NOON + timedelta(minutes=40), ends_at=NOON + timedelta(hours=2)))
    story = first.defined(RACE, race(ends_at=ends_at), 2).at(NOON + timedelta(hours=3))
    for minutes, told in ((-5, True), (50, True), (119, True), (120, ends_at is None)):
        said = settled(at=NOON + timedelta(minutes=minutes))
        assert any(send.service == "leaderboards" for send in takes(story, said).sends) == told


def sizes_of(after: Consequence, kind: type[Command]) -> list[int]:
    wishes = (send.command for send in after.sends)
    return [len(getattr(wish, "entries", getattr(wish, "wagers", ()))) for wish in wishes if isinstance(wish, kind)]


def test_more_entries_than_fit_into_one_message_are_several_in_order() -> None:
    said = [settled(f"w-{number}") for number in range(MOST_ENTRIES * 2)]
    after = takes(casino.defined(RACE, race()), *said)
    sizes = sizes_of(after, ScoreMany)
    assert len(sizes) == 3
    assert min(sizes[:2]) > 300
    assert all(fits(send.command) for send in after.sends)
    assert [one.wager_id for _, _, one in entries_in(after)] == [one.wager_id for one in said]
    assert fact_in(after).targets[0].entries == len(said)


@pytest.mark.parametrize("character", ["w", '"', "é", "𝄞"])
def test_entries_with_the_longest_ids_fit_into_their_messages(character: str) -> None:
    long = character * (LONGEST_ID - 3)
    said = [settled(f"{number:03}{long}", "999999999.999999", PlayerId(long)) for number in range(MOST_ENTRIES)]
    late = [one.model_copy(update={"at": NOON - SOON}) for one in said]
    after = takes(busy, *late)
    assert all(fits(send.command) for send in after.sends)
    assert len(entries_in(after)) == 2 * len(said)


def test_what_lies_astray_is_passed_on_to_its_player_and_does_not_count_here() -> None:
    astray = (settled("a", player=GROOT), settled("b"), deposit(player=GROOT), void("c"))
    after = takes(busy, astray=astray).marked().tallied({}).unfit({})
    after.asked(
        Send("engines", GROOT, passed(astray[0], astray[2], player=GROOT)),
        Send("engines", ROCKET, passed(astray[1], astray[3])),
    ).then(WagersTaken(passed_on=4))


def test_what_lies_astray_is_passed_on_beside_what_counts() -> None:
    after = takes(casino, settled(), astray=(settled("b", player=GROOT),)).marked(mark(settled()))
    after.asked(journeys(wager=1), Send("engines", GROOT, passed(settled("b", player=GROOT), player=GROOT)))
    after.then(WagersTaken(settled=1, passed_on=1))


def test_not_even_what_could_not_count_is_judged_where_it_lies_astray() -> None:
    old = settled(at=NOON - timedelta(days=500))
    takes(casino, astray=(old,)).unfit({}).asked(Send("engines", ROCKET, passed(old)))


def test_more_astray_than_fits_into_one_message_is_several() -> None:
    astray = tuple(settled(f"w-{number}", "1") for number in range(MOST_TAKEN + 1))
    after = takes(casino, astray=astray)
    assert sum(sizes_of(after, PassWagers)) == len(astray)
    assert all(fits(send.command) for send in after.sends)
    assert fact_in(after).passed_on == len(astray)


@pytest.mark.parametrize("character", ["w", '"', "é", "𝄞"])
def test_what_lies_astray_fits_into_its_messages_also_with_the_longest_ids(character: str) -> None:
    long = character * (LONGEST_ID - 3)
    names: dict[str, Any] = {"player": PlayerId(long), "game": long, "currency": AssetId(long)}
    astray: tuple[Wager | Deposit, ...] = tuple(settled(f"{number:03}{long}", **names) for number in range(200))
    after = takes(casino, astray=astray)
    assert sum(sizes_of(after, PassWagers)) == len(astray)
    assert all(fits(send.command) for send in after.sends)


@for_all(st.lists(st.integers(0, LARGEST_MESSAGE), min_size=1, max_size=30))
def test_portions_are_everything_in_order_and_as_large_as_may_be(sizes: list[int]) -> None:
    some = list(portions(sizes, lambda size: size))
    assert [size for portion in some for size in portion] == sizes
    assert all(portion and sum(portion) <= LARGEST_MESSAGE for portion in some)
    assert all(sum(one) + next_[0] > LARGEST_MESSAGE for one, next_ in pairwise(some))
    assert [len(one) for one in portions([0] * 1001, lambda size: size)] == [MOST_ENTRIES, MOST_ENTRIES, 1]


def test_a_mark_says_all_that_became_of_its_wager() -> None:
    outcome = takes(busy.defined(SPRINT, race(), 7), settled()).outcome
    assert isinstance(outcome, Decision)
    assert outcome.marks[0].values[-1] == (
        '[["tournament","sprint",7,2500000],["tournament","weekend-race",1,2500000],["jackpot","grand",1,12500]]'
    )
