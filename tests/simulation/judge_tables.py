"""Every table, followed fact by fact: its seeds, its nonces, and each round from its first stake to its end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.eventlog.rows import EventRow
from shared.ids import TenantId, uuid_of
from shared.messages.play import Move
from shared.messages.round import (
    BeginRound,
    MoveDenied,
    MoveRound,
    Round,
    RoundBegun,
    RoundFact,
    RoundMoneyMoved,
    RoundMoved,
    RoundMoving,
    RoundOpened,
    RoundPaid,
    RoundSettled,
    RoundVoided,
    Transaction,
)
from shared.messages.seat import Table as At
from shared.messages.seed_pair import Pair, RotateSeeds, SeedsOpened, SeedsRotated
from shared.streams import Stream
from tests.simulation.clients import TENANT, Wanted
from tests.simulation.judge_outcomes import nothing_hidden_told, nothing_told, settled_rightly, stake_of
from tests.simulation.judge_sessions import Sitting
from tests.simulation.tables import limits_at, slug_of
from tests.simulation.told_games import expect

SAME: Final = (
    "seat", "slug", "wallet", "definition_version", "scale", "pair_number", "pair_id", "server_hash", "client_seed",
    "nonce", "opening", "max_win", "begun_at", "session_id",
)  # fmt: skip
"""What of a round never changes."""
OVER: Final = ("settled", "voided")
IN_VAIN: Final = ("refused", "unknown", "not_sent")
SeedOf = Callable[[Stream[Any], int], str]


@dataclass
class Course:
    """One round."""

    attempt: str
    """Who began it."""
    round: Round
    moves: list[Move] = field(default_factory=list)
    asking: Move | None = None
    debits: list[Transaction] = field(default_factory=list)
    """Every stake that was asked for, as it stands."""
    backs: dict[str, Transaction] = field(default_factory=dict)
    """What is to be taken back, as it stands, by transaction."""
    credits: list[Transaction] = field(default_factory=list)
    """Every state of the payout."""
    code: str | None = None
    """Why it is void."""
    ended_at_pos: int | None = None
    stood: list[dict[str, Any]] = field(default_factory=list)
    """The round as each of its facts tells it."""
    ran: list[str] = field(default_factory=list)
    """The attempts whose moves counted."""
    trying: str = ""
    """The attempt whose move waits for its stake."""
    denied: list[str] = field(default_factory=list)

    @property
    def granted(self) -> int:
        """All that was staked and is there."""
        return sum(one.amount for one in self.debits if one.status == "done")

    @property
    def over(self) -> bool:
        """Whether its table is free again."""
        return self.round.status in OVER


@dataclass
class Table:
    """One table."""

    at: At
    wishes: Mapping[str, Wanted]
    seed_of: SeedOf
    sittings: Mapping[str, Sitting]
    rounds: dict[str, Course]
    """Of all tables."""
    active: Pair | None = None
    upcoming: Pair | None = None
    nonce: int = 0
    held: Course | None = None
    promised: list[tuple[int, Pair]] = field(default_factory=list)
    """Every active pair, with the position since when it was."""

    def take(self, row: EventRow, event: Any) -> None:
        """This happened next. Raises Violation if it should not have."""
        match event:
            case SeedsOpened():
                expect(self.active is None and event.active.number == 0, f"{event}, but there were {self.active}")
                self._promise(row, event.active, event.upcoming, None)
            case SeedsRotated():
                self._rotate(row, event)
            case RoundBegun():
                self._begin(row, event)
            case RoundMoneyMoved():
                self._money(self.rounds[event.round_id], event.transaction)
            case RoundFact():
                self._go_on(row, event)
            case _:
                pass

    def server_seed(self, number: int) -> str:
        """Seed `number` of this table."""
        return self.seed_of(self.at.stream, number)

    def _promise(self, row: EventRow, active: Pair, upcoming: Pair, client_seed: str | None) -> None:
        made = self.seed_of(Stream[None]("client_seed", self.at.stream.key), active.number)[:16]
        expect(active.client_seed == (client_seed or made), f"{active} at {row}: the client's seed is another")
        expect(upcoming.number == active.number + 1 and upcoming.client_seed is None, f"{upcoming} after {active}")
        for pair in (active, upcoming):
            hash_ = hashlib.sha256(self.server_seed(pair.number).encode()).hexdigest()
            expect(pair.server_hash == hash_, f"{pair} promises another seed")
        self.active, self.upcoming, self.nonce = active, upcoming, 0
        self.promised.append((row.pos, active))

    def _rotate(self, row: EventRow, event: SeedsRotated) -> None:
        expect(self.held is None, f"{event} while {self.held} goes on")
        expect(event.retired == self.active, f"{event} retires another pair than {self.active}")
        expect(event.server_seed == self.server_seed(event.retired.number), f"{event} tells another seed")
        expect(event.nonces == self.nonce, f"{event}, but {self.nonce} nonces were spent")
        assert self.upcoming is not None
        same = (event.active.pair_id, event.active.server_hash) == (self.upcoming.pair_id, self.upcoming.server_hash)
        expect(same and event.active.number == self.upcoming.number, f"{event}, but {self.upcoming} was promised")
        command = self.wishes[row.command_id].command
        assert isinstance(command, RotateSeeds)
        self._promise(row, event.active, event.upcoming, command.client_seed)

    def _begin(self, row: EventRow, event: RoundBegun) -> None:
        round_, command, active = event.round, self.wishes[row.command_id].command, self.active
        assert isinstance(command, BeginRound)
        expect(active is not None, f"{event} without seeds")
        assert active is not None
        expect(self.held is None, f"{event} while {self.held} goes on")
        expect(round_.nonce == self.nonce, f"{event} has a nonce that is not {self.nonce}")
        promise = (active.number, active.pair_id, active.server_hash, active.client_seed)
        told = (round_.pair_number, round_.pair_id, round_.server_hash, round_.client_seed)
        expect(told == promise, f"{event} is not of {active}")
        self._sitting(round_).plays(row, command)
        expect(round_.round_id not in self.rounds, f"{event} bears the name of another round")
        wished = (round_.seat, round_.opening) == (command.seat, command.opening)
        expect(wished and round_.slug == slug_of(round_.seat.game), f"{event} for {command}")
        expect(round_.status == "initializing" and round_.stake == stake_of(round_.opening, ()), f"{event} begins so")
        limits = limits_at(round_.seat)
        within = limits.least <= round_.opening.amount and round_.stake <= limits.most
        expect(within and round_.max_win == limits.max_win, f"{event} is beyond {limits}")
        nothing_told(round_)
        self.nonce += 1
        course = Course(row.command_id, round_, stood=[round_.model_dump(mode="json")])
        self.held = self.rounds[round_.round_id] = course
        self._asked(course, event.transaction, round_.stake)

    def _sitting(self, round_: Round) -> Sitting:
        return self.sittings[round_.seat.session.named(TenantId(TENANT))]

    def _asked(self, course: Course, debit: Transaction | None, cost: int) -> None:
        """A stake is asked for, where there is any money."""
        expect((debit is None) == (course.round.wallet == "demo"), f"{course} asks for {debit}")
        if debit is None:
            return
        id_ = uuid_of(course.round.round_id, "debit", str(len(course.debits)))
        right = (debit.transaction_id, debit.amount, debit.status) == (id_, cost, "asked")
        expect(right, f"{course} asks for {debit}, due is {cost}")
        course.debits.append(debit)

    def _go_on(self, row: EventRow, event: RoundFact) -> None:
        course, was, now = self.rounds[event.round.round_id], self.rounds[event.round.round_id].round, event.round
        expect(self.held is course, f"{event} of a round that is not under way: {self.held}")
        changed = [name for name in SAME if getattr(was, name) != getattr(now, name)]
        expect(not changed, f"{event} changes {changed} of {was}")
        if event.transaction is not None and not isinstance(event, RoundMoving):
            self._money(course, event.transaction)
        course.round = now
        course.stood.append(now.model_dump(mode="json"))
        self._next(row, course, was, event)
        if course.over:
            self.held, course.ended_at_pos = None, row.pos
            expect(now.ended_at == row.at, f"{event} of {row.at} says when it ended")

    def _next(self, row: EventRow, course: Course, was: Round, event: RoundFact) -> None:
        """One thing comes after another."""
        match event:
            case RoundOpened() | RoundMoved() | RoundSettled():
                move = None if isinstance(event, RoundOpened) else event.move
                open_ = isinstance(event, RoundSettled) or event.round.status == "open"
                right = was.status == ("initializing" if move is None else "open") and open_
                expect(right, f"{event} after {was}")
                self._counts(row, course, was, move)
            case RoundMoving():
                self._moving(row, course, was, event)
            case MoveDenied():
                self._deny(course, was, event)
            case RoundPaid():
                now = event.round
                same = now.model_copy(update={"status": was.status, "ended_at": was.ended_at}) == was
                expect(was.status == "paying" and now.status == "settled" and same, f"{event} after {was}")
            case RoundVoided():
                self._void(course, was, event)
            case _:
                expect(False, f"nobody knows {event}")

    def _deny(self, course: Course, was: Round, event: MoveDenied) -> None:
        expect(course.asking is not None and course.debits[-1].status in IN_VAIN, f"{event} of {course}")
        expect(event.round == was and bool(event.code), f"{event} leaves another round than {was}")
        course.denied.append(course.trying)
        course.asking = None

    def _void(self, course: Course, was: Round, event: RoundVoided) -> None:
        now = event.round
        expect(was.status == "initializing" and now.status == "voided", f"{event} after {was}")
        expect(course.debits[-1].status in IN_VAIN and bool(event.code), f"{event}, but {course.debits}")
        expect((now.stake, now.payout) == (0, 0), f"{event} keeps something")
        nothing_told(now)
        course.code = event.code

    def _moving(self, row: EventRow, course: Course, was: Round, event: RoundMoving) -> None:
        command = self.wishes[row.command_id].command
        assert isinstance(command, MoveRound)
        expect(was.status == "open" and course.asking is None, f"{event} after {course}")
        expect(event.round == was and event.move == command.move, f"{event} for {command} changes {was}")
        self._sitting(was).plays(row, command)
        cost = stake_of(was.opening, [*course.moves, event.move]) - was.stake
        expect(cost > 0, f"{event} costs nothing")
        course.asking, course.trying = event.move, row.command_id
        self._asked(course, event.transaction, cost)

    def _counts(self, row: EventRow, course: Course, was: Round, move: Move | None) -> None:
        """The opening or a move counts: it was paid for, or costs nothing."""
        now = course.round
        if move is not None:
            self._moved(row, course, move)
        expect(course.asking is None, f"{course} goes on without waiting")
        stake = stake_of(now.opening, course.moves)
        expect(now.stake == stake and now.moves == len(course.moves), f"{now} after {course.moves} costs {stake}")
        over = now.status != "open"
        if now.wallet == "demo":
            self._sitting(now).spent(row, stake - (0 if move is None else was.stake), now.payout if over else 0)
            expect(now.status in ("open", "settled"), f"{now} owes what is no money")
        else:
            expect(course.granted == stake, f"{now} was staked with {course.debits}")
        if over:
            self._settled(course)
        else:
            nothing_hidden_told(now, course.moves)

    def _moved(self, row: EventRow, course: Course, move: Move) -> None:
        if course.asking is not None:
            expect(course.asking == move and course.debits[-1].status == "done", f"{course} goes on with {move}")
            course.ran.append(course.trying)
            course.asking = None
        else:
            command = self.wishes[row.command_id].command
            assert isinstance(command, MoveRound)
            expect(command.move == move and command.seat == course.round.seat, f"{course}: {move} for {command}")
            self._sitting(course.round).plays(row, command)
            course.ran.append(row.command_id)
        course.moves.append(move)

    def _settled(self, course: Course) -> None:
        now = course.round
        settled_rightly(now, course.moves, self.server_seed(now.pair_number))
        expect(now.payout <= (now.max_win or now.payout), f"{now} pays more than can be won")
        owed = now.payout > 0 and (now.wallet == "callback" or (now.wallet == "internal" and bool(course.moves)))
        expect(now.status == ("paying" if owed else "settled"), f"{now} after {course.moves} is not {owed}")
        told = [(one.amount, one.tries) for one in course.credits]
        due = [(now.payout, 1)] if owed or now.wallet == "callback" else []
        expect(told == due, f"{now} owes {told}, due is {due}")

    def _money(self, course: Course, money: Transaction) -> None:
        """This became of a movement of money."""
        match money.movement:
            case "debit":
                was = course.debits[-1]
                same = money.model_copy(update={"status": was.status}) == was
                expect(same and was.status == "asked", f"{money} of {course}")
                course.debits[-1] = money
            case "credit":
                id_ = uuid_of(course.round.round_id, "credit")
                expect(money.transaction_id == id_, f"{money} is another payout of {course}")
                course.credits.append(money)
            case "rollback":
                debit = next((one for one in course.debits if one.transaction_id == money.transaction_id), None)
                right = debit is not None and debit.status == "unknown" and debit.amount == money.amount
                expect(right, f"{money} takes back {debit}")
                course.backs[money.transaction_id] = money
