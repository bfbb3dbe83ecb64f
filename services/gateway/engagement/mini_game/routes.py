"""What the engagement door offers about mini-games: look at them, play them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.gateway.engagement.common import FIRST, PREFIX, READ, REPEATED, WRITE, Plays, ReadsEngines
from services.gateway.engagement.mini_game.wire import MiniGame, MiniGames, Played
from services.gateway.engagement.prizes import ForPlayer, PlayBody, PrizeTableRow, defined, every, promised
from services.gateway.here import Answer
from services.gateway.route import ErrorBody, refusals
from shared.ids import MiniGameId
from shared.messages.mini_game import CommitMiniGameSeed, MiniGameAnswer, MiniGameSpec, PlayMiniGame

MiniGamePath = Annotated[MiniGameId, Path(alias="id", min_length=1, max_length=128)]

router = APIRouter(prefix=f"{PREFIX}/mini-games", tags=["engagement"])


@router.get("", response_model=MiniGames, responses=refusals(ErrorBody, *READ))
async def list_mini_games(here: ReadsEngines) -> MiniGames:
    """Every mini-game of the tenant."""
    return MiniGames(mini_games=every(here, MiniGameSpec))


@router.get("/{id}", response_model=MiniGame | PrizeTableRow, responses=refusals(ErrorBody, *READ, 404, 409, 504))
async def show_mini_game(here: ReadsEngines, id_: MiniGamePath, query: Annotated[ForPlayer, Query()]) -> PrizeTableRow:
    """One mini-game; with `user_id` also the hash that this player's next play is bound to."""
    row = defined(here, MiniGameSpec, id_)
    if query.user_id is None:
        return row
    player = await here.existing_player(query.user_id)
    wish = CommitMiniGameSeed(player=player, mini_game=id_)
    return MiniGame(**dict(row), next_server_seed_hash=await promised(here, player, "mini_game", id_, wish))


@router.post(
    "/{id}/play",
    status_code=FIRST,
    response_model=Played,
    responses={REPEATED: {"model": Played}, **refusals(ErrorBody, *WRITE, 404)},
)
async def play_mini_game(here: Plays, id_: MiniGamePath, body: PlayBody) -> Answer[Played]:
    """Play a mini-game for a player: one draw, paid into the wallet before this answers."""
    player = await here.existing_player(body.user_id)
    wish = PlayMiniGame(player=player, mini_game=id_)
    told = await here.say("engines", wish, MiniGameAnswer, key=player, idempotency_key=body.idempotency_key)
    return Answer(Played.of(told.answer.play, deduped=told.repeated), REPEATED if told.repeated else FIRST)
