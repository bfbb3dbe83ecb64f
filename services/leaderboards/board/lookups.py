"""What closing a board asks of the views, as a log in memory answers it: the order is everybody's, best first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from shared.ids import TenantId
from shared.shapes import Lookup, Tables, Values


def _ordered(tables: Tables, part: int, tenant: TenantId, board_id: Any) -> list[tuple[tuple[Any, ...], Values]]:
    """The rows (participant, kind, player, score, position) of a board, each with what it is sorted by."""
    found = []
    for key, (kind, player, score, pos) in tables["board_entries"].items():
        if key[:3] == (part, tenant, board_id):
            assert isinstance(score, int)
            found.append(((-score, pos, key[3]), (key[3], kind, player, score, pos)))
    return sorted(found)


def _total(tables: Tables, part: int, tenant: TenantId, args: Values) -> Sequence[Values]:
    rows = [row for _, row in _ordered(tables, part, tenant, args[0])]
    scores = (int(str(score)) for _, kind, _, score, _ in rows if kind == "player")
    return [(len(rows), str(sum(score for score in scores if score > 0)))]


def _page(tables: Tables, part: int, tenant: TenantId, args: Values) -> Sequence[Values]:
    """The rows of one page, each with whether the participant has completed an attempt on the board."""
    board_id, score, pos, participant, most = args
    assert isinstance(score, int)
    assert isinstance(most, int)
    after = (-score, pos, participant)
    rows = _ordered(tables, part, tenant, board_id)
    found = islice((row for order, row in rows if order > after), most)
    return [(*row, (part, tenant, board_id, row[0]) in tables["board_completions"]) for row in found]


def _best(tables: Tables, part: int, tenant: TenantId, args: Values) -> Sequence[Values]:
    board_id, most = args
    assert isinstance(most, int)
    rows = [
        (key[3], *values)
        for key, values in tables["final_entries"].items()
        if key[:3] == (part, tenant, board_id) and isinstance(key[3], int) and key[3] <= most
    ]
    return sorted(rows, key=lambda row: int(str(row[0])))


total = Lookup("board_total", _total)
page = Lookup("board_page", _page)
best = Lookup("board_best", _best)
