"""The few questions that a rare decision asks of its service's views."""

from __future__ import annotations

from collections.abc import Mapping

from shared.eventlog.port import LogError
from shared.shapes import MOST_ROWS, Need, Service, Values


def lookups_of(service: Service) -> Mapping[str, str]:
    """The SQL of every lookup by name.

    Raises:
        ValueError: a lookup has no query, or a query no lookup: its twin would be missing.
    """
    names = [lookup.name for lookup in service.lookups]
    if len(set(names)) < len(names) or set(names) != service.queries.keys():
        raise ValueError(
            f"{service.name}: lookups {sorted(names)} and queries {sorted(service.queries)} must be the same"
        )
    return service.queries


def checked_rows(need: Need, rows: list[Values]) -> list[Values]:
    """The rows, if they are not too many. Raises LogError."""
    if len(rows) > MOST_ROWS:
        raise LogError(f"lookup {need.lookup} answers with {len(rows)} rows; at most {MOST_ROWS}: give it a limit")
    return rows
