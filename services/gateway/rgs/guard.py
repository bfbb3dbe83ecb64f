"""Who may come in at the games' door: an operator that signs its requests, or a player with a session token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.gateway.here import Here, Knock, Town
from services.gateway.keys import Caller
from services.gateway.operators import Operator, Signed
from services.gateway.problem import Problem
from shared.ids import MessageId, TenantId, is_id
from shared.limits.port import Limit
from shared.messages.access import TenantSpec, hash_of
from shared.messages.game import Slug
from shared.messages.seat import Seat
from shared.messages.session import IDLE_S, TOUCH_S, SeatAnswer, TouchSession, WalletKind
from shared.operator_wallet.signature import OPERATOR_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from shared.readmodels.rgs import TokenRow

OPERATOR: Final = "operator"
"""A scope: the request is signed by an operator, and no read."""
OPERATOR_READS: Final = "operator:read"
"""A scope: the same, where a request that is sent again does no harm."""
PLAYER: Final = "player"
"""A scope: whoever bears the last token of a session that is open."""
BEARER: Final = "bearer"
"""A scope: whoever bears any token of a session; whether it is the last one is decided with the wish."""

CLOCKS_APART_S: Final = 30
"""How far an operator's clock may be from ours."""
ONCE: Final = Limit(burst=1, count=1, period_ms=90_000)
"""Of one signature: longer than its timestamp can be good for."""
_TIMESTAMP: Final = re.compile(rb"[0-9]{1,12}")
_SIGNATURE: Final = re.compile(rb"[0-9a-f]{64}")
_BEARER: Final = re.compile(rb"bearer +([A-Za-z0-9_-]{43}) *", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorCaller(Caller):
    """An operator's program; who it is shows once the body is there, since that is signed as well."""

    signer: list[Operator]
    """One, once it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Player(Caller):
    """A player's client, in a session."""

    seat: Seat
    session_id: MessageId
    number: int
    """Of the token."""
    slug: Slug
    wallet: WalletKind


class RgsGuard:
    """Signatures for operators, session tokens for players, and each tenant's standing."""

    def __init__(self, town: Town) -> None:
        self._town = town

    async def admit(self, knock: Knock, scopes: tuple[str, ...]) -> Caller:
        """See Guard."""
        if OPERATOR in scopes or OPERATOR_READS in scopes:
            return self._signed(knock, once=OPERATOR in scopes)
        player = await self._bearer(knock)
        if PLAYER in scopes:
            await self._check_open(knock, player)
        return player

    def _signed(self, knock: Knock, *, once: bool) -> OperatorCaller:
        """Somebody who may be an operator: the signature is checked as soon as the body has been read."""
        sent = knock.sent
        operator = sent.get(OPERATOR_HEADER.lower().encode(), b"").decode("utf-8", "replace")
        timestamp = sent.get(TIMESTAMP_HEADER.lower().encode(), b"")
        signature = sent.get(SIGNATURE_HEADER.lower().encode(), b"")
        if not is_id(operator) or not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
            raise Problem("auth_required" if not (operator and timestamp and signature) else "auth_invalid")
        if abs(self._town.clock.now().timestamp() - int(timestamp)) > CLOCKS_APART_S:
            raise Problem("auth_invalid", f"the timestamp is more than {CLOCKS_APART_S} s away from our clock")
        signer: list[Operator] = []

        async def check(body: bytes) -> None:
            signed = Signed(timestamp.decode(), knock.path, body, signature.decode())
            signer.append(await self._signer(operator, signed, once=once))

        knock.checks.append(check)
        return OperatorCaller(tenant=TenantId(""), actor=f"operator:{operator}", signer=signer)

    async def _signer(self, operator: str, signed: Signed, *, once: bool) -> Operator:
        found = await self._town.floor.operators.find(operator, signed)
        if found is None:
            raise Problem("auth_invalid")
        if found.suspended:
            raise Problem("tenant_suspended")
        if once:
            bucket = f"sig/{found.tenant}/{found.id}/{signed.signature}"
            if not (await self._town.limiter.take(bucket, ONCE)).allowed:
                raise Problem("auth_invalid", "this signature was used before; sign the request again")
        return found

    async def _bearer(self, knock: Knock) -> Player:
        authorization = knock.sent.get(b"authorization")
        if authorization is None:
            raise Problem("token_required")
        found = _BEARER.fullmatch(authorization)
        row = await self._town.floor.seats.find(hash_of(found[1].decode("ascii"))) if found else None
        if row is None:
            raise Problem("session_expired")
        owner = self._town.definitions.current(row.tenant, TenantSpec, row.tenant)
        if owner is None or owner.spec.status == "suspended":
            raise Problem("tenant_suspended")
        return _player(row)

    async def _check_open(self, knock: Knock, player: Player) -> None:
        """The token is the session's last, and it is open; being asked for keeps it so."""
        expires_at = await check_last(self._town, player)
        if _unused_since(expires_at, self._town.clock.now()) >= TOUCH_S:
            await self._touch(Here(self._town, player, knock), player)

    async def _touch(self, here: Here, player: Player) -> None:
        wish = TouchSession(seat=player.seat, session_id=player.session_id)
        try:
            await here.say("rgs", wish, SeatAnswer, key=player.seat.player)
        except Problem as problem:
            if problem.code in ("session_expired", "no_session"):
                raise
            # nobody decides at the moment; what only reads is answered all the same


async def check_last(town: Town, player: Player) -> datetime:
    """The token is the last of a session that is open; until when it is. Raises Problem."""
    row = await town.floor.rounds.session(player.tenant, player.seat.player, player.session_id)
    if row is None or row.number != player.number or town.clock.now() >= row.expires_at:
        raise Problem("session_expired")
    return row.expires_at


def _player(row: TokenRow) -> Player:
    return Player(
        tenant=row.tenant,
        actor=f"player:{row.seat.player}",
        seat=row.seat,
        session_id=row.session_id,
        number=row.number,
        slug=row.slug,
        wallet=row.wallet,
    )


def _unused_since(expires_at: datetime, now: datetime) -> float:
    return (now - (expires_at - timedelta(seconds=IDLE_S))).total_seconds()
