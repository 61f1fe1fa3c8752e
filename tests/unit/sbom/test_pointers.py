"""What an SBOM says about declarations, read back."""

from __future__ import annotations

from typing import Any, Final

import pytest
from support.embedded import (
    BUNDLE,
    PAYLOAD,
    URL,
    sbom,
)

from avow.sbom import read_sbom
from avow.sbom.fields import LINK_TYPES, Form, Link, pointer_digest
from avow.sbom.inventory import DocumentProblem, Entry, Inventory, ProblemKind, Reference, StatedDigest
from avow.sbom.pointers import SbomPointer, mirrors, pointers
from avow.statement.types import PREDICATE_TYPE


def inventory(
    *entries: Entry,
    roots: tuple[Entry, ...] = (),
    references: tuple[Reference, ...] = (),
    format_: str = "CycloneDX JSON 1.6",
    problems: tuple[DocumentProblem, ...] = (),
) -> Inventory:
    """An inventory with these entries."""
    return Inventory(
        source="a.json",
        sha256="",
        format=format_,
        entries=entries,
        roots=roots,
        references=references,
        problems=problems,
    )


COMMENT: Final = f"in-toto {PREDICATE_TYPE}"


def reference(kind: str = "attestation", **changed: Any) -> Reference:
    """A pointer as an inventory has it."""
    known: dict[str, Any] = {"url": URL, "comment": COMMENT}
    return Reference(kind=kind, **(known | changed))


def digest(algorithm: str = "sha256", value: str = BUNDLE) -> StatedDigest:
    """One that a reference states."""
    return StatedDigest(algorithm=algorithm, value=value)


SHA256: Final = (digest(),)


def test_a_pointer_is_read_back() -> None:
    """With its properties."""
    without = Entry(place="/components/1", references=(reference("vcs"),))
    entry = Entry(
        place="/components/0",
        name="acmelib",
        version="2.4.1",
        purl="pkg:pypi/acmelib@2.4.1",
        references=(reference(digests=SHA256), reference("vcs")),
        properties=(
            ("avow:payloadSha256", PAYLOAD),
            ("avow:validUntil", "2028-11-20T12:00:00Z"),
            ("avow:lookedAt", "2026-11-20T12:00:00Z"),
        ),
    )
    assert pointers(inventory(entry, without)) == (
        SbomPointer(
            place="/components/0",
            name="acmelib",
            version="2.4.1",
            purl="pkg:pypi/acmelib@2.4.1",
            url=URL,
            predicate_type=PREDICATE_TYPE,
            sha256=BUNDLE,
            payload_sha256=PAYLOAD,
            valid_until="2028-11-20T12:00:00Z",
            looked_at="2026-11-20T12:00:00Z",
            kind="attestation",
            comment=COMMENT,
        ),
    )


TABLE: Final = {
    "CycloneDX JSON 1.5": "attestation",
    "CycloneDX XML 1.7": "attestation",
    "SPDX JSON 2.3": "declared-practices",
    "SPDX tag-value 2.3": "declared-practices",
    "SPDX 3.0.1 JSON-LD": "secureSoftwareAttestation",
}


@pytest.mark.parametrize(("format_", "kind"), TABLE.items())
def test_the_type_of_the_format(format_: str, kind: str) -> None:
    """Each format has one, and that of another format is another attestation."""
    for each in dict.fromkeys(TABLE.values()):
        (found,) = pointers(inventory(Entry(place="x", references=(reference(each),)), format_=format_))
        assert (found.predicate_type, found.kind) == (PREDICATE_TYPE if each == kind else "", each)


@pytest.mark.parametrize("format_", ["CycloneDX JSON 1.4", "SPDX JSON 2.2", "SPDX 3.1.0 JSON-LD", ""])
def test_formats_without_a_pointer(format_: str) -> None:
    """What looks like one is another attestation there."""
    entry = Entry(place="x", references=tuple(map(reference, dict.fromkeys(TABLE.values()))))
    assert {each.predicate_type for each in pointers(inventory(entry, format_=format_))} == {""}


@pytest.mark.parametrize("format_", ["SPDX JSON 2.3", "SPDX 3.0 JSON-LD"])
def test_a_digest_in_the_comment(format_: str) -> None:
    """As the formats have it that lack a field."""
    comment = f"{COMMENT} sha256:{BUNDLE}"
    kinds = ("declared-practices", "secureSoftwareAttestation")
    entry = Entry(place="x", references=tuple(reference(each, comment=comment) for each in kinds))
    found = pointers(inventory(entry, format_=format_))
    assert [each.sha256 for each in found if each.predicate_type] == [BUNDLE]


@pytest.mark.parametrize(
    "changed",
    [
        {"comment": ""},
        {"comment": "provenance"},
        {"comment": COMMENT.replace("v0.1", "v0.2")},
        {"comment": f"{COMMENT}, see it"},
        {"comment": f"{COMMENT} sha256:{BUNDLE}"},
        {"url": "javascript:alert(1)"},
        {"url": "file:///etc/passwd"},
        {"url": "bundles/a.json"},
        {"url": "https:///a"},
        {"digests": (digest("sha512", "ab" * 64),)},
        {"digests": (digest(), digest(value="cd" * 32))},
    ],
)
def test_what_is_only_like_a_pointer(changed: dict[str, Any]) -> None:
    """A pointer has the very comment, a web address, and a whole digest or none; the rest is not one."""
    (found,) = pointers(inventory(Entry(place="x", references=(reference(**changed),))))
    assert (found.predicate_type, found.comment) == ("", changed.get("comment", COMMENT))


def test_one_digest_twice_and_beside_another() -> None:
    """It is the same; the other algorithm says nothing against it."""
    (found,) = pointers(
        inventory(
            Entry(place="x", references=(reference(digests=(digest(), digest(), digest("sha512", "a"))),))
        )
    )
    assert (found.predicate_type, found.sha256) == (PREDICATE_TYPE, BUNDLE)


def test_a_digest_that_can_not_be_read() -> None:
    """A pointer without one is another thing, so none of the component is taken for it."""
    problem = DocumentProblem(ProblemKind.BAD_DIGEST, "/components/1/externalReferences/0/hashes/0", "x")
    one = Entry(place="/components/1", references=(reference(), reference(digests=SHA256)))
    other = Entry(place="/components/10", references=(reference(),))
    found = pointers(inventory(one, other, problems=(problem,)))
    assert [bool(each.predicate_type) for each in found] == [False, True, True]


def test_properties_belong_to_pointers_in_order() -> None:
    """And to none if their numbers differ; pointers without a digest and other attestations have none."""
    both = (
        reference(digests=SHA256),
        reference(url="https://c.example/c"),
        reference(digests=SHA256, comment="other"),
        reference(url="https://b.example/b", digests=SHA256),
    )
    first, second = "1" * 64, "2" * 64
    two = Entry(
        place="x", references=both, properties=(("avow:payloadSha256", first), ("avow:payloadSha256", second))
    )
    one = Entry(place="y", references=both, properties=(("avow:payloadSha256", first),))
    found = [each.payload_sha256 for each in pointers(inventory(two, one))]
    assert found == [first, "", "", second, "", "", "", ""]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("avow:payloadSha256", "zz"),
        ("avow:payloadSha256", "AB" * 32),
        ("avow:validUntil", "tomorrow"),
        ("avow:lookedAt", "2026-11-20"),
        ("avow:other", "x"),
    ],
)
def test_a_value_that_is_not_of_its_form(name: str, value: str) -> None:
    """It is left out, and the pointer stays one."""
    entry = Entry(place="x", references=(reference(digests=SHA256),), properties=((name, value),))
    (found,) = pointers(inventory(entry))
    assert (found.payload_sha256, found.valid_until, found.looked_at) == ("", "", "")
    assert found.predicate_type


def test_references_of_the_document_are_no_pointers() -> None:
    """They are about no component; those of the root are not listed twice."""
    root = Entry(place="/metadata/component", references=(reference(),))
    other = reference(url="https://b.example/b")
    found = pointers(inventory(roots=(root,), references=(reference(), other)))
    assert [(each.place, each.url, bool(each.predicate_type)) for each in found] == [
        ("/metadata/component", URL, True),
        ("", "https://b.example/b", False),
    ]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (URL, "acmelib-2.4.1.practices.sigstore.json"),
        ("https://a.example/x%2By%20z.json?raw=1#top", "x+y z.json"),
        ("https://a.example/%ff%zz", "\ufffd%zz"),
        ("https://a.example/", ""),
        ("a.json", "a.json"),
    ],
)
def test_the_file_name_of_a_url(url: str, name: str) -> None:
    """Without query and fragment, and with its escapes resolved."""
    assert SbomPointer(place="", name="", version="", purl="", url=url, predicate_type="").file_name == name


def test_a_digest_decides_and_a_name_proposes() -> None:
    """A bundle with another digest is not meant, whatever its name is."""
    by_name = SbomPointer(place="", name="", version="", purl="", url=URL, predicate_type="")
    by_digest = SbomPointer(place="", name="", version="", purl="", url=URL, predicate_type="", sha256=BUNDLE)
    name = "acmelib-2.4.1.practices.sigstore.json"
    assert by_name.leads_to(name, "00" * 32)
    assert not by_name.leads_to("", BUNDLE)
    assert by_digest.leads_to("renamed.json", BUNDLE)
    assert not by_digest.leads_to(name, "00" * 32)


def test_an_address_without_a_file_leads_to_no_nameless_bundle() -> None:
    """Two names that are missing are not one name."""
    url = "https://acme.example/"
    found = SbomPointer(place="", name="", version="", purl="", url=url, predicate_type="")
    assert found.file_name == ""
    assert not found.leads_to("", BUNDLE)


def test_mirrors_are_read_back() -> None:
    """By their comment and type; the end of support has no room for a mark."""
    date = (("cdx:lifecycle:milestone:endOfSupport", "2029-06-30"),)
    copied = Reference(kind="vcs", url="https://acme.example/git", comment="declared-practices SRC-01")
    mail = Reference(kind="security-contact", url="mailto:a@b.example", comment="declared-practices VUL-01")
    others = (
        Reference(kind="website", url="https://acme.example/git", comment="declared-practices SRC-01"),
        Reference(kind="vcs", url="https://acme.example/git", comment="declared-practices XXX-99"),
        Reference(kind="vcs", url="https://acme.example/git", comment="declared-practices SRC-01 more"),
        Reference(kind="vcs", url="git@acme.example:lib", comment="declared-practices SRC-01"),
    )
    entry = Entry(place="x", references=(reference(), copied, mail, *others), properties=date)
    assert [(each.place, each.practice, each.kind, each.value) for each in mirrors(inventory(entry))] == [
        ("x", "SRC-01", "vcs", "https://acme.example/git"),
        ("x", "VUL-01", "security-contact", "mailto:a@b.example"),
    ]
    assert mirrors(inventory(entry, format_="CycloneDX JSON 1.4")) == ()


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "in-toto https://slsa.dev/provenance/v1",
        f"in-toto {PREDICATE_TYPE} sha256:AB",
        f" in-toto {PREDICATE_TYPE}",
    ],
)
def test_a_comment_that_is_not_ours(comment: str) -> None:
    """It has to be the very text."""
    assert {pointer_digest(comment, form=form) for form in Form} == {None}


def test_every_link_has_a_type_in_some_format() -> None:
    """And a pointer in each."""
    assert all(Link.DECLARATION in types for types in LINK_TYPES.values())
    assert {link for types in LINK_TYPES.values() for link in types} == set(Link)


@pytest.mark.parametrize("single", [False, True])
def test_an_address_of_spdx_3_with_a_list_or_without(*, single: bool) -> None:
    """Its schema allows both."""
    link = {
        "type": "ExternalRef",
        "externalRefType": "secureSoftwareAttestation",
        "locator": URL if single else [URL],
        "comment": COMMENT,
    }
    data = sbom("spdx_3", externalRef=link if single else [link])
    (found,) = pointers(read_sbom(data, source="a.json"))
    assert (found.url, found.predicate_type) == (URL, PREDICATE_TYPE)
