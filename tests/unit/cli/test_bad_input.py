"""Bad input from users and attackers: a clear error, the right code, and no half-written or lost file."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Ended
from support.virtual_sigstore import VirtualSigstore

from avow.sandbox import Sandbox

from .conftest import PERSON, declaration, write_policy

Avow = Callable[..., Ended]

GIB = 1024**3
TOMORROW_EVERYWHERE = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d")
BUNDLE = "dist/acmelib-2.4.1.practices.sigstore.json"
VERIFY = (
    "verify", "dist/acmelib-2.4.1.tar.gz", "--policy", "policy.yaml", "--insecure-sandbox",
    "--bundle", BUNDLE,
)  # fmt: skip

HEAD = 'avow: "0.1"\nproject: {name: acmelib}\ndeclarant: {relationship: maintainer}\npractices:\n'


def entry(**members: str) -> str:
    """A declaration with one practice, TST-03 in line 5, with these members."""
    defaults = {"status": "implemented", "reviewedAt": '"2026-01-02"', "memorySafeShare": "all"}
    lines = [f"    {key}: {value}" for key, value in (defaults | members).items() if value]
    return HEAD + "  TST-03:\n" + "\n".join(lines) + "\n"


DECLARATIONS: dict[str, tuple[bytes | str, str]] = {
    "not YAML": ('avow: "0.1"\n{{{', "avow.yaml:2:"),
    "not text": (b"\x80\x81\xfe", "avow.yaml"),
    "empty": (b"", "avow.yaml"),
    "a list": ("- a\n- b\n", "avow.yaml:1:1"),
    "wrong types": ('avow: "0.1"\nproject: [acmelib]\ndeclarant: 7\npractices: soon\n', "avow.yaml:2:10"),
    "unknown key": (HEAD.replace("practices", "colour: red\npractices") + "  {}\n", "avow.yaml:4:1"),
    "tab": (HEAD + "\tTST-03:\n", "avow.yaml:5:1"),
    "anchor": (HEAD + "  TST-03: &a {}\n", "avow.yaml:5:11"),
    "alias bomb": (
        "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]\n", "avow.yaml:1:4",
    ),
    "duplicate key": (entry() + "    status: notImplemented\n", "avow.yaml:9:5"),
    "unknown practice": (HEAD + "  TST-3: {status: implemented}\n", "avow.yaml:5:3"),
    "unknown status": (entry(status="planned"), "avow.yaml:6:13"),
    "partial without coverage": (entry(status="partiallyImplemented"), "avow.yaml:6:13"),
    "notApplicable without reason": (entry(status="notApplicable", memorySafeShare=""), "avow.yaml:6:13"),
    "date in the future": (entry(reviewedAt=f'"{TOMORROW_EVERYWHERE}"'), "avow.yaml:7:17"),
    "malformed date": (entry(reviewedAt='"2026-02-30"'), "avow.yaml:7:17"),
    "a digest that is none": (
        entry(evidence="[{url: 'https://acme.example/', digest: 'sha256:12'}]"), "avow.yaml:9:",
    ),
    "contradicted by its facts": (entry(memorySafeShare="none"), "avow.yaml:"),
    "escape": (entry(note='"\\e[31m"'), "avow.yaml:9:11"),
}  # fmt: skip


@pytest.mark.parametrize("name", DECLARATIONS)
def test_a_declaration_that_can_not_be_used(avow: Avow, project: Path, name: str) -> None:
    """`check` reports position and fix on standard output; the file is unchanged."""
    content, place = DECLARATIONS[name]
    path = project / "avow.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    kept = path.read_bytes()

    ended = avow("check")

    assert ended.code == 2, ended
    assert any(line.startswith(place) for line in (ended.out + ended.err).splitlines()), ended
    assert "error" in ended.out or ended.err.startswith("error:")
    assert path.read_bytes() == kept


@pytest.mark.parametrize("name", DECLARATIONS)
def test_nothing_is_signed_from_it(
    avow: Avow, project: Path, attest: list[str], sandbox: Sandbox, name: str
) -> None:
    """`attest` refuses the same declaration before it contacts any service."""
    content, _ = DECLARATIONS[name]
    (project / "avow.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    entries = sandbox.rekor_v2._tree.size

    ended = avow(*attest)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error:")
    assert not (project / BUNDLE).exists()
    assert sandbox.rekor_v2._tree.size == entries


def test_all_errors_are_reported_at_once_in_columns(avow: Avow, project: Path) -> None:
    """In the order of their positions, in columns, with a count."""
    (project / "avow.yaml").write_text(
        entry(status="planned", reviewedAt="yesterday", memorySafeShare="much"), encoding="utf-8"
    )
    ended = avow("check")
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["avow.yaml:6:13", "avow.yaml:7:17", "avow.yaml:8:22"]
    assert len({line.index("TST-03") for line in lines[:-1]}) == 1
    assert lines[-1] == "3 errors."
    assert ended.err == ""


def test_one_problem_is_one(avow: Avow, project: Path) -> None:
    """Reported in the singular."""
    (project / "avow.yaml").write_text(entry(memorySafeShare="much"), encoding="utf-8")
    assert avow("check").out.splitlines()[-1] == "1 error."


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("target", ["missing.yaml", "dist", "/dev/zero", "x" * 5000, "huge.yaml", "pipe"])
def test_a_declaration_that_can_not_be_read(avow: Avow, project: Path, target: str) -> None:
    """Missing, a directory, a device, too long a name, 1 GB, a pipe without a writer."""
    with (project / "huge.yaml").open("wb") as file:
        file.truncate(GIB)
    os.mkfifo(project / "pipe")
    ended = avow("check", target)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error:")


# Artefacts


@pytest.mark.parametrize(
    ("artefact", "said"),
    [
        ("dist/missing.tar.gz", "dist/missing.tar.gz"),
        ("dist/*.zip", "matches no file"),
        ("dist", "dist"),
        ("empty", "empty is empty"),
        (os.fsdecode(b"dist/\xff.whl"), "not UTF-8"),
    ],
)
def test_an_artefact_that_can_not_be_signed(
    avow: Avow, project: Path, attest: list[str], artefact: str, said: str
) -> None:
    """Missing, no match, a directory, an empty file, a name that is not text."""
    (project / "empty").touch()
    (project / "dist" / os.fsdecode(b"\xff.whl")).write_bytes(b"x")
    command, _, *rest = attest
    ended = avow(command, artefact, *rest)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert not (project / BUNDLE).exists()


def test_earlier_bundles_are_not_artefacts(avow: Avow, release: Path, attest: list[str]) -> None:
    """`dist/*` after signing once: bundle and evidence are not replaced without being asked."""
    kept = (release / BUNDLE).read_bytes()
    refused = avow(*attest)
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert (release / BUNDLE).read_bytes() == kept

    ended = avow(*attest, "--overwrite")
    assert (ended.code, ended.out) == (0, BUNDLE + "\n")
    assert ended.err.count("about ") == 1


def test_evidence_that_is_missing(avow: Avow, project: Path, attest: list[str]) -> None:
    """The error has the line that names it."""
    (project / "SECURITY.md").unlink()
    ended = avow(*attest)
    assert ended.code == 2
    assert "avow.yaml:" in ended.err
    assert "SECURITY.md" in ended.err


def test_a_draft_is_not_signed(avow: Avow, project: Path, attest: list[str]) -> None:
    """Nobody has read it."""
    text = declaration().replace("    memorySafeShare", "    draft: true\n    memorySafeShare")
    (project / "avow.yaml").write_text(text, encoding="utf-8")
    ended = avow(*attest)
    assert ended.code == 2
    assert "TST-03" in ended.err
    assert "reviewedAt" in ended.err


@pytest.mark.parametrize(
    ("token", "said"),
    [("", "the identity token is empty"), ("not-a-token", "can't be read"), ("e30.e30.", "issuer")],
)
def test_an_empty_or_invalid_token(
    avow: Avow, project: Path, attest: list[str], token: str, said: str
) -> None:
    """It is never treated as "no token given", which would open a browser."""
    *words, _ = attest
    ended = avow(*words, token)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert not (project / BUNDLE).exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[1", b'{"mediaType": 1}'])
def test_an_invalid_trust_configuration_file(
    avow: Avow, project: Path, attest: list[str], content: bytes
) -> None:
    """The error names the file."""
    (project / "config.json").write_bytes(content)
    words = ["config.json" if each.endswith("client_trust_config.json") else each for each in attest]
    ended = avow(*words)
    assert (ended.code, ended.out) == (2, "")
    assert "config.json" in ended.err


# Bundles


def damaged(document: dict[str, Any], how: str) -> bytes:
    """The bundle's bytes with one thing changed."""
    match how:
        case "truncated":
            return json.dumps(document).encode()[:-200]
        case "wrong media type":
            return json.dumps(document | {"mediaType": "application/json"}).encode()
        case "base64 damage":
            document["dsseEnvelope"]["payload"] = "*" + document["dsseEnvelope"]["payload"][1:]
        case "edited":
            payload = base64.b64decode(document["dsseEnvelope"]["payload"])
            document["dsseEnvelope"]["payload"] = base64.b64encode(
                payload.replace(b"notImplemented", b"implemented")
            ).decode()
        case "duplicate key":
            return json.dumps(document).encode().replace(b"{", b'{"mediaType": "a",', 1)
        case "empty":
            return b""
        case "not JSON":
            return b"\x80\x00"
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "how",
    ["truncated", "wrong media type", "base64 damage", "edited", "duplicate key", "empty", "not JSON"],
)
def test_a_damaged_bundle(avow: Avow, release: Path, how: str) -> None:
    """It is refused with a next step, is never satisfied and never crashes, in `inspect` too."""
    path = release / BUNDLE
    path.write_bytes(damaged(json.loads(path.read_bytes()), how))
    ended = avow(*VERIFY)
    assert ended.code == 4, ended
    assert "refused" in ended.out
    assert "next" in ended.out
    assert avow("inspect", path, "--trusted-root", "trusted_root.json").code in {0, 4}


@pytest.mark.parametrize("content", ["huge", "directory", "absent"])
def test_a_bundle_that_can_not_be_read(avow: Avow, release: Path, content: str) -> None:
    """A named bundle is user input; an empty directory has nothing to evaluate."""
    (release / BUNDLE).unlink()
    if content == "huge":
        with (release / BUNDLE).open("wb") as file:
            file.truncate(GIB)
    elif content == "directory":
        (release / BUNDLE).mkdir()
    assert avow(*VERIFY).code == {"huge": 2, "directory": 3, "absent": 2}[content]


# Roots, policies, keys


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[]", b'{"a": 1, "a": 2}', None])
def test_an_invalid_root(avow: Avow, release: Path, content: bytes | None) -> None:
    """`verify` and `trust` refuse it before anything is verified with it."""
    root = release / "bad.json"
    if content is not None:
        root.write_bytes(content)
    else:
        with root.open("wb") as file:
            file.truncate(GIB)
    flags = ("--trusted-root", root, "--cert-identity", PERSON, "--cert-oidc-issuer", "https://x.example")
    assert avow("verify", "dist/acmelib-2.4.1.tar.gz", *flags).code == 2
    for command in (("trust", "show"), ("trust", "pin")):
        ended = avow(*command, root)
        assert (ended.code, ended.out) == (2, "")


def test_a_root_that_was_replaced(avow: Avow, release: Path) -> None:
    """The policy's pin is compared before the root is read."""
    (release / "trusted_root.json").write_bytes(VirtualSigstore().root())
    ended = avow(*VERIFY)
    assert (ended.code, ended.out) == (2, "")
    assert "pinned" in ended.err


def test_a_root_whose_windows_are_over(avow: Avow, release: Path, sandbox: Sandbox) -> None:
    """Keys that were retired before the bundle was made vouch for nothing in it."""
    path = release / "trusted_root.json"
    root = json.loads(path.read_bytes())
    for kind in ("tlogs", "ctlogs"):
        for each in root[kind]:
            each["publicKey"]["validFor"] = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
    for kind in ("certificateAuthorities", "timestampAuthorities"):
        for each in root[kind]:
            each["validFor"] = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
    path.write_text(json.dumps(root), encoding="utf-8")
    write_policy(release, issuer=sandbox.url)
    assert avow(*VERIFY).code in {4, 5}


def test_a_sandbox_root_needs_a_flag(avow: Avow, release: Path) -> None:  # noqa: ARG001  the working directory
    """Its keys are not protected; the result records that it was accepted."""
    refused = avow(*[word for word in VERIFY if word != "--insecure-sandbox"])
    assert (refused.code, refused.out) == (2, "")
    assert "--insecure-sandbox" in refused.err
    assert "INSECURE" in avow(*VERIFY).out


@pytest.mark.parametrize("content", [b"", b"\xff", b"{{{", b"a: &a [*a]\n", b"avow-policy: 2\n", None])
def test_an_invalid_policy(avow: Avow, release: Path, content: bytes | None) -> None:
    """An error in a policy must not let anybody through."""
    if content is not None:
        (release / "policy.yaml").write_bytes(content)
    else:
        with (release / "policy.yaml").open("wb") as file:
            file.truncate(GIB)
    ended = avow(*VERIFY)
    assert (ended.code, ended.out) == (2, "")
    assert "policy.yaml" in ended.err


def test_an_invalid_key(avow: Avow, release: Path) -> None:
    """Not PEM, or not a public key."""
    (release / "key.pub").write_bytes(b"no key")
    ended = avow(
        "verify", "dist/acmelib-2.4.1.tar.gz", "--trusted-root", "trusted_root.json", "--insecure-sandbox",
        "--key", "key.pub",
    )  # fmt: skip
    assert (ended.code, ended.out) == (2, "")


# Arguments of `verify`


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.tar.gz"], "missing.tar.gz"),
        (["sha256:12"], "64 lower-case hex"),
        (["md5:" + "0" * 32], "is not a digest"),
        (["sha256:" + "0" * 64], "--bundle"),
        (["empty"], "every empty file"),
        (["dist"], "dist"),
        (["x" * 5000], "error:"),
        (["dist/acmelib-2.4.1.tar.gz", "--purl", "acmelib"], "purl acmelib: not a purl"),
        (["dist/acmelib-2.4.1.tar.gz", "--purl", "pkg:PyPI/acmelib"], "pkg:pypi/acmelib"),
        (["dist/acmelib-2.4.1.tar.gz", "--repo", "a/b"], "--repo can't be combined with --policy"),
        (["dist/acmelib-2.4.1.tar.gz", "--output", "policy.yaml/x"], "policy.yaml/x"),
        (["dist/acmelib-2.4.1.tar.gz", "--output", "/proc/result"], "/proc/result"),
    ],
)
def test_invalid_arguments_of_verify(avow: Avow, release: Path, arguments: list[str], said: str) -> None:
    """Neither file nor digest, an empty one, an invalid purl, contradicting flags, an unwritable output."""
    (release / "empty").touch()
    ended = avow("verify", *arguments, "--policy", "policy.yaml", "--insecure-sandbox")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


# Sources of `init`


@pytest.mark.usefixtures("project")
def test_an_existing_declaration_is_kept(avow: Avow, project: Path) -> None:
    """Without `--force` nothing is replaced, whatever the other options."""
    kept = (project / "avow.yaml").read_bytes()
    ended = avow("init", "--compliance-md", "COMPLIANCE.md")
    assert (ended.code, ended.out) == (2, "")
    assert "--force" in ended.err
    assert (project / "avow.yaml").read_bytes() == kept
    assert not (project / "COMPLIANCE.md").exists()


def test_two_outputs_in_one_file(avow: Avow, project: Path) -> None:
    """Only the second one would be left."""
    ended = avow("init", "--output", "draft", "--compliance-md", "dist/../draft")
    assert ended.code == 2
    assert not (project / "draft").exists()


@pytest.mark.parametrize("place", ["avow.yaml/draft.yaml", "/proc/draft.yaml"])
def test_no_place_for_the_draft(avow: Avow, project: Path, place: str) -> None:
    """Reported before any question is asked."""
    kept = (project / "avow.yaml").read_bytes()
    ended = avow("init", "--output", place)
    assert ended.code == 2
    assert place in ended.err
    assert (project / "avow.yaml").read_bytes() == kept


def test_nothing_to_draft_from(avow: Avow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without anything usable: exit code 2, and no draft."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)))
    ended = avow("init", "--from", "noise.bin")
    assert ended.code == 2
    assert "noise.bin" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["noise.bin"]


def test_a_source_of_1_gb(avow: Avow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused without being read."""
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "huge.yml").open("wb") as file:
        file.truncate(GIB)
    assert avow("init", "--from", "huge.yml").code == 2
    assert not (tmp_path / "avow.yaml").exists()


# Roots that are pinned


def test_pinning_replaces_no_other_root(avow: Avow, release: Path) -> None:
    """Trusting a root is a decision, so a file with another root is kept."""
    (release / "pinned.json").write_bytes(VirtualSigstore().root())
    kept = (release / "pinned.json").read_bytes()
    ended = avow("trust", "pin", "trusted_root.json", "--output", "pinned.json")
    assert (ended.code, ended.out) == (2, "")
    assert (release / "pinned.json").read_bytes() == kept


def test_the_built_in_root_is_not_a_file(avow: Avow) -> None:
    """A policy can't name it before it is written to one."""
    ended = avow("trust", "pin")
    assert (ended.code, ended.out) == (2, "")
    assert "--output" in ended.err


# The sandbox


def test_a_sandbox_without_a_directory(avow: Avow, project: Path) -> None:
    """Its directory can't be created: exit code 2, and no sandbox runs."""
    ended = avow("sandbox", "--directory", project / "SECURITY.md" / "sandbox")
    assert (ended.code, ended.out) == (2, "")
