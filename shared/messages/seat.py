"""Where somebody plays: whose games, which one, and in which currency."""

from __future__ import annotations

from typing import Any

from shared.ids import AssetId, GameCode, OperatorId, PlayerId
from shared.messages.base import Message
from shared.streams import Stream, key_of


class Table(Message):
    """One player at one game code of one operator: there is one pair of seeds and one open round at a time."""

    player: PlayerId
    operator: OperatorId
    game: GameCode

    @property
    def stream(self) -> Stream[Any]:
        """The history of the seeds and rounds here."""
        return Stream("play", key_of(self.player, self.operator, self.game))

    @property
    def table(self) -> Table:
        """The table alone."""
        return self


class Seat(Table):
    """A table, in a currency."""

    currency: AssetId

    @property
    def session(self) -> Stream[Any]:
        """The history of the sessions here."""
        return Stream("session", key_of(self.player, self.operator, self.game, self.currency))

    @property
    def table(self) -> Table:
        """The table alone."""
        return Table(player=self.player, operator=self.operator, game=self.game)
