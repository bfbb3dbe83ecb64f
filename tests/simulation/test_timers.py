"""What is put off costs nothing while it waits, however much of it there is."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from shared.bus.memory import MemoryBus
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.rows import TimerRow
from shared.worker.claiming import claim
from shared.worker.items import Ask
from shared.worker.rulebook import Rulebook
from shared.worker.tell import commands_of
from shared.worker.timers import Timers
from tests.simulation.loop import FIRST_MORNING, VirtualClock, run_virtually
from tests.simulation.parlour import PayOut, service

TOPIC = commands_of(service.name)


def waiting(number: int, due_in_s: int) -> TimerRow:
    """A seat that is paid out in so many seconds."""
    command = PayOut.model_validate({"player": "rocket", "table": "felt", "seat": str(number)})
    due_at = FIRST_MORNING + timedelta(seconds=due_in_s)
    data = command.model_dump_json().encode()
    return TimerRow(0, f"seat/{number}", due_at, "starlight", "rocket", command.wire, data, "send", "", "")


@pytest.mark.parametrize("page", [1, 2, 3, 500])
def test_a_full_page_of_waiting_timers_does_not_keep_the_worker_awake(
    page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.worker.timers.MOST_TIMERS", page)

    async def rung_and_wait_s() -> tuple[list[str], float]:
        clock, bus, log = VirtualClock(Random(1)), MemoryBus(), MemoryEventLog(service, 1)
        await bus.ensure({TOPIC: 1})
        rows = [waiting(number, due_in_s) for number, due_in_s in enumerate((0, 60, 61, 62))]
        log.timers.update({(row.part, row.id): row for row in rows})
        topics = {TOPIC: await bus.topic(TOPIC)}
        [owned] = await claim(log, frozenset({0}), "test", topics, adopt=True, epochs={})
        timers = Timers(log, bus.member("group", "test", [TOPIC]), clock, Rulebook(service), TOPIC)
        rung = [item.command.seat for item in await timers.among([], {0: owned}) if isinstance(item, Ask)]  # type: ignore[attr-defined]
        log.fired.update((0, f"seat/{number}") for number in rung)
        assert not await timers.among([], {0: owned}), "it rings twice"
        return rung, timers.wait_s({0: owned}, 30.0)

    assert run_virtually(rung_and_wait_s()) == (["0"], 30.0)
