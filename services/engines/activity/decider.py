"""A player takes part in an activity as often as its operator allows, and gets everything that it brings, or nothing.

The order is the house's: codes that can run out are taken first, then what cannot be refused is paid, and only then
the player is told. Chance and scoring speak once for each attempt, and the player's own word never counts.
"""

from __future__ import annotations

from typing import Any

from services.engines import guest as guests
from services.engines.activity.attempt import chain_of
from services.engines.activity.completing import go_on
from services.engines.activity.state import Part, evolve, part_of
from services.engines.activity.taking_part import Turn, complete, validate
from services.engines.guest import Guest, acquainted, afterwards, guest_of
from services.engines.promise import shown
from shared.messages.activity import (
    ActivityWish,
    CommitActivitySeed,
    CompleteActivity,
    ResumeCompletion,
    ResumeValidation,
    ValidateActivity,
)
from shared.messages.activity_due import GoOnCompleting
from shared.messages.activity_event import (
    ActionAnswered,
    ActivityAsked,
    ActivityCompleted,
    ActivityEvent,
    AttemptValidated,
    CompletionBegun,
    CompletionDenied,
)
from shared.messages.activity_spec import ActivitySpec
from shared.messages.base import Event
from shared.messages.seed import SeedCommitted
from shared.shapes import Decider, Decision, Facts, Outcome, Refused, States
from shared.streams import Stream

ActivityCommand = (
    ValidateActivity | CompleteActivity | CommitActivitySeed | ResumeValidation | ResumeCompletion | GoOnCompleting
)


def resume(command: ResumeValidation | ResumeCompletion, part: Part, guest: Guest, facts: Facts) -> Outcome[Event]:
    """The ledger has said who the stranger is; now everything is decided afresh."""
    if not command.answer.granted:
        refused = Refused(command.answer.code or "refused", command.answer.details)
        return Decision((), reply=refused, finishes=facts.wish)
    news = acquainted(command.player, guest, command.answer)
    known = guests.let_in(guest, news)
    if isinstance(command, ResumeValidation):
        outcome = validate(Turn(command, command.new_attempt, part, known, facts))
    else:
        outcome = complete(Turn(command, command.new_attempt, part, known, facts))
    return afterwards(outcome, news, facts.wish)


def commit_seed(command: CommitActivitySeed, part: Part, facts: Facts) -> Outcome[Event]:
    definition = facts.definitions.current(ActivitySpec, command.activity)
    draws = definition is not None and definition.spec.type == "spin_wheel"
    return shown(chain_of(command.player, command.activity), part.promise, None if draws else "no_activity", facts)


def streams(command: ActivityCommand) -> tuple[Stream[Any], ...]:
    own = part_of(command.player, command.activity)
    return (own, guest_of(command.player)) if isinstance(command, ActivityWish) else (own,)


def decide(command: ActivityCommand, states: States, facts: Facts) -> Outcome[Event]:
    part = states[part_of(command.player, command.activity)]
    match command:
        case ResumeValidation() | ResumeCompletion():
            return resume(command, part, states[guest_of(command.player)], facts)
        case ValidateActivity():
            return validate(Turn(command, facts.command_id, part, states[guest_of(command.player)], facts))
        case CompleteActivity():
            return complete(Turn(command, facts.command_id, part, states[guest_of(command.player)], facts))
        case CommitActivitySeed():
            return commit_seed(command, part, facts)
        case GoOnCompleting():
            return go_on(command, part, facts)


decider: Decider[ActivityCommand, Part, ActivityEvent | SeedCommitted] = Decider(
    noun="activity",
    initial=Part(),
    situations=(Part,),
    commands=(
        ValidateActivity,
        CompleteActivity,
        CommitActivitySeed,
        ResumeValidation,
        ResumeCompletion,
        GoOnCompleting,
    ),
    events=(
        ActivityAsked,
        AttemptValidated,
        CompletionBegun,
        ActionAnswered,
        CompletionDenied,
        ActivityCompleted,
        SeedCommitted,
    ),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
