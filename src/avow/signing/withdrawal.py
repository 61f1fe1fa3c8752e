"""The statement that takes back a signed one: what is withdrawn is verified first, and only its signer may.

Whatever is wrong is found before anything is signed: a withdrawal is public for ever, like every statement.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

from avow.errors import AvowError, InputInvalid
from avow.identity import SignerIdentity, SignerKey
from avow.signing.client import Credential
from avow.signing.pipeline import BUNDLE_SUFFIX, Prepared, cross_check
from avow.statement.in_toto import StatementSubject, read_predicate, read_subjects, write_statement
from avow.statement.types import PREDICATE_TYPES, WITHDRAWAL_TYPE, WITHDRAWAL_TYPES
from avow.statement.withdrawal import MAX_EXPLANATION, Reason
from avow.stores.local import BUNDLE_SUFFIXES
from avow.subject import Subject
from avow.transparency.backend import Backend
from avow.values import Frozen, utc_text

WITHDRAWAL_SUFFIX: Final = ".withdrawal.sigstore.json"


class SignedStatement(Frozen):
    """A declaration whose signature verifies: what it is about, and who signed it."""

    payload_sha256: str
    subjects: tuple[StatementSubject, ...]
    signer: SignerIdentity | SignerKey
    signed_at: datetime
    location: str


def read_signed(bundle: bytes, *, location: str, backend: Backend, now: datetime) -> SignedStatement:
    """The declaration in `bundle`, verified against `backend`. Who signed it is not compared with anyone.

    Raises:
        InputInvalid: it does not verify, or is not a declaration.
    """
    try:
        envelope = backend.verify(bundle, location=location, now=now)
        predicate_type, _ = read_predicate(envelope.payload, payload_type=envelope.payload_type)
        subjects = read_subjects(envelope.payload, payload_type=envelope.payload_type)
    except AvowError as error:
        raise InputInvalid(
            f"the bundle does not verify: {error.message}",
            location=location,
            hint="name the Sigstore instance that it was signed with, with --trust-config; nobody accepts a "
            "bundle that does not verify, so it needs no withdrawal",
        ) from error
    if predicate_type in WITHDRAWAL_TYPES:
        raise InputInvalid(
            "the bundle is a withdrawal, and that can't be withdrawn",
            location=location,
            hint="to say it again, run avow attest again",
        )
    if predicate_type not in PREDICATE_TYPES:
        raise InputInvalid(
            f"the bundle is not a declaration; its predicate type is {predicate_type}",
            location=location,
            hint="name the bundle that avow attest wrote",
        )
    return SignedStatement(
        payload_sha256=hashlib.sha256(envelope.payload).hexdigest(),
        subjects=subjects,
        signer=envelope.signer,
        signed_at=envelope.signed_at,
        location=location,
    )


def prepare_withdrawal(
    withdrawn: SignedStatement,
    *,
    reason: str,
    explanation: str | None,
    superseded_by: SignedStatement | None,
    bundle_name: str,
    credential: Credential | None,
    now: datetime,
) -> Prepared:
    """The statement that takes back `withdrawn`, about the same artefacts.

    Raises:
        InputInvalid: the reason or explanation can't be used, `superseded_by` counts for nothing in its
            place, or `credential` is known to be another signer's.
    """
    _check_words(reason, explanation)
    _check_name(bundle_name)
    if superseded_by is not None:
        _check_successor(superseded_by, withdrawn)
    if credential is not None:
        _refuse_another_signer(withdrawn, credential)
    entry: dict[str, Any] = {"payloadSha256": withdrawn.payload_sha256, "reason": reason}
    if explanation is not None:
        entry["explanation"] = explanation.strip()
    if superseded_by is not None:
        entry["supersededBy"] = superseded_by.payload_sha256
    subjects = tuple(
        Subject(name=each.name or str(each.digests[0]), digests=each.digests)
        for each in withdrawn.subjects
        if each.digests
    )
    payload = write_statement(
        subjects,
        predicate={"withdrawnAt": utc_text(now), "withdraws": [entry]},
        predicate_type=WITHDRAWAL_TYPE,
    )
    cross_check(payload)
    return Prepared(payload=payload, bundle_name=bundle_name, subjects=subjects, evidence=())


def withdrawal_name(bundle_name: str) -> str:
    """The name of the withdrawal beside a bundle of this name."""
    for suffix in (BUNDLE_SUFFIX, *BUNDLE_SUFFIXES):
        if bundle_name.endswith(suffix):
            return bundle_name.removesuffix(suffix) + WITHDRAWAL_SUFFIX
    return bundle_name + WITHDRAWAL_SUFFIX


def differs_in_workflow(withdrawn: SignedStatement, credential: Credential) -> bool:
    """Another workflow of the same repository signs, or one for a branch instead of a tag.

    A consumer's signer rule may name only the first; which rules there are is not known here.
    """
    signer = withdrawn.signer
    if not isinstance(signer, SignerIdentity) or signer.source_repository is None:
        return False
    return _without_version(signer.san) != _without_version(credential.identity)


def _without_version(identity: str) -> str:
    workflow, _, ref = identity.partition("@")
    return f"{workflow}@{'refs/tags/' if ref.startswith('refs/tags/') else ref}"


def _check_words(reason: str, explanation: str | None) -> None:
    if reason not in set(Reason):
        raise InputInvalid(f"{reason} is not a reason", hint=f"use one of {', '.join(Reason)}")
    if explanation is not None and not explanation.strip():
        raise InputInvalid("the explanation is empty", hint="write one, or leave it out")
    if explanation is not None and len(explanation) > MAX_EXPLANATION:
        raise InputInvalid(
            f"the explanation has {len(explanation)} characters; {MAX_EXPLANATION} are the most",
            hint="shorten it; a longer text can be on a page that it names",
        )


def _check_name(bundle_name: str) -> None:
    if not bundle_name.endswith(BUNDLE_SUFFIXES):
        raise InputInvalid(
            f"nobody would find {bundle_name}: a bundle's name ends in {', '.join(BUNDLE_SUFFIXES)}",
            hint=f"choose a name that ends in {WITHDRAWAL_SUFFIX}",
        )


def _check_successor(successor: SignedStatement, withdrawn: SignedStatement) -> None:
    digests = {digest for each in withdrawn.subjects for digest in each.digests}
    if successor.payload_sha256 == withdrawn.payload_sha256:
        problem = "it is the statement that is withdrawn"
    elif _authority(successor.signer) != _authority(withdrawn.signer):
        problem = f"it is signed by {successor.signer}, and what is withdrawn by {withdrawn.signer}"
    elif digests.isdisjoint(digest for each in successor.subjects for digest in each.digests):
        problem = "it is about other artefacts"
    elif successor.signed_at < withdrawn.signed_at:
        problem = "it was signed earlier; what holds again is declared again"
    else:
        return
    raise InputInvalid(
        f"{successor.location} can't count instead: {problem}",
        hint="name the bundle with the corrected declaration, or leave out --superseded-by",
        location=successor.location,
    )


def _authority(signer: SignerIdentity | SignerKey) -> tuple[str, ...]:
    if isinstance(signer, SignerKey):
        return (signer.spki_sha256,)
    return signer.issuer, signer.source_repository or signer.san


def _refuse_another_signer(withdrawn: SignedStatement, credential: Credential) -> None:
    """Consumers hear only the authority that signed, so nobody else signs a withdrawal.

    What the certificate will say is not known where the CI system is not one that `Credential` knows.
    """
    signer = withdrawn.signer
    same = isinstance(signer, SignerIdentity) and signer.issuer == credential.issuer
    if same and isinstance(signer, SignerIdentity):
        if signer.source_repository is not None and credential.source_repository is not None:
            same = signer.source_repository == credential.source_repository
        elif signer.san_type == "email" or credential.source_repository is not None:
            same = signer.san == credential.identity
    if not same:
        raise InputInvalid(
            f"it was signed by {signer}, and this is {credential.identity} ({credential.issuer}); "
            "consumers hear only the signer of a statement",
            location=withdrawn.location,
            hint="withdraw it with the identity that signed it",
        )
