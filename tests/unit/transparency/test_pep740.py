"""PEP 740 attestations: verified as the bundle that says the same, never on the index's word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.backends import open_backend
from support.virtual_sigstore import NOW, VirtualSigstore, encoded, flipped, statement

from avow.errors import BundleMalformed, SignatureRejected, UnsupportedEvidence
from avow.results import Gap
from avow.stores.containers import bundles_in, claimed_subjects
from avow.stores.local import DirectoryStore
from avow.stores.protocol import Candidate
from avow.transparency.container import is_marked
from avow.transparency.pep740 import as_bundle, attestations_in, is_attestation, is_provenance

PAYLOAD = statement(predicate_type="https://docs.index.example/attestations/publish/v1")


@pytest.fixture(scope="module")
def virtual() -> VirtualSigstore:
    """One Sigstore for all tests."""
    return VirtualSigstore()


def attestation(bundle: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """What an index serves of the v0.3 bundle."""
    material, envelope = bundle["verificationMaterial"], bundle["dsseEnvelope"]
    return {
        "version": 1,
        "verification_material": {
            "certificate": material["certificate"]["rawBytes"],
            "transparency_entries": material["tlogEntries"],
        },
        "envelope": {"statement": envelope["payload"], "signature": envelope["signatures"][0]["sig"]},
    } | changed


def provenance(*attestations: dict[str, Any], publisher: str = "acme/acmelib") -> bytes:
    """What an index serves for one file."""
    group = {"publisher": {"kind": "GitHub", "repository": publisher}, "attestations": list(attestations)}
    return encoded({"version": 1, "attestation_bundles": [group]})


def verified(virtual: VirtualSigstore, found: dict[str, Any]) -> Any:
    """The envelope of an attestation that verifies."""
    return open_backend(virtual.root(), now=NOW).verify(encoded(found), location="a.attestation")


@pytest.mark.parametrize("version", [1, "1"])
def test_an_attestation_verifies_as_the_bundle_does(virtual: VirtualSigstore, version: object) -> None:
    """The statement's bytes and the signer are the certificate's; one index wrote the version as text."""
    signer = virtual.github(repository="acme/acmelib")
    envelope = verified(virtual, attestation(virtual.bundle(PAYLOAD, signer=signer), version=version))

    assert envelope.payload == PAYLOAD
    assert envelope.signer.source_repository == "https://github.com/acme/acmelib"


def test_the_digest_is_that_of_the_attestation(virtual: VirtualSigstore) -> None:
    """Not that of a bundle which nobody has in a file."""
    found = attestation(virtual.bundle(PAYLOAD))
    same = attestation(virtual.bundle(PAYLOAD))

    assert verified(virtual, found).bundle_sha256 != verified(virtual, same).bundle_sha256
    assert verified(virtual, found).bundle_sha256 == verified(virtual, found).bundle_sha256


@pytest.mark.parametrize("version", [2, "2", None, True, 1.5, [1]])
def test_another_version_is_not_judged(virtual: VirtualSigstore, version: object) -> None:
    """Its fields may mean something else; true is not the number one."""
    with pytest.raises(UnsupportedEvidence):
        verified(virtual, attestation(virtual.bundle(PAYLOAD), version=version))


def test_the_type_of_the_payload_is_not_the_attestations_word(virtual: VirtualSigstore) -> None:
    """PEP 740 has no such field; what was signed with the statement is fixed."""
    found = attestation(virtual.bundle(PAYLOAD))
    found["envelope"]["payloadType"] = "text/plain"

    assert as_bundle(found, location="a")["dsseEnvelope"]["payloadType"] == "application/vnd.in-toto+json"


def test_what_calls_itself_a_bundle_is_no_provenance() -> None:
    """Its own fields say how it is verified, whatever else is in it."""
    assert is_provenance({"attestation_bundles": []})
    assert not is_provenance({"mediaType": "application/vnd.example+json", "attestation_bundles": []})


def test_another_statement_is_refused(virtual: VirtualSigstore) -> None:
    """The signature is over the statement's bytes."""
    found = attestation(virtual.bundle(PAYLOAD))
    other = attestation(virtual.bundle(statement({"a": 1})))
    found["envelope"]["statement"] = other["envelope"]["statement"]

    with pytest.raises(SignatureRejected):
        verified(virtual, found)


def test_another_signature_is_refused(virtual: VirtualSigstore) -> None:
    """A flipped bit of it does not verify."""
    found = attestation(virtual.bundle(PAYLOAD))
    found["envelope"]["signature"] = flipped(found["envelope"]["signature"], 40)

    with pytest.raises(SignatureRejected):
        verified(virtual, found)


def test_another_payload_type_is_refused(virtual: VirtualSigstore) -> None:
    """An attestation's statement is signed under in-toto's type; no other can be given."""
    with pytest.raises(SignatureRejected):
        verified(virtual, attestation(virtual.bundle(PAYLOAD, payload_type="text/plain")))


@pytest.mark.parametrize("missing", ["certificate", "statement", "signature"])
def test_what_is_missing_is_missing_in_the_bundle(virtual: VirtualSigstore, missing: str) -> None:
    """It is malformed, and nothing is filled in."""
    found = attestation(virtual.bundle(PAYLOAD))
    found["envelope"].pop(missing, None)
    found["verification_material"].pop(missing, None)

    with pytest.raises(BundleMalformed):
        verified(virtual, found)


@pytest.mark.parametrize("part", ["verification_material", "envelope"])
@pytest.mark.parametrize("value", [None, [], "a", 3])
def test_a_part_of_another_type_is_refused(virtual: VirtualSigstore, part: str, value: object) -> None:
    """As malformed, whatever it is."""
    with pytest.raises(BundleMalformed):
        verified(virtual, attestation(virtual.bundle(PAYLOAD), **{part: value}))


def test_without_a_log_entry_it_is_unsupported(virtual: VirtualSigstore) -> None:
    """As a bundle without one."""
    found = attestation(virtual.bundle(PAYLOAD))
    del found["verification_material"]["transparency_entries"]

    with pytest.raises(UnsupportedEvidence):
        verified(virtual, found)


def test_a_bundle_with_the_names_of_both_is_a_bundle(virtual: VirtualSigstore) -> None:
    """Two readers must not take it for two things."""
    both = virtual.bundle(PAYLOAD) | attestation(virtual.bundle(statement({"a": 1})))

    assert not is_attestation(both)
    with pytest.raises(BundleMalformed):
        verified(virtual, both)


def test_provenance_is_several_candidates(virtual: VirtualSigstore) -> None:
    """Each attestation is one, with its place; the publisher is the index's word and is not in them."""
    one, two = attestation(virtual.bundle(PAYLOAD)), attestation(virtual.bundle(statement({"a": 1})))
    found = list(bundles_in(provenance(one, two), location="a.provenance", named=True))

    assert [each.location for each in found] == [
        "a.provenance#/attestation_bundles/0/attestations/0",
        "a.provenance#/attestation_bundles/0/attestations/1",
    ]
    assert all(isinstance(each, Candidate) and b"publisher" not in each.content for each in found)
    assert all(isinstance(each, Candidate) and is_marked(each.content) for each in found)


def test_provenance_that_nobody_named_is_read_as_well(virtual: VirtualSigstore) -> None:
    """It has no word of a bundle, and is evidence all the same."""
    found = list(bundles_in(provenance(attestation(virtual.bundle(PAYLOAD))), location="a.json", named=False))

    assert len(found) == 1
    assert not isinstance(found[0], Gap)
    assert not found[0].named


def test_what_is_not_an_attestation_is_passed_over() -> None:
    """Whatever else is in the lists does not become a candidate."""
    document: dict[str, Any] = {
        "attestation_bundles": [None, {}, {"attestations": {}}, {"attestations": [1, {"a": 2}]}]
    }

    assert is_provenance(document)
    assert list(attestations_in(document)) == [("/attestation_bundles/3/attestations/1", {"a": 2})]


def test_provenance_without_attestations_is_one_candidate() -> None:
    """Which is then refused with the reason."""
    empty = b'{"version": 1, "attestation_bundles": []}'

    assert [each.location for each in bundles_in(empty, location="a.provenance", named=True)] == [
        "a.provenance"
    ]


def test_the_subjects_that_it_claims(virtual: VirtualSigstore, tmp_path: Path) -> None:
    """An attestation about another artefact is set aside like a bundle about one."""
    found = encoded(attestation(virtual.bundle(PAYLOAD)))
    (tmp_path / "a.sigstore.json").write_bytes(found)

    assert [each.digests[0].value for each in claimed_subjects(found)] == ["ab" * 32]
    assert claimed_subjects(encoded({"verification_material": {}, "envelope": {}})) == ()
    assert len(list(DirectoryStore(tmp_path).find(()))) == 1


def test_only_the_names_change(virtual: VirtualSigstore) -> None:
    """Converted, it is exactly the bundle that it was made from."""
    bundle = virtual.bundle(PAYLOAD)

    assert json.loads(json.dumps(as_bundle(attestation(bundle), location=""))) == bundle
