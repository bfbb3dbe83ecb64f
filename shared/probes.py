"""Whether a process lives, is ready, and what its figures are, for those who watch it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.running import Parts, Runnable
from shared.settings import WrongSettings

READY: Final = 200
NOT_READY: Final = 503


def troubles(parts: Parts, runnables: Mapping[str, Runnable]) -> dict[str, str]:
    """Why this process is not ready, by what is in trouble; empty if it is."""
    found = {name: trouble for name, runnable in runnables.items() if (trouble := runnable.trouble) is not None}
    for name, worker in parts.workers.items():
        waiting = max(worker.lags().values(), default=0)
        if waiting > parts.settings.most_lag:
            found[f"{name} lag"] = f"{waiting} messages wait in a partition; at most {parts.settings.most_lag}"
    return found


def readiness(parts: Parts, found: Mapping[str, str]) -> tuple[int, dict[str, object]]:
    """What `/readyz` answers to these troubles: the status and the body."""
    owned = {name: sorted(worker.owned) for name, worker in parts.workers.items()}
    body: dict[str, object] = {
        "status": "not ready" if found else "ready",
        "troubles": dict(found),
        "partitions": owned,
    }
    return NOT_READY if found else READY, body


def probe_routes(parts: Parts, troubles_now: Callable[[], Mapping[str, str]]) -> list[Route]:
    """`/livez`, `/readyz` and `/metrics`."""

    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        status, body = readiness(parts, troubles_now())
        return JSONResponse(body, status)

    async def metrics(_: Request) -> Response:
        body, content_type = parts.metrics.render()
        return Response(body, media_type=content_type)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]


class Probes:
    """A small server for the probes of a service without doors."""

    def __init__(self, parts: Parts, runnables: Mapping[str, Runnable], port: int) -> None:
        app = Starlette(routes=probe_routes(parts, lambda: troubles(parts, runnables)))
        config = uvicorn.Config(
            app, host=parts.settings.probe_host, port=port, log_config=None, access_log=False, lifespan="off"
        )
        self._server = uvicorn.Server(config)

    @property
    def trouble(self) -> str | None:
        """Never any: a probe that does not answer says enough."""
        return None

    async def run(self) -> None:
        """Answer until stopped. Raises WrongSettings if the port is busy."""
        try:
            await self._server._serve()
        except SystemExit:
            where = f"{self._server.config.host}:{self._server.config.port}"
            raise WrongSettings(f"cannot listen on {where}; set FAIRGROUND_PROBE_PORT to a free port") from None

    def stop(self) -> None:
        """End soon."""
        self._server.should_exit = True
