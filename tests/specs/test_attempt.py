"""An attempt comes further by what is reported, fires each milestone once, and is over when its targets are reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as having
from hypothesis import strategies as some

from shared.event_ids import attempt_id_of
from shared.ids import AssetId, EventId
from shared.messages.attempt import (
    AttemptFinished,
    AttemptProgressed,
    FinishAnswer,
    FiredMilestone,
    MilestoneFired,
    ProgressAnswer,
    ProgressAttempt,
    TellProgress,
)
from shared.messages.envelope import LARGEST_COMMAND_BYTES
from shared.messages.event_spec import LARGEST_MICROS, EventSpec, Milestone
from shared.messages.grant import Gift, GiveGrants, Grant, GrantsAnswer, gifts_of
from shared.messages.reward_table import BundleSpec, CrateEntry, CurrencyEntry, Entry, FixedCurrency
from shared.shapes import Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, Story
from tests.specs.event_words import (
    COINS,
    GROOT,
    MICRO,
    MIDNIGHT,
    ROCKET,
    RUN,
    SECOND,
    adds,
    attempt,
    attempt_id,
    attempt_in,
    entrant,
    events_in,
    fifty_coins,
    finishes,
    metric,
    on,
    run,
    sets,
    started,
    under_way,
)

GOAL = run(metrics=(metric(target=1_000),))
crate = CrateEntry(crate=AssetId("crate_basic"), quantity=1)


def milestone(key: str, threshold: int, *entries: Entry, **other: Any) -> Milestone:
    return Milestone(**{"key": key, "metric": "distance", "threshold": threshold, "entries": entries, **other})


def far(distance: int, **other: Any) -> Any:
    """The attempt with this distance in whole units."""
    metrics = {"distance": distance * MICRO}
    return attempt(**{"metrics": metrics, "metrics_raw": metrics, "score": distance * MICRO, **other})


def progressed(of: Any, best: int, **other: Any) -> AttemptProgressed:
    return AttemptProgressed(**{"attempt": of, "mode": "increment", "best": best * MICRO, "improved": True, **other})


def test_a_progress_is_one_fact_that_tells_the_whole_attempt() -> None:
    came = under_way().when(adds(value=7)).then(progressed(far(7), best=7)).asked().set()
    came.replied(ProgressAnswer(attempt=far(7)))
    more = came.when(adds(value=5)).then(progressed(far(12), best=12))
    more.when(sets(value=4)).then(progressed(far(4), best=12, improved=False, mode="set"))


def test_the_best_of_a_players_attempts_stands_on_the_board() -> None:
    story = started(under_way().when(adds(value=7)).story)
    second = story.when(adds(2, value=5))
    assert events_in(second) == (progressed(far(5, number=2, attempt_id=attempt_id(2)), best=7, improved=False),)
    (third,) = events_in(second.when(adds(2, value=5)))
    assert isinstance(third, AttemptProgressed)
    assert (third.best, third.improved) == (10 * MICRO, True)
    assert entrant(second.when(adds(1, value=5)).story).best == 12 * MICRO


def test_when_the_game_says_that_it_happened_is_kept() -> None:
    said = adds(value=1).model_copy(update={"occurred_at": NOON - SECOND})
    (event,) = events_in(under_way().when(said))
    assert isinstance(event, AttemptProgressed)
    assert event.occurred_at == NOON - SECOND


# (the attempt that is named, why it does not come further)
NOBODYS = [
    (attempt_id(2), "no_attempt"),
    (attempt_id(0), "no_attempt"),
    (attempt_id(1, GROOT), "no_attempt"),
    (attempt_id_of(TENANT, EventId("other"), ROCKET, 1), "no_attempt"),
    ("nonsense", "no_attempt"),
    (attempt_id(1).upper(), "no_attempt"),
]


@pytest.mark.parametrize(("named", "code"), NOBODYS)
def test_an_attempt_that_is_not_the_players_is_not_there(named: str, code: str) -> None:
    story = under_way()
    story.when(adds(value=1).model_copy(update={"attempt_id": named})).refused(code)
    story.when(finishes().model_copy(update={"attempt_id": named})).refused(code)


def test_an_attempt_takes_nothing_more_once_it_is_over() -> None:
    over = under_way().when(finishes()).story
    late = under_way().at(MIDNIGHT)
    for story in (over, late):
        story.when(adds(value=1)).refused("attempt_finished")
        story.when(finishes()).refused("attempt_finished")
    under_way().at(MIDNIGHT - SECOND).when(adds(value=1)).replied(ProgressAnswer(attempt=far(1)))


# (what is reported, what is said of it)
UNFIT: list[tuple[ProgressAttempt, str, dict[str, object]]] = [
    (sets(height=1), "invalid_metric", {"metric": "height"}),
    (sets(value=1, height=1), "invalid_metric", {"metric": "height"}),
    (sets(), "invalid_metric", {}),
    (sets(value=10**12).model_copy(update={"value": LARGEST_MICROS, "mode": "increment"}), "score_out_of_range", {}),
]


@pytest.mark.parametrize(("told", "code", "details"), UNFIT)
def test_what_cannot_be_counted_is_refused(told: ProgressAttempt, code: str, details: dict[str, object]) -> None:
    under_way().when(adds(value=1)).when(told).refused(code, **details)


def test_a_score_out_of_reach_is_refused_though_its_metrics_are_not() -> None:
    spec = run(metrics=(metric(score_weight=2),))
    under_way(spec).when(adds(value=10**12)).refused("score_out_of_range")
    under_way(spec).when(adds(value=-(10**12))).refused("score_out_of_range")


def test_one_metric_may_be_named_and_the_first_of_several_need_not() -> None:
    assert attempt_in(under_way().when(sets(distance=3))).score == 3 * MICRO
    both = run(metrics=(metric("kills"), metric("coins")))
    assert attempt_in(under_way(both).when(sets(value=2, coins=3))).metrics == {"kills": 2 * MICRO, "coins": 3 * MICRO}
    assert attempt_in(under_way(both).when(sets(value=2, kills=3))).metrics["kills"] == 3 * MICRO


def test_a_cap_holds_what_counts_and_not_what_was_reported() -> None:
    capped = run(metrics=(metric(cap=10),))
    first = under_way(capped).when(adds(value=9)).when(adds(value=9))
    assert (attempt_in(first).metrics_raw, attempt_in(first).metrics) == (
        {"distance": 18 * MICRO},
        {"distance": 10 * MICRO},
    )
    assert attempt_in(first).score == 10 * MICRO
    assert attempt_in(first.when(adds(value=-9))).metrics == {"distance": 9 * MICRO}


def streak() -> Story:
    """Kills in a row begin again with a death."""
    return under_way(run(metrics=(metric("kills", reset_on="deaths"), metric("deaths"))))


# (what is reported after 5 kills and 1 death, the kills afterwards)
RESETS = [
    (adds(deaths=1), 0),
    (adds(deaths=1, kills=3), 0),
    (sets(deaths=2, kills=8), 0),
    (adds(deaths=0, kills=3), 8),
    (adds(deaths=-1, kills=3), 8),
    (sets(deaths=1), 5),
    (adds(kills=1), 6),
]


@pytest.mark.parametrize(("told", "kills"), RESETS)
def test_a_metric_begins_again_when_the_one_that_resets_it_goes_up(told: ProgressAttempt, kills: int) -> None:
    before = streak().when(sets(deaths=1)).when(sets(kills=5))
    assert attempt_in(before.when(told)).metrics_raw["kills"] == kills * MICRO


def test_an_attempt_is_completed_at_once_when_all_targets_are_reached() -> None:
    both = run(metrics=(metric("kills", target=2), metric("coins", target=3, cap=1), metric("steps")))
    half = under_way(both).when(adds(kills=2, steps=9))
    assert attempt_in(half).status == "in_progress"
    done = half.story.at(NOON + SECOND).when(adds(coins=3))
    assert (attempt_in(done).status, attempt_in(done).completed_at) == ("completed", NOON + SECOND)
    assert entrant(done.story).in_progress == ()
    done.when(adds(coins=3)).refused("attempt_finished")


def test_without_targets_an_attempt_goes_on_and_is_completed_by_finishing_it() -> None:
    going = under_way().when(adds(value=10**6))
    over = far(10**6, status="completed", completed_at=NOON)
    done = going.when(finishes()).then(AttemptFinished(attempt=over)).asked().set()
    done.replied(FinishAnswer(attempt=over, outcome="completed"))


def test_an_attempt_that_is_finished_short_of_its_target_is_expired() -> None:
    over = far(999, status="expired", completed_at=NOON)
    under_way(GOAL).when(adds(value=999)).when(finishes()).replied(FinishAnswer(attempt=over, outcome="expired"))


def given_by(milestone_: Milestone, entries: tuple[Entry, ...], **other: Any) -> tuple[Gift, ...]:
    return gifts_of(TENANT, (attempt_id(), milestone_.key), entries, "event_milestone", attempt_id(), **other)


def grant_of(gift: Gift) -> Grant:
    return Grant(
        grant_id=gift.grant_id,
        player=ROCKET,
        kind=gift.kind,
        entries=(FixedCurrency(asset=COINS, amount=50),),
        source_kind="event_milestone",
        source_ref=attempt_id(),
        created_at=NOON,
    )


def test_a_milestone_gives_its_grants_before_the_player_is_told() -> None:
    quarter = milestone("quarter", 250, fifty_coins, crate)
    gifts = given_by(quarter, (fifty_coins, crate))
    assert [gift.kind for gift in gifts] == ["reward", "crate"]
    came = under_way(run(milestones=(quarter,))).when(adds(value=250)).waits()
    came.then(progressed(far(250), best=250, fired=("quarter",), reached=1))
    fired = (FiredMilestone(key="quarter", grant_ids=tuple(gift.grant_id for gift in gifts)),)
    told = TellProgress(player=ROCKET, event=RUN, attempt=far(250), fired=fired)
    came.asked(Send("ledger", ROCKET, GiveGrants(player=ROCKET, gifts=gifts), then=told))
    grants = tuple(map(grant_of, gifts))
    answer = came.answered(GrantsAnswer(grants=grants[::-1])).then().finished(came.wish)
    answer.replied(ProgressAnswer(attempt=far(250), milestones=(MilestoneFired(key="quarter", grants=grants),)))
    given_up = came.answered(Refused("unanswered"))
    given_up.replied(ProgressAnswer(attempt=far(250), milestones=(MilestoneFired(key="quarter"),)))


def keys_of(consequence: Consequence) -> tuple[str, ...]:
    (event,) = events_in(consequence)
    assert isinstance(event, AttemptProgressed)
    return event.fired


def test_each_milestone_fires_once_an_attempt_whatever_the_cap_and_also_on_completion() -> None:
    spec = run(
        metrics=(metric(target=1_000, cap=100),),
        milestones=(milestone("half", 500, fifty_coins), milestone("quarter", 250, fifty_coins)),
    )
    first = under_way(spec).when(adds(value=250))
    assert keys_of(first) == ("quarter",)
    back = first.when(sets(value=0)).when(sets(value=250))
    assert keys_of(back) == ()
    back.replied(ProgressAnswer(attempt=attempt_in(back)))
    last = back.when(sets(value=1_000))
    assert keys_of(last) == ("half",)
    assert attempt_in(last).status == "completed"
    both = started(under_way(spec)).when(sets(2, value=700))
    assert keys_of(both) == ("half", "quarter")
    (send,) = both.sends
    assert isinstance(send.command, GiveGrants)
    assert len({gift.grant_id for gift in send.command.gifts}) == 2


# (seconds of the event, seconds of the bundle, seconds after which the grant cannot be claimed any more)
WAITS = [(None, None, None), (60, None, 60), (None, 30, 30), (60, 30, 30), (20, 30, 20)]


@pytest.mark.parametrize(("events", "bundles", "seconds"), WAITS)
def test_a_milestone_may_give_a_bundle_as_it_is_then(
    events: int | None, bundles: int | None, seconds: int | None
) -> None:
    first = milestone("first", 1, bundle="pack")
    story = under_way(run(milestones=(first,), grants_expire_after_seconds=events))
    pack = BundleSpec(name="Pack", entries=(fifty_coins,), expires_after_seconds=bundles)
    (send,) = story.defined("pack", pack).when(adds(value=1)).sends
    until = None if seconds is None else NOON + timedelta(seconds=seconds)
    assert send.command == GiveGrants(player=ROCKET, gifts=given_by(first, (fifty_coins,), expires_at=until))
    removed = story.defined("pack", pack).removed(BundleSpec, "pack").when(adds(value=1)).asked()
    removed.replied(ProgressAnswer(attempt=far(1), milestones=(MilestoneFired(key="first"),)))


def test_written_out_entries_expire_as_the_event_says() -> None:
    first = milestone("first", 1, fifty_coins)
    (send,) = under_way(run(milestones=(first,), grants_expire_after_seconds=9)).when(adds(value=1)).sends
    gifts = given_by(first, (fifty_coins,), expires_at=NOON + timedelta(seconds=9))
    assert send.command == GiveGrants(player=ROCKET, gifts=gifts)


def test_what_is_more_than_one_command_holds_is_given_too_but_not_waited_for() -> None:
    stones = tuple(milestone(f"m{number}", 1, *(crate,) * 20) for number in range(5))
    came = under_way(run(milestones=stones)).when(adds(value=1)).waits()
    assert [len(send.command.gifts) for send in came.sends] == [40, 40, 20]  # type: ignore[attr-defined]
    assert [send.then is None for send in came.sends] == [False, True, True]
    alone = replace(came, sends=came.sends[:1])
    told = alone.answered(GrantsAnswer(grants=tuple(map(grant_of, came.sends[0].command.gifts))))  # type: ignore[attr-defined]
    assert isinstance(told.outcome.reply, ProgressAnswer)  # type: ignore[union-attr]
    assert [len(one.grants) for one in told.outcome.reply.milestones] == [20, 20, 0, 0, 0]  # type: ignore[union-attr]


def test_a_target_that_nothing_is_missing_to_is_reached_by_whoever_finishes() -> None:
    par = run(metrics=(metric(target=0),))
    over = far(0, status="completed", completed_at=NOON)
    under_way(par).when(finishes()).replied(FinishAnswer(attempt=over, outcome="completed"))


def test_no_wish_for_gifts_is_larger_than_the_ledger_reads() -> None:
    entries = tuple(CurrencyEntry(asset=AssetId(f"{number:02}" + "€" * 30), amount=10**15) for number in range(20))
    stones = tuple(milestone(f"m{number}", 1, *entries) for number in range(50))
    came = under_way(run(milestones=stones)).when(adds(value=1)).waits()
    wishes = [send.command for send in came.sends]
    assert sum(len(wish.gifts) for wish in wishes if isinstance(wish, GiveGrants)) == 50
    assert max(len(wish.model_dump_json().encode()) for wish in wishes) < LARGEST_COMMAND_BYTES - 8_192


def test_an_attempt_is_counted_under_the_version_of_its_window() -> None:
    story = under_way().defined(RUN, run(metrics=(metric("height"),)), 2).removed(EventSpec, RUN, 3)
    story.when(adds(value=7)).then(progressed(far(7), best=7))


@having(some.lists(some.tuples(some.booleans(), some.integers(-(10**9), 10**9)), max_size=12), some.integers(0, 10**9))
def test_whatever_is_reported_the_best_is_the_best_ever_and_no_cap_is_passed(
    steps: list[tuple[bool, int]], cap: int
) -> None:
    story, raw, best = under_way(run(metrics=(metric(cap=cap),))), 0, 0
    for add, value in steps:
        raw = raw + value if add else value
        best = max(best, min(raw, cap))
        turn = story.when(adds(value=value) if add else sets(value=value))
        told = attempt_in(turn)
        assert (told.metrics_raw["distance"], told.metrics["distance"]) == (raw * MICRO, min(raw, cap) * MICRO)
        story = turn.story
    assert entrant(story).best == best * MICRO


def test_a_window_whose_version_is_nowhere_is_an_error_and_no_guess() -> None:
    with pytest.raises(LookupError, match="daily-run has no version 1"):
        replace(under_way(), configured=(), definitions=type(on().definitions)()).when(adds(value=1))
