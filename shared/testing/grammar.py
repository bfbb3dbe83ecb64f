"""The words that rules are told in: given these facts, when somebody wishes this, then that happens or is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any, Final

from shared.definitions import DefinitionStore
from shared.eventlog.rows import StoredDefinition
from shared.fair.seeds import SeedChain
from shared.ids import MessageId, TenantId
from shared.messages import know_all
from shared.messages.base import Answer, Command, Event, FollowUp, Reply, Spec
from shared.shapes import (
    Append,
    Decision,
    Facts,
    Need,
    Outcome,
    Pending,
    Place,
    Private,
    Refused,
    Row,
    Send,
    Service,
    Timer,
    Values,
    View,
    Wish,
)
from shared.streams import State, Stream
from shared.testing.clock import NOON
from shared.testing.promises import check_answer, check_rows, check_sums, check_travels, events_of, fold, same
from shared.testing.sight import Named, Remembered, SeenIn, remember
from shared.worker.rulebook import Rulebook

TENANT: Final = TenantId("starlight")
MASTERS: Final = {"k1": b"one secret that seeds are made from", "k2": b"a later secret that seeds are made from"}

_rulebooks: dict[int, Rulebook] = {}


def given(service: Service, *events: Event) -> Story:
    """These facts have happened in the tenant `starlight`, and nothing else has."""
    if id(service) not in _rulebooks:
        know_all()
        _rulebooks[id(service)] = Rulebook(service)
    return Story(_rulebooks[id(service)]).and_then(*events)


def seeds(newest: str = "k1", masters: Mapping[str, bytes] = MASTERS) -> SeedChain:
    """The seeds that stories draw from, for a spec that says what must come out."""
    return SeedChain(TENANT, masters, newest)


def shown(view: View, event: Event, *, pos: int = 1, version: int = 1, at: datetime = NOON) -> tuple[Row, ...]:
    """The rows that a fact becomes in a view.

    Raises:
        AssertionError: the view does not show such facts, or the rows do not fit its table.
    """
    assert type(event) in view.events, f"{view.table} does not show {event.wire}"
    rows = tuple(view.rows(event, Place(TENANT, 0, pos, version, at)))
    check_rows(view, rows)
    return rows


@dataclass(frozen=True)
class Story:
    """What has happened and what is configured so far. Every word gives a new story and leaves this one as it is."""

    rulebook: Rulebook
    states: Mapping[Stream[Any], Any] = field(default_factory=dict)
    configured: tuple[StoredDefinition, ...] = ()
    definitions: DefinitionStore = field(default_factory=DefinitionStore)
    chain: SeedChain = field(default_factory=seeds)
    now: datetime = NOON
    wishes: int = 0
    rows: tuple[Values, ...] = ()
    said_at: datetime | None = None
    marks: Remembered = field(default_factory=dict)
    """What has streamed in, by id."""

    def said(self, at: datetime) -> Story:
        """The broker took the next wishes in at this time, earlier than they are decided."""
        return replace(self, said_at=at)

    def seeing(self, *rows: Values) -> Story:
        """The views answer this to what the next decisions need of them."""
        return replace(self, rows=rows)

    def seen(self, *marks: Append) -> Story:
        """This has streamed in before. Raises AssertionError if it is there already, or fits no table of marks."""
        return replace(self, marks=remember(self.rulebook, self.marks, marks))

    def and_then(self, *events: Event) -> Story:
        """These facts happened too."""
        return replace(self, states=fold(self.rulebook, self.states, events, None))

    def defined(self, key: str, spec: Spec, version: int = 1) -> Story:
        """The operator has configured this."""
        return self._configured(spec.kind, key, version, spec.model_dump_json(), removed=False)

    def removed(self, kind: type[Spec], key: str, version: int = 2) -> Story:
        """The operator has taken this out of use."""
        return self._configured(kind.kind, key, version, "{}", removed=True)

    def at(self, now: datetime) -> Story:
        """It is this time now."""
        return replace(self, now=now)

    def drawing_from(self, chain: SeedChain) -> Story:
        """Seeds are made from these secrets now."""
        return replace(self, chain=chain)

    def state(self, stream: Stream[State]) -> State:
        """What a history has folded into."""
        state: State = self.states.get(stream, self.rulebook.nouns[stream.noun].initial)
        return state

    def when(self, command: Command, wish: Wish | None = None) -> Consequence:
        """Somebody wishes this. A follow-up and a timer's command serve `wish`; any other is a wish of its own.

        Raises:
            AssertionError: the decision breaks one of shared/testing/promises.py.
        """
        same(type(command).model_validate_json(command.model_dump_json()), command, "the wish read back")
        decider = self.rulebook.deciders[command.wire]
        named = decider.streams(command)
        facts = self._facts(command, wish)
        outcome = decider.decide(command, Named(self.rulebook, self.states, named), facts)
        sends, timers = self._asked_for(outcome)
        check_answer(outcome, sends, own=wish is None and not isinstance(command, FollowUp))
        check_travels(self.rulebook, outcome, sends)
        check_sums(events_of(outcome))
        states = fold(self.rulebook, self.states, events_of(outcome), named)
        after = replace(self, states=states, wishes=self.wishes + 1)
        if isinstance(outcome, Decision):
            after = after.seen(*outcome.marks)
        return Consequence(after, facts.wish, outcome, sends, timers)

    def needs(self, command: Command) -> Need | None:
        """What a decision on this would first ask of the views.

        Raises:
            AssertionError: such commands ask nothing.
        """
        decider = self.rulebook.deciders[command.wire]
        assert type(command) in decider.asking, f"{command.wire} asks nothing of the views"
        assert decider.needs is not None
        return decider.needs(
            command, Named(self.rulebook, self.states, decider.streams(command)), self._facts(command, None)
        )

    def _facts(self, command: Command, wish: Wish | None) -> Facts:
        number = self.wishes + 1
        return Facts(
            now=self.now,
            asked_at=self.said_at or self.now,
            tenant=TENANT,
            command_id=MessageId(f"command-{number}"),
            wish=wish or Wish("door", f"wish-{number}"),
            seeds=self.chain,
            definitions=self.definitions.of(TENANT),
            rows=self.rows,
            seen=SeenIn(self.marks, self.rulebook.ids(command)),
        )

    def _asked_for(self, outcome: Outcome[Any]) -> tuple[tuple[Send, ...], tuple[Timer, ...]]:
        if isinstance(outcome, Refused):
            return (), ()
        processes = self.rulebook.processes
        reactions = [p.react(event) for event in outcome.events for p in processes.get(type(event), ())]
        wishes = list(chain.from_iterable(reactions))
        sends = (*outcome.sends, *(wish for wish in wishes if isinstance(wish, Send)))
        return sends, (*outcome.timers, *(wish for wish in wishes if isinstance(wish, Timer)))

    def _configured(self, kind: str, key: str, version: int, spec: str, *, removed: bool) -> Story:
        row = StoredDefinition(len(self.configured) + 1, TENANT, kind, key, version, spec, removed)
        rows, store = (*self.configured, row), DefinitionStore()
        store.learn(rows)
        return replace(self, configured=rows, definitions=store)


@dataclass(frozen=True)
class Consequence:
    """What came of a wish. Each word asserts, raises AssertionError if it is not so, and lets the sentence go on."""

    story: Story
    """The story as it stands afterwards."""
    wish: Wish
    outcome: Outcome[Any]
    sends: tuple[Send, ...]
    timers: tuple[Timer, ...]

    def then(self, *events: Event) -> Consequence:
        """Exactly these facts happened, in this order; without any: nothing did."""
        same(events_of(self.outcome), events, "what happened")
        return self

    def replied(self, reply: Reply) -> Consequence:
        """The asker is told this."""
        same(self._reply, reply, "the reply")
        return self

    def refused(self, code: str, /, **details: object) -> Consequence:
        """The wish, or the one that was waited for, is refused for this reason."""
        same(self._reply, Refused(code, details), "the answer")
        return self

    def waits(self) -> Consequence:
        """The answer comes with a later decision."""
        assert isinstance(self.outcome, Pending), f"{self.outcome!r} does not wait"
        return self

    def finished(self, wish: Wish | None = None) -> Consequence:
        """A wish that waited has its answer now: the one that was served, unless another is named."""
        finishes = self.outcome.finishes if isinstance(self.outcome, Decision) else None
        same(finishes, wish or self.wish, "the wish that is finished")
        return self

    def asked(self, *sends: Send) -> Consequence:
        """Exactly this was asked of other partitions."""
        same(self.sends, sends, "what was asked")
        return self

    def set(self, *timers: Timer) -> Consequence:
        """Exactly these timers were set."""
        same(self.timers, timers, "the timers")
        return self

    def hid(self, *rows: Private) -> Consequence:
        """Exactly these personal rows were written beside the log."""
        same(() if isinstance(self.outcome, Refused) else self.outcome.private, rows, "the personal rows")
        return self

    def marked(self, *marks: Append) -> Consequence:
        """Exactly this is remembered of what streamed in, in this order."""
        same(self._decision.marks, marks, "the marks")
        return self

    def unfit(self, wanted: Mapping[int, str]) -> Consequence:
        """Exactly the messages at these places cannot count, for these reasons."""
        same(dict(self._decision.unfit), dict(wanted), "what is unfit")
        return self

    def tallied(self, wanted: Mapping[str, int]) -> Consequence:
        """Exactly this is counted for people to watch."""
        same(dict(self._decision.tallies), dict(wanted), "the tallies")
        return self

    def when(self, command: Command, wish: Wish | None = None) -> Consequence:
        """And after that, somebody wishes this."""
        return self.story.when(command, wish)

    def answered(self, answer: Reply | Refused, by: Story | None = None) -> Consequence:
        """The only Send was answered: what waited for it runs, for the same wish; in the story `by` if one is given."""
        assert len(self.sends) == 1, f"{len(self.sends)} Sends wait, so it is not clear which was answered"
        then = self.sends[0].then
        assert then is not None, f"nothing waits for an answer to {self.sends[0]!r}"
        return (by or self.story).when(then.model_copy(update={"answer": _told(answer)}), self.wish)

    def rang(self, by: Story | None = None) -> Consequence:
        """The only timer was due: its command runs, for the same wish; in the story `by` if one is given."""
        assert len(self.timers) == 1, f"{len(self.timers)} timers are set, so it is not clear which rang"
        (timer,) = self.timers
        story = by or self.story
        return replace(story, now=max(story.now, timer.due_at)).when(timer.command, self.wish)

    @property
    def _decision(self) -> Decision[Any]:
        assert isinstance(self.outcome, Decision), f"{self.outcome!r} decides nothing"
        return self.outcome

    @property
    def _reply(self) -> Reply | Refused | None:
        if isinstance(self.outcome, Pending):
            return None
        return self.outcome.reply if isinstance(self.outcome, Decision) else self.outcome


def _told(answer: Reply | Refused) -> Answer:
    if isinstance(answer, Refused):
        return Answer(granted=False, code=answer.code, details=dict(answer.details))
    return Answer(granted=True, body=answer.model_dump(mode="json"))
