"""Plays a game millions of times and shows what came back, beside what should."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from shared.cli.progress import bar
from shared.clock import SystemClock
from shared.messages.game import GameSpec
from shared.settings import WrongSettings

MOST_ROUNDS: Final = 10**10
SEED_BYTES: Final = 32
UNLIKELY: Final = 0.001
"""Fair chance strays so far once in a thousand runs."""


def simulate(
    code: Annotated[str, typer.Argument(metavar="GAMECODE", help="Such as dice-alpha.")],
    rounds: Annotated[str, typer.Option(help="How many, such as 1e7.")] = "1e6",
    strategy: Annotated[str, typer.Option(help="Such as side=over,line=5000; without it, the game's usual one.")] = "",
    seed: Annotated[str | None, typer.Option(help="Server seed: the same one gives the same rounds.")] = None,
    processes: Annotated[int, typer.Option(min=1, max=256, help="All processors unless said.")] = os.cpu_count() or 1,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="World that has the game; else the demo's.")] = None,
) -> None:
    """Play a game with its own rules and real chance; 1 if what came up is not what it should be."""
    found: Any = importlib.import_module("services.rgs.simulation")
    wanted, server_seed = count_of(rounds), seed or SystemClock().random_bytes(SEED_BYTES).hex()
    job = found.Job.of(_spec(code, file), strategy, server_seed)
    try:
        with bar(f"simulate {code}", wanted, "rounds") as played:
            result = found.simulate(job, wanted, processes, played)
    except found.BadStrategy as bad:
        raise WrongSettings(str(bad)) from None
    Console().print(_table(code, result))
    print(f"again with --seed {server_seed}")
    if result.figures.fit.p < UNLIKELY:
        print("what came up is NOT what it should be: fair chance strays so far in fewer than one of 1,000 runs")
        raise typer.Exit(1)


def count_of(text: str) -> int:
    """`1e7` or `10000000` as a whole number. Raises WrongSettings."""
    digits, _, zeros = text.lower().replace("_", "").replace(",", "").partition("e")
    if not digits.isdecimal() or not (zeros or "0").isdecimal() or len(zeros) > 2:
        raise WrongSettings(f"{text!r} is not a number of rounds such as 1e7")
    count = int(digits + "0" * int(zeros or "0"))
    if not 1 <= count <= MOST_ROUNDS:
        raise WrongSettings(f"rounds must be from 1 to {MOST_ROUNDS:,}")
    return count


def _spec(code: str, file: Path | None) -> GameSpec:
    """The game as it is configured. Raises WrongSettings."""
    from shared.cli.up import demo_world
    from shared.cli.world import read_world

    world = read_world(file or demo_world())
    games = {one.key: one.spec for one in world if one.kind == GameSpec.kind}
    if code not in games:
        raise WrongSettings(f"there is no game {code} in this world; it has {', '.join(sorted(games)) or 'none'}")
    return GameSpec.model_validate(games[code])


def _table(code: str, result: Any) -> Table:
    figures, fit = result.figures, result.figures.fit
    table = Table(box=None, show_header=False, title=f"{code}: {result.strategy}", title_justify="left")
    exact = "not counted" if result.rtp is None else f"{float(result.rtp):.6%}"
    within = "" if result.rtp is None else ", holds it" if figures.holds(result.rtp) else ", does not hold it"
    for name, value in (
        ("rounds", f"{figures.rounds:,}"),
        ("RTP", f"{figures.rtp:.4%}"),
        ("95 % interval", f"{figures.low:.4%} … {figures.high:.4%}{within}"),
        ("exact RTP", exact),
        ("hit rate", f"{figures.hit_rate:.4%}"),
        ("variance", f"{figures.variance:.4f} (deviation {figures.variance**0.5:.4f})"),
        ("highest", f"{figures.most:,.2f} ×"),
        ("chi-square", f"{fit.statistic:.2f} with {fit.freedom} degrees of freedom, p = {fit.p:.4f}"),
    ):
        table.add_row(name, value)
    return table
