"""Real files of findings and VEX: each is read, or refused with the reason, and no finding is lost.

The files are not part of this project. AVOW_CORPUS names a directory with `findings/MANIFEST.tsv` and
`public-cases/sbom`. What a file contains is counted here without the readers under test.
"""

from __future__ import annotations

import csv
import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from support.targets import targets_of

from avow.errors import InputInvalid
from avow.findings.read import read_findings
from avow.findings.statements import FindingsFile, VexStatus
from avow.sbom.reading import read_sbom
from avow.survey.vex import Miss, VexFile, VexHearing, VulnerableComponent, hear
from avow.vocabulary import Voice

CORPUS: Final = Path(os.environ.get("AVOW_CORPUS", "/nonexistent"))
if not (CORPUS / "findings").is_dir():
    pytest.skip("AVOW_CORPUS names no corpus with findings", allow_module_level=True)

PATHS: Final = [
    row["path"]
    for row in csv.DictReader(
        (CORPUS / "findings" / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines(), delimiter="\t"
    )
]

REFUSED: Final = {
    "openvex/openvex_not_a_document.json": "it is a list",
    "csaf/csaf_unsupported_version.json": 'CSAF "1.2" is not read',
}


def read(path: str) -> FindingsFile:
    return read_findings((CORPUS / "findings" / path).read_bytes(), source=path, read_sbom=read_sbom)


def _of_cyclonedx_xml(data: bytes) -> int:
    root = ET.fromstring(data)  # noqa: S314  files of the corpus
    name = root.tag.partition("}")[0] + "}"
    return sum(
        max(1, len(each.findall(f"{name}affects/{name}target")))
        for each in root.findall(f"{name}vulnerabilities/{name}vulnerability")
    ) + len(root.findall(".//{http://cyclonedx.org/schema/ext/vulnerability/1.0}vulnerability"))


def _of_json(document: dict[str, Any]) -> int:
    count: Callable[[Any], int] = lambda value: len(value or [])  # noqa: E731  one line in a table
    if "csaf_version" in document.get("document", {}):
        vulnerabilities = document.get("vulnerabilities", [])
        return sum(len(ids) for each in vulnerabilities for ids in each["product_status"].values())
    if "statements" in document:
        return count(document["statements"])
    if "results" in document:
        return sum(
            count(each["vulnerabilities"]) for part in document["results"] for each in part["packages"]
        )
    if "bomFormat" in document:
        return sum(max(1, count(each.get("affects"))) for each in document.get("vulnerabilities") or [])
    return count(document.get("findings"))


def counted(path: str) -> int:
    data = (CORPUS / "findings" / path).read_bytes()
    return _of_cyclonedx_xml(data) if path.endswith(".xml") else _of_json(json.loads(data))


@pytest.mark.parametrize("path", [each for each in PATHS if each not in REFUSED])
def test_no_finding_is_lost(path: str) -> None:
    """As many findings, or products of VEX statements, as an independent count finds in the file."""
    found = read(path)

    named = (
        len(found.findings)
        if "openvex" not in path and "csaf" not in path
        else sum(len(each.products) for each in found.vex)
    )
    lost = [each for each in found.unread if "cyclonedx" not in path or "vulnerabilities" in each.place]
    assert (named, lost) == (counted(path), [])


@pytest.mark.parametrize(("path", "reason"), REFUSED.items())
def test_what_is_not_read_is_refused_with_the_reason(path: str, reason: str) -> None:
    """A list is not a document, and CSAF 1.2 does not exist."""
    with pytest.raises(InputInvalid, match=reason) as refused:
        read(path)
    assert refused.value.hint
    assert path in refused.value.location


@pytest.mark.parametrize("cause", ["missing", "null"])
def test_an_export_without_a_list_is_not_an_empty_one(cause: str) -> None:
    """The note says that the export may have failed."""
    found = read(f"dependency-track/no_findings_because_findings_key_is_{cause}.json")

    assert found.findings == ()
    assert any("does not mean that nothing was found" in note for note in found.notes)


def _case(name: str, sbom: str) -> tuple[VexHearing, dict[str, Any], dict[str, str]]:
    directory = CORPUS / "public-cases" / "sbom" / name
    inventory = read_sbom((directory / sbom).read_bytes(), source=sbom)
    expected = json.loads((directory / "expected.json").read_text(encoding="utf-8"))["inputs"][sbom]
    products, components = targets_of(inventory)
    place = {each.id: each.places[0][1] for each in components}
    ids = {at: own for own, at in place.items()}
    records = [json.loads(path.read_text()) for path in sorted((directory / "osv").glob("*.json"))]
    names = {each["id"]: (each["id"], *each["aliases"]) for each in records}
    files = [VexFile(sbom, Voice.SUPPLIER, inventory.vex, within="s1")]
    files += [
        VexFile(
            f"vex/{path.name}",
            Voice.SUPPLIER,
            read_findings(path.read_bytes(), source=path.name, read_sbom=read_sbom).vex,
        )
        for path in sorted((directory / "vex").glob("*"))
    ]
    heard = hear(
        files,
        products=products,
        components=components,
        matches=[
            VulnerableComponent(ids[each["component"]], names[each["advisory"]])
            for each in expected["matches"]
        ],
    )
    return heard, expected, place


@pytest.mark.parametrize(
    ("case", "sbom"),
    [("vex-product-match", "bom.cdx.json"), ("yocto-vex-by-element", "image.spdx3.json")],
)
def test_vex_of_the_public_cases_is_heard_as_expected(case: str, sbom: str) -> None:
    """A statement applies to what it names, and what applies to nothing is listed with the nearest miss."""
    found, expected, place = _case(case, sbom)

    said = [
        (place[each.component], name, each.statement.status, each.source)
        for each in found.heard
        for name in each.statement.ids
    ]
    assert sorted(said) == sorted(
        (each["component"], each["vulnerability"], VexStatus(each["status"]), each.get("by", sbom))
        for each in expected["vex"]
    )
    unheard = {each.source: each for each in found.not_heard if not each.component}
    assert unheard.keys() == {each["by"] for each in expected.get("vex_matching_nothing", [])}
    assert [(place[each.component], each.statement.ids[0]) for each in found.not_heard if each.component] == [
        (each["component"], each["vulnerability"]) for each in expected.get("vex_not_applied", [])
    ]


def test_the_nearest_misses_of_the_public_case() -> None:
    """A digest prefix that is there twice, another digest, a name."""
    found, _, _ = _case("vex-product-match", "bom.cdx.json")

    misses = {each.source: (each.miss, each.why) for each in found.not_heard if not each.component}
    assert misses["vex/doubled.openvex.json"][0] is Miss.DIGEST_WRITTEN_WRONG
    assert "sha256: twice" in misses["vex/doubled.openvex.json"][1]
    assert misses["vex/other-image.openvex.json"][0] is Miss.OTHER_DIGEST
    assert misses["vex/name-only.openvex.json"][0] is Miss.NAME_ONLY
    assert [each.why for each in found.not_heard if each.component] == [
        "the statement names the subcomponent quill, not quill-tools"
    ]
