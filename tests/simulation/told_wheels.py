"""What wheels may tell: nothing before it has happened and its money has moved, and no refusal without its reason."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.messages.base import Event
from shared.messages.seed import SeedCommitted
from shared.messages.wheel import (
    AllowanceChanged,
    BonusSpinsGranted,
    ClaimSpin,
    CommitWheelSeed,
    CooldownBegun,
    CooldownGivenBack,
    DrySpinClaimed,
    DrySpinExpired,
    DrySpinWheel,
    DrySpun,
    GrantBonusSpins,
    SpinWheel,
    WheelPaidSpinBegun,
    WheelSpinDenied,
    WheelSpun,
)
from tests.simulation.chaos_bus import id_of
from tests.simulation.clients import TENANT, Told, Wanted
from tests.simulation.loop import FIRST_MORNING, now_s
from tests.simulation.parlour import WINZ
from tests.simulation.reading import Fact, Moved, Reading
from tests.simulation.told_games import expect
from tests.simulation.wheels import COOLDOWNS, SEGMENTS, WHEELS

_MS = timedelta(milliseconds=1)


class Asked(NamedTuple):
    """What there was when something was asked."""

    at: datetime
    """When the broker took it in last."""
    pos: int
    """How far its player's engine had come when it was first taken in."""


def reason_of(wheel: str, spin_id: str) -> str:
    """What a spin is paid for, and paid, as the ledger has it."""
    return f"wheel {wheel} {spin_id}"


def moves_of(player: str, wheel: str, spin: Any, *, credited: bool) -> list[Moved]:
    """What must have moved for a spin: its price, if it was sold, and what its segment brings."""
    price, won = WHEELS[wheel].price, SEGMENTS[spin.segment_id]
    paid = [Moved(player, WINZ, -price)] if spin.spin_kind == "paid" and price is not None else []
    return paid + ([Moved(player, won.asset, won.amount)] if credited and won.asset is not None else [])


def since_of(engines: Reading, chain: tuple[str, str, str], pos: int) -> list[str]:
    """The promises of these seeds that stood then, or have been made since."""
    facts = [
        (row.pos, one.server_seed_hash)
        for row, one in engines.by_type[SeedCommitted.wire]
        if (one.engine, one.player, one.entity) == chain
    ]
    return [hash_ for at, hash_ in facts if at <= pos][-1:] + [hash_ for at, hash_ in facts if at > pos]


class WheelsTold:
    """Holds every answer about wheels against the facts and the ledger's, at the moment when it is given."""

    def __init__(self, engines: Reading, ledger: Reading, partitions: int) -> None:
        self._engines, self._ledger, self._partitions = engines, ledger, partitions
        self.asked: dict[str, Asked] = {}
        """By attempt."""
        self.seen: Counter[str] = Counter()
        """How often some answers were given."""

    def appended(self, message: Outgoing) -> None:
        """The broker has taken this in: whatever is decided on it is decided on what stands now, or later."""
        if message.topic != "engines.commands" or message.key is None:
            return
        id_, now = id_of(message), FIRST_MORNING + timedelta(seconds=now_s())
        part = partition_of(TENANT, message.key.decode().rpartition("/")[2], self._partitions)
        first = self.asked.get(id_)
        self.asked[id_] = Asked(now, first.pos if first else len(self._engines.log.events[part]))

    def granted(self, wish: Wanted, body: dict[str, Any]) -> None:
        """Whoever is told this has it. Raises Violation."""
        match wish.command:
            case SpinWheel():
                self._spin_told(wish, wish.command, body["spin"])
            case DrySpinWheel():
                self._spin_told(wish, wish.command, body["spin"])
            case ClaimSpin():
                self._claim_told(wish, wish.command, body["spin"])
            case GrantBonusSpins():
                given = [one for row, one in self._rows(BonusSpinsGranted) if row.correlation_id == wish.key]
                told = body["bonus_spins_remaining"]
                expect([one.bonus_left for one in given] == [told], f"{wish.key} was told of {told}, given was {given}")
            case CommitWheelSeed():
                self._promise_told(wish, wish.command, body["server_seed_hash"])
            case _:
                pass

    def _spin_told(self, wish: Wanted, command: SpinWheel | DrySpinWheel, told: dict[str, Any]) -> None:
        spun = [one for one in self._engines.facts(WheelSpun) if one.spin.spin_id in wish.attempts]
        shown = [one.spin.model_dump(mode="json") for one in spun]
        expect(shown == [told], f"{wish.key} was told {told}, spun was {shown}")
        spin, dry = spun[0].spin, isinstance(command, DrySpinWheel)
        expect(spun[0].dry == dry and spun[0].wheel == command.wheel, f"{wish.key} of {command} spun {spun}")
        settled = not dry or self._settled(command.player, command.token_hash)  # type: ignore[union-attr]
        moved = self._ledger.moved[reason_of(command.wheel, spin.spin_id)]
        due = moves_of(command.player, command.wheel, spin, credited=not dry)
        later = moves_of(command.player, command.wheel, spin, credited=settled)
        expect(moved in (due, later), f"{wish.key} was told {told}, moved was {moved}")

    def _claim_told(self, wish: Wanted, command: ClaimSpin, told: dict[str, Any]) -> None:
        claimed = [(row, one) for row, one in self._rows(DrySpinClaimed) if _is(one, command)]
        expect([row.command_id in wish.attempts for row, _ in claimed] == [True], f"{wish.key} claimed {claimed}")
        spun = [one.spin for one in self._engines.facts(DrySpun) if _is(one, command)]
        expect([one.model_dump(mode="json") for one in spun] == [told], f"{wish.key} was told {told}, spun {spun}")
        moved = self._ledger.moved[reason_of(command.wheel, told["spin_id"])]
        due = moves_of(command.player, command.wheel, spun[0], credited=True)
        expect(moved == due, f"{wish.key} was told {told}, moved was {moved}")

    def _promise_told(self, wish: Wanted, command: CommitWheelSeed, told: str) -> None:
        """It was the newest promise at some moment since that was asked, also at the first attempt to ask."""
        chain = ("wheel", command.player, command.wheel)
        known = since_of(self._engines, chain, min(self.asked[one].pos for one in wish.attempts if one in self.asked))
        expect(told in known, f"{wish.key} was told of {told}, promised since was {known}")

    def refused(self, wish: Wanted, told: Told) -> None:
        """It was so at some moment after it was asked. Raises Violation."""
        command = wish.command
        if told.attempt not in wish.attempts or not isinstance(command, SpinWheel | DrySpinWheel | ClaimSpin):
            return
        asked = self.asked[told.attempt]
        self.seen[f"wheels: {told.code}"] += 1
        match command, told.code:
            case SpinWheel() | DrySpinWheel(), "cooldown_active":
                self._too_soon(command, asked, told)
            case SpinWheel() | DrySpinWheel(), "no_spins_available":
                self._nothing_left(command, asked, told)
            case SpinWheel() | DrySpinWheel(), "insufficient_currency_for_spin" | "limit_exceeded":
                self._not_paid(wish, command, told)
            case ClaimSpin(), "pending_spin_not_found":
                self._not_found(command, asked, told)
            case ClaimSpin(), "pending_spin_already_claimed":
                claimed = [one for one in self._engines.facts(DrySpinClaimed) if _is(one, command)]
                expect(bool(claimed), f"{told} to {command}, which nobody has claimed")
            case _, "deadline_passed" | "too_many_waiting" | "player_blocked":
                pass
            case _:
                expect(wish.hopeless, f"{told} to {command}")

    def _too_soon(self, command: SpinWheel | DrySpinWheel, asked: Asked, told: Told) -> None:
        """There is a spin that is not too long ago, and was not given back before this was asked."""
        cooldown, after_ms = COOLDOWNS[command.project], told.details["retry_after_ms"]
        expect(0 < after_ms <= cooldown / _MS, f"{told} to {command}, which need not wait so long")
        back = {one.spin_id for row, one in self._rows(CooldownGivenBack) if row.pos <= asked.pos}
        begun = [one for one in self._engines.facts(CooldownBegun) if _by(one, command) and one.spin_id not in back]
        expect(any(one.at + cooldown > asked.at for one in begun), f"{told} to {command} at {asked}, after {begun}")

    def _nothing_left(self, command: SpinWheel | DrySpinWheel, asked: Asked, told: Told) -> None:
        """Nothing was free, or left of what had been given, and nothing is sold there."""
        wheel = WHEELS[command.wheel]
        before = [one for row, one in self._changes(command) if row.pos <= asked.pos][-1:]
        stood = before + [one for row, one in self._changes(command) if row.pos > asked.pos]
        day = wheel.day_of(asked.at)
        right = any(one.free_used >= wheel.free and one.bonus_left == 0 and one.day >= day for one in stood)
        expect(wheel.price is None and right, f"{told} to {command} at {asked}, who stood at {stood}")

    def _not_paid(self, wish: Wanted, command: SpinWheel | DrySpinWheel, told: Told) -> None:
        """It was asked for, refused there, and nothing was taken for it."""
        begun = {one.spin_id for one in self._engines.facts(WheelPaidSpinBegun) if one.spin_id in wish.attempts}
        denied = [one for one in self._engines.facts(WheelSpinDenied) if one.spin_id in begun and one.code]
        moved = [one for id_ in wish.attempts for one in self._ledger.moved[reason_of(command.wheel, id_)]]
        expect(bool(denied) and not moved, f"{told} to {command}: begun {begun}, denied {denied}, moved {moved}")

    def _not_found(self, command: ClaimSpin, asked: Asked, told: Told) -> None:
        """There was no such token yet, or at another wheel, or its time was up."""
        waited = [
            one
            for row, one in self._rows(DrySpun)
            if _is(one, command) and one.wheel == command.wheel and row.pos <= asked.pos and asked.at < one.expires_at
        ]
        expired = [one for one in self._engines.facts(DrySpinExpired) if _is(one, command)]
        expect(not waited or bool(expired), f"{told} to {command} at {asked}, for which {waited} waited")

    def _settled(self, player: str, token_hash: str) -> bool:
        return any(
            (one.player, one.token_hash) == (player, token_hash)
            for kind in (DrySpinClaimed, DrySpinExpired)
            for one in self._engines.facts(kind)
        )

    def _changes(self, command: SpinWheel | DrySpinWheel) -> list[tuple[Any, AllowanceChanged]]:
        changes = [*self._rows(WheelSpun), *self._rows(BonusSpinsGranted)]
        own = [(row, one) for row, one in changes if (one.player, one.wheel) == (command.player, command.wheel)]
        return sorted(own, key=lambda fact: fact[0].pos)

    def _rows(self, type_: type[Event]) -> list[Fact]:
        return self._engines.by_type[type_.wire]


def _is(fact: Any, command: ClaimSpin) -> bool:
    return bool((fact.player, fact.token_hash) == (command.player, command.token_hash))


def _by(fact: Any, command: SpinWheel | DrySpinWheel) -> bool:
    return bool((fact.player, fact.project) == (command.player, command.project))
