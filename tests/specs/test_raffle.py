"""A raffle opens, keeps room, takes the money, and then the tickets are the next ones."""

from __future__ import annotations

from typing import Any

import pytest

from services.engines.raffle.state import Open
from services.engines.raffle.tickets import chained
from services.engines.registry import service
from shared.messages.base import Command
from shared.messages.raffle import (
    NO_TICKETS_HASH,
    TICKETS,
    CountEntry,
    RaffleEntryAnswer,
    RaffleEntryDenied,
    RaffleEntryRequested,
    RaffleSeedAnswer,
    RaffleSpec,
)
from shared.messages.wallet import DebitWallet
from shared.shapes import Refused, Send
from shared.testing.grammar import Story, given, seeds
from tests.specs.raffle_words import (
    GROOT,
    ROCKET,
    TEN,
    THREE,
    WEEKLY,
    WINZ,
    asks,
    drawing,
    drawn,
    draws,
    entered,
    enters,
    entry_of,
    has_entered,
    opened,
    owned,
    paid,
    paused,
    purchase,
    raffle_in,
    requested,
    seed,
    shop,
    sold,
    terms,
)


def test_whoever_asks_first_opens_the_raffle_and_is_told_the_hash_of_its_only_draw() -> None:
    answer = RaffleSeedAnswer(server_seed_hash=seed().hash, definition_version=1)
    shop.when(asks).then(opened()).replied(answer).set().when(asks).then().replied(answer)


def test_the_first_entry_opens_the_raffle_too_and_asks_the_ledger_for_the_money() -> None:
    asked = shop.when(enters(3)).then(opened(), requested(1)).waits()
    debit = DebitWallet(
        player=ROCKET, asset=WINZ, amount=30, account=TICKETS, reason="raffle weekly-raffle command-1", play=True
    )
    asked.asked(Send("ledger", ROCKET, debit, then=CountEntry(raffle=WEEKLY, **purchase(1))))


def test_tickets_that_are_paid_for_are_the_next_ones() -> None:
    first = shop.when(enters(3))
    mine = entered(1, 0, 2, THREE)
    counted = first.answered(paid).then(mine).replied(RaffleEntryAnswer(entry=entry_of(mine))).finished(first.wish)
    second = counted.when(enters(7, GROOT)).then(requested(3, 7, GROOT))
    second.answered(paid).then(entered(3, 3, 9, TEN, GROOT)).finished(second.wish)
    assert raffle_in(sold) == Open(1, "k1", seed().hash, tickets=10, reserved=0, tickets_hash=TEN)


def test_whoever_is_paid_for_first_has_the_lower_tickets() -> None:
    one = shop.when(enters(3))
    two = one.when(enters(7, GROOT))
    hash_ = chained(NO_TICKETS_HASH, 0, 6, GROOT)
    overtaken = two.answered(paid).then(entered(2, 0, 6, hash_, GROOT))
    one.answered(paid, by=overtaken.story).then(entered(1, 7, 9, chained(hash_, 7, 9, ROCKET)))


@pytest.mark.parametrize("code", ["insufficient_balance", "no_player", "player_blocked"])
def test_tickets_that_are_not_paid_for_are_none_and_their_room_is_free_again(code: str) -> None:
    first = shop.when(enters(3))
    denied = first.answered(Refused(code, {"why": "so"})).refused(code, why="so").finished(first.wish).asked()
    denied.then(RaffleEntryDenied(raffle=WEEKLY, **purchase(1), code=code))
    assert raffle_in(denied.story) == Open(1, "k1", seed().hash)


def test_a_refusal_without_a_word_is_a_refusal_too() -> None:
    count = CountEntry(raffle=WEEKLY, **purchase(9))
    silent = count.model_copy(update={"answer": count.answer.model_copy(update={"code": None})})
    shop.when(silent).refused("refused").finished()


tight = given(service).defined(WEEKLY, terms(max_tickets=10, max_tickets_per_entry=7))


def test_room_is_kept_while_the_ledger_takes_the_money() -> None:
    first = tight.when(enters(7))
    first.when(enters(4, GROOT)).then().refused("raffle_full", limit=10)
    first.when(enters(3, GROOT)).waits()
    denied = first.answered(Refused("insufficient_balance"))
    denied.when(enters(4, GROOT)).waits()
    first.answered(paid).when(enters(4, GROOT)).then().refused("raffle_full", limit=10)


@pytest.mark.parametrize(
    ("story",                        "wish",    "code",             "details"),
    [
        (given(service),             asks,      "no_raffle",        {}),
        (given(service),             enters(),  "no_raffle",        {}),
        (given(service),             draws,     "no_raffle",        {}),
        (shop.removed(RaffleSpec, WEEKLY), asks, "no_raffle",       {}),
        (sold.removed(RaffleSpec, WEEKLY), enters(), "no_raffle",   {}),
        (shop,                       draws,     "no_tickets",       {}),
        (shop.when(asks).story,      draws,     "no_tickets",       {}),
        (shop.when(enters()).story,  draws,     "no_tickets",       {}),
        (paused,                     enters(),  "not_active",       {}),
        (sold.defined(WEEKLY, terms(status="paused"), 2), enters(), "not_active", {}),
        (owned.when(draws).story,    enters(),  "not_active",       {}),
        (tight,                      enters(8), "too_many_tickets", {"limit": 7}),
    ],
)  # fmt: skip
def test_this_is_refused_and_nothing_changes(story: Story, wish: Command, code: str, details: dict[str, Any]) -> None:
    story.when(wish).then().refused(code, **details).when(wish).then().refused(code, **details)


def test_a_paused_raffle_still_shows_its_hash_and_can_be_drawn() -> None:
    paused.when(asks).then(opened(2))
    owned.defined(WEEKLY, terms(status="paused"), 2).when(draws).then(drawn(drawing("command-5")))


def test_a_raffle_that_nobody_entered_follows_its_newest_definition_and_keeps_its_promise() -> None:
    told = shop.when(asks).story.drawing_from(seeds("k2")).defined(WEEKLY, terms(ticket_cost=20), 2)
    told.when(asks).then(opened(2)).replied(RaffleSeedAnswer(server_seed_hash=seed().hash, definition_version=2))
    again = told.when(enters(3)).then(opened(2), RaffleEntryRequested(raffle=WEEKLY, **purchase(2, cost=20)))
    again.when(enters(1)).then(RaffleEntryRequested(raffle=WEEKLY, **purchase(3, tickets=1, cost=20)))


@pytest.mark.parametrize("entry", [shop.when(enters()).story, has_entered(shop)], ids=["under way", "counted"])
def test_once_somebody_has_entered_the_terms_stay(entry: Story) -> None:
    dearer = entry.defined(WEEKLY, terms(ticket_cost=20), 2)
    dearer.when(asks).then().replied(RaffleSeedAnswer(server_seed_hash=seed().hash, definition_version=1))
    step = dearer.wishes + 1
    dearer.when(enters(1)).then(RaffleEntryRequested(raffle=WEEKLY, **purchase(step, tickets=1)))


def test_a_version_that_never_was_sells_nothing() -> None:
    with pytest.raises(LookupError, match="weekly-raffle has no version 7"):
        shop.and_then(opened(7), requested(1)).when(enters())
