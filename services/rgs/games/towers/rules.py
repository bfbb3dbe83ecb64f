"""A tower is climbed row by row: each safe cell pays more, a mine ends the round, and so does cashing out.

Every row's mines are picked by floats of their own, the lowest row first; what is opened changes nothing about them.
At the top there is nothing left to win, and the round is cashed out by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from services.rgs.games.game import NOTHING, Chance, Game, Settlement, Terms, fraction_text, rounded
from services.rgs.games.towers.odds import TOWERS, multiplier
from shared.messages.games.towers import (
    ROWS,
    Difficulty,
    TowersCashout,
    TowersInstant,
    TowersReveal,
    TowersShown,
    TowersStart,
    TowersTurn,
    TowersVerified,
    TowersVerify,
)
from shared.shapes import Refused

Cells = tuple[tuple[int, ...], ...]
"""Row by row from the lowest, 1 is safe and 0 a mine."""


@dataclass(frozen=True, slots=True)
class Tower:
    """A round as it stands, with what is hidden of it."""

    amount: int
    difficulty: Difficulty
    board: Cells
    opened: tuple[int, ...] = ()
    """One cell a row, from the lowest."""
    cashed_out: bool = False

    @property
    def fallen(self) -> bool:
        """The last opened cell was a mine."""
        return any(self.board[row][cell] == 0 for row, cell in enumerate(self.opened))

    @property
    def climbed(self) -> int:
        return len(self.opened) - self.fallen

    @property
    def active(self) -> bool:
        """There is more to climb."""
        return not self.cashed_out and not self.fallen


def open_(opening: TowersStart | TowersInstant, chance: Chance, terms: Terms) -> Tower | Refused:
    tower = Tower(opening.amount, opening.difficulty, _board(opening.difficulty, chance))
    return tower if isinstance(opening, TowersStart) else _instant(tower, opening)


def move(tower: Tower, wish: TowersReveal | TowersCashout, chance: Chance, terms: Terms) -> Tower | Refused:
    if isinstance(wish, TowersReveal):
        return _beside(tower, wish.field, "field") or _revealed(tower, wish.field)
    if not tower.opened:
        return Refused("invalid_request_type", {"path": "cashout", "problem": "no row has been climbed yet"})
    return cashed(tower)


def staked(tower: Tower) -> int:
    return tower.amount


def settled(tower: Tower, terms: Terms) -> Settlement | None:
    if tower.active:
        return None
    return NOTHING if tower.fallen else _value(tower, terms)


def worth(tower: Tower, terms: Terms) -> Settlement | None:
    return _value(tower, terms) if tower.active and tower.opened else None


def cashed(tower: Tower) -> Tower:
    return replace(tower, cashed_out=True)


def shown(tower: Tower, terms: Terms) -> TowersShown:
    return TowersShown(
        active=tower.active,
        difficulty=tower.difficulty,
        rounds=tuple(_turn(tower, row, terms) for row in range(len(tower.opened))),
        board=() if tower.active else tower.board,
        cashed_out=tower.cashed_out,
    )


def covered(opening: TowersStart | TowersInstant) -> TowersShown:
    return TowersShown(active=False, difficulty=opening.difficulty)


def best(opening: TowersStart | TowersInstant, terms: Terms) -> int | None:
    if isinstance(opening, TowersStart):
        return None
    return rounded(opening.amount, multiplier(terms.rtp, len(opening.fields), opening.difficulty))


def verify(query: TowersVerify, chance: Chance, terms: Terms) -> TowersVerified:
    return TowersVerified(board=_board(query.difficulty, chance))


def _board(difficulty: Difficulty, chance: Chance) -> Cells:
    row = TOWERS[difficulty]
    picks = (chance.picks(row.mines, range(row.cells), first=place * row.mines) for place in range(ROWS))
    return tuple(tuple(int(cell not in mines) for cell in range(row.cells)) for mines in picks)


def _instant(tower: Tower, opening: TowersInstant) -> Tower | Refused:
    """What stands in the way is told before any cell is opened, so that a refusal tells nothing of the mines."""
    amiss = _beside(tower, max(opening.fields), "fields")
    if amiss is not None:
        return amiss
    for field in opening.fields:
        tower = _revealed(tower, field)
        if tower.fallen:
            return tower
    return cashed(tower)


def _beside(tower: Tower, field: int, path: str) -> Refused | None:
    cells = TOWERS[tower.difficulty].cells
    if field < cells:
        return None
    return Refused("param_out_of_range", {"path": path, "problem": f"cells of this tower count from 0 to {cells - 1}"})


def _revealed(tower: Tower, field: int) -> Tower:
    opened = replace(tower, opened=(*tower.opened, field))
    return cashed(opened) if opened.climbed == ROWS else opened


def _value(tower: Tower, terms: Terms) -> Settlement:
    exact = multiplier(terms.rtp, tower.climbed, tower.difficulty)
    return Settlement(rounded(tower.amount, exact), exact)


def _turn(tower: Tower, row: int, terms: Terms) -> TowersTurn:
    field = tower.opened[row]
    if tower.board[row][field] == 0:
        return TowersTurn(field=field, multiplier="0", crowns=row)
    worth_ = multiplier(terms.rtp, row + 1, tower.difficulty)
    return TowersTurn(field=field, multiplier=fraction_text(worth_), crowns=row + 1)


game: Final[Game[Tower]] = Game(
    slug="towers",
    openings=(TowersStart, TowersInstant),
    moves=(TowersReveal, TowersCashout),
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
