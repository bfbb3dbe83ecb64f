"""Measures this machine with real Kafka, real PostgreSQL and real processes: `make bench`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import Final

from shared.parts.kafka import KafkaNotStarted
from shared.parts.postgres import PostgresNotStarted
from shared.parts.redis import RedisMissing
from tests.bench.machine import ROOT
from tests.bench.report import show, write
from tests.bench.run import Run
from tests.bench.wrk import NoWrk, WrkFailed

LETTERS: Final = "abcdefghijklmnopqrstuv"
NOT_POSSIBLE: Final = (KafkaNotStarted, PostgresNotStarted, RedisMissing, NoWrk, WrkFailed, AssertionError)
INTERRUPTED: Final = 130
ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """What is to be measured, and for how long."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", type=_letters, default=LETTERS, help="rows, such as a,d (default: all)")
    parser.add_argument("--seconds", type=int, default=15, help="of every run over HTTP (default: %(default)s)")
    parser.add_argument(
        "--warm-up", type=int, default=60, help="seconds of credits before the first row (default: %(default)s)"
    )
    parser.add_argument("--threads", type=int, default=1, help="of the load generator (default: %(default)s)")
    parser.add_argument("--commands", type=int, default=100_000, help="in the full topic (default: %(default)s)")
    parser.add_argument("--events", type=int, default=200_000, help="to rebuild from at least (default: %(default)s)")
    parser.add_argument("--wagers", type=int, default=300_000, help="in the stream (default: %(default)s)")
    parser.add_argument("--racers", type=int, default=100_000, help="in the race that closes (default: %(default)s)")
    parser.add_argument("--followed", type=int, default=100_000, help="wagers for insights (default: %(default)s)")
    parser.add_argument("--readers", type=int, default=2_000, help="of boards that change (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=200_000, help="that are simulated (default: %(default)s)")
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the rebuilt board (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=ROOT / "bench.json", help="the file (default: bench.json)")
    return parser.parse_args(words)


def _letters(text: str) -> str:
    chosen = "".join(text.split(",")).strip()
    if not chosen or set(chosen) - set(LETTERS):
        raise argparse.ArgumentTypeError(f"rows are {','.join(LETTERS)}")
    return chosen


def _interrupt(*_: object) -> None:
    """Whatever was started is ended; asking again does not disturb that."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Measure, print, write; 0 if every figure counts, whatever the aims say."""
    run = Run(arguments())
    for number in ENDING:
        signal.signal(number, _interrupt)
    try:
        run.measure()
    except KeyboardInterrupt:
        return INTERRUPTED
    except NOT_POSSIBLE as error:
        show(run.rows)
        print(f"bench: {error}", file=sys.stderr)
        return 1
    run.rows.sort(key=lambda row: row.letter)
    show(run.rows)
    write(run.asked.out, run.rows, run.manner)
    print(f"written to {run.asked.out}")
    return 0 if run.good else 1


if __name__ == "__main__":
    sys.exit(main())
