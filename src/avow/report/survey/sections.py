"""What the reports of a survey say in common, in the order in which they say it; no format is known here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from avow.record import (
    Aside,
    Component,
    Declaration,
    EndOfLife,
    FitnessCount,
    Match,
    Sbom,
    Snapshot,
    SourceGap,
    SurveyRecord,
    Upstream,
    VexWord,
    Vulnerability,
    Why,
)
from avow.report.survey.wording import GAPS, VOICES, counted, data_day, day, without_credentials

MAX_NAME: Final = 160
"""Characters of a component's name and version; real ones have less than a hundred."""

NO_UPSTREAM: Final = "no upstream project stated"


@dataclass(frozen=True, slots=True)
class Group:
    """One upstream project with everything that is known about its components."""

    label: str
    upstream: Upstream | None
    """`None` for the components of which nobody names a project."""
    components: tuple[Component, ...]
    vulnerabilities: tuple[Vulnerability, ...]
    ended: tuple[EndOfLife, ...]
    declarations: tuple[Declaration, ...]
    unsure: int
    """How many of its components have advisories that are undecidable, or proposed by CPE or name."""

    @property
    def exploited(self) -> int:
        """How many of its vulnerabilities a list names as exploited."""
        return sum(bool(each.exploited) for each in self.vulnerabilities)

    @property
    def looked_up(self) -> int:
        """How many of its components were looked up."""
        return sum(each.looked_up for each in self.components)

    @property
    def says_something(self) -> bool:
        """There is more than names and versions."""
        return bool(
            self.vulnerabilities or self.ended or self.declarations or self.unsure or self.has_history
        )

    @property
    def has_history(self) -> bool:
        """Somebody looked at its releases."""
        return self.upstream is not None and bool(self.upstream.history_source)

    @property
    def vulnerable_components(self) -> int:
        """Components with at least one match."""
        own = {each.id for each in self.components}
        return len({match.component for each in self.vulnerabilities for match in each.matches} & own)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why components were not looked up, with the number for each detail."""

    why: Why
    count: int
    details: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One release line in the support horizon, and the components on it."""

    product: str
    cycle: str
    found: EndOfLife
    ends: date | None
    components: tuple[str, ...]


class View:
    """A record, indexed for reading. A reference to nothing is shown as it is, never an error."""

    def __init__(self, record: SurveyRecord) -> None:
        self.record = record
        self._components = {each.id: each for each in record.components}
        self._sboms = {each.id: each for each in record.sboms}

    @property
    def title(self) -> str:
        """The product's name, else what the one SBOM is about, else a number."""
        record = self.record
        if record.product is not None and record.product.name:
            return record.product.name
        if len(record.sboms) == 1:
            only = record.sboms[0]
            return only.roots[0] if only.roots else only.source
        return counted(len(record.sboms), "SBOM")

    def sbom(self, identifier: str) -> Sbom | None:
        """The SBOM of that id."""
        return self._sboms.get(identifier)

    def name(self, identifier: str) -> str:
        """Name and version of a component, cut where somebody made them long."""
        found = self._components.get(identifier)
        name = without_credentials(identifier if found is None else f"{found.name} {found.version}".rstrip())
        return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"

    def names(self, identifiers: Iterable[str], *, limit: int) -> str:
        """The first names, and how many more there are."""
        names = list(dict.fromkeys(map(self.name, identifiers)))
        more = f" and {len(names) - limit:,} more" if len(names) > limit else ""
        return ", ".join(names[:limit]) + more

    def source(self, identifier: str) -> str:
        """A snapshot in words: its kind and date."""
        for each in self.record.snapshots:
            if each.id == identifier:
                return f"{each.kind} {day(data_day(each), missing='undated')}"
        return identifier

    def sboms_of(self, vulnerability: Vulnerability) -> int:
        """In how many SBOMs a vulnerability has a match."""
        return len(
            {
                place.sbom
                for match in vulnerability.matches
                if (found := self._components.get(match.component)) is not None
                for place in found.places
            }
        )

    @cached_property
    def exploited(self) -> tuple[Vulnerability, ...]:
        """The vulnerabilities that a list names as exploited."""
        return tuple(each for each in self.record.vulnerabilities if each.exploited)

    @cached_property
    def by_urgency(self) -> tuple[Vulnerability, ...]:
        """All vulnerabilities: those listed as exploited, then malicious packages, then the others."""
        return tuple(
            sorted(self.record.vulnerabilities, key=lambda each: (not each.exploited, not each.malicious))
        )

    @cached_property
    def vulnerabilities_of(self) -> dict[str, list[Vulnerability]]:
        """The vulnerabilities of each component, by its id."""
        found: dict[str, list[Vulnerability]] = defaultdict(list)
        for vulnerability in self.record.vulnerabilities:
            for identifier in dict.fromkeys(match.component for match in vulnerability.matches):
                found[identifier].append(vulnerability)
        return dict(found)

    @cached_property
    def undecided_of(self) -> dict[str, tuple[str, ...]]:
        """Advisories of which nobody can say whether they affect a component, by the component's id."""
        return _by_component(self.record.undecidable)

    @cached_property
    def proposed_of(self) -> dict[str, tuple[str, ...]]:
        """Advisories that name a component by CPE or name only, by the component's id."""
        return _by_component(self.record.proposed)

    @cached_property
    def endings_of(self) -> dict[str, list[EndOfLife]]:
        """What is said about the end of life of each component, by its id."""
        found: dict[str, list[EndOfLife]] = defaultdict(list)
        for each in self.record.end_of_life:
            found[each.component].append(each)
        return dict(found)

    @cached_property
    def on_listed_lines(self) -> frozenset[str]:
        """Components whose release line is in a list, with an end or as supported."""
        return frozenset(
            each.component for each in self.record.end_of_life if each.state in {"eol", "supported"}
        )

    @cached_property
    def ended(self) -> tuple[EndOfLife, ...]:
        """Components past the end of life of their release line."""
        return tuple(each for each in self.record.end_of_life if each.state == "eol")

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The release lines with a date or an end, the earliest first."""
        together: dict[tuple[str, str, str], list[EndOfLife]] = defaultdict(list)
        for each in self.record.end_of_life:
            together[each.product, each.cycle, each.eol if each.state != "cycle_not_found" else "?"].append(
                each
            )
        found = [
            Line(
                product=product,
                cycle=cycle,
                found=items[0],
                ends=_date(items[0].eol),
                components=tuple(dict.fromkeys(each.component for each in items)),
            )
            for (product, cycle, _), items in together.items()
        ]
        return tuple(
            sorted(
                found,
                key=lambda each: (
                    each.ends or (date.min if each.found.eol == "true" else date.max),
                    each.product,
                    each.cycle,
                ),
            )
        )

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The upstream projects: those with something exploited first, then by how much is known."""
        known = {each.id for each in self.record.upstreams}
        declarations: dict[str, list[Declaration]] = defaultdict(list)
        for declaration in self.record.declarations:
            about = [declaration.upstream] if declaration.upstream else []
            about += [
                component.upstream
                for each in declaration.components
                if (component := self._components.get(each)) is not None
            ]
            for identifier in dict.fromkeys(each if each in known else "" for each in about or [""]):
                declarations[identifier].append(declaration)
        members: dict[str, list[Component]] = {each.id: [] for each in self.record.upstreams}
        for component in self.record.components:
            members.setdefault(component.upstream if component.upstream in known else "", []).append(
                component
            )
        upstreams = {each.id: each for each in self.record.upstreams}
        groups = [
            self._group(upstreams.get(identifier), components, declarations.get(identifier, []))
            for identifier, components in members.items()
        ]
        return tuple(
            sorted(
                groups,
                key=lambda each: (
                    -each.exploited,
                    -len(each.vulnerabilities),
                    -len(each.ended),
                    -len(each.declarations),
                    each.upstream is None,
                    each.label,
                ),
            )
        )

    def _group(
        self, upstream: Upstream | None, components: list[Component], declarations: list[Declaration]
    ) -> Group:
        vulnerabilities = {
            each.key: each for one in components for each in self.vulnerabilities_of.get(one.id, [])
        }
        return Group(
            label=NO_UPSTREAM if upstream is None else upstream.label,
            upstream=upstream,
            components=tuple(components),
            vulnerabilities=tuple(sorted(vulnerabilities.values(), key=lambda each: not each.exploited)),
            ended=tuple(
                each for one in components for each in self.endings_of.get(one.id, []) if each.state == "eol"
            ),
            declarations=tuple(declarations),
            unsure=sum(each.id in self.undecided_of or each.id in self.proposed_of for each in components),
        )

    @cached_property
    def reasons(self) -> tuple[WhyNot, ...]:
        """Why components were not looked up, the commonest reason first."""
        details: dict[Why, Counter[str]] = defaultdict(Counter)
        for each in self.record.not_looked_up:
            details[each.why][each.detail] += each.count
        found = [
            WhyNot(
                why=why,
                count=counts.total(),
                details=tuple((name, n) for name, n in counts.most_common() if name),
            )
            for why, counts in details.items()
        ]
        return tuple(sorted(found, key=lambda each: (-each.count, each.why)))

    @cached_property
    def fitness(self) -> tuple[FitnessCount, ...]:
        """How many entries of all SBOMs have each field."""
        found: dict[str, FitnessCount] = {}
        for each in (count for sbom in self.record.sboms for count in sbom.fitness):
            before = found.get(each.field, FitnessCount(field=each.field, have=0, of=0))
            found[each.field] = FitnessCount(
                field=each.field,
                have=before.have + each.have,
                of=before.of + each.of,
                cause=before.cause or each.cause,
            )
        return tuple(found.values())

    @cached_property
    def gaps(self) -> tuple[tuple[str, tuple[SourceGap, ...]], ...]:
        """Sources that count for nothing, by why: the most urgent kind first, and only kinds with some."""
        found: dict[str, list[SourceGap]] = {kind: [] for kind in GAPS}
        for each in self.record.gaps:
            found[each.kind if each.kind in GAPS else "note"].append(each)
        return tuple((kind, tuple(items)) for kind, items in found.items() if items)

    @cached_property
    def data_kinds(self) -> tuple[tuple[str, tuple[Snapshot, ...]], ...]:
        """The files that the record rests on, by kind."""
        found: dict[str, list[Snapshot]] = defaultdict(list)
        for each in self.record.snapshots:
            found[each.kind].append(each)
        return tuple((kind, tuple(files)) for kind, files in found.items())

    @cached_property
    def without_history(self) -> int:
        """Upstream projects whose releases nobody looked at."""
        return sum(not each.history_source for each in self.record.upstreams)

    @property
    def asides(self) -> tuple[tuple[str, str, tuple[Aside, ...]], ...]:
        """What does not count as a match, by list: its title, what it means, its items."""
        record = self.record
        return (
            ("Proposed by CPE or name", "not identified, so not counted", record.proposed),
            ("Undecidable", "nobody can say whether the version is affected", record.undecidable),
            ("Withdrawn", "the advisory was withdrawn by its source", record.withdrawn),
            ("Informational", "the advisory describes no vulnerability", record.informational),
        )


def speaker(match: Match) -> str:
    """Which of the two spoke for a match."""
    if match.spoke != "findings":
        return "our matching"
    also = f"; our matching says the same by {', '.join(match.also)}" if match.also else ""
    return f"findings of your tool{also}"


def fix(match: Match) -> str:
    """Where the advisory says that it is fixed."""
    if match.fixed:
        return ", ".join(match.fixed)
    if match.last_known_affected:
        return f"no fix named; last known affected {match.last_known_affected}"
    return "no fix named"


def vex(word: VexWord) -> str:
    """What one VEX statement says, and whose word it is."""
    parts = [word.status.replace("_", " ")]
    if word.status_text and word.status_text.replace("_", " ") != parts[0]:
        parts.append(f"({word.status_text})")
    if word.justification:
        parts.append(f"because {word.justification.replace('_', ' ')}")
    who = f"{word.author}, " if word.author else ""
    when = f", {day(word.moment)}" if word.moment is not None else ""
    later = "; superseded by a later statement" if word.superseded else ""
    return f"{' '.join(parts)}: {who}{VOICES[word.voice]}{when}, {word.source}{later}"


def _by_component(asides: Iterable[Aside]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for each in asides:
        found[each.component][each.advisory] = None
    return {component: tuple(advisories) for component, advisories in found.items()}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
