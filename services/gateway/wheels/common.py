"""What every route of the wheels' door shares: who may ask, what a path may name, what can go wrong."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import WithJsonSchema

from services.gateway.here import Here
from services.gateway.route import refusals
from services.gateway.wheels.wire import WheelsErrorBody
from shared.messages.project import SPIN_WHEEL

LONGEST_KEY: Final = 128
"""Of an `Idempotency-Key`."""

client_id = APIKeyHeader(name="x-client-id", scheme_name="client_id", description="The project's client id.")
client_secret = APIKeyHeader(name="x-client-secret", scheme_name="client_secret", description="And its secret.")
bearer = HTTPBearer(scheme_name="access_token", description="The player's token, from a login or the platform.")

_Id = Annotated[str, Security(client_id)]
_Secret = Annotated[str, Security(client_secret)]


def client(client_id: _Id, client_secret: _Secret) -> None:
    """For the document alone: the guard reads these headers."""


def spinner(client_id: _Id, client_secret: _Secret, token: Annotated[Any, Security(bearer)]) -> None:
    """The same, with the player's token."""


def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=LONGEST_KEY,
            pattern=r"^[A-Za-z0-9_\-:.]+$",
            description="One per logical operation; the same key again repeats the first answer and does nothing.",
        ),
    ] = None,
) -> None:
    """For the document alone: `Here.idempotency_key` reads this header."""


Logs = Annotated[Here, Security(client)]
Spins = Annotated[Here, Security(spinner, scopes=[SPIN_WHEEL])]
REPEATABLE: Final = Depends(idempotency_key)

WheelNumber = Annotated[
    str,
    Path(description="The wheel's `id`: its place among all wheels that its project ever had."),
    WithJsonSchema({"type": "integer", "minimum": 1}),
]
WheelKey = Annotated[str, Path(min_length=1, max_length=128, description="The wheel's key, as it was configured.")]

LOGIN: Final = refusals(WheelsErrorBody, 400, 401, 403, 413, 429, 500, 503)
READ: Final = refusals(WheelsErrorBody, 400, 401, 403, 429, 500, 503)
STATE: Final = {**READ, **refusals(WheelsErrorBody, 404, 504)}
WRITE: Final = {**STATE, **refusals(WheelsErrorBody, 402, 409, 413)}
CLAIM: Final = {**STATE, **refusals(WheelsErrorBody, 409, 413)}
