"""Names, claims and files that try to move a cursor, or reorder or forge a line, are never printed raw."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_line import AtTerminal, Ended, process
from support.virtual_sigstore import VirtualSigstore, encoded, statement

from avow.cli import problem_lines
from avow.errors import Problem
from avow.statement.predicate import LIMITATION

from .conftest import declaration

Avow = Callable[..., Ended]

HOSTILE = "a\x1b[2J\x9b1m\u202egnp.exe\u2066\rexit 0: policy satisfied\x07\u200b"
"""Escapes of seven and eight bits, a reordered name, a forged last line, a bell, an invisible space."""

FORBIDDEN = set("\x1b\x9b\u202e\u2066\r\x07\u200b\x00")
ODD_NAME = os.fsdecode(b"caf\xe9\xff\n\x1b[31m.tar.gz")
"""A file name that is not UTF-8, has two lines and an escape; the kernel allows it."""


def clean(ended: Ended) -> bool:
    """Nothing in the output can move a cursor or reorder a line."""
    return FORBIDDEN.isdisjoint(ended.out + ended.err)


def test_a_file_that_is_named_to_deceive(avow: Avow, project: Path) -> None:
    """`check` prints its name escaped."""
    path = project / f"{HOSTILE}.yaml"
    path.write_text(declaration(), encoding="utf-8")
    well = avow("check", path.name)
    assert well.code == 0
    path.write_text("{{{", encoding="utf-8")
    ill = avow("check", path.name)
    assert ill.code == 2
    absent = avow("check", f"absent{HOSTILE}")
    assert absent.code == 2
    for ended in (well, ill, absent):
        assert "\\u001b[2J" in ended.out + ended.err
        assert clean(ended)


@pytest.mark.parametrize(
    "line",
    [
        "  {key}: 1\n",
        "  TST-04: {{status: {value}}}\n",
        '  TST-04: {{status: implemented, reviewedAt: "2026-01-02", note: {value}}}\n',
        "  TST-04: {{status: implemented, {key}: 1}}\n",
        "  TST-04: {{status: implemented, evidence: [{{file: {value}}}]}}\n",
    ],
)
def test_a_declaration_full_of_escapes(avow: Avow, project: Path, line: str) -> None:
    """Keys and values that use YAML's own escapes; problems quote them."""
    quoted = json.dumps(HOSTILE)
    text = declaration() + line.format(key=quoted, value=quoted)
    text = text.replace(
        '  TST-04:\n    status: notImplemented\n    reviewedAt: "', '  TST-01:\n    note: "', 1
    )
    (project / "avow.yaml").write_text(text, encoding="utf-8")
    ended = avow("check")
    assert ended.code == 2
    assert clean(ended), ended


def test_sources_full_of_escapes(avow: Avow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`init` reads files from strangers: its output and files have no control characters."""
    monkeypatch.chdir(tmp_path)
    sources = {
        "security-insights.yml": "header:\n  schema-version: 2.0.0\n  project-si-source: "
        + json.dumps(HOSTILE) + "\nproject:\n  name: " + json.dumps(HOSTILE) + "\n",
        "scorecard.json": json.dumps({"repo": {"name": HOSTILE}, "checks": [{"name": HOSTILE}]}),
        "SECURITY.md": f"# Security {HOSTILE}\nReport to security@example.org {HOSTILE}\n",
        "pyproject.toml": '[project]\nname = "x"\nversion = "1"\nlicense = ' + json.dumps(HOSTILE) + "\n",
        "LICENSE": HOSTILE,
    }  # fmt: skip
    for name, text in sources.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    odd = tmp_path / f"{HOSTILE}.md"
    odd.write_text("# Security policy\n", encoding="utf-8")
    ended = avow(
        "init",
        "--compliance-md",
        "COMPLIANCE.md",
        "--relationship",
        "maintainer",
        *(f"--from={name}" for name in sources),
        "--from",
        odd.name,
    )
    assert ended.code == 0, ended
    assert clean(ended), ended
    written = (tmp_path / "avow.yaml").read_text() + (tmp_path / "COMPLIANCE.md").read_text()
    assert FORBIDDEN.isdisjoint(written)
    assert avow("check").code == 0


def test_claims_full_of_escapes(avow: Avow, release: Path) -> None:
    """A statement can contain anything, shown by `inspect` and `verify`, in text and in JSON."""
    virtual = VirtualSigstore()
    predicate = {
        "catalogue": {"id": "declared-practices", "version": HOSTILE, "digest": {}},
        "declaredAt": "2026-01-02T00:00:00Z",
        "validUntil": "2027-01-02T00:00:00Z",
        "kind": "release",
        "declarant": {"relationship": HOSTILE},
        "scope": {"project": {"name": HOSTILE}, "versions": HOSTILE},
        "practices": [{"id": HOSTILE, "status": "implemented", "reviewedAt": "2026-01-02"}],
        "limitations": [LIMITATION],
    }
    bundle = release / f"{HOSTILE}.sigstore.json"
    bundle.write_bytes(
        encoded(virtual.bundle(statement(predicate), signer=virtual.person(f"{'a' * 9}@example.org")))
    )
    (release / "other.json").write_bytes(virtual.root())
    verify = ("verify", "dist/acmelib-2.4.1.tar.gz", "--policy", "policy.yaml", "--insecure-sandbox")
    for ended in (
        avow("inspect", bundle.name),
        avow("inspect", bundle.name, "--trusted-root", "other.json"),
        avow("inspect", bundle.name, "--format", "json"),
        avow(*verify, "--bundle", bundle.name),
        avow(*verify, "--bundle", bundle.name, "--format", "json"),
    ):
        assert ended.out
        assert clean(ended), ended


def test_a_root_full_of_escapes(avow: Avow, release: Path) -> None:
    """Names and times in a root are free text of its author."""
    root = json.loads((release / "trusted_root.json").read_bytes())
    for each in root["tlogs"]:
        each["baseUrl"] = HOSTILE
        each["publicKey"]["validFor"] = {"start": HOSTILE, "end": HOSTILE}
    for each in root["certificateAuthorities"]:
        each["subject"]["organization"] = HOSTILE
        each["uri"] = HOSTILE
    path = release / f"{HOSTILE}.json"
    path.write_text(json.dumps(root), encoding="utf-8")
    for command in ("show", "pin"):
        ended = avow("trust", command, path.name)
        assert (ended.code, ended.err) == (0, "")
        assert clean(ended), ended


@pytest.mark.slow
def test_names_that_are_no_text(release: Path) -> None:
    """Bytes that are not UTF-8 pass through every command that names a file, escaped."""
    odd = release / ODD_NAME
    odd.write_bytes((release / "dist" / "acmelib-2.4.1.tar.gz").read_bytes())
    bundle = release / (ODD_NAME + ".sigstore.json")
    bundle.write_bytes((release / "dist" / "acmelib-2.4.1.practices.sigstore.json").read_bytes())
    text = release / (ODD_NAME + ".yaml")
    text.write_text(declaration(), encoding="utf-8")
    for arguments, code in (
        (("verify", odd.name, "--policy", "policy.yaml", "--insecure-sandbox"), 0),
        (("verify", odd.name, "--policy", "policy.yaml", "--insecure-sandbox", "--format", "json"), 0),
        (("inspect", bundle.name), 0),
        (("inspect", bundle.name, "--format", "json"), 0),
        (("check", text.name), 0),
        (("check", odd.name), 2),
        (("trust", "show", odd.name), 2),
        (("init", "--output", "draft", "--from", odd.name), 2),
    ):
        ended = process(*arguments, cwd=release)
        assert ended.code == code, ended
        assert "\x1b" not in ended.out + ended.err
        assert "Traceback" not in ended.err


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_that_lacks_letters(project: Path, encoding: str) -> None:
    """It shows codes for characters it can't show; nothing fails."""
    text = declaration().replace("name: acmelib", 'name: "привет \U0001f600"')
    (project / "é\u4e2d.yaml").write_text(text + "  \u4e2d: 1\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    ended = process("check", "é\u4e2d.yaml", cwd=project, env=environment)
    assert ended.code == 2
    assert "1 error." in ended.out
    assert process("trust", cwd=project, env=environment).code == 0


def test_problems_are_in_columns_and_printable() -> None:
    """With and without a position, and of a practice."""
    problems = (
        Problem("a.yaml", 12, 3, "wrong\nline", "fix\x1b it", "TST-03"),
        Problem("a.yaml", 0, 0, "no place"),
    )
    assert list(problem_lines(problems)) == [
        "a.yaml:12:3  TST-03  wrong\\u000aline    fix\\u001b it",
        "a.yaml               no place",
    ]
    assert list(problem_lines(problems[1:])) == ["a.yaml  no place"]
    assert list(problem_lines(())) == []


@pytest.mark.slow
def test_colours_are_for_terminals(release: Path) -> None:
    """Plain without a terminal; with one, NO_COLOR is respected."""
    verify = ("verify", "dist/acmelib-2.4.1.tar.gz", "--policy", "policy.yaml", "--insecure-sandbox")
    plain = process(*verify, cwd=release)
    assert "\x1b" not in plain.out
    assert "exit 0: policy satisfied" in plain.out
    for environment, coloured in (({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False)):
        with AtTerminal(*verify, cwd=release, environment=environment) as avow:
            ended = avow.leaves()
        assert ended.code == 0
        assert ("\x1b[32mexit 0" in ended.out) is coloured
