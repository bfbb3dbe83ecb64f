"""Everything that can be said about what operators configure: prize tables, assets, keys, and their versions."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from shared.messages.base import Command, Event, Reply
from shared.streams import Stream, key_of


class PutDefinition(Command, wire="definition.put"):
    """An operator configures something, or changes it. The same spec again changes nothing."""

    kind: str = Field(min_length=1, max_length=32)
    key: str = Field(min_length=1, max_length=128)
    spec: dict[str, Any]


class RemoveDefinition(Command, wire="definition.remove"):
    """An operator takes something out of use; what was opened under it is still finished under it."""

    kind: str = Field(min_length=1, max_length=32)
    key: str = Field(min_length=1, max_length=128)


class DefinitionEvent(Event):
    """A fact about one definition; versions count from 1 without gaps."""

    kind: str
    key: str
    version: int

    @property
    def stream(self) -> Stream[Any]:
        return Stream("definition", key_of(self.kind, self.key))


class DefinitionChanged(DefinitionEvent, wire="definition.changed"):
    """This is the definition now."""

    spec: dict[str, Any]


class DefinitionRemoved(DefinitionEvent, wire="definition.removed"):
    """There is no such definition now."""


class DefinitionAnswer(Reply):
    """Which version stands, and whether this wish made it."""

    kind: str
    key: str
    version: int
    changed: bool


DefinitionCommand = PutDefinition | RemoveDefinition

_spec = {"name": "Winz", "scale": 0}

SAMPLES = (
    PutDefinition(kind="asset", key="WINZ", spec=_spec),
    RemoveDefinition(kind="asset", key="WINZ"),
    DefinitionChanged(kind="asset", key="WINZ", version=1, spec=_spec),
    DefinitionRemoved(kind="asset", key="WINZ", version=2),
    DefinitionAnswer(kind="asset", key="WINZ", version=1, changed=True),
)
