"""Commands about the stream of wagers that operators send: make one up, bring one from a file."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from shared.bus.port import Bus
from shared.cli import wager_generate as generating
from shared.cli.progress import bar, file_bar
from shared.cli.replay import moment
from shared.cli.serve import run
from shared.cli.wager_file import STANDARD_INPUT, Source, open_source
from shared.cli.wager_import import Import
from shared.cli.wager_post import Counts, NoTopic, Post
from shared.cli.wager_stream import LARGEST_RTP, Plan
from shared.clock import SystemClock
from shared.messages.wager import WAGERS
from shared.running import bus_of
from shared.settings import WrongSettings, read_settings

Kafka = Annotated[str | None, typer.Option(help="Bootstrap servers; FAIRGROUND_KAFKA unless given.")]
LARGEST_VOID_SHARE: Final = Fraction(1, 2)
SEED_BYTES: Final = 4

app = typer.Typer(help="The stream of wagers that operators send: make one up, import one.", no_args_is_help=True)


@app.command()
def generate(  # noqa: PLR0913  # each is an option
    *,
    tenant: Annotated[str, typer.Option(help="Whose topic, wagers.<tenant>.")] = "starlight",
    count: Annotated[int, typer.Option(min=1, help="Messages in all.")] = 10_000,
    rate: Annotated[int, typer.Option(min=0, max=1_000_000, help="Messages a second; 0: as fast as possible.")] = 0,
    players: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many; a few are the busiest.")] = 1_000,
    player: Annotated[list[str] | None, typer.Option(help="Name of one of the busiest; may be repeated.")] = None,
    games: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 20,
    rtp: Annotated[str, typer.Option(help="What is paid for what is staked, in the long run.")] = "0.96",
    void_share: Annotated[str, typer.Option(help="Voids among the messages.")] = "0.005",
    deposit_share: Annotated[str, typer.Option(help="Deposits among the messages.")] = "0.01",
    seed: Annotated[int | None, typer.Option(help="With --start, the same stream again; else any.")] = None,
    start: Annotated[str | None, typer.Option(help="2026-11-21T12:00:00 (UTC); else such that it suits now.")] = None,
    currency: Annotated[str, typer.Option(help="Of all amounts; they have two decimals.")] = "USD",
    out: Annotated[Path | None, typer.Option(help="Write JSON lines here, - is standard output; not to Kafka.")] = None,
    kafka: Kafka = None,
) -> None:
    """Make up wagers as a casino sees them, and send them to the tenant's topic."""
    clock = SystemClock()
    now = clock.now()
    plan = Plan(
        start=moment(start, "--start") or now,
        seed=int.from_bytes(clock.random_bytes(SEED_BYTES)) if seed is None else seed,
        tenant=tenant,
        players=players,
        named=tuple(player or ()),
        games=games,
        rtp=generating.exact("--rtp", rtp, LARGEST_RTP),
        void_share=generating.exact("--void-share", void_share, LARGEST_VOID_SHARE),
        deposit_share=generating.exact("--deposit-share", deposit_share, Fraction(1)),
        rate=rate,
        currency=currency,
    )
    generating.check(plan)
    if start is None and (out or not rate):
        plan = replace(plan, start=now - generating.lasts(count, rate))
    if out is not None:
        done = _written(plan, count, out)
    else:
        generating.check_times(plan, count, now)
        done = run(_sent(plan, count, kafka))
    place = out or f"{WAGERS}{tenant}"
    line = f"generate: {done} to {place}, with --seed {plan.seed} --start {plan.start.isoformat()}"
    print(line, file=sys.stderr if str(out) == STANDARD_INPUT else sys.stdout)


def _written(plan: Plan, count: int, out: Path) -> Counts:
    with _file(out) as file, bar("generate", count, "messages") as told:
        return generating.write(plan, count, file, told)


@contextmanager
def _file(out: Path) -> Iterator[BinaryIO]:
    if str(out) == STANDARD_INPUT:
        yield sys.stdout.buffer
        return
    try:
        file = out.open("wb")
    except OSError as error:
        raise WrongSettings(f"{out} cannot be written: {error.strerror}") from None
    with file:
        yield file


async def _sent(plan: Plan, count: int, kafka: str | None) -> Counts:
    async with _bus(kafka) as bus:
        post = Post(bus)
        with bar("generate", count, "messages") as told:
            try:
                await generating.send(plan, count, post, told)
            except NoTopic as error:
                raise WrongSettings(str(error)) from None
            except asyncio.CancelledError:
                _tell(f"stopped; sent are {post.sent}")
                raise
            return post.sent


@app.command("import")
def import_(
    *,
    file: Annotated[str, typer.Argument(help="JSON lines, also packed by gzip, or Parquet; - reads standard input.")],
    tenant: Annotated[str | None, typer.Option(help="Whose alone; else each message says whose it is.")] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Pass over what is no message; else stop there.")
    ] = False,
    from_line: Annotated[int, typer.Option(min=1, help="Go on from this line or row.")] = 1,
    kafka: Kafka = None,
) -> None:
    """Send a file of wagers to Kafka, each checked; twice does no harm, since the engines count an id once."""
    clock = SystemClock()
    begun = clock.monotonic()

    async def running() -> Import:
        with open_source(file) as source:
            async with _bus(kafka) as bus:
                importing = Import(Post(bus), clock.now(), tenant, skip_bad=skip_bad, on_bad=_tell)
                with file_bar("import", source.size) as importing.on_sent:
                    await _until_stopped(importing, source, from_line)
                return importing

    done = run(running())
    sent = done.post.sent
    rate = int(sent.messages / (clock.monotonic() - begun))
    skipped = f"; skipped {done.skipped:,} bad lines" if done.skipped else ""
    print(f"import: {sent}, up to line {done.next_line - 1:,} ({rate:,} rows/s){skipped}")


async def _until_stopped(importing: Import, source: Source, first: int) -> None:
    try:
        await importing.run(source, first)
    except asyncio.CancelledError:
        _tell(f"stopped; sent are {importing.post.sent}; go on with --from-line {importing.next_line}")
        raise


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


@asynccontextmanager
async def _bus(kafka: str | None) -> AsyncIterator[Bus]:
    settings = read_settings(environment="demo", kafka=kafka)  # opens no door, so that no secret need be set
    if settings.kafka is None:
        raise WrongSettings(
            "name a Kafka with --kafka host:port or FAIRGROUND_KAFKA: without one, messages never leave the process "
            "that runs `fairground up`"
        )
    bus = bus_of(settings)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()
