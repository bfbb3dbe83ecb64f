"""Calls an operator's wallet: every call signed, with a request id of its own, and over within three seconds."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from shared.clock import Clock
from shared.messages.call import Call, CallCredit, CallDebit, CallRollback
from shared.money import render
from shared.operator_wallet.port import ANSWER_WITHIN_S, Body, Callee, Guest, NoAnswer, NotConnected, Said, Transport
from shared.operator_wallet.reading import read
from shared.operator_wallet.signature import OPERATOR_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, signature_of

PATHS: Final[dict[type[Call], str]] = {CallDebit: "/debit", CallCredit: "/credit", CallRollback: "/rollback"}


class OperatorWallet:
    """An operator's side of the money, as it says it is; nothing is ever called twice by this."""

    def __init__(self, transport: Transport, clock: Clock, within_s: float = ANSWER_WITHIN_S) -> None:
        """Take the transport over; `close` hangs it up."""
        self._transport, self._clock, self._within_s = transport, clock, within_s

    async def authenticate(self, callee: Callee, guest: Guest) -> Said:
        """Whether the player may come in; the balance, and what the account is in if that was said."""
        return await self._ask(callee, "/authenticate", _about(guest), guest.scale)

    async def balance(self, callee: Callee, guest: Guest) -> Said:
        """What the player holds."""
        return await self._ask(callee, "/balance", _about(guest), guest.scale)

    async def move(self, callee: Callee, call: Call) -> Said:
        """Take a stake, pay, or take a stake back."""
        body: dict[str, Any] = {
            "playerId": call.seat.player,
            "transactionId": call.transaction_id,
            "roundId": call.round_id,
            "gameCode": call.seat.game,
            "amount": render(call.amount, call.scale),
            "metadata": orjson.dumps({"currency": call.seat.currency}).decode(),
        }
        if isinstance(call, CallCredit):
            body["roundClosed"] = call.round_closed
        path, rollback = PATHS[type(call)], isinstance(call, CallRollback)
        return await self._ask(callee, path, body, call.scale, rollback=rollback)

    async def close(self) -> None:
        """Hang up."""
        await self._transport.close()

    async def _ask(self, callee: Callee, path: str, about: Body, scale: int, *, rollback: bool = False) -> Said:
        request_id, url = self._clock.new_id(), callee.base.rstrip("/") + path
        body = orjson.dumps({"requestId": request_id, **about})
        try:
            async with asyncio.timeout(self._within_s):
                answer = await self._transport.post(url, self._headers(callee, url, body), body)
        except NotConnected as error:
            return Said("not_sent", str(error))
        except (NoAnswer, TimeoutError) as error:
            return Said("unknown", str(error) or f"no answer within {self._within_s} s")
        return read(answer, request_id, scale, rollback=rollback)

    def _headers(self, callee: Callee, url: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        return {
            "Content-Type": "application/json",
            OPERATOR_HEADER: callee.operator,
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: signature_of(callee.secret, timestamp, urlsplit(url).path, body),
        }


def _about(guest: Guest) -> Body:
    return {"playerId": guest.player, "currency": guest.currency, "gameCode": guest.game}
