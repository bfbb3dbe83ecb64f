"""The whole gateway as one application: the doors, their documents, and the probes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple

import orjson
from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html

from services.gateway.activities import errors as activities_errors
from services.gateway.activities import routes as activities_routes
from services.gateway.activities import sessions as activities_sessions
from services.gateway.activities import siblings as activities_siblings
from services.gateway.activities.guard import PER_KEY, ActivitiesGuard, counter_of
from services.gateway.admin import access as admin_access
from services.gateway.admin import definitions as admin_definitions
from services.gateway.admin import errors as admin_errors
from services.gateway.admin import insights as admin_insights
from services.gateway.admin import routes as admin_routes
from services.gateway.admin.guard import AdminGuard
from services.gateway.counting import Counter, a_minute, within
from services.gateway.document import document
from services.gateway.door import LARGEST_ADMIN_BODY, Door, Receive, Scope, Send
from services.gateway.engagement import errors as engagement_errors
from services.gateway.engagement import routes as engagement_routes
from services.gateway.engagement.guard import EngagementGuard
from services.gateway.engagement.jackpot import routes as jackpot_routes
from services.gateway.engagement.journey import routes as journey_routes
from services.gateway.engagement.lootbox import routes as lootbox_routes
from services.gateway.engagement.mini_game import routes as mini_game_routes
from services.gateway.engagement.raffle import routes as raffle_routes
from services.gateway.engagement.timeline import routes as engagement_timeline
from services.gateway.engagement.tournament import routes as tournament_routes
from services.gateway.here import Town
from services.gateway.keys import KeyRing
from services.gateway.pages import pages
from services.gateway.problem import Problem
from services.gateway.projects import Projects
from services.gateway.reference import page
from services.gateway.rgs import errors as rgs_errors
from services.gateway.rgs import routes as rgs_routes
from services.gateway.rgs.guard import RgsGuard
from services.gateway.route import lean
from services.gateway.sdk import attempts as sdk_attempts
from services.gateway.sdk import basics as sdk_basics
from services.gateway.sdk import boards as sdk_boards
from services.gateway.sdk import errors as sdk_errors
from services.gateway.sdk import events as sdk_events
from services.gateway.sdk import grants as sdk_grants
from services.gateway.sdk import holdings as sdk_holdings
from services.gateway.sdk import players as sdk_players
from services.gateway.sdk import stream as sdk_stream
from services.gateway.sdk.guard import GameGuard, Kind
from services.gateway.server import basics as server_basics
from services.gateway.server import grants as server_grants
from services.gateway.server import lobbies as server_lobbies
from services.gateway.server import migrate as server_migrate
from services.gateway.server import money as server_money
from services.gateway.server import play as server_play
from services.gateway.server import records as server_records
from services.gateway.server import standing as server_standing
from services.gateway.wheels import errors as wheels_errors
from services.gateway.wheels import routes as wheels_routes
from services.gateway.wheels.guard import WheelsGuard
from shared import probes
from shared.database import DatabaseError
from shared.limits.port import Limiter

ENGAGEMENT: Final = (
    engagement_routes.router,
    raffle_routes.router,
    lootbox_routes.router,
    jackpot_routes.router,
    mini_game_routes.router,
    journey_routes.router,
    tournament_routes.router,
    engagement_timeline.router,
)
ADMIN: Final = (admin_definitions.router, admin_routes.router, admin_access.router, admin_insights.router)
WHEELS: Final = (wheels_routes.router, wheels_routes.client)
RGS: Final = (rgs_routes.operator, rgs_routes.game, rgs_routes.seed, rgs_routes.session)
SDK: Final = (
    sdk_basics.router,
    sdk_players.router,
    sdk_events.router,
    sdk_attempts.router,
    sdk_boards.router,
    sdk_stream.router,
    sdk_grants.router,
    sdk_holdings.router,
)
SERVER: Final = (
    server_basics.router,
    server_records.router,
    server_standing.router,
    server_grants.router,
    server_money.router,
    server_lobbies.router,
    server_play.router,
    server_migrate.router,
)
ACTIVITIES: Final = (activities_routes.router, activities_sessions.router, activities_siblings.router)

JSON: Final = b"application/json"
HTML: Final = b"text/html; charset=utf-8"


class Page(NamedTuple):
    """What a page without a door answers."""

    status: int
    content_type: bytes
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


Read = Callable[[], Awaitable[Page]]


class Gateway:
    """Sends each request to its door by the first step of its path. An ASGI application."""

    def __init__(self, town: Town, limiter: Limiter) -> None:
        self._town = town
        wheels = _wheels(town)
        self._doors: dict[str, Door] = {
            "v1": _engagement(town, limiter),
            "api": _activities(town, limiter),
            "sdk": _games(town, limiter, "sdk_client", SDK),
            "server": _games(town, limiter, "sdk_server", SERVER),
            "wheels": wheels,
            "client": wheels,
            "admin": _admin(town),
            **dict.fromkeys(("operator", "game", "seed", "session"), _rgs(town)),
        }
        self._pages: dict[str, Read] = {
            "/livez": self._livez,
            "/readyz": self._readyz,
            "/metrics": self._metrics,
            "/docs": _still(HTML, _docs()),
            "/openapi.json": _document("Fairground", (*ENGAGEMENT, *ACTIVITIES, *SDK, *SERVER, *WHEELS, *RGS, *ADMIN)),
            "/api/v1/openapi.json": _document("Fairground: activities", ACTIVITIES),
            "/sdk/v1/openapi.json": _document("Fairground: game clients", SDK),
            "/sdk/v1/reference": _reference("Fairground: game clients", SDK),
            "/server/v1/openapi.json": _document("Fairground: game servers", SERVER),
            "/server/v1/reference": _reference("Fairground: game servers", SERVER),
            "/wheels/openapi.json": _document("Fairground: wheels", WHEELS[:1]),
            "/client/openapi.json": _document("Fairground: wheels", WHEELS[1:]),
            "/operator/openapi.json": _document("Fairground: operators", RGS[:1]),
            "/game/openapi.json": _document("Fairground: games", RGS[1:]),
            "/v1/openapi.json": _document("Fairground: engagement", ENGAGEMENT),
            "/admin/v1/openapi.json": _document("Fairground: admin", ADMIN),
            **{path: _always(Page(one.status, HTML, one.body, one.headers)) for path, one in pages().items()},
        }
        for path in self._pages:
            if (door := self._door_of(path)) is not None:
                door.stands_beside(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await _other(scope, receive, send)
            return
        path: str = scope["path"]
        page, door = self._pages.get(path), self._door_of(path)
        reads = scope["method"] in ("GET", "HEAD")
        if door is not None and not (page and reads):
            await door(scope, receive, send)
        elif page is None:
            status, body = engagement_errors.DIALECT.answer(Problem("no_route"))
            await _send(send, Page(status, JSON, body))
        elif not reads:
            status, body = engagement_errors.DIALECT.answer(Problem("no_method"))
            await _send(send, Page(status, JSON, body), ((b"allow", b"GET, HEAD"),))
        else:
            await _send(send, await page())

    def _door_of(self, path: str) -> Door | None:
        return self._doors.get(path[1:].partition("/")[0])

    async def _livez(self) -> Page:
        return Page(200, JSON, orjson.dumps({"status": "alive"}))

    async def _readyz(self) -> Page:
        status, body = probes.readiness(self._town.parts, await troubles(self._town))
        return Page(status, JSON, orjson.dumps(body))

    async def _metrics(self) -> Page:
        body, content_type = self._town.parts.metrics.render()
        return Page(200, content_type.encode(), body)


async def troubles(town: Town) -> Mapping[str, str]:
    """Why this process is not ready, by what is in trouble; empty if it is."""
    found = probes.troubles(town.parts, town.parts.workers)
    if town.say.trouble is not None:
        found["bus"] = town.say.trouble
    if town.hub.trouble is not None:
        found["boards"] = town.hub.trouble
    try:
        await town.feed.refresh_if_stale()
    except DatabaseError as error:
        found["postgres"] = str(error)
    return found


def _engagement(town: Town, limiter: Limiter) -> Door:
    demo = town.parts.settings.lets_published_in
    guard = EngagementGuard(KeyRing("engagement", town.feed, demo=demo), limiter)
    routes = [route for router in ENGAGEMENT for route in lean(router)]
    return Door("engagement", routes, town=town, guard=guard, dialect=engagement_errors.DIALECT)


def _activities(town: Town, limiter: Limiter) -> Door:
    demo = town.parts.settings.lets_published_in
    counter = counter_of(limiter, town.clock, a_minute(town.parts.settings.most_per_address))
    guard = ActivitiesGuard(KeyRing("activities", town.feed, demo=demo, each=PER_KEY), counter)
    routes = [route for router in ACTIVITIES for route in lean(router)]
    return Door("activities", routes, town=town, guard=guard, dialect=activities_errors.DIALECT, meter=counter)


def _games(town: Town, limiter: Limiter, kind: Kind, routers: Sequence[APIRouter]) -> Door:
    """The door of games' clients, or of their servers."""
    settings, name = town.parts.settings, "sdk" if kind == "sdk_client" else "server"
    counter = Counter(name, limiter, town.clock, within, a_minute(settings.most_per_address))
    guard = GameGuard(kind, town.feed, counter, town.registered, demo=settings.lets_published_in)
    routes = [route for router in routers for route in lean(router)]
    larger = {route.template: LARGEST_ADMIN_BODY for route in routes if route.template.startswith(server_migrate.PATH)}
    return Door(name, routes, town=town, guard=guard, dialect=sdk_errors.DIALECT, larger=larger, meter=counter)


def _admin(town: Town) -> Door:
    settings = town.parts.settings
    guard = AdminGuard(settings.admin_secret, settings.admin_tenant)
    routes = [route for router in ADMIN for route in lean(router)]
    return Door("admin", routes, town=town, guard=guard, dialect=admin_errors.DIALECT, largest_body=LARGEST_ADMIN_BODY)


def _wheels(town: Town) -> Door:
    projects = Projects(town.feed, demo=town.parts.settings.lets_published_in)
    routes = [route for router in WHEELS for route in lean(router)]
    return Door("wheels", routes, town=town, guard=WheelsGuard(projects, town), dialect=wheels_errors.DIALECT)


def _rgs(town: Town) -> Door:
    routes = [route for router in RGS for route in lean(router)]
    return Door("rgs", routes, town=town, guard=RgsGuard(town), dialect=rgs_errors.DIALECT)


def _document(title: str, routers: Sequence[APIRouter]) -> Read:
    """A document, made when it is first asked for."""
    made: list[Page] = []

    async def read() -> Page:
        if not made:
            made.append(Page(200, JSON, orjson.dumps(document(title, routers))))
        return made[0]

    return read


def _reference(title: str, routers: Sequence[APIRouter]) -> Read:
    """The same for people."""
    made: list[Page] = []

    async def read() -> Page:
        if not made:
            made.append(Page(200, HTML, page(document(title, routers))))
        return made[0]

    return read


def _docs() -> bytes:
    return bytes(get_swagger_ui_html(openapi_url="/openapi.json", title="Fairground").body)


def _still(content_type: bytes, body: bytes) -> Read:
    return _always(Page(200, content_type, body))


def _always(page: Page) -> Read:
    async def read() -> Page:
        return page

    return read


async def _send(send: Send, page: Page, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    length = str(len(page.body)).encode()
    headers = [(b"content-type", page.content_type), (b"content-length", length), *page.headers, *more]
    await send({"type": "http.response.start", "status": page.status, "headers": headers})
    await send({"type": "http.response.body", "body": page.body})


async def _other(scope: Scope, receive: Receive, send: Send) -> None:
    """No websockets here; and whoever starts the application does its starting and stopping."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
