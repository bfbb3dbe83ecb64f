"""A player's journeys as the specs know them: what is configured, what is wished, and what is still waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from services.engines.registry import service
from shared.ids import AssetId, JourneyId, PlayerId
from shared.messages.journey import (
    DORMANT,
    Fired,
    GoOnPaying,
    JourneySpec,
    JourneyStep,
    JourneysTold,
    Moved,
    TriggerJourneys,
    TriggerJourneysTogether,
    mark_of,
)
from shared.messages.player import Admitted
from shared.messages.prize import REWARDS
from shared.messages.wallet import PayWallet, WalletAnswer
from shared.shapes import Decision, Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, Story, given

ROCKET, GROOT = PlayerId("rocket"), PlayerId("groot")
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
"""From a ledger that did not count changes yet, so that the player stays a stranger."""
paid = WalletAnswer(transaction_id="engines/0/3/0", player=ROCKET, balances={WINZ: 500})


def far(
    journey: JourneyId,
    step: int,
    counted: int = 0,
    version: int = 1,
    name: str = "Welcome 3-step",
    *,
    player: PlayerId = ROCKET,
) -> Any:
    return {
        "player": player,
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


def fired(player: PlayerId = ROCKET, at: datetime = NOON, **triggers: int) -> Fired:
    return Fired(player=player, triggers=triggers, at=at)


def together(*fired: Fired) -> TriggerJourneysTogether:
    return TriggerJourneysTogether(fired=fired)


def saw(**triggers: int) -> TriggerJourneysTogether:
    return together(Fired(player=ROCKET, triggers=triggers, at=NOON))


def admitted_to(story: Story, trigger: str) -> Consequence:
    return story.when(says(trigger)).answered(admitted)


def pays(amount: int, journey: JourneyId, then: GoOnPaying, asset: AssetId = WINZ) -> Send:
    wish = PayWallet(player=then.player, asset=asset, amount=amount, account=REWARDS, reason=f"journey {journey}")
    return Send("ledger", then.player, wish, then=then)


def settles(after: Consequence, send: Send, answer: WalletAnswer | Refused = paid) -> Consequence:
    """This one of several payments is answered, whatever the others do."""
    assert send in after.sends
    return replace(after, sends=(send,)).answered(answer)


def told_nobody(after: Consequence) -> Consequence:
    assert isinstance(after.outcome, Decision)
    assert after.outcome.reply is None
    return after


def all_listen(story: Story, waiting: dict[PlayerId, tuple[str, ...]]) -> JourneysTold:
    """Of the platform's triggers, these alone may still matter to each under what is configured in the story."""
    current = story.definitions.of(TENANT).every(JourneySpec)
    return JourneysTold(mark=mark_of((one.key, one.version) for one in current), waiting=waiting)


def listens(story: Story, *triggers: str) -> JourneysTold:
    return all_listen(story, {ROCKET: triggers})
