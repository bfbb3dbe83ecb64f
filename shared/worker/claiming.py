"""Taking a partition over: the epoch first, then what it stands at, then everything that was left untold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.bus.port import Bus, Topic
from shared.eventlog.port import EventLog, Fenced
from shared.eventlog.rows import Commit, OutboxRow
from shared.worker.partition import Owned
from shared.worker.publishing import publish
from shared.worker.rulebook import Rulebook
from shared.worker.tell import is_leased, published, told

OUTBOX_PAGE: Final = 500


async def claim(
    log: EventLog,
    parts: frozenset[int],
    owner: str,
    topics: Mapping[str, Topic],
    *,
    adopt: bool,
    epochs: Mapping[int, int],
    streams: Collection[str] = (),
) -> list[Owned]:
    """Hold these partitions under a new epoch. Raises what EventLog.claim raises."""
    claimed = await log.claim(sorted(parts), owner, topics, adopt=adopt, epochs=epochs, streams=streams)
    return [Owned.of(one) for one in claimed]


def told_again(rows: Sequence[OutboxRow], now: datetime, retention: timedelta) -> list[OutboxRow]:
    """The Sends that may be told again: not those that are leased, or older than half of what replies are kept for.

    Once a reply is forgotten, the same Send would count as a new one and pay twice. Older ones are for people:
    `fairground stuck` lists them.
    """
    return [row for row in rows if now - row.at <= retention / 2 and not is_leased(row)]


async def catch_up(
    log: EventLog, bus: Bus, rulebook: Rulebook, owned: Owned, *, now: datetime, retention: timedelta
) -> None:
    """Publish the facts that the broker has not acknowledged, and tell the unanswered Sends again."""
    name = rulebook.service.name
    async for page in log.read(owned.part, owned.relayed_pos, owned.event_pos):
        await publish(bus, [published(row, name) for row in page], name)
    owned.relayed_pos = owned.event_pos
    after = (-1, -1)
    while rows := await log.unanswered(owned.part, after, OUTBOX_PAGE):
        await publish(bus, [told(row, name) for row in told_again(rows, now, retention)], name)
        after = (rows[-1].pos, rows[-1].n)


def recognises(commit: Commit, claimed: Sequence[Owned]) -> bool:
    """Whether the claimed partitions stand where this commit would have left them.

    The chain tells: it covers every byte of every event. Where a commit brought no event, its offsets tell, since
    the claim has made sure that nobody else held the partition in between.

    Raises:
        Fenced: it brought neither, so nothing tells; whatever stands is found by starting from what is stored.
    """
    now = {owned.part: owned for owned in claimed}
    moved = [move for move in commit.positions if move.event_pos != move.was_pos]
    if moved:
        verdicts = {now[move.part].chain == move.chain for move in moved}
    else:
        verdicts = {now[move.part].offsets[move.topic] == move.next_offset for move in commit.offsets}
    if not verdicts:
        raise Fenced("the answer to a commit that moves nothing was lost: start again from what is stored")
    if len(verdicts) > 1:
        raise AssertionError("one statement was applied in part: the log is not what it promises to be")
    return verdicts == {True}
