"""What operators configure: read strictly, kept in every version, and looked up by kind and key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

import orjson
from pydantic import ValidationError

from shared.ids import TenantId
from shared.messages.base import SPECS, Spec
from shared.shapes import Definition

D = TypeVar("D", bound=Spec)
Seal = Callable[[str, str], str]
"""Of a field and the secret in it: what may be kept in its place. Raises ValueError if it cannot be a secret."""

MOST_VERSIONS: Final = 100_000
"""How many definition versions a process holds; more need a bigger machine and a bigger limit."""


class StoredDefinition(NamedTuple):
    """One row of the definitions' table, in the order it was decided."""

    seq: int
    tenant: str
    kind: str
    key: str
    version: int
    spec: str
    """JSON text."""
    removed: bool


class InvalidDefinition(Exception):
    """A definition makes no sense; `path` is the field, `problem` what is wrong with it."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


def parse_spec(kind: str, raw: Mapping[str, Any], seal: Seal | None = None) -> Spec:
    """Read a spec strictly.

    Args:
        kind: such as `lootbox`.
        raw: the fields as an operator wrote them; secrets are hashed on the way.
        seal: for secrets that must be read again; whoever has none takes them only sealed.

    Raises:
        InvalidDefinition: an unknown kind, or the first field that is wrong, as `spec.prizes[0].weight`.
    """
    model = SPECS.get(kind)
    if model is None:
        raise InvalidDefinition("kind", f"unknown kind {kind!r}; known are {', '.join(sorted(SPECS))}")
    try:
        spec = model.model_validate_json(orjson.dumps(_kept(model, model.sealed(raw), seal)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise InvalidDefinition(path_of(("spec", *first["loc"])), said_by(first["type"], first["msg"])) from None
    except orjson.JSONEncodeError as error:
        raise InvalidDefinition("spec", str(error)) from None
    amiss = spec.amiss()
    if amiss is not None:
        raise InvalidDefinition(path_of(("spec", amiss.path)), amiss.problem)
    return spec


def _kept(model: type[Spec], raw: Mapping[str, Any], seal: Seal | None) -> Mapping[str, Any]:
    """The same with every secret sealed. Raises InvalidDefinition."""
    plain = dict(raw)
    for field, kept in model.secrets.items() if seal is not None else ():
        secret = plain.get(field)
        if not isinstance(secret, str) or kept in plain:
            continue  # not given, or for the model to refuse
        assert seal is not None
        try:
            plain[kept] = seal(field, secret)
        except ValueError as error:
            raise InvalidDefinition(path_of(("spec", field)), str(error)) from None
        del plain[field]
    return plain


def path_of(location: Iterable[int | str]) -> str:
    """A field's place as people write it: `spec.prizes[0].weight`."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def said_by(kind: str, text: str) -> str:
    """What is wrong with a field, as people are told it.

    Args:
        kind: of pydantic's error, its `type`.
        text: its `msg`, which puts words before what our own reading of a field says, and names our classes.
    """
    if kind == "model_type" and "instance of" in text:
        return "must be an object"
    return text.removeprefix("Value error, ")


class DefinitionStore:
    """Every version of every tenant's definitions that this process has heard of."""

    def __init__(self) -> None:
        self.seq = 0
        """The last row heard of; the next load asks for what came after."""
        self._current: dict[tuple[str, str], dict[str, Definition[Any]]] = {}
        """By tenant and kind, then by key."""
        self._versions: dict[tuple[str, str, str, int], Definition[Any]] = {}
        self._first: dict[tuple[str, str], dict[str, Definition[Any]]] = {}
        """As `_current`, but what each was defined as first, in the order of that; nothing ever leaves."""

    def learn(self, rows: Iterable[StoredDefinition]) -> None:
        """Take in what was decided since, in order."""
        for row in rows:
            self._learn_one(row)

    def _learn_one(self, row: StoredDefinition) -> None:
        if row.seq <= self.seq:
            return
        self.seq = row.seq
        model = SPECS.get(row.kind)
        if row.removed or model is None:  # a kind that a newer process knows is nobody's business here
            self._current.get((row.tenant, row.kind), {}).pop(row.key, None)
            return
        if len(self._versions) >= MOST_VERSIONS:
            raise MemoryError(f"more than {MOST_VERSIONS} definition versions: raise MOST_VERSIONS")
        definition = Definition(row.key, row.version, model.model_validate_json(row.spec))
        self._current.setdefault((row.tenant, row.kind), {})[row.key] = definition
        self._first.setdefault((row.tenant, row.kind), {}).setdefault(row.key, definition)
        self._versions[row.tenant, row.kind, row.key, row.version] = definition

    def of(self, tenant: TenantId) -> TenantDefinitions:
        """What this tenant configured."""
        return TenantDefinitions(self, tenant)

    def current(self, tenant: str, kind: type[D], key: str) -> Definition[D] | None:
        """The newest version, unless removed."""
        return self._current.get((tenant, kind.kind), {}).get(key)

    def at(self, tenant: str, kind: type[D], key: str, version: int) -> Definition[D] | None:
        """One version, whatever came after it."""
        return self._versions.get((tenant, kind.kind, key, version))

    def numbers(self, tenant: str, kind: type[D], field: str, value: str) -> dict[str, int]:
        """A number for each key that was ever defined with this value, from 1 in the order of first definition.

        Whatever is removed keeps its number, and has it again when it is defined again.

        Args:
            tenant: whose definitions.
            kind: of what.
            field: such as `project`; it must be `lasting`.
            value: that the field has.
        """
        known = self._first.get((tenant, kind.kind), {}).values()
        keys = (definition.key for definition in known if getattr(definition.spec, field) == value)
        return {key: number for number, key in enumerate(keys, 1)}

    def every_of(self, tenant: str, kind: type[D]) -> list[Definition[D]]:
        """All of a tenant's current definitions of a kind, by key. Does not look at those of others."""
        known = self._current.get((tenant, kind.kind), {})
        return [known[key] for key in sorted(known)]

    def every(self, kind: type[D], tenant: str | None = None) -> list[tuple[TenantId, Definition[D]]]:
        """All current definitions of a kind, by tenant and key."""
        owners = sorted(owner for owner, known in self._current if known == kind.kind and tenant in (None, owner))
        return [(TenantId(owner), definition) for owner in owners for definition in self.every_of(owner, kind)]


class TenantDefinitions:
    """One tenant's definitions, as a decision sees them."""

    __slots__ = ("_store", "_tenant")

    def __init__(self, store: DefinitionStore, tenant: TenantId) -> None:
        self._store = store
        self._tenant = tenant

    def current(self, kind: type[D], key: str) -> Definition[D] | None:
        """See DefinitionStore.current."""
        return self._store.current(self._tenant, kind, key)

    def at(self, kind: type[D], key: str, version: int) -> Definition[D] | None:
        """See DefinitionStore.at."""
        return self._store.at(self._tenant, kind, key, version)

    def every(self, kind: type[D]) -> list[Definition[D]]:
        """All current ones of a kind, by key."""
        return self._store.every_of(self._tenant, kind)
