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
from avow.drafting.readers.ending import read_ending
from avow.drafting.readers.prose import Heading, anchor, headings, sentences

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
_NOT_RUNNING_TESTS = re.compile(
    r"\b(?:status|badge|passing|updat\w+|writ\w+|add\w+|creat\w+|environments?|outputs?|where|coverage|"
    r"policy|guidelines|"
    r"your|applications?|apps)\b",
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
    r"\b(?:tests?|tested|coverage|lint\w*|style|formatt\w+|sign(?:ed)?[- ]off|dco|changelog|"
    r"documented|conventional commits?)\b",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"\b(?:open\w*|submit\w*|send\w*|creat\w+|mak\w+|fil\w+|propos\w+|welcom\w+|accept\w*|rais\w+|"
    r"issu(?:e|ing)|prefer\w*|"
    r"via|through|by|us(?:e|ing)|in|as|provid\w+|love|appreciat\w+|with|your?)\b[^.]{0,60}\b(?:(?:pull|"
    r"merge)[- ]requests?|PRs?)\b|"
    r"\b(?:(?:pull|merge)[- ]requests?|PRs?)\b[^.]{0,40}\b(?:welcome|appreciated|preferred|should|must)\b",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"\b(?:do not|don['\u2019]t|no longer|not|never|cannot|can['\u2019]t)\b[^.]{0,30}\b(?:accept\w*|take|"
    r"review|merge|consider|open|"
    r"send|submit)\b[^.]{0,40}\b(?:(?:pull|merge)[- ]requests?|PRs?|contributions?|patches)\b|"
    r"\b(?:(?:pull|merge)[- ]requests?|PRs?|contributions?)\b[^.]{0,30}\b(?:are|will be|"
    r"is)\b[^.]{0,20}\b(?:not|closed|ignored|"
    r"disabled|no longer)\b",
    re.IGNORECASE,
)
_BY_MAIL = re.compile(r"\bgit[- ]send-email\b|\bpatch(?:es)?\b.{0,60}\bmailing list\b", re.IGNORECASE)
_VULNERABILITY_ID = re.compile(r"\b(?:CVE-\d{4}-\d{4,7}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3})\b")
_SCHEMES: Final = (
    ("semver", re.compile(r"semver\.org|\bsemantic versioning\b", re.IGNORECASE)),
    ("calver", re.compile(r"calver\.org", re.IGNORECASE)),
)
_NOT: Final = re.compile(
    r"\b(?:not|never|no longer|cannot|without|instead|rather|used to|plan(?:s|ned)? to|in the future)\b|"
    r"n['\u2019]t\b",
    re.IGNORECASE,
)
_SCHEME_USED: Final = re.compile(
    r"\b(?:adher\w+|follow\w*|us(?:es?|ing)|conform\w*|compl(?:y|ies)|according to|in accordance with|"
    r"versioned|obeys?|"
    r"respects?|versioning)\b",
    re.IGNORECASE,
)
_SCHEME_HEDGED: Final = re.compile(
    r"\b(?:try|tries|trying|aims?|attempts?|loosely|mostly|intends?|similar|inspired|roughly|almost|"
    r"not strictly|except|"
    r"in general|generally|but|until|before|prior to|since|starting|plan\w*|bump\w*|updat\w+|upgrad\w+|"
    r"pars\w+|dependency|"
    r"support for)\b",
    re.IGNORECASE,
)
_BUILD_COMMAND: Final = re.compile(
    r"\b(?:make|cmake|\./configure|meson|ninja|cargo (?:build|install)|go (?:build|install)|mvnw?|"
    r"gradlew?|gradle|"
    r"npm (?:ci|install|i|run build)|yarn|pnpm|bazel|dotnet build|msbuild|swift build|mix compile|"
    r"cabal (?:build|install)|"
    r"stack build|zig build|scons|waf|python3? (?:-m build|-m pip install|setup\.py)|"
    r"pip3? install (?:-e )?\.|"
    r"uv (?:sync|build)|poetry (?:install|build)|hatch build|gem build|bundle install|composer install|"
    r"tox|just|"
    r"autoreconf|autogen|docker build|compil\w+|from source)\b|\.sln\b",
    re.IGNORECASE,
)
_OWN_TESTS: Final = re.compile(
    r"\b(?:run(?:ning)?|execut\w+|launch|invoke)\b[^.]{0,60}\btests?\b|\btest suite\b|\b(?:pytest|tox|"
    r"nox|ctest|"
    r"make (?:-\S+ )?(?:test|check)|(?:npm|yarn|pnpm|bun)(?: run)? test|cargo (?:nextest|test)|go test|"
    r"mvn\w* (?:\S+ )*(?:test|verify)|"
    r"gradlew? (?:\S+ )*(?:test|check)|meson test|rake(?: test| spec)?|rspec|phpunit|dotnet test|"
    r"mix test|swift test|"
    r"composer test|bazel test|just test)\b|\btests must be written\b",
    re.IGNORECASE,
)
_TESTS_OF_USERS: Final = re.compile(
    r"\btest\w* (?:\w+ ){0,2}(?:your|you[\u2019']re) (?:\w+ ){0,2}(?:app\w*|program|project|component|"
    r"command|script|handler|api|views?|"
    r"models?)\b|\b(?:testing with|test (?:helpers?|client|utilit\w+))\b|"
    r"\btesting (?:\w+ ){0,2}(?:applications?|apps|programs|projects)\b|"
    r"\b(?:applications?|apps|programs|projects) that use\b|\bcommand[- ]line applications\b",
    re.IGNORECASE,
)
_STUB_WORDS: Final = 12
_POINTER_WORDS: Final = 60
"""A shorter document that names another one only says where to look."""

_REFERS: Final = re.compile(
    r"\]\(|https?://|\b(?:see|read|moved?|refer|consult|check|available|"
    r"found)\b[^.]{0,80}\b[\w./-]+\.(?:md|rst|txt|adoc|html?)\b|"
    r"\{include\}|\.\. include::|include::",
    re.IGNORECASE,
)
_ENTRY: Final = re.compile(
    r"^[#=*\s\[(>v-]{0,8}(?:(?:version|release|changes in|what.s new in|"
    r"[A-Za-z][\w.+-]{0,30})[\s:]+){0,3}[\[v(]*\d+\.\d+",
    re.IGNORECASE | re.MULTILINE,
)
"""The heading of a release in a change log."""
_OF_NO_USE: Final = re.compile(
    r"\b(?:no longer (?:maintained|updated|used|kept)|newer (?:than|versions)|only available|"
    r"available only|has moved|moved to|"
    r"see (?:the )?(?:github )?releases|maintained (?:on|in|at))\b",
    re.IGNORECASE,
)
_MAX_START_LINES: Final = 15
_OF_SUPPORT: Final = re.compile(
    r"\bend[- ]of[- ](?:life|support)\b|\beol\b|\bsecurity (?:fix\w*|patch\w*|updates?|support)\b|\blts\b|"
    r"\bsupported (?:versions?|releases?)\b|\bsupport (?:period|policy|window|lifecycle)\b",
    re.IGNORECASE,
)


class _Kind(NamedTuple):
    """One kind of document: its paths and its reader."""

    paths: re.Pattern[str]
    read: Callable[[Notes], None]


def _here(notes: Notes, title: str = "") -> InRepository:
    return InRepository(path=notes.document.path, anchor=anchor(title) if title else "")


def _whole(practice: str, fact: str) -> Callable[[Notes], None]:
    """A reader that takes the whole document as the value of a fact."""

    def read(notes: Notes) -> None:
        if _refers_only(notes):
            notes.leave_out("only refers to another document", line=0)
        else:
            notes.fact(practice, fact, _here(notes), line=1)

    return read


def _section(
    notes: Notes,
    pattern: re.Pattern[str],
    practice: str,
    fact: str,
    *,
    unless: re.Pattern[str] | None = None,
    content: Callable[[str], bool] | None = None,
) -> None:
    """Take the first section with a matching heading, and with matching content, as the value of a fact."""
    for heading in headings(notes.document):
        if not pattern.search(heading.title) or (unless and unless.search(heading.title)):
            continue
        if content is None or content(_text_of(notes, heading)):
            notes.fact(practice, fact, _here(notes, heading.title), line=heading.line)
            return


def _text_of(notes: Notes, heading: Heading) -> str:
    """The section with its subsections, as far as they go; its own heading counts."""
    level = _level(notes, heading)
    end = next(
        (
            other.line - 1
            for other in headings(notes.document)
            if other.line > heading.line and _level(notes, other) <= level
        ),
        len(notes.document.lines),
    )
    return "\n".join(notes.document.lines[heading.line - 1 : end])


def _level(notes: Notes, heading: Heading) -> int:
    """The number of `#`; for other headings, a level below which nothing is."""
    line = notes.document.lines[heading.line - 1].lstrip()
    return len(line) - len(line.lstrip("#")) or 9


def _builds(text: str) -> bool:
    return _BUILD_COMMAND.search(text) is not None


def _tests_itself(text: str) -> bool:
    """The text is about the project's own tests, and not about testing with the project."""
    return _OWN_TESTS.search(text) is not None and _TESTS_OF_USERS.search(text) is None


def _refers_only(notes: Notes) -> bool:
    """The document is short and names another one."""
    text = " ".join(sentence.text for sentence in sentences(notes.document, quotes=True))
    return len(text.split()) < _POINTER_WORDS and _REFERS.search(notes.document.text) is not None


def _if(condition: Callable[[str], bool], read: Callable[[Notes], None]) -> Callable[[Notes], None]:
    """The same reader, for a document with this content only."""

    def reader(notes: Notes) -> None:
        if condition(notes.document.text):
            read(notes)
        else:
            notes.leave_out("has the name of a document about this, but not the content", line=0)

    return reader


def _readme(notes: Notes) -> None:
    read_ending(notes)
    text = notes.document.text
    if len(text.split()) < _STUB_WORDS and re.search(r"\b(?:see|read|refer|moved?)\b", text, re.IGNORECASE):
        notes.leave_out("only refers to another document", line=0)
        return
    notes.fact("DOC-01", "url", _here(notes), line=1)
    _section(notes, _BUILD, "REL-01", "url", unless=_BUILD_STATUS, content=_builds)
    _section(notes, _TESTS, "TST-01", "docsUrl", unless=_NOT_RUNNING_TESTS, content=_tests_itself)
    _section(notes, _VERIFY, "REL-04", "verifyUrl")
    _section(notes, _HARDENING, "DOC-02", "url")
    _scheme(notes)


def _contributing(notes: Notes) -> None:
    notes.fact("GOV-01", "guideUrl", _here(notes), line=1)
    _section(notes, _BUILD, "REL-01", "url", unless=_BUILD_STATUS, content=_builds)
    _section(notes, _TESTS, "TST-01", "docsUrl", unless=_NOT_RUNNING_TESTS, content=_tests_itself)
    for sentence in sentences(notes.document):
        words = (_QUALITY, _OF_CHANGES, _QUALITY_OF)
        if all(word.search(sentence.text) for word in words) and not _NOT.search(sentence.text):
            notes.fact("GOV-01", "qualityBarDocumented", value=True, line=sentence.line)
            notes.hint("GOV-01", f"a requirement: {sentence.text}", line=sentence.line)
            break
    closed = False
    for sentence in sentences(notes.document):
        if _CLOSED.search(sentence.text):
            closed = True
            notes.hint("VUL-07", f"a restriction: {sentence.text}", line=sentence.line)
        if _BY_MAIL.search(sentence.text) and not _NOT.search(sentence.text):
            notes.fact("VUL-07", "preferredFixForm", "patchByMail", line=sentence.line)
            break
        if _WANTED.search(sentence.text) and not closed and not _NOT.search(sentence.text):
            notes.fact("VUL-07", "preferredFixForm", "pullRequest", line=sentence.line)
            break


def _changes(notes: Notes) -> None:
    start = "\n".join(notes.document.lines[:_MAX_START_LINES])
    if _ENTRY.search(notes.document.text) is None or _OF_NO_USE.search(start) or _refers_only(notes):
        notes.hint("REL-03", "does not list the changes of the newest releases. Where are they?", line=0)
        return
    notes.fact("REL-03", "url", _here(notes), line=1)
    named = _VULNERABILITY_ID.search(notes.document.text)
    if named:
        line = notes.document.line_of(named.start())
        notes.hint(
            "REL-03", f"mentions {named[0]}: do the release notes name every fixed vulnerability?", line=line
        )
    _scheme(notes, lines=_MAX_START_LINES)


def _scheme(notes: Notes, *, lines: int | None = None) -> None:
    """The version scheme, if the document says that it is used; with `lines`, only if its start does."""
    for scheme, pattern in _SCHEMES:
        for sentence in sentences(notes.document):
            text = sentence.text
            if lines is not None and sentence.line > lines:
                break
            if not pattern.search(text) or not _SCHEME_USED.search(text):
                continue
            if _NOT.search(text) or _SCHEME_HEDGED.search(text):
                notes.hint("REL-02", f"about versions: {text}", line=sentence.line)
            else:
                notes.fact("REL-02", "scheme", scheme, line=sentence.line)
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
    _kind(
        "(?:install(?:ing|ation)?|build(?:ing)?|hacking|compil(?:e|ing))",
        _if(_builds, _whole("REL-01", "url")),
    ),
    _kind("(?:testing|tests)", _if(_tests_itself, _whole("TST-01", "docsUrl"))),
    _kind("(?:governance|maintainers|owners)", _people),
    _kind("(?:architecture|design)", _whole("DOC-03", "designUrl")),
    _kind("(?:threat[-_]?model(?:ing)?|assurance[-_]case)", _whole("DOC-04", "url")),
    _kind(
        "(?:eol|end[-_]of[-_]life|supported?[-_](?:versions|releases)|support[-_]policy|lifecycle)",
        _if(lambda text: _OF_SUPPORT.search(text) is not None, _support),
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
