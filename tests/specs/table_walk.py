"""A walk through everything that can happen at a table, with a wallet that keeps a book of its own and may be silent.

Whoever walks picks numbers; each is a wish of the player, an answer of the wallet, or a timer that rings. What the
wallet's book says afterwards is held against the rounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.rgs.round.state import Seeded
from shared.ids import RoundId
from shared.messages.base import Answer, Command, Reply
from shared.messages.call import CallAnswer, CallCredit, CallDebit, CallRollback
from shared.messages.play import Opening
from shared.messages.round import Round, RoundFact
from shared.messages.seed_pair import RotateSeeds, ShowSeeds
from shared.messages.wallet import DebitWallet, PayWallet, TransferWallet, WalletAnswer
from shared.shapes import Refused, Send, Timer, Wish
from shared.testing.grammar import Consequence, Story
from shared.testing.promises import events_of
from tests.specs.rounds_of_games import next_move
from tests.specs.table_words import ROCKET, USD, begins, moves, seat_of

Due = tuple[Send | Timer, Wish]
FAULTS: Final = ("granted", "granted", "granted", "refused", "unknown", "not_sent", "lost", "unknown_transaction")
"""How a call ends; what is lost was applied, but nobody hears of it."""


@dataclass
class Book:
    """What a wallet has taken and given, by round; every transaction once, however often it is told."""

    taken: Counter[RoundId] = field(default_factory=Counter)
    given: Counter[RoundId] = field(default_factory=Counter)
    debits: dict[str, int] = field(default_factory=dict)
    credits: dict[str, int] = field(default_factory=dict)

    def apply(self, command: Command) -> None:
        match command:
            case TransferWallet():
                for leg in command.legs:
                    side = self.taken if leg.amount < 0 else self.given
                    side[self._round(command.reason)] += abs(leg.amount)
            case DebitWallet():
                self.taken[self._round(command.reason)] += command.amount
            case PayWallet():
                self.given[self._round(command.reason)] += command.amount
            case CallDebit():
                assert command.transaction_id not in self.debits, "a stake is asked for once"
                self.debits[command.transaction_id] = command.amount
                self.taken[command.round_id] += command.amount
            case CallCredit():
                before = self.credits.setdefault(command.transaction_id, command.amount)
                assert before == command.amount, "a credit is the same at every try"
                self.given[command.round_id] = command.amount
            case CallRollback():
                self.taken[command.round_id] -= self.debits.pop(command.transaction_id, 0)
            case _:
                raise AssertionError(f"no wallet knows {command.wire}")

    @staticmethod
    def _round(reason: str) -> RoundId:
        return RoundId(reason.removeprefix("round "))


class Walk:
    """One player at one table."""

    def __init__(self, story: Story, slug: str, opening: Opening, *, callback: bool) -> None:
        self.story, self.slug, self.opening, self.callback = story, slug, opening, callback
        self.book = Book()
        self.due: list[Due] = []
        self.rounds: dict[RoundId, Round] = {}
        self.answers: Counter[Wish] = Counter()
        self.texts: list[str] = []

    def step(self, choice: int) -> None:
        """Do what this number says."""
        kind, rest = choice % 4, choice // 4
        if kind == 0 or not self.due:
            self._wish(rest)
        else:
            self._happens(self.due.pop(rest % len(self.due)), rest // 7)

    def settle(self) -> None:
        """Everybody answers at last."""
        while self.due:
            self._happens(self.due.pop(0), 0)

    def _wish(self, choice: int) -> None:
        state = self.story.state(seat_of(self.slug).stream)
        held = state.held if isinstance(state, Seeded) else None
        if choice % 11 == 0:
            command: Command = RotateSeeds(table=seat_of(self.slug).table, client_seed="lucky")
        elif choice % 13 == 0:
            command = ShowSeeds(table=seat_of(self.slug).table)
        elif held is not None and held.round.status == "open":
            seen = self.rounds[held.round.round_id]
            command = moves(self.slug, seen.round_id, next_move(self.slug, self.opening, seen.shown, choice))  # type: ignore[arg-type]
        else:
            command = begins(self.slug, self.opening)
        self._take(self.story.when(command))

    def _happens(self, due: Due, choice: int) -> None:
        what, wish = due
        if isinstance(what, Timer):
            later = self.story.at(max(self.story.now, what.due_at))
            self._take(later.when(what.command, wish))
            return
        answer = self._answer(what.command, FAULTS[choice % len(FAULTS)])
        assert what.then is not None
        self._take(self.story.when(what.then.model_copy(update={"answer": _told(answer)}), wish))

    def _answer(self, command: Command, fault: str) -> Reply | Refused:
        if not self.callback:
            if isinstance(command, PayWallet) or fault == "granted":
                self.book.apply(command)
                return WalletAnswer(transaction_id="t", player=ROCKET, balances={USD: 500})
            return Refused("insufficient_balance")
        if fault in ("granted", "lost"):
            self.book.apply(command)
        if fault == "unknown_transaction":
            known = isinstance(command, CallRollback) and command.transaction_id not in self.book.debits
            return Refused("unknown_transaction" if known else "unknown")
        return CallAnswer(balance=500) if fault == "granted" else Refused("unknown" if fault == "lost" else fault)

    def _take(self, after: Consequence) -> None:
        self.story = after.story
        for fact in events_of(after.outcome):
            self.texts.append(fact.model_dump_json())
            if isinstance(fact, RoundFact):
                self.rounds[fact.round.round_id] = fact.round
        finishes = getattr(after.outcome, "finishes", None)
        if finishes is not None:
            self.answers[finishes] += 1
        self.due += [(send, after.wish) for send in after.sends]
        self.due += [(timer, after.wish) for timer in after.timers]


def _told(answer: Reply | Refused) -> Answer:
    if isinstance(answer, Refused):
        return Answer(granted=False, code=answer.code)
    return Answer(granted=True, body=answer.model_dump(mode="json"))


def nonces_of(rounds: Sequence[Round]) -> dict[int, list[int]]:
    """The nonces of each pair, in the order that they were spent."""
    found: dict[int, list[int]] = {}
    for round_ in rounds:
        found.setdefault(round_.pair_number, []).append(round_.nonce)
    return found
