"""A pool may drop by itself at a point that nobody can know, bound by a hash before the first wager feeds it."""

from __future__ import annotations

import pytest

from shared.fair.seeds import commitment
from shared.messages.jackpot import (
    ContributionAnswer,
    FinishJackpotContribution,
    JackpotDropped,
    JackpotOpened,
    JackpotStanding,
    OpenJackpot,
)
from shared.money import MICRO
from shared.shapes import Send
from shared.testing.clock import NOON
from shared.testing.grammar import MASTERS, seeds
from tests.specs.jackpot_words import (
    COINS,
    GRAND,
    GROOT,
    ROCKET,
    bank,
    contributed,
    contributes,
    contribution,
    drop,
    dropped,
    dropping,
    drops,
    events_in,
    hidden,
    hiding,
    noted,
    opened,
    paid,
    pays,
    plain,
    point,
    pool_in,
    revealed,
    seed,
    spec,
)


def test_whoever_asks_sees_the_hash_that_hides_where_the_pool_drops() -> None:
    asks = OpenJackpot(jackpot=GRAND)
    standing = JackpotStanding(number=0, pool=100_000_000, server_seed_hash=seed(0).hash)
    first = hiding.when(asks).then(opened(0, 100_000_000, hidden=hidden(0))).replied(standing)
    first.when(asks).then().replied(standing)
    plain.when(asks).then(opened(0, 100_000_000)).replied(JackpotStanding(number=0, pool=100_000_000))


def test_the_contribution_that_reaches_the_hidden_point_wins_the_pool_and_reveals_the_seed() -> None:
    short = point(0) - 100 * MICRO - 1
    before = hiding.when(contributes(short, player=GROOT)).asked()
    won = drop("command-2", point(0) // 10_000, point(0), 100 * MICRO + point(0) % 10_000, trigger_reason="must_drop")
    after = before.when(contributes(1, "w-2")).waits()
    after.then(
        contributed(2, 1, point(0), "w-2"),
        dropped(won, revealed=revealed(0)),
        opened(1, won.pool_after, hidden=hidden(1), dropped_at=NOON),
        noted(2, 1, won.pool_after, "w-2"),
    )
    told = contribution(2, 1, won.pool_after, "w-2")
    finish = FinishJackpotContribution(jackpot=GRAND, source_wager_id="w-2", contribution=told)
    after.asked(Send("ledger", ROCKET, pays(won), then=finish))
    after.answered(paid()).then().finished(after.wish).replied(ContributionAnswer(contribution=told))
    assert commitment(revealed(0).server_seed) == hidden(0).server_seed_hash


def test_a_contribution_beyond_the_point_is_won_as_a_whole() -> None:
    (_, _, won, *_) = events_in(hiding.when(contributes(1_000 * MICRO)))
    assert isinstance(won, JackpotDropped)
    assert won.drop.pool_before == 1_100 * MICRO


def test_no_fact_tells_the_point_or_the_seed_before_the_pool_drops() -> None:
    after = hiding.when(contributes(MICRO))
    told = "".join(event.model_dump_json() for event in events_in(after)) + repr(after.story.states)
    assert seed(0).value not in told
    assert str(point(0)) not in told


def test_a_drop_by_order_reveals_the_seed_too_and_hides_the_next_point() -> None:
    after = hiding.when(contributes(MICRO)).when(drops())
    won = drop("command-2", 10_100, 101 * MICRO)
    after.then(dropped(won, revealed=revealed(0)), opened(1, 100 * MICRO, hidden=hidden(1), dropped_at=NOON))


def test_the_point_is_bound_when_the_pool_begins_whatever_the_operator_changes_later() -> None:
    begun = hiding.when(contributes(MICRO)).story.defined(GRAND, spec(), 2)
    rest = point(0) - 101 * MICRO
    won = drop("command-2", point(0) // 10_000, point(0), 100 * MICRO + point(0) % 10_000, trigger_reason="must_drop")
    begun.when(contributes(rest, "w-2")).then(
        contributed(2, rest, point(0), "w-2"),
        dropped(won, revealed=revealed(0)),
        opened(1, won.pool_after, definition_version=2, dropped_at=NOON),
        noted(2, rest, won.pool_after, "w-2"),
    )
    without = plain.when(contributes(MICRO)).story.defined(GRAND, dropping("150", "200"), 2)
    without.when(contributes(500 * MICRO, "w-2")).asked()


def test_a_pool_that_nobody_has_fed_follows_the_definition_and_keeps_its_promise() -> None:
    asks = OpenJackpot(jackpot=GRAND)
    changed = (
        hiding.when(asks).story.drawing_from(seeds("k2")).defined(GRAND, dropping("300", "300", seed_usd="250"), 2)
    )
    bound = hidden(0).model_copy(update={"least": 300 * MICRO, "most": 300 * MICRO})
    begun = opened(0, 250 * MICRO, definition_version=2, hidden=bound)
    changed.when(asks).then(begun).replied(JackpotStanding(number=0, pool=250 * MICRO, server_seed_hash=seed(0).hash))
    changed.when(contributes(1)).then(begun, contributed(1 + 1, 1, 250 * MICRO + 1), noted(2, 1, 250 * MICRO + 1))
    changed.when(asks).when(asks).then()
    off = changed.defined(GRAND, dropping("300", "300", status="paused"), 3)
    off.when(asks).then().replied(JackpotStanding(number=0, pool=100 * MICRO, server_seed_hash=seed(0).hash))


def test_what_was_carried_stays_when_a_pool_that_nobody_has_fed_follows_the_definition() -> None:
    won = plain.when(contributes(3)).when(drops()).story.defined(GRAND, spec(seed_usd="250"), 2)
    begun = opened(1, 250 * MICRO + 3, definition_version=2, dropped_at=NOON)
    won.when(OpenJackpot(jackpot=GRAND)).then(begun)


def test_after_a_new_seed_secret_the_promised_point_holds_and_the_next_is_made_from_the_new_one() -> None:
    rotated = hiding.when(contributes(MICRO)).story.drawing_from(seeds("k2"))
    (won, begun) = events_in(rotated.when(drops()))
    assert isinstance(won, JackpotDropped)
    assert isinstance(begun, JackpotOpened)
    assert won.revealed == revealed(0)
    assert begun.hidden == hidden(1, "k2")


def test_a_promise_that_cannot_be_kept_is_not_broken_in_silence() -> None:
    other = seeds(masters={**MASTERS, "k1": b"not the secret that was promised from"})
    with pytest.raises(LookupError, match="'k1' is not the one promised from"):
        hiding.when(contributes(MICRO)).story.drawing_from(other).when(contributes(1, "w-2"))


def test_a_pool_whose_seed_and_leftovers_are_beyond_the_point_waits_for_a_contribution() -> None:
    story = bank.defined(GRAND, dropping("100.5", "100.5", asset=COINS)).when(contributes(999_999)).story
    assert pool_in(story).pool == 100_999_999
    after = story.when(contributes(1, "w-2"))
    assert pool_in(after.story).number == 2
