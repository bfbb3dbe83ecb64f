"""The engines as the town has them: two kinds of wagers are more than they can bear, and their neighbours must count.

Nothing that a stream may say makes the true engines fail; so that what happens then is seen as well, these do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from services.engines.registry import service as true_engines
from services.engines.wager import decider as wager
from shared.messages.wager import TakeWagers
from shared.shapes import Append, Decision, Facts, Outcome, States

FAINT: Final = "faint"
"""A game over which the decider fails."""
UNSAYABLE: Final = "unsayable"
"""A game whose mark no table can hold."""


def _decide(command: Any, states: States, facts: Facts) -> Outcome[Any]:
    if isinstance(command, TakeWagers) and any(getattr(one, "game", "") == FAINT for one in command.here):
        raise RuntimeError(FAINT)
    outcome = wager.decide(command, states, facts)
    if isinstance(outcome, Decision) and outcome.marks:
        return replace(outcome, marks=tuple(_spoken(outcome.marks)))
    return outcome


def _spoken(marks: tuple[Append, ...]) -> Iterator[Append]:
    for mark in marks:
        unsayable = UNSAYABLE in mark.values
        yield Append(mark.key, ("\x00", *mark.values[1:])) if unsayable else mark


_nervous: Final = replace(wager.decider, decide=_decide)
engines: Final = replace(
    true_engines, deciders=tuple(_nervous if one is wager.decider else one for one in true_engines.deciders)
)
