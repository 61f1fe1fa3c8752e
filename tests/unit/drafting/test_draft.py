"""avow init writes a draft that passes the check, gives every origin, and leaves the rest to a person."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from avow.catalogue.practices import load_catalogue
from avow.declaration.avow_yaml import Declaration, DeclaredPractice, parse_declaration
from avow.drafting.checkout import Checkout, open_checkout
from avow.drafting.draft import Draft, Question, draft
from avow.drafting.found import Document
from avow.errors import InputInvalid

TODAY = date(2026, 11, 22)
POLICY = "# Security\nReport vulnerabilities privately to security@acme.dev.\n"
INSIGHTS = "header: {schema-version: 2.0.0}\nproject:\n  name: acme\nrepository:\n  url: https://forge.dev/acme/lib\n"


class Answers:
    """Gives some answers by practice and fact, and skips the other questions."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {key.replace("_", "-", 1).replace("__", "."): value for key, value in answers.items()}
        self.asked: list[tuple[str, str]] = []
        self.problems: list[str] = []

    def ask(self, question: Question, *, problem: str) -> str | None:
        """The answer to one question."""
        self.asked.append((question.practice, question.fact))
        if problem:
            self.problems.append(problem)
        about_head = "relationship" if question.choices else "source"
        key = f"{question.practice}.{question.fact}" if question.practice else about_head
        answer = self.answers.get(key)
        if isinstance(answer, list):
            return answer.pop(0) if answer else None
        return answer


def tree(directory: Path, **files: str) -> Checkout:
    for name, text in files.items():
        path = directory / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return open_checkout(directory)


def made(checkout: Checkout | None, *files: Document, asker: Any = None) -> Draft:
    relationship = None if asker is not None else "maintainer"
    return draft(
        checkout, files, catalogue=load_catalogue(), today=TODAY, asker=asker, relationship=relationship
    )


def parsed(result: Draft) -> Declaration:
    return parse_declaration(
        result.declaration.encode(), source="avow.yaml", catalogue=load_catalogue(), today=TODAY
    )


def entry(declaration: Declaration, practice: str) -> DeclaredPractice:
    found = declaration.practice(practice)
    assert found is not None
    return found


def insights(path: str = "security-insights.yml", text: str = INSIGHTS) -> Document:
    return Document(path=path, data=text.encode())


def test_a_checkout(tmp_path: Path) -> None:
    """The draft has the facts of the files with evidence, the counts and the open questions."""
    result = made(
        tree(
            tmp_path,
            **{
                "SECURITY.md": POLICY,
                "package.json": '{"name": "acme", "version": "1.0.0"}',
                "tests/test_a.py": "",
            },
        )
    )
    declaration = parsed(result)

    assert entry(declaration, "VUL-01").status == "implemented"
    assert [evidence.target for evidence in entry(declaration, "VUL-01").evidence] == ["SECURITY.md"]
    assert declaration.project.purl == "pkg:npm/acme"
    assert result.sources == ("SECURITY.md", "package.json", "file names")
    assert (result.implemented, result.with_evidence, result.asked) == (1, 2, 20)
    assert result.drafted_of_asked <= result.drafted
    assert "VUL-01" not in {question.practice for question in result.questions}
    assert [question.practice for question in result.questions] == sorted(
        (question.practice for question in result.questions),
        key=[practice.id for practice in load_catalogue().practices].index,
    )
    assert "Unsigned draft" in result.compliance


def test_every_entry_is_a_draft_without_a_date(tmp_path: Path) -> None:
    """A person removes `draft` and adds the date."""
    declaration = parsed(made(tree(tmp_path, **{"SECURITY.md": POLICY}), insights()))

    assert declaration.practices
    assert all(practice.draft and practice.reviewed_at is None for practice in declaration.practices)


def test_files_alone_need_no_checkout() -> None:
    """Given files are enough."""
    result = made(None, insights())

    assert parsed(result).project.name == "acme"
    assert parsed(result).project.source == "https://forge.dev/acme/lib"


@pytest.mark.parametrize("files", [(), (Document(path="a.jpg", data=b"\0"),)])
def test_nothing_readable_is_an_error(files: tuple[Document, ...], tmp_path: Path) -> None:
    """There is one error for each given file."""
    with pytest.raises(InputInvalid) as refused:
        made(None, *files)
    assert len(refused.value.problems) == len(files)
    with pytest.raises(InputInvalid):
        made(open_checkout(tmp_path), *files)


def test_an_unreadable_file_beside_a_readable_one_is_left_out() -> None:
    """The readable file is used, the other one is reported."""
    result = made(None, insights(), Document(path="a.jpg", data=b"\0"))
    assert [item.origin for item in result.left_out] == ["a.jpg"]


@pytest.mark.parametrize(
    "path", ["/abs/security-insights.yml", "../security-insights.yml", "C:\\x\\security-insights.yml"]
)
def test_files_from_elsewhere_are_no_evidence(path: str) -> None:
    """Evidence must be in the repository to travel with it, so such a file makes nothing implemented."""
    result = made(None, insights(path=path))
    declaration = parsed(result)

    assert path not in result.declaration + result.compliance
    assert "security-insights.yml:5" in result.declaration
    assert entry(declaration, "SRC-01").facts["vcsUrl"] == "https://forge.dev/acme/lib"
    assert entry(declaration, "SRC-01").evidence == ()
    assert entry(declaration, "SRC-01").status is None


def test_given_files_count_before_those_of_the_checkout(tmp_path: Path) -> None:
    """A person chose them on purpose."""
    checkout = tree(tmp_path, **{"package.json": '{"name": "other"}'})
    assert parsed(made(checkout, insights())).project.name == "acme"


@pytest.mark.parametrize(
    ("remote", "files", "expected"),
    [
        ("git@github.com:acme/lib.git", {}, "https://github.com/acme/lib/blob/trunk/SECURITY.md"),
        ("https://u:secret@gitlab.com/acme/lib", {}, "https://gitlab.com/acme/lib/-/blob/trunk/SECURITY.md"),
        (
            "https://forge.dev/acme/lib",
            {".gitlab-ci.yml": "a: b"},
            "https://forge.dev/acme/lib/-/blob/trunk/SECURITY.md",
        ),
        ("https://codeberg.org/acme/lib", {}, "https://codeberg.org/acme/lib/src/branch/trunk/SECURITY.md"),
        (
            "https://forge.dev/acme/lib",
            {".forgejo/workflows/a.yml": "a: b", ".github/workflows/b.yml": "a: b"},
            "https://forge.dev/acme/lib/src/branch/trunk/SECURITY.md",
        ),
        ("https://git.sr.ht/~acme/lib", {}, "https://git.sr.ht/~acme/lib/tree/trunk/item/SECURITY.md"),
        ("https://bitbucket.org/acme/lib", {}, "https://bitbucket.org/acme/lib/src/trunk/SECURITY.md"),
        ("https://forge.dev/acme/lib", {}, None),
        ("/srv/git/lib", {}, None),
    ],
)
def test_files_get_the_urls_of_their_forge(
    tmp_path: Path, remote: str, files: dict[str, str], expected: str | None
) -> None:
    """Known forges have a URL scheme; on others a person writes the URL. Credentials are never shown."""
    directory = tmp_path / "lib"
    directory.mkdir()
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    for command in (["init", "-q", "-b", "trunk"], ["remote", "add", "origin", remote]):
        subprocess.run(["git", "-C", str(directory), *command], check=True, env=environment)
    result = made(tree(directory, **{"SECURITY.md": POLICY, **files}))
    facts = entry(parsed(result), "VUL-02").facts

    assert facts.get("policyUrl") == expected
    assert "secret" not in result.declaration + result.compliance
    assert ".github/workflows/b.yml" not in result.sources


@pytest.mark.parametrize("remote", ["https://github.com/acme/lib", "https://forge.dev/acme/lib"])
def test_tags_bring_the_pages_of_the_forge(tmp_path: Path, remote: str) -> None:
    """Feeds that the forge provides anyway are questions, not facts."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@acme.dev")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    for command in (
        ["init", "-q"],
        ["remote", "add", "origin", remote],
        ["commit", "-q", "--allow-empty", "-m", "x"],
        ["tag", "v1.0.0"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *identity, *command], check=True, env=environment)
    result = made(open_checkout(tmp_path))

    assert (f"{remote}/releases.atom" in result.declaration) is ("github" in remote)
    assert result.sources == ("1 tag",)
    assert parsed(result).practice("VUL-04") is None
    assert entry(parsed(result), "SRC-01").status is None


@pytest.mark.parametrize(
    ("files", "purl"),
    [
        ({"package.json": '{"name": "acme", "version": "1"}'}, "pkg:npm/acme"),
        (
            {
                "security-insights.yml": INSIGHTS
                + "  release: {distribution-points: [{uri: pkg:npm/a}, {uri: pkg:npm/b}]}\n"
            },
            None,
        ),
        (
            {
                "security-insights.yml": INSIGHTS
                + "  release: {distribution-points: [{uri: pkg:npm/a@1.0}]}\n"
            },
            None,
        ),
        ({"security-insights.yml": INSIGHTS + "  release: {distribution-points: [{uri: 'pkg:'}]}\n"}, None),
    ],
)
def test_an_unambiguous_purl_is_used(tmp_path: Path, files: dict[str, str], purl: str | None) -> None:
    """Several packages, a version or an invalid purl are reported, and none is chosen."""
    result = made(tree(tmp_path, **files))

    assert parsed(result).project.purl == purl
    assert (purl is None) == any("purl" in item.why or "packages" in item.why for item in result.left_out)


def test_two_names_in_one_source_are_reported() -> None:
    """The first source with exactly one name is used."""
    template = (
        "- [x] AU.03\n  Project Name: one\n  Project Name: two\n- [x] GV.01\n- [x] GV.02\n- [x] GV.03\n"
    )
    result = made(None, Document(path="COMPLIANCE.md", data=template.encode()), insights())

    assert parsed(result).project.name == "acme"
    assert any("2 different values for name" in item.why for item in result.left_out)


def test_without_a_name_that_of_the_directory_or_source_is_used(tmp_path: Path) -> None:
    """The draft says so, for a person to correct."""
    (tmp_path / "lib").mkdir()
    template = b"- [x] GV.01\n- [x] GV.02\n- [x] GV.03\n- [x] LE.02\n"

    assert parsed(made(tree(tmp_path / "lib", **{"SECURITY.md": POLICY}))).project.name == "lib"
    assert parsed(made(None, Document(path="C.md", data=template))).project.name == "unnamed"
    source_only = INSIGHTS.replace("  name: acme", "  homepage: https://acme.dev")
    assert parsed(made(None, insights(text=source_only))).project.name == "lib"


def test_many_files_of_a_kind_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a limited number of workflows is read."""
    monkeypatch.setattr("avow.drafting.draft.MAX_DOCUMENTS", 1)
    checkout = tree(
        tmp_path, **{".github/workflows/a.yml": "on: push", ".github/workflows/b.yml": "on: push"}
    )

    assert any("more than 1 files" in item.why for item in made(checkout).left_out)


def test_an_incomplete_tree_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is dropped silently."""
    monkeypatch.setattr("avow.drafting.checkout.MAX_PATHS", 1)
    checkout = tree(tmp_path, **{"SECURITY.md": POLICY, "a.md": "x"})

    assert any("too many files" in item.why for item in made(checkout).left_out)


def test_questions_come_in_order_and_can_be_skipped(tmp_path: Path) -> None:
    """Source and declarant come first, then practices in the catalogue's order; skipping changes nothing."""
    asker = Answers()
    result = made(tree(tmp_path, **{"SECURITY.md": POLICY}), asker=asker)

    assert asker.asked[:2] == [("", ""), ("", "")]
    practices = [practice for practice, _ in asker.asked[2:]]
    assert practices == [question.practice for question in result.questions]
    again = draft(open_checkout(tmp_path), [], catalogue=load_catalogue(), today=TODAY)
    assert result.declaration == again.declaration


def test_answers_become_facts_with_their_date(tmp_path: Path) -> None:
    """Scalars, lists and records; a URL is also evidence, any other answer is not."""
    asker = Answers(
        relationship="steward",
        source="https://forge.dev/acme/lib",
        LIC_02__allOpen="yes",
        TST_03__memorySafeShare="some",
        **{
            "TST_03__unsafeParts.part": "the parser",
            "TST_03__unsafeParts.mitigations": "fuzzing, sanitizers",
        },
        REL_01__url="https://acme.dev/build",
        REL_01__buildTools="meson, ninja",
        REL_01__needsProjectAccess="no",
        VUL_02__acknowledgeWithinDays="7",
        VUL_02__discloseWithinDays="90",
        VUL_02__policyUrl="https://acme.dev/policy",
        **{
            "SUP_01__lines.versions": "vers:pypi/>=2.4|<2.5",
            "SUP_01__lines.securityUntil": "bestEffort",
            "VUL_04__feeds.kind": "atom",
            "DOC_01__url": "https://acme.dev/docs",
        },
    )
    result = made(tree(tmp_path, **{"SECURITY.md": POLICY}), asker=asker)
    declaration = parsed(result)

    assert declaration.declarant.relationship == "steward"
    assert declaration.project.source == "https://forge.dev/acme/lib"
    assert entry(declaration, "LIC-02").facts["allOpen"] is True
    assert entry(declaration, "LIC-02").status is None
    assert entry(declaration, "TST-03").facts["unsafeParts"] == (
        {"part": "the parser", "mitigations": ("fuzzing", "sanitizers")},
    )
    assert entry(declaration, "REL-01").status == "implemented"
    assert entry(declaration, "REL-01").evidence[0].target == "https://acme.dev/build"
    assert entry(declaration, "VUL-02").facts["discloseWithinDays"] == 90
    assert entry(declaration, "SUP-01").facts["lines"][0]["securityUntil"] == "bestEffort"
    assert entry(declaration, "SUP-01").status is None
    assert declaration.practice("VUL-04") is None
    assert "# from an answer on 2026-11-22" in result.declaration


def test_an_unusable_answer_is_asked_again(tmp_path: Path) -> None:
    """The question is repeated with the problem; after three times it is skipped."""
    asker = Answers(
        relationship=["boss", "maintainer"],
        source=["here", "  "],
        LIC_02__allOpen=["perhaps", "no"],
        VUL_02__policyUrl="https://acme.dev/policy",
        VUL_02__acknowledgeWithinDays=["soon", "later", "some day", "7"],
    )
    declaration = parsed(made(tree(tmp_path, **{"SECURITY.md": POLICY}), asker=asker))

    assert declaration.declarant.relationship == "maintainer"
    assert entry(declaration, "LIC-02").facts["allOpen"] is False
    assert "acknowledgeWithinDays" not in entry(declaration, "VUL-02").facts
    assert len(asker.problems) == 5


def test_a_scorecard_of_the_checkout_is_evidence(tmp_path: Path) -> None:
    """Each check is a machine observation."""
    run: dict[str, Any] = {
        "date": "2026-11-20",
        "repo": {"name": "github.com/acme/lib", "commit": "c" * 40},
        "scorecard": {"version": "v5"},
        "checks": [
            {"name": "Token-Permissions", "score": 10, "reason": "x", "details": None},
            {"name": "Dangerous-Workflow", "score": 10, "reason": "x", "details": None},
            {
                "name": "Pinned-Dependencies",
                "score": 10,
                "reason": "x",
                "details": ["Info: GitHubActions are pinned"],
            },
        ],
    }
    declaration = parsed(made(tree(tmp_path, **{"scorecard.json": json.dumps(run)})))

    assert entry(declaration, "REL-06").status == "implemented"
    assert {evidence.check for evidence in entry(declaration, "REL-06").evidence} == {
        check["name"] for check in run["checks"]
    }


def test_hostile_text_breaks_nothing(tmp_path: Path) -> None:
    """Names, URLs and hints of a hostile file can't end a line, a comment or the page."""
    evil = "x\\n  evil: true\\u202e # \\u001b[31m <img src=x onerror=y"
    manifest = f'{{"version": "1", "name": "{evil}", "description": "{evil}", "license": "{evil}", "homepage": "https://a.dev/{evil}"}}'  # noqa: E501  a manifest
    result = made(tree(tmp_path, **{"package.json": manifest}))

    assert parsed(result).project.name.startswith("x")
    assert "\x1b" not in result.declaration + result.compliance
    assert re.search(r"(?<!\\)<img", result.compliance) is None
