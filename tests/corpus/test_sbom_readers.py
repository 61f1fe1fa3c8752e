"""Real SBOMs and public cases: what is counted, what is refused, and what is named as a problem.

The files are not part of this project; AVOW_CORPUS names a directory that has them, with an answer for each.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component
from spdx_tools.spdx.parser.parse_anything import parse_file

from avow.errors import InputInvalid
from avow.formats.cpe import CpeInvalid, parse_cpe, read_cpe
from avow.sbom import Inventory, read_sbom
from avow.sbom.graph import cycles, reachable

CORPUS: Final = Path(os.environ.get("AVOW_CORPUS", "/nonexistent"))
if not (CORPUS / "sbom").is_dir():
    pytest.skip("AVOW_CORPUS names no corpus with SBOMs", allow_module_level=True)

ANSWERS: Final = [
    json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((CORPUS / "advisories" / "expected").glob("*.json"))
]

MANIFEST: Final = {
    row["path"]: row
    for row in csv.DictReader(
        (CORPUS / "sbom" / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines(), delimiter="\t"
    )
}

CASES: Final = CORPUS / "public-cases" / "sbom"
PUBLIC: Final = [
    pytest.param(path.parent / name, expected, id=f"{path.parent.name}/{name}")
    for path in sorted(CASES.glob("*/expected.json"))
    for name, expected in json.loads(path.read_text(encoding="utf-8")).get("inputs", {}).items()
    if (path.parent / name).is_file()
]


def read(path: Path) -> Inventory:
    return read_sbom(path.read_bytes(), source=path.name)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: each["sbom"])
def test_components_are_counted_as_by_an_independent_count(answer: dict[str, Any]) -> None:
    """Or the document is refused, with its place."""
    path = CORPUS / "sbom" / answer["sbom"]
    if "unreadable" in answer:
        with pytest.raises(InputInvalid) as refused:
            read(path)
        assert refused.value.problems[0].line
        return

    inventory = read(path)

    assert len(inventory.entries) == answer["components"]
    assert len({entry.place for entry in inventory.entries}) == len(inventory.entries)


@pytest.mark.parametrize(
    "answer", [each for each in ANSWERS if "unreadable" not in each], ids=lambda e: e["sbom"]
)
def test_purls_and_places_are_those_of_the_expected_pairs(answer: dict[str, Any]) -> None:
    """Every pair and every component that was not looked up has an entry at its place with its purl."""
    entries: dict[str, set[str]] = {}
    for entry in read(CORPUS / "sbom" / answer["sbom"]).entries:
        entries.setdefault(
            entry.place.partition("#")[0] if "SPDXRef" in entry.place[:8] else entry.place, set()
        ).add(entry.purl)
    rows = [*answer["pairs"], *answer["not_looked_up"]]

    wrong = [row for row in rows if (row["purl"] or "") not in entries.get(row["component"], set())]

    assert wrong == []


@pytest.mark.parametrize(
    "path", sorted((CORPUS / "findings" / "cyclonedx-vdr").iterdir()), ids=lambda p: p.name
)
def test_vulnerability_reports_are_read(path: Path) -> None:
    """Each affected component of each vulnerability is a finding; the file without any is only an SBOM."""
    inventory = read(path)

    assert bool(inventory.findings) == (path.name != "retirejs.latest.xml")
    assert all(finding.component.ref.startswith("/components/") for finding in inventory.findings)


def components_of(bom: Bom) -> Iterator[Component]:
    waiting = [*bom.components]
    if bom.metadata.component is not None:
        waiting += bom.metadata.component.components
    while waiting:
        component = waiting.pop()
        yield component
        waiting += component.components


def cyclonedx_1_6() -> list[Path]:
    return [
        CORPUS / "sbom" / answer["sbom"]
        for answer in ANSWERS
        if MANIFEST[answer["sbom"]]["format"] == "CycloneDX JSON"
        and MANIFEST[answer["sbom"]]["spec_version"] == "1.6"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("path", cyclonedx_1_6(), ids=lambda each: each.name)
def test_cyclonedx_is_read_as_by_its_own_library(path: Path) -> None:
    """Names, versions and purls, where the library reads the document."""
    try:
        bom = Bom.from_json(json.loads(path.read_bytes()))  # type: ignore[attr-defined]  # by a decorator
    except Exception as error:  # noqa: BLE001  the library is stricter than we are
        pytest.skip(f"the library refuses it: {type(error).__name__}")
    theirs = {(each.name, each.version or "") for each in components_of(bom)}

    assert {(entry.name, entry.version) for entry in read(path).entries} == theirs


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        CORPUS / "sbom" / answer["sbom"]
        for answer in ANSWERS
        if answer.get("format") == "SPDX2 JSON" and answer["components"] < 1_000
    ],
    ids=lambda each: each.name,
)
def test_spdx_2_is_read_as_by_its_own_library(path: Path, tmp_path: Path) -> None:
    """Names and versions of all packages, roots included, where the library reads the document."""
    copy = tmp_path / "bom.spdx.json"
    copy.write_bytes(path.read_bytes())
    try:
        document = parse_file(str(copy))
    except Exception as error:  # noqa: BLE001  the library is stricter than we are
        pytest.skip(f"the library refuses it: {type(error).__name__}")
    inventory = read(path)
    theirs = {(each.spdx_id, each.name) for each in document.packages}

    assert {(each.ref, each.name) for each in (*inventory.entries, *inventory.roots)} == theirs


@pytest.mark.parametrize(("path", "expected"), PUBLIC)
def test_a_public_case_is_read_as_expected(path: Path, expected: dict[str, Any]) -> None:
    """Every answer that concerns reading; matches are another test's."""
    answers = expected.get("any_of", [expected])
    if not any(answer.get("readable", True) for answer in answers):
        check_refusal(path, expected)
        return

    inventory = read(path)

    check_counts(inventory, expected)
    check_problems(inventory, expected)
    check_graph(inventory, expected)
    check_fields(inventory, expected)


def check_refusal(path: Path, expected: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid) as refused:
        read(path)
    assert all(word in refused.value.message for word in expected.get("message_mentions", ()))
    assert refused.value.hint
    if "(14)" in expected.get("place", ""):
        assert refused.value.problems[0].line == 14


def check_counts(inventory: Inventory, expected: dict[str, Any]) -> None:
    counted = len(inventory.entries)
    every = any(each["kind"] == "every_package_is_a_root" for each in expected.get("problems", ()))
    assert counted == expected.get("components", counted) or every
    assert inventory.format == expected.get("format", inventory.format)
    for row in (*expected.get("matches", ()), *expected.get("not_looked_up", ())):
        assert row["component"] in {entry.place for entry in inventory.entries}
    for place in expected.get("looked_up", ()):
        assert place in {entry.place for entry in inventory.entries}
    for text in expected.get("must_not_contain", ()):
        assert text not in str(inventory.entries)


def check_problems(inventory: Inventory, expected: dict[str, Any]) -> None:
    found = [(each.kind.value, each.place, each.value) for each in inventory.problems]
    for problem in expected.get("problems", ()):
        at = problem.get("at")
        for place in at if isinstance(at, list) else [at]:
            assert any(
                kind == problem["kind"] and place in (None, where) and problem.get("value", value) == value
                for kind, where, value in found
            ), problem


def check_graph(inventory: Inventory, expected: dict[str, Any]) -> None:
    refs = {entry.place: entry.ref for entry in (*inventory.roots, *inventory.entries)}
    if "roots" in expected:
        assert [root.place for root in inventory.roots] == expected["roots"]
    if "edges" in expected:
        assert [list(edge) for edge in inventory.edges] == expected["edges"]
    if "external" in expected:
        external = [
            {"document": each.document, "elements": list(each.elements), "in_hand": each.in_hand}
            for each in inventory.external
        ]
        assert external == expected["external"]
    if "cycles" in expected:
        assert (
            sorted([sorted(refs[place] for place in cycle) for cycle in cycles(inventory)])
            == expected["cycles"]
        )
        found = {refs[place] for place in reachable(inventory)}
        assert found >= set(expected["reachable_from_product"])
        assert not found & set(expected["not_reachable"])


def check_fields(inventory: Inventory, expected: dict[str, Any]) -> None:
    entries = {entry.place: entry for entry in inventory.entries}
    assert inventory.document_version == expected.get("document_version", inventory.document_version)
    assert inventory.created_text == expected.get("created_text", inventory.created_text)
    if "created" in expected:
        text = expected["created"]
        assert inventory.created == (datetime.fromisoformat(text) if text else None)
    for place, licences in expected.get("licences", {}).items():
        assert list(entries[place].licences) == licences
    for row in expected.get("cpe", ()):
        check_cpe(entries[row["component"]].cpes[0], row)
    if "vex" in expected and "by" not in expected["vex"][0]:
        statements = [
            {
                "component": each.products[0].product.ref,
                "vulnerability": each.ids[0],
                "status": each.status.value,
            }
            for each in inventory.vex
        ]
        assert statements == expected["vex"]


def check_cpe(text: str, row: dict[str, Any]) -> None:
    cpe = read_cpe(text)
    assert (cpe is not None and cpe.identifies) == row["identifies"]
    if cpe is None:
        with pytest.raises(CpeInvalid, match=row["why"].rpartition(": ")[2]):
            parse_cpe(text)
    elif cpe.identifies:
        assert (cpe.vendor, cpe.product, cpe.version) == (row["vendor"], row["product"], row["version"])
