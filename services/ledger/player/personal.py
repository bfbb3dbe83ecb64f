"""What says who a player is: rows beside the log, which can be erased without changing anything that happened."""

from __future__ import annotations

from typing import Final

from shared.ids import PlayerId
from shared.messages.registration import RegisterPlayer
from shared.shapes import Private, PrivateTable, Value

PASSWORD: Final = "password"  # noqa: S105 - the name of a field
"""What is kept of a password."""
DISPLAY_NAME: Final = "display_name"
AVATAR: Final = "avatar"
BAN_REASON: Final = "ban_reason"
FIELDS: Final = ("email", "date_of_birth", PASSWORD, DISPLAY_NAME, AVATAR, BAN_REASON)
"""All that is ever kept."""

personal = PrivateTable(table="personal", key={"player": "text", "field": "text"}, columns={"value": "text"})

registrations = PrivateTable(
    table="registrations",
    key={"player": "text"},
    columns={
        "secret_hash": "text",
        "secret_prefix": "text",
        "registered_at": "timestamptz",
        "rotated_at": "timestamptz",
    },
)


def written(player: PlayerId, field: str, value: str | None) -> Private:
    """This field of the player is kept so; None forgets it."""
    return Private(personal.table, (player, field), None if value is None else {"value": value})


def registered(command: RegisterPlayer, registered_at: Value, rotated_at: Value) -> Private:
    """What is kept of the player's secret."""
    values: dict[str, Value] = {"secret_hash": command.secret_hash, "secret_prefix": command.secret_prefix}
    return Private(
        registrations.table, (command.player,), {**values, "registered_at": registered_at, "rotated_at": rotated_at}
    )


def forgotten(player: PlayerId) -> tuple[Private, ...]:
    """Nothing is kept of the player any more."""
    return (*(written(player, field, None) for field in FIELDS), Private(registrations.table, (player,), None))
