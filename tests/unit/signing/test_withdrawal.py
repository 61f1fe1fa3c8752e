"""What a withdrawal may say counts instead, and who may sign it, as far as that is known before signing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.virtual_sigstore import NOW as VIRTUAL_NOW
from support.virtual_sigstore import VirtualSigstore, encoded, statement

from avow.errors import InputInvalid
from avow.identity import SignerIdentity, SignerKey
from avow.signing.client import Credential
from avow.signing.withdrawal import (
    SignedStatement,
    differs_in_workflow,
    prepare_withdrawal,
    read_signed,
    withdrawal_name,
)
from avow.statement.in_toto import StatementSubject, read_either
from avow.statement.types import PAYLOAD_TYPE
from avow.subject import Digest
from avow.transparency import open_backend

NOW = datetime(2027, 2, 3, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
PERSON = SignerIdentity(issuer="https://id.example", san="m@acme.example", san_type="email")
KEY = SignerKey(spki_sha256="cd" * 32)
RUN = SignerIdentity(
    issuer="https://ci.example",
    san="https://ci.example/acme/acmelib//release.yml@refs/tags/v1",
    san_type="uri",
    source_repository="https://ci.example/acme/acmelib",
)


def signed(payload: str = "ab" * 32, **changed: Any) -> SignedStatement:
    digest = Digest(algorithm="sha256", value="0f" * 32)
    found = SignedStatement(
        payload_sha256=payload,
        subjects=(StatementSubject(name="a", digests=(digest,)), StatementSubject(name="b", digests=())),
        signer=PERSON,
        signed_at=NOW - HOUR,
        location="a.sigstore.json",
    )
    return found.model_copy(update=changed)


def credential(**changed: Any) -> Credential:
    who: dict[str, Any] = {"issuer": PERSON.issuer, "identity": PERSON.san, "source_repository": None}
    return Credential(token="x", source_commit=None, **(who | changed))  # noqa: S106  no secret


def prepared(withdrawn: SignedStatement, **changed: Any) -> Any:
    said: dict[str, Any] = {
        "reason": "other",
        "explanation": None,
        "superseded_by": None,
        "bundle_name": "w.sigstore.json",
        "credential": credential(),
        "now": NOW,
    }
    return prepare_withdrawal(withdrawn, **(said | changed))


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"signed_at": NOW - 2 * HOUR}, "it was signed earlier"),
        ({"signer": KEY}, "it is signed by key"),
        ({"subjects": (StatementSubject(name="a", digests=()),)}, "it is about other artefacts"),
        ({"payload_sha256": "ab" * 32}, "it is the statement that is withdrawn"),
    ],
)
def test_what_can_not_count_instead(changed: dict[str, Any], problem: str) -> None:
    """It would be a false fact, in public for ever."""
    with pytest.raises(InputInvalid, match=problem):
        prepared(signed(), superseded_by=signed("ef" * 32).model_copy(update=changed))


def test_what_counts_instead_is_named() -> None:
    """And artefacts without a digest that counts are left out, because nobody can find them."""
    made = prepared(signed(), superseded_by=signed("ef" * 32), explanation=" why ")
    written: Any = read_either(made.payload, payload_type=PAYLOAD_TYPE)
    (entry,) = written.withdrawal.withdraws
    assert (entry.superseded_by, entry.explanation) == ("ef" * 32, "why")
    assert [each.name for each in written.subjects] == ["a"]


@pytest.mark.parametrize(
    ("signer", "who", "allowed"),
    [
        (PERSON, {}, True),
        (PERSON, {"identity": "n@acme.example"}, False),
        (PERSON, {"issuer": "https://other.example"}, False),
        (KEY, {}, False),
        (RUN, {"issuer": RUN.issuer, "identity": RUN.san, "source_repository": RUN.source_repository}, True),
        (RUN, {"issuer": RUN.issuer, "source_repository": "https://ci.example/mallory/acmelib"}, False),
        (RUN, {"issuer": RUN.issuer, "identity": "a job of a CI system that is not known"}, True),
    ],
)
def test_who_may_withdraw(signer: Any, who: dict[str, Any], *, allowed: bool) -> None:
    """The signer; somebody else only where nobody can tell before the certificate is there."""
    try:
        prepared(signed(signer=signer), credential=credential(**who))
    except InputInvalid as error:
        assert not allowed
        assert "consumers hear only the signer" in error.message  # noqa: PT017  both outcomes are cases
    else:
        assert allowed


def test_another_workflow() -> None:
    """A person has none, and neither has a key."""
    assert not differs_in_workflow(signed(), credential())
    assert not differs_in_workflow(signed(signer=KEY), credential())
    assert differs_in_workflow(signed(signer=RUN), credential())


def test_a_genuine_statement_of_another_kind_is_not_withdrawn() -> None:
    """Its bundle verifies, and nobody reads withdrawals of it."""
    virtual = VirtualSigstore()
    payload = statement(predicate_type="https://slsa.dev/provenance/v1")
    bundle = encoded(virtual.bundle(payload, signer=virtual.person()))
    backend = open_backend(virtual.root())
    with pytest.raises(InputInvalid, match="its predicate type is https") as refusal:
        read_signed(bundle, location="a", backend=backend, now=VIRTUAL_NOW)
    assert refusal.value.hint == "name the bundle that avow attest wrote"
    bundle = encoded(virtual.bundle(statement(), signer=virtual.person()))
    assert read_signed(bundle, location="a", backend=backend, now=VIRTUAL_NOW).signed_at == VIRTUAL_NOW


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a-1.practices.sigstore.json", "a-1.withdrawal.sigstore.json"),
        ("a-1.sigstore", "a-1.withdrawal.sigstore.json"),
        ("bundle", "bundle.withdrawal.sigstore.json"),
    ],
)
def test_the_name_beside_a_bundle(name: str, expected: str) -> None:
    """So that a look into the directory finds both."""
    assert withdrawal_name(name) == expected
