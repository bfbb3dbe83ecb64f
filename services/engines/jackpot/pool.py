"""A pool begins with its seed, grows, and is won as a whole; what no wallet can hold of it begins the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from services.engines.jackpot.odds import payable, point_of
from shared.ids import AssetId, JackpotId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Event, FollowUp, Spec
from shared.messages.jackpot import (
    JACKPOTS,
    Hidden,
    JackpotContributed,
    JackpotDrop,
    JackpotDropped,
    JackpotEvent,
    JackpotOpened,
    JackpotSpec,
    JackpotWagersCounted,
    Revealed,
    TriggerReason,
)
from shared.messages.wallet import AssetSpec, PayWallet
from shared.shapes import Definition, Facts, Refused, Seed, Send
from shared.streams import Stream, key_of

D = TypeVar("D", bound=Spec)
LARGEST_POOL: Final = LARGEST_AMOUNT
"""Micro-units that wagers can bring a pool to."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """No pool has ever begun."""


@dataclass(frozen=True, slots=True)
class Open:
    """A pool, under the version of the definition that it began with."""

    number: int
    definition_version: int
    asset: AssetId
    scale: int
    carried: int
    """What the pool before left over, in micro-units."""
    floor: int
    """What it began with: voids take back what wagers brought, never this."""
    pool: int
    hidden: Hidden | None
    dropped_at: datetime | None
    """Wagers settled until then fed a pool before."""
    last_contributor: PlayerId | None = None
    latest: datetime | None = None
    """When the latest wager of the stream that fed it was settled."""


Jackpot = Unopened | Open


def pool_of(jackpot: JackpotId) -> Stream[Jackpot]:
    """The history of one jackpot's pools."""
    return Stream("jackpot", key_of(jackpot))


def why_no_pool(jackpot: JackpotId, facts: Facts) -> Refused | None:
    """What stands in the way of a pool beginning, which whatever feeds or wins one may bring about."""
    definition = facts.definitions.current(JackpotSpec, jackpot)
    if definition is None:
        return Refused("no_jackpot")
    asset = definition.spec.asset
    return None if facts.definitions.current(AssetSpec, asset) else Refused("unknown_asset", {"asset": asset})


def why_not(jackpot: JackpotId, facts: Facts) -> Refused | None:
    """What stands in the way of somebody at the door who feeds or wins a jackpot."""
    refused = why_no_pool(jackpot, facts)
    if refused is not None:
        return refused
    active = _configured(JackpotSpec, jackpot, facts).spec.status == "active"
    return None if active else Refused("not_active")


def _configured(kind: type[D], key: str, facts: Facts) -> Definition[D]:
    definition = facts.definitions.current(kind, key)
    assert definition is not None, "why_no_pool is asked first"
    return definition


class Course:
    """What happens to one jackpot within one decision, fact by fact. It begins with an open pool.

    A pool that nobody has fed yet is begun anew when the definition has changed, under the promise that it had.
    """

    pool: Open

    def __init__(self, jackpot: JackpotId, state: Jackpot, facts: Facts) -> None:
        """Go on from `state`. The jackpot and its asset must be defined: `why_no_pool` is asked first."""
        self._jackpot, self._facts = jackpot, facts
        self.events: list[Event] = []
        if isinstance(state, Unopened):
            self._begin(number=0, carried=0, dropped_at=None)
        elif state.last_contributor is None and state.definition_version != self._definition.version:
            self._begin(state.number, self._carried(state, state.carried), state.dropped_at, state.hidden)
        else:
            self._go_on(state)

    def feed(self, event: JackpotContributed | JackpotWagersCounted) -> None:
        """Wagers have changed the pool."""
        self.events.append(event)
        self.pool = fed(self.pool, event)

    def reached(self, pool: int) -> bool:
        """Whether a pool of this size drops by itself."""
        return self._secret is not None and pool >= self._secret.point

    def drop(self, winner: PlayerId, reason: TriggerReason, drop_id: str, at: datetime | None = None) -> JackpotDrop:
        """The pool is won, and the next one begins; wagers settled until `at` (now, unless earlier) fed this one."""
        won, secret, place = self.pool, self._secret, len(self.events)
        amount, rest = payable(won.pool, won.scale)
        self._begin(won.number + 1, self._carried(won, rest), _until(won, at, self._facts.now))
        drop = JackpotDrop(
            drop_id=drop_id,
            jackpot=self._jackpot,
            winner=winner,
            asset=won.asset,
            scale=won.scale,
            amount=amount,
            pool_before=won.pool,
            pool_after=self.pool.pool,
            trigger_reason=reason,
        )
        dropped = JackpotDropped(
            jackpot=self._jackpot,
            number=won.number,
            definition_version=won.definition_version,
            drop=drop,
            revealed=secret,
        )
        self.events.insert(place, dropped)
        return drop

    @property
    def _definition(self) -> Definition[JackpotSpec]:
        return _configured(JackpotSpec, self._jackpot, self._facts)

    def _carried(self, before: Open, rest: int) -> int:
        """What a pool leaves to the next one. The rest of another asset stays with the house: coins are no dollars."""
        return rest if self._definition.spec.asset == before.asset else 0

    def _begin(self, number: int, carried: int, dropped_at: datetime | None, promised: Hidden | None = None) -> None:
        spec = self._definition.spec
        begins = JackpotOpened(
            jackpot=self._jackpot,
            number=number,
            definition_version=self._definition.version,
            asset=spec.asset,
            scale=_configured(AssetSpec, spec.asset, self._facts).spec.scale,
            carried=carried,
            pool=spec.seed_micros + carried,
            hidden=self._hide(spec, number, promised),
            dropped_at=dropped_at,
        )
        self.events.append(begins)
        self._go_on(opened(begins))

    def _go_on(self, pool: Open) -> None:
        self.pool = pool
        self._secret = self._where(pool)

    def _hide(self, spec: JackpotSpec, number: int, promised: Hidden | None) -> Hidden | None:
        if spec.range_micros is None:
            return None
        least, most = spec.range_micros
        seed = self._seed(number, promised)
        return Hidden(least=least, most=most, key_id=seed.key_id, server_seed_hash=seed.hash)

    def _where(self, pool: Open) -> Revealed | None:
        """Where this pool drops by itself. It is computed anew each time and becomes a fact when the pool drops."""
        hidden = pool.hidden
        if hidden is None:
            return None
        seed = self._seed(pool.number, hidden)
        return Revealed(
            least=hidden.least,
            most=hidden.most,
            point=point_of(seed.value, self._jackpot, hidden.least, hidden.most),
            server_seed=seed.value,
            server_seed_hash=seed.hash,
        )

    def _seed(self, number: int, promised: Hidden | None) -> Seed:
        stream = pool_of(self._jackpot)
        if promised is None:
            return self._facts.seeds.of(stream, number)
        seed = self._facts.seeds.of(stream, number, promised.key_id)
        if seed.hash != promised.server_seed_hash:  # no drop is better than one that breaks its promise
            raise LookupError(f"seed secret {promised.key_id!r} is not the one promised from: put that one back")
        return seed


def _until(won: Open, at: datetime | None, now: datetime) -> datetime:
    """Until when wagers fed this pool or one before: as late as any that did, not after now, and never going back."""
    fed = (time for time in (at or now, won.latest) if time is not None)
    until = min(max(fed), now)
    return until if won.dropped_at is None else max(won.dropped_at, until)


def payment(drop: JackpotDrop, then: FollowUp | None = None) -> tuple[Send, ...]:
    """The winner is paid; where nothing is owed, nothing is asked of the ledger."""
    if drop.amount == 0:
        return ()
    pay = PayWallet(
        player=drop.winner,
        asset=drop.asset,
        amount=drop.amount,
        account=JACKPOTS,
        reason=f"jackpot {drop.jackpot} {drop.drop_id}",
    )
    return (Send("ledger", drop.winner, pay, then=then),)


def opened(event: JackpotOpened) -> Open:
    return Open(
        number=event.number,
        definition_version=event.definition_version,
        asset=event.asset,
        scale=event.scale,
        carried=event.carried,
        floor=event.pool,
        pool=event.pool,
        hidden=event.hidden,
        dropped_at=event.dropped_at,
    )


def fed(pool: Open, event: JackpotContributed | JackpotWagersCounted) -> Open:
    if isinstance(event, JackpotContributed):
        return replace(pool, pool=event.pool, last_contributor=event.player)
    return replace(pool, pool=event.pool, last_contributor=event.last_contributor, latest=event.latest)


def evolve(jackpot: Jackpot, event: JackpotEvent) -> Jackpot:
    """A drop alone changes nothing: the pool that begins after it stands in the same decision."""
    if isinstance(event, JackpotOpened):
        return opened(event)
    if isinstance(event, JackpotContributed | JackpotWagersCounted) and isinstance(jackpot, Open):
        return fed(jackpot, event)
    return jackpot
