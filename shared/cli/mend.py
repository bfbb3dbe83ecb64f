"""Commands that change something: the world, or a table that shows the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from shared.cli.address import url_of
from shared.cli.apply import Applied
from shared.cli.apply import apply as applied
from shared.cli.progress import bar
from shared.cli.serve import run
from shared.cli.town import database, events_in, service_named, tool_settings
from shared.cli.world import read_world
from shared.running import WORKERS
from shared.settings import WrongSettings

RANKS_WITHIN_S: Final = 5.0
"""How long Redis may take for one page of a board."""


def apply(
    file: Annotated[Path, typer.Option("--file", "-f", help="The world file.")],
    gateway: Annotated[str | None, typer.Option(help="The gateway's URL.")] = None,
    key: Annotated[str | None, typer.Option(help="The admin key; FAIRGROUND_ADMIN_KEY, or the demo's.")] = None,
) -> None:
    """Make the world as a file describes it; tells what that changed."""
    settings = tool_settings()

    def tell(one: Applied) -> None:
        print(one.line, flush=True)

    done = run(applied(read_world(file), gateway or url_of(settings), key or settings.admin_secret, tell))
    counts = {result: sum(one.result == result for one in done) for result in ("created", "changed", "unchanged")}
    print(f"apply: {', '.join(f'{count} {result}' for result, count in counts.items())}")


def rebuild(
    view: Annotated[str, typer.Argument(help="The view's table, such as wallets.")],
    service: Annotated[str | None, typer.Option("--service", help="Its service, if two have such a view.")] = None,
) -> None:
    """Make a view anew from the log, while the town goes on; `boards` is all that is shown of boards."""
    from shared.cli.rebuild import rebuild as rebuilt
    from shared.cli.rebuild_boards import BOARDS

    async def running() -> str:
        name = _owner_of(view, service)
        async with database(tool_settings()) as dsn:
            if view == BOARDS:
                return await _all_boards(dsn)
            with bar("rebuild", await events_in(dsn, [name], None)) as walked:
                return (await rebuilt(dsn, name, view, walked=walked)).summary

    print(run(running()))


async def _all_boards(dsn: str) -> str:
    from shared.cli.rebuild_boards import SERVICE, TABLES, rebuild_boards
    from shared.ranks.redis import RedisRanks

    redis, lines = tool_settings().redis, list[str]()
    ranks = None if redis is None else RedisRanks(redis, timeout_s=RANKS_WITHIN_S)
    try:
        with bar("rebuild", len(TABLES) * await events_in(dsn, [SERVICE], None)) as walked:
            await rebuild_boards(dsn, ranks, lines.append, walked)
    finally:
        if ranks is not None:
            await ranks.close()
    return "\n".join(lines)


def _owner_of(view: str, service: str | None) -> str:
    if service is not None:
        return service_named(service).name
    views = {name: {one.table for one in service_named(name).views} for name in WORKERS}
    owners = [name for name, tables in views.items() if view in tables]
    if len(owners) > 1:
        raise WrongSettings(f"{' and '.join(owners)} have a view {view!r}; name one with --service")
    if not owners:
        known = ", ".join(sorted(set().union(*views.values())))
        raise WrongSettings(f"there is no view {view!r}; known are {known}")
    return owners[0]
