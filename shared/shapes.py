"""What every business noun is made of: wishes decided into facts, facts shown as rows, facts asking for more wishes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Generic, Literal, NamedTuple, Protocol, TypeVar

from shared.ids import MessageId, TenantId
from shared.messages.base import Command, Event, FollowUp, Reply, Spec
from shared.streams import Stream

State = TypeVar("State")
S = TypeVar("S")
C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)
D = TypeVar("D", bound=Spec)
M = TypeVar("M")

Value = str | int | bool | datetime | None
"""What a view's column can hold."""
Values = tuple[Value, ...]
Tables = Mapping[str, Mapping[Values, Values]]
"""Views by table name: rows by key, which begins with part and tenant."""

MOST_ROWS: Final = 500
"""Rows that one decision may ask of the views."""
OUTSIDE: Final = "outside"
"""Whom a Send asks that goes to no service of ours: who it is, the command says. It is leased, not published."""


class Wish(NamedTuple):
    """The identity of somebody's wish: answers are stored and repeated under it."""

    scope: str
    key: str


class States(Protocol):
    """The folded histories that a decision reads, each with its own type."""

    def __getitem__(self, stream: Stream[S]) -> S:
        """What this stream has folded into; its noun's initial state if nothing happened yet."""
        ...


@dataclass(frozen=True, slots=True)
class Definition(Generic[D]):
    """One version of what an operator configured."""

    key: str
    version: int
    spec: D


class Definitions(Protocol):
    """What the tenant's operator configured, any version by number."""

    def current(self, kind: type[D], key: str) -> Definition[D] | None:
        """The newest version, or None if there is none or it was removed."""
        ...

    def at(self, kind: type[D], key: str, version: int) -> Definition[D] | None:
        """That version, also after it was replaced or removed."""
        ...

    def every(self, kind: type[D]) -> Sequence[Definition[D]]:
        """All current ones of a kind, by key."""
        ...


@dataclass(frozen=True, slots=True)
class Seed:
    """A server seed that only the service that draws can know before it is revealed."""

    key_id: str
    """Which of the tenant's seed secrets it was made from."""
    value: str
    """64 lower-case hex characters; a secret until revealed."""
    hash: str
    """SHA-256 of the ASCII characters of `value`, in hex."""


class Seeds(Protocol):
    """The seed chain of every stream of the tenant."""

    def of(self, stream: Stream[Any], number: int, key_id: str | None = None) -> Seed:
        """Seed `number` of `stream`, from the secret `key_id` (the newest unless named)."""
        ...


class Seen(Protocol):
    """What a stream from outside has brought before."""

    def of(self, id_: str) -> Sequence[Values]:
        """The marks of this id, each its key and its columns after part and tenant; most often there is none."""
        ...


class SawNothing:
    """No stream has brought anything."""

    def of(self, id_: str) -> Sequence[Values]:  # noqa: ARG002
        """Nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the outside world contributes to a decision, drawn before it is made."""

    now: datetime
    """At least the message's append time; never goes back within a partition."""
    asked_at: datetime
    """When the broker took this message in, so that whoever was first is first also in one batch; of a timer, `now`."""
    tenant: TenantId
    command_id: MessageId
    wish: Wish
    """The wish being served: of a follow-up or timer, the one that set it going."""
    seeds: Seeds
    definitions: Definitions
    rows: tuple[Values, ...] = ()
    """What the decider's `needs` asked of the views, as they stand after everything that was decided before."""
    seen: Seen = field(default_factory=SawNothing)
    """To commands of an intake: which of their ids have come before."""


@dataclass(frozen=True, slots=True)
class Need:
    """A question to the service's own views: the lookup of this name, with these arguments after part and tenant."""

    lookup: str
    args: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookup:
    """A named query that answers a Need, and its twin over a log in memory; at most MOST_ROWS rows.

    The SQL stands under the same name in the service's `lookups.sql`; its first two parameters are part and tenant.
    """

    name: str
    twin: Callable[[Tables, int, TenantId, tuple[Value, ...]], Sequence[Values]]


@dataclass(frozen=True, slots=True)
class Send:
    """Ask another partition for something; it is repeated until answered, and counted once.

    `then` runs here when the answer arrives, with the answer filled in.
    """

    service: str
    key: str
    command: Command
    then: FollowUp | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """A command to run at `due_at`. Setting the id again replaces it, until it has fired; it fires once."""

    id: str
    due_at: datetime
    key: str
    command: Command


@dataclass(frozen=True, slots=True)
class Private:
    """A row that no event may carry (personal data): written in the same commit, and erasable."""

    table: str
    key: tuple[Value, ...]
    values: Mapping[str, Value] | None
    """None erases the row."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The wish is not granted and nothing changed; `code` says which clause of the rule stood in the way."""

    code: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision(Generic[E]):
    """The wish is granted: these facts happened, and this is the answer.

    A follow-up that ends a pending wish names it in `finishes`; it may also end it with a refusal.
    """

    events: tuple[E, ...]
    reply: Reply | Refused | None
    sends: tuple[Send, ...] = ()
    timers: tuple[Timer, ...] = ()
    private: tuple[Private, ...] = ()
    finishes: Wish | None = None
    marks: tuple[Append, ...] = ()
    """Of an intake: what came just now and must never count again."""
    unfit: Mapping[int, str] = field(default_factory=dict)
    """Of an intake: the messages that cannot count, by their place in the command, and why; they are dead letters."""
    tallies: Mapping[str, int] = field(default_factory=dict)
    """What is counted for people to watch, by name; it is a metric and changes nothing."""


@dataclass(frozen=True, slots=True)
class Pending(Generic[E]):
    """The wish is under way: these facts happened, the answer comes with a later decision."""

    events: tuple[E, ...]
    sends: tuple[Send, ...] = ()
    timers: tuple[Timer, ...] = ()
    private: tuple[Private, ...] = ()


Outcome = Decision[E] | Pending[E] | Refused


@dataclass(frozen=True, slots=True)
class Decider(Generic[C, State, E]):
    """One noun's rule. `shape` counts the forms its state has had; another number refolds it from the log."""

    noun: str
    initial: State
    situations: tuple[type[Any], ...]
    """The dataclasses that the state is one of."""
    commands: tuple[type[C], ...]
    events: tuple[type[E], ...]
    streams: Callable[[C], tuple[Stream[Any], ...]]
    """The histories the command reads and may write, all of one partition; the first is its own."""
    decide: Callable[[C, States, Facts], Outcome[Any]]
    evolve: Callable[[State, E], State]
    shape: int = 1
    asking: tuple[type[C], ...] = ()
    """The rare commands that `needs` is asked about: each waits until all before it is decided and written."""
    needs: Callable[[C, States, Facts], Need | None] | None = None
    """What such a decision must know of the views; the rows come as `facts.rows`."""


@dataclass(frozen=True, slots=True)
class Put:
    """This row now looks like this: every column, absolute."""

    key: tuple[Value, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Add:
    """Add to this row's columns; a missing row counts as zeros."""

    key: tuple[Value, ...]
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Append:
    """This row, once; it never changes."""

    key: tuple[Value, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """This row is no longer shown."""

    key: tuple[Value, ...]


Row = Put | Add | Append | Drop

KINDS: Final[Mapping[str, tuple[type[Row], ...]]] = {"put": (Put, Drop), "add": (Add,), "append": (Append,)}
"""What a view of each mode may answer with, so that one commit touches a row in one manner only."""


class Place(NamedTuple):
    """Where in the log a fact stands, for views that show it."""

    tenant: TenantId
    part: int
    pos: int
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class View:
    """A table that facts are shown in, and how. Every row also begins with its partition and its tenant."""

    table: str
    mode: Literal["put", "add", "append"]
    key: Mapping[str, str]
    """The key's column names and their SQL types, after `part` and `tenant`."""
    columns: Mapping[str, str]
    """The other columns' names and SQL types, in the order of a row's values."""
    events: tuple[type[Event], ...]
    """The facts it shows; others are not offered."""
    rows: Callable[[Any, Place], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class RankView:
    """Two tables that boards are shown in, whose order is also kept where a place in it is found at once.

    Both are of mode `put`. `entries` has the key (board, participant) and the columns (kind, player, score, position
    of the fact that reached it); `positions` has the key (board) and the position of the last fact about the board.
    """

    entries: str
    positions: str


@dataclass(frozen=True, slots=True)
class Process:
    """When a fact happened, ask for something elsewhere or later."""

    events: tuple[type[Event], ...]
    react: Callable[[Any], Sequence[Send | Timer]]


@dataclass(frozen=True, slots=True)
class PrivateTable:
    """A table of personal data; not derived, not replayed. Every row also begins with its partition and tenant."""

    table: str
    key: Mapping[str, str]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Marks:
    """A table of what a stream brought, one row each, for as long as it might come again.

    A row is written once and plainly: that its key is taken means that somebody else writes this partition. It is no
    view, since no fact tells of a single message. Every row also begins with its partition and its tenant.
    """

    table: str
    key: Mapping[str, str]
    """The key's column names and SQL types; the first is the id that a message is looked up by."""
    columns: Mapping[str, str]
    dated: str
    """The column that tells how old a row is."""
    kept: timedelta


@dataclass(frozen=True, slots=True)
class Intake(Generic[M]):
    """A stream of messages from outside, decided many at once; its topics are `prefix` and a tenant's id."""

    prefix: str
    owners: type[Spec]
    """Every tenant that has such a definition has a topic."""
    read: Callable[[bytes], M]
    """Raises ValueError; then the message is a dead letter."""
    tenant: Callable[[M], str]
    key: Callable[[M], str]
    """What a message is routed by, within its tenant."""
    gather: Callable[[Sequence[M], Sequence[M]], Command]
    """What is to be decided about one tenant's messages: those of this partition, and those of others."""
    commands: tuple[type[Command], ...]
    """The commands that bear such messages, the gathered one among them: they ask which ids have been seen."""
    said: Callable[[Any], Sequence[M]]
    """The messages that such a command decides on, in the order that a decision counts them."""
    id: Callable[[M], str]
    write: Callable[[M], bytes]
    """A message as it could be sent again: the opposite of `read`."""
    marks: Marks


@dataclass(frozen=True, slots=True)
class Service:
    """What one service is: its nouns, what it shows and what it sets going."""

    name: str
    deciders: tuple[Decider[Any, Any, Any], ...]
    views: tuple[View, ...] = ()
    processes: tuple[Process, ...] = ()
    private: tuple[PrivateTable, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    queries: Mapping[str, str] = field(default_factory=dict)
    """The lookups' SQL by name."""
    intake: Intake[Any] | None = None
    ranks: RankView | None = None
