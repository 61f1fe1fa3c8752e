"""What a bundle says about itself, for people who look: claims and certificate facts apart, no verdict.

Floor 3. Everything that is not under `verified` may be forged, and says so by where it stands.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from pathlib import Path
from typing import Any

from avow.attested import StrangerStatement, VerifiedEnvelope
from avow.domain import utc_text
from avow.errors import AvowError, BundleMalformed, EvidenceRejected
from avow.json_strict import JsonInvalid, parse
from avow.statement import MAX_PAYLOAD_DEPTH, read_statement
from avow.stores import MAX_BUNDLE_BYTES, read_bounded
from avow.transparency import open_backend
from avow.trust import TrustedRootFile


def look(path: Path, *, root: TrustedRootFile | None, now: datetime) -> dict[str, Any]:
    """What stands in the bundle at `path`; with `root`, also whether it verifies and who signed it.

    Raises:
        InputInvalid: the file can't be read.
        BundleMalformed: it is no bundle with a statement in it.
    """
    content = read_bounded(path, max_bytes=MAX_BUNDLE_BYTES)
    payload_type, payload = _unverified_payload(content, location=str(path))
    seen: dict[str, Any] = {
        "bundle": str(path),
        "claimed by whoever wrote it": _claims(payload, payload_type=payload_type, location=str(path)),
    }
    if root is None:
        seen["verified"] = "nothing: give --trusted-root to verify"
        return seen
    try:
        envelope = open_backend(root.data, now=now).verify(content, location=str(path))
    except AvowError as error:
        seen["verified"] = f"no: {error.message} [{error.code}]"
        return seen
    seen["verified"] = _proven(envelope, root)
    return seen


def stranger(envelope: VerifiedEnvelope) -> StrangerStatement:
    """The statement in a verified envelope whose signer nobody has listed; never enough for a verdict.

    Raises:
        StatementInvalid: the payload is no statement of our predicate type.
        PredicateInvalid: its predicate can't be read.
    """
    return StrangerStatement(
        envelope=envelope, statement=read_statement(envelope.payload, payload_type=envelope.payload_type)
    )


def _unverified_payload(content: bytes, *, location: str) -> tuple[str, bytes]:
    try:
        document = parse(content, source=location, max_bytes=MAX_BUNDLE_BYTES, max_depth=MAX_PAYLOAD_DEPTH)
        envelope = document["dsseEnvelope"]
        return str(envelope["payloadType"]), base64.b64decode(envelope["payload"], validate=True)
    except (JsonInvalid, KeyError, TypeError, binascii.Error, ValueError) as error:
        raise BundleMalformed(
            "no Sigstore bundle with a DSSE envelope",
            location=location,
            hint="avow inspect reads what avow attest, cosign or gh attestation write as a bundle",
        ) from error


def _claims(payload: bytes, *, payload_type: str, location: str) -> dict[str, Any]:
    try:
        statement = read_statement(payload, payload_type=payload_type)
    except EvidenceRejected as error:
        return {"statement": f"not of our kind: {error.message} [{error.code}] in {location}"}
    predicate = statement.predicate
    return {
        "project": predicate.scope.project.name,
        "relationship": predicate.declarant.relationship,
        "purls": list(predicate.scope.purls),
        "source": predicate.scope.source.uri if predicate.scope.source else "not said",
        "commit": (predicate.scope.source and predicate.scope.source.commit) or "not said",
        "declaredAt": utc_text(predicate.declared_at),
        "validUntil": utc_text(predicate.valid_until),
        "artefacts": [f"{each.name}  {' '.join(map(str, each.digests[:1]))}" for each in statement.subjects],
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


def _proven(envelope: VerifiedEnvelope, root: TrustedRootFile) -> dict[str, Any]:
    return {
        "against": f"{root.source} sha256:{root.sha256}" + ("  (a local sandbox)" if root.is_sandbox else ""),
        "signed at": [f"{utc_text(time.moment)}  {time.source}" for time in envelope.times],
        "signer": {name: value for name, value in envelope.signer.model_dump().items() if value is not None},
    }
