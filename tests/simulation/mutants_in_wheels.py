"""Ways to break the rules of wheels, each of which would cost somebody a spin, a reward or the money for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from services.engines.wheel import claiming, drawing, spinning, turn
from services.engines.wheel.state import Waiting, dry_spin_of
from shared.messages.base import Answer
from shared.messages.wheel import DrySpun, SpinAnswer
from shared.shapes import Decision, Pending, Refused
from tests.simulation.mutants_in_time import Mutant


def allowance_spent_twice(patch: pytest.MonkeyPatch) -> None:
    """What a spin is spent on is taken when it is wished for, and again when it is drawn."""
    patch.setattr(drawing, "spent", lambda allowance, kind: turn.spent(turn.spent(allowance, kind), kind))


def paid_before_bonus(patch: pytest.MonkeyPatch) -> None:
    """Where spins are sold, one is sold before those that were given are used up."""
    for_nothing = turn.for_nothing

    def greedy(allowance: Any, spec: Any) -> Any:
        kind = for_nothing(allowance, spec)
        return None if kind == "bonus" and spec.paid_spin is not None else kind

    patch.setattr(spinning, "for_nothing", greedy)


def yesterday_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Whoever has spun once has no other day any more."""
    today = turn.today
    patch.setattr(spinning, "today", lambda left, spec, now: left if left.day else today(left, spec, now))


def cooldown_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two spins."""
    patch.setattr(spinning, "too_soon", lambda spinner, spec, now: None)


def cooldown_kept_from_the_draw_on(patch: pytest.MonkeyPatch) -> None:
    """While the price of a spin is asked for, another may be begun."""
    paying = spinning.paying

    def careless(whose: Any, terms: Any, price: Any, spin_id: Any, reserved: Any) -> Any:
        outcome = paying(whose, terms, price, spin_id, reserved)
        return replace(outcome, events=tuple(one for one in outcome.events if one not in reserved))

    patch.setattr(spinning, "paying", careless)


def cooldown_not_given_back(patch: pytest.MonkeyPatch) -> None:
    """Whoever could not pay for a spin waits as if it had been spun."""
    patch.setattr(spinning, "_given_back", lambda command, states: ())


def drawn_unpaid(patch: pytest.MonkeyPatch) -> None:
    """A spin is drawn whatever the ledger says of its price."""
    paid = spinning.paid

    def trusting(command: Any, states: Any, facts: Any) -> Any:
        return paid(command.model_copy(update={"answer": Answer(granted=True)}), states, facts)

    patch.setattr(spinning, "paid", trusting)


def price_asked_twice(patch: pytest.MonkeyPatch) -> None:
    """The price of a spin is asked for with it, and once more when it has been paid."""
    paid = spinning.paid

    def again(command: Any, states: Any, facts: Any) -> Any:
        outcome = paid(command, states, facts)
        if isinstance(outcome, Decision) and isinstance(outcome.reply, Refused):
            return outcome
        whose, terms = turn.Turn.of(command), turn.terms_of(command, facts)
        price = terms.wheel.spec.paid_spin
        assert price is not None
        second = spinning.paying(whose, terms, price, command.spin_id, ()).sends[0]
        return replace(outcome, sends=(*outcome.sends, replace(second, then=None)))

    patch.setattr(spinning, "paid", again)


def spin_told_before_credited(patch: pytest.MonkeyPatch) -> None:
    """A player is told of a reward as soon as it is won."""
    credited = drawing.credited

    def hasty(player: Any, wheel: Any, spin: Any, events: Any) -> Any:
        outcome = credited(player, wheel, spin, events)
        if not isinstance(outcome, Pending):
            return outcome
        sends = tuple(replace(send, then=None) for send in outcome.sends)
        return Decision(outcome.events, reply=SpinAnswer(spin=spin), sends=sends)

    patch.setattr(drawing, "credited", hasty)
    patch.setattr(claiming, "credited", hasty)


def dry_spin_credited_at_once(patch: pytest.MonkeyPatch) -> None:
    """What a dry spin has won comes at once, and again when it is claimed."""
    kept = drawing.kept

    def hasty(whose: Any, token_hash: Any, terms: Any, spin: Any, events: Any, facts: Any) -> Any:
        outcome = kept(whose, token_hash, terms, spin, events, facts)
        pay = drawing.payment(whose.player, whose.wheel, spin)
        return replace(outcome, sends=(pay,) if pay else ())

    patch.setattr(drawing, "kept", hasty)


def claim_not_noted(patch: pytest.MonkeyPatch) -> None:
    """That a token was shown is forgotten, so the spin is credited again when its time is up."""
    claim = claiming.claim

    def forgetting(command: Any, states: Any, facts: Any) -> Any:
        outcome, waiting = claim(command, states, facts), states[dry_spin_of(command.player, command.token_hash)]
        if not isinstance(outcome, Decision | Pending) or not isinstance(waiting, Waiting):
            return outcome
        claimed, *others = outcome.events
        whose = {name: getattr(claimed, name) for name in ("player", "token_hash", "wheel", "spin_id")}
        still = DrySpun(**whose, spin=waiting.spin, expires_at=waiting.expires_at)
        return replace(outcome, events=(still, *others))

    patch.setattr(claiming, "claim", forgetting)


def bonus_of_a_token_lost(patch: pytest.MonkeyPatch) -> None:
    """Bonus spins that a dry spin has won are not given when its token is shown."""
    patch.setattr(claiming, "granted", lambda player, wheel, count, allowance: ())


def dry_spin_lost_in_the_end(patch: pytest.MonkeyPatch) -> None:
    """A dry spin that nobody claims is never credited."""
    kept = drawing.kept
    patch.setattr(drawing, "kept", lambda *said: replace(kept(*said), timers=()))


MUTANTS_IN_WHEELS: Final[tuple[Mutant, ...]] = (
    allowance_spent_twice,
    paid_before_bonus,
    yesterday_for_ever,
    cooldown_forgotten,
    cooldown_kept_from_the_draw_on,
    cooldown_not_given_back,
    drawn_unpaid,
    price_asked_twice,
    spin_told_before_credited,
    dry_spin_credited_at_once,
    claim_not_noted,
    bonus_of_a_token_lost,
    dry_spin_lost_in_the_end,
)
