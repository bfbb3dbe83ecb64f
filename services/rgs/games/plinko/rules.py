"""How plinko is played: one float a row says left or right, and the slot is how often it was right."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from services.rgs.games.bet import Ended, Rules, whole_round
from services.rgs.games.game import Chance, Game, Terms, fraction_text
from services.rgs.games.plinko import odds
from shared.messages.games.plinko import PlinkoBet, PlinkoShown, PlinkoVerified, PlinkoVerify

Path = tuple[int, ...]


def draw(bet: PlinkoBet | PlinkoVerify, chance: Chance, terms: Terms) -> Path:
    return tuple(chance.below(row, 2) for row in range(bet.rows))


def pays(bet: PlinkoBet | PlinkoVerify, path: Path, terms: Terms) -> Fraction:
    return odds.table(bet.rows, bet.risk, terms)[sum(path)]


def most(bet: PlinkoBet, terms: Terms) -> Fraction:
    return max(odds.table(bet.rows, bet.risk, terms))


def shown(bet: PlinkoBet, path: Path | None) -> PlinkoShown:
    if path is None:
        return PlinkoShown(rows=bet.rows, risk=bet.risk)
    return PlinkoShown(rows=bet.rows, risk=bet.risk, path=path, slot=sum(path))


def verify(query: PlinkoVerify, chance: Chance, terms: Terms) -> PlinkoVerified:
    path = draw(query, chance, terms)
    return PlinkoVerified(path=path, slot=sum(path), multiplier=fraction_text(pays(query, path, terms)))


game: Final[Game[Ended[Path]]] = whole_round("plinko", PlinkoBet, Rules(draw, pays, most, shown, verify))
