"""A page for people that tells everything an OpenAPI document does, as plain text and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{border:1px solid #ccc;padding:.25rem .5rem;"
    "text-align:left;vertical-align:top}code{font-size:.95em}h2{margin-top:2.5rem}"
)
_SCHEMAS: Final = "#/components/schemas/"


def page(document: Mapping[str, Any]) -> bytes:
    """The page of this document: every operation, then every schema."""
    title = escape(document["info"]["title"])
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>',
        f"<h1>{title}</h1>",
        *(line for path, operations in document["paths"].items() for line in _operations(path, operations)),
        "<h1>Schemas</h1>",
        *(line for name, schema in _schemas(document).items() for line in _schema(name, schema)),
        "</html>",
    ]
    return "\n".join(parts).encode()


def _schemas(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = document.get("components", {}).get("schemas", {})
    return dict(sorted(found.items()))


def _operations(path: str, operations: Mapping[str, Any]) -> Iterator[str]:
    for method, operation in operations.items():
        yield f'<h2 id="{escape(operation["operationId"])}"><code>{method.upper()} {escape(path)}</code></h2>'
        yield f"<p>{escape(operation.get('description') or operation['summary'])}</p>"
        if parameters := operation.get("parameters"):
            yield from _table(
                ("Parameter", "In", "Type", "Meaning"),
                ((_name(one), one["in"], _type(one["schema"]), _meaning(one)) for one in parameters),
            )
        if "requestBody" in operation:
            yield f"<p>Body: {_content(operation['requestBody'])}</p>"
        yield from _table(
            ("Status", "Meaning", "Body"),
            ((status, escape(told["description"]), _content(told)) for status, told in operation["responses"].items()),
        )


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}">{escape(name)}</h3>'
    if "description" in schema:
        yield f"<p>{escape(schema['description'])}</p>"
    required = schema.get("required", ())
    if "properties" not in schema:
        yield f"<p>{_type(schema)}</p>"
        return
    yield from _table(
        ("Field", "Type", "Meaning"),
        (
            (_name({"name": field, "required": field in required}), _type(one), _meaning(one))
            for field, one in schema["properties"].items()
        ),
    )


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</table>"


def _name(one: Mapping[str, Any]) -> str:
    return f"<code>{escape(one['name'])}</code>{' (required)' if one.get('required') else ''}"


def _meaning(one: Mapping[str, Any]) -> str:
    return escape(one.get("description") or "")


def _content(told: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{_type(body.get('schema', {}))}{'' if kind == 'application/json' else f' as {escape(kind)}'}"
        for kind, body in told.get("content", {}).items()
    )


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if name := schema.get("$ref"):
        text = escape(name.removeprefix(_SCHEMAS))
        return f'<a href="#{text}">{text}</a>'
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(_type(one) for one in schema[choice])
    if "const" in schema or "enum" in schema:
        return " or ".join(f"<code>{escape(str(one))}</code>" for one in schema.get("enum", [schema.get("const")]))
    match schema.get("type"):
        case "array":
            return f"list of {_type(schema.get('items', {}))}"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return f"object of {_type(schema['additionalProperties'])}"
        case kind:
            return escape(f"{kind or 'anything'}{' ' + schema['format'] if 'format' in schema else ''}")
