"""security.txt according to RFC 9116."""

from __future__ import annotations

from typing import Any

import pytest

from avow.drafting.found import Document
from avow.drafting.readers.security_txt import is_security_txt, read_security_txt

FIELDS = """\
# comment
Contact: mailto:security@acme.dev
Contact: https://github.com/acme/lib/security/advisories/new
Contact: https://acme.dev/report
Contact: tel:+49-30-1
Contact: mailto:security@example.com
Expires: 2027-06-01T00:00:00Z
Encryption: https://acme.dev/key.asc
Preferred-Languages: en, de
Policy: https://acme.dev/policy
Canonical: https://acme.dev/.well-known/security.txt
CSAF: https://acme.dev/provider-metadata.json
Hiring: https://acme.dev/jobs
Policy: not an address
"""


def test_fields(reads: Any) -> None:
    """Each field becomes the right fact."""
    found = reads(read_security_txt, FIELDS, path=".well-known/security.txt")

    assert [contact["kind"] for value in found.fact("VUL-01", "contacts") for contact in value] == [
        "email",
        "forgePrivateReport",
        "web",
    ]
    assert found.fact("VUL-01", "privateReporting") == [True]
    assert found.fact("VUL-01", "securityTxtExpires") == ["2027-06-01"]
    assert found.fact("VUL-01", "languages") == [["en", "de"]]
    assert found.fact("VUL-01", "securityTxtUrl") == ["https://acme.dev/.well-known/security.txt"]
    assert found.fact("VUL-02", "policyUrl") == ["https://acme.dev/policy"]
    assert found.fact("VUL-04", "feeds") == [
        [{"kind": "csafProvider", "url": "https://acme.dev/provider-metadata.json"}]
    ]
    assert len(found.left_out) == 4


def test_an_expired_file_yields_nothing(reads: Any) -> None:
    """RFC 9116 5.3: stale information is worse than none."""
    found = reads(read_security_txt, "Contact: mailto:a@acme.dev\nExpires: 2020-01-01T00:00:00Z\n")

    assert found.reading.found == ()
    assert "expired on 2020-01-01" in found.left_out[0]


def test_expiry_is_required_and_must_be_a_date(reads: Any) -> None:
    """Both are reported; the contact still counts."""
    assert (
        "Expires, which RFC 9116 requires"
        in reads(read_security_txt, "Contact: mailto:a@acme.dev\n").left_out[0]
    )
    assert (
        "is not a date and time"
        in reads(read_security_txt, "Contact: mailto:a@acme.dev\nExpires: soon\n").left_out[0]
    )


def test_the_signed_form(reads: Any) -> None:
    """The armour is skipped, its headers are not fields, and the signature is not read."""
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nContact: mailto:a@acme.dev\n"
        "- Expires: 2027-01-01T00:00:00Z\n-----BEGIN PGP SIGNATURE-----\nContact: mailto:b@acme.dev\n"
    )
    found = reads(read_security_txt, text)

    assert found.fact("VUL-01", "contacts") == [[{"kind": "email", "value": "a@acme.dev"}]]
    assert found.lines("VUL-01", "contacts") == ["a.md:4"]
    assert found.left_out == []


def test_many_spaces_cost_little(reads: Any) -> None:
    """A line of spaces does not stall the reader."""
    reads(read_security_txt, "Contact: a" + " " * 500_000 + "b")


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (".well-known/security.txt", "Contact: x", True),
        ("web/.well-known/Security.txt", "- Contact: x", True),
        ("security.txt", "nothing", False),
        ("other.txt", "Contact: x", False),
    ],
)
def test_which_files_are_recognised(path: str, text: str, expected: bool) -> None:  # noqa: FBT001  expectation
    """It needs the name and a contact."""
    assert is_security_txt(Document(path=path, data=text.encode())) is expected


@pytest.mark.parametrize(
    "path", ["tests/data/security.txt", "examples/.well-known/security.txt", "a/fixtures/security.txt"]
)
def test_files_of_tests_and_examples(path: str) -> None:
    """They are about nothing."""
    assert not is_security_txt(Document(path=path, data=b"Contact: mailto:security@acme.dev"))


@pytest.mark.parametrize("contact", ["https://github.com/acme/lib/issues", "mailto:users@acme.dev"])
def test_a_public_contact(reads: Any, contact: str) -> None:
    """It is left out, with the reason."""
    found = reads(read_security_txt, f"Contact: {contact}\n", path=".well-known/security.txt")

    assert found.fact("VUL-01", "contacts") == []
    assert any("public" in why for why in found.left_out)
