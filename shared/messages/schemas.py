"""Writes the contract down: a JSON Schema and examples of everything that can be said, for whoever talks to a service.

`python -m shared.messages.schemas` writes docs/messages anew; a test fails while it says something else.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from shared.ids import MessageId, TenantId
from shared.messages import every_sample
from shared.messages.base import COMMANDS, EVENTS, SPECS, Command, FollowUp, Reply
from shared.messages.envelope import Envelope, Idempotency, ReplyMessage, ReplyTo, envelope_of
from shared.messages.wager import Streamed

Model = TypeVar("Model", bound=BaseModel)

FOLDER: Final = Path(__file__).parents[2] / "docs" / "messages"
COMMAND: Final = "python -m shared.messages.schemas"
KINDS: Final = {
    "command": ("Commands", "What a door, a service or an operator may ask a service for."),
    "follow-up": ("Follow-ups", "Commands that a service keeps for itself, to run when a Send of its own is answered."),
    "event": ("Events", "What happened. These stand in the log for ever and are published on `<service>.events`."),
    "reply": ("Replies", "What the asker is told when a wish was granted: the `body` of a reply message."),
    "stream": ("Stream", "What operators write to the topic `wagers.<tenant>`, keyed `tenant/player`."),
    "definition": ("Definitions", "What an operator configures, by kind: the `spec` of a definition."),
    "frame": ("Frames", "How a command and its answer travel."),
}
_INTRO: Final = f"""# Messages

Everything that is said between services, and what an operator can configure. Each page is a JSON Schema with its
`kind` and examples. `{COMMAND}` writes this folder from `shared/messages/`; a test compares the two.

Amounts are whole numbers in the asset's smallest unit. A name never changes its meaning: a changed meaning is a new
name (`wallet.posted.v2`), and what stands in the log under the old one is read as the new one. Unknown fields are
refused in commands and ignored in events, so that an older reader understands a newer fact.

* A **command** travels on `<service>.commands` in an [envelope](frames/Envelope.json); its name is the envelope's
  `type` and the message's `type` header.
* An **event** is published on `<service>.events` as `{{part, pos, stream, version, type, tenant, actor, command_id,
  correlation_id, at, data}}`: `data` is what is described here, `part` and `pos` say where in the log it stands.
* A **reply** is the `body` of a [reply message](frames/ReplyMessage.json); a refusal has `code` and `details` instead.
"""


class Page(NamedTuple):
    """One message: its name on the wire (a reply's and a frame's is its class's), its kind and its model."""

    name: str
    kind: str
    model: type[BaseModel]

    @property
    def file(self) -> str:
        """Where it stands below docs/messages."""
        return f"{KINDS[self.kind][0].lower()}/{self.name}.json"

    @property
    def says(self) -> str:
        """The message's own sentence."""
        return inspect.cleandoc(self.model.__doc__ or "").split("\n\n")[0].replace("\n", " ")


class _WithoutFieldTitles(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - a name in other letters says nothing
        return False


def pages() -> list[Page]:
    """Every message of the contract; those that tests make up are none of it."""
    every_sample()
    found = [Page(wire, "follow-up" if issubclass(c, FollowUp) else "command", c) for wire, c in COMMANDS.items()]
    found += [Page(wire, "event", event) for wire, event in EVENTS.items()]
    found += [Page(reply.__name__, "reply", reply) for reply in _below(Reply)]
    found += [Page(message.__name__, "stream", message) for message in _below(Streamed)]
    found += [Page(kind, "definition", spec) for kind, spec in SPECS.items()]
    ours = [page for page in found if page.model.__module__.startswith("shared.messages.")]
    frames = [Page("Envelope", "frame", Envelope), Page("ReplyMessage", "frame", ReplyMessage)]
    return sorted([*ours, *frames], key=lambda page: (list(KINDS).index(page.kind), page.name))


def files() -> dict[str, str]:
    """The contents of docs/messages, by path below it."""
    return {page.file: _text(page) for page in pages()} | {"README.md": _index()}


def standing(folder: Path = FOLDER) -> dict[str, str]:
    """What the folder says now, by path below it."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


def write(folder: Path = FOLDER) -> int:
    """Make the folder say what the code says, and nothing else; returns how many files there are."""
    contents = files()
    for name in standing(folder).keys() - contents.keys():
        (folder / name).unlink()
    for name, text in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return len(contents)


def _below(cls: type[Model]) -> Iterator[type[Model]]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _below(sub)


def _text(page: Page) -> str:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": page.name, "kind": page.kind}
    return json.dumps(head | _schema(page) | {"examples": _samples(page)}, indent=2, ensure_ascii=False) + "\n"


def _schema(page: Page) -> dict[str, Any]:
    frame = page.model is Envelope
    model = envelope_of(Command) if frame else page.model
    schema = model.model_json_schema(schema_generator=_WithoutFieldTitles)
    parts = schema.get("$defs", {})
    if frame:
        parts.pop(Command.__name__)
        schema |= {"title": page.name, "description": page.says}
        schema["properties"]["data"] = {"type": "object", "description": "The command's own fields."}
    for name, part in ({page.model.__name__: schema} | parts).items():
        fields = part.get("properties", {})
        words = _words(name, fields.keys())
        for field in fields.keys() & words.keys():
            fields[field]["description"] = words[field]
    return schema


def _samples(page: Page) -> list[dict[str, Any]]:
    samples = _framed() if page.kind == "frame" else every_sample()
    return [sample.model_dump(mode="json") for sample in samples if isinstance(sample, page.model)]


def _framed() -> tuple[BaseModel, ...]:
    said = {type(sample).__name__: sample for sample in every_sample()}
    wish, answer = said["OpenLootbox"], said["LootboxAnswer"]
    asked = Envelope[Any](
        id=MessageId("0192f0c1-0000-7000-8000-000000000001"),
        type="lootbox.open",
        tenant=TenantId("starlight"),
        key="rocket",
        actor="key:demo",
        correlation_id="0192f0c1-0000-7000-8000-000000000001",
        reply_to=ReplyTo(topic="gateway.replies", partition=3, instance="gateway-1"),
        idempotency=Idempotency(scope="door", key="2f6f1c9e", fingerprint="5c" * 32),
        ttl_ms=5_000,
        data=wish,
    )
    told = ReplyMessage(id=asked.id, instance="gateway-1", outcome="done", body=answer.model_dump(mode="json"))
    no = ReplyMessage(id=asked.id, instance="gateway-1", outcome="refused", code="not_active")
    return asked, told, no


def _words(name: str, fields: Iterable[str]) -> Mapping[str, str]:
    """What stands under each field of a class in the code, its parents' fields included.

    Nouns may have classes of one name, such as two kinds of sessions: it is the one with these fields.
    """
    ours = (cls for cls in _below(BaseModel) if cls.__module__.startswith("shared.messages."))
    found = next((cls for cls in ours if cls.__name__ == name and cls.model_fields.keys() == set(fields)), None)
    words: dict[str, str] = {}
    for parent in reversed(found.__mro__ if found is not None else ()):
        if parent.__module__.startswith("shared.messages.") and "[" not in parent.__name__:
            words |= _under_fields(parent)
    return words


@cache
def _under_fields(cls: type) -> Mapping[str, str]:
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(node, ast.ClassDef)
    words: dict[str, str] = {}
    for field, after in pairwise(node.body):
        if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr) and isinstance(field.target, ast.Name):
            words[field.target.id] = inspect.cleandoc(ast.literal_eval(after.value)).replace("\n", " ")
    return words


def _index() -> str:
    text, all_pages = _INTRO, pages()
    for kind, (title, sentence) in KINDS.items():
        rows = [f"| [`{page.name}`]({page.file}) | {page.says} |" for page in all_pages if page.kind == kind]
        text += "\n".join(["", f"## {title}", "", sentence, "", "| name | what it says |", "|---|---|", *rows, ""])
    return text


if __name__ == "__main__":
    sys.stdout.write(f"{write()} files in {FOLDER}\n")
