"""Each key of a policy refuses something: what it is given decides.

Every case has one candidate and two policies that differ in one key. A key that were read and then ignored
would give both the same answer.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from support.pipeline import (
    COMPONENT,
    REQUIRES_A_CONTACT,
    Setting,
    declaration,
    repo_file,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import NOW, VirtualSigstore

from avow.errors import InputInvalid
from avow.policy import decisions, document
from avow.statement.types import PREDICATE_TYPE, PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.virtual_sigstore import Signer

TODAY: Final = NOW.date()
YESTERDAY: Final = f"{TODAY - timedelta(days=1)}"
TOMORROW: Final = f"{TODAY + timedelta(days=1)}"
NEXT_YEAR: Final = f"{TODAY + timedelta(days=300)}"
UNLOCKED: Final = "require: [{practice: VUL-01}, {practice: SRC-02}]"
"""The declaration of these tests says nothing about SRC-02."""


@dataclass(frozen=True)
class Case:
    """Two policies for one candidate; a policy is written by a function of the setting."""

    key: str
    accepts: Callable[[Setting], object]
    refuses: Callable[[Setting], object]
    signer: Callable[[Setting], Signer] = field(default=lambda setting: setting.workflow())
    predicate: Callable[[Setting], dict[str, Any]] = field(default=lambda _: declaration())
    invalid: bool = False
    """The second policy is refused as such."""


def rule(**changed: str) -> Callable[[Setting], object]:
    """A policy with one signer rule."""
    return lambda setting: setting.ask(signers=(signer_rule(**changed),))


def asks(*lines: str) -> Callable[[Setting], object]:
    """A policy that asks this of the listed workflow."""
    return lambda setting: setting.ask(*lines)


def text(old: str, new: str) -> Callable[[Setting], object]:
    """The default policy with another text in it."""

    def write(setting: Setting) -> None:
        path = setting.ask()
        written = path.read_text(encoding="utf-8")
        assert old in written
        path.write_text(written.replace(old, new, 1), encoding="utf-8")

    return write


def accepted(**changed: str) -> Callable[[Setting], object]:
    """A policy that accepts the gap of the practice that is not declared; `changed` sets its keys."""
    gap = {
        "practice": "SRC-02",
        "for": COMPONENT,
        "versions": "vers:pypi/>=2.4|<2.5",
        "because": "the repository moves next year",
        "measure": "checked by hand for each update",
        "owner": "product security",
        "ticket": "SEC-1",
        "until": NEXT_YEAR,
    } | changed
    line = ", ".join(f'{key}: "{value}"' for key, value in gap.items() if value)
    return asks(UNLOCKED, f"acceptedGaps: [{{{line}}}]")


def _key_rule(setting: Setting, **changed: str) -> None:
    setting.ask(signers=(setting.key_rule(KEY, **changed),))


def _another_key_file(setting: Setting) -> None:
    row = setting.key_rule(KEY, file="key.pub")
    (setting.directory / "other.pub").write_bytes(VirtualSigstore.managed_key().verifier)
    setting.ask(signers=(row.replace("key.pub", "other.pub"),))


def _signer_file(setting: Setting, *, pinned: bytes | None = None, path: str = "signers.json") -> None:
    keys = dict(pair.split(": ", 1) for pair in signer_rule().strip(" -{}").split(", "))
    content = json.dumps({"avow-signers": 1, "signers": [{k: json.loads(v) for k, v in keys.items()}]})
    (setting.directory / "signers.json").write_text(content, encoding="utf-8")
    other = content.replace("release.yml", "lint.yml")
    (setting.directory / "other.json").write_text(other, encoding="utf-8")
    digest = hashlib.sha256(content.encode() if pinned is None else pinned).hexdigest()
    policy = setting.ask(signers=()).read_text(encoding="utf-8")
    setting.policy.write_text(
        policy.replace("signers:\n", f"signerFiles: [{{path: {path}, sha256: {digest}}}]\n")
        if path == "signers.json"
        else policy.replace("signers:\n", f"signerFiles: [{{path: {path}}}]\n"),
        encoding="utf-8",
    )


def _evidence(setting: Setting) -> dict[str, Any]:
    kept = setting.keep(b"# Security\n")
    return declaration(security_contact(evidence=[repo_file(kept)]))


def _vouched(setting: Setting) -> dict[str, Any]:
    """A statement whose evidence is a bundle by somebody else about the same artefact."""
    assessor = setting.virtual.person("reports@assessor.example", issuer="https://accounts.example")
    bundle = setting.sign(declaration(), signer=assessor, name="report").read_bytes()
    (setting.store / "report.sigstore.json").unlink()
    return declaration(security_contact(evidence=[repo_file(setting.keep(bundle))]))


def _vouched_by(identity: str, *, predicate_type: str = PREDICATE_TYPE) -> Callable[[Setting], object]:
    """A policy that asks for such evidence, and accepts this type of this signer."""
    return asks(
        "evidenceSigners: [{relationship: assessor, root: pinned, issuer: https://accounts.example, "
        f"identity: {identity}, predicateTypes: [{predicate_type}]}}]",
        "require: [{practice: VUL-01, evidence: E4, bound: release}]",
    )


def _denied(*, may_contradict: str) -> Callable[[Setting], object]:
    """The project says yes; a researcher, whom a rule lists, says no."""

    def write(setting: Setting) -> None:
        researcher = setting.virtual.person("reports@researcher.example", issuer="https://accounts.example")
        setting.sign(declaration(security_contact(status="notImplemented")), signer=researcher, name="denial")
        theirs = signer_rule(
            relationship="researcher",
            issuer="https://accounts.example",
            identity="reports@researcher.example",
            sourceRepository="",
        )
        setting.ask(signers=(signer_rule(), theirs.replace("}", f"{may_contradict}}}")))

    return write


def _built(setting: Setting) -> dict[str, Any]:
    """A statement whose evidence is provenance by somebody else, who names a builder of its own."""
    assessor = setting.virtual.person("reports@assessor.example", issuer="https://accounts.example")
    built = {"runDetails": {"builder": {"id": "https://builder.example"}}}
    bundle = setting.sign(built, signer=assessor, name="built", predicate_type=PROVENANCE).read_bytes()
    (setting.store / "built.sigstore.json").unlink()
    facts = {
        "slsaBuildLevel": 2,
        "builderId": "https://builder.example",
        "provenanceUrl": "https://acme.example/provenance.json",
    }
    entry = {"id": "REL-05", "status": "implemented", "reviewedAt": "2026-11-10", "facts": facts}
    return declaration(entry | {"evidence": [repo_file(setting.keep(bundle))]})


def _built_by(builder: str) -> Callable[[Setting], object]:
    return asks(
        "evidenceSigners: [{relationship: assessor, root: pinned, issuer: https://accounts.example, "
        f"identity: reports@assessor.example, predicateTypes: [{PROVENANCE}], builders: [{builder}]}}]",
        "require: [{practice: REL-05, evidence: E4, bound: release}]",
    )


def _rule_of_another_root(setting: Setting) -> None:
    setting.trust("other", VirtualSigstore(organisation="acme trust").root())
    setting.ask(signers=(signer_rule(root="other"),))


def _accepted_for_another(setting: Setting) -> None:
    accepted(**{"for": "pkg:pypi/x"})(setting)
    written = setting.policy.read_text(encoding="utf-8")
    second = signer_rule(component="pkg:pypi/x")
    setting.policy.write_text(written.replace("signers:\n", f"signers:\n{second}\n", 1), encoding="utf-8")


KEY: Final = VirtualSigstore.managed_key()
CASES: Final = (
    Case("avow-policy", asks(REQUIRES_A_CONTACT), text("avow-policy: 1", "avow-policy: 2"), invalid=True),
    Case("name", asks("name: lamp", REQUIRES_A_CONTACT), asks("name: 7", REQUIRES_A_CONTACT), invalid=True),
    Case("profile", asks(REQUIRES_A_CONTACT), asks("profile: orc-light")),
    Case(
        "supportUntil",
        asks(REQUIRES_A_CONTACT, "supportUntil: 2031-12-31"),
        asks("profile: default-low", "supportUntil: 2031-12-31"),
    ),
    Case(
        "trust.root", asks(REQUIRES_A_CONTACT), text("root: pinned.json", "root: policy.yaml"), invalid=True
    ),
    Case("trust.sha256", asks(REQUIRES_A_CONTACT), text("sha256: ", "sha256: 0000"), invalid=True),
    Case("signers.for", rule(), rule(component="pkg:pypi/other")),
    Case(
        "signers.relationship",
        asks("require: [{practice: VUL-01, relationships: [maintainer]}]"),
        lambda s: s.ask(
            "require: [{practice: VUL-01, relationships: [maintainer]}]",
            signers=(signer_rule(relationship="steward"), signer_rule(component="pkg:pypi/x")),
        ),
    ),
    Case("signers.root", rule(), _rule_of_another_root),
    Case(
        "signers.issuer",
        rule(),
        rule(issuer="https://other.example", identity="a@acme.example", sourceRepository=""),
    ),
    Case(
        "signers.identity",
        rule(),
        rule(identity="https://github.com/acme/acmelib/.github/workflows/lint.yml@refs/tags/*"),
    ),
    Case("signers.sourceRepository", rule(), rule(sourceRepository="https://github.com/acme/other")),
    Case("signers.repositoryId", rule(), rule(repositoryId="999")),
    Case("signers.ownerId", rule(), rule(ownerId="999")),
    Case("signers.ref", rule(ref="refs/tags/v2.4.1"), rule(ref="refs/tags/v2.4.2")),
    Case("signers.validFrom", rule(validFrom=YESTERDAY), rule(validFrom=TOMORROW)),
    Case("signers.validUntil", rule(validUntil=TOMORROW), rule(validUntil=YESTERDAY)),
    Case("signers.revokedAt", rule(revokedAt=TOMORROW), rule(revokedAt=YESTERDAY)),
    Case(
        "signers.triggers",
        lambda s: s.ask(signers=(signer_rule().replace("}", ", triggers: [push, schedule]}"),)),
        lambda s: s.ask(signers=(signer_rule().replace("}", ", triggers: [schedule]}"),)),
    ),
    Case(
        "signers.allowSelfHosted",
        lambda s: s.ask(signers=(signer_rule().replace("}", ", allowSelfHosted: true}"),)),
        lambda s: s.ask(signers=(signer_rule().replace("}", ", allowSelfHosted: false}"),)),
        signer=lambda s: s.workflow(runner_environment="self-hosted"),
    ),
    Case("signers.keyFile", _key_rule, _another_key_file, signer=lambda _: KEY, invalid=True),
    Case(
        "signers.sha256",
        _key_rule,
        lambda s: _key_rule(s, sha256="0" * 64),
        signer=lambda _: KEY,
        invalid=True,
    ),
    Case("signerFiles.path", _signer_file, lambda s: _signer_file(s, path="other.json")),
    Case("signerFiles.sha256", _signer_file, lambda s: _signer_file(s, pinned=b"other"), invalid=True),
    Case(
        "evidenceSigners",
        _vouched_by("reports@assessor.example"),
        _vouched_by("others@assessor.example"),
        predicate=_vouched,
    ),
    Case(
        "evidenceSigners.builders",
        _built_by("https://builder.example"),
        _built_by("https://other.example"),
        predicate=_built,
    ),
    Case(
        "evidenceSigners.predicateTypes",
        _vouched_by("reports@assessor.example"),
        _vouched_by("reports@assessor.example", predicate_type=PROVENANCE),
        predicate=_vouched,
    ),
    Case("require.practice", asks(REQUIRES_A_CONTACT), asks("require: [{practice: SRC-02}]")),
    Case(
        "require.evidence",
        asks("require: [{practice: VUL-01, evidence: E2}]"),
        asks("require: [{practice: VUL-01, evidence: E3}]"),
        predicate=_evidence,
    ),
    Case(
        "require.within",
        asks("require: [{practice: VUL-01, within: 400 days, by: declarant}]"),
        asks("require: [{practice: VUL-01, within: 365 days, by: declarant}]"),
        predicate=lambda _: declaration(security_contact(reviewedAt=f"{TODAY - timedelta(days=380)}")),
    ),
    Case(
        "require.by",
        asks("require: [{practice: VUL-01, within: 400 days, by: declarant}]"),
        asks("require: [{practice: VUL-01, within: 400 days, by: observer}]"),
    ),
    Case(
        "require.bound",
        asks("require: [{practice: VUL-01, bound: release}]"),
        asks(REQUIRES_A_CONTACT),
        predicate=lambda _: declaration(security_contact(reviewedAt=f"{TODAY - timedelta(days=3000)}")),
    ),
    Case(
        "require.relationships",
        asks("require: [{practice: VUL-01, relationships: [maintainer]}]"),
        lambda s: s.ask(
            "require: [{practice: VUL-01, relationships: [steward]}]",
            signers=(signer_rule(), signer_rule(component="pkg:pypi/x", relationship="steward")),
        ),
    ),
    Case(
        "signers.mayContradict", _denied(may_contradict=""), _denied(may_contradict=", mayContradict: true")
    ),
    Case("acceptedGaps.practice", accepted(), accepted(practice="VUL-01")),
    Case("acceptedGaps.for", accepted(), _accepted_for_another),
    Case("acceptedGaps.versions", accepted(), accepted(versions="vers:pypi/>=2.5")),
    Case("acceptedGaps.until", accepted(), accepted(until=YESTERDAY)),
    Case("acceptedGaps.because", accepted(), accepted(because=""), invalid=True),
    Case("acceptedGaps.owner", accepted(), accepted(owner=""), invalid=True),
    Case("acceptedGaps.measure", accepted(), accepted(measure=""), invalid=True),
)


def test_every_key_has_a_case() -> None:
    """A new key of the format comes with one."""
    below = {
        "trust": ("root", "sha256"),
        "signers": (
            *document._SPEAKER_KEYS,
            *document._ROW_KEYS,
            *document._IDENTITY_KEYS,
            *document._KEY_KEYS,
        ),
        "signerFiles": document._SIGNER_FILE_KEYS,
        "evidenceSigners": document._EVIDENCE_KEYS,
        "require": document._REQUIRE_KEYS,
        "acceptedGaps": decisions._GAP_KEYS,
    }
    keys = {f"{part}.{key}" for part, keys in below.items() for key in keys}
    keys.remove("acceptedGaps.ticket")  # it is shown, and decides nothing
    assert {case.key for case in CASES} == keys | (set(document._POLICY_KEYS) - below.keys()) | {
        "evidenceSigners"
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_a_key_decides(case: Case, tmp_path: Path) -> None:
    """The same candidate satisfies one policy, and not the other one."""
    setting = Setting(tmp_path)
    setting.sign(case.predicate(setting), signer=case.signer(setting))

    case.accepts(setting)
    assert setting.decide(purl=f"{COMPONENT}@2.4.1").exit_code == 0, setting.decide().text

    case.refuses(setting)
    if case.invalid:
        with pytest.raises(InputInvalid):
            setting.decide(purl=f"{COMPONENT}@2.4.1")
    else:
        assert setting.decide(purl=f"{COMPONENT}@2.4.1").exit_code != 0
