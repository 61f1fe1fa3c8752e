"""Our workflows and our action: pinned, without needless rights, and with scripts that do what they say."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML
from support.command_line import LIMIT_S, process

from avow import __version__
from avow.cli import run
from avow.sandbox import Sandbox, write_files

ROOT: Final = Path(__file__).parent.parent
ACTION_FILE: Final = ROOT / "action.yml"
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PIPELINES: Final = (ACTION_FILE, *WORKFLOWS, ROOT / "examples" / "workflows" / "github-release.yml")
LOCK: Final = ROOT / ".github" / "action" / "requirements.txt"
AVOW: Final = Path(sys.executable).parent / "avow"
REPOSITORY: Final = "avow-attest/avow"
REVIEWED: Final = "2026-01-15"
"""A day that stays in the past."""

DECLARATION: Final = f"""\
avow: "0.1"
project:
  name: acmelib
  purl: pkg:pypi/acmelib
declarant:
  relationship: maintainer
practices:
  TST-03:
    status: implemented
    reviewedAt: "{REVIEWED}"
    memorySafeShare: all
"""

_USES = re.compile(r"^\s*(?:- )?uses: (?P<what>\S+)(?: # (?P<comment>.+))?$", re.MULTILINE)
_EXPRESSION = re.compile(r"\$\{\{ *([a-z0-9._-]+) *\}\}")
_NAMED_FILE = re.compile(r"--requirement (?:\"\$ACTION/)?([\w./-]+)")


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def steps(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The steps of a workflow's jobs, or of an action."""
    if "runs" in document:
        yield from document["runs"]["steps"]
    for job in document.get("jobs", {}).values():
        yield from job.get("steps", ())


# what every pipeline has to keep to


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_everything_used_is_pinned(path: Path) -> None:
    """By full commit hash, with the version in words beside it; our own files need no pin."""
    used = list(_USES.finditer(path.read_text(encoding="utf-8")))
    assert used
    for each in used:
        if not each["what"].startswith(("./", "$/")):
            assert re.fullmatch(r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40}", each["what"]), each["what"]
            assert re.fullmatch(r"v\d+\.\d+\.\d+", each["comment"] or ""), each[0]


def test_one_action_has_one_pin() -> None:
    """The example that people copy is as new as what we use."""
    pins: dict[str, set[str]] = {}
    for path in PIPELINES:
        for each in _USES.finditer(path.read_text(encoding="utf-8")):
            pins.setdefault(each["what"].partition("@")[0], set()).add(each["what"])
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_no_expression_is_expanded_in_a_script(path: Path) -> None:
    """What somebody else may write (an input, a tag's name) reaches a shell as a variable only."""
    for step in steps(read(path)):
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_has_only_the_rights_it_names(path: Path) -> None:
    """Nothing by default, a time limit for each, and no credentials left in a checkout."""
    document = read(path)
    assert document["permissions"] == {}
    assert "concurrency" in document
    for job in document["jobs"].values():
        assert "permissions" in job
        assert "timeout-minutes" in job or "uses" in job
        for step in job.get("steps", ()):
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def test_only_the_signing_job_of_a_release_has_an_identity() -> None:
    """And the job that may write to the repository checks nothing out."""
    jobs = read(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    assert [name for name, job in jobs.items() if "id-token" in job["permissions"]] == ["declare"]
    assert [name for name, job in jobs.items() if "write" in job["permissions"].values()] == [
        "declare", "publish",
    ]  # fmt: skip
    assert not any("checkout" in step.get("uses", "") for step in jobs["publish"]["steps"])
    assert jobs["build"]["needs"] == "test"
    assert jobs["declare"]["needs"] == "build"


@pytest.mark.parametrize("path", [ACTION_FILE, *WORKFLOWS], ids=lambda path: path.name)
def test_lock_files_that_are_named_exist(path: Path) -> None:
    """A pipeline that installs something says from which lock, with hashes and without a resolver."""
    for step in steps(read(path)):
        script = step.get("run", "").replace("\\\n", " ")
        for name in _NAMED_FILE.findall(script):
            assert (ROOT / name).is_file(), name
        if "pip install" in script:
            assert "--no-deps" in script
            assert "--require-hashes" in script


def test_the_tested_pythons_begin_with_the_oldest_that_is_promised() -> None:
    """`requires-python` and the matrix say the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    matrix = read(ROOT / ".github" / "workflows" / "test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert project["requires-python"] == f">={matrix['python'][0]}"


# the lock that the action installs from


def locked(path: Path) -> dict[str, str]:
    """Name to version."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_action_installs_the_versions_that_are_tested() -> None:
    """Whatever is in two locks is there in one version."""
    for other in sorted((ROOT / "requirements").glob("*.txt")):
        tested = locked(other)
        assert {
            name: version for name, version in locked(LOCK).items() if tested.get(name, version) != version
        } == {}, other


def test_the_action_installs_every_dependency() -> None:
    """Nothing is left to a resolver: what pyproject names is locked, and so is what builds avow."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=\[ ]", each)[0].lower().replace(".", "-") for each in project["dependencies"]}
    assert needed | {"setuptools"} <= locked(LOCK).keys()


# the action


@dataclass(frozen=True)
class Ran:
    """How a script ended, what it printed, and what it handed on."""

    code: int
    printed: str
    outputs: dict[str, str]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A complete local Sigstore."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def workspace(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A job's workspace: a declaration, two artefacts, and the sandbox's trust configuration."""
    directory = tmp_path / "workspace"
    (directory / "dist").mkdir(parents=True)
    (directory / "avow.yaml").write_text(DECLARATION, encoding="utf-8")
    for name in ("acmelib-2.4.1.tar.gz", "acmelib-2.4.1 extra.zip"):
        (directory / "dist" / name).write_bytes(name.encode())
    write_files(sandbox, directory / "sandbox")
    return directory


def run_step(step_id: str, workspace: Path, *, checkout: Path = ROOT, **inputs: str) -> Ran:
    """Run one step of the action as a runner does: its `env`, with the expressions filled in, and bash."""
    action = read(ACTION_FILE)
    values = {f"inputs.{name}": str(each["default"]) for name, each in action["inputs"].items()}
    values |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
    values |= {
        "github.action_path": str(checkout),
        "runner.temp": str(workspace.parent),
        "steps.python.outputs.python-path": sys.executable,
        "steps.install.outputs.avow": str(AVOW),
    }
    assert {f"inputs.{name.replace('_', '-')}" for name in inputs} <= values.keys()
    step = next(each for each in action["runs"]["steps"] if each["id"] == step_id)
    output = workspace.parent / "output"
    output.write_text("", encoding="utf-8")
    variables = {
        name: _EXPRESSION.sub(lambda match: values[match[1]], value) for name, value in step["env"].items()
    }
    script = workspace.parent / "script.sh"
    script.write_text(step["run"], encoding="utf-8")
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("the action's scripts are for bash")
    finished = subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", script],
        cwd=workspace,
        env={**os.environ, **variables, "GITHUB_OUTPUT": str(output)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False, text=True, timeout=LIMIT_S * 5,
    )  # fmt: skip
    handed = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    return Ran(finished.returncode, finished.stdout, handed)


def attest(workspace: Path, sandbox: Sandbox, **inputs: str) -> Ran:
    """The signing step, against the sandbox."""
    given: dict[str, Any] = {
        "artefacts": "dist/*",
        "release": "2.4.1",
        "trust_config": "sandbox/client_trust_config.json",
        "identity_token": sandbox.github_token(ref="refs/tags/v2.4.1"),
    }
    return run_step("attest", workspace, **(given | inputs))


def test_every_input_of_the_action_reaches_a_script() -> None:
    """As a variable, since scripts hold no expressions; and every variable is used."""
    action = read(ACTION_FILE)
    variables = {
        name: value for step in action["runs"]["steps"] for name, value in step.get("env", {}).items()
    }
    used = {f"${{{{ inputs.{name} }}}}" for name in action["inputs"]}
    assert used <= set(variables.values())
    for step in action["runs"]["steps"]:
        for name in step.get("env", {}):
            assert f"${name}" in step["run"], name


def test_the_action_checks_a_declaration(workspace: Path) -> None:
    """A well-formed one passes, another one stops the job."""
    assert run_step("check", workspace).code == 0
    (workspace / "avow.yaml").write_text("practices: {}\n", encoding="utf-8")
    assert run_step("check", workspace).code == 2


def test_the_action_signs_a_release(workspace: Path, sandbox: Sandbox) -> None:
    """One bundle for all artefacts; its path is the output, and it verifies."""
    ran = attest(workspace, sandbox, artefacts="dist/*.tar.gz\n\ndist/acmelib-2.4.1 extra.zip\n")
    assert ran.code == 0, ran.printed
    bundle = workspace / ran.outputs["bundle"]
    assert bundle.parent == workspace / "declaration"
    for artefact in (workspace / "dist").iterdir():
        verified = process(
            "verify", artefact, "--bundle", bundle, "--trusted-root", "sandbox/trusted_root.json",
            "--insecure-sandbox", "--identity-only", "--certificate-oidc-issuer", sandbox.url,
            "--certificate-identity",
            "https://github.com/acme/acmelib/.github/workflows/release.yml@refs/tags/v2.4.1",
            cwd=workspace,
        )  # fmt: skip
        assert verified.code == 0, verified.err


def test_a_declaration_elsewhere(workspace: Path, sandbox: Sandbox) -> None:
    """Both steps take the one that is named, whatever its name."""
    (workspace / "a part").mkdir()
    (workspace / "avow.yaml").rename(workspace / "a part" / "-avow.yaml")
    assert run_step("check", workspace, declaration="a part/-avow.yaml").code == 0
    assert attest(workspace, sandbox, declaration="a part/-avow.yaml").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["declaration", "artefacts", "release", "output_directory"])
@pytest.mark.parametrize(
    "hostile", ["$(touch pwned)", "`touch pwned`", "x; touch pwned", '"; touch pwned; "', "--help"]
)
def test_an_input_is_never_code(workspace: Path, sandbox: Sandbox, name: str, hostile: str) -> None:
    """Whatever an input says, the shell takes it for a word, and avow for a value."""
    ran = attest(workspace, sandbox, **{name: hostile})
    assert not list(workspace.rglob("pwned"))
    assert "Usage:" not in ran.printed
    if name in {"declaration", "artefacts"}:
        assert ran.code == 2


def test_artefacts_without_a_release(workspace: Path, sandbox: Sandbox) -> None:
    """A statement about an unnamed version is not signed."""
    assert attest(workspace, sandbox, release="").code == 2
    assert not (workspace / "declaration").exists()


@pytest.mark.slow
@pytest.mark.skipif("AVOW_ONLINE" not in os.environ, reason="installs packages: set AVOW_ONLINE")
def test_the_action_installs_itself(workspace: Path) -> None:
    """From its own checkout and its lock, past a workspace that has files named like Python's modules."""
    checkout = workspace.parent / "action"
    shutil.copytree(
        ROOT, checkout, ignore=shutil.ignore_patterns(".git", ".venv*", ".*cache", "demo-out", "build")
    )
    for trap in ("venv.py", "pip.py", "json.py"):
        (workspace / trap).write_text("raise SystemExit('taken from the workspace')\n", encoding="utf-8")
    ran = run_step("install", workspace, checkout=checkout, version=__version__)
    assert ran.code == 0, ran.printed
    assert (
        subprocess.run([ran.outputs["avow"], "practices"], check=False, capture_output=True).returncode == 0
    )
    assert run_step("install", workspace, checkout=checkout, version="9.9").code == 2


# our own declaration


def test_our_own_declaration_can_be_signed() -> None:
    """It is well-formed, and every entry was read by somebody."""
    assert run(["check", str(ROOT / "avow.yaml")]) == 0
    assert "draft" not in (ROOT / "avow.yaml").read_text(encoding="utf-8")


def test_our_own_declaration_names_files_that_exist() -> None:
    """Each piece of evidence, and each address of a file in this repository."""
    text = (ROOT / "avow.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"- file: (\S+)", text))
    named |= set(re.findall(rf"https://github\.com/{REPOSITORY}/blob/main/(\S+)", text))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_our_own_release_can_be_signed(sandbox: Sandbox, workspace: Path) -> None:
    """By the identity that consumers will list, from what is checked in, for this version."""
    for name in re.findall(r"- file: (\S+)", (ROOT / "avow.yaml").read_text(encoding="utf-8")):
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, workspace / name)
    shutil.copyfile(ROOT / "avow.yaml", workspace / "avow.yaml")
    token = sandbox.github_token(repository=REPOSITORY, ref=f"refs/tags/v{__version__}")
    ran = attest(workspace, sandbox, release=__version__, identity_token=token)
    assert ran.code == 0, ran.printed
    kept = workspace / "declaration" / "evidence"
    assert hashlib.sha256((ROOT / "SECURITY.md").read_bytes()).hexdigest() in {
        path.name.removeprefix("sha256-") for path in kept.iterdir()
    }
