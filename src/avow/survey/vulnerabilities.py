"""The vulnerabilities of a survey: under all their names, with every match and what VEX says beside it.

Where the user's own findings speak about a component and a vulnerability, our matching adds no row; it is
named as saying the same. Whatever anybody says about a match is shown beside it and removes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from avow import record
from avow.advisories.exploited import join
from avow.advisories.identifiers import identity_key
from avow.advisories.osv import AliasGroups, vulnerability_key
from avow.findings.statements import VulnerabilityFinding
from avow.formats.foreign import moment_of
from avow.formats.purl import PurlInvalid, read_purl
from avow.lineage import MapRow
from avow.snapshots.index import SnapshotIndex
from avow.survey.components import Located
from avow.survey.findings import JoinedFinding
from avow.survey.matching import Hit, Lookup
from avow.survey.vex import HeardStatement, VexHearing, VulnerableComponent
from avow.vocabulary import Voice

MATCHING: Final = "matching"
FINDINGS: Final = "findings"
"""Which of the two spoke for a match."""

MAX_WORDS: Final = 100_000
"""VEX statements beside matches: a document that repeats a finding and a statement has their product."""


class _Group(NamedTuple):
    """One vulnerability."""

    key: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Matched:
    """One component and one advisory, and which of the two said so; both may have."""

    component: str
    advisory: str
    hit: Hit | None = None
    finding: JoinedFinding | None = None
    also: tuple[str, ...] = ()
    """Advisories of our own matching that say what the finding says."""


def _merged(matched: Sequence[_Matched]) -> list[_Matched]:
    """Of one vulnerability: where findings speak about a component, our own matching adds no row."""
    hits: dict[str, list[_Matched]] = defaultdict(list)
    for each in matched:
        if each.hit is not None:
            hits[each.component].append(each)
    spoken = {each.component for each in matched if each.finding is not None}
    return [
        replace(
            each,
            hit=each.hit or next((same.hit for same in hits[each.component]), None),
            also=tuple(dict.fromkeys(same.advisory for same in hits[each.component])),
        )
        if each.finding is not None
        else each
        for each in matched
        if each.finding is not None or each.component not in spoken
    ]


class Vulnerabilities:
    """Every component with every advisory that affects it, grouped by vulnerability."""

    def __init__(
        self,
        components: Sequence[Located],
        lookups: Mapping[str, Lookup],
        joined: Iterable[JoinedFinding],
        *,
        index: SnapshotIndex | None,
    ) -> None:
        self._components = {each.id: each for each in components}
        self._index = index
        self._names = AliasGroups()
        self._asked: set[str] = set()
        """Names whose groups the index has given."""
        self._separate: list[record.SourceGap] = []
        """A supplier's findings that give names of several vulnerabilities to one."""
        self._words = self._words_left_out = 0
        """VEX statements that are beside matches, and those that are not, because there are too many."""
        self._matched = self._matches(lookups, joined)
        groups = [_Group(vulnerability_key(names), tuple(sorted(names))) for names in self._names.all()]
        self._groups = {name.upper(): group for group in groups for name in group.names}
        """A vulnerability by each of its names in upper case."""

    @property
    def matched(self) -> list[VulnerableComponent]:
        """Each match with all names of its vulnerability, for whoever speaks about one of them."""
        return [
            VulnerableComponent(each.component, self._groups[each.advisory.upper()].names)
            for each in self._matched
        ]

    def _matches(self, lookups: Mapping[str, Lookup], findings: Iterable[JoinedFinding]) -> list[_Matched]:
        """One for each finding and each hit of a component; joins the names of the vulnerabilities."""
        found: dict[tuple[str, str], list[_Matched]] = defaultdict(list)
        for joined in findings:
            finding = joined.finding
            if not finding.ids or finding.withdrawn or finding.informational:
                continue  # in other lists
            if joined.voice is Voice.OWN:
                self._join_names(finding.ids)
            key = (joined.component, finding.ids[0].upper())
            found[key].append(_Matched(joined.component, finding.ids[0], finding=joined))
        for component in self._components.values():
            lookup = lookups.get(component.id)
            for hit in lookup.matches if lookup is not None else ():
                self._join_names((hit.advisory.id, *hit.advisory.aliases))
                same = found[component.id, hit.advisory.id.upper()]
                same[:1] = [
                    replace(same[0], hit=hit) if same else _Matched(component.id, hit.advisory.id, hit=hit)
                ]
        matched = [each for same in found.values() for each in same]
        supplied = [each.finding for each in matched if each.finding and each.finding.voice is not Voice.OWN]
        for joined in supplied:  # whoever gives one name says that it is a vulnerability of its own
            if len(joined.finding.ids) == 1:
                self._join_names(joined.finding.ids)
        for joined in supplied:
            self._join_supplied(joined)
        return matched

    def _join_supplied(self, joined: JoinedFinding) -> None:
        """A supplier's finding gives a vulnerability further names, and never makes two known ones one.

        Otherwise it could hide a row of ours behind another: what is said of a vulnerability is said once.
        """
        ids = joined.finding.ids
        for each in ids:
            if each in self._names or (self._index is not None and self._index.knows(each)):
                self._join_names((each,))
        if len({self._names.key(each) for each in ids if each in self._names}) < 2:  # noqa: PLR2004  two
            self._join_names(ids)
            return
        self._join_names(ids[:1])
        why = f"{' and '.join(ids)} are several vulnerabilities; the finding counts for {ids[0]}"
        self._separate.append(record.SourceGap(source=f"{joined.source}{joined.finding.place}", why=why))

    def _join_names(self, ids: Sequence[str]) -> None:
        self._names.add(*ids)
        if self._index is not None:
            for each in ids:
                if each not in self._asked:
                    group = self._index.names(each)
                    self._asked |= group  # which can have 100,000 names; each of them has this group
                    self._names.add(each, *group)

    def rows(self, hearing: VexHearing) -> Iterator[record.Vulnerability]:
        """What the record says: malware first, then what is exploited somewhere, then by key."""
        groups = self._groups
        by_key: dict[str, list[_Matched]] = defaultdict(list)
        for each in self._matched:
            by_key[groups[each.advisory.upper()].key].append(each)
        words: dict[tuple[str, str], list[HeardStatement]] = defaultdict(list)
        for statement in hearing.heard:
            for name in statement.statement.ids:
                if group := groups.get(name.upper()):
                    words[statement.component, group.key].append(statement)
                    break
        found = [
            self._vulnerability(key, groups[key.upper()].names, each, words) for key, each in by_key.items()
        ]
        return iter(sorted(found, key=lambda each: (not each.malicious, not each.exploited, each.key)))

    def _vulnerability(
        self,
        key: str,
        names: tuple[str, ...],
        matched: Sequence[_Matched],
        words: Mapping[tuple[str, str], Sequence[HeardStatement]],
    ) -> record.Vulnerability:
        advisories = [each.hit.advisory for each in matched if each.hit is not None]
        findings = [each.finding.finding for each in matched if each.finding is not None]
        upstream = sorted({each for advisory in advisories for each in advisory.upstream})
        exploited, epss = self._exploited(names, upstream)
        ratings = [
            record.Rating(method=each.method, text=each.text, source=advisory.id)
            for advisory in advisories
            for each in (*advisory.ratings, *(rated for item in advisory.affected for rated in item.ratings))
        ] + [
            record.Rating(method=each.method, text=each.text, source=each.source or finding.source)
            for finding in findings
            for each in finding.severities
        ]
        moments = [moment_of(each.published) for each in advisories]
        summaries = [*(each.summary for each in advisories), *(each.summary for each in findings)]
        return record.Vulnerability(
            key=key,
            ids=names,
            related_upstream=tuple(upstream),
            summary=next(filter(None, summaries), ""),
            published=min((moment.date() for moment in moments if moment is not None), default=None),
            malicious=any(each.malicious for each in advisories)
            or any(each.upper().startswith("MAL-") for each in names),
            ratings=tuple(dict.fromkeys(ratings)),
            exploited=exploited,
            epss=epss,
            matches=tuple(
                self._match(each, words.get((each.component, key), ())) for each in _merged(matched)
            ),
        )

    def _exploited(
        self, names: Sequence[str], upstream: Sequence[str]
    ) -> tuple[tuple[record.Exploited, ...], str]:
        index = self._index
        if index is None:
            return (), ""
        own = [name for name in names if name.upper().startswith("CVE-")]
        above = {*upstream, *index.upstream([*names, *upstream])}
        found: list[record.Exploited] = []
        epss = ""
        for cve, via in join(own, names=names, upstream=above).items():
            found += [
                record.Exploited(
                    source=name,
                    snapshot=snapshot,
                    cve=cve,
                    via=via,
                    added=listed.added,
                    named_for=listed.named_for,
                    # What the EUVD repeats is not a second list that says so.
                    origin=f"repeats {', '.join(listed.repeats)}" if listed.repeats else listed.origin,
                    ransomware=listed.ransomware,
                )
                for name, listed, snapshot in index.exploited(cve)
            ]
            if not epss and (score := index.epss(cve)):
                epss = f"{score.probability} (percentile {score.percentile}) for {cve}, {score.snapshot}"
        return tuple(found), epss

    def _match(self, matched: _Matched, words: Sequence[HeardStatement]) -> record.Match:
        hit, joined = matched.hit, matched.finding
        spoken = words[: MAX_WORDS - self._words]
        self._words += len(spoken)
        self._words_left_out += len(words) - len(spoken)
        finding: VulnerabilityFinding | None = joined.finding if joined is not None else None
        flags = tuple(hit.flags) if hit is not None else ()
        row = self._components[matched.component].row
        looked_up = hit is not None and row is not None and row.upstream is not None
        if row is not None and row.relation != "same" and (looked_up or _by_the_map(joined, row)):
            flags += (f"map:{row.relation}",)
        source = joined.source if joined is not None else ""
        if not source and self._index is not None:
            source = self._index.snapshot_of(matched.advisory)
        return record.Match(
            component=matched.component,
            advisory=matched.advisory,
            spoke=FINDINGS if joined is not None else MATCHING,
            voice=joined.voice if joined is not None else None,
            source=source,
            also=matched.also,
            fixed=(hit.fixed if hit is not None else ()) or (finding.fixed if finding is not None else ()),
            last_known_affected=hit.last_known_affected if hit is not None else "",
            via=hit.package.via if hit is not None else "",
            contested=(hit is not None and hit.contested) or any(each.startswith("map:") for each in flags),
            flags=flags,
            state=finding.state if finding is not None else "",
            state_detail=finding.detail if finding is not None else "",
            suppressed=finding.suppressed if finding is not None else False,
            vex=tuple(map(_word, spoken)),
        )

    def left_out(self) -> Iterator[record.SourceGap]:
        """What of findings and statements is not in the rows, and why."""
        yield from self._separate
        if self._words_left_out:
            why = f"{self._words_left_out} more statements are about matches and are not written beside them"
            yield record.SourceGap(source="VEX", why=why, kind="refused")


def _by_the_map(joined: JoinedFinding | None, row: MapRow) -> bool:
    """The finding is about what the row says that the component is, not about the component itself."""
    if joined is None or row.upstream is None or joined.basis not in {"purl", "ecosystem"}:
        return False
    try:
        named = read_purl(joined.finding.component.purl)
    except PurlInvalid:
        return joined.basis == "ecosystem"
    return identity_key(named) == identity_key(row.upstream)


def _word(heard: HeardStatement) -> record.VexWord:
    said = heard.statement
    return record.VexWord(
        status=said.status,
        status_text=said.status_text,
        justification=said.justification,
        detail=said.detail,
        voice=heard.voice,
        author=said.author,
        source=heard.source,
        moment=said.moment,
        superseded=heard.superseded,
    )
