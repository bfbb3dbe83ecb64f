"""What a milestone gives: grants whose ids follow from attempt and milestone, so that nothing is given twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.messages.attempt import (
    Attempt,
    FiredMilestone,
    MilestoneFired,
    ProgressAnswer,
    TellProgress,
)
from shared.messages.base import Event
from shared.messages.event_spec import EventSpec, Milestone
from shared.messages.grant import Gift, GiveGrants, Grant, GrantsAnswer, gifts_of, pages_of
from shared.messages.reward_table import BundleSpec, Entry
from shared.shapes import Decision, Facts, Outcome, Send


class Fired(NamedTuple):
    """A milestone that was reached just now."""

    key: str
    gifts: tuple[Gift, ...]
    """None if its bundle was removed."""


def fired_by(attempt: Attempt, spec: EventSpec, place: int, facts: Facts) -> Fired:
    milestone = spec.milestones[place]
    entries, seconds = _contents(milestone, spec, facts)
    names = (attempt.attempt_id, milestone.key)
    expires_at = _after(facts.now, seconds)
    gifts = gifts_of(facts.tenant, names, entries, "event_milestone", attempt.attempt_id, expires_at=expires_at)
    return Fired(milestone.key, gifts)


def _contents(milestone: Milestone, spec: EventSpec, facts: Facts) -> tuple[tuple[Entry, ...], int | None]:
    """What it gives, and how long that can be claimed: as long as the event and the bundle both say."""
    if milestone.bundle is None:
        return milestone.entries, spec.grants_expire_after_seconds
    bundle = facts.definitions.current(BundleSpec, milestone.bundle)
    if bundle is None:
        return (), None
    waits = (spec.grants_expire_after_seconds, bundle.spec.expires_after_seconds)
    return bundle.spec.entries, min((wait for wait in waits if wait is not None), default=None)


def _after(now: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)


def sends_of(attempt: Attempt, fired: Sequence[Fired]) -> tuple[Send, ...]:
    """The ledger is asked for as many as one command holds, and the player is told of these.

    What goes beyond that, with very many crates at once, is given all the same and found among the pending grants.
    """
    names = tuple(FiredMilestone(key=one.key, grant_ids=tuple(gift.grant_id for gift in one.gifts)) for one in fired)
    then = TellProgress(player=attempt.player, event=attempt.event, attempt=attempt, fired=names)
    pages = pages_of(one.gifts for one in fired)
    first, *others = (GiveGrants(player=attempt.player, gifts=page) for page in pages)
    more = (Send("ledger", attempt.player, give) for give in others)
    return (Send("ledger", attempt.player, first, then=then), *more)


def tell(command: TellProgress, facts: Facts) -> Outcome[Event]:
    """Grants that people gave up lie among the dead letters; the progress was made all the same."""
    grants = _grants(command)
    milestones = tuple(
        MilestoneFired(key=one.key, grants=tuple(grants[id_] for id_ in one.grant_ids if id_ in grants))
        for one in command.fired
    )
    return Decision((), reply=ProgressAnswer(attempt=command.attempt, milestones=milestones), finishes=facts.wish)


def _grants(command: TellProgress) -> dict[str, Grant]:
    if not command.answer.granted:
        return {}
    return {grant.grant_id: grant for grant in GrantsAnswer.model_validate(command.answer.body, strict=False).grants}
