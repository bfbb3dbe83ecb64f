"""The house rules that no tool knows, each a function from a file's text to what is wrong with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Final

LONGEST_FILE: Final = 400
LONGEST_FUNCTION: Final = 50
MOST_POSITIONAL: Final = 6
LONGEST_SENTENCE: Final = 120

Rule = Callable[[str], list[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef

BASES: Final = frozenset({"Command", "Event"})
EMPTY_WORD: Final = re.compile(r"(Command|Event|Handler|Manager|Helpers?|Utils?)$")
BANNER: Final = re.compile(r"^\s*#\s*([-=*#~_+])\1{2,}", re.MULTILINE)
SQL: Final = re.compile(
    r"^\s*(select\b.+\bfrom\b|with\b.+\bas\s*(materialized\s*)?\(|insert\s+into\b|update\b.+\bset\b|delete\s+from\b"
    r"|(create|drop|alter)\s+(or\s+replace\s+)?(table|index|schema|function|trigger|role)\b)",
    re.IGNORECASE | re.DOTALL,
)
CHANCE: Final = frozenset({"random", "secrets"})
# Written in two halves, so that this file obeys the rule it states.
REGISTRY: Final = re.compile(
    r"(?<![\w-])("
    + "|".join(
        re.escape(name + end)
        for name, end in (
            ("pypi", ".org"),
            ("files.python", "hosted.org"),
            ("repo1.maven", ".org"),
            ("repo.maven.apache", ".org"),
            ("repo.maven", ".org"),
            ("registry.npm", "js.org"),
            ("crates", ".io"),
            ("proxy.golang", ".org"),
            ("deb.debian", ".org"),
            ("security.debian", ".org"),
        )
    )
    + r")(?![\w-])"
)
MACHINE_PATH: Final = re.compile(r"(?<![\w.}/-])/(work|tmp|root|home/\w+)(?=/|[\s\"'`),;:]|$)", re.MULTILINE)


def too_long(source: str) -> list[str]:
    """A file has at most 400 lines."""
    lines = len(source.splitlines())
    return [f"{lines} lines; split it by meaning"] if lines > LONGEST_FILE else []


def long_functions(source: str) -> list[str]:
    """A function has at most 50 lines."""
    sizes = ((each, (each.end_lineno or each.lineno) - each.lineno + 1) for each in _functions(source))
    return [f"{each.lineno}: {each.name} has {size} lines" for each, size in sizes if size > LONGEST_FUNCTION]


def many_parameters(source: str) -> list[str]:
    """A function takes at most 6 parameters by position, not counting self."""
    counted = ((each, len(_positional(each))) for each in _functions(source))
    return [
        f"{each.lineno}: {each.name} takes {count} by position; name them after a `*`"
        for each, count in counted
        if count > MOST_POSITIONAL
    ]


def no_opening_sentence(source: str) -> list[str]:
    """A module opens with one sentence, on one line."""
    docstring = ast.get_docstring(ast.parse(source))
    if not docstring:
        return ["has no docstring; open with one sentence that a non-programmer understands"]
    first = docstring.splitlines()[0]
    good = first[0].isupper() and first[-1] in ".?!" and len(first) <= LONGEST_SENTENCE
    return [] if good or not first[0].isalpha() else [f"opens with {first!r}, which is no sentence"]


def empty_words(source: str) -> list[str]:
    """A class is named after what it is, not after its kind; but a noun's messages may have a base of their own."""
    return [
        f"{node.lineno}: class {node.name}: say what it is"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and EMPTY_WORD.search(node.name) and not _is_base(node)
    ]


def banners(source: str) -> list[str]:
    """No comment is a ruler: what needs one is two files."""
    return [f"{_line(source, found.start())}: a banner" for found in BANNER.finditer(source)]


def floats(source: str) -> list[str]:
    """Nothing near an amount is a float: no `float`, no decimal point, no true division."""
    return [f"{line}: {what}" for line, what in sorted(_floats(source))]


def chance(source: str) -> list[str]:
    """Chance comes from the clock's file alone."""
    return [f"{line}: imports {name}" for line, name in _imports(source) if name.split(".")[0] in CHANCE]


def sql_in_code(source: str) -> list[str]:
    """A statement stands in a .sql file."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        f"{node.lineno}: SQL in a string: {node.value.strip()[:40]!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and SQL.search(node.value)
    ]


def registries(text: str) -> list[str]:
    """Where packages come from is the machine's business."""
    return [f"{_line(text, found.start())}: names {found[1]}" for found in REGISTRY.finditer(text)]


def machine_paths(text: str) -> list[str]:
    """No file knows one machine's folders."""
    return [f"{_line(text, found.start())}: names {found[0]}" for found in MACHINE_PATH.finditer(text)]


def _functions(source: str) -> list[Function]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, Function)]


def _positional(function: Function) -> list[ast.arg]:
    arguments = [*function.args.posonlyargs, *function.args.args]
    return arguments[1:] if arguments and arguments[0].arg in {"self", "cls"} else arguments


def _is_base(node: ast.ClassDef) -> bool:
    """Whether this is `Command` or `Event`, or one of them without a name on the wire: nobody can say it."""
    parents = {base.id for base in node.bases if isinstance(base, ast.Name)}
    return node.name in BASES or (bool(parents & BASES) and not node.keywords)


def _imports(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def _floats(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id="float"):
                yield node.lineno, "float"
            case ast.Constant(value=float()):
                yield node.lineno, f"{node.value!r}"
            case ast.BinOp(op=ast.Div()):
                yield node.lineno, "a true division"
            case _:
                pass


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
