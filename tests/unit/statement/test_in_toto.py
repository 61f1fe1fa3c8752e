"""Statements are written once, read strictly, and matched by digest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.errors import InputInvalid, PredicateInvalid, StatementInvalid, SubjectMismatch
from avow.statement.in_toto import (
    MAX_SUBJECTS,
    ForeignPredicate,
    Statement,
    match_subject,
    read_statement,
    write_statement,
)
from avow.statement.predicate import LIMITATION
from avow.statement.types import PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE_V01, STATEMENT_TYPE_V1
from avow.subject import Digest, Subject

SHA256, SHA512 = "ab" * 32, "cd" * 64
PREDICATE: dict[str, Any] = {
    "kind": "release",
    "catalogue": {"id": "declared-practices", "version": "2026.11"},
    "declaredAt": "2026-11-22T10:00:00Z",
    "validUntil": "2028-11-22T00:00:00Z",
    "declarant": {"relationship": "maintainer"},
    "scope": {"project": {"name": "acmelib"}, "purls": ["pkg:pypi/acmelib@2.4.1"]},
    "practices": [{"id": "VUL-01", "status": "implemented", "facts": {"privateReporting": True}}],
    "limitations": [LIMITATION],
}


def subject(**digests: str) -> Subject:
    """A subject with hex digests by algorithm."""
    return Subject(
        name="acmelib.whl", digests=tuple(Digest(algorithm=a, value=v) for a, v in digests.items())
    )


def written(**changes: Any) -> bytes:
    """A statement's JSON with some members changed; None removes a member."""
    document = json.loads(write_statement((subject(sha256=SHA256, sha512=SHA512),), predicate=PREDICATE))
    document |= changes
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def read(payload: bytes) -> Statement:
    return read_statement(payload, payload_type=PAYLOAD_TYPE)


def test_what_is_written_is_read_and_the_bytes_are_kept() -> None:
    """The payload of a statement is the bytes it was read from."""
    payload = write_statement((subject(sha256=SHA256, sha512=SHA512),), predicate=PREDICATE)
    statement = read(payload)
    assert statement.payload == payload
    assert statement.predicate.practice("VUL-01") is not None
    assert statement.predicate.practice("SUP-01") is None
    assert statement.subjects[0].digests == (
        Digest(algorithm="sha256", value=SHA256),
        Digest(algorithm="sha512", value=SHA512),
    )
    assert len(statement.payload_sha256) == 64


def test_the_bytes_are_canonical() -> None:
    """RFC 8785: keys are sorted, without white space, in whatever order the caller gave them."""
    one = write_statement((subject(sha256=SHA256),), predicate={"b": 1, "a": "é"})
    other = write_statement((subject(sha256=SHA256),), predicate={"a": "é", "b": 1})
    assert one == other
    assert b'{"a":"\xc3\xa9","b":1}' in one


@pytest.mark.parametrize(
    "subjects",
    [
        (),
        (Subject(name="", digests=(Digest(algorithm="sha256", value=SHA256),)),),
    ],
)
def test_a_statement_about_nothing_is_not_written(subjects: tuple[Subject, ...]) -> None:
    """Without a subject, name or digest there is nothing to sign."""
    with pytest.raises(InputInvalid):
        write_statement(subjects, predicate=PREDICATE)


def test_a_number_that_readers_round_is_not_written() -> None:
    """Readers disagree about integers beyond 2^53."""
    with pytest.raises(InputInvalid):
        write_statement((subject(sha256=SHA256),), predicate={"count": 2**53 + 1})


def test_the_older_statement_type_is_read_with_a_note() -> None:
    """Cosign still writes Statement v0.1."""
    assert read(written()).notes == ()
    assert STATEMENT_TYPE_V01 in read(written(_type=STATEMENT_TYPE_V01)).notes[0]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"[]", "statement-invalid"),
        (b"{", "statement-invalid"),
        (b'{"_type":"' + STATEMENT_TYPE_V1.encode() + b'","_type":"x"}', "statement-invalid"),
        (written(_type="https://in-toto.io/Statement/v2"), "statement-invalid"),
        (written(_type=None), "statement-invalid"),
        (written(predicateType="https://slsa.dev/provenance/v1"), "predicate-type"),
        (written(predicateType=None), "predicate-type"),
        (written(subject=None), "statement-invalid"),
        (written(subject=[]), "statement-invalid"),
        (written(subject={}), "statement-invalid"),
        (written(subject=["a"]), "statement-invalid"),
        (written(subject=[{"name": "a"}]), "statement-invalid"),
        (written(subject=[{"name": "a", "digest": {}}]), "statement-invalid"),
        (written(subject=[{"name": 1, "digest": {"sha256": SHA256}}]), "statement-invalid"),
        (written(subject=[{"name": "a", "digest": {"sha256": "zz"}}]), "statement-invalid"),
        (written(subject=[{"name": "a", "digest": {"sha256": SHA256.upper()}}]), "statement-invalid"),
        (written(subject=[{"name": "a", "digest": {"sha256": 1}}]), "statement-invalid"),
        (written(predicate=None), "predicate-invalid"),
        (written(predicate={**PREDICATE, "validUntil": "whenever"}), "predicate-invalid"),
        (
            written(predicate={name: value for name, value in PREDICATE.items() if name != "validUntil"}),
            "predicate-invalid",
        ),
    ],
)
def test_other_statements_are_refused(payload: bytes, code: str) -> None:
    """Each part of the statement is checked, and the refusal names the part."""
    with pytest.raises((StatementInvalid, PredicateInvalid)) as refusal:
        read(payload)
    assert refusal.value.code == code


def test_another_payload_type_is_refused() -> None:
    """sigstore-python accepts any payload type; sigstore-a2a#49 shipped that hole."""
    with pytest.raises(StatementInvalid) as refusal:
        read_statement(written(), payload_type="text/plain")
    assert refusal.value.code == "statement-invalid"


def test_a_foreign_predicate_names_what_was_expected() -> None:
    """The refusal has the expected and the found type as data."""
    with pytest.raises(ForeignPredicate) as refusal:
        read(written(predicateType="https://example.org/other"))
    assert PREDICATE_TYPE in refusal.value.nearest.expected.split(" or ")
    assert refusal.value.nearest.found == "https://example.org/other"


def test_other_algorithms_are_ignored_if_one_is_known() -> None:
    """A gitCommit digest does not identify an artefact, and does no harm."""
    statement = read(written(subject=[{"name": "a", "digest": {"gitCommit": "1" * 40, "sha256": SHA256}}]))
    assert statement.subjects[0].digests == (Digest(algorithm="sha256", value=SHA256),)


def test_a_subject_matches_by_any_shared_digest() -> None:
    """A registry and a build may use different names; the digests are equal."""
    statement = read(written())
    assert match_subject(statement.subjects, subject(sha256=SHA256)).name == "acmelib.whl"
    assert match_subject(statement.subjects, subject(sha512=SHA512)).name == "acmelib.whl"


@pytest.mark.parametrize(
    "asked",
    [
        subject(sha256="00" * 32),
        subject(sha256=SHA256, sha512="00" * 64),
        subject(sha256="00" * 32, sha512=SHA512),
    ],
)
def test_every_shared_digest_must_be_equal(asked: Subject) -> None:
    """One equal and one different digest are a mismatch."""
    with pytest.raises(SubjectMismatch) as refusal:
        match_subject(read(written()).subjects, asked)
    assert refusal.value.nearest.differs_in == ("subject digest",)


def test_without_a_common_algorithm_nothing_is_said_of_the_artefact() -> None:
    """It may be the very one: that it is another has not been shown."""
    with pytest.raises(SubjectMismatch) as refusal:
        match_subject(read(written()).subjects, subject(sha384="00" * 48))
    assert "nothing was compared" in refusal.value.message
    assert "sha256, sha512" in refusal.value.message
    assert "sha384" in refusal.value.message


def test_a_long_list_of_other_artefacts_is_counted() -> None:
    """The refusal is readable even if the statement lists many artefacts."""
    many = [{"name": f"a{index}", "digest": {"sha256": f"{index:064x}"}} for index in range(9)]
    with pytest.raises(SubjectMismatch) as refusal:
        match_subject(read(written(subject=many)).subjects, subject(sha256=SHA256))
    assert refusal.value.nearest.found.endswith("and 6 more")


@given(st.binary(max_size=400))
def test_no_payload_raises_anything_else(payload: bytes) -> None:
    """Reading any signed bytes either succeeds or is refused."""
    with pytest.raises((StatementInvalid, PredicateInvalid)):
        read(payload)


def test_a_statement_about_too_many_artefacts() -> None:
    """Neither written nor read: anybody can sign one, and each digest is kept."""
    most = [{"name": "a", "digest": {"sha256": SHA256}}] * MAX_SUBJECTS
    assert len(read(written(subject=most)).subjects) == MAX_SUBJECTS
    with pytest.raises(StatementInvalid, match=str(MAX_SUBJECTS + 1)):
        read(written(subject=[*most, most[0]]))
    with pytest.raises(InputInvalid) as refusal:
        write_statement((subject(sha256=SHA256),) * (MAX_SUBJECTS + 1), predicate=PREDICATE)
    assert refusal.value.hint == "sign them in several runs, each with its own --output-directory"
    assert write_statement((subject(sha256=SHA256),) * MAX_SUBJECTS, predicate=PREDICATE)


def test_a_statement_of_too_many_values() -> None:
    """Anybody can sign one: 4 MiB of them take seconds and gigabytes to read."""
    many = (
        written(subject=[{"name": "a", "digest": {"sha256": SHA256}}])[:-1]
        + b', "x": ['
        + b"0," * 200_000
        + b"0]}"
    )
    with pytest.raises(StatementInvalid, match="more than 200000 values"):
        read(many)


@pytest.mark.parametrize(
    "place",
    [
        "limitations",
        "integrator",
        "assumptions",
        "supersedes",
        "inherits",
        "scope.knownAs",
        "declarant.fundedBy",
        "declarant.supportOffers",
        "dependencyCoverage.controlled",
        "dependencyCoverage.monitored",
        "dependencyCoverage.reportedOnly",
    ],
)
def test_of_many_wrong_items_one_is_enough(place: str) -> None:
    """Each would be an error with its own place, and there may be a hundred thousand."""
    predicate = json.loads(json.dumps(PREDICATE))
    parent, _, name = place.rpartition(".")
    (predicate.setdefault(parent, {}) if parent else predicate)[name] = [7] * 1000
    with pytest.raises(PredicateInvalid) as refused:
        read(written(predicate=predicate))
    assert refused.value.message.count(name) == 1
    assert " and " not in refused.value.message


@pytest.mark.parametrize("number", ["1.0", "1e3", "-0.0", str(2**53), str(-(2**53))])
@pytest.mark.parametrize("place", ["observed", "extension", "subject"])
def test_a_number_that_readers_round_is_not_read(number: str, place: str) -> None:
    """Neither a fraction nor an exponent, nor an integer beyond 2^53, wherever it is."""
    item = {"type": "url", "resource": {"uri": "https://acme.example"}, "observed": {"count": [1, "N"]}}
    entry = {"id": "VUL-01", "status": "implemented"}
    documents = {
        "observed": written(predicate={**PREDICATE, "practices": [{**entry, "evidence": [item]}]}),
        "extension": written(predicate={**PREDICATE, "x_acme_count": "N"}),
        "subject": written(subject=[{"name": "a", "digest": {"sha256": SHA256}, "annotations": {"n": "N"}}]),
    }
    exact = str(2**53 - 1).encode()
    assert read(documents[place].replace(b'"N"', exact)).payload
    with pytest.raises(StatementInvalid, match="some readers round"):
        read(documents[place].replace(b'"N"', number.encode()))


def test_a_number_in_a_foreign_predicate_is_none_of_ours() -> None:
    """Other predicates may have fractions; they are gaps, not refusals."""
    with pytest.raises(ForeignPredicate):
        read(written(predicateType="https://example.org/other", predicate={"score": 7.5}))


@pytest.mark.parametrize("name", [None, "", " "])
def test_a_subject_without_a_name(name: str | None) -> None:
    """It is read, because names are never compared."""
    entry = {"name": name, "digest": {"sha256": SHA256}}
    statement = read(written(subject=[{key: value for key, value in entry.items() if value is not None}]))
    assert match_subject(statement.subjects, subject(sha256=SHA256)).digests


def test_a_subject_with_a_weak_digest_alone() -> None:
    """It is about nothing that anyone can find; the statement still counts for its other subjects."""
    weak = {"name": "old", "digest": {"sha1": "1" * 40, "md5": "2" * 32}}
    statement = read(written(subject=[weak, {"name": "a", "digest": {"sha256": SHA256}}]))
    assert statement.subjects[0].digests == ()
    assert match_subject(statement.subjects, subject(sha256=SHA256)).name == "a"
    with pytest.raises(SubjectMismatch):
        match_subject(read(written(subject=[weak])).subjects, subject(sha256=SHA256))


def test_what_is_reserved_is_said_not_to_be_looked_at() -> None:
    """A reader of the result would otherwise believe that it had worked."""
    inherits = [{"payloadSha256": SHA256}]
    assert "not looked at" in read(written(predicate={**PREDICATE, "inherits": inherits})).notes[0]
    assert read(written(predicate={**PREDICATE, "inherits": []})).notes == ()
