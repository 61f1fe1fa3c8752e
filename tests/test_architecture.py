"""What import-linter can't check: where trusted types are built, what pure modules may call, unique names.

Who may import whom is in `[tool.importlinter]` of pyproject.toml; the first test runs it.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "avow"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: dict[str, Any] = {each["id"]: each for each in PROJECT["tool"]["importlinter"]["contracts"]}

PURE: frozenset[str] = frozenset(name.removeprefix("avow.") for name in CONTRACTS["pure"]["source_modules"])
"""Modules and packages directly under avow: bytes and values in, values out."""

FORBIDDEN_CALLS = {"open", "print", "input", "exec", "eval"}
FORBIDDEN_ATTRIBUTES = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today")}

TRUST_IS_MADE_IN: dict[str, set[str]] = {
    "VerifiedEnvelope": {"transparency"},
    "VerifiedArtifact": {"transparency"},
    "SignerIdentity": {"transparency"},
    "SignerKey": {"transparency"},
    "Attestation": {"verification"},
    "AcceptedWithdrawal": {"verification"},
    "Decision": {"verification"},
}
"""A type whose name promises verification, and the only package that may construct it."""

UNVERIFIED = {"catalogue", "declaration", "drafting", "policy"}
"""Packages that have no value of such a type, or only read its fields."""

VALIDATES = {"catalogue", "statement", "sandbox", "transparency"}
"""Packages that make models from parsed files; none of those is a type that promises verification."""


def modules() -> list[tuple[str, Path, ast.Module]]:
    """Every module of the package: its top-level package or module, its path, its tree."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        relative = path.relative_to(SOURCE)
        top = relative.parts[0] if len(relative.parts) > 1 else relative.stem
        found.append((top, path, ast.parse(path.read_text(encoding="utf-8"))))
    return found


MODULES = modules()


def test_imports_follow_the_layers() -> None:
    """`lint-imports` finds all contracts of pyproject.toml kept."""
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_layers_name_every_pure_module() -> None:
    """The contract on purity covers everything in the two lower layers."""
    *_, meaning, vocabulary = CONTRACTS["layers"]["layers"]
    named = {name.strip() for layer in (meaning, vocabulary) for name in layer.split(":")}
    assert named == PURE


def test_every_package_is_shipped() -> None:
    """Every directory with modules is in the packaging list; a wheel without one can't import it."""
    found = {
        ".".join(("avow", *path.parent.relative_to(SOURCE).parts)) for path in SOURCE.rglob("__init__.py")
    }
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == found | {"avow._predicates"}
    assert {path.parent for path in SOURCE.rglob("*.py")} == {
        path.parent for path in SOURCE.rglob("__init__.py")
    }


@pytest.mark.parametrize(
    ("path", "tree"),
    [(path, tree) for top, path, tree in MODULES if top in PURE],
    ids=lambda v: getattr(v, "name", ""),
)
def test_pure_modules_touch_nothing(path: Path, tree: ast.Module) -> None:
    """Vocabulary and meaning open no file, print nothing, and read no clock."""
    problems = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            problems.append(f"{node.func.id}() at line {node.lineno}")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            read = (node.value.id, node.attr)
            problems += [f"{'.'.join(read)} at line {node.lineno}"] if read in FORBIDDEN_ATTRIBUTES else []
    assert problems == [], path


@pytest.mark.parametrize(("name", "allowed"), TRUST_IS_MADE_IN.items())
def test_trust_is_constructed_only_where_verification_happens(name: str, allowed: set[str]) -> None:
    """A type whose name promises verification is built nowhere else."""
    builders = {
        top
        for top, _, tree in MODULES
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) == name or getattr(node.func, "attr", None) == name)
    }
    assert builders <= allowed
    assert builders, f"nobody builds {name}"


def test_trust_is_not_constructed_by_a_back_door() -> None:
    """No `model_construct`, no model made from parsed data, and copies only of what is not verified yet."""
    called = {
        (node.func.attr, top)
        for top, _, tree in MODULES
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert {top for name, top in called if name == "model_construct"} == set()
    assert {top for name, top in called if name.startswith("model_validate")} <= VALIDATES
    assert {top for name, top in called if name == "model_copy"} <= {*UNVERIFIED, "values"}  # defined there
    assert {top for name, top in called if name == "model_copy"}, "the name of the method has changed"


def test_broad_excepts_are_outermost_only() -> None:
    """Where a command or a candidate ends; `within` passes exceptions between threads."""
    broad = [
        str(path.relative_to(SOURCE))
        for _, path, tree in MODULES
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
    ]
    assert broad == ["cli/__init__.py", "errors.py", "signing/client.py"]


def test_no_two_classes_have_one_name() -> None:
    """A class name identifies one class; the parts of a record are always named with their module."""
    places: dict[str, list[str]] = defaultdict(list)
    for top, path, tree in MODULES:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and (top != "record" or node.name == "SurveyRecord"):
                places[node.name].append(str(path.relative_to(SOURCE)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_no_relative_imports() -> None:
    """A relative import hides which package is meant."""
    relative = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for _, path, tree in MODULES
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []
