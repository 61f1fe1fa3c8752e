"""YAML written by hand, as nodes with positions (`avow.formats.nodes`).

A subset of YAML: one document of mappings, lists and scalars. Anchors, aliases, tags, merge keys and
directives are refused, because two readers can disagree about them and nobody needs them here. Scalars follow
the YAML 1.2 core schema, so `no`, `on` and `2026-11-20` are texts.

This module reads the parser's events and does not use `compose()`: the composer recurses, expands aliases and
stops at the first duplicate key. Structural problems are collected like the reader's, and leaving `reading`
raises all of them.

Source: YAML 1.2.2, sections 5.1 (characters) and 10.3.2 (core schema).
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from avow.errors import Problems
from avow.formats.nodes import INVISIBLE, Kind, Node, OpenCollection, plain_kind, shown, text_node, unusable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "reading"]

MAX_BYTES: Final = 1024 * 1024
"""Larger files are refused. A declaration of all practices with their evidence has about 40 KB."""

MAX_DEPTH: Final = 32
"""Nesting of lists and mappings; a declaration needs six levels."""

MAX_NODES: Final = 50_000
"""Keys, values and collections. A hostile file takes a few seconds at most; a policy for a thousand
components has about 20,000."""


_FOREIGN_EXCEPTIONS: Final = (YAMLError, ValueError, OverflowError)
"""Exceptions of the parser for bad input: its own, and those of `chr` for an escape beyond Unicode
(`OverflowError` if it does not even fit a C integer)."""


_NOT_IN_FILES = re.compile(rf"[\t\r{INVISIBLE}]")
_DIRECTIVE = re.compile(r"%YAML +1\.2 *(?: #.*)?")
_ESCAPE_BEYOND_UNICODE = re.compile(r"\\U(?!0010|000)[0-9a-fA-F]{8}")


@contextmanager
def reading(
    data: bytes,
    *,
    source: str,
    message: str,
    hint: str = "",
    when_too_large: str = "check that this is the right file",
) -> Iterator[Node]:
    """The root of the one YAML document in `data`, as a context manager.

    Structural problems and those that the body notes on its nodes are raised together when the body ends. If
    the file can't be parsed at all, the body gets a root with neutral values. `when_too_large` is the fix for
    a file with too many bytes or values.

    Raises:
        InputInvalid: at the end of the body, with `message` and all problems.
    """
    problems = Problems(source)
    try:
        root = _compose(_text(data, problems, when_too_large), problems, when_too_large)
    except _Unreadable:
        root = unusable(problems, line=0, column=0)
    yield root
    problems.raise_if_any(message, hint=hint)


class _Unreadable(Exception):
    """The rest of the file can't be parsed; the reason is already noted as a problem."""


def _text(data: bytes, problems: Problems, when_too_large: str) -> str:
    """The characters of the file; each line with a character that is not allowed is a problem."""
    if len(data) > MAX_BYTES:
        problems.add(
            f"the file has {len(data)} bytes; at most {MAX_BYTES} are allowed",
            fix=when_too_large,
        )
        raise _Unreadable
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", errors="replace")
        line, column = _place(before)
        problems.add("the file is not UTF-8", line=line, column=column, fix="save the file as UTF-8")
        raise _Unreadable from error
    for number, written in enumerate(text.split("\n"), start=1):
        shown_line = written.removesuffix("\r")
        refused = _NOT_IN_FILES.search(shown_line)
        if refused and refused[0] == "\t":
            problems.add("tabs are not allowed", line=number, column=refused.start() + 1, fix="use spaces")
        elif refused:
            message = f"the character U+{ord(refused[0]):04X} is not allowed"
            problems.add(message, line=number, column=refused.start() + 1, fix="remove it")
        if shown_line.startswith("%") and not _DIRECTIVE.fullmatch(shown_line):
            problems.add(
                "YAML directives are not allowed",
                line=number,
                column=1,
                fix="remove the line; this is YAML 1.2",
            )
    if problems.found:
        raise _Unreadable
    return text


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _compose(text: str, problems: Problems, when_too_large: str) -> Node:
    """The tree of the one document."""
    document = OpenCollection(Kind.SEQUENCE, 0, 0)
    open_collections = [document]
    for count, event in enumerate(_events(text, problems)):
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if count > MAX_NODES:
            problems.add(
                f"the file has more than {MAX_NODES} values", line=line, column=column, fix=when_too_large
            )
            raise _Unreadable
        if isinstance(event, DocumentStartEvent) and document.children:
            problems.add(
                "the file has a second document", line=line, column=column, fix="keep one document per file"
            )
            break
        if isinstance(event, ScalarEvent | AliasEvent):
            open_collections[-1].children.append(_leaf(event, problems, line=line, column=column))
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            if len(open_collections) > MAX_DEPTH:
                problems.add(
                    f"nested deeper than {MAX_DEPTH} levels", line=line, column=column, fix="use fewer levels"
                )
                raise _Unreadable
            _refuse_properties(event, problems, line=line, column=column)
            kind = Kind.MAPPING if isinstance(event, MappingStartEvent) else Kind.SEQUENCE
            open_collections.append(OpenCollection(kind, line, column))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            closed = open_collections.pop()
            open_collections[-1].children.append(closed.node(problems))
    if not document.children:
        problems.add("the file is empty", line=1, column=1)
        raise _Unreadable
    return document.children[0]


def _events(text: str, problems: Problems) -> Iterator[Event]:
    parser = YAML(typ="safe", pure=True)
    try:
        yield from parser.parse(text)
    except _FOREIGN_EXCEPTIONS as error:
        fix = "check the indentation, and put texts with a colon, # or a quote in quotes"
        if isinstance(error, MarkedYAMLError):
            mark = error.problem_mark or error.context_mark
            line, column = mark.line + 1, mark.column + 1
            message = f"not YAML: {error.problem or error.context}"
            if error.context_mark and error.context_mark.line + 1 < line:
                message += f", {error.context} that starts in line {error.context_mark.line + 1}"
        else:
            escape = _ESCAPE_BEYOND_UNICODE.search(text)
            line, column = _place(text[: escape.start() if escape else 0])
            message, fix = "not YAML: an escape outside Unicode", "remove the escape"
        problems.add(message, line=line, column=column, fix=fix)
        raise _Unreadable from error


def _leaf(event: ScalarEvent | AliasEvent, problems: Problems, *, line: int, column: int) -> Node:
    if isinstance(event, AliasEvent):
        problems.add(
            f"aliases are not allowed (*{event.anchor})", line=line, column=column, fix="write the value out"
        )
        return unusable(problems, line=line, column=column)
    _refuse_properties(event, problems, line=line, column=column)
    kind = Kind.TEXT if event.style else plain_kind(event.value)
    return text_node(event.value, kind, problems, line=line, column=column)


def _refuse_properties(
    event: ScalarEvent | MappingStartEvent | SequenceStartEvent, problems: Problems, *, line: int, column: int
) -> None:
    if event.anchor is not None:
        problems.add(
            f"anchors are not allowed (&{event.anchor})", line=line, column=column, fix="remove the anchor"
        )
    if event.tag is not None:
        problems.add(
            f"tags are not allowed ({shown(event.tag)})", line=line, column=column, fix="remove the tag"
        )
