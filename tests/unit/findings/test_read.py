"""Files are recognised by content; what is not read is refused with what to export instead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.errors import InputInvalid
from avow.findings import read as reading
from avow.findings.read import FORMATS, NOT_READ, read_findings
from avow.findings.statements import FindingsFile
from avow.sbom.inventory import Inventory

OPENVEX = {"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}


def sbom(data: bytes, *, source: str) -> Inventory:
    assert data
    return Inventory(source=source, sha256="", format="CycloneDX", entries=())


def read(document: Any) -> FindingsFile:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_findings(data, source="f", read_sbom=sbom)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (OPENVEX, "OpenVEX 0.2.0"),
        ({"document": {"csaf_version": "2.0"}}, "CSAF 2.0"),
        ({"meta": {"application": "Dependency-Track"}, "version": "1.0"}, "Dependency-Track FPF 1.0"),
        ([{"component": {}, "vulnerability": {}}], "Dependency-Track findings (API)"),
        ({"results": []}, "OSV-Scanner"),
        ({"bomFormat": "CycloneDX"}, "CycloneDX"),
        (b"\xef\xbb\xbf<bom/>", "CycloneDX"),
        (b"SPDXVersion: SPDX-2.3\n", "CycloneDX"),
    ],
)
def test_a_file_is_recognised_by_its_content(document: Any, expected: str) -> None:
    """Never by its name, which is the same for all."""
    assert read(document).format == expected


@pytest.mark.parametrize(
    ("document", "names"),
    [
        (OPENVEX | {"bomFormat": "CycloneDX"}, "an SBOM and OpenVEX"),
        ({"bomFormat": "cyclonedx", "results": []}, "an SBOM and OSV-Scanner"),
        (OPENVEX | {"document": {"csaf_version": "2.0"}}, "CSAF 2.0 and OpenVEX"),
        (
            {"findings": [], "project": {}, "results": []},
            r"Dependency-Track findings \(FPF\) and OSV-Scanner",
        ),
    ],
)
def test_two_formats_in_one_file_are_refused(document: Any, names: str) -> None:
    """Reading the one would pass over what the other says."""
    with pytest.raises(InputInvalid, match=f"f is {names}.* at once"):
        read(document)


def test_utf_16_is_read() -> None:
    """A Windows shell writes it."""
    assert read(json.dumps(OPENVEX).encode("utf-16")).format == "OpenVEX 0.2.0"


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ([{"policyCondition": {}}], "policy violations"),
        ({"runs": [], "version": "2.1.0"}, "SARIF"),
        ({"matches": [], "descriptor": {}}, "Grype"),
        ({"SchemaVersion": 2, "Results": []}, "Trivy"),
        ({"auditReportVersion": 2}, "npm audit"),
        ({"dependencies": [], "fixes": []}, "pip-audit"),
        ({"payload": "", "payloadType": "", "signatures": []}, "DSSE"),
        ({"_type": "", "predicateType": ""}, "in-toto"),
        ({"id": "GHSA-1", "affected": []}, "OSV record"),
    ],
)
def test_other_formats_are_recognised_and_say_what_to_export(document: Any, name: str) -> None:
    """A format that is not read has a way to one that is."""
    with pytest.raises(InputInvalid, match=f"{name}.* not read here") as refused:
        read(document)
    assert refused.value.hint in {each.instead for each in NOT_READ}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (["not", "a"], 'it is a list, which begins with "not"'),
        ([], "it is an empty list"),
        ({}, "it is an empty object"),
        ({"a": 1, "b": 2}, 'it is an object with the keys "a", "b"'),
        (b"", "it is empty"),
        (b"id;cve\n", "it is neither JSON nor XML"),
    ],
)
def test_what_is_not_recognised_is_described(document: Any, reason: str) -> None:
    """The hint lists what is read."""
    with pytest.raises(InputInvalid, match=reason) as refused:
        read(document)
    assert all(each.name in refused.value.hint for each in FORMATS)


@pytest.mark.parametrize("data", [b"{", b'{"a":1,"a":2}', b'["\xff"]'])
def test_broken_json_is_refused(data: bytes) -> None:
    """With the place, as for every large document."""
    with pytest.raises(InputInvalid):
        read(data)


def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never cut."""
    monkeypatch.setattr(reading, "MAX_BYTES", 3)
    with pytest.raises(InputInvalid, match="4 bytes; at most 3"):
        read(b"{  }")
    with pytest.raises(InputInvalid, match="4 bytes; at most 3"):
        read(b"<a/>")


KEYS = [
    *("vulnerability", "vulnId", "aliases", "component", "name", "purl", "analysis", "isSuppressed"),
    *(
        "packages",
        "package",
        "vulnerabilities",
        "groups",
        "ids",
        "id",
        "affected",
        "ranges",
        "events",
        "severity",
    ),
    *("products", "subcomponents", "@id", "hashes", "status", "identifiers", "timestamp"),
    *("branches", "product", "product_id", "relationships", "full_product_name", "product_reference", "cve"),
    *(
        "relates_to_product_reference",
        "product_status",
        "fixed",
        "flags",
        "label",
        "product_ids",
        "group_ids",
    ),
]

ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "A", "CVE-2099-1", "pkg:npm/a"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(value=ANY, extra=ANY)
@pytest.mark.parametrize(
    ("frame", "key"),
    [
        ({"version": "1.0", "project": {}}, "findings"),
        ({}, "results"),
        (OPENVEX, "statements"),
        ({"document": {"csaf_version": "2.0"}}, "product_tree"),
        ({"document": {"csaf_version": "2.0"}}, "vulnerabilities"),
    ],
)
def test_no_shape_of_a_field_ends_the_program(
    frame: dict[str, Any], key: str, value: Any, extra: Any
) -> None:
    """A file is read, or refused as not recognised."""
    try:
        read(frame | {key: [value, extra] if key != "product_tree" else value})
    except InputInvalid as refused:
        assert refused.hint  # noqa: PT017  which of the two happens depends on the example
