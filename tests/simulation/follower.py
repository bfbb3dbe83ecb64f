"""Somebody who follows every fact that is published, and drops what they have seen."""

from __future__ import annotations

from collections import Counter

import orjson

from shared.bus.port import Outgoing
from tests.simulation.clients import Violation


class Follower:
    """Reads the `<service>.events` topics in the order in which the broker has them."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, int]] = Counter()
        """The last position read, by service and partition."""
        self.repeated = 0
        self.verdict: Violation | None = None

    def saw(self, message: Outgoing) -> None:
        """This was appended."""
        service, _, kind = message.topic.partition(".")
        if kind != "events":
            return
        pos, seen = orjson.loads(message.value)["pos"], self.seen[service, message.part]
        if pos <= seen:
            self.repeated += 1
        elif pos == seen + 1:
            self.seen[service, message.part] = pos
        else:
            self.verdict = self.verdict or Violation(f"{message.topic}[{message.part}] skips from {seen} to {pos}")
