"""Ways to break the rules of activities: attempts too many, chance drawn again, codes given twice, and halves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from services.engines.activity import completing, result, rules, taking_part
from services.engines.reward import decider as reward
from shared.messages.activity_due import Claim, Payment
from shared.shapes import Decision, Pending
from tests.simulation.mutants_in_time import Mutant


def pool_not_counted(patch: pytest.MonkeyPatch) -> None:
    """That a code was taken is not written down, so the next player gets it as well."""
    take = reward.take

    def forgetting(command: Any, pool: Any, facts: Any) -> Any:
        outcome = take(command, pool, facts)
        return replace(outcome, events=()) if isinstance(outcome, Decision) else outcome

    patch.setattr(reward, "take", forgetting)


def code_given_again_as_new(patch: pytest.MonkeyPatch) -> None:
    """A code that comes back is forgotten."""
    give_back = reward.give_back

    def losing(command: Any, pool: Any) -> Any:
        outcome = give_back(command, pool)
        return replace(outcome, events=()) if isinstance(outcome, Decision) else outcome

    patch.setattr(reward, "give_back", losing)


def code_not_given_back(patch: pytest.MonkeyPatch) -> None:
    """Where a pool is empty, the codes that were taken out of others are kept."""
    next_of = completing.next_of
    _patch_next(patch, lambda work: None if work.exhausted is not None else next_of(work))


def paid_before_codes(patch: pytest.MonkeyPatch) -> None:
    """What is to be paid is paid before it is known whether there is a code."""
    next_of = completing.next_of

    def hasty(work: Any) -> Any:
        if work.exhausted is None:
            for place, due in enumerate(work.due):
                if isinstance(due, Payment) and not due.paid:
                    return completing._paying(work, place, due)
        return next_of(work)

    _patch_next(patch, hasty)


def _patch_next(patch: pytest.MonkeyPatch, next_of: Any) -> None:
    patch.setattr(completing, "next_of", next_of)
    patch.setattr(taking_part, "next_of", next_of)


def told_before_given(patch: pytest.MonkeyPatch) -> None:
    """A player is told of a completion when the last payment is owed."""
    go_on = completing.go_on

    def hasty(command: Any, part: Any, facts: Any) -> Any:
        outcome = go_on(command, part, facts)
        if not isinstance(outcome, Pending) or outcome.sends[0].service != "ledger":
            return outcome
        work: Any = outcome.sends[0].then
        due = tuple(one.model_copy(update={"paid": True}) if isinstance(one, Payment) else one for one in work.due)
        done = completing.completed(work.model_copy(update={"due": due}), part, facts)
        sends = tuple(replace(send, then=None) for send in outcome.sends)
        return Decision((*outcome.events, done), completing.told(done), sends=sends, finishes=facts.wish)

    patch.setattr("services.engines.activity.decider.go_on", hasty)


def half_is_enough(patch: pytest.MonkeyPatch) -> None:
    """Where a pool is empty that nothing takes the place of, everything else is done."""
    heard = completing.heard

    def generous(work: Any) -> Any:
        after = heard(work)
        if after.exhausted is None or work.exhausted is not None:
            return after
        rest = (*work.due[: work.asked], *work.due[work.asked + 1 :])
        return work.model_copy(update={"due": rest, "exhausted": None})

    patch.setattr(completing, "heard", generous)


def fallback_beside_the_code(patch: pytest.MonkeyPatch) -> None:
    """What takes the place of a code is done although there was one."""
    heard = completing.heard

    def careless(work: Any) -> Any:
        due = work.due[work.asked]
        if work.exhausted is None and isinstance(due, Claim) and due.instead is not None:
            return completing._with(work, due.instead)
        return heard(work)

    patch.setattr(completing, "heard", careless)


def drawn_again_after_a_denial(patch: pytest.MonkeyPatch) -> None:
    """An attempt whose completion was denied is forgotten, and with it what chance had said."""
    begin = taking_part.begin

    def forgetting(turn: Any, found: Any, due: Any, *, kept: bool) -> Any:
        return begin(turn, found, due, kept=False)

    patch.setattr(taking_part, "begin", forgetting)


def drawn_again_when_asked_again(patch: pytest.MonkeyPatch) -> None:
    """Whoever asks a second time what they have won has another try."""
    come_to = taking_part.come_to

    def kind(turn: Any, terms: Any, payload: Any, open_: Any) -> Any:
        again = terms.spec.type == "spin_wheel" and payload is not None
        return come_to(turn, terms, payload, None if again else open_)

    patch.setattr(taking_part, "come_to", kind)


def claims_believed(patch: pytest.MonkeyPatch) -> None:
    """A quiz is passed by whoever says so."""
    result_of = result.result_of

    def trusting(spec: Any, payload: Any) -> Any:
        found = result_of(spec, payload)
        return {**found, "passed": payload.get("passed", found["passed"])} if "passed" in found else found

    patch.setattr("services.engines.activity.attempt.result_of", trusting)


def under_way_not_counted(patch: pytest.MonkeyPatch) -> None:
    """Attempts count when they are completed, however many are under way."""
    not_now = rules.not_now
    patch.setattr(
        taking_part, "not_now", lambda spec, part, facts: not_now(spec, replace(part, busy=0, busy_today=0), facts)
    )


def cooldown_of_activities_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two attempts."""
    not_now = rules.not_now
    patch.setattr(
        taking_part,
        "not_now",
        lambda spec, part, facts: not_now(spec.model_copy(update={"cooldown_seconds": 0}), part, facts),
    )


MUTANTS_IN_ACTIVITIES: Final[tuple[Mutant, ...]] = (
    pool_not_counted,
    code_given_again_as_new,
    code_not_given_back,
    paid_before_codes,
    told_before_given,
    half_is_enough,
    fallback_beside_the_code,
    drawn_again_after_a_denial,
    drawn_again_when_asked_again,
    claims_believed,
    under_way_not_counted,
    cooldown_of_activities_forgotten,
)
