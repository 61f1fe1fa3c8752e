"""What the consumer saw and decided itself: own looks, accepted gaps and measures.

A policy contains accepted gaps; a file of its own, `--observations`, contains all three. They are about a
component in a version that the consumer gave, never in one that a statement gives for itself.

Source: specification, evaluation, "The consumer's own looks and decisions".
"""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from avow.catalogue.observations import checks_about
from avow.catalogue.practices import Catalogue, Practice, load_catalogue
from avow.formats.nodes import Kind, Node, shown, unusable
from avow.formats.purl import DISCRIMINATING_QUALIFIERS, ByComponent, Purl, PurlInvalid, parse_purl
from avow.formats.repository import repository_path
from avow.formats.vers import VersInvalid, VersRange, parse_vers
from avow.formats.yaml_nodes import reading
from avow.subject import Digest, is_digest
from avow.values import Frozen, freeze
from avow.vocabulary import Voice

LONGEST_MONTHS: Final = 12
"""A gap that is accepted for longer is decided again."""

DECISIONS_VERSION: Final = 1

MAX_DECISIONS_BYTES: Final = 16 * 1024 * 1024

SAW: Final = ("inPlace", "notInPlace")

_GAP_KEYS: Final = ("practice", "for", "versions", "because", "measure", "owner", "ticket", "until")
_MEASURE_KEYS: Final = ("practice", "for", "versions", "measure", "owner", "source", "until")
_NOT_TEXTS: Final = ("practice", "for", "versions", "until")
_LOOK_KEYS: Final = (
    "practice",
    "for",
    "versions",
    "artefact",
    "saw",
    "source",
    "date",
    "who",
    "sha256",
    "facts",
    "note",
)
_TOOL_LOOK_KEYS: Final = ("practice", "for", "versions", "check", "repository", "sha256", "who", "note")
_PLANNED_KEYS: Final = ("map",)
_OTHER_FILES: Final = {
    "avow-policy": ("a policy", "name it with --policy, and your own looks and decisions here"),
    "avow": ("a declaration", "name the file with your own looks and decisions"),
    "avow-signers": ("a file of signer rules", "name it in the policy, under signerFiles"),
    "results": ("a report", "name the file with your own looks and decisions"),
    "checks": ("a tool's result", "name its directory with --evidence, and cite it in an observation"),
}
"""Keys of other files that people name by mistake, what these are, and what to do with them."""
_SCHEME: Final = re.compile(r"vers:([^/]*)/")
_WHOLE_NAMESPACE = re.compile(r"(?P<prefix>pkg:[a-z][a-z0-9.-]*/(?:[^?#@]+/)?)\*")


class AcceptedGap(Frozen):
    """A practice whose gap a named owner accepts for a time, with the measure that is taken instead.

    It never covers a signature, an identity, a subject, a conflict, a withdrawal or a vulnerability.
    """

    practice: str
    component: Purl
    versions: VersRange
    because: str
    measure: str
    """What the manufacturer does about the gap in its own product."""
    owner: str
    ticket: str
    """Empty if there is none."""
    until: date
    """The last day on which it counts."""
    place: str
    """`policy.yaml:40`, for messages."""


class Measure(Frozen):
    """The manufacturer's own measure that a profile offers in place of the practice (`orElse`)."""

    practice: str
    component: Purl
    versions: VersRange
    measure: str
    owner: str
    source: str
    """Where it is recorded; empty if nowhere."""
    until: date
    """The last day on which it counts."""
    place: str


Decided = AcceptedGap | Measure


class OwnLook(Frozen):
    """What the consumer's own organisation saw of one practice, on one day."""

    practice: str
    component: Purl
    versions: VersRange | None
    """None: it holds for every version, which only practices of a project or repository do."""
    artefact: Digest | None
    """The artefact that was looked at; practices of a release need it."""
    in_place: bool | None
    """None for a tool's result: what it shows follows from its bytes."""
    source: str
    on: date | None
    """The day of the look; None for a tool's result, which has its own date."""
    who: str
    sha256: str
    """Of what was looked at; empty if no copy was kept. For a tool's result, that of its file."""
    facts: Mapping[str, Any] | None
    """What was seen, by the facts of the practice; None if it was not written down."""
    check: str | None
    """The tool's check; None for a person's look."""
    repository: str
    """The repository that a tool's result has to be about."""
    note: str
    """What else was written down; empty if nothing."""
    place: str


class Look(NamedTuple):
    """An own look whose result is known: a person's, or a tool's whose bytes were read."""

    own: OwnLook
    in_place: bool
    at: datetime
    """UTC; of a day its first moment."""

    @property
    def voice(self) -> Voice:
        """A tool that we ran, or one of us."""
        return Voice.OWN if self.own.check is None else Voice.OBSERVED_BY_US


def by_component(looks: Iterable[Look]) -> ByComponent[Look]:
    """`looks`, for `conclude`: made once for all components."""
    return ByComponent((each.own.component, each) for each in looks)


class Decisions(Frozen):
    """One file of own looks and decisions."""

    source: str
    sha256: str
    """Of the file's bytes."""
    looks: tuple[OwnLook, ...]
    accepted_gaps: tuple[AcceptedGap, ...]
    measures: tuple[Measure, ...]


def parse_decisions(
    data: bytes, *, source: str, today: date, catalogue: Catalogue | None = None
) -> Decisions:
    """The own looks and decisions in `data`; `source` names the file in problems.

    Entries that have ended are kept: `conclude` ignores them and says so.

    Raises:
        InputInvalid: with every problem.
    """
    with reading(data, source=source, message=f"{source} can't be used as a file of observations") as root:
        keys = {key.scalar for key, _ in root.members()} if root.kind is Kind.MAPPING else set()
        for what, fix in (each for key, each in _OTHER_FILES.items() if key in keys):
            if "avow-observations" not in keys:
                root.problem(f"this is {what}, not a file of observations", fix=fix)
                root = unusable(root.problems, line=root.line, column=root.column)  # noqa: PLW2901
                break
        found = root.mapping(
            allowed=("avow-observations", "observations", "acceptedGaps", "measures"),
            reserved=_PLANNED_KEYS,
            required=("avow-observations",),
        )
        found["avow-observations"].check_version(
            DECISIONS_VERSION, fix=f"avow-observations: {DECISIONS_VERSION}"
        )
        reader = DecisionReader(source, today=today, catalogue=catalogue or load_catalogue())
        decisions = Decisions(
            source=source,
            sha256=hashlib.sha256(data).hexdigest(),
            looks=reader.looks(found.get("observations")),
            accepted_gaps=reader.accepted_gaps(found.get("acceptedGaps")),
            measures=reader.measures(found.get("measures")),
        )
        if len(found) == 1 and root.kind is Kind.MAPPING:
            root.problem(
                "the file contains no entry", fix="add one under observations, acceptedGaps or measures"
            )
    return decisions


class DecisionReader:
    """Reads entries; problems go to the nodes, and neutral values never get out of `reading`."""

    def __init__(
        self, source: str, *, today: date, catalogue: Catalogue, judged: tuple[str, ...] | None = None
    ) -> None:
        self._source, self._catalogue = source, catalogue
        self._judged = judged
        """The practices that the policy asks about; None if the entries are not those of one policy."""
        self._latest = a_year_after(today)
        self._tomorrow = today + timedelta(days=1)

    def accepted_gaps(self, node: Node | None) -> tuple[AcceptedGap, ...]:
        """The list `acceptedGaps`."""
        return tuple(AcceptedGap(**each) for each in self._decided(node, keys=_GAP_KEYS, optional="ticket"))

    def measures(self, node: Node | None) -> tuple[Measure, ...]:
        """The list `measures`."""
        return tuple(Measure(**each) for each in self._decided(node, keys=_MEASURE_KEYS, optional="source"))

    def _decided(
        self, node: Node | None, *, keys: tuple[str, ...], optional: str
    ) -> Iterator[dict[str, Any]]:
        """The fields of each usable entry; keys that are not in `_NOT_TEXTS` are texts."""
        seen: set[tuple[object, ...]] = set()
        for item in node.items() if node else ():
            found = item.mapping(allowed=keys, required=[key for key in keys if key != optional])
            practice, component = self._about(found)
            versions = read_versions(found["versions"], component=component)
            until = self._until(found["until"])
            texts = {key: found[key].text() if key in found else "" for key in keys if key not in _NOT_TEXTS}
            if component is None or versions is None:
                continue
            about = practice, component, versions
            if about in seen:
                item.problem("this entry occurs twice", fix="remove one of the two")
            seen.add(about)
            yield {
                "practice": practice,
                "component": component,
                "versions": versions,
                "until": until,
                "place": f"{self._source}:{item.line}",
                **texts,
            }

    def looks(self, node: Node | None) -> tuple[OwnLook, ...]:
        """The list `observations`."""
        found = (self._look(item) for item in (node.items() if node else ()))
        return tuple(look for look in found if look is not None)

    def _look(self, item: Node) -> OwnLook | None:
        by_tool = any(key.scalar == "check" for key in item.keys)
        needed = ("check", "repository", "sha256", "who") if by_tool else ("saw", "source", "date", "who")
        found = item.mapping(
            allowed=_TOOL_LOOK_KEYS if by_tool else _LOOK_KEYS, required=("practice", "for", *needed)
        )
        practice_id, component = self._about(found)
        practice = self._catalogue.practice(practice_id)
        versions = read_versions(found["versions"], component=component) if "versions" in found else None
        artefact = _artefact(found["artefact"]) if "artefact" in found else None
        if practice is not None:
            self._check_level(item, practice, found=found, by_tool=by_tool)
        saw = "" if by_tool else found["saw"].word(SAW, what="word for what was seen")
        read: dict[str, Any] = {
            "practice": practice_id,
            "versions": versions,
            "artefact": artefact,
            "in_place": None if by_tool else saw == SAW[0],
            "source": "" if by_tool else found["source"].text(),
            "on": None if by_tool else self._day(found["date"]),
            "who": found["who"].text(),
            "sha256": read_sha256(found["sha256"]) if "sha256" in found else "",
            "facts": _facts(found["facts"], practice) if "facts" in found else None,
            "check": self._check(found["check"], practice) if by_tool else None,
            "repository": _repository(found["repository"]) if by_tool else "",
            "note": found["note"].text() if "note" in found else "",
            "place": f"{self._source}:{item.line}",
        }
        return None if component is None else OwnLook(component=component, **read)

    def _check_level(
        self, item: Node, practice: Practice, *, found: Mapping[str, Node], by_tool: bool
    ) -> None:
        """A look says what it was a look at, as precisely as the practice is about it."""
        if practice.subject_level == "release" and by_tool:
            item.problem(
                f"{practice.id} is about a release, and a tool's result is of a repository's newest commit",
                fix="look at the artefact yourself, and write what you saw with `saw` and `artefact`",
            )
        elif practice.subject_level == "release" and "artefact" not in found:
            item.problem(
                f"{practice.id} is about a release, and `artefact` is missing",
                fix='add artefact: "sha256:HEX", the digest of the file that you looked at',
            )
        elif practice.subject_level == "releaseLine" and not {"versions", "artefact"} & found.keys():
            item.problem(
                f"{practice.id} differs between release lines, and `versions` is missing",
                fix="add versions, with the range that you looked at",
            )

    def _about(self, found: Mapping[str, Node]) -> tuple[str, Purl | None]:
        component, _ = read_component(found["for"], of_one="write one component; a decision is about one")
        practice = read_practice(found["practice"], catalogue=self._catalogue)
        if self._judged is not None and practice not in self._judged and self._catalogue.practice(practice):
            found["practice"].problem(
                f"{practice} is neither required nor recommended, so there is nothing to accept",
                fix="remove the entry",
            )
        return practice, component

    def _until(self, node: Node) -> date:
        until = node.date()
        if until > self._latest:
            node.problem(
                f"until is more than {LONGEST_MONTHS} months from now",
                fix=f'write "{self._latest}" or earlier',
            )
        return until

    def _day(self, node: Node) -> date:
        """The day of a look; somewhere it may be tomorrow already."""
        day = node.date()
        if day > self._tomorrow:
            node.problem(
                "date is in the future, so what was seen would not count", fix="write the day of the look"
            )
        return day

    def _check(self, node: Node, practice: Practice | None) -> str:
        name = node.text()
        if practice is None or not name:
            return name
        supporting = checks_about(practice.id)
        if name not in supporting:
            node.problem(
                f"the check {shown(name)} is not about {practice.id}",
                fix=f"use one of: {', '.join(supporting)}"
                if supporting
                else "no tool's check is about it: look yourself, and write what you saw with `saw`",
            )
        return name


def read_component(node: Node, *, of_one: str = "") -> tuple[Purl | None, bool]:
    """The component that `for` names, and whether it names every one of a namespace.

    `of_one` is the fix where a namespace is not allowed; empty where it is.
    """
    text = node.text()
    whole = None if of_one else _WHOLE_NAMESPACE.fullmatch(text)
    try:
        purl = parse_purl(f"{whole['prefix']}x" if whole else text)
    except PurlInvalid as error:
        fix = error.fix and f"write {error.fix.removesuffix('x') + '*' if whole else error.fix}"
        if "*" in text and not (whole and fix):
            fix = (
                of_one or "a signer rule takes a * in place of the name, after a namespace: pkg:deb/debian/*"
            )
        node.problem(f"{shown(text)}: {error}", fix=fix)
        return None, False
    if whole and purl.namespace is None:
        node.problem(
            "`for` would allow one signer to speak for a whole registry",
            fix="name the component, or a namespace",
        )
    if purl.version is not None:
        node.problem(
            "`for` has a version, but a rule is about every version",
            fix="remove the version; `versions` names them" if of_one else "remove the version",
        )
    if purl.subpath is not None or any(key not in DISCRIMINATING_QUALIFIERS for key, _ in purl.qualifiers):
        node.problem(
            "`for` has a subpath or qualifier that is not compared, so the rule would match too much",
            fix="keep only these qualifiers: " + ", ".join(DISCRIMINATING_QUALIFIERS),
        )
    if whole:
        purl = purl.model_copy(update={"name": "*", "text": text})
    return purl, whole is not None


def read_practice(node: Node, *, catalogue: Catalogue) -> str:
    """The id of a practice of the catalogue."""
    practice = node.text()
    if practice and catalogue.practice(practice) is None:
        near = catalogue.nearest(practice)
        node.problem(
            f"unknown practice {shown(practice)}",
            fix=f"did you mean {near}?" if near else "run avow practices to list them",
        )
    return practice


def read_versions(node: Node, *, component: Purl | None) -> VersRange | None:
    """A range of versions of `component`."""
    text = node.text()
    scheme = _SCHEME.match(text)
    if component is not None and scheme and scheme[1] != component.type:
        node.problem(
            f"versions uses the scheme {scheme[1]}, but the component is of type {component.type}",
            fix=f"write vers:{component.type}/",
        )
        return None
    try:
        return parse_vers(text)
    except VersInvalid as error:
        node.problem(str(error), fix=error.fix)
        return None


def read_sha256(node: Node) -> str:
    """A SHA-256 digest."""
    text = node.text()
    if text and not is_digest("sha256", text):
        node.problem(
            f"{node.described} is not a SHA-256 digest",
            fix="write 64 lower-case hex digits, as sha256sum prints them",
        )
    return text


def _artefact(node: Node) -> Digest | None:
    algorithm, _, value = node.text().partition(":")
    if not is_digest(algorithm, value):
        node.problem(f"{node.described} is not the digest of a file", fix='write "sha256:HEX"')
        return None
    return Digest(algorithm=algorithm, value=value)


def _facts(node: Node, practice: Practice | None) -> Mapping[str, Any] | None:
    """Facts of the practice as they were seen, in wire form."""
    if practice is None:
        return None
    facts: dict[str, Any] = {}
    for name, value in node.mapping(allowed=tuple(practice.facts)).items():
        fact = practice.facts[name]
        facts[name] = fact.wire(value.data())
        for problem in fact.problems(facts[name]):
            value.problem(f"{name}: {problem.message}", fix=problem.fix)
    return MappingProxyType({name: freeze(value) for name, value in facts.items()})


def _repository(node: Node) -> str:
    text = node.text()
    if text and not re.fullmatch(r"https://[^/\s@]+(?:/[^/\s]+)+", text):
        node.problem(
            f"{shown(text)} is not the address of a repository",
            fix="write for example https://github.com/acme/acmelib",
        )
        return ""
    return repository_path(text)


def a_year_after(day: date) -> date:
    """The same day twelve months later; 29 February becomes the 28th."""
    last = calendar.monthrange(day.year + 1, day.month)[1]
    return day.replace(year=day.year + 1, day=min(day.day, last))
