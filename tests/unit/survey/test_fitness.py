"""How fit an SBOM is: every field is counted where it is, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace as changed

from avow.record import FitnessCount
from avow.sbom.inventory import Entry, Inventory, Reference, StatedDigest
from avow.survey.fitness import fitness

BARE = Entry(place="/components/0", name="anvil")


def counted(*entries: Entry, **about: Any) -> dict[str, FitnessCount]:
    """The counts of an SBOM with these entries, by field."""
    known: dict[str, Any] = {"source": "a", "sha256": "0" * 64, "format": "CycloneDX JSON 1.6"}
    found = fitness(Inventory(**known | {"entries": entries} | about))
    assert len({each.field for each in found}) == len(found)
    return {each.field: each for each in found}


def digest(algorithm: str) -> dict[str, Any]:
    """An entry's stated digest."""
    return {"digests": (StatedDigest(algorithm, "00"),)}


def link(kind: str) -> dict[str, Any]:
    """An entry's link."""
    return {"references": (Reference(kind, "https://acme.example/"),)}


SHA512 = "hash of the deployable component (SHA-512)"
OTHER_SHA = "hash (SHA-256, SHA-384 or SHA-3)"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("component version", {"version": "1.0"}),
        ("component version", {"purl": "pkg:npm/anvil@1.0"}),
        ("component version", {"purl": "pkg:npm/%40acme/anvil@1.0?arch=arm#a/b"}),
        ("component creator", {"supplier": "Acme"}),
        ("other unique identifiers", {"purl": "pkg:npm/anvil"}),
        ("other unique identifiers", {"cpes": ("cpe:2.3:a:acme:anvil:1:*:*:*:*:*:*:*",)}),
        (SHA512, digest("sha512")),
        (OTHER_SHA, digest("sha256")),
        (OTHER_SHA, digest("sha3_512")),
        ("hash (SHA-1 or MD5)", digest("md5")),
        ("licences", {"licences": ("MIT",)}),
        ("source code URI", link("vcs")),
        ("source code URI", link("source-distribution")),
        ("URI of the deployable form", link("distribution")),
        ("URI of the deployable form", link("download")),
    ],
)
def test_a_field_is_counted(field: str, given: dict[str, Any]) -> None:
    """One entry has it and one does not; the cause says why it may be missing."""
    found = counted(BARE, changed(BARE, place="/components/1", **given))[field]
    assert (found.have, found.of) == (1, 2)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("component version", {"purl": "pkg:npm/anvil?vcs_url=git@acme.example:a"}),
        ("component version", {"purl": "pkg:npm/@acme/anvil"}),
        (SHA512, digest("sha256")),
        (OTHER_SHA, digest("sha1")),
        ("source code URI", link("website")),
        ("URI of the deployable form", link("vcs")),
    ],
)
def test_what_is_something_else_is_not_counted(field: str, given: dict[str, Any]) -> None:
    """A weaker digest, another link, or an `@` that begins no version."""
    assert counted(changed(BARE, **given))[field].have == 0


def test_an_entry_without_a_name() -> None:
    """It could not be read, and counts as one that has nothing."""
    found = counted(BARE, Entry(place="/components/1", unusable=True))["component name"]
    assert (found.have, found.of) == (1, 2)
    assert found.cause == "entries that could not be read have no name"


def test_dependencies_are_edges_to_or_from_an_entry() -> None:
    """One end is enough."""
    entries = [changed(BARE, place=f"/components/{number}") for number in range(3)]
    found = counted(*entries, edges=(("/components/0", "/components/2"),))["dependencies"]
    assert (found.have, found.of) == (2, 3)


@pytest.mark.parametrize(
    ("field", "about"),
    [
        ("SBOM creator", {"generators": ("made-up 1.0",)}),
        ("SBOM creator", {"authors": ("Acme",)}),
        ("SBOM creator", {"supplier": "Acme"}),
        ("timestamp", {"created": datetime(2026, 11, 20, tzinfo=UTC)}),
        ("SBOM-URI", {"identifier": "urn:uuid:1"}),
    ],
)
def test_what_the_sbom_says_about_itself(field: str, about: dict[str, Any]) -> None:
    """It has it or not; a cause is named only where it is missing."""
    without, having = counted(BARE)[field], counted(BARE, **about)[field]
    assert ((without.have, without.of), (having.have, having.of)) == ((0, 1), (1, 1))
    assert (without.cause, having.cause) == ("the generator does not write it", "")


def test_an_empty_sbom() -> None:
    """Nothing of nothing, and nothing is missing."""
    found = counted()["component name"]
    assert (found.have, found.of, found.cause) == (0, 0, "")
