"""A definition has versions without gaps; a bad one, or one that names what does not exist, changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.definitions import InvalidDefinition, parse_spec
from shared.ids import is_id
from shared.messages.base import SPECS, Amiss, Reference, Spec
from shared.messages.definition import (
    DefinitionAnswer,
    DefinitionChanged,
    DefinitionCommand,
    DefinitionEvent,
    DefinitionRemoved,
    PutDefinition,
    RemoveDefinition,
)
from shared.shapes import Decider, Decision, Facts, Outcome, Refused, States
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Absent:
    """Not defined: never, or not any more."""

    version: int = 0
    lasting: Mapping[str, Any] = field(default_factory=dict)
    """As of Defined; it lasts over a removal."""


@dataclass(frozen=True, slots=True)
class Defined:
    """This version stands."""

    version: int
    digest: str
    """Of the spec, so that the same spec again is recognised without keeping it here."""
    lasting: Mapping[str, Any] = field(default_factory=dict)
    """The fields that must stay as they are, such as the decimals of an asset. Looked at only when one is put."""


Standing = Absent | Defined


def definition_of(kind: str, key: str) -> Stream[Standing]:
    """The history of one definition."""
    return Stream("definition", key_of(kind, key))


def put(command: PutDefinition, states: States) -> Outcome[DefinitionEvent]:
    kind, key = command.kind, command.key
    try:
        spec = parse_spec(kind, command.spec)
    except InvalidDefinition as error:
        return Refused("invalid_definition", {"path": error.path, "problem": error.problem})
    for reference in spec.references():
        if not _stands(reference, states):
            problem = f"unknown {reference.kind} {reference.key!r}; define it first"
            return Refused("invalid_definition", {"path": f"spec.{reference.path}", "problem": problem})
    if rival := _rival(spec, key, states):
        return Refused("invalid_definition", {"path": "key", "problem": f"{key!r} is or was an {rival}'s key"})
    was, plain = states[definition_of(kind, key)], spec.model_dump(mode="json")
    if amiss := _changed_for_good(was, plain, kind) or (spec.amiss_under(key) if was.version == 0 else None):
        return Refused("invalid_definition", {"path": f"spec.{amiss.path}", "problem": amiss.problem})
    if isinstance(was, Defined) and was.digest == digest_of(plain):
        return Decision((), reply=DefinitionAnswer(kind=kind, key=key, version=was.version, changed=False))
    changed = DefinitionChanged(kind=kind, key=key, version=was.version + 1, spec=plain)
    return Decision((changed,), reply=_changed(changed))


def _changed_for_good(was: Standing, plain: Mapping[str, Any], kind: str) -> Amiss | None:
    """The first field that is another one although it must stay as it is."""
    for name, value in was.lasting.items():
        if plain[name] != value:
            stays = "stays as it is" if isinstance(value, list | dict) else f"is {value} and stays so"
            return Amiss(name, f"{stays}, since what exists already counts on it; define another {kind}")
    return None


def _stands(reference: Reference, states: States) -> bool:
    if not is_id(reference.key):
        return False
    return any(isinstance(states[definition_of(kind, reference.key)], Defined) for kind in reference.kinds)


def _rival(spec: Spec, key: str, states: States) -> str | None:
    """A kind that has, or has had, this key and may not share it."""
    return next((kind for kind in spec.unlike if states[definition_of(kind, key)].version > 0), None)


def remove(command: RemoveDefinition, states: States) -> Outcome[DefinitionEvent]:
    was = states[definition_of(command.kind, command.key)]
    if isinstance(was, Absent):
        return Refused("no_definition", {"kind": command.kind, "key": command.key})
    removed = DefinitionRemoved(kind=command.kind, key=command.key, version=was.version + 1)
    return Decision((removed,), reply=_changed(removed))


def _changed(event: DefinitionEvent) -> DefinitionAnswer:
    return DefinitionAnswer(kind=event.kind, key=event.key, version=event.version, changed=True)


def digest_of(spec: Mapping[str, Any]) -> str:
    """SHA-256 of the spec as sorted JSON, in hex."""
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()


def streams(command: DefinitionCommand) -> tuple[Stream[Any], ...]:
    own = definition_of(command.kind, command.key)
    match command:
        case RemoveDefinition():
            return (own,)
        case PutDefinition():
            return (own, *sorted(_others(command) - {own}))


def _others(command: PutDefinition) -> set[Stream[Standing]]:
    """The definitions that this one names, and those that it may not share its key with."""
    try:
        spec = parse_spec(command.kind, command.spec)
    except InvalidDefinition:  # decide says what is wrong
        return set()
    named = {definition_of(kind, ref.key) for ref in spec.references() if is_id(ref.key) for kind in ref.kinds}
    return named | {definition_of(kind, command.key) for kind in spec.unlike}


def decide(command: DefinitionCommand, states: States, facts: Facts) -> Outcome[DefinitionEvent]:
    match command:
        case PutDefinition():
            return put(command, states)
        case RemoveDefinition():
            return remove(command, states)


def evolve(standing: Standing, event: DefinitionEvent) -> Standing:
    if isinstance(event, DefinitionChanged):
        names = SPECS[event.kind].lasting if event.kind in SPECS else ()
        return Defined(event.version, digest_of(event.spec), {name: event.spec.get(name) for name in names})
    return Absent(event.version, standing.lasting)


decider: Decider[DefinitionCommand, Standing, DefinitionEvent] = Decider(
    noun="definition",
    initial=Absent(),
    situations=(Absent, Defined),
    commands=(PutDefinition, RemoveDefinition),
    events=(DefinitionChanged, DefinitionRemoved),
    streams=streams,
    decide=decide,
    evolve=evolve,
    shape=3,
)
