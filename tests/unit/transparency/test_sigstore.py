"""The backend on top of sigstore-python: what it caches, what it never caches, and how it treats roots."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from support.backends import open_backend
from support.bundle_mutations import ARTEFACT, World
from support.virtual_sigstore import NOW, VirtualSigstore, encoded, first_entry

from avow.errors import (
    AvowError,
    ClockBehind,
    InputInvalid,
    RootTooOld,
    SignatureRejected,
    UnsupportedEvidence,
)
from avow.identity import SignerIdentity
from avow.sandbox.authority import certify
from avow.sandbox.wire import base64_text
from avow.subject import Digest
from avow.transparency.backend import CLOCK_SKEW
from avow.transparency.sigstore import forget, open_root
from avow.transparency.sigstore.kept import MAX_KEPT_CERTIFICATES, Verified

if TYPE_CHECKING:
    from pathlib import Path

    from avow.sandbox.instance import RekorVersion

HOUR = timedelta(hours=1)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def world() -> World:
    """Two instances; only the first one's root is trusted."""
    return World(VirtualSigstore(), VirtualSigstore())


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    """No test depends on the caches of another one."""
    forget()


def test_an_envelope_is_returned_with_its_proofs(world: World) -> None:
    """Payload, signer, all verified times, the root, the location and the bundle's digest."""
    bundle = encoded(world.honest.bundle(world.statement(), signer=world.honest.github(), tsa=True))

    envelope = open_backend(world.honest.root(), now=NOW).verify(bundle, location="store/a.json")

    assert envelope.payload == world.statement()
    assert envelope.payload_type == "application/vnd.in-toto+json"
    assert isinstance(envelope.signer, SignerIdentity)
    assert envelope.signer.source_repository == "https://github.com/acme/acmelib"
    assert sorted(each.source for each in envelope.times) == ["rekor", "tsa"]
    assert envelope.signed_at == NOW
    assert envelope.location == "store/a.json"
    assert envelope.sandbox
    assert envelope.bundle_sha256 == hashlib.sha256(bundle).hexdigest()
    assert envelope.root_sha256 == hashlib.sha256(world.honest.root()).hexdigest()


def test_a_root_of_another_organisation_is_not_a_sandbox() -> None:
    """Only the sandbox's own name marks a sandbox."""
    virtual = VirtualSigstore(organisation="acme")
    bundle = encoded(virtual.bundle(b"{}"))

    assert not open_backend(virtual.root(), now=NOW).verify(bundle, location="x").sandbox


def test_an_artefact_is_verified_by_digest(world: World) -> None:
    """The caller gives the digest; times and signer come from the bundle."""
    bundle = encoded(world.honest.message_bundle(ARTEFACT, rekor=2))
    digest = Digest(algorithm="sha256", value=world.honest_digest)
    backend = open_backend(world.honest.root(), now=NOW)

    verified = backend.verify_artifact(bundle, digest=digest, location="x")

    assert verified.digest == digest
    assert [each.source for each in verified.times] == ["tsa"]
    assert verified.root_sha256 == backend.root_sha256
    with pytest.raises(SignatureRejected):
        backend.verify_artifact(bundle, digest=Digest(algorithm="sha256", value="ab" * 32), location="x")
    with pytest.raises(InputInvalid):
        backend.verify_artifact(bundle, digest=Digest(algorithm="sha512", value="ab" * 64), location="x")


def test_each_question_has_its_kind_of_bundle(world: World) -> None:
    """A statement is not accepted as a signature over an artefact, nor the other way round."""
    backend = open_backend(world.honest.root(), now=NOW)
    digest = Digest(algorithm="sha256", value=world.honest_digest)

    with pytest.raises(UnsupportedEvidence, match="signs an artefact"):
        backend.verify(encoded(world.honest.message_bundle(ARTEFACT)), location="x")
    with pytest.raises(UnsupportedEvidence, match="signs a statement"):
        backend.verify_artifact(encoded(world.honest.bundle(world.statement())), digest=digest, location="x")


def test_a_time_may_be_ahead_by_the_skew_only(world: World) -> None:
    """Clocks differ by minutes, not by hours."""
    bundle = encoded(world.honest.bundle(world.statement()))
    root = world.honest.root()

    assert open_backend(root, now=NOW - CLOCK_SKEW).verify(bundle, location="x").signed_at == NOW
    with pytest.raises(ClockBehind):
        open_backend(root, now=NOW - CLOCK_SKEW - timedelta(seconds=1)).verify(bundle, location="x")


@pytest.mark.parametrize("ahead", ["logged_at", "stamped_at"])
def test_none_of_several_times_may_be_ahead(world: World, ahead: str) -> None:
    """The latest counts here, whichever service vouches for it; the earliest is when it was signed."""
    later = NOW + CLOCK_SKEW + timedelta(seconds=1)
    times: dict[str, Any] = {ahead: later}
    bundle = encoded(world.honest.bundle(world.statement(), tsa=True, **times))
    root = world.honest.root()

    assert open_backend(root, now=later).verify(bundle, location="x").signed_at == NOW
    with pytest.raises(ClockBehind):
        open_backend(root, now=NOW).verify(bundle, location="x")


@pytest.mark.parametrize("rekor", [1, 2])
def test_the_machine_s_clock_plays_no_part(rekor: RekorVersion) -> None:
    """A root whose windows have yet to begin is judged as of the time that is given."""
    now = datetime(2049, 1, 1, tzinfo=UTC)
    future = VirtualSigstore(now=now, started=now)
    services = ("rekor_v1", "rekor_v2", "ct_log", "authority", "tsa")
    root = future.root(**dict.fromkeys(services, (now - HOUR, None)))
    bundle = encoded(future.bundle(b"{}", rekor=rekor, tsa=True))

    assert open_backend(root, now=now).verify(bundle, location="x").signed_at == now
    with pytest.raises(ClockBehind):
        open_backend(root, now=NOW).verify(bundle, location="x")


def test_a_kept_path_is_checked_at_every_time(world: World) -> None:
    """A certificate that has just verified does not help a signature made after its expiry."""
    signer = world.honest.person()
    backend = open_backend(world.honest.root(), now=NOW + 2 * HOUR)
    backend.verify(encoded(world.honest.bundle(world.statement(), signer=signer)), location="x")
    late = world.honest.bundle(world.statement(), signer=signer, logged_at=NOW + HOUR)

    with pytest.raises(SignatureRejected):
        backend.verify(encoded(late), location="x")


def test_the_window_of_a_kept_path_is_checked_at_every_time(world: World) -> None:
    """The CA was retired between two signatures under one certificate."""
    signer = world.honest.person()
    root = world.honest.root(authority=(NOW - HOUR, NOW + timedelta(minutes=1)))
    backend = open_backend(root, now=NOW + HOUR)
    backend.verify(encoded(world.honest.bundle(world.statement(), signer=signer)), location="x")
    late = world.honest.bundle(world.statement(), signer=signer, logged_at=NOW + timedelta(minutes=2))

    with pytest.raises(SignatureRejected):
        backend.verify(encoded(late), location="x")


def test_a_kept_path_ends_with_its_authority() -> None:
    """The CA's own certificate expired between two signatures under one leaf."""
    world = World(VirtualSigstore(), VirtualSigstore())
    authority = world.honest.authority
    authority.intermediate = certify(
        "sandbox intermediate",
        moment=NOW + timedelta(minutes=2) - timedelta(days=3650),
        issuer=authority.root,
        path_length=0,
        usage=ExtendedKeyUsageOID.CODE_SIGNING,
    )
    signer = world.honest.person()
    backend = open_backend(world.honest.root(), now=NOW + HOUR)

    backend.verify(encoded(world.honest.bundle(world.statement(), signer=signer)), location="x")
    late = world.honest.bundle(world.statement(), signer=signer, logged_at=NOW + timedelta(minutes=3))
    with pytest.raises(SignatureRejected):
        backend.verify(encoded(late), location="x")


def test_a_refusal_is_not_kept(world: World) -> None:
    """A good bundle verifies after a bad one under the same certificate."""
    signer = world.honest.person()
    good = world.honest.bundle(world.statement(), signer=signer)
    bad = good | {"dsseEnvelope": good["dsseEnvelope"] | {"payload": base64_text(b"{}")}}
    late = world.honest.bundle(world.statement(), signer=signer, logged_at=NOW + HOUR)
    backend = open_backend(world.honest.root(), now=NOW + HOUR)

    for refused in (bad, late):
        with pytest.raises(SignatureRejected):
            backend.verify(encoded(refused), location="x")
    assert backend.verify(encoded(good), location="x").payload == world.statement()


def test_roots_share_nothing(world: World) -> None:
    """A certificate that one root knows is unknown to another, even if both are open."""
    bundle = encoded(world.honest.bundle(world.statement()))
    ours, theirs = (open_backend(each.root(), now=NOW) for each in (world.honest, world.foreign))

    ours.verify(bundle, location="x")
    with pytest.raises(RootTooOld):
        theirs.verify(bundle, location="x")


def test_threads_share_a_root(world: World) -> None:
    """Many good and bad bundles at once each get their own answer."""
    signers = [world.honest.person() for _ in range(4)]
    good = [
        world.honest.bundle(world.statement(), signer=each, tsa=index % 2 == 0)
        for index, each in enumerate(signers)
    ]
    bad = [each | {"dsseEnvelope": each["dsseEnvelope"] | {"payload": base64_text(b"{}")}} for each in good]
    backend = open_backend(world.honest.root(), now=NOW)

    def verifies(bundle: dict[str, Any]) -> bool:
        try:
            return backend.verify(encoded(bundle), location="x").payload == world.statement()
        except AvowError:
            return False

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(verifies, [*good, *bad] * 6))

    assert answers == ([True] * 4 + [False] * 4) * 6


def test_no_socket_is_opened(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Offline by design: no connection, no name look-up, no cache in a home directory."""

    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a socket was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    open_backend(world.honest.root(), now=NOW).verify(
        encoded(world.honest.bundle(world.statement(), tsa=True)), location="x"
    )

    assert list(tmp_path.iterdir()) == []


def test_importing_the_package_costs_nothing() -> None:
    """`sigstore` is imported when something is verified, not before."""
    code = "import sys, avow.transparency.trusted_root; print({'sigstore', 'requests'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "sigstore" not in out
    assert "requests" not in out


# ---- roots -----------------------------------------------------------------------------------------------


def _edited_root(world: World, edit: Any) -> bytes:
    root = world.honest.trusted_root()
    edit(root)
    return encoded(root)


@pytest.mark.parametrize(
    "edit",
    [
        lambda root: root.update(tlogs=[]),
        lambda root: root.update(certificateAuthorities=[]),
        lambda root: root.pop("ctlogs"),
        lambda root: root["tlogs"][0]["publicKey"].update(validFor={}),
        lambda root: root["tlogs"][0]["publicKey"].update(validFor={"start": "2026-01-01T00:00:00"}),
        lambda root: root["timestampAuthorities"][0].update(validFor={"start": "2026-01-01T00:00:00"}),
        lambda root: root["certificateAuthorities"][0]["certChain"].update(
            certificates=[{"rawBytes": "AAAA"}]
        ),
        lambda root: root["timestampAuthorities"][0]["certChain"].update(certificates=[{"rawBytes": "AAAA"}]),
        lambda root: root["tlogs"][1].update(logId=root["tlogs"][0]["logId"]),
        lambda root: root["tlogs"][0]["publicKey"].update(keyDetails="A_KEY_OF_THE_FUTURE"),
        lambda root: root.update(extra={}),
    ],
    ids=[
        "no-logs",
        "no-authorities",
        "no-ct-logs",
        "no-start",
        "no-time-zone",
        "no-time-zone-of-tsa",
        "no-certificate",
        "no-certificate-of-tsa",
        "one-id-two-keys",
        "unknown-key-details",
        "unknown-field",
    ],
)
def test_an_unusable_root_is_an_input_error(edit: Any, world: World) -> None:
    """It is refused when it is opened, and not reported as a bad bundle later."""
    with pytest.raises(InputInvalid) as refused:
        open_backend(_edited_root(world, edit), now=NOW)

    assert "\n" not in refused.value.message


def test_bytes_that_are_not_a_root_are_an_input_error() -> None:
    """They are neither JSON nor a root."""
    for data in (b"", b"{}", b"\xff", b"[" * 100):
        with pytest.raises(InputInvalid):
            open_backend(data, now=NOW)


def test_a_key_of_an_unknown_kind_spoils_nothing_else(world: World) -> None:
    """A root may list a log whose key is not supported; evidence from its other logs verifies."""
    odd = base64_text(RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    root = _edited_root(
        world,
        lambda root: root["tlogs"][1]["publicKey"].update(
            rawBytes=odd, keyDetails="PKIX_RSA_PSS_2048_SHA256"
        ),
    )

    open_backend(root, now=NOW).verify(encoded(world.honest.bundle(world.statement())), location="x")
    with pytest.raises(SignatureRejected):
        open_backend(root, now=NOW).verify(
            encoded(world.honest.bundle(world.statement(), rekor=2)), location="x"
        )


def test_one_log_may_have_two_periods(world: World) -> None:
    """The same key is listed twice: a time in either window is accepted, a time between them is not."""
    bundle = encoded(world.honest.bundle(world.statement()))

    def split(*windows: tuple[int, int]) -> bytes:
        root = world.honest.trusted_root()
        log = root["tlogs"][0]
        root["tlogs"] = [
            json.loads(json.dumps(log))
            | {"publicKey": log["publicKey"] | {"validFor": {"start": _at(start), "end": _at(end)}}}
            for start, end in windows
        ]
        return encoded(root)

    open_backend(split((-9, -5), (-1, 1)), now=NOW).verify(bundle, location="x")
    with pytest.raises(SignatureRejected):
        open_backend(split((-9, -5), (1, 2)), now=NOW).verify(bundle, location="x")


def _at(hours: int) -> str:
    return (NOW + hours * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_timestamping_authority_without_root_is_of_no_use(world: World) -> None:
    """A chain of one certificate can't verify anything, so its timestamps are from an unknown authority."""
    root = _edited_root(
        world, lambda root: root["timestampAuthorities"][0]["certChain"]["certificates"].pop()
    )

    with pytest.raises(RootTooOld):
        open_backend(root, now=NOW).verify(
            encoded(world.honest.bundle(world.statement(), rekor=2)), location="x"
        )


def test_any_listed_authority_of_a_name_will_do(world: World) -> None:
    """One stamping certificate is listed twice, first under a root that did not issue it."""
    root = world.honest.trusted_root()
    twisted = json.loads(json.dumps(root["timestampAuthorities"][0]))
    twisted["certChain"]["certificates"][1] = world.foreign.trusted_root()["timestampAuthorities"][0][
        "certChain"
    ]["certificates"][1]
    root["timestampAuthorities"].insert(0, twisted)
    bundle = encoded(world.honest.bundle(world.statement(), rekor=2))

    assert open_backend(encoded(root), now=NOW).verify(bundle, location="x").signed_at == NOW


def test_a_longer_timestamping_chain_verifies(world: World) -> None:
    """Intermediates between the stamping certificate and its root are used."""
    chain = world.honest.trusted_root()["timestampAuthorities"][0]["certChain"]["certificates"]
    extra = world.foreign.trusted_root()["timestampAuthorities"][0]["certChain"]["certificates"][1]
    root = _edited_root(
        world,
        lambda root: root["timestampAuthorities"][0]["certChain"].update(
            certificates=[chain[0], extra, chain[1]]
        ),
    )

    open_backend(root, now=NOW).verify(encoded(world.honest.bundle(world.statement(), rekor=2)), location="x")


def test_a_certificate_for_another_kind_of_key_is_unsupported(world: World) -> None:
    """sigstore-python raises TypeError for an RSA key; here it is a gap."""
    signer = world.honest.person(key=RSA)
    envelope = world.honest.envelope(world.statement(), world.honest.person())
    entry = world.honest.entry(envelope, signer)

    with pytest.raises(UnsupportedEvidence, match="RSA"):
        open_backend(world.honest.root(), now=NOW).verify(
            encoded(world.honest.assemble(envelope, signer, entries=[entry])), location="x"
        )


def test_a_p_384_certificate_verifies(world: World) -> None:
    """ECDSA on another curve, over SHA-256, as early clients signed."""
    signer = world.honest.person(key=ec.generate_private_key(ec.SECP384R1()))

    bundle = world.honest.bundle(world.statement(), signer=signer)

    assert (
        open_backend(world.honest.root(), now=NOW).verify(encoded(bundle), location="x").payload
        == world.statement()
    )


def test_a_message_without_its_digest_verifies(world: World) -> None:
    """The digest of a message signature only helps to find the artefact."""
    bundle = world.honest.message_bundle(ARTEFACT)
    del bundle["messageSignature"]["messageDigest"]
    digest = Digest(algorithm="sha256", value=world.honest_digest)

    open_backend(world.honest.root(), now=NOW).verify_artifact(encoded(bundle), digest=digest, location="x")


def test_a_refusal_does_not_quote_the_bundle(world: World) -> None:
    """Upstream's message contains the whole proof; ours is one short line."""
    bundle = world.honest.bundle(world.statement())
    first_entry(bundle)["inclusionProof"]["logIndex"] = "0"

    with pytest.raises(SignatureRejected) as refused:
        open_backend(world.honest.root(), now=NOW).verify(encoded(bundle), location="x")

    assert len(refused.value.message) < 120
    assert refused.value.__cause__ is not None


def test_an_issuer_answers_like_its_certificate(world: World) -> None:
    """Everything else that upstream may read from a CA certificate comes from the certificate itself."""
    certificate = world.honest.authority.intermediate.certificate
    issuer = open_root(world.honest.root()).issuer(certificate)

    assert issuer.serial_number == certificate.serial_number
    assert issuer.public_key().key_size == 384  # type: ignore[union-attr]  # an elliptic curve key
    assert isinstance(issuer.public_key(), ec.EllipticCurvePublicKey)


def test_what_is_kept_survives_a_cyclic_scan(world: World) -> None:
    """A cache that forgets the oldest finds nothing in a scan that is longer than it is."""
    root = open_root(world.honest.root())
    fingerprints = [number.to_bytes(32, "big") for number in range(10_000)]

    first = [root._known(each) for each in fingerprints]

    assert all(root._known(each) is kept for each, kept in zip(fingerprints, first, strict=True))
    assert len(fingerprints) < MAX_KEPT_CERTIFICATES


def test_only_the_latest_digests_are_kept() -> None:
    """The memory of one root is bounded."""
    verified = Verified(2)
    for digest in (b"a", b"b", b"c"):
        verified.add(digest)

    assert [digest in verified for digest in (b"a", b"b", b"c")] == [False, True, True]
