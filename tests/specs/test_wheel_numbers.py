"""In whatever order things happen, nothing is spun that was not there, and nothing won is lost or credited twice."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.engines.wheel.state import Claimed, Expired, allowance_of, dry_spin_of
from shared.fair.draw import pick
from shared.ids import MessageId
from shared.messages.base import Answer, Command, Event
from shared.messages.project import ProjectSpec
from shared.messages.wallet import DebitWallet, PayWallet
from shared.messages.wheel import (
    BonusSpinsGranted,
    ClaimSpin,
    CooldownBegun,
    CooldownGivenBack,
    DrySpinWheel,
    DrySpun,
    Spin,
    WheelSpun,
)
from shared.messages.wheel_spec import BonusSpinReward, CurrencyReward, WheelSpec, weights_of
from shared.periods import day_of
from shared.shapes import Send, Timer, Wish
from shared.testing.grammar import Story, seeds
from tests.specs.wheel_words import (
    COOLDOWN,
    DAILY,
    DAILY_SPIN,
    DEMO,
    HASTY,
    PROJECT,
    ROCKET,
    allowance,
    arcade,
    events_in,
    grants,
    spins,
    wheel,
)

FREE: Final = 2
ZONES: Final = ("UTC", "Pacific/Auckland", "America/Los_Angeles", "Pacific/Kiritimati")
SPINS: Final = 200_000
MOST_STEPS: Final = 10_000


@dataclass
class Parlour:
    """One player at one wheel, and everything that came of what was done there."""

    story: Story
    zone: str = "UTC"
    version: int = 1
    asked: list[tuple[Send, Wish]] = field(default_factory=list)
    """What waits for an answer."""
    bells: list[tuple[Timer, Wish]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    free: Counter[str] = field(default_factory=Counter)
    """Free spins by day."""
    drawn: list[WheelSpun] = field(default_factory=list)
    kept: list[DrySpun] = field(default_factory=list)
    paid: Counter[str] = field(default_factory=Counter)
    """Payments by the spin that they are for."""
    bonus: int = 0
    """Won by spins that were not dry."""
    late: int = 0
    """Given, and won by dry spins that ended."""
    turns: dict[MessageId, datetime] = field(default_factory=dict)
    """When the player took those turns that were not given back."""
    taken: int = 0
    """Prices that the ledger took."""

    def wish(self, command: Command, wish: Wish | None = None) -> None:
        came = self.story.when(command, wish)
        for event in events_in(came):
            self._happened(event)
        self.story = came.story
        self.bells += [(timer, came.wish) for timer in came.timers]
        self.asked += [(send, came.wish) for send in came.sends if send.then is not None]
        self.paid.update(send.command.reason for send in came.sends if isinstance(send.command, PayWallet))
        self.check()

    def _happened(self, event: Event) -> None:
        match event:
            case WheelSpun():
                self._drew(event)
            case DrySpun():
                self.kept.append(event)
            case BonusSpinsGranted():
                self.late += event.count
            case CooldownBegun():
                self.turns[event.spin_id] = event.at
            case CooldownGivenBack():
                del self.turns[event.spin_id]
            case _:
                pass

    def _drew(self, event: WheelSpun) -> None:
        self.drawn.append(event)
        if event.spin.spin_kind == "free":
            self.free[event.day] += 1
            assert event.day >= day_of(self.story.now, self.zone)
        if not event.dry:
            self.bonus += bonus_of(event.spin)

    def check(self) -> None:
        left = allowance(self.story)
        assert left.free_used >= 0
        assert left.bonus_left >= 0
        assert max(self.free.values(), default=0) <= FREE
        used = sum(event.spin.spin_kind == "bonus" for event in self.drawn)
        assert left.bonus_left == self.bonus + self.late - used
        assert sum(event.spin.spin_kind == "paid" for event in self.drawn) == self.taken

    def spin(self, number: int) -> None:
        self.wish(spins)

    def dry_spin(self, number: int) -> None:
        token = hashlib.sha256(str(len(self.tokens)).encode()).hexdigest()
        self.tokens.append(token)
        self.wish(DrySpinWheel(player=ROCKET, wheel=DAILY, project=DEMO, token_hash=token))

    def claim(self, number: int) -> None:
        if self.tokens:
            self.wish(ClaimSpin(player=ROCKET, wheel=DAILY, token_hash=self.tokens[number % len(self.tokens)]))

    def answer(self, number: int) -> None:
        """The ledger answers one of its questions; prices are refused as often as they are taken."""
        if not self.asked:
            return
        send, wish = self.asked.pop(number % len(self.asked))
        refused = isinstance(send.command, DebitWallet) and number % 2 == 1
        told = Answer(granted=False, code="insufficient_balance") if refused else granted(send.command)
        self.taken += isinstance(send.command, DebitWallet) and not refused
        assert send.then is not None
        self.wish(send.then.model_copy(update={"answer": told}), wish)

    def ring(self, number: int) -> None:
        """The next bell rings, however long that takes."""
        if self.bells:
            timer, wish = min(self.bells, key=lambda bell: bell[0].due_at)
            self.bells.remove((timer, wish))
            self.story = self.story.at(max(self.story.now, timer.due_at))
            self.wish(timer.command, wish)

    def give(self, number: int) -> None:
        self.wish(grants(1 + number % 3))

    def move(self, number: int) -> None:
        """The operator moves the wheel elsewhere."""
        self.zone, self.version = ZONES[number % len(ZONES)], self.version + 1
        self.story = self.story.defined(DAILY, placed(self.zone), self.version)

    def wait(self, number: int) -> None:
        """Time passes, but no bell is missed."""
        now = self.story.now + timedelta(hours=number % 2 * number % 30, seconds=number % 7)
        self.story = self.story.at(min([now, *(timer.due_at for timer, _ in self.bells)]))

    def end(self) -> None:
        """Everything that is under way ends: what was asked is answered, and every bell rings."""
        for _ in range(MOST_STEPS):
            if not self.asked and not self.bells:
                return
            if self.asked:
                self.answer(0)
            else:
                self.ring(0)
        raise AssertionError(f"not over after {MOST_STEPS} steps")


def granted(command: Command) -> Answer:
    body = {} if isinstance(command, DebitWallet | PayWallet) else {"player": ROCKET, "changes": 0}
    return Answer(granted=True, body=body)


def bonus_of(spin: Spin) -> int:
    return spin.reward.count if isinstance(spin.reward, BonusSpinReward) else 0


def placed(zone: str) -> WheelSpec:
    return wheel(timezone=zone, daily_free_spins=FREE)


DOINGS: Final[tuple[Callable[[Parlour, int], None], ...]] = (
    Parlour.spin,
    Parlour.spin,
    Parlour.dry_spin,
    Parlour.dry_spin,
    Parlour.claim,
    Parlour.claim,
    Parlour.answer,
    Parlour.answer,
    Parlour.ring,
    Parlour.give,
    Parlour.move,
    Parlour.wait,
    Parlour.wait,
)
doings = st.lists(st.tuples(st.sampled_from(DOINGS), st.integers(0, 1_000)), min_size=10, max_size=50)


def played(project: ProjectSpec, done: list[tuple[Callable[[Parlour, int], None], int]]) -> Parlour:
    """What comes of it all, once everything under way has ended."""
    parlour = Parlour(arcade(placed("UTC"), project))
    parlour.spin(0)
    parlour.answer(0)
    for doing, number in done:
        doing(parlour, number)
    parlour.end()
    return parlour


@settings(max_examples=200)
@for_all(st.sampled_from([PROJECT, HASTY]), doings)
def test_no_order_of_doings_spends_what_is_not_there_or_credits_a_spin_more_or_less_than_once(
    project: ProjectSpec, done: list[tuple[Callable[[Parlour, int], None], int]]
) -> None:
    parlour = played(project, done)
    owed = {
        f"wheel {DAILY} {event.spin.spin_id}": 1
        for event in parlour.drawn
        if isinstance(event.spin.reward, CurrencyReward)
    }
    assert parlour.paid == owed
    ended = [parlour.story.state(dry_spin_of(ROCKET, kept.token_hash)) for kept in parlour.kept]
    assert all(isinstance(one, Claimed | Expired) for one in ended)
    for number in range(len(parlour.tokens)):
        parlour.claim(number)
    assert parlour.paid == owed


@settings(max_examples=200)
@for_all(doings)
def test_spins_are_a_cooldown_apart_unless_the_price_of_one_was_not_taken(
    done: list[tuple[Callable[[Parlour, int], None], int]],
) -> None:
    taken = list(played(PROJECT, done).turns.values())
    assert all(later - earlier >= COOLDOWN for earlier, later in pairwise(taken))


def test_segments_come_up_as_often_as_their_probabilities_say() -> None:
    """Of 200,000 spins, each from its own seed, none strays by more than five standard deviations."""
    stream, chain, weights = allowance_of(ROCKET, DAILY), seeds(), weights_of(DAILY_SPIN)
    counted = Counter(pick(chain.of(stream, number).value, "wheel", DAILY, weights) for number in range(SPINS))
    for index, weight in enumerate(weights):
        chance = weight / sum(weights)
        assert abs(counted[index] - SPINS * chance) < 5 * (SPINS * chance * (1 - chance)) ** 0.5
