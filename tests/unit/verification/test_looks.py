"""Own looks: a person's is what it says; what a tool's shows follows from its bytes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from avow.catalogue.observations import load_tools
from avow.policy import parse_decisions
from avow.stores import EvidenceDirectory
from avow.verification.evidence import EvidenceReader
from avow.verification.looks import Looks, known_looks
from avow.vocabulary import Voice


def result(
    *, name: str = "Code-Review", score: object = 10, repository: str = "github.com/acme/lib"
) -> bytes:
    return json.dumps(
        {
            "date": "2026-11-20T10:00:00Z",
            "repo": {"name": repository, "commit": "c" * 40},
            "scorecard": {"version": "v5.5.0"},
            "checks": [{"name": name, "score": score}],
        }
    ).encode()


def looks(
    tmp_path: Path,
    content: bytes | None,
    *,
    practice: str = "SRC-03",
    check: str = "Code-Review",
    repository: str = "https://github.com/acme/lib",
) -> Looks:
    """What a look with this file shows."""
    sha256 = hashlib.sha256(content or b"").hexdigest()
    if content is not None:
        (tmp_path / f"sha256-{sha256}").write_bytes(content)
    text = (
        "avow-observations: 1\nobservations:\n"
        f"  - {{practice: {practice}, for: 'pkg:pypi/acmelib', check: {check}, repository: '{repository}', "
        f"sha256: {sha256}, who: product security, versions: 'vers:pypi/2.4.1'}}\n"
    )
    decisions = parse_decisions(text.encode(), source="own.yaml", today=date(2026, 12, 1))
    return known_looks(decisions.looks, evidence=EvidenceReader(EvidenceDirectory((tmp_path,))))


def test_a_tools_result_is_read_from_its_bytes(tmp_path: Path) -> None:
    """As old as its run, and in the voice of whoever made it: us."""
    (look,) = looks(tmp_path, result()).known
    assert (look.in_place, look.at, look.voice) == (
        True,
        datetime(2026, 11, 20, 10, tzinfo=UTC),
        Voice.OBSERVED_BY_US,
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "is not available"),
        (b"not a result", "not a Scorecard result"),
        (result(name="Fuzzing"), "does not contain the check Code-Review"),
        (result(score=-1), "inconclusive"),
        (result(score=9), "has the score 9, and shows something from 10 on"),
        (
            result(repository="github.com/acme/fork"),
            "it is about github.com/acme/fork, not github.com/acme/lib",
        ),
    ],
)
def test_what_shows_nothing_is_reported(tmp_path: Path, content: bytes | None, problem: str) -> None:
    """It never says that a practice is not in place."""
    found = looks(tmp_path, content)
    assert found.known == ()
    (said,) = found.problems
    assert said.startswith("own.yaml:3: does not count for SRC-03: ")
    assert problem in said


@pytest.mark.parametrize("name", sorted(load_tools()["scorecard"].checks))
def test_each_check_from_its_threshold_on(tmp_path: Path, name: str) -> None:
    """One point less shows nothing."""
    check = load_tools()["scorecard"].checks[name]
    for practice in sorted(set(check.supports) - {"SRC-05", "LIC-01", "DEP-02", "REL-04"}):
        at = looks(tmp_path, result(name=name, score=check.at_least), practice=practice, check=name)
        assert len(at.known) == 1
        below = looks(tmp_path, result(name=name, score=check.at_least - 1), practice=practice, check=name)
        assert below.known == ()


def test_a_persons_look_is_what_it_says() -> None:
    """From the first moment of its day."""
    text = (
        b"avow-observations: 1\nobservations:\n  - {practice: VUL-05, for: 'pkg:pypi/acmelib', "
        b"versions: 'vers:pypi/2.4.1', saw: notInPlace, source: the advisories, date: 2026-11-20, who: us}\n"
    )
    decisions = parse_decisions(text, source="own.yaml", today=date(2026, 12, 1))
    (look,) = known_looks(decisions.looks, evidence=EvidenceReader(EvidenceDirectory(()))).known
    assert (look.in_place, look.at, look.voice) == (False, datetime(2026, 11, 20, tzinfo=UTC), Voice.OWN)
