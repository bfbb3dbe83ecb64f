"""A tournament closes once: its best places share the prize pool, to the unit, and whoever asks is told the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.leaderboards.registry import service
from services.leaderboards.tournament import standings, view
from services.leaderboards.tournament.split import prizes_of
from services.leaderboards.tournament.state import Closing, Completed, Open, tournament_of
from shared.definitions import InvalidDefinition, parse_spec
from shared.ids import AssetId, PlayerId, TournamentId
from shared.messages import every_sample
from shared.messages.base import LARGEST_AMOUNT, Answer
from shared.messages.prize import REWARDS
from shared.messages.tournament import (
    MOST_PLACES,
    WHOLE,
    CloseTournament,
    CountPayout,
    EndTournament,
    Payout,
    PayPlaces,
    PrizePool,
    TellClosed,
    TournamentBegun,
    TournamentCloseAnswer,
    TournamentClosed,
    TournamentClosing,
    TournamentPayoutMade,
    TournamentPlaced,
    TournamentSpec,
)
from shared.messages.tournament_score import TournamentScored
from shared.messages.wallet import PayWallet, WalletAnswer
from shared.money import MICRO
from shared.shapes import Append, Need, Put, Refused, Send, Timer, Values, Wish
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, Story, given, shown

RACE, WINZ = TournamentId("weekend-race"), AssetId("WINZ")
ROCKET, GROOT, MANTIS, GAMORA = (PlayerId(name) for name in ("rocket", "groot", "mantis", "gamora"))
THEIRS: Final = Wish("tournament.score/starlight/weekend-race", "somebody's score")
"""The wish that a tournament's timer was set by; it has long been answered."""


def terms(**fields: Any) -> TournamentSpec:
    pool = PrizePool(amount=10_000)
    return TournamentSpec(**{"name": "Weekend race", "points_per_usd": Decimal(10), "prize_pool": pool, **fields})


def places(count: int, **fields: Any) -> TournamentSpec:
    return terms(prize_structure=(Decimal("0.1"),) * count, **fields)


def begun(spec: TournamentSpec) -> Story:
    return given(service, TournamentBegun(tournament=RACE, definition_version=1)).defined(RACE, spec)


def standing(count: int, first: int = 1) -> list[Values]:
    """The players that the view answers with, best first."""
    return [(f"player-{rank}",) for rank in range(first, first + count)]


def closing(version: int = 1, *, called: bool = True) -> TournamentClosing:
    return TournamentClosing(tournament=RACE, definition_version=version, called=called)


def placed(*won: tuple[PlayerId, int], more: bool = False) -> TournamentPlaced:
    payouts = tuple(Payout(rank=rank, player=player, amount=amount) for rank, (player, amount) in enumerate(won, 1))
    return TournamentPlaced(tournament=RACE, asset=WINZ, payouts=payouts, more=more)


def closed(places_: int, total_paid: int, version: int = 1) -> TournamentClosed:
    return TournamentClosed(tournament=RACE, definition_version=version, places=places_, total_paid=total_paid)


def made(rank: int, *, paid: bool = True) -> TournamentPayoutMade:
    return TournamentPayoutMade(tournament=RACE, rank=rank, paid=paid)


def pays(player: PlayerId, amount: int, rank: int) -> Send:
    wish = PayWallet(
        player=player, asset=WINZ, amount=amount, account=REWARDS, reason=f"tournament weekend-race place {rank}"
    )
    return Send("ledger", player, wish, then=CountPayout(tournament=RACE, rank=rank))


def answer(places_: int, total_paid: int, *, repeated: bool = False) -> TournamentCloseAnswer:
    return TournamentCloseAnswer(tournament=RACE, places=places_, total_paid=total_paid, repeated=repeated)


def acknowledged(paying: Consequence, *ranks: int, story: Story | None = None) -> Consequence:
    """The ledger answers for these places, one after another; what the last answer brings."""
    after, story = paying, story or paying.story
    for rank in ranks:
        after = story.when(CountPayout(tournament=RACE, rank=rank, answer=Answer(granted=True)), paying.wish)
        story = after.story
    return after


closes, ends = CloseTournament(tournament=RACE), EndTournament(tournament=RACE)
podium = begun(terms()).seeing(("rocket",), ("groot",), ("mantis",))


def test_closing_pays_each_place_its_share_of_the_pool() -> None:
    paying = podium.when(closes).waits()
    paying.then(closing(), placed((ROCKET, 5_000), (GROOT, 3_000), (MANTIS, 2_000))).set()
    paying.asked(pays(ROCKET, 5_000, 1), pays(GROOT, 3_000, 2), pays(MANTIS, 2_000, 3))


def test_it_is_closed_and_told_once_the_last_payment_is_acknowledged() -> None:
    paying = podium.when(closes)
    acknowledged(paying, 2).then(made(2)).asked()
    last = acknowledged(paying, 2, 3, 1).then(made(1), closed(3, 10_000)).finished(paying.wish)
    last.replied(answer(3, 10_000))
    assert last.story.state(tournament_of(RACE)) == Completed(3, 10_000)


def test_a_payment_that_people_gave_up_does_not_keep_the_others_waiting() -> None:
    paying = begun(terms()).seeing(("rocket",)).when(closes)
    paying.answered(Refused("given_up")).then(made(1, paid=False), closed(1, 5_000)).replied(answer(1, 5_000))


def test_what_the_closing_must_know_is_who_stands_on_its_places() -> None:
    assert podium.needs(closes) == Need("tournament_places", (RACE, 0, 3))
    assert podium.needs(ends) == Need("tournament_places", (RACE, 0, 3))
    assert begun(places(MOST_PLACES)).needs(closes) == Need("tournament_places", (RACE, 0, 500))


def test_shares_without_a_player_stay_with_the_house() -> None:
    paying = begun(terms()).seeing(("rocket",)).when(closes)
    paying.then(closing(), placed((ROCKET, 5_000))).asked(pays(ROCKET, 5_000, 1))
    paid = WalletAnswer(transaction_id="x", player=ROCKET, balances={WINZ: 15_000})
    paying.answered(paid).replied(answer(1, 5_000)).finished(paying.wish)


def test_what_rounding_leaves_over_goes_to_the_first_place() -> None:
    story = begun(terms(prize_pool=PrizePool(amount=101))).seeing(*standing(3))
    won = story.when(closes).sends
    assert [send.command.amount for send in won if isinstance(send.command, PayWallet)] == [51, 30, 20]


def test_a_place_whose_share_is_less_than_one_unit_wins_nothing() -> None:
    story = begun(terms(prize_pool=PrizePool(amount=1))).seeing(("rocket",), ("groot",))
    story.when(closes).then(closing(), placed((ROCKET, 1))).asked(pays(ROCKET, 1, 1))


def test_a_tournament_in_which_nobody_scored_closes_at_once_and_pays_nothing() -> None:
    unbegun = given(service).defined(RACE, terms())
    assert unbegun.needs(closes) is None
    shut = unbegun.when(closes).then(closing(), placed(), closed(0, 0)).replied(answer(0, 0)).asked().set()
    shut.when(closes).then().replied(answer(0, 0, repeated=True))


def test_a_tournament_whose_pool_is_empty_closes_at_once() -> None:
    honour = begun(terms(prize_pool=PrizePool(amount=0))).seeing(*standing(3))
    honour.when(closes).then(closing(), placed(), closed(0, 0)).replied(answer(0, 0))
    honour.when(ends, THEIRS).then(closing(called=False), placed(), closed(0, 0)).asked()


def test_what_was_begun_under_a_version_is_paid_under_it() -> None:
    later = podium.defined(RACE, terms(prize_pool=PrizePool(amount=7), status="paused"), 2)
    later.when(closes).then(closing(), placed((ROCKET, 5_000), (GROOT, 3_000), (MANTIS, 2_000)))
    gone = later.removed(TournamentSpec, RACE, 3)
    gone.when(closes).then(closing(), placed((ROCKET, 5_000), (GROOT, 3_000), (MANTIS, 2_000)))


def test_what_nobody_scored_in_is_closed_as_it_is_now() -> None:
    given(service).defined(RACE, terms()).defined(RACE, terms(name="Other"), 2).when(closes).then(
        closing(2), placed(), closed(0, 0, version=2)
    )


def test_there_is_nothing_to_close_where_nothing_was_defined() -> None:
    given(service).when(closes).refused("no_tournament")
    given(service).defined(RACE, terms()).removed(TournamentSpec, RACE).when(closes).refused("no_tournament")


def test_a_version_that_cannot_be_found_is_an_error() -> None:
    with pytest.raises(LookupError, match="weekend-race has no version 1"):
        given(service, TournamentBegun(tournament=RACE, definition_version=1)).when(closes)


def test_closing_again_tells_the_first_result_and_changes_nothing() -> None:
    over = acknowledged(podium.when(closes), 1, 2, 3).story
    assert over.needs(closes) is None
    for _ in range(2):
        over = over.when(closes).then().asked().replied(answer(3, 10_000, repeated=True)).story


def test_who_asks_while_the_places_are_paid_is_told_once_they_are() -> None:
    paying = podium.when(closes)
    waiting = paying.story.when(closes).waits().then().asked()
    name = f"tournament/starlight/weekend-race/tell/0/{waiting.wish.key}"
    look = TellClosed(tournament=RACE)
    waiting.set(Timer(name, NOON + timedelta(milliseconds=250), RACE, look))
    again = waiting.rang().waits().then()
    assert again.timers[0].due_at == NOON + timedelta(milliseconds=250 + 500)
    assert again.timers[0].id != name
    done = acknowledged(paying, 1, 2, 3, story=again.story).story
    again.rang(by=done).then().replied(answer(3, 10_000, repeated=True)).finished(waiting.wish)


def test_whoever_waits_long_looks_once_a_minute() -> None:
    paying = podium.when(closes)
    for tries in (8, 9, 10_000):
        (timer,) = paying.story.when(TellClosed(tournament=RACE, tries=tries), THEIRS).timers
        assert timer.due_at == NOON + timedelta(minutes=1)


def test_its_time_closes_it_too_and_nobody_is_told() -> None:
    ending = podium.when(ends, THEIRS).waits()
    ending.then(closing(called=False), placed((ROCKET, 5_000), (GROOT, 3_000), (MANTIS, 2_000)))
    ending.asked(pays(ROCKET, 5_000, 1), pays(GROOT, 3_000, 2), pays(MANTIS, 2_000, 3))
    last = acknowledged(ending, 1, 2, 3).then(made(3), closed(3, 10_000))
    assert getattr(last.outcome, "reply", "missing") is None
    last.when(closes).replied(answer(3, 10_000, repeated=True))


def test_its_time_changes_nothing_once_somebody_closed_it() -> None:
    paying = podium.when(closes)
    for story in (paying.story, acknowledged(paying, 1, 2, 3).story):
        story.when(ends, THEIRS).then().asked()
        assert story.needs(ends) is None


def test_more_places_than_a_page_are_paid_a_page_at_a_time() -> None:
    long = terms(prize_structure=(*places(500).prize_structure, Decimal("0.2")))
    first = begun(long).seeing(*standing(500)).when(closes).waits()
    assert len(first.sends) == 500
    page = PayPlaces(tournament=RACE, after=500)
    first.set(Timer("tournament/starlight/weekend-race/places/500", NOON, RACE, page))
    assert first.story.needs(page) == Need("tournament_places", (RACE, 500, 1))
    second = first.rang(by=first.story.seeing(("last",))).waits()
    second.asked(pays(PlayerId("last"), 20, 501)).set()
    open_ = second.story.state(tournament_of(RACE))
    assert open_ == Closing(1, called=True, places=501, unpaid=501, total_paid=5_020, more=False)
    last = acknowledged(second, *range(1, 502)).then(made(501), closed(501, 5_020))
    last.replied(answer(501, 5_020)).finished(first.wish)


def test_it_is_not_closed_while_there_is_a_page_to_come() -> None:
    first = begun(places(501)).seeing(*standing(500)).when(closes)
    all_paid = acknowledged(first, *range(1, 501)).then(made(500))
    nobody = all_paid.story.seeing().when(PayPlaces(tournament=RACE, after=500), first.wish)
    nobody.then(placed(), closed(500, 5_000)).replied(answer(500, 5_000)).finished(first.wish)
    assert nobody.story.needs(PayPlaces(tournament=RACE, after=500)) is None


def test_a_full_page_of_the_last_places_is_the_last() -> None:
    begun(places(500)).seeing(*standing(500)).when(closes).set()


def test_a_tournament_that_has_begun_stays_so() -> None:
    assert podium.state(tournament_of(RACE)) == Open(1)


def test_who_stands_where_is_the_order_of_points_then_reach_then_its_name() -> None:
    table: dict[Values, Values] = {
        (0, "starlight", RACE, "late"): (9 * MICRO, NOON + timedelta(seconds=1), "w1"),
        (0, "starlight", RACE, "second"): (9 * MICRO, NOON, "w3"),
        (0, "starlight", RACE, "first"): (9 * MICRO, NOON, "w2"),
        (0, "starlight", RACE, "best"): (10 * MICRO, NOON + timedelta(seconds=9), "w9"),
        (0, "starlight", RACE, "voided"): (0, NOON, "w0"),
        (0, "starlight", RACE, "below"): (-1, NOON, "w0"),
        (0, "starlight", "other", "elsewhere"): (99 * MICRO, NOON, "w0"),
        (0, "moonbase", RACE, "stranger"): (99 * MICRO, NOON, "w0"),
        (1, "starlight", RACE, "foreign"): (99 * MICRO, NOON, "w0"),
    }
    look = standings.places.twin
    assert look({"tournament_scores": table}, 0, TENANT, (RACE, 0, 10)) == [
        ("best",),
        ("first",),
        ("second",),
        ("late",),
    ]
    assert look({"tournament_scores": table}, 0, TENANT, (RACE, 1, 2)) == [("first",), ("second",)]


few = st.tuples(st.integers(-1, 3), st.integers(0, 2), st.sampled_from(["W", "a", "w10", "w9", "ä", "🏁"]))


@for_all(st.lists(few, max_size=30), st.integers(0, 30), st.integers(1, 30))
def test_the_places_are_found_by_taking_the_best_again_and_again(
    scores: list[tuple[int, int, str]], after: int, most: int
) -> None:
    table: dict[Values, Values] = {
        (0, "starlight", RACE, f"player-{number:02}"): (points, NOON + timedelta(seconds=second), name)
        for number, (points, second, name) in enumerate(scores)
    }
    left = {key[3]: row for key, row in table.items() if scores[int(str(key[3])[-2:])][0] > 0}
    expected: list[Values] = []
    while left:
        most_points = max(row[0] for row in left.values())  # type: ignore[type-var]
        equals = {player: row for player, row in left.items() if row[0] == most_points}
        best = min(equals, key=lambda player: (*equals[player][1:], player))
        expected.append((best,))
        del left[best]
    found = standings.places.twin({"tournament_scores": table}, 0, TENANT, (RACE, after, most))
    assert found == expected[after : after + most]


percents = st.lists(st.integers(1, WHOLE), min_size=1, max_size=40).map(
    lambda parts: [max(1, part * WHOLE // sum(parts)) for part in parts] if sum(parts) > WHOLE else parts
)


@for_all(st.integers(0, LARGEST_AMOUNT), percents)
def test_prizes_are_as_much_of_the_pool_as_the_shares_are_and_none_is_below_zero(pool: int, shares: list[int]) -> None:
    prizes = prizes_of(pool, shares)
    assert len(prizes) == len(shares)
    assert sum(prizes) == pool * sum(shares) // WHOLE
    if sum(shares) <= WHOLE:
        assert sum(prizes) <= pool
    assert all(prize >= 0 for prize in prizes)
    assert all(pool * share // WHOLE == prize for prize, share in zip(prizes[1:], shares[1:], strict=True))


@for_all(st.integers(0, LARGEST_AMOUNT))
def test_the_usual_shares_are_the_whole_pool(pool: int) -> None:
    assert sum(prizes_of(pool, terms().shares)) == pool


def test_the_views_show_the_standings_the_winners_and_how_far_it_has_come() -> None:
    (scored,) = (sample for sample in every_sample() if isinstance(sample, TournamentScored))
    more = scored.model_copy(update={"total": scored.micro_points + 1})
    assert shown(view.scores, more) == (Put((RACE, ROCKET), (more.total, scored.reached_at, "wager-1")),)
    won = placed((ROCKET, 5_000), (GROOT, 3_000))
    assert shown(view.payouts, won) == (Append((RACE, 1), (ROCKET, 5_000)), Append((RACE, 2), (GROOT, 3_000)))
    for event, status in ((begun_(3), "active"), (closing(3), "closing"), (closed(1, 2, version=3), "completed")):
        assert shown(view.tournaments, event) == (Put((RACE,), (status, 3)),)


def begun_(version: int) -> TournamentBegun:
    return TournamentBegun(tournament=RACE, definition_version=version)


LEAST: Final[dict[str, Any]] = {"name": "x", "points_per_usd": 10, "prize_pool": 100}


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({},                                   {"points_per_usd": "10", "prize_structure": ["50", "30", "20"]}),
        ({"prize_pool": {"amount": 7}},        {"prize_pool": {"asset": "WINZ", "amount": 7}}),
        ({"prize_pool": 7},                    {"prize_pool": {"asset": "WINZ", "amount": 7}}),
        ({"points_per_usd": "10.50"},          {"points_per_usd": "10.5"}),
        ({"points_per_usd": 10.5},             {"points_per_usd": "10.5"}),
        ({"points_per_usd": 0},                {"points_per_usd": "0"}),
        ({"prize_structure": [33.333333, "66.666667"]}, {"prize_structure": ["33.333333", "66.666667"]}),
        ({"ends_at": "2027-01-01T01:00:00+01:00"}, {"ends_at": "2027-01-01T00:00:00Z", "starts_at": None}),
    ],
)  # fmt: skip
def test_a_definition_is_kept_exactly_and_in_one_form(fields: dict[str, Any], kept: dict[str, Any]) -> None:
    spec = parse_spec("tournament", LEAST | fields)
    dumped = spec.model_dump(mode="json")
    assert {name: dumped[name] for name in kept} == kept
    assert parse_spec("tournament", dumped) == spec


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"points_per_usd": "0.1234567"},         "spec.points_per_usd"),
        ({"points_per_usd": -1},                  "spec.points_per_usd"),
        ({"points_per_usd": 1_000_001},           "spec.points_per_usd"),
        ({"points_per_usd": "many"},              "spec.points_per_usd"),
        ({"points_per_usd": True},                "spec.points_per_usd"),
        ({"prize_pool": -1},                      "spec.prize_pool.amount"),
        ({"prize_pool": "10"},                    "spec.prize_pool"),
        ({"prize_structure": []},                 "spec.prize_structure"),
        ({"prize_structure": [100] * 1_001},      "spec.prize_structure"),
        ({"prize_structure": [50, 0]},            "spec.prize_structure[1]"),
        ({"prize_structure": [50, "50.000001"]},  "spec"),
        ({"starts_at": "2027-01-01T00:00:00"},    "spec.starts_at"),
        ({"ends_at": "1999-01-01T00:00:00Z"},     "spec.ends_at"),
        ({"starts_at": "2027-01-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z"}, "spec"),
        ({"colour": "red"},                       "spec.colour"),
    ],
)  # fmt: skip
def test_a_definition_that_makes_no_sense_is_refused_with_its_path(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        parse_spec("tournament", LEAST | fields)
    assert refused.value.path == path


def test_the_pools_asset_must_exist() -> None:
    assert [reference.path for reference in terms().references()] == ["prize_pool.asset"]
