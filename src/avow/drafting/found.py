"""What one source of a draft yields: facts with their places, hints for a person, and what was left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, Literal, Protocol

from avow.values import Frozen, freeze

MAX_SOURCE_BYTES: Final = 1024 * 1024
"""Limit for one source file. The largest Security Insights or policy file seen in the wild has 30 KB."""

_MAX_SHOWN: Final = 160
_MAX_NAME: Final = 200
_PLACEHOLDER_HOSTS = re.compile(
    r"(?:^|\.)(?:example\.[a-z]{2,6}|example\.co\.[a-z]{2}|[a-z0-9-]+\.(?:example|invalid|test)|localhost|"
    r"your[a-z0-9-]*\.[a-z.]+|(?:my)?(?:domain|company|organi[sz]ation)\.(?:com|org|net|tld|io))$"
)
_PLACEHOLDER_WORDS = re.compile(
    r"(?:todo|tbd|tba|fixme|xxx+|n/?a|none|null|unknown|changeme|placeholder|your[-_ ].*|insert[-_ ].*|"
    r"lorem ipsum.*)\W*",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"<[^<>@]+>|\[[A-Za-z_ -]+\]|\{\{?[^{}]+\}\}?|_{3,}")
_TO_FILL_IN = re.compile(
    r"(?:^|[/@.=_-])(?i:your|insert)[-_.]?(?i:org|organi[sz]ation|company|projects?|repo|repository|name|"
    r"user|username|"
    r"domain|e?mail|team|app|package|module|here)(?:[/@._-]|$)|"
    r"/(?:OWNER|ORG|ORGANI[SZ]ATION|REPO|REPOSITORY|USER|USERNAME|PROJECT|ACCOUNT|NAMESPACE)(?:/|$)|"
    r"/(?:owner|user|username|org)/(?:repo|repository|project)(?:/|$)|%3C.+%3E"
)
"""A part of an address that its author was to replace, as in `https://github.com/YOUR-ORG/REPO`."""
_URL = re.compile(
    r"https?://(?:[^\s/?#@]+@)?(?P<host>[^\s/?#:@]+)(?::\d+)?(?:[/?#][^\s<>\"'`]*)?", re.IGNORECASE
)


class InRepository(Frozen):
    """A URL of which only the path in this repository is known; the draft completes it if it can."""

    path: str
    anchor: str = ""


class Pointer(Frozen):
    """One entry of evidence, as an author writes it into avow.yaml."""

    kind: Literal["file", "scorecard", "securityInsights", "url"]
    target: str
    check: str | None = None


class Found(Frozen):
    """One fact for one practice, in wire form or as `InRepository`, and the place where it was found."""

    practice: str
    fact: str
    value: Any
    origin: str
    evidence: Pointer | None = None


class Hint(Frozen):
    """Something that is not a fact of the catalogue, but helps a person to state one."""

    practice: str
    text: str
    origin: str
    evidence: Pointer | None = None


ProjectField = Literal["name", "url", "source", "purl", "version", "organization", "role"]


class ProjectFact(Frozen):
    """What a source says about the project itself or about the declarant."""

    field: ProjectField
    value: str
    origin: str


class LeftOut(Frozen):
    """A part of a source that the draft does not include, and the reason."""

    origin: str
    why: str


class Ended(Frozen):
    """A sign that the project, or its maintenance, has ended, in the words of a source."""

    text: str
    origin: str


class Reading(Frozen):
    """Everything that one source yields. `label` is its name for people, for example the path."""

    label: str
    found: tuple[Found, ...] = ()
    hints: tuple[Hint, ...] = ()
    project: tuple[ProjectFact, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    ended: tuple[Ended, ...] = ()
    about: str | None = None
    """The repository that everything in the source is about, if the source says so."""


class Document(Frozen):
    """One file as it was read. `complete` is false if the file is longer than `data`."""

    path: str
    data: bytes
    complete: bool = True

    @cached_property
    def text(self) -> str:
        """The content as UTF-8 with line feeds as line ends; undecodable bytes become U+FFFD."""
        text = self.data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of `text`."""
        return tuple(self.text.split("\n"))

    @property
    def is_text(self) -> bool:
        """The content has no NUL byte, so it can be text."""
        return b"\0" not in self.data

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def line_of(self, position: int) -> int:
        """The number of the line with the character at `position` in `text`."""
        return self.text.count("\n", 0, position) + 1


class Tag(Frozen):
    """One tag of the repository. `signed` means that it has a signature, not that it was verified."""

    name: str
    day: date
    signed: bool


class Tree(Protocol):
    """The parts of a directory or commit that sources of a draft need. Paths are relative, with `/`."""

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
        """The date of the newest commit, or `None`."""
        ...

    def read(self, path: str, *, max_bytes: int) -> Document:
        """The first `max_bytes` of one of `paths`."""
        ...


@dataclass(frozen=True, slots=True)
class DraftSource:
    """One kind of source: its paths in a checkout, how to recognise a given file, and its reader.

    `read` gets the date of the run, because some formats have an expiry date.
    """

    name: str
    paths: re.Pattern[str]
    sniff: Callable[[Document], bool]
    read: Callable[[Document, date], Reading]


@dataclass(slots=True)
class Notes:
    """Collects what one document yields. Every origin is `path:line`, or the path alone."""

    document: Document
    label: str = ""
    evidence: Pointer | None = None
    found: list[Found] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    project: list[ProjectFact] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    repository: str | None = None

    def place(self, line: int) -> str:
        """`path:line`, or the path for line 0."""
        return f"{self.document.path}:{line}" if line else self.document.path

    def fact(
        self, practice: str, fact: str, value: Any, *, line: int, evidence: Pointer | None = None
    ) -> None:
        """Add a fact. Its evidence is that of the document, unless given."""
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
        """Add a hint for the person who completes the entry."""
        self.hints.append(
            Hint(practice=practice, text=shown(text), origin=self.place(line), evidence=evidence)
        )

    def about(self, what: ProjectField, value: str, *, line: int) -> None:
        """Add a fact about the project, unless it is a placeholder."""
        if not is_placeholder(value):
            text = one_line(value)[:_MAX_NAME]
            self.project.append(ProjectFact(field=what, value=text, origin=self.place(line)))

    def leave_out(self, why: str, *, line: int) -> None:
        """Record that something was left out."""
        self.left_out.append(LeftOut(origin=self.place(line), why=shown(why)))

    def end(self, text: str, *, line: int) -> None:
        """Record a sign that nobody maintains the project any more."""
        self.ended.append(Ended(text=shown(text), origin=self.place(line)))

    def reading(self) -> Reading:
        """Everything that was collected."""
        return Reading(
            label=self.label or self.document.path,
            found=tuple(self.found),
            hints=tuple(self.hints),
            project=tuple(self.project),
            left_out=tuple(self.left_out),
            ended=tuple(self.ended),
            about=self.repository,
        )


def shown(text: str) -> str:
    """`text` as one short line of printable characters, safe in a comment and on a terminal."""
    line = one_line(text[: 8 * _MAX_SHOWN])
    return line if len(line) <= _MAX_SHOWN else f"{line[: _MAX_SHOWN - 1]}…"


def one_line(text: str) -> str:
    """`text` on one line, with printable characters only."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def is_url(text: str) -> bool:
    """`text` is an http or https URL and nothing else."""
    return _URL.fullmatch(text) is not None


def day_of(text: str) -> date | None:
    """The day of a date, or of a date and time, in ISO 8601; None if it is neither."""
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def is_placeholder(text: str) -> bool:
    """`text` is a placeholder: empty, a word such as TODO, an example host, or a field to fill in."""
    word = text.strip()
    if not word or _PLACEHOLDER_WORDS.fullmatch(word) or _BRACKETED.search(word):
        return True
    if ("@" in word or "/" in word) and _TO_FILL_IN.search(word):
        return True
    address = _URL.match(word)
    host = address["host"] if address else word.rpartition("@")[2] if "@" in word else ""
    return _PLACEHOLDER_HOSTS.search(host.lower()) is not None
