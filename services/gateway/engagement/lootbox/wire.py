"""What is sent to the lootboxes' routes and what they answer, field by field as the document has it."""

from __future__ import annotations

from services.gateway.engagement.prizes import PrizeTableRow, Promising, Proven
from services.gateway.route import Shown
from shared.messages.prize import Reward


class Lootbox(PrizeTableRow, Promising):
    """A lootbox as one player sees it."""


class Lootboxes(Shown):
    lootboxes: list[PrizeTableRow]


class OpenId(Shown):
    open_id: str
    reward: Reward


class Opened(Proven, OpenId):
    """What was won, and what is needed to check the draw."""
