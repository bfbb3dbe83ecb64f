"""What is said and told in all games together, for the door's document."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Union, get_type_hints

from services.gateway.rgs.games.registry import MANNERS

_ALL: Final = tuple(MANNERS.values())


def _told(function: Callable[..., Any]) -> Any:
    return get_type_hints(function)["return"]


if TYPE_CHECKING:
    AnyQuery = Any
    AnyResult = Any
    AnyState = Any
    AnyData = Any
    AnyVerify = Any
    AnyVerified = Any
else:
    AnyQuery = Union[tuple(manner.query for manner in _ALL)]  # noqa: UP007 - of as many as there are games
    AnyResult = Union[tuple(manner.result for manner in _ALL)]  # noqa: UP007
    AnyState = Union[tuple(_told(manner.state) for manner in _ALL)]  # noqa: UP007
    AnyData = Union[tuple(_told(manner.data) for manner in _ALL)]  # noqa: UP007
    AnyVerify = Union[tuple(manner.verify for manner in _ALL)]  # noqa: UP007
    AnyVerified = Union[tuple(_told(manner.verified) for manner in _ALL)]  # noqa: UP007
