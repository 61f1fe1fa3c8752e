"""Attacks on verification, minted by a Sigstore for tests; each is refused for the right reason."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pipeline import (
    COMMIT,
    COMPONENT,
    REF,
    REPOSITORY,
    REQUIRES_A_CONTACT,
    SUBJECT,
    Decided,
    Json,
    Setting,
    declaration,
    exit_and_codes,
    finding,
    json_bytes,
    outcomes,
    repo_file,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import (
    GITHUB_ISSUER,
    NOW,
    Signer,
    VirtualSigstore,
    duplicated,
    encoded,
    statement,
)

from avow.catalogue.profiles import load_profile
from avow.errors import InputInvalid
from avow.statement.types import PREDICATE_TYPE, STATEMENT_TYPE_V1
from avow.subject import Digest, Subject
from avow.verification.session import SignerFlags, session_for_flags
from avow.vocabulary import Verdict


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A trusted root, a policy that lists the release workflow, an empty store."""
    return Setting(tmp_path)


def elsewhere() -> VirtualSigstore:
    """Another instance: other keys, the same names."""
    return VirtualSigstore(organisation="acme trust")


# ---- who signed ------------------------------------------------------------------------------------------


class Stranger(NamedTuple):
    """A signer whom the policy does not list, and the fields that differ."""

    name: str
    mint: Callable[[Setting], Signer]
    differs_in: tuple[str, ...]
    listed: str = signer_rule()


STRANGERS = (
    Stranger(
        "another workflow of the repository",
        lambda s: s.workflow(workflow=".github/workflows/nightly.yml"),
        ("identity",),
    ),
    Stranger(
        "the workflow in a fork",
        lambda s: s.workflow(repository="mallory/acmelib"),
        ("identity", "sourceRepository"),
    ),
    Stranger(
        "the allowed workflow, reused by a foreign repository",
        lambda s: s.workflow(
            repository="mallory/lib", called_workflow=f"{REPOSITORY}/.github/workflows/release.yml@{REF}"
        ),
        ("sourceRepository",),
    ),
    Stranger(
        "a repository whose name was registered again",
        lambda s: s.workflow(repository_id="999"),
        ("repositoryId",),
        signer_rule(repositoryId="1300192"),
    ),
    Stranger(
        "an owner whose name was registered again",
        lambda s: s.workflow(owner_id="999"),
        ("ownerId",),
        signer_rule(ownerId="4711"),
    ),
    Stranger(
        "a branch of the repository",
        lambda s: s.workflow(ref="refs/heads/mallory"),
        ("identity", "triggers"),
    ),
    Stranger("somebody's own runner", lambda s: s.workflow(runner_environment="self-hosted"), ("runner",)),
    Stranger(
        "a person whose address looks like the workflow",
        lambda s: s.virtual.person("release.yml@acme.example"),
        ("issuer", "identity", "sourceRepository"),
    ),
    Stranger(
        "the right subject by another issuer",
        lambda s: s.virtual.github(repository=REPOSITORY, ref=REF, sha=COMMIT),
        ("issuer",),
    ),
    Stranger("a longer repository name", lambda s: s.workflow(repository=f"{REPOSITORY}x"), ("identity",)),
)


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda stranger: stranger.name)
def test_a_stranger_is_refused_and_the_nearest_rule_named(setting: Setting, stranger: Stranger) -> None:
    """Exit code 4; the rejection names the differing fields, the nearest signer rule and the next step."""
    setting.ask(signers=(stranger.listed,))
    setting.sign(declaration(scope_source=None), signer=stranger.mint(setting))
    decision = setting.decide()
    assert exit_and_codes(decision) == (4, ["identity-mismatch"], [])
    nearest = decision.rejections[0].nearest
    assert set(stranger.differs_in) <= set(nearest.differs_in)
    assert len(stranger.differs_in) > 1 or stranger.differs_in == nearest.differs_in[:1]
    assert nearest.rule == f"{setting.policy}:5"
    assert nearest.next


def test_the_reusable_workflow_differs_in_the_repository_alone(setting: Setting) -> None:
    """Subject and issuer are those of the honest release; only the source repository differs."""
    honest = setting.workflow()
    reused = setting.workflow(
        repository="mallory/lib", called_workflow=f"{REPOSITORY}/.github/workflows/release.yml@{REF}"
    )
    san = x509_subjects(honest)
    assert san == x509_subjects(reused)
    setting.sign(declaration(scope_source=None), signer=reused)
    assert setting.decide().rejections[0].nearest.differs_in == ("sourceRepository",)


def x509_subjects(signer: Signer) -> list[Any]:
    """The subject alternative names of a certificate."""
    return list(signer.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def test_a_foreign_authority_is_an_unknown_one(setting: Setting) -> None:
    """The right names from a CA that is not in the root: never accepted, and reported as unknown."""
    foreign = elsewhere()
    signer = foreign.github(repository=REPOSITORY, ref=REF, sha=COMMIT)
    setting.bundle(statement(declaration(), sha256_hex=SUBJECT.digests[0].value), signer=signer, by=foreign)
    assert exit_and_codes(setting.decide()) == (5, [], ["root-too-old"])


def test_a_foreign_certificate_in_our_log_is_still_foreign(setting: Setting) -> None:
    """Anybody can use the log: entry and timestamp verify, the certificate does not."""
    signer = elsewhere().github(repository=REPOSITORY, ref=REF, sha=COMMIT)
    setting.sign(declaration(), signer=signer)
    decision = setting.decide()
    assert decision.exit_code == 5
    assert decision.attestations == ()


def test_roots_are_never_merged(setting: Setting) -> None:
    """Both roots are trusted, each for its own signer rule: the same identity under the other is refused."""
    other = elsewhere()
    setting.trust("other", other.root())
    setting.ask(signers=(signer_rule(root="pinned"), signer_rule(component="pkg:pypi/other", root="other")))
    signer = other.github(repository=REPOSITORY, ref=REF, sha=COMMIT, certificate={"issuer": GITHUB_ISSUER})
    setting.bundle(statement(declaration(), sha256_hex=SUBJECT.digests[0].value), signer=signer, by=other)
    decision = setting.decide(purl=COMPONENT)
    assert exit_and_codes(decision) == (4, ["identity-mismatch"], [])
    assert decision.rejections[0].nearest.differs_in == ("root",)
    setting.ask(signers=(signer_rule(root="other"),))
    assert setting.decide().exit_code == 0


# ---- for which component ---------------------------------------------------------------------------------


def test_a_signer_of_one_component_does_not_speak_for_another(setting: Setting) -> None:
    """Allowed for A, it signs that the artefact is B: refused, and B is named."""
    setting.ask(
        signers=(
            signer_rule(component="pkg:pypi/other"),
            signer_rule(
                identity="https://github.com/acme/core/.github/workflows/release.yml@refs/tags/*",
                sourceRepository="https://github.com/acme/core",
            ),
        )
    )
    setting.sign(declaration())
    with pytest.raises(InputInvalid, match="several components"):
        setting.decide()
    decision = setting.decide(purl=COMPONENT)
    assert exit_and_codes(decision) == (4, ["identity-mismatch"], [])
    assert COMPONENT in decision.rejections[0].message


def test_a_listed_signer_vouches_for_no_file_of_another_project(setting: Setting) -> None:
    """Mallory may sign for his own package, and gives acmelib's artefact that name."""
    mallory = setting.workflow(repository="mallory/other")
    own = signer_rule(
        component="pkg:npm/other",
        identity="https://github.com/mallory/other/.github/workflows/release.yml@refs/tags/*",
        sourceRepository="https://github.com/mallory/other",
    )
    setting.ask(signers=(signer_rule(), own))
    source = {"uri": "git+https://github.com/mallory/other", "digest": {"gitCommit": COMMIT}}
    setting.sign(declaration(scope_purls=["pkg:npm/other@1.0.0"], scope_source=source), signer=mallory)
    with pytest.raises(InputInvalid, match="several components"):
        setting.decide()
    assert exit_and_codes(setting.decide(purl=COMPONENT)) == (3, [], ["subject-mismatch"])


def test_a_component_without_a_signer(setting: Setting) -> None:
    """A purl without a signer rule has no signer; the next step is to add one."""
    setting.sign(declaration(scope_purls=["pkg:npm/acmelib@2.4.1"]))
    decision = setting.decide(purl="pkg:npm/acmelib@2.4.1")
    assert exit_and_codes(decision) == (4, ["identity-mismatch"], [])
    assert decision.rejections[0].nearest.differs_in == ("for",)
    assert "add a signer rule" in decision.rejections[0].nearest.next


@pytest.mark.parametrize("asked", ["pkg:pypi/other@2.4.1", f"{COMPONENT}@2.4.0", "pkg:npm/acmelib@2.4.1"])
def test_a_statement_about_another_component(setting: Setting, asked: str) -> None:
    """The user names the component; the statement names another one or another version."""
    path = setting.sign(declaration())
    assert exit_and_codes(setting.decide(path, purl=asked)) == (4, ["subject-mismatch"], [])
    assert exit_and_codes(setting.decide(purl=asked)) == (3, [], ["subject-mismatch"])


@pytest.mark.parametrize(
    "purl",
    [
        "pkg:pypi/AcmeLib@2.4.1",
        "pkg:pypi/%E2%84%AAafka@1",
        "pkg:pypi//acmelib@2.4.1",
        "PKG:pypi/acmelib@2.4.1",
        "pkg:pypi/acmelib@2.4.1?b=1&a=1",
        "acmelib",
    ],
)
def test_a_purl_that_can_be_read_two_ways_is_refused(setting: Setting, purl: str) -> None:
    """Two readers could take it for two components."""
    setting.sign(declaration(scope_purls=[purl]))
    decision = setting.decide()
    assert exit_and_codes(decision) == (4, ["predicate-invalid"], [])
    assert decision.rejections[0].nearest.differs_in == ("scope.purls",)


# ---- about which artefact --------------------------------------------------------------------------------


def test_a_swapped_artefact(setting: Setting) -> None:
    """The bundle is genuine, but it is for another file."""
    path = setting.sign(declaration())
    swapped = Subject(
        name="acmelib-2.4.1.tar.gz",
        digests=(Digest(algorithm="sha256", value=hashlib.sha256(b"swapped").hexdigest()),),
    )
    decision = setting.decide(path, subject=swapped)
    assert exit_and_codes(decision) == (4, ["subject-mismatch"], [])
    assert decision.rejections[0].nearest.next
    assert exit_and_codes(setting.decide(subject=swapped)) == (3, [], ["subject-mismatch"])


def test_one_digest_right_and_one_wrong(setting: Setting) -> None:
    """An equal SHA-256 does not compensate for a different SHA-512."""
    digests = {"sha256": SUBJECT.digests[0].value, "sha512": "ab" * 64}
    payload = json_bytes(
        {
            "_type": STATEMENT_TYPE_V1,
            "subject": [{"name": "a", "digest": digests}],
            "predicateType": PREDICATE_TYPE,
            "predicate": declaration(),
        }
    )
    path = setting.bundle(payload, signer=setting.workflow())
    both = Subject(name="a", digests=(*SUBJECT.digests, Digest(algorithm="sha512", value="cd" * 64)))
    assert setting.decide(path).exit_code == 0
    assert exit_and_codes(setting.decide(path, subject=both)) == (4, ["subject-mismatch"], [])


# ---- what is declared ------------------------------------------------------------------------------------


def _other_commit() -> Json:
    return {"uri": f"git+https://github.com/{REPOSITORY}", "digest": {"gitCommit": "00" * 20}}


def _evidence(**changed: Any) -> Json:
    return security_contact(evidence=[repo_file("ab" * 32, **changed)])


UNRELIABLE: tuple[tuple[str, Callable[[], Json], tuple[str, ...]], ...] = (
    (
        "declared after it was signed",
        lambda: declaration(declaredAt="2026-12-01T00:00:00Z"),
        ("declaredAt",),
    ),
    (
        "reviewed after it was signed",
        lambda: declaration(security_contact(reviewedAt="2026-12-01")),
        ("VUL-01 reviewedAt",),
    ),
    (
        "evidence retrieved after it was signed",
        lambda: declaration(_evidence(retrievedAt="2026-12-01T00:00:00Z")),
        ("VUL-01 retrievedAt",),
    ),
    ("over before it began", lambda: declaration(validUntil="2026-11-20T11:00:00Z"), ("validUntil",)),
    ("no scope.source", lambda: declaration(scope_source=None), ("scope.source.uri", "scope.source.digest")),
    (
        "another repository in scope.source",
        lambda: declaration(
            scope_source={"uri": "git+https://github.com/acme/other", "digest": {"gitCommit": COMMIT}}
        ),
        ("scope.source.uri",),
    ),
    (
        "the old declaration of another commit, signed again by CI",
        lambda: declaration(scope_source=_other_commit()),
        ("scope.source.digest",),
    ),
    (
        "no commit in scope.source",
        lambda: declaration(scope_source={"uri": f"git+https://github.com/{REPOSITORY}"}),
        ("scope.source.digest",),
    ),
    ("a foreign catalogue", lambda: declaration(catalogue_id="gentle-practices"), ("catalogue.id",)),
    ("no practice", lambda: declaration() | {"practices": []}, ("practices",)),
    (
        "one practice twice, once with each status",
        lambda: declaration(security_contact(status="notImplemented"), security_contact()),
        ("practices",),
    ),
    ("no limitation", lambda: declaration(limitations=[]), ("limitations",)),
    ("a kind of another version", lambda: declaration(kind="product"), ("kind",)),
    (
        "two words for one letter",
        lambda: (
            declaration()
            | {"integrator": [{"ref": "I.2.e", "handling": each} for each in ("addressed", "unknown")]}
        ),
        ("integrator",),
    ),
    (
        "two assumptions of one name",
        lambda: (
            declaration() | {"assumptions": [{"id": "A1", "text": each, "ifViolated": "x"} for each in "ab"]}
        ),
        ("assumptions",),
    ),
    (
        "other words instead of the limitation",
        lambda: declaration(limitations=["We certify that this is secure."]),
        ("limitations",),
    ),
)


@pytest.mark.parametrize(
    ("mint", "fields"), [each[1:] for each in UNRELIABLE], ids=[each[0] for each in UNRELIABLE]
)
def test_a_predicate_that_breaks_the_rules(
    setting: Setting, mint: Callable[[], Json], fields: tuple[str, ...]
) -> None:
    """Signed by the right workflow about the right artefact, but refused; the fields are named."""
    setting.sign(mint())
    decision = setting.decide()
    assert exit_and_codes(decision) == (4, ["predicate-invalid"], [])
    assert decision.rejections[0].nearest.differs_in == fields
    assert decision.rejections[0].hint


@pytest.mark.parametrize(
    "field", ["validUntil", "limitations", "catalogue", "scope", "declarant", "practices"]
)
def test_a_core_field_that_is_missing(setting: Setting, field: str) -> None:
    """Fields that would make the statement look better if ignored are required."""
    predicate = declaration()
    del predicate[field]
    setting.sign(predicate)
    decision = setting.decide()
    assert exit_and_codes(decision) == (4, ["predicate-invalid"], [])
    assert field in decision.rejections[0].message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("validUntil", 1861920000),
        ("validUntil", "1861920000"),
        ("validUntil", "2028-01-01"),
        ("validUntil", "2028-01-01 00:00:00Z"),
        ("validUntil", "20280101T000000Z"),
        ("validUntil", "2028-01-01T00:00:00"),
        ("validUntil", "2028-01-01T00:00:00+00:00"),
        ("validUntil", "9999-12-31T23:59:59-23:00"),
        ("validUntil", "2028-01-01t00:00:00z"),
        ("validUntil", "2028-01-01T00:00:60Z"),
        ("declaredAt", None),
        ("declaredAt", True),
    ],
)
def test_a_date_in_another_form(setting: Setting, field: str, value: object) -> None:
    """Only RFC 3339: readers differ about numbers, gaps and days without a time."""
    setting.sign(declaration() | {field: value})
    decision = setting.decide()
    assert exit_and_codes(decision) == (4, ["predicate-invalid"], [])
    assert field in decision.rejections[0].message


@pytest.mark.parametrize("day", [1794268800, "2026-11-10T00:00:00Z", "10.11.2026", "1794268800"])
def test_a_day_in_another_form(setting: Setting, day: object) -> None:
    """A review has a date and no time."""
    setting.sign(declaration(security_contact(reviewedAt=day)))
    assert exit_and_codes(setting.decide()) == (4, ["predicate-invalid"], [])


def test_a_field_in_snake_case(setting: Setting) -> None:
    """`valid_until` is not `validUntil`: other readers would find no end."""
    predicate = declaration()
    predicate["valid_until"] = predicate.pop("validUntil")
    setting.sign(predicate)
    assert exit_and_codes(setting.decide()) == (4, ["predicate-invalid"], [])


def test_a_status_that_its_own_facts_contradict(setting: Setting) -> None:
    """Declared implemented, but the facts say that reports are public: a declared gap."""
    facts = {"privateReporting": False, "contacts": [{"kind": "web", "value": "https://acme.example"}]}
    setting.sign(declaration(security_contact(facts=facts)))
    decision = setting.decide()
    assert (decision.exit_code, outcomes(decision)) == (1, {"VUL-01": "declaredGap"})


@pytest.mark.parametrize("facts", [[], "yes", 1])
def test_facts_of_another_type(setting: Setting, facts: object) -> None:
    """They are a known field of the wrong type, as anywhere else."""
    setting.sign(declaration(security_contact(facts=facts)))
    assert exit_and_codes(setting.decide()) == (4, ["predicate-invalid"], [])


@pytest.mark.parametrize("facts", [None, {}])
def test_a_status_without_facts(setting: Setting, facts: object) -> None:
    """A bare `implemented` is only a claim."""
    setting.sign(declaration(security_contact(facts=facts)))
    decision = setting.decide()
    assert (decision.exit_code, outcomes(decision)) == (1, {"VUL-01": "declaredGap"})


def test_not_applicable_everywhere(setting: Setting) -> None:
    """A shortcut through a whole profile: it satisfies no requirement."""
    required = [each.practice for each in load_profile("orc-light").required]
    setting.ask("profile: orc-light")
    setting.sign(
        declaration(
            *(
                security_contact(
                    id=practice, status="notApplicable", facts=None, reason="noNetwork", justification="none"
                )
                for practice in required
            )
        )
    )
    decision = setting.decide()
    assert decision.exit_code == 1
    assert decision.verdict is Verdict.ACTION_NEEDED
    asked = {finding(decision, practice).outcome.value for practice in required}
    assert asked == {"notApplicable"}


def test_an_old_review_signed_again(setting: Setting) -> None:
    """CI signs an old declaration for every release; what counts is when a person last reviewed it."""
    setting.sign(declaration(security_contact(reviewedAt="2024-11-10")))
    decision = setting.decide()
    assert (decision.exit_code, outcomes(decision)) == (1, {"VUL-01": "stale"})


def test_an_expired_statement(setting: Setting) -> None:
    """It verifies and is not a forgery, but no longer counts."""
    setting.sign(declaration(validUntil="2026-11-20T13:00:00Z"))
    assert setting.decide().exit_code == 0
    decision = setting.decide(now=NOW + timedelta(hours=1))
    assert (decision.exit_code, outcomes(decision)) == (1, {"VUL-01": "stale"})
    assert decision.reasons == ("not-satisfied",)


def test_invented_evidence(setting: Setting) -> None:
    """A claimed E2 or E4 without its bytes is only a claim, whatever it is called."""
    setting.ask("require: [{practice: VUL-01, evidence: E2}]")
    for strength in ("E2", "E3", "E4"):
        setting.sign(declaration(_evidence(strength=strength)))
        decision = setting.decide()
        assert (decision.exit_code, outcomes(decision)) == (1, {"VUL-01": "metWeakEvidence"})


def test_bytes_under_the_name_of_a_digest(setting: Setting) -> None:
    """A file in the evidence directory that does not have the digest in its name is ignored."""
    setting.ask("require: [{practice: VUL-01, evidence: E2}]")
    sha256 = hashlib.sha256(b"real").hexdigest()
    (setting.evidence / f"sha256-{sha256}").write_bytes(b"invented")
    setting.sign(declaration(security_contact(evidence=[repo_file(sha256)])))
    assert outcomes(setting.decide()) == {"VUL-01": "metWeakEvidence"}


def test_the_predicate_has_no_say_in_who_spoke(setting: Setting) -> None:
    """A steward's declaration is required; the maintainer's workflow claims to be the steward."""
    setting.ask(
        "require: [{practice: VUL-01, relationships: [steward]}]",
        signers=(
            signer_rule(),
            signer_rule(component="pkg:pypi/other", relationship="steward"),
        ),
    )
    setting.sign(declaration(declarant={"relationship": "steward"}))
    decision = setting.decide(purl=COMPONENT)
    assert (decision.exit_code, outcomes(decision)) == (1, {"VUL-01": "unknown"})
    assert decision.attestations[0].expected.relationship == "maintainer"


# ---- bytes -----------------------------------------------------------------------------------------------


def _payload(**members: Any) -> bytes:
    return json_bytes(
        {
            "_type": STATEMENT_TYPE_V1,
            "subject": [{"name": "a", "digest": {"sha256": SUBJECT.digests[0].value}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": declaration(),
        }
        | members
    )


def _twice(key: str, value: str) -> bytes:
    """The payload with one member doubled: readers that take the first and the last disagree."""
    payload = _payload().decode()
    assert payload.count(f'"{key}":') == 1
    return payload.replace(f'"{key}":', f'"{key}": {value}, "{key}":', 1).encode()


PAYLOADS = {
    "validUntil twice": _twice("validUntil", '"2020-01-01T00:00:00Z"'),
    "status twice": _twice("status", '"notImplemented"'),
    "predicateType twice": _twice("predicateType", '"https://slsa.dev/provenance/v1"'),
    "not JSON": b"<statement/>",
    "not UTF-8": _payload().replace(b"acmelib", b"\xff\xfe"),
    "a byte order mark": b"\xef\xbb\xbf" + _payload(),
    "deep": _payload(predicate={"a": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}),
    "huge": _payload(padding="x" * (4 * 1024 * 1024)),
    "not a number": _payload().replace(b'"2026.11"', b"NaN"),
    "no subject": _payload(subject=[]),
    "another statement type": _payload(_type="https://in-toto.io/Statement/v9"),
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_an_ambiguous_payload(setting: Setting, payload: bytes) -> None:
    """The signature verifies; the bytes are refused."""
    setting.bundle(payload, signer=setting.workflow())
    decision = setting.decide()
    assert exit_and_codes(decision) == (4, ["statement-invalid"], [])
    assert decision.rejections[0].hint


def test_the_payload_of_these_attacks_is_fine_without_them(setting: Setting) -> None:
    """The attacks above change one thing each."""
    setting.bundle(_payload(), signer=setting.workflow())
    assert setting.decide().exit_code == 0


@pytest.mark.parametrize("payload_type", ["text/plain", "application/json", ""])
def test_another_payload_type(setting: Setting, payload_type: str) -> None:
    """A signature over the same bytes with another type was not meant as a statement."""
    setting.bundle(_payload(), signer=setting.workflow(), payload_type=payload_type)
    decision = setting.decide()
    assert decision.exit_code == 4
    assert {each.code for each in decision.rejections} <= {"statement-invalid", "bundle-malformed"}


def test_an_edited_declaration(setting: Setting) -> None:
    """One word of the payload changed after it was signed."""
    bundle = setting.virtual.bundle(_payload(), signer=setting.workflow())
    edited = copy.deepcopy(bundle)
    edited["dsseEnvelope"]["payload"] = setting.virtual.envelope(
        _payload().replace(b"2026-11-10", b"2026-11-19"), setting.workflow()
    )["payload"]
    setting.put(encoded(edited))
    assert exit_and_codes(setting.decide()) == (4, ["signature-rejected"], [])


def test_a_bundle_with_two_envelopes(setting: Setting) -> None:
    """One reader verifies the first, another uses the last."""
    bundle = setting.virtual.bundle(_payload(), signer=setting.workflow())
    other = setting.virtual.envelope(_payload(_type="other"), setting.workflow())
    setting.put(duplicated(bundle, ["dsseEnvelope"], other))
    assert exit_and_codes(setting.decide()) == (4, ["bundle-malformed"], [])


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything inside a JSON value."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, item in members:
        yield (*path, key)
        yield from _places(item, (*path, key))


RICH = declaration(
    security_contact(
        evidence=[
            repo_file(
                hashlib.sha256(b'{"date": "2026-11-01"}').hexdigest(),
                type="scorecardResult",
                tool={"name": "scorecard", "version": "5"},
                observed={"check": "Security-Policy", "score": 9},
            )
        ]
    ),
    integrator=[{"ref": "I.2.e", "handling": "integrator", "leftToIntegrator": "encrypt"}],
    assumptions=[{"id": "A1", "text": "no root", "ifViolated": "root"}],
    supersedes=[{"payloadSha256": "ab" * 32}],
    scope_versions="vers:pypi/>=2|<3",
)
"""A predicate with every field set."""

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(1 - 2**53, 2**53 - 1),
    st.text(max_size=8),
    st.sampled_from(["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "0000-00-00", "vers:pypi/*"]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=2),
)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """One setting for many examples, with its evidence."""
    setting = Setting(tmp_path_factory.mktemp("workshop"))
    setting.ask("profile: orc-light")
    setting.keep(b'{"date": "2026-11-01"}')
    return setting


@pytest.mark.slow
@settings(derandomize=True, max_examples=150, deadline=None)
@given(place=st.sampled_from(sorted(_places(RICH), key=str)), junk=JUNK)
def test_whatever_a_listed_signer_writes_is_decided(
    workshop: Setting, place: tuple[Any, ...], junk: object
) -> None:
    """Nonsense in any place of the predicate gives a rejection or an outcome; never a traceback."""
    predicate = copy.deepcopy(RICH)
    parent: Any = predicate
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1]] = junk
    workshop.sign(predicate)
    assert workshop.decide().exit_code in {1, 4}


# ---- keys ------------------------------------------------------------------------------------------------


def test_a_key_that_nobody_listed(setting: Setting) -> None:
    """Without a key in the policy the bundle is unsupported; with another key it does not verify."""
    mallory = setting.virtual.managed_key()
    setting.sign(declaration(scope_source=None), signer=mallory)
    assert exit_and_codes(setting.decide()) == (3, [], ["bundle-unsupported"])
    setting.ask(signers=(setting.key_rule(setting.virtual.managed_key()),))
    assert exit_and_codes(setting.decide()) == (4, ["signature-rejected"], [])


def test_a_revoked_key(setting: Setting) -> None:
    """Statements signed before the revocation count, later ones don't."""
    laptop = setting.virtual.managed_key()
    setting.ask(signers=(setting.key_rule(laptop, revokedAt="2026-11-15"),))
    old = declaration(scope_source=None, declaredAt="2026-11-14T00:00:00Z")
    setting.sign(old, signer=laptop, at=NOW - timedelta(days=6))
    assert setting.decide().exit_code == 0
    setting.sign(declaration(scope_source=None), signer=laptop)
    decision = setting.decide()
    assert exit_and_codes(decision) == (4, ["identity-mismatch"], [])
    assert decision.rejections[0].nearest.differs_in == ("revokedAt",)


@pytest.mark.parametrize("component", ["pkg:pypi/other", "pkg:npm/%40acme/*", ""])
@pytest.mark.parametrize("kind", ["workflow", "key"])
def test_what_one_rule_revokes_speaks_for_no_component(setting: Setting, kind: str, component: str) -> None:
    """Whoever had an account had it for everything; the revocation of an evidence signer counts, too."""
    signer = setting.virtual.managed_key() if kind == "key" else setting.workflow()
    yesterday = f"{NOW.date() - timedelta(days=1)}"

    def rule(**changed: str) -> str:
        return setting.key_rule(signer, **changed) if kind == "key" else signer_rule(**changed)

    revoked = rule(component=component, revokedAt=yesterday)
    setting.sign(declaration(), signer=signer)
    setting.ask(signers=(rule(), rule(component="pkg:pypi/other")))
    assert setting.decide(purl=COMPONENT).exit_code == 0

    if component:
        setting.ask(signers=(rule(), revoked))
    else:
        vouching = revoked.replace("}", ', predicateTypes: ["https://slsa.dev/provenance/v1"]}')
        setting.ask("evidenceSigners:", vouching, REQUIRES_A_CONTACT, signers=(rule(),))
    decision = setting.decide(purl=COMPONENT)
    assert exit_and_codes(decision) == (4, ["identity-mismatch"], [])
    assert "revokedAt" in decision.text

    setting.ask(
        signers=(rule(), rule(component="pkg:pypi/other", revokedAt=f"{NOW.date() + timedelta(days=1)}"))
    )
    assert setting.decide(purl=COMPONENT).exit_code == 0
    setting.ask(signers=(rule(validFrom=yesterday), rule(component="pkg:pypi/other", revokedAt=yesterday)))
    assert setting.decide(purl=COMPONENT).exit_code == 0


def test_a_key_of_another_component(setting: Setting) -> None:
    """A key may sign only for the component in its signer rule, like every signer."""
    laptop = setting.virtual.managed_key()
    setting.ask(signers=(signer_rule(), setting.key_rule(laptop, **{"for": "pkg:pypi/other"})))
    setting.sign(declaration(scope_source=None), signer=laptop)
    decision = setting.decide(purl=COMPONENT)
    assert exit_and_codes(decision) == (4, ["identity-mismatch"], [])
    assert "key" in decision.rejections[0].nearest.differs_in


def test_a_certificate_for_the_listed_key_is_not_the_key(setting: Setting) -> None:
    """To the policy, the holder of a CA's certificate for that key is somebody else."""
    laptop = setting.virtual.managed_key()
    setting.ask(signers=(setting.key_rule(laptop),))
    certified = setting.virtual.github(repository="mallory/lib", certificate={"key": laptop.key})
    setting.sign(declaration(scope_source=None), signer=certified)
    assert exit_and_codes(setting.decide()) == (4, ["identity-mismatch"], [])


def test_a_key_without_a_proven_time(setting: Setting) -> None:
    """Neither logged nor timestamped: nothing proves that it was signed before the revocation."""
    laptop = setting.virtual.managed_key()
    setting.ask(signers=(setting.key_rule(laptop),))
    setting.sign(declaration(scope_source=None), signer=laptop, rekor=None)
    assert exit_and_codes(setting.decide()) == (3, [], ["bundle-unsupported"])


def test_the_key_flag_admits_no_certificate(setting: Setting) -> None:
    """`--key` names the signer, so the release workflow's certificate is not accepted."""
    key = setting.directory / "laptop.pub"
    key.write_bytes(setting.virtual.managed_key().verifier)
    setting.sign(declaration())
    session = session_for_flags(
        setting.directory / "pinned.json",
        flags=SignerFlags(key=key),
        profile=None,
        identity_only=True,
        accept_sandbox=False,
    )
    decision = setting.decide(session=session)
    assert decision.attestations == ()
    assert decision.exit_code == 3


# ---- what the user's own files get wrong is an error, not a no -------------------------------------------


@pytest.mark.parametrize(
    "asked",
    ["name: nothing is asked", "require: []", "profile: orc-light\nrequire: [{practice: VUL-99}]"],
)
def test_a_policy_that_can_not_be_meant(setting: Setting, asked: str) -> None:
    """A policy that requires nothing would accept everything."""
    setting.ask(asked)
    with pytest.raises(InputInvalid) as refusal:
        setting.session()
    assert refusal.value.problems


def test_a_policy_that_lists_nobody(setting: Setting) -> None:
    """It has to say so: whoever forgot the signers would accept nobody."""
    setting.policy.write_text("avow-policy: 1\nprofile: orc-light\n")
    with pytest.raises(InputInvalid):
        setting.session()
    policy = setting.ask(signers=()).read_text(encoding="utf-8")
    setting.policy.write_text(policy.replace("signers:", "signers: []"), encoding="utf-8")
    setting.sign(declaration())
    nobody = setting.decide(purl=COMPONENT)
    assert (nobody.exit_code, nobody.decision.attestations) == (4, ())
    with pytest.raises(InputInvalid, match="has no signer rule"):
        setting.decide()


def decided(setting: Setting, **options: Any) -> Decided:
    """The decision under a policy whose bundle is fine."""
    setting.sign(declaration())
    return setting.decide(**options)


def test_a_sandbox_root_needs_the_flag_and_is_recorded(tmp_path: Path) -> None:
    """A sandbox's keys are not protected."""
    setting = Setting(tmp_path, virtual=VirtualSigstore())
    with pytest.raises(InputInvalid) as refusal:
        decided(setting)
    assert "--insecure-sandbox" in refusal.value.hint
    decision = decided(setting, accept_sandbox=True)
    assert decision.exit_code == 0
    assert decision.insecure
    assert "sandbox" in decision.insecure[0]
