"""Each code of a pool is given to one player only; one that came back is given before any new one."""

from __future__ import annotations

from services.engines.reward.codes import code_of
from services.engines.reward.state import MOST_GAPS, Pool, evolve, pool_of, with_returned
from shared.messages.reward import (
    CodeAnswer,
    CodeReturned,
    CodeReturnedAnswer,
    CodeTaken,
    GiveBackCode,
    PoolEvent,
    RewardCommand,
    RewardSpec,
    TakeCode,
)
from shared.shapes import Decider, Decision, Facts, Outcome, Refused, States
from shared.streams import Stream


def take(command: TakeCode, pool: Pool, facts: Facts) -> Outcome[PoolEvent]:
    spec = spec_of(command, facts)
    size = 0 if spec is None else spec.pool or 0
    number = pool.next if pool.free is None else pool.free
    if spec is None or number >= size:
        return Refused("reward_exhausted", {"reward": command.reward})
    taken = CodeTaken(reward=command.reward, number=number, player=command.player, attempt_id=command.attempt_id)
    code = code_of(command.reward, spec, number, facts)
    return Decision((taken,), reply=CodeAnswer(number=number, code=code))


def spec_of(command: TakeCode, facts: Facts) -> RewardSpec | None:
    """What is configured now; if it was removed, what was when the code was asked for."""
    now = facts.definitions.current(RewardSpec, command.reward)
    definition = now or facts.definitions.at(RewardSpec, command.reward, command.definition_version)
    return None if definition is None else definition.spec


def give_back(command: GiveBackCode, pool: Pool) -> Outcome[PoolEvent]:
    if not pool.holds(command.number):
        return Refused("not_given")
    if len(with_returned(pool.returned, command.number)) > MOST_GAPS:
        return Refused("too_many_returned", {"limit": MOST_GAPS})
    returned = CodeReturned(reward=command.reward, number=command.number)
    return Decision((returned,), reply=CodeReturnedAnswer(number=command.number))


def streams(command: RewardCommand) -> tuple[Stream[Pool], ...]:
    return (pool_of(command.reward),)


def decide(command: RewardCommand, states: States, facts: Facts) -> Outcome[PoolEvent]:
    pool = states[pool_of(command.reward)]
    match command:
        case TakeCode():
            return take(command, pool, facts)
        case GiveBackCode():
            return give_back(command, pool)


decider: Decider[RewardCommand, Pool, PoolEvent] = Decider(
    noun="reward",
    initial=Pool(),
    situations=(Pool,),
    commands=(TakeCode, GiveBackCode),
    events=(CodeTaken, CodeReturned),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
