"""A batch of a tenant's stream is taken, message by message: what counts is added up, what cannot is named.

A wager counts once, by its id. A void takes back exactly what the wager brought; one that comes first leaves its own
mark, and the wager then brings nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from services.engines.wager.mark import Mark, mark_of, read_mark
from services.engines.wager.targets import Entries, Part, targets_of
from shared.ids import AssetId, PlayerId
from shared.messages.access import TenantSpec
from shared.messages.jackpot import USD
from shared.messages.wager import AHEAD, REMEMBERED, Deposit, Wager
from shared.messages.wager_entry import Entry
from shared.shapes import Facts

NOTHING: Final[Mapping[str, Mark]] = {}
WAGERED: Final = "wager"
BIG_WIN: Final = "big_win"
NO_TENANT: Final = "the tenant is not configured, or not any more"
TOO_OLD: Final = f"is older than {REMEMBERED.days} days: whether it has counted is forgotten"
TOO_NEW: Final = f"is more than {AHEAD.seconds} seconds ahead of our clock"


@dataclass(slots=True)
class Doings:
    """What one player has done in a batch."""

    at: datetime
    """The latest of it."""
    triggers: Counter[str] = field(default_factory=Counter)
    wagered: int = 0
    """Micro-units of USD toward the levels; voids take away."""
    deposit_id: str | None = None
    """Of the first deposit in the batch."""
    deposits: list[tuple[AssetId, int]] = field(default_factory=list)
    """Those of today, in micro-units."""


class Taking:
    """One batch, as far as it has been taken."""

    def __init__(self, facts: Facts) -> None:
        tenant = next((one.spec for one in facts.definitions.every(TenantSpec)), None)
        self._known = tenant is not None
        self._big_win_times = tenant.big_win_times if tenant else 0
        self.levels = tenant.level_micros if tenant else ()
        """What must have been wagered for each level, in micro-units of USD."""
        self.entries = Entries()
        self.marks: list[Mark] = []
        self.unfit: dict[int, str] = {}
        """Why a message cannot count, by its place."""
        self.counted: Counter[str] = Counter()
        """How many settled, void and deposit messages are new, and how many messages are repeated."""
        self.doings: dict[PlayerId, Doings] = {}
        self._facts = facts
        self._earliest, self._latest = facts.now - REMEMBERED, facts.now + AHEAD
        self._targets = targets_of(facts.definitions)
        self._here: dict[str, list[Mark]] = {}

    def take(self, messages: Sequence[Wager | Deposit]) -> None:
        """All of them, in order."""
        for place, said in enumerate(messages):
            reason = self._one(mark_of(said))
            if reason is not None:
                self.unfit[place] = reason

    def _one(self, new: Mark) -> str | None:
        """Why it cannot count; None if it has, now or before."""
        if not self._known:
            return NO_TENANT
        if new.at < self._earliest:
            return f"{new.wager_id} {TOO_OLD}"
        if new.at > self._latest:
            return f"{new.wager_id} {TOO_NEW}"
        known = self._known_of(new.wager_id)
        match new.status:
            case "void":
                return self._void(new, known.get("void"), known.get("settled"))
            case "settled":
                return self._settled(new, known.get("settled"), known.get("void"))
            case _:
                return self._deposit(new, known.get("deposit"))

    def _known_of(self, id_: str) -> Mapping[str, Mark]:
        """What has come of this id before, by status; most often nothing."""
        before, here = self._facts.seen.of(id_), self._here.get(id_, ())
        return {mark.status: mark for mark in (*map(read_mark, before), *here)} if before or here else NOTHING

    def _keep(self, mark: Mark) -> None:
        self.marks.append(mark)
        self._here.setdefault(mark.wager_id, []).append(mark)
        self.counted[mark.status] += 1

    def _again(self, new: Mark, known: Mark, *, same: bool) -> str | None:
        self.counted["repeated"] += same
        return None if same else f"{new.wager_id} is {known.status} already, of {known.player} with another content"

    def _settled(self, new: Mark, known: Mark | None, void: Mark | None) -> str | None:
        if known is not None:
            return self._again(new, known, same=new.tells(known))
        if void is not None:
            if void.player != new.player:
                return self._again(new, void, same=False)
            self._keep(new)
            return None
        parts = self._parts(new)
        self._keep(new.that_became(parts))
        self._count(new, parts, sign=1)
        doings = self._doings(new)
        doings.triggers[WAGERED] += 1
        if 0 < new.stake * self._big_win_times <= new.payout:
            doings.triggers[BIG_WIN] += 1
        return None

    def _void(self, new: Mark, known: Mark | None, settled: Mark | None) -> str | None:
        if known is not None:
            return self._again(new, known, same=new.player == known.player)
        if settled is None:
            self._keep(new)
            return None
        if settled.player != new.player:
            return self._again(new, settled, same=False)
        # Forgotten before its wager, it could come again and take twice.
        self._keep(settled._replace(status="void", at=max(new.at, settled.at), became="[]"))
        self._count(settled, settled.parts, sign=-1)
        return None

    def _deposit(self, new: Mark, known: Mark | None) -> str | None:
        if known is not None:
            return self._again(new, known, same=new.tells(known))
        self._keep(new)
        doings = self._doings(new)
        doings.deposit_id = doings.deposit_id or new.wager_id
        if new.at.astimezone(UTC).date() >= self._facts.now.astimezone(UTC).date():
            doings.deposits.append((AssetId(new.currency), new.stake))
        return None

    def _parts(self, new: Mark) -> list[Part]:
        parts = [part for target in self._targets if (part := target.part(new.currency, new.stake, new.at))]
        if self.levels and new.currency == USD and new.stake:
            parts.append(Part("level", "", 0, new.stake))
        return parts

    def _count(self, wager: Mark, parts: Sequence[Part], *, sign: int) -> None:
        player = PlayerId(wager.player)
        for part in parts:
            entry = Entry(player=player, micros=sign * part.micros, at=wager.at, wager_id=wager.wager_id)
            self.entries.add(part, wager.currency, entry)
            if part.target == "level":
                self._doings(wager).wagered += sign * part.micros

    def _doings(self, mark: Mark) -> Doings:
        doings = self.doings.get(PlayerId(mark.player))
        if doings is None:
            doings = self.doings[PlayerId(mark.player)] = Doings(mark.at)
        doings.at = max(doings.at, mark.at)
        return doings
