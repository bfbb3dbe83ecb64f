"""Ways to break the rules of tables, each of which would cost a player or an operator money, or a promise its worth."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import pytest

from services.ledger.player.state import Known, why_not
from services.ledger.wallet import decider as wallet
from services.rgs.calls import Callers
from services.rgs.games import bet
from services.rgs.leases import MemoryLeases
from services.rgs.round import answering, beginning, moving, paying, state, turn
from services.rgs.round import decider as table
from services.rgs.round.dealing import Deal, deal_of
from services.rgs.round.state import Seeded
from services.rgs.seed import rotating
from services.rgs.session import decider as session
from services.rgs.session import state as sitting
from services.rgs.session.state import Taken
from shared.ids import uuid_of
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.round import RoundAnswer, RoundSettled, RoundVoided
from shared.shapes import Decision, Pending
from tests.simulation.mutants_in_time import Mutant


def nonce_kept_on_refusal(patch: pytest.MonkeyPatch) -> None:
    """A round whose stake was refused gives its nonce back, to be dealt again with another bet."""
    went_on = state._went_on

    def thrifty(now: Seeded, event: Any) -> Seeded:
        after = went_on(now, event)
        return replace(after, nonce=event.round.nonce) if isinstance(event, RoundVoided) else after

    patch.setattr(state, "_went_on", thrifty)


def named_after_its_wish(patch: pytest.MonkeyPatch) -> None:
    """A round is known by the message that began it, which may come again after it was refused."""
    of_pair = beginning._of_pair
    patch.setattr(beginning, "_of_pair", lambda now, wish: {**of_pair(now, wish), "round_id": wish})


def dealt_anew_when_paid(patch: pytest.MonkeyPatch) -> None:
    """What comes up is drawn again when the stake is there."""

    def fickle(round_: Any, seeds: Any, facts: Any) -> Deal:
        return deal_of(round_.model_copy(update={"nonce": round_.nonce + 1}), seeds, facts)

    patch.setattr(answering, "deal_of", fickle)


def rollback_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A stake that nobody can tell of is left as it may be."""
    patch.setattr(answering, "_taken_back", lambda round_, stake: ((), ()))


def rollback_tried_once(patch: pytest.MonkeyPatch) -> None:
    """Once an operator knows of no such debit, it is not asked again."""
    rollback_answered = paying.rollback_answered

    def content(command: Any, facts: Any) -> Any:
        outcome = rollback_answered(command, facts)
        return replace(outcome, timers=()) if command.answer.code == "unknown_transaction" else outcome

    patch.setattr(table, "rollback_answered", content)


def credit_not_retried(patch: pytest.MonkeyPatch) -> None:
    """A payout is asked for once."""
    payout_answered = paying.payout_answered

    def careless(*said: Any) -> Any:
        return replace(payout_answered(*said), timers=())

    patch.setattr(table, "payout_answered", careless)


def credit_of_another_name(patch: pytest.MonkeyPatch) -> None:
    """A payout that is asked for again is another transaction."""
    retry = paying.retry

    def renaming(command: Any) -> Any:
        old = command.transaction
        new = old.model_copy(update={"transaction_id": uuid_of(old.transaction_id, str(old.tries))})
        return retry(command.model_copy(update={"transaction": new}) if old.movement == "credit" else command)

    patch.setattr(table, "retry", renaming)


def told_before_paid_out(patch: pytest.MonkeyPatch) -> None:
    """A player is told of a round as if it were settled, while its payout is on its way."""
    settled = turn._settled

    def hasty(now: Any, seen: Any) -> Any:
        outcome: Any = settled(now, seen)
        if not isinstance(outcome, Pending):
            return outcome
        event = next(one for one in outcome.events if isinstance(one, RoundSettled))
        told = event.round.model_copy(update={"status": "settled", "ended_at": now.now})
        over = tuple(one if one is not event else event.model_copy(update={"round": told}) for one in outcome.events)
        sends = tuple(replace(send, then=None) for send in outcome.sends)
        return Decision(over, reply=RoundAnswer(round=told, balance=now.balance), sends=sends)

    patch.setattr(turn, "_settled", hasty)


def rotated_amid_a_round(patch: pytest.MonkeyPatch) -> None:
    """Seeds can be changed, and told, while a round goes on."""
    rotate = rotating.rotate

    def blind(command: Any, now: Any, facts: Any) -> Any:
        return rotate(command, replace(now, held=None) if isinstance(now, Seeded) else now, facts)

    patch.setattr(table, "rotate", blind)


def unknown_taken_for_granted(patch: pytest.MonkeyPatch) -> None:
    """A stake that nobody can tell of counts as taken."""
    _told_as(patch, "done")


def unknown_taken_for_refused(patch: pytest.MonkeyPatch) -> None:
    """A stake that nobody can tell of counts as refused, and nobody takes it back."""
    _told_as(patch, "refused")


def _told_as(patch: pytest.MonkeyPatch, status: str) -> None:
    told = answering.told

    def sure(command: Any, round_: Any) -> Any:
        taken = told(command, round_)
        return taken.model_copy(update={"status": status}) if taken.status == "unknown" else taken

    patch.setattr(answering, "told", sure)


def lapsed_debit_called_again(patch: pytest.MonkeyPatch) -> None:
    """Whoever finds a debit's lease lapsed calls as if nobody had."""
    settled = Callers._settled

    async def bold(callers: Callers, lease: Any, began_s: float) -> Any:
        return await settled(callers, lease._replace(again=False), began_s)

    patch.setattr(Callers, "_settled", bold)


def leased_by_several(patch: pytest.MonkeyPatch) -> None:
    """What one process has leased, another leases as well."""
    take = MemoryLeases.take

    async def greedy(leases: MemoryLeases, *said: Any) -> Any:
        leases.held.clear()
        return await take(leases, *said)

    patch.setattr(MemoryLeases, "take", greedy)


def payout_vetoed_at_a_full_balance(patch: pytest.MonkeyPatch) -> None:
    """Whoever has no room for what was won has not played."""

    def strict(command: Any, whose: Any, player: Any, facts: Any) -> Any:
        return wallet._transfer(command, "transfer", command.legs, whose, player, facts)

    patch.setattr(wallet, "transfer", strict)


def held_players_stake(patch: pytest.MonkeyPatch) -> None:
    """Whoever is held may stake in games."""

    def lenient(player: Any, **said: Any) -> Any:
        return why_not(player, **said) if not isinstance(player, Known) or player.profile.banned else None

    patch.setattr(wallet, "why_not", lenient)


def refreshed_twice(patch: pytest.MonkeyPatch) -> None:
    """A token can be exchanged as often as one likes."""
    patch.setattr(session, "_exchanged", lambda session, command: False)


def old_token_plays(patch: pytest.MonkeyPatch) -> None:
    """A token that was exchanged still plays."""
    playing = sitting.playing

    def kind(place: Any, session_id: Any, number: int, now: Any) -> Any:
        return playing(place, session_id, place.session.number if isinstance(place, Taken) else number, now)

    patch.setattr(beginning, "playing", kind)


def session_never_idle(patch: pytest.MonkeyPatch) -> None:
    """A session that has been left alone still plays."""

    def patient(place: Any, session_id: Any, number: int, now: Any) -> Any:
        return sitting.playing(place, session_id, number, place.session.used_at if isinstance(place, Taken) else now)

    patch.setattr(beginning, "playing", patient)
    patch.setattr(moving, "playing", patient)


def max_win_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A round of many moves goes on however much it is worth."""
    patch.setattr(Deal, "most", property(lambda deal: LARGEST_AMOUNT))


def denied_move_voids(patch: pytest.MonkeyPatch) -> None:
    """If the further stake of a move is not taken, the whole round never was."""
    move_answered = answering.move_answered

    def harsh(command: Any, now: Any, facts: Any) -> Any:
        if command.answer.granted:
            return move_answered(command, now, facts)
        return answering.stake_answered(command, now, facts)

    patch.setattr(table, "move_answered", harsh)


def two_rounds_at_a_table(patch: pytest.MonkeyPatch) -> None:
    """A round begins while another one goes on."""
    seeded = rotating.seeded

    def crowded(now: Any, at: Any, facts: Any) -> Any:
        found, opened = seeded(now, at, facts)
        return replace(found, held=None), opened

    patch.setattr(beginning, "seeded", crowded)


def shown_before_the_stake(patch: pytest.MonkeyPatch) -> None:
    """What came up is to be seen as soon as somebody wants to stake something."""
    staked = beginning._staked

    def open_handed(now: Any, place: Any, first: Any) -> Any:
        shown = now.deal.game.shown(now.state, now.deal.terms)
        return staked(now._replace(round=now.round.model_copy(update={"shown": shown})), place, first)

    patch.setattr(beginning, "_staked", open_handed)


def seed_told_too_soon(patch: pytest.MonkeyPatch) -> None:
    """Whoever looks at the hashes is told the seed of the next pair."""
    show = rotating.show

    def frank(command: Any, now: Any, facts: Any) -> Any:
        outcome: Any = show(command, now, facts)
        next_ = outcome.reply.upcoming
        seed = facts.seeds.of(command.table.stream, next_.number).value
        told = next_.model_copy(update={"key_id": seed})
        return replace(outcome, reply=outcome.reply.model_copy(update={"upcoming": told}))

    patch.setattr(table, "show", frank)


def seed_reused(patch: pytest.MonkeyPatch) -> None:
    """Whoever wants other seeds gets the same server seed once more."""
    rotate = rotating.rotate

    def stingy(command: Any, now: Any, facts: Any) -> Any:
        outcome: Any = rotate(command, now, facts)
        if not isinstance(outcome, Decision):
            return outcome
        *opened, rotated = outcome.events
        same = {"number": rotated.active.number, "client_seed": rotated.active.client_seed}
        again = rotated.model_copy(update={"active": rotated.retired.model_copy(update=same)})
        return replace(outcome, events=(*opened, again))

    patch.setattr(table, "rotate", stingy)


def rounded_up(patch: pytest.MonkeyPatch) -> None:
    """A payout is rounded up to the next unit."""

    def generous(amount: int, multiplier: Fraction) -> int:
        return -int(-amount * multiplier // 1)

    patch.setattr(bet, "rounded", generous)


def stake_not_taken_of_a_demo(patch: pytest.MonkeyPatch) -> None:
    """What is staked in a demo costs nothing."""
    go_on_in_demo = turn.go_on_in_demo
    patch.setattr(beginning, "go_on_in_demo", lambda now, place, cost: go_on_in_demo(now, place, 0))


MUTANTS_IN_ROUNDS: Final[tuple[Mutant, ...]] = (
    nonce_kept_on_refusal,
    named_after_its_wish,
    dealt_anew_when_paid,
    rollback_forgotten,
    rollback_tried_once,
    credit_not_retried,
    credit_of_another_name,
    told_before_paid_out,
    rotated_amid_a_round,
    unknown_taken_for_granted,
    unknown_taken_for_refused,
    lapsed_debit_called_again,
    leased_by_several,
    payout_vetoed_at_a_full_balance,
    held_players_stake,
    refreshed_twice,
    old_token_plays,
    session_never_idle,
    max_win_forgotten,
    denied_move_voids,
    two_rounds_at_a_table,
    shown_before_the_stake,
    seed_told_too_soon,
    seed_reused,
    rounded_up,
    stake_not_taken_of_a_demo,
)
