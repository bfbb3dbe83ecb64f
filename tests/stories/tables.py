"""What stories do at the tables: somebody is let in and plays, in wishes said beside the doors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from shared.ids import AssetId, GameCode, MessageId, OperatorId, PlayerId, RoundId
from shared.messages.base import Command
from shared.messages.envelope import ReplyMessage
from shared.messages.play import Move, Opening
from shared.messages.round import BeginRound, MoveRound, RoundAnswer
from shared.messages.seat import Seat
from shared.messages.seed_pair import RotateSeeds, SeedsAnswer, ShowSeeds
from shared.messages.session import LaunchSession, SeatAnswer, Session, WalletKind
from tests.stories.aside import told
from tests.stories.town import Town

OPERATOR: Final = OperatorId("11111111-2222-4333-8444-555555555555")
ABROAD: Final = OperatorId("66666666-7777-4888-8999-000000000000")
"""Whose wallet is called."""
USD: Final = AssetId("USD")
LIMITS: Final = {"min_bet": "0.01", "max_bet": "1000", "max_win": "100000"}
GAMES: Final = ("dice-alpha", "mines-alpha")


async def open_casino(town: Town) -> None:
    """Two operators and a few games, as far as the tables need to know them."""
    bare: dict[str, Any] = {"name": "Operator", "secret": "of-nobody", "currencies": ["USD", "WINZ"], "limits": LIMITS}
    for kind, key, spec in (
        ("operator", OPERATOR, bare),
        ("operator", ABROAD, {**bare, "wallet": "callback", "callback_url": "http://127.0.0.1:9/callback"}),
        *(("game", code, {"title": code, "slug": code.split("-")[0], "rtp": "0.99"}) for code in GAMES),
    ):
        answer = await town.put(kind, key, spec)
        assert answer.status_code == 200, answer.text


@dataclass(frozen=True)
class Sitting:
    """Somebody at a table."""

    town: Town
    session: Session

    @property
    def seat(self) -> Seat:
        return self.session.seat

    @property
    def wish(self) -> dict[str, Any]:
        """Who says something here."""
        return {"seat": self.seat, "session_id": self.session.session_id, "number": self.session.number}

    async def say(self, command: Command, key: str | None = None) -> ReplyMessage:
        return await told(self.town, "rgs", command, self.seat.player, key)

    async def bet(self, opening: Opening, key: str | None = None) -> RoundAnswer:
        return _round(await self.say(BeginRound(**self.wish, opening=opening), key))

    async def move(self, round_id: RoundId, move: Move, key: str | None = None) -> RoundAnswer:
        return _round(await self.say(MoveRound(**self.wish, round_id=round_id, move=move), key))

    async def seeds(self) -> SeedsAnswer:
        answer = await self.say(ShowSeeds(table=self.seat.table))
        return SeedsAnswer.model_validate(answer.body, strict=False)

    async def rotate(self, client_seed: str | None = None) -> ReplyMessage:
        return await self.say(RotateSeeds(table=self.seat.table, client_seed=client_seed))


def seat_at(game: str, player: str = "rocket", wallet: WalletKind = "internal", currency: AssetId = USD) -> Seat:
    operator = ABROAD if wallet == "callback" else OPERATOR
    return Seat(player=PlayerId(player), operator=operator, game=GameCode(game), currency=currency)


def launch_at(seat: Seat, wallet: WalletKind = "internal") -> LaunchSession:
    """A seat's first session."""
    return LaunchSession(
        seat=seat,
        wallet=wallet,
        country="US",
        token_hash=hashlib.sha256(f"{seat.player}/{seat.game}".encode()).hexdigest(),
        session_id=MessageId(f"{seat.player}-{seat.game}"),
    )


async def sit(
    town: Town, game: str, player: str = "rocket", wallet: WalletKind = "internal", currency: AssetId = USD
) -> Sitting:
    """A session, opened or used further."""
    answer = await told(town, "rgs", launch_at(seat_at(game, player, wallet, currency), wallet), player)
    assert answer.outcome == "done", answer
    return Sitting(town, SeatAnswer.model_validate(answer.body, strict=False).session)


def _round(answer: ReplyMessage) -> RoundAnswer:
    assert answer.outcome == "done", answer
    return RoundAnswer.model_validate(answer.body, strict=False)
