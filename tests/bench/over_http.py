"""How many requests a second the doors take, each through Kafka into the log and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from tests.bench.cpu import cpu_of, cpu_told
from tests.bench.games import CLIENT, ENTRIES, a_crowd, a_purse, a_run
from tests.bench.plays import a_quiz, a_wheel
from tests.bench.rows import Aim, Raw, Row
from tests.bench.steps import steps_of, told
from tests.bench.tables import ABROAD, HOUSE, Known, disagreement, nothing_asked, seats
from tests.bench.town import PLAYERS, events_in
from tests.bench.wrk import CONNECTIONS, Heard, Load, measure
from tests.system.town import ADMIN, KEY, Town


class Wish(NamedTuple):
    """What is asked of the doors."""

    name: str
    call: str
    """As wrk.lua has it."""
    players: int
    bearer: str
    aim: Aim
    log: str | None = "ledger"
    """Where every one of them must have become a fact; None: nothing is to happen."""
    prepare: Callable[[Town, Path], Path] | None = None
    """Sets up what it is about, in a folder of its own; the file with what each player shows."""
    operator: Known | None = None
    """Whose books must agree afterwards."""
    unit: str = "req/s"


WISHES: Final = {
    "a": Wish(
        f"credit over HTTP, {PLAYERS} players", "credit", PLAYERS, ADMIN["Authorization"],
        Aim(least=2_800, most_p99_ms=45),
    ),
    "b": Wish("credit over HTTP, one player", "credit", 1, ADMIN["Authorization"], Aim(least=2_500)),
    "c": Wish(f"lootbox open over HTTP, {PLAYERS} players", "open", PLAYERS, KEY["Authorization"], Aim(least=1_000)),
    "i": Wish(
        f"contributions to one jackpot over HTTP, {PLAYERS} players", "contribute", PLAYERS, KEY["Authorization"],
        Aim(least=2_000), "engines",
    ),
    "l": Wish(
        f"immediate spin over HTTP, {PLAYERS} players", "spin", PLAYERS, "none", Aim(least=1_200), "engines", a_wheel,
    ),
    "m": Wish(
        f"complete-with-actions over HTTP (points and a code), {PLAYERS} players", "complete", PLAYERS, "none",
        Aim(least=600), "engines", a_quiz,
    ),
}  # fmt: skip
GAMES: Final = {
    "n": Wish(
        f"progress over HTTP (an event's one board), {PLAYERS} players", "progress", PLAYERS, CLIENT["Authorization"],
        Aim(least=3_000), "leaderboards", a_run,
    ),
    "o": Wish(
        f"top 100 of a board of {ENTRIES:,} over HTTP", "board", 1, CLIENT["Authorization"], Aim(least=5_000),
        None, a_crowd,
    ),
    "p": Wish(
        f"wallet debit over HTTP, {PLAYERS} players", "debit", PLAYERS, CLIENT["Authorization"], Aim(least=3_000),
        "ledger", a_purse,
    ),
}  # fmt: skip
"""Wishes of games, with Redis in the town."""
ROUNDS: Final = {
    "s": Wish(
        f"dice bets over HTTP, {PLAYERS} players", "bet", PLAYERS, "none", Aim(least=900, most_p99_ms=60), "rgs",
        seats(HOUSE, "dice-alpha"), HOUSE,
    ),
    "t": Wish(
        f"dice bets over HTTP, an operator's wallet, {PLAYERS} players", "bet", PLAYERS, "none", Aim(), "rgs",
        seats(ABROAD, "dice-alpha"), ABROAD,
    ),
    "u": Wish(
        f"rounds of mines over HTTP (start, reveal, cash out), {PLAYERS} players", "mines", PLAYERS, "none", Aim(),
        "rgs", seats(HOUSE, "mines-alpha"), HOUSE, "rounds/s",
    ),
}  # fmt: skip
"""Wishes at tables, with the wallet of an operator beside the town."""


def measure_live(town: Town, load: Load) -> Heard:
    """What the same gateway answers when nothing is to be done."""
    return measure(town.gateway, load)


def warm_up(town: Town, load: Load) -> None:
    """Send credits until every process runs as it does after its first minute."""
    wish = WISHES["a"]
    measure(town.gateway, replace(load, wish=wish.call, players=wish.players, authorization=wish.bearer))


def measure_wish(town: Town, letter: str, load: Load, live: Heard) -> Row:
    """One row: a wish sent over and over again, each time under a key of its own."""
    wish = (WISHES | GAMES | ROUNDS)[letter]
    load = replace(load, passes=wish.prepare(town, town.folder) if wish.prepare else None)
    load = replace(load, wish=wish.call, players=wish.players, authorization=wish.bearer)
    before, steps, cpu = events_in(town, wish.log) if wish.log else 0, steps_of(town), cpu_of(town)
    heard = measure(town.gateway, load, partial(nothing_asked, town) if wish.operator else None)
    cost = cpu_told(cpu, cpu_of(town), heard.sent)
    differs = disagreement(town, wish.operator) if wish.operator else ""
    faults = [fault for fault in (heard.fault, live.fault, differs) if fault]
    posted = events_in(town, wish.log) - before if wish.log else heard.sent
    if posted < heard.sent:
        faults.append(f"{heard.sent:,} were answered and only {posted:,} stand in the log of {wish.log}")
    return Row(
        letter=letter,
        name=wish.name,
        value=heard.per_s,
        unit=wish.unit,
        aim=wish.aim,
        raw=Raw(live.per_s, "GET /livez of the same gateway with the same wrk"),
        p50_ms=heard.p50_ms,
        p99_ms=heard.p99_ms,
        note=f"{CONNECTIONS} connections, {heard.requests:,} requests; {told(steps, steps_of(town))}; {cost}",
        fault=", ".join(faults),
    )
