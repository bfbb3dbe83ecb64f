"""A player's journeys as the specs know them: what is configured, what is wished, and what is still waited for."""

from __future__ import annotations

from typing import Any, Final

from services.engines.registry import service
from shared.ids import AssetId, JourneyId, PlayerId
from shared.messages.journey import (
    DORMANT,
    GoOnPaying,
    JourneySpec,
    JourneyStep,
    Moved,
    TriggerJourneys,
    TriggerJourneysTogether,
    Waiting,
    mark_of,
)
from shared.messages.player import Admitted
from shared.messages.prize import REWARDS
from shared.messages.wallet import PayWallet, WalletAnswer
from shared.shapes import Send
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, Story, given

ROCKET: Final = PlayerId("rocket")
WINZ: Final = AssetId("WINZ")
WELCOME, SPENDER, BACK = JourneyId("welcome"), JourneyId("big-spender"), JourneyId("come-back")


def journey(*steps: str | tuple[str, int], name: str = "Welcome 3-step", reward: int = 500, **more: Any) -> JourneySpec:
    wanted = (JourneyStep(trigger=s) if isinstance(s, str) else JourneyStep(trigger=s[0], count=s[1]) for s in steps)
    return JourneySpec(name=name, steps=tuple(wanted), reward_winz=reward, **more)


welcome = journey("signup", "first_deposit", "wager")
spender = journey("big_win", name="Big spender", reward=250)
back = journey(DORMANT, "wager", name="Come back", reward=50)
town = given(service).defined(WELCOME, welcome).defined(SPENDER, spender)
lonely = given(service).defined(BACK, back)

admitted = Admitted(player=ROCKET)
paid = WalletAnswer(transaction_id="engines/0/3/0", player=ROCKET, balances={WINZ: 500})


def far(journey: JourneyId, step: int, counted: int = 0, version: int = 1, name: str = "Welcome 3-step") -> Any:
    return {
        "player": ROCKET,
        "journey": journey,
        "definition_version": version,
        "step": step,
        "counted": counted,
        "journey_name": name,
    }


def moved(action: Any, step: int, reward: int = 0, journey: JourneyId = WELCOME, name: str = "Welcome 3-step") -> Moved:
    return Moved(journey=journey, journey_name=name, action=action, current_step=step, reward=reward)


def says(trigger: str, count: int = 1) -> TriggerJourneys:
    return TriggerJourneys(player=ROCKET, trigger=trigger, count=count)


def saw(**triggers: int) -> TriggerJourneysTogether:
    return TriggerJourneysTogether(player=ROCKET, triggers=triggers, at=NOON)


def admitted_to(story: Story, trigger: str) -> Consequence:
    return story.when(says(trigger)).answered(admitted)


def pays(amount: int, journey: JourneyId, then: GoOnPaying, asset: AssetId = WINZ) -> Send:
    wish = PayWallet(player=ROCKET, asset=asset, amount=amount, account=REWARDS, reason=f"journey {journey}")
    return Send("ledger", ROCKET, wish, then=then)


def listens(story: Story, *triggers: str) -> Waiting:
    """Of the platform's triggers, these alone may still matter under what is configured in the story."""
    current = story.definitions.of(TENANT).every(JourneySpec)
    return Waiting(mark=mark_of((one.key, one.version) for one in current), triggers=triggers)
