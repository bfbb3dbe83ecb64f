"""What can be wrong with an operator's wallet, switched on call by call for so many times."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal, get_args

from shared.demo_operator.book import KINDS, Kind

Fault = Literal[
    "refuse", "timeout_before", "timeout_after", "500", "garbage", "wrong_request_id", "slow", "duplicate", "cut"
]
"""`refuse` and `timeout_before` change nothing; all others are applied, and then something is wrong with the answer."""
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
SPOILED: Final[frozenset[Fault]] = frozenset({"timeout_after", "500", "garbage", "wrong_request_id", "cut"})
MOST_TIMES: Final = 1_000_000


class NoSuchFault(ValueError):
    """There is no such call or fault; the text says which there are."""


class Faults:
    """Faults that are still to happen."""

    def __init__(self) -> None:
        self._left: Counter[tuple[Kind, Fault, str | None]] = Counter()

    def switch(self, call: str, fault: str, times: int, player: str | None = None) -> None:
        """The next calls of this kind go wrong so.

        Args:
            call: such as `debit`.
            fault: such as `timeout_after`.
            times: how many; 0 switches it off.
            player: of this player alone; None is everybody.

        Raises:
            NoSuchFault: there is no such call or fault.
        """
        if call not in KINDS or fault not in FAULTS or not 0 <= times <= MOST_TIMES:
            raise NoSuchFault(
                f"{call} {fault} {times}: calls are {', '.join(KINDS)}; faults are {', '.join(FAULTS)}; "
                f"times are 0 to {MOST_TIMES}"
            )
        self._left[call, fault, player] = times

    def next(self, call: Kind, player: str) -> Fault | None:
        """What goes wrong with this call; it is counted."""
        for (kind, fault, whose), left in self._left.items():
            if kind == call and whose in (None, player) and left > 0:
                self._left[kind, fault, whose] -= 1
                return fault
        return None

    def left(self) -> dict[str, int]:
        """What is still to happen, as `call/fault`, and of one player alone as `call/fault/player`."""
        names = {key: "/".join(word for word in key if word is not None) for key in self._left}
        return {names[key]: left for key, left in self._left.items() if left > 0}
