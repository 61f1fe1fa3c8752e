"""A signature proves "not later than": no fresh timestamp, and no second signature, makes a word younger.

Anybody can take the log's promise out of a bundle that a key signed, and add a timestamp of today: nothing in
the envelope says when it was signed. What the statement says about itself is signed with it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support.pipeline import Decided, Setting, declaration, finding, security_contact
from support.virtual_sigstore import NOW

from avow.values import utc_text
from avow.vocabulary import Outcome, Verdict

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from support.virtual_sigstore import Signer

LONG_AGO = NOW - timedelta(days=300)
ASKS = "require: [{practice: VUL-01, bound: release}]"


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A directory whose policy lists a key."""
    return Setting(tmp_path)


def old(valid_days: int = 720) -> dict[str, object]:
    """A statement that was made long ago."""
    return declaration(
        security_contact(reviewedAt=str(LONG_AGO.date())),
        declaredAt=utc_text(LONG_AGO),
        validUntil=utc_text(LONG_AGO + timedelta(days=valid_days)),
    )


def stamped_today(setting: Setting, signer: Signer, *, valid_days: int = 720) -> None:
    """The old envelope without the log's promise of that time, and with a fresh timestamp."""
    setting.sign(old(valid_days), signer=signer, rekor=None, tsa=True, stamped_at=NOW)


def test_a_fresh_timestamp_is_no_new_signature(setting: Setting) -> None:
    """The rule admits what was made from this month on; the statement is older, whatever its timestamp."""
    signer = setting.virtual.managed_key()
    rule = setting.key_rule(signer, validFrom=str((NOW - timedelta(days=30)).date()))
    setting.ask(signers=(rule,))
    stamped_today(setting, signer)

    decided = setting.decide()

    assert decided.attestations == ()
    assert decided.rejections[0].nearest.differs_in == ("validFrom",)
    assert decided.rejections[0].nearest.found == f"validFrom: {utc_text(LONG_AGO)}"


def test_a_fresh_timestamp_does_not_prolong_a_statement(setting: Setting) -> None:
    """730 days from when it was made, not from the timestamp."""
    signer = setting.virtual.managed_key()
    setting.ask(ASKS, signers=(setting.key_rule(signer),))
    stamped_today(setting, signer, valid_days=2000)
    last = LONG_AGO + timedelta(days=730)

    def at(moment: datetime) -> Decided:
        return setting.decide(now=moment)

    assert finding(at(last)).outcome is Outcome.MET
    assert finding(at(last + timedelta(seconds=1))).rules == ("statement_age",)
    assert f"made on {LONG_AGO.date()}" in finding(at(last + timedelta(seconds=1))).reason
    assert (
        f"expired on {utc_text(LONG_AGO + timedelta(days=731))}"
        in finding(at(NOW + timedelta(days=600))).reason
    )
    assert any(f"{2000} days after it was made" in note for note in at(NOW).notes)


def test_a_fresh_timestamp_does_not_renew_a_look(setting: Setting) -> None:
    """A review of tomorrow in a statement of long ago is as old as the statement."""
    signer = setting.virtual.managed_key()
    setting.ask(
        "require: [{practice: VUL-01, within: 365 days, by: declarant}]", signers=(setting.key_rule(signer),)
    )
    predicate = old()
    predicate["practices"] = [security_contact(reviewedAt=str((NOW - timedelta(days=1)).date()))]
    setting.sign(predicate, signer=signer, rekor=None, tsa=True, stamped_at=NOW)

    last = LONG_AGO + timedelta(days=365)
    assert finding(setting.decide(now=last)).outcome is Outcome.MET
    assert finding(setting.decide(now=last + timedelta(seconds=1))).outcome is Outcome.STALE


def test_of_two_statements_the_later_word_is_reported(setting: Setting) -> None:
    """Not the one whose timestamp is fresher."""
    signer = setting.virtual.managed_key()
    setting.ask(ASKS, signers=(setting.key_rule(signer),))
    setting.sign(old(), signer=signer, rekor=None, tsa=True, stamped_at=NOW, name="old")
    made = NOW - timedelta(days=1)
    setting.sign(
        declaration(declaredAt=utc_text(made)),
        signer=signer,
        rekor=None,
        tsa=True,
        stamped_at=made,
        name="new",
    )

    decided = setting.decide()

    assert decided.verdict is Verdict.CLEAR
    later = max(decided.attestations, key=lambda each: each.made_at)
    assert later.location.endswith("new.sigstore.json")
    assert finding(decided).statement == later.payload_sha256


def test_an_early_declared_at_does_not_undo_a_revocation(setting: Setting) -> None:
    """Whoever stole the key can write any date; the ends of a rule count from the verified time."""
    signer = setting.virtual.managed_key()
    setting.ask(signers=(setting.key_rule(signer, revokedAt=str((NOW - timedelta(days=30)).date())),))
    stamped_today(setting, signer)

    decided = setting.decide()

    assert decided.attestations == ()
    assert decided.rejections[0].nearest.differs_in == ("revokedAt",)
