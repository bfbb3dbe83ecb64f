"""Turns every failure that people can mend into one line that says what and how."""

from __future__ import annotations

import sys
from typing import Final

from shared.bus.port import BusError
from shared.database import DatabaseError
from shared.definitions import InvalidDefinition
from shared.eventlog.port import LogError
from shared.ranks.port import RanksAway
from shared.settings import WrongSettings

_KNOWN: Final = (WrongSettings, LogError, BusError, DatabaseError, InvalidDefinition, RanksAway, OSError)
_OF_PARTS: Final = {"shared.parts.postgres": "PostgresNotStarted", "shared.parts.kafka": "KafkaNotStarted"}
"""Known only to whoever has loaded these parts, which are heavy."""


def told(error: BaseException) -> str | None:
    """The one line for this failure; None if it is a defect of ours, which deserves its traceback."""
    if isinstance(error, BaseExceptionGroup):
        lines = [told(one) for one in error.exceptions]
        return lines[0] if all(lines) else None
    if not isinstance(error, (*_KNOWN, *_loaded())):
        return None
    return f"fairground: {' '.join(str(error).split()) or type(error).__name__}"


def _loaded() -> list[type[Exception]]:
    modules = [(sys.modules.get(module), name) for module, name in _OF_PARTS.items()]
    return [getattr(module, name) for module, name in modules if module is not None]
