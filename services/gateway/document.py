"""The doors' own description for programs: every path, field and status, read from the routes themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi

_DISTRIBUTION: Final = "fairground"
_FRAMEWORKS_OWN: Final = "422"
"""What the framework would answer to invalid input; the doors answer 400. A door may have a 422 of its own."""
_JSON: Final = "application/json"
_EVENT_STREAM: Final = "text/event-stream"
_FRAMEWORKS_MODELS: Final = ("HTTPValidationError", "ValidationError")


def document(title: str, routers: Iterable[APIRouter]) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    routes = [route for router in routers for route in router.routes]
    found = get_openapi(title=title, version=_version(), routes=routes)
    for operations in found["paths"].values():
        for operation in operations.values():
            if schemes := operation.get("security"):  # the framework lists them as alternatives; here all are needed
                operation["security"] = [{name: scopes for scheme in schemes for name, scopes in scheme.items()}]
            _say_if_needed(operation.get("requestBody"), found["components"]["schemas"])
            _name_streamed(operation["responses"])
            if _FRAMEWORKS_MODELS[0] in repr(operation["responses"].get(_FRAMEWORKS_OWN)):
                del operation["responses"][_FRAMEWORKS_OWN]
    for model in _FRAMEWORKS_MODELS:
        found.get("components", {}).get("schemas", {}).pop(model, None)
    return found


def _say_if_needed(body: dict[str, Any] | None, schemas: Mapping[str, Any]) -> None:
    """A body whose fields may all be left out may itself be left out; the framework wants every body."""
    for told in body["content"].values() if body else ():
        name = told["schema"].get("$ref", "").rpartition("/")[2]
        if body and name in schemas and not schemas[name].get("required"):
            body.pop("required", None)


def _name_streamed(responses: Mapping[str, Any]) -> None:
    """The framework takes every model for JSON, also one that says what is told in a stream."""
    for answer in responses.values():
        told = answer.get("content", {})
        if _EVENT_STREAM in told:
            told[_EVENT_STREAM] = told.pop(_JSON)


def _version() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:  # run from a source tree that was not installed
        return "0"
