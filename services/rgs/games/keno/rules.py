"""How keno is played: ten floats draw tiles, each once, and what was picked among them are the hits."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from services.rgs.games.bet import Ended, Rules, whole_round
from services.rgs.games.game import Chance, Game, Terms
from services.rgs.games.keno import odds
from shared.messages.games.keno import DRAWN, TILES, KenoBet, KenoShown, KenoVerified, KenoVerify
from shared.shapes import Refused

Tiles = tuple[int, ...]

TWICE: Final = Refused("invalid_param", {"path": "tiles", "problem": "a tile is picked twice"})


def draw(bet: KenoBet, chance: Chance, terms: Terms) -> Tiles | Refused:
    return drawn(chance) if len(set(bet.tiles)) == len(bet.tiles) else TWICE


def drawn(chance: Chance) -> Tiles:
    return chance.picks(DRAWN, range(1, TILES + 1))


def pays(bet: KenoBet, tiles: Tiles, terms: Terms) -> Fraction:
    hits = len(set(bet.tiles) & set(tiles))
    return odds.table(len(bet.tiles), bet.difficulty, terms)[hits]


def most(bet: KenoBet, terms: Terms) -> Fraction:
    return max(odds.table(len(bet.tiles), bet.difficulty, terms))


def shown(bet: KenoBet, tiles: Tiles | None) -> KenoShown:
    return KenoShown(tiles=bet.tiles, difficulty=bet.difficulty, drawn=tiles or ())


def verify(query: KenoVerify, chance: Chance, terms: Terms) -> KenoVerified:
    return KenoVerified(drawn=drawn(chance))


game: Final[Game[Ended[Tiles]]] = whole_round("keno", KenoBet, Rules(draw, pays, most, shown, verify))
