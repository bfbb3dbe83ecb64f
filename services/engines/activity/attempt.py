"""Which attempt a wish is about, and what it comes to: chance and scoring speak once, anything else can be changed."""

from __future__ import annotations

from typing import Final, NamedTuple

import orjson

from services.engines.activity.result import result_of, spun
from services.engines.activity.state import Part
from services.engines.chance import draw
from services.engines.promise import Chain
from services.engines.responses import written
from shared.ids import ActivityId, MessageId, PlayerId
from shared.messages.activity import Attempt, Payload
from shared.messages.activity_event import AttemptValidated
from shared.messages.activity_spec import ActivitySpec
from shared.messages.base import Event
from shared.shapes import Definition, Facts, Private

NOUN: Final = "activity"
KIND: Final = "spin-wheel"
"""In the message that the number of a draw is made from."""


class Found(NamedTuple):
    """An attempt that came to something, and what had to happen for that."""

    attempt: Attempt
    events: tuple[Event, ...] = ()
    private: tuple[Private, ...] = ()


def chain_of(player: PlayerId, activity: ActivityId) -> Chain:
    """The seeds of one player's spins."""
    return Chain(NOUN, player, activity)


def drawn(player: PlayerId, new: MessageId, activity: Definition[ActivitySpec], part: Part, facts: Facts) -> Found:
    """A new spin: the promised seed is spent on one segment, and the next is promised."""
    name, spec = ActivityId(activity.key), activity.spec
    spin = draw(chain_of(player, name), part.promise, KIND, spec.weights, activity.version, facts)
    result = spun(spin.index, spec.segments[spin.index])
    attempt = Attempt(attempt_id=new, definition_version=activity.version, result=result, proof=spin.proof)
    validated = AttemptValidated(
        player=player, activity=name, attempt=attempt, seed_number=spin.number, seed_key_id=spin.key_id
    )
    return Found(attempt, (*spin.before, validated, spin.after))


def judged(
    player: PlayerId, new: MessageId, activity: Definition[ActivitySpec], payload: Payload, open_: Attempt | None
) -> Found:
    """What was handed in, which takes the place of what the open attempt said before, if one is open."""
    spec, name = activity.spec, ActivityId(activity.key)
    attempt = Attempt(
        attempt_id=new if open_ is None else open_.attempt_id,
        definition_version=activity.version,
        result=result_of(spec, payload),
    )
    validated = AttemptValidated(player=player, activity=name, attempt=attempt)
    private: tuple[Private, ...] = ()
    if spec.fields:
        body = orjson.dumps(payload["responses"], option=orjson.OPT_SORT_KEYS).decode()
        private = (written(player, attempt.attempt_id, name, body),)
    return Found(attempt, () if attempt == open_ else (validated,), private)
