"""Commands that look at a town without changing anything."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from shared.cli import draws
from shared.cli import replay as replaying
from shared.cli import status as standing
from shared.cli.progress import bar
from shared.cli.serve import run
from shared.cli.town import database, events_in, names_of, tool_settings

Service = Annotated[str | None, typer.Option("--service", help="One service alone, such as ledger.")]
Part = Annotated[int | None, typer.Option("--part", help="One partition alone.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
WIDE: Final = 160
TITLES: Final = [
    "service",
    "part",
    "owner",
    "epoch",
    "position",
    "relayed",
    "lag",
    "outbox",
    "oldest",
    "dead",
    "timers",
]


def status(service: Service = None, as_json: Json = False) -> None:
    """Show how every service stands in each of its partitions."""

    async def running() -> list[standing.Standing]:
        settings = tool_settings()
        async with database(settings) as dsn:
            return await standing.standings(dsn, names_of(service), settings)

    found = run(running())
    if as_json:
        for one in found:
            print(json.dumps(one._asdict(), default=str))
        return
    table = Table(box=None, header_style="bold")
    for title in TITLES:
        table.add_column(title, justify="left" if title in ("service", "owner") else "right")
    for one in found:
        lag, age = "?" if one.lag is None else one.lag, _age(one.oldest)
        cells = (one.service, one.part, one.owner or "–", one.epoch, one.event_pos, one.relayed_pos, lag)
        table.add_row(*map(str, (*cells, one.waiting, age, one.dead_letters, one.timers)))
    console = Console()
    console.width = max(console.width, WIDE)
    console.print(table)


def _age(since: datetime | None) -> str:
    return "–" if since is None else f"{(datetime.now(UTC) - since).total_seconds():.0f} s"


def stuck(service: Service = None) -> None:
    """List Sends that have waited for an answer for more than half the time that answers are kept."""

    async def running() -> int:
        settings = tool_settings()
        found = 0
        async with database(settings) as dsn:
            retention = timedelta(hours=settings.reply_retention_hours)
            async for one in standing.stuck(dsn, names_of(service), retention):
                found += 1
                print(
                    f"{one.service}/{one.part}/{one.pos}/{one.n} {one.type} to {one.topic}[{one.target}] "
                    f"for {one.tenant}/{one.target_key}, since {one.at:%Y-%m-%d %H:%M:%S}, told {one.tries + 1} times"
                )
        return found

    found = run(running())
    print(f"stuck: {found}" if found else "stuck: none")


def verify(service: Service = None, part: Part = None) -> None:
    """Prove that the log is unchanged and that every table shows it; 1 on any difference."""
    from shared.cli.verify import verify as verified

    async def running() -> bool:
        names = names_of(service)
        async with database(tool_settings()) as dsn:
            with bar("verify", await events_in(dsn, names, part)) as walked:
                report = await verified(dsn, names, part=part, walked=walked)
        for difference in report.differences:
            print(difference)
        if report.unlisted:
            print(f"and {report.unlisted} more")
        print(report.summary)
        return report.clean

    if not run(running()):
        raise typer.Exit(1)


def replay(
    *,
    service: Service = None,
    tenant: Annotated[str | None, typer.Option(help="Of this tenant.")] = None,
    stream: Annotated[str | None, typer.Option(help="Whose stream begins so: wallet/starlight/rocket.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Of this type: wallet.posted.")] = None,
    from_pos: Annotated[int, typer.Option(min=1, help="From this position of each partition.")] = 1,
    part: Part = None,
    since: Annotated[str | None, typer.Option(help="Not before: 2026-11-21T12:00:00 (UTC).")] = None,
    count: Annotated[bool, typer.Option("--count", help="Only count them.")] = False,
    as_json: Json = False,
) -> None:
    """Print or count events of the log."""
    which = replaying.Filter(tenant, stream, type_, replaying.moment(since), from_pos, part)

    async def running() -> None:
        async with database(tool_settings()) as dsn:
            if count:
                print(await replaying.count(dsn, names_of(service), which))
                return
            line = replaying.as_json if as_json else replaying.as_line
            async for name, row in replaying.replay(dsn, names_of(service), which):
                print(line(name, row))

    run(running())


def verify_draw(
    file: Annotated[str, typer.Argument(help="JSON of the draw; - reads standard input.")],
    reply: Annotated[bool, typer.Option("--reply", help="It is a reply; the gateway has the prize table.")] = False,
    entity: Annotated[str | None, typer.Option(help="What drew, such as starter-box.")] = None,
    kind: Annotated[str, typer.Option(help=f"Its kind: {', '.join(draws.KINDS)}.")] = "lootbox",
    gateway: Annotated[str | None, typer.Option(help="The gateway's URL.")] = None,
    key: Annotated[str | None, typer.Option(help="The admin key.")] = None,
) -> None:
    """Recompute a draw from what was published about it; 1 if hash or prize do not match."""
    from shared.cli.address import url_of

    draw = draws.read_draw(file)
    if reply:
        settings = tool_settings()
        draw = draws.completed(draw, kind, entity, gateway or url_of(settings), key or settings.admin_secret)
    result = draws.verified(draw)
    for line in draws.verdict(result):
        print(line)
    if not result.ok:
        raise typer.Exit(1)
