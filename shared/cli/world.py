"""Reads a world file: documents of kind, key and spec, each checked before anything is sent anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from shared.definitions import InvalidDefinition, parse_spec
from shared.ids import is_id
from shared.messages import know_all
from shared.settings import WrongSettings

FIELDS: Final = frozenset({"kind", "key", "spec", "tenant"})
FIRST_KINDS: Final = ("tenant", "asset", "api_key", "project", "wheel", "journey", "player", "engagement", "reward")
"""Kinds that others stand on, in this order; whatever is left comes after them as it stands in the file.

A player's first step in a journey is to be created, so the journeys come before; and before them
the wheels whose spins they give.
"""
LARGEST_WORLD_BYTES: Final = 4 * 1024 * 1024


class Document(NamedTuple):
    """One definition as an operator wrote it."""

    kind: str
    key: str
    spec: dict[str, Any]
    """As written, without those of its secrets that are kept as hashes; the others are sealed by the gateway."""
    tenant: str | None
    """Whose it is; None means the tenant that the gateway takes by default."""
    place: str
    """Where it stands: `world.yaml:12`."""
    node: yaml.Node

    @property
    def title(self) -> str:
        """How people call it: `starlight lootbox/starter-box`."""
        owner = self.key if self.kind == "tenant" else self.tenant
        return f"{owner} {self.kind}/{self.key}" if owner else f"{self.kind}/{self.key}"


class WrongWorld(WrongSettings):
    """A world file cannot be used; the text says where and why."""


def read_world(path: Path) -> list[Document]:
    """The documents of a file, checked one by one, in the order in which they can be applied.

    Raises:
        WrongWorld: no such file, no YAML, or a document that makes no sense: its place, the field and the problem.
    """
    know_all()
    try:
        if path.stat().st_size > LARGEST_WORLD_BYTES:
            raise WrongWorld(f"{path} is larger than {LARGEST_WORLD_BYTES} bytes; split it into several files")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongWorld(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    documents = list(_documents(path, text))
    _refuse_twins(documents)
    return in_order(documents)


def in_order(documents: Sequence[Document]) -> list[Document]:
    """What others stand on first; otherwise as written."""
    rank = {kind: place for place, kind in enumerate(FIRST_KINDS)}
    return sorted(documents, key=lambda document: rank.get(document.kind, len(rank)))


def _documents(path: Path, text: str) -> Iterable[Document]:
    loader = yaml.SafeLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is not None and (content := loader.construct_document(node)) is not None:
                yield _document(path, node, content)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise WrongWorld(f"{path}{line}: this is not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise WrongWorld(f"{path}: this is not YAML: {str(error).splitlines()[0]}") from None
    finally:
        loader.dispose()


def _document(path: Path, node: yaml.Node, content: Any) -> Document:
    place = f"{path}:{node.start_mark.line + 1}"
    _check_fields(path, node, content)
    document = Document(content["kind"], content["key"], content["spec"], content.get("tenant"), place, node)
    try:
        spec = parse_spec(document.kind, document.spec, seal=lambda field, _: f"{field} that the gateway seals")
    except InvalidDefinition as error:
        raise WrongWorld(f"{_at(path, node, error.path)}: {document.title}: {error}") from None
    return document._replace(spec=dict(spec.sealed(document.spec)))


def _check_fields(path: Path, node: yaml.Node, content: Any) -> None:
    if not isinstance(content, dict):
        raise WrongWorld(f"{path}:{node.start_mark.line + 1}: a document is a mapping of kind, key and spec")
    twin = _twin_field(node)
    if twin is not None:
        raise WrongWorld(f"{path}:{twin.start_mark.line + 1}: {twin.value} is given twice")
    for field in content:
        if field not in FIELDS:
            raise WrongWorld(
                f"{_at(path, node, str(field))}: {field}: unknown field; known are kind, key, spec, tenant"
            )
    for field in ("kind", "key", "tenant"):
        if not (field == "tenant" and content.get(field) is None):
            _check_id(path, node, field, content.get(field))
    if not isinstance(content.get("spec"), dict):
        raise WrongWorld(f"{_at(path, node, 'spec')}: spec: must be a mapping of the kind's own fields")


def _check_id(path: Path, node: yaml.Node, field: str, value: Any) -> None:
    if not isinstance(value, str) or not is_id(value):
        raise WrongWorld(f"{_at(path, node, field)}: {field}: must be text of 1 to 128 characters without slashes")


def _refuse_twins(documents: Iterable[Document]) -> None:
    known: dict[tuple[str | None, str, str], Document] = {}
    for document in documents:
        first = known.setdefault((document.tenant, document.kind, document.key), document)
        if first is not document:
            raise WrongWorld(f"{document.place}: {document.title} is already defined at {first.place}")


def place_of(document: Document, path: str | None) -> str:
    """Where a field stands, as exactly as can be told: `world.yaml:14`."""
    file = document.place.rpartition(":")[0]
    return _at(Path(file), document.node, path) if path else document.place


def _at(path: Path, node: yaml.Node, field: str) -> str:
    for step in field.replace("[", ".[").split("."):
        found = _step(node, step)
        if found is None:
            break
        node = found
    return f"{path}:{node.start_mark.line + 1}"


def _step(node: yaml.Node, step: str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and step.startswith("["):
        index = int(step.strip("[]"))
        return node.value[index] if index < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None


def _twin_field(node: yaml.Node) -> yaml.Node | None:
    """The first key that stands twice in one mapping: YAML would silently take the last."""
    if isinstance(node, yaml.SequenceNode):
        return next((twin for child in node.value if (twin := _twin_field(child))), None)
    if not isinstance(node, yaml.MappingNode):
        return None
    seen: set[Any] = set()
    for key, value in node.value:
        if key.value in seen and isinstance(key, yaml.ScalarNode):
            return key
        seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        if twin := _twin_field(value):
            return twin
    return None
