"""What each player may still spin for nothing at each wheel."""

from __future__ import annotations

from shared.messages.wheel import AllowanceChanged, BonusSpinsGranted, WheelSpun
from shared.shapes import Place, Put, View


def rows(event: AllowanceChanged, place: Place) -> tuple[Put, ...]:
    return (Put(key=(event.player, event.wheel), values=(event.day, event.free_used, event.bonus_left)),)


view = View(
    table="wheel_allowances",
    mode="put",
    key={"player": "text", "wheel": "text"},
    columns={"day": "text", "free_used": "integer", "bonus_left": "bigint"},
    events=(WheelSpun, BonusSpinsGranted),
    rows=rows,
)
