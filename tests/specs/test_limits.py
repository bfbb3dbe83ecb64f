"""A player's daily limits: a lower one counts at once, a higher one after a day, and play counts for one day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.ledger.registry import service
from services.ledger.wallet.state import wallet_of
from services.ledger.wallet.turnover import Turnover
from shared.ids import AccountId, AssetId, PlayerId
from shared.messages.base import Command
from shared.messages.player import (
    Limit,
    LimitName,
    PlayerAnswer,
    PlayerCreated,
    PlayerLimitsSet,
    Profile,
    SetPlayerLimits,
)
from shared.messages.wallet import (
    AssetSpec,
    CountDeposits,
    CreditWallet,
    DebitWallet,
    DepositsAnswer,
    Leg,
    PayWallet,
    RefundWallet,
    TransferWallet,
    WalletAnswer,
    WalletDepositsCounted,
)
from shared.testing.clock import NOON
from shared.testing.grammar import Story, given

ROCKET: Final = PlayerId("rocket")
WINZ, USD = AssetId("WINZ"), AssetId("USD")
HOUSE: Final = AccountId("stakes")
DAY: Final = timedelta(hours=24)
INSTANT: Final = timedelta(microseconds=1)
TODAY, TOMORROW = "2026-11-21", "2026-11-22"

profile = Profile(player=ROCKET, user_id="u-1", status="active", created_at=NOON)
rocket = (
    given(service)
    .defined("WINZ", AssetSpec(name="Winz"))
    .defined("USD", AssetSpec(name="Dollar", scale=2))
    .and_then(PlayerCreated(profile=profile))
)


def wish(**limits: int | None) -> SetPlayerLimits:
    return SetPlayerLimits(player=ROCKET, limits=limits)  # type: ignore[arg-type]


def limited(story: Story, **limits: int | None) -> Story:
    return story.when(wish(**limits)).story


def holding(**limits: Limit) -> Profile:
    return profile.model_copy(update={"limits": limits})


def rich() -> Story:
    return after(rocket, *(CreditWallet(player=ROCKET, asset=a, amount=10_000, account=HOUSE) for a in (WINZ, USD)))


def stake(amount: int, asset: AssetId = WINZ, *, play: bool = True) -> DebitWallet:
    return DebitWallet(player=ROCKET, asset=asset, amount=amount, account=HOUSE, play=play)


def won(amount: int) -> PayWallet:
    return PayWallet(player=ROCKET, asset=WINZ, amount=amount, account=HOUSE, play=True)


def given_back(amount: int) -> RefundWallet:
    return RefundWallet(player=ROCKET, asset=WINZ, amount=amount, account=HOUSE, play=True)


def bet(amount: int, payout: int) -> TransferWallet:
    legs = (Leg(asset=WINZ, amount=-amount, account=HOUSE), Leg(asset=WINZ, amount=payout, account=HOUSE))
    return TransferWallet(player=ROCKET, legs=legs, play=True)


def after(story: Story, *wishes: Command) -> Story:
    for one in wishes:
        story = story.when(one).story
    return story


def test_a_first_limit_counts_at_once() -> None:
    told = holding(wager_daily_limit=Limit(amount=100))
    answer = PlayerAnswer(profile=told, at=NOON)
    rocket.when(wish(wager_daily_limit=100)).then(PlayerLimitsSet(profile=told)).replied(answer)


@pytest.mark.parametrize(
    ("wished", "limit"),
    [
        (40,   Limit(amount=40)),
        (100,  Limit(amount=100)),
        (101,  Limit(amount=100, rises_to=101, rises_at=NOON + DAY)),
        (None, Limit(amount=100, rises_to=None, rises_at=NOON + DAY)),
    ],
)  # fmt: skip
def test_a_lower_limit_counts_at_once_and_a_higher_one_after_a_day(wished: int | None, limit: Limit) -> None:
    story = limited(limited(rocket, wager_daily_limit=100), wager_daily_limit=wished)
    story.when(wish()).then().replied(PlayerAnswer(profile=holding(wager_daily_limit=limit), at=NOON))


def test_a_higher_limit_is_forgotten_when_a_lower_one_is_wished_meanwhile() -> None:
    story = limited(limited(limited(rocket, wager_daily_limit=100), wager_daily_limit=500), wager_daily_limit=90)
    story.when(wish()).replied(PlayerAnswer(profile=holding(wager_daily_limit=Limit(amount=90)), at=NOON))


def test_what_is_not_named_stays_as_it_is() -> None:
    both = holding(wager_daily_limit=Limit(amount=100), loss_daily_limit=Limit(amount=5))
    limited(rocket, wager_daily_limit=100).when(wish(loss_daily_limit=5)).replied(PlayerAnswer(profile=both, at=NOON))


def test_nobody_has_no_limits() -> None:
    given(service).when(wish(wager_daily_limit=1)).refused("no_player")


@pytest.mark.parametrize("name", ["wager_daily_limit", "loss_daily_limit"])
def test_stakes_end_where_the_limit_does_for_each_asset(name: LimitName) -> None:
    story = after(limited(rich(), **{name: 100}), stake(60), stake(40, USD))
    story.when(stake(41)).refused("limit_exceeded", limit=name, asset="WINZ", amount=100)
    full = after(story, stake(40), stake(60, USD))
    full.when(stake(1, USD)).refused("limit_exceeded", limit=name, asset="USD", amount=100)


def test_a_new_day_begins_at_midnight_in_utc() -> None:
    story = after(limited(rich(), wager_daily_limit=100), stake(100))
    midnight = datetime(2026, 11, 22, tzinfo=NOON.tzinfo)
    late = story.at(midnight - INSTANT)
    late.when(stake(1)).refused("limit_exceeded", limit="wager_daily_limit", asset="WINZ", amount=100)
    fresh = after(story.at(midnight), stake(100))
    assert fresh.state(wallet_of(ROCKET)).turnover == Turnover(TOMORROW, {WINZ: 100}, {WINZ: 100})


def test_a_higher_limit_counts_when_its_day_is_over() -> None:
    story = limited(limited(rich(), wager_daily_limit=10), wager_daily_limit=50)
    almost = story.at(NOON + DAY - INSTANT)
    almost.when(stake(11)).refused("limit_exceeded", limit="wager_daily_limit", asset="WINZ", amount=10)
    story.at(NOON + DAY).when(stake(51)).refused("limit_exceeded", limit="wager_daily_limit", asset="WINZ", amount=50)
    after(story.at(NOON + DAY), stake(50)).when(stake(1)).refused(
        "limit_exceeded", limit="wager_daily_limit", asset="WINZ", amount=50
    )


def test_what_was_won_makes_room_for_losses_and_not_for_wagers() -> None:
    story = after(limited(rich(), loss_daily_limit=100), stake(100), won(30))
    story.when(stake(31)).refused("limit_exceeded", limit="loss_daily_limit", asset="WINZ", amount=100)
    assert after(story, stake(30)).state(wallet_of(ROCKET)).turnover.lost == {WINZ: 100}
    wagers = after(limited(rich(), wager_daily_limit=100), stake(100), won(30))
    wagers.when(stake(1)).refused("limit_exceeded", limit="wager_daily_limit", asset="WINZ", amount=100)


def test_a_stake_given_back_was_none() -> None:
    story = after(limited(rich(), wager_daily_limit=100, loss_daily_limit=100), stake(100), given_back(40), stake(40))
    assert story.state(wallet_of(ROCKET)).turnover == Turnover(TODAY, {WINZ: 100}, {WINZ: 100})


def test_yesterdays_stake_given_back_today_makes_no_room_for_wagers() -> None:
    late = given_back(100).model_copy(update={"day": TODAY})
    story = after(after(limited(rich(), wager_daily_limit=100), stake(100)).at(NOON + DAY), stake(100), late)
    assert story.state(wallet_of(ROCKET)).turnover == Turnover(TOMORROW, {WINZ: 100}, {WINZ: 100})
    story.when(stake(1)).refused("limit_exceeded", limit="wager_daily_limit", asset="WINZ", amount=100)


def test_an_answer_says_which_day_it_counted_toward() -> None:
    for wish_, day in ((stake(100), TODAY), (stake(100, play=False), None)):
        reply = rich().when(wish_).outcome.reply  # type: ignore[union-attr]
        assert isinstance(reply, WalletAnswer)
        assert reply.day == day


def test_a_bet_is_judged_by_its_stake_before_its_payout() -> None:
    story = limited(rich(), loss_daily_limit=100)
    story.when(bet(101, 500)).refused("limit_exceeded", limit="loss_daily_limit", asset="WINZ", amount=100)
    assert after(story, bet(100, 250)).state(wallet_of(ROCKET)).turnover == Turnover(TODAY, {WINZ: 100}, {WINZ: -150})


def test_what_is_no_game_counts_nowhere() -> None:
    story = after(limited(rich(), wager_daily_limit=0, loss_daily_limit=0), stake(500, play=False))
    assert story.state(wallet_of(ROCKET)).turnover == Turnover()
    story.when(stake(1)).refused("limit_exceeded", limit="wager_daily_limit", asset="WINZ", amount=0)


def test_a_payout_is_never_held_back_by_a_limit() -> None:
    story = after(limited(rich(), wager_daily_limit=0, loss_daily_limit=0), won(500), given_back(500))
    assert story.state(wallet_of(ROCKET)).balances[WINZ] == 11_000


@for_all(st.lists(st.tuples(st.sampled_from(["stake", "win", "refund"]), st.integers(1, 300)), max_size=30))
def test_nobody_stakes_or_loses_more_in_a_day_than_the_limits_say(moves: list[tuple[str, int]]) -> None:
    story = limited(rich(), wager_daily_limit=500, loss_daily_limit=300)
    wagered = lost = 0
    kinds: dict[str, Callable[[int], Command]] = {"stake": stake, "win": won, "refund": given_back}
    for kind, amount in moves:
        before = story.state(wallet_of(ROCKET)).balances[WINZ]
        story = story.when(kinds[kind](amount)).story
        moved = story.state(wallet_of(ROCKET)).balances[WINZ] - before
        wagered = wagered if kind == "win" else max(0, wagered - moved)
        lost -= moved
        if kind == "stake" and moved:
            assert wagered <= 500
            assert lost <= 300


def test_deposits_made_elsewhere_count_toward_the_days_limit_and_are_never_refused() -> None:
    story = limited(rocket, deposit_daily_limit=1_000)
    first = story.when(CountDeposits(player=ROCKET, amounts={USD: 600, WINZ: 5}))
    first.then(deposits({USD: 600, WINZ: 5})).replied(DepositsAnswer()).tallied({})
    second = first.when(CountDeposits(player=ROCKET, amounts={USD: 401, WINZ: 5}))
    second.then(deposits({USD: 401, WINZ: 5}, over=(USD,))).replied(DepositsAnswer(over=(USD,)))
    second.tallied({"deposits_over_limit": 1})
    assert second.story.state(wallet_of(ROCKET)).turnover == Turnover(TODAY, deposited={USD: 1_001, WINZ: 10})


def test_a_new_day_begins_without_deposits_and_keeps_play_apart() -> None:
    story = after(
        limited(rich(), deposit_daily_limit=1_000), stake(7), CountDeposits(player=ROCKET, amounts={USD: 900})
    )
    assert story.state(wallet_of(ROCKET)).turnover == Turnover(TODAY, {WINZ: 7}, {WINZ: 7}, {USD: 900})
    tomorrow = story.at(NOON + DAY).when(CountDeposits(player=ROCKET, amounts={USD: 900}))
    tomorrow.then(deposits({USD: 900}, day=TOMORROW))
    assert tomorrow.story.state(wallet_of(ROCKET)).turnover == Turnover(TOMORROW, deposited={USD: 900})


def test_deposits_without_a_limit_and_of_an_unknown_player_are_counted_too() -> None:
    counted = given(service).when(CountDeposits(player=ROCKET, amounts={USD: 600}))
    counted.then(deposits({USD: 600})).replied(DepositsAnswer())


def deposits(amounts: dict[AssetId, int], day: str = TODAY, over: tuple[AssetId, ...] = ()) -> WalletDepositsCounted:
    return WalletDepositsCounted(player=ROCKET, day=day, amounts=amounts, over=over)
