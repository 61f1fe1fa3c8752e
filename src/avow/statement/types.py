"""Type URIs of statements, payloads and predicates."""

from __future__ import annotations

from typing import Final

PREDICATE_TYPE: Final = "https://avow-attest.github.io/declared-practices/v0.1"

STATEMENT_TYPE_V1: Final = "https://in-toto.io/Statement/v1"

STATEMENT_TYPE_V01: Final = "https://in-toto.io/Statement/v0.1"

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
