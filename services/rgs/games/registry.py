"""Every game that is played at the tables, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.rgs.games.baccarat.rules import game as baccarat
from services.rgs.games.blackjack.rules import game as blackjack
from services.rgs.games.dice.rules import game as dice
from services.rgs.games.game import Game
from services.rgs.games.hilo.rules import game as hilo
from services.rgs.games.keno.rules import game as keno
from services.rgs.games.limbo.rules import game as limbo
from services.rgs.games.mines.rules import game as mines
from services.rgs.games.plinko.rules import game as plinko
from services.rgs.games.towers.rules import game as towers
from services.rgs.games.wheel.rules import game as wheel
from shared.messages.game import Slug

GAMES: Final[Mapping[Slug, Game[Any]]] = {
    game.slug: game
    for game in (
        dice,
        limbo,
        wheel,
        plinko,
        keno,
        mines,
        towers,
        hilo,
        blackjack,
        baccarat,
    )
}  # fmt: skip


def game_of(slug: Slug) -> Game[Any]:
    """The game that is called this; every slug has one."""
    return GAMES[slug]
