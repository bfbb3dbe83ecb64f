"""Wheels and activities as the judge sees them: what they tell, and what everybody is due of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from shared.bus.port import Outgoing
from shared.eventlog.rows import OutboxRow
from tests.simulation.clients import Told, Wanted
from tests.simulation.judge_activities import ActivitiesJudge
from tests.simulation.judge_wheels import WheelsJudge
from tests.simulation.reading import Reading
from tests.simulation.told_activities import ActivitiesTold
from tests.simulation.told_wheels import WheelsTold


class PlaysTold:
    """Holds every answer about them against the logs."""

    def __init__(self, engines: Reading, ledger: Reading, partitions: int) -> None:
        self._wheels = WheelsTold(engines, ledger, partitions)
        self._activities = ActivitiesTold(engines, ledger, self._wheels.asked)

    @property
    def seen(self) -> Counter[str]:
        """How often some answers were given."""
        return self._wheels.seen + self._activities.seen

    def appended(self, message: Outgoing) -> None:
        """The broker has taken this in."""
        self._wheels.appended(message)

    def granted(self, wish: Wanted, body: dict[str, Any]) -> None:
        """Whoever is told this has it. Raises Violation."""
        self._wheels.granted(wish, body)
        self._activities.granted(wish, body)

    def refused(self, wish: Wanted, told: Told) -> None:
        """It was so at some moment after it was asked. Raises Violation."""
        self._wheels.refused(wish, told)
        self._activities.refused(wish, told)


class PlaysJudge:
    """Adds them up when the town has come to rest."""

    def __init__(self, engines: Reading, ledger: Reading, wishes: Mapping[str, Wanted]) -> None:
        self._wheels = WheelsJudge(engines, ledger, wishes)
        self._activities = ActivitiesJudge(engines, ledger, wishes)

    def effects(self, attempts: Iterable[str]) -> list[str]:
        """The attempts that ran, as often as they did."""
        said = list(attempts)
        return [*self._wheels.effects(said), *self._activities.effects(said)]

    def due(self, wish: Wanted) -> tuple[int, ...] | None:
        """How many effects a granted wish may have had; None of what is no business of theirs."""
        return self._wheels.due(wish) or self._activities.due(wish)

    def begun(self) -> Counter[str]:
        """How many times each attempt is under way or has had its effect."""
        return self._wheels.begun() + self._activities.begun()

    def close(
        self, stuck: Collection[OutboxRow], now: datetime, asked_at: Callable[[str], Collection[datetime]]
    ) -> None:
        """Everything was due and has been settled once. Raises Violation.

        Args:
            stuck: the Sends that are left to people.
            now: what was due earlier, by any clock, must have happened.
            asked_at: when an attempt was appended, each time.
        """
        self._wheels.close(stuck, now, asked_at)
        self._activities.close(stuck)

    def money(self, model: dict[tuple[str, str], int]) -> None:
        """Add what was paid and won to what everybody should have."""
        self._wheels.money(model)
        self._activities.money(model)

    def tally(self) -> Counter[str]:
        """How often each thing was played."""
        return self._wheels.tally() + self._activities.tally()
