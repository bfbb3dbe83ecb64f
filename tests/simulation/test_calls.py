"""Operators are called beside the worker: never twice for one stake, and what came of it is always heard."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.rgs.calls import AT_ONCE, LEASE_S, SWEEP_EVERY_S
from shared.bus.port import BusError
from shared.eventlog.port import Unavailable
from shared.operator_wallet.port import HttpAnswer
from shared.shapes import OUTSIDE
from shared.worker.sending import NEVER
from shared.worker.tell import commands_of, events_of
from tests.simulation.booth import OPERATOR, service
from tests.simulation.hall import (
    PARTITIONS,
    SECRET,
    SILENT,
    TOPIC,
    Hall,
    Manner,
    grants,
    hangs_up,
    in_a_hall,
    is_away,
    is_silent,
    refuses,
    until,
)
from tests.simulation.loop import now_s


async def slowly(body: Mapping[str, Any]) -> HttpAnswer:
    await asyncio.sleep(2.5)
    return await grants(body)


@pytest.mark.parametrize("kind", ["debit", "credit", "rollback"])
def test_what_an_operator_grants_is_heard_with_the_balance_it_told(kind: str) -> None:
    async def story(hall: Hall) -> None:
        await hall.ring(kind)
        assert await hall.hears(1) == ["granted"]
        assert hall.heard()[0].balance == 9_850
        assert [(path, body["amount"]) for _, path, body in hall.till.calls] == [(kind, "1.50")]

    in_a_hall(story)


def test_a_call_begins_at_once_and_not_when_somebody_happens_to_look() -> None:
    async def story(hall: Hall) -> None:
        began_s = now_s()
        await hall.ring()
        await hall.hears(1)
        assert now_s() - began_s < 0.2

    in_a_hall(story)


def test_a_refusal_is_heard_with_what_the_operator_wants_its_player_to_read() -> None:
    async def story(hall: Hall) -> None:
        await hall.ring()
        assert await hall.hears(1) == ["refused"]
        assert hall.heard()[0].details == {"status": "LIMIT_REACHED", "message": "Take a break."}

    in_a_hall(story, refuses)


def test_what_goes_outside_is_told_on_no_topic() -> None:
    async def story(hall: Hall) -> None:
        await hall.bus.ensure({OUTSIDE: PARTITIONS, commands_of(OUTSIDE): PARTITIONS})
        told, publish = Counter[str](), hall.bus.publish

        async def noting(messages: Any) -> None:
            told.update(message.topic for message in messages)
            await publish(messages)

        hall.bus.publish = noting  # type: ignore[method-assign]
        hall.till.manner = is_silent
        await hall.ring("credit")
        await until(lambda: len(hall.till.calls) == 1)
        assert [row.next_at for row in hall.log.outbox.values()] == [NEVER]
        await hall.die()
        await hall.open()
        await hall.hears(1)
        assert set(told) == {TOPIC, events_of(service.name)}

    in_a_hall(story)


@pytest.mark.parametrize(("manner", "said"), [(is_silent, "unknown"), (hangs_up, "unknown"), (is_away, "not_sent")])
def test_a_call_in_vain_is_made_once_and_its_end_is_heard(manner: Manner, said: str) -> None:
    async def story(hall: Hall) -> None:
        await hall.ring()
        assert await hall.hears(1) == [said]
        await asyncio.sleep(3 * LEASE_S)
        assert len(hall.till.calls) == 1
        assert hall.said() == [said]

    in_a_hall(story, manner)


def test_an_operator_without_a_wallet_is_not_called() -> None:
    async def story(hall: Hall) -> None:
        await hall.ring(operator=SILENT)
        assert await hall.hears(1) == ["not_sent"]
        assert hall.till.calls == []

    in_a_hall(story)


@pytest.mark.parametrize(
    ("kind", "said", "calls"), [("debit", "unknown", 1), ("credit", "granted", 2), ("rollback", "granted", 2)]
)
def test_after_a_crash_a_stake_is_unknown_and_what_may_be_repeated_is_called_again(
    kind: str, said: str, calls: int
) -> None:
    async def story(hall: Hall) -> None:
        hall.till.manner = is_silent
        await hall.ring(kind)
        await until(lambda: len(hall.till.calls) == 1)
        await hall.die()
        hall.till.manner = grants
        await hall.open()
        assert await hall.hears(1) == [said]
        assert len(hall.till.calls) == calls
        assert len({body["transactionId"] for _, _, body in hall.till.calls}) == 1
        assert len({body["requestId"] for _, _, body in hall.till.calls}) == calls

    in_a_hall(story)


def test_an_answer_that_the_worker_did_not_hear_is_told_again_and_not_asked_for_again() -> None:
    async def story(hall: Hall) -> None:
        publish, lost = hall.bus.publish, list[Any]()

        async def losing(messages: Any) -> None:
            if messages[0].headers[0][1] == b"reply" and not lost:
                lost.append(messages)
                return
            await publish(messages)

        hall.bus.publish = losing  # type: ignore[method-assign]
        await hall.ring()
        assert await hall.hears(1) == ["granted"]
        assert len(lost) == 1
        assert len(hall.till.calls) == 1

    in_a_hall(story)


def test_an_answer_that_cannot_be_told_for_longer_than_the_lease_is_told_once_it_can() -> None:
    async def story(hall: Hall) -> None:
        publish = hall.bus.publish
        mute_until_s, told = now_s() + 2.5 * LEASE_S, Counter[str]()

        async def mute(messages: Any) -> None:
            if messages[0].headers[0][1] == b"reply":
                if now_s() < mute_until_s:
                    raise BusError("away")
                told["reply"] += 1
            await publish(messages)

        hall.bus.publish = mute  # type: ignore[method-assign]
        await hall.ring()
        assert await hall.hears(1) == ["granted"]
        await asyncio.sleep(1.0)
        assert (len(hall.till.calls), told["reply"]) == (1, 1)

    in_a_hall(story)


def test_calls_of_one_round_wait_for_one_another_in_their_order() -> None:
    async def story(hall: Hall) -> None:
        for kind in ("debit", "credit", "rollback"):
            await hall.ring(kind, "the-round")
        await hall.hears(3)
        assert [path for _, path, _ in hall.till.calls] == ["debit", "credit", "rollback"]
        assert hall.till.most_of_a_round == 1

    in_a_hall(story)


def test_an_operator_is_never_called_more_often_at_once_than_is_agreed() -> None:
    async def story(hall: Hall) -> None:
        for number in range(3 * AT_ONCE):
            await hall.ring(round_id=f"r{number}")
        assert await hall.hears(3 * AT_ONCE) == ["granted"] * 3 * AT_ONCE
        assert hall.till.most_at_once == AT_ONCE

    in_a_hall(story)


def test_a_slow_operators_stakes_that_wait_too_long_are_not_sent() -> None:
    async def story(hall: Hall) -> None:
        for number in range(4 * AT_ONCE):
            await hall.ring(round_id=f"r{number}")
        said = Counter(await hall.hears(4 * AT_ONCE))
        assert said["not_sent"] >= AT_ONCE
        assert said["granted"] == len(hall.till.calls) == 4 * AT_ONCE - said["not_sent"]

    in_a_hall(story, slowly)


def test_an_operator_that_fails_again_and_again_is_left_alone_until_one_call_finds_it_well() -> None:
    async def story(hall: Hall) -> None:
        for number in range(5):
            await hall.ring(round_id=f"r{number}")
            await hall.hears(number + 1)
        await hall.ring(round_id="left-alone")
        assert (await hall.hears(6))[-1] == "not_sent"
        assert len(hall.till.calls) == 5
        hall.till.manner = grants
        await asyncio.sleep(5.0)
        await hall.ring(round_id="tries")
        assert (await hall.hears(7))[-1] == "granted"
        assert len(hall.till.calls) == 6

    in_a_hall(story, hangs_up)


def test_what_is_under_way_when_the_process_ends_is_brought_to_its_end() -> None:
    async def story(hall: Hall) -> None:
        await hall.ring()
        await until(lambda: len(hall.till.calls) == 1)
        await hall.close()
        await hall.open()
        assert await hall.hears(1) == ["granted"]
        assert len(hall.till.calls) == 1

    in_a_hall(story)


@pytest.mark.parametrize("kind", ["debit", "credit", "rollback"])
def test_what_has_not_begun_when_the_process_ends_is_called_by_the_next(kind: str) -> None:
    async def story(hall: Hall) -> None:
        for number in range(AT_ONCE + 8):
            await hall.ring(kind, f"r{number}")
        await hall.ring(kind, "r0")
        await until(lambda: len(hall.till.calls) == AT_ONCE)
        await until(lambda: len(hall.leases.held) == AT_ONCE + 9)
        await hall.close()
        assert len(hall.till.calls) == AT_ONCE
        began_s = now_s()
        await hall.open()
        assert await hall.hears(AT_ONCE + 9) == ["granted"] * (AT_ONCE + 9)
        assert len(hall.till.calls) == AT_ONCE + 9
        assert now_s() - began_s < LEASE_S / 2

    in_a_hall(story, slowly)


def test_what_was_called_when_the_process_ends_is_not_let_go_as_if_it_had_not_been() -> None:
    """Else the next would take the stake once more, if nobody has heard that it was taken."""

    async def story(hall: Hall) -> None:
        publish = hall.bus.publish

        async def mute(messages: Any) -> None:
            if messages[0].headers[0][1] == b"reply":
                raise BusError("away")
            await publish(messages)

        hall.bus.publish = mute  # type: ignore[method-assign]
        await hall.ring()
        await until(lambda: bool(hall.till.calls))
        await hall.close()
        hall.bus.publish = publish  # type: ignore[method-assign]
        await hall.open()
        assert await hall.hears(1) == ["unknown"]
        assert len(hall.till.calls) == 1

    in_a_hall(story)


def test_leases_that_cannot_be_swept_keep_no_call_from_being_made() -> None:
    async def story(hall: Hall) -> None:
        async def away(parts: Sequence[int], after_s: float) -> int:
            raise Unavailable("away")

        hall.leases.sweep = away  # type: ignore[method-assign]
        hall.callers._swept_s -= SWEEP_EVERY_S  # it is time, in the moment of the call
        await hall.ring()
        assert await hall.hears(1) == ["granted"]

    in_a_hall(story)


def test_what_was_left_to_the_next_is_not_counted_as_a_call() -> None:
    async def story(hall: Hall) -> None:
        await hall.ring(round_id="r")
        await hall.ring("credit", "r")
        await until(lambda: len(hall.till.calls) == 1)
        await until(lambda: len(hall.leases.held) == 2)
        await hall.close()
        assert 'kind="credit"' not in hall.metrics.render()[0].decode()

    in_a_hall(story, slowly)


def test_calls_are_counted_by_what_came_of_them() -> None:
    async def story(hall: Hall) -> None:
        await hall.ring("credit")
        await hall.hears(1)
        shown = hall.metrics.render()[0].decode()
        line = f'fairground_wallet_calls_total{{kind="credit",operator="{OPERATOR}",result="granted"}} 1.0'
        assert line in shown
        assert SECRET not in shown

    in_a_hall(story)
