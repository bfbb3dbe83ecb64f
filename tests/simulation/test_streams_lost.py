"""A stream that is gone at the broker, in part or for a while, ends no worker and takes nobody's partitions away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NoReturn

import pytest

from shared.bus.memory import MemoryBus
from shared.bus.port import BusError, Outgoing, Slot, Topic
from tests.simulation.test_intake import TOPIC, Desk, at_a_desk, rules_of_its_own, said, until

__all__ = ["rules_of_its_own"]


@pytest.mark.parametrize(("misses", "claims"), [(1, 0), (2, 2)], ids=["once", "twice"])
def test_a_broker_that_does_not_tell_of_a_stream_once_takes_nobodys_partitions_away(
    misses: int, claims: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice is enough to read on without it, and to read it again once the broker tells of it."""
    asked = claimed = 0
    topic = MemoryBus.topic

    async def told(bus: MemoryBus, name: str) -> Topic:
        nonlocal asked
        asked += name == TOPIC
        if name == TOPIC and asked <= misses:
            raise BusError("no answer in time")
        return await topic(bus, name)

    async def story(desk: Desk) -> None:
        nonlocal claimed, asked
        gained = desk.worker.gained

        async def noted(parts: frozenset[int]) -> Mapping[Slot, int]:
            nonlocal claimed
            claimed += 1
            return await gained(parts)

        desk.worker.gained = noted  # type: ignore[method-assign]
        monkeypatch.setattr(MemoryBus, "topic", told)
        await until(lambda: asked > misses + 1)
        await desk.hears(said("a"))
        assert (desk.counted(0), claimed) == (["a"], claims)

    at_a_desk(story)


def test_a_rebalance_while_no_broker_answers_ends_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = 0

    async def away(*_: Any) -> NoReturn:
        nonlocal refused
        refused += 1
        raise BusError("no broker answers")

    async def story(desk: Desk) -> None:
        member: Any = desk.worker._member
        with monkeypatch.context() as patch:
            patch.setattr(MemoryBus, "ensure", away)
            patch.setattr(member, "subscribe", away)
            await until(lambda: refused > 3 and TOPIC not in desk.worker._topics.known)
            member._group._call()
            await until(lambda: not desk.worker.owned)
            await until(lambda: bool(desk.worker.owned))
            await asyncio.sleep(1)
        await desk.hears(said("a"))
        assert desk.counted(0) == ["a"]

    at_a_desk(story)


def test_a_stream_that_loses_what_was_to_be_read_next_is_read_from_what_is_left() -> None:
    async def story(desk: Desk) -> None:
        await desk.hears(said("a"))
        log = desk.bus._shelf.log(Slot(TOPIC, 0))
        log.messages.clear()
        log.first = 1_000
        await desk.bus.publish([Outgoing(TOPIC, 0, b"key", said("b"))])
        await until(lambda: desk.offset(0) == 1_001)
        assert desk.counted(0) == ["a", "b"]

    at_a_desk(story)


def test_where_the_broker_tells_nothing_of_streams_everybody_else_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(desk: Desk) -> None:
        member: Any = desk.worker._member
        spans = member.spans

        async def silent(slots: list[Slot]) -> Any:
            if any(slot.topic == TOPIC for slot in slots):
                await asyncio.Event().wait()
            return await spans(slots)

        monkeypatch.setattr(member, "spans", silent)
        member._group._call()
        await until(lambda: not desk.worker.owned)
        await until(lambda: bool(desk.worker.owned) and desk.worker.trouble is None)
        await desk.hears(said("a"))

    at_a_desk(story)
