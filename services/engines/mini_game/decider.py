"""A player who may play plays a mini-game: one seed, promised before, picks how it ends, and the prize is paid."""

from __future__ import annotations

from services.engines.prize_draw import Terms, prize_decider
from shared.messages.mini_game import (
    CommitMiniGameSeed,
    DrawMiniGame,
    FinishMiniGame,
    MiniGameDenied,
    MiniGamePlay,
    MiniGamePlayed,
    MiniGameRequested,
    MiniGameSpec,
    PlayMiniGame,
)

terms = Terms(
    noun="mini_game",
    kind="mini-game",
    unknown="no_mini_game",
    number="play_id",
    prize="outcome",
    play="play",
    spec=MiniGameSpec,
    begin=PlayMiniGame,
    commit=CommitMiniGameSeed,
    draw=DrawMiniGame,
    finish=FinishMiniGame,
    requested=MiniGameRequested,
    denied=MiniGameDenied,
    drawn=MiniGamePlayed,
    complete=MiniGamePlay,
)

decider = prize_decider(terms)
