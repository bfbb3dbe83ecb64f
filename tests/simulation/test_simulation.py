"""Whatever dies, stands still or gets lost: every wish has one effect and one answer, and the books are right."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from typing import Final

import pytest

from tests.conftest_simulation import SIMULATED
from tests.simulation.loop import Standstill, now_s, run_virtually
from tests.simulation.run import simulate
from tests.simulation.tables import SLUGS

SEEDS: Final = int(os.environ.get("SIM_SEEDS", "300"))
TOGETHER: Final = 50
FAULTS: Final = (
    "commits fenced",
    "commits lost: applied",
    "commits lost: later",
    "commits lost: never",
    "commits turned away",
    "crashes",
    "crashes amid a call",
    "dead letters",
    "ends not told",
    "facts told twice",
    "freezes",
    "ghost commits fenced",
    "ghost commits landed",
    "late publishes landed",
    "log answers lost",
    "log calls turned away",
    "old rows pruned",
    "publishes appended twice",
    "publishes that failed",
    "replies lost",
    "towns lost",
    "topics not described",
    "topics not made",
    "zombies",
)

GAMES: Final = (
    "jackpots dropped by call",
    "jackpots that had to drop",
    "journeys rewarded",
    "limits set",
    "mini-games played",
    "raffle entries",
    "raffle entries over a limit",
    "raffle entries paid back",
    "raffles drawn",
    "stakes refused by a limit",
    "wagers in jackpots",
    "wagers reported again",
    "closes told again",
    "dormancies",
    "places paid",
    "players dormant again",
    "scores counted",
    "scores reported again",
    "scores too late for a close",
    "tournaments closed by call",
    "tournaments closed by themselves",
    "batches of wagers",
    "deposits counted",
    "first deposits",
    "letters of the stream",
    "letters of wagers astray",
    "levels reached",
    "scores of the stream",
    "voids after a drop",
    "wagers passed on",
    "wagers repeated",
    "wagers void",
    "players made known",
    "plays of held players",
    "statuses confirmed",
    "statuses told",
    "free spins",
    "bonus spins",
    "paid spins",
    "paid spins not paid",
    "cooldowns given back",
    "dry spins claimed",
    "dry spins credited by themselves",
    "strangers at wheels",
    "wheels: cooldown_active",
    "wheels: no_spins_available",
    "wheels: pending_spin_already_claimed",
    "wheels: pending_spin_not_found",
    "attempts validated",
    "attempts completed",
    "completions denied",
    "codes given",
    "codes given back",
    "fallbacks",
    "activities: attempt_closed",
    "activities: attempt_in_progress",
    "activities: not_eligible",
    "attempts begun",
    "attempts come further",
    "attempts ended by force",
    "bans told",
    "boards filled",
    "boards made final",
    "boards of several pages",
    "boards shown in their order",
    "bots seated",
    "crates opened",
    "entries of banned players",
    "entries too late for their window",
    "entries without the requirement",
    "events: attempt_finished",
    "events: insufficient_entry_cost",
    "grants claimed",
    "grants expired",
    "grants of kind api",
    "grants of kind event",
    "groups joined",
    "lobbies begun",
    "lobbies pushed",
    "milestones reached",
    "players told to wait in a lobby",
    "scores across events",
    "windows closed",
    "wishes of banned players",
    "calls that came late",
    "calls while it was away",
    "calls: garbled",
    "calls: late",
    "calls: lost after",
    "calls: lost before",
    "calls: refused",
    "calls: twice",
    "leases of what had lapsed",
    "payouts tried again",
    "rollbacks: done",
    "rollbacks: unknown_transaction",
    "rounds told: callback paying",
    "rounds void: debit_failed",
    "rounds void: insufficient_balance",
    "rounds void: limit_exceeded",
    "rounds void: player_blocked",
    "rounds: callback settled",
    "rounds: demo settled",
    "rounds: internal settled",
    *(f"rounds of {slug}" for slug in SLUGS),
    "seeds rotated",
    "session refreshed",
    "session touched",
    "tables: active_round_exists",
    "tables: param_out_of_range",
    "tables: round_closed",
    "tables: round_not_found",
    "tables: session_expired",
    "tables: session_refreshed",
)
"""What must have been played, or nothing was proved about it either."""


def chunks() -> list[range]:
    """All seeds, or the one that somebody wants to see."""
    if "SIM_SEED" in os.environ:
        seed = int(os.environ["SIM_SEED"])
        return [range(seed, seed + 1)]
    return [range(first, min(first + TOGETHER, SEEDS)) for first in range(0, SEEDS, TOGETHER)]


@pytest.mark.parametrize("seeds", chunks(), ids=lambda seeds: f"seeds {seeds.start} to {seeds.stop - 1}")
def test_the_town_keeps_its_promises(seeds: range, record_property: Callable[[str, object], None]) -> None:
    happened: Counter[str] = Counter()
    for seed in seeds:
        happened.update(simulate(seed))
        happened["seeds"] += 1
    record_property(SIMULATED, dict(happened))
    if len(seeds) == TOGETHER:
        idle = [fault for fault in (*FAULTS, *GAMES) if not happened[fault]]
        assert not idle, f"in {seeds} these never happened, so nothing was proved about them: {idle}"


@pytest.mark.parametrize("seed", [3, 16])
def test_a_seed_repeats_exactly(seed: int) -> None:
    assert simulate(seed) == simulate(seed)


def test_an_hour_of_virtual_time_passes_at_once() -> None:
    async def hour() -> float:
        await asyncio.gather(asyncio.sleep(3_600), asyncio.sleep(1_800))
        return now_s()

    assert run_virtually(hour()) == pytest.approx(3_600)


def test_a_town_in_which_everybody_waits_for_somebody_else_is_noticed() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Standstill):
        run_virtually(forever())


def test_what_fails_where_nobody_waits_is_noticed() -> None:
    async def fail() -> None:
        raise ValueError("unheard")

    async def careless() -> None:
        task = asyncio.create_task(fail())
        await asyncio.sleep(1)
        assert task.done()

    with pytest.raises(RuntimeError, match="unheard"):
        run_virtually(careless())
