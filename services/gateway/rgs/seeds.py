"""The seeds of a table: looked at, rotated, and revealed once they are used no more."""

from __future__ import annotations

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.rgs.common import player_of, wish_key
from services.gateway.rgs.wire import ActiveSeed, CurrentSeed, Revealed, Rotated, UpcomingSeed
from shared.messages.seed_pair import RotatedAnswer, RotateSeeds, SeedsAnswer, ShowSeeds


async def current(here: Here) -> CurrentSeed:
    """The pair in use, and the hash of the next; a table without seeds is given some. Raises Problem."""
    seeds = await _shown(here)
    return CurrentSeed(id=seeds.active.pair_id, **dict(_active(seeds)), upcoming_server_hash=seeds.upcoming.server_hash)


async def upcoming(here: Here) -> UpcomingSeed:
    """The hash of the next pair. Raises Problem."""
    return UpcomingSeed(server_hash=(await _shown(here)).upcoming.server_hash)


async def rotate(here: Here, client_seed: str | None) -> Rotated:
    """Retire the pair in use and go on with the next. Raises Problem."""
    player, key = player_of(here), wish_key(here, "rotate")
    wish = RotateSeeds(table=player.seat.table, client_seed=client_seed)
    told = (await here.say("rgs", wish, RotatedAnswer, key=player.seat.player, idempotency_key=key)).answer
    return Rotated(
        previous_id=told.retired.pair_id,
        previous_server_seed=told.server_seed,
        active=_active(told),
        upcoming_server_hash=told.upcoming.server_hash,
    )


async def reveal(here: Here, pair_id: str) -> Revealed:
    """A pair that is used no more, with its server seed. Raises Problem."""
    player = player_of(here)
    pair = await here.town.floor.rounds.pair_of_id(player.tenant, player.seat.table, pair_id)
    if pair is None:
        raise Problem("pair_not_found")
    if pair.server_seed is None:
        raise Problem("pair_not_retired")
    return Revealed(
        id=pair.pair_id,
        server_seed=pair.server_seed,
        server_hash=pair.server_hash,
        client_seed=pair.client_seed or "",
        nonce=pair.nonces or 0,
    )


async def _shown(here: Here) -> SeedsAnswer:
    player = player_of(here)
    wish = ShowSeeds(table=player.seat.table)
    return (await here.say("rgs", wish, SeedsAnswer, key=player.seat.player)).answer


def _active(seeds: SeedsAnswer | RotatedAnswer) -> ActiveSeed:
    pair = seeds.active
    return ActiveSeed(server_hash=pair.server_hash, client_seed=pair.client_seed or "", nonce=seeds.nonce)
