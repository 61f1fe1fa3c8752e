"""A statement that was taken back counts for nothing, and only its own signer takes it back.

Each attack has something to win: a yes that was withdrawn counts again, or a stranger turns a yes into a no.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from itertools import permutations
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest
from support.pipeline import (
    SHA256,
    SUBJECT,
    Decided,
    EvidenceInHand,
    Setting,
    declaration,
    outcomes,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import NOW, VirtualSigstore, encoded, statement

from avow.identity import SignerIdentity
from avow.statement.types import WITHDRAWAL_TYPE
from avow.stores import open_store
from avow.subject import Digest, Subject
from avow.values import utc_text
from avow.verification.judge import Judge
from avow.verification.pool import EvidencePool
from avow.vocabulary import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

HOUR = timedelta(hours=1)
BEFORE = NOW - timedelta(days=3)
"""A day before `CUT`; withdrawals are of the day after it."""
CUT = "2026-11-19"
OTHER = "cd" * 32
BOTH = [{"sha256": SHA256}, {"sha256": OTHER}]
NO: dict[str, Any] = {"status": "notImplemented"}


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A policy that lists the project, and asks for a security contact."""
    return Setting(tmp_path)


def said(at: datetime = NOW - 2 * HOUR, **contact: Any) -> dict[str, Any]:
    """A predicate that was made at `at`."""
    return declaration(security_contact(**contact), declaredAt=utc_text(at))


def declared(
    setting: Setting,
    at: datetime = NOW - 2 * HOUR,
    *,
    name: str = "yes",
    digests: Sequence[dict[str, str]] = (),
    contact: dict[str, Any] | None = None,
    supersedes: str = "",
    **signing: Any,
) -> str:
    """Sign a declaration; the digest of its payload."""
    predicate = said(at, **(contact or {}))
    if supersedes:
        predicate["supersedes"] = [{"payloadSha256": supersedes, "reason": "corrected"}]
    payload = statement(predicate, sha256_hex=SHA256, digests=digests)
    signer = signing.pop("signer", None) or setting.workflow(at=at)
    setting.bundle(payload, signer=signer, name=name, at=at, **signing)
    return hashlib.sha256(payload).hexdigest()


def taken_back(
    *payloads: str,
    at: datetime = NOW - HOUR,
    digests: Sequence[dict[str, str]] = (),
    predicate: dict[str, Any] | None = None,
    **entry: Any,
) -> bytes:
    """A statement that withdraws `payloads`."""
    withdraws = [{"payloadSha256": each, "reason": "factsWrong"} | entry for each in payloads]
    content = {"withdrawnAt": utc_text(at), "withdraws": withdraws} | (predicate or {})
    return statement(content, sha256_hex=SHA256, digests=digests, predicate_type=WITHDRAWAL_TYPE)


def withdraw(
    setting: Setting,
    *payloads: str,
    at: datetime = NOW - HOUR,
    name: str = "withdrawal",
    signing: dict[str, Any] | None = None,
    **content: Any,
) -> str:
    """Sign a withdrawal, by the project's workflow unless `signing` names another; the payload's digest."""
    payload = taken_back(*payloads, at=at, **content)
    how: dict[str, Any] = {"signer": setting.workflow(at=at), "at": at} | (signing or {})
    setting.bundle(payload, name=name, **how)
    return hashlib.sha256(payload).hexdigest()


def codes(decided: Decided) -> list[str]:
    """The codes of all gaps and rejections, sorted."""
    return sorted([each.code for each in decided.gaps] + [each.code for each in decided.rejections])


def is_blocked(decided: Decided) -> bool:
    """And the exit code and the reports say so."""
    blocked = decided.verdict is Verdict.BLOCKED
    assert blocked == any(each.blocks for each in decided.decision.withdrawn)
    if blocked:
        assert decided.exit_code != 0
    return blocked


# ---- what a withdrawal does ------------------------------------------------------------------------------


def test_what_was_taken_back_counts_for_nothing(setting: Setting) -> None:
    """The verdict is blocked, and the reports say who, when and why."""
    payload = declared(setting)
    assert setting.decide().exit_code == 0

    withdraw(setting, payload, explanation="the address never worked")
    decided = setting.decide()

    assert (decided.exit_code, decided.reasons, is_blocked(decided)) == (1, ("not-satisfied",), True)
    assert decided.attestations == ()
    (gap,) = decided.gaps
    assert gap.code == "withdrawn"
    assert gap.location.endswith("yes.sigstore.json")
    assert "withdrawal.sigstore.json" in gap.message
    assert "the address never worked" in gap.message
    assert gap.step == "ask the project for a statement that it stands by"
    assert "   blocked\n  withdrawn  " in decided.text
    assert f"             {utc_text(NOW - HOUR)} by https://github.com/acme/acmelib/" in decided.text
    assert "its facts were wrong when it was signed (the address never worked)" in decided.text
    (result,) = json.loads(decided.json)["results"]
    (found,) = result["withdrawn"]
    assert found["payloadSha256"] == payload
    assert (found["reason"], found["explanation"], found["blocks"]) == (
        "factsWrong",
        "the address never worked",
        True,
    )
    assert found["withdrawal"]["signedAt"] == found["withdrawal"]["withdrawnAt"] == utc_text(NOW - HOUR)


def test_identity_alone_is_not_verified_either(setting: Setting) -> None:
    """What was signed was taken back, also where no practice is judged and another statement stands."""
    payload = declared(setting, digests=BOTH)
    declared(setting, NOW - 3 * HOUR, name="older")
    assert setting.decide(identity_only=True).exit_code == 0
    withdraw(setting, payload, digests=BOTH)
    decided = setting.decide(identity_only=True)
    assert (decided.exit_code, is_blocked(decided)) == (1, True)


def test_a_statement_that_was_signed_later_counts(setting: Setting) -> None:
    """After the withdrawal, or before it: a correction usually comes first."""
    for at in (NOW, NOW - 1.5 * HOUR):
        for path in setting.store.iterdir():
            path.unlink()
        payload = declared(setting, digests=BOTH)
        withdraw(setting, payload, digests=BOTH)
        declared(setting, at, name="corrected")
        decided = setting.decide()
        assert (decided.exit_code, is_blocked(decided)) == (0, False)
        assert codes(decided) == ["withdrawn"]
        assert "withdrawn  " in decided.text


def test_an_earlier_statement_does_not_count_in_its_place(setting: Setting) -> None:
    """It stands, because it is about other artefacts too; it was not said again."""
    declared(setting, NOW - 4 * HOUR, name="older", digests=BOTH)
    payload = declared(setting)
    withdraw(setting, payload)
    decided = setting.decide()
    assert len(decided.attestations) == 1
    assert outcomes(decided) == {"VUL-01": "met"}
    assert is_blocked(decided)
    assert decided.exit_code == 1


def test_what_it_had_replaced_is_not_revived(setting: Setting) -> None:
    """Neither by time nor by name: a superseded statement stays superseded."""
    older = declared(setting, NOW - 4 * HOUR, name="older")
    payload = declared(setting, NOW - 2 * HOUR, contact=NO, supersedes=older)
    withdraw(setting, payload)
    decided = setting.decide()
    assert decided.attestations == ()
    assert codes(decided) == ["superseded", "withdrawn"]
    assert is_blocked(decided)


def test_what_was_replaced_can_be_taken_back(setting: Setting) -> None:
    """It is listed as withdrawn, and what replaces it counts."""
    payload = declared(setting)
    declared(setting, NOW - 1.5 * HOUR, name="corrected")
    withdraw(setting, payload)
    decided = setting.decide()
    assert (decided.exit_code, codes(decided)) == (0, ["withdrawn"])


def test_a_replay_of_the_payload(setting: Setting) -> None:
    """The same words signed again, with a fresh log entry, are the words that were withdrawn."""
    payload = declared(setting)
    withdraw(setting, payload)
    setting.sign(said(), name="again", at=NOW)
    decided = setting.decide()
    assert codes(decided) == ["withdrawn", "withdrawn"]
    assert is_blocked(decided)


def test_withholding_the_withdrawal(setting: Setting) -> None:
    """The documented exception: the earlier answer counts, and the result says how much was looked at."""
    withdraw(setting, declared(setting))
    (setting.store / "withdrawal.sigstore.json").unlink()
    decided = setting.decide()
    assert (decided.exit_code, decided.report.run.candidates) == (0, 1)


def test_a_kinder_statement_without_its_successor(setting: Setting) -> None:
    """As withheld: nothing in hand says that there was a later one."""
    declared(setting)
    declared(setting, NOW - HOUR, name="no", contact=NO)
    (setting.store / "no.sigstore.json").unlink()
    assert setting.decide().exit_code == 0


# ---- who is heard ----------------------------------------------------------------------------------------


def test_a_stranger_is_not_heard(setting: Setting) -> None:
    """And is refused like any other stranger."""
    withdraw(
        setting,
        declared(setting),
        signing={"signer": setting.workflow(repository="mallory/acmelib", at=NOW - HOUR)},
    )
    decided = setting.decide()
    assert (decided.exit_code, is_blocked(decided)) == (0, False)
    assert codes(decided) == ["identity-mismatch"]


def test_a_neighbour_is_not_heard(setting: Setting) -> None:
    """A project that the policy allows for another component."""
    neighbour = {
        "identity": "https://github.com/acme/other/.github/workflows/release.yml@refs/tags/*",
        "sourceRepository": "https://github.com/acme/other",
    }
    setting.ask(signers=(signer_rule(), signer_rule(component="pkg:pypi/other", **neighbour)))
    withdraw(
        setting,
        declared(setting),
        signing={"signer": setting.workflow(repository="acme/other", at=NOW - HOUR)},
    )
    decided = setting.decide(purl="pkg:pypi/acmelib@2.4.1")
    assert (decided.exit_code, codes(decided)) == (0, ["identity-mismatch"])


def test_another_allowed_signer_is_not_heard(setting: Setting) -> None:
    """An assessor takes back their own words, and nobody else's."""
    payload = declared(setting)
    lab = {"issuer": "https://id.example", "identity": "lab@lab.example", "sourceRepository": ""}
    setting.ask(signers=(signer_rule(), signer_rule(**lab, relationship="assessor")))
    person = setting.virtual.person("lab@lab.example", issuer="https://id.example", at=NOW - HOUR)
    withdraw(setting, payload, signing={"signer": person})
    decided = setting.decide()
    assert (decided.exit_code, codes(decided)) == (0, ["withdrawal-unheard"])
    assert "another signer's; only that signer is heard" in decided.text


def test_the_same_identity_of_another_instance_is_not_heard(setting: Setting) -> None:
    """Roots are never merged: whoever runs the other instance could sign as anyone."""
    payload = declared(setting)
    foreign = VirtualSigstore(organisation="other trust")
    setting.trust("foreign", foreign.root())
    setting.ask(signers=(signer_rule(), signer_rule(root="foreign")))
    other = Setting(_made(setting.directory / "other"), virtual=foreign)
    withdraw(setting, payload, signing={"signer": other.workflow(), "by": foreign, "at": None})
    decided = setting.decide()
    assert (decided.exit_code, codes(decided)) == (0, ["withdrawal-unheard"])


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


@pytest.mark.parametrize(("revoked_at", "heard"), [(CUT, False), ("2026-11-21", True)])
def test_whoever_stole_a_revoked_identity_is_not_heard(
    setting: Setting, revoked_at: str, *, heard: bool
) -> None:
    """Until it was revoked it was the project's; afterwards it is the thief's."""
    setting.ask(signers=(signer_rule(revokedAt=revoked_at),))
    withdraw(setting, declared(setting, BEFORE))
    decided = setting.decide()
    assert is_blocked(decided) == heard
    assert codes(decided) == (["withdrawn"] if heard else ["identity-mismatch"])


def test_another_rule_does_not_admit_a_revoked_signer(setting: Setting) -> None:
    """As for statements: a revocation for any component counts for all."""
    setting.ask(signers=(signer_rule(), signer_rule(component="pkg:pypi/other", revokedAt=CUT)))
    withdraw(setting, declared(setting, BEFORE))
    decided = setting.decide(purl="pkg:pypi/acmelib@2.4.1")
    assert (decided.exit_code, codes(decided)) == (0, ["identity-mismatch"])


def test_after_the_end_of_its_rule_a_signer_is_heard(setting: Setting) -> None:
    """A statement has to be made before it; a statement that was made may turn out to be wrong later."""
    setting.ask(signers=(signer_rule(validUntil=CUT),))
    payload = declared(setting, BEFORE)
    assert setting.decide().exit_code == 0
    withdraw(setting, payload)
    assert is_blocked(setting.decide())


def test_after_the_end_of_its_rule_a_signer_does_not_choose_what_counts(setting: Setting) -> None:
    """The name may have passed to somebody else, who takes back the no and points to the kinder word."""
    no = declared(setting, BEFORE - HOUR, name="no", digests=BOTH, contact=NO)
    yes = declared(setting, BEFORE)
    setting.ask(signers=(signer_rule(validUntil=CUT),))
    assert outcomes(setting.decide()) == {"VUL-01": "declaredGap"}
    for predicate in ({}, {"withdrawnAt": "2020-01-01T00:00:00Z"}):
        withdraw(setting, no, digests=BOTH, supersededBy=yes, predicate=predicate)
        decided = setting.decide()
        assert codes(decided) == ["withdrawn"]
        assert is_blocked(decided)
    setting.ask()  # while the rule holds, the project itself may say that the no was wrong
    assert setting.decide().exit_code == 0


def test_before_the_start_of_its_rule_nobody_is_heard(setting: Setting) -> None:
    """A fresh timestamp on an old withdrawal does not help: its own date says when it was made."""
    key = setting.virtual.managed_key()
    setting.ask(signers=(setting.key_rule(key, validFrom=CUT),))
    payload = declared(setting, signer=key)
    stamped = {"signer": key, "rekor": None, "tsa": True, "stamped_at": NOW}
    withdraw(setting, payload, at=BEFORE, signing=stamped)
    decided = setting.decide()
    assert (decided.exit_code, codes(decided)) == (0, ["identity-mismatch"])


def test_a_pinned_number_does_not_make_it_another_authority(setting: Setting) -> None:
    """The rule got the repository's id in the meantime; the old one is kept for old statements."""
    payload = declared(setting, BEFORE)
    found = setting.decide().attestations[0].signer
    assert isinstance(found, SignerIdentity)
    new = signer_rule(repositoryId=str(found.source_repository_id))
    for rules in permutations((signer_rule(validUntil=CUT), new)):
        setting.ask(signers=rules)
        withdraw(setting, payload)
        assert codes(setting.decide()) == ["withdrawn"]


# ---- what is withdrawn -----------------------------------------------------------------------------------


def test_a_withdrawal_of_something_that_is_not_there(setting: Setting) -> None:
    """Whoever withholds what was withdrawn wins nothing by it."""
    declared(setting, NOW - 3 * HOUR, name="older", digests=BOTH)
    withdraw(setting, "ee" * 32)
    decided = setting.decide()
    assert codes(decided) == ["withdrawn-unseen"]
    assert is_blocked(decided)
    assert f"  withdrawn  a statement that was not found, {'ee' * 32}\n" in decided.text
    (result,) = json.loads(decided.json)["results"]
    assert result["withdrawn"][0]["location"] is None
    assert "blocks: this signer has said nothing later" in decided.text

    # As with the identity token that the withdrawal was signed with: later, but not by its own date.
    dated = statement(said(NOW - HOUR), sha256_hex=SHA256)
    setting.bundle(dated, signer=setting.workflow(at=NOW), name="later", at=NOW)
    decided = setting.decide()
    assert is_blocked(decided)
    assert f"blocks: what this signer signed later is dated {utc_text(NOW - HOUR)}, " in decided.text
    assert "next: ask the project to sign it again, with a fresh identity token" in decided.text

    declared(setting, NOW - HOUR / 2, name="later")
    decided = setting.decide()
    assert (decided.exit_code, codes(decided)) == (0, ["withdrawn-unseen"])


@pytest.mark.parametrize("by_withdrawal", [True, False])
def test_the_successor_is_named(setting: Setting, *, by_withdrawal: bool) -> None:
    """By the withdrawal or by itself; then its date and whether the withdrawn one is in hand play no part."""
    if by_withdrawal:
        corrected = declared(setting, NOW - 2 * HOUR, name="corrected")
        withdraw(setting, "ee" * 32, supersededBy=corrected)
    else:
        declared(setting, NOW - 2 * HOUR, name="corrected", supersedes="ee" * 32)
        withdraw(setting, "ee" * 32)
    decided = setting.decide()
    assert (decided.exit_code, codes(decided)) == (0, ["withdrawn-unseen"])


def test_a_stranger_signs_the_withdrawn_words(setting: Setting) -> None:
    """Then they are in hand, and still not the project's; its withdrawal is not lifted by that."""
    declared(setting, NOW - 3 * HOUR, name="older", digests=BOTH)
    payload = declared(setting)
    withdraw(setting, payload)
    stranger = setting.workflow(repository="mallory/acmelib")
    setting.sign(said(), signer=stranger, name="yes")
    decided = setting.decide()
    assert codes(decided) == ["identity-mismatch", "withdrawn-unseen"]
    assert is_blocked(decided)


def test_a_withdrawal_with_other_subjects(setting: Setting) -> None:
    """It names the payload, and that decides: what was taken back is the whole statement."""
    withdraw(setting, declared(setting), digests=[{"sha256": OTHER}])
    decided = setting.decide()
    assert is_blocked(decided)
    assert codes(decided) == ["withdrawn"]


def test_a_withdrawal_for_another_artefact(setting: Setting) -> None:
    """It lists this one, and what it withdraws is in hand and does not."""
    declared(setting)
    other = declared(setting, name="other", digests=[{"sha256": OTHER}])
    withdraw(setting, other)
    decided = setting.decide()
    assert (decided.exit_code, is_blocked(decided)) == (0, False)
    asked = Subject(name="other", digests=(Digest(algorithm="sha256", value=OTHER),))
    assert is_blocked(setting.decide(subject=asked))


def test_a_withdrawal_about_something_else_is_set_aside(setting: Setting) -> None:
    """And refused if the user named it."""
    declared(setting)
    withdraw(setting, "ee" * 32, digests=[{"sha256": OTHER}])
    decided = setting.decide()
    assert (decided.exit_code, codes(decided)) == (0, ["subject-mismatch"])
    named = setting.decide(setting.store / "withdrawal.sigstore.json")
    assert (named.exit_code, [each.code for each in named.rejections]) == (4, ["subject-mismatch"])


def test_digests_that_disagree(setting: Setting) -> None:
    """As for a statement: it is about this artefact only if every shared digest is equal."""
    declared(setting)
    withdraw(setting, "ee" * 32, digests=[{"sha256": SHA256, "sha512": "ee" * 64}])
    asked = Subject(name="a", digests=(*SUBJECT.digests, Digest(algorithm="sha512", value="ab" * 64)))
    decided = setting.decide(subject=asked)
    assert (decided.exit_code, codes(decided)) == (0, ["subject-mismatch"])


def test_a_withdrawal_can_not_be_withdrawn(setting: Setting) -> None:
    """What was taken back is said again, or not at all."""
    first = withdraw(setting, declared(setting))
    withdraw(setting, first, name="second", at=NOW)
    decided = setting.decide()
    assert is_blocked(decided)
    assert codes(decided) == ["withdrawal-unheard", "withdrawn"]
    assert "a withdrawal; that can't be withdrawn" in decided.text


def test_one_withdrawal_of_several_statements(setting: Setting) -> None:
    """Each is heard for itself."""
    first = declared(setting, NOW - 3 * HOUR, name="1", digests=BOTH)
    second = declared(setting, name="2")
    withdraw(setting, first, second)
    decided = setting.decide()
    assert codes(decided) == ["withdrawn", "withdrawn"]
    assert is_blocked(decided)


# ---- times -----------------------------------------------------------------------------------------------


def test_a_withdrawal_of_tomorrow_is_not_heard_today(setting: Setting) -> None:
    """And from its own time on it is."""
    withdraw(setting, declared(setting), at=NOW)
    assert setting.decide(now=NOW - HOUR).exit_code == 0
    assert codes(setting.decide(now=NOW - HOUR)) == ["clock-behind"]
    assert is_blocked(setting.decide())


def test_a_pool_can_be_asked_about_an_earlier_time(setting: Setting) -> None:
    """What was gathered later does not count yet."""
    withdraw(setting, declared(setting), at=NOW)
    session = setting.session()
    pool = EvidencePool.gather(session, [open_store(str(setting.store))], subjects=(SUBJECT,), now=NOW)
    judge = Judge(pool, evidence=EvidenceInHand({}))
    assert judge.decide(SUBJECT, now=NOW).verdict is Verdict.BLOCKED
    earlier = judge.decide(SUBJECT, now=NOW - HOUR)
    assert (earlier.is_satisfied, [each.code for each in earlier.gaps]) == (True, ["clock-behind"])


@pytest.mark.parametrize("written", ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "soon", None])
def test_its_own_date_never_delays_it(setting: Setting, written: str | None) -> None:
    """Nobody signs today that a statement is wrong from next year on."""
    withdraw(setting, declared(setting), predicate={"withdrawnAt": written})
    assert is_blocked(setting.decide())


def test_a_fresh_timestamp_does_not_make_it_younger(setting: Setting) -> None:
    """What was said after the withdrawal still counts, where the withdrawal itself is in hand, too."""
    key = setting.virtual.managed_key()
    setting.ask(signers=(setting.key_rule(key),))
    stamped = {"signer": key, "rekor": None, "tsa": True}
    withdraw(setting, "ee" * 32, at=NOW - 2 * HOUR, signing=stamped)
    withdraw(setting, "ee" * 32, at=NOW - 2 * HOUR, signing=stamped | {"stamped_at": NOW}, name="again")
    declared(setting, NOW - HOUR, name="later", signer=key)
    decided = setting.decide()
    assert (decided.exit_code, codes(decided)) == (0, ["withdrawn-unseen"])


def test_a_date_in_the_past_does_not_let_an_older_statement_count(setting: Setting) -> None:
    """The withdrawn one is withheld, and by its own date the withdrawal is older than everything."""
    declared(setting, NOW - 3 * HOUR, name="older", digests=BOTH)
    withdraw(setting, "ee" * 32, predicate={"withdrawnAt": "2020-01-01T00:00:00Z"})
    assert is_blocked(setting.decide())


# ---- words and bounds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        {"reason": "becauseOfTheMoon"},
        {"reason": None},
        {"reason": 7, "explanation": ["x"], "supersededBy": {}},
        {"unknown": {"field": 1}},
    ],
)
def test_what_a_reader_does_not_know_is_no_reason_to_ignore_it(
    setting: Setting, entry: dict[str, Any]
) -> None:
    """Ignoring a withdrawal turns a no into a yes."""
    withdraw(setting, declared(setting), **entry)
    assert is_blocked(setting.decide())


def test_hostile_words_are_cut_and_made_printable(setting: Setting) -> None:
    """A signer may write a megabyte."""
    withdraw(setting, declared(setting), explanation="\x1b[2J" * 100_000, reason="r" * 100_000)
    decided = setting.decide()
    assert "\x1b" not in decided.text
    assert len(decided.text) < 10_000
    assert len(decided.json) < 20_000


@pytest.mark.parametrize(
    "withdraws",
    [
        None,
        [],
        {},
        [7],
        [{"reason": "other"}],
        [{"payloadSha256": "abc"}],
        [{"payloadSha256": "0" * 64}] * 1001,
    ],
)
def test_a_withdrawal_that_names_nothing_is_refused(setting: Setting, withdraws: object) -> None:
    """It is reported; and it can't be heard."""
    declared(setting)
    withdraw(setting, predicate={"withdraws": withdraws})
    decided = setting.decide()
    assert (decided.exit_code, codes(decided)) == (0, ["predicate-invalid"])


def test_the_order_plays_no_part(setting: Setting) -> None:
    """Of files, with a replaced, a withdrawn and a standing statement."""
    older = declared(setting, NOW - 4 * HOUR, name="1", digests=BOTH)
    payload = declared(setting, name="2")
    withdraw(setting, older, payload, name="3")
    withdraw(setting, payload, name="4", at=NOW - HOUR / 2, reason="other")
    declared(setting, NOW - HOUR / 2, name="5", contact=NO)
    contents = [path.read_bytes() for path in sorted(setting.store.iterdir())]
    answers = set()
    for order in permutations(contents):
        for place, content in enumerate(order, start=1):
            setting.put(content, name=str(place))
        decided = setting.decide()
        withdrawn = sorted((each.entry.payload_sha256, each.more) for each in decided.decision.withdrawn)
        answers.add((decided.exit_code, decided.verdict, *withdrawn, *codes(decided)))
    assert len(answers) == 1


@pytest.mark.slow
def test_a_thousand_withdrawals_of_one_statement(setting: Setting) -> None:
    """They cost what a thousand statements cost, and are one line of the report."""
    payload = declared(setting)

    def taken(number: int) -> float:
        signer = setting.workflow(at=NOW - HOUR)
        contents = [
            encoded(
                setting.virtual.bundle(
                    taken_back(payload, explanation=str(each)), signer=signer, logged_at=NOW - HOUR
                )
            )
            for each in range(number)
        ]
        (setting.store / "many.jsonl").write_bytes(b"\n".join(contents) + b"\n")
        start = perf_counter()
        decided = setting.decide()
        ended = perf_counter() - start
        assert is_blocked(decided)
        assert [each.more for each in decided.decision.withdrawn] == [number - 1]
        assert len(decided.text) < 10_000
        return ended

    few, many = taken(250), taken(1000)
    assert many < 8 * few


def test_a_withdrawal_that_lists_a_wrong_digest_beside_the_right_one_is_heard(setting: Setting) -> None:
    """It names the statement; what it says of the artefacts only helps to find it."""
    both = Subject(name=SUBJECT.name, digests=(*SUBJECT.digests, Digest(algorithm="sha512", value="ab" * 64)))
    payload = declared(setting)
    assert setting.decide(subject=both).verdict is Verdict.CLEAR
    withdraw(setting, payload, digests=[{"sha256": SHA256, "sha512": "cd" * 64}])
    assert is_blocked(setting.decide(subject=both))


def test_a_withdrawal_of_something_unseen_about_another_artefact_is_not_heard(setting: Setting) -> None:
    """One digest agrees and one does not: it is about another artefact, and names nothing that is here."""
    both = Subject(name=SUBJECT.name, digests=(*SUBJECT.digests, Digest(algorithm="sha512", value="ab" * 64)))
    declared(setting)
    withdraw(setting, "0" * 64, digests=[{"sha256": SHA256, "sha512": "cd" * 64}])
    decided = setting.decide(subject=both)
    assert decided.verdict is Verdict.CLEAR
    assert "subject-mismatch" in codes(decided)
