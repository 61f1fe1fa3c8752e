"""Every SBOM of the corpus has the matches that were worked out for it, and every public case its answer."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZipFile

import pytest
from support.advisories_in_memory import AdvisoriesInMemory

from avow.advisories.osv import read_advisory
from avow.record import Why
from avow.sbom import read_sbom
from avow.survey.matching import Hit, Lookup, Matcher

if TYPE_CHECKING:
    from avow.advisories.packages import NotLookedUp
    from avow.sbom import Entry, Inventory

CORPUS: Final = Path(os.environ.get("AVOW_CORPUS", "/nonexistent"))
EXPECTED: Final = sorted((CORPUS / "advisories" / "expected").glob("*.json"))
CASES: Final = [
    *("alias-groups", "cpe-any-and-na", "deb-epoch", "deb-source-package", "deb-suffixes", "go-module-case"),
    *("go-pseudo-version", "maven-suffixes", "name-proposes-only", "osv-withdrawn", "purl-plus-encoding"),
    *("pypi-names", "versions-missing"),
]

pytestmark = pytest.mark.skipif(
    not EXPECTED, reason="AVOW_CORPUS names no directory with advisories/expected"
)

OTHER_FLAGS: Final = frozenset(
    {"purl_not_canonical", "case_folded", "version_from_field", "other_repository"}
)
"""Of ours, which the expected answers of the corpus do not have."""


@cache
def matcher() -> Matcher:
    """Over all records of the corpus."""
    archives = sorted((CORPUS / "advisories" / "osv").glob("*/all.zip"))
    records = [
        read_advisory(archive.read(member), source=member)
        for archive in map(ZipFile, archives)
        for member in archive.namelist()
    ]
    assert [each.unread for each in records if each.unread] == []
    return Matcher(AdvisoriesInMemory(records))


def inventory(name: str) -> Inventory:
    """One SBOM of the corpus."""
    path = CORPUS / "sbom" / name
    return read_sbom(path.read_bytes(), source=path.name)


def place(entry: Entry, document: Inventory) -> str:
    """As the expected answers name an entry: repeated SPDXIDs are repeated there."""
    return re.sub(r"#[0-9]+$", "", entry.place) if document.format.startswith("SPDX") else entry.place


def reason(why: NotLookedUp) -> str:
    """As the expected answers write it."""
    return f"{why.why}:{why.detail}" if why.why is Why.ECOSYSTEM_NOT_COVERED else str(why.why)


def cves(hit: Hit) -> tuple[str, ...]:
    """The CVEs of one record."""
    return tuple(
        sorted({each for each in (hit.advisory.id, *hit.advisory.aliases) if each.startswith("CVE-")})
    )


def readable(paths: list[Path]) -> list[Path]:
    """Those whose SBOM can be read."""
    return [each for each in paths if "unreadable" not in json.loads(each.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", readable(EXPECTED), ids=lambda path: path.name.split(".expected")[0])
def test_an_sbom_has_the_answers_that_were_worked_out(path: Path) -> None:
    """The four lists and the reasons, as multisets: an SBOM may repeat an identifier."""
    expected = json.loads(path.read_text(encoding="utf-8"))
    document = inventory(Path(expected["sbom"]).name)
    lookups = [(place(entry, document), matcher().look_up(entry)) for entry in document.entries]

    assert len(lookups) == expected["summary"]["components"]
    assert Counter(
        (at, reason(each.not_looked_up)) for at, each in lookups if each.not_looked_up is not None
    ) == Counter((each["component"], each["why"]) for each in expected["not_looked_up"])
    assert Counter(
        (at, hit.advisory.id, hit.package.version, cves(hit), hit.contested, *flags(hit))
        for at, each in lookups
        for hit in each.matches
    ) == Counter(
        (
            *(each["component"], each["advisory"], each["version"], tuple(sorted(each["cve"]))),
            *(each.get("contested", False), *sorted(each.get("flags", ()))),
        )
        for each in expected["pairs"]
    )
    for name in ("withdrawn", "informational", "undecidable"):
        found = Counter(
            (at, hit.advisory.id, cves(hit)) for at, each in lookups for hit in getattr(each, name)
        )
        rows = ((each["component"], each["advisory"], tuple(sorted(each["cve"]))) for each in expected[name])
        assert found == Counter(rows)


def flags(hit: Hit) -> list[str]:
    """Those that the expected answers have, too."""
    return sorted(set(hit.flags) - OTHER_FLAGS)


@pytest.mark.parametrize("case", CASES)
def test_a_public_case_has_its_right_answer(case: str) -> None:
    """Matches, reasons, and the flags that must be there."""
    folder = CORPUS / "public-cases" / "sbom" / case
    records = [
        read_advisory(each.read_bytes(), source=each.name) for each in sorted(folder.glob("osv/*.json"))
    ]
    index = AdvisoriesInMemory(records)
    inputs = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["inputs"]
    for name, expected in inputs.items():
        document = read_sbom((folder / name).read_bytes(), source=name)
        lookups = [(place(each, document), Matcher(index).look_up(each)) for each in document.entries]

        assert rows(lookups, "matches") == Counter(map(row, expected["matches"]))
        for kind in ("withdrawn", "undecidable"):
            assert sorted(
                (at, hit.advisory.id) for at, each in lookups for hit in getattr(each, kind)
            ) == sorted((each["component"], each["advisory"]) for each in expected.get(kind, ()))
        assert sorted(
            (at, reason(each.not_looked_up)) for at, each in lookups if each.not_looked_up
        ) == sorted((each["component"], each["why"]) for each in expected["not_looked_up"])
        for each in expected["matches"]:
            (hit,) = (
                hit
                for at, found in lookups
                for hit in found.matches
                if (at, hit.advisory.id) == (each["component"], each["advisory"])
            )
            assert set(each.get("flags", ())) <= set(hit.flags)
            assert each.get("via", "") == hit.package.via
        for group in expected.get("groups", ()):
            assert {index.names(each) for each in group["ids"]} == {frozenset(group["ids"])}


def row(each: dict[str, Any]) -> tuple[str, ...]:
    """A match as the case has it; the package in the spelling of the advisory."""
    ecosystem, package = each["ecosystem"], each["package"]
    return (each["component"], ecosystem, package.lower(), each["version"], each["advisory"])


def rows(lookups: list[tuple[str, Lookup]], kind: str) -> Counter[tuple[str, ...]]:
    """The same of ours."""
    return Counter(
        (at, hit.package.ecosystem, hit.package.key.lower(), hit.package.version, hit.advisory.id)
        for at, each in lookups
        for hit in getattr(each, kind)
    )
