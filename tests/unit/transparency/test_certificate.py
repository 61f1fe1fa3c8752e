"""A certificate's claims are read completely and exactly, or the certificate is refused."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from support.virtual_sigstore import GITHUB_ISSUER, VirtualSigstore

from avow.errors import SignatureRejected
from avow.transparency.certificate import signer_of


@pytest.fixture(scope="module")
def virtual() -> VirtualSigstore:
    """One instance for all."""
    return VirtualSigstore()


def test_every_extension_has_its_field(virtual: VirtualSigstore) -> None:
    """.9 to .22 have different values, so that a swapped field is noticed."""
    values = {number: f"value {number}" for number in range(9, 23)}
    extensions = {number: asn1.encode_der(value) for number, value in values.items()}

    signer = signer_of(virtual.github(certificate={"extensions": extensions}).certificate)

    assert signer.model_dump(exclude={"issuer", "san", "san_type"}) == {
        "build_signer_uri": "value 9",
        "build_signer_digest": "value 10",
        "runner_environment": "value 11",
        "source_repository": "value 12",
        "source_digest": "value 13",
        "source_ref": "value 14",
        "source_repository_id": "value 15",
        "source_owner": "value 16",
        "source_owner_id": "value 17",
        "build_config_uri": "value 18",
        "build_config_digest": "value 19",
        "build_trigger": "value 20",
        "run_invocation_uri": "value 21",
        "source_visibility": "value 22",
    }


def test_a_workflow_is_named_by_uri(virtual: VirtualSigstore) -> None:
    """The subject is the workflow, the issuer is the forge's."""
    signer = signer_of(virtual.github(certificate={"issuer": GITHUB_ISSUER}).certificate)

    assert signer.san_type == "uri"
    assert signer.san == "https://github.com/acme/acmelib/.github/workflows/release.yml@refs/tags/v1.0"
    assert signer.issuer == GITHUB_ISSUER
    assert signer.is_ci


def test_a_person_is_named_by_address(virtual: VirtualSigstore) -> None:
    """Without workflow extensions it is not CI."""
    signer = signer_of(virtual.person("dev@example.org").certificate)

    assert (signer.san, signer.san_type, signer.is_ci) == ("dev@example.org", "email", False)


def test_another_name_is_read_as_text(virtual: VirtualSigstore) -> None:
    """Fulcio's own kind of name, with DER inside."""
    name = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7"), asn1.encode_der("me!example.org"))

    signer = signer_of(virtual.person(names=[name]).certificate)

    assert (signer.san, signer.san_type) == ("me!example.org", "otherName")


@pytest.mark.parametrize("number", [1, 8])
def test_one_issuer_extension_is_enough(number: int, virtual: VirtualSigstore) -> None:
    """Old certificates have only .1; a CA may drop .1 in future."""
    signer = virtual.person(extensions={number: None})

    assert signer_of(signer.certificate).issuer == virtual.url


def test_two_issuers_must_agree(virtual: VirtualSigstore) -> None:
    """Some readers use .1, others .8."""
    signer = virtual.person(extensions={1: b"https://elsewhere.example"})

    with pytest.raises(SignatureRejected, match="two issuers"):
        signer_of(signer.certificate)
