"""Every attempt as it stands; one that was in progress when its window ended is expired, which readers tell by time."""

from __future__ import annotations

import json

from shared.messages.attempt import AttemptFinished, AttemptProgressed, AttemptStarted
from shared.shapes import Place, Put, View


def attempt(event: AttemptStarted | AttemptProgressed | AttemptFinished, place: Place) -> tuple[Put, ...]:
    one = event.attempt
    values = (
        one.player,
        one.number,
        one.window_id,
        one.board_id,
        one.started_at,
        one.ends_at,
        one.completed_at,
        json.dumps(one.metrics),
        json.dumps(one.metrics_raw),
        one.score,
        one.status,
    )
    return (Put((one.event, one.attempt_id), values),)


attempts = View(
    table="attempts",
    mode="put",
    key={"event": "text", "attempt_id": "text"},
    columns={
        "player": "text",
        "number": "bigint",
        "window_id": "text",
        "board_id": "text",
        "started_at": "timestamptz",
        "ends_at": "timestamptz",
        "completed_at": "timestamptz",
        "metrics": "text",
        "metrics_raw": "text",
        "score": "bigint",
        "status": "text",
    },
    events=(AttemptStarted, AttemptProgressed, AttemptFinished),
    rows=attempt,
)
