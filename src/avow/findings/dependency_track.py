"""Findings that Dependency-Track exports: its Finding Packaging Format (FPF), and the list of its API.

Source: Dependency-Track documentation, "File Formats" (FPF 1.0 and 1.1), and exports of 3.8 to 4.14; later
versions add fields. Identifiers (`uuid`, `matrix`) hold in one installation only and are not read.
"""

from __future__ import annotations

import re
from typing import Any, Final

from avow.errors import InputInvalid
from avow.findings.fields import Fields
from avow.findings.names import names_of
from avow.findings.statements import FindingsFile, Named, Severity, UnreadList, VulnerabilityFinding
from avow.formats.foreign import shown

_VERSION: Final = re.compile(r"1\.(?P<minor>[0-9]{1,3})", re.ASCII)
_LAST_KNOWN_MINOR: Final = 5

_ALIASES: Final = ("cveId", "ghsaId", "osvId", "sonatypeId", "snykId", "vulnDbId", "gsdId", "internalId")
_RATINGS: Final = (
    ("CVSS_V4", ("cvssV4Vector", "cvssV4Score")),
    ("CVSS_V3", ("cvssV3Vector", "cvssV3BaseScore")),
    ("CVSS_V2", ("cvssV2Vector", "cvssV2BaseScore")),
    ("severity", ("severity",)),
)

PERHAPS_FAILED: Final = (
    "the export has no list of findings; that does not mean that nothing was found: perhaps the export failed"
)
ONE_PAGE: Final = (
    "a list from the API, which does not say which project it is about, when it was made, or its page"
)


def is_export(document: Any) -> bool:
    """The document is an FPF export."""
    if not isinstance(document, dict):
        return False
    meta = document.get("meta")
    named = isinstance(meta, dict) and meta.get("application") == "Dependency-Track"
    return named or {"findings", "project"} <= document.keys()


def is_api_list(document: Any) -> bool:
    """The document is the answer of `/api/v1/finding/project/<uuid>`."""
    return (
        isinstance(document, list)
        and bool(document)
        and isinstance(document[0], dict)
        and {"component", "vulnerability"} <= document[0].keys()
    )


def is_violations(document: Any) -> bool:
    """The document is a list of policy violations, or an object that contains one."""
    items = document.get("violations") if isinstance(document, dict) else document
    return (
        isinstance(items, list)
        and bool(items)
        and isinstance(items[0], dict)
        and "policyCondition" in items[0]
    )


def read_export(document: dict[str, Any], source: str) -> FindingsFile:
    """The findings of an FPF export, in its order.

    Raises:
        InputInvalid: a version other than 1.x.
    """
    unread = UnreadList()
    top = Fields(document, "", unread=unread)
    version = top.text("version")
    found = _VERSION.fullmatch(version)
    if version and found is None:
        raise InputInvalid(
            f"{source}: Finding Packaging Format {shown(version)} is not read; 1.0 to 1.5 are",
            location=f"{source}: /version",
            hint="export the project's vulnerabilities as CycloneDX (VDR) instead",
        )
    notes = []
    if found is not None and int(found["minor"]) > _LAST_KNOWN_MINOR:
        notes.append(f"version {version} is newer than 1.5, the last one known; new fields are not read")
    if not isinstance(document.get("findings"), list):
        notes.append(PERHAPS_FAILED)
    project = top.part("project")
    return FindingsFile(
        format=f"Dependency-Track FPF {version}".rstrip(),
        findings=tuple(finding for each in top.parts("findings") if (finding := _finding(each)) is not None),
        stated=top.part("meta").moment("timestamp"),
        subject=f"{project.text('name')} {project.text('version')}".strip(),
        author=f"Dependency-Track {top.part('meta').text('version')}".rstrip(),
        unread=unread.all(),
        notes=tuple(notes),
    )


def read_api_list(document: list[Any], _source: str) -> FindingsFile:
    """The findings of one answer of the API."""
    unread = UnreadList()
    findings = []
    for number, item in enumerate(document):
        if isinstance(item, dict):
            findings.append(_finding(Fields(item, f"/{number}", unread=unread)))
        else:
            unread.add(f"/{number}", f"expected an object, not {shown(item)}")
    return FindingsFile(
        format="Dependency-Track findings (API)",
        findings=tuple(each for each in findings if each is not None),
        author="Dependency-Track",
        unread=unread.all(),
        notes=(ONE_PAGE,),
    )


def _finding(entry: Fields) -> VulnerabilityFinding | None:
    """One finding; `None`, and its place among the unread ones, if nobody can know what it is about."""
    part, vulnerability = entry.part("component"), entry.part("vulnerability")
    component = Named(
        name="/".join(filter(None, (part.text("group"), part.text("name")))),
        version=part.text("version"),
        purl=part.text("purl"),
        cpe=part.text("cpe"),
    )
    own, database = vulnerability.text("vulnId"), vulnerability.text("source")
    if own.isdecimal():  # a number means nothing without its database
        own = f"{database}:{own}"
    if not own:
        entry.unread.add(entry.place, "the finding does not name its vulnerability (vulnerability/vulnId)")
        return None
    if not (component.name or component.purl or component.cpe):
        entry.unread.add(entry.place, f"the finding of {shown(own)} does not name its component")
        return None
    names = names_of(own, _aliases(vulnerability))
    analysis, attribution = entry.part("analysis"), entry.part("attribution")
    return VulnerabilityFinding(
        place=entry.place,
        component=component,
        ids=names.ids,
        related=names.related,
        summary=vulnerability.text("title") or vulnerability.text("description"),
        severities=tuple(
            Severity(method, text, database)
            for method, keys in _RATINGS
            if (text := next(filter(None, map(vulnerability.text, keys)), ""))
        ),
        source=", ".join(filter(None, (attribution.text("analyzerIdentity"), database))),
        state=analysis.text("state"),
        justification=analysis.text("justification"),
        detail=analysis.text("detail"),
        suppressed=analysis.flag("isSuppressed"),
    )


def _aliases(vulnerability: Fields) -> list[str]:
    """Every name in the list of aliases; the same ones, by database, in `allBySource` are not needed."""
    return [alias.text(key) for alias in vulnerability.parts("aliases") for key in _ALIASES]
