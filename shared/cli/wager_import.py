"""Brings a file of wagers into the stream: every line is checked before it is sent, and one can go on from any line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from shared.bus.port import BusError
from shared.cli.wager_file import Line, Source, Unreadable
from shared.cli.wager_post import Post
from shared.cli.wager_stream import Kind
from shared.messages.wager import AHEAD, REMEMBERED, Deposit, Wager, read_streamed
from shared.settings import WrongSettings
from shared.worker.intake import LARGEST_STREAMED_BYTES

MOST_BAD_SHOWN: Final = 10


class BadLine(WrongSettings):
    """A line cannot be sent; the text says which, why, and how to go on."""


@dataclass
class Import:
    """One file on its way into the stream."""

    post: Post
    now: datetime
    tenant: str | None = None
    """Whose wagers alone may be in the file; None if each message says it."""
    skip_bad: bool = False
    on_bad: Callable[[str], None] = lambda _: None
    """Is told of the first MOST_BAD_SHOWN bad lines that are skipped."""
    on_sent: Callable[[int, int], None] = lambda _place, _rows: None
    """Is told how many bytes and lines of the file are done."""
    skipped: int = 0
    next_line: int = 1
    """Everything before it is sent or skipped."""
    _last: Line = field(init=False, default=Line(0, b"", 0))

    async def run(self, source: Source, first: int = 1) -> None:
        """Send everything from this line on.

        Raises:
            BadLine: a line is bad, and bad ones are not skipped; those before it are sent. Or `first` is farther
                beyond the end than one that stopped there would go on from.
            Unreadable: the file breaks; what could be read is sent.
            BusError: nobody knows whether the lines from `next_line` on are sent; they may be sent again.
        """
        self.next_line = first
        try:
            for line in source.lines(first):
                await self._take(line)
        except Unreadable as error:
            await self._send()
            raise Unreadable(f"{error}; the lines before {self.next_line} are sent") from None
        if first > source.count + 1:
            raise BadLine(f"there are only {source.count:,} lines: nothing is sent from line {first:,} on")
        await self._send()

    async def _take(self, line: Line) -> None:
        if line.raw:
            try:
                message = await self._checked(line.raw)
                self.post.add(message.tenant, message.player, line.raw, kind_of(message))
            except ValueError as error:
                await self._bad(line.number, reason(error))
        self._last = line
        if self.post.full:
            await self._send()

    async def _checked(self, raw: bytes) -> Wager | Deposit:
        """Raises ValueError, of which NoTopic is one."""
        if len(raw) > LARGEST_STREAMED_BYTES:
            raise ValueError(f"is too long; a message has at most {LARGEST_STREAMED_BYTES:,} bytes")
        message = read_streamed(raw)
        if self.tenant is not None and message.tenant != self.tenant:
            raise ValueError(f"tenant: is {message.tenant}, not {self.tenant}")
        if message.at < self.now - REMEMBERED:
            raise ValueError(f"at: is older than {REMEMBERED.days} days, and would not count")
        if message.at > self.now + AHEAD:
            raise ValueError("at: is in the future, and would not count")
        await self.post.partitions_of(message.tenant)
        return message

    async def _bad(self, number: int, why: str) -> None:
        if not self.skip_bad:
            await self._send()
            raise BadLine(
                f"line {number}: {why}; sent are {self.post.sent.messages:,} messages before it: mend it and go on "
                f"with --from-line {number}, or pass over bad lines with --skip-bad"
            )
        self.skipped += 1
        if self.skipped <= MOST_BAD_SHOWN:
            self.on_bad(f"line {number}: {why}")

    async def _send(self) -> None:
        try:
            await self.post.send()
        except BusError as error:
            raise BusError(f"{error}; go on with --from-line {self.next_line}") from error
        self.next_line = max(self.next_line, self._last.number + 1)
        self.on_sent(self._last.place, self._last.number)


def kind_of(message: Wager | Deposit) -> Kind:
    """Which of the three it is."""
    if isinstance(message, Deposit):
        return "deposit"
    return "void" if message.status == "void" else "wager"


def reason(error: Exception) -> str:
    """Why a line is bad, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first, *more = error.errors(include_url=False, include_input=False)
    where = ".".join(map(str, first["loc"]))
    return f"{where + ': ' if where else ''}{first['msg']}{f' (and {len(more)} more)' if more else ''}"
