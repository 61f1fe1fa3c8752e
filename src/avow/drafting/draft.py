"""A first declaration from what a project already says: read, put together, ask, write. Nothing is signed.

1 read every source that was given or that the checkout has   2 put together what they say, by practice
3 ask a person, if there is one, what is still open   4 write avow.yaml and the page for people
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Protocol

from avow.catalogue.facts import FactType
from avow.catalogue.practices import Catalogue, Practice
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
)
from avow.drafting.merge import Entry, entries_of, take
from avow.drafting.readers.manifests import web_address
from avow.drafting.readers.repository import read_tree
from avow.drafting.render import Head, compliance_page, declaration_text
from avow.drafting.sources import SOURCES, source_of
from avow.errors import InputInvalid, Problems
from avow.formats.purl import PurlInvalid, parse_purl
from avow.values import Frozen

__all__ = ["Asker", "Draft", "Question", "draft"]

MAX_DOCUMENTS: Final = 100
"""Documents of one kind that are read of a checkout; the largest one seen has 90 workflows."""

MAX_ATTEMPTS: Final = 3
"""An answer that can't be read is asked for again, but not for ever."""


class Question(Frozen):
    """One thing that only a person knows. `fact` is empty where the question is about who declares."""

    practice: str
    fact: str
    text: str
    choices: tuple[str, ...] = ()


class Asker(Protocol):
    """Somebody at a terminal."""

    def ask(self, question: Question, *, problem: str) -> str | None:
        """The answer as typed, or `None` to skip; `problem` says what was wrong with the answer before."""
        ...


class Draft(Frozen):
    """What `avow init` writes and tells."""

    declaration: str
    compliance: str
    sources: tuple[str, ...]
    asked: int
    drafted_of_asked: int
    drafted: int
    with_evidence: int
    implemented: int
    questions: tuple[Question, ...]
    left_out: tuple[LeftOut, ...]


def draft(
    checkout: Checkout | None,
    files: Sequence[Document],
    *,
    catalogue: Catalogue,
    today: date,
    asker: Asker | None = None,
) -> Draft:
    """The draft from a checkout, from files given by name, or from both; files given by name count first.

    Raises:
        InputInvalid: nothing could be read; each file that was given is a problem.
    """
    readings, left_out = _read(checkout, files, today)
    head_facts, refused = _project(readings, checkout)
    if asker is not None and "source" not in head_facts:
        _ask_source(asker, head_facts, today)
    link = _linker(head_facts.get("source"), checkout)
    if checkout is not None and checkout.tags:
        readings.append(_forge_hints(head_facts.get("source")))
    entries, dropped = entries_of(readings, catalogue=catalogue, link=link)
    left_out = (*left_out, *refused, *dropped)
    _take_source(entries["SRC-01"], head_facts.get("source"))
    relationship = None
    if asker is not None:
        relationship = _ask_relationship(asker, catalogue)
        for entry in _open(entries, today):
            _ask(asker, entry, today)
    version = next(
        (fact.value for reading in readings for fact in reading.project if fact.field == "version"), None
    )
    head = Head(project=head_facts, relationship=relationship, version=version)
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
        left_out=left_out,
    )


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
            why = f"is none of: {', '.join(source.name for source in SOURCES)}"
            left_out.append(LeftOut(origin=document.path, why=why))
            problems.add(f"{document.path} {why}", fix="give a file of one of these kinds")
        else:
            readings.append(_read_given(source, document, today))
    if checkout is not None:
        readings += _read_checkout(checkout, today, left_out)
    if not readings:
        hint = "name files with --from, or run avow init in a checkout"
        raise InputInvalid("nothing could be read", problems=tuple(problems.found), hint=hint)
    return readings, (*left_out, *(item for reading in readings for item in reading.left_out))


def _read_checkout(checkout: Checkout, today: date, left_out: list[LeftOut]) -> list[Reading]:
    readings = []
    seen: set[str] = set()
    idle = _idle_workflows(checkout)
    why = "the forge runs the workflows of its own directory instead"
    left_out += [LeftOut(origin=path, why=why) for path in idle[:1]]
    for source in SOURCES:
        matching = [path for path in checkout.paths if path not in seen and source.paths.fullmatch(path)]
        matching = [path for path in matching if path not in idle]
        matching.sort(key=lambda path: (path.count("/"), path))
        documents = [checkout.read(path, max_bytes=MAX_SOURCE_BYTES) for path in matching[:MAX_DOCUMENTS]]
        known = [document for document in documents if source.sniff(document)]
        seen.update(document.path for document in known)
        readings += [source.read(document, today) for document in known]
        for path in matching[MAX_DOCUMENTS : MAX_DOCUMENTS + 1]:
            text = f"more than {MAX_DOCUMENTS} files of this kind; the rest is not read"
            left_out.append(LeftOut(origin=path, why=text))
    if checkout.truncated:
        left_out.append(LeftOut(origin=str(checkout.directory), why="has more files than are looked at"))
    of_tree = read_tree(checkout, label=_tree_label(checkout))
    readings += [reading for reading in of_tree if reading.found or reading.hints]
    return readings


def _idle_workflows(checkout: Checkout) -> list[str]:
    """Workflows for GitHub in a checkout of a Forgejo or Gitea that has its own, which then runs these alone.

    Source: Forgejo, Actions reference, "Workflow locations".
    """
    own = any(path.startswith((".forgejo/workflows/", ".gitea/workflows/")) for path in checkout.paths)
    address = web_address(checkout.remote) if checkout.remote else None
    if not own or address is None or address.startswith("https://github.com/"):
        return []
    return [path for path in checkout.paths if path.startswith(".github/workflows/")]


def _tree_label(checkout: Checkout) -> str:
    tags = len(checkout.tags)
    return f"{tags} tags" if tags else "git history" if checkout.commit else "file names"


def _read_given(source: DraftSource, document: Document, today: date) -> Reading:
    """What a file given by name says. One outside the repository is no evidence, and its folder is not told.

    Evidence has to travel with the declaration; the folders of a person's machine shouldn't.
    """
    if not _leads_out(document.path):
        return source.read(document, today)
    reading = source.read(document.model_copy(update={"path": re.split(r"[/\\]", document.path)[-1]}), today)
    bare = {"evidence": None}
    return reading.model_copy(
        update={
            "found": tuple(item.model_copy(update=bare) for item in reading.found),
            "hints": tuple(item.model_copy(update=bare) for item in reading.hints),
        }
    )


def _leads_out(path: str) -> bool:
    return (
        path.startswith(("/", "~", "\\"))
        or bool({"..", ".", ""} & set(re.split(r"[/\\]", path)))
        or ":" in path
    )


# 2 put together


def _project(
    readings: Sequence[Reading], checkout: Checkout | None
) -> tuple[dict[str, ProjectFact], tuple[LeftOut, ...]]:
    """Name, addresses and purl of the project, each from the first that says exactly one; and the refused."""
    chosen: dict[str, ProjectFact] = {}
    refused: list[LeftOut] = []
    url = FactType(type="url")
    for what in ("name", "url", "source", "purl", "organization", "role"):
        for reading in readings:
            facts = [fact for fact in reading.project if fact.field == what]
            usable = []
            for fact in facts:
                problem = (
                    _purl_problem(fact.value)
                    if what == "purl"
                    else (url.problems(fact.value) if what in {"url", "source"} else "")
                )
                if problem:
                    refused.append(LeftOut(origin=fact.origin, why=f"{what} can't be used"))
                else:
                    usable.append(fact)
            if len({fact.value for fact in usable}) == 1:
                chosen[what] = usable[0]
                break
            for fact in usable[:1]:
                why = (
                    f"names {len(usable)} packages; write the one that you speak for"
                    if what == "purl"
                    else f"says several things about {what}"
                )
                refused.append(LeftOut(origin=fact.origin, why=why))
    remote = web_address(checkout.remote) if checkout is not None and checkout.remote else None
    if "source" not in chosen and remote is not None and not url.problems(remote):
        chosen["source"] = ProjectFact(
            field="source", value=remote, origin="the remote origin of the checkout"
        )
    if "name" not in chosen:
        chosen["name"] = _name(chosen.get("source"), checkout)
    return chosen, tuple(refused)


def _name(source: ProjectFact | None, checkout: Checkout | None) -> ProjectFact:
    """A name to correct, where no source gives one."""
    if source is not None:
        last = source.value.rstrip("/").rpartition("/")[2].removesuffix(".git")
        return ProjectFact(field="name", value=last or "unnamed", origin=source.origin)
    if checkout is not None:
        name = checkout.directory.resolve().name
        return ProjectFact(field="name", value=name or "unnamed", origin="the name of the directory")
    return ProjectFact(field="name", value="unnamed", origin="no source; write the project's name")


def _purl_problem(text: str) -> str:
    try:
        purl = parse_purl(text)
    except PurlInvalid as error:
        return str(error)
    return "has a version or a subpath" if purl.version is not None or purl.subpath is not None else ""


def _take_source(entry: Entry, source: ProjectFact | None) -> None:
    """An address that only the checkout knows is a fact without evidence: it may be private."""
    if source is not None and "vcsUrl" not in entry.facts:
        found = Found(practice=entry.practice.id, fact="vcsUrl", value=source.value, origin=source.origin)
        take(entry, found, link=lambda _place: None, left_out=[])


def _forge_hints(source: ProjectFact | None) -> Reading:
    """Pages that the forge keeps for every repository with tags; whether the project uses them is unknown."""
    base = source.value.rstrip("/").removesuffix(".git") if source is not None else ""
    if not base.startswith("https://github.com/"):
        return Reading(label="")
    feed = f"GitHub keeps a feed of releases, {base}/releases.atom: are all security releases in it?"
    page = f"GitHub keeps a list of releases, {base}/releases: is it complete?"
    return Reading(
        label="",
        hints=(
            Hint(practice="VUL-04", text=feed, origin="the forge"),
            Hint(practice="REL-02", text=page, origin="the forge"),
        ),
    )


def _linker(source: ProjectFact | None, checkout: Checkout | None) -> Callable[[InRepository], str | None]:
    """How files of the repository are addressed on its forge; unknown forges give no address."""
    base = source.value.rstrip("/").removesuffix(".git") if source is not None else ""
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


def _open(entries: Mapping[str, Entry], today: date) -> list[Entry]:
    """The practices that manufacturers ask for first and that are still open, in the catalogue's order."""
    return [
        entry
        for entry in entries.values()
        if entry.practice.asked and not entry.is_implemented(today) and entry.missing(today)
    ]


def _question_of(entry: Entry, today: date) -> Question:
    name = entry.missing(today)[0]
    choices = _choices(entry.practice.facts[name])
    return Question(practice=entry.practice.id, fact=name, text=entry.practice.question, choices=choices)


def _ask_source(asker: Asker, head: dict[str, ProjectFact], today: date) -> None:
    """Without the address of the source no file of the repository has one."""
    url = FactType(type="url")
    question = Question(practice="", fact="", text="At which address is the source public?")
    answer = _answer(asker, question, lambda text: (text, next((p.message for p in url.problems(text)), "")))
    if answer is not None:
        head["source"] = ProjectFact(field="source", value=answer, origin=f"an answer of {today.isoformat()}")


def _ask_relationship(asker: Asker, catalogue: Catalogue) -> Any:
    words = tuple(catalogue.vocabularies["relationship"])
    question = Question(practice="", fact="", text="What are you to this project?", choices=words)
    return _answer(
        asker, question, lambda answer: (answer, "" if answer in words else f"one of {', '.join(words)}")
    )


def _ask(asker: Asker, entry: Entry, today: date) -> None:
    """Ask for the missing facts of one practice; the first that is skipped ends it."""
    while missing := entry.missing(today):
        name = missing[0]
        value = _ask_fact(asker, entry.practice, name, entry.practice.facts[name])
        if value is None:
            return
        is_address = entry.practice.facts[name].type == "url"
        found = Found(
            practice=entry.practice.id,
            fact=name,
            value=value,
            origin=f"an answer of {today.isoformat()}",
            evidence=Pointer(kind="url", target=value) if is_address else None,
        )
        take(entry, found, link=lambda _place: None, left_out=[])


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
    """What a person typed, as the type wants it; anything else stays text, for the type to refuse."""
    if fact.type == "list":
        return [_typed(part.strip(), fact.item) for part in answer.split(",") if part.strip()]
    if fact.type == "boolean":
        return {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}.get(
            answer.lower(), answer
        )
    if fact.type == "integer" and re.fullmatch(r"\d{1,15}", answer):
        return int(answer)
    return answer
