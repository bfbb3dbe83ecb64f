"""A wager of the operator's stream counts once, by its id, and a void takes back exactly what it brought."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.engines.registry import service
from services.engines.wager.state import Stand, taken_of
from shared.messages.access import TenantSpec
from shared.messages.jackpot import JackpotSpec
from shared.messages.tournament import TournamentSpec
from shared.messages.wager import AHEAD, REMEMBERED, Deposit, Taken, TakeWagers, Wager, WagersPassed, WagersTaken
from shared.money import MICRO, MICRO_SCALE, parse
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Story, given
from tests.specs.wager_words import (
    EUR,
    GRAND,
    GROOT,
    RACE,
    SOON,
    USD,
    busy,
    casino,
    deposit,
    entries_in,
    entry,
    events_in,
    feeds,
    journeys,
    mark,
    passed,
    pool,
    race,
    scores,
    settled,
    sums_in,
    takes,
    tenant,
    void,
)

WAGERED = (("tournament", RACE, 1, 2_500_000), ("jackpot", GRAND, 1, 12_500))


def becomes(*micros: int, entries: int = 1) -> tuple[Taken, ...]:
    race_, grand = micros
    return (
        Taken(target="tournament", key=RACE, entries=entries, micros=race_),
        Taken(target="jackpot", key=GRAND, entries=entries, micros=grand),
    )


def test_a_settled_wager_moves_every_target_and_is_remembered_with_what_became_of_it() -> None:
    after = takes(busy, settled()).marked(mark(settled(), *WAGERED)).unfit({}).tallied({"wagers_settled": 1})
    after.then(WagersTaken(settled=1, targets=becomes(2_500_000, 12_500)))
    after.asked(scores(entry(settled(), 2_500_000)), feeds(entry(settled(), 12_500)), journeys(wager=1))
    assert after.story.state(taken_of()) == Stand(1)


def test_a_wager_where_nothing_is_configured_is_remembered_all_the_same() -> None:
    after = takes(casino, settled()).marked(mark(settled())).then(WagersTaken(settled=1))
    after.asked(journeys(wager=1))


@pytest.mark.parametrize("said", [settled(), void(), deposit()], ids=["settled", "void", "deposit"])
def test_the_same_message_again_counts_nothing(said: Wager | Deposit) -> None:
    again = takes(takes(busy, said).story, said, said)
    again.then().asked().marked().unfit({}).tallied({"wagers_repeated": 2})
    twice, once = takes(busy, said, said), takes(busy, said)
    twice.marked(mark(said, *(WAGERED if said == settled() else ()))).asked(*once.sends).unfit({})
    assert events_in(twice)[-1] == events_in(once)[-1].model_copy(update={"repeated": 1})


def test_the_same_amount_and_the_same_moment_in_other_words_are_the_same() -> None:
    same = settled(stake="2.5", payout="0.00", at=NOON.astimezone(timezone(timedelta(hours=2))))
    takes(takes(busy, settled()).story, same).marked().unfit({}).tallied({"wagers_repeated": 1})


@pytest.mark.parametrize(
    "other",
    [{"stake": "2.51"}, {"payout": "1"}, {"game": "other"}, {"currency": EUR}, {"player": GROOT}, {"at": NOON - SOON}],
    ids=str,
)
def test_the_same_wager_with_another_content_is_unfit(other: dict[str, Any]) -> None:
    reason = "w-1 is settled already, of rocket with another content"
    takes(takes(busy, settled()).story, settled(**other)).then().asked().marked().unfit({0: reason}).tallied({})
    one = takes(busy, settled(), settled(**other), settled("w-2", player=GROOT)).unfit({1: reason})
    one.marked(mark(settled(), *WAGERED), mark(settled("w-2", player=GROOT), *WAGERED))
    assert events_in(one)[-1] == WagersTaken(settled=2, unfit=1, targets=becomes(5_000_000, 25_000, entries=2))


@pytest.mark.parametrize("other", [{"amount": "21"}, {"currency": EUR}, {"player": GROOT}, {"at": NOON - SOON}])
def test_the_same_deposit_with_another_content_is_unfit(other: dict[str, Any]) -> None:
    reason = "d-1 is deposit already, of rocket with another content"
    takes(takes(busy, deposit()).story, deposit(**other)).then().asked().marked().unfit({0: reason})


def test_a_wager_and_a_deposit_may_have_one_id() -> None:
    both = takes(casino, settled("same"), deposit("same"), void("same")).unfit({})
    both.marked(mark(settled("same")), mark(deposit("same")), mark(void("same")))
    both.tallied({"wagers_settled": 1, "wagers_deposit": 1, "wagers_void": 1})


changes = {
    "nothing": busy,
    "other terms": busy.defined(RACE, race(ends_at=NOON), 2).defined(GRAND, pool("0.5"), 2),
    "a target more": busy.defined("sprint", race()),
    "targets removed": busy.removed(TournamentSpec, RACE).removed(JackpotSpec, GRAND),
    "paused": busy.defined(RACE, race(status="paused"), 2).defined(GRAND, pool(status="paused"), 2),
    "levels": busy.defined(TENANT, tenant(levels=("1",)), 2),
}


@pytest.mark.parametrize("later", changes.values(), ids=changes.keys())
def test_a_void_takes_back_exactly_what_its_wager_brought_whatever_is_configured_now(later: Story) -> None:
    later = later.seen(mark(settled(), *WAGERED)).at(NOON + timedelta(days=2))
    said = void(stake="9", payout="8", game="other", currency=EUR, at=NOON + timedelta(days=1))
    after = takes(later, said).asked(scores(entry(settled(), -2_500_000)), feeds(entry(settled(), -12_500)))
    after.then(WagersTaken(void=1, targets=becomes(-2_500_000, -12_500))).tallied({"wagers_void": 1})
    after.marked(mark(void(), at=said.at)).unfit({})


def test_a_wager_and_its_void_in_one_batch_add_up_to_nothing_for_every_target() -> None:
    after = takes(busy, settled(), void()).marked(mark(settled(), *WAGERED), mark(void()))
    assert set(sums_in(after).values()) == {0}
    assert len(entries_in(after)) == 4
    assert events_in(after)[-1] == WagersTaken(settled=1, void=1, targets=becomes(0, 0, entries=2))


def test_a_void_is_remembered_for_as_long_as_its_wager() -> None:
    early = void(at=NOON - timedelta(days=9))
    takes(takes(busy, settled()).story, early).marked(mark(void(), at=NOON)).unfit({})


def test_a_void_that_comes_first_is_remembered_and_its_wager_brings_nothing() -> None:
    first = takes(busy, void()).marked(mark(void())).asked().then(WagersTaken(void=1)).tallied({"wagers_void": 1})
    late = takes(first.story, settled()).marked(mark(settled())).asked().then(WagersTaken(settled=1)).unfit({})
    again = takes(late.story, void(), settled()).then().asked().marked()
    again.unfit({}).tallied({"wagers_repeated": 2})
    takes(busy, void(), settled()).marked(mark(void()), mark(settled())).asked()


@pytest.mark.parametrize("voided", [(settled(), void()), (void(),)], ids=["after its wager", "before"])
def test_a_void_counts_once_whatever_else_it_says_and_whenever_it_comes_again(voided: tuple[Wager, ...]) -> None:
    other = void(stake="7", at=NOON + timedelta(hours=1))
    later = takes(busy, *voided).story.at(NOON + timedelta(hours=2))
    takes(later, void(), other).then().asked().marked().unfit({}).tallied({"wagers_repeated": 2})


@pytest.mark.parametrize(
    ("before",               "said",                 "known"),
    [
        ([settled()],        void(player=GROOT),     "settled"),
        ([settled(), void()], void(player=GROOT),    "void"),
        ([void()],           void(player=GROOT),     "void"),
        ([void()],           settled(player=GROOT),  "void"),
    ],
    ids=["a void", "a void again", "a void again that came first", "a wager whose void came first"],
)  # fmt: skip
def test_nobody_voids_the_wager_of_another_player(before: list[Wager], said: Wager, known: str) -> None:
    reason = f"w-1 is {known} already, of rocket with another content"
    takes(takes(busy, *before).story, said).then().asked().marked().unfit({0: reason}).tallied({})


@pytest.mark.parametrize("said", [settled, void, deposit])
def test_what_is_too_old_or_too_new_is_unfit(said: Any) -> None:
    old, new = said("old", at=NOON - REMEMBERED - SOON), said("new", at=NOON + AHEAD + SOON)
    oldest, newest = said("oldest", at=NOON - REMEMBERED), said("newest", at=NOON + AHEAD)
    after = takes(casino, old, oldest, new, newest).marked(mark(oldest), mark(newest))
    after.unfit(
        {
            0: "old is older than 400 days: whether it has counted is forgotten",
            2: "new is more than 300 seconds ahead of our clock",
        }
    )
    takes(casino, old, new).then().asked().marked().tallied({})


@pytest.mark.parametrize("story", [given(service), casino.removed(TenantSpec, TENANT)], ids=["never", "not any more"])
def test_where_no_tenant_is_configured_everything_is_unfit(story: Story) -> None:
    after = takes(story.defined(RACE, race()), settled(), void("w-2"), deposit()).then().asked().marked()
    after.unfit(dict.fromkeys(range(3), "the tenant is not configured, or not any more"))


def test_a_suspended_tenants_wagers_count_since_their_voids_could_take_what_was_passed_over() -> None:
    takes(busy.defined(TENANT, tenant(status="suspended"), 2), settled()).marked(mark(settled(), *WAGERED))


def test_a_batch_with_nothing_new_leaves_no_trace_but_its_letters() -> None:
    known = takes(busy, settled(), void("w-2"), deposit()).story
    after = takes(known, settled(), void("w-2"), deposit(), settled(stake="9"))
    after.then().asked().marked().unfit({3: "w-1 is settled already, of rocket with another content"})


def test_what_streams_in_is_put_together_as_it_came() -> None:
    assert service.intake is not None
    gathered = service.intake.gather([settled(), deposit()], [void("a", player=GROOT)])
    assert gathered == TakeWagers(here=(settled(), deposit()), astray=(void("a", player=GROOT),))
    assert [*map(service.intake.id, service.intake.said(gathered))] == ["w-1", "d-1"]
    assert [*map(service.intake.id, service.intake.said(passed(void("b"), deposit("c"))))] == ["b", "c"]
    for said in (settled(), deposit()):
        assert service.intake.read(service.intake.write(said)) == said
        assert (service.intake.tenant(said), service.intake.key(said)) == (TENANT, "rocket")


def test_wagers_that_were_passed_on_count_here_as_if_they_had_come_here() -> None:
    here = takes(busy, settled(), deposit(), settled(stake="9"))
    wish = passed(settled(), deposit(), settled(stake="9"))
    there = busy.when(wish)
    there.then(*events_in(here)).asked(*here.sends).unfit({2: "w-1 is settled already, of rocket with another content"})
    there.marked(mark(settled(), *WAGERED), mark(deposit())).replied(WagersPassed(counted=2))
    there.when(wish).then().asked().marked().replied(WagersPassed(counted=0))


some_wagers = [
    settled("a", "0.000001"),
    settled("b", "3", at=NOON - timedelta(hours=1)),
    settled("c", "10.5", GROOT),
    settled("d", "7", GROOT, currency=EUR),
    settled("e", "999999999.999999", payout="12"),
]
messages = st.lists(
    st.sampled_from([*some_wagers, *(one.model_copy(update={"status": "void"}) for one in some_wagers), deposit()]),
    max_size=20,
)
rich = (
    busy.defined("sprint", race(starts_at=NOON))
    .defined("small", pool("0.333333"))
    .defined("euros", pool("1", asset=EUR))
    .defined(TENANT, tenant(levels=("1", "10")), 2)
)


def in_portions(said: list[Wager | Deposit], sizes: list[int]) -> tuple[Story, Counter[Any], Counter[Any]]:
    """The story after the messages have come in portions of these sizes; all that was sent, and what was counted."""
    story, sums, tallies = rich, Counter[Any](), Counter[Any]()
    for size in [*sizes, len(said)]:
        some, said = said[:size], said[size:]
        after = takes(story, *some)
        story = after.story
        sums.update(sums_in(after))
        tallies.update(getattr(after.outcome, "tallies", {}))
    return story, sums, tallies


RATES = {
    (USD, "tournament", RACE): MICRO,
    (USD, "tournament", "sprint"): MICRO,
    (USD, "jackpot", GRAND): 5_000,
    (USD, "jackpot", "small"): 333_333,
    (EUR, "jackpot", "euros"): MICRO,
}


def that_stand(said: list[Wager | Deposit]) -> list[Wager]:
    """The plainest account: every wager that came, unless its void came, be it before or after."""
    wagers = [one for one in said if isinstance(one, Wager)]
    gone = {one.wager_id for one in wagers if one.status == "void"}
    return list({one.wager_id: one for one in wagers if one.wager_id not in gone}.values())


@for_all(messages, st.lists(st.integers(1, 5), max_size=8))
def test_however_the_stream_is_cut_the_same_is_counted_and_remembered(
    said: list[Wager | Deposit], sizes: list[int]
) -> None:
    whole, sums, tallies = in_portions(said, [])
    cut, sums_cut, tallies_cut = in_portions(said, sizes)
    assert cut.marks == whole.marks
    assert {key: micros for key, micros in sums_cut.items() if micros} == {k: m for k, m in sums.items() if m}
    assert tallies_cut == tallies


@for_all(messages, st.lists(st.integers(1, 5), max_size=8))
def test_every_target_has_got_its_part_of_the_wagers_that_stand(said: list[Wager | Deposit], sizes: list[int]) -> None:
    _, sums, _ = in_portions(said, sizes)
    wanted = Counter[Any]()
    for one in that_stand(said):
        for target, rate in RATES.items():
            if target[0] == one.currency and (target[2] != "sprint" or one.at >= NOON):
                wanted[(*target[1:], one.player)] += parse(one.stake, MICRO_SCALE) * rate // MICRO
    assert {k: m for k, m in sums.items() if m} == {k: m for k, m in wanted.items() if m}
