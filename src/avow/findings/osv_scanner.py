"""Results of OSV-Scanner: packages with whole OSV records, and groups of records that are one vulnerability.

Source: OSV-Scanner documentation, "Output formats", JSON; OSV schema 1.7.4.
"""

from __future__ import annotations

from typing import Any, Final

from avow.findings.fields import Fields
from avow.findings.names import names_of
from avow.findings.statements import FindingsFile, Named, Severity, UnreadList, VulnerabilityFinding

ONLY_VULNERABLE: Final = (
    "OSV-Scanner lists only packages in which it found something; it does not say which others it looked at"
)


def is_result(document: Any) -> bool:
    """The document is OSV-Scanner's JSON."""
    if not isinstance(document, dict) or "results" not in document or "runs" in document:
        return False
    results = document["results"]
    if results is None or results == []:
        return True
    return isinstance(results, list) and isinstance(results[0], dict) and "packages" in results[0]


def read_result(document: dict[str, Any], _source: str) -> FindingsFile:
    """One finding for each package and record, in the order of the file."""
    unread = UnreadList()
    findings: list[VulnerabilityFinding] = []
    for result in Fields(document, "", unread=unread).parts("results"):
        path = result.part("source").text("path")
        for package in result.parts("packages"):
            findings += _of_package(package, path)
    return FindingsFile(
        format="OSV-Scanner",
        findings=tuple(findings),
        author="OSV-Scanner",
        unread=unread.all(),
        notes=(ONLY_VULNERABLE,),
    )


def _of_package(package: Fields, path: str) -> list[VulnerabilityFinding]:
    part = package.part("package")
    component = Named(
        name=part.text("name"),
        version=part.text("version"),
        ecosystem=part.text("ecosystem"),
        purl=part.text("purl"),
    )
    groups = [(each.place, (*each.texts("ids"), *each.texts("aliases"))) for each in package.parts("groups")]
    same: dict[str, tuple[str, ...]] = {}
    for _, names in groups:
        for name in names:
            same.setdefault(name, names)
    findings = []
    seen: set[str] = set()
    for record in package.parts("vulnerabilities"):
        own = record.text("id")
        if not own:
            record.unread.add(record.place, "the record has no id")
            continue
        finding = _finding(record, component, path=path, same=same.get(own, ()))
        seen.update(finding.ids)
        findings.append(finding)
    for place, names in groups:
        if names and not seen.intersection(names):
            ids = names_of(names[0], names)
            findings.append(VulnerabilityFinding(place, component, ids.ids, related=ids.related, source=path))
    if not findings:
        package.unread.add(
            package.place, "the package has neither a vulnerability nor a group that could be read"
        )
    return findings


def _finding(record: Fields, component: Named, *, path: str, same: tuple[str, ...]) -> VulnerabilityFinding:
    names = names_of(record.text("id"), (*record.texts("aliases"), *same))
    about = _affected(record, component)
    return VulnerabilityFinding(
        place=record.place,
        component=component,
        ids=names.ids,
        related=names.related,
        summary=record.text("summary") or record.text("details"),
        severities=_severities([record, *about]),
        source=path,
        fixed=tuple(dict.fromkeys(version for each in about for version in _fixed(each))),
        withdrawn=record.text("withdrawn"),
        informational=next(
            filter(None, (each.part("database_specific").text("informational") for each in about)), ""
        ),
    )


def _affected(record: Fields, component: Named) -> list[Fields]:
    """What the record says about this package, or about its only one."""
    every = list(record.parts("affected"))
    if len(every) == 1:
        return every
    return [each for each in every if each.part("package").value.get("name") == component.name]


def _severities(givers: list[Fields]) -> tuple[Severity, ...]:
    """Vectors of the record and of the package, and the word of the database, each once."""
    found = [
        Severity(each.text("type"), each.text("score"))
        for giver in givers
        for each in giver.parts("severity")
        if each.text("score")
    ]
    if word := givers[0].part("database_specific").text("severity"):
        found.append(Severity("severity", word))
    return tuple(dict.fromkeys(found))


def _fixed(affected: Fields) -> list[str]:
    return [
        version
        for each in affected.parts("ranges")
        if each.text("type") != "GIT"
        for event in each.parts("events")
        if (version := event.text("fixed"))
    ]
