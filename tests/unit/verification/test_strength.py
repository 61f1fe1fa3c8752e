"""Verified strength is what the bytes in hand show, whatever was claimed."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from avow.statement.predicate import Evidence, Project, Resource, Scope, Source
from avow.values import freeze
from avow.verification.evidence import EvidenceFile
from avow.verification.strength import establish
from avow.verification.third_parties import Voucher
from avow.vocabulary import Strength

COMMIT = "c" * 40
SIGNED = datetime(2026, 11, 1, tzinfo=UTC)
STATED = datetime(2026, 11, 22, tzinfo=UTC)
SCOPE = Scope(
    project=Project(name="acme"),
    source=Source(uri="git+https://github.com/acme/lib.git", digest=freeze({"gitCommit": COMMIT})),
)


def run(
    *,
    name: str = "Code-Review",
    score: Any = 10,
    repo: str = "github.com/acme/lib",
    commit: str = COMMIT,
    day: str = "2026-11-20",
) -> bytes:
    return json.dumps(
        {
            "date": day,
            "repo": {"name": repo, "commit": commit},
            "scorecard": {"version": "v5"},
            "checks": [{"name": name, "score": score}],
        }
    ).encode()


def evidence(
    content: bytes, *, kind: str = "scorecardResult", observed: Any = None, **digest: str
) -> Evidence:
    digests = digest or {"sha256": hashlib.sha256(content).hexdigest()}
    return Evidence(
        type=kind,
        strength=Strength.E4,
        resource=Resource(uri="https://acme.dev/x", digest=freeze(digests)),
        retrieved_at=datetime(2026, 11, 21, tzinfo=UTC),
        observed=freeze(observed or {"check": "Code-Review", "score": 10}),
    )


def strength(
    content: bytes | None, item: Evidence, scope: Scope = SCOPE, *, practice: str = "SRC-03", level: str = ""
) -> Any:
    file = None if content is None else EvidenceFile(content)
    return establish(practice, item, file=file, scope=scope, level=level, signed_at=STATED)


def test_without_bytes_a_claim_stays_a_claim() -> None:
    """E0, with the claim beside it."""
    found = strength(None, evidence(run()))

    assert (found.verified, found.claimed) == (Strength.E0, Strength.E4)


def test_bytes_that_match_are_a_snapshot() -> None:
    """E2 for anything that is not an observation."""
    assert strength(b"x", evidence(b"x", kind="repoFile")).verified is Strength.E2


@pytest.mark.parametrize(
    "digest",
    [
        {"sha256": "0" * 64},
        {"sha256": hashlib.sha256(b"x").hexdigest(), "sha512": "0" * 128},
        {"md5": hashlib.md5(b"x", usedforsecurity=False).hexdigest()},
    ],
)
def test_bytes_that_differ_are_nothing(digest: dict[str, str]) -> None:
    """Every algorithm has to agree, and one has to be good."""
    assert strength(b"x", evidence(b"x", kind="repoFile", **digest)).verified is Strength.E0


def test_the_digest_under_which_it_is_cited() -> None:
    """Kept for the record, unless it is not a digest: the project may have written anything there."""
    digest = hashlib.sha256(b"x").hexdigest()
    found = strength(b"x", evidence(b"x", kind="repoFile"))
    assert (found.sha256, found.type) == (digest, "repoFile")
    assert strength(None, evidence(b"x", sha256="../" + "x" * 100_000)).sha256 is None
    assert strength(None, evidence(b"x", sha512="0" * 128)).sha256 is None


def test_a_result_that_the_declarer_ships_is_a_file() -> None:
    """E2, as old as the run, not as the signing: whoever ships it may have made it up."""
    found = strength(run(), evidence(run()))

    assert (found.verified, found.reason) == (
        Strength.E2,
        "the bytes match the digest: a tool's result, as the declarer ships it",
    )
    assert found.retrieved_at == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "observed"),
    [
        (run(repo="github.com/mirror/lib"), None),
        (run(), {"check": "Code-Review", "score": 9}),
        (run(score=9), {"check": "Code-Review", "score": 9}),
        (run(score=1), {"check": "Code-Review", "score": 1}),
        (run(score=1), {"check": "Code-Review", "score": True}),
        (run(score=0), {"check": "Code-Review", "score": 0}),
        (run(name="License"), {"check": "License", "score": 10}),
        (run(name="Packaging"), {"check": "Packaging", "score": 10}),
        (run(), {"score": 10}),
        (run(), {"check": 7, "score": 10}),
        (run(), {"check": "SAST", "score": 10}),
        (run(day="2026-11-23"), None),
        (run(day="2099-01-01"), None),
        (b"not json", None),
    ],
)
def test_anything_else_is_only_a_snapshot(content: bytes, observed: Any) -> None:
    """Another repository, commit, score or practice, and files that are not a result: the reason says so."""
    found = strength(content, evidence(content, observed=observed))
    assert found.verified is Strength.E2
    assert found.reason.startswith("the bytes match the digest, but: ")


def test_a_release_is_a_commit_and_a_practice_of_the_project_is_not() -> None:
    """A run looks at the newest commit; only what is said about a release has to be about its commit."""
    newer = run(commit="d" * 40)
    assert "but:" not in strength(newer, evidence(newer)).reason
    binary = run(name="Binary-Artifacts", commit="d" * 40)
    of_release = evidence(binary, observed={"check": "Binary-Artifacts", "score": 10})
    assert (
        "not the declared commit" in strength(binary, of_release, practice="SRC-05", level="release").reason
    )
    same = run(name="Binary-Artifacts")
    of_release = evidence(same, observed={"check": "Binary-Artifacts", "score": 10})
    assert "but:" not in strength(same, of_release, practice="SRC-05", level="release").reason


def test_without_a_declared_source_nothing_is_observed() -> None:
    """There is nothing to compare with."""
    found = strength(run(), evidence(run()), Scope(project=Project(name="acme")))
    assert "not the declared repository" in found.reason


def test_a_bundle_of_somebody_else_is_the_strongest() -> None:
    """Whether it is one was verified before; here the bytes only have to be those of the digest."""
    item = evidence(b"x", kind="otherAttestation")

    def found(content: bytes) -> Strength:
        return establish(
            "SRC-03",
            item,
            file=EvidenceFile(content),
            scope=SCOPE,
            level="",
            signed_at=STATED,
            voucher=Voucher(signed_at=SIGNED),
        ).verified

    assert found(b"x") is Strength.E4
    assert found(b"y") is Strength.E0
