"""What every route of the engagement door shares: who may ask, what a path and a body may name, what can go wrong."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Security
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, Field

from services.gateway.here import Here
from services.gateway.strict import check_id
from shared.messages.envelope import LONGEST_KEY

PREFIX: Final = "/v1"
FIRST: Final = 201
REPEATED: Final = 200

bearer = HTTPBearer(scheme_name="api_key", description="`wsk_live_…` or `wsk_test_…`")

Known = Annotated[Here, Security(bearer)]
ReadsEngines = Annotated[Here, Security(bearer, scopes=["engagement:read"])]
Plays = Annotated[Here, Security(bearer, scopes=["engagement:write"])]
ReadsPlayers = Annotated[Here, Security(bearer, scopes=["players:read"])]
WritesPlayers = Annotated[Here, Security(bearer, scopes=["players:write"])]

READ: Final = (400, 401, 403, 429, 500, 503)
WRITE: Final = (400, 401, 403, 409, 413, 429, 500, 503, 504)

Id = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(check_id)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

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
