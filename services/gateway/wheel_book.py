"""The wheels of each project, with the numbers that clients may call them by."""

from __future__ import annotations

from typing import Final, NamedTuple

from shared.definitions import DefinitionStore
from shared.ids import TenantId, WheelId
from shared.messages.wheel_spec import WheelSpec
from shared.shapes import Definition

WITHIN: Final = "project"
"""The field that wheels are numbered within."""


class Wheel(NamedTuple):
    """A wheel that can be spun."""

    number: int
    """Its place among the wheels that its project ever had, from 1."""
    definition: Definition[WheelSpec]

    @property
    def key(self) -> WheelId:
        return WheelId(self.definition.key)

    @property
    def spec(self) -> WheelSpec:
        return self.definition.spec


class Shelf(NamedTuple):
    """The wheels of one project."""

    active: dict[str, Wheel]
    """By key, in the order of their numbers."""
    keys: dict[int, WheelId]
    """Of every wheel that the project ever had, by number."""
    ever: frozenset[str]
    """The same keys."""


class WheelBook:
    """Cuts the shelves anew when anything is defined."""

    def __init__(self, store: DefinitionStore) -> None:
        self._store = store
        self._seq = -1
        self._shelves: dict[tuple[TenantId, str], Shelf] = {}

    def of(self, tenant: TenantId, project: str) -> Shelf:
        """The wheels of this project."""
        if self._seq != self._store.seq:
            self._shelves, self._seq = {}, self._store.seq
        shelf = self._shelves.get((tenant, project))
        if shelf is None:
            shelf = self._shelves[tenant, project] = self._cut(tenant, project)
        return shelf

    def _cut(self, tenant: TenantId, project: str) -> Shelf:
        numbers = self._store.numbers(tenant, WheelSpec, WITHIN, project)
        keys = {number: WheelId(key) for key, number in numbers.items()}
        found = ((number, self._store.current(tenant, WheelSpec, key)) for key, number in numbers.items())
        wheels = [Wheel(number, wheel) for number, wheel in found if wheel and wheel.spec.status == "active"]
        return Shelf({wheel.key: wheel for wheel in wheels}, keys, frozenset(numbers))
