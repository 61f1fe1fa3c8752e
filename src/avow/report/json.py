"""A report as JSON, for machines and as the record of a run; report-v0.1.schema.json describes each field.

Fields are only ever added within one `schema` version.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic.alias_generators import to_camel

from avow import __version__
from avow.errors import shortened
from avow.identity import SignerIdentity, SignerKey, signer_facts
from avow.results import (
    Attestation,
    Decision,
    Edition,
    EvidenceStrength,
    Finding,
    Gap,
    Place,
    Rejection,
    Report,
    Run,
    UsedFile,
    Withdrawn,
)
from avow.statement.predicate import PracticeEntry
from avow.values import thaw, utc_text
from avow.vocabulary import Strength

SCHEMA: Final = "https://avow-attest.github.io/report/v0.1"

MAX_FACTS_CHARACTERS: Final = 8 * 1024
"""Of the facts of one outcome, as JSON. Real declarations have some hundred; the statement has all."""

MAX_PURLS_SHOWN: Final = 100
"""Of one statement; `purlCount` has the number of all."""


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
    basis = run.basis
    return {
        "tool": {"name": "avow", "version": __version__},
        "policy": basis.policy and _file(basis.policy),
        "signerFiles": [_file(each) for each in basis.signer_files],
        "ownFiles": [_file(each) for each in basis.own_files],
        "profile": basis.profile and _edition(basis.profile),
        "supportUntil": basis.support_until and basis.support_until.isoformat(),
        "catalogue": _edition(basis.catalogue),
        "trustedRoots": [_file(each) for each in basis.trusted_roots],
        "identityOnly": basis.identity_only,
        "searched": {
            "bundles": [_place(each) for each in run.searched],
            "evidence": run.searched_for_evidence,
        },
        "evaluatedAt": utc_text(run.evaluated_at),
        "enforced": run.enforced,
        "insecure": run.insecure,
        "subjects": run.subjects,
        "candidates": run.candidates,
        "rejections": [_looked_at(each) for each in run.rejections],
        "gaps": [_looked_at(each) for each in run.gaps],
    }


def _file(file: UsedFile) -> dict[str, Any]:
    return {"name": file.name, "path": file.path, "sha256": file.sha256}


def _edition(edition: Edition) -> dict[str, Any]:
    return {"id": edition.id, "version": edition.version, "sha256": edition.sha256}


def _place(place: Place) -> dict[str, Any]:
    return {
        "location": place.location,
        "candidates": place.candidates,
        "failed": [
            {"code": each.code, "location": each.location, "message": each.message} for each in place.failed
        ],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    subject = decision.subject
    return {
        "subject": {
            "name": subject.name,
            "digest": {digest.algorithm: digest.value for digest in subject.digests},
            "purl": subject.purl and str(subject.purl),
        },
        "component": decision.component and str(decision.component),
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
            "signer": _signer(by.signer),
            "rule": by.rules[0].place,
        },
        "furtherWithdrawals": withdrawn.more,
        "blocks": withdrawn.blocks,
    }


def _signer(signer: SignerIdentity | SignerKey) -> dict[str, str]:
    return {to_camel(name): value for name, value in signer_facts(signer).items()}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "practice": finding.practice,
        "title": finding.title,
        "outcome": finding.outcome,
        "required": finding.required,
        "requiredStrength": finding.strength,
        "voice": finding.voice,
        "reason": finding.reason,
        "next": finding.next,
        "rules": finding.rules,
        "references": finding.references,
        "statement": finding.statement,
        "proven": None if finding.entry is None else _graded(finding.evidence),
        "claimed": None if finding.entry is None else _said(finding.entry, finding),
        "own": _own(finding),
    }


def _own(finding: Finding) -> dict[str, Any] | None:
    look, decision = finding.own_look, finding.own_decision
    if look is None and decision is None:
        return None
    return {
        "look": look
        and {
            "place": look.place,
            "inPlace": look.in_place,
            "at": utc_text(look.at),
            "who": look.who,
            "source": look.source,
            "sha256": look.sha256,
            "versions": look.versions,
            "artefact": look.artefact,
            "facts": look.facts and thaw(look.facts),
            "note": look.note,
        },
        "decision": decision
        and {
            "place": decision.place,
            "kind": decision.kind,
            "owner": decision.owner,
            "because": decision.because,
            "measure": decision.measure,
            "versions": decision.versions,
            "ticket": decision.ticket,
            "source": decision.source,
            "until": decision.until.isoformat(),
        },
    }


def _graded(evidence: tuple[EvidenceStrength, ...]) -> dict[str, Any]:
    return {
        "strength": max((each.verified for each in evidence), default=Strength.E0),
        "evidence": [
            {"sha256": each.sha256, "strength": each.verified, "reason": shortened(each.reason)}
            for each in evidence
        ],
    }


def _said(entry: PracticeEntry, finding: Finding) -> dict[str, Any]:
    stated = entry.facts if isinstance(entry.facts, Mapping) else {}
    deciding = [name for name in dict.fromkeys(finding.deciding_facts) if name in stated]
    facts: dict[str, Any] = {}
    characters = 0
    for name in deciding:
        value = thaw(stated[name])
        characters += len(json.dumps(value))
        if characters > MAX_FACTS_CHARACTERS:
            break
        facts[name] = value
    return {
        "status": entry.status,
        "reviewedAt": entry.reviewed_at and entry.reviewed_at.isoformat(),
        "strength": max((each.claimed for each in finding.evidence), default=Strength.E0),
        "evidence": [
            {
                "sha256": each.sha256,
                "type": shortened(each.type),
                "strength": each.claimed,
                "dated": each.retrieved_at and utc_text(each.retrieved_at),
            }
            for each in finding.evidence
        ],
        "facts": facts,
        "factsLeftOut": deciding[len(facts) :],
    }


def _attestation(attestation: Attestation) -> dict[str, Any]:
    predicate = attestation.statement.predicate
    return {
        "location": attestation.location,
        "bundleSha256": attestation.bundle_sha256,
        "payloadSha256": attestation.payload_sha256,
        "proven": {
            "signedAt": utc_text(attestation.signed_at),
            "signer": _signer(attestation.signer),
            "rule": attestation.expected.place,
            "relationship": attestation.expected.relationship,
        },
        "claimed": {
            "relationship": shortened(predicate.declarant.relationship),
            "project": shortened(predicate.scope.project.name),
            "purls": predicate.scope.purls[:MAX_PURLS_SHOWN],
            "purlCount": len(predicate.scope.purls),
            "declaredAt": utc_text(predicate.declared_at),
            "validUntil": utc_text(predicate.valid_until),
            "practices": [
                {"id": shortened(entry.id), "status": entry.status} for entry in predicate.practices
            ],
        },
        "notes": attestation.statement.notes,
    }


def _looked_at(found: Rejection | Gap) -> dict[str, Any]:
    return {
        "code": found.code,
        "location": found.location,
        "message": found.message,
        "nearest": {
            "differsIn": found.nearest.differs_in,
            "expected": found.nearest.expected,
            "found": found.nearest.found,
            "rule": found.nearest.rule,
            "next": found.step,
        },
    }
