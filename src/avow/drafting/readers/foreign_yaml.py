"""Reads YAML that others wrote, as far as possible, with the line of each value. Nothing in it is executed.

Our own files are read strictly (`avow.formats.yaml_nodes`). Of foreign files, everything usable is kept: the
tree is built from the parser's events, without recursion, so the part before a syntax error counts, and deep
nesting is only a note. Anchors, aliases and tags are not followed, so no file can grow while it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from avow.drafting.found import Document, shown

MAX_YAML_BYTES: Final = 256 * 1024
"""Larger files are left out. This much takes about a second, and no real file seen has a tenth of it."""

MAX_KEY: Final = 200
"""Characters of a key; the longest in the formats that are read has 40."""

MAX_DEPTH: Final = 32
"""Limit of nesting, where reading stops: the time of the scanner grows with the square of the depth.

Real workflow files need 9.
"""

MAX_EVENTS: Final = 20_000
"""Limit of keys, values and collections; it limits the time for a hostile file to about a second."""


@dataclass(frozen=True, slots=True)
class ForeignNode:
    """One value and its line: text, a mapping, a list, or `None` for an alias."""

    line: int
    value: str | dict[str, ForeignNode] | list[ForeignNode] | None
    plain: bool = False

    def at(self, *keys: str) -> ForeignNode | None:
        """The node under nested mapping keys, or `None`."""
        node: ForeignNode | None = self
        for key in keys:
            node = node.value.get(key) if node is not None and isinstance(node.value, dict) else None
        return node

    @property
    def text(self) -> str | None:
        """The text of a scalar, stripped; `None` for collections and for a plain null."""
        if not isinstance(self.value, str) or (
            self.plain and self.value in {"", "~", "null", "Null", "NULL"}
        ):
            return None
        return self.value.encode("utf-8", errors="replace").decode("utf-8").strip()

    @property
    def flag(self) -> bool | None:
        """The value as a YAML 1.2 boolean, or `None`."""
        words = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
        return words.get(self.value) if self.plain and isinstance(self.value, str) else None

    @property
    def members(self) -> dict[str, ForeignNode]:
        """The members of a mapping; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[ForeignNode]:
        """The items of a list; empty for anything else."""
        return self.value if isinstance(self.value, list) else []

    def walk(self) -> Iterator[tuple[str, ForeignNode]]:
        """Every node of the tree with its key, in the order of the file; items have the key of their list."""
        waiting: list[tuple[str, ForeignNode]] = [("", self)]
        while waiting:
            key, node = waiting.pop()
            yield key, node
            below = [*node.members.items(), *((key, item) for item in node.items)]
            waiting.extend(reversed(below))


@dataclass(frozen=True, slots=True)
class Outline:
    """The part of a YAML document that could be read, and the problems found, each with its line."""

    root: ForeignNode
    problems: tuple[tuple[int, str], ...]


def outline(document: Document) -> Outline:
    """The readable part of the first YAML document in `document`; never raises."""
    if not document.complete or len(document.data) > MAX_YAML_BYTES:
        return Outline(
            ForeignNode(1, None), ((0, f"not read: has more than {MAX_YAML_BYTES // 1024} KiB of YAML"),)
        )
    builder = _Builder()
    try:
        for count, event in enumerate(YAML(typ="safe", pure=True).parse(document.text)):
            if count > MAX_EVENTS:
                builder.problem(
                    event.start_mark.line + 1, f"not read from here on: has more than {MAX_EVENTS} values"
                )
                break
            if not builder.take(event):
                break
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        builder.problem(
            mark.line + 1 if mark else 0,
            f"not read from here on: not valid YAML: {error.problem or error.context}",
        )
    except (YAMLError, ValueError, OverflowError) as error:
        # A forbidden character, or an escape beyond Unicode; neither error has a place.
        builder.problem(0, f"not valid YAML: {str(error).splitlines()[0]}")
    return Outline(builder.root or ForeignNode(1, None), tuple(builder.problems))


class _Builder:
    """Builds nodes from events. Every open collection has a node and a pending key."""

    def __init__(self) -> None:
        self.root: ForeignNode | None = None
        self.problems: list[tuple[int, str]] = []
        self._open: list[ForeignNode] = []
        self._keys: list[str | None] = []

    def problem(self, line: int, message: str) -> None:
        self.problems.append((line, message))

    def take(self, event: Any) -> bool:
        """Process one event; false if reading should stop, because the document is complete or too deep."""
        line = event.start_mark.line + 1
        match event:
            case DocumentStartEvent():
                return self.root is None
            case MappingStartEvent() | SequenceStartEvent():
                if len(self._open) >= MAX_DEPTH:
                    self.problem(line, f"not read from here on: nested deeper than {MAX_DEPTH} levels")
                    return False
                node = ForeignNode(line, {} if isinstance(event, MappingStartEvent) else [])
                self._place(node)
                self._open.append(node)
                self._keys.append(None)
            case MappingEndEvent() | SequenceEndEvent():
                self._open.pop()
                self._keys.pop()
            case ScalarEvent():
                self._place(ForeignNode(line, event.value, plain=not event.style and event.tag is None))
            case AliasEvent():
                self.problem(line, f"the alias *{event.anchor} is not followed")
                self._place(ForeignNode(line, None))
        return True

    def _place(self, node: ForeignNode) -> None:
        if not self._open:
            self.root = node
            return
        parent, key = self._open[-1], self._keys[-1]
        if isinstance(parent.value, list):
            parent.value.append(node)
        elif key is None:
            # YAML allows a collection as a key, or a text of any length, but no format here uses either, and
            # every path below it would repeat it; its line becomes its name.
            name = node.value if isinstance(node.value, str) else ""
            self._keys[-1] = name if 0 < len(name) <= MAX_KEY else f"(line {node.line})"
        else:
            self._keys[-1] = None
            if key in parent.members:
                self.problem(node.line, f"the key {shown(key)} is used twice; the first one is read")
            else:
                parent.members[key] = node
