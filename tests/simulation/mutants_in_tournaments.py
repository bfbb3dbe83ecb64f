"""Ways to break tournaments and dormancies: points that count too late or twice, places paid twice, lost timers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from services.engines.journey import decider as journey
from services.leaderboards.tournament import decider as tournament
from services.leaderboards.tournament import score, standings
from services.leaderboards.tournament.paying import page_after
from services.leaderboards.tournament.state import Closing
from shared.messages.tournament import EndTournament
from shared.shapes import Decision, Pending
from tests.simulation.mutants_in_time import Mutant


class Never:
    """What no standing is."""


def score_counted_after_close(patch: pytest.MonkeyPatch) -> None:
    """Points count although the tournament has closed while the ledger was asked."""
    count = score.count

    def blind(command: Any, states: Any, facts: Any) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(score, "Closing", Never)
            inner.setattr(score, "Completed", Never)
            return count(command, states, facts)

    patch.setattr(score, "count", blind)


def wager_scored_again(patch: pytest.MonkeyPatch) -> None:
    """A wager that is reported again scores again."""
    patch.setattr(score, "_counted_before", lambda command, states: None)


def ties_won_by_name(patch: pytest.MonkeyPatch) -> None:
    """Of players with the same points the one stands higher whose name comes first."""

    def by_name(rows: Sequence[Any]) -> list[Any]:
        return sorted(rows, key=lambda row: (row[0], row[-1]))

    patch.setattr(standings, "sorted", by_name, raising=False)


def close_told_before_paid(patch: pytest.MonkeyPatch) -> None:
    """Whoever closes a tournament is told so as soon as its last page is owed."""
    first = tournament._first_page

    def hasty(command: Any, definition: Any, facts: Any) -> Any:
        outcome = first(command, definition, facts)
        if not isinstance(outcome, Pending) or outcome.timers or isinstance(command, EndTournament):
            return outcome
        sends = tuple(replace(send, then=None) for send in outcome.sends)
        placed: Any = outcome.events[1]
        after = tournament._with(Closing(definition.version, called=True), placed)
        closed = tournament._closed(command.tournament, after)
        return Decision((*outcome.events, closed), tournament._answer(command.tournament, after), sends=sends)

    patch.setattr(tournament, "_first_page", hasty)


def pages_overlap(patch: pytest.MonkeyPatch) -> None:
    """The next page begins with the last place of the one before."""

    def again(placed: Any, after: int, facts: Any) -> Any:
        pages: Any = page_after(placed, after, facts)
        firsts = [page.command.model_copy(update={"after": page.command.after - 1}) for page in pages]
        return tuple(replace(page, command=first) for page, first in zip(pages, firsts, strict=True))

    patch.setattr("services.leaderboards.tournament.decider.page_after", again)


def dormant_for_every_sign(patch: pytest.MonkeyPatch) -> None:
    """Each sign of life sets a dormancy of its own, and the later ones do not put off the first."""
    watching = journey.watching

    def each(player: Any, triggers: Any, at: Any, journeys: Any, facts: Any) -> Any:
        timers = watching(player, triggers, at, journeys, facts)
        return tuple(replace(timer, id=f"{timer.id}/{facts.command_id}") for timer in timers)

    patch.setattr(journey, "watching", each)


def dormant_once_only(patch: pytest.MonkeyPatch) -> None:
    """The next dormancy bears the name of the one that has rung, and so it never rings."""
    watching = journey.watching

    def nameless(player: Any, triggers: Any, at: Any, journeys: Any, facts: Any) -> Any:
        return watching(player, triggers, at, replace(journeys, dormant=0), facts)

    patch.setattr(journey, "watching", nameless)


MUTANTS_IN_TOURNAMENTS: Final[tuple[Mutant, ...]] = (
    score_counted_after_close,
    wager_scored_again,
    ties_won_by_name,
    close_told_before_paid,
    pages_overlap,
    dormant_for_every_sign,
    dormant_once_only,
)
