"""The worker of the remote gaming server, and beside it those who call operators' wallets for it."""

from __future__ import annotations

import asyncio

from services.rgs.calls import Callers
from shared.worker.worker import Worker


class Beside:
    """Both, as one part of a process."""

    def __init__(self, worker: Worker, callers: Callers) -> None:
        self._worker, self._callers = worker, callers

    @property
    def trouble(self) -> str | None:
        """Why it is not ready, if it is not. An operator that cannot be reached is no reason."""
        return self._worker.trouble

    async def run(self) -> None:
        """Work until stopped, or until one of them cannot go on. Raises what that one raises."""
        calling = asyncio.create_task(self._callers.run())
        working = asyncio.create_task(self._worker.run())
        try:
            await asyncio.wait([calling, working], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop()
            await asyncio.gather(calling, working, return_exceptions=True)
        for task in (working, calling):
            task.result()

    def stop(self) -> None:
        """End soon: answers that are under way are waited for."""
        self._worker.stop()
        self._callers.stop()
