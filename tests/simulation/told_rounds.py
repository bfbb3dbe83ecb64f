"""What gamblers may be told: nothing before it stands and its money is there, nothing that is still a secret."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.ids import TenantId
from shared.messages.base import Command
from shared.messages.player import PlayerStatusChanged
from shared.messages.round import BeginRound, MoveRound
from shared.messages.seed_pair import RotateSeeds, SeedsRotated, ShowSeeds, VerifyRound
from shared.messages.session import LaunchSession, RefreshSession, Session, SessionRefreshed, TouchSession
from tests.simulation.bank import NOTICE
from tests.simulation.chaos_bus import id_of
from tests.simulation.clients import TENANT, Told, Wanted
from tests.simulation.judge_rounds import RoundsJudge
from tests.simulation.judge_tables import Course, Table
from tests.simulation.loop import FIRST_MORNING, now_s
from tests.simulation.tables import POOR
from tests.simulation.told_games import expect

SEATED: Final = (LaunchSession, RefreshSession, TouchSession, BeginRound, MoveRound)
AT_A_TABLE: Final = (BeginRound, MoveRound)
OVER: Final = ("session_expired", "no_session", "session_refreshed")
OF_A_WALLET: Final = frozenset({POOR, "player_blocked", "limit_exceeded", "operator_rejected", "debit_failed"})
MOST_SKEW: Final = timedelta(seconds=4)
SECRET: Final = re.compile(rb"[0-9a-f]{64}")


class Asked(NamedTuple):
    """What there was when something was first asked."""

    pos: int
    """How far its partition had come at the tables."""
    changes: int
    """How often the player's status had changed."""


class RoundsTold:
    """Holds every answer to gamblers against the facts, at the moment when it is given."""

    def __init__(self, judge: RoundsJudge, partitions: int) -> None:
        self._judge, self._partitions = judge, partitions
        self._asked: dict[str, Asked] = {}
        self._secrets: dict[bytes, tuple[Table, int]] = {}
        self._known: Counter[str] = Counter()
        """Of each table, how many of its server seeds are watched over."""
        self.seen: Counter[str] = Counter()

    def appended(self, message: Outgoing, wish: Wanted | None) -> None:
        """The broker has taken this in: whatever is decided on it is decided on what stands now, or later."""
        if wish is None or wish.service != "rgs" or id_of(message) in self._asked:
            return
        part = partition_of(TENANT, wish.entity, self._partitions)
        self._asked[id_of(message)] = Asked(len(self._judge.rgs.log.events[part]), len(self._changes(wish.entity)))

    def saw(self, message: Outgoing) -> None:
        """Somebody is about to say this: no server seed that is still in use. Raises Violation."""
        if not self._judge.rgs.log.streams:
            return
        self._judge.catch_up()
        self.guard(message.value)

    def guard(self, said: bytes) -> None:
        """Nothing in this is a secret."""
        for name, table in self._judge.tables.items():
            for number in range(self._known[name], (table.upcoming.number if table.upcoming else 0) + 1):
                self._secrets[table.server_seed(number).encode()] = (table, number)
                self._known[name] = number + 1
        for found in SECRET.findall(said):
            if found in self._secrets:
                table, number = self._secrets[found]
                told = table.active is not None and number < table.active.number
                expect(told, f"server seed {number} of {table.at} is still in use, and was told: {said!r}")

    def granted(self, wish: Wanted, body: dict[str, Any]) -> None:
        """Whoever is told this has it. Raises Violation."""
        command = wish.command
        match command:
            case BeginRound():
                self._round_told(wish, command, body, self._begun_by(wish))
            case MoveRound():
                ran = set(wish.attempts)
                here = [id_ for id_, one in self._judge.rounds.items() if ran & set(one.ran)]
                expect(here == [command.round_id], f"{wish.key} moved {here}, not {command}")
                self._round_told(wish, command, body, here)
            case ShowSeeds() | RotateSeeds():
                self._seeds_told(wish, command, body)
            case LaunchSession() | RefreshSession() | TouchSession():
                self._session_told(wish, command, body)
            case VerifyRound():
                self._verified(command, body["verified"])
            case _:
                pass

    def _round_told(self, wish: Wanted, command: BeginRound | MoveRound, body: dict[str, Any], own: list[str]) -> None:
        told = body["round"]
        begun = [id_ for id_ in own if self._judge.rounds[id_].round.status not in ("initializing", "voided")]
        expect(begun == [told["round_id"]], f"{wish.key} was told {told}, begun was {begun}")
        course = self._judge.rounds[told["round_id"]]
        expect(told in course.stood, f"{wish.key} was told {told}, known is {course.stood}")
        status = told["status"]
        expect(status in ("open", "settled") or (status == "paying" and told["wallet"] == "callback"), f"told: {told}")
        self._paid_for(course, told)
        self._balance(course, body["balance"])
        self.seen[f"rounds told: {told['wallet']} {status}"] += 1

    def _begun_by(self, wish: Wanted) -> list[str]:
        said = set(wish.attempts)
        return [id_ for id_, one in self._judge.rounds.items() if one.attempt in said]

    def _paid_for(self, course: Course, told: dict[str, Any]) -> None:
        """What was staked is there, and what was won, unless it is said to be on its way."""
        id_, bank = told["round_id"], self._judge.bank
        if told["wallet"] == "internal":
            lines = [one.amount for one in self._judge.lines[id_]]
            staked, won = -sum(one for one in lines if one < 0), sum(one for one in lines if one > 0)
            expect(staked >= told["stake"], f"{told}, but staked was {lines}")
            expect(told["status"] == "open" or won == told["payout"], f"{told}, but moved was {lines}")
        elif told["wallet"] == "callback":
            assert bank is not None, "somebody is abroad"
            booked = sum(one.amount for one in bank.debits.values() if one.round_id == id_ and not one.back)
            expect(booked >= told["stake"], f"{told}, but abroad {booked} was staked")
            paid = sum(one.amount for one in bank.credits.values() if one.round_id == id_)
            expect(told["status"] != "settled" or paid == told["payout"], f"{told}, but abroad {paid} was paid")

    def _balance(self, course: Course, balance: int | None) -> None:
        """The player has had so much since."""
        seat, wallet, bank = course.round.seat, course.round.wallet, self._judge.bank
        if balance is None:
            return
        if wallet == "internal":
            stood = self._judge.ledger.stood[seat.player, seat.currency]
            expect(balance in stood, f"{seat} was told of {balance}, and never had that: {stood}")
        elif wallet == "callback":
            assert bank is not None, "somebody is abroad"
            expect(balance in bank.stood[seat.player], f"{seat} was told of {balance}, and never had that abroad")
        else:
            demos = self._judge.sittings[seat.session.named(TenantId(TENANT))].demos
            expect(balance in demos, f"{seat} was told of {balance}, the demo had {demos}")

    def _seeds_told(self, wish: Wanted, command: ShowSeeds | RotateSeeds, body: dict[str, Any]) -> None:
        table = self._judge.tables[command.table.stream.named(TenantId(TENANT))]
        promised = [pair.model_dump(mode="json") for _, pair in table.promised]
        expect(body["active"] in promised and body["upcoming"]["client_seed"] is None, f"{wish.key} was told {body}")
        if isinstance(command, RotateSeeds):
            rows = self._judge.rgs.by_type[SeedsRotated.wire]
            rotated = [one for row, one in rows if row.command_id in wish.attempts]
            told = [(one.server_seed, one.retired.model_dump(mode="json")) for one in rotated]
            expect(told == [(body["server_seed"], body["retired"])], f"{wish.key} was told {body}, rotated {rotated}")
            made = hashlib.sha256(body["server_seed"].encode()).hexdigest()
            expect(made == body["retired"]["server_hash"], f"{wish.key} was told {body}")

    def _session_told(
        self, wish: Wanted, command: LaunchSession | RefreshSession | TouchSession, body: dict[str, Any]
    ) -> None:
        sitting, told = self._judge.sittings[command.seat.session.named(TenantId(TENANT))], body["session"]
        stood = [session.model_dump(mode="json") for _, session in sitting.stood]
        expect(told in stood, f"{wish.key} was told {told}, sessions were {stood}")
        if isinstance(command, RefreshSession):
            rows = self._judge.rgs.by_type[SessionRefreshed.wire]
            mine = [one.session.number for row, one in rows if row.command_id in wish.attempts]
            expect(mine == [told["number"]] == [command.number + 1], f"{wish.key} exchanged {mine} for {command}")
        for name in {"wallet"} & set(type(command).model_fields):
            demo = (told[name] == "demo") == (getattr(command, name) == "demo")
            expect(demo, f"{wish.key} wanted {command}, and was told {told}")

    def _verified(self, command: VerifyRound, told: dict[str, Any]) -> None:
        key, message = command.server_seed.encode(), f"{command.client_seed}:{command.nonce}:0".encode()
        if told["game"] == "dice":
            first = int.from_bytes(hmac.new(key, message, hashlib.sha256).digest()[:4], "big")
            expect(told["roll"] == first * 10_000 // 2**32, f"{command} was answered {told}")

    def refused(self, wish: Wanted, told: Told) -> None:
        """It was so at some moment after it was asked. Raises Violation."""
        asked = self._asked.get(told.attempt)
        if wish.service != "rgs" or asked is None or told.attempt not in wish.attempts:
            return
        if told.repeated:  # it is the answer to another attempt
            asked = min(self._asked[one] for one in wish.attempts if one in self._asked)
        self._judge.catch_up()
        self.seen[f"tables: {told.code}"] += 1
        self._rightly(wish.command, asked, told)
        if told.code == "player_blocked":
            statuses = ["active", *self._changes(wish.entity)][asked.changes :]
            expect(set(statuses) != {"active"}, f"{told} to {wish.command}, who was {statuses} since")
        if isinstance(wish.command, AT_A_TABLE) and told.code in OF_A_WALLET:
            self._unpaid(wish, wish.command, told)

    def _rightly(self, command: Command, asked: Asked, told: Told) -> None:
        """The session or the table was so."""
        if isinstance(command, SEATED) and told.code in OVER:
            self._session_over(command, asked, told)
        elif isinstance(command, BeginRound | MoveRound | RotateSeeds) and told.code == "active_round_exists":
            at = command.table if isinstance(command, RotateSeeds) else command.seat
            self._busy(told.details["round_id"], at.stream.named(TenantId(TENANT)), asked, told)
        elif isinstance(command, MoveRound) and told.code in ("round_closed", "round_not_found"):
            self._gone(command, asked, told)

    def _changes(self, player: str) -> list[str]:
        history = self._judge.ledger.by_stream[f"player/{TENANT}/{player}"]
        return [one.profile.status for one in history if isinstance(one, PlayerStatusChanged)]

    def _session_over(self, command: Any, asked: Asked, told: Told) -> None:
        """The token did not count, or the session had been left alone, by some clock."""
        stood = self._judge.sittings[command.seat.session.named(TenantId(TENANT))].since(asked.pos)
        number = getattr(command, "number", None)
        counted = [one for one in stood if one.session_id == command.session_id and number in (None, one.number)]
        now = FIRST_MORNING + timedelta(seconds=now_s())
        good = bool(stood) and len(counted) == len(stood) and now + MOST_SKEW < _earliest(stood)
        expect(not good, f"{told} to {command}, but {stood} since that was asked")
        if told.code == "session_refreshed":
            others = [one for one in stood if one.session_id == command.session_id and one.number != number]
            expect(bool(others), f"{told} to {command}, but {stood}")

    def _busy(self, round_id: str, table: str, asked: Asked, told: Told) -> None:
        course = self._judge.rounds.get(round_id)
        here = course is not None and course.round.seat.stream.named(TenantId(TENANT)) == table
        free = course is None or (course.ended_at_pos is not None and course.ended_at_pos <= asked.pos)
        expect(here and not free, f"{told}, but the round there was {course}")

    def _gone(self, command: MoveRound, asked: Asked, told: Told) -> None:
        """The round was over, or being paid, or never there."""
        course = self._judge.rounds.get(command.round_id)
        goes_on = course is not None and course.round.seat == command.seat and course.round.status == "open"
        expect(not goes_on, f"{told} to {command}, but {course} goes on")
        closed = course is not None and course.round.status in ("paying", "settled", "voided")
        expect(told.code != "round_closed" or closed, f"{told} to {command}, but it is {course}")

    def _unpaid(self, wish: Wanted, command: BeginRound | MoveRound, told: Told) -> None:
        """The stake was not taken, and that stands; of a demo, nothing does."""
        rounds = self._judge.rounds
        if isinstance(command, MoveRound):
            course = rounds.get(command.round_id)
            tried = course is not None and not set(wish.attempts).isdisjoint(course.denied)
            demo = course is not None and course.round.wallet == "demo"
            expect(tried or demo, f"{told} to {command}, but {course}")
        else:
            begun = [rounds[id_] for id_ in self._begun_by(wish)]
            void = [one for one in begun if one.round.status == "voided" and one.code == told.code]
            expect(bool(void) or (not begun and told.code == POOR), f"{told} to {command}, but {begun}")
            course = void[-1] if void else None
        home = course is not None and course.round.wallet == "internal"
        strange = told.code in ("debit_failed", "operator_rejected")
        expect(not (home and strange), f"{told} to {command}: the ledger never says so")
        expect(told.code != "operator_rejected" or told.details == {"message": NOTICE}, f"{told} to {command}")


def _earliest(stood: Sequence[Session]) -> datetime:
    return min(session.expires_at for session in stood)
