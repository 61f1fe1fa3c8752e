"""Type URIs of statements and payloads, and the table of the predicate types that are read here."""

from __future__ import annotations

from typing import Final

from avow.statement.predicate import Predicate

PREDICATE_TYPE: Final = "https://avow-attest.github.io/declared-practices/v0.1"
STATEMENT_TYPE_V1: Final = "https://in-toto.io/Statement/v1"
STATEMENT_TYPE_V01: Final = "https://in-toto.io/Statement/v0.1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"

PREDICATE_TYPES: Final[dict[str, type[Predicate]]] = {PREDICATE_TYPE: Predicate}
"""The predicate types that are read, each with the model that reads it. Any other is a foreign predicate."""

WITHDRAWAL_TYPE: Final = "https://avow-attest.github.io/declared-practices-withdrawal/v0.1"
WITHDRAWAL_TYPES: Final = (WITHDRAWAL_TYPE,)
"""The predicate types by which a statement is taken back (`avow.statement.withdrawal`)."""

TEST_RESULT: Final = "https://in-toto.io/attestation/test-result/v0.1"
PROVENANCE: Final = "https://slsa.dev/provenance/v1"
VERIFICATION_SUMMARY: Final = "https://slsa.dev/verification_summary/v1"

CONFIRMING_TYPES: Final = (*PREDICATE_TYPES, TEST_RESULT, PROVENANCE, VERIFICATION_SUMMARY)
"""The predicate types by which somebody else can confirm a practice (`avow.verification.confirmation`)."""
