"""Commands that run something until it is stopped, and the one that prepares the database for it."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from shared.settings import Settings, read_settings
from shared.telemetry import configure_logging

Adopt = Annotated[
    bool, typer.Option(help="Begin where the broker begins if its topic is another one, or has lost what comes next.")
]


def up(
    demo: Annotated[bool, typer.Option("--demo", help="With the demo world and its published keys.")] = False,
    kafka: Annotated[str | None, typer.Option(help="Bootstrap servers; else messages stay in the process.")] = None,
    port: Annotated[int | None, typer.Option(help="Of the gateway.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded PostgreSQL.")] = None,
    adopt: Adopt = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show log lines and how long it took.")] = False,
) -> None:
    """Run the whole town in one process."""
    from shared.cli.up import Manner, run_town

    environment = "demo" if demo else None
    settings = read_settings(environment=environment, kafka=kafka, gateway_port=port, data=data)
    _log_for_people(settings, verbose=verbose)
    run(run_town(settings, Manner(demo=demo, adopt=adopt, verbose=verbose)))


def gateway(adopt: Adopt = False) -> None:
    """Run the doors alone; needs FAIRGROUND_KAFKA and FAIRGROUND_POSTGRES."""
    one("gateway", adopt=adopt)


def ledger(adopt: Adopt = False) -> None:
    """Run the ledger alone; needs FAIRGROUND_KAFKA and FAIRGROUND_POSTGRES."""
    one("ledger", adopt=adopt)


def engines(adopt: Adopt = False) -> None:
    """Run the engines alone; needs FAIRGROUND_KAFKA and FAIRGROUND_POSTGRES."""
    one("engines", adopt=adopt)


def leaderboards(adopt: Adopt = False) -> None:
    """Run the leaderboards alone; needs FAIRGROUND_KAFKA and FAIRGROUND_POSTGRES."""
    one("leaderboards", adopt=adopt)


def rgs(adopt: Adopt = False) -> None:
    """Run the remote gaming server alone; needs FAIRGROUND_KAFKA and FAIRGROUND_POSTGRES."""
    one("rgs", adopt=adopt)


def one(name: str, *, adopt: bool) -> None:
    """Run one service, over the Kafka and the PostgreSQL that are set."""
    from shared.cli.up import run_service

    settings = read_settings()
    configure_logging(settings.log_form, settings.log_level)
    run(run_service(settings, name, adopt=adopt))


def migrate() -> None:
    """Bring the tables to the form that this version expects; safe to repeat."""
    from shared.cli.town import database, tool_settings
    from shared.eventlog.migrate import migrate as migrated
    from shared.running import SCHEMAS

    async def running() -> list[str]:
        settings = tool_settings()
        async with database(settings) as dsn:
            return await migrated(dsn, SCHEMAS, settings.partitions)

    for file in run(running()):
        print(f"applied {file}")
    print("the tables are up to date")


def kafka(
    port: Annotated[int, typer.Option(help="Where it listens.")] = 9092,
    folder: Annotated[Path, typer.Option(help="Its data.")] = Path("var/kafka"),
) -> None:
    """Run a real Apache Kafka here, until Ctrl-C; needs Java and Maven."""
    from shared.parts.kafka import main

    raise typer.Exit(main(["--port", str(port), "--folder", str(folder)]))


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a command's work on the fast loop."""
    return uvloop.run(work)


def _log_for_people(settings: Settings, *, verbose: bool) -> None:
    """The banner is what people look for: log lines only if something is wrong, or if they were asked for."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # our own client's every call
    set_by_hand = settings.model_fields_set
    level = settings.log_level if "log_level" in set_by_hand else "INFO" if verbose else "WARNING"
    configure_logging(settings.log_form if "log_form" in set_by_hand else "console", level)
