"""How often players have taken part, what they were told, and which rewards are theirs."""

from __future__ import annotations

from services.engines.activity.completing import told
from shared.messages.activity_event import ActivityCompleted
from shared.shapes import Append, Place, Put, View


def taken(event: ActivityCompleted, place: Place) -> tuple[Put, ...]:
    values = (event.engagement, event.last_day, event.today, event.used, event.completed_at)
    return (Put(key=(event.player, event.activity), values=values),)


def completed(event: ActivityCompleted, place: Place) -> tuple[Append, ...]:
    answer = told(event).model_dump_json()
    values = (event.engagement, event.type, event.completed_at, event.fact_id, answer)
    return (Append(key=(event.player, event.activity, event.attempt_id), values=values),)


def claimed(event: ActivityCompleted, place: Place) -> tuple[Append, ...]:
    return tuple(
        Append(
            key=(event.player, event.fact_id, one.place),
            values=(
                event.engagement,
                one.reward,
                one.title,
                one.type,
                one.display_type,
                one.code,
                event.completed_at,
                one.expires_at,
            ),
        )
        for one in event.claimed
    )


progress = View(
    table="activity_progress",
    mode="put",
    key={"player": "text", "activity": "text"},
    columns={
        "engagement": "text",
        "day": "text",
        "today": "bigint",
        "used": "bigint",
        "last_at": "timestamptz",
    },
    events=(ActivityCompleted,),
    rows=taken,
)

attempts = View(
    table="attempts",
    mode="append",
    key={"player": "text", "activity": "text", "attempt_id": "text"},
    columns={
        "engagement": "text",
        "type": "text",
        "at": "timestamptz",
        "fact_id": "text",
        "answer": "text",
    },
    events=(ActivityCompleted,),
    rows=completed,
)

claimed_rewards = View(
    table="claimed_rewards",
    mode="append",
    key={"player": "text", "fact_id": "text", "place": "integer"},
    columns={
        "engagement": "text",
        "reward": "text",
        "title": "text",
        "type": "text",
        "display_type": "text",
        "code": "text",
        "at": "timestamptz",
        "expires_at": "timestamptz",
    },
    events=(ActivityCompleted,),
    rows=claimed,
)
