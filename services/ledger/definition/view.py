"""Every version of every definition, in the order they were decided."""

from __future__ import annotations

import json

from shared.messages.definition import DefinitionChanged, DefinitionEvent, DefinitionRemoved
from shared.shapes import Append, Place, View


def rows(event: DefinitionEvent, place: Place) -> tuple[Append, ...]:
    removed = isinstance(event, DefinitionRemoved)
    spec = json.dumps(event.spec) if isinstance(event, DefinitionChanged) else "{}"
    return (Append(key=(place.pos,), values=(event.kind, event.key, event.version, spec, removed)),)


view = View(
    table="definitions",
    mode="append",
    key={"seq": "bigint"},
    columns={"kind": "text", "key": "text", "version": "int", "spec": "text", "removed": "boolean"},
    events=(DefinitionChanged, DefinitionRemoved),
    rows=rows,
)
