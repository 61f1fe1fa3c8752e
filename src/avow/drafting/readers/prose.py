"""Finds headings, sentences, URLs and mail addresses in Markdown, reStructuredText and plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from avow.drafting.found import Document, InRepository

MAX_LINE: Final = 4000
"""Characters examined per line; longer lines are generated, not written."""

MAX_SENTENCE: Final = 1200
"""Characters examined per sentence; longer ones are tables or generated text."""

_URL = re.compile(r"https?://[^\s<>\"'`\]|{}\\^]+", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+/@-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
)
_LINK = re.compile(r"\]\(\s*<?([^)\s>]{1,2000})>?[^)]{0,200}\)")
_RELATIVE = re.compile(r"(?:\./)?[A-Za-z0-9_.][A-Za-z0-9_./-]*(?:#[A-Za-z0-9_.-]*)?")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<title>.+)$")
_UNDERLINE = re.compile(r"^(=|-|~|\^|\*|\+|#){3,}\s*$")
_FENCE = re.compile(r"^\s{0,3}(```|~~~)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z*_`\[(>-])|\n\s*\n|\n\s*(?=[-*+#|]|\d+\.\s)")
_TRAILING = ".,;:!?*_'\""


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading, its line, and the line of the next heading."""

    title: str
    line: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """Text up to a full stop, an empty line or the next list item, and its first line."""

    text: str
    line: int


def headings(document: Document) -> tuple[Heading, ...]:
    """The headings outside code blocks, in order."""
    found: list[tuple[str, int]] = []
    fenced = False
    previous = ""
    for number, raw in enumerate(document.lines, start=1):
        line = raw[:MAX_LINE]
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            if match := _HEADING.match(line):
                found.append((match["title"].strip().rstrip("#").strip(" *_`"), number))
            elif (
                previous.strip() and _UNDERLINE.match(line) and not previous.startswith((" ", "|", "-", "*"))
            ):
                found.append((previous.strip(), number - 1))
        previous = line
    ends = [*(line for _, line in found), len(document.lines) + 1][1:]
    return tuple(Heading(title, line, end) for (title, line), end in zip(found, ends, strict=True))


def sentences(document: Document) -> Iterator[Sentence]:
    """The sentences of the text, including list items and table rows."""
    text = "\n".join(line[:MAX_LINE] for line in document.lines)
    start, line = 0, 1
    for end, after in ((m.start(), m.end()) for m in _SENTENCE_END.finditer(text)):
        yield from _sentence(text[start:end], line)
        line += text.count("\n", start, after)
        start = after
    yield from _sentence(text[start:], line)


def _sentence(raw: str, line: int) -> Iterator[Sentence]:
    stripped = raw.lstrip()
    if stripped:
        skipped = raw[: len(raw) - len(stripped)].count("\n")
        yield Sentence(" ".join(stripped[:MAX_SENTENCE].split()), line + skipped)


def addresses(line: str) -> tuple[str, ...]:
    """Link targets, URLs and mail addresses in one line, each once, in order."""
    text = line[:MAX_LINE]
    found: list[tuple[int, str]] = [(m.start(1), m[1]) for m in _LINK.finditer(text)]
    found += [(m.start(), _trimmed(m[0])) for m in _URL.finditer(text)]
    found += [(m.start(), m[0].rstrip(_TRAILING)) for m in _EMAIL.finditer(text)]
    return tuple(dict.fromkeys(target for _, target in sorted(found)))


def _trimmed(url: str) -> str:
    """A URL without the punctuation of the sentence around it."""
    trimmed = url.rstrip(_TRAILING)
    while trimmed.endswith(")") and trimmed.count(")") > trimmed.count("("):
        trimmed = trimmed[:-1].rstrip(_TRAILING)
    return trimmed


def mail_addresses(line: str) -> tuple[str, ...]:
    """The mail addresses in one line."""
    return tuple(dict.fromkeys(m[0].rstrip(_TRAILING) for m in _EMAIL.finditer(line[:MAX_LINE])))


def repository_link(target: str) -> InRepository | None:
    """The file of the repository that a relative link points to, or `None`."""
    if not _RELATIVE.fullmatch(target) or ".." in target.split("/"):
        return None
    path, _, anchor = target.removeprefix("./").partition("#")
    return InRepository(path=path, anchor=anchor) if path else None


def anchor(title: str) -> str:
    """The anchor that forges create for a heading: lower case, hyphens between words, no punctuation."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.strip().lower()))
