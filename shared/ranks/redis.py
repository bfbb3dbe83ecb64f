"""Boards kept in Redis: one sorted set each, in the order of its members, and a hash that finds a participant's."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from shared.ranks.port import (
    FILL_LEASE_S,
    KEPT_S,
    Asked,
    Kept,
    KeptRanks,
    Place,
    Ranked,
    RanksAway,
    Write,
    entry_of,
    member_of,
)

PREFIX: Final = "fairground:ranks:"
TIMEOUT_S: Final = 0.25
"""A worker waits no longer than this after a commit; what is not written then counts as lost."""
MOST_CONNECTIONS: Final = 16
_FOLDER: Final = Path(__file__).parent
_A_SECOND_MS: Final = 1_000
_POS: Final = "{:020d}"


class RedisRanks:
    """Each call is one script on the server, so that nobody sees half of it. Nothing is retried by itself."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S, prefix: str = PREFIX) -> None:
        self._prefix = prefix
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis.from_pool(pool)
        self._write, self._read, self._ranks, self._begin, self._fill = (
            self._redis.register_script(_script(name)) for name in ("write", "read", "ranks", "begin_fill", "fill")
        )

    async def write(self, writes: Sequence[Write]) -> None:
        """See Ranks."""
        arguments: list[Any] = [len(writes)]
        for part, turn, changes in writes:
            arguments += (self._partition(part), *turn, len(changes))
            for change in changes:
                arguments += (self._board(Place(part, change.tenant, change.board)), _POS.format(change.pos))
                arguments += (len(change.entries), *_flat(change.entries))
        await self._call(self._write, [], arguments)

    async def read(self, place: Place, most: int, participant: str | None = None) -> Kept | None:
        """See Ranks."""
        found = await self._call(self._read, self._keys(place), [most, participant or ""])
        if not found:
            return None
        pos, size, own, rank, top = found
        own_entry = (rank + 1, entry_of(own.decode())) if own else None
        return Kept(int(pos), size, [entry_of(member.decode()) for member in top], own_entry)

    async def ranks(self, asked: Sequence[Asked]) -> list[KeptRanks | None]:
        """See Ranks."""
        arguments: list[Any] = [len(asked)]
        for place, participants in asked:
            arguments += (*self._keys(place), len(participants), *participants)
        told = await self._call(self._ranks, [], arguments)
        return [_ranks(one.participants, *found) if found else None for one, found in zip(asked, told, strict=True)]

    async def begin_fill(self, place: Place) -> str | None:
        """See Ranks."""
        filling = uuid.uuid4().hex
        arguments = [filling, FILL_LEASE_S * _A_SECOND_MS, KEPT_S * _A_SECOND_MS]
        return filling if await self._call(self._begin, self._keys(place), arguments) else None

    async def fill(self, place: Place, filling: str, entries: Sequence[Ranked]) -> bool:
        """See Ranks."""
        arguments = [filling, FILL_LEASE_S * _A_SECOND_MS, "", len(entries), *_flat(entries)]
        return bool(await self._call(self._fill, self._keys(place), arguments))

    async def end_fill(self, place: Place, filling: str, pos: int) -> bool:
        """See Ranks."""
        return bool(await self._call(self._fill, self._keys(place), [filling, 0, _POS.format(pos), 0]))

    async def close(self) -> None:
        """See Ranks."""
        await self._redis.aclose()

    async def _call(self, script: Any, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        try:
            return await script(keys=keys, args=arguments)
        except (RedisError, OSError) as error:
            raise RanksAway(f"Redis does not answer for boards: {error}") from error

    def _partition(self, part: int) -> str:
        return f"{self._prefix}{part}"

    def _board(self, place: Place) -> str:
        return f"{self._prefix}{place.part}:{place.tenant}/{place.board}"

    def _keys(self, place: Place) -> list[str]:
        return [self._partition(place.part), self._board(place)]


def _ranks(participants: Sequence[str], pos: bytes, *ranks: int) -> KeptRanks:
    stands = zip(participants, ranks, strict=True)
    return KeptRanks(int(pos), {participant: rank + 1 for participant, rank in stands if rank >= 0})


def _script(name: str) -> str:
    return "\n".join((_FOLDER / f"{one}.lua").read_text(encoding="utf-8") for one in ("apply", name))


def _flat(entries: Sequence[Ranked]) -> chain[str]:
    return chain.from_iterable((one.participant, _POS.format(one.pos), member_of(one)) for one in entries)
