"""What an author writes, avow.yaml, as a value: strict, every problem at once with its place and its fix.

A problem is what makes the file mean nothing or contradict itself; `avow check` exits 2. A note is what an
author may leave as it is: a draft, a question not answered, an address that travels unprotected.

An entry with `draft: true` is not finished, so what it lacks is a note. What it says must be well-formed.

Top-level `assumptions` are the ones that DOC-05 states: an author writes them once, where readers of the file
look for them, and they become that practice's facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args

from pydantic import AfterValidator

from avow.catalogue.facts import FactType
from avow.catalogue.practices import Catalogue, Practice
from avow.formats.purl import PurlInvalid, parse_purl
from avow.formats.yaml_nodes import Kind, Node, reading, shown
from avow.subject import Digest, is_digest
from avow.values import Frozen, freeze
from avow.vocabulary import Status

__all__ = [
    "Declaration",
    "DeclaredAssumption",
    "DeclaredDeclarant",
    "DeclaredEvidence",
    "DeclaredIntegratorEntry",
    "DeclaredOrganization",
    "DeclaredPractice",
    "DeclaredProject",
    "DeclaredScope",
    "DeclaredTool",
    "Note",
    "parse_declaration",
]

FORMAT: Final = "0.1"

DEFAULT_VALIDITY_MONTHS: Final = 24
"""How long a declaration holds when its author says nothing. Source: specification, rule 6."""

MAX_VALIDITY_MONTHS: Final = 60
"""Nobody knows practices longer ahead; five years is also the shortest support period that is expected.

Source: CRA Art 13(8).
"""

ASSUMPTIONS_PRACTICE: Final = "DOC-05"

INTEGRATOR_LETTERS: Final = tuple(f"I.2.{letter}" for letter in "abcdefghijklm")
"""Source: CRA Annex I Part I (2), letters (a) to (m)."""

PRACTICE_KEYS: Final = (
    "status", "reviewedAt", "coverage", "reason", "justification", "implementedBy", "note", "trackingUrl",
    "evidence", "draft",
)  # fmt: skip
"""Keys that every practice may have, in the order in which a person thinks of them; the rest are facts."""

_KEYS_OF_STATUS: Final[Mapping[str, tuple[Status, ...]]] = freeze(
    {
        "coverage": (Status.PARTIAL,),
        "reason": (Status.NOT_APPLICABLE,),
        "justification": (Status.NOT_APPLICABLE,),
        "implementedBy": (Status.IMPLEMENTED, Status.PARTIAL),
    }
)
"""Keys that mean something beside these statuses only."""

_NEEDED_BY_STATUS: Final[Mapping[Status, Mapping[str, str]]] = freeze(
    {
        Status.IMPLEMENTED: {},
        Status.PARTIAL: {"coverage": "say which part is covered"},
        Status.NOT_IMPLEMENTED: {},
        Status.NOT_APPLICABLE: {
            "reason": "choose a reason",
            "justification": "say why it cannot apply, in a sentence",
        },
    }
)

_TEXTS_OF_HANDLING: Final[Mapping[str, tuple[str, ...]]] = freeze(
    {
        "addressed": ("provided",),
        "partiallyAddressed": ("provided", "leftToIntegrator"),
        "integrator": ("leftToIntegrator",),
        "notRelevant": ("justification",),
        "unknown": (),
    }
)
"""Which texts a handling needs; the others would contradict it."""

EvidenceKind = Literal["file", "scorecard", "securityInsights", "url"]

_EVIDENCE_KINDS: Final[tuple[EvidenceKind, ...]] = get_args(EvidenceKind)
_EVIDENCE_TYPES: Final[Mapping[str, str]] = freeze(
    {
        "file": "repoFile",
        "scorecard": "scorecardResult",
        "securityInsights": "securityInsights",
        "url": "url",
    }
)
"""What a source is when its author does not say."""

_MAX_NAME_CHARACTERS: Final = 200
_MAX_PATH_CHARACTERS: Final = 1024
_URL = FactType(type="url")
_RANGE = FactType(type="versRange")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CPE = re.compile(r"cpe:2\.3:[aho](?::(?:\\.|[^\\:\s])+){10}")
_VALIDITY = re.compile(r"(?P<number>[1-9][0-9]?) (?P<unit>month|year)s?")
_ASSUMPTION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_DRIVE = re.compile(r"[A-Za-z]:")


class Note(NamedTuple):
    """Something an author may leave as it is. `line` is 0 where the note is about what is not there."""

    line: int
    practice: str
    message: str


class DeclaredProject(Frozen):
    """The project spoken for."""

    name: str
    url: str | None = None
    source: str | None = None
    purl: str | None = None


class DeclaredOrganization(Frozen):
    """The body the declarant speaks for."""

    name: str
    legal_entity: bool | None = None
    website: str | None = None


class DeclaredDeclarant(Frozen):
    """Who says that they speak, and in which relationship; who signs is in the certificate alone."""

    relationship: str
    organization: DeclaredOrganization | None = None
    role: str | None = None
    contact: str | None = None
    funded_by: tuple[str, ...] = ()
    support_offers: tuple[str, ...] = ()


class DeclaredScope(Frozen):
    """What the declaration speaks about, beyond the artefacts it will be signed for."""

    versions: str | None = None
    valid_for_months: int = DEFAULT_VALIDITY_MONTHS
    known_as: tuple[str, ...] = ()


class DeclaredTool(Frozen):
    """The tool behind a machine observation."""

    name: str
    version: str | None = None


class DeclaredEvidence(Frozen):
    """One piece of evidence; `target` is a path inside the repository, for `url` an address."""

    kind: EvidenceKind
    target: str
    type: str
    line: int
    check: str | None = None
    digest: Digest | None = None
    retrieved_at: datetime | None = None
    tool: DeclaredTool | None = None
    note: str | None = None


class DeclaredPractice(Frozen):
    """What the author says about one practice; `facts` are in wire form and immutable."""

    id: str
    line: int
    status: Status | None
    """None for an observation, which has facts and no status, and for a draft that has none yet."""
    reviewed_at: date | None = None
    draft: bool = False
    coverage: str | None = None
    reason: str | None = None
    justification: str | None = None
    implemented_by: str | None = None
    note: str | None = None
    tracking_url: str | None = None
    facts: Annotated[Mapping[str, Any], AfterValidator(MappingProxyType)] = MappingProxyType({})
    evidence: tuple[DeclaredEvidence, ...] = ()


class DeclaredIntegratorEntry(Frozen):
    """CRA Annex I Part I (2), one letter: what the component does and what it leaves to the integrator."""

    ref: str
    handling: str
    line: int
    provided: str | None = None
    left_to_integrator: str | None = None
    justification: str | None = None


class DeclaredAssumption(Frozen):
    """Something the component assumes about its environment or its callers."""

    id: str
    text: str
    if_violated: str


class Declaration(Frozen):
    """A well-formed avow.yaml. Practices stand in the catalogue's order, whatever the author's."""

    project: DeclaredProject
    declarant: DeclaredDeclarant
    requests: str | None
    """How the project wants to be asked: `no`, `viaSteward` or an address."""
    scope: DeclaredScope
    practices: tuple[DeclaredPractice, ...]
    integrator: tuple[DeclaredIntegratorEntry, ...]
    assumptions: tuple[DeclaredAssumption, ...]
    notes: tuple[Note, ...]
    """In the order of their lines; those without a place last, in the catalogue's order."""

    def practice(self, practice_id: str) -> DeclaredPractice | None:
        """What is said about one practice; there may be nothing, which means unknown."""
        return next((practice for practice in self.practices if practice.id == practice_id), None)


def parse_declaration(text: bytes, *, source: str, catalogue: Catalogue, today: date) -> Declaration:
    """The declaration in `text`; `source` only names it in problems.

    Evidence files are not opened, addresses not fetched, and whether a version range contains a release is
    left to signing.

    Raises:
        InputInvalid: with every problem.
    """
    with reading(text, source=source, message="the declaration has problems", hint="mend them all") as root:
        reader = _DeclarationReader(catalogue, today)
        keys = root.mapping(
            allowed=(
                "avow", "project", "requests", "declarant", "scope", "practices", "integrator", "assumptions",
            ),
            required=("avow", "project", "declarant", "practices"),
        )  # fmt: skip
        keys["avow"].word((FORMAT,), what="format version")
        assumptions = reader.assumptions(keys.get("assumptions"))
        project = reader.project(keys["project"])
        practices = reader.practices(keys["practices"], assumptions=keys.get("assumptions"))
        declaration = Declaration(
            project=project,
            declarant=reader.declarant(keys["declarant"]),
            requests=reader.requests(keys.get("requests")),
            scope=reader.scope(keys.get("scope"), purl=project.purl),
            practices=practices,
            integrator=reader.integrator(keys.get("integrator")),
            assumptions=assumptions,
            notes=(),
        )
        notes = tuple(sorted(reader.notes, key=lambda note: (note.line == 0, note.line)))
    return declaration.model_copy(update={"notes": notes})


@dataclass(frozen=True, slots=True)
class _DeclarationReader:
    """Reads the parts of one declaration; notes problems on the nodes and keeps the notes."""

    catalogue: Catalogue
    today: date
    notes: list[Note] = field(default_factory=list)

    def words(self, vocabulary: str) -> tuple[str, ...]:
        return tuple(self.catalogue.vocabularies[vocabulary])

    # Scalars that mean more than their text

    def url(self, node: Node, *, practice: str = "") -> str:
        text = node.text(max_characters=_MAX_PATH_CHARACTERS)
        for problem in _URL.problems(text) if text else ():
            node.problem(f"{node.name} {problem.message}", fix=problem.fix)
        self.note_unprotected(text, node, practice=practice)
        return text

    def note_unprotected(self, url: str, node: Node, *, practice: str) -> None:
        if url.startswith("http:"):
            message = f"{node.name} is http: whoever is on the way can change what stands there"
            self.notes.append(Note(node.line, practice, message))

    def versions(self, node: Node) -> str:
        text = node.text()
        for problem in _RANGE.problems(text) if text else ():
            node.problem(f"{node.name} {problem.message}", fix=problem.fix)
        return text

    def past_day(self, node: Node) -> date:
        day = node.date()
        if day > self.today:
            node.problem(f"{node.name} {day} is in the future", fix="write the day on which it was done")
        return day

    # The head

    def project(self, node: Node) -> DeclaredProject:
        keys = node.mapping(allowed=("name", "url", "source", "purl"), required=("name",))
        return DeclaredProject(
            name=keys["name"].text(max_characters=_MAX_NAME_CHARACTERS),
            url=self.url(keys["url"]) if "url" in keys else None,
            source=self.url(keys["source"]) if "source" in keys else None,
            purl=_project_purl(keys["purl"]) if "purl" in keys else None,
        )

    def declarant(self, node: Node) -> DeclaredDeclarant:
        keys = node.mapping(
            allowed=("relationship", "organization", "role", "contact", "fundedBy", "supportOffers"),
            required=("relationship",),
        )
        return DeclaredDeclarant(
            relationship=keys["relationship"].word(self.words("relationship"), what="relationship"),
            organization=self.organization(keys["organization"]) if "organization" in keys else None,
            role=_name(keys.get("role")),
            contact=self.contact(keys["contact"]) if "contact" in keys else None,
            funded_by=_names(keys.get("fundedBy")),
            support_offers=tuple(self.url(item) for item in keys["supportOffers"].items())
            if "supportOffers" in keys
            else (),
        )

    def organization(self, node: Node) -> DeclaredOrganization:
        if not node.keys:
            return DeclaredOrganization(name=node.text(max_characters=_MAX_NAME_CHARACTERS))
        keys = node.mapping(allowed=("name", "legalEntity", "website"), required=("name",))
        return DeclaredOrganization(
            name=keys["name"].text(max_characters=_MAX_NAME_CHARACTERS),
            legal_entity=keys["legalEntity"].boolean() if "legalEntity" in keys else None,
            website=self.url(keys["website"]) if "website" in keys else None,
        )

    def contact(self, node: Node) -> str:
        return node.scalar if _EMAIL.fullmatch(node.scalar) else self.url(node)

    def requests(self, node: Node | None) -> str | None:
        if node is None:
            return None
        if node.scalar.startswith(("http://", "https://")):
            return self.url(node)
        return node.word((*self.words("requests"), "https://…"), what="way to be asked")

    def scope(self, node: Node | None, *, purl: str | None) -> DeclaredScope:
        if node is None:
            return DeclaredScope()
        keys = node.mapping(allowed=("versions", "validFor", "knownAs"))
        versions = self.versions(keys["versions"]) if "versions" in keys else None
        if versions and purl and _scheme(versions) != _scheme(purl):
            message = f"versions are of type {_scheme(versions)}, the project's purl is of {_scheme(purl)}"
            keys["versions"].problem(message, fix=f"write vers:{_scheme(purl)}/…")
        return DeclaredScope(
            versions=versions,
            valid_for_months=_validity(keys["validFor"]) if "validFor" in keys else DEFAULT_VALIDITY_MONTHS,
            known_as=tuple(_purl_or_cpe(item) for item in keys["knownAs"].items())
            if "knownAs" in keys
            else (),
        )

    # The sections

    def practices(self, node: Node, *, assumptions: Node | None) -> tuple[DeclaredPractice, ...]:
        found: dict[str, DeclaredPractice] = {}
        for key, value in node.members():
            practice = self.catalogue.practice(key.scalar)
            if practice is None:
                near = self.catalogue.nearest(key.scalar)
                fix = f"did you mean {near}?" if near else "see: avow practices"
                key.problem(f"unknown practice {shown(key.scalar)}", fix=fix)
            elif value.kind is Kind.NULL:
                self.notes.append(Note(key.line, practice.id, "is not answered"))
            elif value.kind is Kind.MAPPING:
                found[practice.id] = self.practice(practice, value, line=key.line, assumptions=assumptions)
            else:
                value.members()  # notes what stands there instead
        for practice in self.catalogue.practices:
            if practice.asked and practice.id not in found:
                self.notes.append(Note(0, practice.id, f"is not answered: {practice.question}"))
        return tuple(found[entry.id] for entry in self.catalogue.practices if entry.id in found)

    def practice(
        self, practice: Practice, node: Node, *, line: int, assumptions: Node | None
    ) -> DeclaredPractice:
        before = len(node.problems.found)
        declared = _PracticeReader(self, practice, node, assumptions).read(line)
        node.problems.found[before:] = [
            replace(problem, practice=practice.id) for problem in node.problems.found[before:]
        ]
        return declared

    def integrator(self, node: Node | None) -> tuple[DeclaredIntegratorEntry, ...]:
        if node is None:
            return ()
        letters = node.mapping(allowed=INTEGRATOR_LETTERS)
        return tuple(self.integrator_entry(ref, letters[ref]) for ref in INTEGRATOR_LETTERS if ref in letters)

    def integrator_entry(self, ref: str, node: Node) -> DeclaredIntegratorEntry:
        keys = node.mapping(
            allowed=("handling", "provided", "leftToIntegrator", "justification"), required=("handling",)
        )
        handling = keys["handling"].word(self.words("handling"), what="handling")
        texts = {name: value.text(many_lines=True) for name, value in keys.items() if name != "handling"}
        if handling:
            needed = _TEXTS_OF_HANDLING[handling]
            for name in needed:
                if name not in texts:
                    keys["handling"].problem(f"{handling} needs {name}", fix=f"add {name}")
            for name in texts:
                if name not in needed:
                    keys[name].problem(f"{name} contradicts {handling}", fix="remove it, or change handling")
        return DeclaredIntegratorEntry(
            ref=ref,
            handling=handling,
            line=node.line,
            provided=texts.get("provided"),
            left_to_integrator=texts.get("leftToIntegrator"),
            justification=texts.get("justification"),
        )

    def assumptions(self, node: Node | None) -> tuple[DeclaredAssumption, ...]:
        found: dict[str, DeclaredAssumption] = {}
        for item in node.items() if node is not None else ():
            keys = item.mapping(allowed=("id", "text", "ifViolated"), required=("id", "text", "ifViolated"))
            name = keys["id"].text()
            if name and not _ASSUMPTION_ID.fullmatch(name):
                keys["id"].problem(f"{shown(name)} is no id", fix="write a short one, like A1")
            if name in found:
                keys["id"].problem(f"the id {shown(name)} stands twice", fix="give each assumption its own")
            found[name] = DeclaredAssumption(
                id=name,
                text=keys["text"].text(many_lines=True),
                if_violated=keys["ifViolated"].text(many_lines=True),
            )
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _PracticeReader:
    """Reads the entry of one practice."""

    reader: _DeclarationReader
    practice: Practice
    node: Node
    assumptions: Node | None

    def read(self, line: int) -> DeclaredPractice:
        keys = self.node.mapping(allowed=(*PRACTICE_KEYS, *self.practice.facts))
        draft = "draft" in keys and keys["draft"].boolean()
        if draft:
            self.reader.notes.append(
                Note(line, self.practice.id, "is a draft: read it, date it with reviewedAt, remove draft")
            )
        status = self.status(keys, draft=draft)
        facts, usable = self.facts(keys)
        if status is Status.IMPLEMENTED:
            self.check_implemented(keys, facts, usable, draft=draft)
        if "reviewedAt" not in keys and not draft:
            fix = "add reviewedAt with the day on which a person last looked"
            self.node.problem("reviewedAt is missing", fix=fix)
        return DeclaredPractice(
            id=self.practice.id,
            line=line,
            status=status,
            reviewed_at=self.reader.past_day(keys["reviewedAt"]) if "reviewedAt" in keys else None,
            draft=draft,
            coverage=_prose(keys.get("coverage")),
            reason=self.reason(keys["reason"], status) if "reason" in keys else None,
            justification=_prose(keys.get("justification")),
            implemented_by=self.implemented_by(keys, draft=draft) if "implementedBy" in keys else None,
            note=_prose(keys.get("note")),
            tracking_url=self.reader.url(keys["trackingUrl"], practice=self.practice.id)
            if "trackingUrl" in keys
            else None,
            facts=freeze(facts),
            evidence=tuple(self.evidence(item) for item in keys["evidence"].items())
            if "evidence" in keys
            else (),
        )

    def lack(self, message: str, node: Node, *, fix: str, draft: bool) -> None:
        """Something is missing or not borne out: a problem, but of a draft only worth a note."""
        if draft:
            self.reader.notes.append(Note(node.line, self.practice.id, message))
        else:
            node.problem(message, fix=fix)

    def status(self, keys: Mapping[str, Node], *, draft: bool) -> Status | None:
        if self.practice.is_observation:
            for name in ("status", *_KEYS_OF_STATUS):
                if name in keys:
                    message = f"{self.practice.id} is an observation: it has facts and no {name}"
                    keys[name].problem(message, fix="remove it")
            return None
        if "status" not in keys:
            fix = f"one of {', '.join(self.reader.words('status'))}"
            self.lack("status is missing", self.node, fix=fix, draft=draft)
            return None
        word = keys["status"].word(self.reader.words("status"), what="status")
        if not word:
            return None
        status = Status(word)
        for name, fix in _NEEDED_BY_STATUS[status].items():
            if name not in keys:
                self.lack(f"{status} needs {name}", keys["status"], fix=fix, draft=draft)
        for name, statuses in _KEYS_OF_STATUS.items():
            if name in keys and status not in statuses:
                fix = f"remove it, or write status: {' or '.join(statuses)}"
                keys[name].problem(f"{name} means nothing beside {status}", fix=fix)
        return status

    def reason(self, node: Node, status: Status | None) -> str:
        reason = node.word(self.reader.words("notApplicableReason"), what="reason")
        if reason and status is not None and reason not in self.practice.not_applicable_reasons:
            message = f"the reason {reason} counts only where an integrator confirms it"
            self.reader.notes.append(Note(node.line, self.practice.id, message))
        return reason

    def implemented_by(self, keys: Mapping[str, Node], *, draft: bool) -> str:
        by = keys["implementedBy"].word(self.reader.words("implementedBy"), what="implementedBy")
        if by == "thirdParty" and "note" not in keys:
            fix = "name the third party in note"
            self.lack("thirdParty needs a note", keys["implementedBy"], fix=fix, draft=draft)
        return by

    # Facts

    def facts(self, keys: Mapping[str, Node]) -> tuple[dict[str, Any], frozenset[str]]:
        """The facts in wire form, and the names of those that are of their type."""
        nodes = {name: keys[name] for name in self.practice.facts if name in keys}
        if self.practice.id == ASSUMPTIONS_PRACTICE and self.assumptions is not None:
            if "assumptions" in nodes:
                nodes["assumptions"].problem("assumptions stand twice", fix="keep those at the top level")
            nodes["assumptions"] = self.assumptions
        facts: dict[str, Any] = {}
        usable = set()
        for name, node in nodes.items():
            before = len(node.problems.found)
            facts[name] = self.practice.facts[name].wire(node.data())
            if len(node.problems.found) == before and node is not self.assumptions:
                self.check_fact(name, facts[name], node)
            if len(node.problems.found) == before:
                usable.add(name)
        return facts, frozenset(usable)

    def check_fact(self, name: str, value: Any, node: Node) -> None:
        fact = self.practice.facts[name]
        problems = fact.problems(value)
        for problem in problems:
            steps = ["[]" if isinstance(step, int) else f".{step}" for step in problem.path]
            if steps and problem.message.startswith(f"{steps[-1][1:]} "):
                steps.pop()  # the message names it
            node.at(problem.path).problem(f"{name}{''.join(steps)} {problem.message}", fix=problem.fix)
        for url, path in _urls(fact, value, ()) if not problems else ():
            self.reader.note_unprotected(url, node.at(path), practice=self.practice.id)

    def check_implemented(
        self, keys: Mapping[str, Node], facts: Mapping[str, Any], usable: frozenset[str], *, draft: bool
    ) -> None:
        """What is said to be implemented is borne out by its own facts, as far as a file alone can tell."""
        unmet = self.practice.unmet(
            facts, today=self.reader.today, version=None, version_in_range=lambda _version, _range: True
        )
        for condition in unmet:
            name = condition.fact.partition("[]")[0]
            if name in usable or name not in facts:
                node = keys.get(name, keys["status"])
                fix = f"implemented means: {self.practice.implemented_means}"
                self.lack(f"implemented, but {condition.message}", node, fix=fix, draft=draft)

    # Evidence

    def evidence(self, node: Node) -> DeclaredEvidence:
        keys = node.mapping(
            allowed=(*_EVIDENCE_KINDS, "type", "check", "digest", "retrievedAt", "tool", "note")
        )
        kinds = [kind for kind in _EVIDENCE_KINDS if kind in keys]
        if len(kinds) != 1 and node.kind is Kind.MAPPING:
            given = " and ".join(kinds) or "none"
            node.problem(f"evidence has one source, here {given}", fix=f"one of {', '.join(_EVIDENCE_KINDS)}")
        kind = kinds[0] if kinds else "file"
        return DeclaredEvidence(
            kind=kind,
            target=self.target(keys[kind], kind) if kinds else "",
            type=self.evidence_type(keys["type"], kind) if "type" in keys else _EVIDENCE_TYPES[kind],
            line=node.line,
            check=self.check(keys, node, kind),
            digest=_digest(keys["digest"]) if "digest" in keys else None,
            retrieved_at=self.retrieved_at(keys["retrievedAt"]) if "retrievedAt" in keys else None,
            tool=_tool(keys["tool"]) if "tool" in keys else None,
            note=_prose(keys.get("note")),
        )

    def target(self, node: Node, kind: EvidenceKind) -> str:
        return self.reader.url(node, practice=self.practice.id) if kind == "url" else _path(node)

    def evidence_type(self, node: Node, kind: EvidenceKind) -> str:
        evidence_type = node.word(self.reader.words("evidenceType"), what="type of evidence")
        if evidence_type and kind in {"scorecard", "securityInsights"}:
            node.problem(f"the type of {kind} is known", fix="remove type")
        return evidence_type

    def check(self, keys: Mapping[str, Node], node: Node, kind: EvidenceKind) -> str | None:
        if "check" in keys:
            if kind != "scorecard":
                keys["check"].problem(f"check belongs to scorecard, not to {kind}", fix="remove it")
            return keys["check"].text(max_characters=_MAX_NAME_CHARACTERS)
        if kind == "scorecard":
            node.problem("scorecard needs check", fix="name the check; the aggregate score is no evidence")
        return None

    def retrieved_at(self, node: Node) -> datetime:
        moment = node.moment()
        if moment.date() > self.reader.today:
            node.problem(f"retrievedAt {node.scalar} is in the future", fix="write when it was retrieved")
        return moment


def _urls(
    fact: FactType, value: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The addresses in a well-typed value, with the paths to them."""
    if fact.type == "list":
        for index, item in enumerate(value):
            yield from _urls(fact.item, item, (*path, index))
    elif fact.type == "record":
        for name in value:
            yield from _urls(fact.fields[name], value[name], (*path, name))
    elif fact.type == "url":
        yield value, path


def _name(node: Node | None) -> str | None:
    return None if node is None else node.text(max_characters=_MAX_NAME_CHARACTERS)


def _names(node: Node | None) -> tuple[str, ...]:
    return (
        () if node is None else tuple(item.text(max_characters=_MAX_NAME_CHARACTERS) for item in node.items())
    )


def _prose(node: Node | None) -> str | None:
    return None if node is None else node.text(many_lines=True)


def _project_purl(node: Node) -> str:
    """A purl of the project: no version, which each release brings itself."""
    text = node.text()
    if text:
        try:
            purl = parse_purl(text)
        except PurlInvalid as error:
            node.problem(f"purl {shown(text)}: {error}", fix=error.fix and f"write {error.fix}")
            return ""
        if purl.version is not None or purl.subpath is not None:
            node.problem("the project's purl has no version and no subpath", fix="end it with the name")
    return text


def _purl_or_cpe(node: Node) -> str:
    text = node.text()
    if text and not _CPE.fullmatch(text):
        try:
            parse_purl(text)
        except PurlInvalid as error:
            fix = f"write {error.fix}" if error.fix else "write a canonical purl, or a CPE 2.3 name"
            node.problem(f"knownAs {shown(text)}: {error}", fix=fix)
    return text


def _scheme(text: str) -> str:
    """The type of a purl or of a version range."""
    return text.partition(":")[2].partition("/")[0]


def _validity(node: Node) -> int:
    match = _VALIDITY.fullmatch(node.scalar)
    months = int(match["number"]) * (12 if match["unit"] == "year" else 1) if match else 0
    if not 1 <= months <= MAX_VALIDITY_MONTHS:
        fix = f'write "N months" or "N years", at most {MAX_VALIDITY_MONTHS} months'
        node.problem(f"validFor is {node.described}", fix=fix)
        return DEFAULT_VALIDITY_MONTHS
    return months


def _path(node: Node) -> str:
    """A path inside the repository, spelled in one way only."""
    text = node.text(max_characters=_MAX_PATH_CHARACTERS)
    outside = text.startswith(("/", "~", "\\")) or _DRIVE.match(text) or ".." in re.split(r"[/\\]", text)
    if outside:
        node.problem(f"{shown(text)} leads out of the repository", fix="write the path from its root")
    elif text and ("\\" in text or {"", "."} & set(text.split("/"))):
        node.problem(f"{shown(text)} is no plain path", fix="write names with one slash between them")
    return text


def _digest(node: Node) -> Digest | None:
    algorithm, _, value = node.scalar.partition(":")
    if is_digest(algorithm, value):
        return Digest(algorithm=algorithm, value=value)
    node.problem(f"digest {node.described} is no digest", fix="write sha256: and 64 lower-case hex digits")
    return None


def _tool(node: Node) -> DeclaredTool:
    keys = node.mapping(allowed=("name", "version"), required=("name",))
    return DeclaredTool(
        name=keys["name"].text(max_characters=_MAX_NAME_CHARACTERS), version=_name(keys.get("version"))
    )
