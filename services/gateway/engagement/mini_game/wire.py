"""What is sent to the mini-games' routes and what they answer, field by field as the document has it."""

from __future__ import annotations

from services.gateway.engagement.prizes import PrizeTableRow, Promising, Proven
from services.gateway.route import Shown
from shared.ids import AssetId
from shared.messages.mini_game import MiniGamePlay


class MiniGame(PrizeTableRow, Promising):
    """A mini-game as one player sees it."""


class MiniGames(Shown):
    mini_games: list[PrizeTableRow]


class Ending(Shown):
    """The segment that the game ended on."""

    segment_label: str
    amount: int
    asset: AssetId


class PlayId(Shown):
    play_id: str
    outcome: Ending


class Played(Proven, PlayId):
    """How the game ended, and what is needed to check the draw."""

    @classmethod
    def of(cls, play: MiniGamePlay, *, deduped: bool) -> Played:
        return cls(**{**dict(play), "outcome": Ending(**dict(play.outcome))}, deduped=deduped)
