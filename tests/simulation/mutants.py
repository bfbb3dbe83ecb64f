"""Ways to break the rules that keep money safe, each a small patch; the simulation must notice every one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from shared.bus.port import Topic
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.offsets import offsets_of
from shared.eventlog.rows import DONE, PENDING, Claimed, Commit
from shared.shapes import Refused
from shared.worker.answers import Answers
from shared.worker.batch import Batch
from shared.worker.cache import Recent
from shared.worker.items import SEND_SCOPE, Ask
from shared.worker.partition import Owned
from shared.worker.tell import published
from shared.worker.worker import Worker
from tests.simulation.chaos_log import ChaosLog
from tests.simulation.mutants_in_activities import MUTANTS_IN_ACTIVITIES
from tests.simulation.mutants_in_events import MUTANTS_IN_EVENTS
from tests.simulation.mutants_in_games import MUTANTS_IN_GAMES
from tests.simulation.mutants_in_rounds import MUTANTS_IN_ROUNDS
from tests.simulation.mutants_in_standing import MUTANTS_IN_STANDING
from tests.simulation.mutants_in_time import MUTANTS_IN_TIME, Mutant
from tests.simulation.mutants_in_tournaments import MUTANTS_IN_TOURNAMENTS
from tests.simulation.mutants_in_wagers import MUTANTS_IN_WAGERS
from tests.simulation.mutants_in_wheels import MUTANTS_IN_WHEELS


def no_fence(patch: pytest.MonkeyPatch) -> None:
    """A commit is written whoever holds the partition by now; only the events' own keys stand in the way."""

    def check(log: MemoryEventLog, commit: Commit) -> None:
        log._check_events(commit.events)
        log._tables.check(commit.tables)

    patch.setattr(MemoryEventLog, "_check", check)


def offsets_before_events(patch: pytest.MonkeyPatch) -> None:
    """That a message was read is written first, what came of it in a commit of its own."""
    commit = ChaosLog.commit

    async def in_two(log: ChaosLog, whole: Commit) -> None:
        if whole.offsets:
            await commit(log, Commit(offsets=whole.offsets))
        await commit(log, replace(whole, offsets=[]))

    patch.setattr(ChaosLog, "commit", in_two)


def reply_before_commit(patch: pytest.MonkeyPatch) -> None:
    """Whoever asked is told as soon as it is decided."""
    decided = Worker._decided

    async def telling(worker: Worker, items: Any) -> tuple[Batch, Commit]:
        batch, commit = await decided(worker, items)
        await worker._bus.publish(batch.messages())
        return batch, commit

    patch.setattr(Worker, "_decided", telling)


def no_idempotency_row(patch: pytest.MonkeyPatch) -> None:
    """What a door's wish was answered is not kept."""
    write = Answers.write

    def forgetting(answers: Answers, commit: Commit) -> None:
        write(answers, commit)
        commit.replies = [row for row in commit.replies if row.status != DONE or row.scope == SEND_SCOPE]

    patch.setattr(Answers, "write", forgetting)


def send_not_remembered(patch: pytest.MonkeyPatch) -> None:
    """What a Send was answered is not kept."""
    write = Answers.write

    def forgetting(answers: Answers, commit: Commit) -> None:
        write(answers, commit)
        commit.replies = [row for row in commit.replies if row.status != DONE or row.scope != SEND_SCOPE]

    patch.setattr(Answers, "write", forgetting)


def refused_send_not_remembered(patch: pytest.MonkeyPatch) -> None:
    """A Send that was refused is decided again when it is told again."""
    write = Answers.write

    def forgetting(answers: Answers, commit: Commit) -> None:
        write(answers, commit)
        commit.replies = [row for row in commit.replies if row.status in (DONE, PENDING)]

    patch.setattr(Answers, "write", forgetting)


def door_refusal_remembered(patch: pytest.MonkeyPatch) -> None:
    """A door's wish that was refused once is refused for ever."""
    settle = Answers.settle

    def keeping(answers: Answers, ask: Ask, answer: Any, now: Any) -> None:
        settle(answers, ask, answer, now)
        if isinstance(answer, Refused):
            answers._changed[ask.part, *ask.wish] = answers._final(ask.part, ask.wish, ask.fingerprint, answer, now)

    patch.setattr(Answers, "settle", keeping)


def decided_again_while_pending(patch: pytest.MonkeyPatch) -> None:
    """A repeat of a wish that is under way starts it a second time."""
    repeat = Answers.repeat

    def forgetting(answers: Answers, ask: Ask) -> bool:
        row = answers._row((ask.part, *ask.wish))
        return (row is None or row.status != PENDING) and repeat(answers, ask)

    patch.setattr(Answers, "repeat", forgetting)


def fingerprint_unchecked(patch: pytest.MonkeyPatch) -> None:
    """Another body under the same key gets the first one's answer."""
    repeat = Answers.repeat

    def blind(answers: Answers, ask: Ask) -> bool:
        row = answers._row((ask.part, *ask.wish))
        return repeat(answers, ask if row is None else ask._replace(fingerprint=row.fingerprint))

    patch.setattr(Answers, "repeat", blind)


def deadline_before_key(patch: pytest.MonkeyPatch) -> None:
    """A late repeat is refused although its wish has had its effect."""
    wish = Batch._wish

    def strict(batch: Batch, ask: Ask, owned: Owned) -> None:
        if batch._late(ask):
            batch.answers.refuse(ask, Refused("deadline_passed"))
        else:
            wish(batch, ask, owned)

    patch.setattr(Batch, "_wish", strict)


def outbox_dropped_when_told(patch: pytest.MonkeyPatch) -> None:
    """A Send is forgotten once the broker has it."""
    tell = Worker._tell

    async def dropping(worker: Worker, batch: Batch) -> None:
        await tell(worker, batch)
        for send in batch.kept_sends:
            worker._log._log.outbox.pop(send, None)  # type: ignore[attr-defined]

    patch.setattr(Worker, "_tell", dropping)


def answered_twice(patch: pytest.MonkeyPatch) -> None:
    """The follow-up of an answer runs as often as the answer comes."""

    def serve(batch: Batch, ask: Ask, owned: Owned) -> None:
        batch._decide(ask, owned)
        if ask.answers is not None:
            batch._answered.add(ask.answers)

    patch.setattr(Batch, "_serve", serve)
    patch.setattr(Recent, "forget", lambda recent, key: None)


def answered_twice_in_a_batch(patch: pytest.MonkeyPatch) -> None:
    """The follow-up runs twice if both copies of an answer come in one batch."""

    def serve(batch: Batch, ask: Ask, owned: Owned) -> None:
        batch._decide(ask, owned)
        if ask.answers is not None:
            batch._answered.add(ask.answers)

    patch.setattr(Batch, "_serve", serve)


def claim_in_one_statement(patch: pytest.MonkeyPatch) -> None:
    """Where a partition stands is read before a ghost's commit has landed, and its epoch raised after."""

    async def claim(
        log: MemoryEventLog,
        parts: Sequence[int],
        owner: str,
        topics: Mapping[str, Topic],
        *,
        adopt: bool,
        epochs: Mapping[int, int],
        streams: Collection[str] = (),
    ) -> list[Claimed]:
        wanted = sorted(parts)
        offsets, _ = offsets_of(wanted, topics, log.offsets, adopt=topics if adopt else streams)
        stood = {part: log._claimed(part, 0, offsets[part]) for part in wanted}
        await log.pause("claim.raised")
        raised = await real(log, parts, owner, topics, adopt=adopt, epochs=epochs, streams=streams)
        return [stood[one.part]._replace(epoch=one.epoch) for one in raised]

    real = MemoryEventLog.claim
    patch.setattr(MemoryEventLog, "claim", claim)


def states_kept_over_a_loss(patch: pytest.MonkeyPatch) -> None:
    """What a worker knew of a partition it trusts again when it comes back."""
    lost = Worker.lost

    async def remembering(worker: Worker, parts: frozenset[int]) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(worker._memory, "clear", lambda: None)
            await lost(worker, parts)

    patch.setattr(Worker, "lost", remembering)


def unknown_taken_for_applied(patch: pytest.MonkeyPatch) -> None:
    """A commit without an answer is believed to stand."""

    async def yes(worker: Worker, commit: Commit) -> bool:
        return True

    patch.setattr(Worker, "_applied", yes)


def unknown_taken_for_not_applied(patch: pytest.MonkeyPatch) -> None:
    """A commit without an answer is claimed and decided again, whether it stands or not."""
    patch.setattr("shared.worker.worker.recognises", lambda commit, claimed: False)


def relayed_before_told(patch: pytest.MonkeyPatch) -> None:
    """That facts were published is written before they are."""
    commit = Batch.commit

    def early(batch: Batch) -> Commit:
        whole = commit(batch)
        return replace(whole, positions=[move._replace(relayed_pos=move.event_pos) for move in whole.positions])

    patch.setattr(Batch, "commit", early)


def one_page_told(patch: pytest.MonkeyPatch) -> None:
    """Who takes a partition over publishes the first page of what was left untold, and no other."""

    async def briefly(log: Any, bus: Any, rulebook: Any, owned: Owned, **_: object) -> None:
        async for page in log.read(owned.part, owned.relayed_pos, owned.event_pos):
            await bus.publish([published(row, rulebook.service.name) for row in page])
            break
        owned.relayed_pos = owned.event_pos

    patch.setattr("shared.worker.worker.catch_up", briefly)


def refused_wish_stays_pending(patch: pytest.MonkeyPatch) -> None:
    """A wish that ends in a refusal keeps its row, and nobody can make it again."""
    write = Answers.write

    def keeping(answers: Answers, commit: Commit) -> None:
        write(answers, commit)
        commit.freed = []

    patch.setattr(Answers, "write", keeping)


def untold_never_told(patch: pytest.MonkeyPatch) -> None:
    """Who takes a partition over believes that all its facts have been published."""

    async def lazily(log: Any, bus: Any, rulebook: Any, owned: Owned, **_: object) -> None:
        owned.relayed_pos = owned.event_pos

    patch.setattr("shared.worker.worker.catch_up", lazily)


MUTANTS: Final[tuple[Mutant, ...]] = (
    no_fence,
    offsets_before_events,
    reply_before_commit,
    no_idempotency_row,
    send_not_remembered,
    refused_send_not_remembered,
    door_refusal_remembered,
    decided_again_while_pending,
    fingerprint_unchecked,
    deadline_before_key,
    outbox_dropped_when_told,
    answered_twice,
    answered_twice_in_a_batch,
    claim_in_one_statement,
    states_kept_over_a_loss,
    unknown_taken_for_applied,
    unknown_taken_for_not_applied,
    relayed_before_told,
    refused_wish_stays_pending,
    untold_never_told,
    one_page_told,
    *MUTANTS_IN_TIME,
    *MUTANTS_IN_GAMES,
    *MUTANTS_IN_TOURNAMENTS,
    *MUTANTS_IN_WAGERS,
    *MUTANTS_IN_WHEELS,
    *MUTANTS_IN_ACTIVITIES,
    *MUTANTS_IN_STANDING,
    *MUTANTS_IN_EVENTS,
    *MUTANTS_IN_ROUNDS,
)
