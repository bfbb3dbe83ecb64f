"""Commands about messages that could not be handled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import typer

from shared.bus.port import Bus
from shared.cli import dead_letters
from shared.cli.serve import run
from shared.cli.town import database, names_of, tool_settings
from shared.running import bus_of
from shared.settings import Settings, WrongSettings

Ids = Annotated[list[str] | None, typer.Argument(help="As `list` shows them: ledger/3/ledger.commands@17.")]
Every = Annotated[bool, typer.Option("--all", help="Every open one.")]
Service = Annotated[str | None, typer.Option("--service", help="One service alone, such as ledger.")]
Status = Literal["open", "retried", "given_up", "any"]
Deed = Callable[[str, Bus | None, dead_letters.LetterId], Awaitable[str]]

app = typer.Typer(help="Messages that could not be handled: list, show, retry, give up.", no_args_is_help=True)


@app.command("list")
def list_(service: Service = None, status: Annotated[Status, typer.Option(help="Which of them.")] = "open") -> None:
    """List them, one a line."""

    async def running() -> int:
        found = 0
        async with database(tool_settings()) as dsn:
            async for one in dead_letters.letters(dsn, names_of(service), None if status == "any" else status):
                found += 1
                reason = one.reason.splitlines()[0] if one.reason else ""
                print(f"{one.id} {one.at:%Y-%m-%d %H:%M:%S} {one.status} {one.headers.get('type', '?')}: {reason}")
        return found

    found = run(running())
    print(f"dead letters: {found}" if found else "dead letters: none")


@app.command()
def show(letter: Annotated[str, typer.Argument(help="As `list` shows it.")]) -> None:
    """Show one, with its whole reason and its bytes."""

    async def running() -> dead_letters.Letter:
        async with database(tool_settings()) as dsn:
            return await dead_letters.letter(dsn, dead_letters.letter_id(letter))

    one = run(running())
    print(f"{one.id}\nstatus   {one.status}\nat       {one.at.isoformat()}")
    print(f"key      {(one.key or b'').decode(errors='backslashreplace')}")
    for name, value in one.headers.items():
        print(f"header   {name}: {value}")
    print(f"reason   {one.reason}\nvalue    {one.value.decode(errors='backslashreplace')}")


@app.command()
def retry(ids: Ids = None, every: Every = False, service: Service = None) -> None:
    """Send them again, byte for byte."""
    run(_each(ids or [], every, service, dead_letters.retry))


@app.command("give-up")
def give_up(ids: Ids = None, every: Every = False, service: Service = None) -> None:
    """Never handle them: whoever waits for an answer is refused, with the code given_up."""
    run(_each(ids or [], every, service, dead_letters.give_up))


async def _each(ids: list[str], every: bool, service: str | None, deed: Deed) -> None:
    if bool(ids) == every:
        raise WrongSettings("name dead letters, or take --all")
    settings = tool_settings()
    async with database(settings) as dsn:
        chosen = [dead_letters.letter_id(text) for text in ids]
        if every:
            chosen = [one.id async for one in dead_letters.letters(dsn, names_of(service), dead_letters.OPEN)]
        async with _bus(settings) as bus:
            for which in chosen:
                print(await deed(dsn, bus, which), flush=True)
    if not chosen:
        print("dead letters: none")


@asynccontextmanager
async def _bus(settings: Settings) -> AsyncIterator[Bus | None]:
    if settings.kafka is None:
        yield None
        return
    bus = bus_of(settings)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()
