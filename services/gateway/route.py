"""One route of a door, taken apart once at the start so that a request costs little."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar, get_type_hints

from fastapi import APIRouter, params
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

Endpoint = Callable[..., Awaitable[Any]]
Asked = TypeVar("Asked", bound=type[BaseModel])

FIRST: Final = "here"
"""The name of every endpoint's first parameter: the request it serves."""


class Strict(BaseModel):
    """What callers send: every field known, no value bent into another type."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Exact(Strict):
    """What callers send where decimal numbers matter: they come as they were written, never through a float.

    Its fields are of types that JSON itself has.
    """


class Shown(BaseModel):
    """What callers are shown."""

    model_config = ConfigDict(frozen=True)


class NoQuery(Strict):
    """A route without query parameters."""


class NoBody(Strict):
    """What is posted where the path says it all: nothing, or an empty object."""


class Asking(NamedTuple):
    """What a route expects of a request, read from its endpoint's parameters."""

    scopes: tuple[str, ...]
    paths: Mapping[str, str]
    """The path's own names, and the endpoint's names for them."""
    body: tuple[str, type[BaseModel]] | None
    query: tuple[str | None, type[BaseModel]]


class Lean(NamedTuple):
    """A route as it is served. FastAPI reads the same declaration for the document, and nothing else of it."""

    method: str
    template: str
    status: int
    endpoint: Endpoint
    asking: Asking


def lean(router: APIRouter) -> Iterator[Lean]:
    """Every route of a router.

    Raises:
        TypeError: an endpoint has a parameter that is not understood here.
    """
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise TypeError(f"{route} is no route of a door")
        for method in sorted(route.methods or ()):
            yield Lean(method, route.path, route.status_code or 200, route.endpoint, asking(route.endpoint))


def asking(endpoint: Endpoint) -> Asking:
    """Read an endpoint's parameters. Raises TypeError."""
    hints = get_type_hints(endpoint, include_extras=True)
    scopes: tuple[str, ...] = ()
    paths: dict[str, str] = {}
    body: tuple[str, type[BaseModel]] | None = None
    query: tuple[str | None, type[BaseModel]] = (None, NoQuery)
    for name in inspect.signature(endpoint).parameters:
        match _role(hints[name]), hints[name]:
            case params.Security() as security, _:
                scopes = tuple(security.scopes or ())
            case params.Path() as path, _:
                paths[path.alias or name] = name
            case params.Query(), annotated:
                query = (name, annotated.__origin__)
            case None, type() as model if issubclass(model, BaseModel):
                body = (name, model)
            case _:
                raise TypeError(f"{endpoint.__name__}: parameter {name!r} is neither path, query, body nor caller")
    return Asking(scopes, paths, body, query)


def _role(hint: Any) -> object:
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, params.Security | params.Param):
            return extra
    return None


class ErrorBody(Shown):
    """What every door of this shape answers where a request is not granted."""

    error: str = Field(description="For people.")
    code: str = Field(description="For programs.")


def refusals(model: type[BaseModel], *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The statuses beside the good ones that a route documents, with the door's error body."""
    return {status: {"model": model} for status in statuses}
