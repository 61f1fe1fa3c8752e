"""From everything in hand to the record of a survey. It passes no judgement.

Each component ends in exactly one list for advisories: looked up, or not looked up with a reason. Whoever
says something is named beside it, and nothing that anybody says removes what somebody else said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from msgspec import structs

from avow import record
from avow.advisories.osv import Advisory
from avow.errors import InputInvalid, Problem
from avow.findings.refs import whole_ref
from avow.findings.statements import FindingsFile
from avow.formats.foreign import moment_of
from avow.formats.json_document import collection_paused
from avow.lineage import LineageMap, MapIndex
from avow.product import Product
from avow.record import Why
from avow.sbom.graph import cycles, reachable
from avow.sbom.inventory import Entry, Inventory
from avow.sbom.pointers import pointers
from avow.snapshots.index import SnapshotIndex
from avow.survey.components import Located, UpstreamProject, apply_map, locate, project_of
from avow.survey.findings import BroughtFindings, join_findings
from avow.survey.first import first_actions
from avow.survey.fitness import fitness
from avow.survey.hearing import EvidenceInHand, EvidencePointer, Heard, SurveyedComponent
from avow.survey.identify import Purls, Target
from avow.survey.matching import Hit, Lookup, Matcher
from avow.survey.proposals import proposals
from avow.survey.support import Supported, end_of_life, update_history
from avow.survey.vex import VexFile, VexHearing, hear
from avow.survey.vulnerabilities import FINDINGS, Vulnerabilities
from avow.vocabulary import Voice

MAX_CYCLES: Final = 20
"""Of one SBOM that are written out."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file of findings or VEX, and in whose voice it is heard."""

    source: str
    voice: Voice
    content: FindingsFile


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyInputs:
    """Everything that a survey rests on."""

    inventories: Sequence[Inventory]
    look_up: Callable[[Sequence[Entry]], Sequence[Lookup]] | None
    """Advisories of the index for each of the entries; `None` if no snapshots were given."""
    index: SnapshotIndex | None
    brought: Sequence[Brought]
    evidence: EvidenceInHand | None
    table: LineageMap
    whole: bool = True
    """The SBOMs are all that the map is about, so a row that fits nothing is an error."""
    product: Product
    snapshots: Sequence[record.Snapshot]
    gaps: Sequence[record.SourceGap]
    command: Sequence[str] = ()
    tool: record.Tool
    by: str = ""
    now: datetime


def survey(given: SurveyInputs) -> record.SurveyRecord:
    """The record of what is known about the components of all SBOMs.

    Raises:
        InputInvalid: a row of the map is about no component, or the index is damaged.
    """
    with collection_paused():  # millions of objects and no cycle
        return _Survey(given).assembled()


class _Survey:
    def __init__(self, given: SurveyInputs) -> None:
        self.given = given
        self.components = locate(given.inventories)
        self.by_id = {each.id: each for each in self.components}
        self.sbom_ids = {id(each): f"s{number}" for number, each in enumerate(given.inventories, start=1)}
        self.by_place = {
            (id(inventory), place): each.id for each in self.components for inventory, place in each.places
        }
        self.refs = {
            id(each): {entry.place: entry.ref for entry in (*each.entries, *each.roots)}
            for each in given.inventories
        }
        self.outer = {id(each): _outer(each) for each in given.inventories}
        self._apply_map()
        self.projects: dict[str, UpstreamProject] = {}
        """By the id of the upstream project."""
        self._find_projects()
        self.lookups = self._look_up()
        self.purls = Purls()
        self.findings = join_findings(self._files_of_findings(), components=self._mapped(), purls=self.purls)
        # what a supplier writes into its own SBOM does not show that anybody looked
        self.covered = {each.component for each in self.findings.joined if each.voice is Voice.OWN}

    def assembled(self) -> record.SurveyRecord:
        """The record; every list in the order of the components, unless it says otherwise."""
        given = self.given
        found = Vulnerabilities(self.components, self.lookups, self.findings.joined, index=given.index)
        hearing = self._hear_vex(found)
        vulnerabilities = tuple(found.rows(hearing))
        heard = self._evidence()
        ends = self._end_of_life()
        archives = self.given.evidence.archives if self.given.evidence is not None else ()
        proposed = proposals(self.components, archives)
        components = tuple(map(self._component, self.components))
        upstreams = tuple(self._upstreams())
        withdrawn, informational, undecidable = (
            tuple(self._asides(name)) for name in ("withdrawn", "informational", "undecidable")
        )
        return record.SurveyRecord(
            tool=given.tool,
            made=given.now,
            by=given.by,
            command=tuple(given.command),
            product=_product(given.product),
            totals=self._totals(
                components=components,
                upstreams=upstreams,
                vulnerabilities=vulnerabilities,
                heard=heard,
                lists=(withdrawn, informational, undecidable),
                ends=ends,
                proposed=proposed,
            ),
            first=first_actions(
                components=components,
                upstreams=upstreams,
                vulnerabilities=vulnerabilities,
                end_of_life=ends,
                proposals=proposed,
            ),
            sboms=tuple(map(self._sbom, given.inventories)),
            snapshots=tuple(given.snapshots),
            components=components,
            upstreams=upstreams,
            vulnerabilities=vulnerabilities,
            withdrawn=withdrawn,
            informational=informational,
            undecidable=undecidable,
            proposed=tuple(self._proposed_findings()),
            end_of_life=ends,
            not_looked_up=tuple(_counted(components)),
            gaps=(
                *given.gaps,
                *self._unused_rows(),
                *self._rows_not_applied(),
                *self._unjoined(),
                *found.left_out(),
                *heard.gaps,
            ),
            vex_not_heard=tuple(_not_heard(hearing)),
            declarations=heard.declarations,
            proposals=proposed,
        )

    # ---- what the components are

    def _apply_map(self) -> None:
        table = self.given.table
        used = apply_map(self.components, MapIndex(table))
        self.unused = unused = [row for row in table.rows if row.line not in used]
        if unused and self.given.whole:
            raise InputInvalid(
                f"{table.source} has rows that are about no component",
                problems=tuple(
                    Problem(
                        table.source, row.line, 1, "about no component of these SBOMs", "correct or remove it"
                    )
                    for row in unused
                ),
                location=table.source,
                hint="a row that once fitted may be about a component that was replaced; look at it again",
            )

    def _rows_not_applied(self) -> Iterator[record.SourceGap]:
        """Components that a row is about by CPE, name or supplier, and that have a purl of their own."""
        for component in self.components:
            if "map_row_not_applied" in component.flags and component.purl is not None:
                why = f"no row decides about {component.label} by less than its purl, {component.purl.text}"
                yield record.SourceGap(source=self.given.table.source, why=why)

    def _unused_rows(self) -> Iterator[record.SourceGap]:
        for row in self.unused:
            why = f"line {row.line} is about no component of these SBOMs"
            yield record.SourceGap(source=self.given.table.source, why=why, kind="about_nothing")

    def _find_projects(self) -> None:
        ids: dict[str, str] = {}
        for component in self.components:
            project = project_of(component)
            component.upstream = ids.setdefault(project.key, f"u{len(ids) + 1}")
            self.projects.setdefault(component.upstream, project)

    def _look_up(self) -> Mapping[str, Lookup]:
        look_up = self.given.look_up or _without_data
        found = look_up([_asked_as(each) for each in self.components])
        return {each.id: lookup for each, lookup in zip(self.components, found, strict=True)}

    def _targets(self) -> Iterator[Target]:
        """The components as VEX names them; made when there is any."""
        yield from self._made_targets

    def _mapped(self) -> Iterator[Target]:
        """The components as findings name them; made when there are any."""
        yield from map(_as_mapped, self.components, self._made_targets)

    @cached_property
    def _made_targets(self) -> tuple[Target, ...]:
        return tuple(map(self._target, self.components))

    def _target(self, component: Located) -> Target:
        entry = component.entry
        refs: list[str] = []
        for inventory, place in component.places:
            ref = self.refs[id(inventory)].get(place, "")
            if ref and (whole := _whole(inventory, ref)):
                refs.append(whole)
        return Target(
            id=component.id,
            name="/".join(part for part in (entry.group, entry.name) if part),
            version=component.version,
            purls=tuple(each for each in (entry.purl, *entry.other_purls) if each),
            digests=tuple((each.algorithm, each.value) for each in component.digests),
            refs=tuple(refs),
            places=tuple((self.sbom_ids[id(inventory)], place) for inventory, place in component.places),
            cpes=entry.cpes,
            products=tuple(dict.fromkeys(self.sbom_ids[id(inventory)] for inventory, _ in component.places)),
            inside=self._containers(component),
        )

    def _containers(self, component: Located) -> tuple[str, ...]:
        """Components that contain every place of this one."""
        around = [
            {self.by_place[id(inventory), outer] for outer in self.outer[id(inventory)].get(place, ())}
            for inventory, place in component.places
        ]
        return tuple(sorted(set.intersection(*around)))

    # ---- what is known about them

    def _files_of_findings(self) -> Iterator[BroughtFindings]:
        for each in self.given.brought:
            if each.content.findings:
                yield BroughtFindings(each.source, each.voice, each.content.findings)
        for inventory in self.given.inventories:
            if inventory.findings:
                sbom = self.sbom_ids[id(inventory)]
                yield BroughtFindings(inventory.source, Voice.SUPPLIER, inventory.findings, within=sbom)

    def _lookup(self, component: Located) -> Lookup:
        return self.lookups.get(component.id) or _NOTHING

    def _hear_vex(self, found: Vulnerabilities) -> VexHearing:
        files = [
            VexFile(each.source, each.voice, each.content.vex)
            for each in self.given.brought
            if each.content.vex
        ]
        files += [
            VexFile(each.source, Voice.SUPPLIER, each.vex, within=self.sbom_ids[id(each)])
            for each in self.given.inventories
            if each.vex
        ]
        return hear(
            files,
            products=tuple(target for each in self.given.inventories for target in self._products(each)),
            components=self._targets(),
            purls=self.purls,
            matches=found.matched,
        )

    def _products(self, inventory: Inventory) -> Iterator[Target]:
        """What the SBOM is about: all its roots are one product, and a reference to the document means it."""
        roots = inventory.roots
        document = _whole(inventory, "")
        yield Target(
            id=self.sbom_ids[id(inventory)],
            name=" and ".join(each.name for each in roots) or inventory.source,
            version=roots[0].version if roots else "",
            purls=tuple(
                dict.fromkeys(purl for each in roots for purl in (each.purl, *each.other_purls) if purl)
            ),
            digests=tuple((digest.algorithm, digest.value) for each in roots for digest in each.digests),
            refs=tuple(filter(None, (document, *(_whole(inventory, each.ref) for each in roots)))),
            places=tuple((self.sbom_ids[id(inventory)], each.place) for each in roots),
            cpes=tuple(cpe for each in roots for cpe in each.cpes),
            products=(self.sbom_ids[id(inventory)],),
        )

    def _evidence(self) -> Heard:
        if self.given.evidence is None:
            return Heard((), ())
        asked = [self._surveyed(each) for each in self.components]
        leads = [
            EvidencePointer(
                component=self.by_place[id(inventory), each.place], url=each.url, sha256=each.sha256
            )
            for inventory in self.given.inventories
            for each in pointers(inventory)
            if (id(inventory), each.place) in self.by_place
        ]
        return self.given.evidence.about(asked, pointers=leads)

    def _surveyed(self, component: Located) -> SurveyedComponent:
        purl = component.looked_up_as
        return SurveyedComponent(
            id=component.id,
            purl=purl.text if purl is not None else "",
            version=component.version,
            digests=component.digests,
            repository=self.projects[component.upstream].repository,
            upstream=component.upstream,
        )

    def _end_of_life(self) -> tuple[record.EndOfLife, ...]:
        if self.given.index is None:
            return ()
        today = self.given.now.date()
        return tuple(
            row
            for each in self.components
            for row in end_of_life(_supported(each), products=self.given.index, today=today)
        )

    def _asides(self, name: str) -> Iterator[record.Aside]:
        for joined in self.findings.joined:
            finding = joined.finding
            kind = "withdrawn" if finding.withdrawn else "informational" if finding.informational else ""
            if finding.ids and kind == name:
                yield record.Aside(
                    component=joined.component,
                    advisory=finding.ids[0],
                    ids=finding.ids,
                    reason=finding.informational or name,
                    dated=moment_of(finding.withdrawn),
                    summary=finding.summary,
                )
        for component in self.components:
            hits: Sequence[Hit] = getattr(self._lookup(component), name)
            for hit in hits:
                yield record.Aside(
                    component=component.id,
                    advisory=hit.advisory.id,
                    ids=hit.advisory.aliases,
                    reason=hit.reason or name,
                    dated=moment_of(hit.advisory.withdrawn),
                    flags=hit.flags,
                    summary=hit.advisory.summary,
                )

    def _proposed_findings(self) -> Iterator[record.Aside]:
        for joined in self.findings.proposed:
            finding = joined.finding
            yield record.Aside(
                component=joined.component,
                advisory=finding.ids[0] if finding.ids else "",
                ids=finding.ids,
                reason=f"{joined.source} names it by {joined.basis} only",
                summary=finding.summary,
            )

    def _unjoined(self) -> Iterator[record.SourceGap]:
        for joined in self.findings.joined:
            if not joined.finding.ids:
                why = f"the finding about {joined.component} names no vulnerability"
                yield record.SourceGap(source=f"{joined.source}{joined.finding.place}", why=why)
        for each in self.findings.unjoined:
            name = each.finding.ids[0] if each.finding.ids else each.finding.place
            yield record.SourceGap(source=f"{each.source}: {name}", why=each.why, kind="about_nothing")
        for brought in self.given.brought:
            for unread in brought.content.unread:
                yield record.SourceGap(
                    source=f"{brought.source}{unread.place}", why=unread.message, kind="refused"
                )
            for note in brought.content.notes:
                yield record.SourceGap(source=brought.source, why=note)

    def _component(self, component: Located) -> record.Component:
        entry, why = component.entry, self._why(component)
        packages = self._lookup(component).packages
        flags = sorted(component.flags)
        return record.Component(
            id=component.id,
            name="/".join(part for part in (entry.group, entry.name) if part) or entry.place,
            version=component.version,
            version_from="field" if any("version_from_field" in each.flags for each in packages) else "",
            purl=entry.purl,
            kind=component.kind,
            cpes=entry.cpes,
            digests=tuple(f"{each.algorithm}:{each.value}" for each in component.digests),
            licences=entry.licences,
            supplier=entry.supplier,
            modified=entry.modified,
            upstream=component.upstream,
            places=tuple(
                record.Place(sbom=self.sbom_ids[id(inventory)], at=place)
                for inventory, place in component.places
            ),
            looked_up=why is None,
            why=None if why is None else why[0],
            why_detail="" if why is None else why[1],
            flags=tuple(flags),
        )

    def _why(self, component: Located) -> tuple[Why, str] | None:
        """Why the component was not looked up by anybody; `None` if it was."""
        if component.id in self.covered:
            return None
        refused = self._lookup(component).not_looked_up
        if refused is None:
            return None
        if self.given.look_up is None and refused.ecosystem and refused.why is Why.ECOSYSTEM_NOT_COVERED:
            return Why.NO_SNAPSHOT, refused.ecosystem
        return refused.why, refused.note or refused.detail

    def _upstreams(self) -> Iterator[record.Upstream]:
        members: dict[str, list[Located]] = defaultdict(list)
        for component in self.components:
            members[component.upstream].append(component)
        index = self.given.index
        for key, project in self.projects.items():
            own = members[key]
            updates = None
            if index is not None:
                purls = [each.looked_up_as for each in own]
                updates = update_history(
                    [purl for purl in purls if purl is not None],
                    [project.repository] if project.repository else [],
                    histories=index,
                    products=index,
                )
            yield record.Upstream(
                id=key,
                key=project.key,
                label=project.label,
                repository=project.repository,
                basis=project.basis,
                components=tuple(each.id for each in own),
                last_release=updates.last_release if updates else None,
                last_security_fix=updates.last_security_fix if updates else None,
                history_source=updates.source if updates else "",
            )

    def _sbom(self, inventory: Inventory) -> record.Sbom:
        sbom = self.sbom_ids[id(inventory)]
        here = {self.by_place[id(inventory), each.place] for each in inventory.entries}
        linked = reachable(inventory) if inventory.edges and inventory.roots else None
        refs, circles = self.refs[id(inventory)], cycles(inventory)
        return record.Sbom(
            id=sbom,
            source=inventory.source,
            sha256=inventory.sha256,
            format=inventory.format,
            identifier=inventory.identifier,
            created=inventory.created,
            created_text=inventory.created_text,
            generators=inventory.generators,
            supplier=inventory.supplier,
            roots=tuple(f"{each.name} {each.version}".strip() for each in inventory.roots),
            entries=len(inventory.entries),
            components=len(here),
            upstreams=len({self.by_id[each].upstream for each in here}),
            inputs=inventory.inputs,
            completeness=inventory.completeness,
            services=inventory.services,
            external=tuple(
                record.External(document=each.document, elements=each.elements, in_hand=each.in_hand)
                for each in inventory.external
            ),
            cycles=tuple(tuple(refs.get(place, place) for place in cycle) for cycle in circles[:MAX_CYCLES]),
            cycles_in_all=len(circles),
            unreachable=0 if linked is None else sum(each.place not in linked for each in inventory.entries),
            fitness=fitness(inventory),
            problems=tuple(
                record.Problem(kind=each.kind, place=each.place, message=each.message, value=each.value)
                for each in inventory.problems
            ),
        )

    def _totals(
        self,
        *,
        components: Sequence[record.Component],
        upstreams: Sequence[record.Upstream],
        vulnerabilities: Sequence[record.Vulnerability],
        heard: Heard,
        lists: tuple[Sequence[record.Aside], Sequence[record.Aside], Sequence[record.Aside]],
        ends: Sequence[record.EndOfLife],
        proposed: Sequence[record.Proposal],
    ) -> record.Totals:
        matches = [match for each in vulnerabilities for match in each.matches]
        looked_up = sum(each.looked_up for each in components)
        kinds = [each.kind for each in heard.declarations]
        return record.Totals(
            sboms=len(self.given.inventories),
            entries=sum(len(each.entries) for each in self.given.inventories),
            components=len(components),
            upstreams=len(upstreams),
            upstreams_named=sum(each.repository != "" for each in upstreams),
            looked_up=looked_up,
            not_looked_up=len(components) - looked_up,
            by_purl=sum(each.purl is not None for each in self.components),
            by_cpe_only=sum(each.purl is None and each.cpes != () for each in self.components),
            by_digest=sum(each.has_strong_digest for each in self.components),
            by_name_only=sum(each.purl is None and not each.cpes for each in self.components),
            vulnerabilities=len(vulnerabilities),
            vulnerable_components=len({each.component for each in matches}),
            matches=len(matches),
            contested=sum(each.contested for each in matches),
            from_findings=sum(each.spoke == FINDINGS for each in matches),
            exploited=sum(each.exploited != () for each in vulnerabilities),
            malicious=sum(each.malicious for each in vulnerabilities),
            withdrawn=len(lists[0]),
            informational=len(lists[1]),
            undecidable=len(lists[2]),
            end_of_life=sum(each.state == "eol" for each in ends),
            declarations=kinds.count("declaration"),
            project_files=sum(each in {"security-insights", "checkout"} for each in kinds),
            published_results=kinds.count("scorecard"),
            provenance=kinds.count("provenance"),
            proposals=len(proposed),
        )


_NOTHING: Final = Lookup()


class _NoData:
    """An index without anything in it: what can't be looked up at all has its own reason all the same."""

    def covers(self, _ecosystem: str) -> bool:
        return False

    def about(self, _ecosystem: str, _key: str) -> Sequence[Advisory]:
        return ()

    def about_folded(self, _ecosystem: str, _key: str) -> Sequence[Advisory]:
        return ()

    def names(self, advisory_id: str) -> frozenset[str]:
        return frozenset({advisory_id})


def _without_data(entries: Sequence[Entry]) -> list[Lookup]:
    matcher = Matcher(_NoData())
    return [matcher.look_up(each) for each in entries]


def _outer(inventory: Inventory) -> Mapping[str, tuple[str, ...]]:
    """The places of the entries around each nested entry, the innermost first."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in inventory.entries:  # an outer entry comes first
        if entry.parent:
            found[entry.place] = (entry.parent, *found.get(entry.parent, ()))
    return found


def _asked_as(component: Located) -> Entry:
    """The entry as advisories are looked up for it: as the map says, where a reviewed row does."""
    row, purl = component.row, component.looked_up_as
    if row is None or row.upstream is None or purl is None:
        return component.entry
    version = purl.version or ("" if row.relation == "vendored" else component.version)
    return structs.replace(component.entry, purl=purl.text, other_purls=(), version=version)


def _as_mapped(component: Located, target: Target) -> Target:
    """The component as findings name it: also by what a reviewed row says that it is.

    VEX does not get this: what somebody says about the upstream says nothing about a changed copy of it.
    """
    purl = component.looked_up_as
    return target if purl is None else replace(target, purls=tuple(dict.fromkeys((purl.text, *target.purls))))


def _whole(inventory: Inventory, ref: str) -> str:
    return whole_ref(
        ref,
        document_format=inventory.format,
        identifier=inventory.identifier,
        version=inventory.document_version,
    )


def _supported(component: Located) -> Supported:
    purl = component.looked_up_as
    return Supported(
        id=component.id,
        purls=() if purl is None else (purl,),
        cpes=component.entry.cpes,
        version=component.version,
    )


def _not_heard(hearing: VexHearing) -> Iterator[record.NotHeard]:
    for each in hearing.not_heard:
        yield record.NotHeard(
            source=each.source, ids=each.statement.ids, why=each.why, component=each.component
        )
    for heard in hearing.heard:
        if not heard.matched:
            yield record.NotHeard(
                source=heard.source,
                ids=heard.statement.ids,
                why=f"it says {heard.statement.status}, and nobody has found this vulnerability there",
                component=heard.component,
            )


def _counted(components: Iterable[record.Component]) -> Iterator[record.NotLookedUp]:
    reasons: dict[tuple[Why, str], list[str]] = defaultdict(list)
    for each in components:
        if each.why is not None:
            detail = each.why_detail if each.why is Why.ECOSYSTEM_NOT_COVERED else ""
            reasons[each.why, detail].append(each.id)
    for (why, detail), ids in sorted(reasons.items(), key=lambda item: -len(item[1])):
        yield record.NotLookedUp(why=why, detail=detail, count=len(ids), components=tuple(ids))


def _product(product: Product) -> record.Product | None:
    if product == Product():
        return None
    return record.Product(
        name=product.name,
        placed_on_market=product.placed_on_market,
        support_end=product.support_end,
        variants=product.variants,
    )
