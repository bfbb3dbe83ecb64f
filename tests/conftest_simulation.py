"""What the simulation went through is told at the end of every test run, so that nobody believes in an idle one."""

from __future__ import annotations

from collections import Counter

import pytest

SIMULATED = "simulated"
"""The property under which a test notes how often each thing happened."""
KILLED = "killed"
"""The property under which a test notes (a mutant, the first seed that noticed it, or None)."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add up what the tests noted, wherever they ran."""
    happened: Counter[str] = Counter()
    mutants: list[tuple[str, int | None]] = []
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ():
                if name == SIMULATED:
                    happened.update(value)
                elif name == KILLED:
                    mutants.append(value)
    if happened:
        terminalreporter.section("simulation")
        terminalreporter.line(", ".join(f"{count:,} {name}" for name, count in sorted(happened.items())))
    if mutants:
        killed = [name for name, seed in mutants if seed is not None]
        terminalreporter.section(f"mutants: killed {len(killed)}/{len(mutants)}")
        for name, seed in sorted(mutants):
            terminalreporter.line(f"{name}: {'SURVIVED' if seed is None else f'seed {seed}'}")
