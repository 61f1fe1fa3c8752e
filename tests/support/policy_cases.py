"""Accepted statements for tests of the policy, built as verification would build them, without signatures.

A case of tests/vectors/policy is a directory with README.md, policy.yaml, case.json and, where the consumer
looked itself, observations.yaml.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from avow.catalogue.practices import load_catalogue
from avow.formats.purl import Purl, parse_purl
from avow.identity import ExpectedSigner, SignerKey
from avow.policy import Conclusion, Policy, conclude, parse_decisions, parse_policy
from avow.policy.decisions import Look, by_component
from avow.results import Attestation, EvidenceStrength
from avow.statement.in_toto import Statement, StatementSubject
from avow.statement.predicate import LIMITATION, Predicate
from avow.statement.validity import scope_purls
from avow.stores.evidence import EvidenceDirectory
from avow.subject import Digest, Subject
from avow.values import Frozen
from avow.verification.evidence import EvidenceReader
from avow.verification.looks import known_looks
from avow.vocabulary import Basis, Strength

VECTORS = Path(__file__).parent.parent / "vectors" / "policy"

ARTEFACT = Digest(algorithm="sha256", value=hashlib.sha256(b"the artefact").hexdigest())
OTHER_ARTEFACT = Digest(algorithm="sha256", value=hashlib.sha256(b"another artefact").hexdigest())
ROOT = hashlib.sha256(b"a trusted root").hexdigest()
KEY = hashlib.sha256(b"a key").hexdigest()

TRUST = f"""\
avow-policy: 1
trust:
  sandbox: {{root: trusted_root.json, sha256: {ROOT}}}
signers:
  - for: pkg:pypi/acmelib
    relationship: maintainer
    root: sandbox
    issuer: https://issuer.example
    identity: release@acme.example
"""
"""The part of a policy with its signer rules; requirements are appended."""


def moment(text: str) -> datetime:
    """RFC 3339, or the beginning of a day."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def predicate(*practices: dict[str, Any], **changed: Any) -> Predicate:
    """A valid predicate; `changed` replaces fields, and `purls` the purls of its scope."""
    scope = {"project": {"name": "acmelib"}, "purls": changed.pop("purls", ["pkg:pypi/acmelib@2.4.1"])}
    wire = {
        "kind": "release",
        "catalogue": {"id": "declared-practices", "version": "2026.11", "digest": {}},
        "declaredAt": "2026-11-01T00:00:00Z",
        "validUntil": "2028-11-01T00:00:00Z",
        "declarant": {"relationship": "maintainer"},
        "scope": scope,
        "practices": list(practices),
        "limitations": [LIMITATION],
    }
    return Predicate.model_validate_json(json.dumps(wire | changed))


def strength(practice: str, verified: str = "E2", **changed: Any) -> EvidenceStrength:
    """One piece of evidence as verification found it."""
    retrieved = changed.pop("retrieved_at", "2026-11-01")
    return EvidenceStrength(
        practice=practice,
        claimed=Strength(changed.pop("claimed", verified)),
        verified=Strength(verified),
        reason=changed.pop("reason", ""),
        retrieved_at=moment(retrieved) if retrieved else None,
    )


def attestation(
    said: Predicate,
    *strengths: EvidenceStrength,
    relationship: str = "maintainer",
    signed_at: str = "2026-11-02",
    digest: Digest = ARTEFACT,
) -> Attestation:
    """The result of verification for a statement about `digest`, compared with `ARTEFACT`."""
    payload = f"{said!r} {relationship} {signed_at} {digest} {strengths!r}".encode()
    sha256 = hashlib.sha256(payload).hexdigest()
    return Attestation(
        subject=Subject(name="acmelib-2.4.1.tar.gz", digests=(ARTEFACT,)),
        statement=Statement(
            payload=payload,
            subjects=(StatementSubject(name="acmelib-2.4.1.tar.gz", digests=(digest,)),),
            predicate=said,
        ),
        scope=scope_purls(said),
        basis=Basis.DIGEST if digest == ARTEFACT else Basis.COMPONENT,
        signer=SignerKey(spki_sha256=KEY),
        expected=ExpectedSigner(
            component="pkg:pypi/acmelib",
            relationship=relationship,
            place="policy.yaml:5",
            root_sha256=ROOT,
            key_sha256=KEY,
        ),
        signed_at=moment(signed_at),
        location=f"{sha256[:8]}.sigstore.json",
        bundle_sha256=sha256,
        payload_sha256=sha256,
        strengths=strengths,
    )


class PolicyCase(Frozen):
    """One directory of tests/vectors/policy."""

    name: str
    policy: Policy
    attestations: tuple[Attestation, ...]
    component: Purl | None
    version: str | None
    now: datetime
    looks: tuple[Look, ...]
    expected: Any

    def conclude(self) -> Conclusion:
        """The conclusion of the case's policy."""
        return conclude(
            self.attestations,
            policy=self.policy,
            catalogue=load_catalogue(),
            component=self.component,
            version=self.version,
            now=self.now,
            looks=by_component(self.looks),
            digests=frozenset({ARTEFACT}),
        )


def read_case(folder: Path) -> PolicyCase:
    """The case in `folder`."""
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    now = moment(case["now"])
    policy = parse_policy((folder / "policy.yaml").read_bytes(), source="policy.yaml", today=now.date())
    own = folder / "observations.yaml"
    if own.exists():
        policy = policy.with_decisions(
            parse_decisions(own.read_bytes(), source="observations.yaml", today=now.date())
        )
    return PolicyCase(
        name=folder.name,
        policy=policy,
        attestations=tuple(
            attestation(
                predicate(*each["practices"], **each.get("predicate", {})),
                *(strength(**evidence) for evidence in each.get("evidence", [])),
                relationship=each.get("relationship", "maintainer"),
                signed_at=each.get("signedAt", "2026-11-02"),
                digest=OTHER_ARTEFACT if each.get("aboutAnotherArtefact") else ARTEFACT,
            )
            for each in case["statements"]
        ),
        component=parse_purl(case["component"]) if "component" in case else None,
        version=case.get("version"),
        now=now,
        looks=known_looks(policy.looks, evidence=EvidenceReader(EvidenceDirectory(()))).known,
        expected=case["expected"],
    )


def cases() -> list[PolicyCase]:
    """Every case, by name."""
    return [read_case(folder) for folder in sorted(VECTORS.iterdir()) if folder.is_dir()]
