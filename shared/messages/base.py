"""What every message is: named on the wire, immutable, and strict about its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Final, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.money import MICRO_SCALE, parse
from shared.streams import Stream

Registered = TypeVar("Registered", bound=BaseModel)

LARGEST_AMOUNT: Final = 2**53
"""The largest integer that every JSON reader keeps exact."""

Amount = Annotated[int, Field(gt=0, le=LARGEST_AMOUNT)]
"""A positive amount in the asset's smallest unit."""


def _exact(text: str) -> str:
    parse(text, MICRO_SCALE)
    return text


Exactly = Annotated[str, Field(max_length=40), AfterValidator(_exact)]
"""Decimal text with at most 6 decimals, not negative."""

COMMANDS: Final[dict[str, type[Command]]] = {}
EVENTS: Final[dict[str, type[Event]]] = {}
SPECS: Final[dict[str, type[Spec]]] = {}


class Message(BaseModel):
    """Anything that is said between services."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Command(Message):
    """A wish, in the imperative. Nothing has happened yet."""

    wire: ClassVar[str]
    aside: ClassVar[frozenset[str]] = frozenset()
    """Fields that only say how it came here: with others under the same idempotency key it is still the same wish."""

    def __init_subclass__(cls, *, wire: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if wire is not None:
            cls.wire = wire
            _register(COMMANDS, wire, cls)


class Event(Message):
    """A fact, in the past tense. It is never changed and never taken back.

    Unknown fields are ignored on reading, so that an older process can read what a newer one wrote.
    """

    model_config = ConfigDict(extra="ignore")
    wire: ClassVar[str]

    def __init_subclass__(cls, *, wire: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if wire is not None:
            cls.wire = wire
            _register(EVENTS, wire, cls)

    @property
    def stream(self) -> Stream[Any]:
        """The history this fact belongs to."""
        raise NotImplementedError


class Reply(Message):
    """What the asker is told when a wish was granted."""


class Answer(Message):
    """How another service answered a Send: granted with a body, or refused with a code."""

    granted: bool
    code: str | None = None
    details: dict[str, Any] = Field(default_factory=dict)
    """What a refusal says beside its code."""
    body: dict[str, Any] = Field(default_factory=dict)


UNANSWERED: Final = Answer(granted=False, code="unanswered")


class FollowUp(Command):
    """A wish of our own that runs when a Send is answered; the worker fills in the answer."""

    answer: Answer = Field(default_factory=lambda: UNANSWERED)  # a plain default would be copied deeply every time


class Reference(NamedTuple):
    """One definition naming another; `path` is the field that does."""

    kind: str
    key: str
    path: str
    or_kind: str | None = None
    """Another kind that may be meant by the key just as well."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """All that may be meant."""
        return (self.kind,) if self.or_kind is None else (self.kind, self.or_kind)


class Amiss(NamedTuple):
    """Why a definition makes no sense although every field of it reads well; `path` is the field to look at."""

    path: str
    problem: str


class Spec(Message):
    """What an operator configures; each kind of definition is one of these."""

    kind: ClassVar[str]
    lasting: ClassVar[tuple[str, ...]] = ()
    """Fields that mean something to what was written under them, and therefore never change."""
    unlike: ClassVar[tuple[str, ...]] = ()
    """Kinds of which nothing may ever have had this one's key."""
    secrets: ClassVar[Mapping[str, str]] = {}
    """Fields that only the platform may read again, each with the field that it is kept in once it is sealed."""

    def __init_subclass__(cls, *, kind: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if kind is not None:
            cls.kind = kind
            _register(SPECS, kind, cls)

    @classmethod
    def sealed(cls, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """What an operator wrote, with every secret replaced by what may be kept of it, and shorthands written out."""
        return raw

    def references(self) -> Iterable[Reference]:
        """The definitions that must exist for this one to make sense."""
        return ()

    def amiss(self) -> Amiss | None:
        """What stands in the way of applying it. What is stored is read all the same, so users must check it again."""
        return None

    def amiss_under(self, key: str) -> Amiss | None:  # noqa: ARG002 - for those to whom the key says something
        """Why this cannot be the first definition under a key. What stands under it already may stay there."""
        return None


def _register(book: dict[str, type[Registered]], name: str, cls: type[Registered]) -> None:
    known = book.get(name)
    if known is not None and known.__qualname__ != cls.__qualname__:
        raise ValueError(f"two messages are called {name!r}: {known.__qualname__} and {cls.__qualname__}")
    book[name] = cls
