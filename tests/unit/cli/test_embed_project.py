"""`avow embed` in a project: its own declaration, before it is signed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from support.command_line import Ended
from support.sbom_validators import invalid

from avow.sandbox import Sandbox

from .conftest import attest_words, lay_out, write_policy
from .conftest import declaration as declared_in_yaml
from .test_embed import (
    URL,
    setting,
    that_day,
    virtual,
    write_sbom,
)

__all__ = ["setting", "that_day", "virtual"]
"""Fixtures."""

Avow = Callable[..., Ended]
Json = dict[str, Any]

AVOW_YAML: Final = """\
avow: "0.1"
project:
  name: acmelib
  purl: pkg:pypi/acmelib
declarant:
  relationship: maintainer
practices:
  VUL-01:
    status: implemented
    reviewedAt: "2026-11-10"
    privateReporting: true
    contacts:
      - email: security@acme.example
    evidence:
      - file: SECURITY.md
      - url: https://acme.example/security
        note: the policy
  TST-04:
    status: notImplemented
    reviewedAt: "2026-11-10"
    note: not yet
"""

OWN: Final = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {
        "component": {
            "bom-ref": "root",
            "type": "library",
            "name": "acmelib",
            "version": "2.4.1",
            "purl": "pkg:pypi/acmelib@2.4.1",
        }
    },
    "components": [{"bom-ref": "dep", "type": "library", "name": "dep", "version": "1"}],
}

PROJECT: Final = ("embed", "own.cdx.json", "--in-place", "--url", URL)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with its declaration and the SBOM of its release, in the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("avow.yaml").write_text(AVOW_YAML, encoding="utf-8")
    write_sbom(OWN, "own.cdx.json")
    return tmp_path


def root() -> Json:
    """What the project's SBOM is about, as it was written."""
    return dict(json.loads(Path("own.cdx.json").read_bytes())["metadata"]["component"])


def test_a_project_embeds_before_it_signs(avow: Avow, project: Path) -> None:  # noqa: ARG001  the working directory
    """Into what its SBOM is about, without any digest of the bundle."""
    ended = avow(*PROJECT)
    assert ended.code == 0, ended.err
    assert "not signed yet" in ended.err
    assert root()["externalReferences"] == [
        {
            "type": "attestation",
            "url": URL,
            "comment": "in-toto https://avow-attest.github.io/declared-practices/v0.1",
        },
        {
            "type": "security-contact",
            "url": "mailto:security@acme.example",
            "comment": "declared-practices VUL-01",
        },
    ]
    assert "properties" not in root()
    again = avow(*PROJECT)
    assert "nothing changed" in again.err


def test_a_project_copies_its_whole_declaration(avow: Avow, project: Path) -> None:  # noqa: ARG001  the working directory
    """With the evidence that has an address, or a name."""
    assert avow(*PROJECT, "--declarations").code == 0
    content = Path("own.cdx.json").read_bytes()
    assert invalid(content) == []
    declared = json.loads(content)["declarations"]
    assert [each["description"] for each in declared["evidence"]] == ["repoFile", "the policy"]
    assert declared["claims"][0]["reasoning"] == "not yet"


def test_another_file_and_component(avow: Avow, project: Path) -> None:  # noqa: ARG001  the working directory
    """As named."""
    shutil.move("avow.yaml", "other.yaml")
    ended = avow(*PROJECT, "--declaration", "other.yaml", "--component", "dep")
    assert ended.code == 0, ended.err
    assert json.loads(Path("own.cdx.json").read_bytes())["components"][0]["externalReferences"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"metadata": {}}, "does not say what it is about"),
        (
            {"metadata": {"component": {"type": "library", "name": "x", "purl": "pkg:pypi/other@1"}}},
            "is about pkg:pypi/other@1",
        ),
    ],
)
def test_an_sbom_that_is_not_the_projects(avow: Avow, project: Path, change: Json, word: str) -> None:  # noqa: ARG001  the working directory
    """The component has to be named."""
    write_sbom(OWN | change, "own.cdx.json")
    ended = avow(*PROJECT)
    assert ended.code == 2
    assert word in ended.err
    assert "--component" in ended.err


def test_an_sbom_about_several(avow: Avow, project: Path) -> None:  # noqa: ARG001  the working directory
    """One of them has to be named."""
    package = {"name": "a", "downloadLocation": "NOASSERTION"}
    write_sbom(
        {
            "spdxVersion": "SPDX-2.3",
            "SPDXID": "SPDXRef-DOCUMENT",
            "dataLicense": "CC0-1.0",
            "name": "x",
            "documentNamespace": "https://acme.example/x",
            "creationInfo": {"created": "2026-11-20T12:00:00Z", "creators": ["Tool: x"]},
            "documentDescribes": ["SPDXRef-a", "SPDXRef-b"],
            "packages": [package | {"SPDXID": f"SPDXRef-{each}"} for each in "abc"],
        },
        "own.cdx.json",
    )
    ended = avow(*PROJECT)
    assert ended.code == 2
    assert "is about 2 components" in ended.err


def project_sbom(**root: Any) -> None:
    """The project's SBOM with another root, which the dependency has as well."""
    document = json.loads(json.dumps(OWN))
    document["metadata"]["component"] |= root
    document["components"][0] |= root
    document["components"][0]["bom-ref"] = "dep"
    write_sbom(document, "own.cdx.json")


@pytest.mark.parametrize("words", [(), ("--component", "dep")])
@pytest.mark.parametrize(
    "purl", ["pkg:pypi/other@2.4.1", "pkg:npm/NodeGoat@1", "https://acme.example", "not a purl"]
)
def test_a_component_of_another_package(avow: Avow, project: Path, purl: str, words: tuple[str, ...]) -> None:  # noqa: ARG001  the working directory
    """Whatever the user says; nobody verified that it is the project's."""
    project_sbom(purl=purl)
    ended = avow(*PROJECT, *words)
    assert ended.code == 2
    assert purl in ended.err
    assert "externalReferences" not in root()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "SBOM is about app; it has no purl in SBOM, so nothing shows that it is pkg:pypi/acmelib"),
        (("--component", "dep"), "you say that app is pkg:pypi/acmelib"),
    ],
)
def test_a_component_without_a_purl(avow: Avow, project: Path, words: tuple[str, ...], said: str) -> None:  # noqa: ARG001  the working directory
    """It can't be compared, and that is said."""
    project_sbom(purl="", name="app")
    ended = avow(*PROJECT, *words)
    assert ended.code == 0, ended.err
    assert said in ended.err


def test_a_declaration_without_a_purl(avow: Avow, project: Path) -> None:
    """It can't be compared either."""
    (project / "avow.yaml").write_text(AVOW_YAML.replace("  purl: pkg:pypi/acmelib\n", ""), encoding="utf-8")
    ended = avow(*PROJECT)
    assert ended.code == 0, ended.err
    assert "your declaration has no purl" in ended.err


def test_a_root_in_another_spelling(avow: Avow, project: Path) -> None:  # noqa: ARG001  the working directory
    """It is the same package."""
    project_sbom(purl="pkg:PyPI/AcmeLib@2.4.1")
    assert "could not be compared" not in avow(*PROJECT).err


def test_a_draft_is_not_written(avow: Avow, project: Path) -> None:  # noqa: ARG001  the working directory
    """Nobody has read it."""
    Path("avow.yaml").write_text(
        AVOW_YAML.replace("    note: not yet\n", "    draft: true\n"), encoding="utf-8"
    )
    ended = avow(*PROJECT)
    assert ended.code == 2
    assert "is a draft that has not been reviewed" in ended.err
    assert "externalReferences" not in root()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--url has to say where the bundle will be"),
        (("--url", "https://acme.example/e/"), "--url https://acme.example/e/ is a directory"),
    ],
)
def test_a_project_says_where_its_bundle_will_be(
    avow: Avow,
    project: Path,  # noqa: ARG001  the working directory
    words: tuple[str, ...],
    said: str,
) -> None:
    """It has no file name yet."""
    ended = avow("embed", "own.cdx.json", "--in-place", *words)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.slow
def test_embedded_then_signed(
    avow: Avow, sandbox: Sandbox, service: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SBOM is one of the artefacts of the declaration that it points to."""
    lay_out(tmp_path / "release")
    monkeypatch.chdir(tmp_path / "release")
    Path("avow.yaml").write_text(declared_in_yaml(reviewed="2026-11-10"), encoding="utf-8")
    write_sbom(OWN, "dist/own.cdx.json")
    assert avow("embed", "dist/own.cdx.json", "--in-place", "--url", URL).code == 0
    signed = avow(*attest_words(sandbox, service))
    assert signed.code == 0, signed.err
    shutil.copy(service / "trusted_root.json", ".")
    write_policy(Path(), issuer=sandbox.url)
    ended = avow(
        "verify", "dist/own.cdx.json", "--policy", "policy.yaml", "--identity-only", "--insecure-sandbox"
    )
    assert ended.code == 0, ended.out
