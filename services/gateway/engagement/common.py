"""What every route of the engagement door shares: who may ask, what a path and a body may name, what can go wrong."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path, Security
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from services.gateway.here import Here
from services.gateway.strict import check_id
from shared.messages.envelope import LONGEST_KEY
from shared.money import MICRO_SCALE, parse, render

PREFIX: Final = "/v1"
FIRST: Final = 201
REPEATED: Final = 200

bearer = HTTPBearer(scheme_name="api_key", description="`wsk_live_…` or `wsk_test_…`")

Known = Annotated[Here, Security(bearer)]
ReadsEngines = Annotated[Here, Security(bearer, scopes=["engagement:read"])]
Plays = Annotated[Here, Security(bearer, scopes=["engagement:write"])]
WritesEvents = Annotated[Here, Security(bearer, scopes=["events:write"])]
ReadsPlayers = Annotated[Here, Security(bearer, scopes=["players:read"])]
WritesPlayers = Annotated[Here, Security(bearer, scopes=["players:write"])]

READ: Final = (400, 401, 403, 429, 500, 503)
WRITE: Final = (400, 401, 403, 409, 413, 429, 500, 503, 504)

Id = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(check_id)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
DecimalText = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")]

PlayerKey = Annotated[Id, Field(description="The player's username or uuid.")]
PlayerPath = Annotated[str, Path(alias="key", min_length=1, max_length=128, description="Username or uuid.")]
IdempotencyKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_KEY,
        description="One uuid per logical operation; the same key again repeats the first answer and does nothing.",
    ),
]


def read_micros(sent: Any) -> int:
    """A JSON number or decimal text as millionths of a whole. Raises BadAmount; of an `Exact` body it is exact."""
    return parse(sent, MICRO_SCALE)


def show_micros(micros: int, decimals: int) -> str:
    """Millionths as decimal text with so many decimals, and with more only if there is more: `100.50`, `100.503`."""
    whole, _, rest = render(micros, MICRO_SCALE).partition(".")
    rest = rest.rstrip("0").ljust(min(decimals, MICRO_SCALE), "0")
    return f"{whole}.{rest}" if rest else whole


Micros = Annotated[
    int,
    BeforeValidator(read_micros),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]{1,16}(\.[0-9]{1,6})?$"}],
            "description": "A number or decimal text with at most 6 decimals, taken exactly as it is written.",
        }
    ),
]
"""An amount of a whole unit in millionths; a field of an `Exact` body."""
