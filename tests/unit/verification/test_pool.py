"""A batch: each bundle is verified once, and each subject sees only what is about it."""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
from support.pipeline import (
    COMPONENT,
    SHA256,
    SUBJECT,
    Setting,
    declaration,
    exit_and_codes,
    signer_rule,
)
from support.virtual_sigstore import NOW, VirtualSigstore, encoded, statement

from avow.errors import (
    EXIT_REFUSED,
    EXIT_SATISFIED,
    EXIT_UNSATISFIED,
    InputInvalid,
    NothingToEvaluate,
    StoreUnavailable,
)
from avow.formats.purl import parse_purl
from avow.policy import rules
from avow.report import RENDERERS
from avow.resolve import resolve_subject
from avow.results import Gap, Report
from avow.statement.in_toto import StatementSubject
from avow.stores import MAX_BUNDLE_BYTES, Candidate, EvidenceDirectory, Store, open_store
from avow.subject import DIGEST_HEX_LENGTHS, Digest, Subject
from avow.transparency import keyed
from avow.transparency.backend import VerifiedEnvelope
from avow.transparency.container import Container
from avow.transparency.sigstore import KeySigned, SigstoreBackend
from avow.verification.judge import MAX_NEIGHBOURS, Judge, verify
from avow.verification.pool import CHUNK, EvidencePool

NOWHERE = EvidenceDirectory(())
UTF8_STRING: Final = 0x0C
"""The tag of ASN.1."""


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A trusted root, a policy, an empty store."""
    return Setting(tmp_path)


def sha256_of(number: int) -> str:
    """The digest of an artefact that nobody has."""
    return f"{number:064x}"


def subject(number: int, *, purl: str | None = None) -> Subject:
    """The artefact with that number."""
    digest = Digest(algorithm="sha256", value=sha256_of(number))
    return Subject(name=f"artefact-{number}", digests=(digest,), purl=parse_purl(purl) if purl else None)


def release(setting: Setting, count: int) -> tuple[Subject, ...]:
    """`count` bundles, each about an artefact of its own."""
    for number in range(count):
        setting.sign(declaration(), sha256_hex=sha256_of(number), name=f"{number:04}")
    return tuple(map(subject, range(count)))


def report(setting: Setting, *subjects: Subject, workers: int = 1, now: datetime = NOW) -> Report:
    """What follows for `subjects` from the whole store."""
    return verify(
        subjects,
        session=setting.session(),
        stores=(open_store(str(setting.store)),),
        evidence=NOWHERE,
        now=now,
        workers=workers,
    )


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each bundle is verified, by its location."""
    times: Counter[str] = Counter()
    original = SigstoreBackend.verify

    def counted(self: SigstoreBackend, bundle: bytes, *, location: str, now: datetime) -> VerifiedEnvelope:
        times[location] += 1
        return original(self, bundle, location=location, now=now)

    monkeypatch.setattr(SigstoreBackend, "verify", counted)
    return times


# ---- once per candidate ----------------------------------------------------------------------------------


def test_each_bundle_is_verified_once_for_all_subjects(setting: Setting, verifications: Counter[str]) -> None:
    """Five bundles and five subjects are five verifications, not twenty-five."""
    found = report(setting, *release(setting, 5)).collected()
    assert found.exit_code == EXIT_SATISFIED
    assert [len(each.attestations) for each in found] == [1] * 5
    assert len(verifications) == 5
    assert set(verifications.values()) == {1}


def test_decisions_are_made_while_the_report_is_read(setting: Setting) -> None:
    """A large batch is never held as a whole, and its exit code is known at its end."""
    found = report(setting, *release(setting, 3))
    first = next(iter(found))
    assert first.is_satisfied
    with pytest.raises(RuntimeError):
        _ = found.exit_code


@pytest.mark.parametrize("format_", sorted(RENDERERS))
def test_a_batch_is_written_piece_by_piece(setting: Setting, format_: str) -> None:
    """One piece at least for each subject."""
    pieces = list(RENDERERS[format_](report(setting, *release(setting, 4))))
    assert sum("clear" in piece for piece in pieces) == 4


def test_a_statement_about_many_artefacts_is_found_by_each(
    setting: Setting, verifications: Counter[str]
) -> None:
    """One bundle for a whole release: verified once, matched by digest."""
    payload = statement(declaration(), digests=[{"sha256": sha256_of(number)} for number in range(20)])
    setting.bundle(payload, signer=setting.workflow())
    found = report(setting, *map(subject, range(20)), subject(21)).collected()
    assert [len(each.attestations) for each in found] == [1] * 20 + [0]
    assert sum(verifications.values()) == 1


# ---- what concerns whom ----------------------------------------------------------------------------------


def test_a_subject_sees_only_what_is_about_it(setting: Setting) -> None:
    """A forged bundle about one artefact is none of its neighbours' business."""
    first, second = release(setting, 2)
    setting.sign(
        declaration(), sha256_hex=sha256_of(1), name="forged", signer=setting.workflow(repository="mallory/x")
    )
    one, two = report(setting, first, second)
    assert (one.rejections, one.gaps) == ((), ())
    assert [each.code for each in two.rejections] == ["identity-mismatch"]


def test_a_refused_bundle_decides_only_where_its_subject_is_not_satisfied(setting: Setting) -> None:
    """Whoever can add a bad bundle can't fail a batch; where nothing else counts, it is 4."""
    subjects = release(setting, 2)
    stranger = setting.workflow(repository="mallory/x")
    setting.sign(declaration(), sha256_hex=sha256_of(1), name="forged", signer=stranger)
    assert report(setting, *subjects).collected().exit_code == EXIT_SATISFIED
    (setting.store / "0001.sigstore.json").unlink()
    assert report(setting, *subjects).collected().exit_code == EXIT_REFUSED
    setting.put(b'{"dsseEnvelope": {}}', name="broken")
    (setting.store / "forged.sigstore.json").unlink()
    found = report(setting, *subjects).collected()
    assert found.exit_code == EXIT_UNSATISFIED
    assert [each.code for each in found.run.rejections] == ["bundle-malformed"]


def test_what_is_about_nobody_is_reported_once(setting: Setting) -> None:
    """As a gap of the run, whatever the number of subjects; as a refusal where the user named it."""
    subjects = release(setting, 2)
    path = setting.sign(declaration(), sha256_hex="ff" * 32, name="other")
    found = report(setting, *subjects).collected()
    assert [each.code for each in found.run.gaps] == ["subject-mismatch"]
    assert found.run.candidates == 3
    named = verify(
        subjects, session=setting.session(), stores=(open_store(str(path)),), evidence=NOWHERE, now=NOW
    ).collected()
    assert [each.code for each in named.run.rejections] == ["subject-mismatch"]


@pytest.mark.parametrize(
    ("listed", "refused"), [((SHA256, "ff" * 32), True), (("ee" * 32, "ff" * 32), False)]
)
def test_a_broken_bundle_that_also_lists_this_artefact_is_refused(
    setting: Setting, listed: tuple[str, ...], *, refused: bool
) -> None:
    """It is set aside only if all that it lists is something else."""
    payload = json.loads(statement(declaration()))
    payload["subject"] = [{"name": value[:4], "digest": {"sha256": value}} for value in listed]
    bundle = setting.virtual.bundle(json.dumps(payload).encode(), signer=setting.workflow())
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = "QUFB"
    setting.put(encoded(bundle))
    codes = exit_and_codes(setting.decide())
    assert codes == ((4, ["signature-rejected"], []) if refused else (3, [], ["subject-mismatch"]))


def test_a_statement_that_can_not_be_judged_spoils_no_other(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception in a rule is that statement's alone, and is said."""
    good, bad = (
        setting.sign(declaration()),
        setting.sign(declaration(validUntil="2027-01-02T00:00:00Z"), name="b"),
    )
    original = rules.declared

    def declared(case: rules.Case) -> rules.Objection | None:
        if case.attestation.location == str(bad):
            raise KeyError("no such fact")
        return original(case)

    monkeypatch.setattr(rules, "RULES", (declared, *rules.RULES[1:]))
    decision = setting.decide()
    assert exit_and_codes(decision) == (0, ["unexpected-error"], [])
    assert [each.location for each in decision.attestations] == [str(good)]
    good.unlink()
    assert exit_and_codes(setting.decide()) == (4, ["unexpected-error"], [])


def test_other_artefacts_of_the_component_are_named(setting: Setting) -> None:
    """Nothing is about the artefact, but the project has signed for others: the user looks there next."""
    release(setting, MAX_NEIGHBOURS + 2)
    (decision,) = report(setting, subject(100, purl=f"{COMPONENT}@2.4.1"))
    (note,) = decision.notes
    assert "0000.sigstore.json" in note
    assert note.endswith("and 2 more")


def test_a_run_without_subjects_is_refused(setting: Setting) -> None:
    """Nothing checked is never a yes."""
    with pytest.raises(NothingToEvaluate):
        report(setting)


# ---- stores ----------------------------------------------------------------------------------------------


@dataclass
class Failing(Store):
    """A store that hands out `before` and then does not answer."""

    before: tuple[Candidate, ...] = ()
    error: Exception = field(default_factory=lambda: StoreUnavailable("it is down", hint="try again"))

    def __str__(self) -> str:
        return "the failing store"

    def find(self, subjects: tuple[Subject, ...]) -> Iterator[Candidate | Gap]:
        """What there is, and then the failure."""
        assert subjects == (SUBJECT,)
        yield from self.before
        raise self.error


def test_a_store_that_fails_is_a_gap_of_that_store(setting: Setting) -> None:
    """What it gave before counts, what the others have counts, and the run is satisfied."""
    path = setting.sign(declaration())
    candidate = Candidate(location="elsewhere", content=path.read_bytes(), named=False)
    for stores in ((Failing(), open_store(str(setting.store))), (Failing((candidate,)),)):
        found = verify(
            (SUBJECT,), session=setting.session(), stores=stores, evidence=NOWHERE, now=NOW
        ).collected()
        assert found.exit_code == EXIT_SATISFIED
        assert [(gap.code, gap.location) for gap in found.run.gaps] == [
            ("store-unavailable", "the failing store")
        ]


def test_a_store_that_fails_may_have_changed_a_no(setting: Setting) -> None:
    """Not satisfied, and somebody did not answer: 5, with the step."""
    found = verify(
        (SUBJECT,), session=setting.session(), stores=(Failing(),), evidence=NOWHERE, now=NOW
    ).collected()
    assert (found.exit_code, found.reasons) == (5, ("no-answer", "no-usable-evidence"))
    assert found.run.gaps[0].hint == "try again"


def test_what_cannot_be_asked_is_said_before_anything_is_read(
    setting: Setting, verifications: Counter[str]
) -> None:
    """The last of the subjects is of no known component: no bundle is verified, no decision is handed out."""
    release(setting, 2)
    other = "pkg:pypi/other"
    setting.ask(signers=(signer_rule(), signer_rule(component=other)))
    with pytest.raises(InputInvalid, match="several components"):
        report(setting, subject(0, purl=f"{COMPONENT}@2.4.1"), subject(1))
    assert not verifications


# ---- what merely is in the same place --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["another instance", "a broken signature"])
def test_a_neighbour_about_another_artefact_decides_nothing(setting: Setting, kind: str) -> None:
    """By its own words it is none of ours: nothing to evaluate, and trying again is not suggested."""
    other = VirtualSigstore(organisation="other trust")
    payload = statement(declaration(), digests=[{"sha256": sha256_of(7), "sha512": "ab" * 64}])
    signer = (other if kind == "another instance" else setting.virtual).person("a@b.example")
    bundle = (other if kind == "another instance" else setting.virtual).bundle(payload, signer=signer)
    if kind == "a broken signature":
        bundle["dsseEnvelope"]["signatures"][0]["sig"] = "AAAA"
    path = setting.put(encoded(bundle))
    found = report(setting, SUBJECT).collected()
    assert (found.exit_code, [gap.code for gap in found.run.gaps]) == (3, ["subject-mismatch"])
    assert report(setting, subject(7)).collected().exit_code == (5 if kind == "another instance" else 4)
    named = verify(
        (SUBJECT,), session=setting.session(), stores=(open_store(str(path)),), evidence=NOWHERE, now=NOW
    )
    assert named.collected().exit_code == (5 if kind == "another instance" else 4)


@pytest.mark.parametrize("listed", [{"sha3_256": "ab" * 32}, {"sha256": SHA256, "sha384": "ab" * 48}, {}])
def test_a_neighbour_that_can_not_be_compared_may_be_about_this_artefact(
    setting: Setting, listed: dict[str, str]
) -> None:
    """Digests in other algorithms, or none that can be read: it may be the one, so a newer root may help."""
    other = VirtualSigstore(organisation="other trust")
    payload = statement(declaration(), digests=[listed or {"md5": "ab" * 16}])
    setting.put(encoded(other.bundle(payload, signer=other.person("a@b.example"))))
    found = report(setting, SUBJECT).collected()
    assert (found.exit_code, [gap.code for gap in found.run.gaps]) == (5, ["root-too-old"])


@pytest.mark.parametrize("algorithm", sorted(DIGEST_HEX_LENGTHS))
def test_a_file_in_hand_is_compared_by_whatever_a_statement_lists(
    setting: Setting, tmp_path: Path, algorithm: str
) -> None:
    """Two digests are computed at once, further ones where a statement lists them."""
    artefact = tmp_path / "acmelib.tar.gz"
    artefact.write_bytes(b"acmelib")
    listed = {algorithm: hashlib.new(algorithm, b"acmelib").hexdigest()}
    setting.bundle(statement(declaration(), digests=[listed]), signer=setting.workflow())
    assert report(setting, resolve_subject(str(artefact))).collected().exit_code == EXIT_SATISFIED
    artefact.write_bytes(b"another")
    assert report(setting, resolve_subject(str(artefact))).collected().exit_code != EXIT_SATISFIED


def test_a_file_that_changes_meanwhile(setting: Setting, tmp_path: Path) -> None:
    """Its digests would be of two contents."""
    artefact = tmp_path / "acmelib.tar.gz"
    artefact.write_bytes(b"acmelib")
    asked = resolve_subject(str(artefact))
    listed = {"sha384": hashlib.sha384(b"changed").hexdigest()}
    setting.bundle(statement(declaration(), digests=[listed]), signer=setting.workflow())
    artefact.write_bytes(b"changed")
    with pytest.raises(InputInvalid, match="changed while"):
        report(setting, asked)
    assert report(setting, resolve_subject(str(artefact))).collected().exit_code == EXIT_SATISFIED


# ---- hostile candidates ----------------------------------------------------------------------------------


def test_a_damaged_name_in_a_timestamp_is_refused(setting: Setting) -> None:
    """One bit in the string tag of the authority's name: cryptography raises a KeyError."""
    path = setting.sign(declaration(), rekor=2)
    bundle = json.loads(path.read_bytes())
    (stamp,) = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    token = base64.b64decode(stamp["signedTimestamp"])
    name = b"acme trust"
    place = token.rindex(bytes([UTF8_STRING, len(name)]) + name)
    stamp["signedTimestamp"] = base64.b64encode(
        token[:place] + bytes([UTF8_STRING ^ 1]) + token[place + 1 :]
    ).decode()
    setting.put(json.dumps(bundle).encode(), name="damaged")
    assert report(setting, SUBJECT).collected().exit_code == EXIT_SATISFIED
    path.unlink()
    alone = report(setting, SUBJECT).collected()
    assert (alone.exit_code, alone.run.rejections[0].code) == (EXIT_REFUSED, "signature-rejected")


@pytest.mark.parametrize(
    "error", [KeyError("tag"), RecursionError("too deep"), MemoryError(), AssertionError()]
)
@pytest.mark.parametrize(
    "place",
    [
        "avow.transparency.sigstore.SigstoreBackend.verify",
        "avow.verification.pool.read_either",
        "avow.verification.pool.scope_purls",
        "avow.verification.standing.check_predicate",
        "avow.verification.judge.Judge._strengths",
    ],
)
def test_nothing_that_one_candidate_causes_reaches_the_others(
    setting: Setting, place: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step over a candidate fails for the first one: it is refused, says so, and the second counts."""
    setting.sign(declaration(), name="a")
    setting.sign(declaration(), name="b")
    owner, _, name = place.rpartition(".")
    module, _, kind = owner.rpartition(".")
    target = getattr(import_module(module), kind) if kind[0].isupper() else import_module(owner)
    real, calls = getattr(target, name), Counter[str]()

    def failing(*given: Any, **named: Any) -> Any:
        calls["all"] += 1
        if calls["all"] == 1:
            raise error
        return real(*given, **named)

    monkeypatch.setattr(target, name, failing)
    found = report(setting, SUBJECT).collected()
    assert found.exit_code == EXIT_SATISFIED
    (decision,) = found
    (rejection,) = (*found.run.rejections, *decision.rejections)
    assert rejection.code == "unexpected-error"
    assert type(error).__name__ in rejection.message
    assert "report it" in rejection.hint


# ---- several processes, other times ----------------------------------------------------------------------


def test_several_processes_find_the_same(setting: Setting) -> None:
    """More bundles than one process takes at a time, good, foreign, broken and of an unknown root."""
    subjects = release(setting, 3)
    for number in range(CHUNK):
        setting.put(b'{"dsseEnvelope": %d}' % number, name=f"broken-{number}")
    setting.sign({}, predicate_type="https://slsa.dev/provenance/v1", name="foreign")
    alone, together = (
        "".join(RENDERERS["json"](report(setting, *subjects, workers=each))) for each in (1, 2)
    )
    assert alone == together


def test_a_session_is_sent_to_another_process(setting: Setting) -> None:
    """It is bytes and words; what was opened stays behind, and is opened there once."""
    setting.ask(
        "profile: orc-light", signers=(signer_rule(), setting.key_rule(setting.virtual.managed_key()))
    )
    session = setting.session()
    assert session.backends
    sent = pickle.loads(pickle.dumps(session))  # noqa: S301  our own bytes
    assert sent == session
    assert sent.signers_for(parse_purl(COMPONENT)) == session.signers_for(parse_purl(COMPONENT))
    assert sent.backends is session.backends  # equal sessions share what one process has opened


def test_verified_envelopes_come_back_from_another_process(setting: Setting) -> None:
    """Bytes, signer and times are the same on the other side."""
    path = setting.sign(declaration())
    envelope = setting.session().backends[0].verify(path.read_bytes(), location="x", now=NOW)
    assert pickle.loads(pickle.dumps(envelope)) == envelope  # noqa: S301  our own bytes


def test_one_pool_is_asked_at_different_times(setting: Setting) -> None:
    """`now` belongs to the question: a process that runs for months asks again, and the answer is stale."""
    path = setting.sign(declaration())
    pool = EvidencePool.gather(setting.session(), (open_store(str(path)),), subjects=(SUBJECT,), now=NOW)
    judge = Judge(pool, evidence=NOWHERE)
    assert judge.decide(SUBJECT, now=NOW).is_satisfied
    assert not judge.decide(SUBJECT, now=NOW + timedelta(days=3000)).is_satisfied
    assert judge.decide(SUBJECT, now=NOW).is_satisfied


def test_what_was_signed_after_the_moment_asked_about_does_not_count(setting: Setting) -> None:
    """As if it had been asked then: a pool that was gathered later brings nothing forward."""
    path = setting.sign(declaration())
    stores = (open_store(str(path)),)
    pool = EvidencePool.gather(setting.session(), stores, subjects=(SUBJECT,), now=NOW)
    early = NOW - timedelta(days=2)
    decision = Judge(pool, evidence=NOWHERE).decide(SUBJECT, now=early)
    assert not decision.is_satisfied
    assert [each.code for each in decision.gaps] == ["clock-behind"]
    alone = verify((SUBJECT,), session=setting.session(), stores=stores, evidence=NOWHERE, now=early)
    assert not alone.collected().is_satisfied


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), TimeoutError("too slow")])
def test_a_store_whose_connection_breaks_is_a_gap(setting: Setting, error: OSError) -> None:
    """The library of a store raises what it likes; what the others have still counts."""
    setting.sign(declaration())
    stores = (Failing(error=error), open_store(str(setting.store)))
    found = verify(
        (SUBJECT,), session=setting.session(), stores=stores, evidence=NOWHERE, now=NOW
    ).collected()
    assert found.exit_code == EXIT_SATISFIED
    assert found.run.gaps[0].code == "store-unavailable"
    assert (error.strerror or str(error)) in found.run.gaps[0].message


def test_the_order_of_gaps_does_not_depend_on_the_processes(setting: Setting) -> None:
    """What could not be read comes first, and then what was set aside."""
    setting.sign({}, predicate_type="https://slsa.dev/provenance/v1", name="a-foreign")
    for number in range(CHUNK + 6):
        setting.put(b'{"dsseEnvelope": %d}' % number, name=f"b{number:03}")
    (setting.store / "z.sigstore.json").symlink_to(setting.store / "z-is-a-loop.sigstore.json")
    with (setting.store / "y.sigstore.json").open("wb") as huge:
        huge.truncate(MAX_BUNDLE_BYTES + 1)
    found = [report(setting, SUBJECT, workers=each).collected().run.gaps for each in (1, 2)]
    assert found[0] == found[1]
    assert [gap.code for gap in found[0]] == ["bundle-unreadable", "predicate-type"]


def test_the_same_error_is_raised_for_each_subject(setting: Setting) -> None:
    """A statement that can't be relied on is refused for every artefact that it lists, with all reasons."""
    payload = statement(
        declaration(limitations=[]), digests=[{"sha256": sha256_of(1)}, {"sha256": sha256_of(2)}]
    )
    setting.put(encoded(setting.virtual.bundle(payload, signer=setting.workflow())))
    one, two = report(setting, subject(1), subject(2))
    assert [each.code for each in (*one.rejections, *two.rejections)] == ["predicate-invalid"] * 2
    assert one.rejections[0].message == two.rejections[0].message


def test_a_digest_in_common_is_not_enough(setting: Setting) -> None:
    """Found by one algorithm and contradicted by another: not this artefact."""
    setting.bundle(
        statement(declaration(), digests=[{"sha256": SHA256, "sha512": "ab" * 64}]), signer=setting.workflow()
    )
    other = Subject(
        name="a",
        digests=(Digest(algorithm="sha256", value=SHA256), Digest(algorithm="sha512", value="cd" * 64)),
    )
    (decision,) = report(setting, other)
    assert decision.attestations == ()
    assert [each.code for each in decision.gaps] == ["subject-mismatch"]


def test_a_report_that_was_read_in_part_never_says_yes(setting: Setting) -> None:
    """The first subject has nothing. Whoever stops there and reads on sees only the satisfied one."""
    setting.sign(declaration(), sha256_hex=sha256_of(2))
    asked = (subject(1), subject(2))
    assert report(setting, *asked).collected().exit_code != EXIT_SATISFIED
    parted = report(setting, *asked)
    assert not next(iter(parted)).is_satisfied
    assert [each.is_satisfied for each in parted] == [True]
    with pytest.raises(RuntimeError, match="every result"):
        _ = parted.exit_code
    with pytest.raises(RuntimeError, match="every result"):
        _ = parted.is_satisfied
    begun = report(setting, *asked)
    next(iter(begun))
    with pytest.raises(RuntimeError, match="every result"):
        "".join(RENDERERS["json"](begun))


def test_a_report_that_was_read_keeps_its_answer(setting: Setting) -> None:
    """A second loop finds nothing more, and changes nothing."""
    setting.sign(declaration())
    read = report(setting, SUBJECT)
    assert len(list(read)) == 1
    assert list(read) == []
    assert read.exit_code == EXIT_SATISFIED


def test_one_digest_under_thousands_of_names_is_not_compared_pairwise(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any stranger may sign such a statement; looking it up compares no entry with another."""
    document = json.loads(statement(declaration(), sha256_hex=SHA256))
    document["subject"] = [{"name": str(each), "digest": {"sha256": SHA256}} for each in range(300)]
    setting.bundle(json.dumps(document).encode(), signer=setting.virtual.person())
    stores = (open_store(str(setting.store)),)
    pool = EvidencePool.gather(setting.session(), stores, subjects=(SUBJECT,), now=NOW)
    compared = Counter[str]()

    def equal(_: object, __: object) -> bool:
        compared["entries"] += 1
        return False

    monkeypatch.setattr(StatementSubject, "__eq__", equal)
    ((_, entries),) = pool.about(SUBJECT)
    assert len(entries) == 300
    assert not compared


def test_a_bundle_is_parsed_once_for_all_keys(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody can put 16 MiB into a directory, and a policy may list hundreds of keys."""
    signers = [setting.virtual.managed_key() for _ in range(5)]
    rules = (setting.key_rule(each, file=f"{place}.pub") for place, each in enumerate(signers))
    setting.ask(signers=tuple(rules))
    stranger = setting.virtual.managed_key()
    setting.sign(declaration(), signer=stranger, name="stranger")
    setting.sign(declaration(), signer=signers[4], name="good")
    made = []
    parse = KeySigned

    def counted(container: Container) -> KeySigned:
        made.append(1)
        return parse(container)

    monkeypatch.setattr(keyed, "KeySigned", counted)
    decided = setting.decide()
    assert decided.exit_code == 0
    assert [each.code for each in decided.rejections] == ["signature-rejected"]
    assert len(made) == 2
