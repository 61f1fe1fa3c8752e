"""From a minted bundle to a decision: one artefact, any signer, and a policy in a directory.

setting = Setting(tmp_path)
setting.sign(declaration())                          # the listed workflow, a bundle in the store
decision = setting.decide()

setting.sign(declaration(), signer=setting.workflow(repository="mallory/acmelib"))
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from support.virtual_sigstore import GITHUB_ISSUER, NOW, Signer, VirtualSigstore, encoded, statement

from avow.formats.purl import parse_purl
from avow.report.json import render_json
from avow.report.text import render_text
from avow.results import Attestation, Decision, Finding, Gap, Rejection, Report
from avow.statement.predicate import LIMITATION
from avow.stores import EvidenceDirectory, EvidenceStore, Store, evidence_name, open_store
from avow.subject import Digest, Subject
from avow.values import utc_text
from avow.verification.judge import verify
from avow.verification.session import Session, session_for_policy
from avow.vocabulary import Verdict

ARTEFACT: Final = b"acmelib 2.4.1, the source archive"
SHA256: Final = hashlib.sha256(ARTEFACT).hexdigest()
COMPONENT: Final = "pkg:pypi/acmelib"
REPOSITORY: Final = "acme/acmelib"
RELEASE_WORKFLOW: Final = f"https://github.com/{REPOSITORY}/.github/workflows/release.yml"
COMMIT: Final = "5e" * 20
REF: Final = "refs/tags/v2.4.1"
NOW_TEXT: Final = utc_text(NOW)

SUBJECT: Final = Subject(name="acmelib-2.4.1.tar.gz", digests=(Digest(algorithm="sha256", value=SHA256),))

REQUIRES_A_CONTACT: Final = "require: [{practice: VUL-01}]"
"""The default requirement of policies in tests: the one practice that `declaration` declares."""

Json = dict[str, Any]


def security_contact(**changed: Any) -> Json:
    """VUL-01 as an implementing project declares it; `None` removes a field."""
    entry = {
        "id": "VUL-01",
        "status": "implemented",
        "reviewedAt": "2026-11-10",
        "facts": {
            "privateReporting": True,
            "contacts": [{"kind": "web", "value": "https://acme.example/report"}],
        },
    } | changed
    return {name: value for name, value in entry.items() if value is not None}


def declaration(*practices: Json, **changed: Any) -> Json:
    """A predicate that can be relied on; `changed` calls `scope.purls` `scope_purls`; None takes it out."""
    predicate: Json = {
        "kind": "release",
        "catalogue": {"id": "declared-practices", "version": "2026.11", "digest": {}},
        "declaredAt": utc_text(NOW - timedelta(minutes=1)),
        "validUntil": utc_text(NOW + timedelta(days=700)),
        "declarant": {"relationship": "maintainer"},
        "scope": {
            "project": {"name": "acmelib", "uri": "https://acme.example"},
            "purls": [f"{COMPONENT}@2.4.1"],
            "source": {"uri": f"git+https://github.com/{REPOSITORY}", "digest": {"gitCommit": COMMIT}},
        },
        "practices": list(practices) or [security_contact()],
        "limitations": [LIMITATION],
    }
    for name, value in changed.items():
        parent, _, field = name.rpartition("_")
        place = predicate[parent] if parent else predicate
        if value is None:
            del place[field]
        else:
            place[field] = copy.deepcopy(value)
    return predicate


def declared_today() -> Json:
    """For commands that read the clock: a declaration that is current on the day of the test."""
    today = datetime.now(UTC)
    return declaration(
        security_contact(reviewedAt=today.date().isoformat()),
        declaredAt=utc_text(today - timedelta(minutes=1)),
        validUntil=utc_text(today + timedelta(days=700)),
    )


def signer_rule(*, component: str = COMPONENT, root: str = "pinned", **changed: str) -> str:
    """A signer rule for the release workflow; `changed` sets keys, empty values remove them."""
    keys = {
        "for": component,
        "relationship": "maintainer",
        "root": root,
        "issuer": GITHUB_ISSUER,
        "identity": f"{RELEASE_WORKFLOW}@refs/tags/*",
        "sourceRepository": f"https://github.com/{REPOSITORY}",
    } | changed
    return "  - {" + ", ".join(f'{key}: "{value}"' for key, value in keys.items() if value) + "}"


class Setting:
    """A directory with a trusted root, a policy and a store, and the Sigstore that the root belongs to."""

    def __init__(self, directory: Path, *, virtual: VirtualSigstore | None = None) -> None:
        # An organisation of its own: `SANDBOX` is for tests of what a sandbox's root may do.
        self.virtual = virtual or VirtualSigstore(organisation="acme trust")
        self.directory = directory
        self.store = directory / "store"
        self.evidence = directory / "evidence"
        self.policy = directory / "policy.yaml"
        self.store.mkdir()
        self.evidence.mkdir()
        self.roots: dict[str, bytes] = {}
        self.trust("pinned", self.virtual.root())
        self.ask()

    # ---- what is enforced --------------------------------------------------------------------------------

    def trust(self, name: str, root: bytes) -> None:
        """Add `root` under `name` to policies that are written later."""
        self.roots[name] = root
        (self.directory / f"{name}.json").write_bytes(root)

    def ask(self, *asked: str, signers: tuple[str, ...] | None = None) -> Path:
        """Write the policy with its signer rules; without `asked` members it requires a security contact."""
        trust = [
            f"  {name}: {{root: {name}.json, sha256: {hashlib.sha256(root).hexdigest()}}}"
            for name, root in self.roots.items()
        ]
        rows = (signer_rule(),) if signers is None else signers
        lines = ["avow-policy: 1", "trust:", *trust, "signers:", *rows, *(asked or (REQUIRES_A_CONTACT,))]
        self.policy.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self.policy

    def key_rule(self, signer: Signer, *, file: str = "key.pub", **changed: str) -> str:
        """A signer rule for a public key, whose file is written next to the policy."""
        (self.directory / file).write_bytes(signer.verifier)
        pinned = {"keyFile": file, "sha256": hashlib.sha256(signer.verifier).hexdigest()}
        return signer_rule(issuer="", identity="", sourceRepository="", **(pinned | changed))

    def session(
        self, *, now: datetime = NOW, identity_only: bool = False, accept_sandbox: bool = False
    ) -> Session:
        """What the policy asks."""
        return session_for_policy(
            self.policy, identity_only=identity_only, accept_sandbox=accept_sandbox, today=now.date()
        )

    # ---- what is found -----------------------------------------------------------------------------------

    def workflow(self, *, at: datetime | None = None, **run: Any) -> Signer:
        """A run of the listed workflow; `run` overrides its claims, see `github_claims`."""
        return self.virtual.github(
            **({"repository": REPOSITORY, "ref": REF, "sha": COMMIT} | run),
            certificate={"issuer": GITHUB_ISSUER, "at": at},
        )

    def sign(
        self,
        predicate: Mapping[str, Any],
        *,
        signer: Signer | None = None,
        name: str = "a",
        at: datetime | None = None,
        **options: Any,
    ) -> Path:
        """A bundle with a statement about the artefact; `options` as for `virtual.bundle` or `statement`."""
        about: dict[str, Any] = {
            key: options.pop(key)
            for key in ("sha256_hex", "predicate_type", "statement_type")
            if key in options
        }
        payload = statement(predicate, **({"sha256_hex": SHA256} | about))
        return self.bundle(payload, signer=signer or self.workflow(at=at), name=name, at=at, **options)

    def bundle(
        self,
        payload: bytes,
        *,
        signer: Signer,
        name: str = "a",
        at: datetime | None = None,
        by: VirtualSigstore | None = None,
        **options: Any,
    ) -> Path:
        """Store a bundle with any payload."""
        with self.virtual.at(at):
            return self.put(
                encoded((by or self.virtual).bundle(payload, signer=signer, **options)), name=name
            )

    def put(self, content: bytes, *, name: str = "a") -> Path:
        """Store a file with a bundle's name."""
        path = self.store / f"{name}.sigstore.json"
        path.write_bytes(content)
        return path

    def keep(self, content: bytes) -> str:
        """Store an evidence file under its digest, and return the digest."""
        sha256 = hashlib.sha256(content).hexdigest()
        (self.evidence / evidence_name(sha256)).write_bytes(content)
        return sha256

    # ---- what follows ------------------------------------------------------------------------------------

    def decide(
        self,
        *named: Path,
        purl: str | None = None,
        subject: Subject = SUBJECT,
        now: datetime = NOW,
        session: Session | None = None,
        evidence: Mapping[str, bytes] | None = None,
        **enforced: bool,
    ) -> Decided:
        """The report about one subject from the whole store, or from the bundles or directories `named`."""
        stores: tuple[Store, ...] = tuple(open_store(str(path)) for path in named or (self.store,))
        asked = (
            Subject(name=subject.name, digests=subject.digests, purl=parse_purl(purl)) if purl else subject
        )
        report = verify(
            (asked,),
            session=session or self.session(now=now, **enforced),
            stores=stores,
            evidence=EvidenceDirectory((self.evidence,)) if evidence is None else EvidenceInHand(evidence),
            now=now,
        )
        return Decided(report.collected())


class EvidenceInHand(EvidenceStore):
    """Evidence by its digest, as a test has it."""

    def __init__(self, held: Mapping[str, bytes]) -> None:
        self._held = held

    def content(self, sha256: str) -> bytes | None:
        """The bytes, if the test has them."""
        return self._held.get(sha256)


@dataclass(frozen=True)
class Decided:
    """A report about one subject, with what was found on the way in one place, wherever the report has it."""

    report: Report

    @property
    def decision(self) -> Decision:
        """The one decision."""
        (decision,) = self.report
        return decision

    @property
    def verdict(self) -> Verdict | None:
        """Of the decision."""
        return self.decision.verdict

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of the decision."""
        return self.decision.findings

    @property
    def attestations(self) -> tuple[Attestation, ...]:
        """Of the decision."""
        return self.decision.attestations

    @property
    def notes(self) -> tuple[str, ...]:
        """Of the decision."""
        return self.decision.notes

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """Of the decision, then of the run."""
        return (*self.decision.rejections, *self.report.run.rejections)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Of the decision, then of the run."""
        return (*self.decision.gaps, *self.report.run.gaps)

    @property
    def enforced(self) -> tuple[str, ...]:
        """Of the run."""
        return self.report.run.enforced

    @property
    def insecure(self) -> tuple[str, ...]:
        """Of the run."""
        return self.report.run.insecure

    @property
    def exit_code(self) -> int:
        """Of the report."""
        return self.report.exit_code

    @property
    def reasons(self) -> tuple[str, ...]:
        """Of the report."""
        return self.report.reasons

    @property
    def text(self) -> str:
        """The report for people."""
        return "".join(render_text(self.report))

    @property
    def json(self) -> str:
        """The report for machines."""
        return "".join(render_json(self.report))


def repo_file(sha256: str, **changed: Any) -> Json:
    """Evidence that claims to be a file of the repository with this digest."""
    item = {
        "type": "repoFile",
        "strength": "E2",
        "resource": {"uri": "SECURITY.md", "digest": {"sha256": sha256}},
        "retrievedAt": utc_text(NOW - timedelta(hours=1)),
    }
    return item | changed


def outcomes(decision: Decided) -> dict[str, str]:
    """Outcome by practice."""
    return {finding.practice: finding.outcome.value for finding in decision.findings}


def finding(decision: Decided, practice: str = "VUL-01") -> Finding:
    """The finding for one practice."""
    return next(each for each in decision.findings if each.practice == practice)


def exit_and_codes(decision: Decided) -> tuple[int, list[str], list[str]]:
    """Exit code, codes of the rejections, codes of the gaps."""
    return (
        decision.exit_code,
        [each.code for each in decision.rejections],
        [each.code for each in decision.gaps],
    )


def json_bytes(value: object) -> bytes:
    """Some JSON, as tools write it."""
    return json.dumps(value).encode()
