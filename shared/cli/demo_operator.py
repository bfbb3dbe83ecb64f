"""Runs a small operator's wallet to play against, until somebody says stop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

import typer
import uvicorn

from shared.cli.address import check_free
from shared.demo_operator.app import DemoOperator
from shared.demo_operator.faults import Faults, NoSuchFault
from shared.settings import WrongSettings

HOST: Final = "127.0.0.1"
PUBLISHED: Final = "demo-callback-secret"
"""Of the demo world: everybody knows it."""
_FAULT: Final = re.compile(r"(\w+)=(\w+)(?::([0-9]+))?")


def demo_operator(
    port: Annotated[int, typer.Option(help="Where it listens.")] = 9099,
    secret: Annotated[str, typer.Option(help="What calls are signed with.")] = PUBLISHED,
    fault: Annotated[
        list[str] | None, typer.Option(help="What goes wrong at first, such as `debit=timeout_after:3`; repeatable.")
    ] = None,
) -> None:
    """Run a small operator wallet to play against, with faults to switch on.

    Calls come under /callback; GET /transactions is its book; POST /faults {"debit": "500", "times": 3} spoils calls,
    with "player" of that one alone.
    """
    faults = faults_of(fault or ())
    check_free(HOST, port)
    print(f"the demo operator listens on http://{HOST}:{port}/callback, its book is at /transactions", flush=True)
    config = uvicorn.Config(
        DemoOperator(secret, faults=faults), host=HOST, port=port, log_config=None, log_level="critical",
        access_log=False, lifespan="off", server_header=False, date_header=False,
    )  # fmt: skip
    uvicorn.Server(config).run()


def faults_of(texts: Sequence[str]) -> Faults:
    """The faults that these words switch on. Raises WrongSettings."""
    faults = Faults()
    for text in texts:
        found = _FAULT.fullmatch(text)
        if found is None:
            raise WrongSettings(f"--fault {text!r}: must look like debit=timeout_after or debit=timeout_after:3")
        try:
            faults.switch(found[1], found[2], int(found[3] or 1))
        except NoSuchFault as error:
            raise WrongSettings(f"--fault {text!r}: {error}") from error
    return faults
