"""Reads avow.yaml, the file that an author writes. All errors are reported together, each with place and fix.

An error makes the file meaningless or contradictory, and `avow check` exits with 2. A note is about something
that the author may leave as it is: a draft, an unanswered question, an address over plain http.

An entry with `draft: true` is not finished. What it lacks is a note; what it says must be well-formed.

The `assumptions` at the top level are also the facts of DOC-05: authors write them once, where readers of the
file look for them.
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
from avow.catalogue.practices import Catalogue, Practice, UnmetCondition
from avow.errors import Problems
from avow.formats.nodes import Kind, Node, shown
from avow.formats.purl import PurlInvalid, parse_purl
from avow.formats.yaml_nodes import reading
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
"""How long a declaration is valid if its author gives no period. Source: specification, `validUntil`."""

MAX_VALIDITY_MONTHS: Final = 60
"""Nobody can plan practices for longer. Five years is also the shortest support period that the CRA expects.

Source: CRA Art 13(8).
"""

ASSUMPTIONS_PRACTICE: Final = "DOC-05"

INTEGRATOR_LETTERS: Final = tuple(f"I.2.{letter}" for letter in "abcdefghijklm")
"""Source: CRA Annex I Part I (2), letters (a) to (m)."""

PRACTICE_KEYS: Final = (
    "status", "reviewedAt", "coverage", "reason", "justification", "implementedBy", "note", "trackingUrl",
    "evidence", "draft",
)  # fmt: skip
"""Keys that every practice may have, in the order in which people fill them in. All other keys are facts."""

_KEYS_OF_STATUS: Final[Mapping[str, tuple[Status, ...]]] = freeze(
    {
        "coverage": (Status.PARTIAL,),
        "reason": (Status.NOT_APPLICABLE,),
        "justification": (Status.NOT_APPLICABLE,),
        "implementedBy": (Status.IMPLEMENTED, Status.PARTIAL),
    }
)
"""Keys that are only allowed with these statuses."""

_NOT_SUPPORTED: Final = "write the fact if it is true, else another status, or leave the practice out"

_NEEDED_BY_STATUS: Final[Mapping[Status, Mapping[str, str]]] = freeze(
    {
        Status.IMPLEMENTED: {},
        Status.PARTIAL: {"coverage": "add coverage: say which part is covered"},
        Status.NOT_IMPLEMENTED: {},
        Status.NOT_APPLICABLE: {
            "reason": "add reason: one of {reasons}",
            "justification": "add justification: say in one sentence why it can't apply",
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
"""The texts that each handling needs; any other text would contradict it."""

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
"""The type of evidence from each kind of source, if the author does not give one."""

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
    """Something that the author may leave as it is. `line` is 0 if the note is about something missing."""

    line: int
    practice: str
    message: str


class DeclaredProject(Frozen):
    """The project that the declaration is about."""

    name: str
    url: str | None = None
    source: str | None = None
    purl: str | None = None


class DeclaredOrganization(Frozen):
    """The organization that the declarant speaks for."""

    name: str
    legal_entity: bool | None = None
    website: str | None = None


class DeclaredDeclarant(Frozen):
    """Who claims to speak for the project, and in which role; only the certificate proves who signed."""

    relationship: str
    organization: DeclaredOrganization | None = None
    role: str | None = None
    contact: str | None = None
    funded_by: tuple[str, ...] = ()
    support_offers: tuple[str, ...] = ()


class DeclaredScope(Frozen):
    """What the declaration is about, in addition to the artefacts that it will be signed for."""

    versions: str | None = None
    valid_for_months: int = DEFAULT_VALIDITY_MONTHS
    known_as: tuple[str, ...] = ()


class DeclaredTool(Frozen):
    """The tool that made a machine observation."""

    name: str
    version: str | None = None


class DeclaredEvidence(Frozen):
    """One piece of evidence; `target` is a path inside the repository, or a URL if the kind is `url`."""

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
    """What the author declares about one practice; `facts` are in wire form and immutable."""

    id: str
    line: int
    status: Status | None
    """`None` for an observation, which has facts and no status, and for a draft without a status."""
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
    """One letter of CRA Annex I Part I (2): what the component provides, what it leaves to the integrator."""

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
    """A well-formed avow.yaml. Practices are in the order of the catalogue, not of the file."""

    project: DeclaredProject
    declarant: DeclaredDeclarant
    requests: str | None
    """How the project accepts requests: `no`, `viaSteward` or a URL."""
    scope: DeclaredScope
    practices: tuple[DeclaredPractice, ...]
    integrator: tuple[DeclaredIntegratorEntry, ...]
    assumptions: tuple[DeclaredAssumption, ...]
    notes: tuple[Note, ...]
    """In the order of the file. Notes without a line come last, in the order of the catalogue."""

    def practice(self, practice_id: str) -> DeclaredPractice | None:
        """The entry for one practice, or `None`, which means unknown."""
        return next((practice for practice in self.practices if practice.id == practice_id), None)


def parse_declaration(text: bytes, *, source: str, catalogue: Catalogue, today: date) -> Declaration:
    """The declaration in `text`; `source` is only used as its name in messages.

    Evidence files are not opened and URLs are not fetched. Whether the version range contains the release is
    checked when signing.

    Raises:
        InputInvalid: the file has errors; carries all of them.
    """
    hint = f"fix all errors, then run avow check {source}"
    with reading(text, source=source, message="the declaration has errors", hint=hint) as root:
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
    """Reads the parts of one declaration. Errors are recorded on the nodes, notes are collected here."""

    catalogue: Catalogue
    today: date
    notes: list[Note] = field(default_factory=list)

    def words(self, vocabulary: str) -> tuple[str, ...]:
        return tuple(self.catalogue.vocabularies[vocabulary])

    # Scalars with a meaning of their own

    def url(self, node: Node, *, practice: str = "") -> str:
        text = node.text(max_characters=_MAX_PATH_CHARACTERS)
        for problem in _URL.problems(text) if text else ():
            node.problem(f"{node.name} {problem.message}", fix=problem.fix)
        self.note_plain_http(text, node, practice=practice)
        return text

    def note_plain_http(self, url: str, node: Node, *, practice: str) -> None:
        if url.startswith("http:"):
            message = f"{node.name} uses plain http: the content can be changed on its way to the reader"
            self.notes.append(Note(node.line, practice, message))

    def versions(self, node: Node) -> str:
        text = node.text()
        for problem in _RANGE.problems(text) if text else ():
            node.problem(f"{node.name} {problem.message}", fix=problem.fix)
        return text

    def past_day(self, node: Node) -> date:
        day = node.date()
        if day > self.today:
            node.problem(f"{node.name} {day} is in the future", fix="write the date on which it was done")
        return day

    # Project, declarant and scope

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
            relationship=self.relationship(keys["relationship"]),
            organization=self.organization(keys["organization"]) if "organization" in keys else None,
            role=_name(keys.get("role")),
            contact=self.contact(keys["contact"]) if "contact" in keys else None,
            funded_by=_names(keys.get("fundedBy")),
            support_offers=tuple(self.url(item) for item in keys["supportOffers"].items())
            if "supportOffers" in keys
            else (),
        )

    def relationship(self, node: Node) -> str:
        words = self.words("relationship")
        if node.kind is Kind.NULL:
            # only the declarant knows it, so `avow init` leaves it open
            fix = f"write what you are to the project: {', '.join(words)}"
            node.problem("relationship is not filled in", fix=fix)
            return ""
        return node.word(words, what="relationship")

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
        return node.word((*self.words("requests"), "https://…"), what="value of requests")

    def scope(self, node: Node | None, *, purl: str | None) -> DeclaredScope:
        if node is None:
            return DeclaredScope()
        keys = node.mapping(allowed=("versions", "validFor", "knownAs"))
        versions = self.versions(keys["versions"]) if "versions" in keys else None
        if versions and purl and _scheme(versions) != _scheme(purl):
            message = (
                f"versions is of type {_scheme(versions)}, but the project's purl is of type {_scheme(purl)}"
            )
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
                fix = f"did you mean {near}?" if near else "run avow practices for the list"
                key.problem(f"unknown practice {shown(key.scalar)}", fix=fix)
            elif value.kind is Kind.NULL:
                self.notes.append(Note(key.line, practice.id, "is not answered"))
            elif value.kind is Kind.MAPPING:
                found[practice.id] = self.practice(practice, value, line=key.line, assumptions=assumptions)
            else:
                value.members()  # records that it is not a mapping
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
                    keys[name].problem(
                        f"`{name}` can't be used with handling {handling}",
                        fix="remove it, or change handling",
                    )
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
                keys["id"].problem(f"{shown(name)} is not a valid id", fix="write a short id, like A1")
            if name in found:
                keys["id"].problem(
                    f"the id {shown(name)} is used twice", fix="give each assumption its own id"
                )
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
                Note(
                    line,
                    self.practice.id,
                    "is a draft: read it, set status, add reviewedAt with today's date, remove draft: true",
                )
            )
        status = self.status(keys, draft=draft)
        facts, usable = self.facts(keys)
        if status is Status.IMPLEMENTED:
            self.check_implemented(keys, facts, usable, draft=draft)
        if self.practice.is_observation and not draft:
            self.note_unusable(facts, line)
        if "reviewedAt" not in keys and not draft:
            fix = "add reviewedAt with the date of the last review by a person"
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

    def report_gap(self, message: str, node: Node, *, fix: str, draft: bool) -> None:
        """Something is missing or not supported by facts: an error, but in a draft only a note."""
        if draft:
            self.reader.notes.append(Note(node.line, self.practice.id, message))
        else:
            node.problem(message, fix=fix)

    def status(self, keys: Mapping[str, Node], *, draft: bool) -> Status | None:
        if self.practice.is_observation:
            for name in ("status", *_KEYS_OF_STATUS):
                if name in keys:
                    message = f"{self.practice.id} is an observation and can't have {name}"
                    keys[name].problem(message, fix="remove it")
            return None
        if "status" not in keys:
            fix = f"add status: one of {', '.join(self.reader.words('status'))}"
            self.report_gap("status is missing", self.node, fix=fix, draft=draft)
            return None
        word = keys["status"].word(self.reader.words("status"), what="status")
        if not word:
            return None
        status = Status(word)
        for name, template in _NEEDED_BY_STATUS[status].items():
            if name not in keys:
                fix = template.format(reasons=", ".join(self.reader.words("notApplicableReason")))
                self.report_gap(f"{status} needs {name}", keys["status"], fix=fix, draft=draft)
        for name, statuses in _KEYS_OF_STATUS.items():
            if name in keys and status not in statuses:
                fix = f"remove it, or write status: {' or '.join(statuses)}"
                keys[name].problem(f"`{name}` can't be used with status {status}", fix=fix)
        return status

    def reason(self, node: Node, status: Status | None) -> str:
        reason = node.word(self.reader.words("notApplicableReason"), what="reason")
        if reason and status is not None and reason not in self.practice.not_applicable_reasons:
            message = f"the reason {reason} counts only if the manufacturer confirms it"
            self.reader.notes.append(Note(node.line, self.practice.id, message))
        return reason

    def implemented_by(self, keys: Mapping[str, Node], *, draft: bool) -> str:
        by = keys["implementedBy"].word(self.reader.words("implementedBy"), what="implementedBy")
        if by == "thirdParty" and "note" not in keys:
            fix = "add note with the name of the third party"
            self.report_gap("thirdParty needs a note", keys["implementedBy"], fix=fix, draft=draft)
        return by

    # Facts

    def facts(self, keys: Mapping[str, Node]) -> tuple[dict[str, Any], frozenset[str]]:
        """The facts in wire form, and the names of those that fit their type."""
        nodes = {name: keys[name] for name in self.practice.facts if name in keys}
        if self.practice.id == ASSUMPTIONS_PRACTICE and self.assumptions is not None:
            if "assumptions" in nodes:
                nodes["assumptions"].problem(
                    "assumptions are given twice", fix="keep only those at the top level of the file"
                )
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
                steps.pop()  # the message already names it
            node.at(problem.path).problem(f"{name}{''.join(steps)} {problem.message}", fix=problem.fix)
        for url, path in _urls(fact, value, ()) if not problems else ():
            self.reader.note_plain_http(url, node.at(path), practice=self.practice.id)

    def check_implemented(
        self, keys: Mapping[str, Node], facts: Mapping[str, Any], usable: frozenset[str], *, draft: bool
    ) -> None:
        """The facts support the status implemented, as far as the file alone can show."""
        found = [
            (keys.get(name, keys["status"]), condition.message)
            for condition in self.unmet(facts)
            if (name := condition.fact.partition("[")[0]) in usable or name not in facts
        ]
        # What the practice means is said once, with the error that is shown first.
        meaning = f"implemented means: {self.practice.implemented_means}"
        for node, message in sorted(found, key=lambda each: (each[0].line, each[0].column, each[1])):
            self.report_gap(
                f"the facts do not support implemented: {message}",
                node,
                fix=f"{_NOT_SUPPORTED}; {meaning}",
                draft=draft,
            )
            meaning = f"see avow practices {self.practice.id}"

    def note_unusable(self, facts: Mapping[str, Any], line: int) -> None:
        """Without what it is about, an observation is unknown to every reader, which is not an error."""
        for condition in self.unmet(facts):
            message = f"counts as unknown: {condition.message}"
            self.reader.notes.append(Note(line, self.practice.id, message))

    def unmet(self, facts: Mapping[str, Any]) -> tuple[UnmetCondition, ...]:
        """The conditions that the facts do not meet, as far as the file alone can show."""
        return self.practice.unmet(
            facts, today=self.reader.today, version=None, version_in_range=lambda _version, _range: True
        )

    # Evidence

    def evidence(self, node: Node) -> DeclaredEvidence:
        keys = node.mapping(
            allowed=(*_EVIDENCE_KINDS, "type", "check", "digest", "retrievedAt", "tool", "note")
        )
        kinds = [kind for kind in _EVIDENCE_KINDS if kind in keys]
        if len(kinds) != 1 and node.kind is Kind.MAPPING:
            given = f"the sources {' and '.join(kinds)}" if kinds else "no source"
            fix = f"give exactly one of {', '.join(_EVIDENCE_KINDS)}"
            node.problem(f"an entry of evidence has {given}", fix=fix)
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
            node.problem(f"type can't be set for {kind}, which has a type of its own", fix="remove type")
        return evidence_type

    def check(self, keys: Mapping[str, Node], node: Node, kind: EvidenceKind) -> str | None:
        if "check" in keys:
            if kind != "scorecard":
                keys["check"].problem(f"check belongs to scorecard, not to {kind}", fix="remove check")
            return keys["check"].text(max_characters=_MAX_NAME_CHARACTERS)
        if kind == "scorecard":
            node.problem(
                "scorecard needs check",
                fix="add check with the name of one check; the aggregate score is not evidence",
            )
        return None

    def retrieved_at(self, node: Node) -> datetime:
        moment = node.moment()
        if moment.date() > self.reader.today:
            node.problem(
                f"retrievedAt {node.scalar} is in the future", fix="write the time at which it was retrieved"
            )
        return moment


def _urls(
    fact: FactType, value: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The URLs in a value that fits its type, with the paths to them."""
    if fact.type == "list":
        for index, item in enumerate(value):
            yield from _urls(fact.item, item, (*path, index))
    elif fact.type == "record":
        for name in value:
            yield from _urls(fact.fields[name], value[name], (*path, name))
    elif fact.type in {"url", "page"}:
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
    """The purl of the project. It must not have a version, because each release has its own."""
    text = node.text()
    if text:
        try:
            purl = parse_purl(text)
        except PurlInvalid as error:
            node.problem(f"purl {shown(text)}: {error}", fix=error.fix and f"write {error.fix}")
            return ""
        if purl.version is not None or purl.subpath is not None:
            node.problem(
                "the project's purl must not have a version or a subpath",
                fix="remove the version and the subpath",
            )
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
        node.problem(f"validFor is {node.described}, not a valid period", fix=fix)
        return DEFAULT_VALIDITY_MONTHS
    return months


def _path(node: Node) -> str:
    """A path inside the repository, in its only allowed spelling."""
    text = node.text(max_characters=_MAX_PATH_CHARACTERS)
    outside = text.startswith(("/", "~", "\\")) or _DRIVE.match(text) or ".." in re.split(r"[/\\]", text)
    if outside:
        node.problem(
            f"{shown(text)} is outside the repository", fix="write a path relative to the repository's root"
        )
    elif text and ("\\" in text or {"", "."} & set(text.split("/"))):
        node.problem(
            f"{shown(text)} is not a plain path", fix="write the path with single forward slashes, without ./"
        )
    return text


def _digest(node: Node) -> Digest | None:
    algorithm, _, value = node.scalar.partition(":")
    if is_digest(algorithm, value):
        return Digest(algorithm=algorithm, value=value)
    node.problem(
        f"digest is {node.described}, not a digest", fix="write sha256: with 64 lower-case hex digits"
    )
    return None


def _tool(node: Node) -> DeclaredTool:
    keys = node.mapping(allowed=("name", "version"), required=("name",))
    return DeclaredTool(
        name=keys["name"].text(max_characters=_MAX_NAME_CHARACTERS), version=_name(keys.get("version"))
    )


def note_drafts(declaration: Declaration, problems: Problems) -> None:
    """Every practice that nobody has reviewed is a problem where the declaration is to be published."""
    for practice in declaration.practices:
        if practice.draft:
            problems.add(
                "is a draft that has not been reviewed",
                line=practice.line,
                column=1,
                practice=practice.id,
                fix="read it, remove draft: true and set reviewedAt",
            )
