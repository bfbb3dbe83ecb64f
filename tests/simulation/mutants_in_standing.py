"""Ways to let somebody play of whom others have been told that they cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from services.engines import guest
from services.ledger.player import standing
from shared.bus.port import Outgoing
from shared.messages.envelope import TYPE_HEADER
from shared.messages.guest import GuestNoted, NoteGuest
from shared.messages.player import FinishPlayerStatus, PlayerAnswer, PlayerStatusConfirmed
from shared.shapes import Decision
from shared.worker.batch import Batch
from tests.simulation.mutants_in_time import Mutant


def status_told_early(patch: pytest.MonkeyPatch) -> None:
    """Whoever wished for a status is told before the engines know it."""
    told = standing.told

    def hasty(event: Any, changes: int, finish: Any, private: Any = ()) -> Any:
        outcome: Any = told(event, changes, finish, private)
        if not isinstance(finish, FinishPlayerStatus):
            return outcome
        sends = tuple(replace(send, then=None) for send in outcome.sends)
        return Decision(outcome.events, reply=PlayerAnswer(profile=event.profile, at=finish.at), sends=sends)

    patch.setattr(standing, "told", hasty)


def same_status_told_early(patch: pytest.MonkeyPatch) -> None:
    """Whoever wishes for a status that stands already is told so at once, although the engines may not know it."""
    told = standing.told

    def hasty(event: Any, changes: int, finish: Any, private: Any = ()) -> Any:
        if isinstance(event, PlayerStatusConfirmed) and isinstance(finish, FinishPlayerStatus):
            return Decision((event,), reply=PlayerAnswer(profile=event.profile, at=finish.at))
        return told(event, changes, finish, private)

    patch.setattr(standing, "told", hasty)


def notes_turned_around(patch: pytest.MonkeyPatch) -> None:
    """Of what the ledger tells the engines at once, the last comes first. By itself that must do no harm."""
    messages = Batch.messages

    def turned(batch: Batch) -> list[Outgoing]:
        said = messages(batch)
        notes = [n for n, one in enumerate(said) if (TYPE_HEADER, NoteGuest.wire.encode()) in one.headers]
        swapped = {n: said[m] for n, m in zip(notes, reversed(notes), strict=True)}
        return [swapped.get(n, one) for n, one in enumerate(said)]

    patch.setattr(Batch, "messages", turned)


def older_note_wins(patch: pytest.MonkeyPatch) -> None:
    """The engines believe whatever they were told last, and are not always told in turn."""

    def gullible(note: Any, known: Any) -> tuple[GuestNoted, ...]:
        return (GuestNoted(player=note.player, status=note.status, changes=note.changes),)

    patch.setattr(guest, "noted", gullible)
    notes_turned_around(patch)


def changes_not_counted(patch: pytest.MonkeyPatch) -> None:
    """The ledger tells the engines of every change as if it were the first."""
    told = standing.told
    patch.setattr(standing, "told", lambda event, changes, *others: told(event, 1, *others))


def held_player_plays(patch: pytest.MonkeyPatch) -> None:
    """Whom the engines know is drawn for, held or not."""
    patch.setattr("services.engines.prize_draw.turned_away", lambda guest: None)


MUTANTS_IN_STANDING: Final[tuple[Mutant, ...]] = (
    status_told_early,
    same_status_told_early,
    older_note_wins,
    changes_not_counted,
    held_player_plays,
)
