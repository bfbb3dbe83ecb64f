"""Where a worker's time went while something was measured, by its own figures."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import httpx

from shared.running import WORKERS
from tests.system.town import Town

STEPS: Final = ("fetch", "load", "decide", "commit", "tell")
FEWEST_BATCHES: Final = 10
_LINE: Final = re.compile(r"^fairground_(step_seconds|batch_messages)_(sum|count)\{(.*)\} (\S+)$", re.MULTILINE)
_STEP: Final = re.compile(r'step="(\w+)"')

Figures = Mapping[tuple[str, str], float]
"""(`fetch` or `batch`, `sum` or `count`) to a figure that only grows."""


def steps_of(town: Town, names: Sequence[str] = WORKERS) -> dict[str, Figures]:
    """What these workers have counted since they were started."""
    return {name: _figures(town.services[name].port) for name in names}


def told(before: Mapping[str, Figures], after: Mapping[str, Figures]) -> str:
    """What a batch was made of meanwhile, for people; empty for workers that did nothing."""
    said = [_sentence(name, before.get(name, {}), after[name]) for name in after]
    return "; ".join(text for text in said if text)


def _figures(port: int) -> Figures:
    found: dict[tuple[str, str], float] = defaultdict(float)
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    for _, kind, labels, value in _LINE.findall(text):
        step = _STEP.search(labels)
        found[step[1] if step else "batch", kind] += float(value)
    return found


def _sentence(name: str, before: Figures, after: Figures) -> str:
    def grown(what: str, kind: str) -> float:
        return after.get((what, kind), 0) - before.get((what, kind), 0)

    batches = grown("batch", "count")
    if batches < FEWEST_BATCHES:
        return ""
    means = (f"{step} {grown(step, 'sum') / batches * 1e3:.1f}" for step in STEPS)
    return f"{name}: {grown('batch', 'sum') / batches:.0f} messages a batch, ms a batch: {', '.join(means)}"
