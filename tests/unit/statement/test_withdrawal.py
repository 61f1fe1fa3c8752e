"""A withdrawal is read tolerantly; a new one is checked like every statement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from avow.errors import PredicateInvalid
from avow.statement.in_toto import ForeignPredicate, read_statement, write_statement
from avow.statement.types import PAYLOAD_TYPE, WITHDRAWAL_TYPE
from avow.statement.withdrawal import Reason, check_withdrawal, read_withdrawal
from avow.subject import Digest, Subject

SHA256 = "ab" * 32
NOW = datetime(2027, 2, 3, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def withdrawal(**changed: Any) -> dict[str, Any]:
    return {"withdrawnAt": "2027-02-03T09:30:00Z", "withdraws": [{"payloadSha256": SHA256}]} | changed


def test_everything_that_is_said() -> None:
    """Each field as it was written."""
    entry = {
        "payloadSha256": SHA256,
        "reason": "signedByMistake",
        "explanation": "a draft",
        "supersededBy": "cd" * 32,
    }
    found = read_withdrawal(withdrawal(withdraws=[entry]))
    assert found.withdrawn_at == NOW
    (named,) = found.withdraws
    assert (named.payload_sha256, named.reason, named.explanation, named.superseded_by) == (
        SHA256,
        Reason.SIGNED_BY_MISTAKE,
        "a draft",
        "cd" * 32,
    )


def test_of_two_entries_about_one_statement_the_first_counts() -> None:
    """Also if the second is written in upper case."""
    entries = [
        {"payloadSha256": SHA256, "reason": "other"},
        {"payloadSha256": SHA256.upper(), "supersededBy": "cd" * 32},
    ]
    (named,) = read_withdrawal(withdrawal(withdraws=entries)).withdraws
    assert (named.reason, named.superseded_by) == ("other", None)


@pytest.mark.parametrize(
    "text",
    [None, 7, "", "2027-02-03", "2027-02-30T00:00:00Z", "2027-02-03T09:30:00+01:00", "2027-02-03T09:30:00"],
)
def test_a_date_that_can_not_be_read(text: object) -> None:
    """It is as if there were none."""
    assert read_withdrawal(withdrawal(withdrawnAt=text)).withdrawn_at is None


def test_each_reason_has_a_meaning() -> None:
    """In words, for reports."""
    assert len({each.meaning for each in Reason}) == len(Reason)


def test_it_is_not_a_declaration() -> None:
    """Whoever asks for one gets none."""
    subject = Subject(name="a", digests=(Digest(algorithm="sha256", value=SHA256),))
    payload = write_statement((subject,), predicate=withdrawal(), predicate_type=WITHDRAWAL_TYPE)
    with pytest.raises(ForeignPredicate):
        read_statement(payload, payload_type=PAYLOAD_TYPE)


@pytest.mark.parametrize(("signed_at", "text"), [(NOW - 2 * MINUTE, None), (NOW, "soon")])
def test_a_new_one_says_when_it_was_made(signed_at: datetime, text: str | None) -> None:
    """Not after the signing."""
    found = read_withdrawal(withdrawal() if text is None else withdrawal(withdrawnAt=text))
    with pytest.raises(PredicateInvalid):
        check_withdrawal(found, signed_at=signed_at, skew=MINUTE)
    check_withdrawal(read_withdrawal(withdrawal()), signed_at=NOW - MINUTE, skew=MINUTE)
