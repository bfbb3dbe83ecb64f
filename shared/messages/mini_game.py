"""Everything that can be said about a mini-game: a player plays it, chance picks a segment, the prize is paid."""

from __future__ import annotations

from typing import Any

from shared.ids import AssetId, MessageId, MiniGameId, PlayerId
from shared.messages.base import Event, Reply
from shared.messages.prize import (
    BeginDraw,
    CommitSeed,
    DrawDenied,
    DrawPrize,
    DrawRequested,
    FinishDraw,
    Prize,
    PrizeDrawn,
    PrizeTable,
    Proof,
    Reward,
)
from shared.streams import Stream, key_of


class MiniGameSpec(PrizeTable, kind="mini_game"):
    """What a mini-game can end with. The order of the segments is part of the draw."""


class PlayMiniGame(BeginDraw, wire="mini_game.play"):
    """A player plays a mini-game."""

    mini_game: MiniGameId


class CommitMiniGameSeed(CommitSeed, wire="mini_game.commit_seed"):
    """Somebody wants to see the hash that the player's next play is bound to."""

    mini_game: MiniGameId


class DrawMiniGame(DrawPrize, wire="mini_game.draw"):
    """The ledger has said whether the player may play; if so, chance decides."""

    mini_game: MiniGameId
    play_id: MessageId


class MiniGamePlay(Proof):
    """One play, complete: how it ended, and all that is needed to check it."""

    play_id: MessageId
    outcome: Reward


class MiniGameAnswer(Reply):
    """The play, once its prize has reached the wallet."""

    play: MiniGamePlay


class FinishMiniGame(FinishDraw, wire="mini_game.finish"):
    """The ledger has paid; the player is told."""

    mini_game: MiniGameId
    play: MiniGamePlay

    @property
    def told(self) -> MiniGameAnswer:
        return MiniGameAnswer(play=self.play)


class MiniGameEvent(Event):
    """A fact about one player's plays of one mini-game."""

    player: PlayerId
    mini_game: MiniGameId
    play_id: MessageId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("mini_game", key_of(self.player, self.mini_game))


class MiniGameRequested(MiniGameEvent, DrawRequested, wire="mini_game.requested"):
    """A player asked to play; the ledger is asked whether the player may."""


class MiniGameDenied(MiniGameEvent, DrawDenied, wire="mini_game.denied"):
    """The player may not play; no chance was spent."""


class MiniGamePlayed(MiniGameEvent, PrizeDrawn, wire="mini_game.played"):
    """Chance has picked a segment and its seed is revealed. The prize is owed from now on."""

    outcome: Reward


_wish: dict[str, Any] = {"player": "rocket", "mini_game": "scratch"}
_play = MiniGamePlay(
    play_id=MessageId("0192f0c1-0000-7000-8000-000000000003"),
    outcome=Reward(asset=AssetId("WINZ"), amount=100, segment_label="100 WINZ"),
    server_seed="3b" * 32,
    server_seed_hash="9f" * 32,
    definition_version=1,
)

SAMPLES = (
    PlayMiniGame(**_wish),
    CommitMiniGameSeed(**_wish),
    DrawMiniGame(**_wish, play_id=_play.play_id, definition_version=1),
    FinishMiniGame(**_wish, play=_play),
    MiniGameRequested(**_wish, play_id=_play.play_id, definition_version=1),
    MiniGameDenied(**_wish, play_id=_play.play_id, code="player_blocked"),
    MiniGamePlayed(**_wish, **dict(_play), seed_number=7, seed_key_id="k1"),
    MiniGameAnswer(play=_play),
    MiniGameSpec(
        name="Scratch card",
        prizes=(Prize(segment_label="100 WINZ", asset=AssetId("WINZ"), amount=100, weight=50),),
    ),
)
