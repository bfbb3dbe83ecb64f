"""Whatever happens, every ticket has one owner, and whoever has no tickets has his money."""

from __future__ import annotations

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.engines.raffle import view
from services.engines.raffle.lookups import lookup
from services.engines.raffle.state import Drawn, Open, Unopened
from services.engines.raffle.tickets import chained
from shared.fair.checker import check_raffle
from shared.messages.base import Command
from shared.messages.raffle import (
    NO_TICKETS_HASH,
    RaffleDrawing,
    RaffleDrawn,
    RaffleEntered,
)
from shared.messages.wallet import DebitWallet, PayWallet, RefundWallet
from shared.shapes import Append, Refused, Values
from shared.testing.grammar import TENANT, Consequence, shown
from tests.specs.raffle_words import (
    GROOT,
    ROCKET,
    WEEKLY,
    draws,
    enters,
    paid,
    raffle_in,
    shop,
)


class Town:
    """Entries and draws in any order, with what the views would show of them."""

    def __init__(self) -> None:
        self.story, self.under_way = shop, list[Consequence]()
        self.rows: dict[Values, Values] = {}
        self.paid, self.refunded, self.drawings = 0, 0, list[RaffleDrawing]()

    def step(self, move: tuple[str, int]) -> None:
        kind, number = move
        if kind == "enter":
            self._keep(self.story.when(enters(number, ROCKET if number % 2 else GROOT)))
        elif kind == "draw":
            need = self.story.needs(draws)
            owners = lookup.twin({"raffle_entries": self.rows}, 0, TENANT, need.args) if need else ()
            self._keep(self.story.seeing(*owners).when(draws))
        elif self.under_way:
            waiting = self.under_way.pop(number % len(self.under_way))
            refuse = kind == "refuse" and isinstance(waiting.sends[0].command, DebitWallet)
            if not refuse:
                self._move(waiting.sends[0].command)
            self._keep(waiting.answered(Refused("insufficient_balance") if refuse else paid, by=self.story))

    def _move(self, command: Command) -> None:
        match command:
            case DebitWallet():
                self.paid += command.amount
            case RefundWallet():
                self.refunded += command.amount
            case _:
                assert isinstance(command, PayWallet)

    def _keep(self, after: Consequence) -> None:
        self.story = after.story
        for event in getattr(after.outcome, "events", ()):
            if isinstance(event, RaffleEntered):
                for row in shown(view.entries, event):
                    assert isinstance(row, Append)
                    self.rows[0, TENANT, *row.key] = row.values
            if isinstance(event, RaffleDrawn):
                self.drawings.append(event.drawing)
        if after.sends:
            self.under_way.append(after)

    def ranges(self) -> list[tuple[int, int, str]]:
        return sorted((int(str(key[3])), int(str(row[0])), str(row[1])) for key, row in self.rows.items())


moves = st.tuples(st.sampled_from(["enter", "enter", "pay", "pay", "pay", "refuse", "draw"]), st.integers(1, 50))


@for_all(st.lists(moves, max_size=30))
def test_whatever_happens_every_ticket_has_one_owner_and_one_draw_is_made(sequence: list[tuple[str, int]]) -> None:
    town = Town()
    for move in [*sequence, *[("pay", 1)] * 60]:
        town.step(move)
    ranges, raffle = town.ranges(), raffle_in(town.story)
    owners = [who for first, last, who in ranges for _ in range(first, last + 1)]
    assert [ticket for first, last, _ in ranges for ticket in range(first, last + 1)] == list(range(len(owners)))
    hash_ = NO_TICKETS_HASH
    for first, last, who in ranges:
        hash_ = chained(hash_, first, last, who)
    assert town.paid - town.refunded == 10 * len(owners), "whoever has no tickets has his money"
    match raffle:
        case Open():
            assert (raffle.tickets, raffle.reserved, raffle.tickets_hash) == (len(owners), 0, hash_)
        case Drawn(told):
            assert town.drawings == [told]
            assert (told.total_tickets, told.tickets_hash) == (len(owners), hash_)
            assert owners[told.winning_ticket] == told.winner
        case Unopened():
            assert not owners


@for_all(st.lists(st.integers(1, 10_000), min_size=1, max_size=8))
def test_anybody_can_recompute_a_draw_from_what_was_told(entries: list[int]) -> None:
    """The checker shares no code with the engine; with the list of entries it also finds the owner and the hash."""
    town = Town()
    for tickets in entries:
        town.step(("enter", tickets))
        town.step(("pay", 0))
    promise = raffle_in(town.story)
    assert isinstance(promise, Open)
    town.step(("draw", 0))
    (told,) = town.drawings
    assert told.server_seed_hash == promise.server_seed_hash
    reply = {
        "winner_username": told.winner,
        "winning_ticket_idx": told.winning_ticket,
        "total_tickets": told.total_tickets,
        "tickets_hash": told.tickets_hash,
    }
    listed = [{"first_ticket": first, "last_ticket": last, "username": who} for first, last, who in town.ranges()]
    for more in ({}, {"entries": listed}):
        result = check_raffle(WEEKLY, told.server_seed, told.server_seed_hash, {**reply, **more})
        assert result.ok, result.problems
        assert result.winner == told.winning_ticket
