"""The file of own looks and decisions: every key works or is refused, and all errors are reported."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from avow.errors import InputInvalid
from avow.policy import Decisions, parse_decisions

TODAY = date(2026, 12, 1)
ABOUT = {"for": "pkg:pypi/acmelib", "versions": "vers:pypi/>=2.4|<2.5"}
LOOK: dict[str, Any] = ABOUT | {
    "practice": "VUL-05",
    "saw": "inPlace",
    "source": "https://github.com/acme/acmelib/security/advisories",
    "date": "2026-11-20",
    "who": "product security",
}
TOOL: dict[str, Any] = ABOUT | {
    "practice": "SRC-03",
    "check": "Code-Review",
    "repository": "https://github.com/acme/acmelib",
    "sha256": "a" * 64,
    "who": "product security",
}
GAP: dict[str, Any] = ABOUT | {
    "practice": "VUL-01",
    "because": "replaced soon",
    "measure": "isolated",
    "owner": "product security",
    "until": "2027-06-01",
}
MEASURE: dict[str, Any] = ABOUT | {
    "practice": "STW-01",
    "measure": "a support agreement",
    "owner": "product security",
    "until": "2027-06-01",
}


def line(entry: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {_written(value)}" for key, value in entry.items()) + "}"


def _written(value: Any) -> str:
    return (
        line(value)
        if isinstance(value, dict)
        else f'"{value}"'
        if isinstance(value, str)
        else str(value).lower()
    )


def text(**parts: list[dict[str, Any]]) -> str:
    lists = (f"{name}:\n" + "".join(f"  - {line(each)}\n" for each in found) for name, found in parts.items())
    return "avow-observations: 1\n" + "".join(lists)


def parsed(written: str) -> Decisions:
    return parse_decisions(written.encode(), source="own.yaml", today=TODAY)


def test_all_three_lists() -> None:
    """Each entry keeps where it is written."""
    found = parsed(
        text(observations=[LOOK, TOOL], acceptedGaps=[GAP | {"ticket": "T-1"}], measures=[MEASURE])
    )
    assert [each.place for each in found.looks] == ["own.yaml:3", "own.yaml:4"]
    assert [each.in_place for each in found.looks] == [True, None]
    assert found.looks[1].repository == "github.com/acme/acmelib"
    assert [(each.ticket, each.measure) for each in found.accepted_gaps] == [("T-1", "isolated")]
    assert [each.source for each in found.measures] == [""]
    assert parsed(text(measures=[MEASURE | {"source": "CTR-7"}])).measures[0].source == "CTR-7"


def test_a_look_may_keep_what_was_seen() -> None:
    """The facts have the catalogue's types; a digest says which copy was kept."""
    facts = {"policyUrl": "https://acme.example/support"}
    (look,) = parsed(
        text(observations=[LOOK | {"practice": "SUP-01", "facts": facts, "sha256": "b" * 64, "note": "read"}])
    ).looks
    assert look.facts == facts
    assert look.sha256 == "b" * 64


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("avow-observations: 1\n", "the file contains no entry"),
        ("avow-observations: 2\nobservations: []\n", "`avow-observations` is the number 2"),
        ("observations: []\n", "`avow-observations` is missing"),
        (text(observations=[LOOK]) + "map: []\n", "map is not supported by this version"),
        (text(observations=[LOOK]) + "waivers: []\n", 'unknown key "waivers"'),
        (text(observations=[LOOK | {"saw": "met"}]), 'unknown word for what was seen: "met"'),
        (text(observations=[LOOK | {"saw": True}]), "unknown word for what was seen: true"),
        (text(observations=[LOOK | {"practice": "VUL-99"}]), 'unknown practice "VUL-99"'),
        (text(observations=[LOOK | {"date": "yesterday"}]), "not a date"),
        (text(observations=[LOOK | {"who": " "}]), "who is empty"),
        (text(observations=[LOOK | {"check": "Code-Review"}]), 'unknown key "saw"'),
        (text(observations=[LOOK | {"facts": {"colour": "red"}}]), 'unknown key "colour"'),
        (text(observations=[LOOK | {"practice": "SUP-01", "facts": {"policyUrl": "here"}}]), "policyUrl: "),
        (text(observations=[LOOK | {"practice": "VUL-99", "facts": {"policyUrl": "x"}}]), "unknown practice"),
        (text(observations=[LOOK | {"artefact": "acmelib.tar.gz"}]), "is not the digest of a file"),
        (text(observations=[LOOK | {"artefact": "sha1:" + "a" * 40}]), "is not the digest of a file"),
        (
            text(observations=[{k: v for k, v in LOOK.items() if k != "versions"}]),
            "VUL-05 differs between release lines, and `versions` is missing",
        ),
        (
            text(observations=[LOOK | {"practice": "REL-04"}]),
            "REL-04 is about a release, and `artefact` is missing",
        ),
        (
            text(observations=[TOOL | {"practice": "SRC-05", "check": "Binary-Artifacts"}]),
            "SRC-05 is about a release, and a tool's result is of a repository's newest commit",
        ),
        (text(observations=[TOOL | {"check": "Fuzzing"}]), 'the check "Fuzzing" is not about SRC-03'),
        (text(observations=[TOOL | {"practice": "VUL-05"}]), 'the check "Code-Review" is not about VUL-05'),
        (text(observations=[TOOL | {"check": ""}]), "check is empty"),
        (text(observations=[TOOL | {"repository": "acme/acmelib"}]), "is not the address of a repository"),
        (text(observations=[TOOL | {"sha256": "abc"}]), "is not a SHA-256 digest"),
        (text(observations=[TOOL | {"for": "acmelib"}]), "acmelib"),
        (text(observations=[LOOK | {"date": "2027-11-20"}]), "date is in the future"),
        (text(observations=[LOOK | {"date": "2026-12-03"}]), "date is in the future"),
        (text(acceptedGaps=[GAP | {"until": "2027-12-02"}]), "until is more than 12 months from now"),
        (text(acceptedGaps=[GAP | {"for": "pkg:pypi/acmelib@2.4.1"}]), "`for` has a version"),
        (text(acceptedGaps=[GAP, GAP | {"because": "other"}]), "this entry occurs twice"),
        (text(measures=[MEASURE, MEASURE]), "this entry occurs twice"),
        (text(measures=[MEASURE | {"versions": "vers:npm/1.0.0"}]), "versions uses the scheme npm"),
        (text(measures=[MEASURE | {"versions": "2.4.1"}]), ""),
    ],
)
def test_what_can_not_be_meant_is_refused(written: str, problem: str) -> None:
    """A typo must neither close a requirement nor be ignored."""
    with pytest.raises(InputInvalid) as refused:
        parsed(written)
    assert any(problem in each.message for each in refused.value.problems)


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("avow-policy: 1\nprofile: orc-light\nsigners: []\n", "a policy"),
        ('avow: "0.1"\nproject: {}\n', "a declaration"),
        ('{"avow-signers": 1, "signers": []}', "a file of signer rules"),
        ('{"schema": "x", "run": {}, "results": []}', "a report"),
        ('{"score": 7, "checks": []}', "a tool's result"),
    ],
)
def test_another_file_in_its_place(written: str, what: str) -> None:
    """What it is, once, and no list of keys."""
    with pytest.raises(InputInvalid) as refused:
        parsed(written)
    (problem,) = refused.value.problems
    assert problem.message == f"this is {what}, not a file of observations"


def test_an_unknown_key_is_still_named() -> None:
    """What says that it is a file of observations is read as one."""
    with pytest.raises(InputInvalid) as refused:
        parsed(text(observations=[LOOK]) + "\navow-policy: 1\n")
    assert [each.message for each in refused.value.problems] == ['unknown key "avow-policy"']


def test_another_scheme_is_said_before_its_rules() -> None:
    """Whatever is wrong by the rules of npm, the range is meant for PyPI."""
    with pytest.raises(InputInvalid) as refused:
        parsed(text(observations=[LOOK | {"versions": "vers:npm/>=2.4|<2.5"}]))
    assert [each.fix for each in refused.value.problems] == ["write vers:pypi/"]


@pytest.mark.parametrize(
    ("kind", "entry", "key"),
    [
        (kind, entry, key)
        for kind, entry in (
            ("observations", LOOK),
            ("observations", TOOL),
            ("acceptedGaps", GAP),
            ("measures", MEASURE),
        )
        for key in entry
        if (key, entry) != ("versions", TOOL)
    ],
)
def test_no_key_may_be_left_out(kind: str, entry: dict[str, Any], key: str) -> None:
    """Whoever reads the record in ten years finds all of them."""
    with pytest.raises(InputInvalid) as refused:
        parsed(text(**{kind: [{name: value for name, value in entry.items() if name != key}]}))
    assert refused.value.problems


def test_a_tools_look_at_a_repository_needs_no_versions() -> None:
    """It holds for whatever is built from it."""
    (look,) = parsed(text(observations=[{k: v for k, v in TOOL.items() if k != "versions"}])).looks
    assert look.versions is None
