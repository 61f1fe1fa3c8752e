"""What a bundle says about itself, for people who look: claims and certificate facts apart, no verdict.

Everything that is not under `verified` may be forged; the place in the output says so.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from avow.errors import (
    AvowError,
    BundleMalformed,
    EvidenceRejected,
    UnsupportedEvidence,
    one_candidate,
    shortened,
)
from avow.files import read_bounded
from avow.formats.json_strict import JsonInvalid, parse
from avow.identity import signer_facts
from avow.statement.in_toto import ForeignPredicate, WithdrawalStatement, read_either, read_subjects
from avow.statement.predicate import Predicate
from avow.statement.withdrawal import Withdrawal
from avow.stores import MAX_BUNDLE_BYTES, MAX_BUNDLE_VALUES
from avow.stores.containers import bundles_in
from avow.stores.protocol import Candidate
from avow.subject import Digest
from avow.transparency import open_backend
from avow.transparency.backend import VerifiedSignature
from avow.transparency.certificate import signer_of
from avow.transparency.container import require_marked, require_text
from avow.transparency.pep740 import as_bundle, is_attestation
from avow.transparency.trusted_root import TrustedRootFile
from avow.values import utc_text

NOT_VERIFIED: Final = "nothing: give --trusted-root to verify"


def look(path: Path, *, root: TrustedRootFile | None, now: datetime) -> list[dict[str, Any]]:
    """What each bundle in the file at `path` contains, in the forms that `avow verify` reads.

    With `root`, also whether it verifies and who signed it.

    Raises:
        InputInvalid: the file can't be read.
        BundleMalformed: it is not a bundle with a statement or a signature over an artefact; of several, what
            is said of one that is none is among the rest.
    """
    content = read_bounded(path, max_bytes=MAX_BUNDLE_BYTES)
    found = list(bundles_in(content, location=str(path), named=True))
    if len(found) == 1 and isinstance(found[0], Candidate):
        return [_look_at(found[0], root=root, now=now)]
    seen: list[dict[str, Any]] = []
    for each in found:
        try:
            seen.append(
                _look_at(each, root=root, now=now)
                if isinstance(each, Candidate)
                else {"bundle": each.location, "not shown": each.message}
            )
        except (EvidenceRejected, UnsupportedEvidence) as error:
            seen.append({"bundle": each.location, "can't be read": f"{error.message} [{error.code}]"})
    return seen


def _look_at(candidate: Candidate, *, root: TrustedRootFile | None, now: datetime) -> dict[str, Any]:
    content, location = candidate.content, candidate.location
    document = _document(content, location=location)
    with one_candidate(location):
        seen: dict[str, Any] = {
            "bundle": location,
            "claimed by whoever wrote it": _claims(document, location=location),
            "its certificate, unverified": _unverified_signer(document),
        }
    if root is None:
        return seen | {"verified": NOT_VERIFIED}
    try:
        with one_candidate(location):
            verified = _verified(content, document, root=root, now=now, location=location)
    except AvowError as error:
        return seen | {"verified": f"no: {error.message} [{error.code}]"}
    del seen["its certificate, unverified"]  # the same facts are under verified now
    return seen | {"verified": verified}


def _document(content: bytes, *, location: str) -> Mapping[str, Any]:
    require_text(content, location=location)
    require_marked(content, location=location)
    try:
        document = parse(content, source=location, max_bytes=MAX_BUNDLE_BYTES, max_values=MAX_BUNDLE_VALUES)
    except JsonInvalid as error:
        raise BundleMalformed(
            f"not a Sigstore bundle: {error}",
            location=location,
            hint="name the bundle, not the artefact (its name usually ends in .sigstore.json); if it is the "
            "bundle, get it again from where the project publishes it",
        ) from error
    if isinstance(document, dict) and is_attestation(document):
        document = as_bundle(document, location=location)
    if not isinstance(document, dict) or not {"dsseEnvelope", "messageSignature"} & document.keys():
        raise BundleMalformed(
            "not a Sigstore bundle: it contains neither a DSSE envelope nor a signature over an artefact",
            location=location,
            hint="avow inspect reads what avow attest, cosign or gh attestation write as a bundle",
        )
    return document


def _claims(document: Mapping[str, Any], *, location: str) -> dict[str, Any]:
    """What was signed: our predicate in full, of anything else what can be said of it."""
    try:
        if "messageSignature" in document:
            return {"signs": f"an artefact, not a statement: {_message_digest(document)}"}
        envelope = document["dsseEnvelope"]
        payload_type = str(envelope["payloadType"])
        payload = base64.b64decode(envelope["payload"], validate=True)
    except (KeyError, TypeError, binascii.Error, ValueError) as error:
        raise BundleMalformed("the bundle's content can't be read", location=location) from error
    try:
        statement = read_either(payload, payload_type=payload_type)
    except ForeignPredicate as error:
        return {"predicate type": error.nearest.found} | _foreign_subjects(payload, payload_type)
    except EvidenceRejected as error:
        about = f"{len(payload)} bytes of type {payload_type}"
        return {"signs": f"{about}, no declaration: {error.message} [{error.code}]"}
    artefacts = [f"{each.name}  {' '.join(map(str, each.digests[:1]))}" for each in statement.subjects]
    if isinstance(statement, WithdrawalStatement):
        return {**_withdraws(statement.withdrawal), "artefacts": artefacts}
    return {**_declared(statement.predicate), "artefacts": artefacts}


def _withdraws(withdrawal: Withdrawal) -> dict[str, Any]:
    at = withdrawal.withdrawn_at
    return {
        "signs": "a withdrawal of earlier statements",
        "withdrawnAt": utc_text(at) if at else "not said",
        "withdraws": [
            {
                "payload": f"sha256:{each.payload_sha256}",
                "reason": each.reason or "no reason given",
                "explanation": shortened(each.explanation),
                "supersededBy": f"superseded by sha256:{each.superseded_by}" if each.superseded_by else "",
            }
            for each in withdrawal.withdraws
        ],
    }


def _declared(predicate: Predicate) -> dict[str, Any]:
    source = predicate.scope.source
    return {
        "kind": predicate.kind,
        "project": predicate.scope.project.name,
        "relationship": predicate.declarant.relationship,
        "purls": list(predicate.scope.purls),
        "source": source.uri if source else "not said",
        "commit": (source and source.commit) or "not said",
        "declaredAt": utc_text(predicate.declared_at),
        "validUntil": utc_text(predicate.valid_until),
        "practices": [
            {
                "id": entry.id,
                "status": entry.status or "facts only",
                "reviewedAt": f"reviewed {entry.reviewed_at}" if entry.reviewed_at else "",
                "evidence": f"evidence {len(entry.evidence)}" if entry.evidence else "",
            }
            for entry in predicate.practices
        ],
    }


def _foreign_subjects(payload: bytes, payload_type: str) -> dict[str, Any]:
    try:
        subjects = read_subjects(payload, payload_type=payload_type)
    except EvidenceRejected as error:
        return {"artefacts": f"can't be read: {error.message}"}
    return {"artefacts": [f"{each.name}  {' '.join(map(str, each.digests[:1]))}" for each in subjects]}


def _message_digest(document: Mapping[str, Any]) -> Digest:
    """The digest that a signature over an artefact claims to be about.

    Raises:
        ValueError, TypeError, KeyError: there is none, or not one of SHA-256.
    """
    digest = document["messageSignature"]["messageDigest"]
    return Digest(algorithm="sha256", value=base64.b64decode(digest["digest"], validate=True).hex())


def _unverified_signer(document: Mapping[str, Any]) -> str | dict[str, Any]:
    """Who the certificate names; anybody can make a certificate that says anything."""
    try:
        material = document["verificationMaterial"]
        if "publicKey" in material:
            return "none: signed with a bare key, as `avow verify --key` checks it"
        first = material.get("certificate") or material["x509CertificateChain"]["certificates"][0]
        certificate = x509.load_der_x509_certificate(base64.b64decode(first["rawBytes"], validate=True))
        return signer_facts(signer_of(certificate))
    except EvidenceRejected as error:
        return f"can't be read: {error.message}"
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, x509.InvalidVersion):
        return "none that can be read"


def _verified(
    content: bytes, document: Mapping[str, Any], *, root: TrustedRootFile, now: datetime, location: str
) -> dict[str, Any]:
    backend = open_backend(root.data)
    seen: VerifiedSignature
    if "messageSignature" in document:
        seen = backend.verify_artifact(content, digest=_message_digest(document), location=location, now=now)
    else:
        seen = backend.verify(content, location=location, now=now)
    return {
        "against": f"{root.source} sha256:{root.sha256}" + ("  (a local sandbox)" if root.is_sandbox else ""),
        "signed at": [f"{utc_text(time.moment)}  {time.source}" for time in seen.times],
        "signer": signer_facts(seen.signer),
    }
