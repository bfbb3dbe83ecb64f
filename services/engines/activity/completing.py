"""A completion executes everything or nothing: codes are taken first, one by one, and only then anything is paid."""

from __future__ import annotations

from itertools import chain

from services.engines.activity.due import claimed, executed
from services.engines.activity.rules import rules_at
from services.engines.activity.state import Part
from services.engines.responses import unwritten
from shared.messages.activity import CompletedAnswer, fact_of, reason_of
from shared.messages.activity_due import Claim, Due, GoOnCompleting, Payment
from shared.messages.activity_event import ActionAnswered, ActivityCompleted, CompletionDenied
from shared.messages.base import UNANSWERED, Answer, Command, Event
from shared.messages.prize import REWARDS
from shared.messages.reward import CodeAnswer, GiveBackCode, TakeCode
from shared.messages.wallet import PayWallet, WalletAnswer
from shared.shapes import Decision, Facts, Outcome, Pending, Refused, Send


def go_on(command: GoOnCompleting, part: Part, facts: Facts) -> Outcome[Event]:
    work = heard(command)
    answered = ActionAnswered(
        player=work.player,
        activity=work.activity,
        attempt_id=work.attempt.attempt_id,
        place=command.asked,
        granted=command.answer.granted,
    )
    send = next_of(work)
    if send is not None:
        return Pending((answered,), sends=(send,))
    if work.exhausted is not None:
        return denied(work, answered, part, facts)
    done = completed(work, part, facts)
    return Decision((done,), reply=told(done), finishes=facts.wish)


def heard(work: GoOnCompleting) -> GoOnCompleting:
    """The work after what was asked for has been answered."""
    due, answer = work.due[work.asked], work.answer
    if isinstance(due, Payment):
        return _with(work, due.model_copy(update={"paid": True, "balance": _balance(due, answer)}))
    assert isinstance(due, Claim), "nobody is asked for anything else"
    if work.exhausted is not None:
        return _with(work, due.model_copy(update={"number": None}))
    if answer.granted:
        taken = CodeAnswer.model_validate(answer.body)
        return _with(work, due.model_copy(update={"number": taken.number, "code": taken.code}))
    if due.instead is not None:
        return _with(work, due.instead)
    return work.model_copy(update={"exhausted": due.reward})


def _with(work: GoOnCompleting, due: Due) -> GoOnCompleting:
    return work.model_copy(update={"due": (*work.due[: work.asked], due, *work.due[work.asked + 1 :])})


def _balance(due: Payment, answer: Answer) -> int | None:
    return WalletAnswer.model_validate(answer.body).balances.get(due.asset) if answer.granted else None


def next_of(work: GoOnCompleting) -> Send | None:
    """What is to be asked for next: every code, which can be refused, and then every payment, which cannot be."""
    claims = [(place, due) for place, due in enumerate(work.due) if isinstance(due, Claim)]
    if work.exhausted is not None:
        return next((_returning(work, place, due, due.number) for place, due in claims if due.number is not None), None)
    codes = (_taking(work, place, due) for place, due in claims if due.pooled and due.number is None)
    payments = (
        _paying(work, place, due) for place, due in enumerate(work.due) if isinstance(due, Payment) and not due.paid
    )
    return next(chain(codes, payments), None)


def _taking(work: GoOnCompleting, place: int, due: Claim) -> Send:
    take = TakeCode(
        reward=due.reward,
        definition_version=due.definition_version,
        player=work.player,
        attempt_id=work.attempt.attempt_id,
    )
    return _asking(work, place, "engines", due.reward, take)


def _returning(work: GoOnCompleting, place: int, due: Claim, number: int) -> Send:
    return _asking(work, place, "engines", due.reward, GiveBackCode(reward=due.reward, number=number))


def _paying(work: GoOnCompleting, place: int, due: Payment) -> Send:
    pay = PayWallet(
        player=work.player,
        asset=due.asset,
        amount=due.amount,
        account=REWARDS,
        reason=reason_of(work.activity, work.attempt.attempt_id),
    )
    return _asking(work, place, "ledger", work.player, pay)


def _asking(work: GoOnCompleting, place: int, service: str, key: str, command: Command) -> Send:
    return Send(service, key, command, then=work.model_copy(update={"asked": place, "answer": UNANSWERED}))


def denied(work: GoOnCompleting, answered: ActionAnswered, part: Part, facts: Facts) -> Outcome[Event]:
    """Nothing was done. What was validated or drawn is open again; what a form said is forgotten otherwise."""
    attempt_id, reward = work.attempt.attempt_id, work.exhausted
    assert reward is not None
    fact = CompletionDenied(
        player=work.player, activity=work.activity, attempt_id=attempt_id, day=work.day, reward=reward
    )
    kept = any(one.attempt_id == attempt_id for one in part.kept)
    has_responses = bool(rules_at(work.activity, work.attempt, facts).spec.fields) and not kept
    return Decision(
        (answered, fact),
        reply=Refused("reward_exhausted", {"reward": reward}),
        private=(unwritten(work.player, attempt_id),) if has_responses else (),
        finishes=facts.wish,
    )


def completed(work: GoOnCompleting, part: Part, facts: Facts) -> ActivityCompleted:
    """Everything was done; the attempt counts for the day on which it was begun."""
    attempt = work.attempt
    return ActivityCompleted(
        player=work.player,
        activity=work.activity,
        attempt_id=attempt.attempt_id,
        day=work.day,
        engagement=work.engagement,
        type=rules_at(work.activity, attempt, facts).spec.type,
        fact_id=fact_of(attempt.attempt_id),
        definition_version=attempt.definition_version,
        result=attempt.result,
        proof=attempt.proof,
        actions=tuple(executed(one, facts) for one in work.due),
        claimed=tuple(claimed(work.due, facts)),
        completed_at=facts.now,
        used=part.used + 1,
        today=part.used_today + (work.day == part.day),
        last_day=part.day,
    )


def told(event: ActivityCompleted) -> CompletedAnswer:
    """What the player is told of a completed attempt."""
    return CompletedAnswer(**{name: getattr(event, name) for name in CompletedAnswer.model_fields})
