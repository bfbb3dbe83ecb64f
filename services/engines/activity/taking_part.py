"""A player takes part: what stands in the way is said before anything happens, and only then chance is spent."""

from __future__ import annotations

from functools import reduce
from typing import Any, Generic, NamedTuple, TypeVar

from services.engines.activity.attempt import Found, drawn, judged
from services.engines.activity.completing import completed, next_of, told
from services.engines.activity.due import due_of, may_be_denied
from services.engines.activity.payload import unfit
from services.engines.activity.result import is_so
from services.engines.activity.rules import Rules, full, not_new, not_now, rules_of
from services.engines.activity.state import Part, evolve
from services.engines.guest import Guest, Stranger, asked_of_ledger, turned_away
from shared.ids import MessageId
from shared.messages.activity import (
    Attempt,
    CompleteActivity,
    Payload,
    ResumeCompletion,
    ResumeValidation,
    ValidateActivity,
    ValidatedAnswer,
)
from shared.messages.activity_due import Due, GoOnCompleting
from shared.messages.activity_event import ActivityAsked, CompletionBegun
from shared.messages.activity_spec import ZONE
from shared.messages.base import Event, FollowUp
from shared.periods import day_of
from shared.shapes import Decision, Facts, Outcome, Pending, Refused

W = TypeVar("W", ValidateActivity | ResumeValidation, CompleteActivity | ResumeCompletion)


class Turn(NamedTuple, Generic[W]):
    """A player's wish, and all that is known when it is decided."""

    wish: W
    new: MessageId
    """What the attempt is called if it is a new one."""
    part: Part
    guest: Guest
    facts: Facts

    @property
    def whose(self) -> dict[str, Any]:
        """The player and the activity, by the names that messages have for them."""
        return {"player": self.wish.player, "activity": self.wish.activity}


def validate(turn: Turn[ValidateActivity | ResumeValidation]) -> Outcome[Event]:
    wish, _, part, guest, facts = turn
    open_ = part.open[0] if part.open else None
    rules = rules_of(wish, open_, facts)
    if isinstance(rules, Refused):
        return rules
    refused = turned_away(guest) or unfit(rules.spec, wish.activity_type, wish.payload)
    if open_ is None:
        refused = refused or not_now(rules.spec, part, facts) or not_new(rules.spec) or full(part)
    if refused is not None:
        return refused
    if isinstance(guest, Stranger):
        return asking(turn, ResumeValidation(**dict(wish), new_attempt=turn.new))
    found = come_to(turn, rules, wish.payload, open_)
    attempt = found.attempt
    answer = ValidatedAnswer(
        attempt_id=attempt.attempt_id,
        valid=is_so(wish.payload, attempt.result),
        result=attempt.result,
        proof=attempt.proof,
    )
    return Decision(found.events, reply=answer, private=found.private)


def complete(turn: Turn[CompleteActivity | ResumeCompletion]) -> Outcome[Event]:
    wish, _, part, guest, facts = turn
    open_ = chosen(wish, part)
    if isinstance(open_, Refused):
        return open_
    rules = rules_of(wish, open_, facts)
    if isinstance(rules, Refused):
        return rules
    payload = None if wish.attempt_id is not None else wish.payload or {}
    refused = turned_away(guest) or unfit(rules.spec, wish.activity_type, payload) or not_now(rules.now, part, facts)
    if open_ is None:
        refused = refused or not_new(rules.spec)
    if refused is not None:
        return refused
    if isinstance(guest, Stranger):
        return asking(turn, ResumeCompletion(**dict(wish), new_attempt=turn.new))
    return settle(turn, rules, come_to(turn, rules, payload, open_), open_)


def chosen(wish: CompleteActivity | ResumeCompletion, part: Part) -> Attempt | Refused | None:
    """The open attempt that is meant; None if it is to be a new one."""
    if wish.attempt_id is None:
        return part.open[0] if part.open else None
    if any(one.attempt_id == wish.attempt_id for one in part.kept):
        return Refused("attempt_in_progress")
    return part.opened(wish.attempt_id) or Refused("attempt_closed")


def asking(turn: Turn[W], then: FollowUp) -> Pending[Event]:
    asked = ActivityAsked(player=turn.wish.player, activity=turn.wish.activity)
    return Pending((asked,), sends=(asked_of_ledger(turn.wish.player, then),))


def come_to(turn: Turn[W], rules: Rules, payload: Payload | None, open_: Attempt | None) -> Found:
    """Chance and scoring speak once; what else was handed in can be changed until it is completed."""
    if open_ is not None and (payload is None or rules.spec.type in {"spin_wheel", "quiz"}):
        return Found(open_)
    if rules.spec.type == "spin_wheel":
        return drawn(turn.wish.player, turn.new, rules.activity, turn.part, turn.facts)
    return judged(turn.wish.player, turn.new, rules.activity, payload or {}, open_)


def settle(
    turn: Turn[CompleteActivity | ResumeCompletion], rules: Rules, found: Found, open_: Attempt | None
) -> Outcome[Event]:
    """Everything that the attempt brings is seen to: at once, if nobody else need be asked."""
    due = due_of(rules.spec, rules.engagement, found.attempt.result, turn.facts)
    if isinstance(due, Refused):
        return due
    drew = open_ is None and rules.spec.type == "spin_wheel"
    kept = open_ is not None or (drew and may_be_denied(due))
    refused = full(turn.part) if drew and kept else None
    if refused is not None:
        return refused
    if open_ is None and not drew:
        found = found._replace(events=())  # it is completed at once: that it was open for a moment tells nothing
    return begin(turn, found, due, kept=kept)


def begin(
    turn: Turn[CompleteActivity | ResumeCompletion], found: Found, due: tuple[Due, ...], *, kept: bool
) -> Outcome[Event]:
    day = day_of(turn.facts.now, ZONE)
    begun = CompletionBegun(**turn.whose, attempt_id=found.attempt.attempt_id, day=day, kept=kept)
    work = GoOnCompleting(
        **turn.whose, engagement=turn.wish.engagement, attempt=found.attempt, day=day, due=due, asked=0
    )
    events, send = (*found.events, begun), next_of(work)
    if send is not None:
        return Pending(events, sends=(send,), private=found.private)
    done = completed(work, reduce(evolve, events, turn.part), turn.facts)
    return Decision((*events, done), reply=told(done), private=found.private)
