"""What a source of a draft yields: facts with their places, hints for the person, and what was left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final, Literal, Protocol

from avow.values import Frozen, freeze

MAX_SOURCE_BYTES: Final = 1024 * 1024
"""Bytes read of one source file. The largest Security Insights or policy file seen in the wild has 30 KB."""

_MAX_SHOWN: Final = 160
_MAX_NAME: Final = 200
_PLACEHOLDER_HOSTS = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net)|[a-z0-9-]+\.(?:example|invalid|test)|localhost)$"
)
_PLACEHOLDER_WORDS = re.compile(
    r"(?:todo|tbd|tba|fixme|xxx+|n/?a|none|null|unknown|changeme|placeholder|your[-_ ].*|lorem ipsum.*)\W*",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"<[^<>@]+>|\[[A-Za-z_ -]+\]|\{\{?[^{}]+\}\}?|_{3,}")
_URL = re.compile(
    r"https?://(?:[^\s/?#@]+@)?(?P<host>[^\s/?#:@]+)(?::\d+)?(?:[/?#][^\s<>\"'`]*)?", re.IGNORECASE
)


class InRepository(Frozen):
    """A URL that is known only as a file of this repository; the draft turns it into an address."""

    path: str
    anchor: str = ""


class Pointer(Frozen):
    """One evidence entry of a declaration, as an author writes it."""

    kind: Literal["file", "scorecard", "securityInsights", "url"]
    target: str
    check: str | None = None


class Found(Frozen):
    """One fact for one practice, in wire form or as `InRepository`, and where it stands."""

    practice: str
    fact: str
    value: Any
    origin: str
    evidence: Pointer | None = None


class Hint(Frozen):
    """Something seen that is no fact of the catalogue but helps a person to state one."""

    practice: str
    text: str
    origin: str
    evidence: Pointer | None = None


ProjectField = Literal["name", "url", "source", "purl", "version", "organization", "role"]


class ProjectFact(Frozen):
    """What a source says about the project itself or about who declares."""

    field: ProjectField
    value: str
    origin: str


class LeftOut(Frozen):
    """What a source says that the draft doesn't carry, and why."""

    origin: str
    why: str


class Reading(Frozen):
    """Everything one source yields. `label` names it to people: a path, perhaps with the format's version."""

    label: str
    found: tuple[Found, ...] = ()
    hints: tuple[Hint, ...] = ()
    project: tuple[ProjectFact, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class Document(Frozen):
    """One file as read. `complete` is false when it is longer than what was read of it."""

    path: str
    data: bytes
    complete: bool = True

    @cached_property
    def text(self) -> str:
        """The content as UTF-8 with line feeds alone; what can't be decoded shows as U+FFFD."""
        text = self.data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of `text`."""
        return tuple(self.text.split("\n"))

    @property
    def is_text(self) -> bool:
        """The content has no NUL byte, which no text file has."""
        return b"\0" not in self.data

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def line_of(self, position: int) -> int:
        """The number of the line that holds the character at `position` of `text`."""
        return self.text.count("\n", 0, position) + 1


class Tag(Frozen):
    """One tag of the repository. `signed` says that it carries a signature, not that somebody verified it."""

    name: str
    day: date
    signed: bool


class Tree(Protocol):
    """A directory or commit, as far as sources of a draft need it. Paths are relative, with `/`."""

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, sorted."""
        ...

    @property
    def tags(self) -> tuple[Tag, ...]:
        """All tags, in any order."""
        ...

    @property
    def last_commit(self) -> date | None:
        """The day of the newest commit, if there is one."""
        ...

    def read(self, path: str, *, max_bytes: int) -> Document:
        """The first `max_bytes` of one of `paths`."""
        ...


@dataclass(frozen=True, slots=True)
class DraftSource:
    """One kind of source: its paths in a checkout, how it knows a file that somebody names, and its reader.

    `read` gets the day of the run: some formats carry an expiry.
    """

    name: str
    paths: re.Pattern[str]
    sniff: Callable[[Document], bool]
    read: Callable[[Document, date], Reading]


@dataclass(slots=True)
class Notes:
    """Collects what one document yields. Every place is `path:line`, or the path alone."""

    document: Document
    label: str = ""
    evidence: Pointer | None = None
    found: list[Found] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    project: list[ProjectFact] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def place(self, line: int) -> str:
        """`path:line`, or the path for line 0."""
        return f"{self.document.path}:{line}" if line else self.document.path

    def fact(
        self, practice: str, fact: str, value: Any, *, line: int, evidence: Pointer | None = None
    ) -> None:
        """Keep one fact; its evidence is the document's unless given."""
        self.found.append(
            Found(
                practice=practice,
                fact=fact,
                value=freeze(value),
                origin=self.place(line),
                evidence=evidence or self.evidence,
            )
        )

    def hint(self, practice: str, text: str, *, line: int, evidence: Pointer | None = None) -> None:
        """Keep words for the person who completes the entry."""
        self.hints.append(
            Hint(practice=practice, text=shown(text), origin=self.place(line), evidence=evidence)
        )

    def about(self, what: ProjectField, value: str, *, line: int) -> None:
        """Keep a fact about the project, unless it is a placeholder."""
        if not is_placeholder(value):
            text = one_line(value)[:_MAX_NAME]
            self.project.append(ProjectFact(field=what, value=text, origin=self.place(line)))

    def leave_out(self, why: str, *, line: int) -> None:
        """Keep that something was not carried over."""
        self.left_out.append(LeftOut(origin=self.place(line), why=shown(why)))

    def reading(self) -> Reading:
        """All of it."""
        return Reading(
            label=self.label or self.document.path,
            found=tuple(self.found),
            hints=tuple(self.hints),
            project=tuple(self.project),
            left_out=tuple(self.left_out),
        )


def shown(text: str) -> str:
    """`text` as one bounded line of printable characters, which breaks no comment and no terminal."""
    line = one_line(text[: 8 * _MAX_SHOWN])
    return line if len(line) <= _MAX_SHOWN else f"{line[: _MAX_SHOWN - 1]}…"


def one_line(text: str) -> str:
    """`text` on one line, of printable characters only."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def is_url(text: str) -> bool:
    """`text` is one http or https address and nothing else."""
    return _URL.fullmatch(text) is not None


def is_placeholder(text: str) -> bool:
    """`text` only holds a fact's place: empty, a word such as TODO, an example host, an unfilled field."""
    word = text.strip()
    if not word or _PLACEHOLDER_WORDS.fullmatch(word) or _BRACKETED.search(word):
        return True
    address = _URL.match(word)
    host = address["host"] if address else word.rpartition("@")[2] if "@" in word else ""
    return _PLACEHOLDER_HOSTS.search(host.lower()) is not None
