"""Reads the documents of a project for people: README, contributing guide, change log, governance and others.

The file name shows what a document is for, and headings show where a topic is. Only a plain sentence becomes
more than a URL. Whether a page is any good is for a person to decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from avow.drafting.found import Document, InRepository, Notes, Pointer, Reading
from avow.drafting.readers.prose import anchor, headings, sentences

__all__ = ["DOCUMENTS", "is_project_document", "read_project_document"]

_EXTENSION: Final = r"(?:\.(?:md|markdown|rst|txt|adoc))?"
_FOLDERS: Final = r"(?:(?:\.github|\.gitlab|\.forgejo|\.gitea|docs?|documentation)/)?"

_BUILD = re.compile(
    r"\bfrom source\b|\bbuild(?:ing)? (?:instructions?|steps|requirements)\b|"
    r"\bbuild(?:ing)? the (?:code|project|source|library)\b|"
    r"\bhow to (?:build|compile)\b|^(?:build|building|compiling|compilation|build & install)$|"
    r"\b(?:local )?development (?:setup|environment|install\w*)\b|"
    r"\bsetting up (?:a |your )?(?:local )?dev\w*",
    re.IGNORECASE,
)
_BUILD_STATUS = re.compile(r"\b(?:status|badge|passing)\b", re.IGNORECASE)
_TESTS = re.compile(r"\b(?:tests?|testing|test suite)\b", re.IGNORECASE)
_VERIFY = re.compile(
    r"\bverif\w+\b.*\b(?:release|signature|download|artifact|artefact|provenance|integrity)\w*\b",
    re.IGNORECASE,
)
_HARDENING = re.compile(
    r"\b(?:hardening|security considerations|secure (?:configuration|deployment|defaults?))\b", re.IGNORECASE
)
_QUALITY = re.compile(
    r"\b(?:must|required?|requires|have to|has to|needs? to|mandatory|will not be (?:merged|accepted))\b",
    re.IGNORECASE,
)
_OF_CHANGES = re.compile(
    r"\b(?:(?:pull|merge)[- ]requests?|PRs?|patch(?:es)?|changes?|contributions?|commits?|submissions?|"
    r"new (?:features?|code)|code)\b",
    re.IGNORECASE,
)
_QUALITY_OF = re.compile(
    r"\b(?:tests?|tested|coverage|lint\w*|style|formatt\w+|sign(?:ed)?[- ]off|dco|changelog|review\w*|"
    r"documented|conventional commits?)\b",
    re.IGNORECASE,
)
_PULL_REQUEST = re.compile(r"\b(?:pull|merge)[- ]requests?\b|\bPRs?\b")
_BY_MAIL = re.compile(r"\bgit[- ]send-email\b|\bpatch(?:es)?\b.{0,60}\bmailing list\b", re.IGNORECASE)
_VULNERABILITY_ID = re.compile(r"\b(?:CVE-\d{4}-\d{4,7}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3})\b")
_SCHEMES: Final = (
    ("semver", re.compile(r"semver\.org|\bsemantic versioning\b", re.IGNORECASE)),
    ("calver", re.compile(r"calver\.org", re.IGNORECASE)),
)
_NOT: Final = re.compile(r"\b(?:not|don't|doesn't|isn't)\b", re.IGNORECASE)


class _Kind(NamedTuple):
    """One kind of document: its paths and its reader."""

    paths: re.Pattern[str]
    read: Callable[[Notes], None]


def _here(notes: Notes, title: str = "") -> InRepository:
    return InRepository(path=notes.document.path, anchor=anchor(title) if title else "")


def _whole(practice: str, fact: str) -> Callable[[Notes], None]:
    """A reader that takes the whole document as the value of a fact."""

    def read(notes: Notes) -> None:
        notes.fact(practice, fact, _here(notes), line=1)

    return read


def _section(
    notes: Notes, pattern: re.Pattern[str], practice: str, fact: str, *, unless: re.Pattern[str] | None = None
) -> None:
    """Take the first section with a matching heading as the value of a fact."""
    for heading in headings(notes.document):
        if pattern.search(heading.title) and not (unless and unless.search(heading.title)):
            notes.fact(practice, fact, _here(notes, heading.title), line=heading.line)
            return


def _readme(notes: Notes) -> None:
    notes.fact("DOC-01", "url", _here(notes), line=1)
    _section(notes, _BUILD, "REL-01", "url", unless=_BUILD_STATUS)
    _section(notes, _TESTS, "TST-01", "docsUrl", unless=_BUILD_STATUS)
    _section(notes, _VERIFY, "REL-04", "verifyUrl")
    _section(notes, _HARDENING, "DOC-02", "url")
    _scheme(notes)


def _contributing(notes: Notes) -> None:
    notes.fact("GOV-01", "guideUrl", _here(notes), line=1)
    _section(notes, _BUILD, "REL-01", "url", unless=_BUILD_STATUS)
    _section(notes, _TESTS, "TST-01", "docsUrl", unless=_BUILD_STATUS)
    for sentence in sentences(notes.document):
        words = (_QUALITY, _OF_CHANGES, _QUALITY_OF)
        if all(word.search(sentence.text) for word in words) and not _NOT.search(sentence.text):
            notes.fact("GOV-01", "qualityBarDocumented", value=True, line=sentence.line)
            notes.hint("GOV-01", f"a requirement: {sentence.text}", line=sentence.line)
            break
    for sentence in sentences(notes.document):
        if _BY_MAIL.search(sentence.text):
            notes.fact("VUL-07", "preferredFixForm", "patchByMail", line=sentence.line)
            break
        if _PULL_REQUEST.search(sentence.text) and not _NOT.search(sentence.text):
            notes.fact("VUL-07", "preferredFixForm", "pullRequest", line=sentence.line)
            break


def _changes(notes: Notes) -> None:
    notes.fact("REL-03", "url", _here(notes), line=1)
    named = _VULNERABILITY_ID.search(notes.document.text)
    if named:
        line = notes.document.line_of(named.start())
        notes.hint(
            "REL-03", f"mentions {named[0]}: do the release notes name every fixed vulnerability?", line=line
        )
    _scheme(notes)


def _scheme(notes: Notes) -> None:
    for scheme, pattern in _SCHEMES:
        found = pattern.search(notes.document.text)
        if found:
            line = notes.document.line_of(found.start())
            if not _NOT.search(notes.document.lines[line - 1]):
                notes.fact("REL-02", "scheme", scheme, line=line)
                return


def _support(notes: Notes) -> None:
    notes.fact("SUP-01", "policyUrl", _here(notes), line=1)


def _people(notes: Notes) -> None:
    notes.fact("GOV-02", "url", _here(notes), line=1)


def _owners(notes: Notes) -> None:
    rules = [
        n
        for n, line in enumerate(notes.document.lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if rules:
        number = f"{len(rules)} rule{'' if len(rules) == 1 else 's'}"
        text = f"CODEOWNERS has {number}: does the forge enforce review by code owners for every change?"
        notes.hint("SRC-03", text, line=rules[0])


def _kind(names: str, read: Callable[[Notes], None]) -> _Kind:
    return _Kind(re.compile(f"{_FOLDERS}(?:{names}){_EXTENSION}", re.IGNORECASE), read)


_KINDS: Final = (
    _kind("contributing", _contributing),
    _kind("(?:change(?:s|log)|news|history|release[-_]?notes)", _changes),
    _Kind(re.compile(rf"(?:\.github/|docs?/)?readme{_EXTENSION}", re.IGNORECASE), _readme),
    _kind("(?:install(?:ing|ation)?|build(?:ing)?|hacking|compil(?:e|ing))", _whole("REL-01", "url")),
    _kind("(?:testing|tests)", _whole("TST-01", "docsUrl")),
    _kind("(?:governance|maintainers|owners)", _people),
    _kind("(?:architecture|design)", _whole("DOC-03", "designUrl")),
    _kind("(?:threat[-_]?model(?:ing)?|assurance[-_]case)", _whole("DOC-04", "url")),
    _kind(
        "(?:eol|end[-_]of[-_]life|supported?[-_](?:versions|releases)|support[-_]policy|lifecycle)",
        _support,
    ),
    _kind(
        "(?:dependenc(?:y|ies)(?:[-_](?:policy|management))|dependency[-_]policy)",
        _whole("DEP-03", "policyUrl"),
    ),
    _Kind(re.compile(r"(?:(?:\.github|\.gitlab|\.forgejo|\.gitea|docs)/)?CODEOWNERS"), _owners),
)

DOCUMENTS: Final = re.compile("|".join(f"(?:{kind.paths.pattern})" for kind in _KINDS), re.IGNORECASE)


def _kind_of(document: Document) -> _Kind | None:
    return next((kind for kind in _KINDS if kind.paths.fullmatch(document.path)), None) or next(
        (kind for kind in _KINDS if kind.paths.fullmatch(document.name)), None
    )


def is_project_document(document: Document) -> bool:
    """The file has the name of a project document and is text."""
    return _kind_of(document) is not None and document.is_text


def read_project_document(document: Document, today: date) -> Reading:  # noqa: ARG001  one signature for all
    """What the reader of its kind yields; nothing for an empty document."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    kind = _kind_of(document)
    if kind is not None and document.text.strip():
        kind.read(notes)
    else:
        notes.leave_out("is empty", line=0)
    return notes.reading()
