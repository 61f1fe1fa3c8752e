"""Values of a document with their positions: the reader of each decides its type.

Problems are collected: a reader that finds one notes it, returns a neutral value of its type and continues.
Whoever made the nodes raises all problems together, so no neutral value is ever used. The nodes come from
YAML (`avow.formats.yaml_nodes`) or from JSON (`avow.formats.json_nodes`).

Source: YAML 1.2.2, sections 5.4 (characters) and 10.3.2 (core schema), which JSON's values are a part of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from avow.values import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from avow.errors import Problems

MAX_TEXT_CHARACTERS: Final = 4000
"""Longer texts belong in a separate document, with a link to it here."""

MAX_INTEGER: Final = 2**53 - 1
"""Counts stay exact in readers that turn JSON numbers into doubles. Source: RFC 8259, section 6."""

_MAX_SHOWN: Final = 60
TEXT_PATTERN: Final = r"[^\s\x00-/:-@\[-`{-\x9f]"
"""A character that is neither white space nor ASCII punctuation, in a form that every regex dialect reads."""

_LARGEST_INTEGER_DIGITS: Final = len(str(MAX_INTEGER))

INVISIBLE: Final = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
)
"""Control characters, line ends that only some readers know, and marks that display text in another order.

Source: YAML 1.2.2, 5.1 and 5.4; CVE-2021-42574 (direction marks).
"""


_NOT_IN_TEXTS = re.compile(rf"[\t\r\ud800-\udfff{INVISIBLE}]")

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
    """The kind of a value in the core schema; each member's value is its wording in messages."""

    MAPPING = "a mapping"
    SEQUENCE = "a list"
    TEXT = "text"
    INTEGER = "a whole number"
    NUMBER = "another number"
    """A fraction, or a whole number in a spelling that readers understand differently (`007`, `0x1F`)."""
    BOOLEAN = "true or false"
    NULL = "an empty value"
    UNUSABLE = "refused"
    """Already reported as a problem; its reader gets a neutral value and adds no other problem."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the document with its position; its methods return it as a type or note a problem."""

    kind: Kind
    line: int
    column: int
    problems: Problems = field(repr=False, compare=False)
    name: str = "the file"
    """Its name in messages: the key that it belongs to."""
    scalar: str = ""
    """The text of a scalar, without quotes."""
    keys: tuple[Node, ...] = ()
    """The keys of a mapping, without duplicates."""
    values: tuple[Node, ...] = ()
    """The values of a mapping, or the items of a list."""

    def problem(self, message: str, *, fix: str = "") -> None:
        """Note a problem with this value."""
        if self.kind is not Kind.UNUSABLE:
            self.problems.add(message, line=self.line, column=self.column, fix=fix)

    @property
    def described(self) -> str:
        """The value, worded for messages."""
        match self.kind:
            case Kind.TEXT:
                return shown(self.scalar)
            case Kind.INTEGER | Kind.NUMBER:
                return f"the number {self.scalar[:_MAX_SHOWN]}"
            case Kind.BOOLEAN:
                return self.scalar
            case _:
                return self.kind.value

    def mapping(
        self, *, allowed: Collection[str], required: Collection[str] = (), reserved: Collection[str] = ()
    ) -> dict[str, Node]:
        """The values by key; keys that are not `allowed` and missing `required` keys are problems.

        `reserved` keys belong to the format and are problems too: this version of Avow can't act on them.
        A missing required key gets a neutral value, so the caller can still index it.
        """
        known: dict[str, Node] = {}
        for key, value in self.members():
            if key.scalar in allowed or key.scalar in reserved:
                known[key.scalar] = value
                if key.scalar in reserved:
                    value.problem(
                        f"{key.scalar} is not supported by this version", fix=f"remove {key.scalar}"
                    )
            else:
                near = nearest(key.scalar, allowed)
                fix = f"did you mean {near}?" if near else f"use one of: {', '.join(allowed)}"
                key.problem(f"unknown key {shown(key.scalar)}", fix=fix)
        for name in required:
            if name not in known:
                if self.kind is Kind.MAPPING:
                    self.problem(f"`{name}` is missing", fix=f"add {name}")
                known[name] = unusable(self.problems, line=self.line, column=self.column)
        return known

    def members(self) -> tuple[tuple[Node, Node], ...]:
        """The pairs of a mapping whose keys the author chooses; `scalar` of a key is its text."""
        if self._is(Kind.MAPPING, fix="write one key: value pair per line"):
            return tuple(zip(self.keys, self.values, strict=True))
        return ()

    def items(self) -> tuple[Node, ...]:
        """The items of a list."""
        return (
            self.values if self._is(Kind.SEQUENCE, fix="write one item per line, each after a dash") else ()
        )

    def text(self, *, max_characters: int = MAX_TEXT_CHARACTERS, many_lines: bool = False) -> str:
        """A non-empty text on one line; with `many_lines` it may have several, and outer space is dropped."""
        if not self._is(Kind.TEXT, fix="put it in quotes" if self.kind in _SCALAR_KINDS else ""):
            return ""
        text = self.scalar.strip() if many_lines else self.scalar
        if not text.strip():
            self.problem(f"{self.name} is empty", fix="write a value, or remove the key if it is optional")
        elif not says_something(text):
            self.problem(
                f"{self.name} is {self.described}, which says nothing", fix="write words, or remove it"
            )
        elif len(text) > max_characters:
            self.problem(
                f"{self.name} has {len(text)} characters; at most {max_characters} are allowed",
                fix="shorten it",
            )
        elif text != text.strip():
            self.problem(f"{self.name} begins or ends with a space", fix="remove the space")
        elif not many_lines and "\n" in text:
            self.problem(f"{self.name} has several lines", fix="write it on one line")
        else:
            return text
        return ""

    def word(self, vocabulary: Sequence[str], *, what: str) -> str:
        """One word of `vocabulary`, or an empty text as neutral value; `what` names it in messages."""
        if self.kind is Kind.TEXT and self.scalar in vocabulary:
            return self.scalar
        near = nearest(self.scalar, vocabulary)
        fix = f"did you mean {near}?" if near else f"use one of: {', '.join(vocabulary)}"
        if self.scalar in vocabulary:
            fix = "put it in quotes"
        self.problem(f"unknown {what}: {self.described}", fix=fix)
        return ""

    def check_version(self, supported: int, *, fix: str) -> None:
        """The version of the file's format; another one than `supported` is a problem."""
        if (self.kind, self.scalar) != (Kind.INTEGER, str(supported)):
            self.problem(
                f"`{self.name}` is {self.described}; this version of Avow reads {supported}",
                fix=f"write {fix}",
            )

    def boolean(self) -> bool:
        """`true` or `false`; `yes`, `no`, `on` and `off` are texts."""
        self._is(Kind.BOOLEAN, fix="write true or false")
        return self.scalar in _TRUE

    def integer(self, *, minimum: int = 0, maximum: int = MAX_INTEGER) -> int:
        """A whole number from `minimum` to `maximum`, in plain decimal digits."""
        fix = f"write a whole number from {minimum} to {maximum}, without quotes"
        if not self._is(Kind.INTEGER, fix=fix):
            return minimum
        number = self._number()
        if minimum <= number <= maximum:
            return number
        self.problem(f"{self.name} is {self.described}, which is out of range", fix=fix)
        return minimum

    def date(self) -> date:
        """A calendar date, `YYYY-MM-DD`, quoted or not."""
        if self.kind is Kind.TEXT and _DATE.fullmatch(self.scalar):
            try:
                return date.fromisoformat(self.scalar)
            except ValueError:
                self.problem(
                    f"{self.name} is {self.scalar}, which is not in the calendar", fix='write "YYYY-MM-DD"'
                )
        else:
            self.problem(f"{self.name} is {self.described}, not a date", fix='write "YYYY-MM-DD"')
        return date.min

    def moment(self) -> datetime:
        """A time in UTC, `YYYY-MM-DDTHH:MM:SSZ`; a date means its first second, so it never looks newer."""
        fix = 'write "YYYY-MM-DDTHH:MM:SSZ" (UTC) or "YYYY-MM-DD"'
        if self.kind is Kind.TEXT and (_DATE.fullmatch(self.scalar) or _MOMENT.fullmatch(self.scalar)):
            try:
                return datetime.fromisoformat(self.scalar).replace(tzinfo=UTC)
            except ValueError:
                self.problem(f"{self.name} is {self.scalar}, which is not a valid date and time", fix=fix)
        else:
            self.problem(f"{self.name} is {self.described}, not a date and time", fix=fix)
        return datetime.min.replace(tzinfo=UTC)

    def data(self) -> Any:
        """The same value as plain JSON: dicts, lists, texts, whole numbers, booleans and `None`.

        Numbers on which JSON readers disagree, and texts over `MAX_TEXT_CHARACTERS`, are problems. The final
        newline of a block text is dropped.
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
                    message = (
                        f"{self.name} has {len(value)} characters; at most {MAX_TEXT_CHARACTERS} are allowed"
                    )
                    self.problem(message, fix="shorten it, or link to a document")
            case Kind.INTEGER:
                value = self.integer(minimum=-MAX_INTEGER)
            case Kind.BOOLEAN:
                value = self.boolean()
            case Kind.NUMBER:
                fix = "put it in quotes, or write a whole number in plain digits"
                self.problem(f"{self.name} is {self.described}, which is not a whole number", fix=fix)
        return value

    def at(self, path: Sequence[str | int]) -> Node:
        """The node at `path`, a sequence of keys and list indexes, or the last node on it that exists."""
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
        # Longer numbers are out of range anyway, and converting them would take quadratic time.
        return int(self.scalar[: _LARGEST_INTEGER_DIGITS + 2])


_SCALAR_KINDS: Final = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN})


def shown(text: str) -> str:
    """`text` quoted for a message: shortened, with characters escaped that a terminal would act on."""
    short = text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in short)
    return f'"{printable}"'


def unusable(problems: Problems, *, line: int, column: int) -> Node:
    """A value that is already reported as a problem."""
    return Node(Kind.UNUSABLE, line, column, problems)


def says_something(text: str) -> bool:
    """`text` has more than white space and punctuation, which people write to get past a form."""
    return re.search(TEXT_PATTERN, text) is not None


def text_node(scalar: str, kind: Kind, problems: Problems, *, line: int, column: int) -> Node:
    """A scalar; one with a character that is not allowed is a problem."""
    refused = _NOT_IN_TEXTS.search(scalar)
    if refused:
        problems.add(
            f"the character U+{ord(refused[0]):04X} is not allowed",
            line=line,
            column=column,
            fix="remove the escape",
        )
        return unusable(problems, line=line, column=column)
    return Node(kind, line, column, problems, scalar=scalar)


def plain_kind(scalar: str) -> Kind:
    """The kind of a scalar without quotes."""
    if scalar in _NULL:
        return Kind.NULL
    if scalar in _TRUE or scalar in _FALSE:
        return Kind.BOOLEAN
    if _INTEGER.fullmatch(scalar):
        return Kind.INTEGER
    return Kind.NUMBER if _OTHER_NUMBER.fullmatch(scalar) else Kind.TEXT


@dataclass(slots=True)
class OpenCollection:
    """A mapping or list whose end has not been read yet."""

    kind: Kind
    line: int
    column: int
    children: list[Node] = field(default_factory=list)
    """The items of a list; of a mapping, each key and then its value."""

    def node(self, problems: Problems) -> Node:
        """The finished collection; of equal keys the first counts, and each further one is a problem."""
        if self.kind is Kind.SEQUENCE:
            return Node(self.kind, self.line, self.column, problems, values=tuple(self.children))
        pairs: dict[str, tuple[Node, Node]] = {}
        for key, value in zip(self.children[::2], self.children[1::2], strict=True):
            if key.kind in _NOT_KEYS:
                key.problem(f"{key.described} can't be a key", fix="write one word as the key")
            elif key.scalar == "<<":
                key.problem("merge keys are not allowed", fix="write the keys out")
            elif key.scalar in pairs:
                first = pairs[key.scalar][0]
                fix = f"remove one of them; the first is in line {first.line}"
                key.problem(f"duplicate key {shown(key.scalar)}", fix=fix)
            else:
                pairs[key.scalar] = (key, _under(key, value))
        keys, values = zip(*pairs.values(), strict=True) if pairs else ((), ())
        return Node(self.kind, self.line, self.column, problems, keys=keys, values=values)


_NOT_KEYS: Final = frozenset({Kind.MAPPING, Kind.SEQUENCE, Kind.NULL, Kind.UNUSABLE})


def _under(key: Node, value: Node) -> Node:
    """`value` with the name and position for its problems; an empty value has the position of its key."""
    line, column = (
        (value.line, value.column) if value.scalar or value.kind is not Kind.NULL else (key.line, key.column)
    )
    items = tuple(replace(item, name=f"an entry of {key.scalar}") for item in value.values)
    values = items if value.kind is Kind.SEQUENCE else value.values
    return replace(value, name=key.scalar, line=line, column=column, values=values)
