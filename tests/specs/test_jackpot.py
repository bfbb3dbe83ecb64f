"""Wagers feed a pool; one player wins all of it, by order or at a point that was hidden before, and the next begins."""

from __future__ import annotations

from typing import Any, Final

import pytest
from pydantic import ValidationError

from services.engines.jackpot.contribution import Noted, Unknown, wager_of
from services.engines.jackpot.pool import LARGEST_POOL, Unopened, pool_of
from services.engines.jackpot.view import drops as drops_view
from services.engines.jackpot.view import jackpots as jackpots_view
from services.engines.jackpot.view import pools as pools_view
from services.gateway.engagement.jackpot.wire import DropRange, Jackpot
from shared.ids import AssetId, TenantId
from shared.messages.base import Command
from shared.messages.jackpot import (
    ContributionAnswer,
    FinishJackpotDrop,
    JackpotDropAnswer,
    JackpotDropped,
    JackpotSpec,
    JackpotStanding,
    JackpotWagersCounted,
    OpenJackpot,
)
from shared.messages.wallet import AssetSpec
from shared.money import MICRO
from shared.readmodels.jackpots import JackpotRow
from shared.shapes import Append, Definition, Put, Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import Story, shown
from tests.specs.jackpot_words import (
    COINS,
    GRAND,
    GROOT,
    ROCKET,
    SATS,
    USD,
    bank,
    contributed,
    contributes,
    contribution,
    drop,
    dropped,
    dropping,
    drops,
    events_in,
    gone,
    hidden,
    hiding,
    noted,
    opened,
    paid,
    paused,
    pays,
    plain,
    point,
    pool_in,
    revealed,
    seed,
    spec,
    unpayable,
)


def test_the_first_contribution_opens_the_pool_with_its_seed_and_feeds_it() -> None:
    after = plain.when(contributes(500_000))
    after.then(opened(0, 100_000_000), contributed(1, 500_000, 100_500_000), noted(1, 500_000, 100_500_000))
    after.asked().replied(ContributionAnswer(contribution=contribution(1, 500_000, 100_500_000)))


def test_every_contribution_adds_to_the_pool_and_its_player_is_the_last_one() -> None:
    after = plain.when(contributes(500_000)).when(contributes(1, "w-2", GROOT))
    after.then(contributed(2, 1, 100_500_001, "w-2", GROOT), noted(2, 1, 100_500_001, "w-2", GROOT))
    assert pool_in(after.story).last_contributor == GROOT


def test_a_wager_counts_once_and_its_first_answer_is_repeated() -> None:
    first = plain.when(contributes(500_000))
    between = first.when(contributes(7, "w-2"))
    answer = ContributionAnswer(contribution=contribution(1, 500_000, 100_500_000), repeated=True)
    between.when(contributes(500_000)).then().replied(answer)


@pytest.mark.parametrize("other", [contributes(500_001), contributes(500_000, player=GROOT)])
def test_a_wager_that_comes_again_with_another_amount_or_player_is_a_conflict(other: Command) -> None:
    plain.when(contributes(500_000)).when(other).then().refused("wager_conflict")


def test_a_wager_that_was_counted_is_answered_when_the_jackpot_is_paused_or_gone() -> None:
    first = plain.when(contributes(500_000)).story
    for later in (first.removed(JackpotSpec, GRAND), first.defined(GRAND, spec(status="paused"), 2)):
        later.when(contributes(500_000)).then().replied(
            ContributionAnswer(contribution=contribution(1, 500_000, 100_500_000), repeated=True)
        )


def test_a_drop_pays_the_last_contributor_and_the_pool_begins_anew_without_one() -> None:
    fed = plain.when(contributes(500_000))
    won = drop("command-2", 10_050, 100_500_000)
    after = fed.when(drops()).then(dropped(won), opened(1, 100_000_000, dropped_at=NOON)).waits()
    after.asked(Send("ledger", ROCKET, pays(won), then=FinishJackpotDrop(jackpot=GRAND, drop=won)))
    assert pool_in(after.story).last_contributor is None
    after.when(drops()).then().refused("no_entries")


def test_whoever_asked_for_the_drop_is_told_when_the_winner_is_paid() -> None:
    asked = plain.when(contributes(500_000)).when(drops())
    told = JackpotDropAnswer(drop=drop("command-2", 10_050, 100_500_000))
    asked.answered(paid()).then().asked().finished(asked.wish).replied(told)
    asked.answered(Refused("given_up")).then().finished(asked.wish).replied(told)


def test_the_operator_may_name_the_winner_also_of_a_pool_that_nobody_fed() -> None:
    won = drop("command-1", 10_000, 100_000_000, winner=GROOT)
    after = plain.when(drops(GROOT))
    after.then(opened(0, 100_000_000), dropped(won), opened(1, 100_000_000, dropped_at=NOON))
    named = plain.when(contributes(1)).when(drops(GROOT))
    assert [send.key for send in named.sends] == [GROOT]


def test_what_is_less_than_the_smallest_unit_stays_in_the_pool() -> None:
    after = plain.when(contributes(503_999)).when(drops())
    won = drop("command-2", 10_050, 100_503_999, 100_003_999)
    after.then(dropped(won), opened(1, 100_003_999, dropped_at=NOON))
    again = after.when(contributes(6_001, "w-2")).when(drops())
    assert [event.drop.amount for event in events_in(again) if isinstance(event, JackpotDropped)] == [10_001]


def test_a_pool_worth_less_than_the_smallest_unit_drops_and_pays_nothing() -> None:
    story = bank.defined(GRAND, spec(seed_usd="0")).when(contributes(9_999)).story
    won = drop("command-2", 0, 9_999, 9_999)
    after = story.when(drops()).then(dropped(won), opened(1, 9_999, dropped_at=NOON))
    after.asked().replied(JackpotDropAnswer(drop=won))


@pytest.mark.parametrize(
    ("asset", "scale", "amount", "left"),
    [
        (COINS, 0, 100,            999_999),
        (USD,   2, 10_099,         9_999),
        (SATS,  8, 10_099_999_900, 0),
    ],
)  # fmt: skip
def test_the_pool_is_counted_in_whole_units_and_paid_in_the_smallest(
    asset: AssetId, scale: int, amount: int, left: int
) -> None:
    after = bank.defined(GRAND, spec(asset=asset)).when(contributes(999_999)).when(drops())
    won = drop("command-2", amount, 100_999_999, 100 * MICRO + left, asset=asset, scale=scale)
    after.then(dropped(won), opened(1, 100 * MICRO + left, asset=asset, scale=scale, dropped_at=NOON))


def test_a_pool_is_won_as_it_was_begun_and_the_next_begins_as_it_is_configured_then() -> None:
    fed = plain.when(contributes(500_000)).story.defined(GRAND, spec(seed_usd="250", asset=COINS), 2)
    won = drop("command-2", 10_050, 100_500_000, 250 * MICRO)
    changed = opened(1, 250 * MICRO, definition_version=2, asset=COINS, scale=0, dropped_at=NOON)
    fed.when(drops()).then(dropped(won), changed)


def test_what_is_left_over_stays_with_the_house_when_the_next_pool_pays_another_asset() -> None:
    fed = bank.defined(GRAND, spec(asset=COINS)).when(contributes(999_999)).story
    won = drop("command-2", 100, 100_999_999, MICRO, asset=COINS, scale=0)
    changed = opened(1, MICRO, definition_version=2, asset=SATS, scale=8, dropped_at=NOON)
    fed.defined(GRAND, spec(asset=SATS, seed_usd="1"), 2).when(drops()).then(dropped(won), changed)
    unfed = fed.when(drops()).story.defined(GRAND, spec(asset=SATS, seed_usd="1"), 2)
    unfed.when(OpenJackpot(jackpot=GRAND)).then(changed)


@pytest.mark.parametrize("wish", [contributes(1, "w-2"), drops(), drops(GROOT), OpenJackpot(jackpot=GRAND)], ids=repr)
def test_no_pool_begins_in_an_asset_that_is_not_configured(wish: Command) -> None:
    unpayable.when(wish).then().refused("unknown_asset", asset=USD)
    moved = plain.defined(GRAND, spec(asset=AssetId("gone")), 2)
    moved.when(wish).then().refused("unknown_asset", asset="gone")


def test_a_pool_that_was_fed_waits_until_its_asset_is_configured_again() -> None:
    without = plain.when(contributes(500_000)).story.removed(AssetSpec, USD)
    without.when(contributes(1, "w-2")).then().refused("unknown_asset", asset=USD)
    without.when(drops()).then().refused("unknown_asset", asset=USD)
    without.when(OpenJackpot(jackpot=GRAND)).then().replied(JackpotStanding(number=0, pool=100_500_000))
    after = without.defined(USD, AssetSpec(name="USD", scale=2), 3).when(drops())
    assert [send.command for send in after.sends] == [pays(drop("command-2", 10_050, 100_500_000))]


def test_a_contribution_that_would_make_the_pool_too_large_is_refused() -> None:
    rest = LARGEST_POOL - 100 * MICRO
    plain.when(contributes(rest + 1)).then().refused("pool_limit")
    full = plain.when(contributes(rest))
    assert pool_in(full.story).pool == LARGEST_POOL
    full.when(contributes(1, "w-2")).then().refused("pool_limit")


@pytest.mark.parametrize(
    ("story", "wish",                            "code"),
    [
        (bank,   contributes(1),                 "no_jackpot"),
        (bank,   drops(ROCKET),                  "no_jackpot"),
        (bank,   OpenJackpot(jackpot=GRAND),     "no_jackpot"),
        (gone,   contributes(1),                 "no_jackpot"),
        (gone,   drops(ROCKET),                  "no_jackpot"),
        (gone,   OpenJackpot(jackpot=GRAND),     "no_jackpot"),
        (paused, contributes(1),                 "not_active"),
        (paused, drops(ROCKET),                  "not_active"),
        (paused, OpenJackpot(jackpot=GRAND),     "not_active"),
        (plain,  drops(),                        "no_entries"),
        (plain.when(OpenJackpot(jackpot=GRAND)).story, drops(), "no_entries"),
    ],
)  # fmt: skip
def test_this_is_refused_and_nothing_changes(story: Story, wish: Command, code: str) -> None:
    story.when(wish).then().refused(code).when(wish).then().refused(code)


def test_a_fact_about_a_pool_that_never_began_changes_nothing() -> None:
    story = plain.and_then(contributed(1, 5, 5))
    assert isinstance(story.state(pool_of(GRAND)), Unopened)


def test_a_thousand_contributions_leave_a_state_as_small_as_one() -> None:
    story = hiding
    sizes = set()
    for n in range(50):
        story = story.when(contributes(1, f"w-{n}")).story
        sizes.add(len(story.rulebook.codecs["jackpot"].encode(pool_in(story))))
    assert len(sizes) == 1


def test_a_wager_begins_unknown_and_stays_noted() -> None:
    after = plain.when(contributes(5))
    assert isinstance(plain.state(wager_of(GRAND, "w-1")), Unknown)
    assert isinstance(after.story.state(wager_of(GRAND, "w-1")), Noted)


BAD: Final[list[dict[str, Any]]] = [
    {"seed_usd": "1.0000001"},
    {"seed_usd": "-1"},
    {"seed_usd": "1e3"},
    {"seed_usd": 100},
    {"contribution_rate": "1.000001"},
    {"contribution_rate": "half"},
    {"must_drop_at": {"min": "100", "max": "200"}},
    {"must_drop_at": {"min": "300", "max": "200"}},
    {"must_drop_at": {"min": "300"}},
]


@pytest.mark.parametrize("changed", BAD, ids=str)
def test_a_definition_that_makes_no_sense_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        spec(**changed)


def test_a_definition_says_what_it_means_in_micro_units() -> None:
    found = dropping("150.5", "200", contribution_rate="1")
    assert (found.seed_micros, found.rate_micros) == (100_000_000, 1_000_000)
    assert found.range_micros == (150_500_000, 200_000_000)
    assert (spec().asset, spec().status, spec().range_micros) == (USD, "active", None)
    assert [(r.kind, r.key, r.path) for r in spec().references()] == [("asset", "USD", "asset")]


def test_the_screens_show_the_pool_what_it_is_bound_to_and_what_was_won() -> None:
    begun = opened(1, 100_003_000, hidden=hidden(1))
    bound = (1, 1, USD, 2, 150 * MICRO, 200 * MICRO, seed(1).hash)
    assert shown(jackpots_view, begun) == (Put(key=(GRAND,), values=bound),)
    assert shown(jackpots_view, opened(0, 5)) == (Put(key=(GRAND,), values=(0, 1, USD, 2, None, None, None)),)
    assert shown(pools_view, begun) == (Put(key=(GRAND,), values=(100_003_000, None)),)
    assert shown(pools_view, contributed(1, 5, 7)) == (Put(key=(GRAND,), values=(7, ROCKET)),)
    counted = JackpotWagersCounted(jackpot=GRAND, entries=2, micros=3, pool=10, last_contributor=GROOT)
    assert shown(pools_view, counted) == (Put(key=(GRAND,), values=(10, GROOT)),)
    found = drop("d", 10_050, 100_503_000)
    row = ("d", ROCKET, USD, 2, 10_050, 100_503_000, 100 * MICRO, "manual", 1, NOON)
    assert shown(drops_view, dropped(found)) == (Append(key=(GRAND, 0), values=(*row, None, None, None)),)
    told = (point(0), seed(0).value, seed(0).hash)
    assert shown(drops_view, dropped(found, revealed=revealed(0))) == (Append(key=(GRAND, 0), values=(*row, *told)),)


def test_the_door_shows_the_terms_that_the_pool_was_begun_on_and_the_newest_only_where_none_has() -> None:
    newest = Definition(GRAND, 3, spec(asset=COINS, seed_usd="250", must_drop_at={"min": "300", "max": "400"}))
    begun = JackpotRow(GRAND, 0, 2, USD, 2, 150 * MICRO, 200 * MICRO, "9f" * 32, 100_500_000, ROCKET, None)
    own = Jackpot.of(TenantId("starlight"), newest, begun, 0)
    assert (own.definition_version, own.asset, own.pool) == (2, USD, "100.50")
    assert own.must_drop_at == DropRange(min="150.00", max="200.00")
    fresh = Jackpot.of(TenantId("starlight"), newest, None, 0)
    assert (fresh.definition_version, fresh.asset, fresh.pool) == (3, COINS, "250")
    assert fresh.must_drop_at == DropRange(min="300", max="400")
