"""Drafts a first declaration from what a project already says. Nothing is signed.

1 read every given file and every known file of the checkout   2 combine what they say, by practice
3 ask the person at the terminal, if there is one, what is missing   4 write avow.yaml and COMPLIANCE.md
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any, Final, Protocol

from avow.catalogue.facts import FactType
from avow.catalogue.practices import Catalogue, Practice
from avow.drafting.belonging import (
    is_a_promise,
    one_licence,
    same_repository,
    without_ended,
    without_other_sites,
    without_others,
    without_outdated,
)
from avow.drafting.budget import CHECKOUT_S, DOCUMENT_S, TooSlow, cpu_limit
from avow.drafting.checkout import Checkout
from avow.drafting.found import (
    MAX_SOURCE_BYTES,
    Document,
    DraftSource,
    Found,
    Hint,
    InRepository,
    LeftOut,
    Pointer,
    ProjectFact,
    Reading,
    is_url,
    shown,
)
from avow.drafting.merge import DraftEntry, add_fact, entries_of
from avow.drafting.readers.manifests import web_address
from avow.drafting.readers.repository import read_tree
from avow.drafting.render import Head, compliance_page, declaration_text
from avow.drafting.sources import SOURCES, source_of
from avow.errors import CandidateFailed, InputInvalid, Problems, one_candidate
from avow.formats.purl import PurlInvalid, parse_purl
from avow.formats.repository import plain_repository
from avow.values import Frozen

__all__ = ["Asker", "Draft", "Question", "draft"]

MAX_DOCUMENTS: Final = 100
"""Limit of documents of one kind per checkout; the largest checkout seen has 90 workflows."""

SHOWN_SIGNS: Final = 5
"""Signs of an ended project that are shown; one is enough to look."""

MAX_ATTEMPTS: Final = 3
"""How often a question is asked until its answer can be used."""


class Question(Frozen):
    """A question that only a person can answer. `fact` is empty if it is about declarant or project."""

    practice: str
    fact: str
    text: str
    choices: tuple[str, ...] = ()


class Asker(Protocol):
    """Asks questions to a person at a terminal."""

    def ask(self, question: Question, *, problem: str) -> str | None:
        """The answer as typed, or `None` to skip; `problem` says what was wrong with the previous answer."""
        ...


class Draft(Frozen):
    """What `avow init` writes and reports."""

    declaration: str
    compliance: str
    sources: tuple[str, ...]
    asked: int
    drafted_of_asked: int
    drafted: int
    with_evidence: int
    implemented: int
    questions: tuple[Question, ...]
    relationship: str | None
    ended: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def draft(
    checkout: Checkout | None,
    files: Sequence[Document],
    *,
    catalogue: Catalogue,
    today: date,
    asker: Asker | None = None,
    relationship: str | None = None,
) -> Draft:
    """The draft from a checkout, from given files, or from both; given files take precedence.

    `relationship` is the declarant's own word, from the catalogue's vocabulary; without it, the person is
    asked, or has to fill it in.

    Raises:
        InputInvalid: nothing could be read; carries an error for each given file.
    """
    with _in_time():
        readings, left_out = _read(checkout, files, today)
        remote = _remote(checkout)
        readings = without_others(readings, remote)
        head_facts, refused = _project(readings, checkout)
        readings = _belonging(readings, head_facts, checkout)
    if asker is not None and "source" not in head_facts:
        _ask_source(asker, head_facts, today)
    with _in_time():
        link = _linker(head_facts.get("source"), checkout)
        if checkout is not None and checkout.tags:
            readings.append(_forge_hints(head_facts.get("source")))
        entries, dropped = entries_of(readings, catalogue=catalogue, link=link)
    left_out = (*left_out, *(item for reading in readings for item in reading.left_out), *refused, *dropped)
    ended = tuple(f"{sign.origin} {sign.text}" for reading in readings for sign in reading.ended)[
        :SHOWN_SIGNS
    ]
    doubtful = _other_sources(readings, checkout)
    if doubtful:
        entries["SRC-01"].facts.clear()
    else:
        _take_source(entries["SRC-01"], head_facts.get("source"))
    _doubt(entries, ended=ended, doubtful=doubtful)
    if asker is not None:
        relationship = relationship or _ask_relationship(asker, catalogue)
        for entry in _open(entries, today):
            _ask(asker, entry, today)
    version = next(
        (fact.value for reading in readings for fact in reading.project if fact.field == "version"), None
    )
    head = Head(project=head_facts, relationship=relationship, version=version, ended=ended, notes=doubtful)
    sources = tuple(reading.label for reading in readings if reading.label)
    asked = [entry for entry in entries.values() if entry.practice.asked]
    drafted = [entry for entry in entries.values() if entry.is_drafted]
    return Draft(
        declaration=declaration_text(head, entries, today=today, sources=sources),
        compliance=compliance_page(head, entries, catalogue=catalogue, today=today),
        sources=sources,
        asked=len(asked),
        drafted_of_asked=sum(entry.is_drafted for entry in asked),
        drafted=len(drafted),
        with_evidence=sum(bool(entry.evidence) for entry in drafted),
        implemented=sum(entry.is_implemented(today) for entry in drafted),
        questions=tuple(_question_of(entry, today) for entry in _open(entries, today)),
        relationship=relationship,
        ended=ended,
        left_out=left_out,
    )


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        with cpu_limit(CHECKOUT_S):
            yield
    except TooSlow as error:
        raise InputInvalid(
            f"reading takes more than {CHECKOUT_S:.0f} s",
            hint="run avow init in an empty directory, and give the files that matter with --from",
        ) from error


# 1 read


def _read(
    checkout: Checkout | None, files: Sequence[Document], today: date
) -> tuple[list[Reading], tuple[LeftOut, ...]]:
    readings: list[Reading] = []
    left_out: list[LeftOut] = []
    problems = Problems("avow init")
    for document in files:
        source = source_of(document)
        if source is None:
            why = "is not a kind of file that can be read"
            left_out.append(LeftOut(origin=document.path, why=why))
            kinds = ", ".join(source.name for source in SOURCES)
            problems.add(f"{document.path} {why}", fix=f"give one of these kinds: {kinds}")
        elif reading := _within_budget(partial(_read_given, source), document, today, left_out):
            readings.append(reading)
    if checkout is not None:
        readings += _read_checkout(checkout, today, left_out)
    if not readings:
        for item in left_out:
            if not any(item.origin in problem.message for problem in problems.found):
                problems.add(f"{item.origin} {item.why}")
        hint = "run avow init in a checkout of the project, or give files with --from"
        raise InputInvalid("found nothing to draft from", problems=tuple(problems.found), hint=hint)
    return readings, tuple(left_out)


def _read_checkout(checkout: Checkout, today: date, left_out: list[LeftOut]) -> list[Reading]:
    readings = []
    seen: set[str] = set()
    unused = _unused_workflows(checkout)
    why = "the forge runs only the workflows in its own directory, so none of these is read"
    left_out += [LeftOut(origin=".github/workflows/", why=why)] if unused else []
    for source in SOURCES:
        matching = [path for path in checkout.paths if path not in seen and source.paths.fullmatch(path)]
        matching = [path for path in matching if path not in unused]
        matching.sort(key=lambda path: (path.count("/"), path))
        for path in matching[:MAX_DOCUMENTS]:
            document = checkout.read(path, max_bytes=MAX_SOURCE_BYTES)
            if reading := _within_budget(partial(_sniffed, source), document, today, left_out):
                seen.add(document.path)
                readings.append(reading)
        for path in matching[MAX_DOCUMENTS : MAX_DOCUMENTS + 1]:
            text = f"is not read: there are more than {MAX_DOCUMENTS} files of this kind"
            left_out.append(LeftOut(origin=path, why=text))
    if checkout.truncated:
        left_out.append(
            LeftOut(origin=str(checkout.directory), why="has too many files; some of them were not examined")
        )
    names, has_package = _names(readings, checkout)
    of_tree = read_tree(checkout, label=_tree_label(checkout), names=names, has_package=has_package)
    readings += [reading for reading in of_tree if reading.found or reading.hints]
    return readings


def _sniffed(source: DraftSource, document: Document, today: date) -> Reading | None:
    return source.read(document, today) if source.sniff(document) else None


def _within_budget(
    read: Callable[[Document, date], Reading | None],
    document: Document,
    today: date,
    left_out: list[LeftOut],
) -> Reading | None:
    """What `read` returns; a file that it can't read, or not in time, is left out, and nothing else is."""
    try:
        with one_candidate(document.path), cpu_limit(DOCUMENT_S):
            return read(document, today)
    except CandidateFailed as error:
        slow = isinstance(error.__cause__, TooSlow)
        why = f"takes more than {DOCUMENT_S:.0f} s to read" if slow else f"can't be read: {error.message}"
        left_out.append(LeftOut(origin=document.path, why=shown(why)))
    return None


def _remote(checkout: Checkout | None) -> str | None:
    """The https URL of the checkout's own remote, if it has one."""
    return web_address(checkout.remote) if checkout is not None and checkout.remote else None


def _unused_workflows(checkout: Checkout) -> list[str]:
    """GitHub workflows in a Forgejo or Gitea repository that has workflows of its own; only those are run.

    Source: Forgejo, Actions reference, "Workflow locations".
    """
    own = any(path.startswith((".forgejo/workflows/", ".gitea/workflows/")) for path in checkout.paths)
    address = _remote(checkout)
    if not own or address is None or address.startswith("https://github.com/"):
        return []
    return [path for path in checkout.paths if path.startswith(".github/workflows/")]


def _tree_label(checkout: Checkout) -> str:
    tags = len(checkout.tags)
    return (
        f"{tags} tag{'' if tags == 1 else 's'}"
        if tags
        else "git history"
        if checkout.commit
        else "file names"
    )


def _read_given(source: DraftSource, document: Document, today: date) -> Reading:
    """What a given file says. A file outside the repository is not evidence, and its directory is not shown.

    Evidence must travel with the declaration; the directory names of a person's machine must not.
    """
    if not _is_outside(document.path):
        return source.read(document, today)
    reading = source.read(document.model_copy(update={"path": re.split(r"[/\\]", document.path)[-1]}), today)
    bare = {"evidence": None}
    return reading.model_copy(
        update={
            "found": tuple(item.model_copy(update=bare) for item in reading.found),
            "hints": tuple(item.model_copy(update=bare) for item in reading.hints),
        }
    )


def _is_outside(path: str) -> bool:
    return (
        path.startswith(("/", "~", "\\"))
        or bool({"..", ".", ""} & set(re.split(r"[/\\]", path)))
        or ":" in path
    )


# 2 combine


def _names(readings: Sequence[Reading], checkout: Checkout) -> tuple[frozenset[str], bool]:
    """The names of the project in lower case, and whether a manifest names one published package."""
    names = {fact.value for reading in readings for fact in reading.project if fact.field == "name"}
    purls = {fact.value for reading in readings for fact in reading.project if fact.field == "purl"}
    names |= {purl.rpartition("/")[2] for purl in purls}
    remote = _remote(checkout)
    if remote is not None:
        names.add(remote.rstrip("/").rpartition("/")[2])
    return frozenset(name.lower() for name in names), len(purls) == 1


def _belonging(
    readings: Sequence[Reading], head: Mapping[str, ProjectFact], checkout: Checkout | None
) -> list[Reading]:
    """The readings without what is of another repository, another package or an earlier time."""
    own = head["source"].value if "source" in head else None
    home = head["url"].value if "url" in head else None
    kept = one_licence(without_ended(without_other_sites(without_others(readings, own), home)))
    if checkout is not None and checkout.tags:
        names, _ = _names(readings, checkout)
        kept = without_outdated(kept, checkout, names=names)
    return kept


def _other_sources(readings: Sequence[Reading], checkout: Checkout | None) -> tuple[str, ...]:
    """What manifests say about the source, if the checkout is of another repository, as a fork is."""
    remote = _remote(checkout)
    if remote is None:
        return ()
    return tuple(
        f"{fact.origin} says {fact.value} instead. Which of them is this declaration about?"
        for reading in readings
        for fact in reading.project
        if fact.field == "source" and not reading.about and not same_repository(fact.value, remote)
    )


def _doubt(entries: Mapping[str, DraftEntry], *, ended: Sequence[str], doubtful: Sequence[str]) -> None:
    """Leave to a person: in an ended project what somebody has to keep up, in a fork everything."""
    for entry in entries.values():
        if ended and is_a_promise(entry.practice.id):
            entry.doubts.append(f"has the project ended? {ended[0]}")
        if doubtful:
            entry.doubts.append("the source of the project is not certain, see above")


def _project(
    readings: Sequence[Reading], checkout: Checkout | None
) -> tuple[dict[str, ProjectFact], tuple[LeftOut, ...]]:
    """Name, URLs and purl of the project, each from the first source with exactly one; and refused ones.

    The checkout's own remote names the source. Manifests that name several packages name no purl.
    """
    chosen: dict[str, ProjectFact] = {}
    refused: list[LeftOut] = []
    url = FactType(type="url")
    remote = _remote(checkout)
    for what in ("url", "source", "purl", "name", "organization", "role"):
        for reading in readings:
            facts = [fact for fact in reading.project if fact.field == what]
            usable = []
            for fact in facts:
                if problem := _head_problem(fact, remote):
                    refused.append(LeftOut(origin=fact.origin, why=problem))
                else:
                    usable.append(fact)
            if len({fact.value for fact in usable}) == 1:
                chosen[what] = usable[0]
                break
            for fact in usable[:1]:
                why = (
                    f"names {len(usable)} packages; write the purl of yours into avow.yaml"
                    if what == "purl"
                    else f"gives {len(usable)} different values for {what}"
                )
                refused.append(LeftOut(origin=fact.origin, why=why))
    certain = not _other_sources(readings, checkout) and not _is_native(checkout)
    refused += _one_package(chosen, readings, is_certain=certain)
    if "source" not in chosen and remote is not None and not url.problems(remote):
        chosen["source"] = ProjectFact(field="source", value=remote, origin="the git remote origin")
    if "name" not in chosen:
        chosen["name"] = _name(chosen.get("source"), checkout)
    return chosen, tuple(refused)


def _one_package(
    chosen: dict[str, ProjectFact], readings: Sequence[Reading], *, is_certain: bool
) -> list[LeftOut]:
    """Remove the purl, and the name from its manifest, unless all sources name one package of ours."""
    purls = {fact.value: fact for reading in readings for fact in reading.project if fact.field == "purl"}
    if "purl" not in chosen or (is_certain and len(purls) == 1):
        return []
    why = f"is one of {len(purls)} packages" if len(purls) > 1 else "may be a part, or of another project"
    removed = chosen.pop("purl")
    files = {fact.origin.partition(":")[0] for fact in purls.values()}
    if len(purls) > 1 and "name" in chosen and chosen["name"].origin.partition(":")[0] in files:
        del chosen["name"]
    return [LeftOut(origin=removed.origin, why=f"{why}; write the purl of yours into avow.yaml")]


def _is_native(checkout: Checkout | None) -> bool:
    """The build of the whole is in C or C++, so a package at the top may be a binding or a tool for tests."""
    return checkout is not None and any(
        path in {"CMakeLists.txt", "configure.ac", "configure.in", "meson.build"} for path in checkout.paths
    )


def _head_problem(fact: ProjectFact, remote: str | None) -> str:
    """Why a fact about the project can't be used; empty if it can."""
    if fact.field == "purl":
        return "gives a purl that can't be used" if _purl_problem(fact.value) else ""
    if fact.field not in {"url", "source"}:
        return ""
    if FactType(type="url").problems(fact.value):
        return f"gives a {fact.field} that can't be used"
    if fact.field == "source" and remote is not None and not same_repository(fact.value, remote):
        return shown(f"gives another source, {fact.value}")
    return ""


def _name(source: ProjectFact | None, checkout: Checkout | None) -> ProjectFact:
    """A name for a person to correct, if no source gives one."""
    if source is not None:
        last = plain_repository(source.value).rpartition("/")[2]
        return ProjectFact(field="name", value=last or "unnamed", origin=source.origin)
    if checkout is not None:
        name = checkout.directory.resolve().name
        return ProjectFact(field="name", value=name or "unnamed", origin="the name of the directory")
    return ProjectFact(field="name", value="unnamed", origin="no source; write the name of the project")


def _purl_problem(text: str) -> str:
    try:
        purl = parse_purl(text)
    except PurlInvalid as error:
        return str(error)
    return "has a version or a subpath" if purl.version is not None or purl.subpath is not None else ""


def _take_source(entry: DraftEntry, source: ProjectFact | None) -> None:
    """Add the URL of the source. If only the checkout knows it, it has no evidence: it may be private."""
    if source is not None and "vcsUrl" not in entry.facts:
        found = Found(practice=entry.practice.id, fact="vcsUrl", value=source.value, origin=source.origin)
        add_fact(entry, found, link=lambda _place: None, left_out=[])


def _forge_hints(source: ProjectFact | None) -> Reading:
    """Pages that the forge provides for every repository with tags; the project may or may not use them."""
    base = plain_repository(source.value) if source is not None else ""
    if not base.startswith("https://github.com/"):
        return Reading(label="")
    feed = f"GitHub provides a feed of releases, {base}/releases.atom: does it contain all security releases?"
    page = f"GitHub provides a list of releases, {base}/releases: is it complete?"
    return Reading(
        label="",
        hints=(
            Hint(practice="VUL-04", text=feed, origin="the forge"),
            Hint(practice="REL-02", text=page, origin="the forge"),
        ),
    )


def _linker(source: ProjectFact | None, checkout: Checkout | None) -> Callable[[InRepository], str | None]:
    """A function that returns the URL of a file on its forge, or `None` if the forge is unknown."""
    base = plain_repository(source.value) if source is not None else ""
    host = base.split("/")[2].lower() if is_url(base) else ""
    paths = checkout.paths if checkout is not None else ()
    branch = checkout.branch if checkout is not None else None
    gitlab = host.startswith("gitlab.") or ".gitlab-ci.yml" in paths
    forgejo = any(path.startswith((".forgejo/", ".gitea/")) for path in paths)
    if host == "github.com":
        form = f"{base}/blob/{branch or 'HEAD'}/"
    elif host == "codeberg.org" or host.startswith(("forgejo.", "gitea.")) or (forgejo and host):
        form = f"{base}/src/branch/{branch}/" if branch else ""
    elif gitlab and host:
        form = f"{base}/-/blob/{branch or 'HEAD'}/"
    elif host == "git.sr.ht":
        form = f"{base}/tree/{branch or 'HEAD'}/item/"
    elif host == "bitbucket.org":
        form = f"{base}/src/{branch or 'HEAD'}/"
    else:
        form = ""

    def link(place: InRepository) -> str | None:
        if not form or not re.fullmatch(r"[A-Za-z0-9._~/+@-]+", place.path):
            return None
        return (
            form + place.path + (f"#{place.anchor}" if re.fullmatch(r"[A-Za-z0-9_-]+", place.anchor) else "")
        )

    return link


# 3 ask


def _open(entries: Mapping[str, DraftEntry], today: date) -> list[DraftEntry]:
    """The practices that manufacturers ask about most and that are still open, in the catalogue's order."""
    return [
        entry
        for entry in entries.values()
        if entry.practice.asked and not entry.is_implemented(today) and entry.missing(today)
    ]


def _question_of(entry: DraftEntry, today: date) -> Question:
    name = entry.missing(today)[0]
    choices = _choices(entry.practice.facts[name])
    return Question(practice=entry.practice.id, fact=name, text=entry.practice.question, choices=choices)


def _ask_source(asker: Asker, head: dict[str, ProjectFact], today: date) -> None:
    """Ask for the URL of the source; without it, files of the repository have no URLs."""
    url = FactType(type="url")
    question = Question(practice="", fact="", text="What is the public URL of the source code?")
    answer = _answer(asker, question, lambda text: (text, next((p.message for p in url.problems(text)), "")))
    if answer is not None:
        head["source"] = ProjectFact(field="source", value=answer, origin=f"an answer on {today.isoformat()}")


def _ask_relationship(asker: Asker, catalogue: Catalogue) -> Any:
    words = tuple(catalogue.vocabularies["relationship"])
    question = Question(practice="", fact="", text="What is your relationship to the project?", choices=words)
    return _answer(
        asker,
        question,
        lambda answer: (answer, "" if answer in words else f"answer one of {', '.join(words)}"),
    )


def _ask(asker: Asker, entry: DraftEntry, today: date) -> None:
    """Ask for the missing facts of one practice, until one is skipped."""
    while missing := entry.missing(today):
        name = missing[0]
        value = _ask_fact(asker, entry.practice, name, entry.practice.facts[name])
        if value is None:
            return
        is_address = entry.practice.facts[name].type in {"url", "page"}
        found = Found(
            practice=entry.practice.id,
            fact=name,
            value=value,
            origin=f"an answer on {today.isoformat()}",
            evidence=Pointer(kind="url", target=value) if is_address else None,
        )
        add_fact(entry, found, link=lambda _place: None, left_out=[])
        if name not in entry.facts:  # each part of a record fits, and the whole does not
            return


def _ask_fact(asker: Asker, practice: Practice, name: str, fact: FactType) -> Any:
    if fact.type == "list" and fact.of == "record":
        record: dict[str, Any] = {}
        for key, part in fact.item.fields.items():
            if not part.optional:
                record[key] = _ask_scalar(asker, practice, f"{name}.{key}", part)
                if record[key] is None:
                    return None
        return [record]
    return _ask_scalar(asker, practice, name, fact)


def _ask_scalar(asker: Asker, practice: Practice, name: str, fact: FactType) -> Any:
    text = f"{practice.question} {fact.description or name}?"
    question = Question(practice=practice.id, fact=name, text=text, choices=_choices(fact))

    def read(answer: str) -> tuple[Any, str]:
        value = _typed(answer, fact)
        problems = fact.problems(value)
        return value, f"{problems[0].message}; {problems[0].fix}" if problems else ""

    return _answer(asker, question, read)


def _answer(asker: Asker, question: Question, read: Callable[[str], tuple[Any, str]]) -> Any:
    problem = ""
    for _ in range(MAX_ATTEMPTS):
        answer = asker.ask(question, problem=problem)
        if answer is None or not answer.strip():
            return None
        value, problem = read(answer.strip())
        if not problem:
            return value
    return None


def _choices(fact: FactType) -> tuple[str, ...]:
    kind = fact.item if fact.type == "list" and fact.of != "record" else fact
    return ("yes", "no") if kind.type == "boolean" else (*kind.values, *kind.words)


def _typed(answer: str, fact: FactType) -> Any:
    """The answer converted to the type; text that can't be converted is kept, for the type to refuse."""
    if fact.type == "list":
        return [_typed(part.strip(), fact.item) for part in answer.split(",") if part.strip()]
    if fact.type == "boolean":
        return {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}.get(
            answer.lower(), answer
        )
    if fact.type == "integer" and re.fullmatch(r"\d{1,15}", answer):
        return int(answer)
    return answer
