"""Vulnerabilities that a CycloneDX document lists: findings, and VEX where somebody analysed them.

Each vulnerability gives one finding for each element that it affects, and one VEX statement if it has a state
of analysis. Neither is judged here, and an affected element of another document keeps its BOM-Link.

Source: CycloneDX 1.7, `vulnerabilities`; for 1.0 and 1.1 the extension "Vulnerability" 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from avow.findings.names import names_of
from avow.findings.statements import (
    Named,
    Severity,
    VexProduct,
    VexStatement,
    VexStatus,
    VulnerabilityFinding,
)
from avow.sbom.inventory import Entry, ProblemKind
from avow.sbom.tolerant import FieldReader

STATUSES: Final = {
    "exploitable": VexStatus.AFFECTED,
    "in_triage": VexStatus.UNDER_INVESTIGATION,
    "resolved": VexStatus.FIXED,
    "resolved_with_pedigree": VexStatus.FIXED,
    "not_affected": VexStatus.NOT_AFFECTED,
    "false_positive": VexStatus.NOT_AFFECTED,
}
"""Source: CycloneDX 1.7, `impactAnalysisState`."""

_METHODS: Final = {
    "CVSSv2": "CVSS_V2",
    "CVSSv3": "CVSS_V3",
    "CVSSv31": "CVSS_V3",
    "CVSSv4": "CVSS_V4",
}

_PERCENT: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


class DocumentOrigin(NamedTuple):
    """What the document says about itself, for statements that do not say it."""

    identifier: str
    author: str
    created: datetime | None


class _AffectedItem(NamedTuple):
    component: Named
    unaffected: bool
    """The vulnerability names versions, and all of them as unaffected."""


def named(entry: Entry) -> Named:
    """`entry` as findings and VEX name a component; its place is the reference."""
    return Named(
        name=f"{entry.group}/{entry.name}" if entry.group else entry.name,
        version=entry.version,
        purl=entry.purl,
        cpe=entry.cpes[0] if entry.cpes else "",
        digests=tuple((digest.algorithm, digest.value) for digest in entry.digests),
        ref=entry.place,
    )


@dataclass(frozen=True, slots=True)
class DocumentVulnerabilities:
    """Reads the vulnerabilities of one document."""

    fields: FieldReader
    found: Mapping[str, Entry]
    """Entries and roots by their refs."""
    refs: Mapping[str, str]
    """Every ref that the document has, with a place if it names exactly one entry."""
    document: DocumentOrigin
    names: dict[str, Named] = field(default_factory=dict)
    """Components by their places: many vulnerabilities affect one, and it can have many digests."""

    def read(
        self, listed: object, *, legacy: list[tuple[Entry, Any]]
    ) -> tuple[tuple[VulnerabilityFinding, ...], tuple[VexStatement, ...]]:
        """Findings and statements in the order of the document; `legacy`: those that components contain."""
        findings: list[VulnerabilityFinding] = []
        vex: list[VexStatement] = []
        for place, item in self.fields.objects(listed, "/vulnerabilities"):
            self._vulnerability(item, place, self._affected(item, place), findings=findings, vex=vex)
        for entry, contained in legacy:
            at = f"{entry.place}/vulnerabilities"
            affected = [_AffectedItem(named(entry), unaffected=False)]
            for each, item in self.fields.objects(contained, at):
                self._vulnerability(item, each, affected, findings=findings, vex=vex)
        return tuple(findings), tuple(vex)

    def _vulnerability(
        self,
        item: dict[str, Any],
        place: str,
        affected: list[_AffectedItem],
        *,
        findings: list[VulnerabilityFinding],
        vex: list[VexStatement],
    ) -> None:
        text = self.fields.text
        own = text(item.get("id"), f"{place}/id")
        others = [
            text(each.get("id"), f"{at}/id")
            for at, each in self.fields.objects(item.get("references"), f"{place}/references")
        ]
        names = names_of(own, others)
        if not names.ids:
            self.fields.shape(f"{place}/id", "the name of a vulnerability", item.get("id"))
        source = self.fields.mapping(item.get("source"), f"{place}/source")
        analysis = self.fields.mapping(item.get("analysis"), f"{place}/analysis")
        state, justification, detail = (
            text(analysis.get(key), f"{place}/analysis/{key}") for key in ("state", "justification", "detail")
        )
        summary = text(item.get("description"), f"{place}/description")
        severities, found_by = self._severities(item, place), text(source.get("name"), f"{place}/source/name")
        findings.extend(
            VulnerabilityFinding(
                place=place,
                component=component,
                ids=names.ids,
                related=names.related,
                summary=summary,
                severities=severities,
                source=found_by,
                state=state or ("unaffected" if unaffected else ""),
                justification=justification,
                detail=detail,
            )
            for component, unaffected in affected or [_AffectedItem(Named(), unaffected=False)]
        )
        if state:
            vex.append(
                VexStatement(
                    place=f"{place}/analysis",
                    ids=names.ids,
                    status=STATUSES.get(state.lower(), VexStatus.UNKNOWN),
                    status_text=state,
                    products=tuple(VexProduct(component) for component, _ in affected),
                    justification=justification,
                    detail=detail,
                    moment=self._moment(item, analysis, place),
                    author=self.document.author,
                    document=self.document.identifier,
                )
            )

    def _moment(self, item: dict[str, Any], analysis: dict[str, Any], place: str) -> datetime | None:
        """Of the analysis, else of the vulnerability, else of the document."""
        for value, at in (
            (analysis.get("lastUpdated"), f"{place}/analysis/lastUpdated"),
            (analysis.get("firstIssued"), f"{place}/analysis/firstIssued"),
            (item.get("updated"), f"{place}/updated"),
        ):
            moment, _ = self.fields.moment(value, at)
            if moment is not None:
                return moment
        return self.document.created

    def _affected(self, item: dict[str, Any], place: str) -> list[_AffectedItem]:
        if "ref" in item and "affects" not in item:  # the extension for 1.0 and 1.1
            return [_AffectedItem(self._element(item["ref"], f"{place}/ref"), unaffected=False)]
        affected = []
        for at, target in self.fields.objects(item.get("affects"), f"{place}/affects"):
            versions = self.fields.objects(target.get("versions"), f"{at}/versions")
            words = {each.get("status") or "affected" for _, each in versions if _is_word(each.get("status"))}
            affected.append(
                _AffectedItem(
                    self._element(target.get("ref"), f"{at}/ref"), unaffected=words == {"unaffected"}
                )
            )
        return affected

    def _element(self, ref: object, place: str) -> Named:
        """The element of this document that `ref` names; else the reference alone."""
        text = self.fields.text(ref, place)
        entry = self.found.get(text) or self.found.get(self._own(text))
        if entry is not None:
            if entry.place not in self.names:
                self.names[entry.place] = named(entry)
            return self.names[entry.place]
        if text not in self.refs and not text.lower().startswith("urn:cdx:"):
            message = "no element of the document has this reference"
            self.fields.problems.add(ProblemKind.DANGLING_REF, place, message, value=text)
        return Named(ref=text)

    def _own(self, link: str) -> str:
        """The ref in a BOM-Link to this document itself; in any version of it."""
        serial = self.document.identifier.lower().removeprefix("urn:uuid:")
        document, _, ref = link.partition("#")
        if not serial or not document.lower().startswith(f"urn:cdx:{serial}/"):
            return ""
        return ref if ref in self.found else _PERCENT.sub(_decoded, ref)

    def _severities(self, item: dict[str, Any], place: str) -> tuple[Severity, ...]:
        """Each rating once: the vector, else the score, else the word."""
        found = []
        for at, rating in self.fields.objects(item.get("ratings"), f"{place}/ratings"):
            source = self.fields.mapping(rating.get("source"), f"{at}/source")
            method = self.fields.text(rating.get("method"), f"{at}/method")
            score = rating.get("score")
            if isinstance(score, dict):  # the extension for 1.0 and 1.1
                score = score.get("base")
            texts = (
                self.fields.text(rating.get("vector"), f"{at}/vector"),
                "" if score is None else str(score)[:20],
                self.fields.text(rating.get("severity"), f"{at}/severity"),
            )
            if text := next(filter(None, texts), ""):
                name = self.fields.text(source.get("name"), f"{at}/source/name")
                found.append(Severity(_METHODS.get(method, method), text, name))
        return tuple(dict.fromkeys(found))


def _is_word(status: object) -> bool:
    return status is None or isinstance(status, str)


def _decoded(escapes: re.Match[str]) -> str:
    return bytes.fromhex(escapes[0].replace("%", "")).decode("utf-8", "replace")
