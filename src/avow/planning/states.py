"""The upstream projects of a survey's record beside their entries in the plan.

A vulnerability that the plan decides about under any of its names is decided, whatever version of the
component the SBOM has now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from avow.advisories.identifiers import identity_key
from avow.formats.purl import PurlInvalid, read_purl
from avow.plan import Plan, UpstreamPlan, VulnerabilityAnswer, VulnerabilityDecision, package_identity
from avow.record import Component, Match, SurveyRecord, Upstream, Vulnerability
from avow.survey.vulnerabilities import MATCHING
from avow.values import printable, shortlist
from avow.vocabulary import Voice

SHOWN: Final = 3
"""Names of a kind in one line."""


@dataclass(frozen=True, slots=True)
class FoundVulnerability:
    """A vulnerability in components of one upstream project."""

    vulnerability: Vulnerability
    matches: tuple[Match, ...]
    """Of the project's components."""


@dataclass(frozen=True, slots=True)
class ProjectState:
    """One upstream project of the record beside its entry in the plan."""

    upstream: Upstream
    components: tuple[Component, ...]
    planned: UpstreamPlan | None
    found: tuple[FoundVulnerability, ...]
    undecided: tuple[FoundVulnerability, ...]
    """What the plan does not speak of, and in which components."""
    ended: tuple[str, ...]
    """Release lines whose support has ended, as a person would say it."""
    assumptions: tuple[str, ...] = ()
    """What the project's own declarations assume about how it is used."""

    @property
    def exploited(self) -> int:
        """How many of what is undecided a list names as exploited."""
        return sum(each.vulnerability.exploited != () for each in self.undecided)


def states(record: SurveyRecord, plan: Plan) -> list[ProjectState]:
    """Every upstream project of the record; the most urgent first.

    Malware and what is exploited somewhere come first, then what is in most products, then by key.
    """
    by_id = {each.id: each for each in record.components}
    of: dict[str, list[tuple[Vulnerability, Match]]] = defaultdict(list)
    for vulnerability in record.vulnerabilities:
        for match in vulnerability.matches:
            if component := by_id.get(match.component):
                of[component.upstream].append((vulnerability, match))
    ended: dict[str, list[str]] = defaultdict(list)
    for each in record.end_of_life:
        if each.state == "eol" and (component := by_id.get(each.component)):
            ended[component.upstream].append(f"{each.product} {each.cycle}".strip())
    assumed: dict[str, dict[str, None]] = defaultdict(dict)
    for declaration in record.declarations:
        for assumption in declaration.assumptions:
            assumed[declaration.upstream][assumption.text] = None
    parts = {
        upstream.id: tuple(by_id[name] for name in upstream.components if name in by_id)
        for upstream in record.upstreams
    }
    chosen = _Entries(plan).of_all(record.upstreams, parts)
    found = []
    for upstream in record.upstreams:
        components = parts[upstream.id]
        planned = chosen[upstream.id]
        found.append(
            ProjectState(
                upstream=upstream,
                components=components,
                planned=planned,
                found=tuple(_together(of.get(upstream.id, ()))),
                undecided=tuple(_undecided(of.get(upstream.id, ()), planned, by_id)),
                ended=tuple(dict.fromkeys(ended.get(upstream.id, ()))),
                assumptions=tuple(assumed.get(upstream.id, ())),
            )
        )
    return sorted(found, key=_urgency)


class _Entries:
    """The entries of a plan, by the key of the project, and by packages where the key is another one now.

    Whether an SBOM names the repository of a package changes with the tool that wrote it.
    """

    def __init__(self, plan: Plan) -> None:
        self._by_key = {each.upstream: each for each in plan.upstreams}
        self._by_package: dict[tuple[str, ...], list[UpstreamPlan]] = defaultdict(list)
        for each in plan.upstreams:
            for package in dict.fromkeys(
                filter(None, map(package_identity, (each.upstream, *each.packages)))
            ):
                self._by_package[package].append(each)

    def of_all(
        self, upstreams: Sequence[Upstream], parts: Mapping[str, Iterable[Component]]
    ) -> dict[str, UpstreamPlan | None]:
        """The entry about each project, by its id; an entry for a package is not that of two repositories."""
        found = {each.id: self._about(each, parts[each.id]) for each in upstreams}
        by_entry: dict[str, list[str]] = defaultdict(list)
        for each in upstreams:
            entry = found[each.id]
            if entry is not None and each.repository and each.key not in self._by_key:
                by_entry[entry.upstream].append(each.id)
        for ids in by_entry.values():
            if len(ids) > 1:
                found |= dict.fromkeys(ids)
        return found

    def _about(self, upstream: Upstream, components: Iterable[Component]) -> UpstreamPlan | None:
        """The one entry about the project; none where several could be."""
        if upstream.key in self._by_key:
            return self._by_key[upstream.key]
        packages = dict.fromkeys(filter(None, (package_identity(each.purl) for each in components)))
        found = {each.upstream: each for package in packages for each in self._by_package.get(package, ())}
        # a project with another repository is another one, a fork perhaps, whatever its packages are called
        if upstream.repository:
            found = {key: each for key, each in found.items() if not key.startswith("https:")}
        return next(iter(found.values())) if len(found) == 1 else None


def about_nothing(plan: Plan, found: Iterable[ProjectState]) -> list[UpstreamPlan]:
    """Entries of the plan about no upstream project of the record."""
    used = {each.planned.upstream for each in found if each.planned is not None}
    return [each for each in plan.upstreams if each.upstream not in used]


def _urgency(state: ProjectState) -> tuple[object, ...]:
    malicious = any(each.vulnerability.malicious for each in state.undecided)
    sboms = {place.sbom for component in state.components for place in component.places}
    return (not malicious, -state.exploited, -len(sboms), -len(state.undecided), state.upstream.key)


def _undecided(
    found: Sequence[tuple[Vulnerability, Match]], planned: UpstreamPlan | None, by_id: Mapping[str, Component]
) -> Iterator[FoundVulnerability]:
    decisions = planned.vulnerabilities if planned is not None else ()
    return _together(
        (vulnerability, match)
        for vulnerability, match in found
        if not any(decides_about(each, vulnerability, by_id[match.component]) for each in decisions)
    )


def _together(found: Iterable[tuple[Vulnerability, Match]]) -> Iterator[FoundVulnerability]:
    matches: dict[str, tuple[Vulnerability, list[Match]]] = {}
    for vulnerability, match in found:
        matches.setdefault(vulnerability.key, (vulnerability, []))[1].append(match)
    for vulnerability, own in matches.values():
        yield FoundVulnerability(vulnerability, tuple(own))


def decides_about(
    decision: VulnerabilityDecision, vulnerability: Vulnerability, component: Component
) -> bool:
    """The decision is about this vulnerability, by any of its names, in this component."""
    if decision.id.upper() not in _names(vulnerability):
        return False
    return not decision.components or any(_is(text, component) for text in decision.components)


def _is(text: str, component: Component) -> bool:
    """`text` names the component: without a version in whatever one it is, with the qualifiers it states."""
    try:
        meant, own = read_purl(text), read_purl(component.purl)
    except PurlInvalid:
        return False
    if identity_key(meant) != identity_key(own) or not set(own.qualifiers).issuperset(meant.qualifiers):
        return False
    return meant.version in {"", own.version or component.version}


def overtaken(found: Iterable[ProjectState]) -> Iterator[tuple[str, list[str]]]:
    """Titles, each with the decisions that what the survey found speaks against."""
    listed: list[str] = []
    still: list[str] = []
    for state in found:
        components = {each.id: each for each in state.components}
        for one in state.planned.vulnerabilities if state.planned is not None else ():
            for each in state.found:
                parts = [components[match.component] for match in each.matches]
                parts = [part for part in parts if decides_about(one, each.vulnerability, part)]
                if not parts:
                    continue
                where = f"{one.id} in {shortlist((part.label for part in parts), most=SHOWN)}"
                lists = [
                    f"{entry.source}, {entry.added or 'no date'}"
                    for entry in each.vulnerability.exploited
                    if one.on is None or entry.added is None or entry.added > one.on
                ]
                if lists and one.answer not in {VulnerabilityAnswer.OPEN, VulnerabilityAnswer.FIXED}:
                    listed.append(f"{where}: {one.answer}; {'; '.join(lists)}")
                if one.answer is VulnerabilityAnswer.FIXED:
                    still.append(where)
    yield "listed as exploited, and decided before or without a date: look again", listed
    yield "said to be fixed, and found by the survey", still


def by_entry(found: Iterable[ProjectState]) -> list[ProjectState]:
    """One state for each entry of the plan: two projects of the record can be one there."""
    together: dict[str, ProjectState] = {}
    for each in found:
        key = each.planned.upstream if each.planned is not None else f"new {each.upstream.id}"
        known = together.get(key)
        together[key] = each if known is None else _both(known, each)
    return list(together.values())


def _both(one: ProjectState, other: ProjectState) -> ProjectState:
    return replace(
        one,
        components=(*one.components, *other.components),
        found=_joined(one.found, other.found),
        undecided=_joined(one.undecided, other.undecided),
        ended=tuple(dict.fromkeys((*one.ended, *other.ended))),
    )


def _joined(*lists: tuple[FoundVulnerability, ...]) -> tuple[FoundVulnerability, ...]:
    return tuple(
        _together((each.vulnerability, match) for many in lists for each in many for match in each.matches)
    )


def names_fix(match: Match) -> bool:
    """An advisory or the user's own tool names a fixed version; a supplier's word is not upstream's."""
    return match.fixed != () and (match.spoke == MATCHING or match.voice is Voice.OWN)


def about_vulnerability(decision: VulnerabilityDecision, state: ProjectState) -> str:
    """What the record says of the vulnerability that was decided about; empty if it does not have it."""
    found = (each for each in state.found if decision.id.upper() in _names(each.vulnerability))
    return next((facts_about(each, state) for each in found), "")


def _names(vulnerability: Vulnerability) -> frozenset[str]:
    return frozenset(each.upper() for each in vulnerability.ids)


def facts_about(each: FoundVulnerability, state: ProjectState) -> str:
    """In which components, who lists it as exploited, and in which version it is fixed."""
    vulnerability = each.vulnerability
    fixed = dict.fromkeys(bound for match in each.matches for bound in match.fixed)
    names = {component.id: component.label for component in state.components}
    parts = [shortlist(dict.fromkeys(names[match.component] for match in each.matches), most=SHOWN)]
    if vulnerability.malicious:
        parts.append("the package itself is malicious")
    if vulnerability.exploited:
        lists = dict.fromkeys(str(one.source) for one in vulnerability.exploited)
        parts.append(f"listed as exploited by {', '.join(lists)}")
    last = dict.fromkeys(match.last_known_affected for match in each.matches if match.last_known_affected)
    if fixed:
        parts.append(f"fixed in {shortlist(fixed, most=SHOWN)}")
    else:
        parts.append("no fix named")
        parts += [f"last known affected {shortlist(last, most=SHOWN)}"] if last else []
    words = dict.fromkeys(
        word.status.replace("_", " ")
        for match in each.matches
        for word in match.vex
        if word.voice is Voice.OWN
    )
    if words:
        parts.append(f"your VEX says {', '.join(words)}")
    return printable("; ".join(parts))
