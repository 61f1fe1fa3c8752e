"""The tests' Sigstore mints what it claims: honest bundles verify elsewhere, each problem is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from sigstore.errors import Error
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity
from sigstore_models.trustroot.v1 import TrustedRoot as RootModel
from support.virtual_sigstore import (
    GITHUB_ISSUER,
    NOW,
    V01,
    V02,
    V03,
    VirtualSigstore,
    checkpoint_again,
    duplicated,
    encoded,
    first_entry,
    flipped,
    merged,
    promise_again,
    statement,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PERSON = "maintainer@example.org"
SHAPES = [(1, False), (1, True), (2, True)]


def verify(bundle: dict[str, Any], virtual: VirtualSigstore, *, root: bytes | None = None) -> None:
    """The verdict of sigstore-python on a bundle by a person."""
    trusted = TrustedRoot(RootModel.from_json((root or virtual.root()).decode()))
    policy = Identity(identity=PERSON, issuer=virtual.url)
    parsed = Bundle.from_json(encoded(bundle).decode())
    if "messageSignature" in bundle:
        Verifier(trusted_root=trusted).verify_artifact(b"artefact", parsed, policy)
    else:
        Verifier(trusted_root=trusted).verify_dsse(parsed, policy)


@pytest.mark.parametrize("media_type", [V01, V02, V03])
@pytest.mark.parametrize(("rekor", "tsa"), SHAPES)
def test_honest_bundles_verify(rekor: Any, *, tsa: bool, media_type: str, virtual: VirtualSigstore) -> None:
    """Each form and version, for a statement and for an artefact's own digest."""
    if rekor == 2 and media_type == V01:
        media_type = V03  # version 0.1 demands a promise, which Rekor v2 does not make
    verify(virtual.bundle(statement(), rekor=rekor, tsa=tsa, media_type=media_type), virtual)
    verify(virtual.message_bundle(b"artefact", rekor=rekor, tsa=tsa, media_type=media_type), virtual)


@pytest.mark.parametrize("growth", [0, 1, 5, 64])
def test_proofs_hold_for_later_tree_heads(growth: int, virtual: VirtualSigstore) -> None:
    """So that a proof has siblings on both sides."""
    verify(virtual.bundle(statement(), growth=growth), virtual)
    verify(virtual.bundle(statement(), rekor=2, growth=growth), virtual)


def test_old_bundles_verify(virtual: VirtualSigstore) -> None:
    """Certificate, entry and timestamp of a year ago, inside the root's windows."""
    then = NOW - timedelta(days=365)
    signer = virtual.person(at=then)
    later = then + timedelta(minutes=5)
    bundle = virtual.bundle(statement(), signer=signer, tsa=True, logged_at=later, stamped_at=later)

    verify(bundle, virtual)
    assert int(first_entry(bundle)["integratedTime"]) == int(later.timestamp())


def test_two_roots_can_be_one(virtual: VirtualSigstore) -> None:
    """A verifier may trust several instances."""
    other = VirtualSigstore()
    root = encoded(merged(virtual.trusted_root(), other.trusted_root()))

    verify(virtual.bundle(statement()), virtual, root=root)
    verify(other.bundle(statement()), other, root=root)


def _foreign_authority(virtual: VirtualSigstore) -> dict[str, Any]:
    return virtual.bundle(statement(), signer=VirtualSigstore().person())


def _foreign_ct_log(virtual: VirtualSigstore) -> dict[str, Any]:
    log = VirtualSigstore().authority.ct_log
    return virtual.bundle(statement(), signer=virtual.person(ct_log=log))


def _bad_promise(virtual: VirtualSigstore) -> dict[str, Any]:
    bundle = virtual.bundle(statement())
    promise_again(first_entry(bundle), VirtualSigstore().rekor_v1)
    return bundle


def _bad_checkpoint(virtual: VirtualSigstore) -> dict[str, Any]:
    bundle = virtual.bundle(statement())
    checkpoint_again(first_entry(bundle), VirtualSigstore().rekor_v1)
    return bundle


def _other_tree_head(virtual: VirtualSigstore) -> dict[str, Any]:
    bundle = virtual.bundle(statement())
    checkpoint_again(first_entry(bundle), virtual.rekor_v1, root=bytes(32))
    return bundle


def _bad_proof(virtual: VirtualSigstore) -> dict[str, Any]:
    bundle = virtual.bundle(statement())
    hashes = first_entry(bundle)["inclusionProof"]["hashes"]
    hashes[0] = flipped(hashes[0])
    return bundle


def _entry_of_another(virtual: VirtualSigstore) -> dict[str, Any]:
    signer = virtual.person()
    other = virtual.entry(virtual.envelope(b"{}", signer), signer)
    return virtual.assemble(virtual.envelope(statement(), signer), signer, entries=[other])


def _stamp_of_another(virtual: VirtualSigstore) -> dict[str, Any]:
    signer = virtual.person()
    envelope = virtual.envelope(statement(), signer)
    return virtual.assemble(
        envelope,
        signer,
        entries=[virtual.entry(envelope, signer, rekor=2)],
        timestamps=[virtual.timestamp("AAAA")],
    )


def _stamp_by_another(virtual: VirtualSigstore) -> dict[str, Any]:
    signer = virtual.person()
    envelope = virtual.envelope(statement(), signer)
    return virtual.assemble(
        envelope,
        signer,
        entries=[virtual.entry(envelope, signer, rekor=2)],
        timestamps=[VirtualSigstore().timestamp(envelope["signatures"][0]["sig"])],
    )


def _intoto_entry(virtual: VirtualSigstore) -> dict[str, Any]:
    signer = virtual.person()
    envelope = virtual.envelope(statement(), signer)
    return virtual.assemble(envelope, signer, entries=[virtual.entry(envelope, signer, kind="intoto")])


def _two_entries(virtual: VirtualSigstore) -> dict[str, Any]:
    signer = virtual.person()
    envelope = virtual.envelope(statement(), signer)
    return virtual.assemble(envelope, signer, entries=[virtual.entry(envelope, signer) for _ in range(2)])


@pytest.mark.parametrize(
    "mint",
    [
        _foreign_authority,
        _foreign_ct_log,
        _bad_promise,
        _bad_checkpoint,
        _other_tree_head,
        _bad_proof,
        _entry_of_another,
        _stamp_of_another,
        _stamp_by_another,
        _intoto_entry,
        _two_entries,
        pytest.param(lambda v: v.bundle(statement(), rekor=None, tsa=True), id="no entry"),
        pytest.param(
            lambda v: v.bundle(statement(), logged_at=NOW + timedelta(hours=1)), id="logged too late"
        ),
        pytest.param(
            lambda v: v.bundle(statement(), rekor=2, stamped_at=NOW - timedelta(hours=1)),
            id="stamped too early",
        ),
        pytest.param(lambda v: v.bundle(statement(), signer=v.person(ct_timestamps=0)), id="no CT timestamp"),
        pytest.param(
            lambda v: v.bundle(statement(), signer=v.person(ct_timestamps=2)), id="two CT timestamps"
        ),
        pytest.param(lambda v: v.bundle(statement(), signer=v.managed_key()), id="a managed key"),
        pytest.param(lambda v: v.bundle(statement(), signer=v.person("eve@example.org")), id="somebody else"),
        pytest.param(
            lambda v: v.bundle(statement(), signer=v.person(issuer=GITHUB_ISSUER)), id="another issuer"
        ),
        pytest.param(
            lambda v: v.bundle(statement(), signer=v.person(extensions={1: None, 8: None})), id="no issuer"
        ),
    ],
)
def test_problems_are_problems(
    mint: Callable[[VirtualSigstore], dict[str, Any]], virtual: VirtualSigstore
) -> None:
    """Stock sigstore-python refuses them, so tests with them are meaningful."""
    with pytest.raises(Error):
        verify(mint(virtual), virtual)


def test_windows_are_written_into_the_root(virtual: VirtualSigstore) -> None:
    """Each element's window can be set separately; sigstore-python only checks the TSA's."""
    yesterday = NOW - timedelta(days=1)
    elements = json.loads(virtual.root(authority=(None, yesterday), ct_log=(yesterday, NOW)))

    assert elements["certificateAuthorities"][0]["validFor"] == {"end": "2026-11-19T12:00:00Z"}
    expected = {"start": "2026-11-19T12:00:00Z", "end": "2026-11-20T12:00:00Z"}
    assert elements["ctlogs"][0]["publicKey"]["validFor"] == expected
    bundle = virtual.bundle(statement(), rekor=2)
    with pytest.raises(Error):
        verify(bundle, virtual, root=virtual.root(tsa=(virtual.started, yesterday)))


def test_names_and_extensions_can_be_anything(virtual: VirtualSigstore) -> None:
    """Two names, a replaced extension, a missing one."""
    names = [x509.RFC822Name(PERSON), x509.UniformResourceIdentifier("https://example.org/x")]
    signer = virtual.github(certificate={"names": names, "extensions": {12: b"\x0c\x01x", 15: None}})

    found = signer.certificate.extensions
    assert list(found.get_extension_for_class(x509.SubjectAlternativeName).value) == names
    values = {
        one.oid.dotted_string: one.value.value
        for one in found
        if isinstance(one.value, x509.UnrecognizedExtension)
    }
    assert values["1.3.6.1.4.1.57264.1.12"] == b"\x0c\x01x"
    assert "1.3.6.1.4.1.57264.1.15" not in values


@pytest.mark.parametrize("first", [True, False])
def test_a_key_can_occur_twice(*, first: bool, virtual: VirtualSigstore) -> None:
    """Parsers that take the last see one value, those that take the first see the other."""
    bundle = virtual.bundle(statement())
    raw = duplicated(bundle, ("dsseEnvelope", "payloadType"), "text/plain", first=first)

    seen: list[list[Any]] = []

    def notice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen.append([value for name, value in pairs if name == "payloadType"])
        return dict(pairs)

    json.loads(raw, object_pairs_hook=notice)
    values = ["text/plain", "application/vnd.in-toto+json"]
    assert (values if first else values[::-1]) in seen
