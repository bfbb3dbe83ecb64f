"""In which order players stand: most points first, then who reached them earlier, then by the name of what did it.

Whoever has no points, or had them all taken back by voids, stands nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from shared.ids import TenantId
from shared.shapes import Lookup, Tables, Values


def _places(tables: Tables, part: int, tenant: TenantId, args: Values) -> Sequence[Values]:
    """The twin of `tournament_places`: the players of so many places after so many others."""
    tournament, after, most = args
    assert isinstance(after, int)
    assert isinstance(most, int)
    rows: list[tuple[Any, ...]] = [
        (-points, reached_at, reached_by, key[3])
        for key, (points, reached_at, reached_by) in tables["tournament_scores"].items()
        if key[:3] == (part, tenant, tournament) and isinstance(points, int) and points > 0
    ]
    return [(player,) for *_, player in islice(sorted(rows), after, after + most)]


places = Lookup("tournament_places", _places)
