"""What of a survey's record is not in the plan yet, and how it is written into the file.

Nothing that a person wrote is changed or removed. A vulnerability that the plan decides about under any of
its names is not added again, whatever version of the component the SBOM has now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from avow.advisories.identifiers import identity_key
from avow.formats.purl import PurlInvalid, read_purl
from avow.formats.yaml_edit import NotEditable, YamlText
from avow.plan import (
    Plan,
    Told,
    UpstreamPlan,
    VulnerabilityAnswer,
    VulnerabilityDecision,
    can_be_written,
)
from avow.record import Component, Match, SurveyRecord, Upstream, Vulnerability
from avow.values import printable, shortlist

HEAD: Final = """\
# What we decided about the upstream projects of this product. avow plan update adds what is new, and changes
# nothing that is here; docs/plan.md explains every key.
avow-plan: 1

# For each project you may add: owner, due, ticket, reliesOn (what the product needs it for), verifiedBy (how
# you know that it does that), maintainedByUs, looks, acceptedGaps, measures, note.
upstreams: []
"""

SHOWN: Final = 3
_MAX_SOURCE: Final = 300
_MAX_PACKAGES: Final = 20


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
    entries = _Entries(plan)
    found = []
    for upstream in record.upstreams:
        components = tuple(by_id[name] for name in upstream.components if name in by_id)
        planned = entries.about(upstream, components)
        found.append(
            ProjectState(
                upstream=upstream,
                components=components,
                planned=planned,
                found=tuple(_together(of.get(upstream.id, ()))),
                undecided=tuple(_undecided(of.get(upstream.id, ()), planned, by_id)),
                ended=tuple(dict.fromkeys(ended.get(upstream.id, ()))),
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
            for package in dict.fromkeys(filter(None, map(_identity, (each.upstream, *each.packages)))):
                self._by_package[package].append(each)

    def about(self, upstream: Upstream, components: Iterable[Component]) -> UpstreamPlan | None:
        """The one entry about the project; none where several could be."""
        if upstream.key in self._by_key:
            return self._by_key[upstream.key]
        packages = dict.fromkeys(filter(None, (_identity(each.purl) for each in components)))
        found = {each.upstream: each for package in packages for each in self._by_package.get(package, ())}
        return next(iter(found.values())) if len(found) == 1 else None


def _identity(purl: str) -> tuple[str, ...] | None:
    try:
        return identity_key(read_purl(purl))
    except PurlInvalid:
        return None


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
    """`text` names the component; without a version, in whatever version it is."""
    try:
        meant, own = read_purl(text), read_purl(component.purl)
    except PurlInvalid:
        return False
    return identity_key(meant) == identity_key(own) and meant.version in {
        "",
        own.version or component.version,
    }


# ---- writing


@dataclass(frozen=True, slots=True)
class Updated:
    """The text of the plan with what is new, and how much that is."""

    text: str
    projects: int
    vulnerabilities: int
    not_written: tuple[str, ...]
    """Places that are written in a way that nothing can be added to, with the lines to add by hand."""


def updated(text: str, plan: Plan, found: Iterable[ProjectState], *, today: date) -> Updated:
    """`text`, which is that of `plan`, with every project and vulnerability that is open and not in it.

    What names of a stranger would make a file that can't be read again is left out and named.
    """
    document = YamlText(text or HEAD)
    new: list[tuple[Mapping[str, Any], str]] = []
    left: list[str] = []
    count = in_new = 0
    positions = {each.upstream: number for number, each in enumerate(plan.upstreams)}
    for state in found:
        odd = [
            each.vulnerability.key
            for each in state.undecided
            if not can_be_written("x", each.vulnerability.key)
        ]
        if odd or not can_be_written(state.upstream.key):
            what = ", ".join(odd) or "its name"
            left.append(printable(f"{state.upstream.label}: {what} has characters that the plan can't have"))
            continue
        if state.planned is None:
            if state.undecided or state.ended:
                new.append((_entry(state, today), _about(state)))
                in_new += len(state.undecided)
        elif state.undecided:
            at = ("upstreams", positions[state.planned.upstream])
            try:
                _add(document, at, state, today)
                count += len(state.undecided)
            except NotEditable as error:
                names = ", ".join(each.vulnerability.key for each in state.undecided)
                left.append(f"{state.upstream.key}: {error}; add {names} by hand")
    try:
        document.extend(("upstreams",), new)
    except NotEditable as error:
        left.append(f"{error}; write each entry of upstreams on lines of its own")
        new, in_new = [], 0
    return Updated(document.text, len(new), count + in_new, tuple(left))


def _add(document: YamlText, at: tuple[str | int, ...], state: ProjectState, today: date) -> None:
    items = [_item(each, state, today) for each in state.undecided]
    path = (*at, "vulnerabilities")
    if document.has(path):
        document.extend(path, [(item, "") for item in items])
    else:
        document.add(at, "vulnerabilities", items)


def _entry(state: ProjectState, today: date) -> dict[str, Any]:
    entry: dict[str, Any] = {"upstream": state.upstream.key}
    if packages := _packages(state):
        entry["packages"] = packages
    if state.undecided:
        entry["vulnerabilities"] = [_item(each, state, today) for each in state.undecided]
    return entry


def _packages(state: ProjectState) -> list[str]:
    """Purls without version of what the entry is written for, if its key is none itself."""
    if not state.upstream.key.startswith("https:"):
        return []
    concerned = {match.component for each in state.undecided for match in each.matches}
    texts = (
        each.purl.partition("?")[0].partition("#")[0]
        for each in state.components
        if (each.id in concerned or not concerned) and _identity(each.purl) is not None
    )
    found = dict.fromkeys(_without_version(text) for text in texts if can_be_written(text))
    return list(found)[:_MAX_PACKAGES]


def _without_version(text: str) -> str:
    head, slash, name = text.rpartition("/")
    return f"{head}{slash}{name[:1]}{name[1:].partition('@')[0]}"


def _about(state: ProjectState) -> str:
    """What a person has to know about the project, in a line or two."""
    parts = [shortlist((each.label for each in state.components), most=SHOWN)]
    if state.exploited:
        parts.append(f"{state.exploited} listed as exploited somewhere")
    if state.ended:
        parts.append(f"support has ended: {shortlist(state.ended, most=SHOWN)}")
    return printable("; ".join(parts))


def about_vulnerability(decision: VulnerabilityDecision, state: ProjectState) -> str:
    """What the record says of the vulnerability that was decided about; empty if it does not have it."""
    found = (each for each in state.found if decision.id.upper() in _names(each.vulnerability))
    return next((_facts(each, state) for each in found), "")


def _names(vulnerability: Vulnerability) -> frozenset[str]:
    return frozenset(each.upper() for each in vulnerability.ids)


def _facts(each: FoundVulnerability, state: ProjectState) -> str:
    vulnerability = each.vulnerability
    fixed = dict.fromkeys(bound for match in each.matches for bound in match.fixed)
    names = {component.id: component.label for component in state.components}
    parts = [shortlist(dict.fromkeys(names[match.component] for match in each.matches), most=SHOWN)]
    if vulnerability.malicious:
        parts.append("the package itself is malicious")
    if vulnerability.exploited:
        lists = dict.fromkeys(str(one.source) for one in vulnerability.exploited)
        parts.append(f"listed as exploited by {', '.join(lists)}")
    parts.append(f"fixed in {shortlist(fixed, most=SHOWN)}" if fixed else "no fix named")
    return printable("; ".join(parts))


def _item(each: FoundVulnerability, state: ProjectState, today: date) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": each.vulnerability.key,
        "#": _facts(each, state),
        "answer": VulnerabilityAnswer.OPEN.value,
    }
    if report := _known_upstream(each, today):
        item["report"] = report
    return item


def _known_upstream(each: FoundVulnerability, today: date) -> dict[str, str]:
    """That upstream knows, where an advisory names a release of upstream's that fixes it.

    Source: guidance, point 223: databases and advisories are checked before a report.
    """
    match = next((match for match in each.matches if match.fixed and not match.contested), None)
    published = each.vulnerability.published
    if match is None or published is None or published > today or each.vulnerability.malicious:
        return {}
    return {
        "state": Told.KNOWN.value,
        "source": printable(f"{match.advisory} names the fixed version {match.fixed[0]}")[:_MAX_SOURCE],
        "date": published.isoformat(),
    }
