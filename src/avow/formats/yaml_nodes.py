"""YAML as people write it: every value knows its place, and only its reader gives it a type.

A small YAML: one document, maps, lists and scalars. Anchors, aliases, tags, merges and directives are
refused, because two readers of them can disagree and nobody needs them here. Scalars follow the YAML 1.2
core schema, so `no`, `on` and `2026-11-20` are texts.

The parser's events are walked, not `compose()`: the composer recurses, expands aliases and stops at the first
duplicate key. Problems are collected: a reader that meets one notes it, returns a neutral value of its type and
goes on, and leaving `reading` raises them all, so no neutral value ever gets out.

Source: YAML 1.2.2, sections 5.1 (characters) and 10.3.2 (core schema).
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

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
from avow.values import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "MAX_TEXT_CHARACTERS", "Kind", "Node", "reading", "shown"]

MAX_BYTES: Final = 1024 * 1024
"""Larger files are refused. A declaration of all practices with their evidence has about 40 KB."""

MAX_DEPTH: Final = 32
"""Lists and maps inside each other; a declaration needs six."""

MAX_NODES: Final = 50_000
"""Keys, values and collections. Bounds the time of a hostile file to a few seconds; a policy for a thousand
components has about 20,000."""

MAX_TEXT_CHARACTERS: Final = 4000
"""Longer texts belong into a document of their own, with its address here."""

MAX_INTEGER: Final = 2**53 - 1
"""Counts stay exact in readers that turn JSON numbers into doubles. Source: RFC 8259, section 6."""

_MAX_SHOWN: Final = 60
_LARGEST_INTEGER_DIGITS: Final = len(str(MAX_INTEGER))

_FOREIGN_EXCEPTIONS: Final = (YAMLError, ValueError, OverflowError)
"""What the parser raises for bad input: its own errors, and `chr` refusing an escape beyond Unicode, with
another error where it does not even fit a C integer."""

_UNSEEN: Final = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
)
"""Controls, line ends that only some readers know, and direction marks that show a text in another order.

Source: YAML 1.2.2, 5.1 and 5.4; CVE-2021-42574 (direction marks).
"""

_NOT_IN_FILES = re.compile(rf"[\t\r{_UNSEEN}]")
_NOT_IN_TEXTS = re.compile(rf"[\t\r\ud800-\udfff{_UNSEEN}]")
_DIRECTIVE = re.compile(r"%YAML +1\.2 *(?: #.*)?")
_ESCAPE_BEYOND_UNICODE = re.compile(r"\\U(?!0010|000)[0-9a-fA-F]{8}")

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_OTHER_NUMBER = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Kind(StrEnum):
    """What stands at a place, by the core schema; the value is how to say it to people."""

    MAPPING = "a mapping"
    SEQUENCE = "a list"
    TEXT = "text"
    INTEGER = "a whole number"
    NUMBER = "another number"
    """A fraction, or a whole number spelled so that some reader takes it for another one (`007`, `0x1F`)."""
    BOOLEAN = "true or false"
    NULL = "nothing"
    UNUSABLE = "refused"
    """Already told as a problem; whoever reads it gets a neutral value and says nothing more."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the document, with its place; the readers below give it a type or note a problem."""

    kind: Kind
    line: int
    column: int
    problems: Problems = field(repr=False, compare=False)
    name: str = "the file"
    """What problems call it: the key it stands under."""
    scalar: str = ""
    """What a scalar says, unquoted."""
    keys: tuple[Node, ...] = ()
    """The keys of a mapping, each once."""
    values: tuple[Node, ...] = ()
    """The values of a mapping, or the items of a list."""

    def problem(self, message: str, *, fix: str = "") -> None:
        """Note that what stands here can't be used."""
        if self.kind is not Kind.UNUSABLE:
            self.problems.add(message, line=self.line, column=self.column, fix=fix)

    @property
    def described(self) -> str:
        """What stands here, in words for people."""
        match self.kind:
            case Kind.TEXT:
                return shown(self.scalar)
            case Kind.INTEGER | Kind.NUMBER:
                return f"the number {self.scalar[:_MAX_SHOWN]}"
            case Kind.BOOLEAN:
                return self.scalar
            case _:
                return self.kind.value

    def mapping(self, *, allowed: Collection[str], required: Collection[str] = ()) -> dict[str, Node]:
        """The values by key. Keys outside `allowed` and missing keys of `required` are problems.

        A missing required key has a neutral value, so the caller may index it all the same.
        """
        known: dict[str, Node] = {}
        for key, value in self.members():
            if key.scalar in allowed:
                known[key.scalar] = value
            else:
                near = nearest(key.scalar, allowed)
                fix = f"did you mean {near}?" if near else f"known here: {', '.join(allowed)}"
                key.problem(f"unknown key {shown(key.scalar)}", fix=fix)
        for name in required:
            if name not in known:
                if self.kind is Kind.MAPPING:
                    self.problem(f"{name} is missing", fix=f"add {name}")
                known[name] = _unusable(self.problems, line=self.line, column=self.column)
        return known

    def members(self) -> tuple[tuple[Node, Node], ...]:
        """The pairs of a mapping whose keys are the author's own; `scalar` of a key is its text."""
        if self._is(Kind.MAPPING, fix="write key: value, one per line"):
            return tuple(zip(self.keys, self.values, strict=True))
        return ()

    def items(self) -> tuple[Node, ...]:
        """The items of a list."""
        return (
            self.values if self._is(Kind.SEQUENCE, fix="write one item per line, each after a dash") else ()
        )

    def text(self, *, max_characters: int = MAX_TEXT_CHARACTERS, many_lines: bool = False) -> str:
        """A text that says something; one line unless `many_lines`, whose outer blank space is dropped."""
        if not self._is(Kind.TEXT, fix="put it in quotes" if self.kind in _SCALAR_KINDS else ""):
            return ""
        text = self.scalar.strip() if many_lines else self.scalar
        if not text.strip():
            self.problem(f"{self.name} is empty", fix="say something, or leave it out")
        elif len(text) > max_characters:
            self.problem(
                f"{self.name} has {len(text)} characters, {max_characters} are allowed", fix="shorten it"
            )
        elif text != text.strip():
            self.problem(f"{self.name} begins or ends with a space", fix="remove it")
        elif not many_lines and "\n" in text:
            self.problem(f"{self.name} has several lines", fix="write it on one line")
        else:
            return text
        return ""

    def word(self, vocabulary: Sequence[str], *, what: str) -> str:
        """One of the words of `vocabulary`, neutrally the empty text; `what` is said of it in the problem."""
        if self.kind is Kind.TEXT and self.scalar in vocabulary:
            return self.scalar
        near = nearest(self.scalar, vocabulary)
        fix = f"did you mean {near}?" if near else f"one of {', '.join(vocabulary)}"
        if self.scalar in vocabulary:
            fix = "put it in quotes"
        self.problem(f"unknown {what}: {self.described}", fix=fix)
        return ""

    def boolean(self) -> bool:
        """`true` or `false`; `yes`, `no`, `on` and `off` are texts."""
        self._is(Kind.BOOLEAN, fix="write true or false")
        return self.scalar in _TRUE

    def integer(self, *, minimum: int = 0, maximum: int = MAX_INTEGER) -> int:
        """A whole number within the bounds, in plain decimal digits."""
        fix = f"write a whole number from {minimum} to {maximum}, without quotes"
        if not self._is(Kind.INTEGER, fix=fix):
            return minimum
        number = self._number()
        if minimum <= number <= maximum:
            return number
        self.problem(f"{self.name} is {self.described}, which is out of bounds", fix=fix)
        return minimum

    def date(self) -> date:
        """A day of the calendar, `YYYY-MM-DD`, quoted or not."""
        if self.kind is Kind.TEXT and _DATE.fullmatch(self.scalar):
            try:
                return date.fromisoformat(self.scalar)
            except ValueError:
                self.problem(f"{self.name}: there is no day {self.scalar}", fix='write "YYYY-MM-DD"')
        else:
            self.problem(f"{self.name} is {self.described}, not a date", fix='write "YYYY-MM-DD"')
        return date.min

    def moment(self) -> datetime:
        """A moment in UTC, `YYYY-MM-DDTHH:MM:SSZ`; a day alone is its beginning, which hides no age."""
        fix = 'write "YYYY-MM-DDTHH:MM:SSZ" (UTC) or "YYYY-MM-DD"'
        if self.kind is Kind.TEXT and (_DATE.fullmatch(self.scalar) or _MOMENT.fullmatch(self.scalar)):
            try:
                return datetime.fromisoformat(self.scalar).replace(tzinfo=UTC)
            except ValueError:
                self.problem(f"{self.name}: there is no moment {self.scalar}", fix=fix)
        else:
            self.problem(f"{self.name} is {self.described}, not a moment", fix=fix)
        return datetime.min.replace(tzinfo=UTC)

    def data(self) -> Any:
        """The same value as plain JSON: dicts, lists, texts, whole numbers, booleans and `None`.

        Numbers that JSON readers don't share, and texts over `MAX_TEXT_CHARACTERS`, are problems. The final
        line end of a block text is dropped.
        """
        value: Any = None
        match self.kind:
            case Kind.MAPPING:
                value = {key.scalar: node.data() for key, node in zip(self.keys, self.values, strict=True)}
            case Kind.SEQUENCE:
                value = [node.data() for node in self.values]
            case Kind.TEXT:
                value = self.scalar.rstrip("\n")
                if len(value) > MAX_TEXT_CHARACTERS:
                    message = f"{self.name} has {len(value)} characters, {MAX_TEXT_CHARACTERS} are allowed"
                    self.problem(message, fix="shorten it, or give the address of a document")
            case Kind.INTEGER:
                value = self.integer(minimum=-MAX_INTEGER)
            case Kind.BOOLEAN:
                value = self.boolean()
            case Kind.NUMBER:
                fix = "put it in quotes, or write a whole number in plain digits"
                self.problem(f"{self.name} is {self.described}, which is no whole number", fix=fix)
        return value

    def at(self, path: Sequence[str | int]) -> Node:
        """The node that `path` of keys and list indexes leads to from here, as far as it exists."""
        node = self
        for step in path:
            below: dict[str | int, Node] = (
                {key.scalar: value for key, value in zip(node.keys, node.values, strict=True)}
                if node.kind is Kind.MAPPING
                else dict(enumerate(node.values))
            )
            if step not in below:
                break
            node = below[step]
        return node

    def _is(self, kind: Kind, *, fix: str) -> bool:
        if self.kind is not kind:
            self.problem(f"{self.name} is {self.described}, not {kind.value}", fix=fix)
        return self.kind is kind

    def _number(self) -> int:
        # More digits than the bound has are out of bounds, and converting them would take quadratic time.
        return int(self.scalar[: _LARGEST_INTEGER_DIGITS + 2])


_SCALAR_KINDS: Final = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN})


def shown(text: str) -> str:
    """`text` in quotes for a message: shortened, and what a terminal would act on is escaped."""
    short = text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in short)
    return f'"{printable}"'


@contextmanager
def reading(data: bytes, *, source: str, message: str, hint: str = "") -> Iterator[Node]:
    """The root of the one YAML document in `data`, for the body of a `with` statement to read.

    Structural problems and those that the body notes on its nodes are raised together when the body ends. Of a
    file that can't be read at all the body sees a root of neutral values.

    Raises:
        InputInvalid: at the end of the body, with `message` and every problem.
    """
    problems = Problems(source)
    try:
        root = _compose(_text(data, problems), problems)
    except _Unreadable:
        root = _unusable(problems, line=0, column=0)
    yield root
    problems.raise_if_any(message, hint=hint)


class _Unreadable(Exception):
    """There is no telling what the rest of the file means; why is noted."""


def _unusable(problems: Problems, *, line: int, column: int) -> Node:
    return Node(Kind.UNUSABLE, line, column, problems)


def _text(data: bytes, problems: Problems) -> str:
    """The characters of the file, if all of them may stand in one; every line with others is a problem."""
    if len(data) > MAX_BYTES:
        problems.add(
            f"{len(data)} bytes are more than the {MAX_BYTES} read here", fix="is this the right file?"
        )
        raise _Unreadable
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", errors="replace")
        line, column = _place(before)
        problems.add("not UTF-8", line=line, column=column, fix="save the file as UTF-8")
        raise _Unreadable from error
    for number, written in enumerate(text.split("\n"), start=1):
        shown_line = written.removesuffix("\r")
        unseen = _NOT_IN_FILES.search(shown_line)
        if unseen and unseen[0] == "\t":
            problems.add("a tab", line=number, column=unseen.start() + 1, fix="use spaces")
        elif unseen:
            message = f"the character U+{ord(unseen[0]):04X}"
            problems.add(message, line=number, column=unseen.start() + 1, fix="remove it")
        if shown_line.startswith("%") and not _DIRECTIVE.fullmatch(shown_line):
            problems.add("a directive", line=number, column=1, fix="remove the line; this is YAML 1.2")
    if problems.found:
        raise _Unreadable
    return text


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    kind: Kind
    line: int
    column: int
    children: list[Node] = field(default_factory=list)


def _compose(text: str, problems: Problems) -> Node:
    """The tree of the one document."""
    document = _Open(Kind.SEQUENCE, 0, 0)
    open_collections = [document]
    for count, event in enumerate(_events(text, problems)):
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if count > MAX_NODES:
            problems.add(f"more than {MAX_NODES} values", line=line, column=column, fix="split the file")
            raise _Unreadable
        if isinstance(event, DocumentStartEvent) and document.children:
            problems.add("a second document", line=line, column=column, fix="one file holds one document")
            break
        if isinstance(event, ScalarEvent | AliasEvent):
            open_collections[-1].children.append(_leaf(event, problems, line=line, column=column))
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            if len(open_collections) > MAX_DEPTH:
                problems.add(
                    f"nested deeper than {MAX_DEPTH}", line=line, column=column, fix="use fewer levels"
                )
                raise _Unreadable
            _refuse_properties(event, problems, line=line, column=column)
            kind = Kind.MAPPING if isinstance(event, MappingStartEvent) else Kind.SEQUENCE
            open_collections.append(_Open(kind, line, column))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            closed = open_collections.pop()
            open_collections[-1].children.append(_collection(closed, problems))
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
                message += f", {error.context} from line {error.context_mark.line + 1} on"
        else:
            escape = _ESCAPE_BEYOND_UNICODE.search(text)
            line, column = _place(text[: escape.start() if escape else 0])
            message, fix = "not YAML: an escape beyond Unicode", "remove the escape"
        problems.add(message, line=line, column=column, fix=fix)
        raise _Unreadable from error


def _leaf(event: ScalarEvent | AliasEvent, problems: Problems, *, line: int, column: int) -> Node:
    if isinstance(event, AliasEvent):
        problems.add(f"an alias (*{event.anchor})", line=line, column=column, fix="write the value out")
        return _unusable(problems, line=line, column=column)
    _refuse_properties(event, problems, line=line, column=column)
    unseen = _NOT_IN_TEXTS.search(event.value)
    if unseen:
        problems.add(
            f"the character U+{ord(unseen[0]):04X}", line=line, column=column, fix="remove the escape"
        )
        return _unusable(problems, line=line, column=column)
    kind = Kind.TEXT if event.style else _plain_kind(event.value)
    return Node(kind, line, column, problems, scalar=event.value)


def _plain_kind(scalar: str) -> Kind:
    if scalar in _NULL:
        return Kind.NULL
    if scalar in _TRUE or scalar in _FALSE:
        return Kind.BOOLEAN
    if _INTEGER.fullmatch(scalar):
        return Kind.INTEGER
    return Kind.NUMBER if _OTHER_NUMBER.fullmatch(scalar) else Kind.TEXT


def _refuse_properties(
    event: ScalarEvent | MappingStartEvent | SequenceStartEvent, problems: Problems, *, line: int, column: int
) -> None:
    if event.anchor is not None:
        problems.add(f"an anchor (&{event.anchor})", line=line, column=column, fix="remove it")
    if event.tag is not None:
        problems.add(f"a tag ({shown(event.tag)})", line=line, column=column, fix="remove it")


def _under(key: Node, value: Node) -> Node:
    """`value` as problems name and place it: what is left out stands where its key does."""
    line, column = (
        (value.line, value.column) if value.scalar or value.kind is not Kind.NULL else (key.line, key.column)
    )
    items = tuple(replace(item, name=f"an entry of {key.scalar}") for item in value.values)
    values = items if value.kind is Kind.SEQUENCE else value.values
    return replace(value, name=key.scalar, line=line, column=column, values=values)


def _collection(closed: _Open, problems: Problems) -> Node:
    """The finished collection; of equal keys the first stands, and each other one is a problem."""
    if closed.kind is Kind.SEQUENCE:
        return Node(closed.kind, closed.line, closed.column, problems, values=tuple(closed.children))
    pairs: dict[str, tuple[Node, Node]] = {}
    for key, value in zip(closed.children[::2], closed.children[1::2], strict=True):
        if key.kind in _NO_KEYS:
            key.problem(f"{key.described} is no key", fix="a key is one word")
        elif key.scalar == "<<":
            key.problem("a merge", fix="write the keys out")
        elif key.scalar in pairs:
            first = pairs[key.scalar][0]
            key.problem(f"duplicate key {shown(key.scalar)}", fix=f"it stands in line {first.line} already")
        else:
            pairs[key.scalar] = (key, _under(key, value))
    keys, values = zip(*pairs.values(), strict=True) if pairs else ((), ())
    return Node(closed.kind, closed.line, closed.column, problems, keys=keys, values=values)


_NO_KEYS: Final = frozenset({Kind.MAPPING, Kind.SEQUENCE, Kind.NULL, Kind.UNUSABLE})
