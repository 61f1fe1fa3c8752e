"""Finds headings, sentences, URLs and mail addresses in Markdown, reStructuredText and plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from avow.drafting.found import Document, InRepository

MAX_LINE: Final = 4000
"""Characters examined per line; longer lines are generated, not written."""

MAX_SENTENCE: Final = 1200
"""Characters examined per sentence; longer ones are tables or generated text."""

_URL = re.compile(r"https?://[^\s<>\"'`|{}\\^]+", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+/@-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
)
_LINK = re.compile(r"\]\(\s*(?:<([^<>\n]{1,2000})>|((?:[^()\s<>]|\([^()\s]{0,200}\)){1,2000}))[^)]{0,200}\)")
_REFERENCE = re.compile(r"^ {0,3}\[([^\]\n]{1,200})\]:[ \t]+<?([^\s<>]{1,2000})>?", re.MULTILINE)
_REFERRED = re.compile(r"\[([^\[\]\n]{1,200})\](?:\[([^\[\]\n]{0,200})\])?(?!\()")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_RELATIVE = re.compile(r"(?:\./)?[A-Za-z0-9_.][A-Za-z0-9_./-]*(?:#[A-Za-z0-9_.-]*)?")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<title>.+)$")
_UNDERLINE = re.compile(r"^(=|-|~|\^|\*|\+|#){3,}\s*$")
_FENCE = re.compile(r"^\s{0,3}(?:>\s?)?(```|~~~)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z*_`\[(>-])|\n\s*\n|\n\s*(?=[-*+#|]|\d+\.\s)")
_TRAILING = ".,;:!?*_'\""
_LIST_ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s")
_QUOTE = re.compile(r"^ {0,3}>[ \t]?")
_ALERT = re.compile(r"^ {0,3}>\s*\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]", re.IGNORECASE)
"""A block quote of GitHub and GitLab in which the author speaks."""


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading, its line, and the line of the next heading."""

    title: str
    line: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """Text up to a full stop, an empty line or the next list item, its line, and what it belongs to.

    `heading` is that of its section. `lead` is the last sentence of the section that ends with a colon, if
    this is an item of the list below it.
    """

    text: str
    line: int
    heading: str = ""
    lead: str = ""


@lru_cache(maxsize=4)
def headings(document: Document) -> tuple[Heading, ...]:
    """The headings outside code blocks and comments, in order."""
    found: list[tuple[str, int]] = []
    previous = ""
    for number, line in enumerate(_said(document, quotes=True).split("\n"), start=1):
        if match := _HEADING.match(line):
            found.append((match["title"].strip().rstrip("#").strip(" *_`"), number))
        elif previous.strip() and _UNDERLINE.match(line) and not previous.startswith((" ", "|", "-", "*")):
            found.append((previous.strip(), number - 1))
        previous = line
    ends = [*(line for _, line in found), len(document.lines) + 1][1:]
    return tuple(Heading(title, line, end) for (title, line), end in zip(found, ends, strict=True))


def sentences(document: Document, *, quotes: bool = False) -> Iterator[Sentence]:
    """The sentences that the author says: no code blocks, HTML comments or, without `quotes`, block quotes.

    Reference links have their targets in place, so that an address is in the sentence that uses it.
    """
    text = _resolved(_said(document, quotes=quotes))
    titles = headings(document)
    heading, lead, at = "", "", 0
    for sentence in _split(text):
        while at < len(titles) and titles[at].line <= sentence.line:
            heading, lead, at = titles[at].title, "", at + 1
        is_item = _LIST_ITEM.match(sentence.text) is not None
        if not is_item:
            lead = ""
        yield Sentence(sentence.text, sentence.line, heading, lead)
        if sentence.text.rstrip("*_ ").endswith(":"):
            lead = sentence.text


def _split(text: str) -> Iterator[Sentence]:
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


@lru_cache(maxsize=4)  # each question of a document asks for it again
def _said(document: Document, *, quotes: bool) -> str:
    """The text with the same lines; those that are hidden, code or quoted are empty."""
    text = "\n".join(line[:MAX_LINE] for line in document.lines)
    text = _HIDDEN.sub(lambda match: "\n" * match[0].count("\n"), text)
    kept, fenced, alert, was_quote = [], False, False, False
    for line in text.split("\n"):
        is_quote = _QUOTE.match(line) is not None
        alert = is_quote and (_ALERT.match(line) is not None or (alert and was_quote))
        was_quote = is_quote
        if _FENCE.match(line):
            fenced = not fenced
            kept.append("")
        elif fenced or (is_quote and not (quotes or alert)):
            kept.append("")
        else:
            kept.append(_QUOTE.sub("", line, count=1) if is_quote else line)
    return "\n".join(kept)


def _resolved(text: str) -> str:
    """The text with the targets of reference links in place. Source: CommonMark 0.31, 6.3."""
    targets: dict[str, str] = {}
    for match in _REFERENCE.finditer(text):
        targets.setdefault(_label(match[1]), match[2])
    if not targets:
        return text

    def inline(match: re.Match[str]) -> str:
        target = targets.get(_label(match[2] or match[1]))
        return match[0] if target is None else f"[{match[1]}](<{target}>)"

    return _REFERRED.sub(inline, _REFERENCE.sub("", text))


def _label(text: str) -> str:
    return " ".join(text.lower().split())


def addresses(line: str) -> tuple[str, ...]:
    """Link targets, URLs and mail addresses in one line, each once, in order."""
    text = line[:MAX_LINE]
    found: list[tuple[int, str]] = [(m.start(), m[1] or m[2]) for m in _LINK.finditer(text)]
    inside = [(m.start(), m.end()) for m in _LINK.finditer(text)]
    found += [
        (m.start(), _trimmed(m[0]))
        for m in _URL.finditer(text)
        if not any(start < m.start() < end for start, end in inside)
    ]
    found += [(m.start(), m[0].strip(_TRAILING)) for m in _EMAIL.finditer(text)]
    return tuple(dict.fromkeys(_written(target) for _, target in sorted(found)))


def _written(target: str) -> str:
    """The target as a URL is written. Source: CommonMark 0.31, 6.2 (entities); RFC 3986, 3.4 (brackets)."""
    target = target.replace("&amp;", "&")
    base, mark, query = target.partition("?")
    return base + mark + query.replace("[", "%5B").replace("]", "%5D")


def _trimmed(url: str) -> str:
    """A URL without the punctuation of the sentence around it, or the bracket that closes before it does."""
    depth = 0
    for position, character in enumerate(url):
        depth += (character == "[") - (character == "]")
        if depth < 0:
            url = url[:position]
            break
    trimmed = url.rstrip(_TRAILING)
    while trimmed.endswith(")") and trimmed.count(")") > trimmed.count("("):
        trimmed = trimmed[:-1].rstrip(_TRAILING)
    return trimmed


def mail_addresses(line: str) -> tuple[str, ...]:
    """The mail addresses in one line."""
    return tuple(dict.fromkeys(m[0].strip(_TRAILING) for m in _EMAIL.finditer(line[:MAX_LINE])))


def repository_link(target: str) -> InRepository | None:
    """The file of the repository that a relative link points to, or `None`."""
    if not _RELATIVE.fullmatch(target) or ".." in target.split("/"):
        return None
    path, _, anchor = target.removeprefix("./").partition("#")
    return InRepository(path=path, anchor=anchor) if path else None


def anchor(title: str) -> str:
    """The anchor that forges create for a heading: lower case, hyphens between words, no punctuation."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.strip().lower()))
