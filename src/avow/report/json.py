"""A decision as JSON for machines. Fields are only ever added within one `schema` version."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Final

from avow.identity import SignerIdentity, SignerKey
from avow.results import Attestation, Decision, EvidenceStrength, Finding, Gap, Rejection
from avow.values import utc_text

SCHEMA: Final = "https://avow-attest.github.io/decision/v0.1"


def render_json(decision: Decision) -> str:
    """The whole decision; what the project wrote (`claimed`) and what is proven (`proven`) stand apart."""
    text = json.dumps(
        {
            "schema": SCHEMA,
            "subject": {
                "name": decision.subject.name,
                "digest": {digest.algorithm: digest.value for digest in decision.subject.digests},
                "purl": decision.subject.purl,
            },
            "verdict": decision.verdict,
            "exitCode": decision.exit_code,
            "reasons": decision.reasons,
            "evaluatedAt": utc_text(decision.evaluated_at),
            "enforced": decision.enforced,
            "outcomes": [_finding(each) for each in decision.findings],
            "attestations": [_attestation(each) for each in decision.attestations],
            "rejections": [_rejection(each) for each in decision.rejections],
            "gaps": [_gap(each) for each in decision.gaps],
            "notes": decision.notes,
            "insecure": decision.insecure,
        },
        indent=2,
    )
    # ASCII only: escapes keep control and bidirectional characters from a terminal. `json` leaves DEL.
    return text.replace("\x7f", "\\u007f") + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "practice": finding.practice,
        "outcome": finding.outcome,
        "required": finding.required,
        "voice": finding.voice,
        "reason": finding.reason,
        "next": finding.next,
        "references": finding.references,
    }


def _attestation(attestation: Attestation) -> dict[str, Any]:
    predicate = attestation.statement.predicate
    return {
        "location": attestation.location,
        "bundleSha256": attestation.bundle_sha256,
        "payloadSha256": attestation.payload_sha256,
        "proven": {
            "signedAt": utc_text(attestation.signed_at),
            "signer": signer_facts(attestation.signer),
            "rule": attestation.expected.rule,
            "relationship": attestation.expected.relationship,
            "evidence": [_strength(each) for each in attestation.strengths],
        },
        "claimed": {
            "relationship": predicate.declarant.relationship,
            "project": predicate.scope.project.name,
            "purls": predicate.scope.purls,
            "declaredAt": utc_text(predicate.declared_at),
            "validUntil": utc_text(predicate.valid_until),
            "practices": [{"id": entry.id, "status": entry.status} for entry in predicate.practices],
        },
        "notes": attestation.statement.notes,
    }


def signer_facts(signer: SignerIdentity | SignerKey) -> dict[str, str]:
    """What the certificate or key proves, absent extensions left out."""
    return {name: value for name, value in signer.model_dump().items() if value is not None}


def _strength(strength: EvidenceStrength) -> dict[str, Any]:
    return {
        "practice": strength.practice,
        "verified": strength.verified,
        "claimedStrength": strength.claimed,
        "reason": strength.reason,
    }


def _rejection(rejection: Rejection) -> dict[str, Any]:
    return {
        "code": rejection.code,
        "location": rejection.location,
        "message": rejection.message,
        "nearest": {
            **dataclasses.asdict(rejection.nearest),
            "next": rejection.nearest.next or rejection.hint,
        },
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"code": gap.code, "location": gap.location, "message": gap.message, "next": gap.hint}
