"""Hands partitions to their keeper and takes them back, one after the other, and lets nothing be fetched meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from shared.bus.port import Keeper, Slot

SHUT_WAIT_S: Final = 0.05
"""How long a fetch waits at a shut gate: short, since the keeper may be waiting for the fetch to return."""

Seek = Callable[[Mapping[Slot, int]], None]


class Custody:
    """One member's partitions, between the group that deals them out and the keeper that owns them.

    The keeper claims in a task of its own, so that a member with a slow claim still answers its group. When the group
    takes the partitions back meanwhile, the claim is cancelled before the keeper hears of the loss.

    Args:
        keeper: who owns the partitions.
        on_shut: wakes a fetch that is waiting for messages.
    """

    def __init__(self, keeper: Keeper, on_shut: Callable[[], None]) -> None:
        self.held: frozenset[int] = frozenset()
        self._keeper = keeper
        self._on_shut = on_shut
        self._gate = asyncio.Event()
        self._turn = asyncio.Lock()
        self._claim: asyncio.Task[None] | None = None
        self._void = False
        """Whether the claim under way, or what is held, will be taken back as soon as the group hears of it."""
        self._trouble: Exception | None = None
        self._fenced: Exception | None = None

    @property
    def open(self) -> bool:
        """Whether messages may be fetched now."""
        return self._gate.is_set()

    def shut(self) -> None:
        """Let nothing more be fetched until partitions are handed over again."""
        self._gate.clear()
        self._on_shut()

    def let_go(self) -> None:
        """As `shut`, and a claim that is done meanwhile opens nothing: the group is asked to deal anew."""
        self._void = True
        self.shut()

    def fence(self, error: Exception) -> None:
        """Let nothing more be fetched, ever; who asks is told why."""
        self._fenced = error
        self.shut()

    async def take_back(self) -> None:
        """Tell the keeper that it has lost what it holds; harmless if it holds nothing."""
        self.shut()
        async with self._turn:
            await self._end_claim()
            self._trouble = None
            if self.held:
                try:
                    await self._keeper.lost(self.held)
                except Exception as error:  # noqa: BLE001 the group goes on; whoever fetches next is told
                    self._trouble = error
            self.held = frozenset()

    def hand_over(self, parts: frozenset[int], seek: Seek) -> None:
        """Let the keeper claim these partitions, or none, seek where it says, and open the gate. Returns at once."""
        assert not self.held, "what was held must be taken back first"
        self.held = parts
        self._void = False
        self._claim = asyncio.get_running_loop().create_task(self._claimed(parts, seek))

    async def admitted(self, wait_s: float) -> bool:
        """Whether a fetch may go on, after a short wait at most.

        Raises:
            Exception: what the keeper raised in `gained` or `lost`, or why this member was fenced.
        """
        if not self.open:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(wait_s, SHUT_WAIT_S)):
                    await self._gate.wait()
        if error := self._fenced or self._trouble:
            raise error
        return self.open

    async def _claimed(self, parts: frozenset[int], seek: Seek) -> None:
        try:
            offsets = await self._keeper.gained(parts)
            if self._void:
                return
            seek(offsets)
        except Exception as error:  # noqa: BLE001 it is raised from the next fetch
            self._trouble = error
        if self._fenced is None and self._trouble is None:
            self._gate.set()

    async def _end_claim(self) -> None:
        claim, self._claim = self._claim, None
        if claim is not None:
            claim.cancel()
            await asyncio.wait([claim])
