"""What gamblers did, held against the ledger and against the book of the operator abroad, to the last unit."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

import orjson

from shared.eventlog.rows import EventRow, OutboxRow
from shared.ids import TenantId
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.player import PlayerStatusChanged
from shared.messages.round import BeginRound, MoveRound, RoundFact, RoundMoneyMoved
from shared.messages.seed_pair import RotateSeeds, SeedsFact, SeedsRotated, ShowSeeds, VerifyRound
from shared.messages.session import (
    DemoBalanceMoved,
    LaunchSession,
    RefreshSession,
    SessionFact,
    SessionLaunched,
    SessionRefreshed,
    SessionRequested,
    TouchSession,
)
from shared.messages.wallet import PLAYER, UNCLAIMED, WalletPosted
from shared.streams import Stream
from tests.simulation.bank import Bank
from tests.simulation.clients import TENANT, Violation, Wanted
from tests.simulation.judge_sessions import Sitting
from tests.simulation.judge_tables import Course, Table
from tests.simulation.parlour import WINZ
from tests.simulation.reading import Reading
from tests.simulation.seed_chain import seeds_of
from tests.simulation.told_games import expect

ROUND: Final = re.compile(r"round (.+)")
REPEATS: Final = 4
"""How often a rollback is answered that nobody knows the debit, before it is let be."""


class Line(NamedTuple):
    """What the ledger moved for a round, for its player or in the player's place."""

    player: str
    asset: str
    amount: int
    kept: bool
    """Whether the player had no room for it."""


class RoundsJudge:
    """Follows every table and every session as the log grows."""

    def __init__(self, rgs: Reading, ledger: Reading, bank: Bank | None, wishes: Mapping[str, Wanted]) -> None:
        self.rgs, self.ledger, self.bank, self._wishes = rgs, ledger, bank, wishes
        self.sittings: dict[str, Sitting] = defaultdict(Sitting)
        self.tables: dict[str, Table] = {}
        self.rounds: dict[str, Course] = {}
        self.lines: dict[str, list[Line]] = defaultdict(list)
        """By round."""
        self.seen: Counter[str] = Counter()
        self._broken: Violation | None = None
        self._read = 0
        self._posted = 0
        self._held: dict[str, str] = {}
        """The status of every player who has another than at first."""
        self._has: dict[tuple[str, str], int] = defaultdict(int)

    def catch_up(self) -> None:
        """Follow what is new. Raises Violation."""
        for reading in (self.rgs, self.ledger):
            reading.catch_up()
        if self._broken is not None:
            raise self._broken
        try:
            self._follow()
        except Violation as violation:
            self._broken = violation  # what follows cannot be judged
            raise

    def _follow(self) -> None:
        history, self._read = self.rgs.history[self._read :], len(self.rgs.history)
        for row, event in history:
            self._take(row, event)
        history, self._posted = self.ledger.history[self._posted :], len(self.ledger.history)
        for _, event in history:
            self._post(event)

    def _take(self, row: EventRow, event: Any) -> None:
        self.seen[event.wire.replace(".", " ").replace("_", " ")] += 1
        if isinstance(event, SessionFact | DemoBalanceMoved):
            self.sittings[row.stream].take(row, event, self._wishes)
        elif isinstance(event, SeedsFact | RoundFact | RoundMoneyMoved):
            self.table_of(event).take(row, event)

    def table_of(self, event: SeedsFact | RoundFact | RoundMoneyMoved) -> Table:
        """The table that this is about."""
        at = event.table if isinstance(event, SeedsFact) else _seat(event).table
        name = at.stream.named(TenantId(TENANT))
        if name not in self.tables:
            self.tables[name] = Table(at, self._wishes, _seed_of, self.sittings, self.rounds)
        return self.tables[name]

    def _post(self, event: Any) -> None:
        if isinstance(event, PlayerStatusChanged):
            self._held[event.profile.player] = event.profile.status
        if not isinstance(event, WalletPosted):
            return
        found, who = ROUND.fullmatch(event.reason), event.player
        status = self._held.get(who, "active")
        for one in event.postings:
            if one.account == PLAYER:
                self._has[who, one.asset] += one.amount
                staked = found is not None and one.amount < 0
                expect(not staked or status == "active", f"{event} was taken of somebody who is {status}")
            elif one.account == UNCLAIMED and found is not None:
                has = self._has[who, one.asset]
                expect(has + one.amount > LARGEST_AMOUNT, f"{event} was kept back, though {who} has {has}")
                self.seen["payouts without room"] += 1
            if found is not None and one.account in (PLAYER, UNCLAIMED):
                line = Line(who, one.asset, one.amount, one.account == UNCLAIMED)
                self.lines[found[1]].append(line)

    def effects(self, attempts: Iterable[str]) -> list[str]:
        """The attempts that ran, as often as they did."""
        said = set(attempts)
        begun = [one.attempt for one in self.rounds.values() if one.round.status not in ("initializing", "voided")]
        moved = [attempt for one in self.rounds.values() for attempt in one.ran]
        kinds = (SeedsRotated, SessionRefreshed)
        others = [row.command_id for kind in kinds for row, _ in self.rgs.by_type[kind.wire]]
        return [one for one in (*begun, *moved, *others, *self._opened()) if one in said]

    def _opened(self) -> list[str]:
        """A session for money is opened by the ledger's answer, for the last attempt that had it asked."""
        asked: dict[str, list[str]] = defaultdict(list)
        for row, _ in self.rgs.by_type[SessionRequested.wire]:
            asked[row.correlation_id].append(row.command_id)
        rows = [row for row, _ in self.rgs.by_type[SessionLaunched.wire]]
        return [asked[row.correlation_id][-1] if row.correlation_id in asked else row.command_id for row in rows]

    def due(self, wish: Wanted) -> tuple[int, ...] | None:
        """How many effects a granted wish may have had; None of what is no business of tables."""
        match wish.command:
            case BeginRound() | MoveRound() | RotateSeeds() | RefreshSession():
                return (1,)
            case LaunchSession():
                return (0, 1)
            case ShowSeeds() | VerifyRound() | TouchSession():
                return (0,)
            case _:
                return None

    def begun(self) -> Counter[str]:
        """How many times each attempt is under way or has had its effect."""
        begun = Counter(one.attempt for one in self.rounds.values() if one.round.status != "voided")
        for one in self.rounds.values():
            begun.update([*one.ran, *([one.trying] if one.asking is not None else [])])
        return begun

    def close(self, stuck: Collection[OutboxRow]) -> None:
        """Every round is over and paid, or waits for its player, and both books agree. Raises Violation.

        Args:
            stuck: the Sends that are left to people.
        """
        self.catch_up()
        left = {orjson.loads(row.payload)["data"].get("reason", "") for row in stuck}
        for id_, course in self.rounds.items():
            self._at_rest(course, left=f"round {id_}" in left)
            if course.round.wallet == "callback":
                self._abroad(course)
            else:
                self._at_home(id_, course, left=f"round {id_}" in left)
        strange = self.lines.keys() - self.rounds.keys()
        expect(not strange, f"the ledger knows of rounds that nobody has begun: {strange}")
        if self.bank is not None:
            self._no_more_abroad(self.bank)

    def _at_rest(self, course: Course, *, left: bool) -> None:
        """It is over, or its player does not go on; what is left to people may wait for ever."""
        waits = course.round.status in ("initializing", "paying") or course.asking is not None
        expect(not waits or left, f"{course} never came to an end")

    def _at_home(self, id_: str, course: Course, *, left: bool) -> None:
        """The ledger has moved what was staked and won, and nothing else."""
        lines, round_ = self.lines[id_], course.round
        expect({one.player for one in lines} <= {round_.seat.player}, f"{lines} for {round_}")
        expect({one.asset for one in lines} <= {round_.seat.currency}, f"{lines} for {round_}")
        due = [-one.amount for one in course.debits if one.status == "done"]
        due += [round_.payout] if round_.payout and round_.wallet != "demo" else []
        amounts = [one.amount for one in lines]
        if left:
            granted = [-one.amount for one in course.debits if one.status == "done"]
            asked, more = [-one.amount for one in course.debits if one.status == "asked"], amounts[len(granted) :]
            in_part = not more or more == due[len(granted) :] or (bool(asked) and more[:1] == asked)
            expect(amounts[: len(granted)] == granted and in_part, f"for {course} {lines} was moved")
        else:
            expect(amounts == due, f"for {course} {lines} was moved, due was {due}")

    def _abroad(self, course: Course) -> None:
        """The operator's book has what was staked and is there, what was won, and nothing of what never was."""
        bank, round_ = self.bank, course.round
        assert bank is not None, f"{course} was called"
        for one in course.debits:
            booked, back = bank.debits.get(one.transaction_id), course.backs.get(one.transaction_id)
            there = booked is not None and not booked.back
            expect(there == (one.status == "done"), f"{one} of {course} stands abroad as {booked}")
            expect((back is not None) == (one.status == "unknown"), f"{one} of {course} was taken back: {back}")
            unheard = back is not None and back.status == "unknown_transaction" and back.unheard == REPEATS
            expect(back is None or back.status == "done" or unheard, f"{back} of {course} was let be")
            tries = len(bank.requests["debit", one.transaction_id])
            expect(tries <= 1, f"{one} of {course} was asked for {tries} times")
        booked = bank.credits.get(course.credits[0].transaction_id) if course.credits else None
        owed, over = round_.payout, round_.status == "settled"
        paid = booked is not None and booked.amount == owed and booked.player == round_.seat.player
        expect(paid or not over, f"{course} pays {owed}, abroad it is {booked}")
        told = round_.round_id in bank.closed
        expect(told == over, f"{course}, but abroad it is over: {told}")
        expect(not over or course.credits[-1].status == "done", f"{course} is not paid as far as is known")

    def _no_more_abroad(self, bank: Bank) -> None:
        """What the operator has booked is of a round of ours."""
        expect(not bank.forged, f"calls of {bank.forged} were not signed as agreed")
        debits = {one.transaction_id for course in self.rounds.values() for one in course.debits}
        payouts = {one.transaction_id for course in self.rounds.values() for one in course.credits}
        strange = (bank.debits.keys() - debits, bank.credits.keys() - payouts)
        expect(not any(strange), f"abroad there is more: {strange}")

    def money(self, model: dict[tuple[str, str], int]) -> None:
        """Add what was staked and won to what everybody should have."""
        for id_, course in self.rounds.items():
            round_ = course.round
            if round_.wallet == "internal":
                model[round_.seat.player, WINZ] += sum(one.amount for one in self.lines[id_] if not one.kept)

    def tally(self) -> Counter[str]:
        """How often each thing happened."""
        courses = self.rounds.values()
        ended = Counter(f"rounds: {one.round.wallet} {one.round.status}" for one in courses)
        void = Counter(f"rounds void: {one.code}" for one in courses if one.code)
        slugs = Counter(f"rounds of {one.round.slug}" for one in courses if one.round.status == "settled")
        capped = sum(one.round.payout == one.round.max_win for one in courses)
        tried = sum(one.credits[-1].tries > 1 for one in courses if one.credits)
        backs = Counter(f"rollbacks: {back.status}" for one in courses for back in one.backs.values())
        denied = sum(len(one.denied) for one in courses)
        more = {
            "rounds at most": capped, "payouts tried again": tried, "moves denied": denied,
            "moves": sum(len(one.moves) for one in courses),
        }  # fmt: skip
        return self.seen + ended + void + slugs + backs + Counter(more)


def _seat(event: RoundFact | RoundMoneyMoved) -> Any:
    return event.seat if isinstance(event, RoundMoneyMoved) else event.round.seat


def _seed_of(stream: Stream[Any], number: int) -> str:
    return seeds_of(TenantId(TENANT)).of(stream, number).value
