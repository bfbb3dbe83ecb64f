"""The figures for operators: run what follows the streams, or correct what it has counted."""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from shared.cli.replay import moment
from shared.cli.serve import one, run
from shared.clock import SystemClock
from shared.running import INSIGHTS
from shared.settings import Settings

app = typer.Typer(
    help="The figures for operators: follow the streams, or correct what was counted.", invoke_without_command=True
)
Since = Annotated[str | None, typer.Option("--from", help="From this hour on, such as 2026-11-21T12:00:00.")]
Until = Annotated[str | None, typer.Option("--to", help="Up to this moment; as far as it is over unless given.")]


@app.callback()
def insights(context: typer.Context) -> None:
    """Run insights alone, or correct figures; needs FAIRGROUND_KAFKA and FAIRGROUND_POSTGRES, and Faust."""
    if context.invoked_subcommand is None:
        one(INSIGHTS, adopt=False)


@app.command()
def correct(start: Since = None, end: Until = None) -> None:
    """Make figures anew from the logs: what is over and not yet corrected, or all of a stretch of time."""
    from shared.cli.town import database, tool_settings

    async def running() -> int:
        settings = tool_settings()
        async with database(settings) as dsn:
            return await corrected(dsn, settings, moment(start, "--from"), moment(end, "--to"))

    print(f"made anew: {run(running())} windows of at most an hour")


async def corrected(dsn: str, settings: Settings, start: datetime | None, end: datetime | None) -> int:
    """How many windows were made anew. Raises DatabaseError, LogError."""
    from shared.cli.town import partitions_of

    made: Any = importlib.import_module("services.insights.correction")
    closed = SystemClock().now() - timedelta(seconds=settings.insights_closed_after_s)
    closed = closed.replace(second=0, microsecond=0)
    correction = made.Correction(dsn, await partitions_of(dsn, INSIGHTS))
    try:
        if start is None and end is None:
            return int(await correction.run(closed, read_to=made.NOT_ASKED))
        start = start or await correction.earliest() or closed
        return int(await correction.redo(start, end or closed, closed, read_to=made.NOT_ASKED))
    finally:
        await correction.close()
