"""Which word counts where several were signed: a later one, and the project's own no.

These are the documented exceptions to "removing evidence never helps": whoever withholds such a statement
gets the earlier answer. Nothing else that is added makes a result worse.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from support.pipeline import (
    SHA256,
    Decided,
    Setting,
    declaration,
    finding,
    outcomes,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import NOW, statement

from avow.values import utc_text
from avow.vocabulary import Outcome

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

HOUR = timedelta(hours=1)
NO: dict[str, Any] = {"status": "notImplemented"}


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A policy that lists the project, and asks for a security contact."""
    return Setting(tmp_path)


def said(at: datetime, **contact: Any) -> dict[str, Any]:
    """A predicate that was made at `at`."""
    return declaration(security_contact(**contact), declaredAt=utc_text(at))


def test_a_kinder_word_of_yesterday_does_not_count(setting: Setting) -> None:
    """The contact stopped working, and the project said so; the earlier bundle is still around."""
    setting.sign(said(NOW - HOUR), name="yes")
    assert setting.decide().exit_code == 0

    setting.sign(said(NOW, **NO), name="no")
    decided = setting.decide()

    assert (decided.exit_code, outcomes(decided)) == (1, {"VUL-01": "declaredGap"})
    assert [each.location.endswith("no.sigstore.json") for each in decided.attestations] == [True]
    (gap,) = decided.gaps
    assert gap.code == "superseded"
    assert gap.location.endswith("yes.sigstore.json")
    assert gap.message.endswith("no.sigstore.json")


def test_what_was_mended_counts(setting: Setting) -> None:
    """The other way round: the later word is a yes."""
    setting.sign(said(NOW - HOUR, **NO), name="no")
    setting.sign(said(NOW), name="yes")
    assert setting.decide().exit_code == 0


def test_a_fresh_timestamp_on_the_kinder_word(setting: Setting) -> None:
    """It makes the bundle newer, and not the word."""
    signer = setting.virtual.managed_key()
    setting.ask(signers=(setting.key_rule(signer),))
    setting.sign(said(NOW - HOUR), signer=signer, rekor=None, tsa=True, stamped_at=NOW, name="yes")
    setting.sign(said(NOW - HOUR / 2, **NO), signer=signer, rekor=None, tsa=True, name="no")
    assert outcomes(setting.decide()) == {"VUL-01": "declaredGap"}


def test_of_two_words_of_one_time_the_no_counts(setting: Setting) -> None:
    """Neither replaces the other."""
    for name, word in (("a", {}), ("b", NO)):
        setting.sign(said(NOW, **word), name=name)
    assert outcomes(setting.decide()) == {"VUL-01": "declaredGap"}


def test_about_other_artefacts_too_nothing_is_replaced(setting: Setting) -> None:
    """A later statement about more, or fewer, artefacts is another one; both stand, and the no counts."""
    signer = setting.workflow()
    both = [{"sha256": SHA256}, {"sha256": "cd" * 32}]
    setting.bundle(statement(said(NOW - HOUR, **NO), digests=both), signer=signer, name="no")
    setting.sign(said(NOW), signer=signer, name="yes")
    decided = setting.decide()
    assert len(decided.attestations) == 2
    assert outcomes(decided) == {"VUL-01": "declaredGap"}


def test_a_statement_that_names_what_it_replaces(setting: Setting) -> None:
    """Then the artefacts need not be the same."""
    signer = setting.workflow()
    both = [{"sha256": SHA256}, {"sha256": "cd" * 32}]
    setting.bundle(statement(said(NOW - HOUR, **NO), digests=both), signer=signer, name="no")
    earlier = setting.decide().attestations[0].payload_sha256
    later = said(NOW) | {"supersedes": [{"payloadSha256": earlier, "reason": "mended"}]}
    setting.sign(later, signer=signer, name="yes")
    assert setting.decide().exit_code == 0


def test_nobody_else_replaces_the_word_of_a_project(setting: Setting) -> None:
    """Not by a later time, and not by naming it: another repository is another authority."""
    setting.sign(said(NOW - HOUR, **NO), name="no")
    earlier = setting.decide().attestations[0].payload_sha256
    lab = {"issuer": "https://id.example", "identity": "lab@lab.example", "sourceRepository": ""}
    setting.ask(signers=(signer_rule(), signer_rule(**lab, relationship="assessor")))
    later = said(NOW) | {"supersedes": [{"payloadSha256": earlier, "reason": "no"}]}
    plain = dict(later)
    plain["scope"] = {key: value for key, value in later["scope"].items() if key != "source"}
    person = setting.virtual.person("lab@lab.example", issuer="https://id.example")
    setting.sign(plain, signer=person, name="yes")

    decided = setting.decide()

    assert len(decided.attestations) == 2
    assert outcomes(decided) == {"VUL-01": "declaredGap"}
    (setting.store / "no.sigstore.json").unlink()
    assert outcomes(setting.decide()) == {"VUL-01": "met"}


def test_an_expired_no_is_no_word(setting: Setting) -> None:
    """It counts for nothing, like everything else in that statement."""
    signer = setting.workflow()
    both = [{"sha256": SHA256}, {"sha256": "cd" * 32}]
    short = said(NOW - HOUR, **NO) | {"validUntil": utc_text(NOW + HOUR)}
    setting.bundle(statement(short, digests=both), signer=signer, name="no")
    setting.sign(said(NOW), signer=signer, name="yes")
    assert finding(setting.decide()).outcome is Outcome.DECLARED_GAP
    assert finding(setting.decide(now=NOW + HOUR)).outcome is Outcome.MET


def test_the_order_plays_no_part(setting: Setting) -> None:
    """Three words of one authority, found in any order."""
    words = {"1": said(NOW - 2 * HOUR), "2": said(NOW - HOUR, **NO), "3": said(NOW)}

    def decided(order: tuple[str, ...]) -> Decided:
        for path in setting.store.iterdir():
            path.unlink()
        for place, name in enumerate(order):
            setting.sign(words[name], name=f"{place}-{name}")
        return setting.decide()

    answers = {(each.exit_code, finding(each).statement) for each in map(decided, permutations(words))}
    assert len(answers) == 1
    assert next(iter(answers))[0] == 0


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, (3, {"VUL-01": "unknown"})),
        ({"named": "0" * 64}, (0, {"VUL-01": "met"})),
        ({"repository": "mallory/acmelib"}, (0, {"VUL-01": "met"})),
        ({"limitations": ["none"]}, (0, {"VUL-01": "met"})),
        ({"later": HOUR}, (0, {"VUL-01": "met"})),
    ],
)
def test_what_replaces_it_may_be_about_other_artefacts(
    how: dict[str, Any], expected: tuple[int, dict[str, str]], setting: Setting
) -> None:
    """The project built again, and says that its first statement was replaced; nobody else says so."""
    first = statement(said(NOW - HOUR), sha256_hex=SHA256)
    setting.bundle(first, signer=setting.workflow(at=NOW - HOUR), name="first", at=NOW - HOUR)
    at = NOW + how.get("later", 0 * HOUR)
    named = how.get("named", hashlib.sha256(first).hexdigest())
    again = said(at, **NO) | {"supersedes": [{"payloadSha256": named}]}
    again |= {key: value for key, value in how.items() if key == "limitations"}
    run = {key: value for key, value in how.items() if key == "repository"}
    signer = setting.workflow(at=at, **run)
    setting.bundle(statement(again, sha256_hex="cd" * 32), signer=signer, name="again", at=at)
    decided = setting.decide()
    assert (decided.exit_code, outcomes(decided)) == expected
    replaced = [each.location for each in decided.gaps if each.code == "superseded"]
    assert bool(replaced) is bool(decided.exit_code)
