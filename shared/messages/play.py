"""Everything that can be done and seen at a table, whatever is played there: one line a game in each list."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.messages.games.baccarat import BaccaratBet, BaccaratShown, BaccaratVerified, BaccaratVerify
from shared.messages.games.blackjack import (
    BlackjackNext,
    BlackjackShown,
    BlackjackStart,
    BlackjackVerified,
    BlackjackVerify,
)
from shared.messages.games.dice import DiceBet, DiceShown, DiceVerified, DiceVerify
from shared.messages.games.hilo import HiloNext, HiloShown, HiloStart, HiloVerified, HiloVerify
from shared.messages.games.keno import KenoBet, KenoShown, KenoVerified, KenoVerify
from shared.messages.games.limbo import LimboBet, LimboShown, LimboVerified, LimboVerify
from shared.messages.games.mines import (
    MinesCashout,
    MinesInstant,
    MinesReveal,
    MinesShown,
    MinesStart,
    MinesVerified,
    MinesVerify,
)
from shared.messages.games.plinko import PlinkoBet, PlinkoShown, PlinkoVerified, PlinkoVerify
from shared.messages.games.towers import (
    TowersCashout,
    TowersInstant,
    TowersReveal,
    TowersShown,
    TowersStart,
    TowersVerified,
    TowersVerify,
)
from shared.messages.games.wheel import WheelBet, WheelShown, WheelVerified, WheelVerify

Opening = Annotated[
    DiceBet
    | LimboBet
    | PlinkoBet
    | WheelBet
    | KenoBet
    | BaccaratBet
    | MinesStart
    | MinesInstant
    | TowersStart
    | TowersInstant
    | HiloStart
    | BlackjackStart,
    Field(discriminator="act"),
]
"""What begins a round, and costs its `amount`."""

Move = Annotated[
    MinesReveal | MinesCashout | TowersReveal | TowersCashout | HiloNext | BlackjackNext,
    Field(discriminator="act"),
]
"""What goes on with a round that is open."""

Shown = Annotated[
    DiceShown
    | LimboShown
    | PlinkoShown
    | WheelShown
    | KenoShown
    | BaccaratShown
    | MinesShown
    | TowersShown
    | HiloShown
    | BlackjackShown,
    Field(discriminator="game"),
]
"""What a player may see of a round; hidden until it has ended is what the rules hide."""

Verify = Annotated[
    DiceVerify
    | LimboVerify
    | PlinkoVerify
    | WheelVerify
    | KenoVerify
    | BaccaratVerify
    | MinesVerify
    | TowersVerify
    | HiloVerify
    | BlackjackVerify,
    Field(discriminator="game"),
]
"""A question about what given seeds come to."""

Verified = Annotated[
    DiceVerified
    | LimboVerified
    | PlinkoVerified
    | WheelVerified
    | KenoVerified
    | BaccaratVerified
    | MinesVerified
    | TowersVerified
    | HiloVerified
    | BlackjackVerified,
    Field(discriminator="game"),
]
"""And the answer."""
