"""Who comes in at the activities door: a session names its engagement's tenant and a participant, and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from services.gateway.activities.guard import counter_of
from services.gateway.counting import a_minute
from services.gateway.here import Here
from services.gateway.keys import Caller
from services.gateway.problem import Problem
from services.gateway.sessions import Host
from shared.ids import EngagementId, PlayerId, TenantId
from shared.messages.access import TenantSpec, hash_of
from shared.messages.activity_session import USUAL_S, OpenSession, Session, SessionAnswer
from shared.messages.engagement import EngagementSpec
from shared.messages.player import CreatePlayer, PlayerAnswer
from shared.shapes import Definition

ACTOR_DIGITS: Final = 16
"""Of a session's hash, in the log."""
ANONYMOUS_DIGITS: Final = 24
"""Of a session's hash, in the name of whoever came without being introduced."""

LOST_RACES: Final = ("session_taken", "no_engagement")
"""Somebody was introduced by this very id at this moment, or the engagement was taken out of use."""


class Visitor(NamedTuple):
    """Somebody with a session, and the request on their behalf."""

    here: Here
    engagement: Definition[EngagementSpec]
    participant: PlayerId
    since: datetime

    @property
    def tenant(self) -> TenantId:
        """Whose engagement it is."""
        return self.here.caller.tenant


async def enter(here: Here, session_id: str, engagement_id: str) -> Visitor:
    """Whose session it is in this engagement; an unknown one opens a public engagement for somebody without a name.

    Raises:
        Problem: `session_invalid`, `session_expired`, `tenant_suspended`, `rate_limited`.
    """
    hosts = await here.town.hosts.of(engagement_id)
    await _count(here, engagement_id, hosts)
    session_hash = hash_of(session_id)
    refused: Problem | None = None
    for host in hosts:
        try:
            found = await _known(here, host, session_hash)
        except Problem as problem:  # another tenant's session may have the same id
            refused = problem
            continue
        if found is not None:
            return found
    if refused is not None:
        raise refused
    return await _unknown(here, hosts, session_hash)


async def _unknown(here: Here, hosts: list[Host], session_hash: str) -> Visitor:
    """Nobody has heard of this id: a public engagement is open all the same."""
    public = [host for host in hosts if host.engagement.spec.public]
    if not public:
        raise Problem("session_invalid")
    return await _anonymous(here, min(public, key=lambda host: _rank(here, host)), session_hash)


async def introduce(here: Here, participant: PlayerId) -> None:
    """Make a participant known to the ledger, unless it is."""
    if not await here.town.acquaintances.has(here.caller.tenant, participant):
        await here.say("ledger", CreatePlayer(player=participant), PlayerAnswer, key=participant)


async def open_session(here: Here, wish: OpenSession, idempotency_key: str | None = None) -> Session:
    """Let a participant in. Raises Problem, such as `session_taken`."""
    key = wish.session_hash
    told = await here.say("engines", wish, SessionAnswer, key=key, idempotency_key=idempotency_key)
    return told.answer.session


async def _count(here: Here, engagement_id: str, hosts: list[Host]) -> None:
    """Before anything is looked up. What names no engagement is counted with its answer, under the address alone."""
    if hosts:
        most = max(host.engagement.spec.per_minute for host in hosts)
        counter = counter_of(here.town.limiter, here.town.clock)
        bucket = f"activities/{engagement_id}/{here.knock.address}"
        await counter.count(here.knock, bucket, a_minute(most))


async def _known(here: Here, host: Host, session_hash: str) -> Visitor | None:
    """Whoever the session was opened for, or None if this tenant has not heard of it."""
    town, now = here.town, here.town.clock.now()
    if town.parts.settings.lets_published_in:
        participant = host.engagement.spec.published.get(session_hash)
        if participant is not None:
            return _visitor(here, host, session_hash, participant, now)
    session = await town.sessions.find(host.tenant, session_hash, now)
    if session is None:
        return None
    if session.engagement != host.engagement.key:
        raise Problem("session_invalid")
    if now >= session.expires_at:
        raise Problem("session_expired")
    return _visitor(here, host, session_hash, session.participant, session.opened_at)


async def _anonymous(here: Here, host: Host, session_hash: str) -> Visitor:
    participant = PlayerId(f"anon-{session_hash[:ANONYMOUS_DIGITS]}")
    visitor = _visitor(here, host, session_hash, participant, here.town.clock.now())
    await introduce(visitor.here, participant)
    wish = OpenSession(
        session_hash=session_hash,
        engagement=EngagementId(host.engagement.key),
        participant=participant,
        ttl_seconds=USUAL_S,
    )
    try:
        session = await open_session(visitor.here, wish)
    except Problem as problem:
        if problem.code in LOST_RACES:
            raise Problem("session_invalid") from None
        raise
    return visitor._replace(since=session.opened_at)


def _visitor(here: Here, host: Host, session_hash: str, participant: PlayerId, since: datetime) -> Visitor:
    tenant = here.town.definitions.current(host.tenant, TenantSpec, host.tenant)
    if tenant is None or tenant.spec.status == "suspended":
        raise Problem("tenant_suspended")
    caller = Caller(tenant=host.tenant, actor=f"session:{session_hash[:ACTOR_DIGITS]}")
    return Visitor(here.on_behalf_of(caller), host.engagement, participant, since)


def _rank(here: Here, host: Host) -> tuple[bool, str]:
    """Of tenants that share a public engagement, a live one is meant before a test one."""
    tenant = here.town.definitions.current(host.tenant, TenantSpec, host.tenant)
    return tenant is None or tenant.spec.environment != "live", host.tenant
