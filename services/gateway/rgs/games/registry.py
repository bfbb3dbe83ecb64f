"""How every game speaks, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.gateway.rgs.games.baccarat import MANNER as BACCARAT
from services.gateway.rgs.games.blackjack import MANNER as BLACKJACK
from services.gateway.rgs.games.dice import MANNER as DICE
from services.gateway.rgs.games.hilo import MANNER as HILO
from services.gateway.rgs.games.keno import MANNER as KENO
from services.gateway.rgs.games.limbo import MANNER as LIMBO
from services.gateway.rgs.games.manner import Manner
from services.gateway.rgs.games.mines import MANNER as MINES
from services.gateway.rgs.games.plinko import MANNER as PLINKO
from services.gateway.rgs.games.towers import MANNER as TOWERS
from services.gateway.rgs.games.wheel import MANNER as WHEEL
from shared.messages.game import Slug

MANNERS: Final[Mapping[Slug, Manner]] = {
    manner.slug: manner
    for manner in (
        DICE,
        LIMBO,
        WHEEL,
        PLINKO,
        KENO,
        MINES,
        TOWERS,
        HILO,
        BLACKJACK,
        BACCARAT,
    )
}  # fmt: skip
