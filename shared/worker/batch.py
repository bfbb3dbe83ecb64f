"""Many wishes are decided one after another, in memory, and become one commit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from shared.bus.port import Incoming, Outgoing
from shared.definitions import DefinitionStore
from shared.eventlog.rows import (
    Commit,
    DeadLetterRow,
    Loaded,
    OffsetMove,
    OutboxRow,
    PositionMove,
    TableChange,
    TimerRow,
)
from shared.ids import TenantId
from shared.messages.envelope import routing_key
from shared.ranks.port import Ranks
from shared.shapes import Decision, Facts, Need, Outcome, Pending, Refused, Seeds, Send, Timer, Value, Values
from shared.worker.answers import Answers
from shared.worker.dead import dead_letter
from shared.worker.folding import Folding, Happened, Known
from shared.worker.intake import halves
from shared.worker.items import (
    LONGEST_REASON,
    SEND_SCOPE,
    Answered,
    Ask,
    Bulk,
    Poison,
    Ready,
    Streamed,
    appended_at,
    earliest,
    is_streamed,
    part_of,
)
from shared.worker.partition import Owned
from shared.worker.rulebook import Rulebook
from shared.worker.sending import outbox_row, timer_row
from shared.worker.sight import SeenBy, StatesOf
from shared.worker.tell import commands_of, is_leased, published, told


@dataclass(frozen=True, slots=True)
class Outside:
    """What a worker knows of the world beyond its log."""

    partitions: int
    definitions: DefinitionStore
    seeds: Callable[[TenantId], Seeds]
    ranks: Ranks | None = None
    """Where the order of boards is kept beside the log, if anywhere."""


class Batch:
    """One step's decisions. Nothing counts until its commit has succeeded; then `owned` and `states` are the truth."""

    def __init__(
        self,
        rulebook: Rulebook,
        outside: Outside,
        owned: Mapping[int, Owned],
        loaded: Loaded,
        known: Known,
        now: datetime,
    ) -> None:
        self._rulebook, self._outside, self._loaded, self._now = (rulebook, outside, loaded, now)
        self._own_topic = commands_of(rulebook.service.name)
        self._before = owned
        self.owned: dict[int, Owned] = {}
        self.folding = Folding(rulebook, known)
        self.answers = Answers(loaded.replies)
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.tallies: Counter[str] = Counter()
        """What the decisions want to be counted."""
        self.large_states: Counter[str] = Counter()
        """How many states of each noun are larger than is good for them."""
        self.rows: tuple[Values, ...] = ()
        """What the views answered to the only wish of this batch."""
        self._outbox: dict[tuple[int, int, int], OutboxRow] = {}
        self._answered: set[tuple[int, int, int]] = set()
        self._timers: dict[tuple[int, str], TimerRow] = {}
        self._fired: set[tuple[int, str]] = set()
        self._dead: list[DeadLetterRow] = []
        self._marks: dict[tuple[Value, ...], tuple[Value, ...]] = {}
        self._marked: dict[tuple[int, str, str], list[Values]] = defaultdict(list)

    def need(self, ask: Ask) -> Need | None:
        """What this wish, decided alone, must know of the views. Raises whatever the decider raises."""
        needs = self._rulebook.deciders[ask.command.wire].needs
        assert needs is not None, f"{ask.command.wire} asks for nothing"
        facts = self._facts(ask, self._moment(ask, self._before[ask.part]))
        return needs(ask.command, StatesOf(self.folding, ask.part, ask.tenant), facts)

    def _moment(self, item: Ready, owned: Owned) -> datetime:
        # A stream's broker times may be its producers' own; they must not move the clock of everybody else.
        since = owned.last_at if is_streamed(item, self._own_topic) else earliest(item)
        return max(self._now, owned.last_at, since)

    def run(self, items: Sequence[Ready]) -> None:
        """Decide them all, in order. What cannot be handled goes to the dead letters and spares its neighbours."""
        for item in items:
            owned = self._draft(part_of(item))
            self._handle(item, owned)
            self._read(item, owned)

    def _handle(self, item: Ready, owned: Owned) -> None:
        try:
            self._one(item, owned)
        except Exception as error:  # noqa: BLE001 - whatever a decider raises, its neighbours go on
            if isinstance(item, Bulk) and len(item.streamed) > 1:
                for half in halves(item, self._rulebook.service.intake):
                    self._handle(half, owned)
            else:
                self._bury(item, f"{type(error).__name__}: {error}", owned)

    def _draft(self, part: int) -> Owned:
        draft = self.owned.get(part)
        if draft is None:
            draft = self.owned[part] = self._before[part].copy()
        return draft

    def _read(self, item: Ready, owned: Owned) -> None:
        source = item.source
        if isinstance(source, Incoming):
            owned.offsets[source.topic] = max(owned.offsets[source.topic], source.offset + 1)
            if not is_streamed(item, self._own_topic):
                owned.read_at = source.appended_at
        else:
            self._fired.add((source.part, source.id))

    def _one(self, item: Ready, owned: Owned) -> None:
        owned.last_at = self._moment(item, owned)
        match item:
            case Ask() if item.own:
                self._wish(item, owned)
            case Ask():
                self._serve(item, owned)
            case Bulk():
                self._decide(item.ask, owned, item.streamed)
            case Answered() if item.send in self._loaded.outbox:
                self._answered.add(item.send)
            case Answered():
                pass  # an answer that nobody waits for is dropped
            case Poison():
                self._bury(item, item.reason, owned)

    def _wish(self, ask: Ask, owned: Owned) -> None:
        if self.answers.repeat(ask):
            self.outcomes[ask.command.wire, "repeated"] += 1
        elif self._late(ask):
            self.outcomes[ask.command.wire, "expired"] += 1
            self.answers.refuse(ask, Refused("deadline_passed", {"ttl_ms": ask.ttl_ms}))
        else:
            self._decide(ask, owned)

    def _late(self, ask: Ask) -> bool:
        if ask.ttl_ms is None or not isinstance(ask.source, Incoming):
            return False
        return self._now > ask.source.appended_at + timedelta(milliseconds=ask.ttl_ms)

    def _serve(self, ask: Ask, owned: Owned) -> None:
        """A follow-up or a timer; the same answer twice in one batch is one answer."""
        if ask.answers in self._answered:
            return
        self._decide(ask, owned)
        if ask.answers is not None:
            self._answered.add(ask.answers)

    def _decide(self, ask: Ask, owned: Owned, streamed: Sequence[Streamed] = ()) -> None:
        facts = self._facts(ask, owned.last_at)
        decider = self._rulebook.deciders[ask.command.wire]
        outcome = decider.decide(ask.command, StatesOf(self.folding, ask.part, ask.tenant), facts)
        self.outcomes[ask.command.wire, _name(outcome)] += 1
        self._apply(ask, outcome, owned)
        if isinstance(outcome, Decision):
            self.tallies.update(outcome.tallies)
            for place, reason in outcome.unfit.items():
                source = streamed[place].source if streamed else self._as_streamed(ask, place)
                self._dead.append(dead_letter(source, reason, owned.last_at))

    def _as_streamed(self, ask: Ask, place: int) -> Incoming:
        """A message of the stream that was passed on with others, as if it had come by itself, to be tried again so."""
        intake = self._rulebook.service.intake
        assert intake is not None, "only an intake calls a message unfit"
        assert isinstance(ask.source, Incoming), "what is passed on comes by the bus"
        message = intake.said(ask.command)[place]
        topic, key = f"{intake.prefix}{ask.tenant}", routing_key(ask.tenant, intake.key(message))
        return ask.source._replace(topic=topic, key=key, value=intake.write(message), headers=())

    def _facts(self, ask: Ask, now: datetime) -> Facts:
        return Facts(
            now=now,
            asked_at=appended_at(ask) or now,
            tenant=ask.tenant,
            command_id=ask.command_id,
            wish=ask.wish,
            seeds=self._outside.seeds(ask.tenant),
            definitions=self._outside.definitions.of(ask.tenant),
            rows=self.rows,
            seen=SeenBy(self._loaded.marks, self._marked, (ask.part, ask.tenant)),
        )

    def _apply(self, ask: Ask, outcome: Outcome[Any], owned: Owned) -> None:
        if isinstance(outcome, Refused):
            if not ask.own:
                raise ValueError(f"a follow-up cannot be refused ({outcome.code}): decide on a refusal for its wish")
            self.answers.settle(ask, outcome, owned.last_at)
            return
        happened = self.folding.prepare(ask, outcome.events, owned, owned.last_at)
        sends, timers = self._asked_for(outcome)
        rows = self._outbox_rows(ask, sends, happened, owned.last_at)
        set_ = [timer_row(timer, ask) for timer in timers]
        secrets = self.folding.secrets(outcome.private)
        marks = self._new_marks(ask, outcome) if isinstance(outcome, Decision) else {}
        _check_answer(ask, outcome)
        self._conclude(ask, outcome, owned)
        # Nothing below can fail: a decision is kept whole or its message is buried whole.
        self.folding.keep(happened, secrets, ask, owned)
        for key, values in marks.items():
            self._marks[key] = values
            self._marked[ask.part, ask.tenant, str(key[2])].append((*key[2:], *values))
        self._outbox.update({(row.part, row.pos, row.n): row for row in rows})
        for timer in set_:
            self._timers[timer.part, timer.id] = timer

    def _conclude(self, ask: Ask, outcome: Decision[Any] | Pending[Any], owned: Owned) -> None:
        if isinstance(outcome, Pending):
            if ask.own:
                self.answers.wait(ask, owned.last_at)
        elif outcome.finishes is not None and outcome.reply is not None:
            self.answers.finish(ask.part, outcome.finishes, outcome.reply, owned.last_at)
        elif outcome.reply is not None:
            self.answers.settle(ask, outcome.reply, owned.last_at)

    def _new_marks(self, ask: Ask, outcome: Decision[Any]) -> dict[tuple[Value, ...], tuple[Value, ...]]:
        marks = {(ask.part, ask.tenant, *mark.key): mark.values for mark in outcome.marks}
        if len(marks) < len(outcome.marks) or not self._marks.keys().isdisjoint(marks):
            raise ValueError("what has streamed in is marked twice")
        return marks

    def _asked_for(self, outcome: Decision[Any] | Pending[Any]) -> tuple[list[Send], list[Timer]]:
        sends, timers = list(outcome.sends), list(outcome.timers)
        reactions = (
            process.react(event)
            for event in outcome.events
            for process in self._rulebook.processes.get(type(event), ())
        )
        for wish in chain.from_iterable(reactions):
            if isinstance(wish, Send):
                sends.append(wish)
            else:
                timers.append(wish)
        return sends, timers

    def _outbox_rows(self, ask: Ask, sends: list[Send], happened: list[Happened], at: datetime) -> list[OutboxRow]:
        if not sends:
            return []
        if not happened:
            raise ValueError("a Send must be explained by a fact: its id is the fact's position")
        own, pos, partitions = self._rulebook.service.name, happened[-1].row.pos, self._outside.partitions
        return [outbox_row(own, ask, send, (pos, n), at, partitions) for n, send in enumerate(sends)]

    def _bury(self, item: Ready, reason: str, owned: Owned) -> None:
        self._dead.append(dead_letter(item.source, reason[:LONGEST_REASON], owned.last_at))
        # A Send is not answered: `dead-letters retry` runs it, and its outbox row waits until then.
        ask = item.ask if isinstance(item, Poison) else item
        if isinstance(ask, Ask) and ask.own and ask.wish.scope != SEND_SCOPE:
            self.answers.refuse(ask, Refused("internal_error"))

    def commit(self) -> Commit:
        """Everything that was decided, one final operation a row. Raises Blamed if a state has grown too large."""
        commit = Commit()
        self.large_states = self.folding.write(commit)
        self.answers.write(commit)
        if self._marks and (intake := self._rulebook.service.intake):
            commit.tables[intake.marks.table] = TableChange(inserts=self._marks)
        commit.outbox = [row for key, row in self._outbox.items() if key not in self._answered]
        commit.answered = sorted(self._answered - self._outbox.keys())
        commit.timers = self.set_timers
        commit.fired = sorted(self._fired)
        commit.dead_letters = self._dead
        for part, after in sorted(self.owned.items()):
            before = self._before[part]
            commit.positions.append(
                PositionMove(
                    part, before.epoch, before.event_pos, after.event_pos, after.relayed_pos, after.chain, after.last_at
                )
            )
            commit.offsets.extend(
                OffsetMove(part, topic, before.offsets[topic], offset)
                for topic, offset in after.offsets.items()
                if offset != before.offsets[topic]
            )
        return commit

    def messages(self) -> list[Outgoing]:
        """What is told once the commit stands: answers, then Sends, then published facts."""
        own = self._rulebook.service.name
        sends = [told(row, own) for row in self._outbox.values() if not is_leased(row)]
        return [*self.answers.messages, *sends, *(published(row, own) for row in self.folding.events)]

    @property
    def kept_sends(self) -> Mapping[tuple[int, int, int], OutboxRow]:
        """The Sends this batch put into the outbox."""
        return self._outbox

    @property
    def goes_outside(self) -> bool:
        """Whether something was put into the outbox that somebody has to lease."""
        return any(map(is_leased, self._outbox.values()))

    @property
    def answered_sends(self) -> set[tuple[int, int, int]]:
        """The Sends this batch heard the answer to."""
        return self._answered

    @property
    def set_timers(self) -> list[TimerRow]:
        """The timers this batch set."""
        return list(self._timers.values())

    @property
    def dead(self) -> list[DeadLetterRow]:
        """What this batch gave up on."""
        return self._dead


def _name(outcome: Outcome[Any]) -> str:
    match outcome:
        case Refused():
            return "refused"
        case Pending():
            return "pending"
        case Decision():
            return "done"


def _check_answer(ask: Ask, outcome: Decision[Any] | Pending[Any]) -> None:
    """A wish of its own is answered by its own decision; what serves another's wish names the one it finishes."""
    if isinstance(outcome, Pending):
        return
    if ask.own and (outcome.reply is None or outcome.finishes is not None):
        raise ValueError("a decision on a wish must answer it, or be Pending")
    if not ask.own and outcome.reply is not None and outcome.finishes is None:
        raise ValueError("a follow-up's answer must name the wish it finishes")
