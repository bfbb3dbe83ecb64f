"""Who enters an event must meet what it asks and pay all that it costs at once; what was taken can be given back."""

from __future__ import annotations

from typing import Any, Final

import orjson
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ledger.entry.requirement import holds, missing
from services.ledger.registry import service
from services.ledger.wallet.state import Wallet, wallet_of
from shared.ids import AccountId, AssetId, EventId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Reference
from shared.messages.entry import Cost, EnteredAnswer, EntryReturnedAnswer, RefundEntry, TakeEntry
from shared.messages.entry_condition import (
    AllHold,
    AnyHolds,
    AttemptsMade,
    Condition,
    DoesNotHold,
    InventoryHolds,
    WalletHolds,
    named_by,
)
from shared.messages.item import ItemSpec
from shared.messages.player import PlayerCreated, PlayerStatusChanged, Profile, Status
from shared.messages.registration import PlayerBanned, PlayerErased
from shared.messages.wallet import PLAYER, UNCLAIMED, AssetSpec, Posting, WalletPosted
from shared.testing.clock import NOON
from shared.testing.grammar import Story, given

ROCKET, RUN = PlayerId("rocket"), EventId("high-roller")
GEMS, COINS, SWORD = AssetId("gems"), AssetId("coins"), AssetId("sword")
ENTRIES, GIFTS = AccountId("entries"), AccountId("gifts")

profile = Profile(player=ROCKET, user_id="u-1", status="active", created_at=NOON)
nobody = (
    given(service)
    .defined("gems", AssetSpec(name="Gems"))
    .defined("coins", AssetSpec(name="Coins"))
    .defined("sword", ItemSpec(name="Sword"))
)
empty = nobody.and_then(PlayerCreated(profile=profile))

ten_gems: Final = WalletHolds(wallet=GEMS, at_least=10)
a_sword: Final = InventoryHolds(inventory=SWORD)
two_attempts: Final = AttemptsMade(attempts=2)


def own(asset: AssetId, amount: int, balance: int) -> Posting:
    return Posting(account=PLAYER, asset=asset, amount=amount, balance=balance)


def other(account: AccountId, asset: AssetId, amount: int) -> Posting:
    return Posting(account=account, asset=asset, amount=amount)


def holding(**amounts: int) -> Story:
    story = empty
    for asset, amount in amounts.items():
        lines = (own(AssetId(asset), amount, amount), other(GIFTS, AssetId(asset), -amount))
        story = story.and_then(WalletPosted(player=ROCKET, operation="credit", postings=lines))
    return story


def costs(**amounts: int) -> tuple[Cost, ...]:
    return tuple(Cost(asset=AssetId(asset), amount=amount) for asset, amount in amounts.items())


def enters(requirement: Condition | None = None, attempts: int = 0, **amounts: int) -> TakeEntry:
    return TakeEntry(player=ROCKET, event=RUN, requirement=requirement, costs=costs(**amounts), attempts=attempts)


def returns(**amounts: int) -> RefundEntry:
    return RefundEntry(player=ROCKET, costs=costs(**amounts), reason="closed")


rich = holding(gems=80, sword=2)
entered = EnteredAnswer(player=ROCKET)


def test_an_event_that_costs_nothing_is_entered_without_a_trace() -> None:
    empty.when(enters()).then().replied(entered)


def test_all_costs_are_taken_at_once_money_and_items() -> None:
    paid = rich.when(enters(gems=50, sword=1)).replied(entered)
    paid.then(
        WalletPosted(
            player=ROCKET,
            operation="debit",
            postings=(
                own(GEMS, -50, 30),
                other(ENTRIES, GEMS, 50),
                own(SWORD, -1, 1),
                other(ENTRIES, SWORD, 1),
            ),
            reason="event high-roller",
        )
    )


def test_all_that_the_player_has_may_be_taken() -> None:
    assert rich.when(enters(gems=80)).story.state(wallet_of(ROCKET)).of(GEMS) == 0


def test_if_one_cost_is_not_covered_nothing_is_taken() -> None:
    refused = rich.when(enters(gems=50, sword=3)).then()
    refused.refused("insufficient_entry_cost", resource="sword", needed=3, have=2)
    holding(gems=30).when(enters(gems=50)).refused("insufficient_entry_cost", resource="gems", needed=50, have=30)


def test_a_cost_that_is_named_twice_is_needed_twice() -> None:
    twice = enters(gems=50).model_copy(update={"costs": costs(gems=50) * 2})
    rich.when(twice).then().refused("insufficient_entry_cost", resource="gems", needed=100, have=80)
    once = twice.model_copy(update={"costs": costs(gems=40) * 2})
    assert rich.when(once).story.state(wallet_of(ROCKET)).of(GEMS) == 0


def test_who_does_not_meet_the_requirement_is_told_what_is_missing_and_pays_nothing() -> None:
    asked = enters(AllHold(all=(ten_gems, two_attempts)), attempts=1, gems=500)
    refused = rich.when(asked).then()
    refused.refused("entry_requirement_failed", missing={"attempts": 2})
    rich.when(asked.model_copy(update={"attempts": 2, "costs": ()})).replied(entered)


def test_the_player_is_asked_about_before_the_requirement_and_that_before_the_costs() -> None:
    asked = enters(two_attempts, gems=500)
    nobody.when(asked).then().refused("no_player")
    banned = empty.and_then(PlayerBanned(profile=profile.model_copy(update={"banned": True})))
    banned.when(asked).then().refused("player_blocked", status="banned")
    empty.when(asked).then().refused("entry_requirement_failed", missing={"attempts": 2})
    empty.when(enters(gems=500)).then().refused("insufficient_entry_cost", resource="gems", needed=500, have=0)


@pytest.mark.parametrize(
    ("condition",                                        "unmet"),
    [
        (ten_gems,                                       None),
        (WalletHolds(wallet=GEMS, at_least=80),          None),
        (WalletHolds(wallet=GEMS, at_least=81),          {"wallet": "gems", "at_least": 81}),
        (a_sword,                                        None),
        (InventoryHolds(inventory=SWORD, at_least=3),    {"inventory": "sword", "at_least": 3}),
        (AttemptsMade(attempts=0),                       None),
        (AttemptsMade(attempts=1),                       None),
        (two_attempts,                                   {"attempts": 2}),
        (DoesNotHold(not_=two_attempts),                 None),
        (DoesNotHold(not_=ten_gems),                     {"not": {"wallet": "gems", "at_least": 10}}),
        (AllHold(all=(ten_gems, a_sword)),               None),
        (AllHold(all=(ten_gems, two_attempts, a_sword)), {"attempts": 2}),
        (AllHold(all=(ten_gems, AllHold(all=(a_sword, two_attempts)))), {"attempts": 2}),
        (AnyHolds(any=(two_attempts, a_sword)),          None),
        (AnyHolds(any=(two_attempts,)),                  {"any": [{"attempts": 2}]}),
    ],
)  # fmt: skip
def test_a_condition_holds_or_says_what_is_missing(condition: Condition, unmet: dict[str, Any] | None) -> None:
    wallet = Wallet({GEMS: 80, SWORD: 2})
    found = missing(condition, wallet, attempts=1)
    assert (found and found.model_dump(mode="json")) == unmet
    assert holds(condition, wallet, attempts=1) == (unmet is None)


leaves = st.one_of(
    st.builds(WalletHolds, wallet=st.just(GEMS), at_least=st.integers(1, 3)),
    st.builds(AttemptsMade, attempts=st.integers(0, 3)),
)
conditions = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.builds(AllHold, all=st.lists(parts, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyHolds, any=st.lists(parts, min_size=1, max_size=3).map(tuple)),
        st.builds(DoesNotHold, not_=parts),
    ),
    max_leaves=8,
)


@for_all(conditions, st.integers(0, 3), st.integers(0, 3))
def test_something_is_missing_exactly_if_the_condition_does_not_hold(
    condition: Condition, gems: int, attempts: int
) -> None:
    wallet = Wallet({GEMS: gems})
    unmet = missing(condition, wallet, attempts)
    assert (unmet is None) == holds(condition, wallet, attempts)
    assert unmet is None or not holds(unmet, wallet, attempts)


def test_what_was_taken_comes_back() -> None:
    back = rich.when(enters(gems=50, sword=1)).when(returns(gems=50, sword=1))
    back.replied(EntryReturnedAnswer(player=ROCKET)).then(
        WalletPosted(
            player=ROCKET,
            operation="refund",
            postings=(own(GEMS, 50, 80), other(ENTRIES, GEMS, -50), own(SWORD, 1, 2), other(ENTRIES, SWORD, -1)),
            reason="closed",
        )
    )


def test_nothing_taken_is_nothing_to_give_back() -> None:
    nobody.when(returns()).then().replied(EntryReturnedAnswer(player=ROCKET))


def in_status(status: Status) -> Story:
    changed = profile.model_copy(update={"status": status})
    return empty.and_then(PlayerStatusChanged(profile=changed, was="active", reason=""))


erased = profile.model_copy(update={"banned": True, "erased_at": NOON})


@pytest.mark.parametrize(
    "story", [nobody, in_status("closed"), empty.and_then(PlayerErased(profile=erased, reason="test"))]
)
def test_what_the_player_cannot_receive_is_kept_as_unclaimed(story: Story) -> None:
    kept = (other(UNCLAIMED, GEMS, 50), other(ENTRIES, GEMS, -50))
    told = story.when(returns(gems=50)).replied(EntryReturnedAnswer(player=ROCKET, unclaimed=True))
    told.then(WalletPosted(player=ROCKET, operation="refund", postings=kept, reason="closed"))


def test_a_held_player_gets_it_back() -> None:
    in_status("suspended").when(returns(gems=50)).replied(EntryReturnedAnswer(player=ROCKET))


def test_only_what_has_no_room_is_unclaimed() -> None:
    full = holding(gems=LARGEST_AMOUNT)
    told = full.when(returns(gems=1, coins=2)).replied(EntryReturnedAnswer(player=ROCKET, unclaimed=True))
    lines = (other(UNCLAIMED, GEMS, 1), other(ENTRIES, GEMS, -1), own(COINS, 2, 2), other(ENTRIES, COINS, -2))
    told.then(WalletPosted(player=ROCKET, operation="refund", postings=lines, reason="closed"))


def deep(levels: int) -> dict[str, Any]:
    return {"not": deep(levels - 1)} if levels > 1 else {"attempts": 1}


LEAF: Final = {"attempts": 1}


@pytest.mark.parametrize(
    ("condition",                            "words"),
    [
        ({},                                 "a condition is one of"),
        ("gems",                             "a condition is one of"),
        ({"level": 3},                       "a condition is one of"),
        ({"all": []},                        "at least 1"),
        ({"any": [{"level": 3}]},            "a condition is one of"),
        ({"wallet": "gems"},                 "Field required"),
        ({"wallet": "gems", "at_least": 0},  "greater than 0"),
        ({"wallet": "", "at_least": 1},      "at least 1"),
        ({"inventory": "x", "attempts": 1},  "not permitted"),
        ({"attempts": -1},                   "greater than or equal to 0"),
        ({"attempts": True},                 "valid integer"),
        ({"all": [LEAF] * 51},               "at most 50"),
        ({"all": [{"any": [LEAF] * 26}] * 2}, "more than 50 conditions"),
        (deep(6),                            "at most 5 deep"),
    ],
)  # fmt: skip
def test_such_a_requirement_cannot_even_be_said(condition: object, words: str) -> None:
    said = {"player": "rocket", "event": "run", "requirement": condition}
    with pytest.raises(ValidationError, match=words):
        TakeEntry.model_validate_json(orjson.dumps(said))


@pytest.mark.parametrize("condition", [deep(5), {"all": [{"any": [LEAF] * 25}] * 2}])
def test_a_requirement_may_be_as_large_as_this(condition: object) -> None:
    said = {"player": "rocket", "event": "run", "requirement": condition}
    read = TakeEntry.model_validate_json(orjson.dumps(said))
    assert read.requirement is not None
    assert read.requirement.model_dump(mode="json") == condition


@pytest.mark.parametrize("amounts", [{"gems": 0}, {"gems": -1}, {"": 1}])
def test_such_a_cost_cannot_even_be_said(amounts: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        costs(**amounts)


def test_there_are_at_most_ten_costs() -> None:
    RefundEntry(player=ROCKET, costs=costs(**{f"a{n}": 1 for n in range(10)}))
    with pytest.raises(ValidationError):
        RefundEntry(player=ROCKET, costs=costs(**{f"a{n}": 1 for n in range(11)}))


def test_a_condition_names_the_assets_and_items_that_must_be_defined() -> None:
    condition = AllHold(all=(AnyHolds(any=(ten_gems, two_attempts)), DoesNotHold(not_=a_sword)))
    assert list(named_by(condition, "entry_requirement")) == [
        Reference("asset", "gems", "entry_requirement"),
        Reference("item", "sword", "entry_requirement"),
    ]
    assert list(named_by(None, "entry_requirement")) == []
