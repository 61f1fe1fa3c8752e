"""What stands of many statements and withdrawals, in any order."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from support.policy_cases import ARTEFACT, KEY, OTHER_ARTEFACT, ROOT, attestation, moment, predicate

from avow.identity import ExpectedSigner, SignerKey
from avow.policy.standing import WhatStands, standing
from avow.results import AcceptedWithdrawal, Attestation
from avow.statement.in_toto import StatementSubject, WithdrawalStatement
from avow.statement.withdrawal import Withdrawal, WithdrawnStatement

if TYPE_CHECKING:
    from collections.abc import Sequence

START = moment("2026-11-01")
OTHER_KEY = hashlib.sha256(b"another key").hexdigest()
UNSEEN = "ee" * 32


class Said(NamedTuple):
    """One statement, and what is drawn of it."""

    key: str
    day: int
    both: bool


def rule(key: str, *, ends: int | None = None) -> ExpectedSigner:
    return ExpectedSigner(
        component="pkg:pypi/acmelib",
        relationship="maintainer",
        place="policy.yaml:5",
        root_sha256=ROOT,
        key_sha256=key,
        valid_until=None if ends is None else START + timedelta(days=ends),
    )


def statement(said: Said) -> Attestation:
    day = f"2026-11-{said.day + 1:02}"
    made = attestation(
        predicate({"id": "VUL-01"}, declaredAt=f"{day}T00:00:00Z"),
        signed_at=day,
        digest=OTHER_ARTEFACT if said.both else ARTEFACT,
    )
    sha256 = hashlib.sha256(repr(said).encode()).hexdigest()
    return made.model_copy(update={"expected": rule(said.key), "payload_sha256": sha256})


def withdrawal(
    *payloads: str, key: str = KEY, day: int = 20, ends: int | None = None, superseded_by: str | None = None
) -> AcceptedWithdrawal:
    at = START + timedelta(days=day)
    content = Withdrawal(
        withdrawn_at=at,
        withdraws=tuple(
            WithdrawnStatement(
                payload_sha256=each, reason="other", explanation="", superseded_by=superseded_by
            )
            for each in payloads
        ),
    )
    return AcceptedWithdrawal(
        statement=WithdrawalStatement(
            payload=repr((content, key)).encode(),
            subjects=(StatementSubject(name="acmelib", digests=(ARTEFACT,)),),
            withdrawal=content,
        ),
        signer=SignerKey(spki_sha256=key),
        rules=(rule(key, ends=ends),),
        signed_at=at,
        location="w",
        lists_subject=True,
    )


keys = st.sampled_from([KEY, OTHER_KEY])
statements = st.lists(st.builds(Said, keys, st.integers(0, 9), st.booleans()), max_size=5, unique=True).map(
    lambda all_said: [statement(each) for each in all_said]
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Attestation], list[AcceptedWithdrawal]]:
    """Statements, and withdrawals of them, of each other and of what is not there."""
    found = draw(statements)
    payloads = st.sampled_from([each.payload_sha256 for each in found] + [UNSEEN])
    made = st.builds(
        lambda named, key, day, ends, by: withdrawal(*named, key=key, day=day, ends=ends, superseded_by=by),
        st.lists(payloads, min_size=1, max_size=3, unique=True),
        keys,
        st.integers(0, 12),
        st.none() | st.integers(0, 12),
        st.none() | payloads,
    )
    return found, draw(st.lists(made, max_size=4))


def told(found: WhatStands) -> tuple[Any, ...]:
    """Everything in it that a report shows, in an order of its own."""
    return (
        {each.payload_sha256 for each in found.stand},
        {each.attestation.payload_sha256 for each in found.superseded},
        {
            (each.entry.payload_sha256, each.by.statement.payload_sha256, each.more, each.blocks)
            for each in found.withdrawn
        },
        {(each.withdrawal.statement.payload_sha256, each.entry.payload_sha256) for each in found.unheard},
    )


def shuffled(draw: st.DataObject, each: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(draw.draw(st.permutations(each)))


@given(cases(), st.data())
def test_the_order_plays_no_part(
    case: tuple[list[Attestation], list[AcceptedWithdrawal]], data: st.DataObject
) -> None:
    """Of statements and of withdrawals."""
    found, withdrawals = case
    first = standing(tuple(found), withdrawals=tuple(withdrawals))
    again = standing(shuffled(data, found), withdrawals=shuffled(data, withdrawals))
    assert told(first) == told(again)


@given(cases())
def test_each_statement_is_in_one_place(case: tuple[list[Attestation], list[AcceptedWithdrawal]]) -> None:
    """It stands, or was replaced, or was withdrawn."""
    found, withdrawals = case
    stands = standing(tuple(found), withdrawals=tuple(withdrawals))
    places = [
        *(each.payload_sha256 for each in stands.stand),
        *(each.attestation.payload_sha256 for each in stands.superseded),
        *(each.attestation.payload_sha256 for each in stands.withdrawn if each.attestation),
    ]
    assert sorted(places) == sorted(each.payload_sha256 for each in found)


@given(cases())
def test_a_withdrawal_only_takes_away(case: tuple[list[Attestation], list[AcceptedWithdrawal]]) -> None:
    """Nothing that was replaced comes back."""
    found, withdrawals = case
    before = {each.payload_sha256 for each in standing(tuple(found)).stand}
    after = standing(tuple(found), withdrawals=tuple(withdrawals))
    gone = {each.entry.payload_sha256 for each in after.withdrawn}
    assert {each.payload_sha256 for each in after.stand} == before - gone


@given(cases())
def test_of_another_authority_nothing_is_withdrawn(
    case: tuple[list[Attestation], list[AcceptedWithdrawal]],
) -> None:
    """And what is withdrawn is so by its own."""
    found, withdrawals = case
    for each in standing(tuple(found), withdrawals=tuple(withdrawals)).withdrawn:
        if each.attestation is not None:
            assert each.attestation.expected.key_sha256 == each.by.rules[0].key_sha256


@given(cases())
def test_withholding_what_was_withdrawn_lifts_no_block(
    case: tuple[list[Attestation], list[AcceptedWithdrawal]],
) -> None:
    """If one of its authority made it, the subject is still blocked."""
    found, withdrawals = case
    for named in standing(tuple(found), withdrawals=tuple(withdrawals)).withdrawn:
        if named.attestation is None or not named.blocks or named.by.signed_at < named.attestation.made_at:
            continue  # nobody knows the digest of what will be said
        if any(entry.superseded_by for by in withdrawals for entry in by.statement.withdrawal.withdraws):
            continue  # its authority itself says what counts instead
        rest = tuple(each for each in found if each is not named.attestation)
        without = standing(rest, withdrawals=tuple(withdrawals))
        assert any(each.blocks for each in without.withdrawn)


def test_after_the_end_of_a_rule_only_what_is_said_afterwards_counts() -> None:
    """Not what is later than the withdrawn statement, and not what the withdrawal names."""
    no, yes = statement(Said(KEY, 1, both=True)), statement(Said(KEY, 2, both=False))
    for ends, blocks in ((None, False), (10, True)):
        by = withdrawal(no.payload_sha256, ends=ends, superseded_by=yes.payload_sha256)
        (found,) = standing((no, yes), withdrawals=(by,)).withdrawn
        assert found.blocks == blocks
    later = statement(Said(KEY, 21, both=False))
    (found,) = standing((no, later), withdrawals=(withdrawal(no.payload_sha256, ends=10),)).withdrawn
    assert not found.blocks


def test_what_can_not_be_about_the_subject_blocks_nothing() -> None:
    """A statement about other artefacts, and a withdrawal."""
    by = withdrawal("aa" * 32, "bb" * 32)
    found = standing(
        (),
        withdrawals=(by,),
        withdrawal_payloads=frozenset({"aa" * 32}),
        other_payloads=frozenset({"bb" * 32}),
    )
    assert found.withdrawn == ()
    assert [(each.entry.payload_sha256, each.of_withdrawal) for each in found.unheard] == [("aa" * 32, True)]


def test_what_does_not_list_the_subject_says_nothing_about_it() -> None:
    """It was found by another payload that it names."""
    named = statement(Said(KEY, 1, both=False))
    by = withdrawal(named.payload_sha256, UNSEEN).model_copy(update={"lists_subject": False})
    found = standing((named,), withdrawals=(by,))
    assert [each.entry.payload_sha256 for each in found.withdrawn] == [named.payload_sha256]


def test_what_is_said_in_the_same_second_is_not_later() -> None:
    """Neither than the withdrawn statement, nor than the withdrawal of one that is not in hand."""
    first, second = statement(Said(KEY, 5, both=False)), statement(Said(KEY, 5, both=True))
    (found,) = standing((first, second), withdrawals=(withdrawal(first.payload_sha256),)).withdrawn
    assert found.blocks
    (unseen,) = standing((first,), withdrawals=(withdrawal(UNSEEN, day=5),)).withdrawn
    assert unseen.blocks


def test_what_does_not_stand_does_not_count_instead() -> None:
    """The withdrawal names what its statement had replaced; that was not said again."""
    older, named = statement(Said(KEY, 1, both=False)), statement(Said(KEY, 5, both=False))
    by = withdrawal(named.payload_sha256, superseded_by=older.payload_sha256)
    found = standing((older, named), withdrawals=(by,))
    assert found.stand == ()
    assert [each.blocks for each in found.withdrawn] == [True]


def test_of_two_withdrawals_either_blocks() -> None:
    """One names what counts instead, the other does not."""
    other, named = statement(Said(KEY, 1, both=True)), statement(Said(KEY, 5, both=False))
    lifted = withdrawal(named.payload_sha256, superseded_by=other.payload_sha256)
    plain = withdrawal(named.payload_sha256, day=21)
    for withdrawals, blocks in (((lifted,), False), ((lifted, plain), True), ((plain, lifted), True)):
        (found,) = standing((other, named), withdrawals=withdrawals).withdrawn
        assert (found.blocks, found.more) == (blocks, len(withdrawals) - 1)
