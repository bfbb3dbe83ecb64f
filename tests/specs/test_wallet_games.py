"""A stake and what it won move at once: only the stake can be refused, so that nothing depends on what came up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.ledger.registry import service
from services.ledger.wallet.state import wallet_of
from shared.ids import AccountId, AssetId, PlayerId
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.player import Limit, LimitName, PlayerCreated, PlayerLimitsSet, Profile
from shared.messages.wallet import (
    PLAYER,
    UNCLAIMED,
    AssetSpec,
    Leg,
    Posting,
    TransferWallet,
    WalletAnswer,
    WalletPosted,
)
from shared.shapes import Decision
from shared.testing.clock import NOON
from shared.testing.grammar import Story, given

ROCKET, USD = PlayerId("rocket"), AssetId("USD")
STAKES, PAYOUTS, GIFTS = AccountId("stakes"), AccountId("payouts"), AccountId("gifts")
TODAY = NOON.date().isoformat()
profile = Profile(player=ROCKET, user_id="0b0c", status="active", created_at=NOON)
hall = given(service, PlayerCreated(profile=profile)).defined(USD, AssetSpec(name="US dollar", scale=2))


def holding(amount: int, story: Story = hall) -> Story:
    lines = (
        Posting(account=PLAYER, asset=USD, amount=amount, balance=amount),
        Posting(account=GIFTS, asset=USD, amount=-amount),
    )
    return story.and_then(WalletPosted(player=ROCKET, operation="credit", postings=lines))


def limited(name: LimitName, amount: int) -> Story:
    return hall.and_then(PlayerLimitsSet(profile=profile.model_copy(update={"limits": {name: Limit(amount=amount)}})))


def bet(stake: int, payout: int, *, play: bool = True) -> TransferWallet:
    legs = [Leg(asset=USD, amount=-stake, account=STAKES)]
    legs += [Leg(asset=USD, amount=payout, account=PAYOUTS)] if payout else []
    return TransferWallet(player=ROCKET, legs=tuple(legs), play=play)


def told(balance: int, *, unclaimed: bool = False, step: int = 1) -> WalletAnswer:
    return WalletAnswer(
        transaction_id=f"command-{step}", player=ROCKET, balances={USD: balance}, unclaimed=unclaimed, day=TODAY
    )


def test_a_payout_that_does_not_fit_is_kept_as_unclaimed_and_the_stake_is_taken() -> None:
    full = holding(LARGEST_AMOUNT)
    lines = (
        Posting(account=PLAYER, asset=USD, amount=-100, balance=LARGEST_AMOUNT - 100),
        Posting(account=STAKES, asset=USD, amount=100),
        Posting(account=UNCLAIMED, asset=USD, amount=101),
        Posting(account=PAYOUTS, asset=USD, amount=-101),
    )
    after = full.when(bet(100, 101)).replied(told(LARGEST_AMOUNT - 100, unclaimed=True))
    after.then(WalletPosted(player=ROCKET, operation="transfer", postings=lines, day=TODAY))
    full.when(bet(100, 100)).replied(told(LARGEST_AMOUNT))


def test_what_is_no_game_is_still_refused_where_it_does_not_fit() -> None:
    holding(LARGEST_AMOUNT).when(bet(100, 101, play=False)).refused("balance_limit", asset="USD", limit=LARGEST_AMOUNT)


@pytest.mark.parametrize("payout", [0, 1, 198, LARGEST_AMOUNT])
def test_whether_a_stake_is_taken_does_not_depend_on_what_it_won(payout: int) -> None:
    holding(99).when(bet(100, payout)).refused("insufficient_balance", asset="USD", needed=100, have=99)
    story = holding(100, limited("wager_daily_limit", 99))
    story.when(bet(100, payout)).refused("limit_exceeded", limit="wager_daily_limit", asset="USD", amount=99)
    assert isinstance(holding(100).when(bet(100, payout)).outcome, Decision)
    unknown = holding(100).removed(AssetSpec, USD)
    unknown.when(bet(100, payout)).refused("unknown_asset", asset="USD")


def test_a_stake_counts_toward_the_day_also_if_what_it_won_is_unclaimed() -> None:
    full = holding(LARGEST_AMOUNT, limited("wager_daily_limit", 150))
    once = full.when(bet(100, 500))
    once.when(bet(100, 0)).refused("limit_exceeded", limit="wager_daily_limit", asset="USD", amount=150)
    once.story.at(NOON + timedelta(days=1)).when(bet(100, 0))


@for_all(st.integers(0, LARGEST_AMOUNT), st.integers(1, LARGEST_AMOUNT), st.integers(0, LARGEST_AMOUNT))
def test_the_player_has_less_by_the_stake_and_more_by_what_could_be_received(held: int, stake: int, won: int) -> None:
    before = hall if held == 0 else holding(held)
    after = before.when(bet(stake, won))
    now = after.story.state(wallet_of(ROCKET)).of(USD)
    if stake > held:
        assert now == held
    else:
        assert now == held - stake + (won if held - stake + won <= LARGEST_AMOUNT else 0)
