"""Fields are opened one by one: each safe one pays more, a mine ends the round, and so does cashing out.

The mines are the first picks of the round's chance, without replacement; what is opened changes nothing about them.
When the last safe field is open there is nothing left to win, and the round is cashed out by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from services.rgs.games.game import NOTHING, Chance, Game, Settlement, Terms, fraction_text, rounded
from services.rgs.games.mines.odds import multiplier
from shared.messages.games.mines import (
    MinesCashout,
    MinesInstant,
    MinesReveal,
    MinesShown,
    MinesStart,
    MinesTurn,
    MinesVerified,
    MinesVerify,
)
from shared.shapes import Refused


@dataclass(frozen=True, slots=True)
class Board:
    """A round as it stands, with what is hidden of it."""

    amount: int
    mine_count: int
    grid_size: int
    mines: tuple[int, ...]
    """In the order of the draw."""
    opened: tuple[int, ...] = ()
    cashed_out: bool = False

    @property
    def safe(self) -> int:
        """How many fields are no mines."""
        return self.grid_size - self.mine_count

    @property
    def exploded(self) -> bool:
        """The last opened field was a mine."""
        return self.opened[-1:] != () and self.opened[-1] in self.mines

    @property
    def active(self) -> bool:
        """There is more to open."""
        return not self.cashed_out and not self.exploded


def open_(opening: MinesStart | MinesInstant, chance: Chance, terms: Terms) -> Board | Refused:
    mines = _mines(opening, chance)
    if isinstance(mines, Refused):
        return mines
    board = Board(opening.amount, opening.mine_count, opening.grid_size, mines)
    return board if isinstance(opening, MinesStart) else _instant(board, opening)


def move(board: Board, wish: MinesReveal | MinesCashout, chance: Chance, terms: Terms) -> Board | Refused:
    if isinstance(wish, MinesReveal):
        return _amiss(board, wish.field, "field") or _revealed(board, wish.field)
    if not board.opened:
        return Refused("invalid_request_type", {"path": "cashout", "problem": "no field has been opened yet"})
    return cashed(board)


def staked(board: Board) -> int:
    return board.amount


def settled(board: Board, terms: Terms) -> Settlement | None:
    if board.active:
        return None
    return NOTHING if board.exploded else _value(board, terms)


def worth(board: Board, terms: Terms) -> Settlement | None:
    return _value(board, terms) if board.active and board.opened else None


def cashed(board: Board) -> Board:
    return replace(board, cashed_out=True)


def shown(board: Board, terms: Terms) -> MinesShown:
    return MinesShown(
        active=board.active,
        mine_count=board.mine_count,
        grid_size=board.grid_size,
        rounds=tuple(_turn(board, count, terms) for count in range(1, len(board.opened) + 1)),
        mines=() if board.active else board.mines,
        cashed_out=board.cashed_out,
    )


def covered(opening: MinesStart | MinesInstant) -> MinesShown:
    return MinesShown(active=False, mine_count=opening.mine_count, grid_size=opening.grid_size)


def best(opening: MinesStart | MinesInstant, terms: Terms) -> int | None:
    if isinstance(opening, MinesStart):
        return None
    return rounded(opening.amount, multiplier(terms.rtp, len(opening.fields), opening.mine_count, opening.grid_size))


def verify(query: MinesVerify, chance: Chance, terms: Terms) -> MinesVerified | Refused:
    mines = _mines(query, chance)
    return mines if isinstance(mines, Refused) else MinesVerified(mines=mines)


def _mines(wish: MinesStart | MinesInstant | MinesVerify, chance: Chance) -> tuple[int, ...] | Refused:
    if wish.mine_count >= wish.grid_size:
        return _outside("mine_count", f"a grid of {wish.grid_size} has 1 to {wish.grid_size - 1} mines")
    return chance.picks(wish.mine_count, range(wish.grid_size))


def _instant(board: Board, opening: MinesInstant) -> Board | Refused:
    """What stands in the way is told before any field is opened, so that a refusal tells nothing of the mines."""
    if len(opening.fields) > board.safe:
        return _outside("fields", f"only {board.safe} fields of this grid are safe")
    if len(set(opening.fields)) < len(opening.fields):
        return Refused("invalid_param", {"path": "fields", "problem": "a field is opened once"})
    if max(opening.fields) >= board.grid_size:
        return _outside("fields", f"fields count from 0 to {board.grid_size - 1}")
    for field in opening.fields:
        board = _revealed(board, field)
        if board.exploded:
            return board
    return cashed(board)


def _amiss(board: Board, field: int, path: str) -> Refused | None:
    if field >= board.grid_size:
        return _outside(path, f"fields count from 0 to {board.grid_size - 1}")
    if field in board.opened:
        return Refused("invalid_param", {"path": path, "problem": "this field is open already"})
    return None


def _revealed(board: Board, field: int) -> Board:
    opened = replace(board, opened=(*board.opened, field))
    all_safe = len(opened.opened) == board.safe and not opened.exploded
    return cashed(opened) if all_safe else opened


def _value(board: Board, terms: Terms) -> Settlement:
    exact = multiplier(terms.rtp, len(board.opened), board.mine_count, board.grid_size)
    return Settlement(rounded(board.amount, exact), exact)


def _turn(board: Board, count: int, terms: Terms) -> MinesTurn:
    field = board.opened[count - 1]
    if field in board.mines:
        return MinesTurn(field=field, multiplier="0")
    return MinesTurn(
        field=field,
        multiplier=fraction_text(multiplier(terms.rtp, count, board.mine_count, board.grid_size)),
    )


def _outside(path: str, problem: str) -> Refused:
    return Refused("param_out_of_range", {"path": path, "problem": problem})


game: Final[Game[Board]] = Game(
    slug="mines",
    openings=(MinesStart, MinesInstant),
    moves=(MinesReveal, MinesCashout),
    open_=open_,
    move=move,
    staked=staked,
    settled=settled,
    worth=worth,
    cashed=cashed,
    shown=shown,
    covered=covered,
    best=best,
    verify=verify,
)
