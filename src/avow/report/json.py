"""A report as JSON for machines. Fields are only ever added within one `schema` version."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Iterator
from typing import Any, Final

from avow.errors import shortened
from avow.identity import signer_facts
from avow.results import (
    Attestation,
    Decision,
    EvidenceStrength,
    Finding,
    Gap,
    Rejection,
    Report,
    Run,
    Withdrawn,
)
from avow.values import utc_text

SCHEMA: Final = "https://avow-attest.github.io/report/v0.1"


def render_json(report: Report) -> Iterator[str]:
    """The whole report; what the project wrote (`claimed`) and what is proven (`proven`) are kept apart.

    Of several results each is on a line of its own: tools that read lines can begin before the end is there.
    """
    yield f'{{\n  "schema": {_json(SCHEMA)},\n  "run": {_indented(_run(report.run), 2)},\n  "results": ['
    separator = "\n    "
    one_line = report.run.subjects > 1
    for decision in report:
        result = _decision(decision)
        yield separator + (_json(result, indent=None) if one_line else _indented(result, 4))
        separator = ",\n    "
    yield "\n  ],\n"
    yield f'  "exitCode": {report.exit_code},\n  "reasons": {_json(report.reasons)}\n}}\n'


def _json(value: Any, *, indent: int | None = 2) -> str:
    # ASCII only: escapes keep control and bidirectional characters from a terminal. `json` leaves DEL. Two #
    # are always inside a text; CI systems take them for the start of a command.
    return json.dumps(value, indent=indent).replace("\x7f", "\\u007f").replace("##", "#\\u0023")


def _indented(value: Any, width: int) -> str:
    return textwrap.indent(_json(value), " " * width).lstrip()


def _run(run: Run) -> dict[str, Any]:
    return {
        "evaluatedAt": utc_text(run.evaluated_at),
        "enforced": run.enforced,
        "insecure": run.insecure,
        "subjects": run.subjects,
        "candidates": run.candidates,
        "rejections": [_looked_at(each) for each in run.rejections],
        "gaps": [_looked_at(each) for each in run.gaps],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    subject = decision.subject
    return {
        "subject": {
            "name": subject.name,
            "digest": {digest.algorithm: digest.value for digest in subject.digests},
            "purl": subject.purl and str(subject.purl),
        },
        "verdict": decision.verdict,
        "outcomes": [_finding(each) for each in decision.findings],
        "attestations": [_attestation(each) for each in decision.attestations],
        "rejections": [_looked_at(each) for each in decision.rejections],
        "gaps": [_looked_at(each) for each in decision.gaps],
        "withdrawn": [_withdrawn(each) for each in decision.withdrawn],
        "notes": decision.notes,
    }


def _withdrawn(withdrawn: Withdrawn) -> dict[str, Any]:
    by, attestation = withdrawn.by, withdrawn.attestation
    withdrawn_at = by.statement.withdrawal.withdrawn_at
    return {
        "payloadSha256": withdrawn.entry.payload_sha256,
        "location": attestation and attestation.location,
        "reason": shortened(withdrawn.entry.reason),
        "explanation": shortened(withdrawn.entry.explanation),
        "supersededBy": withdrawn.entry.superseded_by,
        "withdrawal": {
            "location": by.location,
            "payloadSha256": by.statement.payload_sha256,
            "signedAt": utc_text(by.signed_at),
            "withdrawnAt": withdrawn_at and utc_text(withdrawn_at),
            "signer": signer_facts(by.signer),
            "rule": by.rules[0].place,
        },
        "furtherWithdrawals": withdrawn.more,
        "blocks": withdrawn.blocks,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "practice": finding.practice,
        "outcome": finding.outcome,
        "required": finding.required,
        "voice": finding.voice,
        "reason": finding.reason,
        "next": finding.next,
        "rules": finding.rules,
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
            "rule": attestation.expected.place,
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


def _strength(strength: EvidenceStrength) -> dict[str, Any]:
    return {
        "practice": strength.practice,
        "verified": strength.verified,
        "claimedStrength": strength.claimed,
        "reason": strength.reason,
    }


def _looked_at(found: Rejection | Gap) -> dict[str, Any]:
    return {
        "code": found.code,
        "location": found.location,
        "message": found.message,
        "nearest": {**dataclasses.asdict(found.nearest), "next": found.step},
    }
