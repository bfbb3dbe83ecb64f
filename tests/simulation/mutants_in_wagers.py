"""Ways to break the taking of a stream: wagers that count twice, in the wrong place, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from services.engines.jackpot import counting
from services.engines.wager.player import of_player
from services.engines.wager.state import Wagerer
from services.engines.wager.taking import Taking
from shared.bus.port import BusError
from shared.eventlog.memory_tables import MemoryTables
from shared.eventlog.rows import Commit
from shared.worker.batch import Batch
from shared.worker.intake import bulk, read_streamed
from shared.worker.items import Bulk, Streamed
from shared.worker.sight import SeenBy
from shared.worker.topics import Topics
from shared.worker.worker import Worker
from tests.simulation.mutants_in_time import Mutant


def marks_not_loaded(patch: pytest.MonkeyPatch) -> None:
    """What counted before this batch is not known."""
    patch.setattr(SeenBy, "of", lambda seen, id_: seen._marked.get((*seen._owner, id_), ()))


def marks_written_over(patch: pytest.MonkeyPatch) -> None:
    """What counted before is not known, and its mark is simply written over."""
    marks_not_loaded(patch)
    patch.setattr(MemoryTables, "check_marks", lambda tables, changes: None)


def offsets_without_marks(patch: pytest.MonkeyPatch) -> None:
    """That the stream was read is written down, and what was read is not."""
    commit = Batch.commit

    def forgetting(batch: Batch) -> Commit:
        whole = commit(batch)
        whole.tables.pop("wagers", None)
        return whole

    patch.setattr(Batch, "commit", forgetting)


def void_takes_nothing_back(patch: pytest.MonkeyPatch) -> None:
    """A void is remembered, and its wager goes on counting."""
    count = Taking._count

    def one_way(taking: Taking, wager: Any, parts: Any, *, sign: int) -> None:
        count(taking, wager, parts if sign > 0 else [], sign=sign)

    patch.setattr(Taking, "_count", one_way)


def early_void_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A void that comes before its wager leaves nothing behind."""
    void = Taking._void

    def forgetting(taking: Taking, new: Any, known: Any, settled: Any) -> str | None:
        return void(taking, new, known, settled) if settled is not None else None

    patch.setattr(Taking, "_void", forgetting)


def counted_where_it_lies(patch: pytest.MonkeyPatch) -> None:
    """A message in a foreign partition counts there."""

    def at_home(message: Any, intake: Any, partitions: int) -> Any:
        item = read_streamed(message, intake, partitions)
        return item._replace(home=item.part) if isinstance(item, Streamed) else item

    patch.setattr("shared.worker.worker.read_streamed", at_home)


def lost_between_the_halves(patch: pytest.MonkeyPatch) -> None:
    """Where a batch is cut in two, the message in the middle belongs to neither half."""

    def apart(whole: Bulk, intake: Any) -> tuple[Bulk, Bulk]:
        streamed = sorted(whole.streamed, key=lambda one: one.source.offset)
        middle = len(streamed) // 2
        return bulk(streamed[:middle], intake), bulk(streamed[middle + 1 :] or streamed[middle:], intake)

    patch.setattr("shared.worker.batch.halves", apart)


def void_feeds_on_the_next_pool(patch: pytest.MonkeyPatch) -> None:
    """A void whose wager's pool was won takes from the pool that began then."""
    counts = counting.counts
    patch.setattr(counting, "counts", lambda entry, size, pool: counts(entry, size, replace(pool, dropped_at=None)))


def every_deposit_a_first(patch: pytest.MonkeyPatch) -> None:
    """That a player has deposited before is not remembered."""

    def forgetting(player: Any, doings: Any, wagerer: Wagerer, *rest: Any) -> Any:
        return of_player(player, doings, replace(wagerer, deposited=False), *rest)

    patch.setattr("services.engines.wager.decider.of_player", forgetting)


def subscribed_in_vain(patch: pytest.MonkeyPatch) -> None:
    """A stream is believed to be read although the broker has not agreed."""

    find = Worker._find_topics

    async def hopeful(worker: Worker) -> None:
        try:
            await find(worker)
        except BusError:
            worker._subscribed = dict(worker._topics.known)

    patch.setattr(Worker, "_find_topics", hopeful)


def refused_topic_given_up(patch: pytest.MonkeyPatch) -> None:
    """A stream that cannot be read at once is never looked for again."""
    add = Topics._add

    async def once(topics: Topics, name: str) -> None:
        if name not in topics._refused:
            await add(topics, name)

    patch.setattr(Topics, "_add", once)


MUTANTS_IN_WAGERS: Final[tuple[Mutant, ...]] = (
    marks_not_loaded,
    marks_written_over,
    offsets_without_marks,
    void_takes_nothing_back,
    early_void_forgotten,
    counted_where_it_lies,
    lost_between_the_halves,
    void_feeds_on_the_next_pool,
    every_deposit_a_first,
    subscribed_in_vain,
    refused_topic_given_up,
)
"""All of these show only in a town that has a stream."""
