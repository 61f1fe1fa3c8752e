"""E4: evidence counts as somebody else's word only if the policy says whose."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from support.pipeline import (
    SHA256,
    SUBJECT,
    Setting,
    declaration,
    finding,
    repo_file,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import GITHUB_ISSUER, NOW, VirtualSigstore, encoded, statement

from avow.catalogue.practices import load_catalogue
from avow.formats.purl import parse_purl
from avow.identity import ExpectedSigner, SignerKey
from avow.statement.types import (
    PAYLOAD_TYPE,
    PREDICATE_TYPE,
    PROVENANCE,
    TEST_RESULT,
    VERIFICATION_SUMMARY,
    WITHDRAWAL_TYPE,
)
from avow.stores import EvidenceDirectory, open_store
from avow.values import utc_text
from avow.verification import confirmation
from avow.verification.confirmation import Confirmation
from avow.verification.judge import Judge
from avow.verification.pool import EvidencePool
from avow.vocabulary import Outcome

BUILDER = "https://github.com/builders/slsa/.github/workflows/build.yml@refs/tags/v1.0"


def evidence_signers(**changed: str) -> str:
    """The member of a policy that lists the builder's workflow."""
    keys = {
        "relationship": "assessor",
        "root": "pinned",
        "issuer": GITHUB_ISSUER,
        "identity": BUILDER,
        "sourceRepository": "https://github.com/builders/slsa",
    } | changed
    shown = ", ".join(f'{key}: "{value}"' for key, value in keys.items())
    return f"evidenceSigners: [{{{shown}, predicateTypes: [{PREDICATE_TYPE}]}}]"


def says_so(*, sha256_hex: str = SHA256, at: datetime = NOW, **contact: Any) -> bytes:
    """A declaration of somebody else, made `at`, that the practice is in place."""
    entry = security_contact(**({"reviewedAt": str(at.date())} | contact))
    return statement(declaration(entry, declaredAt=utc_text(at)), sha256_hex=sha256_hex)


def outcome(
    tmp_path: Path,
    *,
    listed: str = "",
    by: VirtualSigstore | None = None,
    content: bytes | None = None,
    about: str = SHA256,
    asked: str = "bound: release",
    days_before: int = 0,
    days_after: int = 0,
    extensions: dict[int, bytes | None] | None = None,
    **run: Any,
) -> Outcome:
    """The outcome of a practice that asks E4, whose evidence is a bundle of somebody else."""
    setting = Setting(tmp_path)
    setting.ask(listed or evidence_signers(), f"require: [{{practice: VUL-01, evidence: E4, {asked}}}]")
    virtual, at = by or setting.virtual, NOW - timedelta(days=days_before)
    if by is not None:
        setting.trust("other", by.root())
        setting.ask(listed or evidence_signers(), f"require: [{{practice: VUL-01, evidence: E4, {asked}}}]")
    workflow = {"workflow": ".github/workflows/build.yml", "ref": "refs/tags/v1.0"}
    builder = virtual.github(
        **({"repository": "builders/slsa"} | workflow | run),
        certificate={"issuer": GITHUB_ISSUER, "at": at, "extensions": extensions or {}},
    )
    payload = says_so(sha256_hex=about, at=at)
    with virtual.at(at):
        bundle = encoded(virtual.bundle(payload, signer=builder))
    sha256 = setting.keep(bundle if content is None else content)
    item = repo_file(sha256, type="slsaProvenance", strength="E4")
    setting.sign(declaration(security_contact(evidence=[item])))
    return finding(setting.decide(now=NOW + timedelta(days=days_after))).outcome


def test_a_listed_signer_of_another_owner_vouches(tmp_path: Path) -> None:
    """The builder is listed, verified, about this artefact, and not the project itself."""
    assert outcome(tmp_path) is Outcome.MET


@pytest.mark.parametrize(
    "changed",
    [
        {"listed": evidence_signers(identity=BUILDER.replace("build.yml", "other.yml"))},
        {"content": b'{"builder": "nobody"}'},
        {"about": "cd" * 32},
        {"by": VirtualSigstore(organisation="acme trust")},
        {"repository": "mallory/app", "called_workflow": BUILDER.removeprefix("https://github.com/")},
    ],
    ids=["not listed", "no bundle", "another artefact", "another authority", "foreign caller"],
)
def test_nothing_less_is_somebody_elses_word(changed: dict[str, Any], tmp_path: Path) -> None:
    """What is missing in each case makes it weaker evidence, never E4."""
    assert outcome(tmp_path, **changed) is Outcome.MET_WEAK_EVIDENCE


def test_the_project_does_not_vouch_for_itself(tmp_path: Path) -> None:
    """A listed workflow of the same owner is the project's own voice."""
    own = "https://github.com/acme/builder/.github/workflows/build.yml@refs/tags/v1.0"
    listed = evidence_signers(identity=own, sourceRepository="https://github.com/acme/builder")
    assert outcome(tmp_path, listed=listed, repository="acme/builder") is Outcome.MET_WEAK_EVIDENCE


@pytest.mark.parametrize("same", [True, False])
def test_people_and_keys_are_their_own_owners(same: bool, tmp_path: Path) -> None:  # noqa: FBT001  a case
    """Signers without a repository are distinguished by the subject of the certificate."""
    setting = Setting(tmp_path)
    person = "auditor@example.org"
    mail = "https://accounts.example"
    listed = (
        f'evidenceSigners: [{{relationship: assessor, root: pinned, issuer: "{mail}", identity: "{person}", '
        f"predicateTypes: [{PREDICATE_TYPE}]}}]"
    )
    speaker = person if same else "maintainer@example.org"
    row = f'{{for: "pkg:pypi/acmelib", relationship: maintainer, root: pinned, issuer: "{mail}", '
    signers = (f'  - {row}identity: "{speaker}"}}',)
    setting.ask(listed, "require: [{practice: VUL-01, evidence: E4}]", signers=signers)
    payload = says_so()
    auditor = setting.virtual.person(person, issuer=mail)
    sha256 = setting.keep(encoded(setting.virtual.bundle(payload, signer=auditor)))
    item = repo_file(sha256, type="auditReport", strength="E4")
    maintainer = auditor if same else setting.virtual.person(speaker, issuer=mail)
    setting.sign(declaration(security_contact(evidence=[item])), signer=maintainer)
    assert finding(setting.decide()).outcome is (Outcome.MET_WEAK_EVIDENCE if same else Outcome.MET)


def test_a_third_party_does_not_vouch_before_it_has_signed(tmp_path: Path) -> None:
    """One judge is asked about several moments, in any order; each has its own answer."""
    setting, later = Setting(tmp_path), NOW + timedelta(days=10)
    setting.ask(evidence_signers(), "require: [{practice: VUL-01, evidence: E4}]")
    payload = says_so(reviewedAt=str(NOW.date()))
    run = {"repository": "builders/slsa", "workflow": ".github/workflows/build.yml", "ref": "refs/tags/v1.0"}
    builder = setting.virtual.github(**run, certificate={"issuer": GITHUB_ISSUER, "at": later})
    with setting.virtual.at(later):
        sha256 = setting.keep(encoded(setting.virtual.bundle(payload, signer=builder)))
    item = repo_file(sha256, type="slsaProvenance", strength="E4")
    setting.sign(declaration(security_contact(evidence=[item])))
    stores = (open_store(str(setting.store)),)
    for order in ((NOW, later, NOW), (later, NOW, later)):
        pool = EvidencePool.gather(setting.session(), stores, subjects=(SUBJECT,), now=NOW)
        judge = Judge(pool, evidence=EvidenceDirectory((setting.evidence,)))
        assert [judge.decide(SUBJECT, now=now).is_satisfied for now in order] == [
            now == later for now in order
        ]


def test_a_signature_is_as_old_as_it_is(tmp_path: Path) -> None:
    """Whatever the project says about when it fetched it, and when it reviewed the practice."""
    for days, expected in ((400, Outcome.MET), (399, Outcome.STALE)):
        asked = f"within: {days} days, by: declarant"
        assert outcome(_made(tmp_path / str(days)), asked=asked, days_before=300, days_after=100) is expected


@pytest.mark.parametrize(
    "run",
    [
        {"repository": "acme/builder"},
        {"repository": "ACME/builder"},
        {"repository": "ACME/builder", "extensions": {16: None}},  # the owner is in the repository, too
    ],
)
def test_another_repository_of_the_same_owner_does_not_vouch(run: dict[str, Any], tmp_path: Path) -> None:
    """However it is spelled, and whether or not the certificate names the owner by itself."""
    listed = evidence_signers(
        identity=f"https://github.com/{run['repository']}/.github/workflows/build.yml@refs/tags/v1.0",
        sourceRepository=f"https://github.com/{run['repository']}",
    )
    assert outcome(_made(tmp_path / "own"), listed=listed, **run) is Outcome.MET_WEAK_EVIDENCE
    other = {**run, "repository": "builders/slsa"}
    assert outcome(_made(tmp_path / "other"), **other) is Outcome.MET


def test_a_third_party_is_bound_to_its_root(tmp_path: Path) -> None:
    """Another trusted root may name whom it likes, but not for this rule."""
    other = VirtualSigstore(organisation="acme trust")
    assert outcome(_made(tmp_path / "a"), by=other, listed=evidence_signers(root="other")) is Outcome.MET
    assert outcome(_made(tmp_path / "b"), by=other) is Outcome.MET_WEAK_EVIDENCE


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


BUILDS = "https://github.com/acme/acmelib/.github/workflows/build.yml@refs/tags/v1.0"
TESTED = {"practice": "TST-01", "type": TEST_RESULT}
BUILT = {"practice": "REL-05", "type": PROVENANCE}
CHECKED = {"practice": "REL-05", "type": VERIFICATION_SUMMARY}
SAYS = [
    ("passed", TESTED, {"result": "PASSED"}, ""),
    ("failed", TESTED, {"result": "FAILED"}, "its result is 'FAILED'"),
    ("warned", TESTED, {"result": "WARNED"}, "its result is 'WARNED'"),
    ("no result", TESTED, {}, "its result is None"),
    ("no predicate", TESTED, [], "its result is None"),
    ("another practice", TESTED | {"practice": "VUL-01"}, {"result": "PASSED"}, "says nothing about VUL-01"),
    ("a builder", BUILT, {"runDetails": {"builder": {"id": "https://builder.example"}}}, ""),
    (
        "a builder of its own",
        BUILT,
        {"runDetails": {"builder": {"id": "https://other.example"}}},
        "neither its signer nor listed in the policy",
    ),
    ("no builder", BUILT, {"runDetails": {"builder": {"id": " "}}}, "it names no builder"),
    ("nothing of a run", BUILT, {"runDetails": []}, "it names no builder"),
    ("a level", CHECKED, {"verificationResult": "PASSED", "verifiedLevels": ["SLSA_BUILD_LEVEL_2"]}, ""),
    (
        "no level",
        CHECKED,
        {"verificationResult": "PASSED", "verifiedLevels": ["SLSA_SOURCE_LEVEL_1"]},
        "no SLSA",
    ),
    (
        "failed check",
        CHECKED,
        {"verificationResult": "FAILED", "verifiedLevels": ["SLSA_BUILD_LEVEL_2"]},
        "FAILED",
    ),
    ("not allowed", BUILT | {"type": "https://example.org/audit"}, {}, "not one that the policy accepts"),
]


@pytest.mark.parametrize(
    ("asked", "predicate", "problem"), [each[1:] for each in SAYS], ids=[s[0] for s in SAYS]
)
def test_what_a_third_party_says(asked: dict[str, str], predicate: Any, problem: str) -> None:
    """A genuine signature about the right artefact confirms nothing if the statement does not."""
    payload = statement(predicate, sha256_hex=SHA256, predicate_type=asked["type"])
    assert problem in said(payload, practice=asked["practice"])
    assert bool(problem) is bool(said(payload, practice=asked["practice"]))


def said(payload: bytes, *, practice: str = "VUL-01", now: Any = NOW, same_owner: bool = False) -> str:
    """Why `payload` does not confirm the practice."""
    found = load_catalogue().practice(practice)
    assert found is not None
    question = Confirmation(found, parse_purl("pkg:pypi/acmelib@2.4.1"), now)
    rule = ExpectedSigner(
        component="*",
        relationship="assessor",
        place="policy.yaml:9",
        root_sha256=SHA256,
        key_sha256=SHA256,
        predicate_types=(PREDICATE_TYPE, TEST_RESULT, PROVENANCE, VERIFICATION_SUMMARY),
        builders=("https://builder.example",),
    )
    return confirmation.problem(
        payload,
        payload_type=PAYLOAD_TYPE,
        signed_at=NOW,
        rule=rule,
        signer=SignerKey(spki_sha256=SHA256),
        same_owner=same_owner,
        question=question,
    )


def test_the_same_owner_confirms_only_by_provenance() -> None:
    """The platform that built it speaks through the project's own workflow; a test report does not."""
    built = {"runDetails": {"builder": {"id": "https://builder.example"}}}
    provenance = statement(built, sha256_hex=SHA256, predicate_type=PROVENANCE)
    assert said(provenance, practice="REL-05", same_owner=True) == ""
    tested = statement({"result": "PASSED"}, sha256_hex=SHA256, predicate_type=TEST_RESULT)
    assert "same owner" in said(tested, practice="TST-01", same_owner=True)


@pytest.mark.parametrize(
    ("builder", "builders", "expected"),
    [
        (BUILDS, "", Outcome.MET),
        ("https://builder.example", "https://builder.example", Outcome.MET),
        ("https://builder.example", "https://other.example", Outcome.MET_WEAK_EVIDENCE),
    ],
)
def test_provenance_of_the_projects_own_workflow(
    tmp_path: Path, builder: str, builders: str, expected: Outcome
) -> None:
    """It names the workflow that signed, or a builder that the policy lists for it."""
    setting = Setting(tmp_path)
    signed_by = setting.virtual.github(
        repository="acme/acmelib",
        workflow=".github/workflows/build.yml",
        ref="refs/tags/v1.0",
        certificate={"issuer": GITHUB_ISSUER},
    )
    rule = signer_rule(relationship="automation", identity=BUILDS).strip(" -")
    rule = rule.replace('for: "pkg:pypi/acmelib", ', "")
    listed = f"{rule[:-1]}, predicateTypes: [{PROVENANCE}]" + (
        f", builders: [{builders}]" if builders else ""
    )
    setting.ask(
        f"evidenceSigners: [{listed}}}]", "require: [{practice: REL-05, evidence: E4, bound: release}]"
    )
    built = statement(
        {"runDetails": {"builder": {"id": builder}}}, sha256_hex=SHA256, predicate_type=PROVENANCE
    )
    item = repo_file(
        setting.keep(encoded(setting.virtual.bundle(built, signer=signed_by))), type="slsaProvenance"
    )
    facts = {
        "slsaBuildLevel": 2,
        "builderId": builder,
        "provenanceUrl": "https://acme.example/provenance.json",
    }
    entry = {
        "id": "REL-05",
        "status": "implemented",
        "reviewedAt": "2026-11-10",
        "facts": facts,
        "evidence": [item],
    }
    setting.sign(declaration(entry))
    assert finding(setting.decide(), "REL-05").outcome is expected


def declares(*practices: Any, **changed: Any) -> bytes:
    """Somebody else's declaration."""
    return statement(declaration(*practices, **changed), sha256_hex=SHA256)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"limitations": ["none"]}, "limitations"),
        ({"catalogue_id": "acme"}, "catalogue"),
        ({"kind": "product"}, "kind"),
        ({"declaredAt": "2027-11-20T12:00:00Z"}, "declaredAt"),
    ],
)
def test_an_unusable_declaration_confirms_nothing(changed: Any, problem: str) -> None:
    """The rules of the predicate hold for everybody's statements."""
    assert problem in said(declares(security_contact(), **changed))


@pytest.mark.parametrize(
    ("purls", "versions", "problem"),
    [
        (["pkg:pypi/acmelib@2.4.1"], None, ""),
        ([], None, ""),
        (["pkg:pypi/acmelib"], None, ""),
        (["pkg:pypi/acmelib"], "vers:pypi/>=2.4|<2.5", ""),
        (["pkg:pypi/acmelib"], "vers:pypi/<2.4", "it is not about pkg:pypi/acmelib@2.4.1"),
        (["pkg:pypi/acmelib@2.4.0"], None, "it is not about pkg:pypi/acmelib@2.4.1"),
        (["pkg:pypi/other@2.4.1"], None, "it is not about pkg:pypi/acmelib@2.4.1"),
        (["pkg:PyPI/acmelib@2.4.1"], None, "scope.purls"),
    ],
)
def test_a_declaration_about_another_component_confirms_nothing(
    purls: list[str], versions: str | None, problem: str
) -> None:
    """Its scope is a positive list, although the bytes are the same."""
    changed: dict[str, Any] = {"scope_purls": purls}
    if versions:
        changed["scope_versions"] = versions
    answer = said(declares(security_contact(), **changed))
    assert answer.startswith(problem), answer
    assert bool(answer) is bool(problem)


def test_a_declaration_about_a_project_confirms_nothing_about_a_release() -> None:
    """Whatever its entry says."""
    line = {"versions": "vers:pypi/>=2", "securityUntil": "2029-01-01"}
    entry = security_contact(id="SUP-01", facts={"lines": [line]})
    assert said(declares(entry), practice="SUP-01") == ""
    assert said(declares(entry, kind="project"), practice="SUP-01") == "it says nothing about SUP-01"
    assert said(declares(security_contact(), kind="project")) == ""


def test_what_another_declaration_says() -> None:
    """By the same conditions as the project's own, and while it lasts."""
    assert said(declares(security_contact())) == ""
    assert said(declares(security_contact(status="notImplemented"))) == "it says notImplemented"
    assert said(declares(security_contact(status=None))) == "it says nothing usable"
    assert "privateReporting" in said(declares(security_contact(facts={})))
    assert said(declares(security_contact()), practice="TST-01") == "it says nothing about TST-01"
    assert said(declares(security_contact()), now=NOW + timedelta(days=800)) == "it has expired"
    assert "fields of the predicate" in said(declares(security_contact(), scope=None))
    assert "strict JSON" in said(b"{")
    assert "predicate type" in said(statement({}, sha256_hex=SHA256, predicate_type=cast("Any", 7)))
    line = {"id": "SUP-01", "status": "implemented", "reviewedAt": "2026-11-19"}
    until = {"securityUntil": "2029-01-01"}
    for versions, problem in (
        ("vers:pypi/>=2", ""),
        ("vers:npm/>=2.0.0", "lines"),
        ("vers:pypi/<2", "lines"),
        ("2", "lines"),
    ):
        lines = {"lines": [until | {"versions": versions}]}
        answer = said(declares(line | {"facts": lines}), practice="SUP-01")
        assert answer.startswith(problem), versions
        assert bool(answer) is bool(problem), versions
    alive = {"id": "GOV-03", "reviewedAt": "2026-11-19"}
    assert said(declares(alive | {"facts": {"lifecycleState": "active"}}), practice="GOV-03") == ""
    assert (
        said(declares(alive | {"facts": {"lifecycleState": "archived"}}), practice="GOV-03")
        == "it says archived"
    )
    assert said(declares(alive), practice="GOV-03") == "it says nothing about GOV-03"


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, Outcome.MET_WEAK_EVIDENCE),
        ({"of": "0" * 64}, Outcome.MET),
        ({"repository": "acme/acmelib", "workflow": ".github/workflows/release.yml"}, Outcome.MET),
        ({"days_after": 1}, Outcome.MET),
        ({"ended": True}, Outcome.MET_WEAK_EVIDENCE),
    ],
)
def test_what_a_third_party_withdrew_counts_no_more(
    how: dict[str, Any], expected: Outcome, tmp_path: Path
) -> None:
    """It took its word back, and the project goes on to show it; nobody else takes it back."""
    setting = Setting(tmp_path)
    ended = {"validUntil": str(NOW.date())} if how.get("ended") else {}
    setting.ask(evidence_signers(**ended), "require: [{practice: VUL-01, evidence: E4, bound: release}]")

    def builder(at: datetime, **run: str) -> Any:
        named = {
            "repository": "builders/slsa",
            "workflow": ".github/workflows/build.yml",
            "ref": "refs/tags/v1.0",
        }
        return setting.virtual.github(**(named | run), certificate={"issuer": GITHUB_ISSUER, "at": at})

    said_at = NOW - timedelta(days=3)
    payload = says_so(at=said_at)
    with setting.virtual.at(said_at):
        bundle = encoded(setting.virtual.bundle(payload, signer=builder(said_at)))
    item = repo_file(setting.keep(bundle), type="slsaProvenance", strength="E4")
    setting.sign(declaration(security_contact(evidence=[item])))
    assert finding(setting.decide()).outcome is Outcome.MET
    entry = {"payloadSha256": how.get("of", hashlib.sha256(payload).hexdigest()), "reason": "factsWrong"}
    withdrawal = statement(
        {"withdrawnAt": utc_text(NOW), "withdraws": [entry]},
        sha256_hex=SHA256,
        predicate_type=WITHDRAWAL_TYPE,
    )
    at = NOW + timedelta(days=how.get("days_after", 0))
    run = {key: value for key, value in how.items() if key in {"repository", "workflow"}}
    setting.bundle(withdrawal, signer=builder(at, **run), name="withdrawal", at=at)
    assert finding(setting.decide()).outcome is expected
