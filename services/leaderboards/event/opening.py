"""A window is opened by its first start, and what the definition says then holds until it ends."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from services.leaderboards.event.state import Course, Open, Shut
from shared.event_ids import window_id_of
from shared.ids import EventId
from shared.messages.event import CloseWindow, WindowOpened
from shared.messages.event_spec import EventSpec
from shared.shapes import Definition, Facts, Refused, Timer
from shared.windows import window_at


class Terms(NamedTuple):
    """What holds for a start."""

    definition: Definition[EventSpec]
    window: Open
    opened: tuple[WindowOpened, ...] = ()
    timers: tuple[Timer, ...] = ()


def terms_of(event: EventId, course: Course, facts: Facts) -> Terms | Refused:
    """The terms of the open window, or of the one that is opened now. Whether it is disabled is said by the newest."""
    newest = facts.definitions.current(EventSpec, event)
    if newest is None:
        return Refused("no_event")
    if newest.spec.status != "active":
        return Refused("event_disabled")
    if isinstance(course, Open) and facts.now < course.ends_at:
        return Terms(version_at(event, course.definition_version, facts), course)
    return _opened(newest, _last_beginning(course), facts)


def _last_beginning(course: Course) -> datetime | None:
    match course:
        case Shut(last_starts_at=last):
            return last
        case Open(starts_at=last):
            return last


def _opened(newest: Definition[EventSpec], last: datetime | None, facts: Facts) -> Terms | Refused:
    span = window_at(newest.spec.windows, facts.now)
    if span is None or (last is not None and span.starts_at <= last):  # its boards are final, they are not reopened
        return Refused("no_active_window")
    event = EventId(newest.key)
    window_id = window_id_of(facts.tenant, event, span.starts_at)
    opened = WindowOpened(
        event=event,
        window_id=window_id,
        definition_version=newest.version,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
    )
    close = CloseWindow(**dict(opened))
    end = Timer(f"event/{facts.tenant}/{event}/close/{window_id}", span.ends_at, event, close)
    return Terms(newest, Open(window_id, newest.version, *span), (opened,), (end,))


def version_at(event: EventId, version: int, facts: Facts) -> Definition[EventSpec]:
    """The version that a window was opened under, also after others were put or it was removed."""
    found = facts.definitions.at(EventSpec, event, version)
    if found is None:
        raise LookupError(f"event {event} has no version {version}")
    return found
