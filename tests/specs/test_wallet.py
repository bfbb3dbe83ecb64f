"""Money moves in transactions that sum to zero; a balance never goes below zero, and no payout is ever refused."""

from __future__ import annotations

from typing import Any, Final, get_args

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ledger.registry import service
from services.ledger.wallet.state import Wallet, wallet_of
from services.ledger.wallet.view import house, wallets
from shared.ids import AccountId, AssetId, MessageId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Command
from shared.messages.player import PlayerCreated, PlayerStatusChanged, Profile, Status
from shared.messages.wallet import (
    PLAYER,
    UNCLAIMED,
    AssetSpec,
    CreditWallet,
    DebitWallet,
    Leg,
    Operation,
    PayWallet,
    Posting,
    RefundWallet,
    TransferWallet,
    WalletAnswer,
    WalletPosted,
)
from shared.shapes import Add, Decision, Put
from shared.testing.clock import NOON
from shared.testing.grammar import Story, given, shown

ROCKET: Final = PlayerId("rocket")
WINZ, USD, ROCKS = AssetId("WINZ"), AssetId("USD"), AssetId("rocks")
GIFTS, STAKES, PAYOUTS = AccountId("gifts"), AccountId("stakes"), AccountId("payouts")

profile = Profile(player=ROCKET, user_id="u-1", status="active", created_at=NOON)
nobody = given(service).defined("WINZ", AssetSpec(name="Winz")).defined("USD", AssetSpec(name="Dollar", scale=2))
empty = nobody.and_then(PlayerCreated(profile=profile))


def posted(operation: Operation, *postings: Posting, reason: str = "") -> WalletPosted:
    return WalletPosted(player=ROCKET, operation=operation, postings=postings, reason=reason)


def own(amount: int, balance: int, asset: AssetId = WINZ) -> Posting:
    return Posting(account=PLAYER, asset=asset, amount=amount, balance=balance)


def other(account: AccountId, amount: int, asset: AssetId = WINZ) -> Posting:
    return Posting(account=account, asset=asset, amount=amount)


def credit(amount: int, asset: AssetId = WINZ) -> CreditWallet:
    return CreditWallet(player=ROCKET, asset=asset, amount=amount, account=GIFTS)


def debit(amount: int, asset: AssetId = WINZ) -> DebitWallet:
    return DebitWallet(player=ROCKET, asset=asset, amount=amount, account=GIFTS)


def pay(amount: int, asset: AssetId = WINZ) -> PayWallet:
    return PayWallet(player=ROCKET, asset=asset, amount=amount, account=PAYOUTS)


def refund(amount: int, asset: AssetId = WINZ) -> RefundWallet:
    return RefundWallet(player=ROCKET, asset=asset, amount=amount, account=STAKES)


def transfer(*legs: tuple[int, AssetId, AccountId]) -> TransferWallet:
    return TransferWallet(
        player=ROCKET, legs=tuple(Leg(amount=amount, asset=asset, account=account) for amount, asset, account in legs)
    )


def holding(amount: int, asset: AssetId = WINZ) -> Story:
    return empty.and_then(posted("credit", own(amount, amount, asset), other(GIFTS, -amount, asset)))


def in_status(story: Story, status: Status) -> Story:
    changed = profile.model_copy(update={"status": status})
    return story.and_then(PlayerStatusChanged(profile=changed, was="active", reason="support"))


def answer(step: int, balances: dict[AssetId, int], *, unclaimed: bool = False) -> WalletAnswer:
    transaction = MessageId(f"command-{step}")
    return WalletAnswer(transaction_id=transaction, player=ROCKET, balances=balances, unclaimed=unclaimed)


rich = holding(500)


def test_a_credit_gives_what_the_house_account_loses() -> None:
    empty.when(credit(100)).then(posted("credit", own(100, 100), other(GIFTS, -100))).replied(answer(1, {WINZ: 100}))


def test_a_debit_takes_what_the_house_account_gets() -> None:
    rich.when(debit(200)).then(posted("debit", own(-200, 300), other(GIFTS, 200))).replied(answer(1, {WINZ: 300}))


def test_a_debit_may_take_all_there_is() -> None:
    rich.when(debit(500)).replied(answer(1, {WINZ: 0})).when(debit(1)).refused(
        "insufficient_balance", asset="WINZ", needed=1, have=0
    )


def test_the_same_wish_under_another_key_moves_money_again() -> None:
    rich.when(debit(200)).when(debit(200)).replied(answer(2, {WINZ: 100}))
    empty.when(credit(100)).when(credit(100)).replied(answer(2, {WINZ: 200}))


def test_a_reason_is_kept_also_of_what_nobody_receives() -> None:
    wish = CreditWallet(player=ROCKET, asset=WINZ, amount=1, account=GIFTS, reason="apology")
    empty.when(wish).then(posted("credit", own(1, 1), other(GIFTS, -1), reason="apology"))
    won = PayWallet(player=ROCKET, asset=WINZ, amount=1, account=PAYOUTS, reason="won")
    nobody.when(won).then(posted("pay", other(UNCLAIMED, 1), other(PAYOUTS, -1), reason="won"))


def test_assets_do_not_mix() -> None:
    held = rich.when(credit(7, USD)).story.state(wallet_of(ROCKET))
    assert (held.of(WINZ), held.of(USD), held.of(ROCKS)) == (500, 7, 0)


def test_a_transfer_moves_several_things_at_once() -> None:
    rich.when(transfer((-100, WINZ, STAKES), (3, USD, GIFTS))).then(
        posted("transfer", own(-100, 400), other(STAKES, 100), own(3, 3, USD), other(GIFTS, -3, USD))
    ).replied(answer(1, {WINZ: 400, USD: 3}))


def test_in_a_transfer_the_stake_goes_before_the_payout_comes_whatever_their_order() -> None:
    rich.when(transfer((900, WINZ, PAYOUTS), (-500, WINZ, STAKES))).then(
        posted("transfer", own(-500, 0), other(STAKES, 500), own(900, 900), other(PAYOUTS, -900))
    ).replied(answer(1, {WINZ: 900}))


def test_a_payout_never_pays_its_own_stake() -> None:
    rich.when(transfer((-501, WINZ, STAKES), (9_000, WINZ, PAYOUTS))).then().refused(
        "insufficient_balance", asset="WINZ", needed=501, have=500
    )


def test_two_stakes_of_one_transfer_must_be_covered_together() -> None:
    rich.when(transfer((-300, WINZ, STAKES), (-300, WINZ, STAKES))).then().refused(
        "insufficient_balance", asset="WINZ", needed=600, have=500
    )


def test_a_transfer_happens_whole_or_not_at_all() -> None:
    refused = rich.when(transfer((-100, WINZ, STAKES), (-1, USD, STAKES)))
    refused.then().refused("insufficient_balance", asset="USD", needed=1, have=0)
    assert refused.story.state(wallet_of(ROCKET)) == Wallet({WINZ: 500})


@pytest.mark.parametrize("wish", [pay(80), refund(80)], ids=["pay", "refund"])
def test_a_payout_reaches_an_active_player(wish: PayWallet | RefundWallet) -> None:
    operation: Operation = "pay" if isinstance(wish, PayWallet) else "refund"
    rich.when(wish).then(posted(operation, own(80, 580), other(wish.account, -80))).replied(answer(1, {WINZ: 580}))


REACHES: Final[dict[Status, bool]] = {
    "active":               True,
    "suspended":            True,
    "fraud_hold":           True,
    "aml_hold":             True,
    "withdrawal_hold":      True,
    "affordability_review": True,
    "self_excluded":        False,
    "closed":               False,
}  # fmt: skip


@pytest.mark.parametrize(("status", "reaches"), REACHES.items())
@pytest.mark.parametrize("wish", [pay(80), refund(80)], ids=["pay", "refund"])
def test_a_payout_is_never_refused_but_may_be_kept(
    wish: PayWallet | RefundWallet, status: Status, reaches: bool
) -> None:
    operation: Operation = "pay" if isinstance(wish, PayWallet) else "refund"
    paid = in_status(rich, status).when(wish)
    if reaches:
        paid.then(posted(operation, own(80, 580), other(wish.account, -80))).replied(answer(1, {WINZ: 580}))
    else:
        paid.then(posted(operation, other(UNCLAIMED, 80), other(wish.account, -80)))
        paid.replied(answer(1, {WINZ: 500}, unclaimed=True))
    assert paid.story.state(wallet_of(ROCKET)).of(WINZ) == (580 if reaches else 500)


def test_every_status_is_decided_about() -> None:
    assert REACHES.keys() == set(get_args(Status))


def test_a_payout_to_nobody_is_kept_and_does_not_wait_for_them() -> None:
    paid = nobody.when(pay(80)).then(posted("pay", other(UNCLAIMED, 80), other(PAYOUTS, -80)))
    paid.replied(answer(1, {WINZ: 0}, unclaimed=True))
    assert paid.story.state(wallet_of(ROCKET)) == Wallet()


def test_a_payout_that_does_not_fit_is_kept_whole() -> None:
    full = holding(LARGEST_AMOUNT - 10)
    full.when(pay(10)).replied(answer(1, {WINZ: LARGEST_AMOUNT}))
    full.when(pay(11)).then(posted("pay", other(UNCLAIMED, 11), other(PAYOUTS, -11)))


def test_a_payout_in_an_asset_taken_out_of_use_is_still_paid() -> None:
    rich.removed(AssetSpec, "WINZ").when(pay(80)).replied(answer(1, {WINZ: 580}))


MOVES: Final[list[Command]] = [credit(1), debit(1), transfer((1, WINZ, GIFTS))]


@pytest.mark.parametrize("status", [status for status in get_args(Status) if status != "active"])
@pytest.mark.parametrize("wish", MOVES, ids=lambda wish: wish.wire)
def test_only_an_active_player_moves_money(wish: Command, status: Status) -> None:
    in_status(rich, status).when(wish).then().refused("player_blocked", status=status)


TOP: Final = LARGEST_AMOUNT


def lacks(asset: str, needed: int, have: int = 500) -> dict[str, Any]:
    return {"asset": asset, "needed": needed, "have": have}


ROCKS_UNKNOWN, WINZ_FULL, USD_FULL = {"asset": "rocks"}, {"asset": "WINZ", "limit": TOP}, {"asset": "USD", "limit": TOP}


@pytest.mark.parametrize(
    ("given_",     "wish",                                               "code",                 "details"),
    [
        (nobody,       credit(1),                                        "no_player",            {}),
        (nobody,       debit(1),                                         "no_player",            {}),
        (nobody,       transfer((1, WINZ, GIFTS)),                       "no_player",            {}),
        (rich,         credit(1, ROCKS),                                 "unknown_asset",        ROCKS_UNKNOWN),
        (rich,         debit(1, ROCKS),                                  "unknown_asset",        ROCKS_UNKNOWN),
        (rich,         transfer((-1, WINZ, GIFTS), (1, ROCKS, GIFTS)),   "unknown_asset",        ROCKS_UNKNOWN),
        (rich,         debit(501),                                       "insufficient_balance", lacks("WINZ", 501)),
        (rich,         debit(TOP),                                       "insufficient_balance", lacks("WINZ", TOP)),
        (rich,         debit(1, USD),                                    "insufficient_balance", lacks("USD", 1, 0)),
        (holding(TOP), credit(1),                                        "balance_limit",        WINZ_FULL),
        (rich,         credit(TOP - 499),                                "balance_limit",        WINZ_FULL),
        (rich,         transfer((TOP, WINZ, GIFTS), (-499, WINZ, GIFTS)), "balance_limit",       WINZ_FULL),
        (rich,         transfer((TOP, USD, GIFTS), (1, USD, GIFTS)),     "balance_limit",        USD_FULL),
    ],
)  # fmt: skip
def test_this_is_refused_and_nothing_changes(given_: Story, wish: Command, code: str, details: dict[str, Any]) -> None:
    refused = given_.when(wish).then().refused(code, **details)
    assert refused.story.state(wallet_of(ROCKET)) == given_.state(wallet_of(ROCKET))
    refused.when(wish).then().refused(code, **details)


def test_a_wallet_may_be_filled_to_the_brim_and_emptied_again() -> None:
    rich.when(credit(TOP - 500)).replied(answer(1, {WINZ: TOP})).when(debit(TOP)).replied(answer(2, {WINZ: 0}))
    rich.when(transfer((TOP, WINZ, GIFTS), (-500, WINZ, GIFTS))).replied(answer(1, {WINZ: TOP}))


ONE: Final[dict[str, Any]] = {"player": "rocket", "asset": "WINZ", "amount": 1, "account": "gifts"}


@pytest.mark.parametrize(
    ("wrong",                   "words"),
    [
        ({"amount": 0},         "greater than 0"),
        ({"amount": -1},        "greater than 0"),
        ({"amount": TOP + 1},   "less than or equal"),
        ({"amount": 1.0},       "valid integer"),
        ({"amount": "1"},       "valid integer"),
        ({"amount": True},      "valid integer"),
        ({"account": "player"}, "house account"),
        ({"account": ""},       "at least 1"),
        ({"reason": "x" * 501}, "at most 500"),
        ({"currency": "USD"},   "not permitted"),
    ],
)  # fmt: skip
def test_such_a_movement_cannot_even_be_wished_for(wrong: dict[str, Any], words: str) -> None:
    for wish in (CreditWallet, DebitWallet, PayWallet, RefundWallet):
        with pytest.raises(ValidationError, match=words):
            wish.model_validate({**ONE, **wrong})


@pytest.mark.parametrize(
    ("leg",                                      "words"),
    [
        ({"amount": 0},                          "moves something"),
        ({"amount": TOP + 1},                    "less than or equal"),
        ({"amount": -TOP - 1},                   "greater than or equal"),
        ({"account": "player"},                  "house account"),
    ],
)  # fmt: skip
def test_such_a_leg_cannot_even_be_wished_for(leg: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Leg.model_validate({"asset": "WINZ", "amount": 1, "account": "gifts", **leg})


def test_a_transfer_has_one_to_twenty_legs() -> None:
    transfer(*[(1, WINZ, GIFTS)] * 20)
    for count in (0, 21):
        with pytest.raises(ValidationError, match=r"at (least|most)"):
            transfer(*[(1, WINZ, GIFTS)] * count)


def test_the_wallets_show_the_balance_after_each_movement_and_only_the_players_own() -> None:
    fact = posted("transfer", own(-5, 7), other(STAKES, 5), own(3, 3, USD), other(GIFTS, -3, USD))
    assert shown(wallets, fact) == (
        Put(key=("rocket", "WINZ"), values=(7, NOON)),
        Put(key=("rocket", "USD"), values=(3, NOON)),
    )
    assert shown(house, fact) == (
        Add(key=("stakes", "WINZ"), values=(5,)),
        Add(key=("gifts", "USD"), values=(-3,)),
    )


def test_an_unclaimed_payout_is_shown_in_the_house_and_in_no_wallet() -> None:
    fact = posted("pay", other(UNCLAIMED, 80), other(PAYOUTS, -80))
    assert shown(wallets, fact) == ()
    assert [row.key[0] for row in shown(house, fact)] == ["unclaimed", "payouts"]


assets = st.sampled_from([WINZ, USD])
amounts = st.one_of(st.integers(1, 20), st.integers(1, TOP))
accounts = st.sampled_from([GIFTS, STAKES, PAYOUTS, UNCLAIMED])
movements = {"player": st.just(ROCKET), "asset": assets, "amount": amounts, "account": accounts}
legs = st.builds(Leg, asset=assets, amount=amounts.flatmap(lambda n: st.sampled_from([n, -n])), account=accounts)
transfers = st.builds(TransferWallet, player=st.just(ROCKET), legs=st.lists(legs, min_size=1, max_size=6).map(tuple))


@for_all(st.integers(0, TOP), transfers)
def test_a_transfer_sums_to_zero_and_changes_the_wallet_by_its_legs_or_not_at_all(
    held: int, wish: TransferWallet
) -> None:
    """That its postings sum to zero and that no balance is below zero is checked by the grammar at every step."""
    before = holding(held)
    after = before.when(wish)
    was, now = before.state(wallet_of(ROCKET)), after.story.state(wallet_of(ROCKET))
    for asset in (WINZ, USD):
        change = sum(leg.amount for leg in wish.legs if leg.asset == asset)
        going = sum(-leg.amount for leg in wish.legs if leg.asset == asset and leg.amount < 0)
        if isinstance(after.outcome, Decision):
            assert now.of(asset) == was.of(asset) + change
            assert going <= was.of(asset)
            assert now.of(asset) <= LARGEST_AMOUNT
        else:
            assert now.of(asset) == was.of(asset)
