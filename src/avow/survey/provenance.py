"""What somebody signed, one bundle at a time: what it is, whether it verifies, and what it is about.

A bundle that was refused says nothing. One that could not be verified (no trusted root was given, an older
root, a form that is not supported) still has words, which are read as what they are: unverified.

Source: in-toto attestation framework, Statement v1; SLSA, provenance; npm, publish attestation; PEP 740.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

from avow.errors import (
    AvowError,
    BundleMalformed,
    EvidenceRejected,
    ServiceUnavailable,
    UnsupportedEvidence,
    one_candidate,
)
from avow.formats.json_strict import JsonInvalid, parse
from avow.formats.purl import Purl, PurlInvalid, parse_purl
from avow.identity import SignerIdentity
from avow.results import Gap, Rejection
from avow.statement.in_toto import (
    MAX_PAYLOAD_BYTES,
    Statement,
    StatementSubject,
    WithdrawalStatement,
    read_either,
    read_predicate,
    read_subjects,
)
from avow.statement.types import PREDICATE_TYPES, PROVENANCE, WITHDRAWAL_TYPES
from avow.statement.validity import check_predicate, scope_purls
from avow.subject import Digest
from avow.transparency import open_backend, open_keyed_backend
from avow.transparency.backend import VerifiedEnvelope, VerifiedSignature
from avow.transparency.container import (
    MAX_BUNDLE_BYTES,
    MAX_BUNDLE_VALUES,
    Material,
    read_container,
    require_marked,
    require_text,
)
from avow.transparency.pep740 import as_bundle, is_attestation
from avow.verification.pool import verify_chunk

if TYPE_CHECKING:
    from datetime import datetime

    from avow.stores.protocol import Candidate
    from avow.transparency.keyed import KeyedBackend
    from avow.transparency.sigstore import SigstoreBackend
    from avow.verification.session import Trust

DECLARATION: Final = "declaration"
BUILD: Final = "provenance"
PUBLISHED: Final = "published"
"""A registry says that somebody published a version, and nothing of where it was built."""
SIGNATURE: Final = "signature"
"""A signature over an artefact itself; it says nothing but who made it."""
OTHER: Final = "attestation"
"""A signed statement of another predicate type."""

NO_ROOT: Final = "no trusted root was given, so nothing in it was verified"

_PROVENANCE_TYPES: Final = frozenset({PROVENANCE, *(f"https://slsa.dev/provenance/v0.{n}" for n in (1, 2))})
_INDEX_PUBLISH: Final = re.compile(r"https://docs\.[a-z0-9.-]+/attestations/publish/v1")
"""PEP 740: the workflow that published the file signs this, so the certificate names where it came from."""
_NPM_PUBLISH: Final = re.compile(r"https://github\.com/npm/attestation/tree/main/specs/publish/v0\.[0-9]+")

MAX_NAMED: Final = 1_000
"""Purls of one statement by which components are found; all of its digests count, however many they are."""


@dataclass(frozen=True, slots=True)
class SignedWord:
    """One signed statement, or one signature over an artefact."""

    kind: str
    location: str
    sha256: str
    """Of the file that it is in."""
    part_sha256: str
    """Of its own bytes, where the file has several."""
    predicate_type: str = ""
    subjects: tuple[StatementSubject, ...] = ()
    purls: tuple[Purl, ...] = ()
    """The components that it names, with their versions: by its scope, else by the names of its subjects."""
    payload_sha256: str = ""
    verified: tuple[VerifiedSignature, ...] = ()
    """By each root or key that it verifies against; empty: `problem` says why."""
    problem: str = ""
    statement: Statement | None = None
    """Of a declaration."""
    withdrawal: WithdrawalStatement | None = None

    @property
    def is_by_ci(self) -> bool:
        """Its certificate is that of a workflow, not a person's, and verified."""
        return any(
            isinstance(each.signer, SignerIdentity)
            and each.signer.is_ci
            and bool(each.signer.source_repository)
            for each in self.verified
        )


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What an unverified bundle contains."""

    payload_type: str = ""
    payload: bytes = b""
    artefact: Digest | None = None
    """What a signature over an artefact says that it signs."""
    is_message: bool = False
    of_index: bool = False
    """It came as a PEP 740 attestation: its subjects are named like files of the Python package index."""


def read_signed(candidate: Candidate, *, sha256: str, trust: Trust, now: datetime) -> SignedWord:
    """What `candidate` is; it verifies against some root or key of `trust`, or `problem` says why not.

    Raises:
        EvidenceRejected: it is not a bundle or an envelope, is damaged, does not verify, or has a statement
            that can't be read or breaks the rules of its own predicate type. It says nothing.
    """
    location = candidate.location
    with one_candidate(location):
        claimed = _claimed(candidate.content, location=location)
        verified, problem = _verified(candidate, claimed, trust=trust, now=now)
        word = SignedWord(
            kind=SIGNATURE,
            location=location,
            sha256=sha256,
            part_sha256=hashlib.sha256(candidate.content).hexdigest(),
            verified=verified,
            problem=problem,
        )
        return _with_artefact(word, claimed) if claimed.is_message else _with_statement(word, claimed)


def _claimed(content: bytes, *, location: str) -> _Claimed:
    """The payload or digest in a bundle, PEP 740 attestation or bare DSSE envelope.

    Raises:
        BundleMalformed, UnsupportedEvidence: it is none of these.
    """
    require_text(content, location=location)
    require_marked(content, location=location)
    try:
        document = parse(content, source=location, max_bytes=MAX_BUNDLE_BYTES, max_values=MAX_BUNDLE_VALUES)
    except JsonInvalid as error:
        raise BundleMalformed(f"not a bundle: {error}", location=location) from error
    members: Mapping[str, Any] = document if isinstance(document, dict) else {}
    of_index = is_attestation(members)
    if of_index:
        members = as_bundle(members, location=location)
    if isinstance(message := members.get("messageSignature"), dict):
        return _Claimed(artefact=_artefact(message), is_message=True)
    envelope = members.get("dsseEnvelope", members)
    payload = envelope.get("payload") if isinstance(envelope, dict) else None
    kind = envelope.get("payloadType") if isinstance(envelope, dict) else None
    if not isinstance(payload, str) or not isinstance(kind, str) or len(payload) > 2 * MAX_PAYLOAD_BYTES:
        raise BundleMalformed(
            "not a bundle: it has neither a statement nor a signature over an artefact", location=location
        )
    try:
        return _Claimed(kind, base64.b64decode(payload, validate=True), of_index=of_index)
    except (binascii.Error, ValueError) as error:
        raise BundleMalformed("the envelope's payload is not base64", location=location) from error


def _artefact(message: Mapping[str, Any]) -> Digest | None:
    digest = message.get("messageDigest")
    value = digest.get("digest") if isinstance(digest, dict) else None
    try:
        return Digest(algorithm="sha256", value=base64.b64decode(value or "", validate=True).hex())
    except (TypeError, ValueError):  # none, not base64, or of another length
        return None


# ---- whether it verifies ---------------------------------------------------------------------------------


def _verified(
    candidate: Candidate, claimed: _Claimed, *, trust: Trust, now: datetime
) -> tuple[tuple[VerifiedSignature, ...], str]:
    """The signature by each root and key that it verifies against, or none and the reason.

    Raises:
        EvidenceRejected: it is damaged, or does not verify.
    """
    content, location = candidate.content, candidate.location
    try:
        material = read_container(content, location=location).material
    except UnsupportedEvidence as error:
        return (), error.message
    if not trust.roots and not trust.keys:
        return (), NO_ROOT
    if claimed.is_message:
        return _verified_artefact(candidate, claimed.artefact, trust=trust, now=now)
    if material is Material.KEY and not trust.keys:
        return (), "it is signed with a key, and no policy has that key"
    found = verify_chunk(trust, ((content, location),), now)[0]
    if isinstance(found, Rejection):
        raise EvidenceRejected(found.message, location=location, nearest=found.nearest)
    return ((), found.message) if isinstance(found, Gap) else (found, "")


def _verified_artefact(
    candidate: Candidate, artefact: Digest | None, *, trust: Trust, now: datetime
) -> tuple[tuple[VerifiedSignature, ...], str]:
    if artefact is None:
        return (), "it does not say which artefact it signs"
    found: list[VerifiedSignature] = []
    refusals: list[AvowError] = []
    content, location = candidate.content, candidate.location
    backends: tuple[SigstoreBackend | KeyedBackend, ...] = (
        *(open_backend(root) for root in trust.roots),
        *(open_keyed_backend(key.root, key=key.pem) for key in trust.keys),
    )
    for backend in backends:
        try:
            found.append(backend.verify_artifact(content, digest=artefact, location=location, now=now))
        except (EvidenceRejected, UnsupportedEvidence, ServiceUnavailable) as error:
            refusals.append(error)
    if found:
        return tuple(found), ""
    for refusal in refusals:
        if isinstance(refusal, EvidenceRejected):
            raise refusal
    return (), refusals[-1].message


# ---- what it says ----------------------------------------------------------------------------------------


def _with_artefact(word: SignedWord, claimed: _Claimed) -> SignedWord:
    artefact = claimed.artefact
    subjects = () if artefact is None else (StatementSubject(name="", digests=(artefact,)),)
    return replace(word, subjects=subjects)


def _with_statement(word: SignedWord, claimed: _Claimed) -> SignedWord:
    """`word` with what its statement says; of a verified one, the bytes that were verified."""
    payload, payload_type = claimed.payload, claimed.payload_type
    if word.verified and isinstance(envelope := word.verified[0], VerifiedEnvelope):
        payload, payload_type = envelope.payload, envelope.payload_type
    predicate_type, _ = read_predicate(payload, payload_type=payload_type)
    known = replace(word, predicate_type=predicate_type, payload_sha256=hashlib.sha256(payload).hexdigest())
    if predicate_type in PREDICATE_TYPES or predicate_type in WITHDRAWAL_TYPES:
        statement = read_either(payload, payload_type=payload_type)
        if isinstance(statement, WithdrawalStatement):
            return replace(known, kind="withdrawal", subjects=statement.subjects, withdrawal=statement)
        for signature in word.verified:
            check_predicate(statement.predicate, signer=signature.signer, signed_at=signature.signed_at)
        return replace(
            known,
            kind=DECLARATION,
            subjects=statement.subjects,
            purls=scope_purls(statement.predicate),
            statement=statement,
        )
    subjects = read_subjects(payload, payload_type=payload_type)
    of_index = claimed.of_index or _INDEX_PUBLISH.fullmatch(predicate_type) is not None
    purls = (_named_by(subject.name, of_index=of_index) for subject in subjects[:MAX_NAMED])
    return replace(
        known,
        kind=_kind(predicate_type),
        subjects=subjects,
        purls=tuple(purl for purl in purls if purl is not None),
    )


def _kind(predicate_type: str) -> str:
    if predicate_type in _PROVENANCE_TYPES or _INDEX_PUBLISH.fullmatch(predicate_type):
        return BUILD
    return PUBLISHED if _NPM_PUBLISH.fullmatch(predicate_type) else OTHER


def _named_by(name: str, *, of_index: bool) -> Purl | None:
    """The component that a subject is named after: npm writes a purl, the Python package index a file."""
    try:
        if name.startswith("pkg:"):
            return parse_purl(name)
        if not of_index:
            return None
        if name.endswith(".whl"):
            project, version, _, _ = parse_wheel_filename(name)
        else:
            project, version = parse_sdist_filename(name)
        return parse_purl(f"pkg:pypi/{project}@{str(version).replace('+', '%2B').replace('!', '%21')}")
    except (PurlInvalid, InvalidSdistFilename, InvalidWheelFilename):
        return None
