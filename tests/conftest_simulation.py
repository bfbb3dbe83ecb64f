"""What the simulation went through is told at the end of every test run, so that nobody believes in an idle one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

SIMULATED = "simulated"
"""The property under which a test notes how often each thing happened."""
KILLED = "killed"
"""The property under which a test notes (a mutant, the first seed that noticed it, or None)."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add up what the tests noted, wherever they ran."""
    happened: Counter[str] = Counter()
    for counts in _noted(terminalreporter, SIMULATED):
        happened.update(counts)
    if happened:
        terminalreporter.section("simulation")
        terminalreporter.line(", ".join(f"{count:,} {name}" for name, count in sorted(happened.items())))
    if mutants := sorted(_noted(terminalreporter, KILLED)):
        killed = [name for name, seed in mutants if seed is not None]
        terminalreporter.section(f"mutants: killed {len(killed)}/{len(mutants)}")
        for name, seed in mutants:
            terminalreporter.line(f"{name}: {'SURVIVED' if seed is None else f'seed {seed}'}")


def _noted(terminalreporter: pytest.TerminalReporter, wanted: str) -> Iterator[Any]:
    for report in chain.from_iterable(terminalreporter.stats.values()):
        if getattr(report, "when", None) == "call":
            yield from (value for name, value in report.user_properties if name == wanted)
