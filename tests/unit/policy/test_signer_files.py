"""JSON files of signer rules: the same rules as in a policy, for lists that are too long for YAML."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pytest

from avow.errors import InputInvalid
from avow.formats.purl import parse_purl
from avow.policy import MAX_SIGNER_FILE_BYTES, parse_policy

if TYPE_CHECKING:
    from avow.errors import Problem
    from avow.policy import Policy

TODAY: Final = date(2026, 11, 22)
POLICY: Final = """\
avow-policy: 1
profile: orc-light
trust:
  public-good:
    root: trusted_root.json
    sha256: "{zeros}"
signerFiles:
  - path: lists/a.json
""".format(zeros="0" * 64)


def rule(component: str = "pkg:pypi/acmelib", **changed: Any) -> dict[str, Any]:
    """A rule about a person."""
    return {
        "for": component,
        "relationship": "maintainer",
        "root": "public-good",
        "issuer": "https://accounts.example",
        "identity": "maintainer@acme.example",
    } | changed


def signer_file(*rules: Any, **changed: Any) -> bytes:
    """A signer file, one line for each value."""
    return json.dumps({"avow-signers": 1, "signers": list(rules)} | changed, indent=1).encode()


def read(*files: bytes, policy: str = POLICY) -> Policy:
    """The policy in `there/policy.yaml`, which names `files` as lists/a.json, lists/b.json and so on."""
    named = {f"lists/{name}.json": content for name, content in zip("abc", files, strict=False)}
    text = policy + "".join(f"  - path: {path}\n" for path in list(named)[1:])
    return parse_policy(
        text.encode(), source="there/policy.yaml", today=TODAY, signer_file=lambda path: named[path]
    )


def problems(*files: bytes, policy: str = POLICY) -> list[tuple[str, int, str]]:
    """Place, line and message of every problem."""
    with pytest.raises(InputInvalid) as refused:
        read(*files, policy=policy)

    def told(problem: Problem) -> tuple[str, int, str]:
        return problem.source, problem.line, problem.message

    return list(map(told, refused.value.problems))


def test_the_rules_of_all_files_count() -> None:
    """In the policy's order, each with its own place, and a digest of each file for the record."""
    first, second = signer_file(rule(), rule("pkg:npm/x")), signer_file(rule("pkg:npm/%40acme/*"))

    policy = read(first, second)

    assert [each.place for each in policy.signers] == [
        "there/lists/a.json:4",
        "there/lists/a.json:11",
        "there/lists/b.json:4",
    ]
    assert [(each.path, each.sha256, each.rules) for each in policy.signer_files] == [
        ("lists/a.json", hashlib.sha256(first).hexdigest(), 2),
        ("lists/b.json", hashlib.sha256(second).hexdigest(), 1),
    ]
    for purl, count in (("pkg:pypi/acmelib@1", 1), ("pkg:npm/%40acme/y@1", 1), ("pkg:npm/other@1", 0)):
        assert len(policy.rules_for(parse_purl(purl))) == count


def test_a_rule_means_the_same_as_in_the_policy() -> None:
    """Every kind of value: texts, lists, true, dates."""
    changed: dict[str, Any] = {
        "identity": "https://github.com/acme/acmelib/.github/workflows/release.yml@refs/heads/main",
        "issuer": "https://token.actions.githubusercontent.com",
        "sourceRepository": "https://github.com/acme/acmelib",
        "triggers": ["push", "schedule"],
        "allowSelfHosted": True,
        "validUntil": "2027-01-01",
    }
    in_yaml = POLICY.replace("signerFiles:\n  - path: lists/a.json\n", "signers:\n") + (
        f"  - {json.dumps(rule(**changed))}\n"
    )

    of_file = read(signer_file(rule(**changed))).signers[0]
    of_policy = parse_policy(in_yaml.encode(), source="policy.yaml", today=TODAY).signers[0]

    assert of_file.model_copy(update={"place": ""}) == of_policy.model_copy(update={"place": ""})


def test_a_key_file_is_beside_the_file_that_names_it() -> None:
    """Its path is relative to the signer file; the policy's own stay as they are."""
    key = {"for": "pkg:npm/k", "relationship": "maintainer", "keyFile": "k.pub", "sha256": "1" * 64}

    policy = read(signer_file(key, {**key, "keyFile": "/etc/k.pub"}))

    assert [each.path for each in policy.key_files] == ["lists/k.pub", "/etc/k.pub"]


def test_all_problems_are_reported_with_their_places() -> None:
    """Those of the policy and those of its files, together."""
    broken = rule(relationship="maintaner", issuer=7)

    found = problems(signer_file(rule(), broken), policy=POLICY.replace("orc-light", "orc-lite"))

    assert found == [
        ("there/lists/a.json", 13, 'unknown relationship: "maintaner"'),
        ("there/lists/a.json", 15, "issuer is the number 7, not text"),
        ("there/policy.yaml", 2, 'unknown profile: "orc-lite"'),
    ]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", "not JSON: it is empty"),
        (b"\xff", "not UTF-8"),
        (b'{"avow-signers": 1, "avow-signers": 1}', 'duplicate key "avow-signers"'),
        (b"[" * 20 + b"]" * 20, "nested deeper than 16 levels"),
        (b" " * (MAX_SIGNER_FILE_BYTES + 1), "16777217 bytes; at most 16777216 are allowed"),
        (b"[]", "the file is a list, not a mapping"),
        (
            signer_file(rule(), **{"avow-signers": 2}),
            "`avow-signers` is the number 2; this version of Avow reads 1",
        ),
        (signer_file(rule(), **{"avow-signers": "1"}), '`avow-signers` is "1"; this version of Avow reads 1'),
        (signer_file(rule(), other=1), 'unknown key "other"'),
        (signer_file("x"), 'an entry of signers is "x", not a mapping'),
        (signer_file(rule(identity="a\u202eb@x.example")), "the character U+202E is not allowed"),
        (signer_file(rule(), rule()), "this entry occurs twice"),
        (signer_file(rule(root="other")), 'trust has no root "other"'),
        (signer_file(), "there is no signer rule"),
    ],
)
def test_what_is_wrong_with_a_file(file: bytes, message: str) -> None:
    """One problem each."""
    assert message in [each for _, _, each in problems(file)]


def test_a_file_without_a_path_is_a_problem() -> None:
    """And nothing else: whether there are signers, nobody knows."""
    assert problems(policy=POLICY.replace("lists/a.json", '""')) == [
        ("there/policy.yaml", 8, "path is empty")
    ]


def test_the_same_rule_in_two_files_is_a_problem() -> None:
    """As twice in one."""
    assert problems(signer_file(rule()), signer_file(rule())) == [
        ("there/lists/b.json", 4, "this entry occurs twice")
    ]


def test_one_file_twice_is_a_problem() -> None:
    """The second could not add anything."""
    twice = POLICY + "  - path: lists/a.json\n"
    assert ("there/policy.yaml", 9, "this entry occurs twice") in problems(signer_file(rule()), policy=twice)


def test_a_pinned_file_has_to_be_that_file() -> None:
    """Otherwise nothing compares it, and the record names its digest."""
    file = signer_file(rule())
    pinned = POLICY + f'    sha256: "{hashlib.sha256(file).hexdigest()}"\n'
    assert read(file, policy=pinned).signers

    ((source, line, message),) = problems(file + b"\n", policy=pinned)

    assert (source, line) == ("there/policy.yaml", 9)
    assert message.startswith('"lists/a.json" has sha256:')


def test_a_policy_without_files_can_not_name_any() -> None:
    """A policy that was not read from a file has no directory."""
    with pytest.raises(InputInvalid) as refused:
        parse_policy(POLICY.encode(), source="policy.yaml", today=TODAY)

    assert [problem.message for problem in refused.value.problems] == [
        "lists/a.json can't be read: this policy was not read from a file"
    ]


def test_a_policy_that_is_too_long_is_told_about_signer_files() -> None:
    """In bytes, or in values."""
    for text in (
        POLICY + "#" * 1024 * 1024,
        POLICY.replace("signerFiles", "acceptedGaps") + "  - x\n" * 60_000,
    ):
        with pytest.raises(InputInvalid) as refused:
            read(signer_file(rule()), policy=text)
        assert [problem.fix for problem in refused.value.problems] == [
            "put long lists of signers into JSON files, and name these under signerFiles"
        ]


def test_a_damaged_file_has_a_bounded_number_of_problems() -> None:
    """A mistake of a program is in every rule; nobody reads ten thousand lines."""
    found = problems(signer_file(*({} for _ in range(5000))))
    assert 1000 <= len(found) <= 1010


def test_a_file_of_too_many_values() -> None:
    """Refused before a node is made for each."""
    first, *_ = problems(b'{"avow-signers": 1, "signers": [' + b"0," * 1_000_000 + b"0]}")
    assert "more than 1000000 values" in first[2]
