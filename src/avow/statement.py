"""in-toto statements: bytes in, bytes kept; written once as RFC 8785 JSON, read strictly."""

from __future__ import annotations

from avow.domain import Digest, Frozen
from avow.predicate import Predicate


class StatementSubject(Frozen):
    """One artefact that the statement is about; its name is for people."""

    name: str
    digests: tuple[Digest, ...]


class Statement(Frozen):
    """A parsed statement together with the very bytes that were signed."""

    payload: bytes
    subjects: tuple[StatementSubject, ...]
    predicate: Predicate
    remarks: tuple[str, ...] = ()
