"""Asks for everything a batch needs in one statement, made of only the sections that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.database import load_queries
from shared.eventlog.rows import Loaded, OutboxRow, ReplyRow, StoredDefinition, StreamRow, TimerRow, Wanted
from shared.eventlog.statements import parameters, shifted

PAGE_DEFINITIONS: Final = 500
"""Definitions fetched at once. A worker that is further behind is brought up to date page by page, in the same load."""

_LOAD: Final = load_queries(Path(__file__).with_name("load.sql"))
_LOADED_TYPES: Final[Mapping[str, str]] = {
    "replies": "smallint text text text smallint bytea bytea timestamptz",
    "streams": "smallint text integer integer bytea",
    "outbox": "smallint bigint integer text text smallint text text bytea text text bytea text text text "
    "timestamptz timestamptz integer",
    "timers": "smallint text timestamptz text text text bytea text text text",
    "definitions": "bigint text text text integer text boolean",
}


class LoadForm(NamedTuple):
    """One prepared form of the load statement."""

    sql: str
    sections: tuple[str, ...]
    pick: tuple[Callable[[Sequence[Any]], tuple[Any, ...]], ...]
    """Per section, what takes its own columns out of a row; a row's first column is the section's number."""


def load_form(sections: tuple[str, ...]) -> LoadForm:
    """The load statement over these sections: their columns share slots of the same type, so that UNION ALL fits."""
    slots = _slots(sections)
    pieces, picks, taken = [], [], 0
    for number, name in enumerate(sections):
        types = _LOADED_TYPES[name].split()
        places = _places(types, slots)
        cells = [f"null::{kind}" for kind in slots]
        for column, place in enumerate(places):
            cells[place] = f"q.c{column}"
        names = ", ".join(f"c{column}" for column in range(len(types)))
        cells_sql = f"select {number}::smallint, {', '.join(cells)}"
        piece = f"{cells_sql} from (\n{_LOAD[name]}\n) q ({names})"
        pieces.append(shifted(piece, taken))
        picks.append(itemgetter(*(place + 1 for place in places)))
        taken += parameters(_LOAD[name])
    return LoadForm("\nunion all\n".join(pieces), sections, tuple(picks))


def _slots(sections: Sequence[str]) -> list[str]:
    most: dict[str, int] = {}
    for name in sections:
        types = _LOADED_TYPES[name].split()
        for kind in types:
            most[kind] = max(most.get(kind, 0), types.count(kind))
    return [kind for kind, count in most.items() for _ in range(count)]


def _places(types: Sequence[str], slots: Sequence[str]) -> list[int]:
    free = {kind: [place for place, slot in enumerate(slots) if slot == kind] for kind in set(types)}
    return [free[kind].pop(0) for kind in types]


def arguments_of(wanted: Wanted) -> dict[str, tuple[Any, ...]]:
    """What is asked, per section of the load statement; sections that are not wanted are left out."""
    found: dict[str, tuple[Any, ...]] = {}
    if wanted.replies:
        found["replies"] = tuple(zip(*wanted.replies, strict=True))
    if wanted.streams:
        found["streams"] = tuple(zip(*wanted.streams, strict=True))
    if wanted.outbox:
        found["outbox"] = tuple(zip(*wanted.outbox, strict=True))
    if wanted.timers_due is not None:
        found["timers"] = wanted.timers_due
    if wanted.definitions_after is not None:
        found["definitions"] = (*wanted.definitions_after, PAGE_DEFINITIONS)
    return found


def keep(loaded: Loaded, form: LoadForm, rows: Sequence[Sequence[Any]]) -> None:
    """Sort the rows of an answer into what was asked for."""
    into: dict[str, Callable[[tuple[Any, ...]], None]] = {
        "replies": lambda row: loaded.replies.__setitem__(row[:3], ReplyRow._make(row)),
        "streams": lambda row: loaded.streams.__setitem__(row[:2], StreamRow._make(row)),
        "outbox": lambda row: loaded.outbox.__setitem__(row[:3], OutboxRow._make(row)),
        "timers": lambda row: loaded.timers.append(TimerRow._make(row)),
        "definitions": lambda row: loaded.definitions.append(StoredDefinition._make(row)),
    }
    keepers = [(pick, into[name]) for name, pick in zip(form.sections, form.pick, strict=True)]
    for row in rows:
        pick, keeper = keepers[row[0]]
        keeper(pick(row))
    loaded.timers.sort(key=lambda timer: (timer.due_at, timer.part, timer.id))
    loaded.definitions.sort()
