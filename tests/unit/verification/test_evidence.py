"""Evidence is read once, and within bounds, whatever a statement cites."""

from __future__ import annotations

import hashlib
import json
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from support.pipeline import Setting, declaration, repo_file, security_contact
from support.virtual_sigstore import NOW

from avow.catalogue.observations import MAX_OBSERVATION_VALUES, ObservationInvalid, read_scorecard
from avow.stores import EvidenceStore
from avow.values import utc_text
from avow.verification import evidence
from avow.verification.evidence import EvidenceFile, EvidenceReader, StatementEvidence
from avow.vocabulary import Strength

if TYPE_CHECKING:
    from pathlib import Path

TOO_MUCH = "the statement cites more evidence than Avow reads for one statement"


class Counted(EvidenceStore):
    """Files of ten bytes by number, and how often each was read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def content(self, sha256: str) -> bytes | None:
        """Ten bytes, unless the name says that there is no such file."""
        self.read.append(sha256)
        return None if sha256.startswith("no") else b"x" * 10


def test_a_statement_reads_no_more_than_its_bytes() -> None:
    """The file that goes beyond the bound is not used, and none after it is read."""
    store = Counted()
    cited = StatementEvidence(EvidenceReader(store, max_bytes=25))

    answers = [cited.file(name)[1] for name in ("a", "b", "a", "c", "d", "c")]

    assert answers == ["", "", "", TOO_MUCH, TOO_MUCH, TOO_MUCH]
    assert store.read == ["a", "b", "c"]


def test_a_statement_reads_exactly_its_bytes() -> None:
    """At the bound."""
    cited = StatementEvidence(EvidenceReader(Counted(), max_bytes=20))

    assert [cited.file(name)[1] for name in ("a", "b", "c")] == ["", "", TOO_MUCH]


def test_a_statement_reads_no_more_than_its_files() -> None:
    """Files that are not there count as well: looking for them takes time."""
    store = Counted()
    cited = StatementEvidence(EvidenceReader(store, max_files=3))

    answers = [cited.file(name)[1] for name in ("a", "none", "b", "c")]

    assert answers == ["", "the file is not available", "", TOO_MUCH]
    assert store.read == ["a", "none", "b"]


def test_each_statement_has_its_own_bounds_and_shares_what_was_read() -> None:
    """A neighbour's evidence does not count, and is not read again."""
    store = Counted()
    reader = EvidenceReader(store, max_bytes=25)
    for _ in range(3):
        cited = StatementEvidence(reader)
        assert [cited.file(name)[1] for name in ("a", "b", "a", "b")] == [""] * 4
    assert store.read == ["a", "b"]


def test_what_is_kept_between_statements_is_bounded() -> None:
    """In bytes and in files; the file used last is kept longest."""
    store = Counted()
    reader = EvidenceReader(store, max_bytes=25, max_files=3)
    for name in ("a", "b", "a", "c", "a", "b", "none", "no more", "nothing", "a"):
        reader.file(name)
    assert store.read == ["a", "b", "c", "b", "none", "no more", "nothing", "a"]


def test_a_file_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many practices cite it, and whether or not it is a Scorecard result."""
    result = {
        "date": "2026-11-20",
        "repo": {"name": "github.com/acme/lib", "commit": "a" * 40},
        "checks": [
            {"name": "SAST", "score": 7},
            {"name": "SAST", "score": 9},
            {"name": "Fuzzing", "score": -1},
        ],
    }
    calls: list[bytes] = []

    def counted(content: bytes) -> Any:
        calls.append(content)
        return read_scorecard(content)

    monkeypatch.setattr(evidence, "read_scorecard", counted)
    good, bad = EvidenceFile(json.dumps(result).encode()), EvidenceFile(b"text")

    assert [good.observe(check).score for check in ("SAST", None, "SAST")] == [7, None, 7]
    for file, check, reason in (
        (good, "Fuzzing", "is inconclusive"),
        (good, "License", "does not contain the check"),
        (bad, "SAST", "not a Scorecard result"),
        (bad, None, "not a Scorecard result"),
    ):
        with pytest.raises(ObservationInvalid, match=reason):
            file.observe(check)
    assert calls == [good.content, bad.content]


def test_a_result_of_many_values_is_refused() -> None:
    """It would take gigabytes of memory."""
    many = b'{"checks": [' + b"[]," * MAX_OBSERVATION_VALUES + b"[]]}"

    with pytest.raises(ObservationInvalid, match=f"more than {MAX_OBSERVATION_VALUES} values"):
        EvidenceFile(many).observe(None)


def test_evidence_beyond_the_bounds_is_worth_its_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a whole verification: E0, and the reason says so."""
    monkeypatch.setattr(EvidenceReader.__init__, "__kwdefaults__", {"max_bytes": 5, "max_files": 10})
    setting = Setting(tmp_path)
    digests = [setting.keep(content) for content in (b"12345", b"6")]
    items = [repo_file(digest, retrievedAt=utc_text(NOW)) for digest in digests]
    setting.sign(declaration(security_contact(evidence=items)))

    (attestation,) = setting.decide().attestations

    assert [each.verified for each in attestation.strengths] == [Strength.E2, Strength.E0]
    assert attestation.strengths[1].reason == TOO_MUCH
    assert hashlib.sha256(b"6").hexdigest() == digests[1]


def test_a_statement_cites_a_bounded_number_of_times() -> None:
    """Each citation is graded for each artefact, and one file can be cited without end."""
    cited = StatementEvidence(EvidenceReader(Counted()))
    assert {cited.file("a")[1] for _ in range(evidence.MAX_CITATIONS)} == {""}
    assert cited.file("a") == (None, TOO_MUCH)


def test_a_result_that_can_not_be_read_holds_nothing() -> None:
    """Its error is raised for each citation; a traceback that grows would hold what each of them knew."""
    file = EvidenceFile(b"no result")
    depths = []
    for _ in range(3):
        with pytest.raises(ObservationInvalid) as refused:
            file.observe("SAST")
        depths.append(len(list(traceback.walk_tb(refused.value.__traceback__))))
    assert depths[0] >= depths[1] == depths[2]
