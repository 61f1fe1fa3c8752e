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
