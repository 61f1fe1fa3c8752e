"""Scorecard: single checks, never the aggregate; facts only from the highest score."""

from __future__ import annotations

import json
from typing import Any

import pytest

from avow.drafting.found import Document
from avow.drafting.readers.scorecard import is_scorecard, read_scorecard


def result(*checks: Any, **other: Any) -> str:
    value = {
        "date": "2026-11-20",
        "repo": {"name": "github.com/acme/lib", "commit": "c" * 40},
        "scorecard": {"version": "v5.4.0", "commit": "unknown"},
        "score": 10,
        "checks": list(checks),
    }
    return json.dumps(value | other, indent=1)


def check(name: str, score: Any, *details: Any) -> dict[str, Any]:
    return {"name": name, "score": score, "reason": f"reason of {name}", "details": list(details) or None}


def test_highest_scores_are_facts_with_evidence(reads: Any) -> None:
    """The highest score of three checks means what a fact says."""
    found = reads(
        read_scorecard,
        result(
            check("Binary-Artifacts", 10), check("Token-Permissions", 10), check("Dangerous-Workflow", 10)
        ),
        path="scorecard.json",
    )

    assert found.fact("SRC-05", "noOpaqueBinaries") == [True]
    assert found.fact("REL-06", "leastPrivilege") == [True]
    assert found.fact("REL-06", "untrustedInputIsolated") == [True]
    pointer = found.reading.found[0].evidence
    assert (pointer.kind, pointer.target, pointer.check) == (
        "scorecard",
        "scorecard.json",
        "Binary-Artifacts",
    )
    assert found.about("source") == ["https://github.com/acme/lib"]
    assert found.reading.label == "scorecard.json (v5.4.0)"


def test_anything_less_is_a_hint(reads: Any) -> None:
    """A score is not a statement about one practice."""
    found = reads(
        read_scorecard, result(check("Binary-Artifacts", 9), check("Branch-Protection", 8), check("SAST", 0))
    )

    assert found.reading.found == ()
    assert found.hints("SRC-02") == ["Scorecard Branch-Protection 8/10: reason of Branch-Protection"]
    assert [hint.evidence is None for hint in found.reading.hints] == [True, False, True]


@pytest.mark.parametrize(
    ("entry", "practice", "fact", "expected"),
    [
        (check("CI-Tests", 7), "TST-01", "automated", [True]),
        (check("CI-Tests", 0), "TST-01", "automated", []),
        (
            check(
                "Dependency-Update-Tool",
                10,
                "Info: detected update tool: Dependabot: .github/dependabot.yml:1",
            ),
            "DEP-03",
            "updateTool",
            ["Dependabot"],
        ),
        (check("Dependency-Update-Tool", 10), "DEP-03", "updateTool", []),
        (
            check("Pinned-Dependencies", 8, "Info: GitHub-owned GitHubActions are pinned", 7),
            "REL-06",
            "actionsPinned",
            [True],
        ),
        (
            check("Pinned-Dependencies", 8, "Warn: third-party GitHubAction not pinned by hash: a.yml:1"),
            "REL-06",
            "actionsPinned",
            [],
        ),
    ],
)
def test_facts_from_details(reads: Any, entry: Any, practice: str, fact: str, expected: list[Any]) -> None:
    """Some facts are in the details of a check."""
    assert reads(read_scorecard, result(entry)).fact(practice, fact) == expected


def test_unusable_checks_are_reported(reads: Any) -> None:
    """Inconclusive, unknown, nameless and repeated checks are left out, each with its line."""
    found = reads(
        read_scorecard,
        result(
            check("License", -1),
            check("License", 10),
            check("Webhooks", 10),
            check("SAST", None),
            check("Fuzzing", score=True),
            {"name": "SBOM", "score": 3},
            {"score": 3},
            7,
        ),
    )

    assert len(found.left_out) == 7
    assert "License is inconclusive: reason of License" in found.left_out[0]
    assert found.hints("DEP-02") == ["Scorecard SBOM 3/10: no reason given"]


def test_a_run_without_a_repository_is_not_evidence(reads: Any) -> None:
    """A result that does not name repository and commit supports nothing."""
    found = reads(read_scorecard, result(check("Binary-Artifacts", 10), repo=None, scorecard=None))

    assert found.reading.label == "a.md (no version)"
    assert found.reading.found[0].evidence is None
    assert found.about("source") == []
    assert reads(read_scorecard, result(repo={"name": "file://."})).about("source") == []


@pytest.mark.parametrize("text", ["{", "[]", '{"checks": 1}', '{"checks": [{"name": "x", "name": "y"}]}'])
def test_other_files_are_not_scorecard_results(reads: Any, text: str) -> None:
    """Anything else is reported as such."""
    assert not is_scorecard(Document(path="x.json", data=text.encode()))
    assert reads(read_scorecard, text).left_out


def test_which_files_are_recognised() -> None:
    """The names of the checks decide, not the name of the file."""
    assert is_scorecard(Document(path="x.json", data=b"\xef\xbb\xbf" + result(check("SAST", 1)).encode()))
    assert not is_scorecard(Document(path="x.json", data=result(check("Unknown-Check", 1)).encode()))
    assert not is_scorecard(Document(path="x.yml", data=b"checks: []"))
