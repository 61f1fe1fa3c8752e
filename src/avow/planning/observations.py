"""What a plan says about practices, as a file of observations that `avow verify` and `avow assess` read.

The plan is about upstream projects, and a policy about components: each look, accepted gap and measure is
written once for every component of its project that the record has, and every practice that it names. An
accepted gap or measure without `versions` is about the version that the SBOM has.

Source: specification, evaluation, "The consumer's own looks and decisions".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from avow.formats.purl import Purl, PurlInvalid, component_text, parse_purl
from avow.formats.vers import VersInvalid, VersRange, parse_vers
from avow.formats.yaml_edit import block
from avow.plan import Plan, PlannedGap, PlannedLook, PlannedMeasure, UpstreamPlan
from avow.planning.states import states
from avow.record import Component, SurveyRecord
from avow.values import printable

_HEAD: Final = (
    "# From {source}, by avow plan observations. Change the plan, not this file.\navow-observations: 1\n"
)


@dataclass(frozen=True, slots=True)
class Observations:
    """The text of the file, and what is not in it."""

    text: str
    entries: int
    left_out: tuple[str, ...]


def render_observations(plan: Plan, record: SurveyRecord) -> Observations:
    """The file; components without a purl in its canonical form, or without a version, are left out."""
    writer = _PerComponent(plan, record)
    found = {
        "observations": list(writer.looks()),
        "acceptedGaps": list(writer.gaps()),
        "measures": list(writer.measures()),
    }
    lists = {name: entries for name, entries in found.items() if entries}
    text = _HEAD.format(source=printable(plan.source)) + (f"{block(lists, indent=0)}\n" if lists else "")
    return Observations(text, sum(map(len, lists.values())), tuple(dict.fromkeys(writer.left_out)))


@dataclass(frozen=True, slots=True)
class _Named:
    """A component as a policy names it."""

    text: str
    purl: Purl
    version: str


class _PerComponent:
    def __init__(self, plan: Plan, record: SurveyRecord) -> None:
        self.left_out: list[str] = []
        self._of: dict[str, dict[tuple[str, str], _Named]] = {}
        for state in states(record, plan):
            entry = state.planned
            if entry is not None and (entry.looks or entry.gaps or entry.measures):
                for named in filter(None, map(self._named, state.components)):
                    self._of.setdefault(entry.upstream, {})[named.text, named.version] = named
        self._plan = plan

    def _named(self, component: Component) -> _Named | None:
        spelling = component.purl
        for _ in range(2):
            try:
                purl = parse_purl(spelling)
            except PurlInvalid as error:
                spelling = error.fix
            else:
                return _Named(component_text(purl), purl, purl.version or component.version)
        what = (
            "has no purl"
            if not component.purl
            else f"has the purl {component.purl}, which no policy can name"
        )
        self.left_out.append(f"{component.label} {what}")
        return None

    def _components(self, entry: UpstreamPlan) -> Iterator[_Named]:
        yield from self._of.get(entry.upstream, {}).values()

    def looks(self) -> Iterator[dict[str, Any]]:
        for entry in self._plan.upstreams:
            texts = dict.fromkeys(each.text for each in self._components(entry))
            for look in entry.looks:
                for practice in look.practices:
                    for text in texts:
                        yield _look(look, practice, text)

    def gaps(self) -> Iterator[dict[str, Any]]:
        for entry in self._plan.upstreams:
            for gap in entry.gaps:
                for practice, named, versions in self._decided(entry, gap):
                    made = {"practice": practice, "for": named.text, "versions": versions}
                    made |= {"because": gap.because, "measure": gap.measure, "owner": gap.owner}
                    yield made | ({"ticket": gap.ticket} if gap.ticket else {}) | {"until": str(gap.until)}

    def measures(self) -> Iterator[dict[str, Any]]:
        for entry in self._plan.upstreams:
            for each in entry.measures:
                for practice, named, versions in self._decided(entry, each):
                    made = {"practice": practice, "for": named.text, "versions": versions}
                    made |= {"measure": each.measure, "owner": each.owner}
                    yield made | ({"source": each.source} if each.source else {}) | {"until": str(each.until)}

    def _decided(
        self, entry: UpstreamPlan, decided: PlannedGap | PlannedMeasure
    ) -> Iterator[tuple[str, _Named, str]]:
        for practice in decided.practices:
            for named in self._components(entry):
                versions = self._versions(named, decided.versions)
                if versions:
                    yield practice, named, versions

    def _versions(self, named: _Named, stated: VersRange | None) -> str:
        if stated is not None and stated.scheme == named.purl.type:
            return stated.text
        if stated is not None:
            self.left_out.append(f"{named.text} is not of the type of {stated.text}")
            return ""
        text = f"vers:{named.purl.type}/{quote(named.version, safe=':+~')}"
        try:
            return parse_vers(text).text
        except VersInvalid:
            what = f"version {named.version}" if named.version else "no version"
            self.left_out.append(f"{named.text} has {what}, so no gap can be accepted for it")
            return ""


def _look(look: PlannedLook, practice: str, text: str) -> dict[str, Any]:
    made = {"practice": practice, "for": text}
    made |= {"versions": look.versions.text} if look.versions is not None else {}
    made |= {"saw": "inPlace" if look.in_place else "notInPlace", "source": look.source}
    made |= {"date": str(look.on), "who": look.who}
    made |= {"sha256": look.sha256} if look.sha256 else {}
    return made | ({"note": look.note} if look.note else {})
