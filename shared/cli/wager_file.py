"""Reads files of wagers line by line, whatever they are packed in."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import GzipFile
from io import BufferedReader
from pathlib import Path
from typing import Final, NamedTuple, Protocol, cast

from shared.bus.port import LARGEST_MESSAGE_BYTES
from shared.settings import WrongSettings

LONGEST_LINE: Final = LARGEST_MESSAGE_BYTES - 2_000
"""In bytes; what is left is for the key. A longer line is handed on cut to this."""
PACKED: Final = b"\x1f\x8b"
PARQUET: Final = b"PAR1"
STANDARD_INPUT: Final = "-"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Unreadable(WrongSettings):
    """A file, or the rest of it, cannot be read; the text says which and why."""


class Line(NamedTuple):
    """One message as a file has it."""

    number: int
    """Of the line or row, from 1."""
    raw: bytes
    """JSON; empty if the line is blank."""
    place: int
    """How many bytes of the file have been read by now."""


class Source(Protocol):
    """A file of wagers."""

    size: int | None
    """In bytes; None if nobody knows."""
    count: int
    """Lines in all; right once all have been read."""

    def lines(self, first: int) -> Iterator[Line]:
        """From this line on, each once. Raises Unreadable where the file breaks."""
        ...


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """The file of this name: JSON lines, also packed by gzip, or Parquet; `-` is standard input.

    What it is, its first bytes tell.

    Raises:
        Unreadable: it is not there, or a Parquet file does not hold wagers.
    """
    if name == STANDARD_INPUT:
        yield JsonLines("standard input", cast(BufferedReader, sys.stdin.buffer), None)
        return
    path = Path(name)
    try:
        file = path.open("rb")
        size = path.stat().st_size if path.is_file() else None
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror}") from None
    with file:
        yield _source(name, file, size)


def _source(name: str, file: BufferedReader, size: int | None) -> Source:
    if size is not None and file.peek().startswith(PARQUET):
        from shared.cli.wager_parquet import ParquetRows  # brings a large package, which not everybody has

        return ParquetRows(name, file, size)
    return JsonLines(name, file, size)


class JsonLines:
    """One JSON object a line."""

    def __init__(self, name: str, file: BufferedReader, size: int | None) -> None:
        """Reads no more than what tells whether it is packed.

        Args:
            name: for people.
            file: at its beginning.
            size: in bytes, if that is known.
        """
        self.size, self.count = size, 0
        self._name, self._file = name, file
        self._packed = file.peek().startswith(PACKED)
        self._text = GzipFile(fileobj=file) if self._packed else file

    def lines(self, first: int) -> Iterator[Line]:
        """See Source."""
        number = read = 0
        try:
            while raw := self._text.readline(LONGEST_LINE):
                number += 1
                read += len(raw)
                if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
                    read += self._pass_over()
                if number >= first:
                    yield Line(number, raw.removeprefix(_BYTE_ORDER_MARK).strip(), self._place(read))
            self.count = number
        except (OSError, EOFError, zlib.error) as error:
            raise Unreadable(f"{self._name} cannot be read beyond line {number}: {error}") from None

    def _pass_over(self) -> int:
        """The rest of a line that is longer than any message."""
        passed = 0
        while raw := self._text.readline(LONGEST_LINE):
            passed += len(raw)
            if raw.endswith(b"\n"):
                break
        return passed

    def _place(self, read: int) -> int:
        """Of a packed file, where in the packed bytes; of a packed pipe nobody asks."""
        return self._file.tell() if self._packed and self.size is not None else read
