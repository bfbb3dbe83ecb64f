"""What may go wrong in the simulated town, how often, and how often it did."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from random import Random
from typing import Final

from tests.simulation.loop import now_s

IDLE: Final = 0.2
DECISIVE: Final = 5.0
"""How much more often a call is the last: a death between two writes shows more than one while nothing happens."""


class Killed(BaseException):
    """This process is dead: whatever it still asks of the world never happens."""


@dataclass(frozen=True)
class Rates:
    """The chance of each fault, a call; and how long things take."""

    slow: float = 0.03
    """A call takes up to `slowest_s`."""
    slowest_s: float = 2.5
    dawdles: float = 0.12
    """A process looks only after a while at what it has fetched."""
    unavailable: float = 0.03
    """The log turns a call away."""
    lost_commit: float = 0.025
    """A commit's answer is lost: applied, not applied, or applied a little later (a ghost)."""
    bus_fails: float = 0.05
    """A publish fails, before, amid or after appending."""
    appended_twice: float = 0.06
    reply_lost: float = 0.08
    ends_fail: float = 0.2
    """The broker does not say where its partitions end."""
    silenced: float = 0.35
    """All answers to a Send are lost, for as long as the town's silences last."""
    dies: float = 0.004
    """A process dies amid a call to the log or the bus."""
    freezes: float = 0.004
    """It stands still there, for long or short."""
    sent_off: float = 0.5
    """What a process was about to say when it died was already on its way, and arrives."""
    ghost_s: float = 3.0
    """How late what a dead or cut-off process had sent may still arrive."""


def drawn(chance: Random) -> Rates:
    """Each town has troubles of its own: some faults often, some seldom."""
    usual = asdict(Rates())
    scaled = {name: rate * chance.choice((0.3, 1.0, 1.0, 3.0)) for name, rate in usual.items()}
    return Rates(
        **{**scaled, "slowest_s": usual["slowest_s"], "ghost_s": usual["ghost_s"], "sent_off": usual["sent_off"]}
    )


CALM = Rates(
    slow=0,
    dawdles=0,
    unavailable=0,
    lost_commit=0,
    bus_fails=0,
    appended_twice=0,
    reply_lost=0,
    ends_fail=0,
    silenced=0,
    dies=0,
    freezes=0,
    sent_off=0,
)


class Faults:
    """The one source of chance of a town, and the count of what happened."""

    def __init__(self, chance: Random, rates: Rates, silences_s: tuple[float, ...] = ()) -> None:
        self.chance = chance
        self.rates = rates
        self.silences_s = silences_s
        """How long answers may stay away, one of these; in most towns they never do."""
        self._silent_until_s: dict[str, float] = {}
        self.counts: Counter[str] = Counter()
        self.ghosts: set[asyncio.Task[None]] = set()
        """Work that goes on although nobody waits for it."""

    def happens(self, rate: float, what: str = "") -> bool:
        """Whether it does, this time; counted under `what`."""
        if rate <= 0.0 or self.chance.random() >= rate:
            return False
        if what:
            self.counts[what] += 1
        return True

    def silent(self, send: str) -> bool:
        """Whether this answer to the Send is lost, like those before it; decided at the first."""
        if send not in self._silent_until_s:
            loses = bool(self.silences_s) and self.happens(self.rates.silenced, "Sends whose answers stay away")
            self._silent_until_s[send] = now_s() + (self.chance.choice(self.silences_s) if loses else 0.0)
        return now_s() < self._silent_until_s[send]

    def latency_s(self) -> float:
        """How long the next call takes one way."""
        if self.happens(self.rates.slow):
            return self.chance.uniform(0.05, self.rates.slowest_s)
        return self.chance.uniform(0.0002, 0.008)

    def later(self, work: Callable[[], Awaitable[None]]) -> None:
        """Let this happen on its own, a little later; mostly very soon."""

        async def happen() -> None:
            await asyncio.sleep(self.rates.ghost_s * self.chance.random() ** 3)
            await work()

        ghost = asyncio.get_running_loop().create_task(happen())
        self.ghosts.add(ghost)
        ghost.add_done_callback(self.ghosts.discard)


class Life:
    """One run of one process: everything it says to the world passes here, so it can be frozen or killed anywhere."""

    def __init__(self, name: str, faults: Faults) -> None:
        self.name = name
        self.faults = faults
        self.dead = False
        self.on_death: Callable[[], None] | None = None
        self.on_freeze: Callable[[], None] | None = None
        """Who arranges what follows, if it happens amid a call; without them it does not."""
        self._awake = asyncio.Event()
        self._awake.set()

    @property
    def frozen(self) -> bool:
        """Whether it stands still, without knowing."""
        return not self._awake.is_set()

    def kill(self) -> None:
        """From the next call on it is dead, also if it stands still."""
        self.dead = True
        self._awake.set()

    def freeze(self) -> None:
        """From the next call on it stands still."""
        self._awake.clear()

    def thaw(self) -> None:
        """It goes on where it stood, as if nothing had been."""
        self._awake.set()

    async def passes(self, danger: float = 1.0) -> None:
        """One way between the process and the world, so dangerous. Raises Killed once it is dead."""
        if not self.dead and not self.frozen:
            self._fate(danger)
        if self.dead:
            raise Killed(self.name)
        await asyncio.sleep(self.faults.latency_s())
        await self._awake.wait()
        if self.dead:
            raise Killed(self.name)

    def _fate(self, danger: float) -> None:
        rates = self.faults.rates
        if self.on_death is not None and self.faults.happens(rates.dies * danger, "crashes amid a call"):
            self.kill()
            self.on_death()
        elif self.on_freeze is not None and self.faults.happens(rates.freezes * danger, "freezes amid a call"):
            self.on_freeze()
