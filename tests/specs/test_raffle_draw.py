"""One ticket, drawn by a seed that was promised before the first was sold, wins; what is paid for later goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from services.engines.raffle import view
from services.engines.raffle.drawing import OWNER, RINGS_AGAIN
from services.engines.raffle.state import Drawn, Open, Unopened
from services.engines.raffle.tickets import chained
from services.engines.registry import service
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.prize import REWARDS
from shared.messages.raffle import (
    MOST_TICKETS,
    NO_TICKETS_HASH,
    TICKETS,
    DrawDueRaffle,
    FinishRaffle,
    RaffleAnswer,
    RaffleEntryReturned,
    RaffleSeedAnswer,
    RaffleSpec,
    ReturnEntry,
)
from shared.messages.wallet import PayWallet, RefundWallet
from shared.shapes import Append, Decision, Need, Put, Refused, Send, Timer, Values
from shared.testing.clock import NOON
from shared.testing.grammar import MASTERS, Consequence, Story, given, seeds, shown
from tests.specs.raffle_words import (
    FIRST,
    LAST,
    ROCKET,
    SUNDAY,
    TEN,
    THREE,
    TICKET,
    WEEKLY,
    WINNER,
    WINZ,
    asks,
    drawing,
    drawn,
    draws,
    entered,
    enters,
    has_entered,
    on_sunday,
    opened,
    owned,
    paid,
    purchase,
    raffle_in,
    requested,
    seed,
    shop,
    sold,
    terms,
)


def test_a_draw_first_asks_who_owns_the_ticket_that_wins() -> None:
    assert sold.needs(draws) == Need(OWNER, (WEEKLY, TICKET))
    assert sold.needs(DrawDueRaffle(raffle=WEEKLY, definition_version=1)) == Need(OWNER, (WEEKLY, TICKET))
    for story in (shop, shop.when(asks).story, owned.when(draws).story):
        assert story.needs(draws) is None


def test_one_ticket_wins_by_the_promised_seed_and_its_owner_is_paid() -> None:
    told = drawing("command-5")
    first = owned.when(draws).then(drawn(told)).waits()
    pay = PayWallet(
        player=WINNER, asset=WINZ, amount=5_000, account=REWARDS, reason="raffle weekly-raffle command-5", play=True
    )
    first.asked(Send("ledger", WINNER, pay, then=FinishRaffle(raffle=WEEKLY, drawing=told, awaited=True)))
    assert raffle_in(first.story) == Drawn(told)


@pytest.mark.parametrize("answer", [paid, Refused("given_up")], ids=["paid", "given up by people"])
def test_whoever_asked_for_the_draw_is_told_once_the_prize_is_paid(answer: Any) -> None:
    first = owned.when(draws)
    told = first.answered(answer).then().asked().finished(first.wish)
    told.replied(RaffleAnswer(drawing=drawing("command-5"), drawn_before=False))


def test_a_second_draw_is_the_first_one_also_while_its_prize_is_under_way() -> None:
    again = RaffleAnswer(drawing=drawing("command-5"), drawn_before=True)
    first = owned.when(draws)
    first.when(draws).then().asked().replied(again)
    first.answered(paid).when(draws).then().asked().replied(again)
    answer = RaffleSeedAnswer(server_seed_hash=seed().hash, definition_version=1)
    first.when(asks).then().replied(answer)
    first.story.removed(RaffleSpec, WEEKLY).when(draws).then().replied(again)


@pytest.mark.parametrize("later", [owned.removed(RaffleSpec, WEEKLY), owned.defined(WEEKLY, terms(prize_amount=1), 2)])
def test_a_draw_is_made_under_the_version_that_the_tickets_were_sold_under(later: Story) -> None:
    later.when(draws).then(drawn(drawing("command-5")))


def test_the_draw_has_the_time_that_the_definition_says_and_a_bell_of_its_own() -> None:
    bell = Timer("raffle/starlight/weekly-raffle/1", SUNDAY, WEEKLY, DrawDueRaffle(raffle=WEEKLY, definition_version=1))
    on_sunday.when(asks).set(bell).when(asks).set().when(enters()).set()
    on_sunday.when(enters()).set(bell).when(enters()).set()


def test_when_the_time_has_come_the_raffle_is_drawn_and_nobody_waits_for_it() -> None:
    opening = on_sunday.when(asks)
    story = has_entered(opening.story).seeing((ROCKET, 0, 2))
    rang = opening.rang(by=story).waits()
    told = raffle_in(rang.story)
    assert isinstance(told, Drawn)
    assert (told.drawing.winner, told.drawing.total_tickets) == (ROCKET, 3)
    finish = FinishRaffle(raffle=WEEKLY, drawing=told.drawing, awaited=False)
    assert [send.then for send in rang.sends] == [finish]
    paid_out = rang.answered(paid).asked()
    assert paid_out.outcome == Decision((), reply=None)
    paid_out.when(draws).then().replied(RaffleAnswer(drawing=told.drawing, drawn_before=True))


def test_a_bell_that_finds_no_tickets_or_a_raffle_drawn_already_does_nothing() -> None:
    opening = on_sunday.when(asks)
    opening.rang().then().asked().set().when(draws).refused("no_tickets")
    story = has_entered(opening.story).seeing((ROCKET, 0, 2))
    opening.rang(by=story.when(draws).story).then().asked()


def test_a_bell_that_finds_tickets_under_way_rings_again() -> None:
    opening = on_sunday.when(asks)
    entering = opening.story.when(enters(3))
    rang = opening.rang(by=entering.story.at(SUNDAY)).then().asked()
    (again,) = rang.timers
    assert again.due_at == SUNDAY + RINGS_AGAIN
    assert again.id != opening.timers[0].id
    counted = entering.answered(paid, by=rang.story).story.seeing((ROCKET, 0, 2))
    rang.rang(by=counted).waits()


def test_nobody_enters_after_the_time_of_the_draw() -> None:
    on_sunday.at(SUNDAY - timedelta(microseconds=1)).when(enters()).waits()
    on_sunday.at(SUNDAY).when(enters()).refused("not_active")


def test_a_bell_of_a_definition_that_nobody_entered_under_does_nothing() -> None:
    opening = on_sunday.when(asks)
    later = opening.story.defined(WEEKLY, terms(draws_at=SUNDAY + timedelta(days=7)), 2)
    second = later.when(asks).then(opened(2))
    story = has_entered(second.story).seeing((ROCKET, 0, 2))
    opening.rang(by=story).then().asked()
    second.rang(by=story).waits()


def test_what_is_paid_for_after_the_draw_goes_back_and_is_answered_with_not_active() -> None:
    late = sold.when(enters(2))
    after = owned_after(late).when(draws).story
    returned = late.answered(paid.model_copy(update={"day": "2026-11-21"}), by=after).waits()
    returned.then(RaffleEntryReturned(raffle=WEEKLY, **purchase(5, tickets=2)))
    why = "raffle weekly-raffle command-5"
    refund = RefundWallet(
        player=ROCKET, asset=WINZ, amount=20, account=TICKETS, reason=why, play=True, day="2026-11-21"
    )
    returned.asked(Send("ledger", ROCKET, refund, then=ReturnEntry(raffle=WEEKLY)))
    returned.answered(paid).then().refused("not_active").finished(late.wish)
    assert raffle_in(returned.story) == raffle_in(after)


def test_what_is_refused_after_the_draw_is_refused() -> None:
    late = sold.when(enters(2))
    after = owned_after(late).when(draws).story
    late.answered(Refused("player_blocked"), by=after).refused("player_blocked").asked()


def owned_after(late: Consequence) -> Story:
    return late.story.seeing((WINNER, FIRST, LAST))


@pytest.mark.parametrize(
    "rows", [(), ((WINNER, LAST + 1, 99),), ((WINNER, FIRST, TICKET - 1),)], ids=["nobody", "after it", "before it"]
)
def test_a_ticket_that_nobody_is_shown_to_own_is_never_given_to_somebody(rows: tuple[Values, ...]) -> None:
    with pytest.raises(LookupError, match="rebuild raffle_entries"):
        sold.seeing(*rows).when(draws)


def test_a_promise_that_cannot_be_kept_is_not_broken_in_silence() -> None:
    other = seeds(masters={**MASTERS, "k1": b"not the secret that was promised from"})
    with pytest.raises(LookupError, match="'k1' is not the one that was promised from"):
        owned.drawing_from(other).when(draws)


def test_after_a_new_seed_secret_the_old_promise_is_kept() -> None:
    owned.drawing_from(seeds("k2")).when(draws).then(drawn(drawing("command-5")))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"ticket_cost": 0},                                                "greater than 0"),
        ({"prize_amount": 0},                                               "greater than 0"),
        ({"max_tickets": MOST_TICKETS + 1},                                 "less than or equal to 1000000"),
        ({"max_tickets_per_entry": 0},                                      "greater than or equal to 1"),
        ({"ticket_cost": LARGEST_AMOUNT // MOST_TICKETS + 1},               "beyond 2"),
        ({"draws_at": datetime(1999, 12, 31, tzinfo=UTC)},                  "between the years 2000 and 3000"),
        ({"draws_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))}, "between the years 2000 and 3000"),
        ({"draws_at": datetime(2027, 1, 1)},                                "timezone"),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_raffle_that_makes_no_sense_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        terms(**fields)


def test_the_dearest_ticket_can_be_paid_for() -> None:
    dear = terms(ticket_cost=LARGEST_AMOUNT, max_tickets_per_entry=1)
    given(service).defined(WEEKLY, dear).when(enters(1)).waits()
    assert [reference.path for reference in dear.references()] == ["ticket_asset", "prize_asset"]
    assert terms(draws_at=datetime(2027, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))).draws_at == datetime(
        2027, 1, 1, tzinfo=UTC
    )


def test_a_million_tickets_are_a_few_hundred_bytes_of_state() -> None:
    full = has_entered(shop, MOST_TICKETS)
    assert raffle_in(full) == Open(1, "k1", seed().hash, MOST_TICKETS, 0, chained(NO_TICKETS_HASH, 0, 999_999, ROCKET))
    full.when(enters(1)).refused("raffle_full", limit=MOST_TICKETS)


def test_the_views_show_the_promise_the_ranges_and_the_draw() -> None:
    assert shown(view.raffles, opened(2)) == (Put((WEEKLY,), (2, seed().hash)),)
    mine = entered(1, 0, 2, THREE)
    assert shown(view.entries, mine) == (Append((WEEKLY, 0), (2, ROCKET, "command-1", THREE)),)
    told = drawing("command-5")
    values = ("command-5", WINNER, WINZ, 5_000, TICKET, 10, TEN, seed().value, seed().hash, 1, NOON)
    assert shown(view.draws, drawn(told)) == (Append((WEEKLY,), values),)


def test_what_a_raffle_cannot_have_seen_changes_nothing() -> None:
    for event in (requested(1), entered(1, 0, 2, THREE)):
        assert raffle_in(given(service, event)) == Unopened()
