"""One attempt as it is told to others, made from what is remembered of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from services.leaderboards.entrant.scoring import capped, score_of
from services.leaderboards.entrant.state import Entrant, InProgress
from shared.event_ids import attempt_id_of
from shared.ids import EventId, PlayerId, TenantId
from shared.messages.attempt import Attempt, AttemptFinished, AttemptStatus
from shared.messages.event_spec import EventSpec


class Whose(NamedTuple):
    """Whose attempt it is, and of what."""

    tenant: TenantId
    event: EventId
    player: PlayerId


def raw_of(one: InProgress, spec: EventSpec) -> dict[str, int]:
    """The metrics as reported, by key."""
    return dict(zip((metric.key for metric in spec.metrics), one.raw, strict=True))


def told(one: InProgress, entrant: Entrant, spec: EventSpec, whose: Whose, raw: Mapping[str, int]) -> Attempt:
    """The attempt with these metrics, in progress."""
    assert entrant.board_id is not None, "whoever has an attempt is on a board"
    assert entrant.ends_at is not None
    return Attempt(
        attempt_id=attempt_id_of(*whose, one.number),
        event=whose.event,
        window_id=entrant.window_id,
        board_id=entrant.board_id,
        player=whose.player,
        number=one.number,
        started_at=one.started_at,
        ends_at=entrant.ends_at,
        metrics=capped(spec, raw),
        metrics_raw=dict(raw),
        score=score_of(spec, raw),
    )


def finished(
    one: InProgress, entrant: Entrant, spec: EventSpec, whose: Whose, status: AttemptStatus, now: datetime
) -> AttemptFinished:
    """It is over, with what was reported."""
    attempt = told(one, entrant, spec, whose, raw_of(one, spec))
    return AttemptFinished(attempt=attempt.model_copy(update={"status": status, "completed_at": now}))
