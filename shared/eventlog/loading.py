"""Asks for everything a batch needs in one statement, made of only the sections that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.database import load_queries
from shared.eventlog.rows import Loaded, OutboxRow, ReplyRow, StoredDefinition, StreamRow, TimerRow, Wanted
from shared.eventlog.statements import parameters, shifted
from shared.shapes import Service

PAGE_DEFINITIONS: Final = 500
"""Definitions fetched at once. A worker that is further behind is brought up to date page by page, in the same load."""
MOST_MARKS: Final = 8
"""Of one id: it may have come in so many manners, such as settled and void."""

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


class Section(NamedTuple):
    """One part of the load statement: the types of what is answered, and its SQL."""

    types: str
    sql: str


def marks_section(service: Service) -> Section | None:
    """The section that looks the ids of a service's intake up, if it has one. A few rows have the same id at most."""
    if service.intake is None:
        return None
    marks = service.intake.marks
    columns, id_ = {**marks.key, **marks.columns}, next(iter(marks.key))
    return Section(
        " ".join(("smallint text", *columns.values())),
        f"select m.part, m.tenant, {', '.join(f'm.{name}' for name in columns)}\n"
        "from unnest($1::smallint[], $2::text[], $3::text[]) with ordinality u (part, tenant, id, i),\n"
        f'    lateral (select * from "{marks.table}" m where m.part = u.part and m.tenant = u.tenant\n'
        f"        and m.{id_} = u.id limit {MOST_MARKS}) m",
    )


def load_form(sections: tuple[str, ...], marks: Section | None = None) -> LoadForm:
    """The load statement over these sections: their columns share slots of the same type, so that UNION ALL fits."""
    known = {name: Section(types, _LOAD[name]) for name, types in _LOADED_TYPES.items()}
    if marks is not None:
        known["marks"] = marks
    slots = _slots([known[name].types for name in sections])
    pieces, picks, taken = [], [], 0
    for number, name in enumerate(sections):
        types = known[name].types.split()
        places = _places(types, slots)
        cells = [f"null::{kind}" for kind in slots]
        for column, place in enumerate(places):
            cells[place] = f"q.c{column}"
        names = ", ".join(f"c{column}" for column in range(len(types)))
        cells_sql = f"select {number}::smallint, {', '.join(cells)}"
        piece = f"{cells_sql} from (\n{known[name].sql}\n) q ({names})"
        pieces.append(shifted(piece, taken))
        picks.append(itemgetter(*(place + 1 for place in places)))
        taken += parameters(known[name].sql)
    return LoadForm("\nunion all\n".join(pieces), sections, tuple(picks))


def _slots(columns: Sequence[str]) -> list[str]:
    most: dict[str, int] = {}
    for types in map(str.split, columns):
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
    if wanted.marks:
        found["marks"] = tuple(zip(*wanted.marks, strict=True))
    return found


def keep(loaded: Loaded, form: LoadForm, rows: Sequence[Sequence[Any]]) -> None:
    """Sort the rows of an answer into what was asked for."""
    into: dict[str, Callable[[tuple[Any, ...]], None]] = {
        "replies": lambda row: loaded.replies.__setitem__(row[:3], ReplyRow._make(row)),
        "streams": lambda row: loaded.streams.__setitem__(row[:2], StreamRow._make(row)),
        "outbox": lambda row: loaded.outbox.__setitem__(row[:3], OutboxRow._make(row)),
        "timers": lambda row: loaded.timers.append(TimerRow._make(row)),
        "definitions": lambda row: loaded.definitions.append(StoredDefinition._make(row)),
        "marks": lambda row: loaded.marks.setdefault(row[:3], []).append(row[2:]),
    }
    keepers = [(pick, into[name]) for name, pick in zip(form.sections, form.pick, strict=True)]
    for row in rows:
        pick, keeper = keepers[row[0]]
        keeper(pick(row))
    loaded.timers.sort(key=lambda timer: (timer.due_at, timer.part, timer.id))
    loaded.definitions.sort()
