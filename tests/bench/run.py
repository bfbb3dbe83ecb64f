"""One run of the measurements, from the first start to the proof that the log is whole."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from rich.console import Console

from tests.bench.boards import measure_boards
from tests.bench.closing import measure_closing
from tests.bench.drain import measure_drain, measure_drain_by_two
from tests.bench.insights import measure_insights
from tests.bench.memory import measure_memory
from tests.bench.over_http import GAMES, ROUNDS, WISHES, Wish, measure_live, measure_wish, warm_up
from tests.bench.replaying import measure_rebuild
from tests.bench.rows import Row
from tests.bench.simulating import measure_simulations
from tests.bench.starting import measure_starts
from tests.bench.streams import measure_streams
from tests.bench.tables import wallet_of_an_operator
from tests.bench.town import own_folder, running_town, with_redis
from tests.bench.wagers import measure_wagers, measure_wagers_by_two
from tests.bench.wrk import Load, check_wrk
from tests.system.town import Town

BESIDE_REDIS: Final = (*GAMES, "q", "r")
"""What is measured with Redis in the town, after everything else."""
ALONE: Final = frozenset("fv")
"""What is measured while nothing else runs."""
BUSY: Final = 0.5
"""Processes that wanted to run, on average over the last minute, before anything was started."""


class Run:
    """What was asked for, and what has been measured so far."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked = asked
        self.rows: list[Row] = []
        self.verified: bool | None = None
        self.load_before = os.getloadavg()[0]
        self._warm = False
        self._console = Console(stderr=True, highlight=False)

    def measure(self) -> None:
        """Everything that was asked for.

        Raises:
            KafkaNotStarted, PostgresNotStarted, NoWrk, WrkFailed, AssertionError: it cannot be measured; says why.
        """
        if set(self.asked.only) & (WISHES | GAMES | ROUNDS).keys():
            check_wrk()
        if self.load_before > BUSY:
            self._say(f"this machine is busy with something else (load {self.load_before:.1f}): figures will be low")
        with own_folder() as folder:
            if "f" in self.asked.only:
                self._say("starting the embedded town, twice")
                self.rows += measure_starts(folder)
            if "v" in self.asked.only:
                self._say(f"simulating {self.asked.rounds:,} rounds of two games")
                self.rows += measure_simulations(self.asked.rounds)
            if set(self.asked.only) - ALONE:
                self._say("starting Kafka, PostgreSQL and the town")
                with running_town(folder) as town:
                    self._measure_doors(town, WISHES)
                    self._measure_rounds(town)
                    self._measure_town(town)
                    self._verify(town)

    def _measure_town(self, town: Town) -> None:
        asked = self.asked
        if "d" in asked.only:
            self._say(f"draining {asked.commands:,} commands")
            self.rows.append(measure_drain(town, asked.commands))
            self._say("the same, by two processes")
            self.rows.append(measure_drain_by_two(town, asked.commands))
        if "e" in asked.only:
            self._say(f"rebuilding a view from at least {asked.events:,} events")
            self.rows.append(measure_rebuild(town, asked.events))
        if "h" in asked.only:
            self._say(f"taking {asked.wagers:,} wagers")
            self.rows.append(measure_wagers(town, asked.wagers))
            self._say("the same, by two processes")
            self.rows.append(measure_wagers_by_two(town, asked.wagers))
        if "j" in asked.only:
            self._say(f"closing a tournament of {asked.racers:,} players")
            self.rows.append(measure_closing(town, asked.racers))
        if "k" in asked.only:
            self._say(f"having Faust follow {asked.followed:,} wagers")
            self.rows.append(measure_insights(town, asked.followed))
        if "g" in asked.only:
            self.rows += measure_memory(town)
        if set(asked.only) & set(BESIDE_REDIS):
            with with_redis(town):
                self._measure_games(town)

    def _measure_rounds(self, town: Town) -> None:
        if set(self.asked.only) & ROUNDS.keys():
            with wallet_of_an_operator(town):
                self._measure_doors(town, ROUNDS)

    def _measure_games(self, town: Town) -> None:
        asked = self.asked
        self._measure_doors(town, GAMES)
        if "q" in asked.only:
            self._say(f"telling {asked.readers:,} readers of boards")
            self.rows.append(measure_streams(town, asked.readers, asked.seconds))
        if "r" in asked.only:
            self._say(f"filling a board with {asked.entries:,} entries, and making it anew")
            self.rows.append(measure_boards(town, asked.entries))

    def _measure_doors(self, town: Town, wishes: Mapping[str, Wish]) -> None:
        letters = [letter for letter in wishes if letter in self.asked.only]
        if not letters:
            return
        load = Load(threads=self.asked.threads, seconds=self.asked.seconds)
        self._say("GET /livez, the raw limit of what follows")
        live = measure_live(town, load)
        if not self._warm:
            self._say("warming up: Kafka's JVM takes a minute of load to compile what it runs")
            warm_up(town, replace(load, seconds=self.asked.warm_up))
            self._warm = True
        for letter in letters:
            self._say(wishes[letter].name)
            self.rows.append(measure_wish(town, letter, load, live))

    def _verify(self, town: Town) -> None:
        self._say("verifying the log")
        try:
            said = town.run("verify")
            self.verified = True
        except AssertionError as differs:
            said, self.verified = str(differs), False
        print(said.strip())

    def _say(self, what: str) -> None:
        self._console.print(f"… {what}", style="dim")

    @property
    def manner(self) -> dict[str, Any]:
        """How it was measured, for bench.json."""
        names = (
            "only",
            "seconds",
            "warm_up",
            "threads",
            "commands",
            "events",
            "wagers",
            "racers",
            "rounds",
            "followed",
            "readers",
            "entries",
        )
        return {name: getattr(self.asked, name) for name in names} | {
            "verified": self.verified,
            "load_before": round(self.load_before, 2),
        }

    @property
    def good(self) -> bool:
        """Whether every figure counts and the log verifies; whether an aim was met is for people to judge."""
        return self.verified is not False and not any(row.fault for row in self.rows)
