"""What the games' door offers: operators let players in, and players' clients play, look, and keep their session."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.gateway.here import Here
from services.gateway.rgs import balances, launch, play, rounds, seeds
from services.gateway.rgs.common import (
    PLAY,
    READ,
    REPEATABLE,
    WRITE,
    Asks,
    Launches,
    Plays,
    RoundPath,
    Sits,
    money_of,
    operator_of,
    player_of,
)
from services.gateway.rgs.wire import (
    Currencies,
    Current,
    CurrentSeed,
    GameRow,
    Games,
    History,
    HistoryQuery,
    LaunchBody,
    Launched,
    PlayerBalance,
    Refreshed,
    RevealBody,
    Revealed,
    RgsErrorBody,
    RotateBody,
    Rotated,
    RoundBody,
    RoundPlayed,
    RoundShown,
    UpcomingSeed,
    Verified,
    VerifyBody,
)
from services.gateway.route import refusals
from shared.messages.access import hash_of
from shared.messages.session import RefreshSession, SeatAnswer

FOUND = {**READ, **refusals(RgsErrorBody, 404)}
REVEAL = {**WRITE, **refusals(RgsErrorBody, 404)}

operator = APIRouter(prefix="/operator", tags=["operator"])
game = APIRouter(prefix="/game", tags=["game"])
seed = APIRouter(prefix="/seed", tags=["seed"])
session = APIRouter(prefix="/session", tags=["session"])


def _told(answer: BaseModel) -> bytes:
    """As JSON, without the fields that have nothing to say."""
    return answer.model_dump_json(by_alias=True, exclude_none=True).encode()


@operator.post("/launch", response_model=Launched, responses=WRITE)
async def launch_session(here: Launches, body: LaunchBody) -> bytes:
    """Let a player into a game; one who is in already goes on in the same session."""
    return _told(Launched(launch_url=await launch.launch(here, body)))


@operator.get("/games", response_model=Games, responses=READ)
async def list_games(here: Asks) -> bytes:
    """Every game code that this operator may launch."""
    offered = launch.offers(here, operator_of(here))
    return _told(Games(games=[GameRow(game_code=c, slug=g.slug, title=g.title, rtp=g.rtp) for c, g in offered]))


@operator.get("/currencies", response_model=Currencies, responses=READ)
async def list_currencies(here: Asks) -> bytes:
    """Every currency that this operator may launch in."""
    return _told(Currencies(currencies=launch.currencies(here, operator_of(here))))


@game.post("/play", response_model=RoundPlayed, responses=PLAY, dependencies=[REPEATABLE])
async def play_round(here: Plays, body: RoundBody) -> bytes:
    """Place a bet, or go on with a round; the game is the session's."""
    return _told(await play.play(here, body.message))


@game.post("/current", response_model=Current, responses=WRITE)
async def show_current(here: Sits) -> bytes:
    """The balance, and the round that is open, if there is one: what a client asks when it loads."""
    return _told(await rounds.current(here))


@game.get("/round/{roundId}", response_model=RoundShown, responses=FOUND)
async def show_round(here: Sits, round_id: RoundPath) -> bytes:
    """One round in full."""
    return _told(await rounds.shown(here, round_id))


@game.get("/history", response_model=History, responses=READ)
async def list_rounds(here: Sits, query: Annotated[HistoryQuery, Query()]) -> bytes:
    """The player's rounds of this game that are over, the latest first."""
    return _told(await rounds.history(here, query.limit))


@game.get("/balance", response_model=PlayerBalance, responses={**READ, **refusals(RgsErrorBody, 409, 504)})
async def show_balance(here: Sits) -> bytes:
    """What the player holds now, wherever it is kept."""
    money = money_of(here, player_of(here).seat.currency)
    return _told(PlayerBalance(balance=money.text(await balances.balance_of(here))))


@game.post("/verify", response_model=Verified, responses=WRITE)
async def verify_seeds(here: Sits, body: VerifyBody) -> bytes:
    """What given seeds come to in this game."""
    return _told(await play.verify(here, body))


@seed.post("/current", response_model=CurrentSeed, responses=WRITE)
async def show_seed(here: Sits) -> bytes:
    """The pair of seeds in use, and the hash of the next."""
    return _told(await seeds.current(here))


@seed.post("/upcoming", response_model=UpcomingSeed, responses=WRITE)
async def show_upcoming_seed(here: Sits) -> bytes:
    """The hash of the next pair of seeds."""
    return _told(await seeds.upcoming(here))


@seed.post("/rotate", response_model=Rotated, responses=WRITE, dependencies=[REPEATABLE])
async def rotate_seeds(here: Sits, body: RotateBody) -> bytes:
    """Retire the pair in use, whose server seed is told, and go on with the next under this client seed."""
    return _told(await seeds.rotate(here, body.client_seed))


@seed.post("/reveal", response_model=Revealed, responses=REVEAL)
async def reveal_seed(here: Sits, body: RevealBody) -> bytes:
    """A pair of seeds that has retired."""
    return _told(await seeds.reveal(here, body.id))


@session.post("/refresh", response_model=Refreshed, responses=WRITE)
async def refresh_session(here: Plays) -> bytes:
    """Exchange the token, once; the old one is dead at once."""
    return _told(await _refreshed(here))


async def _refreshed(here: Here) -> Refreshed:
    player = player_of(here)
    token = launch.token_of(here, player.tenant, player.session_id, player.number + 1)
    wish = RefreshSession(
        seat=player.seat, session_id=player.session_id, number=player.number, token_hash=hash_of(token)
    )
    told = (await here.say("rgs", wish, SeatAnswer, key=player.seat.player)).answer
    return Refreshed(session_token=token, expires_at=told.session.expires_at)
