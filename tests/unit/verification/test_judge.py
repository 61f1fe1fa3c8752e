"""The verify pipeline: what counts, what is refused, what is a gap, and which exit code follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pipeline import (
    ARTEFACT,
    COMPONENT,
    REQUIRES_A_CONTACT,
    SHA256,
    SUBJECT,
    Decided,
    Json,
    Setting,
    declaration,
    exit_and_codes,
    finding,
    outcomes,
    repo_file,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import NOW, VirtualSigstore, encoded, statement

from avow.errors import InputInvalid, PredicateInvalid
from avow.resolve import resolve_subject
from avow.results import Decision
from avow.statement.in_toto import read_statement
from avow.statement.validity import check_predicate
from avow.subject import Digest, Subject
from avow.values import latest_date_on_earth
from avow.verification.session import SignerFlags, Trust, session_for_flags
from avow.vocabulary import Outcome, Strength, Verdict, Voice


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A trusted root, a policy, an empty store."""
    return Setting(tmp_path)


# ---- a yes, and what it says -----------------------------------------------------------------------------


@pytest.mark.parametrize("rekor", [1, 2])
@pytest.mark.parametrize("tsa", [False, True])
def test_a_listed_signer_who_meets_the_policy_satisfies_it(
    setting: Setting, rekor: int, *, tsa: bool
) -> None:
    """With either log; a v2 bundle always has a timestamp, a v1 bundle may."""
    setting.sign(declaration(), rekor=rekor, tsa=tsa or rekor == 2)
    decision = setting.decide()
    assert exit_and_codes(decision) == (0, [], [])
    assert decision.verdict is Verdict.CLEAR
    assert decision.reasons == ("satisfied",)
    assert finding(decision).voice is Voice.PROJECT_SIGNED


def test_a_decision_keeps_what_it_rests_on(setting: Setting) -> None:
    """It contains payload, bundle, signer, the signer rule, and what was enforced."""
    path = setting.sign(declaration())
    (attestation,) = setting.decide().attestations
    assert attestation.location == str(path)
    assert attestation.expected.place == f"{setting.policy}:5"
    assert attestation.signed_at == NOW
    assert attestation.payload_sha256 == attestation.statement.payload_sha256
    assert attestation.subject == SUBJECT
    assert any(f"for {COMPONENT} (maintainer)" in each for each in setting.decide().enforced)


def test_the_older_statement_type_counts_with_a_note(setting: Setting) -> None:
    """Clients that still write Statement v0.1 are in use; cosign is one."""
    setting.sign(declaration(), statement_type="https://in-toto.io/Statement/v0.1")
    decision = setting.decide()
    assert decision.exit_code == 0
    assert "Statement/v0.1" in decision.attestations[0].statement.notes[0]


def test_the_artefact_may_be_asked_for_by_several_digests(setting: Setting) -> None:
    """Every algorithm in common has to agree; what the statement does not list is not compared."""
    setting.sign(declaration())
    both = Subject(name="a", digests=(*SUBJECT.digests, Digest(algorithm="sha512", value="cd" * 64)))
    assert setting.decide(subject=both).exit_code == 0


def test_same_bytes_in_two_places_are_judged_once(setting: Setting) -> None:
    """A copy of a bundle is not a second statement."""
    first = setting.sign(declaration())
    setting.put(first.read_bytes(), name="copy")
    assert len(setting.decide().attestations) == 1
    assert len(setting.decide(first, setting.store).attestations) == 1


# ---- whom the statement speaks for -----------------------------------------------------------------------


@pytest.mark.parametrize("purl", [COMPONENT, f"{COMPONENT}@2.4.1"])
def test_the_component_may_be_named(setting: Setting, purl: str) -> None:
    """With --purl the statement has to be about that component, at that version where one is given."""
    setting.sign(declaration())
    assert setting.decide(purl=purl).exit_code == 0


def test_a_component_that_the_policy_names_is_corrected_there(setting: Setting) -> None:
    """Nobody gave --purl, so it is not what has to be checked."""
    setting.sign(declaration())
    path = setting.ask(signers=(signer_rule(component="pkg:npm/acmelib"),))

    (gap,) = setting.decide().gaps
    assert (gap.nearest.rule, gap.nearest.expected) == (f"{path}:5", "pkg:npm/acmelib")
    assert gap.nearest.next == "correct `for` in the policy, or say with --purl which component it is"
    (gap,) = setting.decide(purl="pkg:npm/acmelib@1").gaps
    assert (gap.nearest.rule, gap.nearest.next) == ("", "check --purl, its version included")


def test_a_scope_without_purls_speaks_for_the_artefact_that_the_user_names(setting: Setting) -> None:
    """C libraries have no purl of their own: the digest binds, user or policy say what it is."""
    setting.sign(declaration(scope_purls=[]))
    assert setting.decide(purl=f"{COMPONENT}@2.4.1").exit_code == 0
    assert setting.decide().exit_code == 0


def test_a_scope_purl_without_version_fits_every_version(setting: Setting) -> None:
    """The digest binds the statement to the release; a missing version contradicts nothing."""
    setting.sign(declaration(scope_purls=[COMPONENT]))
    assert setting.decide(purl=f"{COMPONENT}@2.4.1").exit_code == 0


def test_two_accepted_names_for_one_artefact_are_asked_about(setting: Setting) -> None:
    """One artefact, released as two components: neither fills the other's gaps, so the user says which."""
    setting.ask(signers=(signer_rule(), signer_rule(component="pkg:pypi/acmelib-fork")))
    setting.sign(declaration(), name="a")
    setting.sign(declaration(scope_purls=["pkg:pypi/acmelib-fork@2.4.1"]), name="b")
    with pytest.raises(InputInvalid) as refusal:
        setting.decide()
    assert "--purl" in refusal.value.hint
    assert setting.decide(purl=COMPONENT).exit_code == 0


def test_a_policy_about_several_components_has_to_be_told_which(setting: Setting) -> None:
    """Else whoever may speak for one could answer for another by calling the artefact so."""
    setting.sign(declaration(scope_purls=[f"{COMPONENT}@2.4.1", "pkg:pypi/other@1"]))
    assert setting.decide().exit_code == 0
    setting.ask(signers=(signer_rule(), signer_rule(component="pkg:pypi/other")))
    with pytest.raises(InputInvalid, match="several components") as refusal:
        setting.decide()
    assert "--purl" in refusal.value.hint
    assert setting.decide(purl=COMPONENT).exit_code == 0


# ---- what is no yes: exit codes --------------------------------------------------------------------------


def test_an_honest_gap_is_evaluated(setting: Setting) -> None:
    """Declared and open: exit 1, with the next step."""
    setting.sign(declaration(security_contact(status="notImplemented")))
    decision = setting.decide()
    assert exit_and_codes(decision) == (1, [], [])
    assert decision.verdict is Verdict.ACTION_NEEDED
    assert decision.reasons == ("not-satisfied",)
    assert outcomes(decision) == {"VUL-01": "declaredGap"}
    assert finding(decision).next


def test_no_bundle_at_all_is_nothing_to_evaluate(setting: Setting) -> None:
    """Exit 3, and every required practice is unknown."""
    decision = setting.decide()
    assert exit_and_codes(decision) == (3, [], [])
    assert decision.reasons == ("no-usable-evidence",)
    assert decision.verdict is Verdict.ACTION_NEEDED
    assert outcomes(decision) == {"VUL-01": "unknown"}


DAMAGED = b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}'


def test_refused_evidence_asks_for_a_close_look(setting: Setting) -> None:
    """Exit 4 before 3; both reasons are reported."""
    setting.put(DAMAGED)
    decision = setting.decide()
    assert exit_and_codes(decision) == (4, ["bundle-malformed"], [])
    assert decision.reasons == ("evidence-refused", "no-usable-evidence")


JUNK = {
    "a web page": b"<!DOCTYPE html><title>Not found</title>",
    "of a web bundler": b'{"entry": "app.js"}',
    "a server's message": b'{"message": "Not Found", "status": "404"}',
    "nothing": b"",
    "something else": b"\x00\x01\x02",
}


@pytest.mark.parametrize("content", JUNK.values(), ids=JUNK)
def test_what_is_no_bundle_decides_nothing(setting: Setting, content: bytes) -> None:
    """In a directory, by its name alone; a file that the user names is refused, and both are reported."""
    path = setting.put(content, name="junk")
    assert exit_and_codes(setting.decide()) == (3, [], ["bundle-malformed"])
    assert exit_and_codes(setting.decide(path)) == (4, ["bundle-malformed"], [])
    setting.sign(declaration(security_contact(status="notImplemented")), name="honest gap")
    assert setting.decide().exit_code == 1


def test_a_digest_that_agrees_beside_one_that_does_not(setting: Setting) -> None:
    """The pair that differs is shown, not the pair that agrees."""
    other = "ab" * 64
    payload = statement(declaration(), digests=[{"sha256": SHA256, "sha512": other}])
    setting.bundle(payload, signer=setting.workflow())
    (setting.directory / "artefact").write_bytes(ARTEFACT)
    subject = resolve_subject(str(setting.directory / "artefact"))
    (gap,) = setting.decide(subject=subject).gaps
    assert gap.message == "the statement has another digest of this artefact, beside one that agrees"
    assert gap.nearest.expected.startswith("sha512:")
    assert gap.nearest.found.endswith(other)


def test_a_digest_that_is_too_weak(setting: Setting) -> None:
    """Nothing was compared, and naming the file would not help."""
    setting.bundle(statement(declaration(), digests=[{"sha1": "ab" * 20}]), signer=setting.workflow())
    (gap,) = setting.decide().gaps
    assert gap.message.startswith("nothing was compared: the statement has no digest")
    assert gap.step.startswith("ask the project to sign again")


def test_an_old_root_asks_to_try_again(setting: Setting) -> None:
    """Exit 5 before 3: an updated root might change the answer; the bundle is not a forgery."""
    elsewhere = VirtualSigstore(organisation="other trust")
    setting.put(encoded(elsewhere.bundle(b"{}", signer=elsewhere.person())))
    decision = setting.decide()
    assert exit_and_codes(decision) == (5, [], ["root-too-old"])
    assert decision.reasons == ("no-answer", "no-usable-evidence")
    assert decision.gaps[0].hint


def test_the_order_of_exit_codes_when_several_apply(setting: Setting) -> None:
    """4 before 5 before 1, and the reasons list all that apply."""
    elsewhere = VirtualSigstore(organisation="other trust")
    setting.sign(declaration(security_contact(status="notImplemented")), name="honest gap")
    assert setting.decide().exit_code == 1
    setting.put(encoded(elsewhere.bundle(b"{}", signer=elsewhere.person())), name="old root")
    assert setting.decide().exit_code == 5
    setting.put(DAMAGED, name="bad")
    decision = setting.decide()
    assert decision.exit_code == 4
    assert decision.reasons == ("evidence-refused", "no-answer", "not-satisfied")


def test_satisfied_stays_satisfied_beside_bad_bundles(setting: Setting) -> None:
    """Else anyone who can attach a bundle could fail our users' builds; what was refused is still listed."""
    elsewhere = VirtualSigstore(organisation="other trust")
    setting.sign(declaration(), name="good")
    setting.put(DAMAGED, name="bad")
    setting.put(encoded(elsewhere.bundle(b"{}", signer=elsewhere.person())), name="old root")
    setting.sign(declaration(), signer=setting.workflow(repository="mallory/acmelib"), name="foreign")
    decision = setting.decide()
    assert decision.exit_code == 0
    assert decision.reasons == ("satisfied",)
    assert sorted(each.code for each in decision.rejections) == ["bundle-malformed", "identity-mismatch"]
    assert [each.code for each in decision.gaps] == ["root-too-old"]


# ---- stores: gaps, and what the user named ---------------------------------------------------------------


def _without_log_entry(setting: Setting) -> Path:
    return setting.bundle(b"{}", signer=setting.workflow(), rekor=None, tsa=True)


def _another_predicate(setting: Setting) -> Path:
    return setting.sign({"anything": 1}, predicate_type="https://slsa.dev/provenance/v1")


def _another_artefact(setting: Setting) -> Path:
    return setting.sign(declaration(), sha256_hex="00" * 32)


@pytest.mark.parametrize(
    ("mint", "code", "named_exit", "named_is_refused"),
    [
        (_without_log_entry, "bundle-unsupported", 3, False),
        (_another_predicate, "predicate-type", 4, True),
        (_another_artefact, "subject-mismatch", 4, True),
    ],
)
def test_what_merely_lies_in_a_store_is_a_gap(
    setting: Setting, mint: Callable[[Setting], Path], code: str, named_exit: int, *, named_is_refused: bool
) -> None:
    """In a directory never exit 4; pointed at, a foreign predicate or artefact is refused."""
    path = mint(setting)
    assert exit_and_codes(setting.decide()) == (3, [], [code])
    named = setting.decide(path)
    assert named.exit_code == named_exit
    assert ([each.code for each in named.rejections] == [code]) is named_is_refused
    assert ([each.code for each in named.gaps] == [code]) is not named_is_refused


def test_a_signature_over_the_artefact_itself_is_no_declaration(setting: Setting) -> None:
    """A message signature has no payload that could say anything."""
    setting.put(encoded(setting.virtual.message_bundle(b"artefact", signer=setting.workflow())))
    assert exit_and_codes(setting.decide()) == (3, [], ["bundle-unsupported"])


def test_a_file_that_can_not_be_read_is_a_gap_where_nobody_named_it(setting: Setting) -> None:
    """A huge file beside the artefact fails no build; one that the user named is a problem of the call."""
    setting.sign(declaration(), name="good")
    huge = setting.store / "huge.sigstore.json"
    with huge.open("wb") as file:
        file.truncate(1 << 30)
    decision = setting.decide()
    assert exit_and_codes(decision) == (0, [], ["bundle-unreadable"])
    with pytest.raises(InputInvalid):
        setting.decide(huge)


def test_bundles_beyond_the_first_thousand_of_one_file_are_not_judged(setting: Setting) -> None:
    """And that is said: nobody can keep a verifier busy for a day."""
    path = setting.store / "many.jsonl"
    path.write_bytes(
        b"".join(
            b'{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","n":%d}\n' % number
            for number in range(1002)
        )
    )
    decision = setting.decide()
    assert len(decision.rejections) == 1000
    assert [each.code for each in decision.gaps] == ["too-many-bundles"]


# ---- roots and keys --------------------------------------------------------------------------------------


def test_no_root_verifies_nothing(setting: Setting) -> None:
    """A policy of key signers alone could come without any: then nothing is known of any bundle."""
    setting.sign(declaration())
    session = setting.session()
    bare = type(session)(
        trust=Trust(roots=()),
        policy=session.policy,
        rules=session.rules,
        flagged=None,
        spki_of_key_file=(),
        enforced=(),
        insecure=(),
        basis=session.basis,
    )
    assert exit_and_codes(setting.decide(session=bare)) == (3, [], ["bundle-unsupported"])


def test_two_editions_of_one_root_both_count(setting: Setting) -> None:
    """A bundle verifies against the old and the new edition; a signer rule may be bound to either."""
    setting.trust("newer", setting.virtual.root() + b"\n")
    setting.sign(declaration())
    for root in ("pinned", "newer"):
        setting.ask(signers=(signer_rule(root=root),))
        assert setting.decide().exit_code == 0


@pytest.mark.parametrize("roots", [("old", "newer"), ("newer", "old")])
@pytest.mark.parametrize("first", ["maintainer", "contributor"])
def test_of_several_rules_for_one_signer_the_first_counts(
    setting: Setting, roots: tuple[str, str], first: str
) -> None:
    """Also if each is bound to another edition of the root: the order under `trust` decides nothing."""
    editions = {"old": setting.virtual.root(), "newer": setting.virtual.root() + b"\n"}
    setting.roots.clear()
    for name in roots:
        setting.trust(name, editions[name])
    rules = [
        signer_rule(root="newer", relationship="maintainer"),
        signer_rule(root="old", relationship="contributor"),
    ]
    setting.ask(signers=tuple(rules if first == "maintainer" else reversed(rules)))
    setting.sign(declaration())
    (attestation,) = setting.decide().attestations
    assert attestation.expected.relationship == first


def test_a_key_beside_a_root_does_not_hide_that_the_root_is_too_old(setting: Setting) -> None:
    """For the key a bundle with a certificate is unsupported; what the root says is more informative."""
    setting.ask(signers=(signer_rule(), setting.key_rule(setting.virtual.managed_key())))
    elsewhere = VirtualSigstore(organisation="other trust")
    setting.put(encoded(elsewhere.bundle(b"{}", signer=elsewhere.person())))
    assert exit_and_codes(setting.decide()) == (5, [], ["root-too-old"])


@pytest.mark.parametrize("rekor", [1, 2])
def test_a_listed_key_speaks_for_its_component(setting: Setting, rekor: int) -> None:
    """The log proves when; the key who. Among several keys the one that signed is found."""
    laptop, other = setting.virtual.managed_key(), setting.virtual.managed_key()
    setting.ask(
        signers=(
            signer_rule(),
            setting.key_rule(other, file="other.pub"),
            setting.key_rule(laptop, file="laptop.pub"),
        )
    )
    setting.sign(declaration(scope_source=None), signer=laptop, rekor=rekor)
    decision = setting.decide()
    assert exit_and_codes(decision) == (0, [], [])
    assert decision.attestations[0].expected.place.endswith(":7")


def test_a_key_named_by_a_flag(setting: Setting) -> None:
    """Without a policy: one root, one key, a shipped profile."""
    laptop = setting.virtual.managed_key()
    key = setting.directory / "laptop.pub"
    key.write_bytes(laptop.verifier)
    setting.sign(declaration(scope_source=None), signer=laptop)
    session = session_for_flags(
        setting.directory / "pinned.json",
        flags=SignerFlags(key=key),
        profile=None,
        identity_only=True,
        accept_sandbox=False,
    )
    assert setting.decide(session=session).reasons == ("verified",)


# ---- identity only ---------------------------------------------------------------------------------------


def test_identity_only_says_verified_and_never_satisfied(setting: Setting) -> None:
    """A listed signer and the right artefact: exit 0, and no practice was judged."""
    setting.sign(declaration(security_contact(status="notImplemented")))
    decision = setting.decide(identity_only=True)
    assert decision.exit_code == 0
    assert decision.verdict is Verdict.VERIFIED
    assert decision.reasons == ("verified",)
    assert decision.findings == ()


def test_identity_only_without_a_listed_signer_is_no_yes(setting: Setting) -> None:
    """Nobody listed signed: exit 4, or 3 where nothing was there at all."""
    assert exit_and_codes(setting.decide(identity_only=True))[0] == 3
    assert setting.decide(identity_only=True).verdict is None
    setting.sign(declaration(), signer=setting.workflow(repository="mallory/acmelib"))
    decision = setting.decide(identity_only=True)
    assert (decision.exit_code, decision.verdict) == (4, None)


# ---- policy words reach the decision ---------------------------------------------------------------------


def test_the_consumer_decides_where_nobody_signs(setting: Setting) -> None:
    """Every gap is accepted under a name: a yes with something to read, for the version that was named."""
    setting.ask(
        REQUIRES_A_CONTACT,
        "acceptedGaps: [{practice: VUL-01, for: 'pkg:pypi/acmelib', versions: 'vers:pypi/2.4.1', because: x, "
        "measure: isolated, owner: product security, ticket: SEC-1, until: '2026-12-31'}]",
    )
    report = setting.decide(purl=f"{COMPONENT}@2.4.1")
    assert [finding.outcome for finding in report.decision.findings] == [Outcome.GAP_ACCEPTED]
    assert (report.exit_code, report.decision.verdict) == (0, Verdict.REVIEW_ONLY)
    unnamed = setting.decide(purl=COMPONENT)
    assert (unnamed.exit_code, outcomes(unnamed)) == (3, {"VUL-01": "unknown"})


def test_an_accepted_gap_is_for_the_version_that_the_consumer_names(setting: Setting) -> None:
    """The declarer writes the version of its own scope; an accepted gap must not open by that."""
    setting.ask(
        REQUIRES_A_CONTACT,
        "acceptedGaps: [{practice: VUL-01, for: 'pkg:pypi/acmelib', versions: 'vers:pypi/2.4.1', because: x, "
        "measure: isolated, owner: product security, ticket: SEC-1, until: '2026-12-31'}]",
    )
    setting.sign(declaration(security_contact(status="notImplemented")))
    unnamed = setting.decide()
    assert (unnamed.exit_code, outcomes(unnamed)) == (1, {"VUL-01": "declaredGap"})
    assert f"--purl {COMPONENT}@VERSION" in unnamed.notes[0]
    named = setting.decide(purl=f"{COMPONENT}@2.4.1")
    assert (named.exit_code, outcomes(named), named.notes) == (0, {"VUL-01": "gapAccepted"}, ())


def test_an_ended_decision_is_about_its_own_component(setting: Setting) -> None:
    """Another component is not held up by it."""
    gap = (
        "acceptedGaps: [{practice: VUL-01, for: 'pkg:pypi/other', versions: 'vers:pypi/2.4.1', because: x, "
        "measure: isolated, owner: us, ticket: T-1, until: '2026-11-01'}]"
    )
    setting.ask(REQUIRES_A_CONTACT, gap, signers=(signer_rule(), signer_rule(component="pkg:pypi/other")))
    setting.sign(declaration())
    decided = setting.decide(purl=f"{COMPONENT}@2.4.1")
    assert (decided.exit_code, decided.notes) == (0, ())


@pytest.mark.parametrize("verdict", Verdict)
def test_nothing_decided_is_never_satisfied(verdict: Verdict) -> None:
    """Whatever the policy concluded: the last check before exit code 0 stands by itself."""
    decision = Decision(
        subject=SUBJECT, verdict=verdict, findings=(), attestations=(), rejections=(), gaps=(), notes=()
    )
    assert not decision.is_satisfied


def test_an_ended_decision_is_said_to_be_the_reason(setting: Setting) -> None:
    """Everything is met, and still exit 1: the decision says which accepted gap ran out."""
    gap = (
        "acceptedGaps: [{practice: VUL-01, for: 'pkg:pypi/acmelib', versions: 'vers:pypi/2.4.1', because: x, "
        "measure: isolated, owner: us, ticket: T-1, until: '2026-11-01'}]"
    )
    setting.ask(REQUIRES_A_CONTACT, gap)
    setting.sign(declaration())
    decision = setting.decide()
    assert decision.exit_code == 1
    assert outcomes(decision) == {"VUL-01": "met"}
    assert "ended on 2026-11-01" in decision.notes[0]


def test_a_validity_beyond_the_cap_is_said_to_be_capped(setting: Setting) -> None:
    """It counts for as long as the policy lets it, from the signing on; then it is stale."""
    far = declaration(declaredAt="2026-11-19T00:00:00Z", validUntil="2036-01-01T00:00:00Z")
    setting.sign(far, at=NOW - timedelta(days=1))
    assert "only the first 731 count" in setting.decide().notes[0]
    assert setting.decide().exit_code == 0
    later = setting.decide(now=NOW + timedelta(days=730))
    assert (later.exit_code, outcomes(later)) == (1, {"VUL-01": "stale"})


# ---- evidence --------------------------------------------------------------------------------------------


def test_evidence_counts_by_the_bytes_in_hand(setting: Setting) -> None:
    """E2 is asked: with the bytes it is met, without them it is a claim."""
    setting.ask("require: [{practice: VUL-01, evidence: E2}]")
    sha256 = setting.keep(b"# Security policy")
    setting.sign(declaration(security_contact(evidence=[repo_file(sha256)])))
    decision = setting.decide()
    assert outcomes(decision) == {"VUL-01": "met"}
    assert decision.attestations[0].strengths[0].verified is Strength.E2
    without = setting.decide(evidence={})
    assert outcomes(without) == {"VUL-01": "metWeakEvidence"}
    assert without.exit_code == 1


# ---- dates: the edges ------------------------------------------------------------------------------------


def _checked(setting: Setting, predicate: Json, *, signed_at: datetime = NOW) -> tuple[str, ...]:
    """The fields that `check_predicate` refuses in a statement signed by the listed workflow."""
    path = setting.sign(predicate, at=signed_at)
    backend = setting.session(now=signed_at).backends[0]
    envelope = backend.verify(path.read_bytes(), location=str(path), now=signed_at)
    statement = read_statement(envelope.payload, payload_type=envelope.payload_type)
    try:
        check_predicate(statement.predicate, signer=envelope.signer, signed_at=envelope.signed_at)
    except PredicateInvalid as error:
        return error.nearest.differs_in
    return ()


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"declaredAt": "2026-11-20T12:01:00Z"}, ()),
        ({"declaredAt": "2026-11-20T12:01:01Z"}, ("declaredAt",)),
        ({"validUntil": "2026-11-20T11:59:01Z"}, ()),
        ({"validUntil": "2026-11-20T11:59:00Z"}, ("validUntil",)),
    ],
)
def test_the_dates_of_a_statement(setting: Setting, changed: dict[str, str], fields: tuple[str, ...]) -> None:
    """UTC, declared no more than a minute after it was signed, and valid for a while."""
    assert _checked(setting, declaration(**changed)) == fields


@pytest.mark.parametrize(("day", "fine"), [("2026-11-21", True), ("2026-11-22", False)])
def test_a_review_may_bear_the_latest_date_on_earth(setting: Setting, day: str, *, fine: bool) -> None:
    """People write dates by their own calendar: at noon UTC it is tomorrow in UTC+14."""
    fields = _checked(setting, declaration(security_contact(reviewedAt=day)))
    assert fields == (() if fine else ("VUL-01 reviewedAt",))


@pytest.mark.parametrize(
    ("retrieved", "fine"),
    [
        ("2026-11-20T12:01:00Z", True),
        ("2026-11-20T12:02:00Z", False),
    ],
)
def test_evidence_can_not_be_younger_than_the_signature(
    setting: Setting, retrieved: str, *, fine: bool
) -> None:
    """By more than a minute, by which clocks may differ."""
    entry = security_contact(evidence=[repo_file(SHA256, retrievedAt=retrieved)])
    assert (_checked(setting, declaration(entry)) == ()) is fine


def test_all_that_is_wrong_with_a_predicate_is_told_at_once(setting: Setting) -> None:
    """Dates, scope, catalogue, practices and limitations in one refusal."""
    entry = security_contact(reviewedAt="2027-01-01")
    fields = _checked(
        setting,
        declaration(
            entry,
            entry,
            declaredAt="2027-01-01T00:00:00Z",
            scope_source=None,
            catalogue_id="foreign",
            limitations=["none"],
        ),
    )
    assert set(fields) == {
        "declaredAt",
        "VUL-01 reviewedAt",
        "scope.source.uri",
        "scope.source.digest",
        "catalogue.id",
        "practices",
        "limitations",
    }


def test_a_person_or_a_key_proves_no_source(setting: Setting) -> None:
    """What the certificate does not state is not compared."""
    person = setting.virtual.person("maintainer@example.org", issuer="https://accounts.example")
    setting.ask(
        signers=(
            signer_rule(
                issuer="https://accounts.example", identity="maintainer@example.org", sourceRepository=""
            ),
        )
    )
    setting.sign(declaration(scope_source=None), signer=person)
    assert setting.decide().exit_code == 0


@pytest.mark.parametrize(
    "spelling",
    [
        "git+https://github.com/acme/acmelib.git",
        "https://github.com/acme/acmelib/",
        "https://github.com/acme/acmelib",
    ],
)
def test_a_source_may_be_spelled_as_in_an_sbom(setting: Setting, spelling: str) -> None:
    """`git+`, `.git` and a last slash say nothing about which repository it is."""
    source = {"uri": spelling, "digest": {"gitCommit": "5e" * 20}}
    assert _checked(setting, declaration(scope_source=source)) == ()


# ---- order and number of statements ----------------------------------------------------------------------


def _decided(setting: Setting, names: frozenset[str], evidence: frozenset[str]) -> Decided:
    held = {name: (setting.evidence / f"sha256-{name}").read_bytes() for name in evidence}
    session = setting.session()
    paths = tuple(setting.store / f"{name}.sigstore.json" for name in sorted(names))
    if not paths:
        return setting.decide(session=session, evidence=held, subject=_NOBODY)
    return setting.decide(*paths, session=session, evidence=held)


_NOBODY = Subject(name="none", digests=(Digest(algorithm="sha256", value="11" * 32),))
"""An artefact that no bundle of the store is about: what remains when every bundle is taken away."""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """Statements that meet the policy alone, together, or not at all."""
    setting = Setting(tmp_path_factory.mktemp("crowd"))
    setting.ask("require: [{practice: VUL-01, evidence: E2}, {practice: SRC-01}]")
    strong, weak = setting.keep(b"one"), setting.keep(b"two")
    source = security_contact(
        id="SRC-01",
        facts={
            "vcsUrl": "https://github.com/acme/acmelib",
            "history": "everyChange",
            "readableWithoutAccount": True,
        },
    )
    setting.sign(declaration(security_contact(evidence=[repo_file(strong)])), name="contact")
    setting.sign(declaration(source), name="source")
    setting.sign(declaration(security_contact(evidence=[repo_file(weak)]), source), name="both")
    setting.sign(declaration(security_contact(status="notImplemented"), source), name="own no")
    setting.sign(declaration(security_contact(), validUntil="2026-11-20T12:00:00Z"), name="expired")
    return setting


_NAMES = ("contact", "source", "both", "own no", "expired")


@pytest.mark.slow
@settings(derandomize=True, max_examples=40, deadline=None)
@given(names=st.frozensets(st.sampled_from(_NAMES), min_size=1), held=st.sampled_from([0, 1, 2, 3]))
def test_taking_accepted_evidence_away_never_makes_a_yes(
    crowd: Setting, names: frozenset[str], held: int
) -> None:
    """Invariant 4: neither one bundle less nor one evidence file less turns unsatisfied into satisfied.

    The exception is a bundle in which the project says no, or which replaces an earlier one (test_standing).
    """
    files = sorted(path.name.removeprefix("sha256-") for path in crowd.evidence.iterdir())
    evidence = frozenset(name for bit, name in enumerate(files) if held >> bit & 1)
    if _decided(crowd, names, evidence).exit_code == 0:
        return
    for name in names - {"own no"}:
        assert _decided(crowd, names - {name}, evidence).exit_code != 0
    for name in evidence:
        assert _decided(crowd, names, evidence - {name}).exit_code != 0


def test_statements_fill_each_other_in(crowd: Setting) -> None:
    """Some accepted statement meets each requirement: the crowd that the property needs has yeses in it."""
    files = frozenset(path.name.removeprefix("sha256-") for path in crowd.evidence.iterdir())
    assert _decided(crowd, frozenset({"contact", "source"}), files).exit_code == 0
    assert _decided(crowd, frozenset({"both", "own no"}), files).exit_code == 1
    assert _decided(crowd, frozenset({"contact"}), files).exit_code == 1
    assert _decided(crowd, frozenset({"both"}), frozenset()).exit_code == 1


def test_an_expired_statement_is_stale(crowd: Setting) -> None:
    """It verifies, it counts for nothing now, but it is not a forgery: exit 1."""
    decision = _decided(crowd, frozenset({"expired"}), frozenset())
    assert decision.exit_code == 1
    assert finding(decision).outcome is Outcome.STALE


def test_the_latest_date_on_earth() -> None:
    """UTC+14 is ahead of everybody."""
    assert latest_date_on_earth(datetime(2026, 11, 20, 9, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert latest_date_on_earth(datetime(2026, 11, 20, 10, 0, tzinfo=UTC)) == date(2026, 11, 21)
