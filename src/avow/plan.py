"""`plan.yaml`: what the manufacturer has decided and does about each upstream project of a product.

One entry is about one upstream project, as the survey names it, and so about all of its components in every
version of the product: a new SBOM keeps the decisions. It says who owns it, what the product relies on it
for, own looks, gaps that are accepted and measures for practices, and for each vulnerability what was decided
and what upstream knows. Nothing in it removes a row of a record; accepting never closes a vulnerability.

Source: Regulation (EU) 2024/2847, Art 13(5) and 13(6); Commission guidance C(2026) 5252, points 157 to 171,
222 to 229 and 237 (not binding).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from avow.advisories.identifiers import identity_key
from avow.catalogue.practices import Catalogue, load_catalogue
from avow.formats.nodes import Kind, Node, shown
from avow.formats.purl import LOCAL_TYPES, PurlInvalid, read_purl
from avow.formats.repository import normal_repository
from avow.formats.vers import VersRange
from avow.formats.yaml_nodes import reading
from avow.policy.decisions import SAW, a_year_after, read_practice, read_sha256, read_versions
from avow.values import Frozen, latest_date_on_earth

PLAN_FILE: Final = "plan.yaml"
PLAN_VERSION: Final = 1


class VulnerabilityAnswer(StrEnum):
    """What was decided about a vulnerability in this product."""

    OPEN = "open"
    """Nothing yet."""
    FIXED = "fixed"
    """The product has, or the next version will have, a component without it."""
    MITIGATED = "mitigated"
    """A measure of ours keeps it from being exploited."""
    NOT_EXPLOITABLE = "notExploitable"
    """We looked, and it can't be exploited in this product."""
    OPEN_BY_DECISION = "openByDecision"
    """It stays for a time, by somebody's decision with grounds; it is not closed."""


CLOSED: Final = frozenset(
    {VulnerabilityAnswer.FIXED, VulnerabilityAnswer.MITIGATED, VulnerabilityAnswer.NOT_EXPLOITABLE}
)
"""Answers after which a vulnerability is no longer open. A decision to leave it open is none of them."""


class Told(StrEnum):
    """What whoever makes or maintains the component knows, or why there is nothing to report (Art 13(6))."""

    OPEN = "open"
    REPORTED = "reported"
    KNOWN = "known"
    """To upstream, by a source that says so."""
    NOBODY_MAINTAINS = "nobodyMaintains"
    ONLY_OUR_INTEGRATION = "onlyOurIntegration"
    NOT_RELIED_ON = "notReliedOn"
    """The product no longer has the component."""


class PlannedLook(Frozen):
    """An own look at practices of the project."""

    practices: tuple[str, ...]
    in_place: bool
    source: str
    on: date
    who: str
    versions: VersRange | None = None
    sha256: str = ""
    note: str = ""
    line: int


class PlannedGap(Frozen):
    """Practices nobody shows, accepted for a time. It closes no vulnerability."""

    practices: tuple[str, ...]
    because: str
    measure: str
    owner: str
    until: date
    versions: VersRange | None = None
    ticket: str = ""
    line: int


class PlannedMeasure(Frozen):
    """What the manufacturer does in place of a practice."""

    practices: tuple[str, ...]
    measure: str
    owner: str
    until: date
    versions: VersRange | None = None
    source: str = ""
    line: int


class UpstreamReport(Frozen):
    """The ledger of Art 13(6) for one vulnerability."""

    told: Told = Told.OPEN
    channel: str = ""
    reference: str = ""
    source: str = ""
    on: date | None = None
    because: str = ""


class OurFix(Frozen):
    """A fix of our own, and whether upstream has it."""

    shared: str
    """Where it was shared; empty if it was not yet."""
    on: date | None = None
    licence: str = ""


class VulnerabilityDecision(Frozen):
    """What was decided about one vulnerability of the project's components."""

    id: str
    """Any of its names."""
    components: tuple[str, ...] = ()
    """Purls; empty: all of the project's."""
    answer: VulnerabilityAnswer = VulnerabilityAnswer.OPEN
    because: str = ""
    measure: str = ""
    source: str = ""
    """Where the look that shows it is written down."""
    on: date | None = None
    owner: str = ""
    until: date | None = None
    ticket: str = ""
    report: UpstreamReport = UpstreamReport()
    our_fix: OurFix | None = None
    line: int


class Maintained(Frozen):
    """We maintain the component ourselves: a fork, a vendored copy, a project that has ended."""

    owner: str
    patches: str
    """Where patches come from."""
    exit: str
    """How this ends."""


class SentNote(Frozen):
    """A note that a person sent to the project."""

    on: date
    reference: str = ""
    answered: str = ""


class UpstreamPlan(Frozen):
    """Everything about one upstream project."""

    upstream: str
    """The survey's key of it: a repository, `pkg:TYPE/NAME` or `name:...`."""
    packages: tuple[str, ...] = ()
    """Purls without version, by which the entry is found where another SBOM does not name the repository."""
    owner: str = ""
    due: date | None = None
    ticket: str = ""
    relies_on: str = ""
    verified_by: str = ""
    maintained: Maintained | None = None
    looks: tuple[PlannedLook, ...] = ()
    gaps: tuple[PlannedGap, ...] = ()
    measures: tuple[PlannedMeasure, ...] = ()
    vulnerabilities: tuple[VulnerabilityDecision, ...] = ()
    asked: tuple[SentNote, ...] = ()
    note: str = ""
    line: int


class Plan(Frozen):
    """One file."""

    source: str = ""
    sha256: str = ""
    upstreams: tuple[UpstreamPlan, ...] = ()

    def of(self, key: str) -> UpstreamPlan | None:
        """The entry about the upstream project with this key."""
        return next((each for each in self.upstreams if each.upstream == key), None)


def read_plan(data: bytes, *, source: str, now: datetime, catalogue: Catalogue | None = None) -> Plan:
    """The plan in `data`; what was seen or told later than `now` is refused, and `until` in over a year.

    What has ended is kept: whoever uses the plan says so.

    Raises:
        InputInvalid: with every problem.
    """
    with reading(
        data, source=source, message=f"{source} can't be used", hint="correct it; docs/plan.md explains it"
    ) as root:
        keys = root.mapping(allowed=("avow-plan", "upstreams"), required=("avow-plan", "upstreams"))
        keys["avow-plan"].check_version(PLAN_VERSION, fix=f"avow-plan: {PLAN_VERSION}")
        reader = _PlanReader(today=latest_date_on_earth(now), catalogue=catalogue or load_catalogue())
        first: dict[object, UpstreamPlan] = {}
        for node in _items(keys["upstreams"]):
            entry = reader.upstream(node)
            if (
                other := first.setdefault(package_identity(entry.upstream) or entry.upstream, entry)
            ) is not entry:
                node.problem(f"line {other.line} is about the same upstream project", fix="join the two")
    return Plan(source=source, sha256=hashlib.sha256(data).hexdigest(), upstreams=tuple(first.values()))


def package_identity(purl: str) -> tuple[str, ...] | None:
    """The same for every spelling of one package of a registry; None for anything else.

    `pkg:generic` and the like have a name that whoever wrote the SBOM chose; another one's is another thing.
    """
    try:
        read = read_purl(purl)
    except PurlInvalid:
        return None
    return None if read.type in LOCAL_TYPES else identity_key(read)


def _items(node: Node) -> tuple[Node, ...]:
    """The items of a list; nothing behind the key is an empty one, as a person leaves it."""
    return () if node.kind is Kind.NULL else node.items()


_UPSTREAM_KEYS: Final = (
    *("upstream", "packages", "owner", "due", "ticket", "reliesOn", "verifiedBy", "maintainedByUs", "looks"),
    *("acceptedGaps", "measures", "vulnerabilities", "asked", "note"),
)
_LOOK_KEYS: Final = ("practices", "saw", "source", "date", "who", "versions", "sha256", "note")
_GAP_KEYS: Final = ("practices", "because", "measure", "owner", "until", "versions", "ticket")
_MEASURE_KEYS: Final = ("practices", "measure", "owner", "until", "versions", "source")
_DECISION_KEYS: Final = (
    *("id", "components", "answer", "because", "measure", "source", "date", "owner", "until", "ticket"),
    *("report", "ourFix"),
)
_NEEDS: Final[Mapping[VulnerabilityAnswer, tuple[str, ...]]] = {
    VulnerabilityAnswer.OPEN: (),
    VulnerabilityAnswer.FIXED: ("because",),
    VulnerabilityAnswer.MITIGATED: ("measure", "owner"),
    VulnerabilityAnswer.NOT_EXPLOITABLE: ("because", "source", "date", "owner"),
    VulnerabilityAnswer.OPEN_BY_DECISION: ("because", "owner", "until"),
}
"""What has to be said beside an answer. Source: guidance, points 157 to 163 and 237."""
_MAY: Final[Mapping[VulnerabilityAnswer, tuple[str, ...]]] = {
    VulnerabilityAnswer.OPEN: ("owner",),
    VulnerabilityAnswer.FIXED: ("source", "date", "owner"),
    VulnerabilityAnswer.MITIGATED: ("because", "source", "date", "until"),
    VulnerabilityAnswer.NOT_EXPLOITABLE: ("measure",),
    VulnerabilityAnswer.OPEN_BY_DECISION: ("measure", "source", "date"),
}
_REPORT_NEEDS: Final[Mapping[Told, tuple[str, ...]]] = {
    Told.OPEN: (),
    Told.REPORTED: ("channel", "date"),
    Told.KNOWN: ("source", "date"),
    Told.NOBODY_MAINTAINS: ("because",),
    Told.ONLY_OUR_INTEGRATION: ("because",),
    Told.NOT_RELIED_ON: (),
}
_REPORT_MAY: Final[Mapping[Told, tuple[str, ...]]] = {
    Told.OPEN: (),
    Told.REPORTED: ("reference",),
    Told.KNOWN: (),
    Told.NOBODY_MAINTAINS: ("source", "date"),
    Told.ONLY_OUR_INTEGRATION: (),
    Told.NOT_RELIED_ON: ("because",),
}
_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{2,127}")
_ADDRESS: Final = re.compile(r"https://[^\s/@?#]+/[^\s?#]+")
_WRITABLE: Final = re.compile(r"[!-~](?:[ -~]{0,1000}[!-~])?")
"""What a key of an upstream project may have in the file."""


def can_be_written(upstream: str, *ids: str) -> bool:
    """The key and ids, which come from an SBOM or advisories, are such that the file can have them."""
    return _WRITABLE.fullmatch(upstream) is not None and all(map(_ID.fullmatch, ids))


class _PlanReader:
    """Reads entries; problems go to the nodes, and neutral values never get out of `reading`."""

    def __init__(self, *, today: date, catalogue: Catalogue) -> None:
        self._today, self._catalogue = today, catalogue
        self._latest = a_year_after(today)

    def upstream(self, node: Node) -> UpstreamPlan:
        found = node.mapping(allowed=_UPSTREAM_KEYS, required=("upstream",))
        kept = {key: each for key, each in found.items() if each.kind is not Kind.NULL}
        return UpstreamPlan(
            upstream=_key(found["upstream"]),
            packages=tuple(map(_package, _listed(kept, "packages"))),
            owner=_text(kept, "owner"),
            due=kept["due"].date() if "due" in kept else None,
            ticket=_text(kept, "ticket"),
            relies_on=_text(kept, "reliesOn", many_lines=True),
            verified_by=_text(kept, "verifiedBy", many_lines=True),
            maintained=_maintained(kept["maintainedByUs"]) if "maintainedByUs" in kept else None,
            looks=tuple(map(self._look, _listed(kept, "looks"))),
            gaps=tuple(map(self._gap, _listed(kept, "acceptedGaps"))),
            measures=tuple(map(self._measure, _listed(kept, "measures"))),
            vulnerabilities=tuple(self._decisions(kept, owner=_text(kept, "owner"))),
            asked=tuple(map(self._asked, _listed(kept, "asked"))),
            note=_text(kept, "note", many_lines=True),
            line=node.line,
        )

    def _look(self, node: Node) -> PlannedLook:
        found = node.mapping(allowed=_LOOK_KEYS, required=("practices", "saw", "source", "date", "who"))
        practices = self._practices(found["practices"])
        self._check_levels(node, practices, has_versions="versions" in found)
        return PlannedLook(
            practices=practices,
            in_place=found["saw"].word(SAW, what="word for what was seen") == SAW[0],
            source=found["source"].text(),
            on=self._past(found["date"]),
            who=found["who"].text(),
            versions=_versions(found),
            sha256=read_sha256(found["sha256"]) if "sha256" in found else "",
            note=_text(found, "note"),
            line=node.line,
        )

    def _check_levels(self, node: Node, practices: tuple[str, ...], *, has_versions: bool) -> None:
        """A look says what it was a look at, as precisely as the practice is about it."""
        for each in practices:
            practice = self._catalogue.practice(each)
            level = practice.subject_level if practice is not None else ""
            if level == "release":
                node.problem(
                    f"{each} is about one release, and an entry of the plan about a project",
                    fix="write the look, with the artefact's digest, into a file of observations",
                )
            elif level == "releaseLine" and not has_versions:
                node.problem(
                    f"{each} differs between release lines, and `versions` is missing",
                    fix="add versions, with the range that you looked at",
                )

    def _gap(self, node: Node) -> PlannedGap:
        required = ("practices", "because", "measure", "owner", "until")
        found = node.mapping(allowed=_GAP_KEYS, required=required)
        return PlannedGap(
            practices=self._practices(found["practices"]),
            because=found["because"].text(),
            measure=found["measure"].text(),
            owner=found["owner"].text(),
            until=self._until(found["until"]),
            versions=_versions(found),
            ticket=_text(found, "ticket"),
            line=node.line,
        )

    def _measure(self, node: Node) -> PlannedMeasure:
        found = node.mapping(allowed=_MEASURE_KEYS, required=("practices", "measure", "owner", "until"))
        return PlannedMeasure(
            practices=self._practices(found["practices"]),
            measure=found["measure"].text(),
            owner=found["owner"].text(),
            until=self._until(found["until"]),
            versions=_versions(found),
            source=_text(found, "source"),
            line=node.line,
        )

    def _decisions(self, kept: Mapping[str, Node], *, owner: str) -> Iterator[VulnerabilityDecision]:
        seen: dict[tuple[str, str], int] = {}
        for node in _listed(kept, "vulnerabilities"):
            decision = self._decision(node, owner=owner)
            for component in decision.components or ("",):
                other = seen.setdefault((decision.id.upper(), component), node.line)
                if other != node.line:
                    node.problem(f"line {other} decides about the same vulnerability", fix="keep one of them")
            yield decision

    def _decision(self, node: Node, *, owner: str) -> VulnerabilityDecision:
        found = node.mapping(allowed=_DECISION_KEYS, required=("id", "answer"))
        word = found["answer"].word(tuple(VulnerabilityAnswer), what="answer")
        answer = VulnerabilityAnswer(word) if word else VulnerabilityAnswer.OPEN
        if word:
            needs = tuple(each for each in _NEEDS[answer] if each != "owner" or not owner)
            _check_beside(node, found, word, needs=needs, may=("owner", *_MAY[answer], *_ANYWAY))
        identifier = found["id"].text()
        if identifier and _ID.fullmatch(identifier) is None:
            found["id"].problem(f"{shown(identifier)} is not the id of a vulnerability", fix="write CVE-...")
        return VulnerabilityDecision(
            id=identifier,
            components=tuple(map(_purl, _listed(found, "components"))),
            answer=answer,
            because=_text(found, "because", many_lines=True),
            measure=_text(found, "measure", many_lines=True),
            source=_text(found, "source"),
            on=self._past(found["date"]) if "date" in found else None,
            owner=_text(found, "owner") or owner,
            until=self._until(found["until"]) if "until" in found else None,
            ticket=_text(found, "ticket"),
            report=self._report(found["report"]) if "report" in found else UpstreamReport(),
            our_fix=self._our_fix(found["ourFix"]) if "ourFix" in found else None,
            line=node.line,
        )

    def _report(self, node: Node) -> UpstreamReport:
        found = node.mapping(
            allowed=("state", "channel", "reference", "source", "date", "because"), required=("state",)
        )
        word = found["state"].word(tuple(Told), what="state of the report")
        told = Told(word) if word else Told.OPEN
        if word:
            _check_beside(node, found, word, needs=_REPORT_NEEDS[told], may=(*_REPORT_MAY[told], "state"))
        return UpstreamReport(
            told=told,
            channel=_text(found, "channel"),
            reference=_text(found, "reference"),
            source=_text(found, "source"),
            on=self._past(found["date"]) if "date" in found else None,
            because=_text(found, "because"),
        )

    def _our_fix(self, node: Node) -> OurFix:
        found = node.mapping(allowed=("shared", "date", "licence"), required=())
        return OurFix(
            shared=_text(found, "shared"),
            on=self._past(found["date"]) if "date" in found else None,
            licence=_text(found, "licence"),
        )

    def _asked(self, node: Node) -> SentNote:
        found = node.mapping(allowed=("date", "reference", "answered"), required=("date",))
        return SentNote(
            on=self._past(found["date"]),
            reference=_text(found, "reference"),
            answered=_text(found, "answered"),
        )

    def _practices(self, node: Node) -> tuple[str, ...]:
        """Ids of practices; a text is a list of one."""
        items = (node,) if node.kind is Kind.TEXT else node.items()
        if not items and node.kind is Kind.SEQUENCE:
            node.problem("practices is empty", fix="name the practices that it is about")
        return tuple(dict.fromkeys(read_practice(each, catalogue=self._catalogue) for each in items))

    def _past(self, node: Node) -> date:
        day = node.date()
        if day > self._today:
            node.problem(f"{day} is in the future", fix="write the day on which it was done")
        return day

    def _until(self, node: Node) -> date:
        until = node.date()
        if until > self._latest:
            node.problem("until is more than 12 months from now", fix=f'write "{self._latest}" or earlier')
        return until


_ANYWAY: Final = ("id", "answer", "components", "ticket", "report", "ourFix")


def _check_beside(
    node: Node, found: Mapping[str, Node], word: str, *, needs: tuple[str, ...], may: tuple[str, ...]
) -> None:
    """A word has beside it what it needs, and nothing that would not be looked at."""
    for key in needs:
        if key not in found:
            node.problem(f"{word} needs `{key}`", fix=f"add {key}")
    for key, each in found.items():
        if key not in needs and key not in may:
            each.problem(f"{key} means nothing beside {word}", fix=f"remove {key}, or use another word")


def _listed(found: Mapping[str, Node], key: str) -> tuple[Node, ...]:
    return _items(found[key]) if key in found else ()


def _text(found: Mapping[str, Node], key: str, *, many_lines: bool = False) -> str:
    return found[key].text(many_lines=many_lines) if key in found else ""


def _versions(found: Mapping[str, Node]) -> VersRange | None:
    return read_versions(found["versions"], component=None) if "versions" in found else None


def _maintained(node: Node) -> Maintained:
    found = node.mapping(allowed=("owner", "patches", "exit"), required=("owner", "patches", "exit"))
    return Maintained(owner=found["owner"].text(), patches=found["patches"].text(), exit=found["exit"].text())


def _purl(node: Node) -> str:
    text = node.text()
    try:
        read_purl(text)
    except PurlInvalid as error:
        node.problem(f"{shown(text)} is not a purl: {error}", fix="write pkg:TYPE/NAMESPACE/NAME@VERSION")
    return text


def _package(node: Node) -> str:
    text = _purl(node)
    if "@" in text.partition("?")[0].rpartition("/")[2]:
        node.problem(f"{shown(text)} has a version, and an entry is about every one", fix="remove it")
    return text


def _key(node: Node) -> str:
    """A repository in its normal form, a purl without version, or a name, as the survey writes them."""
    text = node.text()
    if text.startswith(("name:", "own:")):
        return text
    if text.startswith("pkg:"):
        return _package(node)
    # the survey may know from its prefix that an address is one of version control, and the key has no prefix
    repository = normal_repository(text) or (text if _ADDRESS.fullmatch(text) else "")
    if text and not repository:
        node.problem(
            f"{shown(text)} is not an upstream project as avow survey names it",
            fix="write the repository's address, pkg:TYPE/NAME or name:NAME, as avow plan does",
        )
    return repository or text
