"""Evidence in hand: what is read, with whose voice, and how it is known to be about a component."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.pipeline import (
    COMMIT,
    COMPONENT,
    REF,
    REPOSITORY,
    SHA256,
    Setting,
    declaration,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import GITHUB_ISSUER, NOW, VirtualSigstore, encoded, flipped, statement

from avow.errors import InputInvalid
from avow.record import Declaration
from avow.sbom.inventory import StatedDigest
from avow.statement.types import PROVENANCE, TEST_RESULT, WITHDRAWAL_TYPE
from avow.survey import evidence, hearing, provenance
from avow.survey.evidence import EvidenceInHand, EvidencePointer, Heard, SurveyedComponent, gather
from avow.transparency.trusted_root import read_root
from avow.vocabulary import Voice

PURL = f"{COMPONENT}@2.4.1"
ADDRESS = f"https://github.com/{REPOSITORY}"
NPM_PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
INDEX_PUBLISH = "https://docs.index.example/attestations/publish/v1"


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A trusted root, a policy, an empty store."""
    return Setting(tmp_path)


def component(**changed: Any) -> SurveyedComponent:
    """The component that the bundles are about, with the digest of its artefact."""
    fields: dict[str, Any] = {
        "id": "c1",
        "purl": PURL,
        "version": "2.4.1",
        "digests": (StatedDigest("sha256", SHA256),),
        "repository": ADDRESS,
        "upstream": "u1",
    }
    return SurveyedComponent(**(fields | changed))


def in_hand(setting: Setting, *, verified: bool = True, policy: bool = False) -> EvidenceInHand:
    """Everything in the store; with the root, and with the policy, where asked."""
    roots = (read_root(setting.virtual.root(), source="root.json"),) if verified else ()
    return gather([setting.store], roots=roots, policy=setting.session() if policy else None, now=NOW)


def heard(setting: Setting, *components: SurveyedComponent, **how: Any) -> Heard:
    """What is said about `components`, the usual one if none is given."""
    return in_hand(setting, **how).about(components or (component(),))


def one(found: Heard) -> Declaration:
    """The only declaration."""
    assert len(found.declarations) == 1, found
    return found.declarations[0]


def reasons(found: Heard) -> str:
    """Why what was not heard was not heard."""
    return "\n".join(gap.why for gap in found.gaps)


# ---- voices ----------------------------------------------------------------------------------------------


def test_without_a_root_nothing_is_verified(setting: Setting) -> None:
    """The words are shown, the signer is not: anybody can write any name into a certificate."""
    setting.sign(declaration())
    found = one(heard(setting, verified=False))

    assert found.voice is Voice.SIGNED_UNVERIFIED
    assert found.signer == ""
    assert "no trusted root was given" in found.note
    assert found.said[0].practice == "VUL-01"


def test_without_a_policy_nobody_speaks_for_the_project(setting: Setting) -> None:
    """A signature that verifies says who signed, and not that they may."""
    setting.sign(declaration())
    found = one(heard(setting))

    assert found.voice is Voice.SIGNED_UNVERIFIED
    assert ADDRESS in found.signer
    assert "without a policy" in found.note


def test_a_listed_maintainer_is_the_project(setting: Setting) -> None:
    """By the relationship that the policy gives the signer, not by the one that the statement claims."""
    setting.sign(declaration(declarant={"relationship": "steward"}))
    found = one(heard(setting, policy=True))

    assert found.voice is Voice.PROJECT_SIGNED
    assert found.basis == hearing.BY_DIGEST


def test_a_listed_steward_is_a_third_party(setting: Setting) -> None:
    """Whoever does not speak as the project is somebody else."""
    setting.ask(signers=(signer_rule(relationship="steward"),))
    setting.sign(declaration())

    assert one(heard(setting, policy=True)).voice is Voice.THIRD_PARTY_SIGNED


def test_an_unlisted_signer_has_no_signed_voice(setting: Setting) -> None:
    """Anybody can sign a declaration about somebody else's component."""
    person = setting.virtual.person()
    setting.sign(declaration(), signer=person)
    found = one(heard(setting, policy=True))

    assert found.voice is Voice.SIGNED_UNVERIFIED
    assert "not an allowed signer" in found.note


def test_another_root_does_not_verify(setting: Setting) -> None:
    """The same names in another Sigstore are not the same signers."""
    foreign = VirtualSigstore(organisation="other trust")
    setting.bundle(statement(declaration(), sha256_hex=SHA256), signer=foreign.person(), by=foreign)

    found = heard(setting, policy=True)
    assert all(each.voice is Voice.SIGNED_UNVERIFIED and not each.signer for each in found.declarations)


def test_provenance_by_a_workflow_is_the_builds_word(setting: Setting) -> None:
    """It proves where it was built; the practices that its text may mention are not read."""
    setting.sign({"VUL-01": "implemented"}, predicate_type=PROVENANCE)
    found = one(heard(setting))

    assert (found.kind, found.voice) == ("provenance", Voice.BUILD_SIGNED)
    assert ADDRESS in found.signer
    assert COMMIT in found.signer
    assert found.said == ()


def test_provenance_by_a_person_is_not_a_build(setting: Setting) -> None:
    """Who signs with an e-mail address may write anything into provenance."""
    setting.sign({}, predicate_type=PROVENANCE, signer=setting.virtual.person())
    found = one(heard(setting))

    assert found.voice is Voice.SIGNED_UNVERIFIED
    assert "build platform" in found.note


def test_provenance_of_another_repository_is_said_to_be(setting: Setting) -> None:
    """It is true of these bytes, and somebody should ask why."""
    other = setting.workflow(repository="mallory/acmelib")
    setting.sign({}, predicate_type=PROVENANCE, signer=other)
    found = one(heard(setting))

    assert "https://github.com/mallory/acmelib" in found.note
    assert ADDRESS in found.note


def test_provenance_of_another_repository_needs_the_bytes(setting: Setting) -> None:
    """Any workflow can sign provenance that names any purl: without a digest it is refused."""
    payload = statement({}, predicate_type=PROVENANCE, name=PURL)
    setting.bundle(payload, signer=setting.workflow(repository="mallory/acmelib"))
    found = heard(setting, component(digests=()))

    assert found.declarations == ()
    assert "mallory" in reasons(found)


def test_an_unknown_repository_is_said_to_be(setting: Setting) -> None:
    """Nothing shows that the workflow is the project's."""
    payload = statement({}, predicate_type=PROVENANCE, name=PURL)
    setting.bundle(payload, signer=setting.workflow())

    assert "repository is not known" in one(heard(setting, component(digests=(), repository=""))).note
    assert one(heard(setting, component(digests=()))).note == ""


def test_unverified_provenance_has_no_origin(setting: Setting) -> None:
    """The workflow that its certificate names may be invented."""
    setting.sign({}, predicate_type=PROVENANCE)
    found = one(heard(setting, verified=False))

    assert (found.voice, found.signer) == (Voice.SIGNED_UNVERIFIED, "")


def test_a_registrys_publish_attestation_says_published_only(setting: Setting) -> None:
    """The registry's key says that a version was published, not where it was built."""
    key = setting.virtual.managed_key()
    setting.sign({}, predicate_type=NPM_PUBLISH, signer=key)
    found = one(heard(setting))

    assert (found.kind, found.voice) == ("published", Voice.SIGNED_UNVERIFIED)
    assert "only that the registry published" in found.note
    assert "no policy has that key" in found.note


def test_a_test_report_of_a_listed_evidence_signer(setting: Setting) -> None:
    """A third party's word, if the policy accepts this kind of statement of it."""
    issuer = setting.virtual.issuer.url
    rule = (
        f'evidenceSigners: [{{relationship: assessor, root: pinned, issuer: "{issuer}", '
        f"identity: lab@example.org, predicateTypes: [{TEST_RESULT}]}}]"
    )
    setting.ask("require: [{practice: VUL-01}]", rule)
    lab = setting.virtual.person("lab@example.org")
    setting.sign({"result": "PASSED"}, predicate_type=TEST_RESULT, signer=lab)
    setting.sign({}, predicate_type="https://example.org/other/v1", signer=lab, name="b")
    voices = {each.note: each.voice for each in heard(setting, policy=True).declarations}

    assert sorted(voices.values()) == [Voice.SIGNED_UNVERIFIED, Voice.THIRD_PARTY_SIGNED]


def test_a_maintainers_test_report_is_not_the_projects_declaration(setting: Setting) -> None:
    """As the project, one speaks in declarations; a report is read as whose it is."""
    issuer = setting.virtual.issuer.url
    rule = (
        f'evidenceSigners: [{{relationship: maintainer, root: pinned, issuer: "{issuer}", '
        f"identity: lab@example.org, predicateTypes: [{TEST_RESULT}]}}]"
    )
    setting.ask("require: [{practice: VUL-01}]", rule)
    lab = setting.virtual.person("lab@example.org")
    setting.sign({"result": "PASSED"}, predicate_type=TEST_RESULT, signer=lab)

    assert one(heard(setting, policy=True)).voice is Voice.THIRD_PARTY_SIGNED


def test_a_signature_over_the_artefact_by_a_workflow(setting: Setting) -> None:
    """As Maven's plugin signs: it shows where the signature was made, and no build."""
    content = b"the jar"
    made = setting.virtual.message_bundle(content, signer=setting.workflow())
    (setting.store / "a.sigstore.json").write_bytes(encoded(made))
    asked = component(digests=(StatedDigest("sha256", hashlib.sha256(content).hexdigest()),))
    found = one(heard(setting, asked))

    assert (found.kind, found.voice) == ("signature", Voice.BUILD_SIGNED)
    assert "nothing about a build" in found.note


def test_a_signature_over_the_artefact_by_a_person(setting: Setting) -> None:
    """It is not a build's."""
    made = setting.virtual.message_bundle(b"the jar", signer=setting.virtual.person())
    (setting.store / "a.sigstore.json").write_bytes(encoded(made))
    asked = component(digests=(StatedDigest("sha256", hashlib.sha256(b"the jar").hexdigest()),))

    assert one(heard(setting, asked)).voice is Voice.SIGNED_UNVERIFIED


def test_a_signature_that_does_not_say_of_what(setting: Setting) -> None:
    """Nothing finds the artefact; it is about none of the components."""
    made = setting.virtual.message_bundle(b"the jar")
    del made["messageSignature"]["messageDigest"]
    (setting.store / "a.sigstore.json").write_bytes(encoded(made))

    assert "about none of the components" in reasons(heard(setting))


@pytest.mark.parametrize("verified", [True, False])
def test_an_edited_signature_over_an_artefact(setting: Setting, *, verified: bool) -> None:
    """With a root it is refused; without one, nobody can see it."""
    made = setting.virtual.message_bundle(b"the jar")
    made["messageSignature"]["signature"] = flipped(made["messageSignature"]["signature"], 40)
    (setting.store / "a.sigstore.json").write_bytes(encoded(made))
    asked = component(digests=(StatedDigest("sha256", hashlib.sha256(b"the jar").hexdigest()),))
    found = heard(setting, asked, verified=verified)

    assert bool(found.declarations) is not verified
    assert ("refused" in reasons(found)) is verified


def test_a_signature_over_an_artefact_by_an_unknown_authority(setting: Setting) -> None:
    """The root can't say anything about it."""
    foreign = VirtualSigstore(organisation="other trust")
    made = foreign.message_bundle(b"the jar")
    (setting.store / "a.sigstore.json").write_bytes(encoded(made))
    asked = component(digests=(StatedDigest("sha256", hashlib.sha256(b"the jar").hexdigest()),))

    assert all(not each.signer for each in heard(setting, asked).declarations)


def test_an_edited_bundle_says_nothing(setting: Setting) -> None:
    """It is refused and listed; none of its words are heard."""
    path = setting.sign(declaration())
    bundle = json.loads(path.read_bytes())
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(
        statement(declaration(security_contact(facts={})), sha256_hex=SHA256)
    ).decode()
    path.write_bytes(encoded(bundle))
    found = heard(setting, policy=True)

    assert found.declarations == ()
    assert "refused" in reasons(found)


def test_a_statement_that_breaks_its_own_rules_is_refused(setting: Setting) -> None:
    """A declaration without the limitations that every one must have."""
    setting.sign(declaration(limitations=[]))
    found = heard(setting, policy=True)

    assert found.declarations == ()
    assert "breaks the rules" in reasons(found)


def test_a_sandboxs_root_proves_nothing(tmp_path: Path) -> None:
    """Its keys are not protected, and every word verified with it says so."""
    setting = Setting(tmp_path, virtual=VirtualSigstore())
    setting.sign({}, predicate_type=PROVENANCE)

    assert "sandbox" in one(heard(setting)).note


# ---- what it is about ------------------------------------------------------------------------------------


def test_another_digest_is_refused_and_never_falls_through(setting: Setting) -> None:
    """The purl and the version agree, the bytes do not: refused, and listed."""
    setting.sign(declaration())
    found = heard(setting, component(digests=(StatedDigest("sha256", "0" * 64),)), policy=True)

    assert found.declarations == ()
    assert "other bytes" in reasons(found)


def test_one_digest_that_agrees_does_not_outweigh_another(setting: Setting) -> None:
    """Every algorithm that both have has to agree."""
    payload = statement(declaration(), digests=({"sha256": SHA256, "sha512": "1" * 128},))
    setting.bundle(payload, signer=setting.workflow())
    found = heard(
        setting,
        component(digests=(StatedDigest("sha256", SHA256), StatedDigest("sha512", "2" * 128))),
        policy=True,
    )

    assert found.declarations == ()
    assert "another one that differs" in reasons(found)


@pytest.mark.parametrize("digests", [(), (StatedDigest("sha1", "a" * 40), StatedDigest("md5", "b" * 32))])
def test_without_a_strong_digest_purl_and_version_decide(
    setting: Setting, digests: tuple[StatedDigest, ...]
) -> None:
    """And the basis says that no bytes were compared."""
    setting.sign(declaration())
    found = one(heard(setting, component(digests=digests), policy=True))

    assert (found.voice, found.basis) == (Voice.PROJECT_SIGNED, hearing.BY_PURL)


def test_another_version_is_about_something_else(setting: Setting) -> None:
    """Without a digest, a statement about 2.4.1 says nothing about 2.4.2."""
    setting.sign(declaration())
    found = heard(setting, component(purl=f"{COMPONENT}@2.4.2", version="2.4.2", digests=()))

    assert found.declarations == ()
    assert "about none of the components" in reasons(found)


def test_an_unknown_version_is_not_taken_for_any(setting: Setting) -> None:
    """Neither digest nor version: nothing could be compared."""
    setting.sign(declaration())
    found = heard(setting, component(purl=COMPONENT, version="", digests=()))

    assert found.declarations == ()
    assert "neither a digest nor a version" in reasons(found)


def test_the_version_may_be_in_a_field(setting: Setting) -> None:
    """Many SBOMs have it there alone."""
    setting.sign(declaration())

    assert one(heard(setting, component(purl=COMPONENT, digests=()))).basis == hearing.BY_PURL


@pytest.mark.parametrize("version", ["2.4.1\n", "{version}", "é"])
def test_a_version_that_no_purl_can_have(setting: Setting, version: str) -> None:
    """It is compared with nothing, and nothing crashes."""
    setting.sign(declaration())

    assert heard(setting, component(purl=COMPONENT, version=version, digests=())).declarations == ()


def test_the_digest_of_another_component_is_refused(setting: Setting) -> None:
    """A statement whose scope names another component is not about this one, whatever its digests."""
    setting.sign(declaration(scope_purls=["pkg:pypi/other@2.4.1"]))
    found = heard(setting)

    assert found.declarations == ()
    assert "pkg:pypi/other@2.4.1" in reasons(found)


def test_a_digest_is_enough_where_there_is_no_purl(setting: Setting) -> None:
    """A third of the components in real SBOMs have no purl."""
    setting.sign(declaration())

    assert one(heard(setting, component(purl="", version=""))).basis == hearing.BY_DIGEST


@pytest.mark.parametrize(
    "purl", ["pkg:pypi/%E2%84%AAcmelib@2.4.1", "https://acme.example", "pkg:pypi/\u0430cmelib@2.4.1"]
)
def test_a_look_alike_is_found_by_nothing(setting: Setting, purl: str) -> None:
    """A purl with the letter of another alphabet is not a purl."""
    setting.sign(declaration())

    assert heard(setting, component(purl=purl, digests=())).declarations == ()


def test_a_spelling_with_one_meaning_is_read(setting: Setting) -> None:
    """As SBOM tools write it."""
    setting.sign(declaration())
    name = COMPONENT.rpartition("/")[2]
    respelled = f"{COMPONENT.rpartition('/')[0]}/{name.capitalize()}@2.4.1"

    assert one(heard(setting, component(purl=respelled, digests=()))).basis == hearing.BY_PURL


def test_a_statement_of_the_project_carries_across_versions(setting: Setting) -> None:
    """Its subject is source code, so another digest of a package says nothing against it."""
    practice = security_contact() | {"id": "REL-05"}
    setting.sign(
        declaration(security_contact(), practice, kind="project", scope_purls=[COMPONENT]),
        sha256_hex="9" * 64,
    )
    found = one(heard(setting, policy=True))

    assert found.basis == hearing.BY_SCOPE
    assert [each.practice for each in found.said] == ["VUL-01"]
    assert "about a release, and left out" in found.note


def test_the_scope_may_limit_the_versions(setting: Setting) -> None:
    """Outside of the declared range it is about something else."""
    predicate = declaration(kind="project", scope_purls=[COMPONENT])
    predicate["scope"]["versions"] = "vers:pypi/>=3.0"
    setting.sign(predicate)

    assert heard(setting, component(digests=())).declarations == ()


def test_an_image_is_identified_by_the_version_of_its_purl(setting: Setting) -> None:
    """Which is the digest of its manifest."""
    setting.sign({}, predicate_type=PROVENANCE)
    image = component(purl=f"pkg:oci/acmelib@sha256%3A{SHA256}", version=f"sha256:{SHA256}", digests=())

    assert one(heard(setting, image)).basis == hearing.BY_DIGEST


def test_the_version_of_another_purl_is_no_digest(setting: Setting) -> None:
    """Only of an image it is by definition what the bytes are; elsewhere it is a word."""
    setting.sign({}, predicate_type=PROVENANCE)
    version = f"sha256%3A{SHA256}"

    assert heard(setting, component(purl=f"pkg:generic/acmelib@{version}", digests=())).declarations == ()


def test_npms_provenance_names_a_purl(setting: Setting) -> None:
    """Its subject is named after the version; the SBOM's sha512 is compared."""
    payload = statement(
        {}, predicate_type=PROVENANCE, name="pkg:npm/%40acme/lib@1.0.0", digests=({"sha512": "5" * 128},)
    )
    setting.bundle(payload, signer=setting.workflow())
    same = component(purl="pkg:npm/%40acme/lib@1.0.0", digests=(StatedDigest("sha512", "5" * 128),))
    raw = component(id="c2", purl="pkg:npm/@acme/lib@1.0.0", digests=())
    other = component(id="c3", purl="pkg:npm/%40acme/lib@1.0.0", digests=(StatedDigest("sha512", "6" * 128),))
    found = heard(setting, same, raw, other)

    assert {each.components: each.basis for each in found.declarations} == {
        ("c1",): hearing.BY_DIGEST,
        ("c2",): hearing.BY_PURL,
    }
    assert "not heard about c3" in reasons(found)


def test_of_thousands_of_purls_the_first_are_read(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """All digests count, however many there are."""
    monkeypatch.setattr(provenance, "MAX_NAMED", 1)
    names = [PURL, "pkg:pypi/other@1.0"]
    subjects = [{"name": name, "digest": {"sha256": f"{n}" * 64}} for n, name in enumerate(names)]
    payload = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": PROVENANCE,
        "predicate": {},
    }
    setting.bundle(json.dumps(payload).encode(), signer=setting.workflow())
    found = heard(
        setting,
        component(digests=()),
        component(id="c2", purl=names[1], version="1.0", digests=()),
        component(id="c3", purl="", version="", digests=(StatedDigest("sha256", "1" * 64),)),
    )

    assert sorted((each.components, each.basis) for each in found.declarations) == [
        (("c1",), hearing.BY_PURL),
        (("c3",), hearing.BY_DIGEST),
    ]


@pytest.mark.parametrize("name", ["acme_lib-1.0.tar.gz", "acme_lib-1.0-py3-none-any.whl"])
def test_the_python_package_indexs_attestation_names_a_file(setting: Setting, name: str) -> None:
    """Project and version are in the name of the file, in whatever spelling."""
    payload = statement({}, predicate_type=INDEX_PUBLISH, name=name)
    setting.bundle(payload, signer=setting.workflow())
    asked = component(purl="pkg:pypi/acme-lib@1.0", version="1.0", digests=())
    found = one(heard(setting, asked))

    assert (found.kind, found.voice, found.basis) == ("provenance", Voice.BUILD_SIGNED, hearing.BY_PURL)


def test_the_name_of_a_file_decides_nothing_elsewhere(setting: Setting) -> None:
    """Anybody's archive may be called like a package of an index."""
    setting.bundle(
        statement({}, predicate_type=PROVENANCE, name="acmelib-2.4.1.tar.gz", sha256_hex="9" * 64),
        signer=setting.workflow(),
    )
    found = heard(setting, component(purl="pkg:pypi/acmelib@2.4.1", digests=()))

    assert found.declarations == ()


def test_a_strange_file_name_is_no_package(setting: Setting) -> None:
    """It is about its digest alone."""
    setting.bundle(
        statement({}, predicate_type=INDEX_PUBLISH, name="readme", sha256_hex=SHA256),
        signer=setting.workflow(),
    )

    assert one(heard(setting)).basis == hearing.BY_DIGEST


def test_many_components_are_named_together(setting: Setting) -> None:
    """One declaration that is heard alike of several is one part of the record."""
    setting.sign({}, predicate_type=PROVENANCE)
    found = heard(setting, component(), component(id="c2"), component(id="c3", upstream="u2"))

    assert [each.components for each in found.declarations] == [("c1", "c2"), ("c3",)]


# ---- what it says ----------------------------------------------------------------------------------------


def test_a_declaration_with_everything(setting: Setting) -> None:
    """Practices with facts, assumptions of use, what is left to the integrator, dates."""
    partly = {
        "id": "TST-01",
        "status": "partiallyImplemented",
        "coverage": "only on Linux",
        "facts": {"automated": False, "tools": ["a", "b"]},
    }
    observed = {"id": "GOV-03", "facts": {"lifecycleState": "active"}}
    later = {"id": "VUL-02", "status": "aStatusOfTomorrow"}
    setting.sign(
        declaration(
            security_contact(),
            partly,
            observed,
            later,
            integrator=[
                {"ref": "I.2.a", "handling": "integrator", "leftToIntegrator": "update it"},
                {"ref": "I.2.b", "handling": "addressed", "provided": "safe defaults"},
            ],
            assumptions=[{"id": "A1", "text": "input is trusted", "ifViolated": "anything may happen"}],
        )
    )
    found = one(heard(setting, policy=True))

    assert [(each.practice, each.status) for each in found.said] == [
        ("VUL-01", "implemented"),
        ("TST-01", "partiallyImplemented"),
        ("GOV-03", "observation"),
        ("VUL-02", "not a status of this version"),
    ]
    assert dict(found.said[1].facts) == {
        "coverage": "only on Linux",
        "automated": "no",
        "tools": '["a","b"]',
    }
    assert found.said[0].name
    assert [(each.letter, each.handling, each.left_to_integrator) for each in found.left] == [
        ("I.2.a", "integrator", "update it"),
        ("I.2.b", "addressed", ""),
    ]
    assert found.assumptions[0].if_violated == "anything may happen"
    assert found.dated == NOW - timedelta(minutes=1)
    assert found.valid_until == (NOW + timedelta(days=700)).date()


def test_an_expired_declaration_says_so(setting: Setting) -> None:
    """It is shown; whether it counts is another question."""
    signed = NOW - timedelta(days=30)
    setting.sign(
        declaration(
            security_contact(reviewedAt="2026-10-01"),
            declaredAt=f"{signed:%Y-%m-%dT%H:%M:%SZ}",
            validUntil=f"{NOW - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
        ),
        at=signed,
        logged_at=signed,
    )
    found = one(heard(setting, policy=True))

    assert "expired on 2026-11-19" in found.note


# ---- what no longer stands -------------------------------------------------------------------------------


def withdrawal_of(path: Path, *, reason: str = "factsWrong") -> bytes:
    """The statement that withdraws the one in `path`."""
    payload = base64.b64decode(json.loads(path.read_bytes())["dsseEnvelope"]["payload"])
    withdraws = [{"payloadSha256": hashlib.sha256(payload).hexdigest(), "reason": reason}]
    return statement(
        {"withdrawnAt": "2026-11-20T11:59:00Z", "withdraws": withdraws},
        predicate_type=WITHDRAWAL_TYPE,
        sha256_hex=SHA256,
    )


@pytest.mark.parametrize(
    ("reason", "words"), [("factsWrong", "its facts were wrong"), ("tomorrow", "no reason that is known")]
)
def test_what_its_signer_withdrew_is_not_heard(setting: Setting, reason: str, words: str) -> None:
    """It is listed with the reason."""
    path = setting.sign(declaration())
    setting.bundle(withdrawal_of(path, reason=reason), signer=setting.workflow(), name="b")
    found = heard(setting, policy=True)

    assert found.declarations == ()
    assert words in reasons(found)


def test_somebody_elses_withdrawal_is_not_heard(setting: Setting) -> None:
    """Only the signer can take a statement back."""
    path = setting.sign(declaration())
    setting.bundle(withdrawal_of(path), signer=setting.virtual.person(), name="b")

    assert one(heard(setting, policy=True)).voice is Voice.PROJECT_SIGNED


def test_another_repositorys_withdrawal_is_not_heard(setting: Setting) -> None:
    """It has the same issuer, as every workflow of that forge has."""
    path = setting.sign(declaration())
    other = setting.workflow(repository="mallory/acmelib")
    setting.bundle(withdrawal_of(path), signer=other, name="b")

    assert one(heard(setting, policy=True)).voice is Voice.PROJECT_SIGNED


def test_a_withdrawal_by_the_same_name_under_another_root_is_not_heard(setting: Setting) -> None:
    """The authorities of a root decide who has a name in it."""
    path = setting.sign(declaration())
    foreign = VirtualSigstore(organisation="other trust")
    claims: dict[str, Any] = {"repository": REPOSITORY, "ref": REF, "sha": COMMIT}
    claims["certificate"] = {"issuer": GITHUB_ISSUER}
    setting.bundle(withdrawal_of(path), signer=foreign.github(**claims), by=foreign, name="b")
    roots = [read_root(each.root(), source="root.json") for each in (setting.virtual, foreign)]
    found = gather([setting.store], roots=roots, policy=setting.session(), now=NOW).about([component()])

    assert one(found).voice is Voice.PROJECT_SIGNED
    assert "withdraw" not in reasons(found)


def test_a_withdrawal_by_the_same_address_of_another_issuer_is_not_heard(setting: Setting) -> None:
    """Who has an address with one provider of identities need not have it with another."""
    issuer = setting.virtual.issuer.url
    setting.ask(signers=(signer_rule(issuer=issuer, identity="m@example.org", sourceRepository=""),))
    path = setting.sign(declaration(scope_source=None), signer=setting.virtual.person("m@example.org"))
    other = setting.virtual.person("m@example.org", issuer="https://login.mallory.example")
    setting.bundle(withdrawal_of(path), signer=other, name="b")

    assert one(heard(setting, policy=True)).voice is Voice.PROJECT_SIGNED


def test_a_later_declaration_about_other_artefacts_replaces_nothing(setting: Setting) -> None:
    """The next release has a declaration of its own, and this one is about the old release still."""
    early = NOW - timedelta(days=2)
    setting.sign(declaration(declaredAt=f"{early:%Y-%m-%dT%H:%M:%SZ}"), at=early, logged_at=early, name="z")
    setting.sign(declaration(scope_purls=[f"{COMPONENT}@2.4.2"]), sha256_hex="9" * 64, name="a")

    assert one(heard(setting, policy=True)).source.endswith("z.sigstore.json")


def test_of_two_declarations_of_one_moment_none_is_later(setting: Setting) -> None:
    """Both are heard, and whoever reads them sees that they differ."""
    setting.sign(declaration(), name="a")
    setting.sign(declaration(security_contact(reviewedAt="2026-11-19")), name="b")

    assert len(heard(setting, policy=True).declarations) == 2


def test_a_revoked_signer_has_no_signed_voice(setting: Setting) -> None:
    """Also if the rule that revokes it is about another component."""
    revoked = signer_rule(component="pkg:pypi/other", revokedAt=f"{NOW.date() - timedelta(days=1)}")
    setting.ask(signers=(signer_rule(), revoked))
    setting.sign(declaration())
    found = one(heard(setting, policy=True))

    assert found.voice is Voice.SIGNED_UNVERIFIED
    assert "revokedAt" in found.note or "not an allowed signer" in found.note


def test_an_unverified_withdrawal_takes_nothing_back(setting: Setting) -> None:
    """Anybody can write one; that it is there is said."""
    path = setting.sign(declaration())
    setting.bundle(withdrawal_of(path), signer=setting.workflow(), name="b")
    found = heard(setting, verified=False)

    assert one(found).kind == "declaration"
    assert "a withdrawal that is not heard" in reasons(found)


def test_a_later_declaration_replaces_an_earlier_one(setting: Setting) -> None:
    """Of the same signer, about exactly the same artefacts, whichever file comes first."""
    early = NOW - timedelta(days=2)
    setting.sign(declaration(declaredAt=f"{early:%Y-%m-%dT%H:%M:%SZ}"), at=early, logged_at=early, name="z")
    setting.sign(declaration(security_contact(reviewedAt="2026-11-19")), name="a")
    found = heard(setting, policy=True)

    assert one(found).source.endswith("a.sigstore.json")
    assert "a later one of its signer replaces it" in reasons(found)


def test_what_was_declared_early_and_signed_late_is_early(setting: Setting) -> None:
    """Or an old text could be signed again, and replace what its signer says now."""
    days = [NOW - timedelta(days=each) for each in (5, 3)]
    for name, declared, signed in (("a", days[0], NOW), ("b", days[1], days[1])):
        predicate = declaration(
            security_contact(reviewedAt="2026-11-01"), declaredAt=f"{declared:%Y-%m-%dT%H:%M:%SZ}"
        )
        setting.sign(predicate, at=signed, logged_at=signed, name=name)

    assert one(heard(setting, policy=True)).source.endswith("b.sigstore.json")


def test_a_declaration_may_name_what_it_replaces(setting: Setting) -> None:
    """Even where it is about other artefacts."""
    path = setting.sign(declaration())
    payload = base64.b64decode(json.loads(path.read_bytes())["dsseEnvelope"]["payload"])
    named = [{"payloadSha256": hashlib.sha256(payload).hexdigest()}]
    setting.sign(declaration(supersedes=named), name="b", sha256_hex="9" * 64)

    assert "its signer has replaced it" in reasons(heard(setting, policy=True))


# ---- pointers --------------------------------------------------------------------------------------------


def test_a_pointer_with_the_digest_of_a_file_leads_to_it(setting: Setting) -> None:
    """Even where neither purl nor digest does."""
    path = setting.sign({}, predicate_type=PROVENANCE)
    pointer = EvidencePointer("c1", "https://acme.example/a", hashlib.sha256(path.read_bytes()).hexdigest())
    asked = component(purl="", version="", digests=())
    found = in_hand(setting).about([asked], pointers=[pointer])

    assert (one(found).basis, one(found).kind) == (hearing.BY_POINTER, "provenance")


def test_a_pointer_does_not_outweigh_a_digest(setting: Setting) -> None:
    """Who writes the SBOM can point at anything."""
    path = setting.sign({}, predicate_type=PROVENANCE)
    pointer = EvidencePointer("c1", "https://acme.example/a", hashlib.sha256(path.read_bytes()).hexdigest())
    asked = component(digests=(StatedDigest("sha256", "0" * 64),))
    found = in_hand(setting).about([asked], pointers=[pointer])

    assert found.declarations == ()
    assert "other bytes" in reasons(found)


@pytest.mark.parametrize(
    ("sha256", "why"), [("", "states no digest"), ("7" * 64, "no file with sha256:7777")]
)
def test_a_pointer_to_what_is_not_in_hand(setting: Setting, sha256: str, why: str) -> None:
    """It is the supplier's word that there is something; nothing is fetched."""
    found = one(
        in_hand(setting).about(
            [component()], pointers=[EvidencePointer("c1", "https://acme.example/a", sha256)]
        )
    )

    assert (found.kind, found.voice, found.source) == ("pointer", Voice.SUPPLIER, "https://acme.example/a")
    assert why in found.note
    assert "nothing was fetched" in found.note


def test_a_pointer_to_a_refused_file(setting: Setting) -> None:
    """It is in hand, and nothing in it can be used."""
    path = setting.store / "a.sigstore.json"
    path.write_bytes(b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}')
    pointer = EvidencePointer("c1", "https://acme.example/a", hashlib.sha256(path.read_bytes()).hexdigest())
    found = one(in_hand(setting).about([component()], pointers=[pointer]))

    assert "nothing in it can be used" in found.note


# ---- files -----------------------------------------------------------------------------------------------


def test_a_file_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    """The user named it."""
    with pytest.raises(InputInvalid):
        gather([tmp_path / "missing.json"], now=NOW)


def test_the_same_bytes_count_once(setting: Setting) -> None:
    """However many copies are in hand."""
    path = setting.sign({}, predicate_type=PROVENANCE)
    (setting.store / "copy.json").write_bytes(path.read_bytes())

    assert len(heard(setting).declarations) == 1


def test_other_files_of_a_directory_are_counted(setting: Setting) -> None:
    """They are not evidence; that they were passed over is said once."""
    for number in range(5):
        (setting.store / f"{number}.txt").write_bytes(b"text %d" % number)
    (setting.store / "6.json").write_bytes(b'{"bomFormat": "CycloneDX"}')
    found = heard(setting)

    assert "6 files are not evidence" in reasons(found)
    assert len(found.gaps) == 1


def test_a_repository_of_archives(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has to be unpacked, so no more than so many are; the others are counted."""
    monkeypatch.setattr("avow.survey.evidence.MAX_ARCHIVES", 2)
    for number in range(5):
        (setting.store / f"{number}.jar").write_bytes(b"not a jar")
    found = heard(setting)

    assert "only the first 2 are read, and 3 more are there" in reasons(found)
    assert sum("damaged" in each.why for each in found.gaps) == 2


def test_one_other_file(setting: Setting) -> None:
    """In the singular."""
    (setting.store / "readme").write_bytes(b"text")

    assert "1 file is not evidence" in reasons(heard(setting))


def test_directories_below_are_read(setting: Setting) -> None:
    """A mirror has one for each package."""
    below = setting.store / "npm" / "acme"
    below.mkdir(parents=True)
    setting.sign({}, predicate_type=PROVENANCE).rename(below / "1.0.json")

    assert len(heard(setting).declarations) == 1


def test_what_was_installed_is_not_walked(setting: Setting) -> None:
    """A checkout with its dependencies has a hundred thousand files that are not its own."""
    below = setting.store / "node_modules" / "acme"
    below.mkdir(parents=True)
    setting.sign({}, predicate_type=PROVENANCE).rename(below / "1.0.json")

    assert heard(setting).declarations == ()


def test_a_directory_below_that_can_not_be_listed(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a gap, and the others are read."""
    closed = setting.store / "closed"
    closed.mkdir()
    setting.sign({}, predicate_type=PROVENANCE)
    listed = os.scandir

    def scandir(path: str) -> Any:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = heard(setting)

    assert len(found.declarations) == 1
    assert [gap.source for gap in found.gaps] == [str(closed)]


def test_too_many_files(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ones are read, and that there are more is said."""
    monkeypatch.setattr(evidence, "MAX_FILES", 1)
    setting.sign({}, predicate_type=PROVENANCE)
    setting.sign(declaration(), name="b")
    found = heard(setting)

    assert len(found.declarations) == 1
    assert "only the first 1 files" in reasons(found)


def test_a_file_that_can_not_be_read_is_a_gap(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are read."""
    monkeypatch.setattr(evidence, "MAX_BUNDLE_BYTES", 100_000)
    (setting.store / "large.json").write_bytes(b" " * 100_001)
    setting.sign({}, predicate_type=PROVENANCE)
    found = heard(setting)

    assert len(found.declarations) == 1
    assert "larger than" in reasons(found)


def test_a_directory_that_can_not_be_listed() -> None:
    """It is named, not skipped."""
    gathering = evidence._InHandReader((), None, NOW)
    gathering._not_listed(PermissionError(13, "Permission denied", "/store/secret"))
    found = gathering.of([]).about([])

    assert [(gap.source, gap.why) for gap in found.gaps] == [
        ("/store/secret", "the directory could not be read: Permission denied")
    ]


def test_a_named_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """The user took it for evidence."""
    path = tmp_path / "a.json"
    path.write_bytes(b'{"bomFormat": "CycloneDX"}')

    assert "refused" in reasons(gather([path], now=NOW).about([]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"dsseEnvelope": 1}',
        b'{"dsseEnvelope": {"payload": 1, "payloadType": "a"}}',
        b'{"payload": "*", "payloadType": "application/vnd.in-toto+json", "signatures": []}',
        b'{"payload": "", "payloadType": "application/vnd.in-toto+json", "signatures": []}',
        b'{"messageSignature": {"messageDigest": {"digest": 1}}}',
        b'{"messageSignature": {"messageDigest": {"digest": "YQ=="}}}',
        b'{"verification_material": {}, "envelope": {}, "version": 3}',
        b'{"attestations": [{"bundle": {}}, {"bundle": {"mediaType": "a"}}]}',
        b"\xff\xfe{\x00}\x00",
        b"{" * 100,
    ],
)
def test_broken_evidence_is_named(tmp_path: Path, content: bytes) -> None:
    """With the reason; nothing crashes, and nothing is heard."""
    path = tmp_path / "a.json"
    path.write_bytes(content)
    found = gather([path], now=NOW).about([component()])

    assert found.declarations == ()
    assert found.gaps


def test_an_envelope_without_a_bundle_is_unverified(setting: Setting) -> None:
    """It shows neither who signed nor when; its words are shown as that."""
    path = setting.sign(declaration())
    path.write_bytes(encoded(json.loads(path.read_bytes())["dsseEnvelope"]))
    found = one(heard(setting))

    assert found.voice is Voice.SIGNED_UNVERIFIED
    assert "bare DSSE envelope" in found.note


def test_many_bundles_in_one_file(setting: Setting) -> None:
    """Each has a place of its own; those beyond the limit are reported."""
    path = setting.store / "all.jsonl"
    lines = [
        encoded(setting.virtual.bundle(statement({}, predicate_type=PROVENANCE), signer=setting.workflow()))
        for _ in range(2)
    ]
    path.write_bytes(b"\n".join(lines))
    found = heard(setting, component(purl="", digests=(StatedDigest("sha256", "ab" * 32),)))

    assert [each.source for each in found.declarations] == [f"{path}:1", f"{path}:2"]


def test_too_many_bundles_in_one_file(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """That some were not read is a gap."""
    monkeypatch.setattr("avow.stores.containers.MAX_BUNDLES_IN_A_FILE", 1)
    (setting.store / "all.jsonl").write_bytes(
        b"\n".join(encoded(setting.virtual.bundle(statement({"n": n}))) for n in range(3))
    )

    assert "only the first 1 bundles" in reasons(heard(setting))


def test_gaps_are_bounded(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ones are listed, and the others counted."""
    monkeypatch.setattr(hearing, "MAX_GAPS", 1)
    for number in range(3):
        setting.sign({}, predicate_type=PROVENANCE, sha256_hex=f"{number:064x}", name=f"{number}")
    found = heard(setting)

    assert [gap.why for gap in found.gaps] == [
        "it is about none of the components",
        "2 more that are about none of the components are not listed",
    ]


def test_many_refusals_name_some_components(setting: Setting) -> None:
    """Three, and how many more."""
    setting.sign(declaration())
    others = [component(id=f"c{n}", digests=(StatedDigest("sha256", "0" * 64),)) for n in range(5)]

    assert "not heard about c0, c1, c2 and 2 more" in reasons(heard(setting, *others))


def test_a_policy_brings_its_own_roots_and_keys(setting: Setting) -> None:
    """A key that the policy lists may speak."""
    key = setting.virtual.managed_key()
    setting.ask(signers=(setting.key_rule(key),))
    setting.sign(declaration(), signer=key)
    found = one(gather([setting.store], policy=setting.session(), now=NOW).about([component()]))

    assert found.voice is Voice.PROJECT_SIGNED
    assert found.signer.startswith("key sha256:")


def test_work_does_not_multiply(setting: Setting) -> None:
    """9,000 subjects under one digest, and thousands of components that have it: ten of them are compared."""
    subjects = [{"name": str(n), "digest": {"sha256": SHA256, "sha512": f"{n:0128x}"}} for n in range(9_000)]
    payload = json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": subjects,
            "predicateType": PROVENANCE,
            "predicate": {},
        }
    ).encode()
    setting.bundle(payload, signer=setting.workflow())
    hand = in_hand(setting)
    digests = (StatedDigest("sha256", SHA256), StatedDigest("sha512", "f" * 128))
    found = hand.about(component(id=f"c{n}", digests=digests) for n in range(2_000))

    assert found.declarations == ()
    assert len(hand._index.entries["sha256", SHA256][0]) == hearing.MAX_SUBJECTS_OF_ONE_DIGEST
    assert len(found.gaps) == 1
