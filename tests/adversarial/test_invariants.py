"""The invariants of the product, each with a test that tries to break it.

Other tests try the same at their own level; here each is tried on the whole way from a file to a decision.
"""

from __future__ import annotations

import ast
import json
import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest
from support.pipeline import (
    COMPONENT,
    REF,
    REPOSITORY,
    SHA256,
    SUBJECT,
    Decided,
    Setting,
    declaration,
    json_bytes,
    outcomes,
    repo_file,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import GITHUB_ISSUER, NOW, VirtualSigstore, encoded

import avow
from avow.catalogue.practices import load_catalogue
from avow.errors import AvowError, InputInvalid
from avow.identity import ExpectedSigner, SignerIdentity, SignerKey
from avow.policy import conclude, policy_of_profile
from avow.results import Attestation
from avow.statement.in_toto import read_statement
from avow.statement.predicate import Predicate, _WireModel
from avow.statement.types import PREDICATE_TYPE, STATEMENT_TYPE_V1
from avow.transparency.backend import VerifiedEnvelope
from avow.values import Frozen
from avow.vocabulary import Verdict


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A trusted root, a policy, an empty store."""
    return Setting(tmp_path)


def refused(setting: Setting) -> Decided:
    """A decision with one refusal of each kind that the pipeline itself finds."""
    foreign = setting.workflow(repository="mallory/acmelib")
    paths = [
        setting.put(b"{}", name="malformed"),
        setting.sign(declaration(), signer=foreign, name="foreign signer"),
        setting.sign(declaration(scope_purls=["pkg:pypi/other@1"]), name="foreign component"),
        setting.sign(declaration(), sha256_hex="00" * 32, name="foreign artefact"),
        setting.sign({}, predicate_type="https://slsa.dev/provenance/v1", name="foreign predicate"),
        setting.sign(declaration(limitations=[]), name="unreliable"),
        setting.sign(declaration(scope_purls=["pkg:pypi/Acme"]), name="non canonical"),
        setting.sign({}, name="unreadable predicate"),
        setting.bundle(b"[]", signer=setting.workflow(), name="no statement"),
        setting.bundle(b"{}", signer=setting.workflow(), name="no type"),
        setting.bundle(b"{}", signer=setting.workflow(), payload_type="text/plain", name="payload type"),
    ]
    edited = setting.virtual.bundle(b"{}", signer=setting.workflow())
    edited["dsseEnvelope"]["payload"] = "W10="
    paths.append(setting.put(encoded(edited), name="edited"))
    return setting.decide(*paths)


# ---- 1 ---------------------------------------------------------------------------------------------------


def test_1_nothing_checked_is_never_a_yes(setting: Setting) -> None:
    """No statement, no subject, no rule, no signer: each alone makes a yes impossible."""
    no_statement = setting.decide()
    assert no_statement.exit_code == 3

    no_subject = json_bytes(
        {
            "_type": STATEMENT_TYPE_V1,
            "subject": [],
            "predicateType": PREDICATE_TYPE,
            "predicate": declaration(),
        }
    )
    setting.bundle(no_subject, signer=setting.workflow())
    assert setting.decide().exit_code == 4

    for asked, signers in (("name: no rule", None), ("require: [{practice: VUL-01}]", ())):
        setting.ask(asked, signers=signers)
        with pytest.raises(InputInvalid):
            setting.session()


def test_1_a_policy_without_rules_is_never_a_yes() -> None:
    """Even if it is built in memory, without the parser."""
    policy = policy_of_profile("orc-light").model_copy(update={"required": (), "recommended": ()})
    conclusion = conclude((), policy=policy, catalogue=load_catalogue(), component=None, now=NOW)
    assert conclusion.verdict is Verdict.ACTION_NEEDED


# ---- 2 ---------------------------------------------------------------------------------------------------


def test_2_claims_and_proofs_are_different_types() -> None:
    """Nothing that a project writes is a model of proven facts, nor the other way round."""
    assert not issubclass(Predicate, Frozen)
    assert not issubclass(VerifiedEnvelope, _WireModel)
    assert not issubclass(SignerIdentity, _WireModel)
    proven = {name for kind in (VerifiedEnvelope, SignerIdentity) for name in kind.model_fields}
    assert not proven & set(Predicate.model_fields)
    assert Attestation.model_fields["signer"].annotation == SignerIdentity | SignerKey


def test_2_claims_and_proofs_never_share_a_column(setting: Setting) -> None:
    """A predicate that imitates a certificate changes nothing under `proven`."""
    setting.sign(declaration(), name="a")
    honest = json.loads(setting.decide().json)["results"][0]["attestations"][0]
    dressed = declaration(
        declarant={"relationship": "steward", "organization": {"name": "Sigstore"}},
        signer={"issuer": "https://forged.example", "san": "root@forged.example"},
        proven={"signer": {"issuer": "https://forged.example"}},
        signedAt="2020-01-01T00:00:00Z",
    )
    setting.sign(dressed, name="a")
    forged = json.loads(setting.decide().json)["results"][0]["attestations"][0]
    assert forged["proven"] == honest["proven"]
    assert forged["claimed"]["relationship"] == "steward"
    assert "forged.example" not in setting.decide().text


# ---- 3 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["issuer", "identity", "root"])
def test_3_both_halves_and_a_root_are_required(setting: Setting, missing: str) -> None:
    """In a policy file, and in the type itself."""
    setting.ask(signers=(signer_rule(**{missing: ""}),))
    with pytest.raises(InputInvalid):
        setting.session()
    whole: dict[str, Any] = {"issuer": GITHUB_ISSUER, "identity": "a@b.example", "root_sha256": SHA256}
    ExpectedSigner(component=COMPONENT, relationship="maintainer", place="test", **whole)
    part = {name: value for name, value in whole.items() if name.removesuffix("_sha256") != missing}
    with pytest.raises(ValueError, match=missing):
        ExpectedSigner(component=COMPONENT, relationship="maintainer", place="test", **part)


@pytest.mark.parametrize(
    "identity",
    [
        "https://github.com/acme/*/.github/workflows/release.yml@refs/tags/*",
        "https://github.com/*/acmelib/.github/workflows/release.yml@refs/tags/*",
        "https://github.com/acme/acme*",
        "*",
    ],
)
def test_3_patterns_are_literal_through_the_repository(setting: Setting, identity: str) -> None:
    """A star in owner or repository would let neighbours sign."""
    setting.ask(signers=(signer_rule(identity=identity),))
    with pytest.raises(InputInvalid):
        setting.session()


def test_3_patterns_match_in_full(setting: Setting) -> None:
    """Text before or after the pattern is not ignored, and a star does not match a slash."""
    for ref in ("refs/tags/v1/../../heads/main", "refs/tags/"):
        setting.sign(declaration(), signer=setting.workflow(ref=ref), name="a")
        assert setting.decide().attestations == ()


def test_3_the_source_repository_of_a_ci_signer_matches_too(setting: Setting) -> None:
    """The subject of a reusable workflow is the same for every caller."""
    called = f"{REPOSITORY}/.github/workflows/release.yml@{REF}"
    caller = setting.workflow(repository="mallory/lib", called_workflow=called)
    setting.sign(declaration(scope_source=None), signer=caller)
    (rejection,) = setting.decide().rejections
    assert rejection.nearest.differs_in == ("sourceRepository",)


# ---- 4: the property test is in tests/unit/policy/test_conclude.py --------------------------------------


def test_4_unusable_evidence_counts_for_nothing_and_is_listed(setting: Setting) -> None:
    """With and without it, the decision is the same except for the list of rejections."""
    setting.sign(declaration(security_contact(status="notImplemented")), name="honest")
    alone = setting.decide()
    setting.sign(declaration(), signer=setting.workflow(repository="mallory/acmelib"), name="kind stranger")
    beside = setting.decide()
    assert beside.findings == alone.findings
    assert beside.verdict == alone.verdict
    assert [each.code for each in beside.rejections] == ["identity-mismatch"]


# ---- 5 ---------------------------------------------------------------------------------------------------


def test_5_every_refusal_says_what_to_do(setting: Setting) -> None:
    """Each has a code, a location and a next step; those of the pipeline also name the difference."""
    decision = refused(setting)
    assert len(decision.rejections) == 12
    for rejection in decision.rejections:
        assert rejection.code
        assert rejection.location
        assert rejection.nearest.next or rejection.hint, rejection
    ours = {each.code: each for each in decision.rejections}
    for code in ("identity-mismatch", "subject-mismatch", "predicate-invalid", "predicate-type"):
        assert ours[code].nearest.differs_in or ours[code].nearest.rule, code


def test_5_all_problems_are_reported(setting: Setting) -> None:
    """In a policy and in a predicate: not only the first one."""
    setting.policy.write_text(
        "avow-policy: 2\nprofile: none-such\nsigners: [{for: pkg:pypi/*, issuer: '*'}]\nextra: 1\n"
    )
    with pytest.raises(InputInvalid) as refusal:
        setting.session()
    assert len(refusal.value.problems) > 4
    assert all(problem.line for problem in refusal.value.problems)


# ---- 6 ---------------------------------------------------------------------------------------------------


def test_6_verification_opens_no_socket(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """With everything in use: two roots, a key, evidence, rejections. Verification is always offline."""
    other = VirtualSigstore(organisation="other trust")
    setting.trust("other", other.root())
    setting.ask(
        "require: [{practice: VUL-01, evidence: E2}]", signers=(signer_rule(), signer_rule(root="other"))
    )
    sha256 = setting.keep(b"# Security")
    link = {"type": "url", "strength": "E1", "resource": {"uri": "https://acme.example/SECURITY"}}
    setting.sign(declaration(security_contact(evidence=[link, repo_file(sha256)])), name="good", rekor=2)

    def opened(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, opened)
    assert setting.decide().exit_code == 0
    refused(setting)


def test_6_no_environment_variable_weakens_a_check(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that make other tools trust more change nothing."""
    stranger = VirtualSigstore(organisation="other trust")
    setting.put(encoded(stranger.bundle(b"{}", signer=stranger.person())))
    before = setting.decide().json
    for name, value in {
        "SIGSTORE_ROOT_FILE": str(setting.directory / "pinned.json"),
        "SIGSTORE_TRUSTED_ROOT": str(setting.directory / "pinned.json"),
        "COSIGN_EXPERIMENTAL": "1",
        "AVOW_INSECURE_SANDBOX": "1",
        "INSECURE_SANDBOX": "1",
        "PYTHONHTTPSVERIFY": "0",
        "TUF_ROOT": "/",
    }.items():
        monkeypatch.setenv(name, value)
    assert setting.decide().json == before


READS_THE_ENVIRONMENT = {
    "avow/drafting/checkout.py": "git needs PATH and HOME to run at all; nothing in a verification runs git",
    "avow/cli/__init__.py": "NO_COLOR",
}


def test_6_no_module_of_a_verification_reads_the_environment() -> None:
    """No switch can hide there."""
    package = Path(avow.__file__).parent
    readers = {
        str(path.relative_to(package.parent))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
        or (isinstance(node, ast.ImportFrom) and {a.name for a in node.names} & {"environ", "getenv"})
    }
    assert readers <= READS_THE_ENVIRONMENT.keys()


def test_6_weakening_is_recorded(tmp_path: Path) -> None:
    """A sandbox's root needs a flag, and every form of the result records it."""
    setting = Setting(tmp_path, virtual=VirtualSigstore())
    setting.sign(declaration())
    with pytest.raises(InputInvalid):
        setting.decide()
    decision = setting.decide(accept_sandbox=True)
    assert "INSECURE" in decision.text
    assert json.loads(decision.json)["run"]["insecure"] == list(decision.insecure) != []


# ---- 7 ---------------------------------------------------------------------------------------------------


def test_7_the_verified_bytes_are_the_bytes_that_are_parsed(setting: Setting) -> None:
    """White space and member order of the payload are kept: nothing is serialised again in between."""
    payload = json.dumps(
        {
            "subject": [{"name": "a", "digest": {"sha256": SHA256}}],
            "predicate": declaration(),
            "predicateType": PREDICATE_TYPE,
            "_type": STATEMENT_TYPE_V1,
        },
        indent=3,
    ).encode()
    setting.bundle(payload, signer=setting.workflow())
    (attestation,) = setting.decide().attestations
    assert attestation.statement.payload == payload
    assert read_statement(payload, payload_type="application/vnd.in-toto+json") == attestation.statement


def test_7_bytes_that_two_readers_read_differently_are_refused(setting: Setting) -> None:
    """Duplicate keys in payload and bundle, and bundles that are too large or too deep."""
    fine = encoded(setting.virtual.bundle(b"{}", signer=setting.workflow()))
    for name, content in {
        "twice": fine[:-1] + b', "mediaType": "other"}',
        "deep": b'{"dsseEnvelope":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        "trailing": fine + b"{}",
    }.items():
        setting.put(content, name=name)
    decision = setting.decide()
    assert [each.code for each in decision.rejections] == ["bundle-malformed"] * 3


# ---- 8 ---------------------------------------------------------------------------------------------------


def test_8_a_no_is_a_result_and_a_failure_an_exception(setting: Setting) -> None:
    """Exit code 1 is a decision with findings; a failure to find out is raised, with another code."""
    setting.sign(declaration(security_contact(status="notImplemented")))
    decision = setting.decide()
    assert (decision.exit_code, outcomes(decision)) == (1, {"VUL-01": "declaredGap"})
    with pytest.raises(AvowError) as failure:
        setting.decide(setting.directory / "absent.sigstore.json")
    assert failure.value.exit_code == 2
    setting.policy.unlink()
    with pytest.raises(AvowError) as failure:
        setting.session()
    assert failure.value.exit_code == 2


def test_the_artefact_of_these_tests_is_the_one_they_sign() -> None:
    """Otherwise a refusal above could have another reason."""
    assert SUBJECT.digest("sha256") == SHA256
