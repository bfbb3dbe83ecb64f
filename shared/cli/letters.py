"""Commands about messages that could not be handled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Literal, NamedTuple

import typer

from shared.bus.port import Bus, BusError
from shared.cli import dead_letters
from shared.cli.dead_letter import Letter, LetterId, letter_id
from shared.cli.serve import run
from shared.cli.town import database, names_of, tool_settings
from shared.database import DatabaseError
from shared.eventlog.port import LogError
from shared.running import bus_of
from shared.settings import Settings, WrongSettings

Ids = Annotated[list[str] | None, typer.Argument(help="As `list` shows them: ledger/3/17.")]
Every = Annotated[bool, typer.Option("--all", help="Every open one.")]
Service = Annotated[str | None, typer.Option("--service", help="One service alone, such as ledger.")]
Status = Literal["open", "retried", "given_up", "any"]
Deed = Callable[[str, Bus | None, LetterId], Awaitable[str]]


class Outcome(NamedTuple):
    """What became of one letter, in words, and whether it was left as it was."""

    said: str
    left: bool


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
                print(f"{one.id} {one.place} {one.at:%Y-%m-%d %H:%M:%S} {one.status} {one.type}: {reason}")
        return found

    found = run(running())
    print(f"dead letters: {found}" if found else "dead letters: none")


@app.command()
def show(letter: Annotated[str, typer.Argument(help="As `list` shows it.")]) -> None:
    """Show one, with its whole reason and its bytes."""

    async def running() -> Letter:
        async with database(tool_settings()) as dsn:
            return await dead_letters.letter(dsn, letter_id(letter))

    one = run(running())
    print(f"{one.id}\nfrom     {one.place}\nstatus   {one.status}\nat       {one.at.isoformat()}")
    print(f"key      {(one.key or b'').decode(errors='backslashreplace')}")
    for name, value in one.headers:
        print(f"header   {name}: {value.decode(errors='backslashreplace')}")
    print(f"reason   {one.reason}\nvalue    {one.value.decode(errors='backslashreplace')}")


@app.command()
def retry(ids: Ids = None, every: Every = False, service: Service = None) -> None:
    """Send them again, byte for byte; --all leaves out what might be done twice. 1 if any is left."""
    _all(ids or [], every, service, partial(dead_letters.retry, careful=every))


@app.command("give-up")
def give_up(ids: Ids = None, every: Every = False, service: Service = None) -> None:
    """Never handle them: whoever waits for an answer is refused, with the code given_up. 1 if any is left."""
    _all(ids or [], every, service, dead_letters.give_up)


def _all(ids: Sequence[str], every: bool, service: str | None, deed: Deed) -> None:
    if bool(ids) == every:
        raise WrongSettings("name dead letters, or take --all")

    async def running() -> list[bool]:
        settings, left = tool_settings(), list[bool]()
        async with database(settings) as dsn:
            chosen = [letter_id(text) for text in ids]
            if every:
                chosen = [one.id async for one in dead_letters.letters(dsn, names_of(service), dead_letters.OPEN)]
            async with _bus(settings) as bus:
                async for outcome in each(dsn, bus, chosen, deed):
                    print(outcome.said, flush=True)
                    left.append(outcome.left)
        return left

    left = run(running())
    if not left:
        print("dead letters: none")
    if any(left):
        print(f"left: {sum(left)} of {len(left)}")
        raise typer.Exit(1)


async def each(dsn: str, bus: Bus | None, chosen: Sequence[LetterId], deed: Deed) -> AsyncIterator[Outcome]:
    """Do this to one letter after another; one that it cannot be done to does not keep the others back."""
    for which in chosen:
        try:
            yield Outcome(await deed(dsn, bus, which), left=False)
        except (LogError, BusError, DatabaseError) as error:
            yield Outcome(f"{which} left: {error}", left=True)


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
