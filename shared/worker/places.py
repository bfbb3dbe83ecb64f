"""Makes sure that the broker still has what a partition is to read next, before anything is read."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

import structlog

from shared.bus.port import BusError, Member, Slot, Span
from shared.eventlog.port import EventLog, Fenced, OutcomeUnknown, WrongOffsets
from shared.eventlog.rows import Commit, OffsetMove, PositionMove
from shared.worker.partition import Owned

STREAMS_WAIT_S: Final = 5.0

logger = structlog.get_logger(__name__)


async def placed(
    log: EventLog, member: Member, claimed: Sequence[Owned], *, adopt: bool, streams: Collection[str] = ()
) -> None:
    """Compare where these partitions stand with what the broker has; with `adopt`, begin where it begins.

    What was granted before is only answered again under its key, or too old to be begun. A stream of one tenant always
    begins where the broker begins, and that is said aloud: what it has lost keeps nobody else from being served. Where
    the broker does not tell of streams, whoever reads there will find out.

    Raises:
        WrongOffsets: the broker dropped what is to be read next, or never had it, and `adopt` is false.
        Fenced: another worker has claimed meanwhile, or it is not known whether the new place is stored; claim again.
        BusError, Unavailable: try again.
    """
    slots = [Slot(topic, one.part) for one in claimed for topic in one.offsets]
    spans = await _spans(member, [slot for slot in slots if slot.topic not in streams])
    spans |= await _spans_of_streams(member, [slot for slot in slots if slot.topic in streams])
    for one in claimed:
        astray = {
            topic: spans[Slot(topic, one.part)]
            for topic, offset in one.offsets.items()
            if Slot(topic, one.part) in spans and not _holds(spans[Slot(topic, one.part)], offset)
        }
        for topic, span in astray.items():
            why = _astray(Slot(topic, one.part), one.offsets[topic], span)
            if not adopt and topic not in streams:
                raise WrongOffsets(why)
            logger.error("an offset begins anew", topic=topic, part=one.part, why=why)
        if astray:
            await _begin_anew(log, one, {topic: span.first for topic, span in astray.items()})


async def _spans(member: Member, slots: Sequence[Slot]) -> dict[Slot, Span]:
    return dict(await member.spans(slots)) if slots else {}


async def _spans_of_streams(member: Member, slots: Sequence[Slot]) -> dict[Slot, Span]:
    """Nothing if one of them is gone: the driver would wait for it, and everybody who wishes something would, too."""
    try:
        async with asyncio.timeout(STREAMS_WAIT_S):
            return await _spans(member, slots)
    except (BusError, TimeoutError) as error:
        logger.warning("where streams begin and end is not known", error=str(error) or "no answer in time")
        return {}


def _holds(span: Span, offset: int) -> bool:
    return span.first <= offset <= span.end


async def _begin_anew(log: EventLog, one: Owned, firsts: dict[str, int]) -> None:
    moves = [OffsetMove(one.part, topic, one.offsets[topic], first) for topic, first in firsts.items()]
    stays = PositionMove(
        one.part, one.epoch, one.event_pos, one.event_pos, one.stored_relayed_pos, one.chain, one.last_at
    )
    try:
        await log.commit(Commit(positions=[stays], offsets=moves))
    except OutcomeUnknown as error:
        raise Fenced(
            f"it is not known whether partition {one.part} has its new place: start from what is stored"
        ) from error
    one.offsets.update(firsts)


def _astray(slot: Slot, offset: int, span: Span) -> str:
    return (
        f"topic {slot.topic}, partition {slot.part}: the log has read up to offset {offset}, but the broker has "
        f"offsets {span.first} to {span.end}: it has lost or dropped messages. Connect the right cluster, or start "
        f"once with --adopt to read this topic from offset {span.first}: what is gone is never decided, and what was "
        "granted before is not granted again"
    )
