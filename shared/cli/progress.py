"""A bar that shows how far a long walk has come: through the log, along a stream, through a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


@contextmanager
def bar(what: str, events: int, of: str = "events") -> Iterator[Callable[[int], None]]:
    """Shown on standard error, and only to people; call what it gives with every few more of them done."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn(of), TimeRemainingColumn())
    with _shown(*columns) as progress:
        task = progress.add_task(what, total=events)
        yield lambda walked: progress.update(task, advance=walked)


@contextmanager
def file_bar(what: str, size: int | None) -> Iterator[Callable[[int, int], None]]:
    """Shown as `bar` is; call what it gives with how many bytes and rows have been read by now.

    Args:
        what: is being done.
        size: of the file, in bytes; None if nobody knows.
    """
    with _shown(TextColumn(what), BarColumn(), DownloadColumn(), _Rows(), TimeRemainingColumn()) as progress:
        task = progress.add_task(what, total=size, rows=0)
        yield lambda place, rows: progress.update(task, completed=place, rows=rows)


class _Rows(ProgressColumn):
    """Rows a second, since the beginning."""

    def render(self, task: Task) -> Text:
        """See ProgressColumn."""
        return Text(f"{int(task.fields['rows'] / (task.elapsed or 1)):,} rows/s")


def _shown(*columns: ProgressColumn) -> Progress:
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
