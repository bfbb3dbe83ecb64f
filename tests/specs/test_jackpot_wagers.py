"""Wagers of the stream feed a pool in batches, voids take back, and every micro-unit is accounted for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.engines.jackpot.odds import payable
from services.engines.jackpot.pool import LARGEST_POOL, Open, pool_of
from services.engines.registry import service
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.jackpot import (
    JackpotContributed,
    JackpotDropped,
    JackpotOpened,
    JackpotSpec,
    JackpotTally,
    JackpotWagerNoted,
    JackpotWagersCounted,
)
from shared.messages.wager_entry import VOID_LATE
from shared.messages.wallet import AssetSpec, PayWallet
from shared.money import MICRO
from shared.shapes import Send
from shared.testing.clock import NOON
from shared.testing.grammar import Consequence, Story, given
from tests.specs.jackpot_words import (
    COINS,
    GRAND,
    GROOT,
    LATER,
    ROCKET,
    USD,
    bank,
    contributes,
    counts,
    drop,
    dropped,
    dropping,
    drops,
    entry,
    events_in,
    gone,
    hidden,
    hiding,
    opened,
    pays,
    plain,
    point,
    pool_in,
    revealed,
    spec,
    unpayable,
)

EARLIER: Final = NOON - timedelta(seconds=9)
by_rocket: Final[dict[str, Any]] = {"last_contributor": ROCKET, "latest": NOON}


def test_wagers_of_the_stream_are_one_fact_however_many() -> None:
    after = plain.when(counts(*(entry(5, GROOT) for _ in range(499)), entry(7)))
    counted = JackpotWagersCounted(jackpot=GRAND, entries=500, micros=2_502, pool=100_002_502, **by_rocket)
    after.then(opened(0, 100_000_000), counted).asked().replied(JackpotTally(counted=500))
    after.when(drops()).waits()


def test_a_void_takes_back_what_its_wager_brought_and_makes_nobody_the_last_contributor() -> None:
    after = plain.when(contributes(50)).when(counts(entry(30), entry(-30, GROOT)))
    counted = JackpotWagersCounted(jackpot=GRAND, entries=2, micros=0, pool=100_000_050, **by_rocket)
    after.then(counted).replied(JackpotTally(counted=2)).tallied({})


def test_a_void_never_takes_from_what_the_house_put_in() -> None:
    after = plain.when(counts(entry(30), entry(-50), entry(-1)))
    counted = JackpotWagersCounted(jackpot=GRAND, entries=2, micros=0, pool=100_000_000, **by_rocket)
    after.then(opened(0, 100_000_000), counted).replied(JackpotTally(counted=2, late=1)).tallied({VOID_LATE: 1})


def test_a_void_of_a_wager_whose_pool_was_won_is_late_and_takes_nothing() -> None:
    won = plain.when(counts(entry(30))).when(drops()).story.at(LATER)
    fed = won.when(counts(entry(50, at=LATER))).story
    late = fed.when(counts(entry(-30, at=NOON), entry(-1, at=NOON), entry(0, at=NOON)))
    late.then().replied(JackpotTally(late=2)).tallied({VOID_LATE: 2})
    fed.when(counts(entry(-50, at=LATER))).replied(JackpotTally(counted=1)).tallied({})


def test_a_wager_that_brings_nothing_counts_nothing() -> None:
    plain.when(counts(entry(0))).replied(JackpotTally())
    assert isinstance(plain.when(counts(entry(0))).story.state(pool_of(GRAND)), Open)


def test_wagers_beyond_the_largest_pool_are_passed_over() -> None:
    full = plain.when(counts(entry(LARGEST_POOL - 100 * MICRO))).story
    assert pool_in(full).pool == LARGEST_POOL
    full.when(counts(entry(1))).then().replied(JackpotTally())


@pytest.mark.parametrize("story", [bank, gone, unpayable], ids=["unknown", "removed", "its asset removed"])
def test_wagers_for_a_jackpot_that_cannot_be_fed_are_counted_as_none_and_never_refused(story: Story) -> None:
    story.when(counts(entry(5), entry(-5))).then().asked().replied(JackpotTally())


def test_a_pool_takes_nothing_of_another_asset_than_it_was_begun_in() -> None:
    fed = plain.when(counts(entry(500_000))).story
    coins = counts(entry(9_000_000)).model_copy(update={"asset": COINS})
    later = fed.defined(GRAND, spec(asset=COINS), 2)
    later.when(coins).then().replied(JackpotTally())
    back = JackpotWagersCounted(jackpot=GRAND, entries=1, micros=-500_000, pool=100 * MICRO, **by_rocket)
    later.when(counts(entry(-500_000))).then(back)


def test_a_pause_stops_the_door_alone_so_that_no_void_takes_what_its_wager_never_brought() -> None:
    fed = plain.when(counts(entry(10, GROOT))).story.defined(GRAND, spec(status="paused"), 2)
    while_paused = fed.when(counts(entry(5))).replied(JackpotTally(counted=1)).story
    active = while_paused.defined(GRAND, spec(), 3).when(counts(entry(-5)))
    assert pool_in(active.story).pool == 100 * MICRO + 10


def test_a_void_of_a_wager_that_fed_a_pool_won_by_an_earlier_one_is_late() -> None:
    second = NOON - timedelta(seconds=1)
    won = hiding.when(counts(entry(5 * MICRO, at=second), entry(point(0), GROOT, EARLIER))).story
    assert pool_in(won).dropped_at == second
    fed = won.when(counts(entry(20 * MICRO, GROOT))).story
    fed.when(counts(entry(-5 * MICRO, at=second))).then().replied(JackpotTally(late=1))


def test_the_latest_wager_of_a_pool_is_known_over_batches_contributions_and_voids() -> None:
    fed = plain.when(counts(entry(5))).when(counts(entry(6, at=EARLIER), entry(-1, at=LATER))).when(contributes(7))
    assert pool_in(fed.story).latest == NOON
    assert pool_in(fed.when(drops()).story).latest is None


def test_the_time_until_which_voids_are_late_never_goes_back() -> None:
    won = hiding.when(counts(entry(point(0)))).story
    again = won.when(counts(entry(200 * MICRO, at=NOON - timedelta(days=3)))).story
    assert (pool_in(again).number, pool_in(again).dropped_at) == (2, NOON)
    slow = won.at(EARLIER).when(drops(GROOT)).story
    assert pool_in(slow).dropped_at == NOON


def test_a_time_without_a_zone_is_no_time_of_a_wager_or_of_a_drop() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValidationError, match="timezone"):
        entry(5, at=naive)
    with pytest.raises(ValidationError, match="timezone"):
        opened(1, 5, dropped_at=naive)
    with pytest.raises(ValidationError, match="timezone"):
        JackpotWagersCounted(jackpot=GRAND, entries=1, micros=1, pool=1, last_contributor=ROCKET, latest=naive)


def test_the_pool_drops_in_the_middle_of_a_batch_as_often_as_its_point_is_reached() -> None:
    first, second = point(0) - 100 * MICRO, point(1)
    left = point(0) % 10_000
    after = hiding.when(counts(entry(first, GROOT, EARLIER), entry(second), entry(3)))
    one = drop(
        "command-1-1", point(0) // 10_000, point(0), 100 * MICRO + left, trigger_reason="must_drop", winner=GROOT
    )
    before = one.pool_after + second
    two = drop("command-1-2", before // 10_000, before, 100 * MICRO + before % 10_000, trigger_reason="must_drop")
    count: dict[str, Any] = {"jackpot": GRAND, "entries": 1}
    after.then(
        opened(0, 100 * MICRO, hidden=hidden(0)),
        JackpotWagersCounted(**count, micros=first, pool=point(0), last_contributor=GROOT, latest=EARLIER),
        dropped(one, revealed=revealed(0)),
        opened(1, one.pool_after, hidden=hidden(1), dropped_at=EARLIER),
        JackpotWagersCounted(**count, micros=second, pool=before, **by_rocket),
        dropped(two, 1, revealed=revealed(1)),
        opened(2, two.pool_after, hidden=hidden(2), dropped_at=NOON),
        JackpotWagersCounted(**count, micros=3, pool=two.pool_after + 3, **by_rocket),
    )
    after.asked(Send("ledger", GROOT, pays(one)), Send("ledger", ROCKET, pays(two)))
    after.replied(JackpotTally(counted=3, drops=2))


def test_a_wager_from_the_future_makes_no_later_void_late() -> None:
    after = hiding.when(counts(entry(1_000 * MICRO, at=LATER)))
    assert pool_in(after.story).dropped_at == NOON


@for_all(st.integers(0, LARGEST_AMOUNT * 2), st.integers(0, 8))
def test_what_is_paid_and_what_stays_are_the_pool_to_the_micro_unit(pool: int, scale: int) -> None:
    units, left = payable(pool, scale)
    assert units * MICRO == (pool - left) * 10**scale
    assert 0 <= units <= LARGEST_AMOUNT
    assert left >= 0
    assert units == LARGEST_AMOUNT or units > LARGEST_AMOUNT - 100 or left < max(1, MICRO // 10**scale)


@for_all(st.integers(0, 500), st.integers(1, LARGEST_AMOUNT), st.integers(0, LARGEST_AMOUNT))
def test_the_hidden_point_lies_in_its_range(number: int, least: int, width: int) -> None:
    assert least <= point(number, least, least + width) <= least + width


class Books:
    """One jackpot, and beside it the plainest possible account of what came and went."""

    def __init__(self, jackpot: JackpotSpec, scale: int) -> None:
        self.story = given(service).defined(USD, AssetSpec(name="USD", scale=scale)).defined(GRAND, jackpot)
        self.scale, self.brought, self.seeded, self.paid = scale, 0, 0, 0
        self.steps = 0

    def step(self, move: tuple[str, int, int]) -> None:
        kind, micros, other = move
        self.steps += 1
        if kind == "contribute":
            self._keep(self.story.when(contributes(micros, f"w-{self.steps}")))
        elif kind == "again":
            self._keep(self.story.when(contributes(micros, f"w-{max(1, self.steps - 1)}")))
        elif kind == "drop":
            self._keep(self.story.when(drops(GROOT if other % 2 else None)))
        else:
            entries = [entry(sign * (micros + n), at=NOON) for n, sign in enumerate((1, -1, 1, -1)[: 1 + other % 4])]
            self._keep(self.story.at(NOON - timedelta(seconds=1)).when(counts(*entries)))

    def _keep(self, after: Consequence) -> None:
        self.story = after.story
        for event in events_in(after):
            match event:
                case JackpotOpened():
                    self.seeded += 100 * MICRO
                case JackpotContributed() | JackpotWagersCounted():
                    self.brought += event.micros
                case JackpotDropped():
                    self.paid += event.drop.amount * MICRO // 10**self.scale
                case _:
                    assert isinstance(event, JackpotWagerNoted)
        owed = [send.command for send in after.sends]
        told = [e.drop.amount for e in events_in(after) if isinstance(e, JackpotDropped) and e.drop.amount]
        assert [wish.amount for wish in owed if isinstance(wish, PayWallet)] == told

    @property
    def pool(self) -> int:
        found = self.story.state(pool_of(GRAND))
        return found.pool if isinstance(found, Open) else 0


moves = st.tuples(
    st.sampled_from(["contribute", "contribute", "again", "drop", "many"]),
    st.integers(1, 60 * MICRO),
    st.integers(0, 7),
)


@for_all(
    st.lists(moves, max_size=20),
    st.sampled_from([0, 2, 6, 8]),
    st.sampled_from([spec(), dropping("100.000001", "130"), dropping("101", "101")]),
)
def test_the_pool_is_its_seeds_and_contributions_less_what_was_paid_at_every_step(
    sequence: list[tuple[str, int, int]], scale: int, jackpot: JackpotSpec
) -> None:
    books = Books(jackpot, scale)
    for move in sequence:
        books.step(move)
        assert books.pool == books.seeded + books.brought - books.paid
