"""Everything a service's nouns can do, looked up by wire name, by noun and by fact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from shared.messages.base import Command, Event, FollowUp
from shared.messages.envelope import Envelope, envelope_of
from shared.messages.upcasters import decode_event
from shared.shapes import Decider, Process, Service, View
from shared.streams import Stream

Known = TypeVar("Known")

LARGEST_STATE_BYTES: Final = 64 * 1024
LARGE_STATE_BYTES: Final = 8 * 1024


class UnknownType(Exception):
    """A message of a type that this version does not know: the services were deployed in the wrong order."""


class MustWait(Exception):
    """A partition holds something that this version cannot read; going on without it would lose it."""

    def __init__(self, part: int, reason: str) -> None:
        super().__init__(reason)
        self.part = part


class StateCodec:
    """Turns a folded state into bytes and back: the situation's name, a space, its fields as JSON."""

    def __init__(self, situations: tuple[type[Any], ...]) -> None:
        self._adapters: dict[str, TypeAdapter[Any]] = {cls.__name__: TypeAdapter(cls) for cls in situations}

    def encode(self, state: object) -> bytes:
        """Raises KeyError if the state is none of its noun's situations."""
        name = type(state).__name__
        return name.encode() + b" " + self._adapters[name].dump_json(state)

    def decode(self, raw: bytes) -> Any:
        """Raises ValueError or KeyError if the bytes are of another shape."""
        name, _, fields = raw.partition(b" ")
        return self._adapters[name.decode()].validate_json(fields)


def _check_asking(service: Service) -> None:
    for decider in service.deciders:
        if bool(decider.asking) != (decider.needs is not None):
            raise ValueError(f"{service.name}/{decider.noun}: `asking` and `needs` go together")
        for command in decider.asking:
            if issubclass(command, FollowUp):
                raise TypeError(f"{command.wire} is a follow-up: what it needs must be asked before its Send")


class Rulebook:
    """One service's deciders, views and processes, ready to be asked."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.nouns: dict[str, Decider[Any, Any, Any]] = {decider.noun: decider for decider in service.deciders}
        self.codecs = {decider.noun: StateCodec(decider.situations) for decider in service.deciders}
        self.deciders: dict[str, Decider[Any, Any, Any]] = {}
        self.envelopes: dict[str, type[Envelope[Any]]] = {}
        self.commands: dict[str, type[Command]] = {}
        for decider in service.deciders:
            for command in decider.commands:
                self.deciders[command.wire] = decider
                self.commands[command.wire] = command
                self.envelopes[command.wire] = envelope_of(command)
        self.views: dict[type[Event], list[View]] = defaultdict(list)
        self.processes: dict[type[Event], list[Process]] = defaultdict(list)
        for view in service.views:
            for event in view.events:
                self.views[event].append(view)
        for process in service.processes:
            for event in process.events:
                self.processes[event].append(process)

        self.asking = {command.wire for decider in service.deciders for command in decider.asking}
        """Wishes that are decided alone, since they ask something of the views."""
        _check_asking(service)
        self.private = {table.table: tuple(table.columns) for table in service.private}

    def command(self, wire: str) -> type[Command]:
        """The command of this wire name. Raises UnknownType."""
        return self._known(self.commands, wire)

    def envelope(self, wire: str) -> type[Envelope[Any]]:
        """The envelope that reads such a command. Raises UnknownType."""
        return self._known(self.envelopes, wire)

    def _known(self, book: dict[str, Known], wire: str) -> Known:
        try:
            return book[wire]
        except KeyError:
            raise UnknownType(
                f"{wire!r} is a type that this version of {self.service.name} does not know: "
                "deploy the version that does; the partition waits"
            ) from None

    def streams(self, command: Command) -> tuple[Stream[Any], ...]:
        """The histories that a decision on this command reads."""
        return self.deciders[command.wire].streams(command)

    def ids(self, command: Command) -> Iterable[str]:
        """What must be known to have streamed in before a decision on this command."""
        intake = self.service.intake
        if intake is None or not isinstance(command, intake.commands):
            return ()
        return map(intake.id, intake.said(command))

    def decode_event(self, type_: str, data: str) -> Event:
        """A fact as it was written. Raises KeyError for a type that this version does not know."""
        return decode_event(type_, data)
