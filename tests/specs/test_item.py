"""Items are held in the wallet like money, moved by the same transactions, and remembered from the first on."""

from __future__ import annotations

from typing import Any, Final

import orjson
import pytest
from pydantic import ValidationError

from services.ledger.registry import service
from services.ledger.wallet.state import wallet_of
from services.ledger.wallet.view import holdings
from shared.ids import AccountId, AssetId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Reference
from shared.messages.item import INVENTORY, ItemSpec
from shared.messages.player import CreatePlayer, PlayerCreated, Profile
from shared.messages.wallet import PLAYER, CreditWallet, DebitWallet, Posting, WalletPosted
from shared.shapes import Append
from shared.testing.clock import NOON
from shared.testing.grammar import given, shown

ROCKET, SWORD, GEMS = PlayerId("rocket"), AssetId("sword"), AssetId("gems")

profile = Profile(player=ROCKET, user_id="u-1", status="active", created_at=NOON)
armoury = given(service).defined("sword", ItemSpec(name="Sword"))
rocket = armoury.and_then(PlayerCreated(profile=profile))


def gives(quantity: int, item: AssetId = SWORD) -> CreditWallet:
    return CreditWallet(player=ROCKET, asset=item, amount=quantity, account=INVENTORY)


def takes(quantity: int) -> DebitWallet:
    return DebitWallet(player=ROCKET, asset=SWORD, amount=quantity, account=INVENTORY)


def test_an_item_is_given_and_taken_as_money_is() -> None:
    given_ = rocket.when(gives(3))
    lines = (
        Posting(account=PLAYER, asset=SWORD, amount=3, balance=3),
        Posting(account=INVENTORY, asset=SWORD, amount=-3),
    )
    given_.then(WalletPosted(player=ROCKET, operation="credit", postings=lines))
    details: dict[str, Any] = {"asset": "sword", "needed": 3, "have": 1}
    given_.when(takes(2)).when(takes(3)).then().refused("insufficient_balance", **details)


def test_a_player_may_begin_with_items() -> None:
    armed = armoury.when(CreatePlayer(player=ROCKET, opening={SWORD: 1})).story
    assert armed.state(wallet_of(ROCKET)).of(SWORD) == 1


def test_what_is_neither_an_asset_nor_an_item_cannot_be_held() -> None:
    rocket.when(gives(1, AssetId("rocks"))).then().refused("unknown_asset", asset="rocks")
    rocket.removed(ItemSpec, "sword").when(gives(1)).then().refused("unknown_asset", asset="sword")


def own(amount: int, balance: int, asset: AssetId = SWORD) -> Posting:
    return Posting(account=PLAYER, asset=asset, amount=amount, balance=balance)


@pytest.mark.parametrize(
    ("lines",                              "firsts"),
    [
        ((own(3, 3),),                     ("sword",)),
        ((own(0, 0),),                     ("sword",)),
        ((own(3, 5),),                     ()),
        ((own(-2, 3),),                    ()),
        ((own(-3, 0),),                    ()),
        ((own(3, 3), own(-1, 8, GEMS)),    ("sword",)),
        ((own(3, 3), own(4, 4, GEMS)),     ("sword", "gems")),
        ((own(3, 3), own(2, 5)),           ("sword",)),
    ],
)  # fmt: skip
def test_when_a_player_first_had_something_is_shown_by_what_found_nothing_there(
    lines: tuple[Posting, ...], firsts: tuple[str, ...]
) -> None:
    balanced = tuple(
        leg for line in lines for leg in (line, Posting(account=AccountId("x"), asset=line.asset, amount=-line.amount))
    )
    fact = WalletPosted(player=ROCKET, operation="transfer", postings=balanced)
    assert shown(holdings, fact) == tuple(Append(key=("rocket", asset), values=(NOON,)) for asset in firsts)


@pytest.mark.parametrize(
    ("wrong",                                "words"),
    [
        ({"name": ""},                       "at least 1"),
        ({"tags": ["x"] * 21},               "at most 20"),
        ({"tags": [""]},                     "at least 1"),
        ({"attributes": {"a": 0.5}},         "attributes"),
        ({"attributes": {"a": None}},        "attributes"),
        ({"attributes": {"a": LARGEST_AMOUNT + 1}}, "less than or equal"),
        ({"attributes": {str(n): n for n in range(51)}}, "at most 50"),
        ({"expires_after_seconds": 0},       "greater than or equal to 1"),
        ({"colour": "red"},                  "not permitted"),
    ],
)  # fmt: skip
def test_such_an_item_cannot_be_defined(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ItemSpec.model_validate_json(orjson.dumps({"name": "Sword", **wrong}))


ATTRIBUTES: Final[dict[str, Any]] = {"damage": 12, "cursed": True, "hand": "right"}


def test_attributes_stay_what_they_are() -> None:
    item = ItemSpec.model_validate_json(ItemSpec(name="Sword", attributes=ATTRIBUTES).model_dump_json())
    assert [(name, type(value)) for name, value in item.attributes.items()] == [
        ("damage", int), ("cursed", bool), ("hand", str),
    ]  # fmt: skip


def test_only_a_crate_names_a_reward_table() -> None:
    assert list(ItemSpec(name="Sword").references()) == []
    assert list(ItemSpec(name="Crate", table="loot").references()) == [Reference("reward_table", "loot", "table")]
