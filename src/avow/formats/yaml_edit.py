"""Changes in a YAML file that people write: comments, order, quotes and blank lines stay as they are.

Lines are added and single values replaced in the text; nothing is written anew from a tree. Only what
`avow.formats.yaml_nodes` reads is expected, so there are no anchors, tags or second documents. A list or
mapping that is written on one line, in brackets, is not added to: it is for a person to write it out.

Source: YAML 1.2.2, sections 6.1 (indentation) and 8.2 (block collections).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from avow.formats.nodes import Kind, plain_kind

Path = Sequence[str | int]
"""Keys and positions, from the root."""

Item = Mapping[str, Any]
"""A mapping of texts, lists of texts and mappings; a text that begins with # is a comment after its value."""

_PLAIN: Final = re.compile(r"[A-Za-z][\w./@+-]*(?: [\w./@+(),;-]+)*")
"""Texts that mean themselves without quotes."""

_STEP: Final = 2
"""Blanks for a level of what is added."""


class NotEditable(ValueError):
    """The place is written in a way that nothing can be added to; the message says where."""


@dataclass(slots=True)
class _Span:
    """A value with the place of its text."""

    start: int
    end: int
    """Behind its last character; of a collection behind that of its last value."""
    column: int
    in_brackets: bool = False
    values: dict[str | int, _Span] = field(default_factory=dict)


class YamlText:
    """The text of one document, and changes of it; paths are those of the text as it was given."""

    def __init__(self, text: str) -> None:
        self._given = text
        self._root = _spans(text)
        self._changes: list[tuple[int, int, int, str]] = []
        """Start and end of what is replaced, how far the new lines are indented, and the new text."""

    @property
    def text(self) -> str:
        """The text with all changes; of those at one place the further indented first, as they belong."""
        parts: list[str] = []
        done = 0
        for start, end, _, new in sorted(self._changes, key=lambda each: (each[0], -each[2])):
            parts += [self._given[done:start], new]
            done = end
        return "".join((*parts, self._given[done:]))

    def has(self, path: Path) -> bool:
        """There is a value at `path`, an empty one included."""
        try:
            self._at(path)
        except NotEditable:
            return False
        return True

    def line(self, path: Path) -> int:
        """The line on which the value at `path` begins, in the text as it was given.

        Raises:
            NotEditable: there is none.
        """
        return self._given.count("\n", 0, self._at(path).start) + 1

    def set(self, path: Path, value: str) -> None:
        """Replace the text at `path`.

        Raises:
            NotEditable: there is no single value.
        """
        span = self._at(path)
        if span.values or span.in_brackets:
            raise NotEditable(f"{_shown(path)} is not a single value")
        if any(start < span.end and span.start < end for start, end, _, _ in self._changes):
            raise NotEditable(f"{_shown(path)} is changed twice")
        if (span.start, span.end) in {(start, end) for start, end, _, _ in self._changes}:
            raise NotEditable(f"{_shown(path)} is changed twice")
        blank = "" if self._given[span.start - 1 : span.start] in {"", " ", "\n"} else " "
        self._changes.append((span.start, span.end, 0, f"{blank}{scalar(value)}"))

    def add(self, path: Path, key: str, value: object) -> None:
        """Add a key to the mapping at `path`, after its last one.

        Raises:
            NotEditable: the mapping is written in brackets.
        """
        span = self._at(path)
        if span.in_brackets or not span.values:
            raise NotEditable(f"{_shown(path)} is written in brackets, or not a mapping")
        self._insert(span.end, block({key: value}, indent=span.column), indent=span.column)

    def extend(self, path: Path, items: Iterable[tuple[Item, str]]) -> None:
        """Add items to the list at `path`, after its last one, each with a comment in the line before it.

        An empty list (`[]`, or nothing behind the key) becomes one with items.

        Raises:
            NotEditable: the list is written in brackets.
        """
        span = self._at(path)
        inside = self._given[span.start : span.end]
        if span.in_brackets and (span.values or "#" in inside or self._at(path[:-1]).in_brackets):
            raise NotEditable(f"{_shown(path)} is written in brackets")
        place, indent = span.end, span.column
        if not span.values:
            indent = self._at(path[:-1]).column + _STEP
            place = len(self._given[: span.start].rstrip(" "))
            self._changes.append((place, span.end, 0, ""))
        for item, comment in items:
            self._insert(max(place, span.end), _listed(item, indent, comment), indent=indent)

    def _insert(self, place: int, lines: str, *, indent: int) -> None:
        """Put whole lines behind the line in which `place` is."""
        found = self._given.find("\n", place)
        end = len(self._given) if found < 0 else found
        self._changes.append((end, end, indent, f"\n{lines}"))

    def _at(self, path: Path) -> _Span:
        span = self._root
        for step in path:
            if step not in span.values:
                raise NotEditable(f"there is no {_shown(path)}")
            span = span.values[step]
        return span


def block(value: Mapping[str, object], *, indent: int) -> str:
    """`value` as lines of a block mapping, without a line break at the end."""
    return "\n".join(" " * indent + line for line in _lines(value))


def scalar(text: str) -> str:
    """`text` as a value: plain where that means the same, else in double quotes."""
    if _PLAIN.fullmatch(text) and plain_kind(text) is Kind.TEXT:
        return text
    return json.dumps(text, ensure_ascii=False)


def _lines(value: Mapping[str, object]) -> list[str]:
    lines: list[str] = []
    for key, each in value.items():
        if key.startswith("#"):
            lines += [f"# {line}" for line in str(each).splitlines()]
        elif isinstance(each, Mapping):
            lines += [f"{key}:", *(" " * _STEP + line for line in _lines(each))]
        elif isinstance(each, Sequence) and not isinstance(each, str):
            if all(isinstance(item, str) for item in each):
                lines.append(f"{key}: [{', '.join(map(_in_brackets, each))}]")
                continue
            lines.append(f"{key}:")
            for item in each:
                lines += [" " * _STEP + line for line in _item_lines(item)]
        else:
            lines.append(f"{key}: {scalar(str(each))}")
    return lines


def _in_brackets(text: object) -> str:
    found = scalar(str(text))
    return json.dumps(text, ensure_ascii=False) if "," in found and not found.startswith('"') else found


def _item_lines(item: Mapping[str, object]) -> list[str]:
    first, *rest = _lines(item)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def _listed(item: Item, indent: int, comment: str) -> str:
    before = [f"# {line}" for line in comment.splitlines()]
    return "\n".join(" " * indent + line for line in (*before, *_item_lines(item)))


def _spans(text: str) -> _Span:
    """The root of the document, with the places of everything in it."""
    open_ones = [_OpenSpan(_Span(0, 0, 0), [])]
    for event in YAML(typ="safe", pure=True).parse(text):
        start = event.start_mark
        if isinstance(event, ScalarEvent):
            end = start.index + len(text[start.index : event.end_mark.index].rstrip())  # of a block text
            open_ones[-1].children.append((event.value, _Span(start.index, end, start.column)))
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            span = _Span(start.index, start.index, start.column, bool(event.flow_style))
            open_ones.append(_OpenSpan(span, []))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            closed = open_ones.pop()
            open_ones[-1].children.append(("", closed.ended(event, text)))
    ((_, document),) = open_ones[0].children
    return document


@dataclass(frozen=True, slots=True)
class _OpenSpan:
    """A collection whose end has not been read yet, with the texts and places of what is in it."""

    span: _Span
    children: list[tuple[str, _Span]]

    def ended(self, event: MappingEndEvent | SequenceEndEvent, text: str) -> _Span:
        span, children = self.span, self.children
        if isinstance(event, MappingEndEvent):
            for (key, place), (_, value) in zip(children[::2], children[1::2], strict=True):
                if value.start == value.end:  # nothing is there; the parser says where the next thing is
                    value.start = value.end = text.index(":", place.end) + 1
                span.values[key] = value
        else:
            span.values = {number: value for number, (_, value) in enumerate(children)}
        ends = [each.end for _, each in children]
        span.end = event.end_mark.index if span.in_brackets else max(ends, default=span.start)
        return span


def _shown(path: Path) -> str:
    return "/".join(map(str, path)) or "the document"
