"""What every wheel must have given: each free spin once a day, each bonus spin once, and each spin its reward once."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson

from shared.eventlog.rows import EventRow, OutboxRow
from shared.fair.checker import check_wheel
from shared.messages.base import Event
from shared.messages.seed import SeedCommitted
from shared.messages.wheel import (
    AllowanceChanged,
    BonusSpinsGranted,
    BonusSpinsRequested,
    ClaimSpin,
    CommitWheelSeed,
    CooldownBegun,
    CooldownGivenBack,
    DrySpinBegun,
    DrySpinClaimed,
    DrySpinDenied,
    DrySpinExpired,
    DrySpinWheel,
    DrySpun,
    GrantBonusSpins,
    Spin,
    SpinWheel,
    WheelPaidSpinBegun,
    WheelSpinDenied,
    WheelSpinRequested,
    WheelSpun,
)
from tests.simulation.clients import Wanted
from tests.simulation.parlour import WINZ
from tests.simulation.reading import Moved, Reading
from tests.simulation.told_games import expect
from tests.simulation.told_wheels import moves_of, reason_of
from tests.simulation.wheels import BY_CHANCE, CHANCES, COOLDOWNS, DRY_FOR, SEGMENTS, WHEELS

KINDS: Final[tuple[type[Event], ...]] = (
    SeedCommitted, WheelSpinRequested, WheelPaidSpinBegun, WheelSpinDenied, WheelSpun, BonusSpinsGranted, CooldownBegun,
    CooldownGivenBack, DrySpinBegun, DrySpinDenied, DrySpun, DrySpinClaimed, DrySpinExpired,
)  # fmt: skip
WISHES: Final = (SpinWheel, DrySpinWheel, ClaimSpin, GrantBonusSpins, CommitWheelSeed)


@dataclass
class Allowance:
    """What one player has left at one wheel."""

    day: str = ""
    free_used: int = 0
    bonus: int = 0
    promised: str = ""
    """The hash that the next spin is bound to."""


class Turn(NamedTuple):
    """A spin that somebody has begun, and that counts for the next one's patience."""

    spin_id: str
    at: datetime


@dataclass
class Dry:
    """One dry spin, from its draw on."""

    spin: Spin
    wheel: str
    expires_at: datetime
    settled: bool = False


@dataclass
class Table:
    """Everything that one player did at all wheels, followed fact by fact."""

    player: str
    allowances: defaultdict[str, Allowance] = field(default_factory=lambda: defaultdict(Allowance))
    turns: defaultdict[str, list[Turn]] = field(default_factory=lambda: defaultdict(list))
    """By project."""
    given_back: set[str] = field(default_factory=set)
    """The spins for which nobody need wait any more."""
    newest: dict[str, str] = field(default_factory=dict)
    """The spin that was begun last in each project; none once that was given back, since an earlier one is over."""
    asked: dict[str, WheelPaidSpinBegun] = field(default_factory=dict)
    """Paid spins of which the ledger has not said anything."""
    dry: dict[str, Dry] = field(default_factory=dict)
    """By the hashes of their tokens."""
    moves: dict[str, list[Moved]] = field(default_factory=dict)
    """What must have moved for each reason."""
    owing: dict[str, int] = field(default_factory=dict)
    """Bonus spins that a fact must bring next, by the command that won them."""

    def take(self, row: EventRow, event: Any) -> None:
        """This happened next. Raises Violation if it should not have."""
        match event:
            case SeedCommitted():
                self.allowances[event.entity].promised = event.server_seed_hash
            case WheelPaidSpinBegun():
                self._ask(row, event)
            case CooldownGivenBack() | WheelSpinDenied():
                self._deny(event)
            case WheelSpun():
                self._spin(row, event)
            case BonusSpinsGranted():
                self._grant(row, event)
            case DrySpun():
                self._wait(row, event)
            case DrySpinClaimed() | DrySpinExpired():
                self._settle(row, event)
            case _:
                pass

    def _used(self, row: EventRow, wheel: str) -> int:
        """The free spins that count on that day; a day that is over does not come again."""
        allowance = self.allowances[wheel]
        return 0 if WHEELS[wheel].day_of(row.at) > allowance.day else allowance.free_used

    def _ask(self, row: EventRow, event: WheelPaidSpinBegun) -> None:
        wheel, left = WHEELS[event.wheel], self.allowances[event.wheel]
        free = self._used(row, event.wheel) < wheel.free or left.bonus > 0
        expect(not free and wheel.price is not None, f"{event}, although {left} leaves something for nothing")
        expect((event.asset, event.amount) == (WINZ, wheel.price), f"{event} costs something else")
        self._begin(row, wheel.project, event.spin_id)
        self.asked[event.spin_id] = event
        self.moves[reason_of(event.wheel, event.spin_id)] = []

    def _deny(self, event: CooldownGivenBack | WheelSpinDenied) -> None:
        if isinstance(event, CooldownGivenBack):
            self.given_back.add(event.spin_id)
            self.newest = {project: spin for project, spin in self.newest.items() if spin != event.spin_id}
            return
        if self.asked.pop(event.spin_id, None) is None:
            return
        project = WHEELS[event.wheel].project
        turns = self.turns[project]
        newest = bool(COOLDOWNS[project]) and self.newest.get(project) == event.spin_id
        expect(not newest or event.spin_id in self.given_back, f"{event}, and nobody gave its turn back")
        turns[:] = [one for one in turns if one.spin_id != event.spin_id]

    def _begin(self, row: EventRow, project: str, spin_id: str) -> None:
        cooldown = COOLDOWNS[project]
        early = [one for one in self.turns[project] if row.at - one.at < cooldown]
        expect(not early, f"{spin_id} of {self.player} was begun at {row.at}, too soon after {early}")
        self.turns[project].append(Turn(spin_id, row.at))
        self.newest[project] = spin_id

    def _spin(self, row: EventRow, event: WheelSpun) -> None:
        spin, wheel, allowance = event.spin, WHEELS[event.wheel], self.allowances[event.wheel]
        if spin.spin_kind == "paid":
            asked = self.asked.pop(spin.spin_id, None)
            expect(asked is not None and asked.wheel == event.wheel, f"{event} was drawn and nobody was asked to pay")
        else:
            self._begin(row, wheel.project, spin.spin_id)
            used = self._used(row, event.wheel)
            kind = "free" if used < wheel.free else "bonus"
            expect(spin.spin_kind == kind, f"{event} with {allowance} should have been {kind}")
            allowance.free_used, allowance.day = used + (kind == "free"), max(allowance.day, wheel.day_of(row.at))
            allowance.bonus -= kind == "bonus"
            expect(allowance.bonus >= 0, f"{event} spends what is not there")
        self._drawn(event, allowance)
        allowance.bonus += 0 if event.dry else SEGMENTS[spin.segment_id].bonus
        self._stands(row, event)
        reason = reason_of(event.wheel, spin.spin_id)
        again = spin.spin_kind != "paid" and reason in self.moves
        expect(not again, f"{event} was drawn a second time")
        self.moves[reason] = moves_of(self.player, event.wheel, spin, credited=not event.dry)

    def _drawn(self, event: WheelSpun, allowance: Allowance) -> None:
        """Chance was bound before, and has picked what it must."""
        spin = event.spin
        expect(spin.server_seed_hash == allowance.promised, f"{event} was promised as {allowance.promised}")
        segments = [{"segment_id": number, **_chance(event.wheel, number)} for number in SEGMENTS]
        told = {"segment_id": spin.segment_id}
        found = check_wheel("wheel", event.wheel, spin.server_seed, spin.server_seed_hash, segments, told)
        expect(found.ok, f"{event}, but: {found.problems}")
        hash_ = hashlib.sha256(spin.server_seed.encode()).hexdigest()
        allowance.promised = ""
        expect(hash_ == spin.server_seed_hash, f"{event} reveals another seed")

    def _stands(self, row: EventRow, event: AllowanceChanged) -> None:
        """What is left is this; that a new day has begun may be written down with anything, or with the next spin."""
        left, told = self.allowances[event.wheel], (event.day, event.free_used)
        rolled = (WHEELS[event.wheel].day_of(row.at), self._used(row, event.wheel))
        right = told in ((left.day, left.free_used), rolled) and event.bonus_left == left.bonus
        expect(right, f"{event}, but {left} is left")
        left.day, left.free_used = told

    def _grant(self, row: EventRow, event: BonusSpinsGranted) -> None:
        won = self.owing.pop(row.command_id, None)
        expect(won in (None, event.count), f"{event} gives what was not won: {won}")
        self.allowances[event.wheel].bonus += event.count
        self._stands(row, event)

    def _wait(self, row: EventRow, event: DrySpun) -> None:
        expect(event.token_hash not in self.dry, f"{event} bears a token that stands for something else")
        expect(abs(event.expires_at - row.at - DRY_FOR) < timedelta(seconds=1), f"{event} of {row.at} waits too long")
        self.dry[event.token_hash] = Dry(event.spin, event.wheel, event.expires_at)

    def _settle(self, row: EventRow, event: DrySpinClaimed | DrySpinExpired) -> None:
        dry = self.dry.get(event.token_hash)
        expect(dry is not None and not dry.settled and dry.wheel == event.wheel, f"{event}, but {dry}")
        assert dry is not None
        expect(isinstance(event, DrySpinClaimed) or row.at >= dry.expires_at, f"{event} came before {dry.expires_at}")
        dry.settled = True
        reason = reason_of(event.wheel, dry.spin.spin_id)
        self.moves[reason] = moves_of(self.player, event.wheel, dry.spin, credited=True)
        if SEGMENTS[dry.spin.segment_id].bonus:
            self.owing[row.command_id] = SEGMENTS[dry.spin.segment_id].bonus


class WheelsJudge:
    """Holds what was spun against what was free, what was paid, and what the ledger has moved for it."""

    def __init__(self, engines: Reading, ledger: Reading, wishes: Mapping[str, Wanted]) -> None:
        self._engines, self._ledger, self._wishes = engines, ledger, wishes
        self._tables: dict[str, Table] = {}
        self._left: set[tuple[str, str]] = set()

    def effects(self, attempts: Iterable[str]) -> list[str]:
        """The attempts that ran, as often as they did."""
        said = set(attempts)
        spun = [one.spin.spin_id for one in self._engines.facts(WheelSpun)]
        claimed = [row.command_id for row, _ in self._engines.by_type[DrySpinClaimed.wire]]
        return [one for one in (*spun, *claimed, *self._given(said)) if one in said]

    def _given(self, said: set[str]) -> list[str]:
        """Grants bear no name of their own; a stranger's is of the attempt that had the ledger asked."""
        asked = {row.correlation_id: row.command_id for row, _ in self._engines.by_type[BonusSpinsRequested.wire]}
        rows = [row for row, _ in self._engines.by_type[BonusSpinsGranted.wire]]
        own = [row.command_id for row in rows if isinstance(self._command(row.command_id), GrantBonusSpins)]
        later = [row for row in rows if row.command_id not in self._wishes]
        return [one for one in (*own, *(asked.get(row.correlation_id, "") for row in later)) if one in said]

    def _command(self, attempt: str) -> object:
        return self._wishes[attempt].command if attempt in self._wishes else None

    def due(self, wish: Wanted) -> tuple[int, ...] | None:
        """How many effects a granted wish may have had; None of what is no business of wheels."""
        if isinstance(wish.command, CommitWheelSeed):
            return (0,)
        return (1,) if isinstance(wish.command, WISHES) else None

    def begun(self) -> Counter[str]:
        """How many times each attempt is under way or has had its effect."""
        facts = self._engines.facts
        asked = {one.spin_id for kind in (WheelSpinRequested, WheelPaidSpinBegun) for one in facts(kind)}
        spun = {one.spin.spin_id for one in facts(WheelSpun)}
        begun = Counter(asked | spun)
        begun.subtract(one.spin_id for one in facts(WheelSpinDenied))
        return begun

    def close(
        self, stuck: Collection[OutboxRow], now: datetime, asked_at: Callable[[str], Collection[datetime]]
    ) -> None:
        """Everything that was spun was due, and has been settled once. Raises Violation.

        Args:
            stuck: the Sends that are left to people.
            now: dry spins that were due earlier, by any clock, must have been settled.
            asked_at: when an attempt was appended, each time.
        """
        self._left = {(row.target_key, orjson.loads(row.payload)["data"].get("reason", "")) for row in stuck}
        for row, event in self._history():
            if not isinstance(event, SeedCommitted) or event.engine == "wheel":
                table = self._tables.setdefault(event.player, Table(event.player))
                table.take(row, event)
        self._claims_in_time(asked_at)
        for table in self._tables.values():
            self._settled(table, now)

    def _history(self) -> list[tuple[EventRow, Any]]:
        facts = [fact for kind in KINDS for fact in self._engines.by_type[kind.wire]]
        return sorted(facts, key=lambda fact: (fact[0].part, fact[0].pos))

    def _claims_in_time(self, asked_at: Callable[[str], Collection[datetime]]) -> None:
        for row, event in self._engines.by_type[DrySpinClaimed.wire]:
            dry = self._tables[event.player].dry[event.token_hash]
            first = min(asked_at(row.command_id), default=row.at)
            expect(first < dry.expires_at, f"{event} was asked for at {first}, too late for {dry}")

    def _settled(self, table: Table, now: datetime) -> None:
        late = [one for one in table.dry.values() if not one.settled and one.expires_at <= now]
        expect(not late, f"nobody has settled {late} of {table.player}, and it is {now}")
        expect(not table.owing, f"{table.player} has not been given the bonus spins of {table.owing}")
        for spin_id, asked in table.asked.items():
            reason = reason_of(asked.wheel, spin_id)
            expect(self._is_left(table.player, reason), f"{asked} was neither drawn nor denied")
            table.moves[reason] = [Moved(table.player, WINZ, -asked.amount)]
        for reason, due in table.moves.items():
            moved = self._ledger.moved[reason]
            in_part = self._is_left(table.player, reason) and moved == due[: len(moved)]
            expect(moved == due or in_part, f"for {reason} {moved} was moved, due was {due}")

    def _is_left(self, player: str, reason: str) -> bool:
        return (player, reason) in self._left

    def money(self, model: dict[tuple[str, str], int]) -> None:
        """Add what was paid and won to what everybody should have."""
        for table in self._tables.values():
            for reason, due in table.moves.items():
                moves: Sequence[Moved] = self._ledger.moved[reason] if self._is_left(table.player, reason) else due
                for player, asset, amount in moves:
                    model[player, asset] += amount

    def tally(self) -> Counter[str]:
        """How often each thing was spun."""
        facts = self._engines.facts
        kinds = Counter(f"{one.spin.spin_kind} spins" for one in facts(WheelSpun))
        denied = Counter(one.code for one in facts(WheelSpinDenied))
        return kinds + Counter(
            {
                "dry spins": len(facts(DrySpun)),
                "dry spins claimed": len(facts(DrySpinClaimed)),
                "dry spins credited by themselves": len(facts(DrySpinExpired)),
                "paid spins not paid": denied["insufficient_currency_for_spin"],
                "cooldowns given back": len(facts(CooldownGivenBack)),
                "bonus spins given": sum(one.count for one in facts(BonusSpinsGranted)),
                "strangers at wheels": len(facts(WheelSpinRequested)),
            }
        )


def _chance(wheel: str, number: int) -> dict[str, Any]:
    return {"probability": CHANCES[number]} if wheel in BY_CHANCE else {"weight": number}
