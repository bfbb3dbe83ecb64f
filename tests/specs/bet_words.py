"""The words that specs of bets are told in: chance that is told beforehand, the codes' terms, and any bet there is."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from hypothesis import strategies as st

from services.rgs.games.game import Chance, Terms
from shared.fair.floats import UNIT
from shared.messages.base import Message
from shared.messages.game import Slug
from shared.messages.games.dice import DiceBet, DiceVerify
from shared.messages.games.keno import KenoBet, KenoVerify
from shared.messages.games.limbo import LimboBet, LimboVerify
from shared.messages.games.plinko import PlinkoBet, PlinkoVerify
from shared.messages.games.wheel import WheelBet, WheelVerify

CODES: Final = {"alpha": Fraction("0.99"), "beta": Fraction("0.98"), "delta": Fraction("0.96")}
"""Each of these five games is offered at these rates of return."""
ALPHA: Final = Terms(CODES["alpha"])
LARGEST: Final = 10**9


class Told(Chance):
    """Chance whose floats are known beforehand, as numerators over 2**32."""

    def __init__(self, *numerators: int) -> None:
        self._source = iter(numerators)
        self._known = []


def falls_on(place: int, outcomes: int) -> int:
    """The smallest numerator that falls on this one of so many outcomes."""
    return -(-place * UNIT // outcomes)


amounts: Final = st.integers(1, LARGEST)
BETS: Final[Mapping[Slug, st.SearchStrategy[Any]]] = {
    "dice": st.one_of(
        st.builds(DiceBet, amount=amounts, over=st.integers(0, 9_998)),
        st.builds(DiceBet, amount=amounts, under=st.integers(1, 9_999)),
    ),
    "limbo": st.builds(LimboBet, amount=amounts, target=st.integers(101, 100_000_000)),
    "wheel": st.builds(
        WheelBet,
        amount=amounts,
        segments=st.sampled_from((10, 20, 30, 40, 50)),
        difficulty=st.sampled_from(("LOW", "MEDIUM", "HIGH")),
    ),
    "plinko": st.builds(
        PlinkoBet, amount=amounts, rows=st.integers(8, 16), risk=st.sampled_from(("LOW", "MEDIUM", "HIGH"))
    ),
    "keno": st.builds(
        KenoBet,
        amount=amounts,
        tiles=st.lists(st.integers(1, 40), min_size=1, max_size=10, unique=True).map(tuple),
        difficulty=st.sampled_from(("CLASSIC", "LOW", "MEDIUM", "HIGH")),
    ),
}
"""Any bet that a game takes."""


QUESTIONS: Final[Mapping[type[Message], type[Message]]] = {
    DiceBet: DiceVerify,
    LimboBet: LimboVerify,
    WheelBet: WheelVerify,
    PlinkoBet: PlinkoVerify,
    KenoBet: KenoVerify,
}


def question_of(bet: Any) -> Any:
    """What one asks to have this bet's outcome checked."""
    query = QUESTIONS[type(bet)]
    return query(**{name: getattr(bet, name) for name in query.model_fields if name != "game"})
