"""How many rounds of a game one process plays a second, as `fairground simulate` plays them."""

from __future__ import annotations

import hmac
import subprocess
import sys
import time
from typing import Final

from tests.bench.machine import ROOT
from tests.bench.rows import Aim, Raw, Row

GAMES: Final = ("dice-alpha", "blackjack-leo")
FEW: Final = 1_000
"""Rounds of the run that shows what a start costs."""
HASHES: Final = 200_000
SEED: Final = "5eed" * 16
AIM: Final = Aim()


def measure_simulations(rounds: int) -> list[Row]:
    """One row a game."""
    raw = Raw(_hashes_per_s(), "HMAC-SHA256 in one process, of which a round of dice takes one")
    return [_measure(game, rounds, raw) for game in GAMES]


def _measure(game: str, rounds: int, raw: Raw) -> Row:
    start_s = _run_s(game, FEW)
    seconds = _run_s(game, rounds) - start_s
    return Row(
        letter="v",
        name=f"simulate {game}, one process",
        value=(rounds - FEW) / seconds,
        unit="rounds/s",
        aim=AIM,
        raw=raw,
        note=f"{rounds:,} rounds in {seconds:.2f} s after a start of {start_s:.2f} s",
    )


def _run_s(game: str, rounds: int) -> float:
    words = ["simulate", game, "--rounds", str(rounds), "--processes", "1", "--seed", SEED]
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "shared.cli.app", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"fairground simulate {game}: {done.returncode}\n{done.stdout}{done.stderr}"
    return time.perf_counter() - begun


def _hashes_per_s() -> float:
    key, begun = SEED.encode(), time.perf_counter()
    for nonce in range(HASHES):
        hmac.digest(key, b"simulation:%d:0" % nonce, "sha256")
    return HASHES / (time.perf_counter() - begun)
