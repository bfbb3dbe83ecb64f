"""What the stream tells of a player: first deposits, big wins and levels, for the journeys that wait for them."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from typing import Any, Final

import orjson
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.engines.wager.state import wagerer_of
from shared.ids import AssetId, PlayerId
from shared.messages.wager import (
    Deposit,
    FirstDeposited,
    LevelProgressed,
    Wager,
    WagersTaken,
    read_streamed,
)
from shared.messages.wallet import MOST_LEGS, AssetSpec, CountDeposits
from shared.shapes import Send
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT
from tests.specs.wager_words import (
    EUR,
    GROOT,
    ROCKET,
    USD,
    casino,
    deposit,
    fired,
    journeys,
    mark,
    settled,
    takes,
    tells,
    tenant,
    triggers_in,
    void,
)

HOUR: Final = timedelta(hours=1)


def first(id_: str = "d-1", player: PlayerId = ROCKET) -> FirstDeposited:
    return FirstDeposited(player=player, deposit_id=id_)


def test_the_first_deposit_is_told_once_and_every_deposit_is_remembered() -> None:
    one = takes(casino, deposit()).then(first(), WagersTaken(deposits=1)).asked(journeys(first_deposit=1))
    one.marked(mark(deposit())).tallied({"wagers_deposit": 1})
    takes(one.story, deposit()).then().asked().marked().tallied({"wagers_repeated": 1})
    second = deposit("d-2", "30", at=NOON - HOUR)
    takes(one.story, second).then(WagersTaken(deposits=1)).asked().marked(mark(second))


def test_of_several_deposits_in_a_batch_the_first_is_the_first() -> None:
    after = takes(casino, deposit("d-2", at=NOON - HOUR), deposit("d-1"), deposit("d-3", player=GROOT))
    after.then(first("d-2"), first("d-3", GROOT), WagersTaken(deposits=3))
    after.asked(tells(fired(first_deposit=1), fired(GROOT, first_deposit=1)))


def counts(player: PlayerId = ROCKET, **amounts: int) -> Send:
    wanted = {AssetId(asset): amount for asset, amount in amounts.items()}
    return Send("ledger", player, CountDeposits(player=player, amounts=wanted))


bank = casino.defined(USD, AssetSpec(name="Dollar", scale=2)).defined("SATS", AssetSpec(name="Satoshi", scale=8))


def test_the_ledger_counts_new_deposits_in_the_assets_that_it_knows() -> None:
    said = [deposit(), deposit("d-2", "0.05"), deposit("d-3", "1", currency=AssetId("SATS"))]
    both = takes(bank, *said, deposit("d-4", currency=EUR), deposit())
    both.asked(journeys(first_deposit=1), counts(USD=2_005, SATS=100_000_000))
    takes(both.story, *said).asked()
    takes(both.story, deposit("d-5", "7")).asked(counts(USD=700))
    takes(both.story, deposit("d-6", currency=EUR), deposit("d-7", "0.009"), deposit("d-8", "0.009")).asked()
    takes(bank.removed(AssetSpec, USD), deposit()).asked(journeys(first_deposit=1))


def test_only_deposits_of_today_can_break_todays_limit() -> None:
    yesterday, tomorrow = deposit("d-1", at=NOON - timedelta(days=1)), deposit("d-2", at=NOON + timedelta(minutes=4))
    takes(bank, yesterday).asked(journeys(first_deposit=1, at=yesterday.at))
    midnight = NOON.replace(hour=23, minute=58, second=0, microsecond=0)
    late = deposit("d-3", at=midnight + timedelta(minutes=4))
    takes(bank.at(midnight), late).asked(journeys(first_deposit=1, at=late.at), counts(USD=2_000))
    takes(bank, tomorrow).asked(journeys(first_deposit=1, at=tomorrow.at), counts(USD=2_000))


def test_deposits_in_more_assets_than_fit_are_counted_in_several_messages() -> None:
    assets = [AssetId(f"A{number}") for number in range(MOST_LEGS + 1)]
    known = reduce(lambda story, asset: story.defined(asset, AssetSpec(name="An asset")), assets, bank)
    after = takes(known, *(deposit(f"d-{asset}", "1", currency=asset) for asset in assets))
    told = [send.command.amounts for send in after.sends if isinstance(send.command, CountDeposits)]
    assert [len(amounts) for amounts in told] == [MOST_LEGS, 1]


@pytest.mark.parametrize("amount", ["0", "0.00", "-1", "1e3", "1.0000001", ""])
def test_a_deposit_of_nothing_is_none(amount: str) -> None:
    with pytest.raises(ValidationError, match="amount"):
        deposit("d-1", amount)


@pytest.mark.parametrize(
    ("times", "stake",     "payout",     "big"),
    [
        (10,  "2.50",      "25",         1),
        (10,  "2.50",      "24.999999",  0),
        (10,  "2.50",      "1000",       1),
        (1,   "0.000001",  "0.000001",   1),
        (3,   "0.000001",  "0.000002",   0),
        (10,  "0",         "5",          0),
        (10,  "0",         "0",          0),
        (1_000_000, "999.999999", "999999999", 1),
        (1_000_000, "999.999999", "999999998", 0),
    ],
)  # fmt: skip
def test_a_win_is_big_from_exactly_so_many_times_the_stake(times: int, stake: str, payout: str, big: int) -> None:
    story = casino.defined(TENANT, tenant(big_win_times=times), 2)
    after = takes(story, settled(stake=stake, payout=payout))
    after.asked(journeys(wager=1, big_win=1) if big else journeys(wager=1))


def test_all_that_a_player_did_in_a_batch_is_told_at_once_as_of_the_latest_of_it() -> None:
    late = settled("w-2", "1", payout="10", at=NOON + timedelta(seconds=9))
    after = takes(casino, settled(at=NOON - HOUR), late, deposit(), settled("w-3", player=GROOT))
    after.asked(tells(fired(at=late.at, wager=2, big_win=1, first_deposit=1), fired(GROOT, wager=1)))


def test_voids_and_what_has_been_told_before_trigger_nothing() -> None:
    known = takes(casino, settled(payout="99")).story
    takes(known, void(payout="99"), settled(payout="99")).asked()
    takes(casino, void(payout="99"), settled(payout="99")).asked()
    takes(casino, settled(payout="99"), void()).asked(journeys(wager=1, big_win=1))


ladder = casino.defined(TENANT, tenant(levels=("5", "10.000001", "20")), 2)


def progressed(wagered: int, level: int, player: PlayerId = ROCKET) -> LevelProgressed:
    return LevelProgressed(player=player, wagered=wagered, level=level)


def test_levels_are_reached_by_what_was_wagered_several_at_once_and_each_once() -> None:
    below = takes(ladder, settled("a", "4.999999")).then(progressed(4_999_999, 0), WagersTaken(settled=1))
    below.asked(journeys(wager=1)).marked(mark(settled("a", "4.999999"), ("level", "", 0, 4_999_999)))
    one = takes(below.story, settled("b", "0.000001")).asked(journeys(wager=1, level_up=1))
    one.then(progressed(5_000_000, 1), WagersTaken(settled=1))
    same = takes(one.story, settled("c", "5")).then(progressed(10_000_000, 1), WagersTaken(settled=1))
    same.asked(journeys(wager=1))
    three = takes(below.story, settled("b", "10"), settled("c", "9"), settled("d", "1", GROOT))
    three.then(progressed(23_999_999, 3), progressed(1_000_000, 0, GROOT), WagersTaken(settled=3))
    three.asked(tells(fired(wager=2, level_up=3), fired(GROOT, wager=1)))


def test_a_level_never_falls_and_is_not_reached_twice() -> None:
    up = takes(ladder, settled("a", "12")).story
    down = takes(up, void("a")).then(progressed(0, 2), WagersTaken(void=1)).asked()
    again = takes(down.story, settled("b", "12")).then(progressed(12_000_000, 2), WagersTaken(settled=1))
    again.asked(journeys(wager=1))
    takes(ladder, settled("a", "12"), void("a")).asked(journeys(wager=1))


def test_a_void_takes_back_only_what_counted_toward_the_levels() -> None:
    before = takes(casino, settled("old", "7")).story
    later = takes(before.defined(TENANT, tenant(levels=("5",)), 2), settled("new", "6")).story
    takes(later, void("old")).then(WagersTaken(void=1))
    takes(later, void("new")).then(progressed(0, 1), WagersTaken(void=1))
    without = later.defined(TENANT, tenant(), 3)
    takes(without, settled("more", "9")).then(WagersTaken(settled=1))
    takes(without, void("new")).then(progressed(0, 1), WagersTaken(void=1))


def test_wagers_in_another_currency_or_of_nothing_bring_nobody_nearer_to_a_level() -> None:
    takes(ladder, settled("a", "9", currency=EUR), settled("b", "0")).then(WagersTaken(settled=2))


def test_other_levels_count_with_the_next_wager() -> None:
    known = takes(ladder, settled("a", "4")).story.defined(TENANT, tenant(levels=("1", "2", "3")), 3)
    takes(known, settled("b", "0.000001")).asked(journeys(wager=1, level_up=3))
    high = takes(ladder, settled("a", "30")).story.defined(TENANT, tenant(levels=("100",)), 3)
    takes(high, settled("b", "1")).then(progressed(31_000_000, 3), WagersTaken(settled=1)).asked(journeys(wager=1))


@for_all(
    st.lists(st.tuples(st.sampled_from("abcde"), st.booleans()), max_size=14),
    st.lists(st.integers(1, 4), max_size=6),
)
def test_what_has_been_wagered_is_what_stands_and_the_levels_told_are_the_level(
    said: list[tuple[str, bool]], sizes: list[int]
) -> None:
    wagers: list[Wager | Deposit] = [void(one, "3") if gone else settled(one, "3") for one, gone in said]
    story, told = ladder, 0
    for size in [*sizes, len(wagers)]:
        some, wagers = wagers[:size], wagers[size:]
        after = takes(story, *some)
        told += triggers_in(after).get(ROCKET, {}).get("level_up", 0)
        story = after.story
    found = story.state(wagerer_of(ROCKET))
    gone = {one for one, voided in said if voided}
    assert found.wagered == 3_000_000 * len({one for one, _ in said} - gone)
    assert found.level == told


WAGER: Final = {
    "wager_id": "w", "tenant": "starlight", "player": "rocket", "game": "g", "currency": "USD", "stake": "1",
    "payout": "0", "status": "settled", "at": "2026-11-21T12:00:00Z",
}  # fmt: skip
DEPOSIT: Final = {
    "deposit_id": "d", "tenant": "starlight", "player": "rocket", "currency": "USD", "amount": "1",
    "at": "2026-11-21T12:00:00Z",
}  # fmt: skip


def raw(fields: dict[str, Any], **changed: Any) -> bytes:
    return orjson.dumps({name: value for name, value in (fields | changed).items() if value is not ...})


def test_a_message_is_a_wager_unless_it_names_a_deposit_alone_and_what_else_it_says_is_the_operators() -> None:
    assert read_streamed(raw(WAGER, round="7")) == settled("w", "1", game="g")
    assert read_streamed(raw(DEPOSIT, via="card")) == deposit("d", "1")
    assert read_streamed(raw(WAGER, deposit_id="d")) == settled("w", "1", game="g")


@pytest.mark.parametrize(
    "wrong",
    [
        *({name: ...} for name in WAGER),
        *({"stake": amount} for amount in ("", "-1", "+1", "1.", ".5", "01", "1.0000001", "1e3", "1000000000", " 1")),
        *({"stake": amount} for amount in (1, 1.5)),
        *({"payout": amount} for amount in ("nan", "1\n", "٣", None)),
        *({"wager_id": id_} for id_ in ("", "a/b", "a\\b", "a\x00", "x" * 129, 7)),
        {"player": "a/b"}, {"currency": ""}, {"game": "a\n"}, {"status": "open"},
        {"at": "2026-11-21T12:00:00"}, {"at": "yesterday"}, {"at": 1_700_000_000},
    ],
    ids=str,
)  # fmt: skip
def test_a_message_that_makes_no_sense_cannot_be_read(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read_streamed(raw(WAGER, **wrong))


@pytest.mark.parametrize("text", [b"", b"null", b"[]", b"{", b"\xff", b'{"wager_id": "\\ud800"}', b'"deposit_id"'])
def test_what_is_no_message_at_all_cannot_be_read(text: bytes) -> None:
    with pytest.raises(ValidationError):
        read_streamed(text)
