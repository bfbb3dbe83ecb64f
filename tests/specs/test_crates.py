"""A crate is bound to its seed and its table when it is given; opening it reveals the seed, and what it drew."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ledger.grant.rolling import unpacked
from shared.fair.draw import Draws, pick
from shared.ids import AssetId
from shared.messages.base import LARGEST_AMOUNT, Reference
from shared.messages.grant import (
    ClaimGrant,
    CrateOpened,
    CrateProof,
    Grant,
    GrantGiven,
    OpenCrate,
    OpenedAnswer,
)
from shared.messages.item import ItemSpec
from shared.messages.reward_table import (
    LARGEST_IN_TABLE,
    MOST_THINGS,
    BundleSpec,
    CrateEntry,
    CurrencyEntry,
    Fixed,
    FixedCrate,
    FixedCurrency,
    FixedItem,
    ItemEntry,
    Range,
    RewardTableSpec,
    most,
)
from shared.testing.clock import NOON
from shared.testing.grammar import Story, seeds
from tests.specs.grant_words import (
    BASIC,
    BASIC_TABLE,
    CHEST,
    COINS,
    FIRST,
    INSIDE,
    ROCKET,
    SECOND,
    SWORD,
    arrived,
    arrives,
    banned,
    basic,
    claimed,
    coins50,
    crate,
    fixed50,
    fixed_basic,
    gift,
    gives,
    has,
    in_status,
    keeping,
    known,
    nobody,
    promise,
    reward,
    seed_of,
    standing,
    swords,
    table,
    with_,
)

HOUR = timedelta(hours=1)
opens = OpenCrate(player=ROCKET, grant_id=FIRST)
claims_inside = ClaimGrant(player=ROCKET, grant_id=INSIDE)
SEED = seed_of(FIRST).value
WON: Fixed = FixedCurrency(asset=COINS, amount=100)
"""What the first crate holds."""


def drawn(spec: RewardTableSpec, crates: int = 1, seed: str = SEED) -> tuple[Fixed, ...]:
    return unpacked(crates, spec, Draws(seed, "crate", BASIC))


def shown(version: int = 1) -> CrateProof:
    return promise(version=version).model_copy(update={"server_seed": SEED, "contents": INSIDE})


def opened(version: int = 1, **other: Any) -> Grant:
    return claimed(crate(**other)).model_copy(update={"rolled_at": NOON, "proof": shown(version)})


def inside(*entries: Fixed) -> Grant:
    return reward(*entries, grant_id=INSIDE, source_kind="crate", source_ref=FIRST, parent=FIRST)


def test_the_first_crate_holds_what_its_seed_picks() -> None:
    row = BASIC_TABLE.entries[pick(SEED, "crate", BASIC, BASIC_TABLE.weights)]
    assert row == CurrencyEntry(asset=COINS, amount=100)
    assert drawn(BASIC_TABLE) == (WON,)


def test_opening_a_crate_reveals_its_seed_and_gives_what_it_drew() -> None:
    told = with_(crate()).when(opens).asked().set()
    told.then(CrateOpened(grant=opened()), GrantGiven(grant=inside(WON)))
    told.replied(OpenedAnswer(crate=opened(), contents=inside(WON), proof=shown()))


def test_all_crates_of_one_grant_are_opened_together() -> None:
    three = FixedCrate(crate=BASIC, quantity=3)
    spec = table((1, coins50))
    story = known.defined("basic", spec, version=2).and_then(GrantGiven(grant=crate(three, proof=promise(version=2))))
    assert standing(story.when(opens).story, INSIDE).entries == (FixedCurrency(asset=COINS, amount=150),)


def test_opening_it_again_is_told_the_same_as_it_stands_now() -> None:
    first = with_(crate()).when(opens)
    again = first.when(opens).then().replied(OpenedAnswer(crate=opened(), contents=inside(WON), proof=shown()))
    took = again.when(claims_inside)
    took.when(opens).then().replied(OpenedAnswer(crate=opened(), contents=claimed(inside(WON)), proof=shown()))


def test_what_was_in_it_is_claimed_on_its_own() -> None:
    told = with_(crate()).when(opens).when(claims_inside)
    told.then(arrives(inside(WON)), arrived((COINS, 100, 100), grants=(INSIDE,)))


def test_where_a_game_gives_freely_what_was_in_it_arrives_at_once() -> None:
    told = keeping("permissive", with_(crate())).when(opens)
    now_there = arrives(inside(WON), None)
    money = arrived((COINS, 100, 100), grants=(INSIDE,))
    told.then(CrateOpened(grant=opened()), GrantGiven(grant=inside(WON)), now_there, money)
    told.replied(OpenedAnswer(crate=opened(), contents=claimed(inside(WON), None), proof=shown()))
    assert has(told.story, COINS) == 100


def test_the_draw_is_bound_to_the_seed_and_the_table_of_the_day_it_was_given() -> None:
    given_now = known.when(gives(gift(basic, kind="crate"))).story
    later = (
        given_now.drawing_from(seeds("k2"))
        .defined("basic", table((1, swords)), version=2)
        .removed(ItemSpec, BASIC)
        .removed(RewardTableSpec, "basic", version=3)
    )
    later.when(opens).replied(OpenedAnswer(crate=opened(), contents=inside(WON), proof=shown()))


def test_a_crate_without_a_table_is_opened_from_the_one_that_it_gets_later() -> None:
    story = with_(crate(proof=promise(table=None, version=None)))
    story.removed(ItemSpec, BASIC).when(opens).refused("crate_unknown", crate=BASIC)
    story.defined(BASIC, ItemSpec(name="Sword now"), version=2).when(opens).refused("crate_unknown", crate=BASIC)
    story.removed(RewardTableSpec, "basic").when(opens).refused("crate_unknown", crate=BASIC)
    told = story.defined("basic", BASIC_TABLE, version=2).when(opens)
    told.replied(OpenedAnswer(crate=opened(version=2), contents=inside(WON), proof=shown(version=2)))


def test_a_crate_that_nobody_knows_is_given_with_the_hash_of_its_seed_all_the_same() -> None:
    entry, grant = CrateEntry(crate=CHEST, quantity=1), crate(FixedCrate(crate=CHEST, quantity=1), proof=None)
    bare = grant.model_copy(update={"proof": promise(table=None, version=None)})
    known.when(gives(gift(entry, kind="crate"))).then(GrantGiven(grant=bare))


def test_a_crate_can_be_opened_as_long_as_its_item_says_unless_the_grant_says_otherwise() -> None:
    item = ItemSpec(name="Basic crate", table="basic", expires_after_seconds=3_600)
    story = known.defined(BASIC, item, version=2)
    told = story.when(gives(gift(basic, kind="crate"))).then(GrantGiven(grant=crate(expires_at=NOON + HOUR)))
    assert told.timers[0].due_at == NOON + HOUR
    own = NOON + 2 * HOUR
    story.when(gives(gift(basic, kind="crate", expires_at=own))).then(GrantGiven(grant=crate(expires_at=own)))
    told.story.at(NOON + HOUR).when(opens).refused("grant_expired")
    told.rang().when(opens).refused("grant_expired")


@pytest.mark.parametrize(
    ("story", "code", "details"),
    [
        (known,                                         "no_grant",          {}),
        (with_(crate(grant_id=SECOND)),                 "no_grant",          {}),
        (with_(reward(fixed50)),                        "grant_is_no_crate", {}),
        (with_(reward(fixed_basic)),                    "grant_is_no_crate", {}),
        (with_(crate(), story=nobody),                  "no_player",         {}),
        (with_(crate(), story=banned(known)),           "player_blocked",    {"status": "banned"}),
        (in_status(with_(crate()), "suspended"),        "player_blocked",    {"status": "suspended"}),
        (banned(with_(crate()).when(opens).story),      "player_blocked",    {"status": "banned"}),
    ],
)  # fmt: skip
def test_what_cannot_be_opened(story: Story, code: str, details: dict[str, Any]) -> None:
    story.when(opens).refused(code, **details)


def test_no_grant_shows_a_seed_before_the_crate_is_opened() -> None:
    told = opened().model_copy(update={"status": "pending"}).model_dump_json()
    with pytest.raises(ValidationError, match="secret until the crate is opened"):
        Grant.model_validate_json(told)


def test_a_seed_that_was_not_promised_opens_nothing() -> None:
    other = seeds(masters={"k1": b"another secret that seeds would be made from"})
    with pytest.raises(LookupError, match="put that one back"):
        with_(crate()).drawing_from(other).when(opens)


def test_what_comes_up_more_than_once_is_added_up() -> None:
    spec = table((1, coins50), (1, swords), rolls=20)
    draws = Draws(SEED, "crate", BASIC)
    rows = Counter(draws.pick((1, 1)) for _ in range(20))
    assert set(drawn(spec)) == {
        FixedCurrency(asset=COINS, amount=50 * rows[0]),
        FixedItem(item=SWORD, quantity=rows[1]),
    }
    assert len(drawn(spec)) == 2


def test_crates_that_are_opened_together_go_on_where_the_one_before_has_ended() -> None:
    alone = table((1, coins50), (1, swords), rolls=6)
    together = table((1, coins50), (1, swords), rolls=2)
    assert drawn(together, crates=3) == drawn(alone)


def test_rolls_and_amounts_are_drawn_where_they_are_ranges() -> None:
    wide = CurrencyEntry(asset=COINS, amount=Range(min=1, max=1_000))
    spec = table((1, wide), (0, swords), rolls=Range(min=2, max=5))
    draws = Draws(SEED, "crate", BASIC)
    total = 0
    for _ in range(2 + draws.below(4)):
        assert draws.pick((1, 0)) == 0
        total += 1 + draws.below(1_000)
    assert drawn(spec) == (FixedCurrency(asset=COINS, amount=total),)


def test_crates_can_hold_crates() -> None:
    spec = table((1, CrateEntry(crate=CHEST, quantity=2)), rolls=5)
    assert drawn(spec, crates=10) == (FixedCrate(crate=CHEST, quantity=100),)
    story = known.defined("basic", spec, version=2)
    held = story.when(gives(gift(basic, kind="crate"))).when(opens).when(claims_inside)
    assert len(held.sends) == 1


quantities = st.one_of(
    st.integers(1, 10),
    st.tuples(st.integers(1, 10), st.integers(0, 10), st.integers(1, 12)).map(
        lambda said: Range(min=said[0], max=said[0] + said[1], step=said[2])
    ),
)
entries = st.one_of(
    st.builds(CurrencyEntry, asset=st.sampled_from(["coins", "gems"]), amount=quantities),
    st.builds(ItemEntry, item=st.sampled_from(["sword", "potion"]), quantity=quantities),
)
tables = st.lists(st.tuples(st.integers(0, 5), entries), min_size=1, max_size=6).filter(
    lambda rows: any(weight for weight, _ in rows)
)


@for_all(tables, quantities, st.integers(1, 10), st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_a_crate_always_holds_something_and_never_more_than_its_table_allows(
    rows: Any, rolls: Any, crates: int, seed: str
) -> None:
    spec = table(*rows, rolls=rolls)
    found = drawn(spec, crates, seed)
    assert found
    largest = max(most(entry.amount if isinstance(entry, CurrencyEntry) else entry.quantity) for _, entry in rows)
    for entry in found:
        number = entry.amount if isinstance(entry, FixedCurrency) else entry.quantity
        assert 1 <= number <= crates * most(rolls) * largest
    assert drawn(spec, crates, seed) == found


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        (Range(min=5, max=5),           [5]),
        (Range(min=1, max=3),           [1, 2, 3]),
        (Range(min=1, max=9, step=4),   [1, 5, 9]),
        (Range(min=1, max=10, step=4),  [1, 5, 9, 10]),
        (Range(min=3, max=7, step=100), [3, 7]),
    ],
)  # fmt: skip
def test_the_last_number_of_a_range_is_its_largest(said: Range, numbers: list[int]) -> None:
    assert [said.number(index) for index in range(said.numbers)] == numbers


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"rows": [(0, coins50)]},                                                "every row has weight 0"),
        ({"rows": [(1, coins50)], "rolls": 101},                                  "at most 100 times"),
        ({"rows": [(1, coins50)], "rolls": Range(min=1, max=101)},                "at most 100 times"),
        ({"rows": [(1, CurrencyEntry(asset=COINS, amount=LARGEST_IN_TABLE + 1))]}, "a row brings at most"),
        ({"rows": [(1, basic)], "rolls": 11},                                     "at most 10 crates"),
        ({"rows": [(1, CurrencyEntry(asset=AssetId(f"c{n}"), amount=1)) for n in range(MOST_THINGS + 1)]},
                                                                                  "at most 100 different"),
    ],
)  # fmt: skip
def test_a_table_that_makes_no_sense_says_why(spec: dict[str, Any], problem: str) -> None:
    rows = spec.pop("rows")
    with pytest.raises(ValidationError, match=problem):
        table(*rows, **spec)


def test_a_range_is_not_upside_down_and_an_entry_gives_few_crates() -> None:
    with pytest.raises(ValidationError, match="min is above max"):
        Range(min=2, max=1)
    with pytest.raises(ValidationError, match="at most 10 crates"):
        CrateEntry(crate=BASIC, quantity=11)
    assert LARGEST_IN_TABLE * 1_000 <= LARGEST_AMOUNT


def test_what_a_bundle_and_a_table_name_must_be_defined() -> None:
    bundle = BundleSpec(name="First", entries=(coins50, swords, basic))
    assert list(bundle.references()) == [
        Reference("asset", "coins", "entries[0].asset"),
        Reference("item", "sword", "entries[1].item"),
        Reference("item", "crate_basic", "entries[2].crate"),
    ]
    assert list(BASIC_TABLE.references()) == [
        Reference("asset", "coins", "weighted_entries[0].entry.asset"),
        Reference("item", "sword", "weighted_entries[1].entry.item"),
    ]
