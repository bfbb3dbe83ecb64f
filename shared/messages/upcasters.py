"""Facts that were written under an older name, read as what they mean today; the log itself is never changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from shared.messages.base import EVENTS, Event

Upcast = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""An old fact's fields become its next name and the fields under that name."""

UPCASTERS: Final[dict[str, Upcast]] = {}
"""By the old wire name, such as `wallet.posted` once `wallet.posted.v2` is what is written."""


def decode_event(type_: str, data: str) -> Event:
    """A fact as it was written, whatever it was called then; one step leads from each name to the next.

    Raises:
        KeyError: this version knows no such fact; a newer one does.
        ValueError: the fields are not those of the fact.
    """
    if type_ not in UPCASTERS:
        return EVENTS[type_].model_validate_json(data)
    fields = orjson.loads(data)
    while type_ in UPCASTERS:
        type_, fields = UPCASTERS[type_](fields)
    return EVENTS[type_].model_validate_json(orjson.dumps(fields))
