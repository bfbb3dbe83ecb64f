"""A board whose window is over is made final once: every place is written down, and wins what the policy says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.leaderboards.board import lookups, view
from services.leaderboards.board.decider import ABOVE_ALL
from services.leaderboards.board.state import Closing, Finalized, Running, board_of
from shared.ids import BoardId, GrantId, PlayerId, uuid_of
from shared.messages.board import PAGE, BoardFinalized, Cursor
from shared.messages.event_spec import FixedBundle, Metric, NoPolicy, RankScaled, RankTier, SharedPool
from shared.messages.grant import Gift, GiveGrants, GrantsAnswer
from shared.messages.reward_table import BundleSpec, CrateEntry, Entries
from shared.shapes import Append, Need, Put, Refused, Send, Values
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, shown
from tests.specs.board_words import (
    BOARD,
    COINS,
    EVENT,
    THEIRS,
    WINDOW,
    answered,
    at_once,
    closed,
    closes,
    closing,
    coins,
    entry,
    final,
    finalizes,
    made,
    over,
    pays,
    placed,
    row,
    spec,
    who,
)

EVERYBODY = FixedBundle(bundle=coins(50))
PODIUM = RankScaled(
    tiers=(
        RankTier(from_rank=1, to_rank=1, bundle=coins(500)),
        RankTier(from_rank=2, to_rank=3, bundle=coins(200)),
    )
)


def won(consequence: Consequence) -> dict[str, int]:
    """What each player is given, of coins."""
    return {str(command.player): _coins(command.gifts) for command in _gives(consequence)}


def _gives(consequence: Consequence) -> list[GiveGrants]:
    commands = [send.command for send in consequence.sends]
    assert all(isinstance(command, GiveGrants) for command in commands)
    return [command for command in commands if isinstance(command, GiveGrants)]


def _coins(gifts: tuple[Gift, ...]) -> int:
    return sum(int(str(one.amount)) for gift in gifts for one in gift.entries if one.type == "currency")


def test_closing_counts_who_is_there_and_goes_on_with_the_first_page_at_once() -> None:
    story = over(reward_policy=PODIUM)
    assert story.needs(closes()) == Need("board_total", (BOARD,))
    begun = story.seeing((2, "70")).when(closes(), THEIRS)
    begun.then(closing(2, 70)).asked().set(at_once(pays(), "0"))
    assert begun.story.needs(pays()) == Need("board_page", (BOARD, ABOVE_ALL, 0, "", PAGE))


def test_a_board_is_closed_once_whoever_asks_again() -> None:
    begun = over().seeing((0, "0")).when(closes(), THEIRS)
    assert begun.story.needs(closes()) is None
    begun.when(closes(), THEIRS).then().set()
    done = begun.rang(by=begun.story.seeing())
    ended = done.rang(by=done.story.seeing())
    for command in (closes(), pays(), finalizes):
        assert ended.story.needs(command) is None
        ended.when(command, THEIRS).then().set().asked()


def test_a_page_that_comes_again_pays_nothing() -> None:
    first = closed(over(reward_policy=EVERYBODY), row(1, 10))
    first.when(pays(), THEIRS).then().asked()


def test_an_empty_board_is_final_without_anything_to_pay() -> None:
    paid = closed(over(reward_policy=EVERYBODY))
    paid.then(placed()).asked().set(at_once(finalizes, "final"))
    paid.rang(by=paid.story.seeing()).then(final(0)).set()


def test_every_place_is_written_down_and_the_tiers_win_by_rank() -> None:
    rows = [row(1, 40), row(2, 30), row(3, 20), row(4, 10)]
    paid = closed(over(reward_policy=PODIUM), *rows)
    entries = [entry(rank, rank, score) for rank, score in enumerate((40, 30, 20, 10), 1)]
    paid.waits().then(placed(*entries, owed=3)).set()
    assert won(paid) == {"p1": 500, "p2": 200, "p3": 200}


def test_a_grant_is_named_after_the_board_and_its_participant() -> None:
    paid = closed(over(reward_policy=EVERYBODY), row(1, 40))
    gift = Gift(
        grant_id=GrantId(uuid_of(TENANT, "grant", BOARD, who(1))),
        entries=coins(50),
        source_kind="event",
        source_ref=WINDOW,
    )
    (send,) = paid.sends
    assert send.command == GiveGrants(player=PlayerId("p1"), gifts=(gift,))
    assert (send.service, send.key) == ("ledger", "p1")


def test_without_a_window_to_name_a_grant_names_its_board() -> None:
    story = over(reward_policy=EVERYBODY)
    begun = story.seeing((1, "40")).when(closes().model_copy(update={"window_id": None}), THEIRS)
    (give,) = _gives(begun.rang(by=begun.story.seeing(row(1, 40))))
    assert give.gifts[0].source_ref == BOARD


def test_it_is_final_once_the_last_grant_is_acknowledged_and_everybody_is_told_of_the_best() -> None:
    paid = closed(over(reward_policy=EVERYBODY), row(1, 40), row(2, 30))
    assert answered(paid, 2).then(made(2)).set().story.state(board_of(EVENT, BOARD)) == Closing(
        1, WINDOW, 2, "70", {}, entry(1, 1, 40), 0, 1, more=False
    )
    last = answered(paid, 2, 1).then(made(1)).set(at_once(finalizes, "final"))
    assert last.story.needs(finalizes) == Need("board_best", (BOARD, 100))
    told = last.rang(by=last.story.seeing((1, who(1), "player", "p1", 40), (2, who(2), "bot", "p2", 30)))
    told.then(final(2, entry(1, 1, 40), entry(2, 2, 30, kind="bot")))
    assert told.story.state(board_of(EVENT, BOARD)) == Finalized(2)


def test_grants_that_people_gave_up_do_not_keep_the_board_waiting() -> None:
    paid = closed(over(reward_policy=EVERYBODY), row(1, 40))
    paid.answered(Refused("given_up")).then(made(1, ok=False)).set(at_once(finalizes, "final"))
    paid.answered(GrantsAnswer(grants=())).then(made(1)).set(at_once(finalizes, "final"))


@pytest.mark.parametrize("policy", [EVERYBODY, PODIUM, SharedPool(pool=100, currency=COINS)])
def test_bots_keep_their_rank_and_whoever_has_not_scored_wins_nothing(policy: Any) -> None:
    rows = [row(1, 40, kind="bot"), row(2, 30), row(3, 0), row(4, -5)]
    paid = closed(over(reward_policy=policy), *rows)
    assert won(paid) == {"p2": {"fixed_bundle": 50, "rank_scaled": 200, "shared_pool": 100}[policy.type]}
    (fact,) = paid.outcome.events  # type: ignore[union-attr]
    assert [one.kind for one in fact.entries] == ["bot", "player", "player", "player"]


def test_where_there_are_targets_everybody_who_completed_an_attempt_gets_the_same() -> None:
    metrics = (Metric(key="distance", target=Decimal(1_000), score_weight=Decimal(0)), Metric(key="style"))
    rows = [row(1, 40), row(2, 30, completed=True), row(3, 20, kind="bot"), row(4, 0, completed=True)]
    assert won(closed(over(metrics=metrics, reward_policy=EVERYBODY), *rows)) == {"p2": 50, "p4": 50}
    assert won(closed(over(metrics=metrics, reward_policy=PODIUM), *rows)) == {"p1": 500, "p2": 200}
    assert won(closed(over(reward_policy=EVERYBODY), *rows)) == {"p1": 50, "p2": 50}


def test_without_a_policy_nobody_wins() -> None:
    closed(over(reward_policy=NoPolicy()), row(1, 40)).then(placed(entry(1, 1, 40))).asked().set(
        at_once(finalizes, "final")
    )


def test_a_shared_pool_is_split_by_score_and_the_best_gets_what_rounding_leaves_over() -> None:
    paid = closed(over(reward_policy=SharedPool(pool=100, currency=COINS)), row(1, 30), row(2, 30), row(3, 7))
    assert won(paid) == {"p1": 46, "p2": 44, "p3": 10}


def test_a_share_of_less_than_one_unit_is_no_grant() -> None:
    paid = closed(over(reward_policy=SharedPool(pool=3, currency=COINS)), row(1, 1_000), row(2, 1))
    assert won(paid) == {"p1": 3}


def test_a_shared_pool_of_a_board_on_which_nobody_scored_stays_with_the_house() -> None:
    closed(over(reward_policy=SharedPool(pool=100, currency=COINS)), row(1, 0)).asked()


@for_all(st.lists(st.integers(-5, 10**18), max_size=30), st.integers(1, 2**53))
def test_a_shared_pool_is_given_out_to_the_unit(scores: list[int], pool: int) -> None:
    rows = [row(number, score) for number, score in enumerate(sorted(scores, reverse=True))]
    prizes = won(closed(over(reward_policy=SharedPool(pool=pool, currency=COINS)), *rows))
    winners = [score for score in scores if score > 0]
    assert sum(prizes.values()) == (pool if winners else 0)
    assert all(prizes.get(f"p{n}", 0) >= pool * s // sum(winners) for n, (_, _, _, s, *_) in enumerate(rows) if s > 0)  # type: ignore[operator]


def test_a_large_board_is_read_a_page_at_a_time() -> None:
    rows = [row(number, 10_000 - number, pos=number) for number in range(1, PAGE + 2)]
    begun = over(reward_policy=PODIUM).seeing((PAGE + 1, "1")).when(closes(), THEIRS)
    page = begun.rang(by=begun.story.seeing(*rows[:PAGE]))
    last = Cursor(rank=PAGE, score=10_000 - PAGE, reached_pos=PAGE, participant=who(PAGE))
    page.set(at_once(pays(last), str(PAGE)))
    assert page.story.needs(pays(last)) == Need("board_page", (BOARD, last.score, last.reached_pos, who(PAGE), PAGE))
    answered(page, 1, 2, 3).set()  # all are paid, but there may be more to pay
    rest = page.rang(by=page.story.seeing(*rows[PAGE:]))
    rest.then(placed(entry(PAGE + 1, PAGE + 1, 10_000 - PAGE - 1))).set()
    answered(rest, 1, 2, 3).set(at_once(finalizes, "final"))


def test_a_board_of_exactly_one_page_has_no_second() -> None:
    rows = [row(number, 10_000 - number) for number in range(PAGE)]
    closed(over(), *rows).set(at_once(finalizes, "final"))


def test_the_best_player_is_paid_from_a_pool_with_the_last_page() -> None:
    rows = [row(number, 10 if number == 1 else 1, pos=number) for number in range(1, PAGE + 2)]
    begun = over(reward_policy=SharedPool(pool=10_000, currency=COINS)).seeing((PAGE + 1, "510"))
    closing_ = begun.when(closes(), THEIRS)
    page = closing_.rang(by=closing_.story.seeing(*rows[:PAGE]))
    assert "p1" not in won(page)
    assert set(won(page).values()) == {19}
    rest = page.rang(by=page.story.seeing(*rows[PAGE:]))
    assert won(rest) == {"p1": 10_000 - PAGE * 19, f"p{PAGE + 1}": 19}
    assert sum(won(page).values()) + sum(won(rest).values()) == 10_000


def bundle(amount: int, **fields: Any) -> BundleSpec:
    return BundleSpec(name="Top", entries=coins(amount), **fields)


def test_a_bundle_is_paid_as_it_was_when_the_board_began_to_close() -> None:
    story = over(reward_policy=FixedBundle(bundle="top")).defined("top", bundle(70)).defined("top", bundle(80), 2)
    begun = story.seeing((1, "40")).when(closes(), THEIRS).then(closing(1, 40, top=2))
    paid = begun.rang(by=begun.story.defined("top", bundle(90), 3).seeing(row(1, 40)))
    assert won(paid) == {"p1": 80}


def test_a_bundle_that_was_removed_is_paid_as_it_last_was() -> None:
    story = over(reward_policy=RankScaled(tiers=(RankTier(from_rank=1, to_rank=9, bundle="top"),)))
    story = story.defined("top", bundle(70)).removed(BundleSpec, "top").defined("top", bundle(80), 3)
    gone = story.removed(BundleSpec, "top", 4)
    assert won(closed(gone, row(1, 40))) == {"p1": 80}


def test_a_bundle_that_was_never_there_wins_nothing() -> None:
    closed(over(reward_policy=FixedBundle(bundle="top")), row(1, 40)).then(placed(entry(1, 1, 40))).asked()


def test_a_crate_is_a_grant_of_its_own() -> None:
    entries: Entries = (*coins(5), CrateEntry(crate=COINS, quantity=1))
    paid = closed(over(reward_policy=FixedBundle(bundle=entries)), row(1, 40))
    ((give,), (send,)) = _gives(paid), paid.sends
    assert [gift.kind for gift in give.gifts] == ["reward", "crate"]
    assert isinstance(send, Send)


@pytest.mark.parametrize(
    ("event_s", "bundle_s", "expires_s"),
    [(None, None, None), (60, None, 60), (None, 90, 90), (60, 90, 60), (90, 60, 60)],
)
def test_grants_expire_as_the_event_or_the_bundle_says_whichever_is_sooner(
    event_s: int | None, bundle_s: int | None, expires_s: int | None
) -> None:
    story = over(reward_policy=FixedBundle(bundle="top"), grants_expire_after_seconds=event_s)
    (give,) = _gives(closed(story.defined("top", bundle(1, expires_after_seconds=bundle_s)), row(1, 40)))
    wanted = None if expires_s is None else NOON + timedelta(seconds=expires_s)
    assert give.gifts[0].expires_at == wanted


def test_what_was_promised_holds_when_the_event_is_changed_or_removed() -> None:
    story = over(reward_policy=PODIUM).defined(EVENT, spec(reward_policy=NoPolicy()), 2)
    assert won(closed(story, row(1, 40))) == {"p1": 500}
    assert won(closed(story.removed(type(spec()), EVENT, 3), row(1, 40))) == {"p1": 500}


def test_a_version_that_nobody_knows_is_no_board_of_ours() -> None:
    with pytest.raises(LookupError, match="no version 9"):
        over().seeing((1, "1")).when(closes(9), THEIRS)


def test_a_board_that_nobody_closes_runs() -> None:
    assert over().state(board_of(EVENT, BOARD)) == Running()
    assert over().needs(pays()) is None


def test_the_end_of_a_board_is_shown() -> None:
    assert shown(view.closings, closing(2, 70)) == (Put((BOARD,), ("closing", None, 2)),)
    assert shown(view.closings, final(2)) == (Put((BOARD,), ("finalized", NOON, 2)),)
    places = placed(entry(1, 1, 40), entry(2, 2, 30, kind="bot"))
    assert shown(view.finals, places) == (
        Append((BOARD, 1), (who(1), "player", "p1", 40)),
        Append((BOARD, 2), (who(2), "bot", "p2", 30)),
    )


def test_what_is_told_of_the_end_is_one_page_at_most() -> None:
    with pytest.raises(ValueError, match="at most 100"):
        BoardFinalized(
            event=EVENT,
            board_id=BoardId(BOARD),
            participants=101,
            standings=tuple(entry(rank, rank, 1) for rank in range(1, 102)),
        )


def test_a_board_is_counted_and_read_in_the_order_of_everybody() -> None:
    table: dict[Values, Values] = {
        (0, "starlight", BOARD, who(1)): ("player", "p1", 9, 5),
        (0, "starlight", BOARD, who(2)): ("bot", "p2", 9, 3),
        (0, "starlight", BOARD, who(3)): ("player", "p3", 9, 3),
        (0, "starlight", BOARD, who(4)): ("player", "p4", -9, 1),
        (0, "starlight", "other", who(5)): ("player", "p5", 9, 1),
        (0, "moonbase", BOARD, who(6)): ("player", "p6", 9, 1),
        (1, "starlight", BOARD, who(7)): ("player", "p7", 9, 1),
    }
    completed: dict[Values, Values] = {
        (0, "starlight", BOARD, who(1)): (NOON,),
        (0, "starlight", "other", who(3)): (NOON,),
    }
    tables = {"board_entries": table, "board_completions": completed}
    ordered = [row(2, 9, kind="bot", pos=3), row(3, 9, pos=3), row(1, 9, pos=5, completed=True), row(4, -9, pos=1)]
    assert lookups.total.twin(tables, 0, TENANT, (BOARD,)) == [(4, "18")]
    assert lookups.page.twin(tables, 0, TENANT, (BOARD, ABOVE_ALL, 0, "", 9)) == ordered
    assert lookups.page.twin(tables, 0, TENANT, (BOARD, 9, 3, who(2), 2)) == ordered[1:3]
    finals: dict[Values, Values] = {(0, "starlight", BOARD, rank): (who(rank), "bot", "b", 1) for rank in (3, 1, 2)}
    finals[0, "starlight", "other", 1] = (who(9), "bot", "b", 1)
    best = lookups.best.twin({"final_entries": finals}, 0, TENANT, (BOARD, 2))
    assert best == [(1, who(1), "bot", "b", 1), (2, who(2), "bot", "b", 1)]
